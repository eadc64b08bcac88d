//! From the core's packets to Python's and back.

use crate::acks::{PubAck, PubComp, PubRec, PubRel};
use crate::bytes::Received;
use crate::connect::{ConnAck, Connect};
use crate::others::{Auth, Disconnect, PingReq, PingResp};
use crate::publish::Publish;
use crate::subscribe::{SubAck, Subscribe, UnsubAck, Unsubscribe};
use mqtt_core::Packet;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::{PyClass, PyClassInitializer};

/// A class of packets.
pub(crate) trait PacketClass {
    /// Hands the core's view of the packet to `body`.
    fn with_core<T>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(Packet<'_>) -> PyResult<T>,
    ) -> PyResult<T>;
}

/// The object for a packet that was received.
pub(crate) fn give<'py>(
    py: Python<'py>,
    received: &Received<'_, '_>,
    packet: &Packet<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    fn object<T: Into<PyClassInitializer<C>>, C: PyClass>(
        py: Python<'_>,
        value: T,
    ) -> PyResult<Bound<'_, PyAny>> {
        Ok(Bound::new(py, value)?.into_any())
    }
    match packet {
        Packet::Publish(it) => object(py, Publish::received(received, it)),
        Packet::PubAck(it) => object(py, PubAck::received(received, it)),
        Packet::PubRec(it) => object(py, PubRec::received(received, it)),
        Packet::PubRel(it) => object(py, PubRel::received(received, it)),
        Packet::PubComp(it) => object(py, PubComp::received(received, it)),
        Packet::Connect(it) => object(py, Connect::received(py, received, it)?),
        Packet::ConnAck(it) => object(py, ConnAck::received(received, it)),
        Packet::Subscribe(it) => object(py, Subscribe::received(py, received, it)?),
        Packet::SubAck(it) => object(py, SubAck::received(received, it)),
        Packet::Unsubscribe(it) => object(py, Unsubscribe::received(received, it)),
        Packet::UnsubAck(it) => object(py, UnsubAck::received(received, it)),
        Packet::PingReq => object(py, PingReq {}),
        Packet::PingResp => object(py, PingResp {}),
        Packet::Disconnect(it) => object(py, Disconnect::received(received, it)),
        Packet::Auth(it) => object(py, Auth::received(received, it)),
    }
}

/// Hands the core's view of a packet object to `body`.
pub(crate) fn with_core<T>(
    packet: &Bound<'_, PyAny>,
    body: impl FnOnce(Packet<'_>) -> PyResult<T>,
) -> PyResult<T> {
    macro_rules! try_each {
        ($($Class:ident)*) => {
            $(if let Ok(packet) = packet.cast_exact::<$Class>() {
                return packet.get().with_core(packet.py(), body);
            })*
        };
    }
    try_each! {
        Publish PubAck PubRec PubRel PubComp Connect ConnAck Subscribe SubAck Unsubscribe UnsubAck
        PingReq PingResp Disconnect Auth
    }
    let found = packet.get_type().name()?;
    Err(PyTypeError::new_err(format!("expected a packet, not {found}")))
}
