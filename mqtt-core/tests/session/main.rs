//! Sessions: bytes in, bytes and events out.

mod alias;
mod aliases;
#[cfg(feature = "std")] // pieces for a vectored write
mod apart;
mod auth;
mod bounds;
mod carried;
mod chop;
mod clean_start;
mod connect;
mod contract;
mod corners;
mod disconnect;
mod expiry;
#[path = "../../src/fuzzing/mod.rs"]
#[allow(dead_code, unreachable_pub, unused_imports)] // an interface that is used in part
mod fuzzing;
mod helpers;
mod keep_alive;
mod kept;
#[allow(dead_code)] // the target `conformance` uses the rest
mod kit;
mod limits;
mod manners;
mod network;
mod no_trace;
mod peers;
mod qos1;
mod qos2;
mod quota;
mod resume;
mod subscribe;
mod timing;

use bytes::Buf;
use mqtt_core::*;

/// All that is to be sent.
fn sent(mut out: Transmit<'_>) -> Vec<u8> {
    let len = out.remaining();
    out.copy_to_bytes(len).to_vec()
}
