//! One packet from the front of a slice.

use super::judges::{Judge, PlainHeader, VERSIONS};
use super::parts::{check_as_parts, check_parts_of};
use super::raw::check_raw;
use crate::{
    DecodeError, DecodeOptions, Decoded, EncodeError, ErrorKind, Packet, PacketType, ReasonCode,
    Response, Status, Version, inspect,
};
use std::{format, string::String, vec::Vec};

type Outcome<'a> = Result<Status<Decoded<'a>>, DecodeError>;

/// Decodes the packet at the front of `data` in every version and by every judge.
pub fn check_whole(data: &[u8]) {
    check_as_parts(data);
    check_raw(data);
    let strict = VERSIONS.map(|version| check_version(data, version));
    if data.first().is_some_and(|first| first >> 4 == PacketType::Connect as u8) {
        // It names its own version, and the one that is told changes nothing.
        for other in &strict[1..] {
            assert_eq!(facts(&strict[0]), facts(other), "CONNECT depends on the version told");
        }
    } else if !data.is_empty() {
        let kind = strict[0].as_ref().expect_err("no version, no CONNECT").kind();
        let early = [ErrorKind::ExpectedConnect, ErrorKind::PacketTypeReserved];
        assert!(early.contains(&kind), "{kind:?}");
    }
}

/// All there is to know of an outcome.
fn facts<'a>(outcome: &Outcome<'a>) -> (Outcome<'a>, Option<Response>) {
    (*outcome, outcome.err().map(|error| error.response()))
}

fn check_version(data: &[u8], version: Option<Version>) -> Outcome<'_> {
    let strict = check_judge(data, version, Judge::Strict);
    for judge in &Judge::ALL[1..] {
        let other = check_judge(data, version, *judge);
        check_relation(&strict, &other, *judge);
    }
    check_inspect(data, version, &strict);
    if let Ok(Status::Complete(decoded)) = &strict {
        // A CONNECT names its own version.
        check_parts_of(&decoded.packet, version.unwrap_or_default());
    }
    strict
}

/// What a judge says must follow from what the strict one says.
fn check_relation(strict: &Outcome<'_>, other: &Outcome<'_>, judge: Judge) {
    use ErrorKind as K;
    if judge == Judge::Lenient {
        if strict.is_ok() {
            assert_eq!(strict, other, "leniency changes a legal packet");
        }
        return;
    }
    let Err(error) = other else {
        return assert_eq!(strict, other, "{judge:?} changes a legal packet");
    };
    let own: &[ErrorKind] = match judge {
        Judge::Strict | Judge::Lenient => &[],
        Judge::Pedantic => &[K::ControlCharacter, K::PayloadNotUtf8],
        Judge::Tight => &[K::PacketTooLarge, K::UserPropertyCount, K::FilterCount, K::TopicLevels],
        Judge::FromClient | Judge::FromServer => &[
            K::PacketDirection,
            K::ReasonCodeSender,
            K::SubscriptionIdFromClient,
            K::SessionExpiryFromServer,
        ],
    };
    if !own.contains(&error.kind()) {
        // All but the statement, which may depend on who sent the packet.
        let parts = |e: DecodeError| (e.kind(), e.offset(), e.packet(), e.version(), e.property());
        let (strict, other) = (strict.map_err(parts), Err(parts(*error)));
        assert_eq!(strict, other, "{judge:?} finds what the strict judge does not");
    }
}

/// Decodes `data` and checks all that holds of the outcome by itself.
fn check_judge(data: &[u8], version: Option<Version>, judge: Judge) -> Outcome<'_> {
    let options = judge.options();
    let outcome = crate::decode(data, version, &options);
    let frame_len = match PlainHeader::read(data) {
        PlainHeader::Whole { frame_len, .. } => Some(frame_len),
        PlainHeader::Open(_) | PlainHeader::TooLong => None,
    };
    match &outcome {
        Ok(Status::Complete(decoded)) => {
            assert_eq!(Some(decoded.consumed), frame_len);
            let frame = &data[..decoded.consumed];
            assert_eq!(crate::decode(frame, version, &options), outcome, "reads behind the packet");
            check_again(frame, version, judge, &decoded.packet);
        }
        Ok(Status::Incomplete { needed }) => {
            assert_eq!(Some(needed.get()), PlainHeader::needed(data), "needed is not true");
        }
        Err(error) => {
            check_error(error, data, version);
            if let Some(frame) = frame_len.and_then(|len| data.get(..len)) {
                assert!(error.offset() <= frame.len(), "{error} points behind the packet");
                assert_eq!(crate::decode(frame, version, &options), outcome);
            }
        }
    }
    check_prefixes(data, version, &options, &outcome);
    check_slowly(data, version, options, &outcome);
    outcome
}

