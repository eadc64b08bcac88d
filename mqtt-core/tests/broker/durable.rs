//! A broker whose changes are stored: what waits for the store, and what goes on after a crash at any change.

use bytes::Buf;
use core::hash::BuildHasherDefault;
use mqtt_core::store::Restore;
use mqtt_core::{
    Broker, BrokerConfig, ConnId, Connect, DecodeOptions, Durability, Instant, Packet, PacketId,
    PersistOp, Properties, Property, PubAck, PubComp, PubRec, PubRel, Publish, QoS, Status,
    Subscribe, Subscription, Subscriptions, Version, Will, decode,
};
use std::collections::BTreeMap;
use std::hash::DefaultHasher;

type Hasher = BuildHasherDefault<DefaultHasher>;

const VERSION: Version = Version::V5;
/// The time of the world when the first broker begins.
const UNIX: u64 = 1_700_000_000_000;

fn at(seconds: u64) -> Instant {
    Instant::from_millis(seconds * 1000)
}

/// A broker and its store, in which changes are safe only when they are committed.
struct Site {
    broker: Broker<Hasher>,
    /// All changes that were told, encoded.
    ops: Vec<Vec<u8>>,
    last: u64,
    now: Instant,
}

fn config(durability: Durability) -> BrokerConfig {
    let mut config = BrokerConfig { sys_interval: None, ..BrokerConfig::default() };
    config.server.session.persist.durability = durability;
    config
}

impl Site {
    fn new(durability: Durability) -> Self {
        let mut broker = Broker::with_hasher(config(durability), at(0), Hasher::default());
        broker.set_unix_time(at(0), UNIX);
        Self { broker, ops: Vec::new(), last: 0, now: at(0) }
    }

    /// The broker of the next process, from the first so many changes.
    fn restored(&self, ops: usize, seconds_later: u64) -> Self {
        let restore = rows(&self.ops[..ops]);
        let unix = UNIX + self.now.as_millis() + seconds_later * 1000;
        let hasher = Hasher::default();
        let config = config(Durability::Gate);
        let broker = Broker::restore(config, at(0), unix, hasher, &restore).expect("it is sound");
        let (ops, last) = (self.ops[..ops].to_vec(), 0);
        Self { broker, ops, last, now: at(0) }
    }

    /// Polls changes without making them safe.
    fn tell(&mut self) {
        while let Some(op) = self.broker.poll_persist() {
            self.last = op.seq;
            let mut bytes = Vec::new();
            op.encode(&mut bytes);
            self.ops.push(bytes);
        }
    }

    fn commit(&mut self) {
        loop {
            let before = self.last;
            self.tell();
            self.broker.persisted(self.now, self.last);
            if self.last == before {
                return;
            }
        }
    }

    fn send<'p>(&mut self, conn: ConnId, packet: impl Into<Packet<'p>>) {
        let mut bytes = Vec::new();
        packet.into().encode(VERSION, &mut bytes).expect("it is legal");
        assert_eq!(self.broker.handle_input(conn, self.now, &bytes), bytes.len());
    }

    /// The packets for a connection, as text.
    fn received(&mut self, conn: ConnId) -> Vec<String> {
        let mut bytes = Vec::new();
        loop {
            let mut out = self.broker.transmit(conn);
            if !out.has_remaining() {
                break;
            }
            while out.has_remaining() {
                bytes.extend_from_slice(out.chunk());
                let len = out.chunk().len();
                out.advance(len);
            }
        }
        let (mut rest, mut packets) = (&bytes[..], Vec::new());
        while !rest.is_empty() {
            let decoded = decode(rest, Some(VERSION), &DecodeOptions::DEFAULT).expect("legal");
            let Status::Complete(decoded) = decoded else { panic!("a part of a packet") };
            packets.push(show(&decoded.packet));
            rest = &rest[decoded.consumed..];
        }
        packets
    }

    fn connect(&mut self, client_id: &str, expiry: u32, will: Option<Will<'_>>) -> ConnId {
        let conn = self.broker.open(self.now).expect("there is room");
        let properties = [Property::SessionExpiryInterval(expiry)];
        let properties = Properties::new(&properties);
        let connect = Connect { client_id, will, properties, ..Connect::default() };
        self.send(conn, Connect { clean_start: false, ..connect });
        conn
    }

    fn subscribe(&mut self, conn: ConnId, filter: &str, qos: QoS) {
        let filters = [Subscription::new(filter, qos)];
        let filters = Subscriptions::new(&filters);
        self.send(conn, Subscribe { filters, ..Subscribe::new(PacketId::MIN) });
    }

    fn publish(&mut self, conn: ConnId, topic: &str, payload: &str, qos: QoS, retain: bool) {
        let packet_id = (qos > QoS::AtMostOnce).then_some(PacketId::MIN);
        let payload = payload.as_bytes();
        self.send(conn, Publish { topic, payload, qos, retain, packet_id, ..Publish::default() });
    }
}

