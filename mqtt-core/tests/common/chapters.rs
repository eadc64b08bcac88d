//! Statements of the standard, and the packets whose chapters they are in.

use std::collections::BTreeMap;

use mqtt_core::{ErrorKind, PacketType, Version};

use crate::support::Table;

/// Numbered statements of a version: the side they bind, by number.
pub(crate) fn statements(version: Version) -> BTreeMap<String, String> {
    let name = if version == Version::V5 { "conformance-v5.tsv" } else { "conformance-v311.tsv" };
    let table = Table::of_spec(name);
    table.rows().map(|row| (row.get("id").to_owned(), row.get("role").to_owned())).collect()
}

/// True for text like `section 3.3.2.3.2`.
pub(crate) fn is_section(statement: &str) -> bool {
    let Some(number) = statement.strip_prefix("section ") else {
        return false;
    };
    let parts: Vec<_> = number.split('.').collect();
    let chapter = parts[0].parse::<u8>().is_ok_and(|chapter| (1..=6).contains(&chapter));
    chapter && parts.len() > 1 && parts.iter().all(|part| part.parse::<u8>().is_ok())
}

/// Kinds whose statement is in the chapter of another packet, and why.
pub(crate) const ELSEWHERE: &[(ErrorKind, &str)] = &[
    (ErrorKind::ExpectedConnect, "any packet that is not CONNECT breaks the rule of CONNECT"),
    (ErrorKind::PacketTooLarge, "the limit of all packets is a property of CONNECT or CONNACK"),
];

/// The chapters that speak of a packet.
fn chapters(packet: PacketType) -> &'static [&'static str] {
    match packet {
        PacketType::Connect => &["3.1"],
        PacketType::ConnAck => &["3.2"],
        PacketType::Publish => &["3.3"],
        PacketType::PubAck => &["3.4"],
        PacketType::PubRec => &["3.5"],
        PacketType::PubRel => &["3.6"],
        PacketType::PubComp => &["3.7"],
        PacketType::Subscribe => &["3.8"],
        PacketType::SubAck => &["3.8", "3.9"],
        PacketType::Unsubscribe => &["3.10"],
        PacketType::UnsubAck => &["3.10", "3.11"],
        PacketType::PingReq => &["3.12"],
        PacketType::PingResp => &["3.13"],
        PacketType::Disconnect => &["3.14"],
        PacketType::Auth => &["3.15"],
    }
}

/// True if this statement or section is about the packet, or about all of them: outside chapter 3.
pub(crate) fn is_of_packet(statement: &str, packet: PacketType) -> bool {
    let number = ["MQTT-", "section "].iter().find_map(|it| statement.strip_prefix(it));
    let number = number.unwrap_or_else(|| panic!("{statement} is no statement"));
    if !number.starts_with("3.") {
        return true;
    }
    // Not 3.1 for 3.11.
    let is_in = |chapter: &&str| {
        number.strip_prefix(*chapter).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    chapters(packet).iter().any(is_in)
}
