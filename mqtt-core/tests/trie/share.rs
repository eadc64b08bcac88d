//! Shared subscriptions: who of a group is chosen.

use crate::{Trie, filter, name};
use mqtt_core::{Found, MatchScratch, ShareStrategy, TopicFilter};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::hash::RandomState;

const GROUP: TopicFilter<'_> = TopicFilter::from_static("$share/team/a/+");

fn team(keys: impl IntoIterator<Item = u32>) -> Trie<RandomState> {
    let mut trie = Trie::<RandomState>::default();
    for key in keys {
        trie.insert(GROUP, key, 0).unwrap();
    }
    trie
}

fn pick(trie: &Trie<RandomState>, strategy: ShareStrategy) -> Option<u32> {
    trie.share_group(GROUP)?.pick(strategy, |_, _| true).map(|(key, _)| *key)
}

/// What is to be chosen: members in the order in which they joined, and who was chosen last.
#[derive(Default)]
struct Model {
    /// Key and the moment of joining.
    members: Vec<(u32, u32)>,
    joined: u32,
    last: u32,
}

impl Model {
    /// The first available one in a round that begins at a moment.
    fn round(&mut self, from: u32, available: impl Fn(u32) -> bool) -> Option<u32> {
        let (before, behind): (Vec<_>, Vec<_>) =
            self.members.iter().copied().partition(|&(_, joined)| joined < from);
        let (key, joined) = behind.into_iter().chain(before).find(|&(key, _)| available(key))?;
        self.last = joined;
        Some(key)
    }
}

#[derive(Clone, Debug)]
enum Step {
    Join(u32),
    Leave(u32),
    RoundRobin(u32),
    Sticky(u32),
    Number(u64),
    Shrink,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = 0..24_u32;
    // Who is not available, by bits.
    let offline = prop_oneof![3 => Just(0), 1 => any::<u32>()];
    prop::collection::vec(
        prop_oneof![
            4 => key.clone().prop_map(Step::Join),
            3 => key.prop_map(Step::Leave),
            5 => offline.clone().prop_map(Step::RoundRobin),
            2 => offline.prop_map(Step::Sticky),
            2 => any::<u64>().prop_map(Step::Number),
            1 => Just(Step::Shrink),
        ],
        0..200,
    )
}

proptest! {
    #[test]
    fn rounds_go_on_while_members_come_and_go(steps in steps()) {
        let mut trie = Trie::<RandomState>::default();
        // Another subscription of the same filter, which must not be mistaken for a member.
        trie.insert(filter("a/+"), 77, 0).unwrap();
        let mut model = Model::default();
        for step in steps {
            let chosen = |trie: &Trie<RandomState>, strategy, offline: u32| {
                let group = trie.share_group(GROUP)?;
                group.pick(strategy, |key, _| offline >> key & 1 == 0).map(|(key, _)| *key)
            };
            match step {
                Step::Join(key) => {
                    if trie.insert(GROUP, key, 0).unwrap().is_none() {
                        model.joined += 1;
                        model.members.push((key, model.joined));
                    }
                }
                Step::Leave(key) => {
                    let was = trie.remove(GROUP, &key).is_some();
                    let before = model.members.len();
                    model.members.retain(|&(other, _)| other != key);
                    prop_assert_eq!(was, model.members.len() < before);
                    if model.members.is_empty() {
                        model = Model::default();
                    }
                }
                Step::RoundRobin(offline) => {
                    let expected = model.round(model.last + 1, |key| offline >> key & 1 == 0);
                    prop_assert_eq!(chosen(&trie, ShareStrategy::RoundRobin, offline), expected);
                }
                Step::Sticky(offline) => {
                    let expected = model.round(model.last, |key| offline >> key & 1 == 0);
                    prop_assert_eq!(chosen(&trie, ShareStrategy::Sticky, offline), expected);
                }
                Step::Number(number) => {
                    let expected = (!model.members.is_empty()).then(|| {
                        model.members[(number % model.members.len() as u64) as usize].0
                    });
                    prop_assert_eq!(chosen(&trie, ShareStrategy::Number(number), 0), expected);
                }
                Step::Shrink => trie.shrink_to_fit(),
            }
        }
        prop_assert_eq!(trie.get(filter("a/+"), &77), Some(&0));
    }

    #[test]
    fn a_hash_moves_only_when_it_must(
        members in 2..40_u32,
        leaver in any::<prop::sample::Index>(),
        hashes in prop::collection::vec(any::<u64>(), 1..100),
    ) {
        let mut trie = team(0..members);
        let chosen = |trie: &Trie<RandomState>| -> Vec<_> {
            hashes.iter().map(|&hash| pick(trie, ShareStrategy::Hash(hash)).unwrap()).collect()
        };
        let before = chosen(&trie);
        prop_assert_eq!(&chosen(&trie), &before);
        let leaver = leaver.index(members as usize) as u32;
        trie.remove(GROUP, &leaver);
        for (before, after) in before.iter().zip(chosen(&trie)) {
            let moved = after != *before;
            prop_assert_eq!(moved, *before == leaver);
        }
        let middle = chosen(&trie);
        trie.insert(GROUP, 1000, 0).unwrap();
        for (before, after) in middle.iter().zip(chosen(&trie)) {
            prop_assert!(after == *before || after == 1000);
        }
    }
}