/// A check of strings that the standard does not ask for turns all quick ways off. What it does not
/// object to must be judged as quickly as slowly, whatever the limits and the sender.
fn check_slowly(
    data: &[u8],
    version: Option<Version>,
    mut options: DecodeOptions,
    outcome: &Outcome<'_>,
) {
    options.strictness.reject_control_characters = true;
    let slow = crate::decode(data, version, &options);
    if slow.err().is_none_or(|error| error.kind() != ErrorKind::ControlCharacter) {
        assert_eq!(*outcome, slow, "the quick way judges otherwise");
    }
}

/// A prefix is incomplete by exactly what is missing, or has the fault of the whole.
fn check_prefixes(
    data: &[u8],
    version: Option<Version>,
    options: &DecodeOptions,
    outcome: &Outcome<'_>,
) {
    let len = match outcome {
        Ok(Status::Complete(decoded)) => decoded.consumed,
        _ => data.len(),
    };
    let near_the_start = 0..len.min(6);
    let in_the_body = [len / 2, len.saturating_sub(1)];
    for cut in near_the_start.chain(in_the_body).filter(|cut| *cut < len) {
        let prefix = &data[..cut];
        match crate::decode(prefix, version, options) {
            Ok(Status::Incomplete { needed }) => {
                assert_eq!(Some(needed.get()), PlainHeader::needed(prefix), "{cut} of {len}");
                if let Ok(Status::Complete(decoded)) = outcome {
                    let read = cut + needed.get();
                    assert!(read <= decoded.consumed, "{needed} more pass the end of {len}");
                }
            }
            Ok(Status::Complete(decoded)) => panic!("{cut} of {len} bytes are {decoded:?}"),
            Err(error) => assert_eq!(Some(error), outcome.err(), "{cut} of {len} bytes"),
        }
    }
}

fn check_error(error: &DecodeError, data: &[u8], version: Option<Version>) {
    assert!(error.offset() <= data.len(), "{error} points behind {} bytes", data.len());
    let statement = error.statement();
    assert!(
        statement.starts_with("MQTT-") || statement.starts_with("section "),
        "{error:?} breaks {statement:?}"
    );
    assert!(!error.reason_code().is_success());
    let connect = error.packet() == Some(PacketType::Connect);
    assert_eq!(error.packet(), PacketType::try_from(data[0] >> 4).ok());
    match error.response() {
        Response::ConnAck(code) => {
            assert!(connect, "CONNACK for {error}");
            let told = error.version().expect("an answer has a form");
            assert!(code != ReasonCode::SUCCESS && code.is_legal(PacketType::ConnAck, told));
        }
        Response::Disconnect(code) => {
            assert!(!connect && version == Some(Version::V5), "DISCONNECT for {error}");
            assert!(code.is_legal(PacketType::Disconnect, Version::V5), "{code}");
        }
        Response::Close => {}
    }
    let text = format!("{error}");
    assert!(text.contains(statement) && !text.contains('\n'), "{text}");
}

/// Encodes a packet that has been decoded from `frame`.
fn check_again(frame: &[u8], told: Option<Version>, judge: Judge, packet: &Packet<'_>) {
    let version = match packet {
        Packet::Connect(connect) => connect.version,
        _ => told.expect("only CONNECT needs no version"),
    };
    let mut bytes = Vec::new();
    let result = packet.encode(version, &mut bytes);
    if let Err(error) = result {
        assert!(bytes.is_empty());
        let let_pass = judge == Judge::Lenient && is_forbidden(packet, version, error);
        return assert!(let_pass, "{packet:?} was accepted and is refused: {error}");
    }
    assert_eq!(result, Ok(bytes.len()));
    assert_eq!(packet.encoded_len(version), result);
    let mut head = Vec::from_iter(core::iter::repeat_n(0, bytes.len()));
    let head_len = packet.encode_head(version, &mut head).expect("the head of what is encoded");
    assert_eq!([&head[..head_len], packet.payload()].concat(), bytes);
    let mut frame = Vec::from(frame);
    if version == Version::V31
        && matches!(packet, Packet::PubRel(_) | Packet::Subscribe(_) | Packet::Unsubscribe(_))
    {
        // DUP, which is not kept.
        frame[0] &= !0b1000;
    }
    if bytes != frame {
        assert!(bytes.len() < frame.len(), "{frame:x?} becomes {bytes:x?}");
        if judge != Judge::Lenient {
            check_longer_form(&frame, &bytes, packet, version);
        }
    }
    // The shorter form is judged strictly: leniency is not passed on.
    let consumed = bytes.len();
    let expected = Ok(Status::Complete(Decoded { packet: *packet, consumed }));
    assert_eq!(crate::decode(&bytes, told, &DecodeOptions::DEFAULT), expected);
}

