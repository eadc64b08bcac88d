//! All short packets there are, and all values of the bytes that have few.
//!
//! Bodies of up to two bytes are complete: every first byte, every body, every version. Longer ones
//! are made of an alphabet that shrinks with the length. A debug build goes less far, see `DEPTH`.

mod tables;

use mqtt_core::{
    DecodeError, DecodeOptions, ErrorKind, Packet, PacketType, Status, Version, decode,
};

const VERSIONS: [Option<Version>; 4] =
    [None, Some(Version::V31), Some(Version::V311), Some(Version::V5)];

/// How many bytes of `ALPHABET` a body of 3, 4, 5, 6 and 7 bytes is made of.
const DEPTH: [usize; 5] =
    if cfg!(debug_assertions) { [40, 16, 9, 5, 4] } else { [112, 40, 18, 11, 7] };

/// Bytes that mean something somewhere, in the order of how much: lengths, letters, property
/// identifiers, reason codes, parts of characters. All others follow in no order.
const ALPHABET: [u8; 256] = {
    let front = b"\0\x01a\x02\x80&\xFF#\x0B\x1F\x03\x04+/\x7F\x81\x05\x18\x97\x92\x10\x11\x08\x09\
        \x15\x16!.\xC3\xA9\xED\xA0\x06\x07\x82\x87\xEF\xBB\xBF\xF0\x9F\x98\xC0\xAF\x12\x13\x17\x19\
        \x1A\x1C\x22$%'()*";
    let mut alphabet = [0; 256];
    let mut used = [false; 256];
    let (mut len, mut next) = (0, 0);
    while len < 256 {
        let byte = if len < front.len() { front[len] as usize } else { next * 37 % 256 };
        if len >= front.len() {
            next += 1;
        }
        if !used[byte] {
            used[byte] = true;
            alphabet[len] = byte as u8;
            len += 1;
        }
    }
    alphabet
};

/// Checks packets and remembers which faults it has seen.
struct Checker {
    complete: u64,
    faults: u64,
    /// By kind, packet type and version: has a statement and an answer.
    seen: Vec<bool>,
}

impl Checker {
    fn new() -> Self {
        Self { complete: 0, faults: 0, seen: vec![false; 256 * 16 * 8] }
    }

    /// Decodes one whole packet.
    fn check(&mut self, frame: &[u8], version: Option<Version>) {
        match decode(frame, version, &DecodeOptions::DEFAULT) {
            Ok(Status::Complete(decoded)) => {
                assert_eq!(decoded.consumed, frame.len(), "{frame:x?}");
                self.complete += 1;
                check_again(frame, version, &decoded.packet);
            }
            Ok(Status::Incomplete { needed }) => panic!("{needed} behind {frame:x?}"),
            Err(error) => {
                self.faults += 1;
                assert!(error.offset() <= frame.len(), "{frame:x?}: {error}");
                self.check_fault(&error, frame);
            }
        }
    }

    fn check_fault(&mut self, error: &DecodeError, frame: &[u8]) {
        let packet = error.packet().map_or(0, |packet| packet as usize);
        let version = error.version().map_or(0, |version| version as usize);
        let seen = &mut self.seen[(error.kind() as usize * 16 + packet) * 8 + version];
        if !core::mem::replace(seen, true) {
            let statement = error.statement();
            let known = statement.starts_with("MQTT-") || statement.starts_with("section ");
            assert!(known, "{frame:x?}: {error:?} breaks {statement:?}");
            if let Some(version) = error.version() {
                let of_kind = error.kind().statement(error.packet(), None, version);
                assert_eq!(of_kind, Some(statement), "{frame:x?}: {error:?}");
            }
            assert!(!error.reason_code().is_success());
            let _ = error.response();
        }
    }
}

