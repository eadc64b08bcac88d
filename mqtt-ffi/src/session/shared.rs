//! The bodies of the functions that sessions of both roles have.

use super::driven::Driven;
use super::event::{MQC_TIMER_NONE, mqc_event, mqc_timer};
use super::refusal::mqc_refusal;
use super::report;
use super::stats::mqc_stats;
use super::tokens::{Tokens, mqc_ack_token};
use crate::{
    MQC_INVALID_ARGUMENT, MQC_OK, MQC_PACKET_AUTH, MQC_PACKET_DISCONNECT, MQC_SPENT,
    boundary::{Outcome, input, required},
    mqc_auth, mqc_bytes, mqc_disconnect, mqc_packet, mqc_packet_type, mqc_persist_op,
    mqc_session_state, mqc_snapshot, mqc_status,
    object::{self, Object},
    packet,
};
use bytes::Buf;
use core::mem::{self, MaybeUninit};
use mqtt_core::{Disconnect, Instant, Packet, ReasonCode, UsageError, Version};
use std::io::IoSlice;

/// The status of an inner call, as the end of a body.
pub(crate) const fn outcome(status: mqc_status) -> Outcome {
    if status == MQC_OK { Ok(()) } else { Err(status) }
}

/// Pieces that a vectored peek gives at most.
const MAX_PIECES: usize = 64;

/// What is behind the pointer to a session.
pub(crate) struct Side<S> {
    /// Taken, once its state has been taken out of it.
    session: Option<S>,
    pub(super) tokens: Tokens,
    /// The last command that was refused, and why.
    refusal: mqc_refusal,
    /// Properties of the last event, if they had to be put together.
    scratch: Vec<u8>,
    /// Of a client: the version that it speaks.
    pub(super) version: Version,
}

impl<S> Side<S> {
    pub(super) fn new(session: S, version: Version, tokens: Tokens) -> Object<Self> {
        Object::new(Self {
            session: Some(session),
            tokens,
            refusal: mqc_refusal::NONE,
            scratch: Vec::new(),
            version,
        })
    }

    pub(crate) fn session(&self) -> Result<&S, mqc_status> {
        self.session.as_ref().ok_or(MQC_SPENT)
    }

    pub(crate) fn session_mut(&mut self) -> Result<&mut S, mqc_status> {
        self.session.as_mut().ok_or(MQC_SPENT)
    }

    /// Notes why a command is refused; gives the status for it.
    pub(super) fn refuse(&mut self, error: &UsageError) -> mqc_status {
        self.refusal = mqc_refusal::of(error);
        self.refusal.status
    }

    /// Gives the session a command.
    pub(super) fn command<T>(
        &mut self,
        command: impl FnOnce(&mut S) -> Result<T, UsageError>,
    ) -> Result<T, mqc_status> {
        command(self.session_mut()?).map_err(|error| self.refuse(&error))
    }
}

/// The object that C has a pointer to.
pub(crate) trait Handle: Sized {
    type Session: Driven;
    fn object(&self) -> &Object<Side<Self::Session>>;
    fn object_mut(&mut self) -> &mut Object<Side<Self::Session>>;
}

/// Runs `body` with a session that nobody else uses.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
pub(crate) unsafe fn change<H: Handle>(
    session: *mut H,
    body: impl FnOnce(&mut Side<H::Session>) -> Outcome,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(session, H::object_mut, body) }
}

/// Runs `body` with a session that others may look at too.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes.
pub(crate) unsafe fn look<H: Handle>(
    session: *const H,
    body: impl FnOnce(&Side<H::Session>) -> Outcome,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { object::with(session, H::object, body) }
}

