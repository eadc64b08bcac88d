//! What is timed: jobs that decode or encode a batch of packets, and the checks that each job does
//! what it is said to do.

use crate::measure::{Cell, Job};
use crate::row::Row;
use bytes::{Buf, BytesMut};
use mqtt_benches::corpus::{Case, Protocol, sample};
use mqtt_benches::ours;
use mqtt_benches::visit::{Record, Sum, Visit};
use std::hint::black_box;

/// Which way the bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Bytes to values.
    Decode,
    /// Values to bytes.
    Encode,
}

impl Direction {
    /// Both.
    pub const ALL: [Direction; 2] = [Direction::Decode, Direction::Encode];

    /// One word for tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Decode => "decode",
            Direction::Encode => "encode",
        }
    }
}

/// Where in the tables a figure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which way.
    pub direction: Direction,
    /// Which version.
    pub protocol: Protocol,
    /// Which packets.
    pub case: Case,
}

/// Packets per run of a case of one packet: enough to drown the clock's own cost, few enough that
/// the input stays in the caches (32 KiB; for case c, half a megabyte).
pub fn repeats(case: Case) -> usize {
    match case {
        Case::A | Case::F => 512,
        Case::B | Case::D => 64,
        Case::C => 8,
        Case::E => 128,
        Case::G => 1,
    }
}

/// Where a decoder reads from. Every decoder's input is filled anew before each run, outside the
/// clock, also that of decoders which leave it intact, and then read through: so all find it in the
/// same cache. Large copies go past the caches, and case c would else time memory.
pub trait Input: AsRef<[u8]> {
    /// Room for `len` bytes.
    fn with_room(len: usize) -> Self;

    /// Replaces the content.
    fn refill(&mut self, stream: &[u8]);
}

/// Spare room behind the input, as a read buffer has. Some peers reserve a few bytes after each
/// packet and would else pay for a new buffer at the end of each run.
const SLACK: usize = 4096;

impl Input for Vec<u8> {
    fn with_room(len: usize) -> Self {
        Vec::with_capacity(len + SLACK)
    }

    fn refill(&mut self, stream: &[u8]) {
        self.clear();
        self.extend_from_slice(stream);
    }
}

impl Input for BytesMut {
    fn with_room(len: usize) -> Self {
        BytesMut::with_capacity(len + SLACK)
    }

    fn refill(&mut self, stream: &[u8]) {
        self.clear();
        // Takes the whole buffer back, since nothing else points into it any more.
        self.reserve(stream.len() + SLACK);
        self.extend_from_slice(stream);
    }
}

impl Input for ntex_bytes::BytesMut {
    fn with_room(len: usize) -> Self {
        ntex_bytes::BytesMut::with_capacity(len + SLACK)
    }

    fn refill(&mut self, stream: &[u8]) {
        // Made anew: what remains of the old buffer has no room, and cannot take it back.
        *self = ntex_bytes::BytesMut::with_capacity(stream.len() + SLACK);
        self.extend_from_slice(stream);
    }
}

/// A decoder under test, for one version of the protocol.
pub trait Decode: 'static {
    /// What it reads from.
    type Input: Input + 'static;

    /// Decodes all of the input and visits every value in every packet.
    fn decode_all<V: Visit>(input: &mut Self::Input, visitor: &mut V);
}

struct DecodeJob<D: Decode> {
    stream: Vec<u8>,
    input: D::Input,
}

impl<D: Decode> Job for DecodeJob<D> {
    fn prepare(&mut self) {
        self.input.refill(&self.stream);
        let bytes: &[u8] = self.input.as_ref();
        black_box(bytes.iter().fold(0, |sum, byte| sum ^ byte));
    }

    fn run(&mut self) -> u64 {
        let mut sum = Sum::default();
        D::decode_all(black_box(&mut self.input), &mut sum);
        sum.0
    }
}

/// The cell of a decoder, which must have found every value of the corpus.
pub fn decode_cell<D: Decode>(row: Row, protocol: Protocol, case: Case) -> Cell {
    let sample = sample(protocol, case);
    let mut input = D::Input::with_room(sample.bytes.len());
    input.refill(&sample.bytes);
    let mut record = Record::default();
    D::decode_all(&mut input, &mut record);
    assert!(record.is(&sample.facts), "{row:?} misreads {} {}", protocol.name(), case.name());

    let stream = sample.bytes.repeat(repeats(case));
    let input = D::Input::with_room(stream.len());
    let packets = sample.packets * repeats(case);
    Cell { row, job: Box::new(DecodeJob::<D> { stream, input }), packets }
}

