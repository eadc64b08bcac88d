//! Packets from a source of choices, legal ones and ones with mistakes.

use super::sample::{Sample, SampleProperty, SampleWill};
use crate::{
    PacketId, PacketType, PropertyId, QoS, ReasonCode, RetainHandling, SubscriptionOptions, Version,
};
use std::{borrow::ToOwned, string::String, vec, vec::Vec};

/// Makes choices. Where there are none left, it takes the first: that gives the smallest packet.
pub trait Source {
    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: u32) -> u32;
}

impl Sample {
    /// All packet types.
    pub const TYPES: [PacketType; 15] = [
        PacketType::PingReq,
        PacketType::PingResp,
        PacketType::Publish,
        PacketType::Connect,
        PacketType::ConnAck,
        PacketType::PubAck,
        PacketType::PubRec,
        PacketType::PubRel,
        PacketType::PubComp,
        PacketType::Subscribe,
        PacketType::SubAck,
        PacketType::Unsubscribe,
        PacketType::UnsubAck,
        PacketType::Disconnect,
        PacketType::Auth,
    ];

    /// Makes a packet, legal or not, of any version.
    pub fn generate(source: &mut impl Source) -> Self {
        let version = pick(source, &[Version::V5, Version::V311, Version::V31]);
        let legal = source.below(2) == 0;
        Self::of(version, legal, source)
    }

    /// Makes a packet of this version, and a legal one if that is asked for.
    pub fn of(version: Version, legal: bool, source: &mut impl Source) -> Self {
        let mut maker = Maker { source, legal, version };
        let packet = match maker.pick(&Self::TYPES) {
            PacketType::Auth if version != Version::V5 && !maker.mistake() => PacketType::PingReq,
            packet => packet,
        };
        maker.sample(packet)
    }
}

/// Pieces of strings that are legal everywhere but in a filter with wildcards.
const PIECES: &[&str] = &[
    "a",
    "",
    "sensor",
    "é",
    "€",
    "😀",
    "\u{FEFF}",
    " ",
    "\u{1}",
    "\u{85}",
    "\u{FFFF}",
    "$SYS",
    "/",
    "{\"t\":21.5}",
];
/// Pieces that break a rule somewhere.
const BAD_PIECES: &[&str] = &[
    "\0",
    "a\0",
    "#",
    "+",
    "a/#/b",
    "a+",
    "+/#",
    "$share/",
    "$share//a",
    "$share/+/a",
    "$share/g/",
    "$share/g/#",
    "24-characters-are-longer",
];
const LEVELS: &[&str] = &["a", "", "b", "sensor", "é", "$SYS", "\u{FEFF}"];
/// Edges of the integers of the standard.
const NUMBERS: &[u32] = &[
    1,
    0,
    2,
    127,
    128,
    255,
    256,
    16_383,
    16_384,
    65_535,
    65_536,
    2_097_151,
    2_097_152,
    268_435_455,
    268_435_456,
    u32::MAX,
];
/// The longest string.
const LONGEST: usize = 65_535;

fn pick<T: Copy>(source: &mut impl Source, items: &[T]) -> T {
    items[source.below(items.len() as u32) as usize]
}

struct Maker<'s, S> {
    source: &'s mut S,
    legal: bool,
    version: Version,
}

