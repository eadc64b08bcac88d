//! mqtt-core: borrows from the input and consumes nothing; lists are walked lazily, so the visitor
//! walks them to their end. Values to encode are slices of typed values, as a program builds them.

use crate::codec::job::{Decode, Encode, Room};
use bytes::BytesMut;
use mqtt_benches::corpus::{Case, Protocol, sample};
use mqtt_benches::ours::{built, decode_all, decoded, encode_all, version};
use mqtt_benches::visit::Visit;
use mqtt_core::{Packet, Version};
use std::hint::black_box;
use std::io::IoSlice;

pub(super) struct V311;

impl Decode for V311 {
    type Input = Vec<u8>;

    fn decode_all<V: Visit>(input: &mut Vec<u8>, visitor: &mut V) {
        decode_all(input, Protocol::V311, visitor);
    }
}

pub(super) struct V5;

impl Decode for V5 {
    type Input = Vec<u8>;

    fn decode_all<V: Visit>(input: &mut Vec<u8>, visitor: &mut V) {
        decode_all(input, Protocol::V5, visitor);
    }
}

/// `encode_to_slice`; of values that a program built, or (`FORWARD`) as the decoder gave them.
pub(super) struct Slice<const FORWARD: bool> {
    packets: Vec<Packet<'static>>,
    protocol: Protocol,
    out: Room,
}

impl<const FORWARD: bool> Encode for Slice<FORWARD> {
    fn new(protocol: Protocol, case: Case) -> Self {
        let stream = &sample(protocol, case).bytes;
        let make = if FORWARD { decoded } else { built };
        Slice { packets: make(stream, protocol), protocol, out: Room::new(stream.len()) }
    }

    fn prepare(&mut self, _repeats: usize) {}

    fn run(&mut self, repeats: usize, append: bool) -> u64 {
        // One call writes the stream g packet behind packet; the other cases are one packet.
        debug_assert!(append || self.packets.len() == 1);
        let mut written = 0;
        for _ in 0..repeats {
            written = encode_all(&self.packets, self.protocol, self.out.slice());
        }
        black_box(self.out.slice());
        written as u64
    }

    fn output(&mut self) -> Vec<u8> {
        let written = self.run(1, true) as usize;
        self.out.slice()[..written].to_vec()
    }
}

/// `encode` into a `BytesMut`, as most peers do it.
pub(super) struct Buffer {
    packets: Vec<Packet<'static>>,
    version: Version,
    out: BytesMut,
}

impl Encode for Buffer {
    fn new(protocol: Protocol, case: Case) -> Self {
        let stream = &sample(protocol, case).bytes;
        let out = Room::buffer(2 * stream.len() + 4096);
        Buffer { packets: built(stream, protocol), version: version(protocol), out }
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
                packet.encode(self.version, &mut self.out).expect("can be encoded");
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

/// `encode_head` into a small buffer and the payload by reference: two slices for a vectored write.
pub(super) struct Vectored {
    packets: Vec<Packet<'static>>,
    version: Version,
    head: Vec<u8>,
}

impl Vectored {
    #[inline]
    fn slices<'a>(
        packet: &'a Packet<'_>,
        version: Version,
        head: &'a mut [u8],
    ) -> [IoSlice<'a>; 2] {
        let len = packet.encode_head(version, head).expect("can be encoded");
        let payload = match packet {
            Packet::Publish(publish) => publish.payload,
            _ => &[],
        };
        [IoSlice::new(&head[..len]), IoSlice::new(payload)]
    }
}

impl Encode for Vectored {
    fn new(protocol: Protocol, case: Case) -> Self {
        let packets = built(&sample(protocol, case).bytes, protocol);
        Vectored { packets, version: version(protocol), head: vec![0; 1024] }
    }

    fn prepare(&mut self, _repeats: usize) {}

    fn run(&mut self, repeats: usize, _append: bool) -> u64 {
        let mut len = 0;
        for _ in 0..repeats {
            for packet in black_box(&self.packets) {
                let slices = Self::slices(packet, self.version, &mut self.head);
                len += black_box(&slices)[0].len() as u64;
            }
        }
        len
    }

    fn output(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        for packet in &self.packets {
            for slice in Self::slices(packet, self.version, &mut self.head) {
                out.extend_from_slice(&slice);
            }
        }
        out
    }
}

/// No codec: head and payload of one PUBLISH copied, which is what writing it into one piece costs
/// at least. In two copies, so that the payload lands as far from alignment as a codec's does.
pub(super) struct Copy {
    head: &'static [u8],
    payload: &'static [u8],
    to: Room,
}

impl Encode for Copy {
    fn new(protocol: Protocol, case: Case) -> Self {
        let bytes = &sample(protocol, case).bytes;
        let [Packet::Publish(publish)] = decoded(bytes, protocol)[..] else {
            panic!("a case of one PUBLISH");
        };
        let (head, payload) = bytes.split_at(bytes.len() - publish.payload.len());
        Copy { head, payload, to: Room::new(bytes.len()) }
    }

    fn prepare(&mut self, _repeats: usize) {}

    fn run(&mut self, repeats: usize, _append: bool) -> u64 {
        for _ in 0..repeats {
            let (head, payload) = black_box((self.head, self.payload));
            let to = self.to.slice();
            to[..head.len()].copy_from_slice(head);
            to[head.len()..][..payload.len()].copy_from_slice(payload);
            black_box(to);
        }
        (self.head.len() + self.payload.len()) as u64
    }

    fn output(&mut self) -> Vec<u8> {
        let len = self.run(1, true) as usize;
        self.to.slice()[..len].to_vec()
    }
}
