//! What one side sends and gets, by its bytes.

use crate::{
    DecodeOptions, Packet, PacketId, PacketType, Properties, QoS, ReasonCode, Sender, Status,
    Version,
};
use std::collections::{BTreeSet, VecDeque};
use std::vec::Vec;

/// Watches one side: what it sends is legal, for that side and at that time, whatever it has polled.
#[derive(Debug)]
pub(super) struct Watch {
    sent: Wire,
    received: Wire,
    pub(super) exchange: Exchange,
}

/// The packets of one direction of a connection.
#[derive(Debug)]
struct Wire {
    version: Version,
    sender: Sender,
    bytes: Vec<u8>,
}

impl Wire {
    fn feed(&mut self, bytes: &[u8], mut take: impl FnMut(&Packet<'_>, usize)) {
        self.bytes.extend_from_slice(bytes);
        let options = DecodeOptions { sender: Some(self.sender), ..DecodeOptions::DEFAULT };
        let mut at = 0;
        loop {
            match crate::decode(&self.bytes[at..], Some(self.version), &options) {
                Ok(Status::Complete(decoded)) => {
                    take(&decoded.packet, decoded.consumed);
                    at += decoded.consumed;
                }
                Ok(Status::Incomplete { .. }) => break,
                Err(error) => panic!("{:?} sends no packet: {error}", self.sender),
            }
        }
        self.bytes.drain(..at);
    }
}

/// The exchanges that one side has begun, and those of the other that it is to answer.
#[derive(Debug)]
pub(super) struct Exchange {
    /// Identifiers in use, of messages and of requests.
    messages: BTreeSet<PacketId>,
    requests: BTreeSet<PacketId>,
    /// Messages that were sent on this connection and are not done.
    charged: BTreeSet<PacketId>,
    /// QoS 1 messages of the other side, to be acknowledged in this order.
    due: VecDeque<PacketId>,
    /// What the other side takes.
    receive_maximum: usize,
    max_packet_size: usize,
    is_over: bool,
    /// DISCONNECT of the other side.
    pub(super) goodbye: Option<ReasonCode>,
    /// How many packets of the other side have come, but for DISCONNECT.
    pub(super) packets: usize,
    /// When the last packet of the other side had come.
    pub(super) last_received: u64,
}

impl Watch {
    /// The first connection of one side.
    pub(super) fn new(sender: Sender, version: Version) -> Self {
        let other = if sender == Sender::Client { Sender::Server } else { Sender::Client };
        let wire = |sender| Wire { version, sender, bytes: Vec::new() };
        let exchange = Exchange {
            messages: BTreeSet::new(),
            requests: BTreeSet::new(),
            charged: BTreeSet::new(),
            due: VecDeque::new(),
            receive_maximum: usize::from(u16::MAX),
            max_packet_size: usize::MAX,
            is_over: false,
            goodbye: None,
            packets: 0,
            last_received: 0,
        };
        Self { sent: wire(sender), received: wire(other), exchange }
    }

    /// The next connection of the session, or of another one.
    pub(super) fn next(&mut self, keeps: bool) {
        let mut next = Self::new(self.sent.sender, self.sent.version);
        if keeps {
            core::mem::swap(&mut next.exchange.messages, &mut self.exchange.messages);
        }
        *self = next;
    }

    /// The side has crashed, and these are the identifiers that it knows to be in use. With a gate it knows
    /// all of them.
    pub(super) fn crash(&mut self, ids: BTreeSet<PacketId>, gates: bool) {
        let used = &self.exchange.messages;
        assert!(!gates || used.is_subset(&ids), "{used:?} of which {ids:?} are stored");
        self.exchange.messages = ids;
    }

    pub(super) fn sends(&mut self, bytes: &[u8]) {
        let Self { sent, exchange, .. } = self;
        sent.feed(bytes, |packet, len| exchange.sends(packet, len));
    }

