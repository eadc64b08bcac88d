//! Who does the jobs.

use super::{Done, Event};
use crate::{Common, Events};
use core::time::Duration;
use mqc_client::{Acks, Client, Message, Messages, Options, Outcome};
use mqtt_core::{QoS, ReasonCode};
use tokio::time::sleep;

/// One that takes a job, does it, publishes the result, and only then acknowledges the job.
pub(super) struct Worker {
    pub(super) name: String,
    pub(super) client: Client,
    /// How long a job takes.
    pub(super) work: Duration,
    /// With which job it dies; 0: with none.
    pub(super) die_at: u64,
}

/// How a worker connects: with one job at a time (5.0), which it acknowledges itself.
pub(super) fn options(common: &Common, name: &str) -> Options {
    Options { acks: Acks::Manual, receive_maximum: Some(1), ..common.options(name) }
}

impl Worker {
    pub(super) async fn run(self, mut messages: Messages, events: Events<Event>) -> Outcome<()> {
        let mut taken = 0;
        while let Some(received) = messages.next().await {
            taken += 1;
            let job = received.message.topic.strip_prefix("jobs/").and_then(|job| job.parse().ok());
            if let Some(job) = job {
                sleep(self.work).await;
                if taken == self.die_at {
                    // Nobody has to listen.
                    let _ = events.send(Event::Died { worker: self.name, job });
                    self.client.abort();
                    return Ok(());
                }
                // Numbers and text always are JSON.
                let done = Done { job, worker: self.name.clone() };
                let payload = serde_json::to_vec(&done).unwrap_or_default();
                let result = Message::new(format!("results/{job}"), payload).qos(QoS::AtLeastOnce);
                self.client.publish(result).await?;
            }
            // What is no job is done, too: else it comes again and again.
            if let Some(token) = received.ack {
                self.client.ack(token, ReasonCode::SUCCESS);
            }
        }
        Ok(())
    }
}
