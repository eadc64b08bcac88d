//! Messages that a session is to send.

use super::faults;
use super::handle::{Beside, Handle};
use crate::bytes::Blob;
use crate::field::{Field, iterate};
use crate::packet::PacketClass as _;
use crate::properties::{Names, Properties, Section};
use crate::publish::Publish;
use bytes::Bytes;
use mqtt_core::{
    ClientSession, Instant, Packet, PacketType, PublishStatus, QoS, ServerSession, UsageError,
    WhenFull,
};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

/// The core keeps payloads from this size on, and copies smaller ones.
const KEPT: usize = 2048;

/// Sessions of both roles send messages.
pub(super) trait Sends {
    fn send(
        &mut self,
        now: Instant,
        publish: &mqtt_core::Publish<'_>,
        payload: Option<&Bytes>,
        token: u64,
        when_full: WhenFull,
    ) -> Result<PublishStatus, UsageError>;
}

macro_rules! sends {
    ($($Session:ident: $send:ident, $send_bytes:ident;)*) => {
        $(impl Sends for $Session {
            #[inline]
            fn send(
                &mut self,
                now: Instant,
                publish: &mqtt_core::Publish<'_>,
                payload: Option<&Bytes>,
                token: u64,
                when_full: WhenFull,
            ) -> Result<PublishStatus, UsageError> {
                match payload {
                    None => self.$send(now, publish, token, when_full),
                    Some(payload) => self.$send_bytes(now, publish, payload, token, when_full),
                }
            }
        })*
    };
}

sends! {
    ClientSession: publish, publish_bytes;
    ServerSession: deliver, deliver_bytes;
}

/// Sends packets in order, up to the first that is refused; gives the numbers of those before it.
/// If that is the first of all, what refused it is raised.
pub(super) fn send_all<S: Sends>(
    messages: &Bound<'_, PyAny>,
    handle: &Handle<S>,
    when_full: WhenFull,
    now: Instant,
) -> PyResult<Vec<u64>> {
    let py = messages.py();
    // What is no packet is found before any is sent.
    let messages: Vec<_> =
        iterate(messages)?.map(|it| Ok(it?.cast_into::<Publish>()?)).collect::<PyResult<_>>()?;
    let mut tokens = Vec::with_capacity(messages.len());
    for message in messages {
        match Given::Packet(message).send(py, handle, None, when_full, now) {
            Ok(token) => tokens.push(token),
            Err(error) if tokens.is_empty() => return Err(error),
            Err(_) => break,
        }
    }
    Ok(tokens)
}

/// A message as the caller gives it: a packet, or what is to be in it.
pub(crate) enum Given<'py> {
    Packet(Bound<'py, Publish>),
    Parts(Publish),
}

impl<'py> Given<'py> {
    pub(crate) fn read(
        first: &Bound<'py, PyAny>,
        payload: Option<&Bound<'py, PyAny>>,
        qos: Option<QoS>,
        retain: Option<bool>,
        names: &Names,
        properties: &[Option<&Bound<'py, PyAny>>],
    ) -> PyResult<Self> {
        if let Ok(packet) = first.cast_exact::<Publish>() {
            let is_alone = payload.is_none()
                && qos.is_none()
                && retain.is_none()
                && properties.iter().all(Option::is_none);
            if !is_alone {
                return Err(PyTypeError::new_err(
                    "a Publish has all that is sent: use its replace() to change it",
                ));
            }
            return Ok(Self::Packet(packet.clone()));
        }
        let section = Section::Packet(PacketType::Publish);
        Ok(Self::Parts(Publish {
            topic: Py::take(first)?,
            payload: payload.map_or_else(|| Ok(Blob::empty()), Blob::take)?,
            qos: qos.unwrap_or(QoS::AtMostOnce),
            retain: retain.unwrap_or(false),
            dup: false,
            packet_id: None,
            properties: Properties::build(first.py(), section, names, properties)?,
        }))
    }

    pub(crate) fn publish(&self) -> &Publish {
        match self {
            Self::Packet(packet) => packet.get(),
            Self::Parts(publish) => publish,
        }
    }

    /// Hands it to the session; gives the number that comes back with what becomes of it.
    pub(super) fn send<S: Sends>(
        &self,
        py: Python<'_>,
        handle: &Handle<S>,
        token: Option<u64>,
        when_full: WhenFull,
        now: Instant,
    ) -> PyResult<u64> {
        let publish = self.publish();
        let payload = match publish.payload.get(py).len() {
            0..KEPT => None,
            _ => {
                let payload = publish.payload.give(py)?.cast_into::<PyBytes>()?;
                Some(Bytes::from_owner(PyBackedBytes::from(payload)))
            }
        };
        publish.with_core(py, |packet| {
            let Packet::Publish(mut publish) = packet else {
                return Err(faults::local(py, "other", "no PUBLISH"));
            };
            if payload.is_some() {
                publish.payload = &[];
            }
            handle.command(py, |session, beside: &mut Beside| {
                let number = token.unwrap_or(beside.next_token);
                session.send(now, &publish, payload.as_ref(), number, when_full)?;
                if token.is_none() {
                    beside.next_token = beside.next_token.wrapping_add(1);
                }
                Ok(number)
            })
        })
    }
}
