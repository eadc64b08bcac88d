//! One packet in one line.

use core::fmt::Write;
use mqtt_core::{
    Ack, Connect, FilterAck, Packet, PacketType, Properties, Property, Publish, ReasonCode,
    RetainHandling, Subscription, Version,
};

/// Characters of a string, or of a payload that is text, that are shown.
const TEXT: usize = 48;
/// Bytes of other data that are shown.
const BYTES: usize = 16;

/// Whether the values of properties are written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Only their number.
    Brief,
    /// All of them.
    Full,
}

/// What a packet says, without its name.
pub fn summary(packet: &Packet<'_>, version: Version, detail: Detail) -> String {
    let kind = packet.packet_type();
    let (mut parts, properties) = match packet {
        Packet::Connect(packet) => (connect(packet, detail), packet.properties),
        Packet::ConnAck(packet) => {
            let mut parts = vec![reason(packet.reason, kind, version)];
            if packet.session_present {
                parts.push("session present".into());
            }
            (parts, packet.properties)
        }
        Packet::Publish(packet) => (publish(packet, detail), packet.properties),
        Packet::PubAck(packet) => (ack(packet, kind, version), packet.properties),
        Packet::PubRec(packet) => (ack(packet, kind, version), packet.properties),
        Packet::PubRel(packet) => (ack(packet, kind, version), packet.properties),
        Packet::PubComp(packet) => (ack(packet, kind, version), packet.properties),
        Packet::Subscribe(packet) => {
            let mut parts = vec![format!("id {}", packet.packet_id)];
            parts.extend(packet.filters.iter().map(|filter| subscription(&filter)));
            (parts, packet.properties)
        }
        Packet::Unsubscribe(packet) => {
            let mut parts = vec![format!("id {}", packet.packet_id)];
            parts.extend(packet.filters.iter().map(quoted));
            (parts, packet.properties)
        }
        Packet::SubAck(packet) => (filter_ack(packet, kind, version), packet.properties),
        Packet::UnsubAck(packet) => (filter_ack(packet, kind, version), packet.properties),
        Packet::PingReq | Packet::PingResp => (Vec::new(), Properties::EMPTY),
        Packet::Disconnect(packet) if version != Version::V5 => (Vec::new(), packet.properties),
        Packet::Disconnect(packet) => {
            (vec![reason(packet.reason, kind, version)], packet.properties)
        }
        Packet::Auth(packet) => (vec![reason(packet.reason, kind, version)], packet.properties),
    };
    parts.extend(list(&properties, detail));
    parts.join(", ")
}

fn connect(packet: &Connect<'_>, detail: Detail) -> Vec<String> {
    let mut parts =
        vec![format!("MQTT {}", packet.version), format!("client {}", quoted(packet.client_id))];
    if packet.clean_start {
        let five = packet.version == Version::V5;
        parts.push(if five { "clean start" } else { "clean session" }.into());
    }
    parts.push(match packet.keep_alive {
        0 => "no keep alive".into(),
        seconds => format!("keep alive {seconds} s"),
    });
    if let Some(name) = packet.user_name {
        parts.push(format!("user {}", quoted(name)));
    }
    if let Some(password) = packet.password {
        parts.push(format!("password of {}", bytes(password.len())));
    }
    if let Some(will) = &packet.will {
        let mut inner = vec![quoted(will.topic), format!("QoS {}", will.qos)];
        if will.retain {
            inner.push("retain".into());
        }
        inner.push(data(will.payload));
        inner.extend(list(&will.properties, detail));
        parts.push(format!("will ({})", inner.join(", ")));
    }
    parts
}

fn publish(packet: &Publish<'_>, detail: Detail) -> Vec<String> {
    let mut parts = vec![quoted(packet.topic), format!("QoS {}", packet.qos)];
    // Without it an empty topic says nothing.
    if let (Detail::Brief, Some(alias)) = (detail, packet.properties.topic_alias()) {
        parts.insert(1, format!("alias {alias}"));
    }
    if let Some(id) = packet.packet_id {
        parts.push(format!("id {id}"));
    }
    if packet.dup {
        parts.push("dup".into());
    }
    if packet.retain {
        parts.push("retain".into());
    }
    parts.push(data(packet.payload));
    parts
}

fn ack<const TYPE: u8>(packet: &Ack<'_, TYPE>, kind: PacketType, version: Version) -> Vec<String> {
    let mut parts = vec![format!("id {}", packet.packet_id)];
    if packet.reason != ReasonCode::SUCCESS {
        parts.push(reason(packet.reason, kind, version));
    }
    parts
}

fn filter_ack<const TYPE: u8>(
    packet: &FilterAck<'_, TYPE>,
    kind: PacketType,
    version: Version,
) -> Vec<String> {
    let mut parts = vec![format!("id {}", packet.packet_id)];
    parts.extend(packet.reasons.iter().map(|code| reason(code, kind, version)));
    parts
}

