//! `ClientSession`.

use super::config::ClientConfig;
use super::handle::{Beside, Handle, handle, packet};
use super::message::{Given, send_all};
use super::state::{Left, SessionState};
use super::time::now;
use crate::connect::Connect;
use crate::field::{Field, List};
use crate::packet::PacketClass as _;
use crate::properties::{Names, Properties};
use crate::subscribe::{Subscribe, Unsubscribe};
use mqtt_core::{Instant, Packet, PacketId, PropertyId, QoS, WhenFull};
use pyo3::prelude::*;

/// What a client may say in PUBLISH.
const PUBLISH: &Names = &[
    ("payload_format_indicator", PropertyId::PayloadFormatIndicator),
    ("message_expiry_interval", PropertyId::MessageExpiryInterval),
    ("content_type", PropertyId::ContentType),
    ("response_topic", PropertyId::ResponseTopic),
    ("correlation_data", PropertyId::CorrelationData),
    ("topic_alias", PropertyId::TopicAlias),
    ("user_properties", PropertyId::UserProperty),
];

const SUBSCRIBE: &Names = &[
    ("subscription_identifier", PropertyId::SubscriptionIdentifier),
    ("user_properties", PropertyId::UserProperty),
];

const UNSUBSCRIBE: &Names = &[("user_properties", PropertyId::UserProperty)];

