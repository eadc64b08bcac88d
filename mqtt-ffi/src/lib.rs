//! The C ABI of mqtt-core: `libmqtt_core` and `mqtt_core.h`.
//!
//! The functions are documented for their users in C, in the header that is generated from this
//! source. Each of them checks its pointers, catches panics, and calls the core: of the protocol there
//! is nothing in here. From Rust, use the crate `mqtt-core`.
//!
//! Without the feature `std` there is the codec alone, which needs neither Rust's standard library nor
//! an allocator: `scripts/codec_only.sh` builds that archive.

#![allow(non_camel_case_types, reason = "the names are those of the C header")]
#![cfg_attr(not(feature = "std"), no_std)]

mod boundary;
#[cfg(feature = "broker")]
mod broker;
mod decode;
mod encode;
mod filter;
#[cfg(feature = "tries")]
mod index;
mod inspect;
mod mapping;
mod names;
#[cfg(feature = "std")]
mod object;
mod options;
#[cfg(feature = "tries")]
mod overlaps;
mod packet;
#[cfg(feature = "sessions")]
mod persist;
#[cfg(feature = "sessions")]
mod persist_restore;
#[cfg(feature = "sessions")]
mod persist_state;
mod property;
#[cfg(feature = "tries")]
mod retained;
#[cfg(feature = "tries")]
mod retained_walk;
#[cfg(feature = "tries")]
mod route_matches;
#[cfg(feature = "tries")]
mod router;
#[cfg(feature = "sessions")]
mod session;
mod status;
mod stream;
mod topic;
#[cfg(feature = "tries")]
mod trie;
#[cfg(feature = "tries")]
mod trie_matches;
#[cfg(feature = "tries")]
mod trie_walk;
mod types;
mod version;

#[cfg(feature = "broker")]
pub use broker::*;
pub use decode::*;
pub use encode::*;
pub use filter::*;
#[cfg(feature = "tries")]
pub use index::*;
pub use inspect::*;
pub use mapping::*;
pub use names::*;
pub use options::*;
#[cfg(feature = "tries")]
pub use overlaps::*;
pub use packet::*;
#[cfg(feature = "sessions")]
pub use persist::*;
#[cfg(feature = "sessions")]
pub use persist_restore::*;
#[cfg(feature = "sessions")]
pub use persist_state::*;
pub use property::*;
#[cfg(feature = "tries")]
pub use retained::*;
#[cfg(feature = "tries")]
pub use retained_walk::*;
#[cfg(feature = "tries")]
pub use route_matches::*;
#[cfg(feature = "tries")]
pub use router::*;
#[cfg(feature = "sessions")]
pub use session::*;
pub use status::*;
pub use stream::*;
pub use topic::*;
#[cfg(feature = "tries")]
pub use trie::*;
#[cfg(feature = "tries")]
pub use trie_matches::*;
#[cfg(feature = "tries")]
pub use trie_walk::*;
pub use types::*;
pub use version::*;