fn subscription(item: &Subscription<'_>) -> String {
    let options = &item.options;
    let mut extra = Vec::new();
    if options.no_local {
        extra.push("no local");
    }
    if options.retain_as_published {
        extra.push("retain as published");
    }
    match options.retain_handling {
        RetainHandling::SendAlways => {}
        RetainHandling::SendIfNew => extra.push("retained if new"),
        RetainHandling::DoNotSend => extra.push("nothing retained"),
    }
    let text = format!("{} QoS {}", quoted(item.filter), options.qos);
    if extra.is_empty() { text } else { format!("{text} ({})", extra.join(", ")) }
}

fn reason(code: ReasonCode, kind: PacketType, version: Version) -> String {
    let name = match (kind, code) {
        (PacketType::SubAck, ReasonCode(qos @ 0..=2)) => return format!("granted QoS {qos}"),
        (_, ReasonCode::RE_AUTHENTICATE) => Some("re-authenticate".into()),
        _ => code.name(kind, version).map(spoken),
    };
    match name {
        // In CONNACK of 3.1.1 all numbers are small.
        Some(name) if code.is_success() && (version == Version::V5 || code.0 == 0) => name,
        Some(name) => format!("{code} {name}"),
        None => code.to_string(),
    }
}

/// A name of the standard as one says it.
fn spoken(name: &str) -> String {
    name.replace('_', " ").replace("qos", "QoS")
}

/// The properties in braces, or their number; nothing if there are none.
fn list(properties: &Properties<'_>, detail: Detail) -> Option<String> {
    if properties.is_empty() {
        return None;
    }
    if detail == Detail::Brief {
        let count = properties.iter().count();
        return Some(if count == 1 { "1 property".into() } else { format!("{count} properties") });
    }
    let all: Vec<String> = properties.iter().map(|property| value(&property)).collect();
    Some(format!("{{{}}}", all.join(", ")))
}

fn value(property: &Property<'_>) -> String {
    let name = spoken(property.id().name());
    let value = match *property {
        Property::PayloadFormatIndicator(number) => number.to_string(),
        Property::MessageExpiryInterval(seconds)
        | Property::SessionExpiryInterval(seconds)
        | Property::WillDelayInterval(seconds) => format!("{seconds} s"),
        Property::ServerKeepAlive(seconds) => format!("{seconds} s"),
        Property::SubscriptionIdentifier(number) | Property::MaximumPacketSize(number) => {
            number.to_string()
        }
        Property::ReceiveMaximum(number)
        | Property::TopicAliasMaximum(number)
        | Property::TopicAlias(number) => number.to_string(),
        Property::ContentType(text)
        | Property::ResponseTopic(text)
        | Property::AssignedClientIdentifier(text)
        | Property::AuthenticationMethod(text)
        | Property::ResponseInformation(text)
        | Property::ServerReference(text)
        | Property::ReasonString(text) => quoted(text),
        Property::CorrelationData(value) | Property::AuthenticationData(value) => data(value),
        Property::UserProperty(name, value) => {
            return format!("{} = {}", quoted(name), quoted(value));
        }
        Property::MaximumQoS(qos) => qos.to_string(),
        Property::RequestProblemInformation(yes)
        | Property::RequestResponseInformation(yes)
        | Property::RetainAvailable(yes)
        | Property::WildcardSubscriptionAvailable(yes)
        | Property::SubscriptionIdentifierAvailable(yes)
        | Property::SharedSubscriptionAvailable(yes) => if yes { "yes" } else { "no" }.into(),
    };
    format!("{name} {value}")
}

/// A string in quotes: what could move the cursor or hide text is escaped, what is long is cut.
pub fn quoted(text: &str) -> String {
    // JSON stays readable between the other quotes.
    let quote = if text.contains('"') && !text.contains('\'') { '\'' } else { '"' };
    let mut out = String::from(quote);
    for (count, c) in text.chars().enumerate() {
        if count == TEXT {
            out.push_str("..");
            break;
        }
        match c {
            '"' | '\'' if c != quote => out.push(c),
            // Vowel signs of many scripts, which would be escaped as combining characters.
            _ if count > 0 && c.is_alphanumeric() => out.push(c),
            _ => out.extend(c.escape_debug()),
        }
    }
    out.push(quote);
    out
}

