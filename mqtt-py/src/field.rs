//! The fields of value classes: how each type is taken from Python and given back.

use crate::lazy::Lazy;
use crate::python::{self, Member};
use mqtt_core::PacketId;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString, PyTuple};

/// A field of a value class.
pub(crate) trait Field: Sized {
    /// The argument of the constructor.
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self>;

    /// The attribute, which the constructor takes as well.
    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>>;

    /// Whether both mean the same.
    fn same(&self, other: &Self, py: Python<'_>) -> PyResult<bool>;

    /// What stands for it in a hash. Python's own hashes are seeded, and peers choose what is in
    /// packets.
    fn hashed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.give(py)
    }

    /// What the constructor is shown with.
    fn shown(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.give(py)?.repr()?.to_string())
    }
}

impl Field for bool {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        python::flag(object)
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyBool::new(py, *self).to_owned().into_any())
    }

    fn same(&self, other: &Self, _: Python<'_>) -> PyResult<bool> {
        Ok(self == other)
    }
}

impl<T: Member> Field for T {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        python::enum_argument(object)
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        python::member(py, *self)
    }

    fn same(&self, other: &Self, _: Python<'_>) -> PyResult<bool> {
        Ok(self == other)
    }
}

impl Field for u16 {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        // In range, as has just been seen to.
        python::number(object, 0, u32::from(u16::MAX)).map(|number| number as u16)
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.into_pyobject(py)?.into_any())
    }

    fn same(&self, other: &Self, _: Python<'_>) -> PyResult<bool> {
        Ok(self == other)
    }
}

impl Field for u32 {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        python::number(object, 0, u32::MAX)
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.into_pyobject(py)?.into_any())
    }

    fn same(&self, other: &Self, _: Python<'_>) -> PyResult<bool> {
        Ok(self == other)
    }
}

/// A number of bytes.
impl Field for usize {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        python::integer(object)?.extract().map_err(|_| python::out_of_range(object))
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.into_pyobject(py)?.into_any())
    }

    fn same(&self, other: &Self, _: Python<'_>) -> PyResult<bool> {
        Ok(self == other)
    }
}

impl Field for PacketId {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let number = python::number(object, 1, u32::from(u16::MAX))?;
        // In range, as has just been seen to.
        Ok(Self::new(number as u16).unwrap_or(Self::MIN))
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.get().give(py)
    }

    fn same(&self, other: &Self, _: Python<'_>) -> PyResult<bool> {
        Ok(self == other)
    }
}

/// `None`, or a value.
impl<T: Field> Field for Option<T> {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        if object.is_none() { Ok(None) } else { T::take(object).map(Some) }
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.as_ref().map_or_else(|| Ok(py.None().into_bound(py)), |value| value.give(py))
    }

    fn same(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
        match (self, other) {
            (Some(a), Some(b)) => a.same(b, py),
            (None, None) => Ok(true),
            _ => Ok(false),
        }
    }

    fn hashed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.as_ref().map_or_else(|| Ok(py.None().into_bound(py)), |value| value.hashed(py))
    }

    fn shown(&self, py: Python<'_>) -> PyResult<String> {
        self.as_ref().map_or_else(|| Ok("None".to_owned()), |value| value.shown(py))
    }
}

/// Several values of one type: a tuple in Python.
pub(crate) struct List<T> {
    items: Vec<T>,
    /// As an object, once somebody has asked for it.
    object: Lazy<PyTuple>,
}

impl<T> List<T> {
    pub(crate) const fn new(items: Vec<T>) -> Self {
        Self { items, object: Lazy::new() }
    }

    pub(crate) fn items(&self) -> &[T] {
        &self.items
    }
}

impl<T: Field> Field for List<T> {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let items = iterate(object)?.map(|item| T::take(&item?));
        items.collect::<PyResult<_>>().map(Self::new)
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let object = self.object.get_or_make(py, || {
            let items = self.items.iter().map(|item| item.give(py));
            PyTuple::new(py, items.collect::<PyResult<Vec<_>>>()?)
        })?;
        Ok(object.into_any())
    }

    fn same(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
        if self.items.len() != other.items.len() {
            return Ok(false);
        }
        for (a, b) in self.items.iter().zip(&other.items) {
            if !a.same(b, py)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Walks an iterable of values, which a string is not.
pub(crate) fn iterate<'py>(
    object: &Bound<'py, PyAny>,
) -> PyResult<impl Iterator<Item = PyResult<Bound<'py, PyAny>>> + use<'py>> {
    if object.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err("expected an iterable of values, not str"));
    }
    object.try_iter()
}
