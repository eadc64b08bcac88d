//! Bugs that other implementations of MQTT had, by class, and what this codec does instead.
//!
//! The numbers are those of a survey of published vulnerabilities and issue trackers; the classes
//! that only a session or a broker can have are missing here.

#[path = "bug_classes/tools.rs"]
mod tools;
#[path = "bug_classes/topics.rs"]
mod topics;

use std::collections::BTreeSet;

use mqtt_core::ErrorKind as K;
use mqtt_core::{
    DecodeOptions, Packet, PacketType, Property, PropertyId, ReasonCode, Response, Sender, Status,
    Version, decode,
};
use tools::Judged::{Illegal, Incomplete, Legal};
use tools::{
    DEFAULT, Judged, SECTIONS, VERSIONS, body, error, frame, judge, packets, properties, publish,
    string, subscribe, v5,
};

/// A few bytes that declare a packet of 256 MiB made servers reserve that much, before anything
/// was known of the sender.
#[cfg(feature = "alloc")]
#[test]
fn class_01_declared_length_drives_allocation() {
    use mqtt_core::FrameBuffer;
    use tools::virtual_memory;
    let before = virtual_memory();
    let mut buffers = Vec::new();
    for first in [0x10, 0x30, 0x82].into_iter().cycle().take(256) {
        let mut buffer = FrameBuffer::new(DecodeOptions::DEFAULT);
        buffer.set_version(Version::V5);
        let mut input = &[first, 0xFF, 0xFF, 0xFF, 0x7F, 0x00][..];
        assert_eq!(buffer.next_frame(&mut input), Ok(None));
        assert_eq!((buffer.buffered(), buffer.needed()), (6, 268_435_454));
        buffers.push(buffer);
    }
    if let (Some(before), Some(after)) = (before, virtual_memory()) {
        // 64 GiB are declared; threads of other tests reserve less than this.
        assert!(after.saturating_sub(before) < 4 << 30, "{before} then {after}");
    }
    // The first packet of a connection is judged before its length is believed.
    for first in [0x30, 0x82, 0xE0, 0xF0] {
        let mut buffer = FrameBuffer::new(DecodeOptions::DEFAULT);
        let refused = buffer.next_frame(&mut &[first, 0xFF, 0xFF, 0xFF, 0x7F][..]).unwrap_err();
        assert_eq!(refused.kind(), K::ExpectedConnect);
        assert_eq!(buffer.buffered(), 0);
    }
}

/// The size limit was applied to a packet that had been buffered or parsed already, or every
/// fragment was parsed from the start again.
#[cfg(feature = "alloc")]
#[test]
fn class_02_limit_checked_late_or_fragments_parsed_again() {
    use mqtt_core::{FrameBuffer, Limits};
    let limits = Limits { max_packet_size: 1_000, ..Limits::DEFAULT };
    let options = DecodeOptions { limits, ..DecodeOptions::DEFAULT };
    for first in [0x10, 0x20, 0x30, 0x40, 0x62, 0x82, 0x90, 0xA2, 0xE0, 0xF0] {
        // 3 + 997 bytes fit, one more does not: known from three bytes, and from no fewer.
        assert_eq!(judge(Some(Version::V5), &[first, 0xE5, 0x07], &options), Incomplete(997));
        assert_eq!(judge(Some(Version::V5), &[first, 0xE6], &options), Incomplete(1));
        let large = judge(Some(Version::V5), &[first, 0xE6, 0x07], &options);
        assert_eq!(large, Illegal(K::PacketTooLarge));
        let mut buffer = FrameBuffer::new(options);
        buffer.set_version(Version::V5);
        let refused = buffer.next_frame(&mut &[first, 0xE6, 0x07, 0x00][..]).unwrap_err();
        assert_eq!((refused.kind(), refused.offset()), (K::PacketTooLarge, 1));
        assert_eq!(buffer.buffered(), 0);
    }
    // Byte by byte: reading from the start each time would look at 10^12 bytes.
    let properties = b"\x26\0\x01k\0\x01v".repeat(64);
    let head = [b"\0\x01a", &[0xC0, 0x03][..], &properties].concat();
    let packet = frame(0x30, &[&head[..], &vec![b'x'; 1_500_000]].concat());
    let mut buffer = FrameBuffer::new(DecodeOptions::DEFAULT);
    buffer.set_version(Version::V5);
    let (last, rest) = packet.split_last().unwrap();
    for byte in rest {
        assert_eq!(buffer.next_frame(&mut &[*byte][..]), Ok(None));
    }
    let last = [*last];
    let whole = buffer.next_frame(&mut &last[..]).unwrap().unwrap();
    assert!(whole == packet && v5(whole) == Legal);
}

