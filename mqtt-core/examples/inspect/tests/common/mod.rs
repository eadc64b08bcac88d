//! What the integration tests share: the captures, and a visitor that remembers.
// Each test program uses a part of it, and is no library.
#![allow(dead_code, missing_docs, unreachable_pub)]

use core::net::SocketAddr;
use inspect::capture;
use inspect::input::{self, Content};
use inspect::link::{self, Dissected, Segment};
use inspect::stream::{Place, Settings, Streams, Trouble, Visitor};
use mqtt_core::{DecodeError, Packet, PacketType, Sender, Version};
use std::path::{Path, PathBuf};

/// The folder of the captures.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/captures")
}

/// All captures, by name.
pub fn captures() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "pcap" || e == "pcapng"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

pub fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// A segment that owns its bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Owned {
    pub time: i64,
    pub source: SocketAddr,
    pub destination: SocketAddr,
    pub sequence: u32,
    pub acknowledgment: Option<u32>,
    pub syn: bool,
    pub payload: Vec<u8>,
}

impl Owned {
    pub fn borrow(&self) -> Segment<'_> {
        Segment {
            source: self.source,
            destination: self.destination,
            sequence: self.sequence,
            acknowledgment: self.acknowledgment,
            syn: self.syn,
            payload: &self.payload,
        }
    }
}

/// The TCP segments of a capture.
pub fn segments(path: &Path) -> Vec<Owned> {
    let Ok(Content::Capture(format, input)) = input::open(path) else {
        panic!("{} is a capture", path.display());
    };
    let mut all = Vec::new();
    capture::read(format, input, &mut |frame| {
        if let Dissected::Segment(segment) = link::dissect(frame.link, frame.data) {
            all.push(Owned {
                time: frame.time,
                source: segment.source,
                destination: segment.destination,
                sequence: segment.sequence,
                acknowledgment: segment.acknowledgment,
                syn: segment.syn,
                payload: segment.payload.to_vec(),
            });
        }
    })
    .unwrap();
    all
}

/// A packet as it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub client: SocketAddr,
    pub stream: usize,
    pub sender: Sender,
    pub version: Version,
    pub kind: PacketType,
    pub bytes: Vec<u8>,
}

/// Remembers everything.
#[derive(Default)]
pub struct Seen {
    pub streams: usize,
    pub packets: Vec<Found>,
    pub malformed: Vec<String>,
    pub troubles: Vec<Trouble>,
}

impl Visitor for Seen {
    fn stream(&mut self, _: &Place) {
        self.streams += 1;
    }

    fn packet(&mut self, place: &Place, version: Version, packet: &Packet<'_>, bytes: &[u8]) {
        self.packets.push(Found {
            client: place.client,
            stream: place.stream,
            sender: place.sender,
            version,
            kind: packet.packet_type(),
            bytes: bytes.to_vec(),
        });
    }

    fn malformed(&mut self, _: &Place, _: Option<Version>, error: &DecodeError, _: &[u8]) {
        self.malformed.push(error.to_string());
    }

    fn trouble(&mut self, _: &Place, trouble: Trouble) {
        self.troubles.push(trouble);
    }
}

/// Follows segments to their end.
pub fn follow<'a>(segments: impl IntoIterator<Item = &'a Owned>, settings: Settings) -> Seen {
    let mut seen = Seen::default();
    let mut streams = Streams::new(settings);
    for segment in segments {
        streams.segment(segment.time, &segment.borrow(), &mut seen);
    }
    streams.finish(&mut seen);
    seen
}

/// What each side of each connection sent, packet by packet.
pub fn by_direction(seen: &Seen) -> Vec<(SocketAddr, bool, Vec<&[u8]>)> {
    let mut all: Vec<(SocketAddr, bool, Vec<&[u8]>)> = Vec::new();
    for packet in &seen.packets {
        let key = (packet.client, packet.sender == Sender::Client);
        match all.iter_mut().find(|entry| (entry.0, entry.1) == key) {
            Some(entry) => entry.2.push(&packet.bytes),
            None => all.push((key.0, key.1, vec![&packet.bytes])),
        }
    }
    all.sort();
    all
}

/// A small generator of numbers, the same in each run.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `bound`.
    pub fn roll(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}
