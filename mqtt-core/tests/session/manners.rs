//! What callers may rely on: authentication, aliases of their own, a quiet end.

use crate::kit::{Peer, Session, Setup, both, bytes, hex, publish};
use mqtt_core::{
    Auth, ClientSession, Disconnect, PacketId, Properties, Property, Publish, PublishStatus, QoS,
    ReasonCode, ReasonCodes, ServerSession, SubAck, UsageError, Version, WhenFull,
};

const METHOD: Property<'static> = Property::AuthenticationMethod("m");

fn step() -> Auth<'static> {
    const LIST: [Property<'static>; 1] = [METHOD];
    Auth { reason: ReasonCode::CONTINUE_AUTHENTICATION, properties: Properties::new(&LIST) }
}

/// Contract 6: after `Closed` commands fail. v5 MQTT-3.14.4-1.
#[test]
fn no_auth_goes_out_after_the_end() {
    let mut server = Peer::server(&Setup::new(Version::V5));
    server.gets("10 12 00 04 'MQTT' 05 02 00 00 04 15 00 01 'm' 00 01 'c'", &["connect c"], "");
    server.session.handle_eof(server.now());
    server.tells(&["closed Eof"]);
    assert!(server.session.auth(server.now(), &step()).is_err());
    server.sends("");
}

#[test]
fn no_auth_goes_out_after_disconnect() {
    let setup = Setup::new(Version::V5).own(METHOD).peer(METHOD);
    let mut server = ServerSession::up(&setup);
    server.gets("F0 06 19 04 15 00 01 'm'", &["auth 19"], "");
    let now = server.now();
    server.session.disconnect(now, &Disconnect::default()).unwrap();
    server.tells(&["closed Local"]);
    server.sends("E0 00");
    assert!(server.session.auth(now, &step()).is_err());
    server.sends("");
}

/// A message of the caller does not go to another topic than the caller said.
#[test]
fn an_alias_that_waits_with_its_message_is_not_the_old_one() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version)
            .peer(Property::ReceiveMaximum(1))
            .peer(Property::TopicAliasMaximum(5));
        let mut it = S::up(&setup);
        let now = it.now();
        let list = [Property::TopicAlias(1)];
        let send = |it: &mut Peer<S>, topic: &str, qos, payload: &[u8]| {
            let properties = Properties::new(&list);
            let publish = Publish { topic, qos, payload, properties, ..Publish::default() };
            it.session.send(now, &publish, 0, WhenFull::Queue)
        };
        send(&mut it, "a", QoS::AtLeastOnce, b"1").unwrap();
        // From now on it stands for b: the message waits, and the caller does not know more than that.
        assert_eq!(send(&mut it, "b", QoS::AtLeastOnce, b"2"), Ok(PublishStatus::Queued));
        it.output();
        it.receive(&bytes("40 02 00 01"));
        it.events();
        it.output();
        let result = send(&mut it, "", QoS::AtMostOnce, b"3");
        let output = hex(&it.output());
        assert!(result.is_err() || output.contains("00 01 62"), "to a: {result:?} {output}");
    }
    both!(case: V5);
}

#[test]
fn an_alias_of_the_caller_is_not_given_to_another_topic() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version).peer(Property::TopicAliasMaximum(1));
        setup.session.max_auto_aliases = 1;
        let mut it = S::up(&setup);
        let now = it.now();
        let list = [Property::TopicAlias(1)];
        let properties = Properties::new(&list);
        let publish = Publish { topic: "a", properties, ..Publish::default() };
        it.session.send(now, &publish, 0, WhenFull::Queue).unwrap();
        it.output();
        it.publish_to("b", 0, 0).unwrap();
        assert!(!hex(&it.output()).contains("23 00 01"));
        let publish = Publish { topic: "", ..publish };
        let result = it.session.send(now, &publish, 0, WhenFull::Queue);
        let output = hex(&it.output());
        let sent = Ok(PublishStatus::Sent(None));
        assert_eq!((result, output.as_str()), (sent, "30 06 00 00 03 23 00 01"));
    }
    both!(case: V5);
}

/// v5: `quiesce` ends "as soon as all that waits or is open is done".
#[test]
fn messages_that_are_not_acknowledged_are_open() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).manual());
        it.gets(&publish(version, 0x32, 9), &["message t 1 !"], "");
        it.session.quiesce(it.now(), &Disconnect::default()).unwrap();
        it.tells(&[]);
        it.ack(0, 0);
        // Then it is over as soon as what is to be sent is asked for.
        it.session.quiesce(it.now(), &Disconnect::default()).unwrap();
        let output = it.output();
        assert_eq!(output[..5], [0x40, 2, 0, 9, 0xE0]);
        let again = it.session.quiesce(it.now(), &Disconnect::default());
        assert_eq!(again, Err(UsageError::NotConnected));
    }
    both!(case: V5);
}

#[test]
fn a_subscribe_is_answered_before_a_server_goes() {
    let mut server = ServerSession::up(&Setup::new(Version::V5));
    server.gets("82 07 00 05 00 00 01 'a' 00", &["subscribe #5"], "");
    let now = server.now();
    server.session.quiesce(now, &Disconnect::default()).unwrap();
    let codes = [ReasonCode::SUCCESS];
    let reasons = ReasonCodes::new(&codes);
    let suback = SubAck { reasons, ..SubAck::new(PacketId::new(5).unwrap()) };
    assert!(server.session.suback(now, &suback).is_ok());
}

/// v5 \[MQTT-3.3.4-6\], \[MQTT-3.3.4-3\]: servers say for which subscriptions a message is.
#[test]
fn only_servers_send_subscription_identifiers() {
    let ids = [Property::SubscriptionIdentifier(1), Property::SubscriptionIdentifier(300)];
    let mut client = ClientSession::up(&Setup::new(Version::V5));
    for qos in 0..3 {
        assert_eq!(client.publish_with(qos, 1, &ids), Err(UsageError::NotAllowed));
    }
    client.end();
    assert_eq!(client.publish_with(1, 1, &ids), Err(UsageError::NotAllowed));
    client.sends("");
    let mut server = ServerSession::up(&Setup::new(Version::V5));
    server.publish_with(0, 1, &ids).unwrap();
    server.sends("30 0A 00 01 't' 05 0B 01 0B AC 02 '!'");
}