/// The property length was not the one border between properties and payload: bytes of the last
/// property leaked into the payload, or a property was read beyond the section.
#[test]
fn class_03_property_length_and_payload_disagree() {
    // Whatever length is declared, what is accepted puts the border exactly there.
    let content = b"\x0B\x01\x0B\x81\x01\x01\x01\x26\0\x01k\0\x01v\x23\0\x05payload";
    let ends = [0, 2, 5, 7, 14, 17];
    for declared in 0..=content.len() + 2 {
        let body = [b"\0\x01a", &[declared as u8][..], content].concat();
        let packet = frame(0x30, &body);
        match decode(&packet, Some(Version::V5), DEFAULT) {
            Ok(Status::Complete(decoded)) => {
                let Packet::Publish(publish) = decoded.packet else { panic!("PUBLISH") };
                assert!(ends.contains(&declared), "{declared}");
                assert_eq!(publish.payload, &content[declared..]);
                let count = ends.iter().position(|end| *end == declared);
                assert_eq!(Some(publish.properties.iter().count()), count);
            }
            Err(error) if declared > content.len() => assert_eq!(error.kind(), K::PropertyLength),
            Err(error) => {
                assert!(!ends.contains(&declared), "{declared}");
                let past = [K::PropertyTruncated, K::PropertyUnknown, K::Truncated];
                assert!(past.contains(&error.kind()), "{declared}: {error}");
            }
            other => panic!("{other:?}"),
        }
    }
    // The section of a will ends before the will topic.
    let connect = |will: &[u8]| {
        let head = b"\0\x04MQTT\x05\x04\0\0\0\0\x01c";
        frame(0x10, &[head, will, b"\0\x01w\0\0"].concat())
    };
    assert_eq!(v5(&connect(b"\x05\x18\0\0\0\x01")), Legal);
    assert_eq!(v5(&connect(b"\x04\x18\0\0\0\x01")), Illegal(K::PropertyTruncated));
    assert_eq!(v5(&connect(b"\x06\x18\0\0\0\x01")), Illegal(K::PropertyUnknown));
}

/// A fifth byte of a variable byte integer was read past an array, longer forms than needed were
/// accepted, and a fault inside a whole packet was taken for missing input.
#[test]
fn class_04_variable_byte_integers() {
    for first in [0x10, 0x30, 0x82, 0xC0] {
        for byte in [0x80, 0xFF] {
            let long = [first, byte, byte, byte, byte, 0x01];
            for len in 5..=long.len() {
                assert_eq!(v5(&long[..len]), Illegal(K::VarintTooLong));
            }
            assert_eq!(v5(&long[..4]), Incomplete(1));
        }
    }
    for long in [&b"\x80\0"[..], b"\x80\x80\0", b"\x80\x80\x80\0", b"\x87\0", b"\xFF\x80\0"] {
        let body = [b"\0\x01a", long, &[0; 200][..]].concat();
        assert_eq!(v5(&frame(0x30, &body)), Illegal(K::VarintNotMinimal), "{long:x?}");
        let id = [&b"\x0B"[..], long].concat();
        assert_eq!(v5(&publish(&id, b"")), Illegal(K::VarintNotMinimal), "{long:x?}");
    }
    assert_eq!(v5(&publish(b"\x0B\xFF\xFF\xFF\x7F", b"")), Legal);
    assert_eq!(v5(&publish(b"\x0B\xFF\xFF\xFF\xFF\x01", b"")), Illegal(K::VarintTooLong));
    // A packet that is all there never wants more, whatever is in it.
    let bytes = [0x00, 0x01, 0x02, 0x7F, 0x80, 0xFF];
    let mut bodies: Vec<Vec<u8>> = vec![vec![]];
    for first in 0..bodies.len() + 5 {
        for packet in 0x10..=0xFF {
            for body in bodies.iter().filter(|body| body.len() == first) {
                for version in VERSIONS {
                    let whole = judge(Some(version), &frame(packet, body), DEFAULT);
                    assert!(!matches!(whole, Incomplete(_)), "{packet:x} {body:x?}: {whole:?}");
                }
            }
        }
        let longer = bodies.iter().filter(|body| body.len() == first && first < 4);
        let longer = longer.flat_map(|body| bytes.map(|byte| [&body[..], &[byte]].concat()));
        let longer: Vec<_> = longer.collect();
        bodies.extend(longer);
    }
}