impl<S: Source> Maker<'_, S> {
    fn below(&mut self, bound: u32) -> u32 {
        self.source.below(bound)
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        pick(self.source, items)
    }

    fn flip(&mut self) -> bool {
        self.below(2) == 1
    }

    /// Now and then, unless the packet is to be legal.
    fn mistake(&mut self) -> bool {
        !self.legal && self.below(12) == 11
    }

    fn v5(&self) -> bool {
        self.version == Version::V5
    }

    fn sample(&mut self, packet: PacketType) -> Sample {
        use PacketType as P;
        let mut sample = Sample {
            legal: self.legal,
            version: self.version,
            packet,
            connect_version: self.version,
            flag: self.flip(),
            retain: false,
            qos: QoS::AtMostOnce,
            packet_id: Some(self.packet_id()),
            keep_alive: 0,
            text: String::new(),
            payload: Vec::new(),
            will: None,
            user_name: None,
            password: None,
            reason: ReasonCode::SUCCESS,
            reasons: Vec::new(),
            filters: Vec::new(),
            properties: Vec::new(),
        };
        match packet {
            P::Connect => self.connect(&mut sample),
            P::PubAck | P::PubRec | P::PubRel | P::PubComp | P::Disconnect | P::Auth => {
                sample.reason = self.reason(packet);
            }
            P::ConnAck => {
                sample.reason = self.reason(packet);
                let refused = sample.reason != ReasonCode::SUCCESS;
                if (refused || self.version == Version::V31) && !self.mistake() {
                    sample.flag = false;
                }
            }
            P::Publish => self.publish(&mut sample),
            P::Subscribe | P::Unsubscribe => {
                let count = if self.mistake() { 0 } else { 1 + self.below(4) };
                sample.filters = (0..count).map(|_| self.subscription()).collect();
            }
            P::SubAck | P::UnsubAck => {
                let none = packet == P::UnsubAck && !self.v5();
                let count = if none != self.mistake() { 0 } else { 1 + self.below(4) };
                sample.reasons = (0..count).map(|_| self.reason(packet)).collect();
            }
            P::PingReq | P::PingResp => return sample,
        }
        sample.properties = self.properties(Some(packet));
        if packet == P::Publish && sample.text.is_empty() && !self.mistake() {
            let aliased = sample.properties.iter().any(|has| has.id == PropertyId::TopicAlias);
            if !aliased {
                sample.text.push('a');
            }
        }
        sample
    }

    fn connect(&mut self, sample: &mut Sample) {
        if self.mistake() {
            sample.connect_version = self.pick(&[Version::V31, Version::V311, Version::V5]);
        }
        sample.keep_alive = self.number() as u16;
        sample.text = self.client_id(sample.flag);
        if self.flip() {
            sample.will = Some(SampleWill {
                topic: self.topic(),
                payload: self.bytes(),
                qos: self.qos(),
                retain: self.flip(),
                properties: self.properties(None),
            });
        }
        if self.flip() {
            sample.user_name = Some(self.text());
        }
        let alone_is_legal = sample.user_name.is_some() || self.v5();
        if self.flip() && (alone_is_legal || self.mistake()) {
            sample.password = Some(self.bytes());
        }
    }

    fn publish(&mut self, sample: &mut Sample) {
        sample.qos = self.qos();
        sample.retain = self.flip();
        sample.text = if self.v5() && self.below(8) == 7 { String::new() } else { self.topic() };
        if sample.qos == QoS::AtMostOnce {
            if !self.mistake() {
                sample.packet_id = None;
            }
            if !self.mistake() {
                sample.flag = false;
            }
        } else if self.mistake() {
            sample.packet_id = None;
        }
        sample.payload = match self.below(16) {
            15 => vec![0xA5; 1 + self.below(20_000) as usize],
            _ => self.bytes(),
        };
    }

    fn packet_id(&mut self) -> PacketId {
        PacketId::new(self.number() as u16).unwrap_or(PacketId::MAX)
    }

    fn qos(&mut self) -> QoS {
        self.pick(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce])
    }

    fn number(&mut self) -> u32 {
        if self.flip() { self.below(u32::MAX) } else { self.pick(NUMBERS) }
    }

    fn reason(&mut self, packet: PacketType) -> ReasonCode {
        let reason = ReasonCode(self.below(256) as u8);
        if self.mistake() || reason.is_legal(packet, self.version) {
            return reason;
        }
        if !self.v5() && !matches!(packet, PacketType::ConnAck | PacketType::SubAck) {
            return ReasonCode::SUCCESS;
        }
        // The next one that is legal.
        let codes = (1..=u8::MAX).map(|step| ReasonCode(reason.0.wrapping_add(step)));
        codes.into_iter().find(|code| code.is_legal(packet, self.version)).unwrap_or_default()
    }

    fn bytes(&mut self) -> Vec<u8> {
        match self.below(4) {
            0 => Vec::new(),
            1 => {
                let len = self.below(40);
                (0..len).map(|_| self.below(256) as u8).collect()
            }
            _ => self.text().into_bytes(),
        }
    }

    fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.below(4) {
            text += self.pick(PIECES);
        }
        if self.mistake() {
            text += self.pick(BAD_PIECES);
        }
        if self.below(256) == 255 {
            let len = if self.mistake() { LONGEST + 1 } else { LONGEST };
            text.extend(core::iter::repeat_n('x', len - text.len()));
        }
        text
    }

    fn client_id(&mut self, clean: bool) -> String {
        if self.mistake() {
            return self.text();
        }
        match self.version {
            Version::V5 => self.text(),
            Version::V311 => {
                let text = self.text();
                if text.is_empty() && !clean { "c".to_owned() } else { text }
            }
            Version::V31 => {
                let character = self.pick(&['c', 'é', '😀']);
                core::iter::repeat_n(character, 1 + self.below(23) as usize).collect()
            }
        }
    }

    fn levels(&mut self) -> String {
        let count = if self.below(256) == 255 { LONGEST / 2 } else { 1 + self.below(4) as usize };
        let mut text = self.pick(LEVELS).to_owned();
        for _ in 1..count {
            text.push('/');
            if count < 8 {
                text += self.pick(LEVELS);
            }
        }
        text
    }

    fn topic(&mut self) -> String {
        if self.mistake() {
            return self.text();
        }
        let text = self.levels();
        if text.is_empty() { "a".to_owned() } else { text }
    }

    fn subscription(&mut self) -> (String, SubscriptionOptions) {
        let mut filter = if self.mistake() { self.text() } else { self.levels() };
        match self.below(4) {
            0 if filter.is_empty() => filter.push('a'),
            0 => {}
            1 if filter.is_empty() => filter.push('#'),
            1 => filter += "/#",
            2 => filter.insert_str(0, "+/"),
            _ => filter += "/+/b",
        }
        let shared = self.below(4) == 3;
        if shared {
            filter.insert_str(0, "$share/g/");
        }
        let mut options = SubscriptionOptions { qos: self.qos(), ..SubscriptionOptions::DEFAULT };
        if self.v5() || self.mistake() {
            options.no_local = (!shared || self.mistake()) && self.flip();
            options.retain_as_published = self.flip();
            options.retain_handling = self.pick(&[
                RetainHandling::SendAlways,
                RetainHandling::SendIfNew,
                RetainHandling::DoNotSend,
            ]);
        }
        (filter, options)
    }

    /// Properties of a packet, or of a will.
    fn properties(&mut self, packet: Option<PacketType>) -> Vec<SampleProperty> {
        let mut list: Vec<SampleProperty> = Vec::new();
        if !self.v5() && !self.mistake() {
            return list;
        }
        let is_allowed = |id: PropertyId| match packet {
            Some(packet) => id.is_allowed_in(packet),
            None => id.is_allowed_in_will(),
        };
        let allowed: Vec<_> =
            PropertyId::ALL.iter().copied().filter(|id| is_allowed(*id)).collect();
        for _ in 0..self.below(6) {
            let mistake = self.mistake();
            let id = self.pick(if mistake { PropertyId::ALL } else { &allowed });
            let repeats = id == PropertyId::UserProperty
                || packet.is_some_and(|packet| id.may_repeat_in(packet));
            if mistake || repeats || list.iter().all(|other| other.id != id) {
                list.push(self.property(id));
            }
        }
        let has = |id| list.iter().any(|property| property.id == id);
        if has(PropertyId::AuthenticationData)
            && !has(PropertyId::AuthenticationMethod)
            && packet != Some(PacketType::Auth)
            && !self.mistake()
        {
            list.push(self.property(PropertyId::AuthenticationMethod));
        }
        list
    }

    fn property(&mut self, id: PropertyId) -> SampleProperty {
        use PropertyId as Id;
        let mut property =
            SampleProperty { id, number: 0, text: String::new(), second: String::new() };
        match id {
            Id::UserProperty => {
                property.text = self.text();
                property.second = self.text();
            }
            Id::ResponseTopic => property.text = self.topic(),
            Id::AssignedClientIdentifier => {
                property.text = self.text();
                if property.text.is_empty() && !self.mistake() {
                    property.text.push('c');
                }
            }
            Id::ContentType
            | Id::CorrelationData
            | Id::AuthenticationMethod
            | Id::AuthenticationData
            | Id::ResponseInformation
            | Id::ServerReference
            | Id::ReasonString => property.text = self.text(),
            _ => {
                let number = self.number();
                property.number = if self.mistake() { number } else { legal_number(id, number) };
            }
        }
        property
    }
}

/// A number that the property may have.
fn legal_number(id: PropertyId, number: u32) -> u32 {
    match id {
        PropertyId::PayloadFormatIndicator | PropertyId::MaximumQoS => number % 2,
        PropertyId::ReceiveMaximum | PropertyId::TopicAlias => number % 65_535 + 1,
        PropertyId::MaximumPacketSize => number.max(1),
        PropertyId::SubscriptionIdentifier => number % 268_435_455 + 1,
        _ => number,
    }
}
