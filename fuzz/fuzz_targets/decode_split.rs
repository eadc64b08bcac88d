//! A chopped stream through `FrameBuffer`, beside `decode` of the whole.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mqtt_core::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::decode_split(data));