/// A remaining length of `80 00` ends at its second byte, however many bytes follow.
#[test]
fn class_04_a_long_form_of_zero_does_not_borrow_a_byte_of_the_body() {
    use mqtt_core::{DecodeOptions, ErrorKind, Version, decode};
    let mut bytes = vec![0x30, 0x80, 0x00, 0x01, 0x00, 0x01, 0x61, 0x00];
    bytes.resize(16_388, 0);
    let kind = |version| {
        decode(&bytes, Some(version), &DecodeOptions::DEFAULT).map_err(|error| error.kind())
    };
    assert_eq!(kind(Version::V5), Err(ErrorKind::VarintNotMinimal));
    assert_eq!(kind(Version::V311), Err(ErrorKind::Truncated));
}

/// Packets that end inside a field were read out of bounds.
#[test]
fn class_05_truncated_packets() {
    for (version, packet) in packets() {
        assert_eq!(judge(Some(version), &packet, DEFAULT), Legal, "{packet:02x?}");
        for cut in 0..packet.len() {
            // On the wire the rest may still come.
            let open = judge(Some(version), &packet[..cut], DEFAULT);
            let needed = if cut < 2 { 2 - cut } else { packet.len() - cut };
            assert_eq!(open, Incomplete(needed), "{packet:02x?} {cut}");
        }
        for cut in 0..body(&packet).len() {
            // As a packet of its own it lacks something.
            let short = frame(packet[0], &body(&packet)[..cut]);
            let judged = judge(Some(version), &short, DEFAULT);
            let is_legal = match (packet[0] >> 4, version, cut) {
                // A shorter payload, fewer codes or filters, and the short forms of 5.0.
                (3, Version::V311, 7..) | (3, Version::V5, 15..) => true,
                (4..=7, Version::V5, 2 | 3) | (14, Version::V5, 0 | 1) | (15, _, 0) => true,
                (8, Version::V311, 6) | (10, Version::V311, 5) => true,
                (8, Version::V5, 9) | (10, Version::V5, 11) => true,
                (9, Version::V31, 3 | 4) | (9, Version::V311, 3 | 4) => true,
                (9 | 11, Version::V5, 9) => true,
                _ => false,
            };
            assert_eq!(judged == Legal, is_legal, "{short:02x?}: {judged:?}");
        }
    }
}

/// Lengths were subtracted without a look: the remaining length minus the fixed fields, the
/// property length minus a value.
#[test]
fn class_06_unsigned_underflow() {
    for (first, least) in [
        (0x10, 13),
        (0x20, 3),
        (0x30, 4),
        (0x32, 6),
        (0x40, 2),
        (0x50, 2),
        (0x62, 2),
        (0x70, 2),
        (0x82, 7),
        (0x90, 4),
        (0xA2, 6),
        (0xB0, 4),
    ] {
        for len in 0..least {
            // Zeros everywhere, and lengths that are far too large everywhere.
            for filler in [0x00, 0xFF] {
                let judged = v5(&frame(first, &vec![filler; len]));
                assert!(matches!(judged, Illegal(_)), "{first:x} {len} {filler:x}: {judged:?}");
            }
        }
    }
    // Every property, cut short by the end of its section at every byte, with bytes behind it.
    for (bytes, _) in properties() {
        for len in 1..bytes.len() {
            let section = [&[len as u8][..], &bytes[..len], &[0x26; 16]].concat();
            for (first, head) in SECTIONS {
                if *first == 0xE0 || *first == 0xF0 {
                    continue; // the filler would be trailing bytes anyway
                }
                let packet = frame(*first, &[head, &section[..]].concat());
                let judged = v5(&packet);
                let expected = [K::PropertyTruncated, K::PropertyNotAllowed];
                let found = expected.iter().any(|kind| judged == Illegal(*kind));
                assert!(found, "{packet:02x?}: {judged:?}");
            }
        }
    }
}

