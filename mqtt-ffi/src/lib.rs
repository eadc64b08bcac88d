//! The C ABI of mqtt-core: `libmqtt_core` and `mqtt_core.h`.
//!
//! The functions are documented for their users in C, in the header that is generated from this
//! source. Each of them checks its pointers, catches panics, and calls the core: of the protocol there
//! is nothing in here. From Rust, use the crate `mqtt-core`.

#![allow(non_camel_case_types, reason = "the names are those of the C header")]

mod boundary;
mod broker;
mod decode;
mod encode;
mod filter;
mod index;
mod inspect;
mod mapping;
mod names;
mod object;
mod options;
mod overlaps;
mod packet;
mod persist;
mod persist_restore;
mod persist_state;
mod property;
mod retained;
mod retained_walk;
mod route_matches;
mod router;
mod session;
mod status;
mod stream;
mod topic;
mod trie;
mod trie_matches;
mod trie_walk;
mod types;
mod version;

pub use broker::*;
pub use decode::*;
pub use encode::*;
pub use filter::*;
pub use index::*;
pub use inspect::*;
pub use mapping::*;
pub use names::*;
pub use options::*;
pub use overlaps::*;
pub use packet::*;
pub use persist::*;
pub use persist_restore::*;
pub use persist_state::*;
pub use property::*;
pub use retained::*;
pub use retained_walk::*;
pub use route_matches::*;
pub use router::*;
pub use session::*;
pub use status::*;
pub use stream::*;
pub use topic::*;
pub use trie::*;
pub use trie_matches::*;
pub use trie_walk::*;
pub use types::*;
pub use version::*;
