//! What is allocated: nothing by the codec, and by `FrameBuffer` no more than the bytes it was fed.
//!
//! The allocator of this test counts per thread. Every shared vector is tried.

#[allow(dead_code)] // used in part
#[path = "common/vectors.rs"]
mod common;

use allocation_counter::{AllocationInfo, measure};
use common::{Expectation, Vector, vectors, version_of};
use core::fmt::{self, Write};
use mqtt_core::{
    Connect, DecodeOptions, Decoded, FrameBuffer, Packet, PacketId, Properties, Property, Publish,
    PublishWriter, QoS, Status, StreamDecoder, StreamItem, Subscribe, Subscription, Subscriptions,
    Version, decode, inspect,
};

/// Takes text and keeps none of it.
struct Count(usize);

impl Write for Count {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

/// Runs `check` for each vector and fails with those that allocate.
fn none_allocates<'v>(
    vectors: impl Iterator<Item = &'v Vector>,
    mut check: impl FnMut(&'v Vector),
) {
    let (mut total, mut failed) = (0, Vec::new());
    for vector in vectors {
        let info = measure(|| check(vector));
        total += 1;
        if info.count_total > 0 {
            failed.push(format!("{} {}: {info:?}", vector.place, vector.name));
        }
    }
    assert!(total > 1000, "{total} vectors");
    assert!(failed.is_empty(), "{} of {total} allocate:\n{}", failed.len(), failed.join("\n"));
}

fn legal() -> impl Iterator<Item = &'static Vector> {
    vectors().iter().filter(|vector| matches!(vector.expectation, Expectation::Legal { .. }))
}

fn packet(vector: &'static Vector) -> Packet<'static> {
    match decode(&vector.input, vector.version, &vector.options) {
        Ok(Status::Complete(Decoded { packet, .. })) => packet,
        other => panic!("{}: {other:?}", vector.place),
    }
}

/// Walks all that is read lazily; gives the bytes seen, so that nothing is optimised away.
fn walk(packet: &Packet<'_>) -> usize {
    let properties = |list: &Properties<'_>| {
        let by_getter = list.reason_string().map_or(0, str::len)
            + usize::from(list.topic_alias().is_some())
            + list.correlation_data().map_or(0, <[u8]>::len);
        let of_users: usize =
            list.user_properties().map(|(name, value)| name.len() + value.len()).sum();
        by_getter + of_users + list.iter().map(|property| property.id() as usize).sum::<usize>()
    };
    match packet {
        Packet::Connect(packet) => {
            properties(&packet.properties)
                + packet.will.map_or(0, |will| will.topic.len() + properties(&will.properties))
        }
        Packet::ConnAck(packet) => properties(&packet.properties),
        Packet::Publish(packet) => packet.topic.len() + properties(&packet.properties),
        Packet::PubAck(packet) => properties(&packet.properties),
        Packet::PubRec(packet) => properties(&packet.properties),
        Packet::PubRel(packet) => properties(&packet.properties),
        Packet::PubComp(packet) => properties(&packet.properties),
        Packet::Subscribe(packet) => {
            let filters = packet.filters.iter().map(|filter| filter.filter.len());
            properties(&packet.properties) + filters.sum::<usize>()
        }
        Packet::Unsubscribe(packet) => {
            properties(&packet.properties) + packet.filters.iter().map(str::len).sum::<usize>()
        }
        Packet::SubAck(packet) => properties(&packet.properties) + packet.reasons.iter().count(),
        Packet::UnsubAck(packet) => properties(&packet.properties) + packet.reasons.iter().count(),
        Packet::PingReq | Packet::PingResp => 0,
        Packet::Disconnect(packet) => properties(&packet.properties),
        Packet::Auth(packet) => properties(&packet.properties),
    }
}

#[test]
fn the_counter_counts() {
    let info = measure(|| drop(core::hint::black_box(vec![0_u8; 100])));
    assert_eq!((info.count_total, info.bytes_max, info.bytes_current), (1, 100, 0));
}