/// Ill-formed text, U+0000 and text cut inside a character passed, or the byte order mark was
/// taken away.
#[test]
fn class_07_utf8() {
    let bad: [(&[u8], K); 16] = [
        (b"a\0b", K::Nul),
        (b"\0", K::Nul),
        (b"\x80", K::Utf8),                     // a continuation without a start
        (b"\xC0\x80", K::Utf8),                 // U+0000 in two bytes
        (b"\xC1\xBF", K::Utf8),                 // overlong
        (b"\xE0\x80\x80", K::Utf8),             // overlong
        (b"\xE0\x9F\xBF", K::Utf8),             // overlong
        (b"\xF0\x80\x80\x80", K::Utf8),         // overlong
        (b"\xED\xA0\x80", K::Utf8),             // U+D800
        (b"\xED\xBF\xBF", K::Utf8),             // U+DFFF
        (b"\xED\xA0\xBD\xED\xB8\x80", K::Utf8), // a pair of surrogates
        (b"\xF4\x90\x80\x80", K::Utf8),         // above U+10FFFF
        (b"\xFF", K::Utf8),
        (b"ab\xC3", K::Utf8), // cut inside a character
        (b"ab\xE2\x82", K::Utf8),
        (b"ab\xF0\x9F\x98", K::Utf8),
    ];
    let good: [&[u8]; 4] = [
        b"\xEF\xBB\xBFa",    // U+FEFF
        b"\xC2\x80",         // the first of two bytes
        b"\xEE\x80\x80",     // just above the surrogates
        b"\xF4\x8F\xBF\xBF", // U+10FFFF
    ];
    let user_property = |name: &[u8], value: &[u8]| {
        publish(&[b"\x26", &string(name)[..], &string(value)].concat(), b"")
    };
    // Each string field, valid text behind it, so that a cut character could borrow from it.
    type Build<'b> = &'b dyn Fn(&[u8]) -> Vec<u8>;
    let fields: [Build<'_>; 9] = [
        &|text| frame(0x30, &[&string(text)[..], b"\0\x80\x80\x80"].concat()),
        &|text| subscribe(Version::V5, text),
        &|text| frame(0xA2, &[b"\0\x01\0", &string(text)[..]].concat()),
        &|text| frame(0x10, &[b"\0\x04MQTT\x05\x02\0\0\0", &string(text)[..]].concat()),
        &|text| frame(0x10, &[b"\0\x04MQTT\x05\x82\0\0\0\0\0", &string(text)[..]].concat()),
        &|text| {
            let head = b"\0\x04MQTT\x05\x06\0\0\0\0\0\0";
            frame(0x10, &[head, &string(text)[..], b"\0\0"].concat())
        },
        &|text| user_property(text, b"v"),
        &|text| user_property(b"k", text),
        &|text| publish(&[b"\x03", &string(text)[..]].concat(), b"\x80\x80"),
    ];
    for (index, build) in fields.iter().enumerate() {
        for (text, kind) in &bad {
            assert_eq!(v5(&build(text)), Illegal(*kind), "field {index} {text:x?}");
        }
        for text in good {
            assert_eq!(v5(&build(text)), Legal, "field {index} {text:x?}");
        }
    }
    let packet = frame(0x30, b"\0\x04\xEF\xBB\xBFa\0");
    let Ok(Status::Complete(decoded)) = decode(&packet, Some(Version::V5), DEFAULT) else {
        panic!("{packet:x?}");
    };
    assert!(matches!(decoded.packet, Packet::Publish(publish) if publish.topic == "\u{FEFF}a"));
}

