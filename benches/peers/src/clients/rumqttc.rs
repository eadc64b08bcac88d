//! rumqttc's `AsyncClient`, of both versions.

use super::job::{Direction, Job, SIZE, TOPIC, WINDOW};
use super::run::{Clocks, Taken};
use mqtt_benches::corpus::Protocol;
use std::error::Error;
use std::sync::Arc;
use tokio::sync::Semaphore;

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
                let (client, mut events): (AsyncClient, EventLoop) = $connect(job);
                poll_until(&mut events, |event| {
                    matches!(event, Event::Incoming(Incoming::ConnAck(_)))
                })
                .await?;
                match job.place.direction {
                    Direction::Publish => {
                        let clocks = Clocks::start();
                        tokio::spawn(publish(client, job));
                        // Of QoS 0, only the message behind the last is answered.
                        let mut left = if job.place.qos == 0 { 1 } else { job.messages };
                        poll_until(&mut events, |event| {
                            if let Event::Incoming(Incoming::PubAck(_) | Incoming::PubComp(_)) = event {
                                left -= 1;
                            }
                            left == 0
                        })
                        .await?;
                        Ok(clocks.stop(job.messages))
                    }
                    Direction::Receive | Direction::Both => {
                        client.subscribe(TOPIC, qos(job)).await?;
                        poll_until(&mut events, |event| {
                            matches!(event, Event::Incoming(Incoming::SubAck(_)))
                        })
                        .await?;
                        let window = Arc::new(Semaphore::new(usize::from(WINDOW)));
                        let clocks = Clocks::start();
                        if job.place.direction == Direction::Both {
                            tokio::spawn(post(client.clone(), job, window.clone()));
                        }
                        let mut left = job.messages;
                        poll_until(&mut events, |event| {
                            if let Event::Incoming(Incoming::Publish(publish)) = event {
                                assert_eq!(publish.payload.len(), SIZE);
                                window.add_permits(1);
                                left -= 1;
                            }
                            left == 0
                        })
                        .await?;
                        Ok(clocks.stop(job.messages))
                    }
                }
            }

            async fn publish(client: AsyncClient, job: Job) -> Result<(), ClientError> {
                for _ in 0..job.messages {
                    client.publish(TOPIC, qos(job), false, vec![0; SIZE]).await?;
                }
                if job.place.qos == 0 {
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

driver!(v311, rumqttc::QoS, rumqttc, |job: Job| {
    let mut options = rumqttc::MqttOptions::new("clients-rumqttc", "127.0.0.1", job.port);
    options.set_inflight(WINDOW);
    let (client, mut events) = AsyncClient::new(options, usize::from(WINDOW));
    let mut network = rumqttc::NetworkOptions::new();
    network.set_tcp_nodelay(true);
    events.set_network_options(network);
    (client, events)
});

driver!(v5, rumqttc::v5::mqttbytes::QoS, rumqttc::v5, |job: Job| {
    let mut options = rumqttc::v5::MqttOptions::new("clients-rumqttc", "127.0.0.1", job.port);
    options.set_outgoing_inflight_upper_limit(WINDOW);
    let mut network = rumqttc::NetworkOptions::new();
    network.set_tcp_nodelay(true);
    options.set_network_options(network);
    AsyncClient::new(options, usize::from(WINDOW))
});
