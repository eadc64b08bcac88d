//! The packets: every type, property, flag, option and code, in all versions.

use mqtt_core::{
    Auth, ConnAck, Connect, Disconnect, Packet, PacketId, PacketType, Properties, Property,
    PropertyId, PubAck, PubComp, PubRec, PubRel, Publish, QoS, ReasonCode, ReasonCodes,
    RetainHandling, SubAck, Subscribe, Subscription, SubscriptionOptions, Subscriptions,
    TopicFilters, UnsubAck, Unsubscribe, Version, Will,
};

use crate::capture::{Capture, Connection};

const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];
const QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
const IDS: [PacketId; 3] = [PacketId::MIN, PacketId::new(0x1234).unwrap(), PacketId::MAX];
/// Two bytes, three bytes, four bytes, the byte order mark, quotes, and what XML escapes.
const TEXT: &str = "\u{FEFF}caf\u{E9} \u{4E16}\u{754C} \u{1F600} \"<&>' \\";

/// Writes all packets into the capture.
pub(crate) fn write(capture: &mut Capture) {
    connects(capture);
    connacks(capture);
    for version in VERSIONS {
        publishes(capture, version);
        subscriptions(capture, version);
        acknowledgements(&mut capture.open(version));
        let mut connection = capture.open(version);
        connection.client(Packet::PingReq);
        connection.server(Packet::PingResp);
        connection.client(Disconnect::default());
    }
    codes(capture);
    properties(capture);
    streams(capture);
}

/// Every legal combination of flags, and the ends of every range.
fn connects(capture: &mut Capture) {
    let login = |name: bool, password: bool| {
        (name.then_some("user\u{E9}"), password.then_some(b"secret".as_slice()))
    };
    let mut wills = vec![None, Some(Will { topic: "w", ..Will::default() })];
    for qos in QOS {
        for retain in [false, true] {
            let payload = b"gone\xFF\0";
            wills.push(Some(Will { topic: "w/\u{FC}", payload, qos, retain, ..Will::default() }));
        }
    }
    for version in VERSIONS {
        for (name, with_password) in [(false, false), (true, false), (true, true), (false, true)] {
            if with_password && !name && version != Version::V5 {
                continue; // not before 5.0
            }
            let (user_name, password) = login(name, with_password);
            for will in &wills {
                for clean_start in [false, true] {
                    let will = *will;
                    let client_id = "client-7";
                    let keep_alive = 60;
                    capture.connect(Connect {
                        version,
                        clean_start,
                        keep_alive,
                        client_id,
                        will,
                        user_name,
                        password,
                        ..Connect::default()
                    });
                }
            }
        }
        for keep_alive in [0, 1, u16::MAX] {
            let client_id = "k";
            capture.connect(Connect { version, keep_alive, client_id, ..Connect::default() });
        }
        for client_id in ["a", "0123456789012345678901\u{E9}", TEXT] {
            if version != Version::V31 || client_id.chars().count() <= 23 {
                capture.connect(Connect { version, client_id, ..Connect::default() });
            }
        }
        // Empty where that is legal, and as long as a field can be.
        let long = "x".repeat(65_535);
        let client_id = if version == Version::V31 { "c" } else { "" };
        capture.connect(Connect {
            version,
            clean_start: true,
            client_id,
            will: Some(Will { topic: &long, payload: long.as_bytes(), ..Will::default() }),
            user_name: Some(""),
            password: Some(b""),
            ..Connect::default()
        });
    }
}

fn connacks(capture: &mut Capture) {
    for version in VERSIONS {
        for reason in legal_codes(PacketType::ConnAck, version) {
            capture.open(version).server(ConnAck { reason, ..ConnAck::default() });
        }
        if version != Version::V31 {
            let connack = ConnAck { session_present: true, ..ConnAck::default() };
            capture.open(version).server(connack);
        }
    }
}

fn legal_codes(packet: PacketType, version: Version) -> impl Iterator<Item = ReasonCode> {
    (0..=u8::MAX).map(ReasonCode).filter(move |code| code.is_legal(packet, version))
}

