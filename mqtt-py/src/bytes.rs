//! Strings and bytes of packets: those that were received stay where they lie until they are asked for.

use crate::field::Field;
use crate::lazy::Lazy;
use crate::python::bytes_like;
use core::ops::Range;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView, PySlice, PyString};

/// A part of a `bytes` object, which it keeps alive.
pub(crate) struct Slice {
    owner: Py<PyBytes>,
    start: usize,
    end: usize,
}

impl Slice {
    /// All of it.
    pub(crate) fn whole(owner: Bound<'_, PyBytes>) -> Self {
        let end = owner.as_bytes().len();
        Self { owner: owner.unbind(), start: 0, end }
    }

    /// The bytes.
    pub(crate) fn get<'a>(&'a self, py: Python<'a>) -> &'a [u8] {
        // It is a part of it: `bytes` never change.
        self.owner.as_bytes(py).get(self.start..self.end).unwrap_or(&[])
    }

    /// So many bytes.
    pub(crate) const fn len(&self) -> usize {
        self.end - self.start
    }

    /// A read-only view of the memory.
    fn view<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let all = PyMemoryView::from(self.owner.bind(py).as_any())?;
        // Lengths of objects fit.
        all.get_item(PySlice::new(py, self.start as isize, self.end as isize, 1))
    }
}

/// The bytes in which a packet was received.
pub(crate) struct Received<'a, 'py> {
    owner: &'a Bound<'py, PyBytes>,
    /// Where they begin in memory.
    at: usize,
}

impl<'a, 'py> Received<'a, 'py> {
    /// A packet that lies in `owner`, which has these bytes.
    pub(crate) fn new(owner: &'a Bound<'py, PyBytes>, bytes: &[u8]) -> Self {
        Self { owner, at: bytes.as_ptr() as usize }
    }

    pub(crate) fn py(&self) -> Python<'py> {
        self.owner.py()
    }

    /// Where `part`, which lies in the owner, is. A part without bytes may lie anywhere.
    fn range(&self, part: &[u8]) -> Range<usize> {
        let start =
            if part.is_empty() { 0 } else { (part.as_ptr() as usize).wrapping_sub(self.at) };
        start..start.saturating_add(part.len())
    }

    /// The part of the owner that these bytes are.
    pub(crate) fn slice(&self, part: &[u8]) -> Slice {
        let Range { start, end } = self.range(part);
        Slice { owner: self.owner.clone().unbind(), start, end }
    }

    /// A string in the packet.
    pub(crate) fn text(&self, text: &str) -> Text {
        Text::Received(self.slice(text.as_bytes()), Lazy::new())
    }

    /// Bytes in the packet.
    pub(crate) fn blob(&self, bytes: &[u8]) -> Blob {
        Blob { object: Lazy::new(), slice: Some(self.slice(bytes)) }
    }
}

/// A string.
pub(crate) enum Text {
    /// No characters.
    Empty,
    /// One that a caller gave, which has UTF-8.
    Given(Py<PyString>),
    /// One that was received: where it lies, and the object once somebody has asked for it.
    Received(Slice, Lazy<PyString>),
}

impl Text {
    /// A copy of a text.
    pub(crate) fn new(py: Python<'_>, text: &str) -> Self {
        Self::Given(PyString::new(py, text).unbind())
    }

    /// The text.
    pub(crate) fn as_str<'a>(&'a self, py: Python<'a>) -> PyResult<&'a str> {
        match self {
            Self::Empty => Ok(""),
            Self::Given(object) => object.to_str(py),
            // It has been checked by the decoder.
            Self::Received(wire, _) => Ok(core::str::from_utf8(wire.get(py)).unwrap_or("")),
        }
    }
}

/// A string that is an object from the beginning.
impl Field for Py<PyString> {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let text = object.cast::<PyString>()?;
        // One that has no UTF-8 form is refused here rather than when it is written.
        let utf8 = text.to_str()?;
        Ok(match object.cast_exact::<PyString>() {
            Ok(text) => text.clone().unbind(),
            // Of a class of its own: what counts is the text.
            Err(_) => PyString::new(object.py(), utf8).unbind(),
        })
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.bind(py).clone().into_any())
    }

    fn same(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.to_str(py)? == other.to_str(py)?)
    }
}

impl Field for Text {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Py::take(object).map(Self::Given)
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self {
            Self::Empty => PyString::intern(py, "").into_any(),
            Self::Given(object) => object.give(py)?,
            Self::Received(_, object) => {
                object.get_or_make(py, || Ok(PyString::new(py, self.as_str(py)?)))?.into_any()
            }
        })
    }

    fn same(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.as_str(py)? == other.as_str(py)?)
    }
}

/// Bytes.
pub(crate) struct Blob {
    /// Where they are; `None` if there are none.
    slice: Option<Slice>,
    /// As an object of its own, once somebody has asked for it.
    object: Lazy<PyBytes>,
}

impl Blob {
    /// No bytes.
    pub(crate) fn empty() -> Self {
        Self { slice: None, object: Lazy::new() }
    }

    /// The bytes.
    pub(crate) fn get<'a>(&'a self, py: Python<'a>) -> &'a [u8] {
        self.slice.as_ref().map_or(&[], |slice| slice.get(py))
    }

    /// A read-only view of them where they lie.
    pub(crate) fn view<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match &self.slice {
            Some(slice) => slice.view(py),
            None => Ok(PyMemoryView::from(PyBytes::new(py, b"").as_any())?.into_any()),
        }
    }
}

impl Field for Blob {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let slice = Some(Slice::whole(bytes_like(object)?));
        Ok(Self { slice, object: Lazy::new() })
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let object = self.object.get_or_make(py, || match &self.slice {
            Some(Slice { owner, start, end }) if end - start == owner.as_bytes(py).len() => {
                Ok(owner.bind(py).clone())
            }
            _ => Ok(PyBytes::new(py, self.get(py))),
        })?;
        Ok(object.into_any())
    }

    fn same(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.get(py) == other.get(py))
    }

    /// As a view, which has the same hash and copies nothing.
    fn hashed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.view(py)
    }
}

/// Bytes that are not shown, as a password.
pub(crate) struct Secret(pub(crate) Blob);

impl Field for Secret {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Blob::take(object).map(Self)
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.give(py)
    }

    fn same(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
        self.0.same(&other.0, py)
    }

    fn shown(&self, py: Python<'_>) -> PyResult<String> {
        Ok(secret(self.0.get(py)))
    }
}

/// What is shown of a secret: its length.
pub(crate) fn secret(bytes: &[u8]) -> String {
    format!("<{} bytes>", bytes.len())
}
