//! The index of retained messages.

use crate::{
    MQC_INVALID_ARGUMENT, MQC_OK,
    boundary::required,
    index::{self, Stamp, Stamped},
    mqc_bytes, mqc_index_limits, mqc_status, mqc_version,
    object::{self, Object},
    status, topic, types,
};
use core::ptr;
use mqtt_core::{RetainedCursor, RetainedEntry, RetainedIndex, TopicFilter, TopicName, Version};
use std::hash::RandomState;

/// Values by topic name, asked by topic filter: retained messages.
///
/// A value is a number of the caller's: a place in a table of messages, or a pointer as uintptr_t.
/// The library does not look at it; what it stands for is the caller's to free when
/// mqc_retained_insert() or mqc_retained_remove() gives the old one. Levels are hashed with a seed
/// of the system's, so that nobody can choose names that collide; no result and no order depends on
/// it.
pub struct mqc_retained(pub(crate) Object<Stamped<Index>>);

pub(crate) type Index = RetainedIndex<u64, RandomState>;
/// A name of an index that does not end.
pub(crate) type Entry = RetainedEntry<'static, u64, RandomState>;

/// Memory for a lookup, and where it is: kept by the caller, so that looking up allocates nothing
/// once it has grown to what filters and names need. It does not shrink. Each thread that reads an
/// index has its own, and each lookup that is under way.
pub struct mqc_retained_cursor(Object<Cursor>);

/// A name with its value.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_retained_entry {
    /// The topic name.
    pub topic: mqc_bytes,
    /// What was stored with it.
    pub value: u64,
}

#[derive(Default)]
struct Cursor {
    core: RetainedCursor,
    filter: String,
    /// The rules by which the filter is read, and the index; `None` if there is nothing to go on
    /// with.
    begun: Option<(Version, Stamp)>,
    page: Vec<mqc_retained_entry>,
    names: String,
    /// A name that is put together.
    name: String,
}

impl Cursor {
    /// The next page.
    fn turn(&mut self, index: &Stamped<Index>, max: usize) -> Result<(), mqc_status> {
        self.page.clear();
        self.names.clear();
        let Some((version, stamp)) = self.begun else { return Ok(()) };
        stamp.check_index(index.stamp())?;
        let filter = TopicFilter::for_version(&self.filter, version);
        let filter = filter.map_err(|_| MQC_INVALID_ARGUMENT)?;
        for found in index.get().resume(filter, &mut self.core).take(max) {
            // Alone: behind others it would be put together elsewhere first.
            self.name.clear();
            found.write_name(&mut self.name);
            self.names.push_str(&self.name);
            let topic = mqc_bytes { data: ptr::null(), len: self.name.len() };
            self.page.push(mqc_retained_entry { topic, value: *found.value });
        }
        // They do not move any more.
        let mut rest = self.names.as_bytes();
        for entry in &mut self.page {
            let (name, behind) = rest.split_at(entry.topic.len);
            entry.topic = mqc_bytes::of(name);
            rest = behind;
        }
        Ok(())
    }
}

/// Writes what there is, or was, where the caller wants to know.
///
/// # Safety
/// The pointers are NULL or point to writable memory of their kind.
unsafe fn tell(value: Option<u64>, found: *mut u8, out: *mut u64) {
    if !found.is_null() {
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { found.write(u8::from(value.is_some())) };
    }
    if !out.is_null() {
        // SAFETY: as above.
        unsafe { out.write(value.unwrap_or(0)) };
    }
}

/// # Safety
/// As [`mqc_bytes::get`].
unsafe fn name<'a>(topic: mqc_bytes) -> Result<TopicName<'a>, mqc_status> {
    // SAFETY: the caller's promise.
    unsafe { topic::name(topic, Version::V5, ptr::null_mut()) }
}

/// Runs `body` with the index to be changed.
///
/// # Safety
/// As [`object::with_mut`].
unsafe fn change(
    retained: *mut mqc_retained,
    body: impl FnOnce(&mut Index) -> Result<(), mqc_status>,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(retained, |retained| &mut retained.0, |index| body(index.change())) }
}

/// Runs `body` with the index to be read.
///
/// # Safety
/// As [`object::with`].
unsafe fn read(
    retained: *const mqc_retained,
    body: impl FnOnce(&Index) -> Result<(), mqc_status>,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { object::with(retained, |retained| &retained.0, |index| body(index.get())) }
}

/// Makes an empty index.
///
/// @param limits    borrowed during the call; NULL for none
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_retained_free()
///
/// Ownership: `limits` are borrowed during the call; the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_retained_free().
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(1), one allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_new(
    limits: *const mqc_index_limits,
    out: *mut *mut mqc_retained,
) -> mqc_status {
    let make = || {
        // SAFETY: the caller's promise.
        let limits = unsafe { index::limits(limits)? };
        let mut index = Index::with_hasher(RandomState::new());
        index.set_limits(limits);
        Ok(mqc_retained(Object::new(Stamped::new(index))))
    };
    // SAFETY: the caller's promise.
    unsafe { object::create(out, make) }
}

