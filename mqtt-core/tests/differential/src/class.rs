//! Disagreements, sorted into classes, and the table that explains them.

use crate::input::Input;
use crate::meaning::{Meaning, Outcome, TYPES};
use crate::peers::Peer;
use mqtt_core::Version;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A class of disagreements.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Class {
    /// Name of the peer.
    pub peer: String,
    /// What happens, in terms of our error kind, their error, or the fields that differ.
    pub what: String,
    /// The version by whose rules the packet was judged, `-` if it is not known.
    pub version: String,
    /// The type in the first byte.
    pub packet: String,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}\t{}\t{}", self.peer, self.what, self.version, self.packet)
    }
}

/// The class of the disagreement between us and a peer on some bytes; none if they agree.
pub fn classify(input: &Input, ours: &Outcome, peer: &Peer, theirs: &Outcome) -> Option<Class> {
    use Outcome::{Accepted, Incomplete, Panicked, Rejected};
    let what = match (ours, theirs) {
        (Accepted(ours), Accepted(theirs)) => {
            let mut ours: Meaning = ours.clone();
            (peer.fold)(&mut ours);
            let differences = ours.differences(theirs);
            if differences.is_empty() {
                return None;
            }
            format!("value: {}", differences.join(", "))
        }
        (Accepted(_), Rejected(error)) => format!("they refuse: {error}"),
        (Accepted(_), Incomplete) => "they wait: legal".to_owned(),
        (Rejected(kind), Accepted(_)) => format!("they accept: {kind}"),
        (Rejected(_), Incomplete) if input.is_whole() => "they wait: illegal".to_owned(),
        (Rejected(kind), Incomplete) => format!("they wait for the rest: {kind}"),
        (Incomplete, Accepted(_)) => "they accept: unfinished".to_owned(),
        (Incomplete, Rejected(error)) => format!("they refuse unfinished: {error}"),
        (Accepted(_), Panicked) => "they panic: legal".to_owned(),
        (Rejected(_), Panicked) => "they panic: illegal".to_owned(),
        (Incomplete, Panicked) => "they panic: unfinished".to_owned(),
        (Panicked, _) => "we panic".to_owned(),
        (Rejected(_), Rejected(_)) | (Incomplete, Incomplete) => return None,
    };
    let version = match input.judged_by() {
        Some(Version::V31) => "3.1",
        Some(Version::V311) => "3.1.1",
        Some(Version::V5) => "5",
        None => "-",
    };
    let packet = input.bytes.first().map_or("NONE", |first| TYPES[usize::from(first >> 4)]);
    Some(Class {
        peer: peer.name.to_owned(),
        what,
        version: version.to_owned(),
        packet: packet.to_owned(),
    })
}

/// The lines of a table with their numbers, cut into cells: peer, class, versions, packets, who is
/// right, why.
fn lines(table: &str) -> impl Iterator<Item = (usize, [&str; 6])> {
    let lines = table.lines().enumerate().map(|(index, line)| (index + 1, line)).skip(1);
    lines.filter(|(_, line)| !line.starts_with('#')).map(|(number, line)| {
        let cells: Vec<&str> = line.split('\t').collect();
        let count = cells.len();
        (number, cells.try_into().unwrap_or_else(|_| panic!("line {number}: {count} cells")))
    })
}

/// Number, versions and reason of each line of a table.
pub fn reasons(table: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    lines(table).map(|(number, [_, _, versions, _, _, why])| (number, versions, why))
}

/// The classes that a table explains, and the line of each. Versions and packets are lists; a line
/// stands for every pair of them.
///
/// # Panics
/// If the table is not well formed.
pub fn explained(table: &str) -> BTreeMap<Class, usize> {
    let mut classes = BTreeMap::new();
    for (number, [peer, what, versions, packets, right, why]) in lines(table) {
        assert!(["we", "they", "both", "neither"].contains(&right), "line {number}: {right}");
        assert!(!why.is_empty(), "line {number}: no reason");
        for version in versions.split(',') {
            for packet in packets.split(',') {
                let class = Class {
                    peer: peer.to_owned(),
                    what: what.to_owned(),
                    version: version.to_owned(),
                    packet: packet.to_owned(),
                };
                let before = classes.insert(class, number);
                assert_eq!(before, None, "line {number}: class explained twice");
            }
        }
    }
    classes
}

/// What is wrong with a table: classes it does not explain, and classes that do not occur.
pub fn compare(
    found: &BTreeMap<Class, String>,
    explained: &BTreeMap<Class, usize>,
) -> BTreeSet<String> {
    let missing = found
        .iter()
        .filter(|(class, _)| !explained.contains_key(class))
        .map(|(class, example)| format!("not explained\t{class}\t{example}"));
    let stale = explained
        .iter()
        .filter(|(class, _)| !found.contains_key(class))
        .map(|(class, line)| format!("does not occur\t{class}\tline {line}"));
    missing.chain(stale).collect()
}
