//! A broker and its store.

use bytes::Buf;
use core::hash::BuildHasherDefault;
use mqtt_core::store::{JOURNAL_HEADER, JournalReader, Persist, Restore};
use mqtt_core::{
    Broker, BrokerConfig, ConnId, Connect, DecodeOptions, Durability, Instant, Packet, PacketId,
    Properties, Property, Publish, QoS, Status, Subscribe, Subscription, Subscriptions, Version,
    Will, decode,
};
use std::collections::BTreeMap;
use std::hash::DefaultHasher;

pub(crate) type Hasher = BuildHasherDefault<DefaultHasher>;

pub(crate) const VERSION: Version = Version::V5;
/// The time of the world when the first broker begins.
pub(crate) const UNIX: u64 = 1_700_000_000_000;

pub(crate) fn at(seconds: u64) -> Instant {
    Instant::from_millis(seconds * 1000)
}

/// A broker and its store, in which changes are safe only when they are committed.
pub(crate) struct Site {
    pub(crate) broker: Broker<Hasher>,
    /// All changes that were told, encoded.
    pub(crate) ops: Vec<Vec<u8>>,
    pub(crate) last: u64,
    pub(crate) now: Instant,
}

pub(crate) fn config(durability: Durability) -> BrokerConfig {
    let mut config = BrokerConfig { sys_interval: None, ..BrokerConfig::default() };
    config.server.session.persist.durability = durability;
    config
}

impl Site {
    pub(crate) fn new(durability: Durability) -> Self {
        let mut site = Self::with(config(durability));
        site.broker.set_unix_time(site.now, UNIX);
        site
    }

    /// One whose broker does not know the time of the world.
    pub(crate) fn with(config: BrokerConfig) -> Self {
        let broker = Broker::with_hasher(config, at(0), Hasher::default());
        Self { broker, ops: Vec::new(), last: 0, now: at(0) }
    }

    /// The broker of the next process, from the first so many changes.
    pub(crate) fn restored(&self, ops: usize, seconds_later: u64) -> Self {
        self.restored_with(config(Durability::Gate), ops, seconds_later)
    }

    pub(crate) fn restored_with(
        &self,
        config: BrokerConfig,
        ops: usize,
        seconds_later: u64,
    ) -> Self {
        let restore = rows(&self.ops[..ops]);
        let unix = UNIX + self.now.as_millis() + seconds_later * 1000;
        let hasher = Hasher::default();
        let broker = Broker::restore(config, at(0), unix, hasher, &restore).expect("it is sound");
        Self { broker, ops: self.ops[..ops].to_vec(), last: 0, now: at(0) }
    }

    /// Polls changes without making them safe.
    pub(crate) fn tell(&mut self) {
        while let Some(op) = self.broker.poll_persist() {
            self.last = op.seq;
            let mut bytes = Vec::new();
            op.encode(&mut bytes);
            self.ops.push(bytes);
        }
    }

    /// What the store has, row by row.
    pub(crate) fn left(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let mut rows = BTreeMap::new();
        let journal = [&JOURNAL_HEADER[..], &self.ops.concat()].concat();
        for op in JournalReader::new(&journal).expect("a journal") {
            match op.expect("a change").change {
                Persist::Put { key, value } => drop(rows.insert(key.to_vec(), value.to_vec())),
                Persist::Delete { key } => drop(rows.remove(key)),
                Persist::Clear => rows.clear(),
                Persist::Mark => {}
            }
        }
        rows
    }

    pub(crate) fn commit(&mut self) {
        loop {
            let before = self.last;
            self.tell();
            self.broker.persisted(self.now, self.last);
            if self.last == before {
                return;
            }
        }
    }

    pub(crate) fn send<'p>(&mut self, conn: ConnId, packet: impl Into<Packet<'p>>) {
        let mut bytes = Vec::new();
        packet.into().encode(VERSION, &mut bytes).expect("it is legal");
        assert_eq!(self.broker.handle_input(conn, self.now, &bytes), bytes.len());
    }

    /// The packets for a connection, as text.
    pub(crate) fn received(&mut self, conn: ConnId) -> Vec<String> {
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

    pub(crate) fn connect(
        &mut self,
        client_id: &str,
        expiry: u32,
        will: Option<Will<'_>>,
    ) -> ConnId {
        let conn = self.broker.open(self.now).expect("there is room");
        let properties = [Property::SessionExpiryInterval(expiry)];
        let properties = Properties::new(&properties);
        let connect = Connect { client_id, will, properties, ..Connect::default() };
        self.send(conn, Connect { clean_start: false, ..connect });
        conn
    }

    pub(crate) fn subscribe(&mut self, conn: ConnId, filter: &str, qos: QoS) {
        let filters = [Subscription::new(filter, qos)];
        let filters = Subscriptions::new(&filters);
        self.send(conn, Subscribe { filters, ..Subscribe::new(PacketId::MIN) });
    }

    /// A client with a session and a subscription, that has gone again.
    pub(crate) fn away(&mut self, client_id: &str, filter: &str, qos: QoS) {
        let conn = self.connect(client_id, 3600, None);
        self.subscribe(conn, filter, qos);
        self.commit();
        self.broker.handle_eof(conn, self.now);
        self.commit();
    }

    pub(crate) fn publish(
        &mut self,
        conn: ConnId,
        topic: &str,
        payload: &str,
        qos: QoS,
        retain: bool,
    ) {
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
    let mut journal = JOURNAL_HEADER.to_vec();
    ops.iter().for_each(|op| journal.extend_from_slice(op));
    let mut restore = Restore::new();
    for op in JournalReader::new(&journal).expect("a journal") {
        restore.apply(&op.expect("a change")).expect("in order");
    }
    restore
}
