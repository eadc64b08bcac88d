//! What a broker makes of the subscriptions that match: sections 3.3.4 and 4.8.2 of 5.0, 3.3.5 of 3.1.1.

use core::num::NonZeroU32;
use mqtt_core::{
    Found, Granted, MatchScratch, Overlaps, QoS, ShareStrategy, SubscriptionOptions,
    SubscriptionTrie, TopicFilter, TopicName,
};
use std::hash::RandomState;

type Trie = SubscriptionTrie<&'static str, Granted, RandomState>;

fn granted(qos: QoS, no_local: bool, id: u32) -> Granted {
    let options = SubscriptionOptions { qos, no_local, ..SubscriptionOptions::DEFAULT };
    Granted { options, subscription_id: NonZeroU32::new(id) }
}

/// Who gets a message to a/b, at which QoS, with which identifiers.
fn merged(trie: &Trie, publisher: &'static str) -> Vec<(&'static str, QoS, Vec<u32>)> {
    let (mut scratch, mut overlaps) =
        (MatchScratch::default(), Overlaps::<_, RandomState>::default());
    overlaps.start(Some(publisher));
    for found in trie.matches(TopicName::from_static("a/b"), &mut scratch) {
        let Found::Subscriber { key, value } = found else { continue };
        overlaps.add(key, value);
    }
    let ids = |ids: &mut dyn Iterator<Item = NonZeroU32>| ids.map(NonZeroU32::get).collect();
    let all = overlaps.iter();
    all.map(|one| (*one.key, one.qos, ids(&mut one.subscription_ids()))).collect()
}

fn highest_qos() {
    let mut trie = Trie::default();
    for (filter, qos) in
        [("a/#", QoS::AtMostOnce), ("a/+", QoS::ExactlyOnce), ("+/b", QoS::AtLeastOnce)]
    {
        trie.insert(TopicFilter::new(filter).unwrap(), "one", granted(qos, false, 0)).unwrap();
    }
    trie.insert(TopicFilter::from_static("a/b"), "other", granted(QoS::AtLeastOnce, false, 0))
        .unwrap();
    let expected = [("one", QoS::ExactlyOnce, vec![]), ("other", QoS::AtLeastOnce, vec![])];
    assert_eq!(merged(&trie, "third"), expected);
}

#[test]
fn v311_3_3_5_1_highest_qos_of_overlapping_subscriptions() {
    highest_qos();
}

#[test]
fn v5_3_3_4_2_highest_qos_of_overlapping_subscriptions() {
    highest_qos();
}

/// Identifiers of overlapping subscriptions, one of which has none.
fn identifiers() {
    let mut trie = Trie::default();
    for (filter, id) in [("a/#", 7), ("a/+", 0), ("a/b", 9), ("a/c", 8), ("+/b", 9)] {
        let granted = granted(QoS::AtMostOnce, false, id);
        trie.insert(TopicFilter::new(filter).unwrap(), "one", granted).unwrap();
    }
    assert_eq!(merged(&trie, "one"), [("one", QoS::AtMostOnce, vec![7, 9, 9])]);
}

#[test]
fn v5_3_3_4_3_identifiers_of_overlapping_subscriptions() {
    identifiers();
}

#[test]
fn v5_3_3_4_4_one_copy_has_all_identifiers() {
    identifiers();
}

#[test]
fn v5_3_8_3_3_no_local_sends_nothing_back() {
    let mut trie = Trie::default();
    let local = granted(QoS::AtLeastOnce, true, 7);
    trie.insert(TopicFilter::from_static("a/+"), "one", local).unwrap();
    assert_eq!(merged(&trie, "one"), []);
    assert_eq!(merged(&trie, "other"), [("one", QoS::AtLeastOnce, vec![7])]);
    // Another subscription of the same client has no such wish.
    let granted = granted(QoS::AtMostOnce, false, 8);
    trie.insert(TopicFilter::from_static("a/b"), "one", granted).unwrap();
    assert_eq!(merged(&trie, "one"), [("one", QoS::AtMostOnce, vec![8])]);
}

#[test]
fn v5_4_8_2_3_members_keep_the_qos_they_were_granted() {
    let mut trie = Trie::default();
    let filter = TopicFilter::from_static("$share/team/a/+");
    trie.insert(filter, "zero", granted(QoS::AtMostOnce, false, 7)).unwrap();
    trie.insert(filter, "two", granted(QoS::ExactlyOnce, false, 8)).unwrap();
    let group = trie.share_group(filter).unwrap();
    let pick = || {
        let (key, granted) = group.pick(ShareStrategy::RoundRobin, |_, _| true).unwrap();
        (*key, granted.options.qos, granted.subscription_id.map(NonZeroU32::get))
    };
    assert_eq!(pick(), ("zero", QoS::AtMostOnce, Some(7)));
    assert_eq!(pick(), ("two", QoS::ExactlyOnce, Some(8)));
}
