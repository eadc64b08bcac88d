//! Bytes that are to be sent.

use super::seldom::Seldom;
use crate::EncodeError;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use bytes::{Buf, Bytes};
use core::mem;
use core::num::NonZeroU32;
#[cfg(feature = "std")]
use std::io::IoSlice;

/// Bytes that are to be sent.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// Written up to `end`. What lies behind has no meaning: it is there to be written to.
    bytes: Vec<u8>,
    end: usize,
    /// How many of `bytes` are gone.
    sent: usize,
    /// What is to be sent instead of `bytes`, up to `end` too: a packet that many get. Nothing else is written or
    /// waits.
    form: Option<Arc<Vec<u8>>>,
    /// Payloads that were not copied, and how many of `bytes` come before each.
    bodies: Seldom<VecDeque<(usize, Bytes)>>,
    /// Bytes of them.
    bodies_len: usize,
    /// So many of `bytes` behind `end`, and of payloads, wait: they are not to be sent yet.
    held: usize,
    held_bodies: usize,
    /// Some have gone since this was last asked.
    moved: bool,
    /// How many bytes have gone in all, modulo 2^32.
    gone: u32,
}

impl Output {
    /// How many bytes there are to be sent.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.end - self.sent + self.bodies_len
    }

    /// How many wait.
    pub(super) fn held_len(&self) -> usize {
        self.held + self.held_bodies
    }

    /// Writes a packet behind all others; gives its length. It is nowhere yet: [`keep`](Self::keep),
    /// [`hold`](Self::hold) or [`pass`](Self::pass) it, or let the next one be written over it.
    ///
    /// `write` writes to the front of the place that it is given. If that is too small, it is asked once more,
    /// with a larger one.
    #[inline]
    pub(super) fn put(
        &mut self,
        write: impl Fn(&mut [u8]) -> Result<usize, EncodeError>,
    ) -> Result<usize, EncodeError> {
        if self.form.is_some() {
            self.copy_form();
        }
        // Not as long as more is kept than is gone, so each byte is moved once at most.
        if self.sent > self.end / 2 {
            self.close_gap();
        }
        let top = self.end + self.held;
        let mut result = write(&mut self.bytes[top..]);
        if let Err(EncodeError::BufferTooSmall { needed }) = result {
            self.grow(needed);
            result = write(&mut self.bytes[top..]);
        }
        result
    }

    /// The same for bytes.
    #[inline(never)]
    pub(super) fn put_bytes(&mut self, bytes: &[u8]) -> usize {
        // There is no other error than too small a place.
        let result = self.put(|place| match place.get_mut(..bytes.len()) {
            Some(place) => {
                place.copy_from_slice(bytes);
                Ok(bytes.len())
            }
            None => Err(EncodeError::BufferTooSmall { needed: bytes.len() }),
        });
        result.unwrap_or(0)
    }

    /// A packet that many get is to be sent. It is not copied, if there is nothing before it. Nothing may wait.
    #[inline(always)]
    pub(super) fn put_form(&mut self, form: &Arc<Vec<u8>>) {
        if self.len() == 0 {
            (self.sent, self.end) = (0, form.len());
            self.form = Some(Arc::clone(form));
        } else {
            let len = self.put_bytes(form);
            self.keep(len, None);
        }
    }

    /// Something is to be written behind the packet that many get.
    #[cold]
    fn copy_form(&mut self) {
        let Some(form) = self.form.take() else { return };
        let left = &form[mem::take(&mut self.sent)..];
        self.end = 0;
        if self.bytes.len() < left.len() {
            self.grow(left.len());
        }
        self.bytes[..left.len()].copy_from_slice(left);
        self.end = left.len();
    }

    /// The packet of so many bytes that has just been written.
    #[inline]
    pub(super) fn put_last(&self, len: usize) -> &[u8] {
        let top = self.end + self.held;
        self.bytes.get(top..top + len).unwrap_or_default()
    }

    /// The packet that has just been written, of so many bytes and a payload that is not copied, is to be sent.
    /// Nothing may wait.
    #[inline(always)]
    pub(super) fn keep(&mut self, len: usize, body: Option<&Bytes>) {
        self.end += len;
        if let Some(body) = body {
            self.bodies_len += body.len();
            self.attach(body);
        }
    }

    /// The same, behind those that wait; it waits too.
    #[inline]
    pub(super) fn hold(&mut self, len: usize, body: Option<&Bytes>) {
        self.held += len;
        if let Some(body) = body {
            self.held_bodies += body.len();
            self.attach(body);
        }
    }

    /// Puts a payload behind all that was written.
    #[cold]
    fn attach(&mut self, body: &Bytes) {
        self.bodies.make().push_back((self.end + self.held, body.clone()));
    }

    /// What has just been written is to be sent before those that wait.
    #[cold]
    pub(super) fn pass(&mut self, len: usize, body: Option<&Bytes>) {
        let start = self.end;
        self.bytes[start..start + self.held + len].rotate_right(len);
        self.end += len;
        let mut own = 0;
        if let Some(bodies) = self.bodies.get_mut() {
            own = bodies.partition_point(|(before, _)| *before <= start);
            bodies.range_mut(own..).for_each(|(before, _)| *before += len);
        }
        if let Some(body) = body {
            self.bodies_len += body.len();
            self.bodies.make().insert(own, (self.end, body.clone()));
        }
    }

    /// So many bytes that waited first do not any more, and so many of payloads.
    pub(super) fn release(&mut self, len: usize, body: usize) {
        (self.end, self.held) = (self.end + len, self.held - len);
        (self.bodies_len, self.held_bodies) = (self.bodies_len + body, self.held_bodies - body);
    }

    /// Forgets what waits.
    pub(super) fn drop_held(&mut self) {
        let end = self.end;
        if let Some(bodies) = self.bodies.get_mut() {
            bodies.retain(|(before, _)| *before <= end);
        }
        (self.held, self.held_bodies) = (0, 0);
    }

    #[cold]
    fn grow(&mut self, needed: usize) {
        let len =
            (self.end + self.held + needed).next_multiple_of(16).max(self.bytes.len() * 3 / 2);
        self.bytes.resize(len, 0);
    }

    /// The place behind all that was written, which is not 0.
    pub(super) fn place(&self) -> NonZeroU32 {
        NonZeroU32::new(self.gone.wrapping_add(self.len() as u32)).unwrap_or(NonZeroU32::MIN)
    }

    /// True if the transport has taken all up to a place.
    pub(super) fn is_past(&self, place: NonZeroU32) -> bool {
        self.len() == 0 || self.gone.wrapping_sub(place.get()) < 1 << 31
    }

    #[cold]
    fn close_gap(&mut self) {
        self.bytes.copy_within(self.sent..self.end + self.held, 0);
        self.end -= self.sent;
        let bodies = self.bodies.get_mut().into_iter().flatten();
        bodies.for_each(|(before, _)| *before -= self.sent);
        self.sent = 0;
    }

    /// The piece that is to be sent next, and is not empty unless there is none.
    #[inline]
    fn first(&self) -> &[u8] {
        match (&self.form, self.bodies.get()) {
            (Some(form), _) => &form[self.sent..],
            (None, None) => &self.bytes[self.sent..self.end],
            (None, Some(bodies)) => self.first_of(bodies),
        }
    }

    #[cold]
    fn first_of<'a>(&'a self, bodies: &'a VecDeque<(usize, Bytes)>) -> &'a [u8] {
        match bodies.front() {
            Some((before, body)) if *before == self.sent => body,
            Some((before, _)) => &self.bytes[self.sent..self.end.min(*before)],
            None => &self.bytes[self.sent..self.end],
        }
    }

    /// Lets go of the bytes in front.
    #[inline]
    fn advance(&mut self, mut count: usize) {
        let len = self.len();
        assert!(count <= len, "advanced beyond the end");
        let is_all = count == len && self.held == 0;
        self.moved |= count > 0;
        self.gone = self.gone.wrapping_add(count as u32);
        if self.bodies_len > 0 {
            count = self.advance_bodies(count);
        }
        self.sent += count;
        if is_all {
            (self.sent, self.end) = (0, 0);
            self.form = None;
        }
    }

    /// The same as far as there are payloads of their own; gives how much is left of `count`.
    #[cold]
    fn advance_bodies(&mut self, mut count: usize) -> usize {
        let Some(bodies) = self.bodies.get_mut() else { return count };
        while let Some((before, body)) = bodies.front_mut() {
            let some = count.min(*before - self.sent);
            (self.sent, count) = (self.sent + some, count - some);
            if self.sent < *before {
                return 0;
            }
            let some = count.min(body.len());
            (self.bodies_len, count) = (self.bodies_len - some, count - some);
            body.advance(some);
            if !body.is_empty() {
                return 0;
            }
            bodies.pop_front();
        }
        count
    }

    /// How many bytes have gone in all, modulo 2^32.
    pub(super) const fn gone(&self) -> u32 {
        self.gone
    }

    /// True if the transport has taken something since it was last [told](Self::told_moved), or could not.
    #[inline]
    pub(super) fn has_moved(&self) -> bool {
        self.moved || self.len() == 0
    }

    #[inline]
    pub(super) fn told_moved(&mut self) {
        self.moved = false;
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.form = None;
        self.bodies.take();
        (self.sent, self.end, self.bodies_len) = (0, 0, 0);
        (self.held, self.held_bodies) = (0, 0);
    }

    /// Gives back memory that is not needed.
    pub(super) fn shrink(&mut self) {
        if self.form.is_some() {
            self.bytes = Vec::new();
        } else {
            self.close_gap();
            self.bytes.truncate(self.end + self.held);
            self.bytes.shrink_to_fit();
        }
        self.bodies.keep_if(|bodies| !bodies.is_empty());
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
            + self.form.as_ref().map_or(0, |form| form.len())
            + self.bodies.heap_bytes(|bodies| bodies.capacity() * size_of::<(usize, Bytes)>())
            + self.bodies_len
            + self.held_bodies
    }
}