/// Empty topics, filters, share names and lists of filters crashed servers.
#[test]
fn class_08_empty_topics_filters_and_lists() {
    for version in VERSIONS {
        let judge = |bytes: &[u8]| judge(Some(version), bytes, DEFAULT);
        assert_eq!(judge(&subscribe(version, b"")), Illegal(K::FilterEmpty));
        let (none, publish): (&[u8], &[u8]) = match version {
            Version::V5 => (b"\0\x01\0", b"\0\0\0"),
            _ => (b"\0\x01", b"\0\0"),
        };
        assert_eq!(judge(&frame(0x82, none)), Illegal(K::SubscriptionsEmpty));
        assert_eq!(judge(&frame(0xA2, none)), Illegal(K::SubscriptionsEmpty));
        assert_eq!(judge(&frame(0xA2, &[none, b"\0\0"].concat())), Illegal(K::FilterEmpty));
        assert_eq!(judge(&frame(0x90, none)), Illegal(K::ReasonCodesEmpty));
        assert_eq!(judge(&frame(0x30, publish)), Illegal(K::TopicEmpty));
    }
    for filter in [&b"$share/"[..], b"$share//a", b"$share//"] {
        assert_eq!(v5(&subscribe(Version::V5, filter)), Illegal(K::ShareNameEmpty), "{filter:?}");
    }
    for filter in [&b"$share/g"[..], b"$share/g/", b"$share/+/a"] {
        assert_eq!(v5(&subscribe(Version::V5, filter)), Illegal(K::ShareName), "{filter:?}");
    }
    let will = frame(0x10, b"\0\x04MQTT\x04\x06\0\0\0\x01c\0\0\0\0");
    assert_eq!(judge(None, &will, DEFAULT), Illegal(K::TopicEmpty));
    assert_eq!(v5(&publish(b"\x08\0\0", b"")), Illegal(K::ResponseTopicEmpty));
}

/// Properties that were there twice or that another packet has were forwarded, leaked memory, or
/// cost a search per property.
#[test]
fn class_09_duplicate_illegal_and_endless_properties() {
    for (first, head) in SECTIONS {
        let packet_type = PacketType::try_from(first >> 4).unwrap();
        let tail: &[u8] = match packet_type {
            PacketType::Connect | PacketType::Unsubscribe => b"\0\x01c",
            PacketType::Subscribe => b"\0\x01a\0",
            PacketType::SubAck | PacketType::UnsubAck => b"\0",
            _ => b"",
        };
        let judge = |section: &[u8]| {
            v5(&frame(*first, &[head, &[section.len() as u8][..], section, tail].concat()))
        };
        for (bytes, id) in properties() {
            // Authentication data needs its method beside it, but not in AUTH.
            let method: &[u8] = match id {
                PropertyId::AuthenticationData => b"\x15\0\x01m",
                _ => b"",
            };
            let (once, twice) = match (id.is_allowed_in(packet_type), id) {
                (false, _) => (Illegal(K::PropertyNotAllowed), Illegal(K::PropertyNotAllowed)),
                (true, id) if id.may_repeat_in(packet_type) => (Legal, Legal),
                (true, _) => (Legal, Illegal(K::PropertyDuplicate)),
            };
            let once_bytes = if once == Legal { [method, &bytes].concat() } else { bytes.clone() };
            assert_eq!(judge(&once_bytes), once, "{packet_type} {id}");
            assert_eq!(judge(&bytes.repeat(2)), twice, "{packet_type} {id}");
        }
        for unknown in (0..=u8::MAX).filter(|id| PropertyId::try_from(*id).is_err()) {
            assert_eq!(judge(&[unknown, 0, 1, 0, 0]), Illegal(K::PropertyUnknown));
        }
    }
    let many = b"\x26\0\0\0\0".repeat(65);
    let packet = |count: usize| {
        let len = [(count * 5) as u8 | 0x80, ((count * 5) >> 7) as u8];
        frame(0x30, &[b"\0\x01a", &len[..], &many[..count * 5]].concat())
    };
    assert_eq!(v5(&packet(64)), Legal);
    assert_eq!(v5(&packet(65)), Illegal(K::UserPropertyCount));
}

