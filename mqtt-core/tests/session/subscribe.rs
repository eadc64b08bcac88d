//! SUBSCRIBE and UNSUBSCRIBE.

use crate::kit::{Peer, Session, Setup, bytes, publish};
use mqtt_core::{
    ClientSession, PacketId, Properties, Property, QoS, ReasonCode, ReasonCodes, ServerSession,
    SubAck, Subscribe, Subscription, Subscriptions, TopicFilters, UnsubAck, Unsubscribe,
    UsageError, Version,
};

const ALL: [Version; 3] = [Version::V5, Version::V311, Version::V31];

fn subscribe(
    client: &mut Peer<ClientSession>,
    filters: &[&str],
    token: u64,
) -> Result<u16, UsageError> {
    let list: Vec<_> = filters.iter().map(|it| Subscription::new(it, QoS::AtLeastOnce)).collect();
    let subscribe =
        Subscribe { filters: Subscriptions::new(&list), ..Subscribe::new(PacketId::MIN) };
    client.session.subscribe(client.now(), &subscribe, token).map(PacketId::get)
}

fn unsubscribe(
    client: &mut Peer<ClientSession>,
    filters: &[&str],
    token: u64,
) -> Result<u16, UsageError> {
    let unsubscribe =
        Unsubscribe { filters: TopicFilters::new(filters), ..Unsubscribe::new(PacketId::MIN) };
    client.session.unsubscribe(client.now(), &unsubscribe, token).map(PacketId::get)
}

fn suback(server: &mut Peer<ServerSession>, id: u16, codes: &[u8]) -> Result<(), UsageError> {
    let codes: Vec<_> = codes.iter().map(|code| ReasonCode(*code)).collect();
    let id = PacketId::new(id).unwrap();
    let suback = SubAck { reasons: ReasonCodes::new(&codes), ..SubAck::new(id) };
    server.session.suback(server.now(), &suback)
}

fn unsuback(server: &mut Peer<ServerSession>, id: u16, codes: &[u8]) -> Result<(), UsageError> {
    let codes: Vec<_> = codes.iter().map(|code| ReasonCode(*code)).collect();
    let id = PacketId::new(id).unwrap();
    let unsuback = UnsubAck { reasons: ReasonCodes::new(&codes), ..UnsubAck::new(id) };
    server.session.unsuback(server.now(), &unsuback)
}

#[test]
fn a_client_subscribes() {
    let mut client = ClientSession::up(&Setup::new(Version::V5));
    assert_eq!(subscribe(&mut client, &["a", "b/+"], 7), Ok(1));
    client.sends("82 0D 00 01 00 00 01 'a' 01 00 03 'b/+' 01");
    assert_eq!(unsubscribe(&mut client, &["c"], 8), Ok(2));
    client.sends("A2 06 00 02 00 00 01 'c'");
    client.gets("B0 04 00 02 00 11", &["unsubscribed 8 #2 11"], "");
    client.gets("90 05 00 01 00 00 87", &["subscribed 7 #1 00 87"], "");
    for version in [Version::V311, Version::V31] {
        let mut client = ClientSession::up(&Setup::new(version));
        subscribe(&mut client, &["a", "b/+"], 7).unwrap();
        client.sends("82 0C 00 01 00 01 'a' 01 00 03 'b/+' 01");
        unsubscribe(&mut client, &["c"], 8).unwrap();
        client.sends("A2 05 00 02 00 01 'c'");
        client.gets("B0 02 00 02", &["unsubscribed 8 #2"], "");
        client.gets("90 04 00 01 00 02", &["subscribed 7 #1 00 02"], "");
    }
}