/// Writes what a getter finds.
///
/// # Safety
/// As [`look`]; `out` is NULL or points to a writable value.
pub(super) unsafe fn get<H: Handle, T>(
    session: *const H,
    out: *mut T,
    value: impl FnOnce(&H::Session) -> T,
) -> mqc_status {
    let body = |side: &Side<H::Session>| {
        required(out)?;
        let value = value(side.session()?);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(value) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { look(session, body) }
}

/// What the session has on the heap, and what is beside it here.
///
/// # Safety
/// As [`look`]; `out` is NULL or points to a writable number.
pub(super) unsafe fn heap_bytes<H: Handle>(session: *const H, out: *mut usize) -> mqc_status {
    let body = |side: &Side<H::Session>| {
        required(out)?;
        let beside = side.scratch.capacity() + side.tokens.heap_bytes();
        let bytes = side.session()?.heap_bytes() + beside;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(bytes) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { look(session, body) }
}

/// # Safety
/// As [`change`].
pub(super) unsafe fn shrink_to_fit<H: Handle>(session: *mut H) -> mqc_status {
    let body = |side: &mut Side<H::Session>| {
        side.session_mut()?.shrink_to_fit();
        side.scratch = Vec::new();
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// Tells the session something that it cannot refuse.
///
/// # Safety
/// As [`change`].
pub(super) unsafe fn tell<H: Handle>(
    session: *mut H,
    what: impl FnOnce(&mut H::Session),
) -> mqc_status {
    let body = |side: &mut Side<H::Session>| {
        what(side.session_mut()?);
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

pub(super) const fn at(now_ms: u64) -> Instant {
    Instant::from_millis(now_ms)
}

/// # Safety
/// As [`change`]; `data` and `taken` are NULL or point to memory of the stated kind and size.
pub(super) unsafe fn handle_input<H: Handle>(
    session: *mut H,
    now_ms: u64,
    data: *const u8,
    len: usize,
    taken: *mut usize,
) -> mqc_status {
    let body = |side: &mut Side<H::Session>| {
        required(taken)?;
        // SAFETY: the caller's promise about `data`.
        let data = unsafe { input(data, len)? };
        let count = side.session_mut()?.handle_input(at(now_ms), data);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { taken.write(count) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// # Safety
/// As [`look`]; `at_ms` and `timer` are NULL or point to writable numbers.
pub(super) unsafe fn poll_timeout<H: Handle>(
    session: *const H,
    at_ms: *mut u64,
    timer: *mut mqc_timer,
) -> mqc_status {
    let body = |side: &Side<H::Session>| {
        required(at_ms)?;
        let session = side.session()?;
        let due = session.poll_timeout().map_or(u64::MAX, Instant::as_millis);
        let why = session.next_timer().map_or(MQC_TIMER_NONE, report::of_timer);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { at_ms.write(due) };
        if !timer.is_null() {
            // SAFETY: as above.
            unsafe { timer.write(why) };
        }
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { look(session, body) }
}

/// # Safety
/// As [`change`]; `out` is NULL or points to a writable event.
#[inline]
pub(super) unsafe fn poll_event<H: Handle>(session: *mut H, out: *mut mqc_event) -> mqc_status {
    let body = |side: &mut Side<H::Session>| {
        required(out)?;
        let Side { session, tokens, scratch, .. } = side;
        let event = session.as_mut().ok_or(MQC_SPENT)?.poll_event();
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { report::write(event, tokens, scratch, out) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// # Safety
/// As [`change`]; `out` is NULL or points to a writable view.
pub(super) unsafe fn transmit_peek<H: Handle>(session: *mut H, out: *mut mqc_bytes) -> mqc_status {
    let body = |side: &mut Side<H::Session>| {
        required(out)?;
        let piece = mqc_bytes::of(side.session_mut()?.transmit().chunk());
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(piece) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// Writes views of the first pieces of what is to be sent, and how many they are.
///
/// # Safety
/// `out` is NULL or points to so many writable views, `count` to a writable number.
pub(crate) unsafe fn write_pieces(
    transmit: &impl Buf,
    out: *mut mqc_bytes,
    capacity: usize,
    count: *mut usize,
) -> Outcome {
    required(count)?;
    if capacity > 0 {
        required(out)?;
    }
    let mut pieces = [IoSlice::new(&[]); MAX_PIECES];
    let most = capacity.min(MAX_PIECES);
    let found = transmit.chunks_vectored(&mut pieces[..most]);
    for (at, piece) in pieces[..found].iter().enumerate() {
        // SAFETY: not NULL, and `at` is below `capacity`; the rest is the caller's promise.
        unsafe { out.add(at).write(mqc_bytes::of(piece)) };
    }
    // SAFETY: not NULL; the rest is the caller's promise.
    unsafe { count.write(found) };
    Ok(())
}

/// # Safety
/// As [`change`]; `out` is NULL or points to so many writable views, `count` to a writable number.
pub(super) unsafe fn transmit_peek_vectored<H: Handle>(
    session: *mut H,
    out: *mut mqc_bytes,
    capacity: usize,
    count: *mut usize,
) -> mqc_status {
    let body = |side: &mut Side<H::Session>| {
        // SAFETY: the caller's promise.
        unsafe { write_pieces(&side.session_mut()?.transmit(), out, capacity, count) }
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// # Safety
/// As [`change`].
pub(super) unsafe fn transmit_advance<H: Handle>(session: *mut H, count: usize) -> mqc_status {
    let body = |side: &mut Side<H::Session>| {
        let mut transmit = side.session_mut()?.transmit();
        if count > transmit.remaining() {
            return Err(MQC_INVALID_ARGUMENT);
        }
        transmit.advance(count);
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// # Safety
/// As [`look`]; `out` is NULL or points to a writable structure.
pub(super) unsafe fn refusal<H: Handle>(session: *const H, out: *mut mqc_refusal) -> mqc_status {
    let body = |side: &Side<H::Session>| {
        required(out)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(side.refusal) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { look(session, body) }
}

/// # Safety
/// As [`change`].
pub(super) unsafe fn ack<H: Handle>(
    session: *mut H,
    now_ms: u64,
    token: mqc_ack_token,
    reason_code: u8,
) -> mqc_status {
    let body = |side: &mut Side<H::Session>| {
        let session = side.session.as_mut().ok_or(MQC_SPENT)?;
        let Some((core, qos)) = side.tokens.take(token) else {
            return Err(side.refuse(&UsageError::UnknownToken));
        };
        session.ack(at(now_ms), core, ReasonCode(reason_code)).map_err(|refused| {
            if refused.error != UsageError::UnknownToken {
                side.tokens.put_back(token, refused.token, qos);
            }
            side.refuse(&refused.error)
        })
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// The core's view of a packet of the caller's, of which there are the fields.
///
/// # Safety
/// `T` is the member of the body of packets of this type. `body` is NULL or points to such fields, and
/// their views to their bytes, which nobody changes during `'a`.
pub(crate) unsafe fn whole<'a, T>(
    packet_type: mqc_packet_type,
    body: *const T,
) -> Result<Packet<'a>, mqc_status> {
    required(body)?;
    let mut packet = MaybeUninit::<mqc_packet>::uninit();
    let place = packet.as_mut_ptr();
    // SAFETY: not NULL; members are at the front of the body, which has room for each. They go there as bytes of
    // any kind, because a C program need not have set the reserved ones. The rest is the caller's promise, and the
    // version says nothing about packets that come here.
    unsafe {
        (&raw mut (*place).packet_type).write(packet_type);
        let member = (&raw mut (*place).body).cast::<MaybeUninit<T>>();
        member.write(body.cast::<MaybeUninit<T>>().read());
        packet::read(place, Version::V5)
    }
}

/// # Safety
/// As [`change`]; `auth` is NULL or points to such a packet, and its views to their bytes.
pub(super) unsafe fn auth<H: Handle>(
    session: *mut H,
    now_ms: u64,
    auth: *const mqc_auth,
) -> mqc_status {
    let body = |side: &mut Side<H::Session>| {
        // SAFETY: the caller's promise.
        let packet = unsafe { whole(MQC_PACKET_AUTH, auth)? };
        let Packet::Auth(auth) = packet else { return Err(MQC_INVALID_ARGUMENT) };
        side.command(|session| session.auth(at(now_ms), &auth))
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// What is to be done with a DISCONNECT.
pub(super) type Goodbye<S> = fn(&mut S, Instant, &Disconnect<'_>) -> Result<(), UsageError>;

/// # Safety
/// As [`change`]; `disconnect` is NULL or points to such a packet, and its views to their bytes.
pub(super) unsafe fn goodbye<H: Handle>(
    session: *mut H,
    now_ms: u64,
    disconnect: *const mqc_disconnect,
    goodbye: Goodbye<H::Session>,
) -> mqc_status {
    let body = |side: &mut Side<H::Session>| {
        let packet = if disconnect.is_null() {
            Disconnect::default()
        } else {
            // SAFETY: the caller's promise.
            match unsafe { whole(MQC_PACKET_DISCONNECT, disconnect)? } {
                Packet::Disconnect(packet) => packet,
                _ => return Err(MQC_INVALID_ARGUMENT),
            }
        };
        side.command(|session| goodbye(session, at(now_ms), &packet))
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// # Safety
/// As [`look`]; `out` is NULL or points to a writable structure.
pub(super) unsafe fn stats<H: Handle>(session: *const H, out: *mut mqc_stats) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { get(session, out, |session| mqc_stats::of(session.stats())) }
}

/// # Safety
/// As [`change`]; `out` is NULL or points to a writable structure.
pub(super) unsafe fn stats_and_reset<H: Handle>(
    session: *mut H,
    now_ms: u64,
    out: *mut mqc_stats,
) -> mqc_status {
    let body = |side: &mut Side<H::Session>| {
        required(out)?;
        let stats = side.session_mut()?.stats_and_reset(at(now_ms));
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(mqc_stats::of(stats)) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// # Safety
/// As [`change`]; `out` is NULL or points to a writable structure.
pub(super) unsafe fn poll_persist<H: Handle>(
    session: *mut H,
    out: *mut mqc_persist_op,
) -> mqc_status {
    let body = |side: &mut Side<H::Session>| {
        required(out)?;
        let op = mqc_persist_op::of(side.session_mut()?.poll_persist());
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(op) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// # Safety
/// As [`look`]; `snapshot` is NULL or points to such an object, which no other thread uses; `page`
/// is NULL or points to a writable view.
pub(super) unsafe fn snapshot<H: Handle>(
    session: *const H,
    snapshot: *mut mqc_snapshot,
    max_bytes: usize,
    page: *mut mqc_bytes,
) -> mqc_status {
    let body = |side: &Side<H::Session>| {
        let session = side.session()?;
        // SAFETY: the caller's promise.
        unsafe {
            mqc_snapshot::next(snapshot, page, |cursor, out| {
                session.snapshot(cursor, max_bytes, out)
            })
        }
    };
    // SAFETY: the caller's promise.
    unsafe { look(session, body) }
}

/// # Safety
/// As [`change`]; `out` is NULL or points to a writable pointer.
pub(super) unsafe fn into_state<H: Handle>(
    session: *mut H,
    out: *mut *mut mqc_session_state,
) -> mqc_status {
    let body = |side: &mut Side<H::Session>| {
        required(out)?;
        let state = side.session.take().ok_or(MQC_SPENT)?.into_state();
        let mut tokens = mem::take(&mut side.tokens);
        tokens.disconnect();
        side.scratch = Vec::new();
        // SAFETY: not NULL; the rest is the caller's promise.
        outcome(unsafe { object::create(out, || Ok(mqc_session_state::of(state, tokens))) })
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}
