//! The clients of rumqttc: a task publishes, another polls the event loop.

use super::job::{Job, SIZE, WINDOW};
use super::run::{DONE, Outcome, cue};
use crate::children::READY;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::{AsyncClient, Event, EventLoop, Incoming, MqttOptions};
use std::error::Error;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

const TOPIC: &str = "bench/server";
/// The run is over when nothing has come for so long.
const QUIET: Duration = Duration::from_secs(2);

pub(super) async fn run(job: Job) -> Result<Outcome, Box<dyn Error>> {
    let (publishers, _) = job.place.shape.clients();
    let (subscriber, mut events) = connect(job, "subscriber");
    subscriber.subscribe(TOPIC, qos(job)).await?;
    while !matches!(events.poll().await?, Event::Incoming(Incoming::SubAck(_))) {}
    let mut connected = Vec::new();
    for number in 0..publishers {
        let (client, mut events) = connect(job, &format!("publisher-{number}"));
        while !matches!(events.poll().await?, Event::Incoming(Incoming::ConnAck(_))) {}
        connected.push((client, events));
    }
    cue(READY).await?;

    let start = Instant::now();
    let (failed, mut failures) = mpsc::unbounded_channel::<String>();
    for (client, mut events) in connected {
        let [polling, publishing] = [failed.clone(), failed.clone()];
        tokio::spawn(async move {
            loop {
                if let Err(error) = events.poll().await {
                    // If nobody listens the run is over.
                    let _ = polling.send(error.to_string());
                    return;
                }
            }
        });
        tokio::spawn(async move {
            if let Err(error) = publish(&client, job).await {
                let _ = publishing.send(error.to_string());
            }
            // Its event loop ends with the last handle.
            std::future::pending::<()>().await;
        });
    }
    let sent = job.messages * publishers as u64;
    let (mut received, mut last) = (0, start);
    while received < sent {
        let event = tokio::select! {
            event = timeout(QUIET, events.poll()) => event,
            Some(error) = failures.recv() => return Err(format!("a publisher: {error}").into()),
        };
        match event {
            Ok(Ok(Event::Incoming(Incoming::Publish(_)))) => {
                (received, last) = (received + 1, Instant::now());
            }
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => break,
        }
    }
    cue(DONE).await?;
    if received == 0 {
        return Err("nothing came".into());
    }
    let rate = received as f64 / (last - start).as_secs_f64();
    Ok(Outcome { sent, received, rate, p50_us: 0.0, p99_us: 0.0 })
}

fn qos(job: Job) -> QoS {
    [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][usize::from(job.place.qos)]
}

async fn publish(client: &AsyncClient, job: Job) -> Result<(), rumqttc::v5::ClientError> {
    let mut ticks = job.place.rate().map(|rate| {
        let mut ticks = interval(Duration::from_secs(1) / rate);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        ticks
    });
    for _ in 0..job.messages {
        if let Some(ticks) = &mut ticks {
            ticks.tick().await;
        }
        client.publish(TOPIC, qos(job), false, vec![0; SIZE]).await?;
    }
    Ok(())
}

fn connect(job: Job, name: &str) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(format!("bench-{name}"), "127.0.0.1", job.port);
    options.set_outgoing_inflight_upper_limit(WINDOW);
    let mut network = rumqttc::NetworkOptions::new();
    network.set_tcp_nodelay(true);
    options.set_network_options(network);
    AsyncClient::new(options, usize::from(WINDOW))
}
