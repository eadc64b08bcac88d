//! The client against mosquitto, with mosquitto's own clients at the other end, so that a fault of ours
//! cannot cancel itself out; and against RabbitMQ.

mod delivery;
mod faults;
mod properties;
#[cfg(feature = "rabbitmq")]
mod rabbitmq;
mod refusals;
mod sessions;
mod transports;
mod wills;

use core::time::Duration;
use loopback::{Broker, BrokerOptions, MosquittoSub, PATIENCE};
use mqc_client::{Client, Messages, Options, Received};
use mqtt_core::{Backoff, Version};

/// Both versions, and what mosquitto's programs call them.
const VERSIONS: [(Version, &str); 2] = [(Version::V311, "311"), (Version::V5, "5")];

/// A broker with room for what the tests queue; `None` if there is none and that is fine.
fn broker(options: BrokerOptions) -> Option<Broker> {
    Broker::for_test(options.line("max_queued_messages 0"))
}

/// What connects to a port, and does not wait long before it connects again.
fn options(version: Version, port: u16) -> Options {
    let reconnect = Backoff {
        initial: Duration::from_millis(10),
        max: Duration::from_millis(100),
        ..Backoff::default()
    };
    let address = format!("mqtt://127.0.0.1:{port}").parse().unwrap();
    Options { version, reconnect: Some(reconnect), ..Options::new(address) }
}

/// The same with a session that outlives its connection.
fn persistent(version: Version, port: u16, client_id: &str) -> Options {
    Options {
        client_id: client_id.to_owned(),
        clean_start: false,
        session_expiry: 3600,
        ..options(version, port)
    }
}

async fn connect(options: Options) -> (Client, Messages) {
    Client::connect(options).await.unwrap()
}

/// The next message, which must come.
async fn next(messages: &mut Messages) -> Received {
    tokio::time::timeout(PATIENCE, messages.next()).await.unwrap().unwrap()
}

/// A mosquitto_sub that speaks a version.
fn sub(broker: &Broker, version: &str, args: &[&str]) -> MosquittoSub {
    MosquittoSub::start(broker.port(), [&["-V", version], args].concat()).unwrap()
}

/// Publishes with mosquitto_pub.
fn mosquitto_pub(broker: &Broker, version: &str, args: &[&str], payload: &[u8]) {
    let args = [&["-V", version], args].concat();
    loopback::mosquitto_pub(broker.port(), args, payload).unwrap();
}