/// Makes another index with the same names, values and limits.
///
/// @param retained  to be copied
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_retained_free()
///
/// Ownership: `retained` is borrowed during the call; the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_retained_free().
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all), allocates. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `retained`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_clone(
    retained: *const mqc_retained,
    out: *mut *mut mqc_retained,
) -> mqc_status {
    let body = |index: &Index| {
        let make = || Ok(mqc_retained(Object::new(Stamped::new(index.clone()))));
        // SAFETY: the caller's promise.
        match unsafe { object::create(out, make) } {
            MQC_OK => Ok(()),
            status => Err(status),
        }
    };
    // SAFETY: the caller's promise.
    unsafe { read(retained, body) }
}

/// Frees an index.
///
/// @param retained  not used any more; NULL is fine
///
/// Ownership: `retained` is taken back; what the values stand for stays the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(all). Since 0.1.
///
/// # Safety
/// `retained` is NULL or was made by this library, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_free(retained: *mut mqc_retained) {
    // SAFETY: the caller's promise.
    unsafe { object::free(retained) };
}

/// Says how much may be added from now on; what is there stays.
///
/// @param retained  to be changed
/// @param limits    borrowed during the call; NULL for none
///
/// Ownership: `limits` are borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `retained`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_set_limits(
    retained: *mut mqc_retained,
    limits: *const mqc_index_limits,
) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe {
        change(retained, |index| {
            index.set_limits(index::limits(limits)?);
            Ok(())
        })
    }
}

/// Adds a name, or replaces its value.
///
/// A value can be replaced whatever the limits are.
///
/// @param retained  to be changed
/// @param topic     a topic name, UTF-8
/// @param value     of the caller's
/// @param found     written with MQC_OK: 1 if the name was there, else 0; may be NULL
/// @param old       written with MQC_OK: the value that it had, 0 if it was not there; may be NULL
///
/// Ownership: `topic` is copied before the return.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, those of mqc_topic_check(), or
///   MQC_ERR_INDEX_*; nothing has changed then.
/// Cost: O(levels), whatever else there is; now and then a table grows. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `retained`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_insert(
    retained: *mut mqc_retained,
    topic: mqc_bytes,
    value: u64,
    found: *mut u8,
    old: *mut u64,
) -> mqc_status {
    let body = |index: &mut Index| {
        // SAFETY: the caller's promise.
        let topic = unsafe { name(topic)? };
        let before = index.insert(topic, value).map_err(status::of_index_full)?;
        // SAFETY: the caller's promise.
        unsafe { tell(before, found, old) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(retained, body) }
}

/// Removes a name.
///
/// @param retained  to be changed
/// @param topic     a topic name, UTF-8
/// @param found     written with MQC_OK: 1 if the name was there, else 0; may be NULL
/// @param old       written with MQC_OK: the value that it had, 0 if it was not there; may be NULL
///
/// Ownership: `topic` is borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_topic_check().
/// Cost: O(levels). Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `retained`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_remove(
    retained: *mut mqc_retained,
    topic: mqc_bytes,
    found: *mut u8,
    old: *mut u64,
) -> mqc_status {
    let body = |index: &mut Index| {
        // SAFETY: the caller's promise.
        let before = index.remove(unsafe { name(topic)? });
        // SAFETY: the caller's promise.
        unsafe { tell(before, found, old) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(retained, body) }
}

/// Gives the value of a name.
///
/// @param retained  to be read
/// @param topic     a topic name, UTF-8
/// @param found     written with MQC_OK: 1 if the name is there, else 0; may be NULL
/// @param value     written with MQC_OK: 0 if it is not there; may be NULL
///
/// Ownership: `topic` is borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_topic_check().
/// Cost: O(levels), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `retained`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_get(
    retained: *const mqc_retained,
    topic: mqc_bytes,
    found: *mut u8,
    value: *mut u64,
) -> mqc_status {
    let body = |index: &Index| {
        // SAFETY: the caller's promise.
        let there = index.get(unsafe { name(topic)? }).copied();
        // SAFETY: the caller's promise.
        unsafe { tell(there, found, value) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { read(retained, body) }
}

/// Tells how many names there are.
///
/// @param retained  to be read
/// @param len       written with MQC_OK
///
/// Ownership: nothing is passed but the object.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `retained`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_len(
    retained: *const mqc_retained,
    len: *mut usize,
) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe {
        read(retained, |index| {
            required(len)?;
            len.write(index.len());
            Ok(())
        })
    }
}

/// Tells how many bytes of the heap the names take.
///
/// @param retained  to be read
/// @param bytes     written with MQC_OK
///
/// Ownership: nothing is passed but the object.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `retained`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_heap_bytes(
    retained: *const mqc_retained,
    bytes: *mut usize,
) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe {
        read(retained, |index| {
            required(bytes)?;
            bytes.write(index.heap_bytes());
            Ok(())
        })
    }
}

