//! The codec without `std` and without an allocator: decodes, encodes, explains and streams, and
//! says by its exit code which of that went wrong. `check.sh` builds it and looks at its symbols.

#![no_std]
#![no_main]

use core::ffi::c_int;
use core::fmt::{self, Write};
use mqtt_core::{
    Connect, DecodeOptions, Decoded, Packet, PacketId, Properties, Property, Publish, QoS, Status,
    StreamDecoder, StreamItem, Subscribe, Subscription, Subscriptions, TopicFilter, TopicName,
    Version, Will, decode, inspect, mapping,
};

/// A program that fails does not end: the script that runs it has a time limit.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

/// What the C library calls. The attribute is `unsafe` because a name could exist twice; the
/// linker would refuse a second `main`.
#[unsafe(no_mangle)]
extern "C" fn main() -> c_int {
    let checks: [fn() -> Option<()>; 7] =
        [connect, subscribe, publish, refusal, explanation, stream, topics];
    for (check, code) in checks.iter().zip(1..) {
        if check().is_none() {
            return code;
        }
    }
    0
}

/// The version that is judged by. Not a constant, so that nothing is computed in advance.
fn version() -> Version {
    core::hint::black_box(Version::V5)
}

/// Encodes a packet into a buffer, decodes it and compares.
fn there_and_back(packet: &Packet<'_>, expected_len: usize) -> Option<()> {
    let mut buffer = [0; 256];
    let len = packet.encode_to_slice(version(), &mut buffer).ok()?;
    let input = core::hint::black_box(buffer.get(..len)?);
    let Ok(Status::Complete(Decoded { packet: received, consumed })) =
        decode(input, Some(version()), &DecodeOptions::DEFAULT)
    else {
        return None;
    };
    (received == *packet && consumed == len && len == expected_len).then_some(())
}

fn connect() -> Option<()> {
    let will_properties = [Property::WillDelayInterval(5), Property::CorrelationData(&[1, 0xFF])];
    let properties = [Property::ReceiveMaximum(20), Property::UserProperty("site", "north")];
    let packet = Packet::from(Connect {
        client_id: "sensor-7",
        will: Some(Will {
            topic: "sensors/7/state",
            payload: b"lost",
            properties: Properties::new(&will_properties),
            ..Will::default()
        }),
        user_name: Some("sensor"),
        password: Some(b"secret"),
        properties: Properties::new(&properties),
        ..Connect::default()
    });
    there_and_back(&packet, 90)
}

fn subscribe() -> Option<()> {
    let filters = [
        Subscription::new("sensors/+/state", QoS::AtLeastOnce),
        Subscription::new("$share/workers/jobs/#", QoS::ExactlyOnce),
    ];
    let packet = Packet::from(Subscribe {
        filters: Subscriptions::new(&filters),
        ..Subscribe::new(PacketId::MIN)
    });
    there_and_back(&packet, 47)
}

fn publish() -> Option<()> {
    let properties = [Property::ContentType("text/plain"), Property::TopicAlias(3)];
    let packet = Packet::from(Publish {
        qos: QoS::AtLeastOnce,
        packet_id: PacketId::new(7),
        topic: "sensors/7/state",
        properties: Properties::new(&properties),
        payload: b"21.5",
        ..Publish::default()
    });
    there_and_back(&packet, 42)
}

/// A filter where a topic belongs is refused by the decoder and by the encoder.
fn refusal() -> Option<()> {
    let input = core::hint::black_box(b"\x30\x04\0\x01#\0");
    let error = decode(input, Some(version()), &DecodeOptions::DEFAULT).err()?;
    let packet = Packet::from(Publish { topic: "#", ..Publish::default() });
    let mut text = Text { bytes: [0; 512], len: 0 };
    write!(text, "{error}; {}", packet.encoded_len(version()).err()?).ok()?;
    (error.offset() == 4 && text.contains("byte 4")).then_some(())
}

/// Text in a buffer.
struct Text {
    bytes: [u8; 512],
    len: usize,
}

impl Text {
    fn contains(&self, part: &str) -> bool {
        let text = self.bytes.get(..self.len).unwrap_or(&[]);
        text.windows(part.len()).any(|window| window == part.as_bytes())
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

fn explanation() -> Option<()> {
    let mut text = Text { bytes: [0; 512], len: 0 };
    let input = core::hint::black_box(b"\xE0\x01\x8B");
    write!(text, "{}", inspect(input, Some(version()), &DecodeOptions::DEFAULT)).ok()?;
    (text.contains("DISCONNECT") && text.contains("e0")).then_some(())
}

/// A PUBLISH of 1,000 bytes through a buffer of 16, one byte at a time.
fn stream() -> Option<()> {
    let mut buffer = [0; 16];
    let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
    decoder.set_version(version());
    let head = b"\x30\xEC\x07\0\x01a\0"; // remaining length 1,004
    let (mut heads, mut received) = (0, 0);
    for byte in head.iter().chain(core::iter::repeat_n(&b'x', 1_000)) {
        let mut input = core::slice::from_ref(byte);
        while let Some(item) = decoder.next_item(&mut input).ok()? {
            match item {
                StreamItem::PublishHead { publish, payload_len: 1_000 } if publish.topic == "a" => {
                    heads += 1;
                }
                StreamItem::Payload { bytes, last } => {
                    received += bytes.len();
                    if last != (received == 1_000) {
                        return None;
                    }
                }
                _ => return None,
            }
        }
    }
    (heads == 1 && received == 1_000).then_some(())
}

/// A filter matches, and goes to AMQP and back.
fn topics() -> Option<()> {
    let text = core::hint::black_box("$share/g/site/+/#");
    let filter = TopicFilter::for_version(text, version()).ok()?;
    let name = TopicName::new(core::hint::black_box("site/7/state")).ok()?;
    let (exchange, key) = mapping::filter_to_exchange(filter.filter()).ok()?;
    let (mut there, mut back) = ([0; 32], [0; 32]);
    let key = key.write_to_slice(&mut there).ok()?;
    let back = mapping::exchange_to_filter(exchange, key).ok()?.write_to_slice(&mut back).ok()?;
    (filter.matches(name) && key == "*.#" && back == "site/+/#").then_some(())
}