/// Every combination of flags; sizes around each step of the remaining length; odd topics.
fn publishes(capture: &mut Capture, version: Version) {
    let mut connection = capture.open(version);
    for (index, qos) in QOS.into_iter().enumerate() {
        for dup in [false, true] {
            for retain in [false, true] {
                if dup && qos == QoS::AtMostOnce {
                    continue;
                }
                let packet_id = (qos != QoS::AtMostOnce).then_some(IDS[index]);
                let payload = b"payload";
                let topic = "a/b";
                let publish =
                    Publish { dup, qos, retain, topic, packet_id, payload, ..Publish::default() };
                connection.client(publish);
                connection.server(publish);
            }
        }
    }
    for len in [0, 1, 2, 120, 121, 122, 123, 124, 125, 126, 127, 128, 16_380, 70_000] {
        let payload: Vec<u8> = (0..len).map(|index| (index * 7) as u8).collect();
        connection.client(Publish { topic: "size", payload: &payload, ..Publish::default() });
    }
    let long = "t".repeat(65_535);
    for topic in ["/", "//", "a", " ", "$SYS/x", TEXT, &long] {
        connection.client(Publish { topic, payload: TEXT.as_bytes(), ..Publish::default() });
    }
}

fn acknowledgements(connection: &mut Connection<'_>) {
    for id in IDS {
        connection.client(PubAck::new(id));
        connection.server(PubRec::new(id));
        connection.client(PubRel::new(id));
        connection.server(PubComp::new(id));
    }
}

fn subscriptions(capture: &mut Capture, version: Version) {
    let mut connection = capture.open(version);
    for (id, qos) in IDS.into_iter().zip(QOS) {
        let filter = Subscription::new("a/+/#", qos);
        let filters = [filter];
        connection
            .client(Subscribe { filters: Subscriptions::new(&filters), ..Subscribe::new(id) });
    }
    let filters = ["#", "+", "/", "a/#", "+/b", "$SYS/#", "$share/g/a", TEXT];
    let all: Vec<_> = filters.iter().zip(QOS.iter().cycle()).collect();
    let all: Vec<_> = all.iter().map(|(text, qos)| Subscription::new(text, **qos)).collect();
    let id = IDS[1];
    connection.client(Subscribe { filters: Subscriptions::new(&all), ..Subscribe::new(id) });
    connection.client(Unsubscribe { filters: TopicFilters::new(&filters), ..Unsubscribe::new(id) });
    let one = TopicFilters::new(&filters[..1]);
    connection.client(Unsubscribe { filters: one, ..Unsubscribe::new(PacketId::MAX) });

    let codes: Vec<_> = legal_codes(PacketType::SubAck, version).collect();
    let reasons = ReasonCodes::new(&codes);
    connection.server(SubAck { reasons, ..SubAck::new(id) });
    for code in &codes {
        let reasons = ReasonCodes::new(core::slice::from_ref(code));
        connection.server(SubAck { reasons, ..SubAck::new(id) });
    }
    if version != Version::V5 {
        connection.server(UnsubAck::new(id));
        return;
    }
    for qos in QOS {
        for no_local in [false, true] {
            for retain_as_published in [false, true] {
                for retain_handling in [
                    RetainHandling::SendAlways,
                    RetainHandling::SendIfNew,
                    RetainHandling::DoNotSend,
                ] {
                    let options =
                        SubscriptionOptions { qos, no_local, retain_as_published, retain_handling };
                    let filters = [Subscription { filter: "f", options }];
                    let filters = Subscriptions::new(&filters);
                    connection.client(Subscribe { filters, ..Subscribe::new(id) });
                }
            }
        }
    }
}

/// Every reason code of 5.0 in every packet that may carry it, with and without properties.
fn codes(capture: &mut Capture) {
    let list = [Property::ReasonString("because"), Property::UserProperty("k", "v")];
    for properties in [Properties::EMPTY, Properties::new(&list)] {
        let mut connection = capture.open(Version::V5);
        for reason in legal_codes(PacketType::PubAck, Version::V5) {
            connection.server(PubAck { reason, properties, ..PubAck::new(IDS[1]) });
        }
        for reason in legal_codes(PacketType::PubRec, Version::V5) {
            connection.server(PubRec { reason, properties, ..PubRec::new(IDS[1]) });
        }
        for reason in legal_codes(PacketType::PubRel, Version::V5) {
            connection.server(PubRel { reason, properties, ..PubRel::new(IDS[1]) });
        }
        for reason in legal_codes(PacketType::PubComp, Version::V5) {
            connection.server(PubComp { reason, properties, ..PubComp::new(IDS[1]) });
        }
        let codes: Vec<_> = legal_codes(PacketType::UnsubAck, Version::V5).collect();
        let reasons = ReasonCodes::new(&codes);
        connection.server(UnsubAck { reasons, properties, ..UnsubAck::new(IDS[1]) });
        for reason in legal_codes(PacketType::Auth, Version::V5) {
            connection.client(Auth { reason, properties });
        }
        drop(connection);
        for reason in legal_codes(PacketType::Disconnect, Version::V5) {
            capture.open(Version::V5).client(Disconnect { reason, properties });
        }
    }
}