fn show(packet: &Packet<'_>) -> String {
    let text = |payload: &[u8]| String::from_utf8_lossy(payload).into_owned();
    match packet {
        Packet::ConnAck(connack) => format!("CONNACK {}", connack.session_present),
        Packet::Publish(it) => {
            let retain = if it.retain { " retained" } else { "" };
            format!("{} {} QoS {}{retain}", it.topic, text(it.payload), it.qos as u8)
        }
        Packet::PubAck(ack) => format!("PUBACK {:#04x}", ack.reason.0),
        Packet::PubRec(ack) => format!("PUBREC {:#04x}", ack.reason.0),
        Packet::PubRel(_) => "PUBREL".into(),
        Packet::PubComp(_) => "PUBCOMP".into(),
        Packet::SubAck(_) => "SUBACK".into(),
        Packet::UnsubAck(_) => "UNSUBACK".into(),
        other => format!("{other:?}"),
    }
}

/// What a store has after these changes.
fn rows(ops: &[Vec<u8>]) -> Restore {
    let mut journal = mqtt_core::store::JOURNAL_HEADER.to_vec();
    ops.iter().for_each(|op| journal.extend_from_slice(op));
    let mut restore = Restore::new();
    for op in mqtt_core::store::JournalReader::new(&journal).expect("a journal") {
        restore.apply(&op.expect("a change")).expect("in order");
    }
    restore
}

#[test]
fn a_publisher_is_answered_when_its_message_is_safe_for_its_receivers() {
    for (qos, answer) in [(QoS::AtLeastOnce, "PUBACK 0x00"), (QoS::ExactlyOnce, "PUBREC 0x00")] {
        let mut site = Site::new(Durability::Gate);
        let anna = site.connect("anna", 3600, None);
        site.subscribe(anna, "t", qos);
        let ben = site.connect("ben", 0, None);
        assert!(site.received(anna).is_empty(), "nothing is safe yet");
        site.commit();
        assert_eq!(site.received(anna), ["CONNACK false", "SUBACK"]);
        assert_eq!(site.received(ben), ["CONNACK false"]);
        site.broker.handle_eof(anna, site.now);
        site.commit();

        site.publish(ben, "t", "one", qos, false);
        site.tell();
        assert!(site.received(ben).is_empty(), "its message is not safe");
        site.broker.persisted(site.now, site.last - 1);
        assert!(site.received(ben).is_empty(), "its message is not safe");
        site.commit();
        assert_eq!(site.received(ben), [answer]);
    }
}

#[test]
fn a_retained_message_is_safe_before_it_is_acknowledged() {
    let mut site = Site::new(Durability::Gate);
    let ben = site.connect("ben", 0, None);
    site.commit();
    site.received(ben);
    site.publish(ben, "t", "kept", QoS::AtLeastOnce, true);
    assert!(site.received(ben).is_empty());
    site.commit();
    assert_eq!(site.received(ben), ["PUBACK 0x10"]);

    let mut site = site.restored(site.ops.len(), 5);
    let anna = site.connect("anna", 0, None);
    site.subscribe(anna, "#", QoS::AtLeastOnce);
    site.commit();
    assert_eq!(site.received(anna), ["CONNACK false", "SUBACK", "t kept QoS 1 retained"]);
}

#[test]
fn a_message_that_nobody_stores_is_acknowledged_at_once() {
    let mut site = Site::new(Durability::Gate);
    let ben = site.connect("ben", 0, None);
    site.commit();
    site.received(ben);
    site.publish(ben, "t", "one", QoS::AtLeastOnce, false);
    assert_eq!(site.received(ben), ["PUBACK 0x10"]);
}

