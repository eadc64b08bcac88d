//! The inputs on which published codecs disagree with the standard, and with each other: what a
//! decoder has to say about each.
//!
//! One test per input, with its exact bytes in 5.0 and, where the rule exists there too, in 3.1.1.

use mqtt_core::{
    DecodeError, DecodeOptions, Decoded, ErrorKind, ReasonCode, Response, Status, Strictness,
    Version, decode,
};

/// What a decoder must do.
#[derive(Clone, Copy)]
enum Must {
    Accept,
    /// Refuse for this reason. The code is answered in 5.0; 3.1.1 closes without a word.
    Reject(ErrorKind, u8),
}

use ErrorKind as K;
use Must::{Accept, Reject};

fn read<'a>(
    version: Version,
    bytes: &'a [u8],
    strictness: Strictness,
) -> Result<Status<Decoded<'a>>, DecodeError> {
    let options = DecodeOptions { strictness, ..DecodeOptions::DEFAULT };
    decode(bytes, Some(version), &options)
}

fn check(version: Version, bytes: &[u8], strictness: Strictness, must: Must) {
    match (must, read(version, bytes, strictness)) {
        (Accept, Ok(Status::Complete(decoded))) => {
            assert_eq!(decoded.consumed, bytes.len(), "{version}");
            let mut again = vec![0; bytes.len()];
            let len = decoded.packet.encode_to_slice(version, &mut again).expect("can be encoded");
            let packet = decoded.packet;
            match read(version, &again[..len], strictness) {
                Ok(Status::Complete(decoded)) => assert_eq!(decoded.packet, packet, "{version}"),
                other => panic!("{version}: encodes to what decodes as {other:?}"),
            }
        }
        (Reject(kind, code), Err(error)) => {
            let reason = ReasonCode(code);
            assert_eq!((error.kind(), error.reason_code()), (kind, reason), "{version}: {error}");
            let response = match version {
                Version::V5 => Response::Disconnect(reason),
                Version::V31 | Version::V311 => Response::Close,
            };
            assert_eq!(error.response(), response, "{version}");
        }
        (_, other) => panic!("{version}: {other:?}"),
    }
}

macro_rules! rows {
    ($($name:ident: $v5:literal => $must:expr $(, v311 $v311:literal => $must_v311:expr)?;)*) => {
        $(
            #[test]
            fn $name() {
                check(Version::V5, $v5, Strictness::DEFAULT, $must);
                $(check(Version::V311, $v311, Strictness::DEFAULT, $must_v311);)?
            }
        )*
    };
}

rows! {
    nul_in_topic:
        b"\x30\x06\0\x03a\0b\0" => Reject(K::Nul, 0x81),
        v311 b"\x30\x05\0\x03a\0b" => Reject(K::Nul, 0x81);
    plus_in_publish_topic:
        b"\x30\x06\0\x03a/+\0" => Reject(K::TopicWildcard, 0x90),
        v311 b"\x30\x05\0\x03a/+" => Reject(K::TopicWildcard, 0x90);
    hash_in_publish_topic:
        b"\x30\x06\0\x03a/#\0" => Reject(K::TopicWildcard, 0x90),
        v311 b"\x30\x05\0\x03a/#" => Reject(K::TopicWildcard, 0x90);
    packet_id_zero_with_qos_1:
        b"\x32\x06\0\x01a\0\0\0" => Reject(K::PacketIdZero, 0x82),
        v311 b"\x32\x05\0\x01a\0\0" => Reject(K::PacketIdZero, 0x82);
    packet_id_zero_with_qos_2:
        b"\x34\x06\0\x01a\0\0\0" => Reject(K::PacketIdZero, 0x82),
        v311 b"\x34\x05\0\x01a\0\0" => Reject(K::PacketIdZero, 0x82);
    dup_with_qos_0:
        b"\x38\x04\0\x01a\0" => Reject(K::DupWithoutQos, 0x81),
        v311 b"\x38\x03\0\x01a" => Reject(K::DupWithoutQos, 0x81);
    non_minimal_property_length:
        b"\x30\x05\0\x01a\x80\0" => Reject(K::VarintNotMinimal, 0x81);
    // 3.1.1 has no rule against the long form.
    non_minimal_remaining_length:
        b"\x30\x84\0\0\x01a\0" => Reject(K::VarintNotMinimal, 0x81),
        v311 b"\x30\x83\0\0\x01a" => Accept;
    two_subscription_ids_then_payload_format:
        b"\x30\x0B\0\x01a\x06\x0B\x01\x0B\x02\x01\x01x" => Accept;
    payload_format_twice:
        b"\x30\x08\0\x01a\x04\x01\x01\x01\x01" => Reject(K::PropertyDuplicate, 0x82);
    property_overruns_its_block:
        b"\x30\x09\0\x01a\x03\x02\0\0\0\x01" => Reject(K::PropertyTruncated, 0x81);
    illegal_property_for_packet:
        b"\x30\x07\0\x01a\x03\x21\0\x14" => Reject(K::PropertyNotAllowed, 0x81);
    payload_format_2:
        b"\x30\x06\0\x01a\x02\x01\x02" => Reject(K::PropertyValue, 0x82);
    payload_format_1_and_payload_not_utf8:
        b"\x30\x07\0\x01a\x02\x01\x01\xFF" => Accept;
    subscription_id_0:
        b"\x30\x06\0\x01a\x02\x0B\0" => Reject(K::PropertyValue, 0x82);
    topic_alias_0:
        b"\x30\x07\0\x01a\x03\x23\0\0" => Reject(K::TopicAliasZero, 0x94);
    empty_topic_without_alias:
        b"\x30\x03\0\0\0" => Reject(K::TopicEmpty, 0x82),
        v311 b"\x30\x02\0\0" => Reject(K::TopicEmpty, 0x82);
    empty_topic_with_alias:
        b"\x30\x06\0\0\x03\x23\0\x01" => Accept;
    response_topic_hash:
        b"\x30\x08\0\x01a\x04\x08\0\x01#" => Reject(K::ResponseTopicWildcard, 0x82);
    subscribe_with_flags_0000:
        b"\x80\x07\0\x01\0\0\x01a\0" => Reject(K::FixedHeaderFlags, 0x81),
        v311 b"\x80\x06\0\x01\0\x01a\0" => Reject(K::FixedHeaderFlags, 0x81);
    filter_with_hash_inside:
        b"\x82\x0B\0\x01\0\0\x05a/#/b\0" => Reject(K::FilterMultiLevel, 0x82),
        v311 b"\x82\x0A\0\x01\0\x05a/#/b\0" => Reject(K::FilterMultiLevel, 0x82);
    subscription_option_reserved_bits:
        b"\x82\x07\0\x01\0\0\x01a\x40" => Reject(K::SubscriptionOptionsReserved, 0x81),
        v311 b"\x82\x06\0\x01\0\x01a\x40" => Reject(K::SubscriptionOptionsReserved, 0x81);
    // In 3.1.1 these bits are reserved like the two above them.
    retain_handling_3:
        b"\x82\x07\0\x01\0\0\x01a\x30" => Reject(K::RetainHandling, 0x82),
        v311 b"\x82\x06\0\x01\0\x01a\x30" => Reject(K::SubscriptionOptionsReserved, 0x81);
    // In 3.1.1 the filter is an ordinary one and the bit is reserved.
    no_local_on_share:
        b"\x82\x10\0\x01\0\0\x0A$share/g/a\x04" => Reject(K::NoLocalOnShare, 0x82),
        v311 b"\x82\x0F\0\x01\0\x0A$share/g/a\x04" => Reject(K::SubscriptionOptionsReserved, 0x81);
    disconnect_with_remaining_length_0:
        b"\xE0\0" => Accept,
        v311 b"\xE0\0" => Accept;
    puback_with_trailing_byte:
        b"\x40\x05\0\x01\0\0\xFF" => Reject(K::TrailingBytes, 0x81),
        v311 b"\x40\x03\0\x01\0" => Reject(K::TrailingBytes, 0x81);
    pingreq_with_length_1:
        b"\xC0\x01\0" => Reject(K::TrailingBytes, 0x81),
        v311 b"\xC0\x01\0" => Reject(K::TrailingBytes, 0x81);
}

