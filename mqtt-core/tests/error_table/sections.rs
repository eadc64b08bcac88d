//! One legal packet around each property section, and one legal value of each property.

use mqtt_core::{
    Auth, ConnAck, Connect, Disconnect, Packet, PacketType, Properties, Property, PropertyId,
    PubAck, PubComp, PubRec, PubRel, Publish, QoS, ReasonCode, ReasonCodes, Response, SubAck,
    Subscribe, Subscription, Subscriptions, TopicFilters, UnsubAck, Unsubscribe, Will,
};

use crate::support::{Row, connack, disconnect, id, packet_type};

/// Every property section, by the name it has in the table.
pub(crate) const SECTIONS: &[&str] = &[
    "CONNECT",
    "WILL",
    "CONNACK",
    "PUBLISH",
    "PUBACK",
    "PUBREC",
    "PUBREL",
    "PUBCOMP",
    "SUBSCRIBE",
    "SUBACK",
    "UNSUBSCRIBE",
    "UNSUBACK",
    "DISCONNECT",
    "AUTH",
];

/// The property of a row.
pub(crate) fn property_id(row: Row<'_>) -> PropertyId {
    PropertyId::try_from(row.byte("code")).expect("a property of the table")
}

/// The packet that a section is in.
pub(crate) fn packet_of(section: &str) -> PacketType {
    packet_type(if section == "WILL" { "CONNECT" } else { section })
}

/// What a receiver answers with this code.
pub(crate) fn answer(section: &str, code: u8) -> Response {
    if packet_of(section) == PacketType::Connect { connack(code) } else { disconnect(code) }
}

/// A packet whose property section holds these bytes, and where they begin. The section is shorter
/// than 128 bytes, and so is the packet.
pub(crate) fn packet_with(section: &str, properties: &[u8]) -> (Vec<u8>, usize) {
    let (first, before, after): (u8, &[u8], &[u8]) = match section {
        "CONNECT" => (0x10, b"\0\x04MQTT\x05\x02\0\x3C", b"\0\x01c"),
        "WILL" => (0x10, b"\0\x04MQTT\x05\x06\0\x3C\0\0\x01c", b"\0\x01w\0\x01\xFF"),
        "CONNACK" => (0x20, b"\0\0", b""),
        "PUBLISH" => (0x30, b"\0\x01t", b"\xFF"),
        "PUBACK" => (0x40, b"\0\x01\0", b""),
        "PUBREC" => (0x50, b"\0\x01\0", b""),
        "PUBREL" => (0x62, b"\0\x01\0", b""),
        "PUBCOMP" => (0x70, b"\0\x01\0", b""),
        "SUBSCRIBE" => (0x82, b"\0\x01", b"\0\x01a\0"),
        "SUBACK" => (0x90, b"\0\x01", b"\0"),
        "UNSUBSCRIBE" => (0xA2, b"\0\x01", b"\0\x01a"),
        "UNSUBACK" => (0xB0, b"\0\x01", b"\0"),
        "DISCONNECT" => (0xE0, b"\0", b""),
        "AUTH" => (0xF0, b"\x18", b""),
        other => panic!("section {other}"),
    };
    let len = properties.len() as u8;
    let remaining = (before.len() + 1 + properties.len() + after.len()) as u8;
    assert!(len < 0x80 && remaining < 0x80);
    let bytes = [&[first, remaining], before, &[len], properties, after].concat();
    (bytes, 2 + before.len() + 1)
}

/// The packet that those bytes mean.
pub(crate) fn packet<'a>(section: &str, properties: Properties<'a>) -> Packet<'a> {
    const FILTERS: &[Subscription<'_>] = &[Subscription::new("a", QoS::AtMostOnce)];
    const CODES: &[ReasonCode] = &[ReasonCode::SUCCESS];
    let reasons = ReasonCodes::new(CODES);
    let connect =
        Connect { clean_start: true, keep_alive: 60, client_id: "c", ..Connect::default() };
    match section {
        "CONNECT" => Connect { properties, ..connect }.into(),
        "WILL" => {
            let will = Will { topic: "w", payload: &[0xFF], properties, ..Will::default() };
            Connect { will: Some(will), ..connect }.into()
        }
        "CONNACK" => ConnAck { properties, ..ConnAck::default() }.into(),
        "PUBLISH" => {
            Publish { topic: "t", payload: &[0xFF], properties, ..Publish::default() }.into()
        }
        "PUBACK" => PubAck { properties, ..PubAck::new(id(1)) }.into(),
        "PUBREC" => PubRec { properties, ..PubRec::new(id(1)) }.into(),
        "PUBREL" => PubRel { properties, ..PubRel::new(id(1)) }.into(),
        "PUBCOMP" => PubComp { properties, ..PubComp::new(id(1)) }.into(),
        "SUBSCRIBE" => {
            let filters = Subscriptions::new(FILTERS);
            Subscribe { properties, filters, ..Subscribe::new(id(1)) }.into()
        }
        "SUBACK" => SubAck { properties, reasons, ..SubAck::new(id(1)) }.into(),
        "UNSUBSCRIBE" => {
            let filters = TopicFilters::new(&["a"]);
            Unsubscribe { properties, filters, ..Unsubscribe::new(id(1)) }.into()
        }
        "UNSUBACK" => UnsubAck { properties, reasons, ..UnsubAck::new(id(1)) }.into(),
        "DISCONNECT" => Disconnect { properties, ..Disconnect::default() }.into(),
        "AUTH" => Auth { reason: ReasonCode::CONTINUE_AUTHENTICATION, properties }.into(),
        other => panic!("section {other}"),
    }
}

