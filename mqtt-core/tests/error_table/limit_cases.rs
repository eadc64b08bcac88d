//! Bytes at each limit of `limits.tsv` and beyond it.

use mqtt_core::{ErrorKind, Limits, Response, Sender, Strictness, Version};

use crate::support::{CLOSE, Wire, connack, on, v5, v311};

/// What a limit is to the codec.
pub(crate) enum Case {
    /// Refused in 5.0 with the code of the table; where that has several, the one beside the words.
    Code(Wire<'static>, ErrorKind, &'static str),
    /// Refused in 5.0 with another code than that of the table, for a reason.
    OtherCode(Wire<'static>, ErrorKind, u8, &'static str),
    /// Refused in 3.1.1 or 3.1 with this answer.
    Old(Wire<'static>, ErrorKind, Response),
    /// Taken.
    Taken(Wire<'static>),
    /// Tested by another function, in `limits`.
    Below(&'static str),
    /// Not for one packet to break.
    Session,
    /// Of the transport.
    Transport,
}

use Case::{Below, Code, Old, OtherCode, Session, Taken, Transport};
use ErrorKind as K;

/// Bytes on a connection of 3.1.
fn v31<'a, B: AsRef<[u8]> + ?Sized>(bytes: &'a B) -> Wire<'a> {
    on(Version::V31, bytes)
}

/// What a server says about the levels of its own limit.
const OWN_LIMIT: &str = "the standard has no such limit; ours is a setting, and the code says what \
    was not accepted";

/// Why a wildcard in a name is not a protocol error here.
const NAME_NOT_VALID: &str = "0x90 says which rule was broken, and both CONNACK and DISCONNECT \
    carry it; the table's code is derived, not stated";

/// Every row of the table, in its order. A row may have several cases.
pub(crate) fn cases() -> Vec<(&'static str, Case)> {
    let four_bytes = Limits { max_packet_size: 4, ..Limits::DEFAULT };
    let one_level = Limits { max_topic_levels: 1, ..Limits::DEFAULT };
    let controls = Strictness { reject_control_characters: true, ..Strictness::DEFAULT };
    vec![
        ("L01", Code(v5(b"\xC0\xFF\xFF\xFF\xFF\x01"), K::VarintTooLong, "")),
        ("L01", Old(v311(b"\xC0\xFF\xFF\xFF\xFF\x01"), K::VarintTooLong, CLOSE)),
        ("L01", Below("the_longest_packet")),
        ("L02", Code(v5(b"\xC0\x80\x80\x80\x80\x00"), K::VarintTooLong, "")),
        ("L02", Old(v311(b"\xC0\x80\x80\x80\x80\x00"), K::VarintTooLong, CLOSE)),
        ("L03", Below("lengths_at_their_borders")),
        ("L04", Code(v5(b"\xC0\x80\x00"), K::VarintNotMinimal, "")),
        ("L05", Taken(v311(b"\xC0\x80\x00"))),
        ("L06", Below("the_longest_packet")),
        (
            "L07",
            Code(
                v5(b"\x20\x08\x00\x00\x05\x27\x00\x00\x00\x00"),
                K::PropertyValue,
                "for value 0",
            ),
        ),
        (
            "L07",
            Code(
                v5(b"\x30\x04\x00\x01t\x00").within(four_bytes),
                K::PacketTooLarge,
                "for an oversized packet",
            ),
        ),
        ("L07", Below("a_connect_that_is_too_large")),
        ("L08", Session),
        ("L09", Code(v5(b"\x40\x01\x00"), K::Truncated, "")),
        ("L09", Old(v311(b"\x40\x01\x00"), K::Truncated, CLOSE)),
        ("L10", Code(v5(b"\x20\x04\x00\x00\x00\x00"), K::TrailingBytes, "")),
        ("L10", Old(v311(b"\x20\x03\x00\x00\x00"), K::TrailingBytes, CLOSE)),
        ("L11", Code(v5(b"\x00\x00"), K::PacketTypeReserved, "")),
        ("L11", Old(v311(b"\x00\x00"), K::PacketTypeReserved, CLOSE)),
        ("L11", Old(v311(b"\xF0\x00"), K::PacketTypeReserved, CLOSE)),
        ("L11", Taken(v5(b"\xF0\x00"))),
        ("L12", Code(v5(b"\xD8\x00"), K::FixedHeaderFlags, "")),
        ("L12", Old(v311(b"\xD8\x00"), K::FixedHeaderFlags, CLOSE)),
        ("L13", Below("fields_that_cannot_be_encoded")),
        ("L14", Below("fields_that_cannot_be_encoded")),
        ("L15", Code(v5(b"\x30\x04\x00\x01\xFF\x00"), K::Utf8, "")),
        ("L15", Old(v311(b"\x30\x03\x00\x01\xFF"), K::Utf8, CLOSE)),
        ("L16", Code(v5(b"\x30\x04\x00\x01\x00\x00"), K::Nul, "")),
        ("L16", Old(v311(b"\x30\x03\x00\x01\x00"), K::Nul, CLOSE)),
        ("L17", Taken(v5(b"\x30\x04\x00\x01\x1F\x00"))),
        ("L17", Code(v5(b"\x30\x04\x00\x01\x1F\x00").under(controls), K::ControlCharacter, "")),
        ("L17", Old(v311(b"\x30\x03\x00\x01\x7F").under(controls), K::ControlCharacter, CLOSE)),
        ("L18", Code(v5(b"\x40\x02\x00\x00"), K::PacketIdZero, "")),
        ("L18", Old(v311(b"\x40\x02\x00\x00"), K::PacketIdZero, CLOSE)),
        ("L18", Taken(v5(b"\x40\x02\xFF\xFF"))),
        ("L19", Session),
        ("L20", Code(v5(b"\x36\x06\x00\x01t\x00\x01\x00"), K::PublishQos, "")),
        ("L20", Old(v311(b"\x36\x05\x00\x01t\x00\x01"), K::PublishQos, CLOSE)),
        ("L21", Code(v5(b"\x38\x04\x00\x01t\x00"), K::DupWithoutQos, "")),
        ("L21", Old(v311(b"\x38\x03\x00\x01t"), K::DupWithoutQos, CLOSE)),
        ("L22", Code(v5(b"\x30\x03\x00\x00\x00"), K::TopicEmpty, "")),
        ("L22", Old(v311(b"\x30\x02\x00\x00"), K::TopicEmpty, CLOSE)),
        ("L22", Taken(v5(b"\x30\x06\x00\x00\x03\x23\x00\x01"))),
        ("L23", Code(v5(b"\x82\x06\x00\x01\x00\x00\x00\x00"), K::FilterEmpty, "")),
        ("L23", Old(v311(b"\xA2\x04\x00\x01\x00\x00"), K::FilterEmpty, CLOSE)),
        (
            "L24",
            OtherCode(
                v5(b"\x30\x06\x00\x03a/b\x00").within(one_level),
                K::TopicLevels,
                0x90,
                OWN_LIMIT,
            ),
        ),
        (
            "L24",
            OtherCode(
                v5(b"\xA2\x08\x00\x01\x00\x00\x03a/b").within(one_level),
                K::TopicLevels,
                0x8F,
                OWN_LIMIT,
            ),
        ),
        ("L24", Below("levels_without_a_limit")),
        ("L25", OtherCode(v5(b"\x30\x04\x00\x01+\x00"), K::TopicWildcard, 0x90, NAME_NOT_VALID)),
        (
            "L25",
            OtherCode(
                v5(b"\x10\x13\x00\x04MQTT\x05\x06\x00\x00\x00\x00\x00\x00\x00\x01#\x00\x00"),
                K::TopicWildcard,
                0x90,
                NAME_NOT_VALID,
            ),
        ),
        ("L25", Code(v5(b"\x30\x08\x00\x01t\x04\x08\x00\x01#"), K::ResponseTopicWildcard, "")),
        ("L25", Old(v311(b"\x30\x03\x00\x01+"), K::TopicWildcard, CLOSE)),
        ("L26", Code(v5(b"\x82\x08\x00\x01\x00\x00\x02a#\x00"), K::FilterMultiLevel, "")),
        ("L26", Code(v5(b"\x82\x08\x00\x01\x00\x00\x02a+\x00"), K::FilterSingleLevel, "")),
        ("L26", Old(v311(b"\x82\x07\x00\x01\x00\x02##\x00"), K::FilterMultiLevel, CLOSE)),
        ("L26", Old(v311(b"\x82\x07\x00\x01\x00\x02++\x00"), K::FilterSingleLevel, CLOSE)),
        ("L27", Code(v5(b"\x82\x0F\x00\x01\x00\x00\x09$share//a\x00"), K::ShareNameEmpty, "")),
        ("L27", Code(v5(b"\x82\x0E\x00\x01\x00\x00\x08$share/g\x00"), K::ShareName, "")),
        ("L27", Taken(v311(b"\x82\x0E\x00\x01\x00\x09$share//a\x00"))),
        ("L28", Code(v5(b"\x82\x10\x00\x01\x00\x00\x0A$share/g/a\x04"), K::NoLocalOnShare, "")),
        ("L29", Code(v5(b"\x10\x0D\x00\x04MQTt\x05\x02\x00\x00\x00\x00\x00"), K::ProtocolName, "")),
        ("L29", Old(v311(b"\x10\x0C\x00\x04MQTt\x04\x02\x00\x00\x00\x00"), K::ProtocolName, CLOSE)),
        (
            "L30",
            Code(v5(b"\x10\x0D\x00\x04MQTT\x06\x02\x00\x00\x00\x00\x00"), K::ProtocolLevel, ""),
        ),
        (
            "L30",
            Old(
                v311(b"\x10\x0C\x00\x04MQTT\x02\x02\x00\x00\x00\x00"),
                K::ProtocolLevel,
                connack(0x01),
            ),
        ),
        (
            "L31",
            Code(
                v5(b"\x10\x0D\x00\x04MQTT\x05\x01\x00\x00\x00\x00\x00"),
                K::ConnectFlagsReserved,
                "",
            ),
        ),
        (
            "L31",
            Old(
                v311(b"\x10\x0C\x00\x04MQTT\x04\x03\x00\x00\x00\x00"),
                K::ConnectFlagsReserved,
                CLOSE,
            ),
        ),
        (
            "L32",
            Code(v5(b"\x10\x0D\x00\x04MQTT\x05\x1C\x00\x00\x00\x00\x00"), K::WillQos, ""),
        ),
        (
            "L32",
            Old(v311(b"\x10\x0C\x00\x04MQTT\x04\x1E\x00\x00\x00\x00"), K::WillQos, CLOSE),
        ),
        (
            "L33",
            Code(
                v5(b"\x10\x0D\x00\x04MQTT\x05\x08\x00\x00\x00\x00\x00"),
                K::WillQosWithoutWill,
                "",
            ),
        ),
        (
            "L33",
            Code(
                v5(b"\x10\x0D\x00\x04MQTT\x05\x20\x00\x00\x00\x00\x00"),
                K::WillRetainWithoutWill,
                "",
            ),
        ),
        (
            "L33",
            Old(
                v311(b"\x10\x0C\x00\x04MQTT\x04\x0A\x00\x00\x00\x00"),
                K::WillQosWithoutWill,
                CLOSE,
            ),
        ),
        (
            "L33",
            Old(
                v311(b"\x10\x0C\x00\x04MQTT\x04\x22\x00\x00\x00\x00"),
                K::WillRetainWithoutWill,
                CLOSE,
            ),
        ),
        (
            "L34",
            Old(
                v311(b"\x10\x0F\x00\x04MQTT\x04\x42\x00\x00\x00\x00\x00\x01p"),
                K::PasswordWithoutUserName,
                CLOSE,
            ),
        ),
        ("L35", Taken(v5(b"\x10\x10\x00\x04MQTT\x05\x42\x00\x00\x00\x00\x00\x00\x01p"))),
        (
            "L36",
            Taken(v311(b"\x10\x23\x00\x04MQTT\x04\x02\x00\x00\x00\x17abcdefghijklmnopqrstuvw")),
        ),
        (
            "L36",
            Taken(v31(b"\x10\x25\x00\x06MQIsdp\x03\x02\x00\x00\x00\x17abcdefghijklmnopqrstuvw")),
        ),
        // 3.1 alone has an upper limit, and answers with the old code for the same thing.
        (
            "L36",
            Old(
                v31(b"\x10\x26\x00\x06MQIsdp\x03\x02\x00\x00\x00\x18abcdefghijklmnopqrstuvwx"),
                K::ClientIdTooLong,
                connack(0x02),
            ),
        ),
        (
            "L37",
            Old(
                v311(b"\x10\x0C\x00\x04MQTT\x04\x00\x00\x00\x00\x00"),
                K::ClientIdEmpty,
                connack(0x02),
            ),
        ),
        ("L37", Taken(v311(b"\x10\x0C\x00\x04MQTT\x04\x02\x00\x00\x00\x00"))),
        ("L38", Taken(v5(b"\x10\x0D\x00\x04MQTT\x05\x00\x00\x00\x00\x00\x00"))),
        ("L39", Taken(v5(b"\x10\x0D\x00\x04MQTT\x05\x02\xFF\xFF\x00\x00\x00"))),
        ("L39", Taken(v311(b"\x10\x0C\x00\x04MQTT\x04\x02\x00\x00\x00\x00"))),
        ("L40", Session),
        ("L41", Session),
        ("L42", Session),
        ("L43", Session),
        ("L44", Below("the_first_packet")),
        ("L45", Session),
        ("L46", Session),
        ("L47", Code(v5(b"\x20\x03\x80\x00\x00"), K::ConnAckFlags, "")),
        ("L47", Old(v311(b"\x20\x02\x02\x00"), K::ConnAckFlags, CLOSE)),
        ("L48", Code(v5(b"\x20\x03\x01\x80\x00"), K::SessionPresentOnRefusal, "")),
        ("L48", Old(v311(b"\x20\x02\x01\x01"), K::SessionPresentOnRefusal, CLOSE)),
        (
            "L49",
            Code(v5(b"\x20\x06\x00\x00\x03\x21\x00\x00"), K::PropertyValue, "for value 0"),
        ),
        ("L50", Taken(v5(b"\x20\x06\x00\x00\x03\x22\x00\x00"))),
        ("L51", Code(v5(b"\x30\x07\x00\x01t\x03\x23\x00\x00"), K::TopicAliasZero, "")),
        ("L52", Session),
        ("L53", Code(v5(b"\x30\x06\x00\x01t\x02\x0B\x00"), K::PropertyValue, "")),
        (
            "L53",
            Code(
                v5(b"\x82\x0B\x00\x01\x04\x0B\x01\x0B\x02\x00\x01a\x00"),
                K::PropertyDuplicate,
                "",
            ),
        ),
        (
            "L53",
            Code(
                v5(b"\x30\x06\x00\x01t\x02\x0B\x01").sent_by(Sender::Client),
                K::SubscriptionIdFromClient,
                "",
            ),
        ),
        ("L54", Code(v5(b"\x20\x05\x00\x00\x02\x24\x02"), K::PropertyValue, "for a bad value")),
        ("L55", Code(v5(b"\x20\x05\x00\x00\x02\x25\x02"), K::PropertyValue, "for a bad value")),
        ("L56", Code(v5(b"\x20\x05\x00\x00\x02\x28\x02"), K::PropertyValue, "for a bad value")),
        ("L57", Code(v5(b"\x20\x05\x00\x00\x02\x29\x02"), K::PropertyValue, "for a bad value")),
        ("L58", Code(v5(b"\x20\x05\x00\x00\x02\x2A\x02"), K::PropertyValue, "for a bad value")),
        (
            "L59",
            Code(
                v5(b"\x10\x0F\x00\x04MQTT\x05\x02\x00\x00\x02\x17\x02\x00\x00"),
                K::PropertyValue,
                "",
            ),
        ),
        (
            "L59",
            Code(
                v5(b"\x10\x0F\x00\x04MQTT\x05\x02\x00\x00\x02\x19\x02\x00\x00"),
                K::PropertyValue,
                "",
            ),
        ),
        ("L60", Code(v5(b"\x82\x07\x00\x01\x00\x00\x01a\x03"), K::SubscriptionQos, "")),
        ("L60", Old(v311(b"\x82\x06\x00\x01\x00\x01a\x03"), K::SubscriptionQos, CLOSE)),
        ("L61", Code(v5(b"\x82\x07\x00\x01\x00\x00\x01a\x30"), K::RetainHandling, "")),
        (
            "L62",
            Code(v5(b"\x82\x07\x00\x01\x00\x00\x01a\x40"), K::SubscriptionOptionsReserved, ""),
        ),
        (
            "L62",
            Old(v311(b"\x82\x06\x00\x01\x00\x01a\x04"), K::SubscriptionOptionsReserved, CLOSE),
        ),
        ("L63", Code(v5(b"\x82\x03\x00\x01\x00"), K::SubscriptionsEmpty, "")),
        ("L63", Code(v5(b"\xA2\x03\x00\x01\x00"), K::SubscriptionsEmpty, "")),
        ("L63", Old(v311(b"\x82\x02\x00\x01"), K::SubscriptionsEmpty, CLOSE)),
        ("L63", Old(v311(b"\xA2\x02\x00\x01"), K::SubscriptionsEmpty, CLOSE)),
        // More or fewer codes than filters is for the session to see; none is not.
        ("L64", Code(v5(b"\x90\x03\x00\x01\x00"), K::ReasonCodesEmpty, "")),
        ("L64", Code(v5(b"\xB0\x03\x00\x01\x00"), K::ReasonCodesEmpty, "")),
        ("L64", Old(v311(b"\x90\x02\x00\x01"), K::ReasonCodesEmpty, CLOSE)),
        ("L65", Taken(v5(b"\xE0\x07\x00\x05\x11\xFF\xFF\xFF\xFF"))),
        ("L66", Session),
        (
            "L67",
            Code(
                v5(b"\xE0\x07\x00\x05\x11\x00\x00\x00\x01").sent_by(Sender::Server),
                K::SessionExpiryFromServer,
                "",
            ),
        ),
        (
            "L68",
            Taken(v5(
                b"\x10\x18\x00\x04MQTT\x05\x06\x00\x00\x00\x00\x00\x05\x18\xFF\xFF\xFF\xFF\x00\x01w\x00\x00",
            )),
        ),
        ("L69", Taken(v5(b"\x30\x09\x00\x01t\x05\x02\xFF\xFF\xFF\xFF"))),
        (
            "L70",
            Code(v5(b"\x30\x08\x00\x01t\x04\x01\x00\x01\x00"), K::PropertyDuplicate, ""),
        ),
        ("L71", Code(v5(b"\x40\x06\x00\x01\x00\x02\x01\x00"), K::PropertyNotAllowed, "")),
        ("L71", Code(v5(b"\x40\x06\x00\x01\x00\x02\x04\x00"), K::PropertyUnknown, "")),
        ("L72", Code(v5(b"\x30\x08\x00\x01t\x04\x03\x00\x01\xFF"), K::Utf8, "")),
        ("L72", Code(v5(b"\x30\x06\x00\x01t\x02\x23\x01"), K::PropertyTruncated, "")),
        (
            "L73",
            Code(v5(b"\x30\x07\x00\x01t\x03\x81\x00\x01"), K::PropertyUnknown, ""),
        ),
        ("L74", Code(v5(b"\x20\x03\x00\x00\x01"), K::PropertyLength, "")),
        ("L74", Code(v5(b"\x20\x04\x00\x00\x01\x24"), K::PropertyTruncated, "")),
        (
            "L75",
            Code(
                v5(b"\x10\x10\x00\x04MQTT\x05\x02\x00\x00\x03\x16\x00\x00\x00\x00"),
                K::AuthenticationDataAlone,
                "",
            ),
        ),
        ("L75", Code(v5(b"\x20\x06\x00\x00\x03\x16\x00\x00"), K::AuthenticationDataAlone, "")),
        ("L76", Session),
        ("L77", Code(v5(b"\xE0\x01\x92"), K::ReasonCode, "")),
        ("L78", Old(v311(b"\x20\x02\x00\x06"), K::ReasonCode, CLOSE)),
        ("L79", Old(v311(b"\x90\x03\x00\x01\x03"), K::ReasonCode, CLOSE)),
        ("L80", Old(v311(b"\x40\x03\x00\x01\x00"), K::TrailingBytes, CLOSE)),
        ("L80", Code(v5(b"\x70\x01\x00"), K::Truncated, "")),
        ("L80", Taken(v5(b"\x50\x02\x00\x01"))),
        ("L80", Taken(v5(b"\x50\x03\x00\x01\x80"))),
        ("L80", Taken(v5(b"\x50\x04\x00\x01\x80\x00"))),
        ("L81", Code(v5(b"\xC0\x01\x00"), K::TrailingBytes, "")),
        ("L81", Old(v311(b"\xD0\x01\x00"), K::TrailingBytes, CLOSE)),
        ("L82", Old(v311(b"\xE0\x01\x00"), K::TrailingBytes, CLOSE)),
        ("L82", Code(v5(b"\xE0\x03\x00\x00\x00"), K::TrailingBytes, "")),
        ("L82", Taken(v5(b"\xE0\x01\x04"))),
        ("L83", Taken(v5(b"\x30\x04\x00\x01t\x00"))),
        ("L83", Taken(v311(b"\x30\x03\x00\x01t"))),
        ("L84", Transport),
    ]
}
