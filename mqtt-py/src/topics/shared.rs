//! State behind a mutex.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What an object keeps and changes.
///
/// **While it is locked, nothing of Python may run**: nothing is dropped that may be the last reference
/// to an object, no object is made (which may collect garbage, and so run finalizers), nothing is
/// compared. Counting a reference up is allowed. Then the lock is never held when the interpreter
/// switches to another thread, and never asked for by the thread that has it.
pub(super) struct Shared<T>(Mutex<T>);

impl<T> Shared<T> {
    pub(super) const fn new(state: T) -> Self {
        Self(Mutex::new(state))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, T> {
        // Nothing panics while it is locked; if something did, the state would still be memory-safe.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For the garbage collector, which may come in the middle of everything. An object that is not
    /// looked at is kept.
    pub(super) fn look(&self) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock().ok()
    }
}
