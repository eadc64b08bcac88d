//! Bytes from and to the socket.

use super::{BATCH, Driver, Line};
use bytes::Buf;
use core::pin::Pin;
use core::task::{Context, Poll};
use mqtt_core::Instant;
use std::io::IoSlice;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};

impl Driver {
    /// Writes what is to be sent.
    pub(super) fn write(&mut self, cx: &mut Context<'_>) -> bool {
        let Line::Up(stream) = &mut self.line else { return false };
        if self.failure.is_some() {
            return false;
        }
        let mut stream = Pin::new(stream);
        let mut moved = false;
        loop {
            let mut out = self.session.transmit();
            let written = if !out.has_remaining() {
                if !self.is_unflushed {
                    return moved;
                }
                let flushed = stream.as_mut().poll_flush(cx);
                self.is_unflushed &= flushed.is_pending();
                flushed.map_ok(|()| 0)
            } else if stream.is_write_vectored() {
                let mut slices = [IoSlice::new(&[]); BATCH];
                let count = out.chunks_vectored(&mut slices);
                stream.as_mut().poll_write_vectored(cx, &slices[..count])
            } else {
                stream.as_mut().poll_write(cx, out.chunk())
            };
            match written {
                Poll::Pending => return moved,
                Poll::Ready(Ok(len)) => {
                    out.advance(len);
                    self.is_unflushed |= len > 0;
                    // There is room for what was turned away for want of it.
                    self.is_blocked &= len == 0;
                    moved = true;
                }
                Poll::Ready(Err(error)) => {
                    // What the broker has said before can still be read.
                    self.failure = Some(error);
                    return true;
                }
            }
        }
    }

    /// Reads what has come, as far as the session takes it.
    pub(super) fn read(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let Line::Up(stream) = &mut self.line else { return false };
        let wanted = self.session.wants_input().min(self.buffer.len());
        if wanted == 0 || self.is_at_end {
            return false;
        }
        let mut read = ReadBuf::new(&mut self.buffer[..wanted]);
        match Pin::new(stream).poll_read(cx, &mut read) {
            Poll::Pending => return false,
            Poll::Ready(Ok(())) if !read.filled().is_empty() => {
                let taken = self.session.handle_input(now, read.filled());
                debug_assert_eq!(taken, read.filled().len(), "it said that it wants so many");
                return true;
            }
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => {
                self.failure.get_or_insert(error);
            }
        }
        self.is_at_end = true;
        self.session.handle_eof(now);
        true
    }
}
