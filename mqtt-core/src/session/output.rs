//! Bytes that are to be sent.

use alloc::vec::Vec;
use bytes::Buf;

/// Bytes that are to be sent.
#[derive(Debug, Default)]
pub(super) struct Output {
    bytes: Vec<u8>,
    /// How many of `bytes` are gone.
    sent: usize,
    /// Some have gone since this was last asked.
    moved: bool,
}

impl Output {
    /// How many bytes there are.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.sent
    }

    /// Where packets are appended. Nothing that is there may be changed.
    #[inline]
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        // Not as long as more is kept than is gone, so each byte is moved once at most.
        if self.sent > self.bytes.len() / 2 {
            self.close_gap();
        }
        &mut self.bytes
    }

    #[cold]
    fn close_gap(&mut self) {
        self.bytes.drain(..self.sent);
        self.sent = 0;
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
        self.bytes.clear();
        self.sent = 0;
    }

    /// Gives back memory that is not needed.
    pub(super) fn shrink(&mut self) {
        self.close_gap();
        self.bytes.shrink_to_fit();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

/// Bytes that a session wants to send: see [`ClientSession::transmit`](crate::ClientSession::transmit).
///
/// What is [advanced](Buf::advance) over is gone for good: hand it to the transport first. It may be
/// advanced in any steps, also within a packet.
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

impl Buf for Transmit<'_> {
    fn remaining(&self) -> usize {
        self.0.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.0.bytes[self.0.sent..]
    }

    fn advance(&mut self, count: usize) {
        assert!(count <= self.remaining(), "advanced beyond the end");
        self.0.sent += count;
        self.0.moved |= count > 0;
        if self.0.len() == 0 {
            self.0.clear();
        }
    }
}