#[test]
fn everyone_gets_a_fair_part() {
    let trie = team(0..10);
    let count = |strategy: fn(u64) -> ShareStrategy| {
        let mut counts = BTreeMap::new();
        for number in 0..10_000 {
            *counts.entry(pick(&trie, strategy(number)).unwrap()).or_insert(0) += 1;
        }
        counts
    };
    assert!(count(|_| ShareStrategy::RoundRobin).values().all(|&count| count == 1000));
    assert!(count(ShareStrategy::Number).values().all(|&count| count == 1000));
    assert_eq!(count(|_| ShareStrategy::Sticky).len(), 1);
    // Also for numbers that are no hashes at all.
    for spread in [|n| n, |n| n << 32, |n| n * 1000, |n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)]
        as [fn(u64) -> u64; 4]
    {
        let mut counts = [0; 10];
        for number in 0..10_000 {
            let hash = ShareStrategy::Hash(spread(number));
            counts[pick(&trie, hash).unwrap() as usize] += 1;
        }
        assert!(counts.iter().all(|count| (800..1200).contains(count)), "{counts:?}");
    }
}

#[test]
fn nobody_is_chosen_if_nobody_is_there() {
    let trie = team([1, 2]);
    let group = trie.share_group(GROUP).unwrap();
    for strategy in [
        ShareStrategy::RoundRobin,
        ShareStrategy::Sticky,
        ShareStrategy::Hash(7),
        ShareStrategy::Number(7),
    ] {
        assert_eq!(group.pick(strategy, |_, _| false), None);
        // Who is not available is skipped without end of the round.
        assert_eq!(group.pick(strategy, |key, _| *key == 2), Some((&2, &0)));
    }
    assert!(trie.share_group(filter("a/+")).is_none());
    assert!(trie.share_group(filter("$share/others/a/+")).is_none());
    assert!(trie.share_group(filter("$share/team/a/b")).is_none());
}

#[test]
fn groups_of_one_filter_choose_apart() {
    let mut trie = Trie::<RandomState>::default();
    for text in ["$share/one/a", "$share/two/a", "$share/one/+"] {
        for key in 0..3 {
            trie.insert(filter(text), key, 0).unwrap();
        }
    }
    let mut scratch = MatchScratch::default();
    let mut seen = Vec::new();
    for _ in 0..3 {
        for found in trie.matches(name("a"), &mut scratch) {
            let Found::Group(group) = found else { unreachable!() };
            let (key, _) = group.pick(ShareStrategy::RoundRobin, |_, _| true).unwrap();
            seen.push(*key);
        }
    }
    assert_eq!(seen, [0, 0, 0, 1, 1, 1, 2, 2, 2]);
}

#[test]
fn a_copy_of_a_trie_chooses_for_itself() {
    let trie = team(0..3);
    assert_eq!(pick(&trie, ShareStrategy::RoundRobin), Some(0));
    let copy = trie.clone();
    assert_eq!(pick(&trie, ShareStrategy::RoundRobin), Some(1));
    assert_eq!(pick(&copy, ShareStrategy::RoundRobin), Some(1));
}
