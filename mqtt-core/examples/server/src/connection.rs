//! What goes between a transport and the broker.

use crate::hub::Hub;
use bytes::Buf as _;
use core::cell::RefCell;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use mqtt_core::ConnId;
use std::io::{self, IoSlice};
use std::rc::Rc;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::timeout;

/// So long a client may take to read what there is for it, when its connection is over.
const LINGER: Duration = Duration::from_secs(5);
/// So long it may take to close its side then.
pub(crate) const FAREWELL: Duration = Duration::from_secs(1);
/// So often a connection is read before others have their turn.
const READS: usize = 4;
/// So many pieces are written at once.
const PIECES: usize = 16;

/// A connection of the broker, and its transport.
struct Connection<S> {
    conn: ConnId,
    stream: S,
    /// What the broker has not taken yet.
    rest: Vec<u8>,
    /// There is nothing more to be read.
    has_ended: bool,
    /// How many bytes were written.
    written: u64,
}

/// How a poll of a connection has ended.
#[derive(PartialEq, Eq)]
enum End {
    /// The broker is done with it, and all is sent.
    Closed,
    /// The transport is gone.
    Lost,
}

/// Serves a connection to its end, and drops `held` when nothing more is read or sent.
pub(crate) async fn serve<S>(hub: Rc<RefCell<Hub>>, conn: ConnId, stream: S, held: impl Sized)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut connection =
        Connection { conn, stream, rest: Vec::new(), has_ended: false, written: 0 };
    poll_fn(|cx| connection.poll(cx, &mut hub.borrow_mut())).await;
    // Apart, so that one that is open does not take the memory that its end takes.
    Box::pin(end(hub, connection)).await;
    drop(held);
}

/// Sends what is left, and closes.
async fn end<S>(hub: Rc<RefCell<Hub>>, mut connection: Connection<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // It is for the client to take, soon.
    let draining = timeout(LINGER, poll_fn(|cx| connection.poll_output(cx, &mut hub.borrow_mut())));
    let has_all = draining.await == Ok(End::Closed);
    hub.borrow_mut().forget(connection.conn);
    if has_all {
        // TCP answers what comes to a closed end with a reset, and that takes our last bytes away from a client that
        // has not read them. It may be gone by now, too.
        let _ = timeout(FAREWELL, farewell(connection.stream)).await;
    }
}

/// Closes this side, and waits for the other.
async fn farewell(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    stream.shutdown().await?;
    let mut unread = [0; 1024];
    while stream.read(&mut unread).await? > 0 {}
    Ok(())
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Reads and writes as long as there is something. Ready when the broker is done with it, or the transport is gone.
    fn poll(&mut self, cx: &mut Context<'_>, hub: &mut Hub) -> Poll<()> {
        let is_open = hub.attend(self.conn, cx);
        if is_open {
            self.poll_input(cx, hub);
        }
        let before = self.written;
        if self.poll_output(cx, hub) == Poll::Ready(End::Lost) {
            return Poll::Ready(());
        }
        if is_open && !self.rest.is_empty() && self.written != before {
            // There may be room for it now.
            cx.waker().wake_by_ref();
        }
        if hub.attend(self.conn, cx) { Poll::Pending } else { Poll::Ready(()) }
    }

    fn poll_input(&mut self, cx: &mut Context<'_>, hub: &mut Hub) {
        for _ in 0..READS {
            if !self.rest.is_empty() {
                let taken = hub.input(self.conn, &self.rest);
                self.rest.drain(..taken);
                if !self.rest.is_empty() {
                    return;
                }
                // Most connections never have any.
                self.rest = Vec::new();
            }
            if self.has_ended {
                return hub.lost(self.conn);
            }
            let mut buffer = hub.take_buffer();
            let mut room = ReadBuf::new(&mut buffer);
            let result = Pin::new(&mut self.stream).poll_read(cx, &mut room);
            let data = room.filled();
            let has_read = !data.is_empty();
            match result {
                Poll::Ready(Ok(())) if has_read => {
                    let taken = hub.input(self.conn, data);
                    self.rest.extend_from_slice(&data[taken..]);
                }
                Poll::Ready(_) => self.has_ended = true,
                Poll::Pending => {}
            }
            hub.give_buffer(buffer);
            if result.is_pending() {
                return;
            }
        }
        cx.waker().wake_by_ref();
    }

    /// Writes what there is. Ready when that is nothing, or the transport is gone.
    fn poll_output(&mut self, cx: &mut Context<'_>, hub: &mut Hub) -> Poll<End> {
        let before = self.written;
        let end = loop {
            let mut output = hub.output(self.conn);
            if !output.has_remaining() {
                break Poll::Ready(End::Closed);
            }
            let mut pieces = [IoSlice::new(&[]); PIECES];
            let count = output.chunks_vectored(&mut pieces);
            let stream = Pin::new(&mut self.stream);
            match stream.poll_write_vectored(cx, &pieces[..count]) {
                Poll::Ready(Ok(len @ 1..)) => {
                    output.advance(len);
                    self.written += len as u64;
                }
                Poll::Ready(_) => break Poll::Ready(End::Lost),
                Poll::Pending => break Poll::Pending,
            }
        };
        if self.written != before {
            // Queues go on, and what was told is over.
            hub.turn();
        }
        end
    }
}