/// A packet that was accepted encodes to what it came from, or to the shorter form of it, or without the DUP of a
/// request of 3.1.
fn check_again(frame: &[u8], told: Option<Version>, packet: &Packet<'_>) {
    let version = match packet {
        Packet::Connect(connect) => connect.version,
        _ => told.expect("only CONNECT needs no version"),
    };
    let mut out = [0; 64];
    let len = packet.encode_to_slice(version, &mut out).unwrap_or_else(|error| {
        panic!("{frame:x?} is accepted, but {error}");
    });
    let is_request = matches!(frame[0] >> 4, 6 | 8 | 10);
    let again = version == Version::V31 && is_request && out[0] == frame[0] ^ 0b1000;
    if out[..len] == *frame || again && out[1..len] == frame[1..] {
        return;
    }
    // Only bodies with a body of at most 127 bytes come here: the header has two.
    let rest = frame[2..].strip_prefix(&out[2..len]).unwrap_or(&[1]);
    let shorter = match packet.packet_type() {
        PacketType::PubAck | PacketType::PubRec | PacketType::PubRel | PacketType::PubComp => {
            matches!((len, rest), (4 | 5, [0]) | (4, [0, 0]))
        }
        PacketType::Disconnect => matches!((len, rest), (2 | 3, [0]) | (2, [0, 0])),
        PacketType::Auth => matches!((len, rest), (2, [0, 0])),
        _ => false,
    };
    assert!(shorter && version == Version::V5, "{frame:x?} becomes {:x?}", &out[..len]);
}

/// Whether a packet may begin with this byte.
fn is_first_byte(first: u8, version: Option<Version>) -> bool {
    match decode(&[first], version, &DecodeOptions::DEFAULT) {
        Ok(Status::Incomplete { needed }) => {
            assert_eq!(needed.get(), 1, "{first:#x}");
            true
        }
        Ok(complete) => panic!("{first:#x}: {complete:?}"),
        Err(error) => {
            assert_eq!(error.offset(), 0, "{first:#x}");
            false
        }
    }
}

/// All bodies of `len` bytes of an alphabet behind `prefix`.
fn for_bodies(prefix: &[u8], len: usize, alphabet: &[u8], mut check: impl FnMut(&[u8])) {
    let start = 2 + prefix.len();
    let mut frame = vec![alphabet[0]; start + len];
    frame[1] = (prefix.len() + len) as u8;
    frame[2..start].copy_from_slice(prefix);
    let mut digits = vec![0; len];
    loop {
        check(&frame);
        let Some(place) = digits.iter().rposition(|digit| digit + 1 < alphabet.len()) else {
            return;
        };
        digits[place] += 1;
        frame[start + place] = alphabet[digits[place]];
        digits[place + 1..].fill(0);
        frame[start + place + 1..].fill(alphabet[0]);
    }
}

fn bodies_of(len: usize) {
    let alphabet = &ALPHABET[..DEPTH[len - 3]];
    let mut checker = Checker::new();
    for version in VERSIONS {
        for first in (0..=u8::MAX).filter(|first| is_first_byte(*first, version)) {
            for_bodies(&[], len, alphabet, |frame| {
                let mut whole = [0; 9];
                whole[..frame.len()].copy_from_slice(frame);
                whole[0] = first;
                checker.check(&whole[..frame.len()], version);
            });
        }
    }
    assert!(checker.complete > 1000 && checker.faults > 1000);
}

#[test]
fn every_body_of_up_to_two_bytes() {
    let all: Vec<u8> = (0..=u8::MAX).collect();
    let mut checker = Checker::new();
    for version in VERSIONS {
        match decode(&[], version, &DecodeOptions::DEFAULT) {
            Ok(Status::Incomplete { needed }) => assert_eq!(needed.get(), 2),
            other => panic!("{other:?}"),
        }
        for first in 0..=u8::MAX {
            // Where the first byte is at fault, a debug build tries fewer bodies behind it.
            let few = cfg!(debug_assertions) && !is_first_byte(first, version);
            let alphabet = if few { &all[..4] } else { &all[..] };
            for len in 0..=2 {
                for_bodies(&[], len, alphabet, |frame| {
                    let whole =
                        [first, frame[1], *frame.get(2).unwrap_or(&0), frame[frame.len() - 1]];
                    checker.check(&whole[..frame.len()], version);
                });
            }
        }
    }
    assert!(checker.complete > 100_000 && checker.faults > 1_000_000);
}

#[test]
fn bodies_of_three_bytes() {
    bodies_of(3);
}

#[test]
fn bodies_of_four_bytes() {
    bodies_of(4);
}

#[test]
fn bodies_of_five_bytes() {
    bodies_of(5);
}

