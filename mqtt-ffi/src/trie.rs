//! The subscription trie: who subscribes to which filter.

use crate::{
    MQC_INVALID_ARGUMENT, MQC_OK,
    boundary::required,
    index::{self, Stamped},
    mqc_bytes, mqc_index_limits, mqc_qos, mqc_retain_handling, mqc_status, mqc_version,
    object::{self, Object},
    status, topic, types,
};
use core::num::NonZeroU32;
use mqtt_core::{
    Granted, RetainHandling, SubscriptionOptions, SubscriptionTrie, TopicFilter, Version,
};
use std::hash::RandomState;

/// Who subscribes to which filter, asked by topic name.
///
/// A subscription is a filter, a key that says who, and how: an mqc_granted. The key is a number of
/// the caller's, say that of a client, or a pointer as uintptr_t; of each filter there is one
/// subscription for each key. `$share/group/filter` joins the group of that filter under that share
/// name.
///
/// Matching takes O(levels of the topic) for each way through the wildcards that exist, and
/// allocates nothing. Levels and keys are hashed with a seed of the system's, so that nobody can
/// choose filters that collide; no result and no order depends on it.
pub struct mqc_trie(pub(crate) Object<Stamped<Trie>>);

pub(crate) type Trie = SubscriptionTrie<u64, Granted, RandomState>;

/// How one subscribes: what was granted. Zeroed memory is QoS 0, everything as in 3.1.1, and no
/// subscription identifier.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct mqc_granted {
    /// Highest QoS of delivery: `MQC_QOS_*`.
    pub qos: mqc_qos,
    /// 1 not to get what this client published itself, else 0.
    pub no_local: u8,
    /// 1 to get RETAIN as the publisher set it, else 0.
    pub retain_as_published: u8,
    /// When to get retained messages: `MQC_RETAIN_HANDLING_*`.
    pub retain_handling: mqc_retain_handling,
    /// The Subscription Identifier: 1 to 268,435,455; 0 for none.
    pub subscription_id: u32,
}

/// The largest Subscription Identifier: what four bytes of the wire hold.
const MAX_SUBSCRIPTION_ID: u32 = 268_435_455;

impl mqc_granted {
    /// That of zeroed memory.
    pub(crate) const NONE: Self = Self {
        qos: 0,
        no_local: 0,
        retain_as_published: 0,
        retain_handling: 0,
        subscription_id: 0,
    };

    pub(crate) fn of(granted: &Granted) -> Self {
        Self {
            qos: granted.options.qos as u8,
            no_local: u8::from(granted.options.no_local),
            retain_as_published: u8::from(granted.options.retain_as_published),
            retain_handling: granted.options.retain_handling as u8,
            subscription_id: granted.subscription_id.map_or(0, NonZeroU32::get),
        }
    }

    pub(crate) fn core(self) -> Result<Granted, mqc_status> {
        if self.subscription_id > MAX_SUBSCRIPTION_ID {
            return Err(MQC_INVALID_ARGUMENT);
        }
        Ok(Granted {
            options: SubscriptionOptions {
                qos: types::qos(self.qos)?,
                no_local: types::flag(self.no_local)?,
                retain_as_published: types::flag(self.retain_as_published)?,
                retain_handling: RetainHandling::try_from(self.retain_handling)
                    .map_err(|_| MQC_INVALID_ARGUMENT)?,
            },
            subscription_id: NonZeroU32::new(self.subscription_id),
        })
    }
}

/// Writes what there is, or was, where the caller wants to know.
///
/// # Safety
/// The pointers are NULL or point to writable memory of their kind.
unsafe fn tell(granted: Option<&Granted>, found: *mut u8, out: *mut mqc_granted) {
    if !found.is_null() {
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { found.write(u8::from(granted.is_some())) };
    }
    if !out.is_null() {
        let granted = granted.map_or(mqc_granted::NONE, mqc_granted::of);
        // SAFETY: as above.
        unsafe { out.write(granted) };
    }
}

/// Runs `body` with the trie to be changed.
///
/// # Safety
/// As [`object::with_mut`].
unsafe fn change(
    trie: *mut mqc_trie,
    body: impl FnOnce(&mut Trie) -> Result<(), mqc_status>,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(trie, |trie| &mut trie.0, |trie| body(trie.change())) }
}

/// Runs `body` with the trie to be read.
///
/// # Safety
/// As [`object::with`].
unsafe fn read(
    trie: *const mqc_trie,
    body: impl FnOnce(&Trie) -> Result<(), mqc_status>,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { object::with(trie, |trie| &trie.0, |trie| body(trie.get())) }
}

/// Makes an empty trie.
///
/// @param limits    borrowed during the call; NULL for none
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_trie_free()
///
/// Ownership: `limits` are borrowed during the call; the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_trie_free().
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(1), one allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_new(
    limits: *const mqc_index_limits,
    out: *mut *mut mqc_trie,
) -> mqc_status {
    let make = || {
        // SAFETY: the caller's promise.
        let limits = unsafe { index::limits(limits)? };
        let mut trie = Trie::with_hasher(RandomState::new());
        trie.set_limits(limits);
        Ok(mqc_trie(Object::new(Stamped::new(trie))))
    };
    // SAFETY: the caller's promise.
    unsafe { object::create(out, make) }
}

