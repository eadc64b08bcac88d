//! Every disagreement with another codec is of a class that `DISAGREEMENTS.tsv` explains, and every
//! class explained there still occurs.

use mqtt_core_differential::class::{classify, compare, explained, reasons};
use mqtt_core_differential::input::{Input, captured, mutants, vectors};
use mqtt_core_differential::meaning::Outcome;
use mqtt_core_differential::ours;
use mqtt_core_differential::peers::{PEERS, Peer};
use std::collections::{BTreeMap, HashSet};
use std::panic;

const TABLE: &str = include_str!("../DISAGREEMENTS.tsv");

/// Whether this is something for that peer: a packet of a version it reads, or a CONNECT of none.
/// That any other packet is wrong before the version is known is nothing a peer could say.
fn concerns(peer: &Peer, input: &Input) -> bool {
    match input.judged_by() {
        Some(version) => peer.versions.contains(&version),
        None => input.bytes.first().is_some_and(|first| first >> 4 == 1),
    }
}

/// The bytes as a line of a failure shows them.
fn shown(input: &Input) -> String {
    let bytes: Vec<String> = input.bytes.iter().take(80).map(|b| format!("{b:02x}")).collect();
    format!("{} {}", input.name, bytes.join(""))
}

#[test]
fn mutants_are_made_of_legal_packets() {
    let mutants = mutants();
    let bases = mutants.iter().filter(|input| input.name.contains("-base-"));
    let wrong: Vec<String> = bases
        .filter(|input| !matches!(ours::read(&input.bytes, input.version), Outcome::Accepted(_)))
        .map(shown)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The identifiers in the first column of a table of the standard.
fn identifiers(table: &str) -> HashSet<&str> {
    table.lines().skip(1).filter_map(|line| line.split('\t').next()).collect()
}

#[test]
fn reasons_cite_what_exists() {
    let v311 = identifiers(include_str!("../../spec/conformance-v311.tsv"));
    let v5 = identifiers(include_str!("../../spec/conformance-v5.tsv"));
    let limits = identifiers(include_str!("../../spec/limits.tsv"));
    let properties = identifiers(include_str!("../../spec/properties-v5.tsv"));
    for (line, versions, why) in reasons(TABLE) {
        let words: Vec<&str> = why.split([' ', ',', ';', ':']).collect();
        for (index, word) in words.iter().enumerate() {
            let known = match (*word, versions) {
                (id, "5") if id.starts_with("MQTT-") => v5.contains(id),
                (id, "-") if id.starts_with("MQTT-") => v5.contains(id) || v311.contains(id),
                (id, _) if id.starts_with("MQTT-") => v311.contains(id),
                ("limits.tsv", _) => limits.contains(words[index + 1]),
                ("properties-v5.tsv", _) if words[index + 1].starts_with("0x") => {
                    properties.contains(words[index + 1])
                }
                _ => true,
            };
            assert!(known, "line {line}: {word}");
        }
    }
}

#[test]
fn disagreements_with_other_codecs_are_explained() {
    let mut inputs = vectors();
    let (from_vectors, from_captures) = (inputs.len(), captured());
    assert!(from_vectors > 5_000 && from_captures.len() > 800);
    inputs.extend(from_captures);
    inputs.extend(mutants());

    // Peers that panic are part of the comparison and need not be seen.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let mut found = BTreeMap::new();
    let mut readings = 0;
    let mut agreements = 0;
    for input in &inputs {
        let ours = Outcome::of(|| ours::read(&input.bytes, input.version));
        for peer in PEERS.iter().filter(|peer| concerns(peer, input)) {
            let theirs = Outcome::of(|| (peer.read)(&input.bytes));
            readings += 1;
            match classify(input, &ours, peer, &theirs) {
                Some(class) => drop(found.entry(class).or_insert_with(|| shown(input))),
                None => agreements += 1,
            }
        }
    }
    panic::set_hook(hook);
    println!("{} inputs, {readings} readings, {agreements} agree", inputs.len());
    println!("{} classes of disagreements", found.len());

    let wrong: Vec<String> = compare(&found, &explained(TABLE)).into_iter().collect();
    assert!(wrong.is_empty(), "{} classes\n{}", wrong.len(), wrong.join("\n"));
}
