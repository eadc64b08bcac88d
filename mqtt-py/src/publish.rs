//! `Publish`.

use crate::properties::PublishProperties;
use crate::python::{self, bytes_like, qos_member};
use mqtt_core::{DecodeOptions, Packet, PacketId, Properties, QoS, Status, Version};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyMemoryView, PySlice, PyString, PyTuple};

/// Payloads up to this many bytes are shown in full.
const SHOWN: usize = 64;

/// A PUBLISH packet.
#[pyclass(frozen, weakref, module = "mqtt_core")]
pub(crate) struct Publish {
    dup: bool,
    qos: QoS,
    retain: bool,
    packet_id: Option<PacketId>,
    topic: Py<PyString>,
    /// Holds the payload, and the whole packet if it was received.
    owner: Py<PyBytes>,
    /// Where the payload is in `owner`.
    start: usize,
    end: usize,
    /// The payload as an object of its own, once somebody has asked for it.
    payload: PyOnceLock<Py<PyBytes>>,
    properties: PyOnceLock<Py<PublishProperties>>,
    /// How to read the properties from `owner` as long as `properties` is not set: the version of a
    /// packet that was received and has some.
    wire: Option<Version>,
}

impl Publish {
    /// The packet decoded from the first `consumed` bytes of `owner`. Payload and properties stay
    /// where they are.
    pub(crate) fn received(
        owner: &Bound<'_, PyBytes>,
        publish: &mqtt_core::Publish<'_>,
        consumed: usize,
        version: Version,
    ) -> Self {
        Self {
            dup: publish.dup,
            qos: publish.qos,
            retain: publish.retain,
            packet_id: publish.packet_id,
            topic: PyString::new(owner.py(), publish.topic).unbind(),
            owner: owner.clone().unbind(),
            start: consumed - publish.payload.len(),
            end: consumed,
            payload: PyOnceLock::new(),
            properties: PyOnceLock::new(),
            wire: (!publish.properties.is_empty()).then_some(version),
        }
    }

    /// Hands the core's view of the packet to `body`.
    pub(crate) fn with_core<T>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(&mqtt_core::Publish<'_>) -> PyResult<T>,
    ) -> PyResult<T> {
        let list;
        let properties = match self.properties.get(py) {
            Some(properties) => {
                list = properties.get().borrow();
                Properties::new(&list)
            }
            None => self.wire_properties(py)?,
        };
        body(&mqtt_core::Publish {
            dup: self.dup,
            qos: self.qos,
            retain: self.retain,
            topic: self.topic.to_str(py)?,
            packet_id: self.packet_id,
            properties,
            payload: self.payload_bytes(py),
        })
    }

    /// The properties as received, read once more from the packet.
    fn wire_properties(&self, py: Python<'_>) -> PyResult<Properties<'_>> {
        let Some(version) = self.wire else { return Ok(Properties::EMPTY) };
        let packet = &self.owner.as_bytes(py)[..self.end];
        match mqtt_core::decode(packet, Some(version), &DecodeOptions::DEFAULT) {
            Ok(Status::Complete(decoded)) => match decoded.packet {
                Packet::Publish(publish) => Ok(publish.properties),
                _ => Err(changed()),
            },
            _ => Err(changed()),
        }
    }

    fn payload_bytes(&self, py: Python<'_>) -> &[u8] {
        &self.owner.as_bytes(py)[self.start..self.end]
    }

    /// The constructor's arguments that make an equal object.
    fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let arguments = PyDict::new(py);
        arguments.set_item("topic", &self.topic)?;
        arguments.set_item("payload", self.payload(py)?)?;
        arguments.set_item("qos", qos_member(py, self.qos)?)?;
        arguments.set_item("retain", self.retain)?;
        arguments.set_item("dup", self.dup)?;
        arguments.set_item("packet_id", self.packet_id())?;
        arguments.set_item("properties", self.properties(py)?)?;
        Ok(arguments)
    }
}

/// `bytes` never change and the decoder is deterministic, so this cannot happen.
#[cold]
fn changed() -> PyErr {
    PyRuntimeError::new_err("received bytes have changed")
}

/// An argument that is there: `None` is not a payload.
fn payload_argument(object: &Bound<'_, PyAny>) -> PyResult<Option<Py<PyBytes>>> {
    bytes_like(object).map(|bytes| Some(bytes.unbind()))
}

/// An argument that is there: `None` does not mean no properties.
fn properties_argument(object: &Bound<'_, PyAny>) -> PyResult<Option<Py<PublishProperties>>> {
    Ok(Some(object.cast::<PublishProperties>()?.clone().unbind()))
}

#[pymethods]
impl Publish {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str, &'static str) = ("topic", "payload", "qos");

