//! Where requests and responses are published.

use bytes::Bytes;
use mqc_client::Message;
use mqtt_core::{Correlation, Version};

/// What 5.0 says in properties, 3.1.1 says in the topic:
///
/// | | 5.0 | 3.1.1 |
/// |---|---|---|
/// | request | `SERVICE/request` | `SERVICE/request/REQUESTER/CORRELATION` |
/// | response | `SERVICE/response/REQUESTER` | `SERVICE/response/REQUESTER/CORRELATION` |
///
/// `CORRELATION` is in hexadecimal digits.
#[derive(Clone, Debug)]
pub(super) struct Scheme {
    version: Version,
    service: String,
}

/// Where a response goes, and what it says to be known as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Return {
    /// Its topic.
    topic: String,
    /// Its correlation data; `None` if the topic says it.
    correlation: Option<Bytes>,
}

impl Scheme {
    pub(super) fn new(version: Version, service: &str) -> Self {
        Self { version, service: service.to_owned() }
    }

    fn is_v5(&self) -> bool {
        self.version == Version::V5
    }

    /// What a responder subscribes to.
    pub(super) fn requests(&self) -> String {
        let service = &self.service;
        if self.is_v5() { format!("{service}/request") } else { format!("{service}/request/+/+") }
    }

    /// Where responses to a requester go; in 3.1.1, what is in front of the correlation.
    pub(super) fn response_topic(&self, requester: &str) -> String {
        format!("{}/response/{requester}", self.service)
    }

    /// What a requester subscribes to.
    pub(super) fn responses(&self, response_topic: &str) -> String {
        if self.is_v5() { response_topic.to_owned() } else { format!("{response_topic}/+") }
    }

    /// A request.
    pub(super) fn request(
        &self,
        requester: &str,
        correlation: Correlation,
        payload: Bytes,
    ) -> Message {
        let service = &self.service;
        if self.is_v5() {
            let mut message = Message::new(format!("{service}/request"), payload);
            let properties = message.properties_mut();
            properties.response_topic = Some(self.response_topic(requester));
            properties.correlation_data = Some(Bytes::copy_from_slice(&correlation.0));
            message
        } else {
            let digits = u64::from_be_bytes(correlation.0);
            Message::new(format!("{service}/request/{requester}/{digits:016x}"), payload)
        }
    }

    /// Where the response to a request goes. `None` if it wants none.
    pub(super) fn way_back(&self, request: &Message) -> Option<Return> {
        if self.is_v5() {
            let properties = request.properties();
            let topic = properties.response_topic.clone()?;
            return Some(Return { topic, correlation: properties.correlation_data.clone() });
        }
        let rest = request.topic.strip_prefix(&self.service)?.strip_prefix("/request/")?;
        Some(Return { topic: format!("{}/response/{rest}", self.service), correlation: None })
    }

    /// The correlation data of a response, and where it would have been published in 5.0.
    pub(super) fn correlation(&self, response: &Message) -> Option<(String, Bytes)> {
        if self.is_v5() {
            let correlation = response.properties().correlation_data.clone()?;
            return Some((response.topic.clone(), correlation));
        }
        let (topic, digits) = response.topic.rsplit_once('/')?;
        let number = u64::from_str_radix(digits, 16).ok()?;
        Some((topic.to_owned(), Bytes::copy_from_slice(&number.to_be_bytes())))
    }
}

impl Return {
    /// The response.
    pub(super) fn message(self, payload: Bytes) -> Message {
        let mut message = Message::new(self.topic, payload);
        if let Some(correlation) = self.correlation {
            message.properties_mut().correlation_data = Some(correlation);
        }
        message
    }
}
