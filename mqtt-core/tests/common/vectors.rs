//! Reads the shared test vectors and writes packets the way their descriptions do.
//!
//! The format is in `tests/vectors/README.md`. Nothing here uses a JSON library: the text of a
//! description is what the vectors compare, so it is put together by hand.

use core::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use mqtt_core::{
    Connect, DecodeOptions, Packet, Properties, Property, ReasonCode, Response, Sender, Version,
    Will,
};

/// One line of a vector file.
pub(crate) struct Vector {
    /// File and line, to be named in failures.
    pub(crate) place: String,
    pub(crate) name: String,
    pub(crate) version: Option<Version>,
    pub(crate) options: DecodeOptions,
    pub(crate) input: Vec<u8>,
    pub(crate) expectation: Expectation,
}

pub(crate) enum Expectation {
    Legal { description: String, again: Again },
    Illegal { kind: String, offset: usize, response: String },
    Incomplete { needed: usize },
}

/// What encoding a legal packet gives.
pub(crate) enum Again {
    SameBytes,
    Bytes(Vec<u8>),
    Refused,
}

/// All vectors of all files, in the order of their names and lines.
pub(crate) fn vectors() -> &'static [Vector] {
    static VECTORS: OnceLock<Vec<Vector>> = OnceLock::new();
    VECTORS.get_or_init(load)
}

fn load() -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .expect("the vector folder can be listed")
        .map(|entry| entry.expect("an entry of the vector folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    paths.sort();
    let mut vectors = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).expect("a vector file is text");
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        for (number, line) in text.lines().enumerate() {
            if !line.is_empty() && !line.starts_with('#') {
                let place = format!("{file}:{}", number + 1);
                vectors.push(parse(line, place));
            }
        }
    }
    vectors
}

fn parse(line: &str, place: String) -> Vector {
    let cells: Vec<&str> = line.split(" | ").collect();
    let (head, extra) = match cells.as_slice() {
        [head @ .., extra] if cells.len() == 6 => (head, Some(*extra)),
        head if cells.len() == 5 => (head, None),
        _ => panic!("{place}: {} cells", cells.len()),
    };
    let [name, version, options, hex, expectation] = head else { unreachable!("five cells") };
    let expectation = match expectation.split(' ').collect::<Vec<_>>().as_slice() {
        ["error", kind, offset, response] => Expectation::Illegal {
            kind: (*kind).to_owned(),
            offset: offset.parse().expect("an offset"),
            response: (*response).to_owned(),
        },
        ["incomplete", needed] => {
            Expectation::Incomplete { needed: needed.parse().expect("a number of bytes") }
        }
        ["ok", ..] => Expectation::Legal {
            description: unfold(expectation.trim_start_matches("ok ")),
            again: again(extra, &place),
        },
        _ => panic!("{place}: expectation {expectation}"),
    };
    Vector {
        name: (*name).to_owned(),
        version: parse_version(version, &place),
        options: parse_options(options, &place),
        input: bytes(hex),
        expectation,
        place,
    }
}

fn parse_version(text: &str, place: &str) -> Option<Version> {
    match text {
        "3.1" => Some(Version::V31),
        "3.1.1" => Some(Version::V311),
        "5" => Some(Version::V5),
        "-" => None,
        _ => panic!("{place}: version {text}"),
    }
}

fn parse_options(text: &str, place: &str) -> DecodeOptions {
    let mut options = DecodeOptions::default();
    for option in text.split(',').filter(|option| *option != "-") {
        let (key, value) = option.split_once('=').unwrap_or((option, ""));
        let number = || value.parse::<u32>().unwrap_or_else(|_| panic!("{place}: {option}"));
        match (key, value) {
            ("sender", "client") => options.sender = Some(Sender::Client),
            ("sender", "server") => options.sender = Some(Sender::Server),
            ("max_packet_size", _) => options.limits.max_packet_size = number(),
            ("max_user_properties", _) => options.limits.max_user_properties = number(),
            ("max_filters", _) => options.limits.max_filters = number(),
            ("max_topic_levels", _) => options.limits.max_topic_levels = number(),
            ("allow_non_minimal_varints", "") => {
                options.strictness.allow_non_minimal_varints = true;
            }
            ("allow_dup_qos0", "") => options.strictness.allow_dup_qos0 = true,
            ("allow_long_client_id", "") => options.strictness.allow_long_client_id = true,
            ("allow_password_without_user_name", "") => {
                options.strictness.allow_password_without_user_name = true;
            }
            ("check_payload_format", "") => options.strictness.check_payload_format = true,
            ("reject_control_characters", "") => {
                options.strictness.reject_control_characters = true;
            }
            _ => panic!("{place}: option {option}"),
        }
    }
    options
}

fn again(extra: Option<&str>, place: &str) -> Again {
    match extra.map(|extra| extra.strip_prefix("re=")) {
        None => Again::SameBytes,
        Some(Some("refused")) => Again::Refused,
        Some(Some(hex)) => Again::Bytes(bytes(hex)),
        Some(None) => panic!("{place}: sixth cell"),
    }
}

