//! `Connect`, `Will` and `ConnAck`.

use crate::bytes::{Blob, Received, Secret, Text};
use crate::class::value_class;
use crate::field::Field;
use crate::packet::PacketClass;
use crate::properties::{Properties, Section};
use mqtt_core::{Packet, PacketType, QoS, ReasonCode, Version};
use pyo3::prelude::*;

value_class! {
    /// A will: the message that the server publishes for a client that is gone.
    class Will ["topic", "payload"];
    text "(topic, payload=b'', *, qos=QoS.AT_MOST_ONCE, retain=False, \
          payload_format_indicator=None, message_expiry_interval=None, content_type=None, \
          response_topic=None, correlation_data=None, will_delay_interval=None, \
          user_properties=())";
    positional {
        topic: Text;
        payload: Blob = Blob::empty();
    }
    keyword [*] {
        qos: QoS = QoS::AtMostOnce;
        retain: bool = false;
    }
    properties of Section::Will; {
        payload_format_indicator = PayloadFormatIndicator;
        message_expiry_interval = MessageExpiryInterval;
        content_type = ContentType;
        response_topic = ResponseTopic;
        correlation_data = CorrelationData;
        will_delay_interval = WillDelayInterval;
        user_properties = UserProperty;
    }
    methods {}
}

impl Will {
    fn received(received: &Received<'_, '_>, will: &mqtt_core::Will<'_>) -> Self {
        Self {
            topic: received.text(will.topic),
            payload: received.blob(will.payload),
            qos: will.qos,
            retain: will.retain,
            properties: Properties::received(received, &will.properties),
        }
    }

    fn core<'a>(&'a self, py: Python<'a>) -> PyResult<mqtt_core::Will<'a>> {
        Ok(mqtt_core::Will {
            topic: self.topic.as_str(py)?,
            payload: self.payload.get(py),
            qos: self.qos,
            retain: self.retain,
            properties: self.properties.core(py, Self::SECTION)?,
        })
    }
}

impl Field for Py<Will> {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(object.cast::<Will>()?.clone().unbind())
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.bind(py).clone().into_any())
    }

    fn same(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
        self.bind(py).eq(other.bind(py))
    }
}

value_class! {
    /// A CONNECT packet: a client asks for a connection.
    class Connect ["client_id"];
    text "(client_id='', *, version=Version.V5, clean_start=True, keep_alive=0, will=None, \
          user_name=None, password=None, session_expiry_interval=None, receive_maximum=None, \
          maximum_packet_size=None, topic_alias_maximum=None, request_response_information=None, \
          request_problem_information=None, authentication_method=None, \
          authentication_data=None, user_properties=())";
    positional {
        client_id: Text = Text::Empty;
    }
    keyword [*] {
        version: Version = Version::V5;
        clean_start: bool = true;
        keep_alive: u16 = 0;
        will: Option<Py<Will>> = None;
        user_name: Option<Text> = None;
        password: Option<Secret> = None;
    }
    properties of Section::Packet(PacketType::Connect); {
        session_expiry_interval = SessionExpiryInterval;
        receive_maximum = ReceiveMaximum;
        maximum_packet_size = MaximumPacketSize;
        topic_alias_maximum = TopicAliasMaximum;
        request_response_information = RequestResponseInformation;
        request_problem_information = RequestProblemInformation;
        authentication_method = AuthenticationMethod;
        authentication_data = AuthenticationData;
        user_properties = UserProperty;
    }
    methods {}
}

impl Connect {
    /// The packet where it was received.
    pub(crate) fn received(
        py: Python<'_>,
        received: &Received<'_, '_>,
        connect: &mqtt_core::Connect<'_>,
    ) -> PyResult<Self> {
        let will = connect.will.map(|will| Py::new(py, Will::received(received, &will)));
        Ok(Self {
            client_id: received.text(connect.client_id),
            version: connect.version,
            clean_start: connect.clean_start,
            keep_alive: connect.keep_alive,
            will: will.transpose()?,
            user_name: connect.user_name.map(|text| received.text(text)),
            password: connect.password.map(|bytes| Secret(received.blob(bytes))),
            properties: Properties::received(received, &connect.properties),
        })
    }
}

impl PacketClass for Connect {
    fn with_core<T>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(Packet<'_>) -> PyResult<T>,
    ) -> PyResult<T> {
        let will = self.will.as_ref().map(|will| will.get().core(py)).transpose()?;
        let user_name = self.user_name.as_ref().map(|text| text.as_str(py)).transpose()?;
        body(Packet::Connect(mqtt_core::Connect {
            version: self.version,
            clean_start: self.clean_start,
            keep_alive: self.keep_alive,
            client_id: self.client_id.as_str(py)?,
            will,
            user_name,
            password: self.password.as_ref().map(|Secret(password)| password.get(py)),
            properties: self.properties.core(py, Self::SECTION)?,
        }))
    }
}

value_class! {
    /// A CONNACK packet: the server's answer to CONNECT.
    class ConnAck ["reason"];
    text "(reason=ReasonCode.SUCCESS, *, session_present=False, session_expiry_interval=None, \
          receive_maximum=None, maximum_qos=None, retain_available=None, \
          maximum_packet_size=None, assigned_client_identifier=None, topic_alias_maximum=None, \
          reason_string=None, wildcard_subscription_available=None, \
          subscription_identifier_available=None, shared_subscription_available=None, \
          server_keep_alive=None, response_information=None, server_reference=None, \
          authentication_method=None, authentication_data=None, user_properties=())";
    positional {
        reason: ReasonCode = ReasonCode::SUCCESS;
    }
    keyword [*] {
        session_present: bool = false;
    }
    properties of Section::Packet(PacketType::ConnAck); {
        session_expiry_interval = SessionExpiryInterval;
        receive_maximum = ReceiveMaximum;
        maximum_qos = MaximumQoS;
        retain_available = RetainAvailable;
        maximum_packet_size = MaximumPacketSize;
        assigned_client_identifier = AssignedClientIdentifier;
        topic_alias_maximum = TopicAliasMaximum;
        reason_string = ReasonString;
        wildcard_subscription_available = WildcardSubscriptionAvailable;
        subscription_identifier_available = SubscriptionIdentifierAvailable;
        shared_subscription_available = SharedSubscriptionAvailable;
        server_keep_alive = ServerKeepAlive;
        response_information = ResponseInformation;
        server_reference = ServerReference;
        authentication_method = AuthenticationMethod;
        authentication_data = AuthenticationData;
        user_properties = UserProperty;
    }
    methods {}
}

impl ConnAck {
    /// The packet where it was received.
    pub(crate) fn received(received: &Received<'_, '_>, ack: &mqtt_core::ConnAck<'_>) -> Self {
        Self {
            reason: ack.reason,
            session_present: ack.session_present,
            properties: Properties::received(received, &ack.properties),
        }
    }
}

impl PacketClass for ConnAck {
    fn with_core<T>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(Packet<'_>) -> PyResult<T>,
    ) -> PyResult<T> {
        body(Packet::ConnAck(mqtt_core::ConnAck {
            session_present: self.session_present,
            reason: self.reason,
            properties: self.properties.core(py, Self::SECTION)?,
        }))
    }
}
