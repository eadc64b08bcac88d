//! One packet at the front of any bytes, in every version and by several judges.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mqtt_core::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::decode(data));
