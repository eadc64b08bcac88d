//! One that publishes.

use super::load::{Amount, Load};
use super::meter::Meter;
use super::stamp::Stamp;
use crate::client::{Client, Delivery};
use crate::error::Error;
use crate::message::Message;
use crate::service::cause;
use core::time::Duration;
use mqtt_core::QoS;
use std::collections::VecDeque;
use tokio::time::{self, Instant};

/// A publisher, and what it has done.
pub(crate) struct Publisher {
    pub(crate) number: usize,
    /// Messages; of QoS 1 and 2, those that were acknowledged.
    pub(crate) sent: u64,
    /// Messages that were refused, or whose end is not known.
    pub(crate) failed: u64,
    /// The first reason for that.
    pub(crate) error: Option<Error>,
    /// How long it took.
    pub(crate) took: Duration,
    client: Client,
    /// Those of QoS 1 and 2 that are on the way, in their order.
    window: VecDeque<Delivery>,
}

impl Publisher {
    pub(crate) fn new(number: usize, client: Client) -> Self {
        Self {
            number,
            sent: 0,
            failed: 0,
            error: None,
            took: Duration::ZERO,
            client,
            window: VecDeque::new(),
        }
    }

    /// Publishes what the load says, from `start` on, and takes leave of the broker.
    pub(crate) async fn run(mut self, load: Load, start: Instant, meter: Meter) -> Self {
        tokio::select! {
            () = self.flow(&load, start, &meter) => {}
            () = meter.stopped() => {
                // What is on the way may still be acknowledged.
                let _ = time::timeout(load.quiet, self.drain(&meter)).await;
            }
        }
        self.failed += self.window.len() as u64;
        // All is written, or is not going to be.
        if let Ok(Err(error)) = time::timeout(load.quiet, self.client.disconnect()).await {
            self.error.get_or_insert(error);
        }
        self.took = start.elapsed();
        if let Some(error) = self.error.take() {
            self.error = Some(cause(&self.client, error).await);
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
                self.settle(meter).await;
            }
            let sent = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
            let stamp = Stamp { publisher: self.number, sequence, sent };
            let message = Message::new(topic.as_str(), stamp.payload(load.size)).qos(load.qos);
            let ordered = match load.qos {
                QoS::AtMostOnce => self.client.post(message).await.map(|()| {
                    self.sent += 1;
                    meter.add_sent();
                }),
                _ => self.client.send(message).await.map(|sent| self.window.push_back(sent)),
            };
            if let Err(error) = ordered {
                // The client has ended.
                self.failed += 1;
                self.error.get_or_insert(error);
                break;
            }
        }
        self.drain(meter).await;
    }

    /// Waits, and meanwhile for the ends of messages.
    async fn wait_until(&mut self, due: Instant, meter: &Meter) {
        while due > Instant::now() {
            tokio::select! {
                () = time::sleep_until(due) => break,
                () = self.settle(meter), if !self.window.is_empty() => {}
            }
        }
    }

    async fn drain(&mut self, meter: &Meter) {
        while !self.window.is_empty() {
            self.settle(meter).await;
        }
    }

    /// Waits for the end of the oldest message.
    async fn settle(&mut self, meter: &Meter) {
        let Some(delivery) = self.window.front_mut() else { return };
        let result = delivery.await;
        self.window.pop_front();
        match result {
            Ok(_) => {
                self.sent += 1;
                meter.add_sent();
            }
            Err(error) => {
                self.failed += 1;
                self.error.get_or_insert(error);
            }
        }
    }
}