#[test]
fn bodies_of_six_bytes() {
    bodies_of(6);
}

#[test]
fn bodies_of_seven_bytes() {
    bodies_of(7);
}

/// Protocol names, the last of which is none.
const NAMES: [&[u8]; 3] = [b"\0\x06MQIsdp", b"\0\x04MQTT", b"\0\x04MQTX"];

#[test]
fn connect_with_every_level_and_flags_byte_and_short_rests() {
    let mut checker = Checker::new();
    for name in NAMES {
        for level in 0..=u8::MAX {
            for flags in 0..=u8::MAX {
                let prefix = [name, &[level, flags, 0, 60]].concat();
                let depth = if (3..=5).contains(&level) { 4 } else { 0 };
                for len in 0..=depth {
                    let alphabet = &ALPHABET[..if cfg!(debug_assertions) { 2 } else { 6 }];
                    for_bodies(&prefix, len, alphabet, |frame| {
                        let mut whole = [0; 24];
                        whole[..frame.len()].copy_from_slice(frame);
                        whole[0] = 0x10;
                        checker.check(&whole[..frame.len()], None);
                    });
                }
            }
        }
    }
    assert!(checker.complete >= 10 && checker.faults > 100_000, "{}", checker.complete);
}

#[test]
fn connect_flags_with_the_fields_they_announce() {
    for (version, name) in [
        (Version::V31, &b"\0\x06MQIsdp"[..]),
        (Version::V311, b"\0\x04MQTT"),
        (Version::V5, b"\0\x04MQTT"),
    ] {
        let v5 = version == Version::V5;
        for flags in 0..=u8::MAX {
            let bit = |mask: u8| flags & mask != 0;
            let (will, will_qos) = (bit(4), flags >> 3 & 3);
            let mut body = [name, &[version.level(), flags, 0, 60]].concat();
            body.extend(if v5 { &[0][..] } else { &[] });
            body.extend(b"\0\x01c");
            if will {
                body.extend(if v5 { &[0][..] } else { &[] });
                body.extend(b"\0\x01w\0\x01p");
            }
            for _ in 0..flags.wrapping_shr(6).count_ones() {
                body.extend(b"\0\x01u");
            }
            let frame = [&[0x10, body.len() as u8], body.as_slice()].concat();
            let expected = if bit(1) {
                Some(ErrorKind::ConnectFlagsReserved)
            } else if will && will_qos == 3 {
                Some(ErrorKind::WillQos)
            } else if !will && will_qos != 0 {
                Some(ErrorKind::WillQosWithoutWill)
            } else if !will && bit(0x20) {
                Some(ErrorKind::WillRetainWithoutWill)
            } else if !v5 && bit(0x40) && !bit(0x80) {
                Some(ErrorKind::PasswordWithoutUserName)
            } else {
                None
            };
            match decode(&frame, None, &DecodeOptions::DEFAULT) {
                Ok(Status::Complete(decoded)) => {
                    assert_eq!(expected, None, "{version} {flags:#010b}");
                    let Packet::Connect(connect) = decoded.packet else { panic!("{decoded:?}") };
                    assert_eq!(connect.version, version);
                    assert_eq!(connect.clean_start, bit(2));
                    assert_eq!(
                        connect.will.map(|w| (w.qos as u8, w.retain)),
                        will.then_some((will_qos, bit(0x20)))
                    );
                    assert_eq!(connect.user_name, bit(0x80).then_some("u"));
                    assert_eq!(connect.password, bit(0x40).then_some(&b"u"[..]));
                    check_again(&frame, None, &decoded.packet);
                }
                Ok(other) => panic!("{flags:#010b}: {other:?}"),
                Err(error) => {
                    assert_eq!(Some(error.kind()), expected, "{version} {flags:#010b}: {error}");
                    assert_eq!(error.offset(), 2 + name.len() + 1);
                }
            }
        }
    }
}

