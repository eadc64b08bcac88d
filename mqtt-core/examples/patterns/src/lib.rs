//! Patterns of MQTT as small programs on [`mqc_client`]. Each is also a function here, which tells what
//! happens as [events](Events) until it is done or [stopped](CancellationToken).
//!
//! | module | program | pattern |
//! |---|---|---|
//! | [`fleet`] | `fleet` | devices with readings, status and will; a monitor with alerts |
//! | [`metadata`] | `metadata` | what a message says about itself, in both versions |
//! | [`request_response`] | `request_response` | requests, their responses, deadlines |
//! | [`workers`] | `workers` | jobs shared by workers, done at least once |
//! | [`routing`] | `routing` | handlers by topic, with captures |

mod common;
pub mod fleet;
pub mod metadata;
pub mod request_response;
pub mod routing;
pub mod workers;

pub use common::{Common, Events, Outcome, show};
pub use tokio_util::sync::CancellationToken;
