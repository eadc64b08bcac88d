//! Properties that hold of every packet, every stream and every sequence of bytes.
//!
//! The checks and the generator are those of the fuzz targets, compiled here as a module of this
//! test, so that they run without a feature. A packet comes from a list of numbers, each of which
//! decides one choice; smaller numbers make simpler packets, which is how a failure shrinks.

use core::hash::{Hash, Hasher};
use mqtt_core::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use std::hash::DefaultHasher;

mod bytes;
#[path = "../common/chapters.rs"]
mod chapters;
#[path = "../../src/fuzzing/mod.rs"]
#[allow(dead_code, unreachable_pub, unused_imports)] // an interface that is used in part
mod fuzzing;
#[allow(dead_code)] // as above
#[path = "../common/seeds.rs"]
mod seeds;
mod statements;
#[allow(dead_code)] // the target `conformance` uses the rest
#[path = "../conformance/support.rs"]
mod support;

use bytes::{
    UNLIMITED, decoded, encoded, header_len, longer, mutated, section_at, varint, wire, with_body,
};
use fuzzing::{
    Judge, Sample, Source, StreamInput, check_indexes, check_sample, check_split, check_stream,
    check_whole,
};

/// Numbers that decide choices.
struct Choices<'a>(core::slice::Iter<'a, u32>);

impl Source for Choices<'_> {
    fn below(&mut self, bound: u32) -> u32 {
        self.0.next().map_or(0, |number| number % bound)
    }
}

fn choices() -> impl Strategy<Value = Vec<u32>> {
    vec(any::<u32>(), 0..160)
}

fn versions() -> impl Strategy<Value = Version> {
    prop::sample::select(vec![Version::V5, Version::V311, Version::V31])
}

/// Any packet, legal or with mistakes.
fn samples() -> impl Strategy<Value = Sample> {
    choices().prop_map(|numbers| Sample::generate(&mut Choices(numbers.iter())))
}

/// Legal packets of one version.
fn legal_of(version: Version) -> impl Strategy<Value = Sample> {
    choices().prop_map(move |numbers| Sample::of(version, true, &mut Choices(numbers.iter())))
}

fn legal() -> impl Strategy<Value = Sample> {
    versions().prop_flat_map(legal_of)
}

/// A stream of legal packets of one version.
fn streams() -> impl Strategy<Value = (Version, Vec<Vec<u8>>)> {
    versions().prop_flat_map(|version| {
        vec(legal_of(version).prop_map(|sample| encoded(&sample)), 1..6)
            .prop_map(move |packets| (version, packets))
    })
}

fn judges() -> impl Strategy<Value = Judge> {
    prop::sample::select(Judge::ALL.to_vec())
}

fn told() -> impl Strategy<Value = Option<Version>> {
    prop::option::of(versions())
}

