//! Packets with something wrong, or at least something changed, in them.
//!
//! They are made from a fixed list of packets and a fixed seed, so that they are the same in every
//! run and do not change when vectors are added.

use super::Input;
use mqtt_core::Version;

/// Random mutants of each packet, beside the systematic ones.
const RANDOM: usize = 1_000;

/// Packets of every type: version, first byte, body.
#[rustfmt::skip]
const BASES: &[(Version, u8, &[u8])] = &[
    (Version::V31, 0x10, b"\0\x06MQIsdp\x03\xC6\0\x3C\0\x02id\0\x03w/t\0\x01m\0\x01u\0\x01p"),
    (Version::V31, 0x20, b"\0\0"),
    (Version::V31, 0x90, b"\0\x07\0\x01\x02"),
    (Version::V311, 0x10, b"\0\x04MQTT\x04\x02\0\x3C\0\x02id"),
    (Version::V311, 0x10, b"\0\x04MQTT\x04\xEE\0\x3C\0\x02id\0\x03w/t\0\x02\0\xFF\0\x01u\0\x01p"),
    (Version::V311, 0x20, b"\x01\0"),
    (Version::V311, 0x20, b"\0\x05"),
    (Version::V311, 0x31, b"\0\x03a/bpayload"),
    (Version::V311, 0x3A, b"\0\x03a/b\0\x07\xC3\xA9"),
    (Version::V311, 0x34, b"\0\x04\xC3\xA9/x\xFF\xFF"),
    (Version::V311, 0x40, b"\0\x07"),
    (Version::V311, 0x50, b"\0\x07"),
    (Version::V311, 0x62, b"\0\x07"),
    (Version::V311, 0x70, b"\0\x07"),
    (Version::V311, 0x82, b"\0\x07\0\x03a/b\0\0\x05c/+/#\x02"),
    (Version::V311, 0x90, b"\0\x07\0\x02\x80"),
    (Version::V311, 0xA2, b"\0\x07\0\x03a/b\0\x05c/+/#"),
    (Version::V311, 0xB0, b"\0\x07"),
    (Version::V311, 0xC0, b""),
    (Version::V311, 0xD0, b""),
    (Version::V311, 0xE0, b""),
    (Version::V5, 0x10, b"\0\x04MQTT\x05\x02\0\x3C\0\0\x02id"),
    (Version::V5, 0x10, b"\0\x04MQTT\x05\xEE\0\x3C\x19\x11\0\0\0\x09\x21\0\x14\x27\0\0\x10\0\x22\0\x05\
        \x26\0\x01k\0\x01v\x17\x01\0\x02id\x13\x18\0\0\0\x01\x01\x01\x02\0\0\0\x03\x09\0\x01c\x03\0\0\
        \0\x03w/t\0\x01m\0\x01u\0\x02\0\xFF"),
    (Version::V5, 0x10, b"\0\x04MQTT\x05\0\0\0\x0D\x15\0\x03abc\x16\0\x02\0\xFF\x19\0\0\0"),
    (Version::V5, 0x20, b"\x01\0\0"),
    (Version::V5, 0x20, b"\0\0\x2F\x11\0\0\0\x07\x21\0\x01\x24\x01\x25\0\x27\0\0\x01\0\x12\0\x02id\
        \x22\0\x05\x1F\0\x02ok\x28\x01\x29\x01\x2A\0\x13\0\x3C\x1A\0\x01r\x1C\0\x01s"),
    (Version::V5, 0x20, b"\0\x87\x07\x26\0\x01k\0\x01v"),
    (Version::V5, 0x30, b"\0\x03a/b\0payload"),
    (Version::V5, 0x3D, b"\0\x03a/b\0\x07\x1F\x01\x01\x02\0\0\0\x3C\x23\0\x05\x08\0\x03r/t\x09\0\x01c\
        \x26\0\x01k\0\x01v\x03\0\x01tpay"),
    (Version::V5, 0x32, b"\0\x01a\0\x07\x07\x0B\x01\x0B\x80\x01\x01\x01x"),
    (Version::V5, 0x30, b"\0\0\x03\x23\0\x05x"),
    (Version::V5, 0x40, b"\0\x07"),
    (Version::V5, 0x40, b"\0\x07\x10"),
    (Version::V5, 0x40, b"\0\x07\x97\x0C\x1F\0\x02no\x26\0\x01k\0\x01v"),
    (Version::V5, 0x50, b"\0\x07\x87\x05\x1F\0\x02no"),
    (Version::V5, 0x62, b"\0\x07\x92\x07\x26\0\x01k\0\x01v"),
    (Version::V5, 0x70, b"\0\x07\x92\x05\x1F\0\x02no"),
    (Version::V5, 0x82, b"\0\x07\0\0\x03a/b\x01"),
    (Version::V5, 0x82, b"\0\x07\x0A\x0B\x80\x01\x26\0\x01k\0\x01v\0\x03a/+\x2D\0\x0A$share/g/#\x02"),
    (Version::V5, 0x90, b"\0\x07\0\0\x01\x02\x87"),
    (Version::V5, 0x90, b"\0\x07\x05\x1F\0\x02no\x8F"),
    (Version::V5, 0xA2, b"\0\x07\x07\x26\0\x01k\0\x01v\0\x03a/b\0\x05c/+/#"),
    (Version::V5, 0xB0, b"\0\x07\0\0\x11"),
    (Version::V5, 0xB0, b"\0\x07\x05\x1F\0\x02no\x87"),
    (Version::V5, 0xC0, b""),
    (Version::V5, 0xD0, b""),
    (Version::V5, 0xE0, b""),
    (Version::V5, 0xE0, b"\x04"),
    (Version::V5, 0xE0, b"\x9C\x0F\x11\0\0\0\x05\x1F\0\x02no\x1C\0\x02s2"),
    (Version::V5, 0xF0, b""),
    (Version::V5, 0xF0, b"\x18\x0C\x15\0\x03abc\x16\0\x03\0\x01\xFF"),
];

