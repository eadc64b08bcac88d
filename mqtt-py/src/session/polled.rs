//! Events on their way from the core to Python.

use super::choice::{CloseCause, SessionStart};
use super::event::{
    Closed, Connected, Dropped, Fenced, LastPacket, Message, Published, Subscribed, Unsubscribed,
    Writable,
};
use super::tokens::Tokens;
use crate::bytes::{Blob, Received, Text};
use crate::connect::ConnAck;
use crate::errors::{decode_error, encode_error};
use crate::field::{Field, List};
use crate::packet;
use crate::properties::Properties;
use crate::publish::Publish;
use core::num::NonZeroU64;
use mqtt_core::{
    CloseReason, DecodeError, DecodeOptions, EncodeError, Event, Limits, Packet, PacketType,
    ReasonCode, Status, Strictness, Version, Violation,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

/// What the session has let pass is read once more.
const READ: DecodeOptions = DecodeOptions {
    limits: Limits::UNLIMITED,
    strictness: Strictness {
        allow_non_minimal_varints: true,
        allow_dup_qos0: true,
        allow_long_client_id: true,
        allow_password_without_user_name: true,
        ..Strictness::DEFAULT
    },
    sender: None,
};

/// A packet in a form of its own, and its version. It was legal when it came, so it can be written.
pub(crate) struct Whole(Result<Vec<u8>, EncodeError>, Version);

/// An event that borrows nothing from the session. It is made while the session is locked, so only
/// strings and bytes are made with it, which are no business of the garbage collector, and errors that
/// become objects later.
pub(super) enum Polled {
    Message(Publish, Option<u64>, Option<NonZeroU64>),
    Packet(Whole),
    Connected(Whole, mqtt_core::SessionStart),
    Published(Published),
    Dropped(Dropped),
    Fenced(Fenced),
    Writable,
    Subscribed(Subscribed),
    Unsubscribed(Unsubscribed),
    Closed(Closed, Option<Whole>),
}

impl Polled {
    /// Takes an event out of the core.
    // Messages are most of them.
    #[inline]
    pub(super) fn of(
        py: Python<'_>,
        event: Event<'_>,
        tokens: &mut Tokens,
        version: &mut Version,
    ) -> PyResult<Self> {
        match event {
            Event::Message { publish, ack, seq } => {
                let ack = ack.map(|token| tokens.put(token, publish.qos));
                Ok(Self::Message(message(py, &publish)?, ack, seq))
            }
            seldom => Self::of_seldom(py, seldom, tokens, version),
        }
    }

    #[inline(never)]
    #[allow(clippy::needless_pass_by_value, reason = "it is taken apart")]
    fn of_seldom(
        py: Python<'_>,
        event: Event<'_>,
        tokens: &mut Tokens,
        version: &mut Version,
    ) -> PyResult<Self> {
        Ok(match event {
            Event::Connected { connack, session } => {
                if !matches!(session, mqtt_core::SessionStart::Resumed) {
                    tokens.clear();
                }
                Self::Connected(Whole::new(&connack.into(), *version), session)
            }
            Event::Connect(connect) => {
                *version = connect.version;
                Self::Packet(Whole::new(&connect.into(), *version))
            }
            Event::Published { token, packet_id, reason, properties } => {
                let properties = held(py, PacketType::PubAck, &properties)?;
                Self::Published(Published { token, reason, packet_id, properties })
            }
            Event::Dropped { token, why } => Self::Dropped(Dropped { token, why }),
            Event::Fenced { epoch } => Self::Fenced(Fenced { epoch }),
            Event::Subscribed { token, packet_id, reasons, properties } => {
                let properties = held(py, PacketType::SubAck, &properties)?;
                let reasons = List::new(reasons.iter().collect());
                Self::Subscribed(Subscribed { token, reasons, packet_id, properties })
            }
            Event::Unsubscribed { token, packet_id, reasons, properties } => {
                let properties = held(py, PacketType::UnsubAck, &properties)?;
                let reasons = List::new(reasons.iter().collect());
                Self::Unsubscribed(Unsubscribed { token, reasons, packet_id, properties })
            }
            Event::Subscribe(it) => Self::Packet(Whole::new(&it.into(), *version)),
            Event::Unsubscribe(it) => Self::Packet(Whole::new(&it.into(), *version)),
            Event::Auth(it) => Self::Packet(Whole::new(&it.into(), *version)),
            Event::Closed(why) => {
                tokens.disconnect();
                let last = match &why {
                    CloseReason::Disconnect(it) => Some(Packet::from(*it)),
                    CloseReason::Refused(it) => Some(Packet::from(*it)),
                    _ => None,
                };
                let last = last.map(|packet| Whole::new(&packet, *version));
                Self::Closed(closed(py, &why)?, last)
            }
            // The rest has nothing to say.
            _ => Self::Writable,
        })
    }

    /// The object. Nothing is locked now.
    #[inline]
    pub(super) fn give(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        Ok(match self {
            Self::Message(publish, ack, seq) => {
                let publish = Py::new(py, publish)?;
                Bound::new(py, Message { publish, ack, seq: seq.map(NonZeroU64::get) })?.into_any()
            }
            Self::Packet(whole) => whole.give(py)?,
            Self::Connected(whole, session) => {
                let connack = whole.give(py)?.cast_into::<ConnAck>()?.unbind();
                let (session, dropped) = match session {
                    mqtt_core::SessionStart::Resumed => (SessionStart::Resumed, 0),
                    mqtt_core::SessionStart::Lost { dropped } => {
                        (SessionStart::Lost, dropped as u64)
                    }
                    _ => (SessionStart::New, 0),
                };
                Bound::new(py, Connected { connack, session, dropped })?.into_any()
            }
            Self::Published(it) => Bound::new(py, it)?.into_any(),
            Self::Dropped(it) => Bound::new(py, it)?.into_any(),
            Self::Fenced(it) => Bound::new(py, it)?.into_any(),
            Self::Writable => Bound::new(py, Writable {})?.into_any(),
            Self::Subscribed(it) => Bound::new(py, it)?.into_any(),
            Self::Unsubscribed(it) => Bound::new(py, it)?.into_any(),
            Self::Closed(mut closed, whole) => {
                if let Some(whole) = whole {
                    closed.packet = Some(LastPacket(whole.give(py)?.unbind()));
                }
                Bound::new(py, closed)?.into_any()
            }
        })
    }
}

impl Whole {
    pub(crate) fn new(packet: &Packet<'_>, version: Version) -> Self {
        let written = packet.encoded_len(version).and_then(|len| {
            let mut out = vec![0; len];
            packet.encode_to_slice(version, &mut out)?;
            Ok(out)
        });
        Self(written, version)
    }

    pub(crate) fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let Self(written, version) = self;
        let wire = written.as_ref().map_err(|error| encode_error(py, error, None))?;
        let owner = PyBytes::new(py, wire);
        match mqtt_core::decode(owner.as_bytes(), Some(*version), &READ) {
            Ok(Status::Complete(decoded)) => {
                packet::give(py, &Received::new(&owner, owner.as_bytes()), &decoded.packet)
            }
            Ok(Status::Incomplete { .. }) => Ok(py.None().into_bound(py)),
            Err(error) => Err(decode_error(py, &error)),
        }
    }
}

