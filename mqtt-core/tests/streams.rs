//! What `StreamDecoder` and `FrameBuffer` promise about a stream besides what comes out of it: which
//! version and limits count, what is missing, where a stream may end, and how to start anew.

use core::time::Duration;
use std::sync::mpsc;

use mqtt_core::{
    DecodeError, DecodeOptions, ErrorKind, Limits, Packet, PacketId, PacketType, Publish, QoS,
    Status, StreamDecoder, StreamItem, Version, decode,
};

const DEFAULT: &DecodeOptions = &DecodeOptions::DEFAULT;

/// A PUBLISH of 40 bytes with a head of 9 bytes in 3.1.1, of 12 in 5.0: the body is legal in both.
const PUBLISH: &[u8] = b"\x32\x26\0\x03a/b\0\x07\x02\x01\x01payload of many bytes, words";

fn limits(max_packet_size: u32) -> Limits {
    Limits { max_packet_size, ..Limits::DEFAULT }
}

/// What came out of a decoder, with parts of a payload put together.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    packets: Vec<PacketType>,
    /// Bytes of properties and payload of the last PUBLISH.
    properties: usize,
    payload: Vec<u8>,
}

fn feed(
    decoder: &mut StreamDecoder<'_>,
    bytes: &[u8],
    found: &mut Found,
) -> Result<(), DecodeError> {
    let mut input = bytes;
    // More items than there are bytes would be a loop.
    for _ in 0..=2 * bytes.len() {
        match decoder.next_item(&mut input)? {
            None => {
                assert!(input.is_empty());
                return Ok(());
            }
            Some(StreamItem::Packet(packet)) => {
                found.packets.push(packet.packet_type());
                if let Packet::Publish(publish) = packet {
                    found.properties = publish.properties.iter().count();
                    found.payload = publish.payload.to_vec();
                }
            }
            Some(StreamItem::PublishHead { publish, .. }) => {
                found.packets.push(PacketType::Publish);
                found.properties = publish.properties.iter().count();
                found.payload.clear();
            }
            Some(StreamItem::Payload { bytes, .. }) => found.payload.extend_from_slice(bytes),
        }
    }
    panic!("items without end");
}

/// Runs a test that used not to end.
fn in_time(test: impl FnOnce() + Send + 'static) {
    let (done, ended) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        test();
        // Nobody listens any more if this took too long.
        let _ = done.send(());
    });
    match ended.recv_timeout(Duration::from_secs(60)) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("does not end"),
        _ => assert!(thread.join().is_ok()),
    }
}

#[test]
fn a_version_set_inside_a_packet_counts_from_the_next_one_on() {
    in_time(|| {
        for (before, after) in [(Version::V311, Version::V5), (Version::V5, Version::V311)] {
            // What it is without a change.
            let Ok(Status::Complete(whole)) = decode(PUBLISH, Some(before), DEFAULT) else {
                panic!("legal in {before}");
            };
            let Packet::Publish(Publish { properties, payload, .. }) = whole.packet else {
                panic!("{whole:?}");
            };
            for cut in 1..PUBLISH.len() {
                // Too small for the packet, and large enough.
                for size in [16, 64] {
                    let context = format!("{before}, then {after} at {cut}, buffer of {size}");
                    let mut buffer = vec![0; size];
                    let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
                    decoder.set_version(before);
                    let mut found = Found::default();
                    feed(&mut decoder, &PUBLISH[..cut], &mut found).expect(&context);
                    decoder.set_version(after);
                    feed(&mut decoder, &PUBLISH[cut..], &mut found).expect(&context);
                    assert_eq!(found.packets, [PacketType::Publish], "{context}");
                    assert_eq!(found.properties, properties.iter().count(), "{context}");
                    assert_eq!(found.payload, payload, "{context}");
                    // AUTH is of 5.0 alone.
                    let next = feed(&mut decoder, b"\xF0\0", &mut found);
                    assert_eq!(next.is_ok(), after == Version::V5, "{context}");
                }
            }
        }
    });
}

