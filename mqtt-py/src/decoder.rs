//! `Decoder`.

use crate::bytes::Received;
use crate::errors::decode_error;
use crate::field::Field;
use crate::options::{Limits, Strictness, options};
use crate::packet;
use crate::python::{bytes_like, member};
use mqtt_core::{DecodeError, DecodeOptions, FrameBuffer, Packet, Sender, Status, Version};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::collections::VecDeque;

/// Slices of a stream in, packets out.
#[pyclass(weakref, module = "mqtt_core")]
pub(crate) struct Decoder {
    options: DecodeOptions,
    version: Option<Version>,
    /// What was fed and has not been looked at.
    fed: VecDeque<Py<PyBytes>>,
    /// Bytes of the first one that have been taken.
    taken: usize,
    /// Puts together the packets that straddle slices.
    frames: FrameBuffer,
    /// What the packet in there is judged by.
    begun: (Option<Version>, DecodeOptions),
    failed: Option<DecodeError>,
}

/// What was found at the front of the slices.
enum Found<'py> {
    Packet(Bound<'py, PyAny>, Option<Version>),
    /// The slice has been taken whole.
    Nothing,
}

impl Decoder {
    /// The next packet.
    fn next<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let Some(error) = &self.failed {
            return Err(decode_error(py, error));
        }
        while let Some(slice) = self.fed.front() {
            let slice = slice.clone_ref(py).into_bound(py);
            let found =
                if self.frames.is_idle() { self.lying(&slice) } else { self.straddling(&slice) };
            if self.taken >= slice.as_bytes().len() {
                self.fed.pop_front();
                self.taken = 0;
            }
            match found? {
                Found::Packet(packet, version) => {
                    // A CONNECT says what the connection speaks.
                    if let (None, Some(version)) = (self.version, version) {
                        self.speak(version);
                    }
                    return Ok(Some(packet));
                }
                Found::Nothing => {}
            }
        }
        Ok(None)
    }

    /// A packet that lies whole in the slice; the beginning of one is put aside.
    fn lying<'py>(&mut self, slice: &Bound<'py, PyBytes>) -> PyResult<Found<'py>> {
        let py = slice.py();
        let bytes = slice.as_bytes();
        let mut rest = bytes.get(self.taken..).unwrap_or(&[]);
        match mqtt_core::decode(rest, self.version, &self.options) {
            Ok(Status::Complete(decoded)) => {
                self.taken += decoded.consumed;
                give(py, &Received::new(slice, bytes), &decoded.packet)
            }
            Ok(Status::Incomplete { .. }) => {
                self.begun = (self.version, self.options);
                let found = self.frames.next_frame(&mut rest).map(|_| Found::Nothing);
                self.taken = bytes.len();
                found.map_err(|error| self.fail(py, error))
            }
            Err(error) => Err(self.fail(py, error)),
        }
    }

    /// The packet that has begun in earlier slices.
    fn straddling<'py>(&mut self, slice: &Bound<'py, PyBytes>) -> PyResult<Found<'py>> {
        let py = slice.py();
        let bytes = slice.as_bytes();
        let mut rest = bytes.get(self.taken..).unwrap_or(&[]);
        let frame = self.frames.next_frame(&mut rest);
        self.taken = bytes.len() - rest.len();
        let decoded = match frame {
            Ok(None) => return Ok(Found::Nothing),
            Ok(Some(frame)) => {
                let owner = PyBytes::new(py, frame);
                let bytes = owner.as_bytes();
                let (version, options) = &self.begun;
                match mqtt_core::decode(bytes, *version, options) {
                    Ok(Status::Complete(decoded)) => {
                        return give(py, &Received::new(&owner, bytes), &decoded.packet);
                    }
                    // A frame is a whole packet.
                    Ok(Status::Incomplete { .. }) => return Ok(Found::Nothing),
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        Err(self.fail(py, decoded))
    }

    fn fail(&mut self, py: Python<'_>, error: DecodeError) -> PyErr {
        self.failed = Some(error);
        self.fed.clear();
        self.taken = 0;
        decode_error(py, &error)
    }

    fn speak(&mut self, version: Version) {
        self.version = Some(version);
        self.frames.set_version(version);
    }
}

fn give<'py>(
    py: Python<'py>,
    received: &Received<'_, '_>,
    packet: &Packet<'_>,
) -> PyResult<Found<'py>> {
    let version = match packet {
        Packet::Connect(connect) => Some(connect.version),
        _ => None,
    };
    Ok(Found::Packet(packet::give(py, received, packet)?, version))
}

#[pymethods]
impl Decoder {
    #[new]
    #[pyo3(
        signature = (*, version = Some(Version::V5), limits = None, strictness = None, sender = None),
        text_signature = "(*, version=Version.V5, limits=None, strictness=None, sender=None)",
    )]
    fn new(
        #[pyo3(from_py_with = <Option<Version> as Field>::take)] version: Option<Version>,
        limits: Option<&Bound<'_, Limits>>,
        strictness: Option<&Bound<'_, Strictness>>,
        #[pyo3(from_py_with = <Option<Sender> as Field>::take)] sender: Option<Sender>,
    ) -> Self {
        let options = options(limits, strictness, sender);
        let mut frames = FrameBuffer::new(options);
        if let Some(version) = version {
            frames.set_version(version);
        }
        let begun = (version, options);
        Self { options, version, fed: VecDeque::new(), taken: 0, frames, begun, failed: None }
    }

    /// Takes bytes of the stream.
    fn feed(slf: &Bound<'_, Self>, data: &Bound<'_, PyAny>) -> PyResult<()> {
        // First, as it may run code of the caller's.
        let data = bytes_like(data)?;
        let mut decoder = slf.try_borrow_mut()?;
        if decoder.failed.is_none() && !data.as_bytes().is_empty() {
            decoder.fed.push_back(data.unbind());
        }
        Ok(())
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.next(py)
    }

    /// Bytes missing to the end of the packet at hand.
    #[getter]
    fn needed(&self) -> usize {
        if self.fed.is_empty() { self.frames.needed() } else { 0 }
    }

    /// Bytes of an unfinished packet that are held.
    #[getter]
    fn buffered(&self) -> usize {
        self.frames.buffered()
    }

    /// True between packets.
    #[getter]
    fn is_idle(&self) -> bool {
        self.failed.is_none() && self.fed.is_empty() && self.frames.is_idle()
    }

    /// The version that packets are judged by.
    #[getter]
    fn version<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.version.map(|version| member(py, version)).transpose()
    }

    #[setter]
    fn set_version(&mut self, #[pyo3(from_py_with = <Version as Field>::take)] value: Version) {
        self.speak(value);
    }

    /// The bounds on packets.
    #[getter]
    fn limits(&self) -> Limits {
        Limits::of(&self.options.limits)
    }

    #[setter]
    fn set_limits(&mut self, value: &Bound<'_, Limits>) {
        self.options.limits = value.get().core();
        self.frames.set_limits(self.options.limits);
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let version = self.version.give(py)?.repr()?;
        let (buffered, needed) = (self.buffered(), self.needed());
        Ok(format!("<Decoder version={version} buffered={buffered} needed={needed}>"))
    }
}
