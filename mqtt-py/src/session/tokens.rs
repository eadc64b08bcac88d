//! What the caller acknowledges messages with.

use core::hash::{Hash as _, Hasher as _};
use mqtt_core::{AckToken, QoS};
use std::collections::HashMap;
use std::hash::DefaultHasher;

/// The core's tokens, by the numbers that stand for them in Python.
#[derive(Default)]
pub(super) struct Tokens(HashMap<u64, (AckToken, QoS)>);

impl Tokens {
    /// Keeps a token; gives the number that stands for it.
    pub(super) fn put(&mut self, token: AckToken, qos: QoS) -> u64 {
        // Tokens differ between sessions; so do these numbers.
        let mut hasher = DefaultHasher::new();
        token.hash(&mut hasher);
        let number = hasher.finish();
        self.0.insert(number, (token, qos));
        number
    }

    pub(super) fn take(&mut self, number: u64) -> Option<(AckToken, QoS)> {
        self.0.remove(&number)
    }

    pub(super) fn put_back(&mut self, number: u64, token: AckToken, qos: QoS) {
        self.0.insert(number, (token, qos));
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

    pub(super) fn heap_bytes(&self) -> usize {
        self.0.capacity() * size_of::<(u64, AckToken, QoS)>()
    }
}
