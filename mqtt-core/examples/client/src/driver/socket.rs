//! Bytes from and to the socket.

use super::{BATCH, Driver, Line, Unanswered};
use crate::transport;
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
                    if len > 0 {
                        (self.is_unflushed, self.unanswered) = (true, Unanswered::Nothing);
                    }
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

    /// Has TCP acknowledge what has come, before a pause, if something of ours is under way and nothing that is
    /// sent carries an acknowledgement. TCP would take its time, about 40 ms, and a broker that leaves Nagle's
    /// algorithm on (mosquitto does) sends nothing small meanwhile: not even what we wait for. The program has
    /// its turn before, for what it sends acknowledges at no cost.
    pub(super) fn acknowledge_now(&mut self, cx: &Context<'_>) {
        let is_waiting = || self.session.stats().is_some_and(|stats| stats.in_flight > 0);
        match (self.unanswered, &self.line) {
            (Unanswered::New, _) if is_waiting() => {
                self.unanswered = Unanswered::Seen;
                cx.waker().wake_by_ref();
            }
            (Unanswered::Seen, Line::Up(stream)) => {
                self.unanswered = Unanswered::Nothing;
                transport::acknowledge_now(&**stream);
            }
            _ => self.unanswered = Unanswered::Nothing,
        }
    }

    /// Reads what has come, unless the session has not taken what was read before, and hands it to the session.
    pub(super) fn read(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let Line::Up(stream) = &mut self.line else { return false };
        if self.session.wants_input() == 0 || self.is_at_end {
            return false;
        }
        if self.unread.is_empty() {
            let mut read = ReadBuf::new(&mut self.buffer);
            let Poll::Ready(result) = Pin::new(stream).poll_read(cx, &mut read) else {
                return false;
            };
            self.unread = 0..read.filled().len();
            if let Err(error) = result {
                self.failure.get_or_insert(error);
            }
            if self.unread.is_empty() {
                self.is_at_end = true;
                self.session.handle_eof(now);
                return true;
            }
            self.unanswered = Unanswered::New;
        }
        self.unread.start += self.session.handle_input(now, &self.buffer[self.unread.clone()]);
        true
    }
}