/// Packets from the wrong side, and packets before CONNECT, were processed.
#[test]
fn class_10_wrong_role_and_before_connect() {
    for (version, packet) in packets() {
        let packet_type = PacketType::try_from(packet[0] >> 4).unwrap();
        let first = judge(None, &packet, DEFAULT);
        match packet_type {
            PacketType::Connect => assert_eq!(first, Legal),
            _ => assert_eq!(first, Illegal(K::ExpectedConnect)),
        }
        use PacketType::*;
        let (client, server) = match packet_type {
            Connect | Subscribe | Unsubscribe | PingReq => (true, false),
            ConnAck | SubAck | UnsubAck | PingResp => (false, true),
            Publish | PubAck | PubRec | PubRel | PubComp | Auth => (true, true),
            Disconnect => (true, version == Version::V5),
        };
        for (sender, allowed) in [(Sender::Client, client), (Sender::Server, server)] {
            let options = DecodeOptions { sender: Some(sender), ..DecodeOptions::DEFAULT };
            // The first byte is enough.
            let wrong = judge(Some(version), &packet[..1], &options);
            let expected = if allowed { Incomplete(1) } else { Illegal(K::PacketDirection) };
            assert_eq!(wrong, expected, "{version} {packet_type} {sender:?}");
        }
    }
}

/// The wrong one of 0x81, 0x82 and the special codes was sent.
#[test]
fn class_20_reason_codes_for_faults() {
    let connect: &[u8] = b"\0\x04MQTT\x05";
    let with = |tail: &[u8]| frame(0x10, &[connect, tail].concat());
    for (bytes, code) in [
        (b"\x31\x02\0\x01".to_vec(), 0x81),            // truncated
        (b"\x36\x04\0\x01a\0".to_vec(), 0x81),         // QoS 3
        (b"\x80\x07\0\x01\0\0\x01a\0".to_vec(), 0x81), // flags
        (publish(b"\x99", b""), 0x81),                 // unknown property
        (publish(b"\x21\0\x01", b""), 0x81),           // property of another packet
        (publish(b"\x01\x01\x01\x01", b""), 0x82),     // property twice
        (publish(b"\x0B\0", b""), 0x82),               // subscription identifier 0
        (publish(b"\x23\0\0", b""), 0x94),             // topic alias 0
        (frame(0x30, b"\0\x01#\0"), 0x90),             // wildcard in a topic name
        (frame(0x30, b"\0\0\0"), 0x82),                // no topic
        (subscribe(Version::V5, b"a/#/b"), 0x82),      // wildcard in a wrong place
        (subscribe(Version::V5, b"$share/g"), 0x82),   // share without a filter
        (frame(0x82, b"\0\x01\0"), 0x82),              // no filter
        (frame(0x82, b"\0\0\0\0\x01a\0"), 0x82),       // packet identifier 0
        (frame(0x82, b"\0\x01\0\0\x01a\x40"), 0x81),   // reserved option bits
        (frame(0x82, b"\0\x01\0\0\x01a\x30"), 0x82),   // retain handling 3
    ] {
        let error = error(Version::V5, &bytes);
        assert_eq!(error.response(), Response::Disconnect(ReasonCode(code)), "{error}");
    }
    for (bytes, code) in [
        (with(b"\x03\0\0\0\0\0"), 0x81),                      // reserved flag
        (with(b"\x1E\0\0\0\0\0\0\0\x01w\0\0"), 0x81),         // will QoS 3
        (with(b"\x02\0\0\x03\x21\0\0\0\0"), 0x82),            // receive maximum 0
        (with(b"\x02\0\0\x03\x23\0\x01\0\0"), 0x81),          // property of another packet
        (with(b"\x06\0\0\0\0\0\0\0\x01+\0\0"), 0x90),         // wildcard in the will topic
        (frame(0x10, b"\0\x04MQTS\x05\x02\0\0\0\0\0"), 0x84), // another protocol
    ] {
        let error = error(Version::V5, &bytes);
        assert_eq!(error.response(), Response::ConnAck(ReasonCode(code)), "{error}");
    }
    // 3.1.1 has words for two faults of CONNECT, and closes at all others.
    for (bytes, response) in [
        (&b"\0\x04MQTT\x03\x02\0\0\0\0"[..], Response::ConnAck(ReasonCode(1))),
        (b"\0\x04MQTT\x06\x02\0\0\0\0\0", Response::ConnAck(ReasonCode(1))),
        (b"\0\x04MQTT\x04\0\0\0\0\0", Response::ConnAck(ReasonCode(2))),
        (b"\0\x04MQTT\x04\x03\0\0\0\0", Response::Close),
        (b"\0\x04MQTT\x04\x42\0\0\0\0\0\0", Response::Close),
    ] {
        assert_eq!(error(Version::V311, &frame(0x10, bytes)).response(), response);
    }
}

