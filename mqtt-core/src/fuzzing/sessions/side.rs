//! What a session of either role is asked.

use crate::store::SnapshotCursor;
use crate::{
    AckRefused, AckToken, ClientSession, Disconnect, Event, Instant, PersistOp, Publish,
    PublishStatus, ReasonCode, Sender, ServerSession, Stats, Timer, Transmit, UsageError, WhenFull,
};
use bytes::{Buf, Bytes};
use core::fmt::Debug;
use std::vec::Vec;

/// A session of either role.
pub(super) trait Side {
    const SENDER: Sender;
    fn handle_input(&mut self, now: Instant, data: &[u8]) -> usize;
    fn wants_input(&self) -> usize;
    fn handle_eof(&mut self, now: Instant);
    fn handle_timeout(&mut self, now: Instant);
    fn poll_event(&mut self) -> Option<Event<'_>>;
    fn poll_timeout(&self) -> Option<Instant>;
    fn next_timer(&self) -> Option<Timer>;
    fn transmit(&mut self) -> Transmit<'_>;
    fn is_connected(&self) -> bool;
    fn heap_bytes(&self) -> usize;
    fn stats(&self) -> Option<Stats>;
    fn ack(&mut self, now: Instant, token: AckToken, code: ReasonCode) -> Result<(), AckRefused>;
    fn send(
        &mut self,
        now: Instant,
        publish: &Publish<'_>,
        token: u64,
        when_full: WhenFull,
    ) -> Result<PublishStatus, UsageError>;
    /// With a payload that is handed over.
    fn send_bytes(
        &mut self,
        now: Instant,
        publish: &Publish<'_>,
        payload: &Bytes,
        token: u64,
        when_full: WhenFull,
    ) -> Result<PublishStatus, UsageError>;
    fn quiesce(&mut self, now: Instant, disconnect: &Disconnect<'_>) -> Result<(), UsageError>;
    fn poll_persist(&mut self) -> Option<PersistOp<'_>>;
    fn persisted(&mut self, now: Instant, seq: u64);
    fn snapshot(
        &self,
        cursor: Option<SnapshotCursor>,
        max_bytes: usize,
        out: &mut Vec<u8>,
    ) -> Option<SnapshotCursor>;

    /// What can be seen of it that no command which fails may change.
    fn visible(&mut self) -> (usize, bool, Option<Instant>, Option<Timer>, usize, Option<Stats>) {
        let to = Instant::default();
        (
            self.transmit().remaining(),
            self.is_connected(),
            self.poll_timeout(),
            self.next_timer(),
            self.wants_input(),
            self.stats().map(|stats| Stats { to, ..stats }),
        )
    }
}

/// Carries out a command. One that fails has changed nothing, if one looks; to look is to ask for what is to
/// be sent, which has an effect.
pub(super) fn tried<S: Side, T: Debug>(
    session: &mut S,
    looks: bool,
    command: impl FnOnce(&mut S) -> Result<T, UsageError>,
) -> Result<T, UsageError> {
    let before = looks.then(|| session.visible());
    let result = command(session);
    if let (Err(error), Some(before)) = (&result, before) {
        assert_eq!(session.visible(), before, "{error:?} has changed something");
    }
    result
}

macro_rules! side {
    ($session:ty, $sender:ident, $send:ident, $send_bytes:ident) => {
        impl Side for $session {
            const SENDER: Sender = Sender::$sender;
            fn handle_input(&mut self, now: Instant, data: &[u8]) -> usize {
                self.handle_input(now, data)
            }
            fn wants_input(&self) -> usize {
                self.wants_input()
            }
            fn handle_eof(&mut self, now: Instant) {
                self.handle_eof(now);
            }
            fn handle_timeout(&mut self, now: Instant) {
                self.handle_timeout(now);
            }
            fn poll_event(&mut self) -> Option<Event<'_>> {
                self.poll_event()
            }
            fn poll_timeout(&self) -> Option<Instant> {
                self.poll_timeout()
            }
            fn next_timer(&self) -> Option<Timer> {
                self.next_timer()
            }
            fn transmit(&mut self) -> Transmit<'_> {
                self.transmit()
            }
            fn is_connected(&self) -> bool {
                self.is_connected()
            }
            fn heap_bytes(&self) -> usize {
                self.heap_bytes()
            }
            fn stats(&self) -> Option<Stats> {
                self.stats()
            }
            fn ack(
                &mut self,
                now: Instant,
                token: AckToken,
                code: ReasonCode,
            ) -> Result<(), AckRefused> {
                self.ack(now, token, code)
            }
            fn send(
                &mut self,
                now: Instant,
                publish: &Publish<'_>,
                token: u64,
                when_full: WhenFull,
            ) -> Result<PublishStatus, UsageError> {
                self.$send(now, publish, token, when_full)
            }
            fn send_bytes(
                &mut self,
                now: Instant,
                publish: &Publish<'_>,
                payload: &Bytes,
                token: u64,
                when_full: WhenFull,
            ) -> Result<PublishStatus, UsageError> {
                self.$send_bytes(now, publish, payload, token, when_full)
            }
            fn quiesce(
                &mut self,
                now: Instant,
                disconnect: &Disconnect<'_>,
            ) -> Result<(), UsageError> {
                self.quiesce(now, disconnect)
            }
            fn poll_persist(&mut self) -> Option<PersistOp<'_>> {
                self.poll_persist()
            }
            fn persisted(&mut self, now: Instant, seq: u64) {
                self.persisted(now, seq);
            }
            fn snapshot(
                &self,
                cursor: Option<SnapshotCursor>,
                max_bytes: usize,
                out: &mut Vec<u8>,
            ) -> Option<SnapshotCursor> {
                self.snapshot(cursor, max_bytes, out)
            }
        }
    };
}

side!(ClientSession, Client, publish, publish_bytes);
side!(ServerSession, Server, deliver, deliver_bytes);