/// All checks on bytes that a peer may have sent.
fn check_bytes(bytes: &[u8], version: Option<Version>, judge: Judge, buffer_size: u8, seed: u16) {
    check_whole(bytes);
    let input = StreamInput { version, judge, buffer_size, seed, bytes };
    check_split(&input);
    for size in input.buffer_sizes() {
        check_stream(&input, size);
    }
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn what_encodes_decodes_to_an_equal_packet(sample in samples()) {
        check_sample(&sample);
    }

    #[test]
    fn legal_packets_encode(sample in legal()) {
        check_sample(&sample);
        let lists = sample.lists();
        let packet = sample.packet(&lists);
        let bytes = encoded(&sample);
        prop_assert_eq!(packet.encoded_len(sample.version), Ok(bytes.len()));
        prop_assert_eq!(decoded(&bytes, sample.version), packet);
    }

    #[test]
    fn lists_of_wire_bytes_equal_lists_of_values(sample in legal()) {
        let bytes = encoded(&sample);
        match decoded(&bytes, sample.version) {
            Packet::Subscribe(packet) => {
                let filters: Vec<_> = packet.filters.iter().collect();
                prop_assert_eq!(packet.filters, Subscriptions::new(&filters));
                prop_assert_eq!(Subscriptions::new(&filters), packet.filters);
                prop_assert_ne!(packet.filters, Subscriptions::new(&filters[1..]));
                let mut other = filters.clone();
                other[0].options.qos = match other[0].options.qos {
                    QoS::AtMostOnce => QoS::AtLeastOnce,
                    QoS::AtLeastOnce | QoS::ExactlyOnce => QoS::AtMostOnce,
                };
                prop_assert_ne!(packet.filters, Subscriptions::new(&other));
                check_properties(packet.properties);
            }
            Packet::Unsubscribe(packet) => {
                let filters: Vec<_> = packet.filters.iter().collect();
                prop_assert_eq!(packet.filters, TopicFilters::new(&filters));
                prop_assert_eq!(TopicFilters::new(&filters), packet.filters);
                prop_assert_ne!(packet.filters, TopicFilters::new(&filters[1..]));
                let other: Vec<_> = filters.iter().map(|_| "other").collect();
                prop_assert_ne!(packet.filters, TopicFilters::new(&other));
                check_properties(packet.properties);
            }
            Packet::SubAck(packet) => {
                let reasons: Vec<_> = packet.reasons.iter().collect();
                prop_assert_eq!(packet.reasons, ReasonCodes::new(&reasons));
                prop_assert_eq!(ReasonCodes::new(&reasons), packet.reasons);
                prop_assert_ne!(packet.reasons, ReasonCodes::new(&reasons[1..]));
                let other: Vec<_> = reasons.iter().map(|code| ReasonCode(code.0 ^ 1)).collect();
                prop_assert_ne!(packet.reasons, ReasonCodes::new(&other));
                check_properties(packet.properties);
            }
            Packet::Connect(packet) => {
                check_properties(packet.properties);
                check_properties(packet.will.unwrap_or_default().properties);
            }
            Packet::Publish(packet) => check_properties(packet.properties),
            Packet::ConnAck(packet) => check_properties(packet.properties),
            Packet::Disconnect(packet) => check_properties(packet.properties),
            Packet::PubRec(packet) => check_properties(packet.properties),
            _ => {}
        }
    }

    #[test]
    fn equal_packets_have_equal_hashes(sample in legal(), sizes in vec(0u32..400, 3)) {
        let bytes = encoded(&sample);
        let lists = sample.lists();
        let (received, built) = (decoded(&bytes, sample.version), sample.packet(&lists));
        if received == built {
            prop_assert_eq!(hash(&received), hash(&built));
        }
        for size in sizes {
            let fitted = (received.fit(sample.version, size), built.fit(sample.version, size));
            if let (Ok(received), Ok(built)) = fitted {
                prop_assert_eq!(received, built);
                prop_assert_eq!(hash(&received), hash(&built));
            }
        }
    }

    #[test]
    fn fit_fits_and_more_room_leaves_out_less(sample in legal(), limits in vec(0u32..400, 2)) {
        let lists = sample.lists();
        let packet = sample.packet(&lists);
        let mut sizes = Vec::new();
        let mut limits = limits;
        limits.sort_unstable();
        for limit in limits {
            let size = match packet.fit(sample.version, limit) {
                Ok(fitted) => fitted.encoded_len(sample.version).expect("less of a legal packet"),
                Err(error) => {
                    let expected = matches!(error, EncodeError::PacketTooLarge { size, limit: of }
                        if of == limit && size > u64::from(limit));
                    prop_assert!(expected, "{error}");
                    0
                }
            };
            prop_assert!(size <= limit as usize);
            sizes.push(size);
        }
        prop_assert!(sizes.is_sorted());
    }

    #[test]
    fn bytes_and_mutations_of_packets_keep_every_promise(
        sample in legal(),
        edits in vec((0..5u8, any::<Index>(), any::<u8>()), 1..4),
        version in told(), judge in judges(), buffer_size: u8, seed: u16,
    ) {
        let mut bytes = encoded(&sample);
        if bytes.len() <= 4096 {
            for (edit, at, value) in edits {
                bytes = mutated(&bytes, edit, at, value);
            }
            check_bytes(&bytes, Some(sample.version), judge, buffer_size, seed);
            check_bytes(&bytes, version, judge, buffer_size, seed);
            fixpoint(&bytes, sample.version);
        }
    }

    #[test]
    fn random_bytes_keep_every_promise(
        bytes in vec(any::<u8>(), 0..200),
        version in told(), judge in judges(), buffer_size: u8, seed: u16,
    ) {
        check_bytes(&bytes, version, judge, buffer_size, seed);
    }

    #[test]
    fn long_packets_are_judged_alike_by_the_quick_and_the_slow_way(
        first: u8,
        length in vec(any::<u8>(), 1..5),
        body in vec(prop_oneof![Just(0u8), 1u8..9, 32u8..127], 0..12),
        version in versions(),
    ) {
        // More than two bytes of length can announce, and nothing that another switch objects to.
        let tail = [b'~'; 20_000];
        let bytes = [&[first][..], &length, &body, &tail].concat();
        // Any switch turns the quick way off. This one finds only what is in strings.
        let strictness = Strictness { reject_control_characters: true, ..Strictness::DEFAULT };
        let slow = DecodeOptions { strictness, ..DecodeOptions::DEFAULT };
        let (quick, slow) = (
            decode(&bytes, Some(version), &DecodeOptions::DEFAULT),
            decode(&bytes, Some(version), &slow),
        );
        if slow.err().is_none_or(|error| error.kind() != ErrorKind::ControlCharacter) {
            prop_assert_eq!(quick, slow);
        }
    }

    #[test]
    fn random_bodies_keep_every_promise(
        packet in 1..16u8, flags in prop::sample::select(vec![0, 2, 4, 9, 13]),
        body in vec(prop_oneof![0..4u8, any::<u8>(), Just(b'a')], 0..60),
        version in versions(), judge in judges(), buffer_size: u8, seed: u16,
    ) {
        let required = if matches!(packet, 6 | 8 | 10) { 2 } else { 0 };
        let first = packet << 4 | if packet == 3 { flags } else { required };
        let bytes = with_body(&[first, 0], |bytes| *bytes = body);
        check_bytes(&bytes, Some(version), judge, buffer_size, seed);
        fixpoint(&bytes, version);
    }

    #[test]
    fn every_prefix_asks_for_what_is_missing(sample in legal()) {
        let bytes = encoded(&sample);
        let header_len = header_len(&bytes);
        let needed = |cut: usize| match decode(&bytes[..cut], Some(sample.version), &UNLIMITED) {
            Ok(Status::Incomplete { needed }) => needed.get(),
            other => panic!("{cut} of {} bytes: {other:?}", bytes.len()),
        };
        let step = 1 + bytes.len() / 500;
        for cut in (0..bytes.len()).step_by(step).chain(0..header_len) {
            let expected = match cut {
                0 => 2,
                cut if cut < header_len => 1,
                cut => bytes.len() - cut,
            };
            prop_assert_eq!(needed(cut), expected);
        }
        // Reading what is asked for ends at the end of the packet, after at most five reads.
        let (mut have, mut reads) = (0, 0);
        while have < bytes.len() {
            have += needed(have);
            reads += 1;
        }
        prop_assert_eq!(have, bytes.len());
        prop_assert!(reads <= 5);
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn operations_on_indexes_keep_every_promise(
        setup: u8,
        // Texts and keys are often the same, so that what is there is met again.
        operations in vec(prop_oneof![2 => 0..32u8, 2 => 0..4u8, 1 => any::<u8>()], 0..400),
    ) {
        check_indexes(&[&[setup][..], &operations].concat());
    }

    #[test]
    fn chopping_changes_nothing((version, packets) in streams(), cuts in vec(any::<Index>(), 0..12)) {
        let stream = packets.concat();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.sort_unstable();
        cuts.push(stream.len());
        let mut frames = FrameBuffer::new(UNLIMITED);
        frames.set_version(version);
        let mut buffer = vec![0; stream.len()];
        let mut decoder = StreamDecoder::new(&mut buffer, UNLIMITED);
        decoder.set_version(version);
        let (mut found, mut items) = (packets.iter(), packets.iter());
        let mut start = 0;
        for end in cuts {
            let mut input = &stream[start..end];
            while let Some(frame) = frames.next_frame(&mut input).expect("legal packets") {
                prop_assert_eq!(Some(frame), found.next().map(Vec::as_slice));
            }
            prop_assert!(input.is_empty());
            let mut input = &stream[start..end];
            while let Some(item) = decoder.next_item(&mut input).expect("legal packets") {
                let packet = decoded(items.next().expect("no packet too many"), version);
                prop_assert_eq!(item, StreamItem::Packet(packet));
            }
            start = end;
        }
        prop_assert!(found.next().is_none() && items.next().is_none());
    }

    #[test]
    fn streams_of_legal_packets_keep_every_promise(
        (version, packets) in streams(), judge in judges(), buffer_size: u8, seed: u16,
    ) {
        let bytes = packets.concat();
        if bytes.len() <= 4096 {
            check_bytes(&bytes, Some(version), judge, buffer_size, seed);
        }
    }

    #[test]
    fn a_property_that_comes_again_is_refused_or_kept(
        sample in legal_of(Version::V5), which in any::<Index>(),
    ) {
        let (list, bytes) = (&sample.properties, encoded(&sample));
        let Some(section_at) = section_at(&sample).filter(|_| !list.is_empty()) else {
            return Ok(());
        };
        let section: Vec<u8> = list.iter().flat_map(wire).collect();
        let again = &list[which.index(list.len())];
        let twice = with_body(&bytes, |body| {
            let (before, after) = body.split_at(section_at);
            let whole = [varint(section.len()), section.clone()].concat();
            let after = after.strip_prefix(whole.as_slice()).expect("the list as it was given");
            let section = [section.clone(), wire(again)].concat();
            *body = [before, &varint(section.len()), &section, after].concat();
        });
        let outcome = decode(&twice, Some(Version::V5), &UNLIMITED);
        let repeats = again.id.may_repeat_in(sample.packet);
        match outcome {
            Ok(_) => {
                prop_assert!(repeats);
                let mut more = sample.clone();
                more.properties.push(again.clone());
                let lists = more.lists();
                prop_assert_eq!(decoded(&twice, Version::V5), more.packet(&lists));
            }
            Err(error) => {
                prop_assert!(!repeats, "{error}");
                prop_assert_eq!(error.kind(), ErrorKind::PropertyDuplicate);
                prop_assert_eq!(error.property(), Some(again.id));
                let longer = varint(section.len() + wire(again).len()).len();
                let at = header_len(&twice) + section_at + longer + section.len();
                prop_assert_eq!(error.offset(), at);
            }
        }
        check_whole(&twice);
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn long_forms_are_read_by_the_lenient_and_written_by_nobody(
        sample in legal_of(Version::V5), which in 1..8u8,
    ) {
        let (list, bytes) = (&sample.properties, encoded(&sample));
        let Some(section_at) = section_at(&sample).filter(|_| !list.is_empty()) else {
            return Ok(());
        };
        let has_id = list.iter().any(|has| has.id == PropertyId::SubscriptionIdentifier);
        let choice = |bit: u8| which & bit != 0;
        prop_assume!(choice(1) || choice(2) || has_id);
        let section: Vec<u8> = list.iter().flat_map(wire).collect();
        let long_section: Vec<u8> = list.iter().flat_map(|property| {
            let mut bytes = wire(property);
            if property.id == PropertyId::SubscriptionIdentifier && choice(4) && bytes.len() < 5 {
                *bytes.last_mut().expect("a property has bytes") |= 0x80;
                bytes.push(0);
            }
            bytes
        }).collect();
        let mut body = bytes[header_len(&bytes)..].to_vec();
        let old = varint(section.len()).len() + section.len();
        let length = if choice(1) { longer(long_section.len()) } else { varint(long_section.len()) };
        body.splice(section_at..section_at + old, [length, long_section].concat());
        let remaining = if choice(2) { longer(body.len()) } else { varint(body.len()) };
        let long = [&bytes[..1], &remaining, &body].concat();
        prop_assume!(long != bytes);

        let strict = decode(&long, Some(Version::V5), &UNLIMITED).unwrap_err();
        prop_assert_eq!(strict.kind(), ErrorKind::VarintNotMinimal);
        let strictness = Judge::Lenient.options().strictness;
        let lenient = DecodeOptions { strictness, ..UNLIMITED };
        let Ok(Status::Complete(decoded)) = decode(&long, Some(Version::V5), &lenient) else {
            panic!("{:?}", decode(&long, Some(Version::V5), &lenient));
        };
        let lists = sample.lists();
        prop_assert_eq!(decoded.packet, sample.packet(&lists));
        let mut again = Vec::new();
        decoded.packet.encode(Version::V5, &mut again).expect("a legal packet");
        prop_assert_eq!(again, bytes);
    }

    #[test]
    fn text_is_checked_over_the_borders_of_chunks(
        pieces in vec(prop_oneof![
            6 => prop::sample::select(vec![&b"abc"[..], "é".as_bytes(), "€".as_bytes(), "😀".as_bytes()]),
            1 => prop::sample::select(vec![&b"\xC3"[..], b"\xF0\x9F\x98", b"\xED\xA0\x80", b"\xFF"]),
        ], 0..40),
        cut: bool, buffer_size in 8..40u8, seed: u16,
    ) {
        let payload = pieces.concat();
        let packet = Packet::from(Publish {
            topic: "a",
            properties: Properties::new(&[Property::PayloadFormatIndicator(1)]),
            payload: &payload,
            ..Publish::default()
        });
        let mut bytes = Vec::new();
        packet.encode(Version::V5, &mut bytes).expect("a legal packet");
        if cut {
            bytes.pop();
        }
        check_bytes(&bytes, Some(Version::V5), Judge::Pedantic, buffer_size, seed);
    }
}

fn hash(packet: &Packet<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    packet.hash(&mut hasher);
    hasher.finish()
}

/// A list as received equals the list of its values, and no other.
fn check_properties(received: Properties<'_>) {
    let values: Vec<_> = received.iter().collect();
    let built = Properties::new(&values);
    assert_eq!(received, built);
    assert_eq!(built, received);
    assert_eq!(received.is_empty(), values.is_empty());
    if let Some((last, front)) = values.split_last() {
        assert_ne!(received, Properties::new(front));
        let twice = [&values[..], &[*last]].concat();
        assert_ne!(received, Properties::new(&twice));
        let other = [front, &[Property::UserProperty("other", "")]].concat();
        assert_ne!(received, Properties::new(&other));
    }
}

/// What decodes and encodes is a fixpoint: the bytes stay the same from then on.
fn fixpoint(bytes: &[u8], told: Version) {
    for judge in [Judge::Strict, Judge::Lenient] {
        let Ok(Status::Complete(first)) = decode(bytes, Some(told), &judge.options()) else {
            continue;
        };
        let version = match first.packet {
            Packet::Connect(connect) => connect.version,
            _ => told,
        };
        let (mut once, mut twice) = (Vec::new(), Vec::new());
        // What only leniency lets pass is not encoded.
        if first.packet.encode(version, &mut once).is_ok() {
            let second = decoded(&once, version);
            assert_eq!(first.packet, second);
            second.encode(version, &mut twice).expect("once more");
            assert_eq!(once, twice);
        }
    }
}

#[test]
fn packets_beyond_the_protocol_are_refused_without_being_built() {
    // 4,100 times a property of 65,540 bytes.
    let value = "v".repeat(65_535);
    let list = vec![Property::UserProperty("", &value); 4_100];
    let properties = Properties::new(&list);
    let packet = Packet::from(Disconnect { properties, ..Disconnect::default() });
    let error = packet.encoded_len(Version::V5).unwrap_err();
    let EncodeError::PacketTooLarge { size, limit } = error else { panic!("{error}") };
    assert_eq!(limit, 268_435_460);
    assert!(size > 4_100 * 65_540);
    assert_eq!(packet.encode_to_slice(Version::V5, &mut [0; 64]), Err(error));
    assert_eq!(packet.encode(Version::V5, &mut Vec::new()), Err(error));
}

#[test]
fn shrinking_takes_no_more() {
    check_indexes(&[
        0, 16, 5, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1,
        0, 0, 21, 0, 0, 19, 0, 0, 0, 3, 0, 0, 0, 0, 4, 0, 3, 0, 0, 0, 13, 0, 149, 0, 0, 17, 2, 0,
        197, 0, 0, 0, 0, 0, 0, 110, 0, 5, 0, 0, 0, 0, 0, 0, 13, 3, 13, 0,
    ]);
}

/// It is judged alone: which packet it is in, and from whom, nobody has said.
#[test]
fn a_property_alone_may_come_from_both_sides() {
    for &id in PropertyId::ALL {
        let value = match id.kind() {
            PropertyKind::Number => PropertyValue::Number(1),
            PropertyKind::Text => PropertyValue::Text("t"),
            PropertyKind::Binary => PropertyValue::Binary(b"b"),
            PropertyKind::Pair => PropertyValue::Pair("k", "v"),
        };
        let property = Property::from_value(id, value).expect("a value of its kind");
        let mut wire = [0; 16];
        let len = property.encode_to_slice(&mut wire).expect("there is room");
        for sender in [None, Some(Sender::Client), Some(Sender::Server)] {
            let options = DecodeOptions { sender, ..DecodeOptions::DEFAULT };
            assert_eq!(Property::parse_wire(&wire, &options), Ok((property, len)), "{sender:?}");
        }
    }
}
