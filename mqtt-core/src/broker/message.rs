//! A message on its way through the broker.

use crate::session::{TakenMessage, shorten_expiry};
use crate::{Instant, Packet, Properties, Publish, QoS, TopicName, Version, Will};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use bytes::Bytes;
use core::mem;
use core::num::NonZeroU32;
use core::time::Duration;

/// Payloads from so many bytes on are shared by all who get them; smaller ones are copied.
const SHARED: usize = 2048;

/// The message that is being routed, apart from the session that it came from: the publisher may be among its
/// receivers. Kept from message to message, so that small ones allocate nothing.
#[derive(Debug, Default)]
pub(super) struct Message {
    topic: String,
    /// The properties that go on, behind them room for identifiers of subscriptions.
    properties: Vec<u8>,
    /// How many bytes of those came.
    came_len: usize,
    payload: Vec<u8>,
    /// The payload, if it is large.
    shared: Bytes,
    pub(super) qos: QoS,
    pub(super) retain: bool,
    /// Its Message Expiry Interval in seconds.
    pub(super) expiry: Option<u32>,
    /// Packets of QoS 0 that many receivers get as they are: without RETAIN and with it, before 5.0 and of 5.0.
    /// Empty until they are asked for.
    forms: [Arc<Vec<u8>>; 4],
    /// Several receivers get it and it is not large, so that it pays to have forms.
    has_forms: bool,
}

impl Message {
    /// Takes up the next message. Its topic is a name, without an alias; its properties were received.
    pub(super) fn set(&mut self, publish: &Publish<'_>) {
        let Publish { topic, properties, payload, .. } = *publish;
        self.begin(topic);
        if !properties.is_empty() {
            properties.write_forwarded(&mut self.properties);
            self.came_len = self.properties.len();
            self.expiry = properties.message_expiry_interval();
        }
        if payload.len() < SHARED {
            self.payload.extend_from_slice(payload);
        } else {
            self.shared = Bytes::copy_from_slice(payload);
        }
        (self.qos, self.retain) = (publish.qos, publish.retain);
    }

    /// Takes up a will.
    pub(super) fn set_will(&mut self, will: &Will<'_>) {
        let Will { topic, payload, qos, retain, properties } = *will;
        self.set(&Publish { topic, payload, qos, retain, properties, ..Publish::default() });
    }

    /// Takes up a message that another session leaves.
    pub(super) fn set_taken(&mut self, taken: &TakenMessage<'_>) {
        let TakenMessage { qos, retain, topic, properties, payload, waited, .. } = *taken;
        self.set(&Publish { topic, payload, qos, retain, properties, ..Publish::default() });
        self.wait(waited);
    }

    /// Notes that it has waited for so many seconds.
    fn wait(&mut self, seconds: u32) {
        if let Some(expiry) = self.expiry {
            shorten_expiry(&mut self.properties, seconds);
            self.expiry = Some(expiry.saturating_sub(seconds));
        }
    }

    fn begin(&mut self, topic: &str) {
        self.topic.clear();
        self.topic.push_str(topic);
        self.properties.clear();
        self.came_len = 0;
        self.payload.clear();
        if !self.shared.is_empty() {
            self.shared = Bytes::new();
        }
        self.expiry = None;
        if mem::take(&mut self.has_forms) {
            self.clear_forms();
        }
    }

