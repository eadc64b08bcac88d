//! Every error that the codec can give, provoked by changing legal packets byte by byte: the
//! statement it names exists, the codes it answers with exist, and the side that would send them may.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::OnceLock;

use mqtt_core::{
    ConnAck, DecodeError, DecodeOptions, Disconnect, ErrorKind, Limits, PacketType, ReasonCode,
    Response, Sender, Status, Strictness, Version, decode,
};

use crate::chapters::{ELSEWHERE, is_of_packet, is_section, statements};
use crate::support::{Table, packet_type, packet_types, written};

const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];

/// Kinds that do not exist in 5.0, and kinds that only exist there.
const ONLY_V3: &[ErrorKind] = &[
    // Whatever the level, the answer is that of 3.1.1.
    ErrorKind::ProtocolLevel,
    ErrorKind::PasswordWithoutUserName,
    ErrorKind::ClientIdEmpty,
    ErrorKind::ClientIdTooLong,
];
const ONLY_V5: &[ErrorKind] = &[
    // With another name, only level 5 is believed: without it the version stays unknown.
    ErrorKind::ProtocolName,
    ErrorKind::VarintNotMinimal,
    ErrorKind::ResponseTopicEmpty,
    ErrorKind::ResponseTopicWildcard,
    ErrorKind::ShareNameEmpty,
    ErrorKind::ShareName,
    ErrorKind::RetainHandling,
    ErrorKind::NoLocalOnShare,
    ErrorKind::ReasonCodeSender,
    ErrorKind::PropertyLength,
    ErrorKind::PropertyUnknown,
    ErrorKind::PropertyNotAllowed,
    ErrorKind::PropertyDuplicate,
    ErrorKind::PropertyTruncated,
    ErrorKind::PropertyValue,
    ErrorKind::TopicAliasZero,
    ErrorKind::AuthenticationDataAlone,
    ErrorKind::SubscriptionIdFromClient,
    ErrorKind::SessionExpiryFromServer,
    ErrorKind::UserPropertyCount,
    ErrorKind::PayloadNotUtf8,
];
/// Kinds of which the version is never known.
const BEFORE_ANY_VERSION: &[ErrorKind] = &[ErrorKind::ExpectedConnect];

/// Legal packets from whose neighbourhood the errors come.
fn samples(version: Version) -> Vec<&'static [u8]> {
    let v311: &[&[u8]] = &[
        b"\x10\x1C\0\x04MQTT\x04\xC6\0\x3C\0\x01c\0\x03w/x\0\x01m\0\x01u\0\x02pw",
        b"\x20\x02\x01\x00",
        b"\x20\x02\x00\x05",
        b"\x30\x07\0\x03a/btx",
        b"\x3D\x06\0\x01t\0\x0Ap",
        b"\x40\x02\0\x01",
        b"\x50\x02\0\x01",
        b"\x62\x02\0\x01",
        b"\x70\x02\0\x01",
        b"\x82\x12\0\x01\0\x03a/+\x01\0\x07$sh/g/#\x02",
        b"\x90\x04\0\x01\x01\x80",
        b"\xA2\x0A\0\x01\0\x03a/+\0\x01#",
        b"\xB0\x02\0\x01",
        b"\xC0\x00",
        b"\xD0\x00",
        b"\xE0\x00",
    ];
    // A client identifier of 23 characters, so that a change of its length makes it longer.
    let v31: &[&[u8]] = &[
        b"\x10\x25\0\x06MQIsdp\x03\x02\0\x3C\0\x17abcdefghijklmnopqrstuvw",
        b"\x10\x26\0\x06MQIsdp\x03\x02\0\x3C\0\x17abcdefghijklmnopqrstuvwx",
    ];
    let v5: &[&[u8]] = &[
        b"\x10\x37\0\x04MQTT\x05\xC6\0\x3C\x0F\x21\0\x14\x15\0\x01m\x16\0\x01d\x17\0\x19\x01\0\x01c\
          \x0A\x01\x01\x08\0\x01r\x03\0\x01t\0\x03w/x\0\x01m\0\x01u\0\x02pw",
        b"\x20\x11\x01\x00\x0E\x24\x01\x27\0\0\x01\0\x12\0\x01i\x22\0\x02",
        b"\x20\x0B\x00\x9C\x08\x15\0\x01m\x16\0\x01d",
        b"\x30\x12\0\x03a/b\x0A\x01\x01\x23\0\x02\x08\0\x02r/tx",
        b"\x30\x09\0\x01t\x04\x0B\x01\x0B\x02p",
        b"\x3D\x15\0\x01t\0\x0A\x0E\x26\0\x01k\0\x01v\x26\0\x01k\0\x01vp",
        b"\x40\x08\0\x01\x10\x04\x1F\0\x01x",
        b"\x50\x08\0\x01\x97\x04\x1F\0\x01x",
        b"\x62\x04\0\x01\x92\x00",
        b"\x70\x04\0\x01\x92\x00",
        b"\x82\x18\0\x01\x02\x0B\x07\0\x03a/+\x2D\0\x0A$share/g/#\x02",
        b"\x82\x10\0\x01\x00\0\x0A$share/g/a\x02",
        b"\x32\x08\0\x01t\0\x0A\x00pp",
        b"\x90\x05\0\x01\x00\x01\x80",
        b"\xA2\x0B\0\x01\x00\0\x03a/+\0\x01#",
        b"\xB0\x05\0\x01\x00\x00\x11",
        b"\xC0\x00",
        b"\xD0\x00",
        b"\xE0\x07\x04\x05\x11\0\0\0\x01",
        b"\xE0\x01\x89",
        b"\xF0\x0A\x18\x08\x15\0\x01m\x16\0\x01d",
        b"\xF0\x06\x19\x04\x15\0\x01m",
    ];
    match version {
        Version::V31 => [v31, &[v311[1], v311[10]]].concat(), // where 3.1 differs
        Version::V311 => v311.to_vec(),
        Version::V5 => v5.to_vec(),
    }
}

