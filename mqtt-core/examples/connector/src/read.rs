//! Messages, as lines, for as long as nobody wishes an end.

use crate::config::Config;
use crate::monitor::{Monitor, add};
use crate::output::Output;
use crate::{http, line};
use core::future::ready;
use core::pin::pin;
use core::time::Duration;
use mqc_client::service::{Stop, leave, report, subscribe, why_ended};
use mqc_client::{Acks, Client, Messages, Options, Received};
use mqtt_core::{AckToken, ReasonCode};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::time::sleep;

/// A batch is written when no message is at hand, or when it has so many messages or bytes.
const BATCH_MESSAGES: usize = 500;
const BATCH_BYTES: usize = 1 << 20;
/// How long the output may take when an end is wished.
const LAST_WRITE: Duration = Duration::from_secs(5);

/// Lines that are not written yet.
#[derive(Default)]
struct Batch {
    text: Vec<u8>,
    messages: usize,
    acks: Vec<AckToken>,
}

impl Batch {
    fn push(&mut self, received: Received) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        line::append(&received, u64::try_from(now.as_millis()).unwrap_or(u64::MAX), &mut self.text);
        self.messages += 1;
        self.acks.extend(received.ack);
    }

    fn is_full(&self) -> bool {
        self.messages >= BATCH_MESSAGES || self.text.len() >= BATCH_BYTES
    }
}

/// Reads until an end is wished, or `max` messages are written.
pub(crate) async fn read(
    config: &Config,
    output: Option<PathBuf>,
    max: u64,
    stop: &mut Stop,
) -> Result<(), String> {
    let mut output = Output::open(output).await?;
    let listener = match config.metrics_address {
        Some(address) => Some(http::bind(address).await?),
        None => None,
    };
    let options = Options { acks: Acks::Manual, ..config.options() };
    let (client, mut messages) = Client::start(options).map_err(|error| error.to_string())?;
    let monitor = Arc::new(Monitor::new(client.clone()));
    if let Some(listener) = listener {
        tokio::spawn(http::serve(listener, monitor.clone()));
    }
    tokio::spawn(report("mqc-connector", client.status(), config.broker_url.to_string()));

    let delay = Duration::from_millis(config.empty_poll_delay_ms);
    // At the same time as messages come: those of a session that goes on come before the answer.
    let mut subscribing = pin!(subscribe(&client, config.mqtt_version, config.filters()));
    let mut is_subscribed = false;
    let mut left = max;
    while left > 0 {
        let first = tokio::select! {
            biased;
            () = stop.wished() => break,
            result = &mut subscribing, if !is_subscribed => {
                eprintln!("mqc-connector: {} filters subscribed", result?.len());
                is_subscribed = true;
                continue;
            }
            received = poll(&mut messages, delay, &monitor) => received,
        };
        let Some(first) = first else { return Err(why_ended(&client).await.to_string()) };
        let mut batch = Batch::default();
        batch.push(first);
        while !batch.is_full() && (batch.messages as u64) < left {
            let Some(Some(received)) = at_hand(&mut messages).await else { break };
            batch.push(received);
        }
        tokio::select! {
            written = output.write(&batch.text) => written?,
            () = late(stop) => {
                return Err(format!("{} messages cannot be written", batch.messages));
            }
        }
        let counters = &monitor.counters;
        add(&counters.lines, batch.messages);
        add(&counters.bytes, batch.text.len());
        add(&counters.acknowledged, batch.acks.len());
        add(&counters.batches, 1);
        for ack in batch.acks {
            client.ack(ack, ReasonCode::SUCCESS);
        }
        left -= batch.messages as u64;
    }
    leave(&client).await;
    Ok(())
}

/// The next message; if none is at hand, looks again after the delay. `None` when no more will come.
async fn poll(messages: &mut Messages, delay: Duration, monitor: &Monitor) -> Option<Received> {
    if delay.is_zero() {
        return messages.next().await;
    }
    loop {
        match at_hand(messages).await {
            Some(received) => return received,
            None => {
                add(&monitor.counters.empty_polls, 1);
                sleep(delay).await;
            }
        }
    }
}

/// The next message if there is one now; `Some(None)` when no more will come.
async fn at_hand(messages: &mut Messages) -> Option<Option<Received>> {
    tokio::select! {
        biased;
        received = messages.next() => Some(received),
        () = ready(()) => None,
    }
}

/// Waits until an end is wished, and then as long as it may wait.
async fn late(stop: &mut Stop) {
    stop.wished().await;
    sleep(LAST_WRITE).await;
}
