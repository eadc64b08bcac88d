//! Several subscriptions of one client that match the same message.

use crate::{
    boundary::required,
    mqc_granted, mqc_qos, mqc_status,
    object::{self, Object},
};
use core::num::NonZeroU32;
use core::ptr;
use mqtt_core::Overlaps;
use std::hash::RandomState;

/// Merges subscriptions of one client that match the same message, so that the client gets it once:
/// at the highest QoS, with the Subscription Identifiers of all.
///
/// Kept from message to message: it allocates nothing once it has grown to what messages need. It
/// does not shrink. Shared subscriptions take no part: each sends a message of its own, with the
/// options of the member that was picked.
pub struct mqc_overlaps(Object<Merge>);

/// How one client gets a message.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_delivery {
    /// The client.
    pub key: u64,
    /// The Subscription Identifiers of all its subscriptions that have one, in the order in which
    /// these were added; one that several share comes several times. NULL if there are none.
    pub subscription_ids: *const u32,
    /// How many.
    pub subscription_id_count: usize,
    /// The highest QoS of its subscriptions; the message goes out with this or its own, the lower.
    pub qos: mqc_qos,
    /// 1 if one of its subscriptions gets RETAIN as the publisher set it, else 0.
    pub retain_as_published: u8,
    /// Zero.
    pub reserved: [u8; 6],
}

struct Merge {
    core: Overlaps<u64, RandomState>,
    deliveries: Vec<mqc_delivery>,
    ids: Vec<u32>,
}

impl Merge {
    fn list(&mut self) {
        let Self { core, deliveries, ids } = self;
        deliveries.clear();
        ids.clear();
        for merged in core.iter() {
            let before = ids.len();
            ids.extend(merged.subscription_ids().map(NonZeroU32::get));
            deliveries.push(mqc_delivery {
                key: *merged.key,
                subscription_ids: ptr::null(),
                subscription_id_count: ids.len() - before,
                qos: merged.qos as u8,
                retain_as_published: u8::from(merged.retain_as_published),
                reserved: [0; 6],
            });
        }
        // They do not move any more.
        let mut rest = &ids[..];
        for delivery in deliveries {
            let (own, behind) = rest.split_at(delivery.subscription_id_count);
            if !own.is_empty() {
                delivery.subscription_ids = own.as_ptr();
            }
            rest = behind;
        }
    }
}

/// Makes memory for merging.
///
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_overlaps_free()
///
/// Ownership: the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_overlaps_free().
/// Threads: any.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), one allocation. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_overlaps_new(out: *mut *mut mqc_overlaps) -> mqc_status {
    let make = || {
        let core = Overlaps::with_hasher(RandomState::new());
        Ok(mqc_overlaps(Object::new(Merge { core, deliveries: Vec::new(), ids: Vec::new() })))
    };
    // SAFETY: the caller's promise.
    unsafe { object::create(out, make) }
}

/// Frees memory for merging.
///
/// @param overlaps  not used any more; NULL is fine
///
/// Ownership: `overlaps` is taken back.
/// Lifetime: its deliveries end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `overlaps` is NULL or was made by this library, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_overlaps_free(overlaps: *mut mqc_overlaps) {
    // SAFETY: the caller's promise.
    unsafe { object::free(overlaps) };
}

/// Forgets the last message, and begins the next.
///
/// @param overlaps   to be changed
/// @param publisher  the key of who published: subscriptions with No Local do not send the message
///                   back to it; NULL if it is none of the clients
///
/// Ownership: `publisher` is copied before the return.
/// Lifetime: earlier deliveries end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(clients of the last message), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `overlaps`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_overlaps_start(
    overlaps: *mut mqc_overlaps,
    publisher: *const u64,
) -> mqc_status {
    let body = |merge: &mut Merge| {
        // SAFETY: the caller's promise.
        merge.core.start(unsafe { publisher.as_ref() }.copied());
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(overlaps, |overlaps| &mut overlaps.0, body) }
}

/// Adds a subscription that matches, as mqc_trie_matches_next() gives it.
///
/// @param overlaps  to be changed
/// @param key       who
/// @param granted   how
///
/// Ownership: `granted` is copied before the return.
/// Lifetime: earlier deliveries end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation once `overlaps` has grown. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `overlaps`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_overlaps_add(
    overlaps: *mut mqc_overlaps,
    key: u64,
    granted: *const mqc_granted,
) -> mqc_status {
    let body = |merge: &mut Merge| {
        required(granted)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let granted = unsafe { granted.read() }.core()?;
        merge.core.add(&key, &granted);
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(overlaps, |overlaps| &mut overlaps.0, body) }
}

/// Gives the clients that get the message, in the order in which they were added first.
///
/// @param overlaps  changed
/// @param out       written with MQC_OK: an array
/// @param count     written with MQC_OK: entries of the array
///
/// Ownership: the array and what it points to belong to `overlaps`.
/// Lifetime: the array lives until the next call with `overlaps`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(what was added), no allocation once `overlaps` has grown. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `overlaps`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_overlaps_deliveries(
    overlaps: *mut mqc_overlaps,
    out: *mut *const mqc_delivery,
    count: *mut usize,
) -> mqc_status {
    let body = |merge: &mut Merge| {
        required(out)?;
        required(count)?;
        merge.list();
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe {
            out.write(merge.deliveries.as_ptr());
            count.write(merge.deliveries.len());
        }
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(overlaps, |overlaps| &mut overlaps.0, body) }
}