#[test]
fn with_report_nothing_waits() {
    let mut site = Site::new(Durability::Report);
    let anna = site.connect("anna", 60, None);
    site.subscribe(anna, "t", QoS::AtLeastOnce);
    site.publish(anna, "t", "one", QoS::AtLeastOnce, true);
    let packets = site.received(anna);
    assert_eq!(packets, ["CONNACK false", "SUBACK", "t one QoS 1", "PUBACK 0x00"]);
    site.tell();
    assert!(site.ops.len() > 3);
}

#[test]
fn a_restored_broker_goes_on_where_the_other_was() {
    let mut site = Site::new(Durability::Gate);
    let anna = site.connect("anna", 3600, None);
    site.subscribe(anna, "a/#", QoS::ExactlyOnce);
    site.commit();
    site.received(anna);
    site.broker.handle_eof(anna, site.now);
    let ben = site.connect("ben", 0, None);
    for (payload, qos) in [("0", QoS::AtMostOnce), ("1", QoS::AtLeastOnce), ("2", QoS::ExactlyOnce)]
    {
        site.publish(ben, "a/b", payload, qos, false);
        site.commit();
        site.send(ben, PubRel::new(PacketId::MIN));
        site.commit();
    }
    let mut site = site.restored(site.ops.len(), 60);
    assert_eq!(site.broker.stats().sessions, 1, "ben's ended with his connection");
    let anna = site.connect("anna", 3600, None);
    site.commit();
    assert_eq!(site.received(anna), ["CONNACK true", "a/b 1 QoS 1", "a/b 2 QoS 2"]);
    // The subscription is there too.
    let cleo = site.connect("cleo", 0, None);
    site.publish(cleo, "a/c", "3", QoS::AtMostOnce, false);
    site.commit();
    assert_eq!(site.received(anna), ["a/c 3 QoS 0"]);
}

#[test]
fn sessions_and_messages_expire_while_there_is_no_broker() {
    let mut site = Site::new(Durability::Gate);
    let anna = site.connect("anna", 100, None);
    site.subscribe(anna, "t", QoS::AtLeastOnce);
    let ben = site.connect("ben", 0, None);
    site.commit();
    site.broker.handle_eof(anna, site.now);
    let expiry = [Property::MessageExpiryInterval(50)];
    let properties = Properties::new(&expiry);
    let (qos, packet_id) = (QoS::AtLeastOnce, Some(PacketId::MIN));
    let message = Publish {
        topic: "t",
        qos,
        packet_id,
        properties,
        payload: b"1",
        retain: true,
        ..Publish::default()
    };
    site.send(ben, message);
    site.commit();
    for (later, present, messages, retained) in
        [(10, true, 1, 1), (60, true, 0, 0), (101, false, 0, 0)]
    {
        let mut next = site.restored(site.ops.len(), later);
        next.broker.handle_timeout(next.now);
        assert_eq!(next.broker.stats().retained, retained, "after {later} s");
        let anna = next.connect("anna", 100, None);
        next.commit();
        let packets = next.received(anna);
        assert_eq!(packets[0], format!("CONNACK {present}"), "after {later} s");
        assert_eq!(packets.len(), 1 + messages, "after {later} s: {packets:?}");
    }
}

#[test]
fn a_will_is_published_by_the_next_broker() {
    let delay = [Property::WillDelayInterval(30)];
    for (properties, due) in [(Properties::EMPTY, 0), (Properties::new(&delay), 30)] {
        let mut site = Site::new(Durability::Gate);
        let will =
            Will { topic: "w", payload: b"gone", retain: true, properties, ..Will::default() };
        site.connect("anna", 3600, Some(will));
        site.commit();
        let mut next = site.restored(site.ops.len(), 0);
        if due > 0 {
            next.broker.handle_timeout(at(due - 1));
            assert_eq!(next.broker.stats().wills, 0);
        }
        next.now = at(due);
        next.broker.handle_timeout(next.now);
        assert_eq!((next.broker.stats().wills, next.broker.stats().retained), (1, 1));
        // It is not published twice.
        next.commit();
        let mut third = next.restored(next.ops.len(), 3000);
        third.broker.handle_timeout(at(100));
        assert_eq!((third.broker.stats().wills, third.broker.stats().retained), (0, 1));
    }
}