/// Settings that turn on the kinds which are off by default.
fn settings() -> Vec<DecodeOptions> {
    let strictness = Strictness {
        check_payload_format: true,
        reject_control_characters: true,
        ..Strictness::DEFAULT
    };
    let small = |max_packet_size, max_topic_levels| Limits {
        max_packet_size,
        max_topic_levels,
        max_user_properties: 1,
        max_filters: 1,
    };
    let from = |sender| DecodeOptions { sender, ..DecodeOptions::DEFAULT };
    vec![
        from(None),
        from(Some(Sender::Client)),
        from(Some(Sender::Server)),
        DecodeOptions { strictness, ..DecodeOptions::DEFAULT },
        DecodeOptions { limits: small(1 << 20, 1), ..DecodeOptions::DEFAULT },
        DecodeOptions { limits: small(1, 200), ..DecodeOptions::DEFAULT },
        DecodeOptions { limits: small(1, 200), ..from(Some(Sender::Client)) },
        DecodeOptions { limits: small(1, 200), ..from(Some(Sender::Server)) },
    ]
}

/// An error, and the setting it was found in.
struct Found {
    error: DecodeError,
    /// Whether the decoder was told who sent the packet.
    sender: Option<Sender>,
    bytes: Vec<u8>,
}

/// One error of each kind, packet, version and sender there is.
fn errors() -> &'static [Found] {
    static ERRORS: OnceLock<Vec<Found>> = OnceLock::new();
    ERRORS.get_or_init(|| {
        let mut seen = HashSet::new();
        let mut errors = Vec::new();
        let settings = settings();
        for version in VERSIONS {
            for bytes in samples(version).into_iter().flat_map(neighbours) {
                for options in &settings {
                    // Without a version, only a CONNECT gets past its first byte.
                    let connect = bytes[0] >> 4 == 1;
                    let unknown = (connect || options.sender.is_none()).then_some(None);
                    for told in [Some(version)].into_iter().chain(unknown) {
                        let Err(error) = decode(&bytes, told, options) else {
                            continue;
                        };
                        let sender = options.sender;
                        // Statement and answer follow from these.
                        if seen.insert((error.kind(), error.packet(), error.version(), sender)) {
                            errors.push(Found { error, sender, bytes: bytes.clone() });
                        }
                    }
                }
            }
        }
        errors
    })
}