#[test]
fn one_pool_of_identifiers_for_all_that_a_client_sends() {
    for version in ALL {
        let mut client = ClientSession::up(&Setup::new(version));
        let mut ids = Vec::new();
        for token in 0..10 {
            ids.push(subscribe(&mut client, &["a"], token).unwrap());
            ids.push(unsubscribe(&mut client, &["a"], token).unwrap());
            client.output();
            ids.push(client.opens(1, token));
            ids.push(client.opens(2, token));
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((ids.len(), ids[0] > 0), (40, true));
    }
}

#[test]
fn an_answer_to_nothing() {
    for version in ALL {
        let (last, suback, unsuback) = match version {
            Version::V5 => ("E0 01 82", "90 04 00 01 00 00", "B0 04 00 01 00 00"),
            _ => ("", "90 03 00 01 00", "B0 02 00 01"),
        };
        let mut client = ClientSession::up(&Setup::new(version));
        client.gets(suback, &["closed Unexpected(SubAck)"], last);
        let mut client = ClientSession::up(&Setup::new(version));
        client.gets(unsuback, &["closed Unexpected(UnsubAck)"], last);
        // The other one, and that of a message.
        let mut client = ClientSession::up(&Setup::new(version));
        subscribe(&mut client, &["a"], 1).unwrap();
        client.output();
        client.gets(unsuback, &["closed Unexpected(UnsubAck)"], last);
        let mut client = ClientSession::up(&Setup::new(version));
        client.opens(1, 1);
        client.gets(suback, &["closed Unexpected(SubAck)"], last);
        let mut client = ClientSession::up(&Setup::new(version));
        subscribe(&mut client, &["a"], 1).unwrap();
        client.output();
        client.gets("40 02 00 01", &["closed Unexpected(PubAck)"], last);
        // Twice.
        let mut client = ClientSession::up(&Setup::new(version));
        subscribe(&mut client, &["a"], 1).unwrap();
        client.output();
        client.gets(suback, &["subscribed 1 #1 00"], "");
        client.gets(suback, &["closed Unexpected(SubAck)"], last);
    }
}

#[test]
fn as_many_codes_as_filters() {
    let mut client = ClientSession::up(&Setup::new(Version::V5));
    subscribe(&mut client, &["a", "b"], 1).unwrap();
    client.output();
    client.gets("90 04 00 01 00 00", &["closed ReasonCodeCount"], "E0 01 82");
    let mut client = ClientSession::up(&Setup::new(Version::V5));
    unsubscribe(&mut client, &["a"], 1).unwrap();
    client.output();
    client.gets("B0 05 00 01 00 00 00", &["closed ReasonCodeCount"], "E0 01 82");
    let mut client = ClientSession::up(&Setup::new(Version::V311));
    subscribe(&mut client, &["a"], 1).unwrap();
    client.output();
    client.gets("90 04 00 01 00 00", &["closed ReasonCodeCount"], "");
}

#[test]
fn a_server_answers() {
    let mut server = ServerSession::up(&Setup::new(Version::V5));
    server.gets("82 0B 00 05 00 00 01 'a' 00 00 01 'b' 01", &["subscribe #5"], "");
    server.gets("A2 09 00 06 00 00 01 'a' 00 01 'b'", &["unsubscribe #6"], "");
    // In any order; once; with as many codes.
    assert_eq!(suback(&mut server, 5, &[0]), Err(UsageError::NotAllowed));
    assert_eq!(suback(&mut server, 6, &[0, 0]), Err(UsageError::UnknownToken));
    assert_eq!(unsuback(&mut server, 5, &[0, 0]), Err(UsageError::UnknownToken));
    server.sends("");
    unsuback(&mut server, 6, &[0x00, 0x11]).unwrap();
    server.sends("B0 05 00 06 00 00 11");
    suback(&mut server, 5, &[0x00, 0x87]).unwrap();
    server.sends("90 05 00 05 00 00 87");
    assert_eq!(suback(&mut server, 5, &[0, 0]), Err(UsageError::UnknownToken));
    server.sends("");
    for version in [Version::V311, Version::V31] {
        let mut server = ServerSession::up(&Setup::new(version));
        server.gets("82 0A 00 05 00 01 'a' 00 00 01 'b' 01", &["subscribe #5"], "");
        server.gets("A2 08 00 06 00 01 'a' 00 01 'b'", &["unsubscribe #6"], "");
        unsuback(&mut server, 6, &[]).unwrap();
        server.sends("B0 02 00 06");
        assert_eq!(suback(&mut server, 5, &[0, 1, 2]), Err(UsageError::NotAllowed));
        suback(&mut server, 5, &[0, 1]).unwrap();
        server.sends("90 04 00 05 00 01");
    }
}

#[test]
fn a_refusal_of_one_filter() {
    let mut server = ServerSession::up(&Setup::new(Version::V311));
    server.gets("82 06 00 05 00 01 'a' 00", &["subscribe #5"], "");
    suback(&mut server, 5, &[0x80]).unwrap();
    server.sends("90 03 00 05 80");
    // 3.1 has no code for it.
    let mut server = ServerSession::up(&Setup::new(Version::V31));
    server.gets("82 06 00 05 00 01 'a' 00", &["subscribe #5"], "");
    assert!(matches!(suback(&mut server, 5, &[0x80]), Err(UsageError::Encode(_))));
    suback(&mut server, 5, &[0]).unwrap();
    server.sends("90 03 00 05 00");
}

#[test]
fn an_answer_belongs_to_its_connection() {
    for version in ALL {
        let setup = Setup::new(version);
        let packet = if version == Version::V5 {
            "82 07 00 05 00 00 01 'a' 00"
        } else {
            "82 06 00 05 00 01 'a' 00"
        };
        let mut server = ServerSession::up(&setup);
        server.gets(packet, &["subscribe #5"], "");
        let mut server = ServerSession::next(server, &setup, true);
        assert_eq!(suback(&mut server, 5, &[0]), Err(UsageError::UnknownToken));
        server.sends("");
    }
}

#[test]
fn what_the_server_does_not_take_is_not_sent() {
    let refused = |property, filter: &str, code| {
        let mut client = ClientSession::up(&Setup::new(Version::V5).peer(property));
        let error = UsageError::NotSupported(ReasonCode(code));
        assert_eq!(subscribe(&mut client, &["a", filter], 1), Err(error), "{filter}");
        client.sends("");
        subscribe(&mut client, &["a"], 1).unwrap();
    };
    for filter in ["#", "a/+", "+", "$share/g/a/+"] {
        refused(Property::WildcardSubscriptionAvailable(false), filter, 0xA2);
    }
    for filter in ["$share/g/a", "$share/g/#"] {
        refused(Property::SharedSubscriptionAvailable(false), filter, 0x9E);
    }
    let property = Property::SubscriptionIdentifierAvailable(false);
    let mut client = ClientSession::up(&Setup::new(Version::V5).peer(property));
    let (list, ids) =
        ([Subscription::new("a", QoS::AtMostOnce)], [Property::SubscriptionIdentifier(1)]);
    let (filters, properties) = (Subscriptions::new(&list), Properties::new(&ids));
    let subscribe = Subscribe { filters, properties, ..Subscribe::new(PacketId::MIN) };
    let error = client.session.subscribe(client.now(), &subscribe, 1).unwrap_err();
    assert_eq!(error, UsageError::NotSupported(ReasonCode(0xA1)));
    client.sends("");
}

#[test]
fn a_client_that_does_not_listen() {
    use Property as P;
    let cases = [
        (P::WildcardSubscriptionAvailable(false), "82 07 00 05 00 00 01 '#' 00", "A2"),
        (
            P::WildcardSubscriptionAvailable(false),
            "82 0E 00 05 00 00 01 'a' 00 00 04 'b/+c' 00",
            "",
        ),
        (P::SharedSubscriptionAvailable(false), "82 10 00 05 00 00 0A '$share/g/a' 00", "9E"),
        (P::SubscriptionIdentifierAvailable(false), "82 09 00 05 02 0B 01 00 01 'a' 00", "A1"),
        (P::MaximumQoS(QoS::AtMostOnce), "32 07 00 01 't' 00 05 00 '!'", "9B"),
        (P::MaximumQoS(QoS::AtLeastOnce), "34 07 00 01 't' 00 05 00 '!'", "9B"),
        (P::RetainAvailable(false), "31 05 00 01 't' 00 '!'", "9A"),
    ];
    for (property, packet, code) in cases {
        let mut server = ServerSession::up(&Setup::new(Version::V5).own(property));
        server.receive(&crate::kit::bytes(packet));
        let events = server.events();
        assert!(events.len() == 1 && events[0].starts_with("closed"), "{packet}: {events:?}");
        if !code.is_empty() {
            server.sends(&format!("E0 01 {code}"));
        }
        // Without a word all of it is taken.
        let mut server = ServerSession::up(&Setup::new(Version::V5));
        server.receive(&crate::kit::bytes(packet));
        assert_eq!(server.events()[0].starts_with("closed"), code.is_empty(), "{packet}");
    }
    // Subscribing for a QoS above is fine.
    let setup = Setup::new(Version::V5).own(P::MaximumQoS(QoS::AtMostOnce));
    let mut server = ServerSession::up(&setup);
    server.gets("82 07 00 05 00 00 01 'a' 02", &["subscribe #5"], "");
    suback(&mut server, 5, &[0]).unwrap();
    server.sends("90 04 00 05 00 00");
}

#[test]
fn a_client_that_is_not_connected() {
    let mut client = Peer::client(&Setup::new(Version::V5));
    assert_eq!(subscribe(&mut client, &["a"], 1), Err(UsageError::NotConnected));
    client.connect(&Setup::new(Version::V5), true);
    assert_eq!(subscribe(&mut client, &["a"], 1), Err(UsageError::NotConnected));
    assert_eq!(unsubscribe(&mut client, &["a"], 1), Err(UsageError::NotConnected));
    client.sends("");
}

#[test]
fn messages_may_come_before_suback() {
    for version in ALL {
        let mut client = ClientSession::up(&Setup::new(version));
        subscribe(&mut client, &["t"], 1).unwrap();
        client.output();
        client.gets(&publish(version, 0x32, 1), &["message t 1 !"], "40 02 00 01");
        let suback = if version == Version::V5 { "90 04 00 01 00 01" } else { "90 03 00 01 01" };
        client.gets(suback, &["subscribed 1 #1 01"], "");
    }
}

#[test]
fn a_client_that_wants_no_words() {
    let list = [Property::ReasonString("because"), Property::UserProperty("a", "b")];
    let properties = Properties::new(&list);
    for (setup, len) in [
        (Setup::new(Version::V5), [23, 23]),
        (Setup::new(Version::V5).peer(Property::RequestProblemInformation(false)), [6, 6]),
    ] {
        let mut server = ServerSession::up(&setup);
        server.gets("82 07 00 05 00 00 01 'a' 00", &["subscribe #5"], "");
        server.gets("A2 06 00 06 00 00 01 'a'", &["unsubscribe #6"], "");
        let (now, codes) = (server.now(), [ReasonCode::SUCCESS]);
        let reasons = ReasonCodes::new(&codes);
        let suback = SubAck { reasons, properties, packet_id: PacketId::new(5).unwrap() };
        server.session.suback(now, &suback).unwrap();
        assert_eq!(server.output().len(), len[0]);
        let unsuback = UnsubAck { reasons, properties, packet_id: PacketId::new(6).unwrap() };
        server.session.unsuback(now, &unsuback).unwrap();
        assert_eq!(server.output().len(), len[1]);
        // DISCONNECT and PUBLISH keep theirs.
        server.publish_with(0, 1, &list[1..]).unwrap();
        assert_eq!(server.output().len(), 14);
        let bye = mqtt_core::Disconnect { reason: ReasonCode::SERVER_BUSY, properties };
        server.session.disconnect(now, &bye).unwrap();
        assert_eq!(server.output().len(), 21);
    }
}

#[test]
fn no_more_is_granted_than_was_asked_for() {
    for version in [Version::V5, Version::V311] {
        let mut server = ServerSession::up(&Setup::new(version));
        let none = if version == Version::V5 { "00" } else { "" };
        let len = if none.is_empty() { "0E" } else { "0F" };
        let input = format!("82 {len} 00 07 {none} 00 01 'a' 00 00 01 'b' 01 00 01 'c' 02");
        server.receive(&bytes(&input));
        server.tells(&["subscribe #7"]);
        for codes in [[1, 1, 2], [0, 2, 2], [2, 2, 2]] {
            assert_eq!(suback(&mut server, 7, &codes), Err(UsageError::NotAllowed));
            server.sends("");
        }
        suback(&mut server, 7, &[0x80, 0, 2]).unwrap();
    }
}

/// What the server of the last connection took says nothing when there is none.
#[test]
fn nothing_is_judged_by_a_connection_that_is_over() {
    let setup = Setup::new(Version::V5).peer(Property::WildcardSubscriptionAvailable(false));
    let mut client = ClientSession::up(&setup);
    let refused = UsageError::NotSupported(ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED);
    assert_eq!(subscribe(&mut client, &["+"], 1), Err(refused));
    client.end();
    assert_eq!(subscribe(&mut client, &["+"], 1), Err(UsageError::NotConnected));
}

/// Answers come in any order, and requests may have the same identifier.
#[test]
fn each_answer_finds_its_request() {
    let mut server = ServerSession::up(&Setup::new(Version::V311));
    server.receive(&bytes("82 0A 00 05 00 01 'a' 00 00 01 'b' 02"));
    server.receive(&bytes("A2 08 00 05 00 01 'a' 00 01 'b'"));
    server.receive(&bytes("82 06 00 06 00 01 'c' 01"));
    server.receive(&bytes("82 06 00 05 00 01 'd' 01"));
    server.tells(&["subscribe #5", "unsubscribe #5", "subscribe #6", "subscribe #5"]);
    assert_eq!(suback(&mut server, 6, &[2]), Err(UsageError::NotAllowed));
    suback(&mut server, 6, &[1]).unwrap();
    assert_eq!(suback(&mut server, 6, &[1]), Err(UsageError::UnknownToken));
    assert_eq!(suback(&mut server, 5, &[1]), Err(UsageError::NotAllowed));
    assert_eq!(suback(&mut server, 5, &[1, 2]), Err(UsageError::NotAllowed));
    suback(&mut server, 5, &[0x80, 2]).unwrap();
    assert_eq!(suback(&mut server, 5, &[2]), Err(UsageError::NotAllowed));
    suback(&mut server, 5, &[1]).unwrap();
    unsuback(&mut server, 5, &[]).unwrap();
    server.sends("90 03 00 06 01 90 04 00 05 80 02 90 03 00 05 01 B0 02 00 05");
}