/// The check of a marked payload is an option, off by default.
#[test]
fn payload_format_1_and_payload_not_utf8_checked() {
    let strictness = Strictness { check_payload_format: true, ..Strictness::DEFAULT };
    let wrong = Reject(K::PayloadNotUtf8, 0x99);
    check(Version::V5, b"\x30\x07\0\x01a\x02\x01\x01\xFF", strictness, wrong);
    check(Version::V5, b"\x30\x08\0\x01a\x02\x01\x01\xC3\xA9", strictness, Accept);
    // Not marked: any bytes.
    check(Version::V5, b"\x30\x07\0\x01a\x02\x01\0\xFF", strictness, Accept);
    check(Version::V5, b"\x30\x05\0\x01a\0\xFF", strictness, Accept);
}

/// The bytes of property rows are payload in 3.1.1, whatever they look like.
#[test]
fn property_faults_of_publish_are_payload_in_3_1_1() {
    for bytes in [
        &b"\x30\x05\0\x01a\x80\0"[..],
        b"\x30\x0B\0\x01a\x06\x0B\x01\x0B\x02\x01\x01x",
        b"\x30\x08\0\x01a\x04\x01\x01\x01\x01",
        b"\x30\x09\0\x01a\x03\x02\0\0\0\x01",
        b"\x30\x07\0\x01a\x03\x21\0\x14",
        b"\x30\x06\0\x01a\x02\x01\x02",
        b"\x30\x06\0\x01a\x02\x0B\0",
        b"\x30\x07\0\x01a\x03\x23\0\0",
        b"\x30\x08\0\x01a\x04\x08\0\x01#",
    ] {
        check(Version::V311, bytes, Strictness::DEFAULT, Accept);
        match read(Version::V311, bytes, Strictness::DEFAULT) {
            Ok(Status::Complete(decoded)) => assert_eq!(decoded.packet.payload(), &bytes[5..]),
            other => panic!("{bytes:x?}: {other:?}"),
        }
    }
}

/// With every byte after the packet the answer stays the same: a packet is judged alone.
#[test]
fn what_follows_a_packet_does_not_matter() {
    for bytes in [&b"\x30\x0B\0\x01a\x06\x0B\x01\x0B\x02\x01\x01x"[..], b"\xE0\0"] {
        for next in 0..=u8::MAX {
            let input = [bytes, &[next]].concat();
            match read(Version::V5, &input, Strictness::DEFAULT) {
                Ok(Status::Complete(decoded)) => assert_eq!(decoded.consumed, bytes.len()),
                other => panic!("{next:#x}: {other:?}"),
            }
        }
    }
}