/// The packet with each byte changed to each value, cut off at each byte, and with bytes more.
fn neighbours(sample: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for at in 0..sample.len() {
        for value in 0..=255 {
            let mut bytes = sample.to_vec();
            bytes[at] = value;
            all.push(bytes);
        }
    }
    for end in 2..sample.len() {
        let mut bytes = sample[..end].to_vec();
        bytes[1] = end as u8 - 2;
        all.push(bytes);
    }
    for more in [&[0][..], &[0, 0], b"\0\x01x", b"\0\x01x\0"] {
        let mut bytes = [sample, more].concat();
        bytes[1] += more.len() as u8;
        all.push(bytes);
    }
    let long_form = [&[sample[0], sample[1] | 0x80, 0x00], &sample[2..]].concat();
    all.push(long_form);
    all.push([&[sample[0], 0xFF, 0xFF, 0xFF, 0xFF], &sample[2..]].concat());
    all
}

#[test]
fn the_samples_are_legal() {
    for version in VERSIONS {
        for sample in samples(version) {
            let told = if sample[0] == 0x10 { None } else { Some(version) };
            match decode(sample, told, &DecodeOptions::DEFAULT) {
                Ok(Status::Complete(decoded)) if decoded.consumed == sample.len() => {}
                other => assert!(version == Version::V31 && OFF.contains(&sample), "{other:?}"),
            }
        }
    }
}

/// Samples that 3.1 refuses: a client identifier whose length is one short of the bytes there, and
/// two packets that 3.1.1 has extended.
const OFF: &[&[u8]] = &[
    b"\x10\x26\0\x06MQIsdp\x03\x02\0\x3C\0\x17abcdefghijklmnopqrstuvwx",
    b"\x20\x02\x01\x00",
    b"\x90\x04\0\x01\x01\x80",
];

#[test]
fn every_kind_is_provoked_in_every_version_it_has() {
    let errors = errors();
    for kind in ErrorKind::ALL {
        let versions: BTreeSet<_> = errors
            .iter()
            .filter(|found| found.error.kind() == *kind)
            .map(|found| found.error.version())
            .collect();
        let has = |version| versions.contains(&version);
        let v3 = has(Some(Version::V311)) || has(Some(Version::V31));
        if BEFORE_ANY_VERSION.contains(kind) {
            assert_eq!(versions, BTreeSet::from([None]), "{kind:?}");
        } else {
            assert_eq!(has(Some(Version::V5)), !ONLY_V3.contains(kind), "{kind:?} in 5.0");
            assert_eq!(v3, !ONLY_V5.contains(kind), "{kind:?} in 3.1.1");
        }
    }
}

/// The side that the statement of this error binds, if it is a numbered one.
fn role(error: &DecodeError) -> Option<&'static str> {
    static ROLES: OnceLock<[BTreeMap<String, String>; 2]> = OnceLock::new();
    let [v5, v311] = ROLES.get_or_init(|| [statements(Version::V5), statements(Version::V311)]);
    let table = if error.version().is_none_or(|it| it == Version::V5) { v5 } else { v311 };
    table.get(error.statement()).map(String::as_str)
}

#[test]
fn every_statement_that_an_error_names_exists() {
    let v5 = statements(Version::V5);
    let v311 = statements(Version::V311);
    let mut numbered = 0;
    for found in errors() {
        let error = found.error;
        let statement = error.statement();
        // Where the version is not known, that of 5.0 is named.
        let table = if error.version().is_none_or(|it| it == Version::V5) { &v5 } else { &v311 };
        assert!(
            table.contains_key(statement) || is_section(statement),
            "{error} of {:02X?}",
            found.bytes
        );
        numbered += usize::from(table.contains_key(statement));
    }
    assert!(numbered > 200, "{numbered}");
    assert!(!is_section("-") && !is_section("section 8.1") && !is_section("section 3."));
}

#[test]
fn a_kind_names_the_statement_that_its_error_names() {
    let mut of_senders = 0;
    for found in errors() {
        let error = found.error;
        let Some(version) = error.version() else { continue };
        let named = error.kind().statement(error.packet(), found.sender, version);
        assert_eq!(named, Some(error.statement()), "{error} of {:02X?}", found.bytes);
        // Without the sender it is the same or a section, never the rule of the other side.
        let alone = error.kind().statement(error.packet(), None, version);
        assert!(alone == named || alone.is_some_and(is_section), "{error}: {alone:?}");
        of_senders += usize::from(alone != named);
        // Without the type too, or none.
        let kind = error.kind().statement(None, found.sender, version);
        let (mut known, mut others) = (kind.is_none(), false);
        for packet in packet_types() {
            let of_packet = error.kind().statement(Some(packet), None, version);
            known |= of_packet == kind;
            others |= of_packet.is_some_and(|of_packet| Some(of_packet) != kind);
        }
        assert!(known || kind.is_some_and(is_section), "{:?}: {kind:?}", error.kind());
        let general =
            ["MQTT-2.1.3-1", "MQTT-2.2.2-2", "MQTT-4.8.0-1", "MQTT-4.7.0-1", "MQTT-4.7.1-1"];
        let is_general = |it| is_section(it) || general.contains(&it);
        assert!(!others || kind.is_none_or(is_general), "{:?}: {kind:?}", error.kind());
    }
    assert!(of_senders > 10, "{of_senders}");
}

