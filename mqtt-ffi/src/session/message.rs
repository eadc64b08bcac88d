//! Messages that a session is given.

use super::config::{self, mqc_when_full};
use super::payload::{self, mqc_payload};
use super::report::block;
use super::shared::{Handle, Side, at, change};
use crate::{
    MQC_INVALID_ARGUMENT, boundary::required, mqc_bytes, mqc_publish, mqc_qos, mqc_status, packet,
};
use bytes::Bytes;
use core::{mem, slice};
use mqtt_core::{
    BatchRefused, ClientSession, Instant, PacketId, Publish, PublishStatus, ServerSession,
    UsageError, WhenFull, Will,
};

/// What became of a message.
pub type mqc_publish_status = u32;
/// It has been written; with a packet identifier, if its QoS is 1 or 2.
pub const MQC_PUBLISH_SENT: mqc_publish_status = 1;
/// It waits to be sent.
pub const MQC_PUBLISH_QUEUED: mqc_publish_status = 2;

/// What became of a message, and its packet identifier.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_publish_result {
    /// `MQC_PUBLISH_*`
    pub status: mqc_publish_status,
    /// 0 if it has none: its QoS is 0, or it waits.
    pub packet_id: u16,
    /// Zero.
    pub reserved: u16,
}

impl mqc_publish_result {
    fn of(status: PublishStatus) -> Self {
        let (status, packet_id) = match status {
            PublishStatus::Sent(id) => (MQC_PUBLISH_SENT, id.map_or(0, PacketId::get)),
            PublishStatus::Queued => (MQC_PUBLISH_QUEUED, 0),
        };
        Self { status, packet_id, reserved: 0 }
    }
}

/// A message that a server is to publish when a client is gone.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_will {
    /// 1 if there is one, else 0; the other fields mean nothing then.
    pub has_will: u8,
    /// QoS that it is published with.
    pub qos: mqc_qos,
    /// 1 if it is published as a retained message, else 0.
    pub retain: u8,
    /// Zero.
    pub reserved: u8,
    /// How many seconds after the end of the connection it is to be published: its Will Delay
    /// Interval, or less if the session ends sooner.
    pub delay: u32,
    /// Topic name, UTF-8.
    pub topic: mqc_bytes,
    /// Properties, as those of mqc_publish; the Will Delay Interval is among them.
    pub properties: mqc_bytes,
    /// Payload.
    pub payload: mqc_bytes,
}

impl mqc_will {
    pub(crate) fn of(will: Option<Will<'_>>, delay: u32) -> Self {
        let has_will = u8::from(will.is_some());
        let will = will.unwrap_or_default();
        Self {
            has_will,
            qos: will.qos as u8,
            retain: u8::from(will.retain),
            reserved: 0,
            delay,
            topic: mqc_bytes::of(will.topic.as_bytes()),
            properties: block(&will.properties),
            payload: mqc_bytes::of(will.payload),
        }
    }
}

/// What a session does with messages of the caller's: publish them, or deliver them.
pub(super) trait Sends {
    fn send(
        &mut self,
        now: Instant,
        publish: &Publish<'_>,
        token: u64,
        when_full: WhenFull,
    ) -> Result<PublishStatus, UsageError>;
    fn send_bytes(
        &mut self,
        now: Instant,
        publish: &Publish<'_>,
        payload: &Bytes,
        token: u64,
        when_full: WhenFull,
    ) -> Result<PublishStatus, UsageError>;
    fn send_all<'p>(
        &mut self,
        now: Instant,
        messages: impl Iterator<Item = (Publish<'p>, u64)>,
        when_full: WhenFull,
    ) -> Result<usize, BatchRefused>;
}

/// Hands each on to the session's own method.
macro_rules! sends {
    ($session:ident: $one:ident, $bytes:ident, $all:ident) => {
        impl Sends for $session {
            #[inline]
            fn send(
                &mut self,
                now: Instant,
                publish: &Publish<'_>,
                token: u64,
                when_full: WhenFull,
            ) -> Result<PublishStatus, UsageError> {
                self.$one(now, publish, token, when_full)
            }
            fn send_bytes(
                &mut self,
                now: Instant,
                publish: &Publish<'_>,
                payload: &Bytes,
                token: u64,
                when_full: WhenFull,
            ) -> Result<PublishStatus, UsageError> {
                self.$bytes(now, publish, payload, token, when_full)
            }
            fn send_all<'p>(
                &mut self,
                now: Instant,
                messages: impl Iterator<Item = (Publish<'p>, u64)>,
                when_full: WhenFull,
            ) -> Result<usize, BatchRefused> {
                self.$all(now, messages, when_full)
            }
        }
    };
}

