//! Topic aliases.

use crate::kit::{Peer, Session, Setup, both, hex, publish};
use mqtt_core::{ClientSession, Property, ReasonCode, ServerSession, UsageError, Version};

const V5: Version = Version::V5;

/// A session that may set nine aliases, of a peer that takes two.
fn two_aliases<S: Session>() -> (Peer<S>, Setup) {
    let mut setup = Setup::new(V5).peer(Property::TopicAliasMaximum(2));
    setup.session.max_auto_aliases = 9;
    (S::up(&setup), setup)
}

fn no_alias_above<S: Session>() {
    let (mut it, _) = two_aliases::<S>();
    let mut used = Vec::new();
    for topic in ["a", "b", "c", "a", "d"] {
        it.publish_to(topic, 0, 1).unwrap();
        let output = hex(&it.output());
        used.push(output.split_once("03 23 00 ").unwrap().1[..2].to_owned());
    }
    assert_eq!(used, ["01", "02", "01", "02", "01"]);
}

fn no_alias_at_all<S: Session>() {
    let mut setup = Setup::new(V5);
    setup.session.max_auto_aliases = 9;
    let mut it = S::up(&setup);
    it.publishes(0, 1, &publish(V5, 0x30, 0));
    it.publishes(0, 1, &publish(V5, 0x30, 0));
}

#[test]
fn v5_3_1_2_26_no_alias_above_that_of_connect() {
    no_alias_above::<ServerSession>();
}

#[test]
fn v5_3_1_2_27_no_alias_if_connect_has_none() {
    no_alias_at_all::<ServerSession>();
}

#[test]
fn v5_3_2_2_17_no_alias_above_that_of_connack() {
    no_alias_above::<ClientSession>();
}

#[test]
fn v5_3_2_2_18_no_alias_if_connack_has_none() {
    no_alias_at_all::<ClientSession>();
}

#[test]
fn v5_3_3_2_7_an_alias_is_of_one_connection() {
    fn case<S: Session>(_: Version) {
        let (mut it, setup) = two_aliases::<S>();
        let setup = setup.own(Property::TopicAliasMaximum(2));
        it.publishes(0, 1, "30 08 00 01 't' 03 23 00 01 '!'");
        it.publishes(0, 1, "30 07 00 00 03 23 00 01 '!'");
        let mut it = S::next(it, &setup, true);
        it.events();
        it.publishes(0, 1, "30 08 00 01 't' 03 23 00 01 '!'");
        it.gets("30 08 00 01 't' 03 23 00 01 '!'", &["message t 0 !"], "");
        let mut it = S::next(it, &setup, true);
        it.events();
        it.gets("30 07 00 00 03 23 00 01 '!'", &["closed UnknownTopicAlias"], "E0 01 82");
    }
    both!(case: V5);
}

fn by_hand<S: Session>() {
    let (mut it, _) = two_aliases::<S>();
    let error = it.publish_with(0, 1, &[Property::TopicAlias(3)]).unwrap_err();
    assert_eq!(error, UsageError::NotSupported(ReasonCode::TOPIC_ALIAS_INVALID));
    it.sends("");
}

#[test]
fn v5_3_3_2_9_a_client_sets_no_alias_above_the_maximum() {
    by_hand::<ClientSession>();
    no_alias_above::<ClientSession>();
}

#[test]
fn v5_3_3_2_11_a_server_sets_no_alias_above_the_maximum() {
    by_hand::<ServerSession>();
    no_alias_above::<ServerSession>();
}

fn takes_aliases<S: Session>() {
    let mut it = S::up(&Setup::new(V5).own(Property::TopicAliasMaximum(2)));
    it.gets("30 08 00 01 'a' 03 23 00 01 '!'", &["message a 0 !"], "");
    it.gets("30 08 00 01 'b' 03 23 00 02 '!'", &["message b 0 !"], "");
    it.gets("30 07 00 00 03 23 00 01 '!'", &["message a 0 !"], "");
    it.gets("30 08 00 01 'c' 03 23 00 03 '!'", &["closed TopicAlias"], "E0 01 94");
}

#[test]
fn v5_3_3_2_10_a_client_takes_all_aliases_up_to_its_maximum() {
    takes_aliases::<ClientSession>();
}

#[test]
fn v5_3_3_2_12_a_server_takes_all_aliases_up_to_its_maximum() {
    takes_aliases::<ServerSession>();
}
