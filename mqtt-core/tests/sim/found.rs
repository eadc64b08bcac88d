//! What the simulation has found, each in its shortest form.

use crate::world::Keyed;
use bytes::Buf;
use mqtt_core::store::Restore;
use mqtt_core::{
    Authorization, Broker, BrokerConfig, BrokerEvent, Closed, ConnId, Connect, Durability, Instant,
    Packet, PacketId, Properties, Property, Publish, QoS, ReasonCode, Subscribe, Subscription,
    Subscriptions, Timer, Version, Will,
};

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn packet<'a>(packet: impl Into<Packet<'a>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.into().encode(Version::V5, &mut bytes).expect("a packet");
    bytes
}

fn connect(client_id: &str, keep_alive: u16) -> Vec<u8> {
    packet(Connect { version: Version::V5, client_id, keep_alive, ..Connect::default() })
}

/// All that a transport takes.
fn taken(broker: &mut Broker<Keyed>, conn: ConnId) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let mut out = broker.transmit(conn);
        let len = out.remaining();
        if len == 0 {
            return all;
        }
        all.extend_from_slice(&out.copy_to_bytes(len));
    }
}

/// A transport that takes nothing is asked once, although its client has more to say.
#[test]
fn a_transport_that_takes_nothing_is_not_asked_for_ever() {
    let mut config = BrokerConfig::default();
    config.server.session.max_output = 100;
    let mut broker: Broker<Keyed> = Broker::new(config, at(0));
    let conn = broker.open(at(0)).expect("there is room");
    let input = [connect("a", 0), [0xC0, 0].repeat(1000)].concat();
    broker.handle_input(conn, at(0), &input);
    while broker.poll_event().is_some() {}
    for _ in 0..10 {
        let Some(conn) = broker.poll_writable() else { return };
        assert!(broker.transmit(conn).has_remaining());
    }
    panic!("it is asked again and again");
}

/// Keep alive holds also if more has come with CONNECT.
#[test]
fn silence_behind_what_came_with_connect_is_noticed() {
    let config = BrokerConfig { sys_interval: None, ..BrokerConfig::default() };
    let mut broker: Broker<Keyed> = Broker::new(config, at(0));
    let conn = broker.open(at(0)).expect("there is room");
    broker.handle_input(conn, at(0), &[connect("a", 2), vec![0xC0, 0]].concat());
    taken(&mut broker, conn);
    assert_eq!(broker.poll_timeout(), Some(at(3000)));
    broker.handle_timeout(at(3000));
    let reason = Closed::Timeout(Timer::KeepAlive);
    let mut ends = false;
    while let Some(event) = broker.poll_event() {
        ends |= event == BrokerEvent::Closed { conn, reason };
    }
    assert!(ends);
}

/// A message that has expired with one member of a shared subscription does not go to another.
#[test]
fn what_has_expired_with_one_member_does_not_go_to_another() {
    let mut broker: Broker<Keyed> = Broker::new(BrokerConfig::default(), at(0));
    let filters = [Subscription::new("$share/g/t", QoS::AtLeastOnce)];
    let filters = Subscriptions::new(&filters);
    let subscribe = packet(Subscribe { filters, ..Subscribe::new(PacketId::MIN) });
    let members = ["a", "b"].map(|name| {
        let conn = broker.open(at(0)).expect("there is room");
        broker.handle_input(conn, at(0), &[connect(name, 0), subscribe.clone()].concat());
        taken(&mut broker, conn);
        conn
    });
    let list = [Property::MessageExpiryInterval(2)];
    let properties = Properties::new(&list);
    let publish = Publish { topic: "t", qos: QoS::AtLeastOnce, properties, ..Publish::default() };
    assert_eq!(broker.publish(at(0), &publish), Ok(1));
    let got = members.map(|conn| !taken(&mut broker, conn).is_empty());
    let [first, second] = if got[0] { members } else { [members[1], members[0]] };
    broker.handle_eof(first, at(5000));
    while broker.poll_event().is_some() {}
    assert!(taken(&mut broker, second).is_empty());
}