/// Data as text if it is text, else as hex, with its length.
fn data(value: &[u8]) -> String {
    let length = bytes(value.len());
    // A cut may split a character; the cut text is judged without the rest of it.
    let start = &value[..value.len().min(4 * TEXT)];
    let text = match core::str::from_utf8(start) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() && start.len() < value.len() => {
            core::str::from_utf8(&start[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    match text {
        _ if value.is_empty() => "empty".into(),
        Some(text) if text.chars().all(|c| !c.is_control() || "\n\r\t".contains(c)) => {
            format!("{length} {}", quoted(text))
        }
        _ => {
            let mut out = format!("{length} 0x");
            for byte in value.iter().take(BYTES) {
                let _ = write!(out, "{byte:02x}");
            }
            if value.len() > BYTES {
                out.push_str("..");
            }
            out
        }
    }
}

fn bytes(count: usize) -> String {
    if count == 1 { "1 byte".into() } else { format!("{} bytes", grouped(count as u64)) }
}

/// A number with its digits in groups of three.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use mqtt_core::{DecodeOptions, Status, decode};

    #[track_caller]
    fn assert_summary(bytes: &[u8], version: Version, detail: Detail, expected: &str) {
        match decode(bytes, Some(version), &DecodeOptions::DEFAULT) {
            Ok(Status::Complete(decoded)) => {
                assert_eq!(summary(&decoded.packet, version, detail), expected);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn connect_names_all_that_was_asked_for() {
        assert_summary(
            b"\x10\x25\0\x04MQTT\x04\xF6\0\x3C\0\x02me\0\x02w/\0\x03bye\0\x02u\"\0\x08\0secret!",
            Version::V311,
            Detail::Full,
            "MQTT 3.1.1, client \"me\", clean session, keep alive 60 s, user 'u\"', \
             password of 8 bytes, will (\"w/\", QoS 2, retain, 3 bytes \"bye\")",
        );
    }

    #[test]
    fn properties_are_counted_or_written_out() {
        let bytes = b"\x30\x16\0\x01a\x0F\x01\x01\x02\0\0\0\x3C\x26\0\x01k\0\x02\xC3\xA4xyz";
        assert_summary(
            bytes,
            Version::V5,
            Detail::Brief,
            "\"a\", QoS 0, 3 bytes \"xyz\", 3 properties",
        );
        assert_summary(
            bytes,
            Version::V5,
            Detail::Full,
            "\"a\", QoS 0, 3 bytes \"xyz\", {payload format indicator 1, \
             message expiry interval 60 s, \"k\" = \"ä\"}",
        );
    }

    #[test]
    fn codes_carry_their_names() {
        let full = Detail::Full;
        assert_summary(b"\x20\x02\0\x05", Version::V311, full, "0x05 not authorized");
        assert_summary(
            b"\x20\x02\x01\0",
            Version::V311,
            full,
            "connection accepted, session present",
        );
        assert_summary(
            b"\x90\x04\0\x07\x02\x80",
            Version::V311,
            full,
            "id 7, granted QoS 2, 0x80 failure",
        );
        assert_summary(b"\x90\x04\0\x07\0\x01", Version::V5, full, "id 7, granted QoS 1");
        assert_summary(b"\x40\x03\0\x07\x10", Version::V5, full, "id 7, no matching subscribers");
        assert_summary(b"\x40\x02\0\x07", Version::V5, full, "id 7");
        assert_summary(b"\xE0\0", Version::V311, full, "");
        assert_summary(b"\xE0\0", Version::V5, full, "normal disconnection");
        assert_summary(b"\xE0\x01\x8E", Version::V5, full, "0x8E session taken over");
        assert_summary(b"\xE0\x01\x9B", Version::V5, full, "0x9B QoS not supported");
    }

    #[test]
    fn subscription_options_are_words() {
        assert_summary(
            b"\x82\x0B\0\x01\0\0\x01#\x2D\0\x01+\x00",
            Version::V5,
            Detail::Full,
            "id 1, \"#\" QoS 1 (no local, retain as published, nothing retained), \"+\" QoS 0",
        );
    }

    #[test]
    fn hostile_strings_stay_on_their_line() {
        assert_eq!(quoted("a\r\n\u{1b}[2J\u{202e}b"), r#""a\r\n\u{1b}[2J\u{202e}b""#);
        assert_eq!(quoted(r#"{"a":'b'}"#), r#""{\"a\":'b'}""#);
        assert_eq!(quoted(r#"{"a":"b"}"#), r#"'{"a":"b"}'"#);
        assert_eq!(quoted("größe 摂氏 🌡"), "\"größe 摂氏 🌡\"");
        assert_eq!(quoted(&"é".repeat(60)).chars().count(), 48 + 4);
    }

    #[test]
    fn data_is_text_or_hex() {
        assert_eq!(data(b""), "empty");
        assert_eq!(data(b"a"), "1 byte \"a\"");
        assert_eq!(data(b"\x00\x01\xfe\xff"), "4 bytes 0x0001feff");
        assert_eq!(data(&[0xAB; 2000]), format!("2,000 bytes 0x{}..", "ab".repeat(16)));
        // Cut inside a character, still text.
        let long = format!("x{}", "é".repeat(500));
        assert_eq!(data(long.as_bytes()), format!("1,001 bytes \"x{}..\"", "é".repeat(47)));
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
