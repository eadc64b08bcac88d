//! The C ABI of mqtt-core: `libmqtt_core` and `mqtt_core.h`.
//!
//! The functions are documented for their users in C, in the header that is generated from this
//! source. Each of them checks its pointers, catches panics, and calls the core: of the protocol there
//! is nothing in here. From Rust, use the crate `mqtt-core`.

#![allow(non_camel_case_types, reason = "the names are those of the C header")]

mod boundary;
mod decode;
mod encode;
mod filter;
mod inspect;
mod names;
mod object;
mod options;
mod packet;
mod property;
mod status;
mod stream;
mod types;
mod version;

pub use decode::*;
pub use encode::*;
pub use filter::*;
pub use inspect::*;
pub use names::*;
pub use options::*;
pub use packet::*;
pub use property::*;
pub use status::*;
pub use stream::*;
pub use types::*;
pub use version::*;
