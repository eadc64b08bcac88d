//! The clients of `mqc-bench`.

use super::job::{Job, SIZE, WINDOW};
use super::run::{DONE, Outcome, cue};
use crate::children::READY;
use mqc_client::Options;
use mqc_client::bench::{Amount, Clients, Load, Meter};
use mqtt_core::QoS;
use std::error::Error;

pub(super) async fn run(job: Job) -> Result<Outcome, Box<dyn Error>> {
    let address = format!("mqtt://127.0.0.1:{}", job.port).parse()?;
    let (publishers, subscribers) = job.place.shape.clients();
    let load = Load {
        publishers,
        subscribers,
        qos: [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][usize::from(job.place.qos)],
        size: SIZE,
        rate: job.place.rate().map(f64::from),
        window: WINDOW.into(),
        amount: Amount::Messages(job.messages),
        ..Load::new(Options::new(address))
    };
    let clients = Clients::connect(&load).await?;
    cue(READY).await?;
    let mut told = Ok(());
    let report = clients.run(&Meter::default(), async { told = cue(DONE).await }).await;
    told?;
    if let Some(error) = report.error {
        return Err(error.into());
    }
    Ok(Outcome {
        sent: report.sent,
        received: report.received,
        rate: report.received_per_second,
        p50_us: report.latency.map_or(0.0, |latency| latency.p50_us as f64),
        p99_us: report.latency.map_or(0.0, |latency| latency.p99_us as f64),
    })
}
