//! What the bug classes are told with: packets, parts of packets, and what a decoder says of them.

use mqtt_core::{DecodeError, DecodeOptions, ErrorKind, PropertyId, Status, Version, decode};

pub(crate) const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];

/// Packets of every type with something in every field: version, first byte, body.
#[rustfmt::skip]
const BODIES: &[(Version, u8, &[u8])] = &[
    (Version::V31, 0x10, b"\0\x06MQIsdp\x03\xC6\0\x3C\0\x01c\0\x01w\0\x01m\0\x01u\0\x01p"),
    (Version::V31, 0x90, b"\0\x07\0\x01\x02"),
    (Version::V311, 0x10, b"\0\x04MQTT\x04\xC6\0\x3C\0\x01c\0\x01w\0\x01m\0\x01u\0\x01p"),
    (Version::V311, 0x20, b"\x01\0"),
    (Version::V311, 0x3B, b"\0\x03a/b\0\x07xy"),
    (Version::V311, 0x40, b"\0\x07"),
    (Version::V311, 0x50, b"\0\x07"),
    (Version::V311, 0x62, b"\0\x07"),
    (Version::V311, 0x70, b"\0\x07"),
    (Version::V311, 0x82, b"\0\x07\0\x01a\0\0\x03b/#\x02"),
    (Version::V311, 0x90, b"\0\x07\0\x02\x80"),
    (Version::V311, 0xA2, b"\0\x07\0\x01a\0\x03b/#"),
    (Version::V311, 0xB0, b"\0\x07"),
    (Version::V311, 0xC0, b""),
    (Version::V311, 0xD0, b""),
    (Version::V311, 0xE0, b""),
    (Version::V5, 0x10, b"\0\x04MQTT\x05\xC6\0\x3C\x05\x11\0\0\0\x09\0\x01c\x07\x26\0\x01k\0\x01v\
        \0\x01w\0\x01m\0\x01u\0\x01p"),
    (Version::V5, 0x20, b"\x01\0\x06\x26\0\x01k\0\0"),
    (Version::V5, 0x3B, b"\0\x03a/b\0\x07\x07\x0B\x81\x01\x03\0\x01txy"),
    (Version::V5, 0x40, b"\0\x07\x10\x05\x1F\0\x02no"),
    (Version::V5, 0x50, b"\0\x07\x97\x05\x1F\0\x02no"),
    (Version::V5, 0x62, b"\0\x07\x92\x05\x1F\0\x02no"),
    (Version::V5, 0x70, b"\0\x07\x92\x05\x1F\0\x02no"),
    (Version::V5, 0x82, b"\0\x07\x02\x0B\x05\0\x01a\x2D\0\x03b/#\x02"),
    (Version::V5, 0x90, b"\0\x07\x05\x1F\0\x02no\x02\x87"),
    (Version::V5, 0xA2, b"\0\x07\x05\x26\0\0\0\0\0\x01a\0\x03b/#"),
    (Version::V5, 0xB0, b"\0\x07\x05\x1F\0\x02no\0\x11"),
    (Version::V5, 0xC0, b""),
    (Version::V5, 0xD0, b""),
    (Version::V5, 0xE0, b"\x04\x05\x11\0\0\0\x05"),
    (Version::V5, 0xF0, b"\x18\x05\x15\0\x02sc"),
];

/// Packets of every type with something in every field.
pub(crate) fn packets() -> impl Iterator<Item = (Version, Vec<u8>)> {
    BODIES.iter().map(|(version, first, body)| (*version, frame(*first, body)))
}

/// A packet of this first byte and body.
pub(crate) fn frame(first: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    let mut len = body.len();
    while len >= 0x80 {
        out.push(len as u8 | 0x80);
        len >>= 7;
    }
    out.push(len as u8);
    out.extend_from_slice(body);
    out
}

pub(crate) fn string(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes(), text].concat()
}

/// A PUBLISH of 5.0 to `a` with these bytes as properties and this payload.
pub(crate) fn publish(properties: &[u8], payload: &[u8]) -> Vec<u8> {
    frame(0x30, &[b"\0\x01a", &[properties.len() as u8][..], properties, payload].concat())
}

