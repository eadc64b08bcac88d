//! Sessions: bytes in, bytes and events out.

mod alias;
mod contract;
mod network;

use bytes::Buf;
use mqtt_core::Transmit;

/// All that is to be sent.
fn sent(mut out: Transmit<'_>) -> Vec<u8> {
    let len = out.remaining();
    out.copy_to_bytes(len).to_vec()
}