#[test]
fn what_has_ended_leaves_nothing_behind() {
    let mut site = Site::new(Durability::Gate);
    let will = Will { topic: "w", ..Will::default() };
    for (client, expiry) in [("anna", 0), ("ben", 60), ("cleo", 60)] {
        let conn = site.connect(client, expiry, Some(will));
        site.subscribe(conn, "t/#", QoS::ExactlyOnce);
        site.subscribe(conn, "$share/g/t/#", QoS::ExactlyOnce);
        site.commit();
        site.received(conn);
        site.broker.handle_eof(conn, site.now);
        site.commit();
    }
    let dora = site.connect("dora", 0, None);
    site.commit();
    site.publish(dora, "t/1", "one", QoS::AtLeastOnce, true);
    site.commit();
    site.publish(dora, "t/1", "", QoS::AtLeastOnce, true);
    site.commit();
    assert!(site.broker.drop_session("cleo", site.now));
    site.now = at(61);
    site.broker.handle_timeout(site.now);
    site.broker.handle_eof(dora, site.now);
    site.commit();
    assert_eq!(site.broker.stats().sessions, 0);
    let mut left = BTreeMap::new();
    for op in &site.ops {
        let journal = [&mqtt_core::store::JOURNAL_HEADER[..], op].concat();
        let op = mqtt_core::store::JournalReader::new(&journal).unwrap().next().unwrap().unwrap();
        apply(&mut left, &op);
    }
    assert!(left.is_empty(), "{left:?}");
}

fn apply(rows: &mut BTreeMap<Vec<u8>, Vec<u8>>, op: &PersistOp<'_>) {
    use mqtt_core::store::Persist;
    match op.change {
        Persist::Put { key, value } => drop(rows.insert(key.to_vec(), value.to_vec())),
        Persist::Delete { key } => drop(rows.remove(key)),
        Persist::Clear => rows.clear(),
        Persist::Mark => {}
    }
}

/// Exchanges of all kinds; what each client was promised is noted with the number of changes that were safe by then.
#[test]
fn after_a_crash_at_any_change_what_was_promised_is_there() {
    let mut site = Site::new(Durability::Gate);
    let anna = site.connect("anna", 3600, None);
    let ben = site.connect("ben", 3600, None);
    site.commit();
    let mut promised: Vec<(usize, String)> = Vec::new();
    site.subscribe(anna, "t/+", QoS::ExactlyOnce);
    site.commit();
    let subscribed = site.ops.len();
    site.received(anna);
    site.received(ben);
    site.broker.handle_eof(anna, site.now);
    site.commit();
    for number in 0..6 {
        let (qos, payload) = ([QoS::AtLeastOnce, QoS::ExactlyOnce][number % 2], number.to_string());
        site.publish(ben, "t/x", &payload, qos, number == 3);
        site.commit();
        let answer = site.received(ben);
        assert_eq!(answer.len(), 1, "{answer:?}");
        promised.push((site.ops.len(), payload));
        if qos == QoS::ExactlyOnce {
            site.send(ben, PubRel::new(PacketId::MIN));
            site.commit();
            assert_eq!(site.received(ben), ["PUBCOMP"]);
        }
    }
    for crash in 1..=site.ops.len() {
        let mut next = site.restored(crash, 1);
        let anna = next.connect("anna", 3600, None);
        next.commit();
        let mut packets = next.received(anna);
        let has_session = packets.remove(0) == "CONNACK true";
        assert!(has_session || crash < subscribed, "crash after {crash}");
        let got: Vec<&str> = packets.iter().map(|it| it.split(' ').nth(1).unwrap()).collect();
        let must: Vec<&str> = promised
            .iter()
            .filter(|(ops, _)| *ops <= crash)
            .map(|(_, payload)| &payload[..])
            .collect();
        // One more may be there whose promise was not given yet.
        assert!(
            got.starts_with(&must) && got.len() <= must.len() + 1,
            "{crash}: {got:?}, {must:?}"
        );
    }
}

