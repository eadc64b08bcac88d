//! The packets every benchmark reads: fixed bytes, made here and by no codec under test.
//!
//! | case | packet |
//! |---|---|
//! | a | PUBLISH, QoS 0, payload of 16 bytes |
//! | b | PUBLISH, QoS 1, payload of 256 bytes; in 5.0 six properties, 432 bytes in all |
//! | c | PUBLISH, QoS 0, payload of 64 KiB |
//! | d | CONNECT with will, user name and password; in 5.0 with properties, also of the will |
//! | e | SUBSCRIBE, eight filters; in 5.0 with a subscription identifier |
//! | f | PUBACK |
//! | g | 10,000 packets: 70 % a, 15 % b, 10 % f, 3 % e, 2 % PINGREQ, in a fixed shuffled order |
//!
//! Beside the bytes stand the [`Fact`]s: each value a decoder must find in them, so that a harness
//! can tell a decoder that reads everything from one that fails early and looks fast.

use crate::random::Random;
use std::sync::OnceLock;

/// The topic of every PUBLISH, 25 bytes.
pub const TOPIC: &str = "plant/7/line/2/temp/00142";

/// The number of packets in the stream g.
pub const STREAM_PACKETS: usize = 10_000;

/// The protocol version a packet is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// MQTT 3.1.1.
    V311,
    /// MQTT 5.0.
    V5,
}

impl Protocol {
    /// Both versions.
    pub const ALL: [Protocol; 2] = [Protocol::V311, Protocol::V5];

    /// The version as the standards write it.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::V311 => "3.1.1",
            Protocol::V5 => "5.0",
        }
    }
}

/// One row of the corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// PUBLISH, QoS 0, 16 bytes.
    A,
    /// PUBLISH, QoS 1, 256 bytes, properties in 5.0.
    B,
    /// PUBLISH, QoS 0, 64 KiB.
    C,
    /// CONNECT.
    D,
    /// SUBSCRIBE.
    E,
    /// PUBACK.
    F,
    /// The mixed stream.
    G,
}

impl Case {
    /// Every case, in order.
    pub const ALL: [Case; 7] = [Case::A, Case::B, Case::C, Case::D, Case::E, Case::F, Case::G];

    /// The letter of the case.
    pub fn name(self) -> &'static str {
        ["a", "b", "c", "d", "e", "f", "g"][self as usize]
    }

    /// What the case holds, for a legend.
    pub fn title(self) -> &'static str {
        match self {
            Case::A => "PUBLISH QoS 0, 16 B",
            Case::B => "PUBLISH QoS 1, 256 B (5.0: 6 properties)",
            Case::C => "PUBLISH QoS 0, 64 KiB",
            Case::D => "CONNECT with will, user, password",
            Case::E => "SUBSCRIBE, 8 filters",
            Case::F => "PUBACK",
            Case::G => "10,000 mixed packets",
        }
    }
}

/// A value that a packet carries: text and binary data as they are, numbers as eight bytes.
pub type Fact = Vec<u8>;

/// The bytes of one case, and what they mean.
#[derive(Debug)]
pub struct Sample {
    /// One packet, or the packets of the stream one after the other.
    pub bytes: Vec<u8>,
    /// How many packets `bytes` holds.
    pub packets: usize,
    /// What a decoder finds in `bytes`, in no particular order.
    pub facts: Vec<Fact>,
}

/// The sample of one case; built when first asked for, the same in every run.
pub fn sample(protocol: Protocol, case: Case) -> &'static Sample {
    static SAMPLES: [OnceLock<Sample>; Protocol::ALL.len() * Case::ALL.len()] =
        [const { OnceLock::new() }; Protocol::ALL.len() * Case::ALL.len()];
    let index = protocol as usize * Case::ALL.len() + case as usize;
    SAMPLES[index].get_or_init(|| build(protocol, case))
}

fn build(protocol: Protocol, case: Case) -> Sample {
    let random = Random::new(7);
    let mut writer = Writer { protocol, bytes: Vec::new(), facts: Vec::new(), random };
    let mut packets = 1;
    match case {
        Case::A => writer.publish(0, 16, false),
        Case::B => writer.publish(0x1234, 256, true),
        Case::C => writer.publish(0, 65_536, false),
        Case::D => writer.connect(),
        Case::E => writer.subscribe(0x1235),
        Case::F => writer.puback(0x1234),
        Case::G => {
            packets = STREAM_PACKETS;
            for (index, kind) in order().into_iter().enumerate() {
                // Never zero: there are fewer packets than identifiers.
                let id = index as u16 + 1;
                match kind {
                    Some(Case::A) => writer.publish(0, 16, false),
                    Some(Case::B) => writer.publish(id, 256, true),
                    Some(Case::E) => writer.subscribe(id),
                    Some(_) => writer.puback(id),
                    None => writer.packet(0xC0, &[]),
                }
            }
        }
    }
    Sample { bytes: writer.bytes, packets, facts: writer.facts }
}

