//! What the C library promises, told from the header alone, so that nothing is left out: comments,
//! binary interface, symbols, arguments of any kind, panics, and how the archives link.

mod abi;
mod header;
mod linking;
mod lint;
#[allow(dead_code, reason = "other test binaries use the rest")]
#[path = "../support/mod.rs"]
mod support;
mod sweep;

use std::fs;

/// `mqtt_core.h` as it is installed.
fn header_text() -> String {
    fs::read_to_string(support::stage().prefix.join("include/mqtt_core.h")).expect("staged")
}
