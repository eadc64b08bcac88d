//! The example server beside mosquitto: the same loads, in turns.
//!
//! In each turn a server is started anew, as a process of its own, and another process has all the clients. What is
//! measured of the server is the time of the processor, of all its threads, from when all clients are connected and
//! subscribed until the last message has come and they are still there, for each message that it got or sent, and the memory that a connection takes that does nothing; what is measured of
//! the clients is how many messages came in a second, and how long they took.
//!
//! - Paced: each publisher sends a message each millisecond, by a write of its own; with a thousand subscribers, one
//!   each 50 ms. The machine has time to spare: this is what a message costs.
//! - Flood: as many as go. Of QoS 1 and 2 each publisher has 100 on the way at a time.
//!
//! The clients are those of `mqc-bench`. Some loads are given by rumqttc as well, and by paho-mqtt if there is a Python
//! that has it (`make test-interop` makes one), to see whether that makes a difference: `load by` in the tables.
//!
//! Neither server has a window of its own: they name no Receive Maximum, nor do subscribers. mosquitto's queues are
//! without bounds here, so that it drops nothing, and it does not log connections, as ours does not; else it has what it
//! has by itself. The servers keep nothing on disk. Loads have MQTT 5.0. A message of QoS 1 or 2 that is lost is an error.

mod idle;
mod job;
pub mod measure;
mod ours;
mod paho;
mod rumqttc;
pub mod run;
pub mod tables;
pub mod target;

pub use job::{Generator, Job, Kind, Place, Shape};
