//! Runs the inputs of the fuzz targets on stable: every file of `fuzz/corpus` and
//! `fuzz/regressions` through every body, whichever target it was made for.

use arbitrary::Unstructured;
use mqtt_core::fuzzing::{self, Sample};
use std::collections::BTreeMap;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

type Body = fn(&[u8]);

/// The targets and their bodies.
const TARGETS: [(&str, Body); 11] = [
    ("decode", fuzzing::decode),
    ("decode_split", fuzzing::decode_split),
    ("roundtrip", fuzzing::roundtrip),
    ("stream", fuzzing::stream),
    ("trie_ops", fuzzing::trie_ops),
    ("client_bytes", fuzzing::client_bytes),
    ("server_bytes", fuzzing::server_bytes),
    ("session_ops", fuzzing::session_ops),
    ("snapshot", fuzzing::snapshot),
    ("journal", fuzzing::journal),
    ("broker_bytes", fuzzing::broker_bytes),
];

/// Seeds that each target has at least.
const SEEDS: usize = 24;
/// Seeds are small, so that the fuzzer can try many.
const LARGEST_SEED: usize = 1024;

fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(kind)
}

/// The files of `fuzz/<kind>` by target and name.
fn inputs(kind: &str) -> BTreeMap<(String, String), Vec<u8>> {
    let mut inputs = BTreeMap::new();
    for target in fs::read_dir(folder(kind)).expect("the folder of inputs can be listed") {
        let target = target.expect("an entry of the folder");
        for file in fs::read_dir(target.path()).expect("the folder of a target can be listed") {
            let file = file.expect("an entry of the folder");
            let bytes = fs::read(file.path()).expect("an input can be read");
            let name = |name: std::ffi::OsString| name.into_string().expect("a name is text");
            inputs.insert((name(target.file_name()), name(file.file_name())), bytes);
        }
    }
    inputs
}

/// Runs all inputs through the body of one target and reports all that fail.
fn replay(kind: &str, body: Body) {
    let mut failed = Vec::new();
    for ((target, name), bytes) in inputs(kind) {
        if catch_unwind(|| body(&bytes)).is_err() {
            failed.push(format!("{kind}/{target}/{name}: {bytes:x?}"));
        }
    }
    assert!(failed.is_empty(), "{} inputs fail:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn corpus_through_decode() {
    replay("corpus", fuzzing::decode);
}

#[test]
fn corpus_through_decode_split() {
    replay("corpus", fuzzing::decode_split);
}

#[test]
fn corpus_through_roundtrip() {
    replay("corpus", fuzzing::roundtrip);
}

#[test]
fn corpus_through_stream() {
    replay("corpus", fuzzing::stream);
}

#[test]
fn corpus_through_trie_ops() {
    replay("corpus", fuzzing::trie_ops);
}

#[test]
fn corpus_through_client_bytes() {
    replay("corpus", fuzzing::client_bytes);
}

#[test]
fn corpus_through_server_bytes() {
    replay("corpus", fuzzing::server_bytes);
}

#[test]
fn corpus_through_session_ops() {
    replay("corpus", fuzzing::session_ops);
}

#[test]
fn corpus_through_snapshot() {
    replay("corpus", fuzzing::snapshot);
}

#[test]
fn corpus_through_journal() {
    replay("corpus", fuzzing::journal);
}

#[test]
fn corpus_through_broker_bytes() {
    replay("corpus", fuzzing::broker_bytes);
}

#[test]
fn regressions_through_all() {
    for (_, body) in TARGETS {
        replay("regressions", body);
    }
}

#[test]
fn every_target_has_small_seeds_and_every_folder_a_target() {
    let corpus = inputs("corpus");
    for (target, _) in TARGETS {
        let seeds = corpus.keys().filter(|(of, _)| of == target).count();
        assert!(seeds >= SEEDS, "{target}: {seeds} seeds");
        let source = folder("fuzz_targets").join(target).with_extension("rs");
        let source = fs::read_to_string(source).expect("a target has a source file");
        assert!(source.contains(&format!("fuzzing::{target}(data)")), "{target}");
    }
    for ((target, name), bytes) in corpus.into_iter().chain(inputs("regressions")) {
        assert!(TARGETS.iter().any(|(of, _)| *of == target), "{target} is no target");
        assert!(bytes.len() < LARGEST_SEED, "{target}/{name}: {} bytes", bytes.len());
    }
}

/// A change of the generator gives old data another meaning; then the seeds want new names.
#[test]
fn seeds_of_packets_are_what_their_names_say() {
    for ((target, name), bytes) in inputs("corpus") {
        let is_named = name.starts_with("bad-") || name.starts_with('v');
        if target != "roundtrip" || !is_named {
            continue;
        }
        let sample = Sample::generate(&mut Unstructured::new(&bytes));
        let lists = sample.lists();
        let encodes = sample.packet(&lists).encoded_len(sample.version).is_ok();
        let version = format!("{}", sample.version).replace('.', "");
        let version = version.trim_end_matches('0');
        let start = format!("v{version}-{}", sample.packet.name().to_lowercase());
        let is_true = if encodes { name.starts_with(&start) } else { name.starts_with("bad-") };
        assert!(is_true, "{name} is {start}, and it encodes: {encodes}");
    }
}
