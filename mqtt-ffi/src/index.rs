//! What the indexes have in common: limits, and what has been read of which state of which index.

use crate::{
    MQC_INVALID_ARGUMENT, MQC_OK,
    boundary::{Growing, Outcome, growing},
    mqc_status,
    object::{self, Object},
};
use core::mem;
use core::sync::atomic::{AtomicUsize, Ordering};
use mqtt_core::IndexLimits;

/// How much may be in an index. Judged when something is added, and only then: what is in an index
/// is always found. Begin with `MQC_INDEX_LIMITS_INIT`: no limits but those of numbers.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_index_limits {
    /// `sizeof(mqc_index_limits)`: later versions may add fields at the end, with 0 as default.
    pub struct_size: usize,
    /// Subscriptions, or names.
    pub max_entries: usize,
    /// Levels of a filter, without the share name; of a name.
    pub max_levels: usize,
}

// SAFETY: integers alone.
unsafe impl Growing for mqc_index_limits {}

/// `MQC_INDEX_LIMITS_INIT`.
const DEFAULTS: mqc_index_limits = mqc_index_limits {
    struct_size: mem::size_of::<mqc_index_limits>(),
    max_entries: usize::MAX,
    max_levels: usize::MAX,
};

/// The core's limits; NULL gives the defaults.
///
/// # Safety
/// As [`growing`].
pub(crate) unsafe fn limits(limits: *const mqc_index_limits) -> Result<IndexLimits, mqc_status> {
    if limits.is_null() {
        return Ok(IndexLimits::DEFAULT);
    }
    // SAFETY: the caller's promise.
    let known = unsafe { growing(limits, DEFAULTS)? };
    Ok(IndexLimits { max_entries: known.max_entries, max_levels: known.max_levels })
}

/// A state of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Which index: no two that live have the same number.
    index: usize,
    /// How often it was borrowed to be changed.
    changes: u64,
}

/// An index that knows when it has changed.
pub(crate) struct Stamped<T> {
    core: T,
    stamp: Stamp,
}

impl<T> Stamped<T> {
    pub(crate) fn new(core: T) -> Self {
        static INDEXES: AtomicUsize = AtomicUsize::new(0);
        let index = INDEXES.fetch_add(1, Ordering::Relaxed);
        Self { core, stamp: Stamp { index, changes: 0 } }
    }

    pub(crate) const fn get(&self) -> &T {
        &self.core
    }

    /// To be changed: all that was read before is out of date.
    pub(crate) const fn change(&mut self) -> &mut T {
        self.stamp.changes += 1;
        &mut self.core
    }

    pub(crate) const fn stamp(&self) -> Stamp {
        self.stamp
    }
}

impl Stamp {
    /// `MQC_INVALID_ARGUMENT` if the other is of another index.
    pub(crate) fn check_index(self, other: Self) -> Outcome {
        if self.index == other.index { Ok(()) } else { Err(MQC_INVALID_ARGUMENT) }
    }
}

/// Runs `body` with an object that others may look at too, and one that nobody else uses.
///
/// # Safety
/// As [`object::with`] for `shared`, and [`object::with_mut`] for `own`.
pub(crate) unsafe fn with_both<T, H, U, G>(
    shared: *const H,
    shared_field: impl FnOnce(&H) -> &Object<T>,
    own: *mut G,
    own_field: impl FnOnce(&mut G) -> &mut Object<U>,
    body: impl FnOnce(&T, &mut U) -> Outcome,
) -> mqc_status {
    let inside = |shared: &T| {
        // SAFETY: the caller's promise.
        match unsafe { object::with_mut(own, own_field, |own| body(shared, own)) } {
            MQC_OK => Ok(()),
            status => Err(status),
        }
    };
    // SAFETY: the caller's promise.
    unsafe { object::with(shared, shared_field, inside) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        MQC_ERR_INDEX_ENTRIES, MQC_ERR_INDEX_LEVELS, MQC_ERR_INDEX_NODES, status::of_index_full,
    };
    use mqtt_core::IndexFull;

    #[test]
    fn defaults_are_those_of_the_core() {
        let options = DEFAULTS;
        // SAFETY: the structure is as long as it says.
        assert_eq!(unsafe { limits(&raw const options) }, Ok(IndexLimits::DEFAULT));
    }

    #[test]
    fn each_limit_has_a_status_of_its_own() {
        assert_eq!(of_index_full(IndexFull::Entries { max: 1 }), MQC_ERR_INDEX_ENTRIES);
        assert_eq!(of_index_full(IndexFull::Levels { max: 1 }), MQC_ERR_INDEX_LEVELS);
        assert_eq!(of_index_full(IndexFull::Nodes), MQC_ERR_INDEX_NODES);
    }

    #[test]
    fn a_change_is_seen_and_another_index_too() {
        let (mut one, other) = (Stamped::new(1), Stamped::new(1));
        let before = one.stamp();
        assert_eq!(before.check_index(other.stamp()), Err(MQC_INVALID_ARGUMENT));
        *one.change() += 1;
        assert_ne!(one.stamp(), before);
        assert_eq!(one.stamp().check_index(before), Ok(()));
    }
}
