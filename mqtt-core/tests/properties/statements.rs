//! What the decoder and the encoder refuse, and what `ErrorKind::statement` says of it, compared in both directions:
//! every fault that is found has a statement, and every statement has a fault. The faults are put into generated packets.

use crate::bytes::{encoded, header_len, longer, section_at, varint, wire, with_body};
use crate::chapters::{ELSEWHERE, is_of_packet, is_section, statements};
use crate::fuzzing::{Sample, SampleProperty, Source};
use crate::seeds::Random;
use mqtt_core::*;
use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];
const SENDERS: [Option<Sender>; 3] = [None, Some(Sender::Client), Some(Sender::Server)];
/// Samples of each packet type and version.
const ROUNDS: u64 = 20;
/// Longer samples are left out: their faults are the same.
const LONG: usize = 90;

/// A kind of fault in a packet of this type, which the decoder was told comes from this side, in this version.
type Place = (ErrorKind, Option<PacketType>, Option<Sender>, Version);

/// What was found.
struct Faults {
    /// An example of each.
    decoder: HashMap<Place, (DecodeError, Vec<u8>)>,
    encoder: BTreeSet<(ErrorKind, PacketType, Version)>,
}

/// Choices that look random, the first of which is made already.
struct Chosen {
    first: Option<u32>,
    rest: Random,
}

impl Source for Chosen {
    fn below(&mut self, bound: u32) -> u32 {
        self.first.take().unwrap_or_else(|| self.rest.below(bound))
    }
}

/// A packet of the type with this index in `Sample::TYPES`.
fn sample(index: usize, version: Version, legal: bool, seed: u64) -> Sample {
    let mut source = Chosen { first: Some(index as u32), rest: Random::new(seed) };
    Sample::of(version, legal, &mut source)
}

/// The packet with a fault, whatever comes of it: a byte changed, taken out or put in, by itself and with the length
/// before it; cut off; with bytes more; with another length; with other properties.
fn faulty(sample: &Sample, bytes: &[u8]) -> Vec<Vec<u8>> {
    const VALUES: [u8; 7] = [0x00, 0x01, 0x03, 0xFF, b'+', b'#', b'/'];
    let mut all = Vec::new();
    for at in 0..bytes.len() {
        let flipped = (0..8).map(|bit| bytes[at] ^ 1 << bit);
        for value in flipped.chain(VALUES) {
            let mut bytes = bytes.to_vec();
            bytes[at] = value;
            all.push(bytes);
        }
    }
    let header = header_len(bytes);
    for at in 0..bytes.len() - header {
        all.push(with_body(bytes, |body| body.truncate(at)));
        // The last byte of a number says that there is another one.
        all.push(with_body(bytes, |body| body.splice(at.., [0x80]).for_each(drop)));
        all.push(with_body(bytes, |body| body.insert(at, 0x80)));
        all.push(with_body(bytes, |body| {
            body[at] = body[at].wrapping_add(24); // too long for a client identifier of 3.1
            body.splice(at + 1..at + 1, [b'a'; 24]);
        }));
        if at > 0 {
            all.push(with_body(bytes, |body| {
                body.remove(at);
                body[at - 1] = body[at - 1].wrapping_sub(1);
            }));
        }
    }
    for more in [&[0][..], &[0, 0], b"\0\x01x"] {
        all.push(with_body(bytes, |body| body.extend(more)));
    }
    let (first, body) = (&bytes[..1], &bytes[header..]);
    all.push([first, &longer(body.len()), body].concat());
    all.push([first, &[0xFF; 4], body].concat());
    all.extend(with_other_properties(sample, bytes));
    all
}

/// The packet with one property less, and with one more of each there is.
fn with_other_properties(sample: &Sample, bytes: &[u8]) -> Vec<Vec<u8>> {
    let list: Vec<_> = sample.properties.iter().map(wire).collect();
    let section = list.concat();
    let length = varint(section.len());
    let body = &bytes[header_len(bytes)..];
    let at = section_at(sample).filter(|_| sample.version == Version::V5);
    let Some(at) = at.filter(|&at| body.get(at..).is_some_and(|it| it.starts_with(&length))) else {
        return Vec::new(); // no properties, or a short form
    };
    let mut sections = Vec::new();
    for index in 0..list.len() {
        sections.push([&list[..index], &list[index + 1..]].concat().concat());
    }
    for &id in PropertyId::ALL {
        let (text, second) = ("x".to_owned(), String::new());
        let property = wire(&SampleProperty { id, number: 1, text, second });
        sections.push([section.clone(), property].concat());
    }
    let replaced = |new: Vec<u8>| {
        with_body(bytes, |body| {
            let old = at..at + length.len() + section.len();
            body.splice(old, [varint(new.len()), new].concat());
        })
    };
    sections.into_iter().map(replaced).collect()
}

