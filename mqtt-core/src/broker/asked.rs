//! What the caller has been asked, and what waits for the answer.

use crate::{
    AckToken, Connect, DecodeOptions, Limits, Packet, QoS, ReasonCode, Status, Version, Will,
    decode,
};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// A question.
#[derive(Debug)]
pub(super) struct Asked {
    /// The packet that it is about.
    packet: Vec<u8>,
    version: Option<Version>,
    pub(super) about: About,
}

/// What it is about.
#[derive(Debug)]
pub(super) enum About {
    /// CONNECT: who is this?
    Connect,
    /// AUTH: is that right?
    Auth,
    /// May it publish this? With what acknowledges it.
    Publish(Option<AckToken>),
    /// May it subscribe to the next of these filters? With the answers for those before.
    Subscribe(Vec<ReasonCode>),
}

impl Asked {
    /// A question about a packet that was read from a connection.
    pub(super) fn new<'p>(packet: impl Into<Packet<'p>>, version: Version, about: About) -> Self {
        let mut bytes = Vec::new();
        // It was read, so it can be written.
        let _ = packet.into().encode(version, &mut bytes);
        // CONNECT says itself which version it is.
        let version = (!matches!(about, About::Connect)).then_some(version);
        Self { packet: bytes, version, about }
    }

    /// The packet.
    pub(super) fn packet(&self) -> Option<Packet<'_>> {
        // It has passed the limits before.
        let options = DecodeOptions { limits: Limits::UNLIMITED, ..DecodeOptions::DEFAULT };
        match decode(&self.packet, self.version, &options) {
            Ok(Status::Complete(decoded)) => Some(decoded.packet),
            _ => None,
        }
    }

    /// Bytes that it keeps.
    pub(super) fn len(&self) -> usize {
        self.packet.len()
    }
}

/// What is kept of a CONNECT until it is answered.
#[derive(Debug)]
pub(super) struct Hello {
    pub(super) version: Version,
    pub(super) client_id: String,
    pub(super) user_name: Option<Box<str>>,
    pub(super) clean_start: bool,
    pub(super) keep_alive: u16,
    pub(super) method: Option<Box<str>>,
    pub(super) will: Option<WillHead>,
}

/// What is to be known of a will before its client is let in.
#[derive(Debug)]
pub(super) struct WillHead {
    pub(super) topic: Box<str>,
    pub(super) qos: QoS,
    pub(super) retain: bool,
}

impl Hello {
    pub(super) fn new(connect: &Connect<'_>) -> Self {
        Self {
            version: connect.version,
            client_id: connect.client_id.into(),
            user_name: connect.user_name.map(Box::from),
            clean_start: connect.clean_start,
            keep_alive: connect.keep_alive,
            method: connect.properties.authentication_method().map(Box::from),
            will: connect.will.map(|Will { topic, qos, retain, .. }| {
                let topic = topic.into();
                WillHead { topic, qos, retain }
            }),
        }
    }
}
