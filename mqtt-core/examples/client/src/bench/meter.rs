//! What a run tells, and is told, while it lasts.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use tokio::sync::watch;

/// Counts of a run while it lasts, and the way to end it. Clones are of the same run.
///
/// # Examples
/// ```
/// use mqc_client::bench::Meter;
/// let meter = Meter::default();
/// meter.add_sent();
/// meter.add_received();
/// assert_eq!((meter.sent(), meter.received()), (1, 1));
/// meter.stop();
/// assert!(meter.is_stopped());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU64,
    received: AtomicU64,
    stop: watch::Sender<bool>,
}

impl Meter {
    /// Messages that were sent; of QoS 1 and 2, and acknowledged.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.0.sent.load(Ordering::Relaxed)
    }

    /// Messages that came, for the first time.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.0.received.load(Ordering::Relaxed)
    }

    /// Nothing more is sent, and the run comes to its end.
    pub fn stop(&self) {
        self.0.stop.send_replace(true);
    }

    /// True after [`stop`](Self::stop).
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.0.stop.borrow()
    }

    /// Waits for [`stop`](Self::stop).
    pub async fn stopped(&self) {
        // It fails when the sender is gone, which is held here.
        let _ = self.0.stop.subscribe().wait_for(|is_stopped| *is_stopped).await;
    }

    /// One more was sent.
    pub fn add_sent(&self) {
        self.0.sent.fetch_add(1, Ordering::Relaxed);
    }

    /// One more came.
    pub fn add_received(&self) {
        self.0.received.fetch_add(1, Ordering::Relaxed);
    }
}
