//! What a store gives back.

use crate::{
    boundary::{Outcome, input, required},
    mqc_bytes, mqc_persist_op, mqc_session_state, mqc_status, mqc_store_error,
    object::{self, Object},
    persist,
    session::Tokens,
};
use core::{mem, ptr};
use mqtt_core::{SessionState, store::Restore};

/// What a store gives back: rows, pages of a snapshot, the changes after it. Nothing is a session
/// before all of it is there and right: mqc_restore_finish().
pub struct mqc_restore(pub(crate) Object<Restore>);

/// Begins to put together what a store gives back.
///
/// @param out       written with MQC_OK
///
/// Ownership: `*out` is the caller's, to be freed with mqc_restore_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), allocates the object. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_restore_new(out: *mut *mut mqc_restore) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { object::create(out, || Ok(mqc_restore(Object::new(Restore::new())))) }
}

/// Frees what a store has given back; NULL is fine.
///
/// @param restore   of no use after the call
///
/// Ownership: `restore` is taken.
/// Lifetime: nothing came out that could end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(rows). Since 0.1.
///
/// # Safety
/// `restore` is NULL or came from mqc_restore_new(), and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_restore_free(restore: *mut mqc_restore) {
    // SAFETY: the caller's promise.
    unsafe { object::free(restore) }
}

/// Skips rows of kinds that this version does not know, instead of refusing them: what a newer
/// version has stored with them is lost.
///
/// @param restore   made with mqc_restore_new()
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `restore` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_restore_skip_unknown(restore: *mut mqc_restore) -> mqc_status {
    let body = |restore: &mut Restore| {
        *restore = mem::take(restore).skip_unknown();
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { with_mut(restore, body) }
}

/// Takes a row of a store of keys and values, in any order.
///
/// @param restore   made with mqc_restore_new()
/// @param key       copied before return
/// @param value     copied before return
///
/// Ownership: `key` and `value` are copied before return.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(bytes + log(rows)), allocates the copies. Since 0.1.
///
/// # Safety
/// `restore` is NULL or points to such an object, which no other thread uses; the views point to
/// their bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_restore_put(
    restore: *mut mqc_restore,
    key: mqc_bytes,
    value: mqc_bytes,
) -> mqc_status {
    let body = |restore: &mut Restore| {
        // SAFETY: the caller's promise, for both.
        let (key, value) = unsafe { (key.get()?, value.get()?) };
        restore.put(key, value);
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { with_mut(restore, body) }
}

/// Says which was the last change that the rows have, and its epoch.
///
/// @param restore   made with mqc_restore_new()
/// @param epoch     of that change
/// @param seq       its number
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `restore` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_restore_at(
    restore: *mut mqc_restore,
    epoch: u64,
    seq: u64,
) -> mqc_status {
    let body = |restore: &mut Restore| {
        restore.at(epoch, seq);
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { with_mut(restore, body) }
}

/// Takes the next page of a snapshot.
///
/// @param restore   made with mqc_restore_new()
/// @param data      copied before return; NULL only if `len` is 0
/// @param len       bytes at `data`: a whole page
/// @param is_last   written with MQC_OK: 1 for the last page, else 0; may be NULL
/// @param error     written if the page is damaged, or not the next one; may be NULL
///
/// Ownership: `data` is copied before return.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED or MQC_ERR_STORE_*; then nothing of
///   the page has been taken.
/// Cost: O(bytes + entries * log(rows)), allocates the copies. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread uses
/// `restore`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_restore_page(
    restore: *mut mqc_restore,
    data: *const u8,
    len: usize,
    is_last: *mut u8,
    error: *mut mqc_store_error,
) -> mqc_status {
    let body = |restore: &mut Restore| {
        // SAFETY: the caller's promise about `data`.
        let page = unsafe { input(data, len)? };
        // SAFETY: the caller's promise about `error`.
        let last = restore.page(page).map_err(|fault| unsafe { persist::refuse(&fault, error) })?;
        if !is_last.is_null() {
            // SAFETY: not NULL; the rest is the caller's promise.
            unsafe { is_last.write(u8::from(last)) };
        }
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { with_mut(restore, body) }
}

/// Makes a change, say of a journal. One that the snapshot has already may come again.
///
/// @param restore   made with mqc_restore_new()
/// @param op        copied before return, with what it points to
/// @param error     written if the change is not the next one; may be NULL
///
/// Ownership: `op` is copied before return, with what it points to.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED; MQC_ERR_STORE_OUT_OF_ORDER if one
///   before it is missing, and without a snapshot or rows the first is no Clear;
///   MQC_ERR_STORE_EPOCH if an owner made it that has lost the session; MQC_ERR_STORE_UNFINISHED.
/// Cost: O(bytes + log(rows)), allocates the copies. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `restore`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_restore_apply(
    restore: *mut mqc_restore,
    op: *const mqc_persist_op,
    error: *mut mqc_store_error,
) -> mqc_status {
    let body = |restore: &mut Restore| {
        // SAFETY: the caller's promise about `op`.
        let op = unsafe { mqc_persist_op::read(op)? };
        // SAFETY: the caller's promise about `error`.
        restore.apply(&op).map_err(|fault| unsafe { persist::refuse(&fault, error) })
    };
    // SAFETY: the caller's promise.
    unsafe { with_mut(restore, body) }
}

/// The session that a store gives back; `*out` is NULL if it has none, or had one whose end it has
/// been told.
///
/// One that was to end with its connection is there, if the process ended before that: its Session
/// Expiry Interval is 0. It is to be ended, as one whose time is over: mqc_session_state_end().
///
/// @param restore   made with mqc_restore_new(); it stays as it is
/// @param out       written with MQC_OK
/// @param error     written if what is there is no session; may be NULL
///
/// Ownership: `*out` is the caller's, to be freed with mqc_session_state_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_ERR_STORE_*; then nothing is restored.
/// Cost: O(bytes), allocates the state. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `restore`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_restore_finish(
    restore: *const mqc_restore,
    out: *mut *mut mqc_session_state,
    error: *mut mqc_store_error,
) -> mqc_status {
    let body = |restore: &Restore| {
        required(out)?;
        let state = SessionState::restore(restore)
            // SAFETY: the caller's promise about `error`.
            .map_err(|fault| unsafe { persist::refuse(&fault, error) })?;
        let Some(state) = state else {
            // SAFETY: not NULL; the rest is the caller's promise.
            unsafe { out.write(ptr::null_mut()) };
            return Ok(());
        };
        let make = || Ok(mqc_session_state::of(state, Tokens::default()));
        // SAFETY: as above.
        crate::session::outcome(unsafe { object::create(out, make) })
    };
    // SAFETY: the caller's promise.
    unsafe { object::with(restore, |it| &it.0, body) }
}

/// # Safety
/// `restore` is NULL or points to such an object, which no other thread uses.
unsafe fn with_mut(
    restore: *mut mqc_restore,
    body: impl FnOnce(&mut Restore) -> Outcome,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(restore, |it| &mut it.0, body) }
}