/// Tokens of hex digits, `unit*count` for repeats, `-` for no bytes.
fn bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for token in text.split(' ').filter(|token| *token != "-") {
        let (unit, count) = token.split_once('*').unwrap_or((token, "1"));
        let unit: Vec<u8> = (0..unit.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&unit[at..at + 2], 16).expect("two hex digits"))
            .collect();
        out.extend(unit.repeat(count.parse().expect("a count")));
    }
    out
}

/// Writes out the folded runs of a description.
fn unfold(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(run) = rest.strip_prefix("\\(") {
            let (run, after) = run.split_once(')').expect("the end of a run");
            let (unit, count) = run.split_once('*').expect("a count");
            out.push_str(&unit.repeat(count.parse().expect("a count")));
            rest = after;
        } else {
            out.push_str(&rest[..2]);
            rest = &rest[2..];
        }
    }
    out.push_str(rest);
    out
}

/// `connack:0x84`, `disconnect:0x81` or `close`.
pub(crate) fn response_text(response: Response) -> String {
    match response {
        Response::ConnAck(ReasonCode(code)) => format!("connack:{code:#04x}"),
        Response::Disconnect(ReasonCode(code)) => format!("disconnect:{code:#04x}"),
        Response::Close => "close".to_owned(),
    }
}

/// The version a packet is encoded in: CONNECT names its own.
pub(crate) fn version_of(packet: &Packet<'_>, told: Option<Version>) -> Version {
    match packet {
        Packet::Connect(connect) => connect.version,
        _ => told.expect("only CONNECT decodes without a version"),
    }
}

/// The description of a packet.
pub(crate) fn describe(packet: &Packet<'_>) -> String {
    let mut object = Object::new();
    match packet {
        Packet::Connect(connect) => describe_connect(&mut object, connect),
        Packet::ConnAck(connack) => {
            object.text("type", "connack");
            object.raw("session_present", connack.session_present);
            object.raw("reason", connack.reason.0);
            object.properties(&connack.properties);
        }
        Packet::Publish(publish) => {
            object.text("type", "publish");
            object.raw("dup", publish.dup);
            object.raw("qos", publish.qos as u8);
            object.raw("retain", publish.retain);
            object.text("topic", publish.topic);
            match publish.packet_id {
                Some(id) => object.raw("packet_id", id.get()),
                None => object.raw("packet_id", "null"),
            }
            object.properties(&publish.properties);
            object.raw("payload", hex(publish.payload));
        }
        Packet::PubAck(ack) => {
            describe_ack(&mut object, "puback", ack.packet_id.get(), ack.reason, &ack.properties);
        }
        Packet::PubRec(ack) => {
            describe_ack(&mut object, "pubrec", ack.packet_id.get(), ack.reason, &ack.properties);
        }
        Packet::PubRel(ack) => {
            describe_ack(&mut object, "pubrel", ack.packet_id.get(), ack.reason, &ack.properties);
        }
        Packet::PubComp(ack) => {
            describe_ack(&mut object, "pubcomp", ack.packet_id.get(), ack.reason, &ack.properties);
        }
        Packet::Subscribe(subscribe) => {
            object.text("type", "subscribe");
            object.raw("packet_id", subscribe.packet_id.get());
            object.properties(&subscribe.properties);
            let filters = subscribe.filters.iter().map(|subscription| {
                let mut entry = Object::new();
                entry.text("filter", subscription.filter);
                entry.raw("qos", subscription.options.qos as u8);
                entry.raw("no_local", subscription.options.no_local);
                entry.raw("retain_as_published", subscription.options.retain_as_published);
                entry.raw("retain_handling", subscription.options.retain_handling as u8);
                entry.end()
            });
            object.raw("filters", list(filters));
        }
        Packet::SubAck(ack) => {
            object.text("type", "suback");
            object.raw("packet_id", ack.packet_id.get());
            object.properties(&ack.properties);
            object.raw("reasons", list(ack.reasons.iter().map(|reason| reason.0.to_string())));
        }
        Packet::Unsubscribe(unsubscribe) => {
            object.text("type", "unsubscribe");
            object.raw("packet_id", unsubscribe.packet_id.get());
            object.properties(&unsubscribe.properties);
            object.raw("filters", list(unsubscribe.filters.iter().map(quote)));
        }
        Packet::UnsubAck(ack) => {
            object.text("type", "unsuback");
            object.raw("packet_id", ack.packet_id.get());
            object.properties(&ack.properties);
            object.raw("reasons", list(ack.reasons.iter().map(|reason| reason.0.to_string())));
        }
        Packet::PingReq => object.text("type", "pingreq"),
        Packet::PingResp => object.text("type", "pingresp"),
        Packet::Disconnect(disconnect) => {
            object.text("type", "disconnect");
            object.raw("reason", disconnect.reason.0);
            object.properties(&disconnect.properties);
        }
        Packet::Auth(auth) => {
            object.text("type", "auth");
            object.raw("reason", auth.reason.0);
            object.properties(&auth.properties);
        }
    }
    object.end()
}

