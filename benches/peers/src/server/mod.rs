//! The example server beside mosquitto: the same loads, in turns.
//!
//! In each turn a server is started anew, as a process of its own, and another process has all the clients. What is
//! measured of the server is the time of the processor, of all its threads, from the first connection to the last, for
//! each message that it got or sent, and the memory that a connection takes that does nothing; what is measured of
//! the clients is how many messages came in a second, and how long they took.
//!
//! - Paced: each publisher sends a message each millisecond, by a write of its own; with a thousand subscribers, one
//!   each 50 ms. The machine has time to spare: this is what a message costs.
//! - Flood: as many as go. Of QoS 1 and 2 each publisher has 100 on the way at a time.
//!
//! The clients are those of `mqc-bench`. Some loads are given by rumqttc as well, to see whether that makes a
//! difference: `generator` in the tables.
//!
//! mosquitto's queues are without bounds here, so that it drops nothing; else it has what it has by itself. The
//! servers keep nothing on disk. Loads have MQTT 5.0.

mod idle;
mod job;
pub mod measure;
mod ours;
mod rumqttc;
pub mod run;
pub mod tables;
pub mod target;

pub use job::{Generator, Job, Kind, Place, Shape};