sends!(ClientSession: publish, publish_bytes, publish_all);
sends!(ServerSession: deliver, deliver_bytes, deliver_all);

/// # Safety
/// As [`change`]; `publish` is NULL or points to such a packet, and its views to their bytes; `out`
/// is NULL or points to a writable structure.
#[inline]
pub(super) unsafe fn send<H: Handle<Session: Sends>>(
    session: *mut H,
    now_ms: u64,
    publish: *const mqc_publish,
    token: u64,
    when_full: mqc_when_full,
    out: *mut mqc_publish_result,
) -> mqc_status {
    let body = |side: &mut Side<H::Session>| {
        required(publish)?;
        let when_full = config::when_full(when_full)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let publish = unsafe { packet::publish(publish)? };
        let status =
            side.command(|session| session.send(at(now_ms), &publish, token, when_full))?;
        // SAFETY: the caller's promise.
        unsafe { give(status, out) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// # Safety
/// As [`send`]; `payload` is NULL or points to such an object, which no other thread frees.
pub(super) unsafe fn send_payload<H: Handle<Session: Sends>>(
    session: *mut H,
    now_ms: u64,
    publish: *const mqc_publish,
    payload: *const mqc_payload,
    token: u64,
    when_full: mqc_when_full,
    out: *mut mqc_publish_result,
) -> mqc_status {
    let body = |side: &mut Side<H::Session>| {
        required(publish)?;
        let when_full = config::when_full(when_full)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let (publish, payload) = unsafe { (packet::publish(publish)?, payload::share(payload)?) };
        let status = side.command(|session| {
            session.send_bytes(at(now_ms), &publish, &payload, token, when_full)
        })?;
        // SAFETY: the caller's promise.
        unsafe { give(status, out) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// # Safety
/// `out` is NULL or points to a writable structure.
unsafe fn give(status: PublishStatus, out: *mut mqc_publish_result) {
    if !out.is_null() {
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(mqc_publish_result::of(status)) };
    }
}

/// # Safety
/// As [`change`]; `messages` and `tokens` are NULL or point to so many of them, and the views of
/// the messages to their bytes; `taken` is NULL or points to a writable number.
pub(super) unsafe fn send_all<H: Handle<Session: Sends>>(
    session: *mut H,
    now_ms: u64,
    (messages, tokens, count): (*const mqc_publish, *const u64, usize),
    when_full: mqc_when_full,
    taken: *mut usize,
) -> mqc_status {
    let body = |side: &mut Side<H::Session>| {
        required(taken)?;
        let when_full = config::when_full(when_full)?;
        // SAFETY: the caller's promise.
        let (messages, tokens) = unsafe {
            let no_tokens = tokens.is_null();
            (array(messages, count)?, array(tokens, if no_tokens { 0 } else { count })?)
        };
        let session = side.session_mut()?;
        // The first that is no message ends the batch.
        let mut fault = None;
        let numbers = tokens.iter().copied().chain(core::iter::repeat(0));
        let batch = messages.iter().zip(numbers).map_while(|(message, token)| {
            // SAFETY: the caller's promise.
            match unsafe { packet::publish(message) } {
                Ok(publish) => Some((publish, token)),
                Err(status) => {
                    fault = Some(status);
                    None
                }
            }
        });
        let (found, error) = match session.send_all(at(now_ms), batch, when_full) {
            Ok(found) => (found, None),
            Err(refused) => (refused.taken, Some(refused.error)),
        };
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { taken.write(found) };
        match (error, fault) {
            (Some(error), _) => Err(side.refuse(&error)),
            (None, Some(status)) => Err(status),
            (None, None) => Ok(()),
        }
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// The values of an array; NULL is allowed for none.
///
/// # Safety
/// If `count` is not 0, `values` is NULL or points to so many readable values that nobody changes
/// during `'a`.
pub(super) unsafe fn array<'a, T>(values: *const T, count: usize) -> Result<&'a [T], mqc_status> {
    if count == 0 {
        return Ok(&[]);
    }
    required(values)?;
    let bytes = count.checked_mul(mem::size_of::<T>());
    if bytes.is_none_or(|bytes| isize::try_from(bytes).is_err()) {
        return Err(MQC_INVALID_ARGUMENT);
    }
    // SAFETY: not NULL and not longer than an object can be; the rest is the caller's promise.
    Ok(unsafe { slice::from_raw_parts(values, count) })
}