    pub(super) fn gets(&mut self, bytes: &[u8], now: u64) {
        let (version, Self { received, exchange, .. }) = (self.sent.version, self);
        received.feed(bytes, |packet, _| exchange.gets(packet, version, now));
    }

    /// A server's session goes on, or begins anew.
    pub(super) fn resume(&mut self, messages: BTreeSet<PacketId>) {
        self.exchange.messages = messages;
    }
}

impl Exchange {
    /// The identifiers of messages that are not done.
    pub(super) fn take_messages(&mut self) -> BTreeSet<PacketId> {
        core::mem::take(&mut self.messages)
    }

    fn is_free(&self, id: PacketId) -> bool {
        !self.messages.contains(&id) && !self.requests.contains(&id)
    }

    fn sends(&mut self, packet: &Packet<'_>, len: usize) {
        assert!(!self.is_over, "{packet:?} behind the last packet");
        assert!(len <= self.max_packet_size, "{packet:?} is larger than the peer takes");
        match packet {
            Packet::Publish(publish) => {
                let Some(id) = publish.packet_id else { return };
                // On one connection nothing is sent again.
                let is_first = self.charged.insert(id) && !self.requests.contains(&id);
                let is_free = publish.dup || self.is_free(id);
                assert!(is_first && is_free, "{id:?} is in use: {publish:?}");
                self.messages.insert(id);
                assert!(self.charged.len() <= self.receive_maximum, "too many: {publish:?}");
            }
            Packet::Subscribe(packet) => self.begins(packet.packet_id),
            Packet::Unsubscribe(packet) => self.begins(packet.packet_id),
            Packet::PubAck(ack) => {
                assert_eq!(Some(ack.packet_id), self.due.pop_front(), "PUBACK out of order");
            }
            Packet::PubRel(ack) => {
                assert!(!self.requests.contains(&ack.packet_id), "PUBREL for a request");
            }
            Packet::Disconnect(_) => self.is_over = true,
            Packet::ConnAck(connack) => self.is_over = connack.reason != ReasonCode::SUCCESS,
            _ => {}
        }
    }

    fn begins(&mut self, id: PacketId) {
        assert!(self.is_free(id), "{id:?} is in use");
        self.requests.insert(id);
    }

    fn gets(&mut self, packet: &Packet<'_>, version: Version, now: u64) {
        // DISCONNECT may be sent by a client that waits for its CONNACK.
        self.packets += usize::from(packet.packet_type() != PacketType::Disconnect);
        self.last_received = now;
        match packet {
            Packet::Connect(connect) => self.limits(&connect.properties),
            Packet::ConnAck(connack) => {
                self.limits(&connack.properties);
                // 3.1 does not say it.
                if !connack.session_present && version != Version::V31 {
                    self.messages.clear();
                }
            }
            Packet::Publish(publish) if publish.qos == QoS::AtLeastOnce => {
                self.due.extend(publish.packet_id);
            }
            Packet::PubAck(ack) => self.ends(ack.packet_id),
            Packet::PubRec(ack) if !ack.reason.is_success() => self.ends(ack.packet_id),
            Packet::PubComp(ack) => self.ends(ack.packet_id),
            Packet::SubAck(ack) => {
                self.requests.remove(&ack.packet_id);
            }
            Packet::UnsubAck(ack) => {
                self.requests.remove(&ack.packet_id);
            }
            Packet::Disconnect(disconnect) => self.goodbye = Some(disconnect.reason),
            _ => {}
        }
    }

    fn limits(&mut self, properties: &Properties<'_>) {
        self.receive_maximum = properties.receive_maximum().unwrap_or(u16::MAX).into();
        let size = properties.maximum_packet_size();
        self.max_packet_size = size.map_or(usize::MAX, |size| size as usize);
    }

    fn ends(&mut self, id: PacketId) {
        self.messages.remove(&id);
        self.charged.remove(&id);
    }
}
