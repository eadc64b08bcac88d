//! What the caller acknowledges messages with.

use core::hash::{Hash, Hasher};
use mqtt_core::{AckToken, PacketId, QoS};
use std::{collections::BTreeMap, hash::DefaultHasher};

/// The right to acknowledge one message, once. It is of use with the session that gave it, and with
/// the one that goes on with its state.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct mqc_ack_token {
    /// Of no meaning to the caller.
    pub number: u64,
    /// The packet identifier of the message; 0 if there is nothing to acknowledge.
    pub packet_id: u16,
    /// Zero.
    pub reserved: [u8; 6],
}

impl mqc_ack_token {
    pub(super) const NONE: Self = Self { number: 0, packet_id: 0, reserved: [0; 6] };
}

/// The core's tokens, by what the caller has of them.
#[derive(Debug, Default)]
pub(crate) struct Tokens(BTreeMap<mqc_ack_token, (AckToken, QoS)>);

impl Tokens {
    /// About: the nodes of a tree are not all full.
    pub(super) fn heap_bytes(&self) -> usize {
        self.0.len() * size_of::<(mqc_ack_token, (AckToken, QoS))>()
    }

    /// Keeps a token; gives what stands for it.
    pub(super) fn put(&mut self, token: AckToken, id: Option<PacketId>, qos: QoS) -> mqc_ack_token {
        // Tokens differ between sessions; so do these numbers.
        let mut hasher = DefaultHasher::new();
        token.hash(&mut hasher);
        let packet_id = id.map_or(0, PacketId::get);
        let key = mqc_ack_token { number: hasher.finish(), packet_id, ..mqc_ack_token::NONE };
        self.0.insert(key, (token, qos));
        key
    }

    pub(super) fn take(&mut self, key: mqc_ack_token) -> Option<(AckToken, QoS)> {
        self.0.remove(&key)
    }

    pub(super) fn put_back(&mut self, key: mqc_ack_token, token: AckToken, qos: QoS) {
        self.0.insert(key, (token, qos));
    }

    /// The connection is over: only messages of QoS 2 may still be acknowledged.
    pub(super) fn disconnect(&mut self) {
        self.0.retain(|_, (_, qos)| *qos == QoS::ExactlyOnce);
    }

    /// The session is another one.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes up those of the state that a session goes on with.
    pub(super) fn go_on(&mut self, before: Self) {
        self.0.extend(before.0);
    }
}