/// Bytes that mean something somewhere.
const BYTES: [u8; 16] = [
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x0B, 0x10, 0x23, 0x26, 0x2B, 0x7F, 0x80, 0x81, 0xC3, 0xFF,
];

/// All mutants.
pub fn mutants() -> Vec<Input> {
    let mut inputs = Vec::new();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for (index, &(version, first, body)) in BASES.iter().enumerate() {
        let mut add = |kind: &str, number: usize, bytes: Vec<u8>| {
            let name = format!("mutant-{index}-{kind}-{number}");
            inputs.push(Input::new(name, Some(version), bytes));
        };
        add("base", 0, frame(first, body));
        for low in 0..16 {
            add("flags", low.into(), frame(first & 0xF0 | low, body));
        }
        for at in 0..body.len() {
            for (number, byte) in
                BYTES.into_iter().chain([body[at] ^ 1, body[at].wrapping_add(1)]).enumerate()
            {
                let mut changed = body.to_vec();
                changed[at] = byte;
                add("byte", at * 100 + number, frame(first, &changed));
            }
            add("cut", at, frame(first, &body[..at]));
            add("without", at, frame(first, &[&body[..at], &body[at + 1..]].concat()));
        }
        for (number, byte) in BYTES.into_iter().enumerate() {
            add("longer", number, frame(first, &[body, &[byte]].concat()));
        }
        let whole = frame(first, body);
        for len in 0..whole.len() {
            add("open", len, whole[..len].to_vec());
        }
        add("padded", 0, [&[first, body.len() as u8 | 0x80, 0x00][..], body].concat());
        for number in 0..RANDOM {
            let mut changed = body.to_vec();
            for _ in 0..=random.below(3) {
                random.mutate(&mut changed);
            }
            let first = if random.below(40) == 0 { random.next() as u8 } else { first };
            add("random", number, frame(first, &changed));
        }
    }
    inputs
}

fn frame(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut len = body.len();
    while len >= 0x80 {
        bytes.push(len as u8 | 0x80);
        len >>= 7;
    }
    bytes.push(len as u8);
    bytes.extend(body);
    bytes
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, limit: usize) -> usize {
        self.next() as usize % limit
    }

    fn byte(&mut self) -> u8 {
        if self.below(4) == 0 { self.next() as u8 } else { BYTES[self.below(BYTES.len())] }
    }

    /// Changes bytes, takes some away, puts some in, or doubles some.
    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() + 1);
        let to = (at + 1 + self.below(4)).min(bytes.len());
        match self.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            1 if at < bytes.len() => bytes[at] = self.byte(),
            2 => drop(bytes.drain(at.min(to)..to)),
            3 => {
                let piece = bytes[at.min(to)..to].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let byte = self.byte();
                bytes.insert(at, byte);
            }
        }
    }
}
