//! Objects that are made when they are first asked for.

use pyo3::prelude::*;
use std::sync::OnceLock;

/// A place for an object.
///
/// Not PyO3's lock, which lets go of the interpreter whenever it makes something: that takes longer
/// than to make a string.
pub(crate) struct Lazy<T>(OnceLock<Py<T>>);

impl<T> Lazy<T> {
    /// Without an object yet.
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The object. Threads that ask at once may each `make` one; all of them get the same.
    pub(crate) fn get_or_make<'py>(
        &self,
        py: Python<'py>,
        make: impl FnOnce() -> PyResult<Bound<'py, T>>,
    ) -> PyResult<Bound<'py, T>> {
        let object = match self.0.get() {
            Some(object) => object,
            None => {
                let made = make()?.unbind();
                // Python is not called here, so nobody waits for long.
                self.0.get_or_init(|| made)
            }
        };
        Ok(object.bind(py).clone())
    }
}
