//! What tests over loopback need, and nothing of ours: a real broker and real clients, certificates,
//! a faulty network, and programs with their output.
//!
//! - [`Broker`] runs mosquitto on free ports, with TLS, WebSocket and a store as wished;
//! - [`MosquittoSub`], [`mosquitto_pub`] and [`mosquitto_pub_lines`] receive and send exact bytes with its clients;
//! - [`Certificates`] makes an authority, a server's and a client's certificate;
//! - [`FaultProxy`] stands between and cuts, delays, trickles, stalls and refuses;
//! - [`RabbitMq`] runs a node of its own, for AMQP and MQTT;
//! - [`Program`] runs any other program, its lines read as they come;
//! - [`within`] and [`free_port`] are the rest.
//!
//! Every wait is bounded, and none depends on how fast the machine is: a limit is how long to wait
//! before the test has failed. Everything that was started ends when its value is dropped. So keep
//! no value in a `static`: those are never dropped.
//!
//! Debian has the programs in `mosquitto`, `mosquitto-clients` and `rabbitmq-server`. The services
//! that Debian may start do no harm.
//!
//! ```
//! use loopback::{Broker, BrokerOptions, MosquittoSub, PATIENCE, mosquitto_pub};
//!
//! # fn main() -> std::io::Result<()> {
//! let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
//! let sub = MosquittoSub::start(broker.port(), ["-V", "5", "-t", "a/+"])?;
//! mosquitto_pub(broker.port(), ["-V", "5", "-t", "a/b"], b"\0\n\xff")?;
//! let messages = sub.wait_for(1, PATIENCE)?;
//! assert_eq!(messages[0].topic, "a/b");
//! assert_eq!(messages[0].payload, b"\0\n\xff");
//! # Ok(()) }
//! ```

mod broker;
mod certificates;
mod clients;
mod daemon;
mod program;
mod proxy;
mod rabbitmq;
mod wait;

pub use broker::{Broker, BrokerOptions, mosquitto_is_here};
pub use certificates::{Certificates, Identity};
pub use clients::{MosquittoSub, Properties, Received, mosquitto_pub, mosquitto_pub_lines};
pub use program::{Program, Stream};
pub use proxy::{Counts, FaultProxy, Faults};
pub use rabbitmq::{RabbitMq, RabbitMqOptions, rabbitmq_is_here};
pub use wait::{PATIENCE, free_port, within};
