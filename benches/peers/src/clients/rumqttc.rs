//! rumqttc's `AsyncClient`, of both versions.

use super::job::{Direction, Job, SIZE, TOPIC, WINDOW};
use super::run::{Clocks, Taken};
use mqtt_benches::corpus::Protocol;
use std::error::Error;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

type Failure = Box<dyn Error + Send + Sync>;

/// Does it.
pub(super) async fn run(job: Job) -> Result<Taken, Failure> {
    match job.place.protocol {
        Protocol::V311 => v311::run(job).await,
        Protocol::V5 => v5::run(job).await,
    }
}

/// Both versions have the same interface, of different types.
macro_rules! driver {
    ($module:ident, $qos:path, $($client:ident)::+, $connect:expr) => {
        mod $module {
            use super::*;
            use $qos as QoS;
            use $($client)::+::{AsyncClient, ClientError, Event, EventLoop, Incoming};

            fn qos(job: Job) -> QoS {
                [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][usize::from(job.place.qos)]
            }

            pub(super) async fn run(job: Job) -> Result<Taken, Failure> {
                let (client, mut events): (AsyncClient, EventLoop) = $connect(job, "clients-rumqttc");
                poll_until_connected(&mut events).await?;
                match job.place.direction {
                    Direction::Publish => {
                        let clocks = Clocks::start();
                        tokio::spawn(publish(client, job));
                        // Of QoS 0, only the message behind the last is answered.
                        let left = if job.place.qos == 0 { 1 } else { job.messages };
                        poll_until_acknowledged(&mut events, left).await?;
                        Ok(clocks.stop(job.messages))
                    }
                    Direction::Receive | Direction::Both => {
                        subscribe(&client, &mut events, job).await?;
                        let window = Arc::new(Semaphore::new(usize::from(WINDOW)));
                        let clocks = Clocks::start();
                        if job.place.direction == Direction::Both {
                            tokio::spawn(post(client.clone(), job, window.clone()));
                        }
                        poll_until_received(&mut events, job.messages, &window).await?;
                        Ok(clocks.stop(job.messages))
                    }
                    Direction::FiveToOne => {
                        subscribe(&client, &mut events, job).await?;
                        let mut publishers = Vec::new();
                        for number in 0..job.place.direction.publishers() {
                            let (client, mut events) = $connect(job, &format!("publisher-{number}"));
                            poll_until_connected(&mut events).await?;
                            publishers.push((client, events));
                        }
                        let messages = job.messages * publishers.len() as u64;
                        let clocks = Clocks::start();
                        let mut polling = JoinSet::new();
                        for (client, mut events) in publishers {
                            tokio::spawn(publish(client, job));
                            polling.spawn(async move {
                                poll_until_acknowledged(&mut events, job.messages).await
                            });
                        }
                        poll_until_received(&mut events, messages, &Semaphore::new(0)).await?;
                        // That all have come is all there is to know of QoS 0.
                        while job.place.qos > 0
                            && let Some(polled) = polling.join_next().await
                        {
                            polled??;
                        }
                        Ok(clocks.stop(messages))
                    }
                }
            }

            async fn subscribe(client: &AsyncClient, events: &mut EventLoop, job: Job) -> Result<(), Failure> {
                client.subscribe(TOPIC, qos(job)).await?;
                poll_until(events, |event| matches!(event, Event::Incoming(Incoming::SubAck(_)))).await
            }

            async fn publish(client: AsyncClient, job: Job) -> Result<(), ClientError> {
                for _ in 0..job.messages {
                    client.publish(TOPIC, qos(job), false, vec![0; SIZE]).await?;
                }
                if job.place.qos == 0 && job.place.direction == Direction::Publish {
                    client.publish(TOPIC, QoS::AtLeastOnce, false, vec![0; SIZE]).await?;
                }
                std::future::pending().await
            }

            async fn post(client: AsyncClient, job: Job, window: Arc<Semaphore>) -> Result<(), ClientError> {
                for _ in 0..job.messages {
                    window.acquire().await.expect("it is never closed").forget();
                    client.publish(TOPIC, qos(job), false, vec![0; SIZE]).await?;
                }
                std::future::pending().await
            }

            async fn poll_until_connected(events: &mut EventLoop) -> Result<(), Failure> {
                poll_until(events, |event| matches!(event, Event::Incoming(Incoming::ConnAck(_)))).await
            }

            async fn poll_until_acknowledged(events: &mut EventLoop, mut left: u64) -> Result<(), Failure> {
                poll_until(events, |event| {
                    if let Event::Incoming(Incoming::PubAck(_) | Incoming::PubComp(_)) = event {
                        left -= 1;
                    }
                    left == 0
                })
                .await
            }

            async fn poll_until_received(
                events: &mut EventLoop,
                mut left: u64,
                window: &Semaphore,
            ) -> Result<(), Failure> {
                poll_until(events, |event| {
                    if let Event::Incoming(Incoming::Publish(publish)) = event {
                        assert_eq!(publish.payload.len(), SIZE);
                        window.add_permits(1);
                        left -= 1;
                    }
                    left == 0
                })
                .await
            }

            async fn poll_until(
                events: &mut EventLoop,
                mut is_it: impl FnMut(&Event) -> bool,
            ) -> Result<(), Failure> {
                while !is_it(&events.poll().await?) {}
                Ok(())
            }
        }
    };
}

driver!(v311, rumqttc::QoS, rumqttc, |job: Job, name: &str| {
    let mut options = rumqttc::MqttOptions::new(name, "127.0.0.1", job.port);
    options.set_inflight(WINDOW);
    let (client, mut events) = AsyncClient::new(options, usize::from(WINDOW));
    let mut network = rumqttc::NetworkOptions::new();
    network.set_tcp_nodelay(true);
    events.set_network_options(network);
    (client, events)
});

driver!(v5, rumqttc::v5::mqttbytes::QoS, rumqttc::v5, |job: Job, name: &str| {
    let mut options = rumqttc::v5::MqttOptions::new(name, "127.0.0.1", job.port);
    options.set_outgoing_inflight_upper_limit(WINDOW);
    let mut network = rumqttc::NetworkOptions::new();
    network.set_tcp_nodelay(true);
    options.set_network_options(network);
    AsyncClient::new(options, usize::from(WINDOW))
});
