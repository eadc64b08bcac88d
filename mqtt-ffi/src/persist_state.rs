//! What is left of a session without a connection.

use crate::{
    MQC_SPENT,
    boundary::{Outcome, required},
    mqc_bytes, mqc_persist_op, mqc_snapshot, mqc_status, mqc_subscription, mqc_will,
    object::{self, Object},
    session::Tokens,
};
use mqtt_core::SessionState;

/// What is left of a session without a connection: messages that are open or wait, identifiers of
/// QoS 2 messages that were received, and of a stored session of a server what its client has
/// subscribed to, and its will.
///
/// It comes from mqc_client_into_state(), mqc_server_into_state() or mqc_restore_finish(), and goes
/// to mqc_client_resume() or mqc_server_accept().
pub struct mqc_session_state(Object<Left>);

pub(crate) struct Left {
    /// Taken, once a session goes on with it.
    state: Option<SessionState>,
    /// What the caller may still acknowledge messages with.
    tokens: Tokens,
}

/// What a session's state has, in numbers.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_session_info {
    /// Messages that were sent and are not done.
    pub open_messages: u64,
    /// Messages that wait to be sent.
    pub queued_messages: u64,
    /// When the session ends, in Unix milliseconds, of a server's session that is stored; 0 if it
    /// never does, or if it had a connection when it was stored, or the time was never told: then
    /// its interval begins now.
    pub ends_unix_ms: u64,
    /// Its Session Expiry Interval in seconds, of a server's session that is stored; UINT32_MAX for
    /// ever.
    pub session_expiry: u32,
    /// 1 if the next connection of a client is to ask for a Clean Start, for the server's session
    /// may be another one than this; else 0.
    pub wants_clean_start: u8,
    /// Zero.
    pub reserved: [u8; 3],
    /// Room for numbers to come, so that this structure keeps its size.
    pub reserved_2: [u64; 4],
}

/// A subscription of a stored session.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_stored_subscription {
    /// The filter and its options.
    pub subscription: mqc_subscription,
    /// Its Subscription Identifier; 0 if it has none.
    pub identifier: u32,
    /// Zero.
    pub reserved: u32,
}

impl mqc_session_state {
    pub(crate) const fn of(state: SessionState, tokens: Tokens) -> Self {
        Self(Object::new(Left { state: Some(state), tokens }))
    }

    /// Takes the state out of an object.
    ///
    /// # Safety
    /// `state` is NULL or points to such an object, which no other thread uses.
    pub(crate) unsafe fn take(state: *mut Self) -> Result<(SessionState, Tokens), mqc_status> {
        let mut taken = None;
        let body = |left: &mut Left| {
            let state = left.state.take().ok_or(MQC_SPENT)?;
            taken = Some((state, core::mem::take(&mut left.tokens)));
            Ok(())
        };
        // SAFETY: the caller's promise.
        let status = unsafe { object::with_mut(state, |it| &mut it.0, body) };
        taken.ok_or(status)
    }

    /// Puts back what was taken and is not gone.
    ///
    /// # Safety
    /// `state` points to such an object, which no other thread uses.
    pub(crate) unsafe fn put_back(state: *mut Self, core: Option<SessionState>, tokens: Tokens) {
        let body = |left: &mut Left| {
            *left = Left { state: core, tokens };
            Ok(())
        };
        // SAFETY: the caller's promise.
        unsafe { object::with_mut(state, |it| &mut it.0, body) };
    }
}

/// # Safety
/// `state` is NULL or points to such an object, which no other thread uses.
unsafe fn change(
    state: *mut mqc_session_state,
    body: impl FnOnce(&mut SessionState) -> Outcome,
) -> mqc_status {
    let body = |left: &mut Left| body(left.state.as_mut().ok_or(MQC_SPENT)?);
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(state, |it| &mut it.0, body) }
}

/// # Safety
/// `state` is NULL or points to such an object, which no other thread changes.
unsafe fn look(
    state: *const mqc_session_state,
    body: impl FnOnce(&SessionState) -> Outcome,
) -> mqc_status {
    let body = |left: &Left| body(left.state.as_ref().ok_or(MQC_SPENT)?);
    // SAFETY: the caller's promise.
    unsafe { object::with(state, |it| &it.0, body) }
}

/// Frees a state; NULL is fine. What is not stored is lost.
///
/// @param state     of no use after the call
///
/// Ownership: `state` is taken.
/// Lifetime: all that the state gave ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(messages). Since 0.1.
///
/// # Safety
/// `state` is NULL or came from this library, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_session_state_free(state: *mut mqc_session_state) {
    // SAFETY: the caller's promise.
    unsafe { object::free(state) }
}

