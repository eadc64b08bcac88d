//! Everything in the index of retained messages, one by one.

use crate::{
    MQC_ERR_INDEX_CHANGED, MQC_OK,
    boundary::required,
    index::{self, Stamp, Stamped},
    mqc_bytes, mqc_retained, mqc_retained_entry, mqc_status,
    object::{self, Object},
    retained::{Entry, Index},
};
use core::ptr;

/// A walk over the names of an index.
pub struct mqc_retained_walk(Object<Walk>);

struct Walk {
    stamp: Stamp,
    /// Of use as long as the index is in the state of the stamp.
    entries: Box<dyn Iterator<Item = Entry>>,
    /// The name that was handed out last.
    name: String,
}

/// Begins a walk over all names of an index, those that begin with `$` too.
///
/// The order depends on the changes to the index alone. When the index changes, the walk is over.
///
/// @param retained  to be read
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_retained_walk_free()
///
/// Ownership: the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_retained_walk_free(), and is of use until the index changes.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), two allocations. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `retained`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_walk_new(
    retained: *const mqc_retained,
    out: *mut *mut mqc_retained_walk,
) -> mqc_status {
    let body = |stamped: &Stamped<Index>| {
        // SAFETY: the entries are asked for only as long as the index is the same and has not been
        // borrowed to be changed, which the stamp tells; they are dropped without a look at it.
        let index: &'static Index = unsafe { &*ptr::from_ref(stamped.get()) };
        let make = || {
            let entries = Box::new(index.iter());
            let walk = Walk { stamp: stamped.stamp(), entries, name: String::new() };
            Ok(mqc_retained_walk(Object::new(walk)))
        };
        // SAFETY: the caller's promise.
        match unsafe { object::create(out, make) } {
            MQC_OK => Ok(()),
            status => Err(status),
        }
    };
    // SAFETY: the caller's promise.
    unsafe { object::with(retained, |retained| &retained.0, body) }
}

/// Frees a walk.
///
/// @param walk      not used any more; NULL is fine
///
/// Ownership: `walk` is taken back; the index may be gone.
/// Lifetime: the name of the last entry ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `walk` is NULL or was made by this library, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_walk_free(walk: *mut mqc_retained_walk) {
    // SAFETY: the caller's promise.
    unsafe { object::free(walk) };
}

/// Gives the next name. At the end `out->topic` has no bytes, again and again.
///
/// @param walk      begun with mqc_retained_walk_new()
/// @param retained  the same
/// @param out       written with MQC_OK
///
/// Ownership: the index is borrowed during the call.
/// Lifetime: the name in `*out` lives until the next call with this walk.
/// Threads: one at a time for each walk; several may read the index at a time while none changes
///   it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT if the index is another, MQC_POISONED, or
///   MQC_ERR_INDEX_CHANGED.
/// Cost: O(bytes of the name), no allocation once the walk has seen as long a name. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `retained` or
/// uses `walk`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_walk_next(
    walk: *mut mqc_retained_walk,
    retained: *const mqc_retained,
    out: *mut mqc_retained_entry,
) -> mqc_status {
    let body = |index: &Stamped<Index>, walk: &mut Walk| {
        required(out)?;
        walk.stamp.check_index(index.stamp())?;
        if walk.stamp != index.stamp() {
            return Err(MQC_ERR_INDEX_CHANGED);
        }
        walk.name.clear();
        let mut value = 0;
        if let Some(entry) = walk.entries.next() {
            entry.write_name(&mut walk.name);
            value = *entry.value;
        }
        let topic = mqc_bytes::of(walk.name.as_bytes());
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(mqc_retained_entry { topic, value }) };
        Ok(())
    };
    // SAFETY: the caller's promises.
    unsafe { index::with_both(retained, |retained| &retained.0, walk, |walk| &mut walk.0, body) }
}
