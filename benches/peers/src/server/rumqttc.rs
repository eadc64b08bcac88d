//! The clients of rumqttc: a task publishes, another polls the event loop.

use super::job::{Job, SIZE, WINDOW};
use super::run::Outcome;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::{AsyncClient, Event, EventLoop, Incoming, MqttOptions};
use std::error::Error;
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval, timeout};

const TOPIC: &str = "bench/server";
/// The run is over when nothing has come for so long.
const QUIET: Duration = Duration::from_secs(2);

pub(super) async fn run(job: Job) -> Result<Outcome, Box<dyn Error>> {
    let qos = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][usize::from(job.place.qos)];
    let (publishers, _) = job.place.shape.clients();
    let (subscriber, mut events) = connect(job, "subscriber");
    subscriber.subscribe(TOPIC, qos).await?;
    while !matches!(events.poll().await?, Event::Incoming(Incoming::SubAck(_))) {}
    let start = Instant::now();
    for number in 0..publishers {
        let (client, mut events) = connect(job, &format!("publisher-{number}"));
        tokio::spawn(async move { while events.poll().await.is_ok() {} });
        tokio::spawn(async move {
            let mut ticks = job.place.rate().map(|rate| {
                let mut ticks = interval(Duration::from_secs(1) / rate);
                ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
                ticks
            });
            for _ in 0..job.messages {
                if let Some(ticks) = &mut ticks {
                    ticks.tick().await;
                }
                if client.publish(TOPIC, qos, false, vec![0; SIZE]).await.is_err() {
                    return;
                }
            }
            // Its event loop ends with the last handle.
            std::future::pending::<()>().await;
        });
    }
    let sent = job.messages * publishers as u64;
    let (mut received, mut last) = (0, start);
    while received < sent {
        match timeout(QUIET, events.poll()).await {
            Ok(Ok(Event::Incoming(Incoming::Publish(_)))) => {
                (received, last) = (received + 1, Instant::now());
            }
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(error.into()),
            Err(_) if received > 0 && job.place.qos == 0 => break,
            Err(_) => return Err(format!("{received} of {sent} messages came").into()),
        }
    }
    let rate = received as f64 / (last - start).as_secs_f64();
    Ok(Outcome { sent, received, rate, p50_us: 0.0, p99_us: 0.0 })
}

fn connect(job: Job, name: &str) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(format!("bench-{name}"), "127.0.0.1", job.port);
    options.set_outgoing_inflight_upper_limit(WINDOW);
    let mut network = rumqttc::NetworkOptions::new();
    network.set_tcp_nodelay(true);
    options.set_network_options(network);
    AsyncClient::new(options, usize::from(WINDOW))
}