/// An encoder under test with the packets of a case as its own values.
pub trait Encode: 'static {
    /// Makes the values, and the output that they will be written to.
    fn new(protocol: Protocol, case: Case) -> Self;

    /// Before each run: an empty output, and copies of the values if encoding consumes them.
    fn prepare(&mut self, repeats: usize);

    /// Encodes all values `repeats` times. The packets of the stream g follow each other in the
    /// output; a single packet is written to the same place again and again.
    fn run(&mut self, repeats: usize, append: bool) -> u64;

    /// Encodes all values once and returns the bytes.
    fn output(&mut self) -> Vec<u8>;
}

struct EncodeJob<E> {
    encoder: E,
    repeats: usize,
    append: bool,
}

impl<E: Encode> Job for EncodeJob<E> {
    fn prepare(&mut self) {
        self.encoder.prepare(self.repeats);
    }

    fn run(&mut self) -> u64 {
        self.encoder.run(self.repeats, self.append)
    }
}

/// The cell of an encoder, whose bytes must mean what the corpus means. They may differ from it:
/// property order is free, and some peers write a reason code that could be left out.
pub fn encode_cell<E: Encode>(row: Row, protocol: Protocol, case: Case) -> Cell {
    let sample = sample(protocol, case);
    let mut encoder = E::new(protocol, case);
    let output = encoder.output();
    let mut record = Record::default();
    ours::decode_all(&output, protocol, &mut record);
    assert!(record.is(&sample.facts), "{row:?} garbles {} {}", protocol.name(), case.name());

    let repeats = repeats(case);
    let job = EncodeJob { encoder, repeats, append: case == Case::G };
    Cell { row, job: Box::new(job), packets: sample.packets * repeats }
}

/// Where contiguous encoders write to: from the start of a page, because copying 64 KiB is up to a
/// tenth slower at some addresses than at others.
pub struct Room {
    bytes: Vec<u8>,
    start: usize,
}

const PAGE: usize = 4096;

impl Room {
    /// Room for `len` bytes.
    pub fn new(len: usize) -> Self {
        let bytes = vec![0; len + PAGE];
        let start = bytes.as_ptr().align_offset(PAGE);
        Room { bytes, start }
    }

    /// The room as a slice.
    pub fn slice(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..]
    }

    /// The same as an empty buffer.
    pub fn buffer(len: usize) -> BytesMut {
        let mut buffer = BytesMut::with_capacity(len + PAGE);
        let start = buffer.as_ptr().align_offset(PAGE);
        buffer.resize(start, 0);
        buffer.advance(start);
        buffer
    }
}

/// The packets of an encoder that appends to a [`BytesMut`] and leaves its values intact.
pub trait WriteTo: Sized + 'static {
    /// The packets in `stream` as the peer's own decoder makes them.
    fn read_all(protocol: Protocol, stream: &mut BytesMut) -> Vec<Self>;

    /// Appends one packet.
    fn write_to(&self, out: &mut BytesMut);
}

/// Runs a [`WriteTo`]. The output has room for everything, so it never grows in a run.
pub struct Buffered<P> {
    packets: Vec<P>,
    out: BytesMut,
}

impl<P: WriteTo> Encode for Buffered<P> {
    fn new(protocol: Protocol, case: Case) -> Self {
        let stream = &sample(protocol, case).bytes[..];
        let packets = P::read_all(protocol, &mut BytesMut::from(stream));
        Buffered { packets, out: Room::buffer(2 * stream.len() + SLACK) }
    }

    fn prepare(&mut self, _repeats: usize) {
        self.out.clear();
    }

    fn run(&mut self, repeats: usize, append: bool) -> u64 {
        for _ in 0..repeats {
            for packet in black_box(&self.packets) {
                if !append {
                    self.out.clear();
                }
                packet.write_to(&mut self.out);
            }
        }
        black_box(&self.out).len() as u64
    }

    fn output(&mut self) -> Vec<u8> {
        self.prepare(1);
        self.run(1, true);
        self.out.to_vec()
    }
}

/// First byte, start of the body and end of the packet at the head of `bytes`: the framing that
/// some peers leave to their caller.
#[inline]
pub fn frame(bytes: &[u8]) -> (u8, usize, usize) {
    let mut body = 0;
    let mut at = 1;
    loop {
        let byte = bytes[at];
        body |= usize::from(byte & 127) << (7 * (at - 1));
        at += 1;
        if byte < 128 {
            return (bytes[0], at, at + body);
        }
    }
}
