//! Topic aliases (5.0).

use crate::kit::{Peer, Session, Setup, both, bytes, hex, publish, written};
use mqtt_core::{
    Event, Properties, Property, Publish, ServerSession, UsageError, Version, WhenFull,
};

const V5: Version = Version::V5;

/// A session that may set so many aliases by itself, of a peer that takes so many.
fn auto<S: Session>(own: u16, peer: u16) -> (Peer<S>, Setup) {
    let mut setup = Setup::new(V5).peer(Property::TopicAliasMaximum(peer));
    setup.session.max_auto_aliases = own;
    (S::up(&setup), setup)
}

/// PUBLISH of `!` with an alias.
fn aliased(first: u8, topic: &str, id: Option<u8>, alias: u8) -> String {
    let (len, id) = match id {
        Some(id) => (topic.len() + 9, format!("00 {id:02X}")),
        None => (topic.len() + 7, String::new()),
    };
    let name = if topic.is_empty() { String::new() } else { format!("'{topic}'") };
    format!("{first:02X} {len:02X} 00 {:02X} {name} {id} 03 23 00 {alias:02X} '!'", topic.len())
}

#[test]
fn an_alias_stands_for_its_topic() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).own(Property::TopicAliasMaximum(3)));
        it.gets(&aliased(0x30, "abc", None, 3), &["message abc 0 !"], "");
        it.gets(&aliased(0x30, "", None, 3), &["message abc 0 !"], "");
        // At any QoS; and it may be set anew.
        it.gets(&aliased(0x32, "", Some(1), 3), &["message abc 1 !"], "40 02 00 01");
        it.gets(&aliased(0x32, "de", Some(1), 3), &["message de 1 !"], "40 02 00 01");
        it.gets(&aliased(0x34, "", Some(1), 3), &["message de 2 !"], "50 02 00 01");
        it.gets(&aliased(0x34, "", Some(1), 3), &[], "50 02 00 01");
        it.gets(&aliased(0x30, "abc", None, 1), &["message abc 0 !"], "");
        it.gets(&aliased(0x30, "", None, 3), &["message de 0 !"], "");
        it.gets(&publish(version, 0x30, 0), &["message t 0 !"], "");
    }
    both!(case: V5);
}

#[test]
fn aliases_that_are_none() {
    fn case<S: Session>(version: Version) {
        let cases = [
            (3, aliased(0x30, "a", None, 0), "94"),
            (3, aliased(0x30, "a", None, 4), "94"),
            (3, aliased(0x30, "", None, 4), "94"),
            (3, aliased(0x30, "", None, 2), "82"),
            (3, "30 04 00 00 00 '!'".into(), "82"),
            (0, aliased(0x30, "a", None, 1), "94"),
        ];
        for (max, packet, code) in cases {
            let mut setup = Setup::new(version);
            if max > 0 {
                setup = setup.own(Property::TopicAliasMaximum(max));
            }
            let mut it = S::up(&setup);
            it.receive(&bytes(&packet));
            let events = it.events();
            assert!(events.len() == 1 && events[0].starts_with("closed"), "{packet}: {events:?}");
            it.sends(&format!("E0 01 {code}"));
        }
    }
    both!(case: V5);
}

#[test]
fn received_aliases_end_with_the_connection() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version).own(Property::TopicAliasMaximum(3));
        let mut it = S::up(&setup);
        it.gets(&aliased(0x30, "abc", None, 3), &["message abc 0 !"], "");
        let mut it = S::next(it, &setup, true);
        it.events();
        it.gets(&aliased(0x30, "", None, 3), &["closed UnknownTopicAlias"], "E0 01 82");
    }
    both!(case: V5);
}

#[test]
fn topics_get_aliases() {
    fn case<S: Session>(_: Version) {
        let (mut it, _) = auto::<S>(5, 2);
        for (topic, output) in [
            ("a", aliased(0x30, "a", None, 1)),
            ("a", aliased(0x30, "", None, 1)),
            ("b", aliased(0x30, "b", None, 2)),
            ("a", aliased(0x30, "", None, 1)),
            // The one that was not used for the longest time makes room.
            ("c", aliased(0x30, "c", None, 2)),
            ("a", aliased(0x30, "", None, 1)),
            ("b", aliased(0x30, "b", None, 2)),
            ("c", aliased(0x30, "c", None, 1)),
        ] {
            it.publish_to(topic, 0, 0).unwrap();
            it.sends(&output);
        }
    }
    both!(case: V5);
}