    #[new]
    #[pyo3(
        signature = (
            *,
            topic,
            payload = None,
            qos = QoS::AtMostOnce,
            retain = false,
            dup = false,
            packet_id = None,
            properties = None,
        ),
        text_signature = "(*, topic, payload=b'', qos=QoS.AT_MOST_ONCE, retain=False, dup=False, \
                          packet_id=None, properties=PublishProperties())",
    )]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
    fn new(
        py: Python<'_>,
        topic: Py<PyString>,
        #[pyo3(from_py_with = payload_argument)] payload: Option<Py<PyBytes>>,
        #[pyo3(from_py_with = python::qos)] qos: QoS,
        #[pyo3(from_py_with = python::flag)] retain: bool,
        #[pyo3(from_py_with = python::flag)] dup: bool,
        packet_id: Option<u16>,
        #[pyo3(from_py_with = properties_argument)] properties: Option<Py<PublishProperties>>,
    ) -> PyResult<Self> {
        // A topic that has no UTF-8 form is refused here rather than when it is written.
        topic.to_str(py)?;
        let packet_id = match packet_id.map(PacketId::new) {
            Some(None) => return Err(PyValueError::new_err("packet_id is 1 to 65535")),
            Some(id) => id,
            None => None,
        };
        let owner = payload.unwrap_or_else(|| PyBytes::new(py, b"").unbind());
        let end = owner.as_bytes(py).len();
        let given = PyOnceLock::new();
        if let Some(properties) = properties {
            // A new lock is empty, so this cannot fail.
            let _ = given.set(py, properties);
        }
        Ok(Self {
            dup,
            qos,
            retain,
            packet_id,
            topic,
            owner,
            start: 0,
            end,
            payload: PyOnceLock::new(),
            properties: given,
            wire: None,
        })
    }

    #[getter]
    fn dup(&self) -> bool {
        self.dup
    }

    #[getter]
    fn qos<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        qos_member(py, self.qos)
    }

    #[getter]
    fn retain(&self) -> bool {
        self.retain
    }

    #[getter]
    fn topic(&self) -> &Py<PyString> {
        &self.topic
    }

    #[getter]
    fn packet_id(&self) -> Option<u16> {
        self.packet_id.map(PacketId::get)
    }

    #[getter]
    fn payload<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let payload = self.payload.get_or_init(py, || {
            let bytes = self.payload_bytes(py);
            if bytes.len() == self.owner.as_bytes(py).len() {
                self.owner.clone_ref(py)
            } else {
                PyBytes::new(py, bytes).unbind()
            }
        });
        Ok(payload.bind(py).clone())
    }

    #[getter]
    fn payload_view<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let all = PyMemoryView::from(self.owner.bind(py).as_any())?;
        // Lengths of objects fit.
        all.get_item(PySlice::new(py, self.start as isize, self.end as isize, 1))
    }

    #[getter]
    fn properties<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PublishProperties>> {
        let properties = self.properties.get_or_try_init(py, || {
            Py::new(py, PublishProperties::received(self.wire_properties(py)?))
        })?;
        Ok(properties.bind(py).clone())
    }

    fn __eq__(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.dup == other.dup
            && self.qos == other.qos
            && self.retain == other.retain
            && self.packet_id == other.packet_id
            && self.payload_bytes(py) == other.payload_bytes(py)
            && self.topic.to_str(py)? == other.topic.to_str(py)?
            && self.properties(py)?.eq(other.properties(py)?)?)
    }

    /// Python's own hashes throughout: they are seeded, and peers choose topics and payloads.
    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        let fields = (
            self.dup,
            self.qos as u8,
            self.retain,
            self.packet_id(),
            &self.topic,
            self.payload_view(py)?,
            self.properties(py)?,
        );
        fields.into_pyobject(py)?.hash()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let payload = self.payload_bytes(py);
        let payload = if payload.len() <= SHOWN {
            self.payload(py)?.repr()?.to_string()
        } else {
            format!("<{} bytes>", payload.len())
        };
        let mut text = format!("Publish(topic={}, payload={payload}", self.topic.bind(py).repr()?);
        text.push_str(&format!(", qos={}", qos_member(py, self.qos)?.str()?));
        for (name, set) in [("retain", self.retain), ("dup", self.dup)] {
            if set {
                text.push_str(&format!(", {name}=True"));
            }
        }
        if let Some(packet_id) = self.packet_id {
            text.push_str(&format!(", packet_id={packet_id}"));
        }
        let properties = self.properties(py)?;
        if !properties.get().is_empty() {
            text.push_str(&format!(", properties={}", properties.repr()?));
        }
        text.push(')');
        Ok(text)
    }

    /// For `pickle` and `copy`: an equal object.
    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        Ok((PyTuple::empty(py), self.arguments(py)?))
    }

    #[pyo3(signature = (**changes))]
    fn replace<'py>(
        slf: &Bound<'py, Self>,
        changes: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let arguments = slf.get().arguments(slf.py())?;
        if let Some(changes) = changes {
            arguments.update(changes.as_mapping())?;
        }
        slf.get_type().call((), Some(&arguments))
    }

    #[pyo3(signature = (**changes))]
    fn __replace__<'py>(
        slf: &Bound<'py, Self>,
        changes: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::replace(slf, changes)
    }
}