#[test]
fn every_subscription_options_byte() {
    for (version, properties) in
        [(Version::V31, &b""[..]), (Version::V311, b""), (Version::V5, b"\0")]
    {
        for filter in ["a", "$share/g/a"] {
            for options in 0..=u8::MAX {
                let mut body = [b"\0\x01", properties, &[0, filter.len() as u8]].concat();
                body.extend(filter.as_bytes());
                let at = 2 + body.len();
                body.push(options);
                let frame = [&[0x82, body.len() as u8], body.as_slice()].concat();
                let v5 = version == Version::V5;
                let expected = if options & (if v5 { 0xC0 } else { 0xFC }) != 0 {
                    Some(ErrorKind::SubscriptionOptionsReserved)
                } else if options & 3 == 3 {
                    Some(ErrorKind::SubscriptionQos)
                } else if options >> 4 & 3 == 3 {
                    Some(ErrorKind::RetainHandling)
                } else if v5 && options & 4 != 0 && filter != "a" {
                    Some(ErrorKind::NoLocalOnShare)
                } else {
                    None
                };
                match decode(&frame, Some(version), &DecodeOptions::DEFAULT) {
                    Ok(Status::Complete(decoded)) => {
                        assert_eq!(expected, None, "{version} {options:#010b}");
                        let Packet::Subscribe(packet) = decoded.packet else {
                            panic!("{decoded:?}")
                        };
                        let has = packet.filters.iter().next().expect("a filter").options;
                        assert_eq!(has.qos as u8, options & 3);
                        assert_eq!(has.no_local, options & 4 != 0);
                        assert_eq!(has.retain_as_published, options & 8 != 0);
                        assert_eq!(has.retain_handling as u8, options >> 4);
                        check_again(&frame, Some(version), &decoded.packet);
                    }
                    Ok(other) => panic!("{options:#010b}: {other:?}"),
                    Err(error) => {
                        assert_eq!(Some(error.kind()), expected, "{version} {options:#010b}");
                        assert_eq!(error.offset(), at);
                    }
                }
            }
        }
    }
}

#[test]
fn every_remaining_length_of_up_to_two_bytes_and_the_edges_of_longer_ones() {
    let edges = [0x00, 0x01, 0x7F, 0x80, 0x81, 0xFF];
    let mut lengths: Vec<Vec<u8>> = (0..=u8::MAX).map(|byte| vec![byte]).collect();
    lengths.extend((0..=u16::MAX).map(|pair| pair.to_be_bytes().to_vec()));
    for count in 3..=5 {
        for number in 0..6_usize.pow(count) {
            let digit = |place| edges[number / 6_usize.pow(place) % 6];
            lengths.push((0..count).map(digit).collect());
        }
    }
    for length in lengths {
        let end = length.iter().position(|byte| *byte < 0x80);
        let frame = [&[0x30], length.as_slice()].concat();
        for version in [Version::V311, Version::V5] {
            let outcome = decode(&frame, Some(version), &DecodeOptions::DEFAULT);
            match end {
                Some(last) if last < 4 => {
                    let remaining = length[..=last]
                        .iter()
                        .rev()
                        .fold(0, |value, byte| value << 7 | usize::from(byte & 0x7F));
                    let long_form = last > 0 && length[last] == 0;
                    let have = frame.len() - 2 - last;
                    match outcome {
                        Err(error) if long_form && version == Version::V5 => {
                            let expected = (ErrorKind::VarintNotMinimal, 1);
                            assert_eq!((error.kind(), error.offset()), expected, "{frame:x?}");
                        }
                        Ok(Status::Incomplete { needed }) => {
                            assert_eq!(needed.get() + have, remaining, "{frame:x?}");
                        }
                        Err(error) => {
                            assert!(remaining <= have, "{frame:x?}: {error}");
                            assert!(error.offset() >= 2 + last, "{frame:x?}: {error}");
                        }
                        Ok(Status::Complete(decoded)) => {
                            assert_eq!(decoded.consumed, 2 + last + remaining, "{frame:x?}");
                        }
                    }
                }
                _ if length.len() >= 4 => {
                    let error = outcome.unwrap_err();
                    let expected = (ErrorKind::VarintTooLong, 4);
                    assert_eq!((error.kind(), error.offset()), expected, "{frame:x?}");
                }
                _ => match outcome {
                    Ok(Status::Incomplete { needed }) => assert_eq!(needed.get(), 1, "{frame:x?}"),
                    other => panic!("{frame:x?}: {other:?}"),
                },
            }
        }
    }
}
