//! The example client, on the session of mqtt-core.

use super::job::{Direction, Job, SIZE, TOPIC, WINDOW};
use super::run::{Clocks, Taken};
use crate::children::READY;
use mqc_client::bench::{Amount, Load, Meter, Topics};
use mqc_client::service::why_ended;
use mqc_client::{Client, Error, Message, Messages, Options, bench};
use mqtt_benches::corpus::Protocol;
use mqtt_core::{QoS, Version};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// A client that is connected.
pub(super) async fn connect(job: Job) -> Result<(Client, Messages), Error> {
    Client::connect(options(job)).await
}

fn options(job: Job) -> Options {
    let address = format!("mqtt://127.0.0.1:{}", job.port).parse().expect("it is a URL");
    let version = match job.place.protocol {
        Protocol::V311 => Version::V311,
        Protocol::V5 => Version::V5,
    };
    // rumqttc is told the same.
    let max_open = Some(WINDOW);
    Options { version, max_open, reconnect: None, ..Options::new(address) }
}

fn qos(job: Job) -> QoS {
    [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][usize::from(job.place.qos)]
}

/// Does it.
pub(super) async fn run(job: Job) -> Result<Taken, Error> {
    if job.place.direction == Direction::FiveToOne {
        return five_to_one(job).await;
    }
    let (client, messages) = connect(job).await?;
    if job.place.direction == Direction::Publish {
        let clocks = Clocks::start();
        tokio::spawn(publish(client.clone(), job)).await.expect("it does not panic")?;
        return Ok(clocks.stop(job.messages));
    }
    client.subscribe(TOPIC, qos(job)).await?;
    let window = Arc::new(Semaphore::new(usize::from(WINDOW)));
    let clocks = Clocks::start();
    if job.place.direction == Direction::Both {
        tokio::spawn(post(client.clone(), job, window.clone()));
    }
    match receive(messages, job, &window).await {
        Some(()) => Ok(clocks.stop(job.messages)),
        None => Err(why_ended(&client).await),
    }
}

/// Publishes, and waits until the broker has all messages.
pub(super) async fn publish(client: Client, job: Job) -> Result<(), Error> {
    let qos = qos(job);
    let message = || Message::new(TOPIC, vec![0; SIZE]).qos(qos);
    if qos == QoS::AtMostOnce {
        for _ in 0..job.messages {
            client.post(message()).await?;
        }
        // To them no answer comes; the one to a message behind them says that the broker has read them.
        client.publish(message().qos(QoS::AtLeastOnce)).await?;
    } else {
        let mut window = VecDeque::with_capacity(usize::from(WINDOW));
        for _ in 0..job.messages {
            if window.len() == usize::from(WINDOW)
                && let Some(oldest) = window.pop_front()
            {
                oldest.await?;
            }
            window.push_back(client.send(message()).await?);
        }
        for delivery in window {
            delivery.await?;
        }
    }
    Ok(())
}

/// By `mqc-bench`, which also stamps each message, and looks at the stamp of each that comes.
async fn five_to_one(job: Job) -> Result<Taken, Error> {
    let publishers = job.place.direction.publishers();
    let load = Load {
        publishers: publishers as usize,
        qos: qos(job),
        size: SIZE,
        window: WINDOW.into(),
        amount: Amount::Messages(job.messages),
        topic: TOPIC.into(),
        topics: Topics::Shared,
        ..Load::new(options(job))
    };
    let clients = bench::Clients::connect(&load).await?;
    println!("{READY}");
    let report = clients.run(&Meter::default(), async {}).await;
    let messages = publishers * job.messages;
    assert_eq!((report.error, report.received), (None, messages));
    let per_message = |seconds: f64| seconds * 1e9 / messages as f64;
    let wall = report.sending_seconds.max(report.receiving_seconds);
    Ok(Taken { wall: per_message(wall), cpu: per_message(report.cpu_seconds) })
}

async fn post(client: Client, job: Job, window: Arc<Semaphore>) -> Result<(), Error> {
    for _ in 0..job.messages {
        window.acquire().await.expect("it is never closed").forget();
        client.post(Message::new(TOPIC, vec![0; SIZE]).qos(qos(job))).await?;
    }
    Ok(())
}

/// `None` if the client ends before.
async fn receive(mut messages: Messages, job: Job, window: &Semaphore) -> Option<()> {
    for _ in 0..job.messages {
        let received = messages.next().await?;
        assert_eq!(received.message.payload.len(), SIZE);
        window.add_permits(1);
    }
    Some(())
}
