//! The bytes that all codecs read: one packet each, or the beginning of one.

mod mutants;

use inspect::capture::{self, Format};
use inspect::link::{Dissected, dissect};
use inspect::stream::{Place, Settings, Streams, Trouble, Visitor};
use mqtt_core::{DecodeError, Packet, Version};
use std::fs;
use std::path::{Path, PathBuf};

pub use mutants::mutants;

/// Some bytes.
pub struct Input {
    /// Where they come from.
    pub name: String,
    /// The version of the connection; CONNECT says itself.
    pub version: Option<Version>,
    /// One packet or less.
    pub bytes: Vec<u8>,
}

impl Input {
    /// The first packet of `bytes`, or all of them if there is no whole one.
    fn new(name: String, version: Option<Version>, mut bytes: Vec<u8>) -> Self {
        if let Some(len) = frame_len(&bytes) {
            bytes.truncate(len);
        }
        Self { name, version, bytes }
    }

    /// Whether all of a packet is there, as its fixed header has it.
    pub fn is_whole(&self) -> bool {
        frame_len(&self.bytes).is_some_and(|len| self.bytes.len() >= len)
    }

    /// The version by whose rules the bytes are judged: that of the connection, or the one that a
    /// CONNECT names.
    pub fn judged_by(&self) -> Option<Version> {
        if self.bytes.first().is_none_or(|first| first >> 4 != 1) {
            return self.version;
        }
        let body = 1 + self.bytes[1..].iter().take_while(|byte| **byte >= 0x80).count() + 1;
        let name_len =
            self.bytes.get(body..body + 2).map(|len| u16::from_be_bytes([len[0], len[1]]));
        let level = name_len.and_then(|len| self.bytes.get(body + 2 + usize::from(len)));
        level.copied().and_then(Version::from_level)
    }
}

/// Bytes of the packet that begins here, if its length is there and well formed.
fn frame_len(bytes: &[u8]) -> Option<usize> {
    let mut remaining = 0;
    for (index, byte) in bytes.iter().skip(1).take(4).enumerate() {
        remaining |= usize::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Some(2 + index + remaining);
        }
    }
    None
}

fn tests_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files of a folder with one of these extensions, by name.
fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry of the folder").path())
        .filter(|path| path.extension().is_some_and(|found| extensions.iter().any(|e| *e == found)))
        .collect();
    files.sort();
    files
}

/// The inputs of the shared vectors. Options of the decoder are left out: the peers have none.
pub fn vectors() -> Vec<Input> {
    let mut inputs = Vec::new();
    for file in files(&tests_folder().join("vectors"), &["txt"]) {
        let text = fs::read_to_string(&file).expect("a vector file is text");
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let cells: Vec<&str> = line.split(" | ").collect();
            let version = match cells[1] {
                "3.1" => Some(Version::V31),
                "3.1.1" => Some(Version::V311),
                "5" => Some(Version::V5),
                "-" => None,
                other => panic!("{}: version {other}", cells[0]),
            };
            inputs.push(Input::new(cells[0].to_owned(), version, hex(cells[3])));
        }
    }
    inputs
}

/// Hex digits in tokens, `unit*count` for repeats, `-` for nothing.
fn hex(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for token in text.split(' ').filter(|token| *token != "-") {
        let (unit, count) = token.split_once('*').unwrap_or((token, "1"));
        let digits: Vec<u8> =
            unit.chars().map(|digit| digit.to_digit(16).expect("a hex digit") as u8).collect();
        let unit: Vec<u8> = digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect();
        bytes.extend(unit.repeat(count.parse().expect("a count")));
    }
    bytes
}

/// Every packet of the captured conversations.
pub fn captured() -> Vec<Input> {
    let mut inputs = Vec::new();
    for file in files(&tests_folder().join("data/captures"), &["pcap", "pcapng"]) {
        let bytes = fs::read(&file).expect("a capture can be read");
        let format = Format::detect(&bytes).expect("a capture file");
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut streams = Streams::new(Settings::default());
        let mut collector = Collector { file: name, inputs: &mut inputs, count: 0 };
        capture::read(format, &bytes[..], &mut |frame| {
            if let Dissected::Segment(segment) = dissect(frame.link, frame.data) {
                streams.segment(frame.time, &segment, &mut collector);
            }
        })
        .expect("a sound capture");
        streams.finish(&mut collector);
    }
    inputs
}

struct Collector<'i> {
    file: String,
    inputs: &'i mut Vec<Input>,
    count: usize,
}

impl Visitor for Collector<'_> {
    fn stream(&mut self, _: &Place) {}

    fn packet(&mut self, _: &Place, version: Version, _: &Packet<'_>, bytes: &[u8]) {
        self.count += 1;
        let name = format!("{}-{}", self.file, self.count);
        self.inputs.push(Input::new(name, Some(version), bytes.to_vec()));
    }

    fn malformed(&mut self, _: &Place, _: Option<Version>, error: &DecodeError, _: &[u8]) {
        panic!("{}: {error}", self.file);
    }

    fn trouble(&mut self, _: &Place, trouble: Trouble) {
        panic!("{}: {trouble:?}", self.file);
    }
}