/// Every value worth a look of every property.
fn values<'a>(id: PropertyId, long: &'a str) -> Vec<Property<'a>> {
    let bits = [false, true];
    let words = [1, 255, 256, u32::MAX];
    let halves = [1, 256, u16::MAX];
    let texts = ["a", TEXT, long];
    let bytes = [b"".as_slice(), b"\0\x01\xFE\xFF", long.as_bytes()];
    let topics = texts;
    match id {
        PropertyId::PayloadFormatIndicator => [0, 1].map(Property::PayloadFormatIndicator).into(),
        PropertyId::MessageExpiryInterval => words.map(Property::MessageExpiryInterval).into(),
        PropertyId::ContentType => texts.map(Property::ContentType).into(),
        PropertyId::ResponseTopic => topics.map(Property::ResponseTopic).into(),
        PropertyId::CorrelationData => bytes.map(Property::CorrelationData).into(),
        PropertyId::SubscriptionIdentifier => [1, 127, 128, 16_384, 2_097_152, 268_435_455]
            .map(Property::SubscriptionIdentifier)
            .into(),
        PropertyId::SessionExpiryInterval => words.map(Property::SessionExpiryInterval).into(),
        PropertyId::AssignedClientIdentifier => {
            texts.map(Property::AssignedClientIdentifier).into()
        }
        PropertyId::ServerKeepAlive => halves.map(Property::ServerKeepAlive).into(),
        PropertyId::AuthenticationMethod => texts.map(Property::AuthenticationMethod).into(),
        PropertyId::AuthenticationData => bytes.map(Property::AuthenticationData).into(),
        PropertyId::RequestProblemInformation => {
            bits.map(Property::RequestProblemInformation).into()
        }
        PropertyId::WillDelayInterval => words.map(Property::WillDelayInterval).into(),
        PropertyId::RequestResponseInformation => {
            bits.map(Property::RequestResponseInformation).into()
        }
        PropertyId::ResponseInformation => texts.map(Property::ResponseInformation).into(),
        PropertyId::ServerReference => texts.map(Property::ServerReference).into(),
        PropertyId::ReasonString => texts.map(Property::ReasonString).into(),
        PropertyId::ReceiveMaximum => halves.map(Property::ReceiveMaximum).into(),
        PropertyId::TopicAliasMaximum => halves.map(Property::TopicAliasMaximum).into(),
        PropertyId::TopicAlias => halves.map(Property::TopicAlias).into(),
        PropertyId::MaximumQoS => {
            [QoS::AtMostOnce, QoS::AtLeastOnce].map(Property::MaximumQoS).into()
        }
        PropertyId::RetainAvailable => bits.map(Property::RetainAvailable).into(),
        PropertyId::UserProperty => {
            vec![Property::UserProperty("name", TEXT), Property::UserProperty(TEXT, long)]
        }
        PropertyId::MaximumPacketSize => words.map(Property::MaximumPacketSize).into(),
        PropertyId::WildcardSubscriptionAvailable => {
            bits.map(Property::WildcardSubscriptionAvailable).into()
        }
        PropertyId::SubscriptionIdentifierAvailable => {
            bits.map(Property::SubscriptionIdentifierAvailable).into()
        }
        PropertyId::SharedSubscriptionAvailable => {
            bits.map(Property::SharedSubscriptionAvailable).into()
        }
    }
}

/// Every value of every property alone in every packet that may carry it, then all properties of a
/// packet together, and lists around the steps of the property length.
fn properties(capture: &mut Capture) {
    let long = "long".repeat(40);
    for packet in PropertySection::ALL {
        let mut together = Vec::new();
        for id in PropertyId::ALL.iter().copied().filter(|id| packet.may_have(*id)) {
            for value in values(id, &long) {
                // Data of an authentication needs its method beside it.
                let method = Property::AuthenticationMethod("m");
                let list = match id {
                    PropertyId::AuthenticationData => vec![method, value],
                    _ => vec![value],
                };
                packet.write(capture, &list);
            }
            let value = values(id, &long)[1];
            together.push(value);
            if packet.may_repeat(id) {
                together.extend([value, value]);
            }
        }
        packet.write(capture, &together);
        // Order is the sender's.
        together.reverse();
        packet.write(capture, &together);
        for len in [115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 16_400] {
            let text = "p".repeat(len);
            packet.write(capture, &[Property::UserProperty("", &text)]);
        }
        let many: Vec<_> = (0..64).map(|_| Property::UserProperty("k", "v")).collect();
        packet.write(capture, &many);
    }
}