/// A legal value on the wire, by the type that the table names.
pub(crate) fn sample(row: Row<'_>) -> &'static [u8] {
    match row.get("type") {
        "byte" | "varint" => &[1],
        "two_byte_int" => &[0, 1],
        "four_byte_int" => &[0, 0, 0, 1],
        "utf8_string" => b"\0\x01x",
        "binary" => b"\0\x01\xFF",
        "utf8_pair" => b"\0\x01k\0\x01v",
        other => panic!("type {other}"),
    }
}

/// The property of that value.
pub(crate) fn value(id: PropertyId) -> Property<'static> {
    use PropertyId as P;
    match id {
        P::PayloadFormatIndicator => Property::PayloadFormatIndicator(1),
        P::MessageExpiryInterval => Property::MessageExpiryInterval(1),
        P::ContentType => Property::ContentType("x"),
        P::ResponseTopic => Property::ResponseTopic("x"),
        P::CorrelationData => Property::CorrelationData(&[0xFF]),
        P::SubscriptionIdentifier => Property::SubscriptionIdentifier(1),
        P::SessionExpiryInterval => Property::SessionExpiryInterval(1),
        P::AssignedClientIdentifier => Property::AssignedClientIdentifier("x"),
        P::ServerKeepAlive => Property::ServerKeepAlive(1),
        P::AuthenticationMethod => Property::AuthenticationMethod("x"),
        P::AuthenticationData => Property::AuthenticationData(&[0xFF]),
        P::RequestProblemInformation => Property::RequestProblemInformation(true),
        P::WillDelayInterval => Property::WillDelayInterval(1),
        P::RequestResponseInformation => Property::RequestResponseInformation(true),
        P::ResponseInformation => Property::ResponseInformation("x"),
        P::ServerReference => Property::ServerReference("x"),
        P::ReasonString => Property::ReasonString("x"),
        P::ReceiveMaximum => Property::ReceiveMaximum(1),
        P::TopicAliasMaximum => Property::TopicAliasMaximum(1),
        P::TopicAlias => Property::TopicAlias(1),
        P::MaximumQoS => Property::MaximumQoS(QoS::AtLeastOnce),
        P::RetainAvailable => Property::RetainAvailable(true),
        P::UserProperty => Property::UserProperty("k", "v"),
        P::MaximumPacketSize => Property::MaximumPacketSize(1),
        P::WildcardSubscriptionAvailable => Property::WildcardSubscriptionAvailable(true),
        P::SubscriptionIdentifierAvailable => Property::SubscriptionIdentifierAvailable(true),
        P::SharedSubscriptionAvailable => Property::SharedSubscriptionAvailable(true),
    }
}

/// What has to be in front of a property for it to be legal: data needs its method.
pub(crate) fn company(id: PropertyId, section: &str) -> (Vec<Property<'static>>, &'static [u8]) {
    if id == PropertyId::AuthenticationData && ["CONNECT", "CONNACK"].contains(&section) {
        (vec![Property::AuthenticationMethod("x")], b"\x15\0\x01x")
    } else {
        (Vec::new(), b"")
    }
}

/// The bytes of a section with company and this value, and where the identifier is.
pub(crate) fn section_with(row: Row<'_>, section: &str, value: &[u8]) -> (Vec<u8>, usize) {
    let (_, company) = company(property_id(row), section);
    let (bytes, at) = packet_with(section, &[company, &[row.byte("code")], value].concat());
    (bytes, at + company.len())
}