/// A client that has left, and a broker that goes on so many milliseconds later.
fn left_and_restored(
    config: &BrokerConfig,
    expiry: u32,
    will: Option<Will<'_>>,
    later: u64,
) -> Broker<Keyed> {
    let mut broker: Broker<Keyed> = Broker::new(config.clone(), at(0));
    broker.set_unix_time(at(0), 1_000_000);
    let conn = broker.open(at(0)).expect("there is room");
    let list = [Property::SessionExpiryInterval(expiry)];
    let properties = Properties::new(&list);
    let connect = Connect { client_id: "a", will, properties, ..Connect::default() };
    let connect = Connect { version: Version::V5, clean_start: false, ..connect };
    broker.handle_input(conn, at(0), &packet(connect));
    broker.handle_eof(conn, at(0));
    let mut restore = Restore::new();
    while let Some(op) = broker.poll_persist() {
        restore.apply(&op).expect("in order");
    }
    let (now, unix) = (at(later), 1_000_000 + later);
    Broker::restore(config.clone(), now, unix, Keyed::default(), &restore).expect("it is sound")
}

fn durable() -> BrokerConfig {
    let mut config = BrokerConfig { sys_interval: None, ..BrokerConfig::default() };
    config.server.session.persist.durability = Durability::Report;
    config
}

/// The longest that a session is kept counts from the end of its connection, not from a restart.
#[test]
fn a_restart_does_not_lengthen_a_session() {
    let config = BrokerConfig { max_session_expiry: 200, ..durable() };
    for expiry in [150, 300, u32::MAX] {
        let broker = left_and_restored(&config, expiry, None, 190_000);
        assert_eq!(broker.stats().sessions, usize::from(expiry > 150), "{expiry}");
        let broker = left_and_restored(&config, expiry, None, 200_000);
        assert_eq!(broker.stats().sessions, 0, "{expiry}");
    }
}

/// The delay of a will counts from the end of the connection, also if the session never ends.
#[test]
fn a_restart_does_not_delay_a_will() {
    let delay = [Property::WillDelayInterval(10)];
    let will = Will { topic: "w", properties: Properties::new(&delay), ..Will::default() };
    for expiry in [100, u32::MAX] {
        let mut broker = left_and_restored(&durable(), expiry, Some(will), 7_000);
        broker.handle_timeout(at(9_999));
        assert_eq!(broker.stats().wills, 0);
        broker.handle_timeout(at(10_000));
        assert_eq!(broker.stats().wills, 1, "{expiry}");
    }
}

/// A question that nobody has answered when its connection ends is asked again when the message comes again.
#[test]
fn a_message_whose_question_was_lost_is_asked_about_again() {
    let config = BrokerConfig { authorization: Authorization::Ask, ..BrokerConfig::default() };
    let mut broker: Broker<Keyed> = Broker::new(config, at(0));
    let list = [Property::SessionExpiryInterval(100)];
    let properties = Properties::new(&list);
    let connect = Connect { client_id: "a", clean_start: false, properties, ..Connect::default() };
    let connect = packet(Connect { version: Version::V5, ..connect });
    let qos = QoS::ExactlyOnce;
    let publish = Publish { topic: "t", qos, packet_id: Some(PacketId::MIN), ..Publish::default() };
    for dup in [false, true] {
        let conn = broker.open(at(0)).expect("there is room");
        let publish = packet(Publish { dup, ..publish });
        broker.handle_input(conn, at(0), &[connect.clone(), publish].concat());
        let mut is_asked = false;
        while let Some(event) = broker.poll_event() {
            is_asked |= matches!(event, BrokerEvent::Authorize { .. });
        }
        assert!(is_asked, "DUP {dup}");
        if dup {
            assert_eq!(broker.authorize(conn, at(0), ReasonCode::SUCCESS), Ok(()));
            assert!(taken(&mut broker, conn).ends_with(b"\x50\x03\0\x01\x10"), "PUBREC");
        } else {
            broker.handle_eof(conn, at(0));
        }
    }
}