fn describe_connect(object: &mut Object, connect: &Connect<'_>) {
    object.text("type", "connect");
    object.text(
        "version",
        match connect.version {
            Version::V31 => "3.1",
            Version::V311 => "3.1.1",
            Version::V5 => "5",
        },
    );
    object.raw("clean_start", connect.clean_start);
    object.raw("keep_alive", connect.keep_alive);
    object.text("client_id", connect.client_id);
    object.raw("will", connect.will.as_ref().map_or_else(|| "null".to_owned(), describe_will));
    object.raw("user_name", connect.user_name.map_or_else(|| "null".to_owned(), quote));
    object.raw("password", connect.password.map_or_else(|| "null".to_owned(), hex));
    object.properties(&connect.properties);
}

fn describe_will(will: &Will<'_>) -> String {
    let mut object = Object::new();
    object.raw("qos", will.qos as u8);
    object.raw("retain", will.retain);
    object.text("topic", will.topic);
    object.raw("payload", hex(will.payload));
    object.properties(&will.properties);
    object.end()
}

fn describe_ack(
    object: &mut Object,
    name: &str,
    packet_id: u16,
    reason: ReasonCode,
    properties: &Properties<'_>,
) {
    object.text("type", name);
    object.raw("packet_id", packet_id);
    object.raw("reason", reason.0);
    object.properties(properties);
}

fn describe_property(property: &Property<'_>) -> String {
    let (name, value) = match *property {
        Property::PayloadFormatIndicator(value) => ("payload_format_indicator", value.to_string()),
        Property::MessageExpiryInterval(value) => ("message_expiry_interval", value.to_string()),
        Property::ContentType(value) => ("content_type", quote(value)),
        Property::ResponseTopic(value) => ("response_topic", quote(value)),
        Property::CorrelationData(value) => ("correlation_data", hex(value)),
        Property::SubscriptionIdentifier(value) => ("subscription_identifier", value.to_string()),
        Property::SessionExpiryInterval(value) => ("session_expiry_interval", value.to_string()),
        Property::AssignedClientIdentifier(value) => ("assigned_client_identifier", quote(value)),
        Property::ServerKeepAlive(value) => ("server_keep_alive", value.to_string()),
        Property::AuthenticationMethod(value) => ("authentication_method", quote(value)),
        Property::AuthenticationData(value) => ("authentication_data", hex(value)),
        Property::RequestProblemInformation(value) => {
            ("request_problem_information", value.to_string())
        }
        Property::WillDelayInterval(value) => ("will_delay_interval", value.to_string()),
        Property::RequestResponseInformation(value) => {
            ("request_response_information", value.to_string())
        }
        Property::ResponseInformation(value) => ("response_information", quote(value)),
        Property::ServerReference(value) => ("server_reference", quote(value)),
        Property::ReasonString(value) => ("reason_string", quote(value)),
        Property::ReceiveMaximum(value) => ("receive_maximum", value.to_string()),
        Property::TopicAliasMaximum(value) => ("topic_alias_maximum", value.to_string()),
        Property::TopicAlias(value) => ("topic_alias", value.to_string()),
        Property::MaximumQoS(value) => ("maximum_qos", (value as u8).to_string()),
        Property::RetainAvailable(value) => ("retain_available", value.to_string()),
        Property::UserProperty(name, value) => {
            ("user_property", format!("{},{}", quote(name), quote(value)))
        }
        Property::MaximumPacketSize(value) => ("maximum_packet_size", value.to_string()),
        Property::WildcardSubscriptionAvailable(value) => {
            ("wildcard_subscription_available", value.to_string())
        }
        Property::SubscriptionIdentifierAvailable(value) => {
            ("subscription_identifier_available", value.to_string())
        }
        Property::SharedSubscriptionAvailable(value) => {
            ("shared_subscription_available", value.to_string())
        }
    };
    format!("[{},{value}]", quote(name))
}

/// An object in the making; keys come out in the order they are given.
struct Object(String);

impl Object {
    fn new() -> Self {
        Self(String::from("{"))
    }

    fn raw(&mut self, key: &str, value: impl core::fmt::Display) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        write!(self.0, "\"{key}\":{value}").expect("writing to a string");
    }

    fn text(&mut self, key: &str, value: &str) {
        self.raw(key, quote(value));
    }

    fn properties(&mut self, properties: &Properties<'_>) {
        self.raw(
            "properties",
            list(properties.iter().map(|property| describe_property(&property))),
        );
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(2 * bytes.len() + 2);
    out.push('"');
    for byte in bytes {
        write!(out, "{byte:02x}").expect("writing to a string");
    }
    out.push('"');
    out
}

fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            ' '..='~' => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").expect("writing to a string");
                }
            }
        }
    }
    out.push('"');
    out
}