#[test]
fn a_packet_that_cannot_be_wrong_so_has_no_statement() {
    use {ErrorKind as K, PacketType as P, Sender as S};
    let (v311, v5) = (Version::V311, Version::V5);
    for (kind, packet, sender, version) in [
        (K::PublishQos, Some(P::Connect), None, v5),
        (K::PacketIdZero, Some(P::PingReq), None, v5),
        (K::ReasonCode, Some(P::Publish), None, v5),
        (K::ReasonCode, Some(P::PubAck), None, v311),
        (K::ReasonCodesEmpty, Some(P::PubAck), None, v5),
        (K::SubscriptionsEmpty, Some(P::SubAck), None, v5),
        (K::PropertyValue, Some(P::Publish), None, v311),
        (K::PropertyValue, Some(P::PingResp), None, v5),
        (K::ClientIdTooLong, Some(P::Connect), None, v311),
        (K::Utf8, Some(P::Auth), None, v311),
        (K::ExpectedConnect, Some(P::Connect), None, v5),
        (K::PacketTypeReserved, Some(P::Publish), None, v5),
        (K::SessionPresentOnRefusal, Some(P::ConnAck), None, Version::V31),
        (K::AuthenticationDataAlone, Some(P::Auth), None, v5),
        (K::PropertyDuplicate, Some(P::Unsubscribe), None, v5),
        (K::PropertyValue, Some(P::PubAck), None, v5),
        (K::Utf8, Some(P::PubAck), None, v311),
        (K::Nul, Some(P::PingReq), None, v5),
        (K::ControlCharacter, Some(P::ConnAck), None, v311),
        (K::Truncated, Some(P::PingResp), None, v5),
        (K::Truncated, Some(P::Disconnect), None, v311),
        (K::TrailingBytes, Some(P::Publish), None, v5),
        (K::TrailingBytes, Some(P::UnsubAck), None, v5),
        // Both sides send it.
        (K::PacketDirection, Some(P::Publish), None, v5),
        (K::PacketDirection, Some(P::Disconnect), None, v5),
        // This side sends it, or no fault is left but that it does not.
        (K::PacketDirection, Some(P::Subscribe), Some(S::Client), v5),
        (K::PacketTooLarge, Some(P::Subscribe), Some(S::Server), v5),
        (K::Utf8, Some(P::Connect), Some(S::Server), v5),
        (K::TrailingBytes, Some(P::Disconnect), Some(S::Server), v311),
        (K::ProtocolName, None, Some(S::Server), v5),
        (K::ReasonCodeSender, Some(P::PubAck), Some(S::Server), v5),
        (K::SubscriptionIdFromClient, Some(P::Publish), Some(S::Server), v5),
        (K::SessionExpiryFromServer, Some(P::Disconnect), Some(S::Client), v5),
        // Each type has its own.
        (K::SubscriptionsEmpty, None, None, v5),
        (K::ReasonCodesEmpty, None, None, v5),
        (K::FilterCount, None, None, v5),
        (K::PayloadNotUtf8, None, None, v5),
    ] {
        assert_eq!(kind.statement(packet, sender, version), None, "{kind:?} {packet:?} {version}");
    }
    let of = |kind: ErrorKind, packet, sender| kind.statement(packet, sender, v5);
    // The first byte is judged before the side that sends it.
    assert_eq!(of(K::FixedHeaderFlags, Some(P::ConnAck), Some(S::Client)), Some("MQTT-2.1.3-1"));
    assert_eq!(of(K::PacketDirection, Some(P::ConnAck), Some(S::Client)), Some("section 2.1.2"));
    let disconnect = K::PacketDirection.statement(Some(P::Disconnect), Some(S::Server), v311);
    assert_eq!(disconnect, Some("section 2.2.1"));
    assert_eq!(of(K::PacketTooLarge, Some(P::Publish), Some(S::Client)), Some("MQTT-3.2.2-15"));
    assert_eq!(of(K::PacketTooLarge, Some(P::Publish), Some(S::Server)), Some("MQTT-3.1.2-24"));
    assert_eq!(of(K::PacketTooLarge, Some(P::Publish), None), Some("section 2.1.4"));
    // A type that one side sends names the sender.
    assert_eq!(of(K::PacketIdZero, Some(P::Subscribe), None), Some("MQTT-2.2.1-3"));
    // The sender alone does not say which rule it is.
    assert_eq!(of(K::PacketIdZero, None, Some(S::Client)), Some("section 2.2.1"));
    assert_eq!(of(K::ReasonCode, None, None), Some("section 2.4"));
    assert_eq!(of(K::PublishQos, None, None), Some("MQTT-3.3.1-4"));
}

