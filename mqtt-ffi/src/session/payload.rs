//! Payloads that several sessions share.

use crate::{
    boundary::{input, required},
    mqc_bytes, mqc_status,
    object::{self, Object},
};
use bytes::Bytes;

/// A payload that several messages may have, of which from 2 KiB on none has a copy of its own.
pub struct mqc_payload(Object<Bytes>);

/// Makes a payload to be shared.
///
/// @param data      copied before return; NULL only if `len` is 0
/// @param len       bytes at `data`
/// @param out       written with MQC_OK
///
/// Ownership: `data` is copied before return; `*out` is the caller's, to be freed with
///   mqc_payload_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(len), allocates a copy of the payload. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_payload_new(
    data: *const u8,
    len: usize,
    out: *mut *mut mqc_payload,
) -> mqc_status {
    // SAFETY: the caller's promise about `out`.
    unsafe {
        object::create(out, || {
            // SAFETY: the caller's promise about `data`.
            let data = input(data, len)?;
            Ok(mqc_payload(Object::new(Bytes::copy_from_slice(data))))
        })
    }
}

/// Lets go of a payload; NULL is fine. Messages that have it keep it as long as they need it.
///
/// @param payload   of no use after the call
///
/// Ownership: `payload` is taken.
/// Lifetime: what mqc_payload_bytes() gave ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `payload` is NULL or came from mqc_payload_new(), and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_payload_free(payload: *mut mqc_payload) {
    // SAFETY: the caller's promise.
    unsafe { object::free(payload) }
}

/// The bytes of a payload.
///
/// @param payload   made with mqc_payload_new()
/// @param out       written with MQC_OK
///
/// Ownership: the bytes are the payload's.
/// Lifetime: the view lives as long as `payload` is not freed.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_payload_bytes(
    payload: *const mqc_payload,
    out: *mut mqc_bytes,
) -> mqc_status {
    let body = |bytes: &Bytes| {
        required(out)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(mqc_bytes::of(bytes)) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with(payload, |it| &it.0, body) }
}

/// A reference to the bytes of a payload.
///
/// # Safety
/// As mqc_payload_bytes().
pub(super) unsafe fn share(payload: *const mqc_payload) -> Result<Bytes, mqc_status> {
    let mut shared = Bytes::new();
    let body = |bytes: &Bytes| {
        shared = bytes.clone();
        Ok(())
    };
    // SAFETY: the caller's promise.
    match unsafe { object::with(payload, |it| &it.0, body) } {
        crate::MQC_OK => Ok(shared),
        status => Err(status),
    }
}