#[test]
fn a_fault_is_reported_by_the_version_of_the_packet() {
    // A payload that is said to be text and is not, behind a change of version.
    let bytes = b"\x30\x21\0\x01a\x02\x01\x01text, text, text, text, \xFF..";
    let options = DecodeOptions {
        strictness: mqtt_core::Strictness {
            check_payload_format: true,
            ..mqtt_core::Strictness::DEFAULT
        },
        ..DecodeOptions::DEFAULT
    };
    let expected = decode(bytes, Some(Version::V5), &options).unwrap_err();
    assert_eq!(expected.kind(), ErrorKind::PayloadNotUtf8);
    for cut in 1..expected.offset() {
        let mut buffer = [0; 16];
        let mut decoder = StreamDecoder::new(&mut buffer, options);
        decoder.set_version(Version::V5);
        feed(&mut decoder, &bytes[..cut], &mut Found::default()).unwrap();
        decoder.set_version(Version::V311);
        let error = feed(&mut decoder, &bytes[cut..], &mut Found::default());
        assert_eq!(error, Err(expected), "cut at {cut}");
    }
}

#[test]
fn limits_of_a_stream_decoder_set_inside_a_packet_count_from_the_next_one_on() {
    // 200 bytes, so that a cut can be inside the header.
    let large = [b"\x30\xC5\x01\0\x01a\0", &[b'x'; 193][..]].concat();
    let mut buffer = [0; 16];
    let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
    for cut in 1..large.len() {
        decoder.clear();
        decoder.set_version(Version::V5);
        let mut found = Found::default();
        feed(&mut decoder, &large[..cut], &mut found).unwrap();
        decoder.set_limits(limits(199));
        feed(&mut decoder, &large[cut..], &mut found).expect("the limit came later");
        let error = feed(&mut decoder, &large, &mut found).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PacketTooLarge);
    }
    for cut in 1..3 {
        decoder.clear();
        decoder.set_version(Version::V5);
        decoder.set_limits(limits(199));
        let mut found = Found::default();
        feed(&mut decoder, &large[..cut], &mut found).unwrap();
        decoder.set_limits(limits(200));
        let error = feed(&mut decoder, &large[cut..], &mut found).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PacketTooLarge, "cut at {cut}");
    }
    // Other limits than that of the size, which are applied to the body.
    let levels = |max_topic_levels| Limits { max_topic_levels, ..Limits::DEFAULT };
    for size in [16, 64] {
        for cut in 1..9 {
            let mut buffer = vec![0; size];
            let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
            decoder.set_version(Version::V311);
            let mut found = Found::default();
            feed(&mut decoder, &PUBLISH[..cut], &mut found).unwrap();
            decoder.set_limits(levels(1));
            feed(&mut decoder, &PUBLISH[cut..], &mut found).expect("the limit came later");
            let error = feed(&mut decoder, PUBLISH, &mut found).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TopicLevels, "cut at {cut}");
        }
    }
}

#[test]
fn a_cleared_stream_decoder_is_as_new() {
    let small = DecodeOptions { limits: limits(50), ..DecodeOptions::DEFAULT };
    let connect = b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a";
    for cut in 0..=PUBLISH.len() {
        let mut buffer = [0; 16];
        let mut decoder = StreamDecoder::new(&mut buffer, small);
        decoder.set_version(Version::V5);
        decoder.set_limits(limits(1_000));
        let mut found = Found::default();
        feed(&mut decoder, &PUBLISH[..cut], &mut found).unwrap();
        assert_eq!(decoder.is_idle(), cut == 0 || cut == PUBLISH.len());
        decoder.clear();
        assert!(decoder.is_idle());
        assert_eq!(decoder.needed(), 2);
        feed(&mut decoder, connect, &mut found).unwrap();
        // No version is known any more, which is an error, and no way back but this.
        let error = feed(&mut decoder, b"\xC0\0", &mut found).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ExpectedConnect);
        assert!(!decoder.is_idle());
        assert_eq!(feed(&mut decoder, connect, &mut found), Err(error));
        decoder.clear();
        decoder.set_version(Version::V5);
        // And the limits are those of the beginning.
        let error = feed(&mut decoder, b"\x30\x31", &mut found).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::PacketTooLarge, 1));
    }
}