/// Bytes behind the last field were ignored.
#[test]
fn class_21_trailing_bytes() {
    for (version, packet) in packets() {
        let packet_type = PacketType::try_from(packet[0] >> 4).unwrap();
        for extra in [0x00, 0x01, 0x26, 0x80, 0xFF] {
            let longer = frame(packet[0], &[body(&packet), &[extra]].concat());
            let judged = judge(Some(version), &longer, DEFAULT);
            use PacketType::*;
            let expected: &[Judged] = match packet_type {
                Publish => &[Legal], // one more byte of payload
                // The last field may repeat: one code more, or a filter that is cut.
                SubAck if extra <= 1 || extra == 0x80 && version != Version::V31 => &[Legal],
                UnsubAck if (extra == 0 || extra == 0x80) && version == Version::V5 => &[Legal],
                SubAck => &[Illegal(K::ReasonCode)],
                UnsubAck if version == Version::V5 => &[Illegal(K::ReasonCode)],
                Subscribe | Unsubscribe => &[Illegal(K::Truncated)],
                _ => &[Illegal(K::TrailingBytes)],
            };
            assert!(expected.contains(&judged), "{longer:02x?}: {judged:?}");
        }
    }
}

/// Of several subscription identifiers only the first or the last survived, or all were refused.
#[test]
fn class_22_subscription_identifiers() {
    let ids = [1, 127, 128, 5, 5, 16_384, 2_097_152, 268_435_455];
    let wire = b"\x0B\x01\x0B\x7F\x0B\x80\x01\x0B\x05\x0B\x05\x0B\x80\x80\x01\
        \x0B\x80\x80\x80\x01\x0B\xFF\xFF\xFF\x7F";
    let packet = publish(&[&wire[..], b"\x01\x01"].concat(), b"x");
    let Ok(Status::Complete(decoded)) = decode(&packet, Some(Version::V5), DEFAULT) else {
        panic!("{packet:x?}");
    };
    let Packet::Publish(found) = decoded.packet else { panic!("PUBLISH") };
    assert!(found.properties.subscription_identifiers().eq(ids));
    assert_eq!(found.properties.iter().last(), Some(Property::PayloadFormatIndicator(1)));
    assert_eq!(found.payload, b"x");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len() - 1, "one is there twice");
    let mut again = vec![0; packet.len()];
    assert_eq!(decoded.packet.encode_to_slice(Version::V5, &mut again), Ok(packet.len()));
    assert_eq!(again, packet);

    // Only a server forwards them.
    for (sender, expected) in
        [(Sender::Server, Legal), (Sender::Client, Illegal(K::SubscriptionIdFromClient))]
    {
        let options = DecodeOptions { sender: Some(sender), ..DecodeOptions::DEFAULT };
        assert_eq!(judge(Some(Version::V5), &packet, &options), expected);
    }
    // A SUBSCRIBE has one at most.
    assert_eq!(v5(&frame(0x82, b"\0\x01\x02\x0B\x05\0\x01a\0")), Legal);
    let twice = frame(0x82, b"\0\x01\x04\x0B\x05\x0B\x05\0\x01a\0");
    assert_eq!(v5(&twice), Illegal(K::PropertyDuplicate));
}