/// The kinds of the stream's packets, shuffled; `None` is a PINGREQ.
fn order() -> Vec<Option<Case>> {
    let shares =
        [(Some(Case::A), 70), (Some(Case::B), 15), (Some(Case::F), 10), (Some(Case::E), 3)];
    let mut kinds: Vec<Option<Case>> = Vec::with_capacity(STREAM_PACKETS);
    for (kind, percent) in shares {
        kinds.extend(core::iter::repeat_n(kind, STREAM_PACKETS * percent / 100));
    }
    kinds.resize(STREAM_PACKETS, None);
    Random::new(42).shuffle(&mut kinds);
    kinds
}

/// What a property holds; the identifier decides nothing else in this little builder.
enum Value<'a> {
    U16(u16),
    U32(u32),
    /// Below 128, so one byte.
    Short(u8),
    Data(&'a [u8]),
    Pair(&'a str, &'a str),
}

struct Writer {
    protocol: Protocol,
    bytes: Vec<u8>,
    facts: Vec<Fact>,
    random: Random,
}

impl Writer {
    fn int(&mut self, value: u64) {
        self.facts.push(value.to_be_bytes().to_vec());
    }

    /// Writes length and bytes, as strings and binary data are written, and notes the fact.
    fn field(&mut self, body: &mut Vec<u8>, value: &[u8]) {
        body.extend_from_slice(&(value.len() as u16).to_be_bytes());
        body.extend_from_slice(value);
        self.facts.push(value.to_vec());
    }

