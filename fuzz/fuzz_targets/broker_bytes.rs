//! A broker with connections that send any bytes, beside two clients that keep to the rules.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mqtt_core::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::broker_bytes(data));
