//! What the session tells on its way to the store.

use super::Driver;
use crate::error::Error;
use crate::storage::Keeper;
use core::task::{Context, Poll};
use mqtt_core::Instant;

impl Driver {
    /// False while so much waits for the store that nothing may come to it.
    pub(super) fn may_change(&self) -> bool {
        self.keeper.as_ref().is_none_or(Keeper::has_room)
    }

    /// Collects what is to be stored, has it stored when nothing else is being stored, and tells the session what
    /// is safe. Messages have come and orders were taken before this in the same turn, so that an effect is in
    /// one transaction with its changes.
    pub(super) fn store(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let Some(keeper) = &mut self.keeper else { return false };
        let mut moved = false;
        match keeper.poll_stored(cx) {
            Poll::Pending => {}
            Poll::Ready(Ok(seq)) => {
                self.session.persisted(now, seq);
                moved = true;
            }
            Poll::Ready(Err(failure)) => {
                // What waits for the store never goes out.
                self.end = Some(Some(Error::Store(failure.why)));
                self.hang_up(now, false);
                if let Some(epoch) = failure.fenced {
                    self.session.fenced(now, epoch);
                }
                return true;
            }
        }
        // All of them, however many: the effects that belong to them are in the same batch already.
        while let Some(op) = self.session.poll_persist() {
            keeper.push(&op);
            moved = true;
        }
        keeper.hand_over();
        moved
    }
}