/// Removes everything and gives the memory back.
///
/// @param retained  to be changed
///
/// Ownership: what the values stand for stays the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all). Since 0.1.
///
/// # Safety
/// `retained` is NULL or was made by this library, and no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_clear(retained: *mut mqc_retained) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe {
        change(retained, |index| {
            index.clear();
            Ok(())
        })
    }
}

/// Gives back memory that is not needed: what was removed is else kept for what comes next.
///
/// @param retained  to be changed
///
/// Ownership: nothing is passed but the object.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all), allocates. Since 0.1.
///
/// # Safety
/// `retained` is NULL or was made by this library, and no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_shrink(retained: *mut mqc_retained) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe {
        change(retained, |index| {
            index.shrink_to_fit();
            Ok(())
        })
    }
}

/// Makes memory for a lookup.
///
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_retained_cursor_free()
///
/// Ownership: the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_retained_cursor_free().
/// Threads: any.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), one allocation. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_cursor_new(out: *mut *mut mqc_retained_cursor) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { object::create(out, || Ok(mqc_retained_cursor(Object::new(Cursor::default())))) }
}

/// Frees memory for a lookup.
///
/// @param cursor    not used any more; NULL is fine
///
/// Ownership: `cursor` is taken back; the index may be gone.
/// Lifetime: its page ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `cursor` is NULL or was made by this library, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_cursor_free(cursor: *mut mqc_retained_cursor) {
    // SAFETY: the caller's promise.
    unsafe { object::free(cursor) };
}

/// Begins to look for the names that match a filter; mqc_retained_cursor_next() gives them.
///
/// Of a shared subscription, the filter without the share name is looked for. What `cursor` held
/// before is forgotten.
///
/// @param retained  to be read
/// @param filter    UTF-8
/// @param version   by whose rules: before 5.0, `$share/` means nothing
/// @param cursor    changed
///
/// Ownership: `filter` is copied before the return.
/// Lifetime: what `cursor` gave before ends.
/// Threads: one at a time for each `cursor`; several may read the index at a time while none
///   changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_filter_check().
/// Cost: O(levels), no allocation once `cursor` has grown. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `retained` or
/// uses `cursor`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_lookup(
    retained: *const mqc_retained,
    filter: mqc_bytes,
    version: mqc_version,
    cursor: *mut mqc_retained_cursor,
) -> mqc_status {
    let body = |index: &Stamped<Index>, cursor: &mut Cursor| {
        // SAFETY: the caller's promise.
        let filter = unsafe { topic::filter_by(filter, version)? };
        cursor.filter.clear();
        cursor.filter.push_str(filter.as_str());
        cursor.begun = Some((types::known_version(version)?, index.stamp()));
        // The cursor holds the lookup.
        let _ = index.get().lookup(filter, &mut cursor.core);
        Ok(())
    };
    // SAFETY: the caller's promises.
    unsafe {
        index::with_both(retained, |retained| &retained.0, cursor, |cursor| &mut cursor.0, body)
    }
}

/// Gives the next names that match the filter, at most `max` of them.
///
/// At the end `*count` is 0. The order depends on the changes to the index alone: a name before
/// those below it. The index may change between two calls: a name that was there when the lookup
/// began, and has not been removed since, is found once, with the value that it has now; a name
/// that came later is not found. So the pages come to an end, however fast names come.
///
/// @param cursor    set by mqc_retained_lookup(); changed
/// @param retained  the same
/// @param max       how many at most: not 0; SIZE_MAX for all
/// @param out       written with MQC_OK: an array
/// @param count     written with MQC_OK: entries of the array
///
/// Ownership: the array and the names in it belong to `cursor`.
/// Lifetime: the array and the names in it live until the next call with `cursor`.
/// Threads: one at a time for each `cursor`; several may read the index at a time while none
///   changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT if `max` is 0 or the index another, or
///   MQC_POISONED.
/// Cost: O(bytes of the filter and the names, and what a `+` goes through); no allocation once
///   `cursor` has grown. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `retained` or
/// uses `cursor`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retained_cursor_next(
    cursor: *mut mqc_retained_cursor,
    retained: *const mqc_retained,
    max: usize,
    out: *mut *const mqc_retained_entry,
    count: *mut usize,
) -> mqc_status {
    let body = |index: &Stamped<Index>, cursor: &mut Cursor| {
        required(out)?;
        required(count)?;
        if max == 0 {
            return Err(MQC_INVALID_ARGUMENT);
        }
        cursor.turn(index, max)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe {
            out.write(cursor.page.as_ptr());
            count.write(cursor.page.len());
        }
        Ok(())
    };
    // SAFETY: the caller's promises.
    unsafe {
        index::with_both(retained, |retained| &retained.0, cursor, |cursor| &mut cursor.0, body)
    }
}
