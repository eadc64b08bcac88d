//! Insert, remove, match, resume, retained, against a linear scan.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mqtt_core::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::trie_ops(data));
