//! How much of one publisher is on the way to its subscribers.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use tokio::sync::Notify;
use tokio::time::timeout;

/// If nothing has come for so long, what is on the way is not waited for: it may be lost, and the end of the run is
/// decided elsewhere.
const PAUSE: Duration = Duration::from_secs(1);

/// Keeps a publisher from being too far ahead of its subscribers.
///
/// With QoS 0 nothing in the protocol does: what a broker has no room for it drops. With QoS 1 and 2 the broker
/// acknowledges what it has, not what subscribers have, and its queues have bounds too: mosquitto drops what is beyond
/// 1,000 messages that wait for a client, and so does mqc-server. To see the protocol's losses and not those, a
/// publisher waits here until all subscribers have nearly all of what it has sent.
#[derive(Debug)]
pub(crate) struct Lane {
    /// How many may be on the way to a subscriber.
    window: u64,
    sent: AtomicU64,
    /// Of each subscriber: one more than the highest number it has got. Messages come in their order, so those below
    /// are not on the way any more, be they lost or not. A shared group counts as one: nearly so it is there too.
    marks: Vec<AtomicU64>,
    changed: Notify,
}

impl Lane {
    pub(crate) fn new(subscribers: usize, window: u64) -> Self {
        let marks = (0..subscribers).map(|_| AtomicU64::new(0)).collect();
        Self { window, sent: AtomicU64::new(0), marks, changed: Notify::new() }
    }

    /// What the last one of the subscribers has.
    fn arrived(&self) -> u64 {
        let marks = self.marks.iter().map(|mark| mark.load(Ordering::SeqCst));
        marks.min().unwrap_or(u64::MAX)
    }

    fn on_the_way(&self) -> u64 {
        self.sent.load(Ordering::SeqCst).saturating_sub(self.arrived())
    }

    /// Waits until there is room for one more message, and counts it.
    pub(crate) async fn enter(&self) {
        while self.on_the_way() >= self.window {
            let before = self.arrived();
            let is_late = timeout(PAUSE, self.changed.notified()).await.is_err();
            if is_late && self.arrived() == before {
                let sent = self.sent.load(Ordering::SeqCst);
                for mark in &self.marks {
                    mark.fetch_max(sent, Ordering::SeqCst);
                }
            }
        }
        self.sent.fetch_add(1, Ordering::SeqCst);
    }

    /// The message of this number, from 0, has come to a subscriber.
    pub(crate) fn leave(&self, subscriber: usize, number: u64) {
        self.marks[subscriber].fetch_max(number + 1, Ordering::SeqCst);
        // Not for each: the publisher then sends several at once.
        if self.on_the_way() <= self.window / 2 {
            self.changed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_subscriber_counts_and_losses_do_not() {
        let lane = Lane::new(2, 32);
        lane.sent.store(10, Ordering::SeqCst);
        lane.leave(0, 9);
        assert_eq!(lane.on_the_way(), 10);
        // Those before it are lost, or come too late.
        lane.leave(1, 6);
        lane.leave(1, 2);
        assert_eq!(lane.on_the_way(), 3);
    }
}
