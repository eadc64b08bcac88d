//! Pages of a snapshot.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mqtt_core::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::snapshot(data));