/// Bytes that a session wants to send: see [`ClientSession::transmit`](crate::ClientSession::transmit).
///
/// What is [advanced](Buf::advance) over is gone for good: hand it to the transport first. It may be
/// advanced in any steps, also within a packet. Packets lie one behind the other in one piece; payloads
/// that were handed over as [`Bytes`] are pieces of their own, which
/// [`chunks_vectored`](Buf::chunks_vectored) gives along with what lies between them.
///
/// # Examples
/// ```
/// use mqtt_core::{ClientConfig, ClientSession, Instant};
/// use bytes::Buf;
/// let mut session = ClientSession::new(ClientConfig::default());
/// session.connect(Instant::default(), &mqtt_core::Connect::default())?;
/// let mut out = session.transmit();
/// let mut socket = Vec::new();
/// while out.has_remaining() {
///     socket.extend_from_slice(out.chunk());
///     out.advance(out.chunk().len());
/// }
/// assert_eq!(socket[0], 0x10);
/// # Ok::<(), mqtt_core::UsageError>(())
/// ```
#[derive(Debug)]
pub struct Transmit<'s>(pub(super) &'s mut Output);

/// Nothing to be sent, where there is no session.
#[derive(Debug, Default)]
pub(crate) struct NothingToSend(Output);

impl NothingToSend {
    pub(crate) const fn transmit(&mut self) -> Transmit<'_> {
        Transmit(&mut self.0)
    }
}

impl Buf for Transmit<'_> {
    fn remaining(&self) -> usize {
        self.0.len()
    }

    fn chunk(&self) -> &[u8] {
        self.0.first()
    }

    #[cfg(feature = "std")]
    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let Output { bytes, form, sent, end, bodies, .. } = &*self.0;
        let bytes = form.as_deref().unwrap_or(bytes);
        let mut at = *sent;
        let bodies = bodies.get().into_iter().flatten();
        let bodies = bodies.take_while(|(before, _)| before <= end);
        let pieces = bodies.clone().flat_map(|(before, body)| {
            let some = &bytes[at..*before];
            at = *before;
            [some, body]
        });
        // What comes behind the last of them.
        let last = bodies.last().map_or(*sent, |(before, _)| *before);
        let pieces = pieces.chain([&bytes[last..*end]]).filter(|piece| !piece.is_empty());
        let places = slices.iter_mut().zip(pieces);
        places.map(|(place, piece)| *place = IoSlice::new(piece)).count()
    }

    fn advance(&mut self, count: usize) {
        self.0.advance(count);
    }
}