/// Tells what a state has, in numbers.
///
/// @param state     that no session goes on with
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `state`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_session_state_info(
    state: *const mqc_session_state,
    out: *mut mqc_session_info,
) -> mqc_status {
    let body = |state: &SessionState| {
        required(out)?;
        let info = mqc_session_info {
            open_messages: state.open_messages() as u64,
            queued_messages: state.queued_messages() as u64,
            ends_unix_ms: state.ends().unwrap_or(0),
            session_expiry: state.session_expiry(),
            wants_clean_start: u8::from(state.wants_clean_start()),
            reserved: [0; 3],
            reserved_2: [0; 4],
        };
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(info) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { look(state, body) }
}

/// Views the subscriptions of a server's session that is stored, in the order of their filters.
///
/// Fewer than `capacity` are the last ones; if there are as many, there may be more behind them.
///
/// @param state     that no session goes on with
/// @param first     how many to pass over
/// @param out       written with MQC_OK, `*count` of them
/// @param capacity  subscriptions at `out`
/// @param count     written with MQC_OK
///
/// Ownership: the bytes that `*out` views are the state's.
/// Lifetime: the views live until the next call with `state` that is not `const`.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED or MQC_SPENT.
/// Cost: O(first + count), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread changes
/// `state`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_session_state_subscriptions(
    state: *const mqc_session_state,
    first: usize,
    out: *mut mqc_stored_subscription,
    capacity: usize,
    count: *mut usize,
) -> mqc_status {
    let body = |state: &SessionState| {
        required(count)?;
        if capacity > 0 {
            required(out)?;
        }
        let mut found = 0;
        for (subscription, identifier) in state.subscriptions().skip(first).take(capacity) {
            let subscription = mqc_subscription::of(&subscription);
            let identifier = identifier.unwrap_or(0);
            let row = mqc_stored_subscription { subscription, identifier, reserved: 0 };
            // SAFETY: not NULL, and `found` is below `capacity`; the rest is the caller's promise.
            unsafe { out.add(found).write(row) };
            found += 1;
        }
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { count.write(found) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { look(state, body) }
}

/// The will of a server's session that is stored, and that has not said goodbye. It is to be
/// published, or is not due yet; if there is none, `out->has_will` is 0. Its `delay` is its Will
/// Delay Interval, from the end of the connection; it is due with the end of the session if that is
/// sooner.
///
/// @param state     that no session goes on with
/// @param out       written with MQC_OK
///
/// Ownership: the bytes that `*out` views are the state's.
/// Lifetime: the views in `*out` live until the next call with `state` that is not `const`.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(bytes of the will), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `state`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_session_state_will(
    state: *const mqc_session_state,
    out: *mut mqc_will,
) -> mqc_status {
    let body = |state: &SessionState| {
        required(out)?;
        let will = state.will();
        let delay = will.as_ref().and_then(|will| will.properties.will_delay_interval());
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(mqc_will::of(will, delay.unwrap_or(0))) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { look(state, body) }
}

/// Says that the will has been published, or is not to be. That is a change of a state that was
/// restored, too: of the epoch and behind the number that mqc_restore_at() was told. A session that
/// is not kept, of which only the will was left, ends.
///
/// @param state     that no session goes on with
///
/// Ownership: nothing is kept.
/// Lifetime: what the state gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), allocates for the change. Since 0.1.
///
/// # Safety
/// `state` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_session_state_clear_will(state: *mut mqc_session_state) -> mqc_status {
    let body = |state: &mut SessionState| {
        state.clear_will();
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(state, body) }
}

/// Says that the session has ended: its time is over, or whoever has it gives it up. The change
/// that is told for it is a Clear.
///
/// @param state     that no session goes on with
///
/// Ownership: nothing is kept.
/// Lifetime: what the state gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), allocates for the change. Since 0.1.
///
/// # Safety
/// `state` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_session_state_end(state: *mut mqc_session_state) -> mqc_status {
    let body = |state: &mut SessionState| {
        state.end();
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(state, body) }
}

/// Takes the next change that a store is to keep, of a state that was taken out of its session
/// before all of them were polled, or that was changed itself. `out->kind` is `MQC_PERSIST_NONE` if
/// there is none.
///
/// @param state     that no session goes on with
/// @param out       written with MQC_OK
///
/// Ownership: the bytes that `*out` views are the state's.
/// Lifetime: the views in `*out` live until the next call with `state` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `state`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_session_state_poll_persist(
    state: *mut mqc_session_state,
    out: *mut mqc_persist_op,
) -> mqc_status {
    let body = |state: &mut SessionState| {
        required(out)?;
        let op = mqc_persist_op::of(state.poll_persist());
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(op) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(state, body) }
}

/// Says that all changes up to this number are safe, of those that were polled from the state: the
/// session that goes on with it does not wait for them. Or say it to that session.
///
/// @param state     that no session goes on with
/// @param seq       of the last change that is safe
///
/// Ownership: nothing is kept but the number.
/// Lifetime: what the state gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `state` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_session_state_persisted(
    state: *mut mqc_session_state,
    seq: u64,
) -> mqc_status {
    let body = |state: &mut SessionState| {
        state.persisted(seq);
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(state, body) }
}

/// Makes the next page of a snapshot of a state; no bytes after the last one.
///
/// @param state      that no session goes on with
/// @param snapshot   made with mqc_snapshot_new(); one for all pages of this state
/// @param max_bytes  that a page has at most, but one entry at least
/// @param page       written with MQC_OK
///
/// Ownership: the bytes of the page are those of `snapshot`.
/// Lifetime: the view lives until the next call with `snapshot` that is not `const`.
/// Threads: several may read the state at a time while none changes it; one at a time for each
///   `snapshot`.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages), allocates the page. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `state` or uses `snapshot`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_session_state_snapshot(
    state: *const mqc_session_state,
    snapshot: *mut mqc_snapshot,
    max_bytes: usize,
    page: *mut mqc_bytes,
) -> mqc_status {
    let body = |state: &SessionState| {
        // SAFETY: the caller's promise.
        unsafe {
            mqc_snapshot::next(snapshot, page, |cursor, out| state.snapshot(cursor, max_bytes, out))
        }
    };
    // SAFETY: the caller's promise.
    unsafe { look(state, body) }
}
