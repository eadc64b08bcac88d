//! `ServerSession`.

use super::config::ServerConfig;
use super::faults;
use super::handle::{Beside, Handle, handle, packet};
use super::message::{Given, send_all};
use super::polled::Whole;
use super::state::{Left, SessionState};
use super::time::now;
use crate::connect::ConnAck;
use crate::field::Field;
use crate::packet::PacketClass as _;
use crate::properties::Names;
use crate::subscribe::{SubAck, UnsubAck};
use mqtt_core::{AcceptRefused, Connect, Instant, Packet, PropertyId, QoS, Version, WhenFull};
use pyo3::prelude::*;

/// What a server may say in PUBLISH.
const PUBLISH: &Names = &[
    ("payload_format_indicator", PropertyId::PayloadFormatIndicator),
    ("message_expiry_interval", PropertyId::MessageExpiryInterval),
    ("content_type", PropertyId::ContentType),
    ("response_topic", PropertyId::ResponseTopic),
    ("correlation_data", PropertyId::CorrelationData),
    ("subscription_identifiers", PropertyId::SubscriptionIdentifier),
    ("topic_alias", PropertyId::TopicAlias),
    ("user_properties", PropertyId::UserProperty),
];

handle! {
    /// The server's side of one connection, with the state of its session.
    class ServerSession, ServerEvents;
    methods {
        #[new]
        #[pyo3(signature = (config = None, *, now), text_signature = "(config=None, *, now)")]
        fn new(
            config: Option<&Bound<'_, ServerConfig>>,
            #[pyo3(from_py_with = now)] now: Instant,
        ) -> Self {
            let config = config.map_or_else(Default::default, |config| config.get().core());
            let beside = Beside::new(Version::V5, config.session.persist.epoch);
            Self(Handle::new(mqtt_core::ServerSession::new(config, now), beside))
        }

        #[pyo3(
            signature = (connack = None, *, state = None, now),
            text_signature = "($self, connack=None, *, state=None, now)",
        )]
        fn accept(
            &self,
            py: Python<'_>,
            connack: Option<&Bound<'_, ConnAck>>,
            state: Option<&Bound<'_, SessionState>>,
            #[pyo3(from_py_with = now)] now: Instant,
        ) -> PyResult<()> {
            let Some(connack) = connack else {
                let session_present = state.is_some();
                let connack = mqtt_core::ConnAck { session_present, ..Default::default() };
                return self.accept_with(py, &connack, state, now);
            };
            connack.get().with_core(py, |packet| match packet {
                Packet::ConnAck(connack) => self.accept_with(py, &connack, state, now),
                _ => Err(faults::local(py, "other", "another packet")),
            })
        }

        #[pyo3(signature = (connack, *, now), text_signature = "($self, connack, *, now)")]
        fn refuse(
            &self,
            connack: &Bound<'_, ConnAck>,
            #[pyo3(from_py_with = now)] now: Instant,
        ) -> PyResult<()> {
            packet!(self, connack, ConnAck, |session| session.refuse(now, &connack))
        }

        #[pyo3(
            signature = (
                topic, payload = None, *, qos = None, retain = None,
                payload_format_indicator = None, message_expiry_interval = None,
                content_type = None, response_topic = None, correlation_data = None,
                subscription_identifiers = None, topic_alias = None, user_properties = None,
                token = None, when_full = WhenFull::Queue, now,
            ),
            text_signature = "($self, topic, payload=b'', *, qos=QoS.AT_MOST_ONCE, retain=False, \
                payload_format_indicator=None, message_expiry_interval=None, content_type=None, \
                response_topic=None, correlation_data=None, subscription_identifiers=(), \
                topic_alias=None, user_properties=(), token=None, when_full=WhenFull.QUEUE, now)",
        )]
        #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
        fn deliver<'py>(
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
            subscription_identifiers: Option<&Bound<'py, PyAny>>,
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
                subscription_identifiers,
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
        fn deliver_all(
            &self,
            messages: &Bound<'_, PyAny>,
            #[pyo3(from_py_with = <WhenFull as Field>::take)] when_full: WhenFull,
            #[pyo3(from_py_with = now)] now: Instant,
        ) -> PyResult<Vec<u64>> {
            send_all(messages, &self.0, when_full, now)
        }

        #[pyo3(signature = (suback, *, now), text_signature = "($self, suback, *, now)")]
        fn suback(
            &self,
            suback: &Bound<'_, SubAck>,
            #[pyo3(from_py_with = now)] now: Instant,
        ) -> PyResult<()> {
            packet!(self, suback, SubAck, |session| session.suback(now, &suback))
        }

        #[pyo3(signature = (unsuback, *, now), text_signature = "($self, unsuback, *, now)")]
        fn unsuback(
            &self,
            unsuback: &Bound<'_, UnsubAck>,
            #[pyo3(from_py_with = now)] now: Instant,
        ) -> PyResult<()> {
            packet!(self, unsuback, UnsubAck, |session| session.unsuback(now, &unsuback))
        }

        #[pyo3(signature = (*, now), text_signature = "($self, *, now)")]
        fn take_over(
            &self,
            py: Python<'_>,
            #[pyo3(from_py_with = now)] now: Instant,
        ) -> PyResult<()> {
            self.0.command(py, |session, _| session.take_over(now))
        }

        #[getter]
        fn will<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
            let whole = self.0.with(py, |session, beside| {
                let (will, version) = (session.will()?, beside.version);
                // Properties are read back where they may stand: in a CONNECT.
                let connect = Connect { version, will: Some(will), ..Connect::default() };
                Some(Whole::new(&connect.into(), version))
            })?;
            whole.map(|whole| whole.give(py)?.getattr("will")).transpose()
        }

        #[getter]
        fn will_delay(&self, py: Python<'_>) -> PyResult<u32> {
            self.0.with(py, |session, _| session.will_delay())
        }

        #[getter]
        fn session_expiry(&self, py: Python<'_>) -> PyResult<u32> {
            self.0.with(py, |session, _| session.session_expiry())
        }

        fn persist_after(
            &self,
            py: Python<'_>,
            #[pyo3(from_py_with = <u64 as Field>::take)] seq: u64,
        ) -> PyResult<()> {
            self.0.with(py, |session, _| session.persist_after(seq))
        }
    }
}

impl ServerSession {
    fn accept_with(
        &self,
        py: Python<'_>,
        connack: &mqtt_core::ConnAck<'_>,
        state: Option<&Bound<'_, SessionState>>,
        now: Instant,
    ) -> PyResult<()> {
        let left = state.map(|state| state.get().take(py)).transpose()?;
        let (core, beside) = match left {
            Some(Left { state, tokens, next_token }) => (Some(state), Some((tokens, next_token))),
            None => (None, None),
        };
        let result =
            self.0.with(py, move |session, own| match session.accept(now, connack, core) {
                Ok(()) => {
                    if let Some((tokens, next_token)) = beside {
                        own.go_on(tokens, next_token);
                    }
                    Ok(())
                }
                Err(AcceptRefused { error, state: core }) => {
                    Err((error, core.zip(beside).map(Box::new)))
                }
            })?;
        result.map_err(|(error, left)| {
            if let (Some(object), Some(left)) = (state, left) {
                let (core, (tokens, next_token)) = *left;
                object.get().put_back(Left { state: core, tokens, next_token });
            }
            faults::usage(py, &error)
        })
    }
}
