//! `Broker`.

use super::choice::Judge;
use super::config::BrokerConfig;
use super::faults;
use super::polled::Polled;
use super::stats::BrokerStats;
use crate::connect::ConnAck;
use crate::field::Field;
use crate::others::Disconnect;
use crate::packet::PacketClass as _;
use crate::properties::{Names, Properties, Section};
use crate::publish::Publish;
use crate::python::bytes_like;
use crate::session::PersistOp;
use crate::session::faults::{local, store};
use crate::session::handle::sent;
use crate::session::message::Given;
use crate::session::polled::message;
use crate::session::state::stored;
use crate::session::time::{now, to_seconds};
use crate::subscribe::Subscription;
use crate::topics::text;
use mqtt_core::{
    Admission, BrokerError, ConnId, InsideId, Instant, Packet, PacketType, PropertyId, QoS,
    ReasonCode, SubscriptionOptions, TopicFilter, Version,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use std::hash::RandomState;
use std::sync::{Mutex, PoisonError};

type Core = mqtt_core::Broker<RandomState>;

/// What a broker's caller may say in PUBLISH.
const PUBLISH: &Names = &[
    ("payload_format_indicator", PropertyId::PayloadFormatIndicator),
    ("message_expiry_interval", PropertyId::MessageExpiryInterval),
    ("content_type", PropertyId::ContentType),
    ("response_topic", PropertyId::ResponseTopic),
    ("correlation_data", PropertyId::CorrelationData),
    ("user_properties", PropertyId::UserProperty),
];

const CONNACK: &Names = &[
    ("authentication_method", PropertyId::AuthenticationMethod),
    ("authentication_data", PropertyId::AuthenticationData),
    ("response_information", PropertyId::ResponseInformation),
    ("reason_string", PropertyId::ReasonString),
    ("user_properties", PropertyId::UserProperty),
];

const AUTH: &Names = &[
    ("authentication_data", PropertyId::AuthenticationData),
    ("reason_string", PropertyId::ReasonString),
    ("user_properties", PropertyId::UserProperty),
];

/// Many connections and the messages between them.
///
/// As with sessions, nothing of Python runs while it is locked but that strings and bytes are made: see
/// [`Handle`](crate::session::handle::Handle).
#[pyclass(frozen, weakref, module = "mqtt_core")]
pub(crate) struct Broker(Mutex<Core>);

impl Broker {
    /// Locks the broker for `body`, in which nothing of Python may run.
    fn with<T>(&self, body: impl FnOnce(&mut Core) -> T) -> T {
        // Nothing panics while it is locked; if something did, the state would still be memory-safe.
        body(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same for what may be refused.
    fn command<T>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(&mut Core) -> Result<T, BrokerError>,
    ) -> PyResult<T> {
        self.with(body).map_err(|error| faults::refuse(py, &error))
    }
}

/// The argument `conn`: the number of a connection.
fn conn(object: &Bound<'_, PyAny>) -> PyResult<ConnId> {
    u64::take(object).map(ConnId::from)
}

/// Hands the core's DISCONNECT to `body`, the default one if none is given.
fn with_disconnect<T>(
    py: Python<'_>,
    disconnect: Option<&Bound<'_, Disconnect>>,
    body: impl FnOnce(&mqtt_core::Disconnect<'_>) -> PyResult<T>,
) -> PyResult<T> {
    let Some(disconnect) = disconnect else { return body(&mqtt_core::Disconnect::default()) };
    disconnect.get().with_core(py, |packet| match packet {
        Packet::Disconnect(disconnect) => body(&disconnect),
        _ => Err(local(py, "other", "another packet")),
    })
}

#[pymethods]
impl Broker {
    #[new]
    #[pyo3(signature = (config = None, *, now), text_signature = "(config=None, *, now)")]
    fn new(
        config: Option<&Bound<'_, BrokerConfig>>,
        #[pyo3(from_py_with = now)] now: Instant,
    ) -> Self {
        let config = config.map_or_else(Default::default, |config| config.get().core());
        Self(Mutex::new(Core::new(config, now)))
    }

    /// The broker that rows and changes give back.
    #[staticmethod]
    #[pyo3(
        signature = (
            config = None, *, rows = None, at = None, ops = None, skip_unknown = false, unix_time, now,
        ),
        text_signature =
            "(config=None, *, rows=(), at=None, ops=(), skip_unknown=False, unix_time, now)",
    )]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
    fn restore(
        py: Python<'_>,
        config: Option<&Bound<'_, BrokerConfig>>,
        rows: Option<&Bound<'_, PyAny>>,
        at: Option<(u64, u64)>,
        ops: Option<&Bound<'_, PyAny>>,
        skip_unknown: bool,
        #[pyo3(from_py_with = now)] unix_time: Instant,
        #[pyo3(from_py_with = now)] now: Instant,
    ) -> PyResult<Self> {
        let config = config.map_or_else(Default::default, |config| config.get().core());
        let restore = stored(py, None, rows, at, ops, skip_unknown)?;
        let (unix_ms, hasher) = (unix_time.as_millis(), RandomState::new());
        let core = Core::restore(config, now, unix_ms, hasher, &restore);
        core.map(|core| Self(Mutex::new(core))).map_err(|error| store(py, &error))
    }

    #[pyo3(signature = (*, now), text_signature = "($self, *, now)")]
    fn open(&self, py: Python<'_>, #[pyo3(from_py_with = now)] now: Instant) -> PyResult<u64> {
        self.command(py, |broker| broker.open(now)).map(ConnId::as_u64)
    }

    #[pyo3(signature = (conn, data, *, now), text_signature = "($self, conn, data, *, now)")]
    fn receive_data(
        &self,
        #[pyo3(from_py_with = conn)] conn: ConnId,
        data: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = now)] now: Instant,
    ) -> PyResult<usize> {
        let data = bytes_like(data)?;
        let input = data.as_bytes();
        Ok(self.with(|broker| broker.handle_input(conn, now, input)))
    }

    fn wants_input(&self, #[pyo3(from_py_with = conn)] conn: ConnId) -> usize {
        self.with(|broker| broker.wants_input(conn))
    }

    #[pyo3(signature = (conn, *, now), text_signature = "($self, conn, *, now)")]
    fn receive_eof(
        &self,
        #[pyo3(from_py_with = conn)] conn: ConnId,
        #[pyo3(from_py_with = now)] now: Instant,
    ) {
        self.with(|broker| broker.handle_eof(conn, now));
    }

    fn handle_timeout(&self, #[pyo3(from_py_with = now)] now: Instant) {
        self.with(|broker| broker.handle_timeout(now));
    }

    fn next_timeout(&self) -> Option<f64> {
        self.with(|broker| broker.poll_timeout()).map(|at| to_seconds(at.as_millis()))
    }

    fn next_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        loop {
            let polled = self.with(|broker| broker.poll_event().map(|it| Polled::of(py, it)));
            let Some(polled) = polled else { return Ok(None) };
            if let Some(event) = polled?.give(py)? {
                return Ok(Some(event));
            }
        }
    }

    fn events(slf: Bound<'_, Self>) -> BrokerEvents {
        BrokerEvents(slf.unbind())
    }

    fn next_writable(&self) -> Option<u64> {
        self.with(Core::poll_writable).map(ConnId::as_u64)
    }

    #[pyo3(
        signature = (conn, max_bytes = None),
        text_signature = "($self, conn, max_bytes=None)",
    )]
    fn data_to_send<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = conn)] conn: ConnId,
        #[pyo3(from_py_with = <Option<u64> as Field>::take)] max_bytes: Option<u64>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        self.with(|broker| sent(py, broker.transmit(conn), max_bytes))
    }

    fn next_data_to_send<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Option<(u64, Bound<'py, PyBytes>)>> {
        let next = self.with(|broker| {
            let (conn, transmit) = broker.poll_transmit()?;
            Some(sent(py, transmit, None).map(|data| (conn.as_u64(), data)))
        });
        next.transpose()
    }

    #[pyo3(
        signature = (
            conn, *, client_id = None, user_name = None, authentication_data = None,
            response_information = None, reason_string = None, user_properties = None, now,
        ),
        text_signature = "($self, conn, *, client_id=None, user_name=None, \
            authentication_data=None, response_information=None, reason_string=None, \
            user_properties=(), now)",
    )]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
    fn accept<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = conn)] conn: ConnId,
        client_id: Option<&str>,
        user_name: Option<&str>,
        authentication_data: Option<&Bound<'py, PyAny>>,
        response_information: Option<&Bound<'py, PyAny>>,
        reason_string: Option<&Bound<'py, PyAny>>,
        user_properties: Option<&Bound<'py, PyAny>>,
        #[pyo3(from_py_with = now)] now: Instant,
    ) -> PyResult<()> {
        const SECTION: Section = Section::Packet(PacketType::ConnAck);
        // Data is not to be without a method; the broker puts that of the client in its place.
        let method = authentication_data.map(|_| PyString::intern(py, "").into_any());
        let given = [
            method.as_ref(),
            authentication_data,
            response_information,
            reason_string,
            user_properties,
        ];
        let properties = Properties::build(py, SECTION, CONNACK, &given)?;
        let properties = properties.core(py, SECTION)?;
        let admission = Admission { client_id, user_name, properties };
        self.command(py, |broker| broker.accept(conn, now, &admission))
    }

    #[pyo3(signature = (conn, connack, *, now), text_signature = "($self, conn, connack, *, now)")]
    fn refuse(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = conn)] conn: ConnId,
        connack: &Bound<'_, ConnAck>,
        #[pyo3(from_py_with = now)] now: Instant,
    ) -> PyResult<()> {
        connack.get().with_core(py, |packet| match packet {
            Packet::ConnAck(it) => self.command(py, |broker| broker.refuse(conn, now, &it)),
            _ => Err(local(py, "other", "another packet")),
        })
    }

    #[pyo3(
        signature = (
            conn, *, authentication_data = None, reason_string = None, user_properties = None, now,
        ),
        text_signature = "($self, conn, *, authentication_data=None, reason_string=None, \
            user_properties=(), now)",
    )]
    fn challenge<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = conn)] conn: ConnId,
        authentication_data: Option<&Bound<'py, PyAny>>,
        reason_string: Option<&Bound<'py, PyAny>>,
        user_properties: Option<&Bound<'py, PyAny>>,
        #[pyo3(from_py_with = now)] now: Instant,
    ) -> PyResult<()> {
        const SECTION: Section = Section::Packet(PacketType::Auth);
        let given = [authentication_data, reason_string, user_properties];
        let properties = Properties::build(py, SECTION, AUTH, &given)?;
        let properties = properties.core(py, SECTION)?;
        self.command(py, |broker| broker.challenge(conn, now, properties))
    }

    #[pyo3(
        signature = (conn, reason = ReasonCode::SUCCESS, *, now),
        text_signature = "($self, conn, reason=ReasonCode.SUCCESS, *, now)",
    )]
    fn authorize(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = conn)] conn: ConnId,
        #[pyo3(from_py_with = <ReasonCode as Field>::take)] reason: ReasonCode,
        #[pyo3(from_py_with = now)] now: Instant,
    ) -> PyResult<()> {
        self.command(py, |broker| broker.authorize(conn, now, reason))
    }

    #[pyo3(
        signature = (
            topic, payload = None, *, qos = None, retain = None,
            payload_format_indicator = None, message_expiry_interval = None,
            content_type = None, response_topic = None, correlation_data = None,
            user_properties = None, now,
        ),
        text_signature = "($self, topic, payload=b'', *, qos=QoS.AT_MOST_ONCE, retain=False, \
            payload_format_indicator=None, message_expiry_interval=None, content_type=None, \
            response_topic=None, correlation_data=None, user_properties=(), now)",
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
        user_properties: Option<&Bound<'py, PyAny>>,
        #[pyo3(from_py_with = now)] now: Instant,
    ) -> PyResult<usize> {
        let properties = [
            payload_format_indicator,
            message_expiry_interval,
            content_type,
            response_topic,
            correlation_data,
            user_properties,
        ];
        let given = Given::read(topic, payload, qos, retain, PUBLISH, &properties)?;
        given.publish().with_core(py, |packet| match packet {
            Packet::Publish(it) => self.command(py, |broker| broker.publish(now, &it)),
            _ => Err(local(py, "other", "another packet")),
        })
    }

    #[pyo3(
        signature = (subscription, *, token = 0),
        text_signature = "($self, subscription, *, token=0)",
    )]
    fn subscribe(
        &self,
        py: Python<'_>,
        subscription: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = <u64 as Field>::take)] token: u64,
    ) -> PyResult<u64> {
        let (filter, options) = match subscription.cast::<Subscription>() {
            Ok(subscription) => {
                let mqtt_core::Subscription { filter, options } = subscription.get().core(py)?;
                let filter = TopicFilter::new(filter)
                    .map_err(|error| crate::topics::faults::refuse(py, &error, Version::V5))?;
                (filter, options)
            }
            Err(_) => (text::filter(subscription)?, SubscriptionOptions::DEFAULT),
        };
        self.command(py, |broker| broker.subscribe(filter, options, token)).map(InsideId::as_u64)
    }

    fn unsubscribe(
        &self,
        #[pyo3(from_py_with = <u64 as Field>::take)] subscription_id: u64,
    ) -> bool {
        self.with(|broker| broker.unsubscribe(InsideId::from(subscription_id)))
    }

    fn retained(&self, py: Python<'_>, filter: &Bound<'_, PyAny>) -> PyResult<Vec<Publish>> {
        let filter = text::filter(filter)?;
        let mut found = Vec::new();
        self.with(|broker| broker.retained(filter, |it| found.push(message(py, &it))));
        found.into_iter().collect()
    }

    #[pyo3(
        signature = (conn, disconnect = None, *, now),
        text_signature = "($self, conn, disconnect=None, *, now)",
    )]
    fn disconnect(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = conn)] conn: ConnId,
        disconnect: Option<&Bound<'_, Disconnect>>,
        #[pyo3(from_py_with = now)] now: Instant,
    ) -> PyResult<()> {
        with_disconnect(py, disconnect, |disconnect| {
            self.command(py, |broker| broker.disconnect(conn, now, disconnect))
        })
    }

    #[pyo3(signature = (client_id, *, now), text_signature = "($self, client_id, *, now)")]
    fn drop_session(&self, client_id: &str, #[pyo3(from_py_with = now)] now: Instant) -> bool {
        self.with(|broker| broker.drop_session(client_id, now))
    }

    #[pyo3(
        signature = (disconnect = None, *, now),
        text_signature = "($self, disconnect=None, *, now)",
    )]
    fn shut_down(
        &self,
        py: Python<'_>,
        disconnect: Option<&Bound<'_, Disconnect>>,
        #[pyo3(from_py_with = now)] now: Instant,
    ) -> PyResult<()> {
        with_disconnect(py, disconnect, |disconnect| {
            self.with(|broker| broker.shut_down(now, disconnect));
            Ok(())
        })
    }

    fn client_id<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = conn)] conn: ConnId,
    ) -> Option<Bound<'py, PyString>> {
        self.with(|broker| broker.client_id(conn).map(|id| PyString::new(py, id)))
    }

    fn set_authorization(&self, authorization: &Bound<'_, PyAny>) -> PyResult<()> {
        let authorization = Judge::take(authorization)?.core();
        self.with(|broker| broker.set_authorization(authorization));
        Ok(())
    }

    fn stats(&self) -> BrokerStats {
        BrokerStats::of(&self.with(|broker| broker.stats()))
    }

    #[getter]
    fn heap_bytes(&self) -> usize {
        self.with(|broker| broker.heap_bytes())
    }

    #[pyo3(signature = (unix_time, *, now), text_signature = "($self, unix_time, *, now)")]
    fn set_unix_time(
        &self,
        #[pyo3(from_py_with = now)] unix_time: Instant,
        #[pyo3(from_py_with = now)] now: Instant,
    ) {
        self.with(|broker| broker.set_unix_time(now, unix_time.as_millis()));
    }

    fn next_persist_op(&self, py: Python<'_>) -> PyResult<Option<PersistOp>> {
        self.with(|broker| broker.poll_persist().map(|op| PersistOp::of(py, &op)).transpose())
    }

    fn persist_ops(&self, py: Python<'_>) -> PyResult<Vec<PersistOp>> {
        let mut ops = Vec::new();
        while let Some(op) = self.next_persist_op(py)? {
            ops.push(op);
        }
        Ok(ops)
    }

    #[pyo3(signature = (seq, *, now), text_signature = "($self, seq, *, now)")]
    fn persisted(
        &self,
        #[pyo3(from_py_with = <u64 as Field>::take)] seq: u64,
        #[pyo3(from_py_with = now)] now: Instant,
    ) {
        self.with(|broker| broker.persisted(now, seq));
    }

    #[pyo3(signature = (epoch, *, now), text_signature = "($self, epoch, *, now)")]
    fn fenced(
        &self,
        #[pyo3(from_py_with = <u64 as Field>::take)] epoch: u64,
        #[pyo3(from_py_with = now)] now: Instant,
    ) {
        self.with(|broker| broker.fenced(now, epoch));
    }

    fn __repr__(&self) -> String {
        let stats = self.with(|broker| broker.stats());
        format!("<Broker connections={} sessions={}>", stats.connections, stats.sessions)
    }
}

/// The events of a broker, up to the last that there is now.
#[pyclass(frozen, module = "mqtt_core")]
pub(crate) struct BrokerEvents(Py<Broker>);

#[pymethods]
impl BrokerEvents {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.get().next_event(py)
    }
}
