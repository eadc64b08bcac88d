//! One that publishes.

use super::load::{Amount, Load};
use super::meter::Meter;
use super::stamp::Stamp;
use super::window::Window;
use crate::client::Client;
use crate::message::Message;
use crate::service::cause;
use core::time::Duration;
use tokio::time::{self, Instant};

/// A publisher, and what it has done.
pub(crate) struct Publisher {
    pub(crate) number: usize,
    /// What is on the way, and what has become of the others.
    pub(crate) window: Window,
    /// How long it took.
    pub(crate) took: Duration,
    client: Client,
}

impl Publisher {
    pub(crate) fn new(number: usize, client: Client) -> Self {
        Self { number, window: Window::default(), took: Duration::ZERO, client }
    }

    /// Publishes what the load says, from `start` on, and takes leave of the broker.
    pub(crate) async fn run(mut self, load: Load, start: Instant, meter: Meter) -> Self {
        tokio::select! {
            () = self.flow(&load, start, &meter) => {}
            () = meter.stopped() => {
                // What is on the way may still be acknowledged.
                let _ = time::timeout(load.quiet, self.window.drain(&meter)).await;
            }
        }
        self.window.give_up();
        // All is written, or is not going to be.
        if let Ok(Err(error)) = time::timeout(load.quiet, self.client.disconnect()).await {
            self.window.error.get_or_insert(error);
        }
        self.took = start.elapsed();
        if let Some(error) = self.window.error.take() {
            self.window.error = Some(cause(&self.client, error).await);
        }
        self
    }

    async fn flow(&mut self, load: &Load, start: Instant, meter: &Meter) {
        let topic = load.topic_of(self.number);
        let (messages, end) = match load.amount {
            Amount::Messages(messages) => (messages, None),
            Amount::Time(time) => (u64::MAX, Some(start + time)),
        };
        for sequence in 0..messages {
            if let Some(rate) = load.rate {
                let due = Duration::try_from_secs_f64(sequence as f64 / rate);
                let due = start + due.unwrap_or(Duration::MAX / 4);
                self.wait_until(end.map_or(due, |end| due.min(end)), meter).await;
            }
            if end.is_some_and(|end| Instant::now() >= end) {
                break;
            }
            if self.window.len() >= load.window.max(1) {
                self.window.settle(meter).await;
            }
            let sent = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
            let stamp = Stamp { publisher: self.number, sequence, sent };
            let message = Message::new(topic.as_str(), stamp.payload(load.size)).qos(load.qos);
            if !self.window.send(&self.client, message, meter).await {
                break;
            }
        }
        self.window.drain(meter).await;
    }

    /// Waits, and meanwhile for the ends of messages.
    async fn wait_until(&mut self, due: Instant, meter: &Meter) {
        while due > Instant::now() {
            tokio::select! {
                () = time::sleep_until(due) => break,
                () = self.window.settle(meter), if !self.window.is_empty() => {}
            }
        }
    }
}
