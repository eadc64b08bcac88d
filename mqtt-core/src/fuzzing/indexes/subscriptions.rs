//! A subscription trie beside a list that is searched from end to end.

use super::groups::Group;
use super::input::{Filter, Hashing, Input, name, numbered};
use super::{Finds, MAX_ENTRIES, SLOTS};
use crate::{Found, IndexFull, IndexLimits, MatchScratch, SubscriptionTrie, TopicFilter};
use core::ops::ControlFlow;
use std::collections::BTreeSet;
use std::string::String;
use std::vec::Vec;

type Trie = SubscriptionTrie<u32, u32, Hashing>;

/// A trie, what is in it, and matches that are under way.
pub(super) struct Subscriptions {
    hashing: Hashing,
    trie: Trie,
    /// What it was a copy of, to be mistaken for it.
    other: Option<Trie>,
    limits: IndexLimits,
    /// In the order in which they came.
    entries: Vec<Entry>,
    pub(super) groups: Vec<Group>,
    /// Counts whatever comes; values too, so that a value tells the subscription.
    births: u32,
    open: [Open; SLOTS],
}

struct Entry {
    filter: Filter,
    key: u32,
    value: u32,
    birth: u32,
}

/// A match under way.
#[derive(Default)]
struct Open {
    scratch: MatchScratch,
    /// `None` if it has not begun.
    topic: Option<String>,
    /// What came later may be found or not.
    begun: u32,
    /// What has been found, by birth.
    seen: BTreeSet<u32>,
}

/// A find: where it is from, and its birth.
type Find<'a> = (&'a Filter, u32);

