//! Times: seconds of the caller's monotonic clock, as `time.monotonic()` gives them.

use crate::field::Field;
use core::time::Duration;
use mqtt_core::Instant;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat};

/// About 30,000 years, which milliseconds in a `float` are exact for.
const MAX_SECONDS: f64 = 1e12;

fn seconds(object: &Bound<'_, PyAny>) -> PyResult<f64> {
    let seconds: f64 = object.extract()?;
    if (0.0..=MAX_SECONDS).contains(&seconds) && object.cast::<PyBool>().is_err() {
        return Ok(seconds);
    }
    Err(PyValueError::new_err(format!("{} is no number of seconds", object.repr()?)))
}

/// What is not a whole number of milliseconds is cut off: then it is not later than it is. A time that
/// was given out as a deadline comes back as that very deadline.
fn to_millis(seconds: f64) -> u64 {
    let millis = (seconds * 1000.0) as u64;
    if to_seconds(millis + 1) <= seconds { millis + 1 } else { millis }
}

/// In seconds.
pub(crate) const fn to_seconds(millis: u64) -> f64 {
    millis as f64 / 1000.0
}

impl Field for Instant {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        seconds(object).map(|seconds| Self::from_millis(to_millis(seconds)))
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyFloat::new(py, to_seconds(self.as_millis())).into_any())
    }

    fn same(&self, other: &Self, _: Python<'_>) -> PyResult<bool> {
        Ok(self == other)
    }
}

impl Field for Duration {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        seconds(object).map(Self::from_secs_f64)
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyFloat::new(py, self.as_secs_f64()).into_any())
    }

    fn same(&self, other: &Self, _: Python<'_>) -> PyResult<bool> {
        Ok(self == other)
    }
}

/// The argument `now`.
pub(crate) fn now(object: &Bound<'_, PyAny>) -> PyResult<Instant> {
    Instant::take(object)
}