/// Packets of several kinds, in 5.0.
fn stream() -> Vec<u8> {
    let large = [b"\x30\xC5\x01\0\x01a\0", &[b'x'; 193][..]].concat();
    [b"\xC0\0", PUBLISH, b"\x82\x07\0\x01\0\0\x01a\0", &large, b"\xE0\x01\x8B"].concat()
}

/// What `decode` says is missing behind each byte of a stream; nothing between packets.
fn missing(stream: &[u8]) -> Vec<Option<usize>> {
    let mut from = 0;
    let mut missing = Vec::new();
    for to in 1..=stream.len() {
        match decode(&stream[from..to], Some(Version::V5), DEFAULT) {
            Ok(Status::Incomplete { needed }) => missing.push(Some(needed.get())),
            Ok(Status::Complete(_)) => {
                from = to;
                missing.push(None);
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(from, stream.len());
    missing
}

#[test]
fn a_stream_decoder_tells_what_is_missing_and_where_a_stream_may_end() {
    let stream = stream();
    for size in [16, 64, 256] {
        let mut buffer = vec![0; size];
        let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
        decoder.set_version(Version::V5);
        assert!(decoder.is_idle());
        assert_eq!(decoder.needed(), 2);
        let mut found = Found::default();
        for (byte, missing) in stream.iter().zip(missing(&stream)) {
            feed(&mut decoder, &[*byte], &mut found).unwrap();
            assert_eq!(decoder.needed(), missing.unwrap_or(2));
            assert_eq!(decoder.is_idle(), missing.is_none());
            // Asking changes nothing, and no more does an empty chunk.
            feed(&mut decoder, &[], &mut found).unwrap();
            assert_eq!(decoder.is_idle(), missing.is_none());
        }
        assert_eq!(found.packets.len(), 5);
    }
}

#[test]
fn a_stream_decoder_shows_no_bytes_of_packets() {
    let connect = b"\x10\x22\0\x04MQTT\x04\xC2\0\x3C\0\x01a\0\x04user\0\x0Ahunter2222....";
    let mut buffer = [0; 64];
    let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
    assert_eq!(decoder.next_item(&mut &connect[..30]), Ok(None));
    let shown = format!("{decoder:?}");
    assert!(shown.contains("buffered: 30") && shown.contains("needed: 6"), "{shown}");
    assert!(shown.contains("capacity: 64"), "{shown}");
    // "hun".
    assert!(!shown.contains("104, 117, 110"), "{shown}");
    let error = decoder.next_item(&mut &connect[30..]).map(drop).unwrap_err();
    assert!(format!("{decoder:?}").contains(&format!("{error:?}")), "{decoder:?}");
}

/// Heads that a decoder refuses, each of a PUBLISH of 100 bytes.
fn faulty_heads() -> Vec<(&'static str, Vec<u8>)> {
    let heads: [(&str, u8, &[u8]); 13] = [
        ("wildcard", 0x30, b"\0\x03a/+\0"),
        ("wildcard, then properties", 0x32, b"\0\x03a/+\0\x07\x05\x02\0\0\0\x09"),
        ("NUL", 0x30, b"\0\x02a\0\0"),
        ("ill-formed topic", 0x30, b"\0\x02a\xFF\x02\x01\x01"),
        ("empty topic", 0x30, b"\0\0\0"),
        ("no packet identifier", 0x32, b"\0\x01a\0\0\x02\x01\x01"),
        ("long form of property length", 0x30, b"\0\x01a\x82\0\x01\x01"),
        ("five bytes of property length", 0x30, b"\0\x01a\x82\x80\x80\x80\0"),
        ("wildcard and five bytes", 0x30, b"\0\x01#\x82\x80\x80\x80\0"),
        ("properties behind the packet", 0x30, b"\0\x01a\x7F\x01\x01"),
        ("wildcard, and properties behind the packet", 0x30, b"\0\x01#\x7F\x01\x01"),
        ("topic behind the packet", 0x30, b"\0\x7Fa"),
        ("unknown property", 0x30, b"\0\x01a\x02\x7F\x01"),
    ];
    let packet = |first: u8, head: &[u8]| {
        let mut packet = [&[first, 98], head].concat();
        packet.resize(100, b'x');
        packet
    };
    heads.iter().map(|(name, first, head)| (*name, packet(*first, head))).collect()
}

#[test]
fn a_faulty_head_gives_the_error_that_decode_gives_however_it_is_chopped() {
    for (name, packet) in faulty_heads() {
        let expected = decode(&packet, Some(Version::V5), DEFAULT).unwrap_err();
        for chunk in 1..packet.len() {
            let mut buffer = [0; 32];
            let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
            decoder.set_version(Version::V5);
            let error = packet
                .chunks(chunk)
                .find_map(|chunk| feed(&mut decoder, chunk, &mut Found::default()).err());
            assert_eq!(error, Some(expected), "{name} in chunks of {chunk}");
        }
    }
}

#[test]
fn a_faulty_head_is_refused_when_it_is_complete_or_a_length_cannot_be() {
    for (name, packet) in faulty_heads() {
        let mut buffer = [0; 32];
        let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
        decoder.set_version(Version::V5);
        let taken = packet
            .iter()
            .position(|byte| feed(&mut decoder, &[*byte], &mut Found::default()).is_err());
        let complete = match name {
            "wildcard" => 8,
            "wildcard, then properties" => 15,
            "NUL" => 7,
            "ill-formed topic" => 9,
            "empty topic" => 5,
            "no packet identifier" => 10,
            "long form of property length" => 9,
            // The fourth byte asks for a fifth.
            "five bytes of property length" | "wildcard and five bytes" => 9,
            "properties behind the packet" => 6,
            "wildcard, and properties behind the packet" => 6,
            "topic behind the packet" => 4,
            "unknown property" => 8,
            _ => panic!("{name}"),
        };
        assert_eq!(taken, Some(complete - 1), "{name}");
    }
}

#[test]
fn a_head_that_does_not_fit_is_refused_for_that_alone() {
    // A wildcard, and properties that fit into the packet and not into the buffer.
    let mut packet = b"\x30\x62\0\x01#\x40".to_vec();
    packet.resize(100, 0);
    let mut buffer = [0; 32];
    let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
    decoder.set_version(Version::V5);
    let error = decoder.next_item(&mut &packet[..]).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (ErrorKind::PacketTooLarge, 1));
}

#[test]
fn a_buffer_may_be_smaller_than_a_header() {
    for size in 0..3 {
        let mut buffer = vec![0; size];
        let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
        decoder.set_version(Version::V5);
        let item = decoder.next_item(&mut &b"\xC0\0"[..]);
        match item {
            Ok(item) => assert_eq!((size, item), (2, Some(StreamItem::Packet(Packet::PingReq)))),
            Err(error) => assert!(size < 2 && error.kind() == ErrorKind::PacketTooLarge, "{error}"),
        }
    }
}

#[test]
fn a_head_is_handed_out_with_all_that_is_in_it() {
    let mut buffer = [0; 16];
    let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
    decoder.set_version(Version::V311);
    let expected = Publish {
        qos: QoS::AtLeastOnce,
        topic: "a/b",
        packet_id: PacketId::new(7),
        ..Publish::default()
    };
    let item = decoder.next_item(&mut &PUBLISH[..]);
    assert_eq!(item, Ok(Some(StreamItem::PublishHead { publish: expected, payload_len: 31 })));
}

#[cfg(feature = "alloc")]
mod frames {
    use mqtt_core::FrameBuffer;

    use super::*;

    const CONNECT: &[u8] = b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a";

    /// 131 bytes, of which three are the header.
    fn large() -> Vec<u8> {
        [b"\x30\x80\x01\0\x01a\0", &[b'x'; 124][..]].concat()
    }

    #[test]
    fn a_header_is_judged_by_what_held_at_its_first_byte() {
        let large = large();
        for cut in 1..3 {
            let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
            frames.set_version(Version::V5);
            assert_eq!(frames.next_frame(&mut &large[..cut]), Ok(None));
            frames.set_limits(limits(130));
            let frame = frames.next_frame(&mut &large[cut..]);
            assert_eq!(frame, Ok(Some(&large[..])), "the limit came later");
            let error = frames.next_frame(&mut &large[..]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PacketTooLarge);

            let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
            frames.set_version(Version::V5);
            frames.set_limits(limits(130));
            assert_eq!(frames.next_frame(&mut &large[..cut]), Ok(None));
            frames.set_limits(limits(131));
            let error = frames.next_frame(&mut &large[cut..]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PacketTooLarge, "cut at {cut}");
        }
        // A remaining length in a longer form than needed is an error in 5.0 alone.
        for (before, after) in [(Version::V311, Version::V5), (Version::V5, Version::V311)] {
            let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
            frames.set_version(before);
            assert_eq!(frames.next_frame(&mut &b"\xC0\x80"[..]), Ok(None));
            frames.set_version(after);
            let frame = frames.next_frame(&mut &b"\0"[..]);
            match before {
                Version::V5 => assert_eq!(frame.unwrap_err().kind(), ErrorKind::VarintNotMinimal),
                _ => assert_eq!(frame, Ok(Some(&b"\xC0\x80\0"[..]))),
            }
        }
    }

    #[test]
    fn an_empty_chunk_begins_no_packet() {
        let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
        assert_eq!(frames.next_frame(&mut &[][..]), Ok(None));
        assert!(frames.is_idle());
        frames.set_version(Version::V5);
        frames.set_limits(limits(130));
        let error = frames.next_frame(&mut &large()[..]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PacketTooLarge);
    }

    #[test]
    fn a_cleared_frame_buffer_is_as_new() {
        let small = DecodeOptions { limits: limits(100), ..DecodeOptions::DEFAULT };
        let large = large();
        let mut frames = FrameBuffer::new(small);
        for cut in 0..=large.len() {
            frames.set_version(Version::V5);
            frames.set_limits(limits(1_000));
            let whole = frames.next_frame(&mut &large[..cut]).unwrap().is_some();
            assert_eq!(whole, cut == large.len());
            assert_eq!(frames.is_idle(), cut == 0 || whole);
            frames.clear();
            assert!(frames.is_idle());
            assert_eq!((frames.needed(), frames.buffered()), (2, 0));
            assert_eq!(frames.next_frame(&mut &CONNECT[..]), Ok(Some(CONNECT)));
            let error = frames.next_frame(&mut &b"\xC0\0"[..]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ExpectedConnect, "no version is known");
            assert!(!frames.is_idle());
            frames.clear();
            let error = frames.next_frame(&mut &b"\x10\x63"[..]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PacketTooLarge, "limits as at the beginning");
            frames.clear();
        }
    }

    #[test]
    fn a_frame_buffer_tells_what_is_missing_and_where_a_stream_may_end() {
        let stream = stream();
        let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
        frames.set_version(Version::V5);
        assert_eq!((frames.needed(), frames.is_idle()), (2, true));
        for (byte, missing) in stream.iter().zip(missing(&stream)) {
            let whole = frames.next_frame(&mut core::slice::from_ref(byte)).unwrap().is_some();
            assert_eq!(whole, missing.is_none());
            assert_eq!(frames.needed(), missing.unwrap_or(2));
            assert_eq!(frames.is_idle(), missing.is_none());
        }
    }

    #[test]
    fn a_frame_buffer_shows_no_bytes_of_packets() {
        let connect = b"\x10\x22\0\x04MQTT\x04\xC2\0\x3C\0\x01a\0\x04user\0\x0Ahunter2222....";
        let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
        assert_eq!(frames.next_frame(&mut &connect[..30]), Ok(None));
        let shown = format!("{frames:?}");
        assert!(shown.contains("buffered: 30") && shown.contains("needed: 6"), "{shown}");
        // "hun".
        assert!(!shown.contains("104, 117, 110"), "{shown}");
    }
}