/// Settings of a decoder that is told this side: as they are, with all checks, with small limits.
fn settings(sender: Option<Sender>) -> [DecodeOptions; 3] {
    let default = DecodeOptions { sender, ..DecodeOptions::DEFAULT };
    let strictness = Strictness {
        check_payload_format: true,
        reject_control_characters: true,
        ..Strictness::DEFAULT
    };
    let limits =
        Limits { max_topic_levels: 1, max_filters: 1, max_user_properties: 0, ..Limits::DEFAULT };
    [default, DecodeOptions { strictness, ..default }, DecodeOptions { limits, ..default }]
}

impl Faults {
    /// Notes the fault that these bytes, made from a sample of this version, have for such a decoder.
    fn decode(&mut self, bytes: &[u8], of: Version, told: Option<Version>, by: &DecodeOptions) {
        let Err(error) = decode(bytes, told, by) else { return };
        // Before its level is known, or where it is not a known one, a CONNECT is one of whom it was made for.
        let version = match error.kind() {
            ErrorKind::ProtocolLevel => of,
            _ => error.version().unwrap_or(of),
        };
        let place = (error.kind(), error.packet(), by.sender, version);
        self.decoder.entry(place).or_insert_with(|| (error, bytes.to_vec()));
    }

    /// Notes what the decoder says of this packet with any fault.
    fn decode_faulty(&mut self, sample: &Sample) {
        let (of, bytes) = (sample.version, encoded(sample));
        if bytes.len() > LONG {
            return;
        }
        let faulty = faulty(sample, &bytes);
        for sender in SENDERS {
            let settings = settings(sender);
            for by in &settings {
                self.decode(&bytes, of, Some(of), by);
                for bytes in &faulty {
                    self.decode(bytes, of, Some(of), by);
                }
            }
            let limits = Limits { max_packet_size: 1, ..Limits::DEFAULT };
            self.decode(&bytes, of, Some(of), &DecodeOptions { limits, ..settings[0] });
            // The first packet.
            self.decode(&bytes, of, None, &settings[0]);
            self.decode(&[0xF0, 0], of, None, &settings[0]);
        }
    }

    /// Notes what the encoder says of a packet that may have mistakes.
    fn encode(&mut self, sample: &Sample) {
        let lists = sample.lists();
        let result = sample.packet(&lists).encoded_len(sample.version);
        if let Err(EncodeError::Invalid { kind, packet, .. }) = result {
            self.encoder.insert((kind, packet, sample.version));
        }
    }
}

fn faults() -> &'static Faults {
    static FAULTS: OnceLock<Faults> = OnceLock::new();
    FAULTS.get_or_init(|| {
        let mut faults = Faults { decoder: HashMap::new(), encoder: BTreeSet::new() };
        for version in VERSIONS {
            for index in 0..Sample::TYPES.len() {
                for seed in 0..ROUNDS {
                    faults.decode_faulty(&sample(index, version, true, seed));
                }
                for seed in 0..50 * ROUNDS {
                    faults.encode(&sample(index, version, false, seed));
                }
            }
        }
        faults
    })
}

#[test]
fn every_fault_of_the_decoder_has_a_statement_of_its_packet() {
    let tables = VERSIONS.map(statements);
    let (mut elsewhere, mut sections) = (BTreeSet::new(), BTreeSet::new());
    for (&(kind, packet, sender, version), (error, bytes)) in &faults().decoder {
        let named = kind.statement(packet, sender, version);
        let named = named.unwrap_or_else(|| panic!("{error} of {bytes:02X?} from {sender:?}"));
        if error.version() == Some(version) {
            assert_eq!(named, error.statement(), "{bytes:02X?} from {sender:?}");
        }
        let table = &tables[VERSIONS.iter().position(|it| *it == version).expect("listed")];
        if !table.contains_key(named) {
            assert!(is_section(named), "{error}: {named}");
            sections.insert((version == Version::V5, named.trim_start_matches("section ")));
        }
        if packet.is_some_and(|packet| !is_of_packet(named, packet)) {
            elsewhere.insert(kind);
        }
        // Who knows less hears the same, or what holds for all.
        for (packet, sender) in [(packet, None), (None, sender), (None, None)] {
            let general = kind.statement(packet, sender, version);
            let holds = general.is_none_or(|it| it == named || is_section(it) || !is_of_one(it));
            assert!(holds, "{error}: {general:?} of {packet:?} from {sender:?}");
            assert!(packet.is_none() || general.is_some(), "{error}");
        }
    }
    assert_eq!(elsewhere, ELSEWHERE.iter().map(|it| it.0).collect());
    let listed = SECTIONS.iter().map(|&(section, in_v5, _)| (in_v5, section));
    assert_eq!(sections, listed.collect());
}