#[test]
fn no_aliases_where_none_are_taken_or_wanted() {
    fn case<S: Session>(version: Version) {
        for (own, peer) in [(0, 9), (9, 0)] {
            let (mut it, _) = auto::<S>(own, peer);
            it.publishes(0, 1, &publish(version, 0x30, 0));
            it.publishes(0, 1, &publish(version, 0x30, 0));
        }
        // Without a word none are taken.
        let mut setup = Setup::new(version);
        setup.session.max_auto_aliases = 9;
        let mut it = S::up(&setup);
        it.publishes(0, 1, &publish(version, 0x30, 0));
        it.publishes(0, 1, &publish(version, 0x30, 0));
    }
    both!(case: V5);
}

#[test]
fn a_message_that_waits_sets_its_alias_when_it_goes() {
    fn case<S: Session>(_: Version) {
        let mut setup =
            Setup::new(V5).peer(Property::TopicAliasMaximum(2)).peer(Property::ReceiveMaximum(1));
        setup.session.max_auto_aliases = 2;
        let mut it = S::up(&setup);
        it.publish_to("a", 1, 1).unwrap();
        it.sends(&aliased(0x32, "a", Some(1), 1));
        it.publish_to("b", 1, 2).unwrap();
        it.publish_to("b", 1, 3).unwrap();
        it.sends("");
        it.receive(&bytes("40 02 00 01"));
        it.events();
        let output = it.output();
        assert_eq!(output[..5], bytes("32 0A 00 01 'b'"), "the topic is said");
        it.receive(&[0x40, 2, 0, output[6]]);
        it.events();
        assert_eq!(it.output()[..4], bytes("32 09 00 00"), "the topic is known");
    }
    both!(case: V5);
}

#[test]
fn sent_aliases_end_with_the_connection() {
    fn case<S: Session>(version: Version) {
        let (mut it, setup) = auto::<S>(5, 5);
        it.publish_to("a", 1, 1).unwrap();
        it.publish_to("a", 1, 2).unwrap();
        it.sends(&format!("{} {}", aliased(0x32, "a", Some(1), 1), aliased(0x32, "", Some(2), 1)));
        // The topic is stored, not the alias.
        let mut it = S::next(it, &setup, true);
        it.events();
        it.sends(&format!("{} {}", aliased(0x3A, "a", Some(1), 1), aliased(0x3A, "", Some(2), 1)));
        // A peer that takes none has none.
        let mut it = S::next(it, &Setup::new(version), true);
        it.events();
        it.sends("3A 07 00 01 'a' 00 01 00 '!' 3A 07 00 01 'a' 00 02 00 '!'");
    }
    both!(case: V5);
}

#[test]
fn an_alias_does_not_make_a_packet_too_large() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version)
            .peer(Property::TopicAliasMaximum(5))
            .peer(Property::MaximumPacketSize(9));
        setup.session.max_auto_aliases = 5;
        let mut it = S::up(&setup);
        it.publishes(1, 1, &publish(version, 0x32, 1));
        // What was not said is not known.
        it.publishes(1, 2, &publish(version, 0x32, 2));
    }
    both!(case: V5);
}

#[test]
fn aliases_of_the_caller() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version)
            .peer(Property::TopicAliasMaximum(5))
            .peer(Property::ReceiveMaximum(1));
        let mut it = S::up(&setup);
        let invalid = Err(UsageError::NotSupported(mqtt_core::ReasonCode::TOPIC_ALIAS_INVALID));
        for alias in [0, 6, u16::MAX] {
            assert_eq!(it.publish_with(0, 1, &[Property::TopicAlias(alias)]), invalid);
        }
        it.sends("");
        it.publish_with(1, 1, &[Property::TopicAlias(5)]).unwrap();
        it.sends("32 0A 00 01 't' 00 01 03 23 00 05 '!'");
        // One that waits sets nothing yet: it goes with its topic, and without the alias.
        it.publish_with(1, 2, &[Property::TopicAlias(4)]).unwrap();
        it.sends("");
        let four = [Property::TopicAlias(4)];
        let bare = Publish { properties: Properties::new(&four), ..Publish::default() };
        let now = it.now();
        assert_eq!(it.session.send(now, &bare, 3, WhenFull::Queue), invalid);
        it.receive(&bytes("40 02 00 01"));
        it.events();
        it.sends_message(0x32);
        // What is sent again has its topic.
        let mut it = S::next(it, &setup, true);
        it.events();
        it.sends_message(0x3A);
        let five = [Property::TopicAlias(5)];
        let bare = Publish { properties: Properties::new(&five), ..Publish::default() };
        assert_eq!(it.session.send(now, &bare, 4, WhenFull::Queue), invalid);
    }
    both!(case: V5);
}

