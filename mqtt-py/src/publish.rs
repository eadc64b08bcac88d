//! `Publish`.

use crate::bytes::{Blob, Received};
use crate::class::value_class;
use crate::packet::PacketClass;
use crate::properties::{Properties, Section};
use mqtt_core::{Packet, PacketId, PacketType, QoS};
use pyo3::prelude::*;
use pyo3::types::PyString;

value_class! {
    /// A PUBLISH packet: a message, in either direction.
    class Publish ["topic", "payload", "qos"], freelist 256;
    text "(topic, payload=b'', *, qos=QoS.AT_MOST_ONCE, retain=False, dup=False, packet_id=None, \
          payload_format_indicator=None, message_expiry_interval=None, content_type=None, \
          response_topic=None, correlation_data=None, subscription_identifiers=(), \
          topic_alias=None, user_properties=())";
    positional [topic: Py<PyString>] {
        payload: Blob = Blob::empty();
    }
    keyword [*] {
        qos: QoS = QoS::AtMostOnce;
        retain: bool = false;
        dup: bool = false;
        packet_id: Option<PacketId> = None;
    }
    properties of Section::Packet(PacketType::Publish); {
        payload_format_indicator = PayloadFormatIndicator;
        message_expiry_interval = MessageExpiryInterval;
        content_type = ContentType;
        response_topic = ResponseTopic;
        correlation_data = CorrelationData;
        subscription_identifiers = SubscriptionIdentifier;
        topic_alias = TopicAlias;
        user_properties = UserProperty;
    }
    methods {
        /// The payload where it lies, read-only and not copied.
        #[getter]
        fn payload_view<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            self.payload.view(py)
        }

        /// Bytes of topic, payload and properties.
        #[getter]
        fn size(&self, py: Python<'_>) -> PyResult<usize> {
            let topic = self.topic.to_str(py)?.len();
            Ok(topic + self.payload.get(py).len() + self.properties.len())
        }
    }
}

impl Publish {
    /// The packet where it was received.
    pub(crate) fn received(received: &Received<'_, '_>, publish: &mqtt_core::Publish<'_>) -> Self {
        Self {
            // Made at once: whoever gets a message asks for its topic.
            topic: PyString::new(received.py(), publish.topic).unbind(),
            payload: received.blob(publish.payload),
            qos: publish.qos,
            retain: publish.retain,
            dup: publish.dup,
            packet_id: publish.packet_id,
            properties: Properties::received(received, &publish.properties),
        }
    }
}

impl PacketClass for Publish {
    fn with_core<T>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(Packet<'_>) -> PyResult<T>,
    ) -> PyResult<T> {
        body(Packet::Publish(mqtt_core::Publish {
            dup: self.dup,
            qos: self.qos,
            retain: self.retain,
            topic: self.topic.to_str(py)?,
            packet_id: self.packet_id,
            properties: self.properties.core(py, Self::SECTION)?,
            payload: self.payload.get(py),
        }))
    }
}