/// Makes another trie with the same subscriptions and limits.
///
/// For threads that read one while the other changes.
///
/// @param trie      to be copied
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_trie_free()
///
/// Ownership: `trie` is borrowed during the call; the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_trie_free().
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all), allocates. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_clone(
    trie: *const mqc_trie,
    out: *mut *mut mqc_trie,
) -> mqc_status {
    let body = |trie: &Trie| {
        let make = || Ok(mqc_trie(Object::new(Stamped::new(trie.clone()))));
        // SAFETY: the caller's promise.
        match unsafe { object::create(out, make) } {
            MQC_OK => Ok(()),
            status => Err(status),
        }
    };
    // SAFETY: the caller's promise.
    unsafe { read(trie, body) }
}

/// Frees a trie.
///
/// @param trie      not used any more; NULL is fine
///
/// Ownership: `trie` is taken back.
/// Lifetime: all views into the trie end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(all). Since 0.1.
///
/// # Safety
/// `trie` is NULL or was made by this library, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_free(trie: *mut mqc_trie) {
    // SAFETY: the caller's promise.
    unsafe { object::free(trie) };
}

/// Says how much may be added from now on; what is there stays.
///
/// @param trie      to be changed
/// @param limits    borrowed during the call; NULL for none
///
/// Ownership: `limits` are borrowed during the call.
/// Lifetime: groups that were found and walks end, as with any call that may change the trie.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `trie`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_set_limits(
    trie: *mut mqc_trie,
    limits: *const mqc_index_limits,
) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe {
        change(trie, |trie| {
            trie.set_limits(index::limits(limits)?);
            Ok(())
        })
    }
}

/// Adds a subscription, or replaces how one subscribes.
///
/// A subscription that is replaced keeps its place in the order, and needs no room.
///
/// @param trie      to be changed
/// @param filter    UTF-8
/// @param version   by whose rules: before 5.0, `$share/` means nothing
/// @param key       who
/// @param granted   how
/// @param found     written with MQC_OK: 1 if there was such a subscription, else 0; may be NULL
/// @param old       written with MQC_OK: what there was, zeroed if there was none; may be NULL
///
/// Ownership: `filter` and `granted` are copied before the return.
/// Lifetime: views into the trie end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, those of mqc_filter_check(), or
///   MQC_ERR_INDEX_*; nothing has changed then.
/// Cost: O(levels), whatever else there is; now and then a table grows. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `trie`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_insert(
    trie: *mut mqc_trie,
    filter: mqc_bytes,
    version: mqc_version,
    key: u64,
    granted: *const mqc_granted,
    found: *mut u8,
    old: *mut mqc_granted,
) -> mqc_status {
    let body = |trie: &mut Trie| {
        required(granted)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let granted = unsafe { granted.read() }.core()?;
        // SAFETY: the caller's promise.
        let filter = unsafe { topic::filter_by(filter, version)? };
        let before = trie.insert(filter, key, granted).map_err(status::of_index_full)?;
        // SAFETY: the caller's promise.
        unsafe { tell(before.as_ref(), found, old) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(trie, body) }
}

/// Removes a subscription.
///
/// @param trie      to be changed
/// @param filter    UTF-8
/// @param version   by whose rules: before 5.0, `$share/` means nothing
/// @param key       who
/// @param found     written with MQC_OK: 1 if there was such a subscription, else 0; may be NULL
/// @param old       written with MQC_OK: what there was, zeroed if there was none; may be NULL
///
/// Ownership: `filter` is borrowed during the call.
/// Lifetime: views into the trie end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_filter_check().
/// Cost: O(levels). Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `trie`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_remove(
    trie: *mut mqc_trie,
    filter: mqc_bytes,
    version: mqc_version,
    key: u64,
    found: *mut u8,
    old: *mut mqc_granted,
) -> mqc_status {
    let body = |trie: &mut Trie| {
        // SAFETY: the caller's promise.
        let filter = unsafe { topic::filter_by(filter, version)? };
        let before = trie.remove(filter, &key);
        // SAFETY: the caller's promise.
        unsafe { tell(before.as_ref(), found, old) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(trie, body) }
}

/// Removes all subscriptions of a key.
///
/// It looks at all subscriptions. Who removes many keys one by one keeps the filters of each beside
/// the trie, and calls mqc_trie_remove() for them.
///
/// @param trie      to be changed
/// @param key       who
/// @param count     written with MQC_OK: how many there were; may be NULL
///
/// Ownership: nothing is passed but numbers.
/// Lifetime: views into the trie end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all), allocates a text for each that is removed. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `trie`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_remove_key(
    trie: *mut mqc_trie,
    key: u64,
    count: *mut usize,
) -> mqc_status {
    let body = |trie: &mut Trie| {
        let removed = remove_key(trie, key);
        if !count.is_null() {
            // SAFETY: not NULL; the rest is the caller's promise.
            unsafe { count.write(removed) };
        }
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(trie, body) }
}