/// Sections that are named where a rule has no number, whether of 5.0 or of those before it, and what they are about.
const SECTIONS: &[(&str, bool, &str)] = &[
    ("1.5.3", false, "strings"),
    ("2.2.1", false, "packet types"),
    ("2.2.3", false, "remaining length"),
    ("2.3.1", false, "packet identifier"),
    ("3.1", false, "of 3.1: CONNECT"),
    ("3.2", false, "of 3.1: CONNACK"),
    ("3.2.2.1", false, "acknowledge flags"),
    ("3.2.2.3", false, "return codes of CONNACK"),
    ("3.8.3", false, "payload of SUBSCRIBE"),
    ("3.9", false, "of 3.1: SUBACK"),
    ("3.9.3", false, "payload of SUBACK"),
    ("3.10.3", false, "payload of UNSUBSCRIBE"),
    ("4.7.3", false, "topics"),
    ("1.2", true, "malformed packets"),
    ("1.5.4", true, "strings"),
    ("1.5.5", true, "variable byte integers"),
    ("2.1.2", true, "packet types"),
    ("2.1.4", true, "remaining length"),
    ("2.2.1", true, "packet identifier"),
    ("2.2.2.1", true, "property length"),
    ("2.2.2.2", true, "properties"),
    ("2.4", true, "reason codes"),
    ("3.1.2.11.10", true, "authentication data of CONNECT"),
    ("3.1.3.2.3", true, "payload format of a will"),
    ("3.3.2.3.2", true, "payload format of PUBLISH"),
    ("3.8.3", true, "payload of SUBSCRIBE"),
    ("3.8.3.1", true, "subscription options"),
    ("3.9.3", true, "payload of SUBACK"),
    ("3.10.3", true, "payload of UNSUBSCRIBE"),
    ("3.11.3", true, "payload of UNSUBACK"),
    ("4.7.3", true, "topics"),
    ("4.12", true, "enhanced authentication"),
];

/// True for a numbered statement about one packet.
fn is_of_one(statement: &str) -> bool {
    statement.starts_with("MQTT-3.")
}

#[test]
fn every_fault_of_the_encoder_has_a_statement() {
    let mut kinds = BTreeSet::new();
    for &(kind, packet, version) in &faults().encoder {
        let named = kind.statement(Some(packet), None, version);
        assert!(named.is_some(), "{kind:?} of {packet} in {version}");
        kinds.insert(kind);
    }
    assert!(kinds.len() > 15, "{kinds:?}");
}

#[test]
fn every_statement_has_a_fault_of_the_decoder() {
    let packets: Vec<_> = PacketType::ALL.iter().copied().map(Some).collect();
    let found = &faults().decoder;
    let (mut named, mut missing) = (0, Vec::new());
    for &kind in ErrorKind::ALL {
        for version in VERSIONS {
            for sender in SENDERS {
                for &packet in &packets {
                    if kind.statement(packet, sender, version).is_some() {
                        named += 1;
                        // A decoder that is told no side knows no wrong one.
                        let told: &[_] = match (sender, kind) {
                            (None, kind) if OF_SIDES.contains(&kind) => &SENDERS[1..],
                            _ => &[sender],
                        };
                        let is_found =
                            |&sender| found.contains_key(&(kind, packet, sender, version));
                        if !told.iter().any(is_found) {
                            missing.push((kind, packet, sender, version));
                        }
                    }
                }
                // Where the type is not known, there is one.
                let any = [&packets[..], &[None]].concat();
                if kind.statement(None, sender, version).is_some() {
                    let is_found = |packet| {
                        SENDERS.iter().any(|&told| {
                            (sender.is_none() || told == sender)
                                && found.contains_key(&(kind, packet, told, version))
                        })
                    };
                    assert!(any.into_iter().any(is_found), "{kind:?} {sender:?} {version}");
                }
            }
        }
    }
    assert!(missing.is_empty(), "{} of {named}: {missing:?}", missing.len());
    assert!(named > 1000, "{named}");
}

/// Kinds that a decoder only finds if it is told who sent the packet.
const OF_SIDES: &[ErrorKind] = &[
    ErrorKind::PacketDirection,
    ErrorKind::ReasonCodeSender,
    ErrorKind::SubscriptionIdFromClient,
    ErrorKind::SessionExpiryFromServer,
];