#[test]
fn a_statement_of_chapter_3_is_in_the_section_of_the_packet() {
    let mut used = BTreeSet::new();
    for found in errors() {
        let error = found.error;
        let Some(packet) = error.packet() else { continue };
        if !is_of_packet(error.statement(), packet) {
            assert!(ELSEWHERE.iter().any(|it| it.0 == error.kind()), "{error}");
            used.insert(error.kind());
        }
    }
    assert_eq!(used, ELSEWHERE.iter().map(|it| it.0).collect());
}

/// Who may send a code in a packet, as `reason-codes-v5.tsv` has it.
fn senders(code: u8, packet: PacketType) -> Option<String> {
    let table = Table::of_spec("reason-codes-v5.tsv");
    table.rows().filter(|row| row.byte("code") == code).find_map(|row| {
        row.list("sender_by_packet", ';').into_iter().find_map(|pair| {
            let (name, sender) = pair.split_once('=').expect("packet=sender");
            (packet_type(name) == packet).then(|| sender.to_owned())
        })
    })
}

/// The sides that may receive this packet.
fn receivers(packet: PacketType, sender: Option<Sender>, version: Version) -> Vec<Sender> {
    let mut receivers = Vec::new();
    for (from, to) in [(Sender::Client, Sender::Server), (Sender::Server, Sender::Client)] {
        // A packet from the wrong side is answered too: by the one who was told so.
        let possible = match sender {
            Some(sender) => sender == from,
            None => packet.may_be_sent_by(from, version),
        };
        if possible {
            receivers.push(to);
        }
    }
    receivers
}

#[test]
fn answers_of_5_0_are_for_their_packet_and_their_sender() {
    let mut codes = BTreeSet::new();
    for found in errors().iter().filter(|found| found.error.version() == Some(Version::V5)) {
        let error = found.error;
        let (code, answer) = match error.response() {
            Response::ConnAck(code) => (code, PacketType::ConnAck),
            Response::Disconnect(code) => (code, PacketType::Disconnect),
            Response::Close => panic!("{error}: 5.0 has an answer to everything"),
        };
        let connect = error.packet() == Some(PacketType::Connect);
        assert_eq!(connect, answer == PacketType::ConnAck, "{error}");
        assert_eq!(code, error.reason_code(), "{error}");
        assert!(!code.is_success(), "{error}");
        let of_table = senders(code.0, answer);
        let of_table = of_table.unwrap_or_else(|| panic!("{error}: {code} in {answer}"));
        // A reserved packet type comes from anybody.
        let receivers = match error.packet() {
            Some(packet) => receivers(packet, found.sender, Version::V5),
            None => vec![Sender::Client, Sender::Server],
        };
        assert!(!receivers.is_empty(), "{error}");
        for receiver in receivers {
            let side = if receiver == Sender::Client { "client" } else { "server" };
            assert!(of_table == "both" || of_table == side, "{error}: {code} from the {side}");
        }
        // And it can be written.
        match answer {
            PacketType::ConnAck => {
                written(Version::V5, ConnAck { reason: code, ..ConnAck::default() })
            }
            _ => written(Version::V5, Disconnect { reason: code, ..Disconnect::default() }),
        };
        codes.insert(code.0);
    }
    let all = [0x81, 0x82, 0x84, 0x8F, 0x90, 0x94, 0x95, 0x97, 0x99];
    assert_eq!(codes, BTreeSet::from(all));
}