/// A SUBSCRIBE to one filter.
pub(crate) fn subscribe(version: Version, filter: &[u8]) -> Vec<u8> {
    let head: &[u8] = if version == Version::V5 { b"\0\x01\0" } else { b"\0\x01" };
    frame(0x82, &[head, &string(filter), b"\0"].concat())
}

pub(crate) fn judge(version: Option<Version>, bytes: &[u8], options: &DecodeOptions) -> Judged {
    match decode(bytes, version, options) {
        Ok(Status::Complete(decoded)) => {
            assert_eq!(decoded.consumed, bytes.len(), "{bytes:02x?}");
            Judged::Legal
        }
        Ok(Status::Incomplete { needed }) => Judged::Incomplete(needed.get()),
        Err(error) => Judged::Illegal(error.kind()),
    }
}

#[derive(Debug, PartialEq)]
pub(crate) enum Judged {
    Legal,
    Illegal(ErrorKind),
    Incomplete(usize),
}

pub(crate) const DEFAULT: &DecodeOptions = &DecodeOptions::DEFAULT;

pub(crate) fn v5(bytes: &[u8]) -> Judged {
    judge(Some(Version::V5), bytes, DEFAULT)
}

pub(crate) fn error(version: Version, bytes: &[u8]) -> DecodeError {
    match decode(bytes, Some(version), DEFAULT) {
        Err(error) => error,
        other => panic!("{bytes:02x?}: {other:?}"),
    }
}

/// The bytes of the body of a packet whose length fits in one byte.
pub(crate) fn body(packet: &[u8]) -> &[u8] {
    &packet[2..]
}

/// Virtual memory of this process in bytes, where the system tells.
#[cfg(feature = "alloc")]
pub(crate) fn virtual_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmSize:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok().map(|kb: u64| kb * 1024)
}

/// Packets with a properties section and the bytes before it.
pub(crate) const SECTIONS: &[(u8, &[u8])] = &[
    (0x10, b"\0\x04MQTT\x05\x02\0\0"),
    (0x20, b"\0\0"),
    (0x30, b"\0\x01a"),
    (0x40, b"\0\x01\0"),
    (0x50, b"\0\x01\0"),
    (0x62, b"\0\x01\0"),
    (0x70, b"\0\x01\0"),
    (0x82, b"\0\x01"),
    (0x90, b"\0\x01"),
    (0xA2, b"\0\x01"),
    (0xB0, b"\0\x01"),
    (0xE0, b"\0"),
    (0xF0, b"\0"),
];

/// Every property with a legal value, as bytes, and its identifier.
pub(crate) fn properties() -> Vec<(Vec<u8>, PropertyId)> {
    let value = |id: PropertyId| match id {
        PropertyId::PayloadFormatIndicator
        | PropertyId::RequestProblemInformation
        | PropertyId::RequestResponseInformation
        | PropertyId::MaximumQoS
        | PropertyId::RetainAvailable
        | PropertyId::WildcardSubscriptionAvailable
        | PropertyId::SubscriptionIdentifierAvailable
        | PropertyId::SharedSubscriptionAvailable => b"\x01".to_vec(),
        PropertyId::ServerKeepAlive
        | PropertyId::ReceiveMaximum
        | PropertyId::TopicAliasMaximum
        | PropertyId::TopicAlias => b"\0\x01".to_vec(),
        PropertyId::MessageExpiryInterval
        | PropertyId::SessionExpiryInterval
        | PropertyId::WillDelayInterval
        | PropertyId::MaximumPacketSize => b"\0\0\0\x01".to_vec(),
        PropertyId::SubscriptionIdentifier => b"\x81\x01".to_vec(),
        PropertyId::UserProperty => b"\0\x01k\0\x01v".to_vec(),
        _ => b"\0\x01x".to_vec(),
    };
    let bytes = |id: PropertyId| [&[id as u8][..], &value(id)].concat();
    PropertyId::ALL.iter().map(|id| (bytes(*id), *id)).collect()
}
