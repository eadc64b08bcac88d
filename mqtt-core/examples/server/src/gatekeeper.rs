//! Who is let in. Passwords are verified off the broker's thread, a few at a time.

use crate::users::Users;
use core::task::{Context, Poll, ready};
use mqtt_core::{ConnId, Connect, Packet, ReasonCode, Version};
use std::sync::Arc;
use std::thread::available_parallelism;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

/// So many passwords are verified or wait for it; whoever comes then is told that the server is busy. What waits
/// longer than a client may take to connect is of no use.
const MAX_WAITING: usize = 1024;
/// The same in bytes of their CONNECTs.
const MAX_WAITING_BYTES: usize = 4 << 20;
/// The broker keeps these too, and reads nothing of anybody when they are as many as its events may be: of those they
/// are so small a part, at most.
const PART_OF_EVENTS: usize = 4;
/// So many are verified at a time, at most: each takes some 19 MiB.
const MAX_VERIFYING: usize = 4;

/// How many are verified at a time: one for each processor, up to a few.
pub(crate) fn verifying() -> usize {
    available_parallelism().map_or(1, usize::from).min(MAX_VERIFYING)
}

/// What a client says of itself, kept until it is let in or gone.
pub(crate) struct Hello {
    pub(crate) client_id: Box<str>,
    pub(crate) user_name: Option<Box<str>>,
    pub(crate) version: Version,
    pub(crate) keep_alive: u16,
}

impl Hello {
    pub(crate) fn new(connect: &Connect<'_>) -> Self {
        Self {
            client_id: connect.client_id.into(),
            user_name: connect.user_name.map(Box::from),
            version: connect.version,
            keep_alive: connect.keep_alive,
        }
    }
}

/// What is said to one who wants to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    In,
    Out(ReasonCode),
}

/// Knows the users, if not everybody is let in.
pub(crate) struct Gatekeeper {
    users: Option<Arc<Users>>,
    allow_anonymous: bool,
    waiting: usize,
    waiting_bytes: usize,
    max_waiting_bytes: usize,
    tell: mpsc::UnboundedSender<Answer>,
    told: mpsc::UnboundedReceiver<Answer>,
}

/// What a verification has shown.
#[derive(Clone, Copy)]
struct Answer {
    conn: ConnId,
    verdict: Verdict,
    /// Of the CONNECT.
    bytes: usize,
}

/// A verification. There is an answer also if it panics.
struct Verification {
    tell: mpsc::UnboundedSender<Answer>,
    answer: Answer,
}

impl Verification {
    fn new(tell: mpsc::UnboundedSender<Answer>, conn: ConnId, bytes: usize) -> Self {
        let verdict = Verdict::Out(ReasonCode::SERVER_UNAVAILABLE);
        Self { tell, answer: Answer { conn, verdict, bytes } }
    }

    fn run(mut self, is_right: impl FnOnce() -> bool) {
        self.answer.verdict = match is_right() {
            true => Verdict::In,
            false => Verdict::Out(ReasonCode::BAD_USER_NAME_OR_PASSWORD),
        };
    }
}

impl Drop for Verification {
    fn drop(&mut self) {
        // If nobody listens any more the server has ended.
        let _ = self.tell.send(self.answer);
    }
}

impl Gatekeeper {
    /// Without `users` everybody is let in. `max_event_bytes` is what the broker may have to tell.
    pub(crate) fn new(users: Option<Users>, allow_anonymous: bool, max_event_bytes: usize) -> Self {
        let (tell, told) = mpsc::unbounded_channel();
        let users = users.map(Arc::new);
        let max_waiting_bytes = MAX_WAITING_BYTES.min(max_event_bytes / PART_OF_EVENTS);
        let (waiting, waiting_bytes) = (0, 0);
        Self { users, allow_anonymous, waiting, waiting_bytes, max_waiting_bytes, tell, told }
    }

    /// Other users from now on, if it knows any. What is being verified was so by the ones before.
    pub(crate) fn set_users(&mut self, users: Users) {
        if let Some(before) = &mut self.users {
            *before = Arc::new(users);
        }
    }

    /// Judges a CONNECT; `None` if that takes longer: [`poll_verdict`](Self::poll_verdict). If `hello` is dropped
    /// meanwhile the verdict is of no use any more.
    pub(crate) fn judge(
        &mut self,
        conn: ConnId,
        connect: &Connect<'_>,
        hello: &Arc<Hello>,
    ) -> Option<Verdict> {
        if connect.properties.authentication_method().is_some() {
            return Some(Verdict::Out(ReasonCode::BAD_AUTHENTICATION_METHOD));
        }
        let Some(users) = &self.users else { return Some(Verdict::In) };
        if connect.user_name.is_none() {
            return Some(match self.allow_anonymous {
                true => Verdict::In,
                false => Verdict::Out(ReasonCode::NOT_AUTHORIZED),
            });
        }
        let bytes = Packet::from(*connect).encoded_len(connect.version).unwrap_or(usize::MAX);
        let waiting_bytes = self.waiting_bytes.saturating_add(bytes);
        // One may always, whatever it takes.
        let is_large = self.waiting > 0 && waiting_bytes > self.max_waiting_bytes;
        if self.waiting >= MAX_WAITING || is_large {
            return Some(Verdict::Out(ReasonCode::SERVER_BUSY));
        }
        (self.waiting, self.waiting_bytes) = (self.waiting + 1, waiting_bytes);
        let (users, tell, hello) = (users.clone(), self.tell.clone(), Arc::downgrade(hello));
        let password = connect.password.unwrap_or_default().to_vec();
        let verification = Verification::new(tell, conn, bytes);
        spawn_blocking(move || {
            verification.run(|| {
                // Nobody may wait for it any more: the client is gone, and so may be the server.
                let hello = hello.upgrade();
                let name = hello.as_ref().and_then(|hello| hello.user_name.as_deref());
                name.is_some_and(|name| users.verify(name, &password))
            });
        });
        None
    }

    /// The next verdict that took longer.
    pub(crate) fn poll_verdict(&mut self, cx: &mut Context<'_>) -> Poll<(ConnId, Verdict)> {
        match ready!(self.told.poll_recv(cx)) {
            Some(Answer { conn, verdict, bytes }) => {
                self.waiting -= 1;
                self.waiting_bytes -= bytes;
                Poll::Ready((conn, verdict))
            }
            None => Poll::Pending,
        }
    }

    /// How many passwords are verified or wait for it.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::panic::AssertUnwindSafe;
    use core::task::Waker;
    use std::panic::catch_unwind;

    #[test]
    fn one_that_panics_is_told_and_counts_no_more() {
        let mut gatekeeper = Gatekeeper::new(None, false, usize::MAX);
        let mut broker = mqtt_core::Broker::with_hasher(
            mqtt_core::BrokerConfig::default(),
            mqtt_core::Instant::default(),
            std::hash::RandomState::new(),
        );
        let conn = broker.open(mqtt_core::Instant::default()).expect("room");
        (gatekeeper.waiting, gatekeeper.waiting_bytes) = (1, 20);
        let verification = Verification::new(gatekeeper.tell.clone(), conn, 20);
        let run = AssertUnwindSafe(|| verification.run(|| panic!("as it should")));
        catch_unwind(run).expect_err("a panic");
        let told = gatekeeper.poll_verdict(&mut Context::from_waker(Waker::noop()));
        assert_eq!(told, Poll::Ready((conn, Verdict::Out(ReasonCode::SERVER_UNAVAILABLE))));
        assert_eq!((gatekeeper.waiting, gatekeeper.waiting_bytes), (0, 0));
    }
}