    pub(super) fn name(&self) -> TopicName<'_> {
        TopicName::trusted(&self.topic)
    }

    pub(super) fn payload(&self) -> &[u8] {
        if self.shared.is_empty() { &self.payload } else { &self.shared }
    }

    /// Notes the identifiers of the subscriptions that it is sent for next.
    #[inline]
    pub(super) fn set_ids(&mut self, ids: impl IntoIterator<Item = NonZeroU32>) {
        if self.properties.len() > self.came_len {
            self.properties.truncate(self.came_len);
        }
        for id in ids {
            self.push_id(id);
        }
    }

    #[inline(never)]
    fn push_id(&mut self, id: NonZeroU32) {
        Properties::push_subscription_id(&mut self.properties, id.get());
    }

    /// As it goes to a receiver; without a payload, if that is [shared](Self::shared).
    #[inline]
    pub(super) fn publish(&self, qos: QoS, retain: bool, version: Version) -> Publish<'_> {
        let properties = forwarded(&self.properties, version);
        let (topic, payload) = (&self.topic, &self.payload);
        Publish { qos, retain, topic, properties, payload, ..Publish::default() }
    }

    /// Notes that several receivers get it.
    pub(super) fn set_many(&mut self) {
        self.has_forms = self.shared.is_empty();
    }

    /// The packet of QoS 0 that is the same for many receivers, if there is one: not with identifiers of
    /// subscriptions, and not with a payload that is [shared](Self::shared).
    #[inline]
    pub(super) fn form(&mut self, retain: bool, version: Version) -> Option<&Arc<Vec<u8>>> {
        if !self.has_forms || self.properties.len() != self.came_len {
            return None;
        }
        let at = form_at(retain, version);
        if self.forms[at].is_empty() {
            self.make_form(at, retain, version);
        }
        Some(&self.forms[at])
    }

    #[inline(never)]
    fn make_form(&mut self, at: usize, retain: bool, version: Version) {
        let Self { topic, properties, payload, .. } = self;
        let properties = forwarded(properties, version);
        let publish = Publish { retain, topic, properties, payload, ..Publish::default() };
        // Nobody has it yet, and it has come in a packet that was no smaller.
        if let Some(form) = Arc::get_mut(&mut self.forms[at]) {
            let _ = Packet::from(publish).encode(version, form);
        }
    }

    /// Lets the next message have forms. A packet that is still to be sent somewhere stays there.
    #[inline(never)]
    fn clear_forms(&mut self) {
        for form in &mut self.forms {
            match Arc::get_mut(form) {
                Some(form) => form.clear(),
                None => *form = Arc::default(),
            }
        }
    }

    /// The payload, if it is shared.
    pub(super) fn shared(&self) -> Option<&Bytes> {
        (!self.shared.is_empty()).then_some(&self.shared)
    }

    /// What is kept of it for those who subscribe later.
    pub(super) fn retained(&self, now: Instant, publisher: Option<Arc<str>>) -> RetainedMessage {
        let payload = self.payload();
        let mut bytes = Vec::with_capacity(self.came_len + payload.len());
        bytes.extend_from_slice(&self.properties[..self.came_len]);
        bytes.extend_from_slice(payload);
        RetainedMessage {
            bytes: Bytes::from(bytes),
            properties: self.came_len as u32,
            qos: self.qos,
            expiry: self.expiry,
            ends: self.expiry.map(|seconds| now.after(Duration::from_secs(seconds.into()))),
            armed: None,
            publisher,
        }
    }

    /// Takes up a retained message, for a subscriber; `topic` writes its topic.
    pub(super) fn set_retained(
        &mut self,
        topic: impl FnOnce(&mut String),
        message: &RetainedMessage,
        now: Instant,
    ) {
        self.begin("");
        topic(&mut self.topic);
        let (properties, payload) = message.bytes.split_at(message.properties as usize);
        self.properties.extend_from_slice(properties);
        self.came_len = properties.len();
        self.expiry = message.expiry;
        self.wait(message.waited(now));
        if payload.len() < SHARED {
            self.payload.extend_from_slice(payload);
        } else {
            self.shared = message.bytes.slice(message.properties as usize..);
        }
        (self.qos, self.retain) = (message.qos, true);
    }
}

/// The properties of a message as they go to a client of such a version.
#[inline]
const fn forwarded(properties: &[u8], version: Version) -> Properties<'_> {
    match version.is_v5() {
        true => Properties::forwarded(properties),
        false => Properties::EMPTY,
    }
}

/// Where the packet with such a flag and version is.
const fn form_at(retain: bool, version: Version) -> usize {
    retain as usize + 2 * version.is_v5() as usize
}

/// What is kept of a retained message.
#[derive(Debug)]
pub(super) struct RetainedMessage {
    /// Its properties, and its payload behind them.
    pub(super) bytes: Bytes,
    /// How many bytes its properties have.
    pub(super) properties: u32,
    pub(super) qos: QoS,
    /// Its Message Expiry Interval in seconds, as it came, and when that is over.
    pub(super) expiry: Option<u32>,
    pub(super) ends: Option<Instant>,
    /// When it is looked at next, for that.
    pub(super) armed: Option<Instant>,
    /// Who it came from.
    pub(super) publisher: Option<Arc<str>>,
}

impl RetainedMessage {
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.ends.is_some_and(|ends| ends <= now)
    }

    /// As it was published, with its topic.
    pub(super) fn publish<'a>(&'a self, topic: &'a str) -> Publish<'a> {
        let (properties, payload) = self.bytes.split_at(self.properties as usize);
        let properties = Properties::forwarded(properties);
        Publish { qos: self.qos, retain: true, topic, properties, payload, ..Publish::default() }
    }

    /// Seconds for which it has waited.
    fn waited(&self, now: Instant) -> u32 {
        let (Some(expiry), Some(ends)) = (self.expiry, self.ends) else { return 0 };
        let left = ends.since(now).as_millis().div_ceil(1000);
        expiry.saturating_sub(u32::try_from(left).unwrap_or(u32::MAX))
    }
}