/// A message as an object will have it: its topic and payload are objects at once, since whoever has
/// it asks for both.
#[inline]
pub(crate) fn message(py: Python<'_>, publish: &mqtt_core::Publish<'_>) -> PyResult<Publish> {
    let payload = match publish.payload {
        [] => Blob::empty(),
        payload => Blob::take(PyBytes::new(py, payload).as_any())?,
    };
    Ok(Publish {
        topic: PyString::new(py, publish.topic).unbind(),
        payload,
        qos: publish.qos,
        retain: publish.retain,
        dup: publish.dup,
        packet_id: publish.packet_id,
        properties: held(py, PacketType::Publish, &publish.properties)?,
    })
}

/// Properties in bytes of their own.
#[inline]
fn held(
    py: Python<'_>,
    packet: PacketType,
    properties: &mqtt_core::Properties<'_>,
) -> PyResult<Properties> {
    match properties.wire() {
        Some(wire) => {
            let owner = PyBytes::new(py, wire);
            Ok(Properties::received(&Received::new(&owner, wire), properties))
        }
        None => put_together(py, packet, properties),
    }
}

/// The session has put them together: there was an alias among them.
#[cold]
fn put_together(
    py: Python<'_>,
    packet: PacketType,
    properties: &mqtt_core::Properties<'_>,
) -> PyResult<Properties> {
    let (mut wire, mut at) = (Vec::new(), 0);
    for property in properties {
        let mut len = property.encode_to_slice(wire.get_mut(at..).unwrap_or_default());
        if let Err(EncodeError::BufferTooSmall { needed }) = len {
            wire.resize(at + needed, 0);
            len = property.encode_to_slice(wire.get_mut(at..).unwrap_or_default());
        }
        at += len.map_err(|error| PyValueError::new_err(error.to_string()))?;
    }
    wire.truncate(at);
    let properties = mqtt_core::Properties::parse_wire(packet, &wire, &READ)
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    held(py, packet, &properties)
}

/// Why a connection has ended, but for the packet.
pub(crate) fn closed(py: Python<'_>, why: &CloseReason<'_>) -> PyResult<Closed> {
    let mut closed = Closed {
        cause: CloseCause::of(why),
        reason: None,
        packet: None,
        timer: None,
        kind: None,
        message: None,
        offset: None,
        clause: None,
        packet_type: None,
    };
    match why {
        CloseReason::Disconnect(packet) => closed.reason = Some(packet.reason),
        CloseReason::Refused(packet) => closed.reason = Some(packet.reason),
        CloseReason::Malformed(error) => note_fault(py, &mut closed, error)?,
        CloseReason::Violation(violation) => {
            closed.reason = Some(violation.reason_code());
            closed.kind = Some(Text::new(py, kind(*violation)));
            if let Violation::Unexpected(packet) = violation {
                closed.packet_type = Some(*packet);
            }
        }
        CloseReason::Timeout(timer) => {
            closed.reason = Some(ReasonCode::KEEP_ALIVE_TIMEOUT);
            closed.timer = Some(*timer);
        }
        _ => {}
    }
    Ok(closed)
}

fn note_fault(py: Python<'_>, closed: &mut Closed, error: &DecodeError) -> PyResult<()> {
    closed.reason = Some(error.reason_code());
    closed.kind = Some(Text::new(py, error.kind().name()));
    closed.message = Some(Text::new(py, &error.to_string()));
    closed.offset = Some(error.offset() as u64);
    closed.packet_type = error.packet();
    closed.clause = match error.statement() {
        "-" => None,
        statement => Some(Text::new(py, statement)),
    };
    Ok(())
}

const fn kind(violation: Violation) -> &'static str {
    match violation {
        Violation::Unexpected(_) => "unexpected",
        Violation::ReceiveMaximum => "receive_maximum",
        Violation::TopicAlias => "topic_alias",
        Violation::UnknownTopicAlias => "unknown_topic_alias",
        Violation::SessionPresent => "session_present",
        Violation::ReasonCodeCount => "reason_code_count",
        Violation::AuthenticationMethod => "authentication_method",
        Violation::SessionExpiry => "session_expiry",
        Violation::NotSupported(_) => "not_supported",
        _ => "other",
    }
}
