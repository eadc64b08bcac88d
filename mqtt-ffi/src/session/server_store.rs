//! What a server's session counts, and what a store is told.

use super::driven::Driven;
use super::shared;
use super::stats::mqc_stats;
use crate::{mqc_bytes, mqc_persist_op, mqc_server, mqc_session_state, mqc_snapshot, mqc_status};

/// Tells what the session has done, if that is counted.
///
/// @param session  made with mqc_server_new()
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_stats(
    session: *const mqc_server,
    out: *mut mqc_stats,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::stats(session, out) }
}

/// Tells what the session has done, if that is counted, and begins to count anew.
///
/// @param session  made with mqc_server_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses; `out` is NULL or
/// points to such a place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_stats_and_reset(
    session: *mut mqc_server,
    now_ms: u64,
    out: *mut mqc_stats,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::stats_and_reset(session, now_ms, out) }
}

/// Bytes that the session has on the heap. Payloads that are shared count for each message that has
/// them.
///
/// @param session  made with mqc_server_new()
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_heap_bytes(
    session: *const mqc_server,
    out: *mut usize,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::heap_bytes(session, out) }
}

/// Gives back memory that is not needed now, say of a session that has been quiet for a while.
///
/// @param session  made with mqc_server_new()
///
/// Ownership: nothing is kept.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(bytes kept). Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_shrink_to_fit(session: *mut mqc_server) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::shrink_to_fit(session) }
}

/// Tells what time of the world it is: at the beginning, after a state was restored, and whenever
/// the caller likes. Only what is stored has such times; no timer depends on them.
///
/// @param session  made with mqc_server_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param unix_ms  milliseconds since 1970
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_set_unix_time(
    session: *mut mqc_server,
    now_ms: u64,
    unix_ms: u64,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::tell(session, |it| it.set_unix_time(shared::at(now_ms), unix_ms)) }
}

/// Takes the next change of what outlives a connection, which a store is to keep. Poll until
/// `out->kind` is `MQC_PERSIST_NONE`; what has been polled does not come again.
///
/// @param session  made with mqc_server_new()
/// @param out      written with MQC_OK
///
/// Ownership: the bytes that `*out` views are the session's.
/// Lifetime: the views in `*out` live until the next call with `session` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses; `out` is NULL or
/// points to such a place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_poll_persist(
    session: *mut mqc_server,
    out: *mut mqc_persist_op,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::poll_persist(session, out) }
}

/// Says that all changes up to this number are safe, and what was made of the messages whose events
/// had no later one. With `MQC_DURABILITY_GATE` what depends on them may go out now. Numbers that
/// have not been polled are not believed.
///
/// @param session  made with mqc_server_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param seq      of the last change that is safe
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(packets that waited); allocates for what is written. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_persisted(
    session: *mut mqc_server,
    now_ms: u64,
    seq: u64,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::tell(session, |it| it.persisted(shared::at(now_ms), seq)) }
}

/// The number of the last change; 0 if there was none.
///
/// @param session  made with mqc_server_new()
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_persist_seq(
    session: *const mqc_server,
    out: *mut u64,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::get(session, out, Driven::persist_seq) }
}

/// Says that the store has refused a change because another owner, of this epoch, has the session.
/// The connection ends; nothing that was held back goes out, and nothing more is told.
///
/// @param session  made with mqc_server_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param epoch    of the other owner
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), allocates for the event. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_fenced(
    session: *mut mqc_server,
    now_ms: u64,
    epoch: u64,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::tell(session, |it| it.fenced(shared::at(now_ms), epoch)) }
}

/// Makes the next page of a snapshot of what outlives a connection; no bytes after the last one.
///
/// The session may go on between pages, if its changes are told: those after mqc_snapshot_seq() are
/// to be kept with the snapshot, and applied after it.
///
/// @param session    made with mqc_server_new()
/// @param snapshot   made with mqc_snapshot_new(); one for all pages of this session
/// @param max_bytes  that a page has at most, but one entry at least
/// @param page       written with MQC_OK
///
/// Ownership: the bytes of the page are those of `snapshot`.
/// Lifetime: the view lives until the next call with `snapshot` that is not `const`.
/// Threads: several may read the session at a time while none changes it; one at a time for each
///   `snapshot`.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages), allocates the page. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `session` or uses
/// `snapshot`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_snapshot(
    session: *const mqc_server,
    snapshot: *mut mqc_snapshot,
    max_bytes: usize,
    page: *mut mqc_bytes,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::snapshot(session, snapshot, max_bytes, page) }
}

/// Takes what is left of the session out of it, for mqc_server_accept() of its next connection.
/// Events that were not polled are lost; so is what was not sent. Of `session` only
/// mqc_server_free() and mqc_server_refusal() work then.
///
/// @param session  made with mqc_server_new()
/// @param out      written with MQC_OK
///
/// Ownership: `session` and `*out` are the caller's, to be freed apart.
/// Lifetime: all that the session gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages), allocates the object. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses; `out` is NULL or
/// points to such a place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_into_state(
    session: *mut mqc_server,
    out: *mut *mut mqc_session_state,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::into_state(session, out) }
}
