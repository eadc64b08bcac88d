//! How the connector is doing, for `/metrics` and `/health`.

use core::fmt::{self, Write};
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use mqc_client::{Client, Status};
use mqtt_core::Stats;

/// How long the session may take to answer.
const ANSWER: Duration = Duration::from_millis(500);

/// Counters, and the client to ask.
pub(crate) struct Monitor {
    client: Client,
    pub(crate) counters: Counters,
}

#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) lines: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) batches: AtomicU64,
    pub(crate) acknowledged: AtomicU64,
    pub(crate) empty_polls: AtomicU64,
}

/// Counts on.
pub(crate) fn add(counter: &AtomicU64, number: usize) {
    counter.fetch_add(number as u64, Ordering::Relaxed);
}

impl Monitor {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, counters: Counters::default() }
    }

    /// Well, or why not.
    pub(crate) fn health(&self) -> Result<(), String> {
        match &*self.client.status().borrow() {
            Status::Connected(_) => Ok(()),
            Status::Connecting => Err("not connected yet".to_owned()),
            Status::Lost(error) | Status::Ended(Some(error)) => Err(error.to_string()),
            _ => Err("ended".to_owned()),
        }
    }

    /// The text that Prometheus reads.
    pub(crate) async fn metrics(&self) -> String {
        // While there is no connection, orders may stand in line before this one.
        let stats = tokio::time::timeout(ANSWER, self.client.stats()).await;
        let mut text = String::new();
        // A `String` takes everything.
        let _ = self.write(stats.ok().and_then(Result::ok), &mut text);
        text
    }

    fn write(&self, stats: Option<Stats>, out: &mut String) -> fmt::Result {
        if let Some(stats) = stats {
            stats.write_prometheus("", out)?;
        }
        let Counters { lines, bytes, batches, acknowledged, empty_polls } = &self.counters;
        let counters = [
            ("lines", lines),
            ("bytes", bytes),
            ("batches", batches),
            ("acknowledged", acknowledged),
            ("empty_polls", empty_polls),
        ];
        for (name, number) in counters {
            writeln!(out, "# TYPE connector_{name}_total counter")?;
            writeln!(out, "connector_{name}_total {}", number.load(Ordering::Relaxed))?;
        }
        writeln!(out, "# TYPE connector_connected gauge")?;
        writeln!(out, "connector_connected {}", u8::from(self.health().is_ok()))
    }
}