#[test]
fn decoding_walking_and_comparing_allocate_nothing() {
    none_allocates(vectors().iter(), |vector| {
        let outcome = decode(&vector.input, vector.version, &vector.options);
        match &outcome {
            Ok(Status::Complete(decoded)) => {
                core::hint::black_box(walk(&decoded.packet));
                assert_eq!(decoded.packet, decoded.packet);
            }
            Ok(Status::Incomplete { .. }) => {}
            Err(error) => {
                let mut text = Count(0);
                write!(text, "{error} {error:?} {:?}", error.response()).expect("counting");
                assert!(text.0 > 0 && !error.statement().is_empty());
            }
        }
    });
}

#[test]
fn encoding_into_a_slice_allocates_nothing() {
    let mut out = vec![0; 1 << 20];
    none_allocates(legal(), |vector| {
        let packet = packet(vector);
        let version = version_of(&packet, vector.version);
        // What leniency let pass is refused, also without a word on the heap.
        if let Ok(len) = packet.encode_to_slice(version, &mut out) {
            assert_eq!(packet.encoded_len(version), Ok(len));
            let head = packet.encode_head(version, &mut out).expect("the head of the packet");
            assert_eq!(head + packet.payload().len(), len);
            assert!(packet.fit(version, u32::MAX).is_ok());
            let _ = packet.fit(version, len as u32 / 2);
        }
    });
}

#[test]
fn encoding_values_allocates_nothing() {
    let mut out = [0; 512];
    let info = measure(|| {
        let connect = Connect {
            client_id: "sensor-7",
            properties: Properties::new(&[Property::UserProperty("site", "north")]),
            ..Connect::default()
        };
        let filters = [Subscription::new("a/#", QoS::ExactlyOnce)];
        let subscribe =
            Subscribe { filters: Subscriptions::new(&filters), ..Subscribe::new(PacketId::MIN) };
        for packet in [Packet::from(connect), Packet::from(subscribe)] {
            packet.encode_to_slice(Version::V5, &mut out).expect("room");
        }
        let publish = Publish { topic: "a", ..Publish::default() };
        let (mut writer, len) =
            PublishWriter::begin(&publish, 1 << 20, Version::V5, &mut out).expect("room");
        writer.part(1 << 20).expect("the payload");
        writer.finish().expect("all of it");
        assert_eq!(len, 8);
        let refused = Publish { topic: "#", ..Publish::default() };
        let error = Packet::from(refused).encoded_len(Version::V5).expect_err("a wildcard");
        write!(Count(0), "{error} {error:?}").expect("counting");
    });
    assert_eq!(info.count_total, 0);
}

#[test]
fn inspecting_allocates_nothing() {
    none_allocates(vectors().iter(), |vector| {
        let inspection = inspect(&vector.input, vector.version, &vector.options);
        let (mut short, mut full) = (Count(0), Count(0));
        write!(short, "{inspection}").expect("counting");
        write!(full, "{inspection:#}").expect("counting");
        assert!(short.0 > 0 && full.0 > 0);
    });
}

#[test]
fn stream_decoding_allocates_nothing() {
    let mut buffer = vec![0; 1 << 20];
    none_allocates(legal(), |vector| {
        // In a buffer for the whole packet, and in one for the head of a PUBLISH at most.
        for size in [buffer.len(), vector.input.len().saturating_sub(1).min(64)] {
            let mut decoder = StreamDecoder::new(&mut buffer[..size], vector.options);
            if let Some(version) = vector.version {
                decoder.set_version(version);
            }
            let mut items = 0;
            for byte in &vector.input {
                let mut input = core::slice::from_ref(byte);
                while let Ok(Some(item)) = decoder.next_item(&mut input) {
                    items += 1;
                    if let StreamItem::Packet(packet) = item {
                        core::hint::black_box(walk(&packet));
                    }
                }
            }
            assert!(items > 0 || size <= 64, "{}", vector.place);
        }
    });
}

#[test]
fn packets_that_come_whole_are_not_copied() {
    none_allocates(legal(), |vector| {
        let mut frames = FrameBuffer::new(vector.options);
        if let Some(version) = vector.version {
            frames.set_version(version);
        }
        for _ in 0..2 {
            let mut input = vector.input.as_slice();
            let frame = frames.next_frame(&mut input).expect("a legal packet");
            assert_eq!(frame.map(<[u8]>::as_ptr), Some(vector.input.as_ptr()), "{}", vector.place);
        }
    });
}