handle! {
    /// The client's side of a session, over any number of connections.
    class ClientSession, ClientEvents;
    methods {
        #[new]
        #[pyo3(
            signature = (config = None, *, state = None),
            text_signature = "(config=None, *, state=None)",
        )]
        fn new(
            py: Python<'_>,
            config: Option<&Bound<'_, ClientConfig>>,
            state: Option<&Bound<'_, SessionState>>,
        ) -> PyResult<Self> {
            let config = config.map_or_else(Default::default, |config| config.get().core());
            let mut beside = Beside::new(config.version, config.session.persist.epoch);
            let session = match state {
                None => mqtt_core::ClientSession::new(config),
                Some(state) => {
                    let Left { state, tokens, next_token } = state.get().take(py)?;
                    beside.go_on(tokens, next_token);
                    mqtt_core::ClientSession::resume(config, state)
                }
            };
            Ok(Self(Handle::new(session, beside)))
        }

        #[pyo3(signature = (connect, *, now), text_signature = "($self, connect, *, now)")]
        fn connect(
            &self,
            connect: &Bound<'_, Connect>,
            #[pyo3(from_py_with = now)] now: Instant,
        ) -> PyResult<()> {
            packet!(self, connect, Connect, |session| session.connect(now, &connect))
        }

        #[pyo3(
            signature = (
                topic, payload = None, *, qos = None, retain = None,
                payload_format_indicator = None, message_expiry_interval = None,
                content_type = None, response_topic = None, correlation_data = None,
                topic_alias = None, user_properties = None, token = None,
                when_full = WhenFull::Queue, now,
            ),
            text_signature = "($self, topic, payload=b'', *, qos=QoS.AT_MOST_ONCE, retain=False, \
                payload_format_indicator=None, message_expiry_interval=None, content_type=None, \
                response_topic=None, correlation_data=None, topic_alias=None, \
                user_properties=(), token=None, when_full=WhenFull.QUEUE, now)",
        )]
        #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
        fn publish<'py>(
            &self,
            py: Python<'py>,
            topic: &Bound<'py, PyAny>,
            payload: Option<&Bound<'py, PyAny>>,
            #[pyo3(from_py_with = <Option<QoS> as Field>::take)] qos: Option<QoS>,
            #[pyo3(from_py_with = <Option<bool> as Field>::take)] retain: Option<bool>,
            payload_format_indicator: Option<&Bound<'py, PyAny>>,
            message_expiry_interval: Option<&Bound<'py, PyAny>>,
            content_type: Option<&Bound<'py, PyAny>>,
            response_topic: Option<&Bound<'py, PyAny>>,
            correlation_data: Option<&Bound<'py, PyAny>>,
            topic_alias: Option<&Bound<'py, PyAny>>,
            user_properties: Option<&Bound<'py, PyAny>>,
            #[pyo3(from_py_with = <Option<u64> as Field>::take)] token: Option<u64>,
            #[pyo3(from_py_with = <WhenFull as Field>::take)] when_full: WhenFull,
            #[pyo3(from_py_with = now)] now: Instant,
        ) -> PyResult<u64> {
            let properties = [
                payload_format_indicator,
                message_expiry_interval,
                content_type,
                response_topic,
                correlation_data,
                topic_alias,
                user_properties,
            ];
            let given = Given::read(topic, payload, qos, retain, PUBLISH, &properties)?;
            given.send(py, &self.0, token, when_full, now)
        }

        #[pyo3(
            signature = (messages, *, when_full = WhenFull::Queue, now),
            text_signature = "($self, messages, *, when_full=WhenFull.QUEUE, now)",
        )]
        fn publish_all(
            &self,
            messages: &Bound<'_, PyAny>,
            #[pyo3(from_py_with = <WhenFull as Field>::take)] when_full: WhenFull,
            #[pyo3(from_py_with = now)] now: Instant,
        ) -> PyResult<Vec<u64>> {
            send_all(messages, &self.0, when_full, now)
        }

        #[pyo3(
            signature = (
                subscriptions, *, subscription_identifier = None, user_properties = None,
                token = None, now,
            ),
            text_signature = "($self, subscriptions, *, subscription_identifier=None, \
                user_properties=(), token=None, now)",
        )]
        fn subscribe<'py>(
            &self,
            py: Python<'py>,
            subscriptions: &Bound<'py, PyAny>,
            subscription_identifier: Option<&Bound<'py, PyAny>>,
            user_properties: Option<&Bound<'py, PyAny>>,
            #[pyo3(from_py_with = <Option<u64> as Field>::take)] token: Option<u64>,
            #[pyo3(from_py_with = now)] now: Instant,
        ) -> PyResult<u64> {
            let properties = [subscription_identifier, user_properties];
            let subscribe = Subscribe {
                subscriptions: List::take(subscriptions)?,
                // The session chooses another.
                packet_id: PacketId::MIN,
                properties: Properties::build(py, Subscribe::SECTION, SUBSCRIBE, &properties)?,
            };
            subscribe.with_core(py, |packet| {
                self.0.command(py, |session, beside| {
                    let number = token.unwrap_or(beside.next_token);
                    if let Packet::Subscribe(subscribe) = packet {
                        session.subscribe(now, &subscribe, number)?;
                    }
                    beside.next_token = beside.next_token.wrapping_add(token.is_none().into());
                    Ok(number)
                })
            })
        }

        #[pyo3(
            signature = (filters, *, user_properties = None, token = None, now),
            text_signature = "($self, filters, *, user_properties=(), token=None, now)",
        )]
        fn unsubscribe<'py>(
            &self,
            py: Python<'py>,
            filters: &Bound<'py, PyAny>,
            user_properties: Option<&Bound<'py, PyAny>>,
            #[pyo3(from_py_with = <Option<u64> as Field>::take)] token: Option<u64>,
            #[pyo3(from_py_with = now)] now: Instant,
        ) -> PyResult<u64> {
            let properties = [user_properties];
            let unsubscribe = Unsubscribe {
                filters: List::take(filters)?,
                // The session chooses another.
                packet_id: PacketId::MIN,
                properties: Properties::build(py, Unsubscribe::SECTION, UNSUBSCRIBE, &properties)?,
            };
            unsubscribe.with_core(py, |packet| {
                self.0.command(py, |session, beside| {
                    let number = token.unwrap_or(beside.next_token);
                    if let Packet::Unsubscribe(unsubscribe) = packet {
                        session.unsubscribe(now, &unsubscribe, number)?;
                    }
                    beside.next_token = beside.next_token.wrapping_add(token.is_none().into());
                    Ok(number)
                })
            })
        }
    }
}