#[test]
fn answers_of_3_1_1_are_return_codes_of_connack_or_none() {
    let table = Table::of_spec("return-codes-v311.tsv");
    let errors_of_connack: BTreeSet<_> = table
        .rows()
        .filter(|row| (row.get("packet"), row.get("class")) == ("CONNACK", "error"))
        .map(|row| row.byte("code"))
        .collect();
    let mut answered = BTreeSet::new();
    for found in errors() {
        let error = found.error;
        let Some(version) = error.version().filter(|version| *version != Version::V5) else {
            continue;
        };
        match error.response() {
            Response::Close => {}
            Response::ConnAck(code) => {
                assert_eq!(error.packet(), Some(PacketType::Connect), "{error}");
                assert!(errors_of_connack.contains(&code.0), "{error}: {code}");
                written(version, ConnAck { reason: code, ..ConnAck::default() });
                answered.insert((error.kind(), code));
            }
            Response::Disconnect(code) => panic!("{error}: {code}, and a server has no DISCONNECT"),
        }
    }
    let expected = [
        (ErrorKind::ProtocolLevel, ReasonCode(1)),
        (ErrorKind::ClientIdEmpty, ReasonCode(2)),
        (ErrorKind::ClientIdTooLong, ReasonCode(2)),
    ];
    assert_eq!(answered, BTreeSet::from(expected));
}

#[test]
fn without_a_version_there_is_no_answer() {
    let mut kinds = BTreeSet::new();
    for found in errors().iter().filter(|found| found.error.version().is_none()) {
        assert_eq!(found.error.response(), Response::Close, "{}", found.error);
        kinds.insert(found.error.kind());
    }
    assert!(
        kinds.contains(&ErrorKind::ExpectedConnect) && kinds.contains(&ErrorKind::ProtocolName)
    );
}

#[test]
fn every_code_of_an_error_is_a_code_of_the_table() {
    let table = Table::of_spec("reason-codes-v5.tsv");
    let codes: BTreeSet<_> = table
        .rows()
        .filter(|row| row.get("class") == "error")
        .map(|row| row.byte("code"))
        .collect();
    for found in errors() {
        assert!(codes.contains(&found.error.reason_code().0), "{}", found.error);
    }
}

/// Kinds whose statement binds another side than the one that sent the packet.
const OTHER_ROLE: &[(ErrorKind, &str)] =
    &[(ErrorKind::ExpectedConnect, "what a server sends first, a client never does")];

#[test]
fn a_statement_that_binds_clients_is_not_named_for_packets_of_servers() {
    let of_servers: BTreeSet<_> = packet_types()
        .filter(|packet| !packet.may_be_sent_by(Sender::Client, Version::V5))
        .collect();
    assert_eq!(of_servers.len(), 4);
    let mut used = BTreeSet::new();
    for found in errors() {
        let error = found.error;
        let of_server = error.packet().is_some_and(|it| of_servers.contains(&it))
            || found.sender == Some(Sender::Server);
        if of_server && role(&error) == Some("client") {
            assert!(OTHER_ROLE.iter().any(|it| it.0 == error.kind()), "{error}");
            used.insert(error.kind());
        }
    }
    assert_eq!(used, OTHER_ROLE.iter().map(|it| it.0).collect());
}

#[test]
fn a_statement_that_binds_servers_is_not_named_for_packets_of_clients() {
    let mut statements = BTreeSet::new();
    for found in errors() {
        let error = found.error;
        let of_client = match (found.sender, error.packet()) {
            (Some(sender), _) => sender == Sender::Client,
            (None, Some(packet)) => !packet.may_be_sent_by(Sender::Server, Version::V5),
            (None, None) => false,
        };
        if of_client && role(&error) == Some("server") {
            statements.insert(error.statement());
        }
    }
    // Of these faults of clients, the standard says what the server does about them.
    let expected = [
        "MQTT-3.1.2-2",
        "MQTT-3.1.2-3",
        "MQTT-3.1.4-1",
        "MQTT-3.1.4-2",
        "MQTT-3.14.1-1",
        "MQTT-3.8.3-4",
        "MQTT-3.8.3-5",
    ];
    assert_eq!(statements, BTreeSet::from(expected));
}
