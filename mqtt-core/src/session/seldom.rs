//! Values that hardly any session has.

use alloc::boxed::Box;

/// A value that hardly any session has: a pointer, until it is needed.
#[derive(Debug)]
pub(super) struct Seldom<T>(Option<Box<T>>);

impl<T: Default> Seldom<T> {
    #[inline]
    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_deref()
    }

    #[inline]
    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        self.0.as_deref_mut()
    }

    /// The value, which is made if it is not there.
    #[inline]
    pub(super) fn make(&mut self) -> &mut T {
        self.0.get_or_insert_with(Box::default)
    }

    /// Takes the value away.
    pub(super) fn take(&mut self) -> Option<T> {
        self.0.take().map(|value| *value)
    }

    /// Lets go of a value that is not needed.
    pub(super) fn keep_if(&mut self, needed: impl FnOnce(&T) -> bool) {
        self.0 = self.0.take().filter(|value| needed(value));
    }

    /// Bytes on the heap, of which the value itself says how many it has.
    pub(super) fn heap_bytes(&self, of_value: impl FnOnce(&T) -> usize) -> usize {
        self.get().map_or(0, |value| size_of::<T>() + of_value(value))
    }
}

impl<T> Default for Seldom<T> {
    fn default() -> Self {
        Self(None)
    }
}