impl Subscriptions {
    pub(super) fn new(hashing: Hashing) -> Self {
        let limits = IndexLimits { max_entries: MAX_ENTRIES, ..IndexLimits::DEFAULT };
        let mut trie = Trie::with_hasher(hashing);
        assert_eq!((trie.len(), trie.heap_bytes()), (0, 0));
        trie.set_limits(limits);
        let (entries, groups) = (Vec::new(), Vec::new());
        Self {
            hashing,
            trie,
            other: None,
            limits,
            entries,
            groups,
            births: 0,
            open: Default::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    fn birth(&mut self) -> u32 {
        self.births += 1;
        self.births
    }

    fn position(&self, filter: &Filter, key: u32) -> Option<usize> {
        self.entries.iter().position(|entry| entry.key == key && entry.filter == *filter)
    }

    fn group(&mut self, filter: &Filter) -> Option<&mut Group> {
        self.groups.iter_mut().find(|group| group.filter == *filter)
    }

    fn insert(&mut self, filter: &Filter, key: u32) {
        let value = self.birth();
        let at = self.position(filter, key);
        let IndexLimits { max_entries, max_levels } = self.limits;
        let expected = if let Some(at) = at {
            Ok(Some(core::mem::replace(&mut self.entries[at].value, value)))
        } else if self.len() >= max_entries {
            Err(IndexFull::Entries { max: max_entries })
        } else if filter.inner.split('/').count() > max_levels {
            Err(IndexFull::Levels { max: max_levels })
        } else {
            Ok(None)
        };
        let heap_bytes = expected.map_err(|_| self.trie.heap_bytes());
        assert_eq!(self.trie.insert(filter.get(), key, value), expected, "{filter:?}");
        if let Err(heap_bytes) = heap_bytes {
            assert_eq!(self.trie.heap_bytes(), heap_bytes, "{filter:?}");
        }
        if expected != Ok(None) {
            return;
        }
        let birth = self.birth();
        self.entries.push(Entry { filter: filter.clone(), key, value, birth });
        if filter.share.is_some() {
            if self.group(filter).is_none() {
                self.groups.push(Group::new(filter.clone(), birth));
            }
            self.group(filter).expect("it was made").join(key);
        }
    }

    fn remove(&mut self, filter: &Filter, key: u32) {
        let removed = self.trie.remove(filter.get(), &key);
        let expected = self.position(filter, key).map(|at| self.entries.remove(at).value);
        assert_eq!(removed, expected, "{filter:?}");
        if removed.is_some() {
            self.groups.iter_mut().for_each(|group| {
                if group.filter == *filter {
                    group.leave(key);
                }
            });
            self.groups.retain(|group| !group.is_empty());
        }
    }

    fn remove_at(&mut self, at: usize) {
        let Some(Entry { filter, key, .. }) = self.entries.get(at) else { return };
        let (filter, key) = (filter.clone(), *key);
        self.remove(&filter, key);
    }

    /// One subscription, or many: of one filter, or of filters that differ in their last level.
    pub(super) fn insert_some(&mut self, input: &mut Input<'_>, how: u8) {
        let filter = input.filter();
        let first = input.byte();
        match how {
            0 => self.insert(&filter, u32::from(first % 8)),
            1 => {
                for key in 0..input.byte() % 48 {
                    self.insert(&filter, u32::from(first.wrapping_add(key)));
                }
            }
            _ => {
                let above = match filter.inner.strip_suffix('#') {
                    Some(above) => above.into(),
                    None => std::format!("{}/", filter.inner),
                };
                for number in 0..input.byte() % 48 {
                    let inner = std::format!("{above}{}", numbered(number));
                    self.insert(&Filter::new(filter.share.as_deref(), &inner), u32::from(first));
                }
            }
        }
    }

    /// One subscription that is there, one that may be, or many in a row, from either end.
    pub(super) fn remove_some(&mut self, input: &mut Input<'_>, how: u8) {
        match how {
            0 => {
                let at = input.place(self.len());
                self.remove_at(at);
            }
            1 => {
                let filter = input.filter();
                self.remove(&filter, u32::from(input.byte() % 8));
            }
            _ => {
                let at = input.place(self.len());
                let count = input.below(64);
                for _ in 0..count {
                    let len = self.len();
                    self.remove_at(match how {
                        2 => at,
                        3 => at.saturating_sub(1).min(len.saturating_sub(1)),
                        _ => len.saturating_sub(1),
                    });
                }
            }
        }
    }

    pub(super) fn get(&mut self, input: &mut Input<'_>) {
        let (filter, key) = (input.filter(), u32::from(input.byte() % 8));
        let value = self.birth();
        let at = self.position(&filter, key);
        let entry = at.map(|at| &mut self.entries[at]);
        assert_eq!(self.trie.get(filter.get(), &key), entry.as_ref().map(|entry| &entry.value));
        match (self.trie.get_mut(filter.get(), &key), entry) {
            (Some(found), Some(entry)) => {
                assert_eq!(*found, entry.value);
                (*found, entry.value) = (value, value);
            }
            (found, entry) => assert!(found.is_none() && entry.is_none(), "{filter:?}"),
        }
    }

    /// Everything one by one, and what is below some filter.
    pub(super) fn list(&self, input: &mut Input<'_>, finds: &mut Finds) {
        let below = input.filter();
        let all: Vec<_> = self.trie.iter().collect();
        finds.extend(all.iter().map(|entry| *entry.value));
        let mut values = BTreeSet::new();
        for found in &all {
            assert!(values.insert(*found.value));
            let entry = self.entries.iter().find(|entry| entry.value == *found.value);
            let entry = entry.expect("it is there");
            assert_eq!((found.filter(), *found.key), (entry.filter.text.clone(), entry.key));
            assert_eq!(found.share_name(), entry.filter.share.as_deref());
        }
        assert_eq!((values.len(), self.trie.len()), (self.len(), self.len()));
        assert_eq!(self.trie.is_empty(), self.len() == 0);
        let below = std::format!("{}/", below.inner);
        let expected = self.entries.iter();
        let expected = expected.filter(|e| std::format!("{}/", e.filter.inner).starts_with(&below));
        let mut expected: Vec<_> = expected.map(|entry| entry.value).collect();
        expected.sort_unstable();
        let below = Filter::new(None, below.strip_suffix('/').unwrap_or_default());
        let mut found: Vec<_> =
            self.trie.iter_below(below.get()).map(|entry| *entry.value).collect();
        finds.extend(found.iter().copied());
        found.sort_unstable();
        assert_eq!(found, expected, "{below:?}");
    }

    /// What a find is, which must be there now and match.
    fn identify(&self, found: Found<'_, u32, u32>, topic: &str) -> Find<'_> {
        let of = |value: u32| {
            let entry = self.entries.iter().find(|entry| entry.value == value);
            let entry = entry.expect("what is found is there now, with its present value");
            assert!(entry.filter.matches(topic), "{:?} found for {topic}", entry.filter);
            entry
        };
        match found {
            Found::Subscriber { key, value } => {
                let entry = of(*value);
                assert_eq!((*key, &entry.filter.share), (entry.key, &None));
                (&entry.filter, entry.birth)
            }
            Found::Group(group) => {
                let (_, first) = group.members().next().expect("a group is never empty");
                let filter = &of(*first).filter;
                assert_eq!(Some(group.share_name()), filter.share.as_deref());
                let members = group.members().map(|(key, value)| (*key, *value));
                let expected = self.entries.iter().filter(|entry| entry.filter == *filter);
                assert!(members.eq(expected.map(|entry| (entry.key, entry.value))), "{filter:?}");
                assert_eq!(group.members().count(), group.len());
                let known = self.groups.iter().find(|known| known.filter == *filter);
                (filter, known.expect("it has members").birth)
            }
        }
    }

    /// All that a match has to find.
    fn matching(&self, topic: &str) -> Vec<u32> {
        let own = self.entries.iter().filter(|entry| entry.filter.share.is_none());
        let own = own.map(|entry| (&entry.filter, entry.birth));
        let all = own.chain(self.groups.iter().map(|group| (&group.filter, group.birth)));
        all.filter(|(filter, _)| filter.matches(topic)).map(|(_, birth)| birth).collect()
    }

    /// A match from beginning to end.
    pub(super) fn find(&self, input: &mut Input<'_>, finds: &mut Finds) {
        let topic = input.name();
        let mut scratch = MatchScratch::default();
        let found: Vec<_> = self.trie.matches(name(&topic), &mut scratch).collect();
        let found: Vec<_> = found.iter().map(|found| self.identify(*found, &topic)).collect();
        finds.extend(found.iter().map(|(_, birth)| *birth));
        check_order(&found, &topic);
        let mut births: Vec<_> = found.iter().map(|(_, birth)| *birth).collect();
        births.sort_unstable();
        let mut expected = self.matching(&topic);
        expected.sort_unstable();
        assert_eq!(births, expected, "{topic}");

        assert!(self.trie.resume(name(&topic), &mut scratch).next().is_none());
        assert_eq!(self.trie.count_matches(name(&topic), &mut scratch), found.len());
        assert_eq!(self.trie.matches_any(name(&topic), &mut scratch), !found.is_empty());
        let limit = input.below(8);
        let mut visited = 0;
        let flow = self.trie.visit(name(&topic), &mut scratch, |_| {
            visited += 1;
            if visited > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(visited, found.len().min(limit + 1));
        assert_eq!(flow.is_break(), found.len() > limit);
        // One that has seen the end of another is as good as new.
        let rest = self.trie.resume(name(&topic), &mut scratch).count();
        assert_eq!(visited + rest, found.len());
    }

    pub(super) fn begin(&mut self, input: &mut Input<'_>) {
        let open = &mut self.open[input.below(SLOTS)];
        let topic = input.name();
        let _ = self.trie.matches(name(&topic), &mut open.scratch);
        (open.topic, open.begun) = (Some(topic), self.births);
        open.seen.clear();
    }

    /// A page of a match.
    pub(super) fn resume(&mut self, input: &mut Input<'_>, finds: &mut Finds) {
        let slot = input.below(SLOTS);
        let page = match input.byte() {
            255 => usize::MAX,
            page => usize::from(page % 16),
        };
        self.go_on(slot, page, finds);
    }

    fn go_on(&mut self, slot: usize, page: usize, finds: &mut Finds) {
        let mut open = core::mem::take(&mut self.open[slot]);
        if let Some(topic) = &open.topic {
            let mut matches = self.trie.resume(name(topic), &mut open.scratch);
            let mut found = Vec::new();
            let mut is_ended = false;
            while found.len() < page && !is_ended {
                match matches.next() {
                    Some(one) => found.push(one),
                    None => is_ended = true,
                }
            }
            assert!(!is_ended || matches.next().is_none());
            for one in found {
                let (filter, birth) = self.identify(one, topic);
                assert!(open.seen.insert(birth), "{filter:?} was found for {topic} before");
                finds.push(birth);
            }
            if is_ended {
                let stayed = self.matching(topic).into_iter().filter(|birth| *birth <= open.begun);
                for birth in stayed {
                    assert!(open.seen.contains(&birth), "{birth} was there all the time: {topic}");
                }
            }
        }
        self.open[slot] = open;
    }

    /// What must not be done: it may find what it likes, but comes to an end.
    pub(super) fn mistake(&mut self, input: &mut Input<'_>) {
        let open = &mut self.open[input.below(SLOTS)];
        let topic = input.name();
        let trie = self.other.as_ref().unwrap_or(&self.trie);
        let page = input.below(8);
        let _ = trie.resume(name(&topic), &mut open.scratch).take(page).count();
        let mut groups = 0;
        for found in self.trie.resume(name(&topic), &mut open.scratch) {
            groups += usize::from(matches!(found, Found::Group(_)));
        }
        assert!(groups <= self.groups.len());
        open.topic = None;
    }

    /// What changes nothing, and what changes all.
    pub(super) fn maintain(&mut self, input: &mut Input<'_>) {
        match input.byte() % 8 {
            0..=2 => {
                let before = self.trie.heap_bytes();
                self.trie.shrink_to_fit();
                assert!(self.trie.heap_bytes() <= before);
            }
            3 | 4 => {
                let copy = self.trie.clone();
                self.other = Some(core::mem::replace(&mut self.trie, copy));
            }
            5 => {
                self.trie.clear();
                self.entries.clear();
                self.groups.clear();
                assert_eq!((self.trie.len(), self.trie.heap_bytes()), (0, 0));
            }
            _ => {
                self.limits = input.limits();
                self.trie.set_limits(self.limits);
                assert_eq!(self.trie.limits(), self.limits);
            }
        }
    }

    /// Chooses a member of some group.
    pub(super) fn pick(&mut self, input: &mut Input<'_>, finds: &mut Finds) {
        let at = input.place(self.groups.len());
        match self.groups.get_mut(at) {
            Some(group) => {
                let known = self.trie.share_group(group.filter.get()).expect("it has members");
                assert_eq!(Some(known.share_name()), group.filter.share.as_deref());
                finds.push(group.pick(known, input).unwrap_or(u32::MAX));
            }
            None => assert!(self.trie.share_group(input.filter().get()).is_none()),
        }
    }

    /// Removes all; then the trie is as new.
    pub(super) fn finish(mut self, how: u8, finds: &mut Finds) {
        while self.len() > 0 {
            let len = self.len();
            self.remove_at(match how % 4 {
                0 => 0,
                1 => len - 1,
                2 => len / 2,
                _ => usize::from(how) * len % 251 % len,
            });
        }
        assert_eq!((self.trie.len(), self.trie.heap_bytes()), (0, 0));
        for slot in 0..SLOTS {
            self.open[slot].seen.clear();
            self.go_on(slot, usize::MAX, finds);
            assert!(self.open[slot].seen.is_empty());
        }
        self.trie.set_limits(IndexLimits::DEFAULT);
        let mut new = Trie::with_hasher(self.hashing);
        assert_eq!(fill(&mut self.trie), fill(&mut new));
    }
}

/// What some changes make of a trie that is empty.
fn fill(trie: &mut Trie) -> (Vec<u32>, Vec<u32>, usize) {
    let filters = ["a/+", "a/b", "$share/g/a/b", "#", "a level of some length", "a/c"];
    for (key, text) in (0..).zip(filters.iter().cycle().take(20)) {
        let filter = TopicFilter::new(text).expect("a filter");
        assert_eq!(trie.insert(filter, key, key), Ok(None));
        if key % 5 == 4 {
            assert_eq!(trie.remove(filter, &key), Some(key));
        }
    }
    let mut scratch = MatchScratch::default();
    let found = trie.matches(name("a/b"), &mut scratch).map(|found| match found {
        Found::Subscriber { key, .. } => *key,
        Found::Group(group) => group.len() as u32,
    });
    (found.collect(), trie.iter().map(|entry| *entry.key).collect(), trie.heap_bytes())
}

/// Filter by filter, own subscribers and then groups in the order in which they came; filters with `#`
/// above the last level of the topic first, the shorter before the longer.
fn check_order(found: &[Find<'_>], topic: &str) {
    let depth = topic.split('/').count();
    let place = |filter: &Filter| {
        let levels = filter.inner.split('/').count();
        let is_above = filter.inner.ends_with('#') && levels <= depth;
        (!is_above, if is_above { levels } else { 0 })
    };
    assert!(found.is_sorted_by_key(|(filter, _)| place(filter)), "{found:?}");
    let mut ended = BTreeSet::new();
    for pair in found.windows(2) {
        let [(first, first_birth), (second, second_birth)] = pair else { continue };
        if first.inner == second.inner {
            let order = |filter: &Filter, birth: u32| (filter.share.is_some(), birth);
            assert!(order(first, *first_birth) < order(second, *second_birth), "{found:?}");
        } else {
            assert!(ended.insert(first.inner.as_str()) && !ended.contains(second.inner.as_str()));
        }
    }
}
