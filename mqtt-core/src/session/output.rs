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
///
/// ```text
/// bytes:  gone  | to be sent |  gap | waits  | there to be written to
///         0     sent         end    end+gap  end+behind
/// ```
///
/// What passes those that wait goes into the gap, so it costs no more than its own bytes. Each byte is moved a few
/// times at most: for the gap, which is as large as what waits; when it need not wait any more; and when room runs
/// out, if more is free than is kept.
#[derive(Debug, Default)]
pub(super) struct Output {
    bytes: Vec<u8>,
    end: usize,
    /// How many of `bytes` are gone.
    sent: usize,
    /// What is to be sent instead of `bytes`, up to `end` too: a packet that many get. Nothing else is written or
    /// waits.
    form: Option<Arc<Vec<u8>>>,
    /// Bytes of the gap; 0 if nothing waits.
    gap: usize,
    /// Bytes of the gap and of what waits.
    behind: usize,
    /// Payloads that were not copied, and how many of `bytes` come before each.
    bodies: Seldom<VecDeque<(usize, Bytes)>>,
    /// Bytes of them.
    bodies_len: usize,
    /// Bytes of those that wait.
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
        self.behind - self.gap + self.held_bodies
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
        let mut result = write(&mut self.bytes[self.end + self.behind..]);
        if let Err(EncodeError::BufferTooSmall { needed }) = result {
            self.make_room(needed);
            result = write(&mut self.bytes[self.end + self.behind..]);
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
        let top = self.end + self.behind;
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
        self.behind += len;
        if let Some(body) = body {
            self.held_bodies += body.len();
            self.attach(body);
        }
    }

    /// Puts a payload behind all that was written.
    #[cold]
    fn attach(&mut self, body: &Bytes) {
        self.bodies.make().push_back((self.end + self.behind, body.clone()));
    }

    /// What has just been written is to be sent before those that wait.
    #[cold]
    pub(super) fn pass(&mut self, len: usize, body: Option<&Bytes>) {
        if self.gap < len {
            self.widen_gap(len);
        }
        let (start, top) = (self.end, self.end + self.behind);
        self.bytes.copy_within(top..top + len, start);
        (self.end, self.gap, self.behind) = (start + len, self.gap - len, self.behind - len);
        if let Some(body) = body {
            self.bodies_len += body.len();
            let bodies = self.bodies.make();
            let own = bodies.partition_point(|(before, _)| *before <= start);
            bodies.insert(own, (self.end, body.clone()));
        }
        self.end_gap();
    }

    /// Without something that waits there is no gap.
    fn end_gap(&mut self) {
        if self.behind == self.gap {
            (self.behind, self.gap) = (0, 0);
        }
    }

    /// Makes the gap wide enough for the packet of so many bytes that has just been written behind those that wait.
    #[cold]
    fn widen_gap(&mut self, len: usize) {
        // What is to be sent moves to the front, if that gains as much as it costs.
        if self.sent >= len.max(self.end - self.sent) {
            self.move_front();
        }
        if self.gap >= len {
            return;
        }
        let (from, to) = (self.end + self.gap, self.end + self.behind + len);
        let more = len.max(self.behind - self.gap);
        if to + more > self.bytes.len() {
            self.grow(to + more);
        }
        self.bytes.copy_within(from..to, from + more);
        self.move_bodies(self.end, usize::MAX, |before| before + more);
        (self.gap, self.behind) = (self.gap + more, self.behind + more);
    }

    /// Moves what is to be sent to the front: the gap grows by what is gone.
    fn move_front(&mut self) {
        let (sent, end) = (self.sent, self.end);
        self.bytes.copy_within(sent..end, 0);
        self.move_bodies(0, end, |before| before - sent);
        (self.sent, self.end) = (0, end - sent);
        (self.gap, self.behind) = (self.gap + sent, self.behind + sent);
    }

    /// Puts payloads elsewhere that come behind a place, and not behind another.
    fn move_bodies(&mut self, behind: usize, up_to: usize, place: impl Fn(usize) -> usize) {
        if let Some(bodies) = self.bodies.get_mut() {
            let first = bodies.partition_point(|(before, _)| *before <= behind);
            let end = bodies.partition_point(|(before, _)| *before <= up_to);
            bodies.range_mut(first..end).for_each(|(before, _)| *before = place(*before));
        }
    }

    /// So many bytes that waited first do not any more, and so many of payloads.
    pub(super) fn release(&mut self, len: usize, body: usize) {
        if self.gap > 0 {
            self.leave_gap(len);
        }
        (self.end, self.behind) = (self.end + len, self.behind - len);
        (self.bodies_len, self.held_bodies) = (self.bodies_len + body, self.held_bodies - body);
        self.end_gap();
    }

    /// Joins the first bytes that wait to those that are to be sent: the gap is behind them, or is gone.
    #[cold]
    fn leave_gap(&mut self, len: usize) {
        let (end, gap) = (self.end, self.gap);
        if self.len() == 0 {
            (self.sent, self.end) = (end + gap, end + gap);
            (self.gap, self.behind) = (0, self.behind - gap);
            return;
        }
        let from = end + gap;
        self.bytes.copy_within(from..from + len, end);
        self.move_bodies(end, from + len, |before| before - gap);
    }

    /// Forgets what waits.
    pub(super) fn drop_held(&mut self) {
        let end = self.end;
        if let Some(bodies) = self.bodies.get_mut() {
            bodies.retain(|(before, _)| *before <= end);
        }
        (self.gap, self.behind, self.held_bodies) = (0, 0, 0);
    }

    /// Makes room for so many bytes behind all others.
    #[cold]
    fn make_room(&mut self, needed: usize) {
        let kept = self.end - self.sent + self.behind - self.gap;
        if self.sent + self.gap > kept {
            self.close_gaps();
        }
        let top = self.end + self.behind;
        if top + needed > self.bytes.len() {
            self.grow(top + needed);
        }
    }

    fn grow(&mut self, needed: usize) {
        let len = needed.next_multiple_of(16).max(self.bytes.len() * 3 / 2);
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

    /// Moves all to the front.
    #[cold]
    fn close_gaps(&mut self) {
        self.move_front();
        let (end, gap, top) = (self.end, self.gap, self.end + self.behind);
        self.bytes.copy_within(end + gap..top, end);
        self.move_bodies(end, usize::MAX, |before| before - gap);
        (self.gap, self.behind) = (0, self.behind - gap);
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
        let is_all = count == len;
        self.moved |= count > 0;
        self.gone = self.gone.wrapping_add(count as u32);
        if self.bodies_len > 0 {
            count = self.advance_bodies(count);
        }
        self.sent += count;
        if is_all {
            if self.behind > 0 {
                (self.gap, self.behind) = (self.gap + self.end, self.behind + self.end);
            }
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
        (self.gap, self.behind, self.held_bodies) = (0, 0, 0);
    }

    /// Gives back memory that is not needed.
    pub(super) fn shrink(&mut self) {
        if self.form.is_some() {
            self.bytes = Vec::new();
        } else {
            self.close_gaps();
            self.bytes.truncate(self.end + self.behind);
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