/// True for what only a lenient decoder lets pass.
fn is_forbidden(packet: &Packet<'_>, version: Version, error: EncodeError) -> bool {
    let EncodeError::Invalid { kind, property: None, .. } = error else {
        return false;
    };
    match (packet, kind) {
        (Packet::Publish(publish), ErrorKind::DupWithoutQos) => publish.dup,
        (Packet::Connect(connect), ErrorKind::ClientIdTooLong) => {
            version == Version::V31 && connect.client_id.chars().count() > 23
        }
        (Packet::Connect(connect), ErrorKind::PasswordWithoutUserName) => {
            version != Version::V5 && connect.user_name.is_none()
        }
        _ => false,
    }
}

/// The forms that a strict decoder takes and the encoder does not write: a remaining length that
/// is longer than needed before 5.0, and in 5.0 a reason code and a property length of 0 at the
/// end, where they may be left out.
fn check_longer_form(frame: &[u8], bytes: &[u8], packet: &Packet<'_>, version: Version) {
    let body = |bytes: &[u8]| match PlainHeader::read(bytes) {
        PlainHeader::Whole { header_len, .. } => Vec::from(&bytes[header_len..]),
        other => panic!("{other:?}"),
    };
    let (long, short) = (body(frame), body(bytes));
    if version != Version::V5 {
        return assert_eq!(long, short, "only the header may differ");
    }
    let rest = long.strip_prefix(short.as_slice()).expect("the short form is the front");
    let left_out: &[&[u8]] = match packet {
        Packet::PubAck(_) | Packet::PubRec(_) | Packet::PubRel(_) | Packet::PubComp(_) => {
            if short.len() == 2 { &[&[0], &[0, 0]] } else { &[&[0]] }
        }
        Packet::Disconnect(_) if short.is_empty() => &[&[0], &[0, 0]],
        Packet::Disconnect(_) => &[&[0]],
        Packet::Auth(_) => &[&[0, 0]],
        _ => &[],
    };
    assert!(left_out.contains(&rest), "{frame:x?} becomes {bytes:x?}");
}

/// Shows the packet, in full and in short.
fn check_inspect(data: &[u8], version: Option<Version>, strict: &Outcome<'_>) {
    let inspection = inspect(data, version, &DecodeOptions::DEFAULT);
    assert_eq!(inspection.result(), *strict);
    let short = format!("{inspection}");
    let full = format!("{inspection:#}");
    assert_eq!(short.lines().next(), full.lines().next());
    match strict {
        Ok(Status::Complete(decoded)) => {
            let start = format!("{}, {} bytes", decoded.packet.packet_type(), decoded.consumed);
            assert!(full.starts_with(&start), "{full}");
            assert_eq!(shown_bytes(&full), &data[..decoded.consumed], "{full}");
        }
        Ok(Status::Incomplete { needed }) => {
            assert!(full.ends_with(&format!("... {needed} more bytes needed\n")), "{full}");
        }
        Err(error) => {
            for part in [error.kind().name(), error.statement()] {
                assert!(full.contains(part) && short.contains(part), "{part} in {full}");
            }
        }
    }
}

/// All bytes in the second column of a table, in order.
fn shown_bytes(table: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in table.lines().skip(2) {
        // The first 32 columns are ASCII.
        let column: String = line.chars().skip(8).take(24).collect();
        for digits in column.split_whitespace() {
            bytes.push(u8::from_str_radix(digits, 16).expect("two hex digits"));
        }
    }
    bytes
}