#[test]
fn a_qos_2_message_is_not_delivered_twice_by_the_next_broker() {
    let mut site = Site::new(Durability::Gate);
    let anna = site.connect("anna", 3600, None);
    site.subscribe(anna, "t", QoS::ExactlyOnce);
    let ben = site.connect("ben", 3600, None);
    site.commit();
    site.publish(ben, "t", "once", QoS::ExactlyOnce, false);
    site.commit();
    assert_eq!(site.received(ben), ["CONNACK false", "PUBREC 0x00"]);
    assert_eq!(site.received(anna), ["CONNACK false", "SUBACK", "t once QoS 2"]);
    site.send(anna, PubRec::new(PacketId::MIN));
    site.commit();
    assert_eq!(site.received(anna), ["PUBREL"]);

    let mut next = site.restored(site.ops.len(), 1);
    let (anna, ben) = (next.connect("anna", 3600, None), next.connect("ben", 3600, None));
    next.commit();
    // Ben did not get PUBREC, and sends again.
    let qos = QoS::ExactlyOnce;
    let packet_id = Some(PacketId::MIN);
    next.send(
        ben,
        Publish { dup: true, topic: "t", payload: b"once", qos, packet_id, ..Publish::default() },
    );
    next.send(ben, PubRel::new(PacketId::MIN));
    next.commit();
    assert_eq!(next.received(ben), ["CONNACK true", "PUBREC 0x00", "PUBCOMP"]);
    assert_eq!(next.received(anna), ["CONNACK true", "PUBREL"]);
    next.send(anna, PubComp::new(PacketId::MIN));
    next.commit();
    assert!(next.received(anna).is_empty());
}

#[test]
fn a_broker_that_lost_its_store_says_no_more() {
    let mut site = Site::new(Durability::Gate);
    let anna = site.connect("anna", 3600, None);
    site.commit();
    site.received(anna);
    site.subscribe(anna, "t", QoS::AtLeastOnce);
    site.publish(anna, "t", "one", QoS::AtLeastOnce, false);
    site.broker.fenced(site.now, 9);
    let mut events = Vec::new();
    while let Some(event) = site.broker.poll_event() {
        events.push(format!("{event:?}"));
    }
    assert!(events.contains(&"Fenced { epoch: 9 }".to_owned()), "{events:?}");
    assert!(events.iter().any(|event| event.contains("Closed")), "{events:?}");
    let packets = site.received(anna);
    assert!(
        !packets.iter().any(|it| it.contains("SUBACK") || it.contains("PUBACK")),
        "{packets:?}"
    );
    assert!(site.broker.poll_persist().is_none());
}

#[test]
fn a_store_that_is_full_stops_reading_and_loses_nothing() {
    let mut config = config(Durability::Gate);
    config.server.session.persist.max_ops = 4;
    let broker = Broker::with_hasher(config, at(0), Hasher::default());
    let mut site = Site { broker, ops: Vec::new(), last: 0, now: at(0) };
    let anna = site.connect("anna", 3600, None);
    site.commit();
    site.subscribe(anna, "t", QoS::AtLeastOnce);
    site.commit();
    site.received(anna);
    let mut bytes = Vec::new();
    let (qos, topic) = (QoS::AtLeastOnce, "t");
    for number in 1..=50_u16 {
        let packet_id = PacketId::new(number);
        let packet = Packet::from(Publish { topic, qos, packet_id, ..Publish::default() });
        packet.encode(VERSION, &mut bytes).expect("it is legal");
    }
    let (mut sent, mut acks, mut messages) = (0, 0, 0);
    while acks < 50 || messages < 50 {
        sent += site.broker.handle_input(anna, site.now, &bytes[sent..]);
        let mut waiting = 0;
        while let Some(op) = site.broker.poll_persist() {
            (site.last, waiting) = (op.seq, waiting + 1);
        }
        assert!(waiting <= 8, "{waiting} changes waited");
        site.broker.persisted(site.now, site.last);
        for packet in site.received(anna) {
            acks += usize::from(packet.starts_with("PUBACK"));
            if packet.starts_with("t ") {
                messages += 1;
                site.send(anna, PubAck::new(PacketId::new(messages as u16).expect("not 0")));
            }
        }
    }
    assert_eq!(sent, bytes.len());
    assert_eq!(site.broker.stats().dropped_full, 0);
}
