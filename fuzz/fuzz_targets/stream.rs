//! A chopped stream through a `StreamDecoder` with a small buffer.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mqtt_core::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::stream(data));