/// What is forwarded has nothing of the connection on which it came.
#[test]
fn an_alias_is_not_among_the_properties_of_a_message() {
    let setup = Setup::new(Version::V5).own(Property::TopicAliasMaximum(3));
    let mut from = ServerSession::up(&setup);
    let mut to = ServerSession::up(&Setup::new(Version::V5));
    let kept = [Property::ContentType("x"), Property::UserProperty("a", "b")];
    let list = [kept[0], Property::TopicAlias(3), kept[1]];
    for topic in ["abc", ""] {
        let publish = Publish { topic, properties: Properties::new(&list), ..Publish::default() };
        from.receive(&written(Version::V5, publish));
        let Some(Event::Message { publish, .. }) = from.session.poll_event() else {
            panic!("no message")
        };
        assert!(publish.properties.topic_alias().is_none());
        let now = to.now();
        to.session.deliver(now, &publish, 0, WhenFull::Queue).unwrap();
        let output = to.output();
        let publish =
            Publish { topic: "abc", properties: Properties::new(&kept), ..Publish::default() };
        assert_eq!(hex(&output), hex(&written(Version::V5, publish)));
    }
}

/// Whether a message that the peer refuses sets its alias is not said: the topic goes out again.
#[test]
fn a_refused_message_has_not_set_its_alias() {
    fn case<S: Session>(version: Version) {
        for qos in [1, 2] {
            let (mut it, _) = auto::<S>(2, 2);
            let first = 0x30 | qos << 1;
            it.publishes(qos, 1, &aliased(first, "t", Some(1), 1));
            let refusal = if qos == 1 { "40 03 00 01 87" } else { "50 03 00 01 87" };
            it.gets(refusal, &["published 1 #1 87"], "");
            it.publish_to("u", qos, 2).unwrap();
            it.publish_to("t", qos, 3).unwrap();
            it.publish_to("t", qos, 4).unwrap();
            let (u, t) = (aliased(first, "u", Some(2), 2), aliased(first, "t", Some(3), 1));
            it.sends(&format!("{u} {t} {}", aliased(first, "", Some(4), 1)));
            // One that is accepted has.
            let accepted = if qos == 1 { "40 02 00 04" } else { "50 02 00 04" };
            it.receive(&bytes(accepted));
            it.events();
            it.output();
            it.publishes(0, 5, &aliased(0x30, "", None, 1));
        }
        assert_eq!(version, V5);
    }
    both!(case: V5);
}

/// At QoS 0 nothing is kept that would have to fit without the alias.
#[test]
fn an_alias_makes_a_message_fit() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version)
            .peer(Property::TopicAliasMaximum(2))
            .peer(Property::MaximumPacketSize(20));
        let mut it = S::up(&setup);
        let (now, list) = (it.now(), [Property::TopicAlias(1)]);
        let properties = Properties::new(&list);
        let publish = Publish { topic: "0123456789", properties, ..Publish::default() };
        it.session.send(now, &publish, 1, WhenFull::Queue).unwrap();
        it.sends("30 10 00 0A '0123456789' 03 23 00 01");
        let publish = Publish { topic: "", payload: b"0123456789", ..publish };
        it.session.send(now, &publish, 1, WhenFull::Queue).unwrap();
        it.sends("30 10 00 00 03 23 00 01 '0123456789'");
        let kept = Publish { qos: mqtt_core::QoS::AtLeastOnce, ..publish };
        let error = it.session.send(now, &kept, 1, WhenFull::Queue);
        assert_eq!(error, Err(UsageError::PacketTooLarge { max: 20 }));
        it.sends("");
    }
    both!(case: V5);
}
