//! Sessions of both roles as one thing that is driven.

use mqtt_core::{
    AckRefused, AckToken, Auth, ClientSession, Disconnect, Event, Instant, PersistOp, ReasonCode,
    ServerSession, SessionState, Stats, Timer, Transmit, UsageError, store::SnapshotCursor,
};

/// What sessions of both roles do.
pub(crate) trait Driven: Sized {
    fn handle_input(&mut self, now: Instant, data: &[u8]) -> usize;
    fn wants_input(&self) -> usize;
    fn poll_timeout(&self) -> Option<Instant>;
    fn next_timer(&self) -> Option<Timer>;
    fn poll_event(&mut self) -> Option<Event<'_>>;
    fn transmit(&mut self) -> Transmit<'_>;
    fn ack(&mut self, now: Instant, token: AckToken, reason: ReasonCode) -> Result<(), AckRefused>;
    fn auth(&mut self, now: Instant, auth: &Auth<'_>) -> Result<(), UsageError>;
    fn disconnect(&mut self, now: Instant, packet: &Disconnect<'_>) -> Result<(), UsageError>;
    fn quiesce(&mut self, now: Instant, packet: &Disconnect<'_>) -> Result<(), UsageError>;
    fn heap_bytes(&self) -> usize;
    fn shrink_to_fit(&mut self);
    fn stats(&self) -> Option<Stats>;
    fn stats_and_reset(&mut self, now: Instant) -> Option<Stats>;
    fn poll_persist(&mut self) -> Option<PersistOp<'_>>;
    fn persist_seq(&self) -> u64;
    fn snapshot(
        &self,
        cursor: Option<SnapshotCursor>,
        max_bytes: usize,
        out: &mut Vec<u8>,
    ) -> Option<SnapshotCursor>;
    fn into_state(self) -> SessionState;
}

/// Hands each on to the session's own method of that name.
macro_rules! driven {
    ($($session:ident),*) => {
        $(impl Driven for $session {
            fn handle_input(&mut self, now: Instant, data: &[u8]) -> usize {
                $session::handle_input(self, now, data)
            }
            fn wants_input(&self) -> usize {
                $session::wants_input(self)
            }
            fn poll_timeout(&self) -> Option<Instant> {
                $session::poll_timeout(self)
            }
            fn next_timer(&self) -> Option<Timer> {
                $session::next_timer(self)
            }
            fn poll_event(&mut self) -> Option<Event<'_>> {
                $session::poll_event(self)
            }
            fn transmit(&mut self) -> Transmit<'_> {
                $session::transmit(self)
            }
            fn ack(
                &mut self,
                now: Instant,
                token: AckToken,
                reason: ReasonCode,
            ) -> Result<(), AckRefused> {
                $session::ack(self, now, token, reason)
            }
            fn auth(&mut self, now: Instant, auth: &Auth<'_>) -> Result<(), UsageError> {
                $session::auth(self, now, auth)
            }
            fn disconnect(
                &mut self,
                now: Instant,
                packet: &Disconnect<'_>,
            ) -> Result<(), UsageError> {
                $session::disconnect(self, now, packet)
            }
            fn quiesce(
                &mut self,
                now: Instant,
                packet: &Disconnect<'_>,
            ) -> Result<(), UsageError> {
                $session::quiesce(self, now, packet)
            }
            fn heap_bytes(&self) -> usize {
                $session::heap_bytes(self)
            }
            fn shrink_to_fit(&mut self) {
                $session::shrink_to_fit(self)
            }
            fn stats(&self) -> Option<Stats> {
                $session::stats(self)
            }
            fn stats_and_reset(&mut self, now: Instant) -> Option<Stats> {
                $session::stats_and_reset(self, now)
            }
            fn poll_persist(&mut self) -> Option<PersistOp<'_>> {
                $session::poll_persist(self)
            }
            fn persist_seq(&self) -> u64 {
                $session::persist_seq(self)
            }
            fn snapshot(
                &self,
                cursor: Option<SnapshotCursor>,
                max_bytes: usize,
                out: &mut Vec<u8>,
            ) -> Option<SnapshotCursor> {
                $session::snapshot(self, cursor, max_bytes, out)
            }
            fn into_state(self) -> SessionState {
                $session::into_state(self)
            }
        })*
    };
}

driven!(ClientSession, ServerSession);