fn remove_key(trie: &mut Trie, key: u64) -> usize {
    let entries = trie.iter().filter(|entry| *entry.key == key);
    let filters: Vec<_> =
        entries.map(|entry| (entry.filter(), version_of(entry.share_name()))).collect();
    let before = trie.len();
    for (text, version) in filters {
        if let Ok(filter) = TopicFilter::for_version(&text, version) {
            trie.remove(filter, &key);
        }
    }
    before - trie.len()
}

/// The rules by which the text of a stored filter means what is stored.
pub(crate) fn version_of(share_name: Option<&str>) -> Version {
    if share_name.is_some() { Version::V5 } else { Version::V311 }
}

/// Tells how one subscribes.
///
/// @param trie      to be read
/// @param filter    UTF-8
/// @param version   by whose rules: before 5.0, `$share/` means nothing
/// @param key       who
/// @param found     written with MQC_OK: 1 if there is such a subscription, else 0; may be NULL
/// @param out       written with MQC_OK: zeroed if there is none; may be NULL
///
/// Ownership: `filter` is borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_filter_check().
/// Cost: O(levels), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_get(
    trie: *const mqc_trie,
    filter: mqc_bytes,
    version: mqc_version,
    key: u64,
    found: *mut u8,
    out: *mut mqc_granted,
) -> mqc_status {
    let body = |trie: &Trie| {
        // SAFETY: the caller's promise.
        let filter = unsafe { topic::filter_by(filter, version)? };
        // SAFETY: the caller's promise.
        unsafe { tell(trie.get(filter, &key), found, out) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { read(trie, body) }
}

/// Tells how many subscriptions there are.
///
/// @param trie      to be read
/// @param len       written with MQC_OK
///
/// Ownership: nothing is passed but the object.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_len(trie: *const mqc_trie, len: *mut usize) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe {
        read(trie, |trie| {
            required(len)?;
            len.write(trie.len());
            Ok(())
        })
    }
}

/// Tells how many bytes of the heap the subscriptions take.
///
/// @param trie      to be read
/// @param bytes     written with MQC_OK
///
/// Ownership: nothing is passed but the object.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_heap_bytes(
    trie: *const mqc_trie,
    bytes: *mut usize,
) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe {
        read(trie, |trie| {
            required(bytes)?;
            bytes.write(trie.heap_bytes());
            Ok(())
        })
    }
}

/// Removes everything and gives the memory back.
///
/// @param trie      to be changed
///
/// Ownership: nothing is passed but the object.
/// Lifetime: views into the trie end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all). Since 0.1.
///
/// # Safety
/// `trie` is NULL or was made by this library, and no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_clear(trie: *mut mqc_trie) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe {
        change(trie, |trie| {
            trie.clear();
            Ok(())
        })
    }
}

/// Gives back memory that is not needed: what was removed is else kept for what comes next.
///
/// @param trie      to be changed
///
/// Ownership: nothing is passed but the object.
/// Lifetime: views into the trie end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all), allocates. Since 0.1.
///
/// # Safety
/// `trie` is NULL or was made by this library, and no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_shrink(trie: *mut mqc_trie) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe {
        change(trie, |trie| {
            trie.shrink_to_fit();
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mqtt_core::QoS;

    #[test]
    fn granted_is_that_of_the_core() {
        assert_eq!(mqc_granted::NONE.core(), Ok(Granted::default()));
        let options = SubscriptionOptions {
            qos: QoS::ExactlyOnce,
            no_local: true,
            retain_as_published: true,
            retain_handling: RetainHandling::DoNotSend,
        };
        let core = Granted { options, subscription_id: NonZeroU32::new(MAX_SUBSCRIPTION_ID) };
        let granted = mqc_granted::of(&core);
        assert_eq!(granted.core(), Ok(core));
        let beyond = mqc_granted { subscription_id: MAX_SUBSCRIPTION_ID + 1, ..granted };
        assert_eq!(beyond.core(), Err(MQC_INVALID_ARGUMENT));
    }

    #[test]
    fn all_of_a_key_are_removed_shared_or_not() {
        let mut trie = Trie::with_hasher(RandomState::new());
        let filters = [
            ("$share/g/a", Version::V311),
            ("$share/g/a", Version::V5),
            ("$share/g/$share/h/a", Version::V5),
            ("a/+/#", Version::V5),
        ];
        for (text, version) in filters {
            let filter = TopicFilter::for_version(text, version).expect("a filter");
            trie.insert(filter, 7, Granted::default()).expect("room");
            trie.insert(filter, 8, Granted::default()).expect("room");
        }
        assert_eq!(remove_key(&mut trie, 7), 4);
        assert_eq!(remove_key(&mut trie, 7), 0);
        assert_eq!(trie.len(), 4);
        assert!(trie.iter().all(|entry| *entry.key == 8));
    }
}
