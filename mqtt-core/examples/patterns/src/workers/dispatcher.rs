//! Who gives the jobs, and gives them again.

use super::{Done, Event, Options, Summary};
use crate::Events;
use mqc_client::{Client, Error, Message, Messages, Outcome};
use mqtt_core::QoS;
use std::collections::BTreeSet;
use tokio::time::{Instant, sleep_until};

/// Publishes all jobs, and each again until there is a result.
pub(super) async fn run(
    client: &Client,
    mut results: Messages,
    options: &Options,
    events: &Events<Event>,
    summary: &mut Summary,
) -> Outcome<()> {
    client.subscribe("results/+", QoS::AtLeastOnce).await?;
    let mut open = BTreeSet::new();
    for job in 1..=options.count {
        publish(client, job).await?;
        open.insert(job);
    }
    // As long as there are results, the other jobs only wait for their turn.
    let mut due = Instant::now() + options.patience;
    while !open.is_empty() {
        tokio::select! {
            received = results.next() => {
                let received = received.ok_or(Error::Closed)?;
                let read = serde_json::from_slice(&received.message.payload);
                let Ok(Done { job, worker }) = read else { continue };
                let again = !open.remove(&job);
                if again {
                    summary.twice += 1;
                } else {
                    *summary.shares.entry(worker.clone()).or_default() += 1;
                    due = Instant::now() + options.patience;
                }
                // Nobody has to listen, here and below.
                let _ = events.send(Event::Done { job, worker, again });
            }
            () = sleep_until(due) => {
                for &job in &open {
                    publish(client, job).await?;
                    summary.again += 1;
                    let _ = events.send(Event::Again { job });
                }
                due = Instant::now() + options.patience;
            }
        }
    }
    Ok(())
}

async fn publish(client: &Client, job: u64) -> Outcome<()> {
    let message = Message::new(format!("jobs/{job}"), format!("{{\"job\":{job}}}"));
    client.post(message.qos(QoS::AtLeastOnce)).await
}
