//! A broker that leaves Nagle's algorithm on, as mosquitto does by itself, is not kept waiting.

use core::time::Duration;
use loopback::{Broker, BrokerOptions, PATIENCE, mosquitto_is_here};
use mqc_client::{Client, Message, Options};
use mqtt_core::{QoS, Version};
use std::time::Instant;

const ROUNDS: u32 = 50;

/// Messages go and come back. When the broker has sent the first acknowledgement it holds all else back until
/// TCP has acknowledged that, and we have nothing to send until all else has come.
#[tokio::test]
async fn messages_that_come_back() {
    if !mosquitto_is_here() {
        return;
    }
    let broker = Broker::start(BrokerOptions::default()).unwrap();
    for version in [Version::V311, Version::V5] {
        let address = format!("mqtt://127.0.0.1:{}", broker.port()).parse().unwrap();
        let options = Options { version, ..Options::new(address) };
        let (client, mut messages) = Client::connect(options).await.unwrap();
        client.subscribe("echo", QoS::AtMostOnce).await.unwrap();
        let start = Instant::now();
        for _ in 0..ROUNDS {
            for _ in 0..10 {
                client.post(Message::new("echo", "x").qos(QoS::AtLeastOnce)).await.unwrap();
            }
            for _ in 0..10 {
                tokio::time::timeout(PATIENCE, messages.next()).await.unwrap().unwrap();
            }
        }
        // The system delays acknowledgements by 40 ms; a round takes less than one.
        let taken = start.elapsed() / ROUNDS;
        assert!(taken < Duration::from_millis(20), "{taken:?} for a round");
        client.disconnect().await.unwrap();
    }
}