/// A place for properties: a packet type, or the will of a CONNECT.
#[derive(Clone, Copy)]
enum PropertySection {
    Will,
    Of(PacketType),
}

impl PropertySection {
    const ALL: [Self; 14] = [
        Self::Will,
        Self::Of(PacketType::Connect),
        Self::Of(PacketType::ConnAck),
        Self::Of(PacketType::Publish),
        Self::Of(PacketType::PubAck),
        Self::Of(PacketType::PubRec),
        Self::Of(PacketType::PubRel),
        Self::Of(PacketType::PubComp),
        Self::Of(PacketType::Subscribe),
        Self::Of(PacketType::SubAck),
        Self::Of(PacketType::Unsubscribe),
        Self::Of(PacketType::UnsubAck),
        Self::Of(PacketType::Disconnect),
        Self::Of(PacketType::Auth),
    ];

    fn may_have(self, id: PropertyId) -> bool {
        match self {
            Self::Will => id.is_allowed_in_will(),
            Self::Of(packet) => id.is_allowed_in(packet),
        }
    }

    fn may_repeat(self, id: PropertyId) -> bool {
        match self {
            Self::Will => id == PropertyId::UserProperty,
            Self::Of(packet) => id.may_repeat_in(packet),
        }
    }

    fn write(self, capture: &mut Capture, list: &[Property<'_>]) {
        let properties = Properties::new(list);
        let id = IDS[1];
        let filters = [Subscription::new("f", QoS::AtLeastOnce)];
        let reasons = ReasonCodes::new(&[ReasonCode::SUCCESS]);
        let connect = match self {
            Self::Will => Connect {
                will: Some(Will { topic: "w", payload: b"p", properties, ..Will::default() }),
                ..Connect::default()
            },
            Self::Of(PacketType::Connect) => {
                Connect { properties, client_id: "c", ..Connect::default() }
            }
            Self::Of(_) => Connect::default(),
        };
        let mut connection = capture.connect(connect);
        let Self::Of(packet) = self else { return };
        match packet {
            PacketType::Connect | PacketType::PingReq | PacketType::PingResp => {}
            PacketType::ConnAck => connection.server(ConnAck { properties, ..ConnAck::default() }),
            PacketType::Publish => {
                let payload = b"x";
                connection.server(Publish {
                    topic: "t",
                    properties,
                    payload,
                    ..Publish::default()
                });
            }
            PacketType::PubAck => connection.client(PubAck { properties, ..PubAck::new(id) }),
            PacketType::PubRec => connection.client(PubRec { properties, ..PubRec::new(id) }),
            PacketType::PubRel => connection.client(PubRel { properties, ..PubRel::new(id) }),
            PacketType::PubComp => connection.client(PubComp { properties, ..PubComp::new(id) }),
            PacketType::Subscribe => {
                let filters = Subscriptions::new(&filters);
                connection.client(Subscribe { properties, filters, ..Subscribe::new(id) });
            }
            PacketType::SubAck => {
                connection.server(SubAck { properties, reasons, ..SubAck::new(id) });
            }
            PacketType::Unsubscribe => {
                let filters = TopicFilters::new(&["f"]);
                connection.client(Unsubscribe { properties, filters, ..Unsubscribe::new(id) });
            }
            PacketType::UnsubAck => {
                connection.server(UnsubAck { properties, reasons, ..UnsubAck::new(id) });
            }
            PacketType::Disconnect => {
                connection.client(Disconnect { properties, ..Disconnect::default() });
            }
            PacketType::Auth => connection.client(Auth { properties, ..Auth::default() }),
        }
    }
}

/// Many packets in one segment, and packets cut into segments at odd places.
///
/// Not cut inside a remaining length of several bytes: tshark 4.0 takes that for a malformed packet
/// instead of waiting for the next segment.
fn streams(capture: &mut Capture) {
    for (segment, len) in [(1, 100), (2, 100), (3, 100), (7, 100), (40, 100), (1_460, 150)] {
        let publish = Publish {
            topic: "stream",
            qos: QoS::AtLeastOnce,
            packet_id: Some(IDS[1]),
            payload: &vec![b'x'; len],
            ..Publish::default()
        };
        let packets = [
            Packet::PingReq,
            publish.into(),
            PubAck::new(IDS[0]).into(),
            Packet::PingReq,
            publish.into(),
            Disconnect::default().into(),
        ];
        capture.open(Version::V311).client_stream(&packets, segment);
    }
    // A remaining length of four bytes.
    let payload = vec![b'x'; 2_100_000];
    let publish = Publish { topic: "large", payload: &payload, ..Publish::default() };
    capture.open(Version::V5).client(publish);
}