/// A PUBLISH of 268,435,460 bytes begins so.
const HUGE: &[u8] = b"\x30\xFF\xFF\xFF\x7F\0\x01a";

/// Feeds `len` bytes of a huge packet in chunks and measures what is held and what was at most.
fn feed(frames: &mut FrameBuffer, len: usize, chunk: usize) -> AllocationInfo {
    let zeros = vec![0; chunk];
    measure(|| {
        assert_eq!(frames.next_frame(&mut &HUGE[..len.min(HUGE.len())]), Ok(None));
        let mut left = len.saturating_sub(HUGE.len());
        while left > 0 {
            let mut input = &zeros[..left.min(chunk)];
            left -= input.len();
            assert_eq!(frames.next_frame(&mut input), Ok(None));
        }
    })
}

fn frames() -> FrameBuffer {
    let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
    frames.set_version(Version::V311);
    frames
}

#[test]
fn memory_follows_the_bytes_that_came_and_not_the_length_declared() {
    for (len, chunk) in [(5, 1), (10, 10), (10, 1), (100, 7), (5_000, 1_448), (1 << 20, 4_096)] {
        let mut frames = frames();
        let info = feed(&mut frames, len, chunk);
        assert_eq!(frames.buffered(), len);
        assert_eq!(frames.needed(), 268_435_460 - len);
        let held = u64::try_from(info.bytes_current).expect("more is allocated than freed");
        // A vector doubles, and has both the old and the new memory for a moment.
        assert!(held <= 2 * len as u64 + 16, "{len} in {chunk}: {info:?}");
        assert!(info.bytes_max <= 3 * len as u64 + 16, "{len} in {chunk}: {info:?}");
        let freed = measure(|| drop(frames));
        assert_eq!(freed.bytes_current, -info.bytes_current);
    }
}

#[test]
fn one_byte_at_a_time_moves_no_byte_more_than_a_few_times() {
    let info = feed(&mut frames(), 1 << 18, 1);
    assert!(info.count_total <= 20, "{info:?}");
    assert!(info.bytes_total <= 4 << 18, "{info:?}");
}

#[test]
fn a_refused_header_holds_nothing() {
    let mut options = DecodeOptions::DEFAULT;
    options.limits.max_packet_size = 1 << 20;
    let mut frames = FrameBuffer::new(options);
    frames.set_version(Version::V311);
    let info = measure(|| {
        for byte in HUGE {
            let _ = frames.next_frame(&mut core::slice::from_ref(byte));
        }
    });
    assert!(frames.next_frame(&mut &b"\xC0\0"[..]).is_err());
    assert_eq!(info.bytes_current, 0, "{info:?}");
    assert!(info.bytes_max <= 16, "{info:?}");
}

#[test]
fn memory_is_kept_for_small_packets_and_given_back_after_a_large_one() {
    const LARGE: usize = 1 << 20;
    let mut frames = frames();
    // Remaining length 1 MiB, then a PUBLISH of that size.
    let publish = [&b"\x30\x80\x80\x40\0\x01a"[..], &vec![0; LARGE - 3]].concat();
    let (front, back) = publish.split_at(LARGE / 2);
    let info = measure(|| {
        assert_eq!(frames.next_frame(&mut &*front), Ok(None));
        let frame = frames.next_frame(&mut &*back).expect("a PUBLISH").map(<[u8]>::len);
        assert_eq!(frame, Some(publish.len()));
    });
    assert!(info.bytes_current as usize >= LARGE);
    let after = measure(|| assert_eq!(frames.next_frame(&mut &b""[..]), Ok(None)));
    let held = info.bytes_current + after.bytes_current;
    assert!(held <= 64 * 1024, "{held} bytes are held for nothing");
    // What is left is used again and again.
    let small = measure(|| {
        for _ in 0..1000 {
            assert_eq!(frames.next_frame(&mut &b"\x30\x05\0"[..]), Ok(None));
            let frame = frames.next_frame(&mut &b"\x01a01"[..]).expect("a PUBLISH");
            assert_eq!(frame, Some(&b"\x30\x05\0\x01a01"[..]));
        }
    });
    assert_eq!(small.count_total, 0, "{small:?}");
}
