//! A server's sessions that get any bytes, in whatever pieces.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mqtt_core::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::server_bytes(data));