    fn properties(&mut self, body: &mut Vec<u8>, properties: &[(u8, Value<'_>)]) {
        if self.protocol == Protocol::V311 {
            return;
        }
        let mut block = Vec::new();
        for (id, value) in properties {
            block.push(*id);
            match value {
                Value::U16(value) => {
                    block.extend_from_slice(&value.to_be_bytes());
                    self.int((*value).into());
                }
                Value::U32(value) => {
                    block.extend_from_slice(&value.to_be_bytes());
                    self.int((*value).into());
                }
                Value::Short(value) => {
                    block.push(*value);
                    self.int((*value).into());
                }
                Value::Data(value) => self.field(&mut block, value),
                Value::Pair(key, value) => {
                    self.field(&mut block, key.as_bytes());
                    self.field(&mut block, value.as_bytes());
                }
            }
        }
        push_varint(body, block.len());
        body.extend_from_slice(&block);
    }

    fn packet(&mut self, first_byte: u8, body: &[u8]) {
        self.bytes.push(first_byte);
        push_varint(&mut self.bytes, body.len());
        self.bytes.extend_from_slice(body);
    }

    /// QoS 1 when there is a packet identifier, else QoS 0; neither DUP nor RETAIN.
    fn publish(&mut self, id: u16, payload_len: usize, with_properties: bool) {
        let qos = u8::from(id != 0);
        let mut body = Vec::new();
        for flag in [0, 0, qos] {
            self.int(flag.into());
        }
        self.field(&mut body, TOPIC.as_bytes());
        if id != 0 {
            self.int(id.into());
            body.extend_from_slice(&id.to_be_bytes());
        }
        let correlation = self.random.bytes(16);
        let trace = self.random.bytes(16).iter().map(|b| format!("{b:02x}")).collect::<String>();
        let properties = [
            (0x02, Value::U32(86_400)),
            (0x03, Value::Data(b"application/cbor")),
            (0x08, Value::Data(b"replies/gateway-0042")),
            (0x09, Value::Data(&correlation)),
            (0x26, Value::Pair("trace", &trace)),
            (0x26, Value::Pair("schema", "telemetry.reading@3.2.1")),
        ];
        self.properties(&mut body, if with_properties { &properties } else { &[] });
        let payload = self.random.bytes(payload_len);
        body.extend_from_slice(&payload);
        self.facts.push(payload);
        self.packet(0x30 | qos << 1, &body);
    }

    fn connect(&mut self) {
        let level = if self.protocol == Protocol::V5 { 5 } else { 4 };
        // User name, password, will retained with QoS 1, clean.
        let mut body = vec![0, 4, b'M', b'Q', b'T', b'T', level, 0b1110_1110, 0, 60];
        for value in [1, 60, 1, 1] {
            self.int(value);
        }
        let properties = [
            (0x11, Value::U32(3_600)),
            (0x21, Value::U16(128)),
            (0x27, Value::U32(1_048_576)),
            (0x22, Value::U16(16)),
            (0x26, Value::Pair("firmware", "gw-2.14.3")),
        ];
        self.properties(&mut body, &properties);
        self.field(&mut body, b"gateway-north-0042-a7f3c2");
        let will_properties = [
            (0x18, Value::U32(30)),
            (0x02, Value::U32(86_400)),
            (0x03, Value::Data(b"text/plain")),
            (0x26, Value::Pair("reason", "connection lost")),
        ];
        self.properties(&mut body, &will_properties);
        self.field(&mut body, b"site/north/gateway/0042/status");
        self.field(&mut body, b"offline");
        self.field(&mut body, b"gateway-0042");
        self.field(&mut body, b"kX9-vR2mQ7tLw4pZ8sBn");
        self.packet(0x10, &body);
    }

    fn subscribe(&mut self, id: u16) {
        // Options of 5.0: QoS, No Local (4), Retain As Published (8), Retain Handling (16, 32).
        const FILTERS: [(&str, u8); 8] = [
            ("plant/7/line/2/temp/+", 1),
            ("plant/7/line/+/vibration", 8),
            ("plant/+/alarms/#", 2 | 16),
            ("$share/ingest/plant/7/#", 1),
            ("site/north/gateway/0042/status", 1 | 4),
            ("plant/7/line/2/pressure", 0),
            ("device/+/telemetry", 8 | 32),
            ("fleet/config/update", 2),
        ];
        let mut body = id.to_be_bytes().to_vec();
        self.int(id.into());
        self.properties(&mut body, &[(0x0B, Value::Short(42))]);
        for (filter, options) in FILTERS {
            self.field(&mut body, filter.as_bytes());
            self.int((options & 3).into());
            if self.protocol == Protocol::V5 {
                for value in [options >> 2 & 1, options >> 3 & 1, options >> 4] {
                    self.int(value.into());
                }
                body.push(options);
            } else {
                body.push(options & 3);
            }
        }
        self.packet(0x82, &body);
    }

    /// Success, in 5.0 by the short form that leaves the reason code out.
    fn puback(&mut self, id: u16) {
        self.int(id.into());
        if self.protocol == Protocol::V5 {
            self.int(0);
        }
        self.packet(0x40, &id.to_be_bytes());
    }
}

pub(crate) fn push_varint(out: &mut Vec<u8>, mut value: usize) {
    while value >= 128 {
        out.push((value & 127) as u8 | 128);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_announced() {
        let len = |protocol, case| sample(protocol, case).bytes.len();
        assert_eq!(TOPIC.len(), 25);
        assert_eq!(len(Protocol::V311, Case::A), 45);
        assert_eq!(len(Protocol::V5, Case::A), 46);
        assert_eq!(len(Protocol::V311, Case::B), 288);
        assert_eq!(len(Protocol::V5, Case::B), 432);
        assert_eq!(len(Protocol::V311, Case::C), 4 + 27 + 65_536);
        assert_eq!(len(Protocol::V5, Case::F), 4);
    }

    #[test]
    fn the_stream_has_the_announced_average() {
        let average =
            |protocol| sample(protocol, Case::G).bytes.len() as f64 / STREAM_PACKETS as f64;
        assert_eq!(average(Protocol::V311).round(), 81.0);
        assert_eq!(average(Protocol::V5).round(), 104.0);
    }

    #[test]
    fn the_stream_has_the_announced_mix() {
        for protocol in Protocol::ALL {
            let mut rest = &sample(protocol, Case::G).bytes[..];
            let mut counts = [0; 16];
            while !rest.is_empty() {
                counts[usize::from(rest[0] >> 4)] += 1;
                let size = rest[1..].iter().take_while(|byte| **byte >= 128).count() + 1;
                let digits = rest[1..=size].iter().rev();
                let body = digits.fold(0, |sum, byte| sum << 7 | usize::from(byte & 127));
                rest = &rest[1 + size + body..];
            }
            assert_eq!((counts[3], counts[4], counts[8], counts[12]), (8_500, 1_000, 300, 200));
        }
    }
}
