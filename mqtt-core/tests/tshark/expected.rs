//! What tshark has to show for a packet, worked out from the values that the packet was made of.
//!
//! Every field has its value as text, its bytes and its size, so that what is compared is not only
//! what tshark reads but also where. Lengths are sums of the sizes of what follows.
//!
//! tshark 4.0 finds every field of every packet. It shows these otherwise than they are, so that
//! only their bytes, place and size are compared:
//!
//! - a property length of several bytes: it cuts out the right bytes and shows them as a big-endian
//!   number instead of a variable byte integer;
//! - passwords, correlation data and authentication data: it takes them for text, replaces what is
//!   not UTF-8, ends at a zero byte and warns of what stands behind it.
//!
//! What is not on the wire is not shown: the reason codes of the short forms.

use core::fmt::Write as _;

use mqtt_core::{Connect, Packet, Properties, Property, QoS, Version};

/// A field that tshark has to find.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    /// Bytes from the start of the packet.
    pub(crate) at: usize,
    pub(crate) size: usize,
    /// Hex; for a part of a byte the whole byte.
    pub(crate) raw: String,
    /// The value as text; none where tshark does not show it as it is.
    pub(crate) show: Option<String>,
    /// What tshark says about the field.
    pub(crate) remarks: &'static [&'static str],
}

/// What tshark says of bytes with a zero among them that it takes for text.
const STRAY: &[&str] = &["Expert Info (Warning/Undecoded): Trailing stray characters"];

/// The fields of a packet in the order in which tshark shows them.
pub(crate) fn fields(packet: &Packet<'_>, version: Version) -> Vec<Field> {
    let mut body = Fields::default();
    let flags = match packet {
        Packet::Publish(p) => u8::from(p.dup) << 3 | (p.qos as u8) << 1 | u8::from(p.retain),
        Packet::PubRel(_) | Packet::Subscribe(_) | Packet::Unsubscribe(_) => 2,
        _ => 0,
    };
    match packet {
        Packet::Connect(connect) => body.connect(connect),
        Packet::ConnAck(connack) => {
            let flags = u8::from(connack.session_present);
            match version {
                // 3.1 has no Session Present: the whole byte is reserved.
                Version::V31 => body.number("mqtt.conack.flags.reserved", &[0]),
                _ => {
                    body.hex("mqtt.conack.flags", flags);
                    body.part("mqtt.conack.flags.reserved", 0);
                    body.part("mqtt.conack.flags.sp", flags);
                }
            }
            match version {
                Version::V5 => body.number("mqtt.connack.reason_code", &[connack.reason.0]),
                _ => body.number("mqtt.conack.val", &[connack.reason.0]),
            }
            body.properties("mqtt.properties", &connack.properties, version);
        }
        Packet::Publish(publish) => {
            body.string("mqtt.topic_len", "mqtt.topic", publish.topic);
            if let Some(id) = publish.packet_id {
                body.number("mqtt.msgid", &id.get().to_be_bytes());
            }
            body.properties("mqtt.properties", &publish.properties, version);
            body.bytes("mqtt.msg", publish.payload);
        }
        Packet::PubAck(ack) => {
            let id = ack.packet_id.get();
            body.ack("mqtt.puback.reason_code", id, ack.reason.0, &ack.properties, version);
        }
        Packet::PubRec(ack) => {
            let id = ack.packet_id.get();
            body.ack("mqtt.pubrec.reason_code", id, ack.reason.0, &ack.properties, version);
        }
        Packet::PubRel(ack) => {
            let id = ack.packet_id.get();
            body.ack("mqtt.pubrel.reason_code", id, ack.reason.0, &ack.properties, version);
        }
        Packet::PubComp(ack) => {
            let id = ack.packet_id.get();
            body.ack("mqtt.pubcomp.reason_code", id, ack.reason.0, &ack.properties, version);
        }
        Packet::Subscribe(subscribe) => {
            body.number("mqtt.msgid", &subscribe.packet_id.get().to_be_bytes());
            body.properties("mqtt.properties", &subscribe.properties, version);
            for subscription in subscribe.filters.iter() {
                body.string("mqtt.topic_len", "mqtt.topic", subscription.filter);
                let options = subscription.options;
                let qos = options.qos as u8;
                if version != Version::V5 {
                    body.number("mqtt.sub.qos", &[qos]);
                    continue;
                }
                let (nl, rap) = (u8::from(options.no_local), u8::from(options.retain_as_published));
                let handling = options.retain_handling as u8;
                body.hex("mqtt.subscription_options", handling << 4 | rap << 3 | nl << 2 | qos);
                body.part_hex("mqtt.subscription_options_reserved", 0);
                body.part("mqtt.subscription_options_retain", handling);
                body.part("mqtt.subscription_options_rap", rap);
                body.part("mqtt.subscription_options_nl", nl);
                body.part("mqtt.subscription_options_qos", qos);
            }
        }
        Packet::SubAck(ack) => {
            body.number("mqtt.msgid", &ack.packet_id.get().to_be_bytes());
            body.properties("mqtt.properties", &ack.properties, version);
            let name = match version {
                Version::V5 => "mqtt.suback.reason_code",
                _ => "mqtt.suback.qos",
            };
            ack.reasons.iter().for_each(|reason| body.number(name, &[reason.0]));
        }
        Packet::Unsubscribe(unsubscribe) => {
            body.number("mqtt.msgid", &unsubscribe.packet_id.get().to_be_bytes());
            body.properties("mqtt.properties", &unsubscribe.properties, version);
            for filter in unsubscribe.filters.iter() {
                body.string("mqtt.topic_len", "mqtt.topic", filter);
            }
        }
        Packet::UnsubAck(ack) => {
            body.number("mqtt.msgid", &ack.packet_id.get().to_be_bytes());
            body.properties("mqtt.properties", &ack.properties, version);
            let name = "mqtt.unsuback.reason_code";
            ack.reasons.iter().for_each(|reason| body.number(name, &[reason.0]));
        }
        Packet::PingReq | Packet::PingResp => {}
        Packet::Disconnect(last) if last.reason.0 != 0 || !last.properties.is_empty() => {
            body.number("mqtt.disconnect.reason_code", &[last.reason.0]);
            if !last.properties.is_empty() {
                body.properties("mqtt.properties", &last.properties, version);
            }
        }
        Packet::Auth(auth) if auth.reason.0 != 0 || !auth.properties.is_empty() => {
            body.number("mqtt.auth.reason_code", &[auth.reason.0]);
            body.properties("mqtt.properties", &auth.properties, version);
        }
        Packet::Disconnect(_) | Packet::Auth(_) => {}
    }
    let mut all = Fields::default();
    all.header(packet, version, flags, body.len);
    all.append(body);
    all.list
}

#[derive(Default)]
struct Fields {
    list: Vec<Field>,
    /// Bytes so far.
    len: usize,
}

impl Fields {
    fn push(&mut self, name: &'static str, bytes: &[u8], show: Option<String>) {
        let (at, size) = (self.len, bytes.len());
        self.list.push(Field { name, at, size, raw: hex(bytes), show, remarks: &[] });
        self.len += size;
    }

    /// A big-endian number.
    fn number(&mut self, name: &'static str, bytes: &[u8]) {
        let value = bytes.iter().fold(0, |value: u32, byte| value << 8 | u32::from(*byte));
        self.push(name, bytes, Some(value.to_string()));
    }

    /// A byte that is shown in hex.
    fn hex(&mut self, name: &'static str, byte: u8) {
        self.push(name, &[byte], Some(format!("{byte:#04x}")));
    }

    /// A part of the byte before it.
    fn part(&mut self, name: &'static str, value: u8) {
        self.part_as(name, value.to_string());
    }

    fn part_hex(&mut self, name: &'static str, value: u8) {
        self.part_as(name, format!("{value:#04x}"));
    }

    fn part_as(&mut self, name: &'static str, show: String) {
        let at = self.len - 1;
        let of = self.list.iter().rfind(|field| field.at == at).expect("a byte before its parts");
        let raw = of.raw.clone();
        self.list.push(Field { name, at, size: 1, raw, show: Some(show), remarks: &[] });
    }

    fn varint(&mut self, name: &'static str, value: usize) {
        let mut bytes = Vec::new();
        let mut rest = value;
        while rest >= 0x80 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        self.push(name, &bytes, Some(value.to_string()));
    }

    fn length(&mut self, name: &'static str, len: usize) {
        self.number(name, &u16::try_from(len).expect("a short field").to_be_bytes());
    }

    /// Two bytes of length and a text.
    fn string(&mut self, length: &'static str, name: &'static str, value: &str) {
        self.length(length, value.len());
        self.text(name, value.as_bytes());
    }

    fn text(&mut self, name: &'static str, bytes: &[u8]) {
        self.push(name, bytes, text(bytes));
        if bytes.contains(&0) {
            self.list.last_mut().expect("a field").remarks = STRAY;
        }
    }

    /// Bytes that are shown as such.
    fn bytes(&mut self, name: &'static str, bytes: &[u8]) {
        let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.push(name, bytes, Some(pairs.join(":")));
    }

    fn append(&mut self, other: Self) {
        let moved = other.list.into_iter().map(|field| Field { at: field.at + self.len, ..field });
        self.list.extend(moved);
        self.len += other.len;
    }

    fn header(&mut self, packet: &Packet<'_>, version: Version, flags: u8, body_len: usize) {
        let number = packet.packet_type() as u8;
        self.hex("mqtt.hdrflags", number << 4 | flags);
        self.part("mqtt.msgtype", number);
        match packet {
            Packet::Publish(_) => {
                self.part("mqtt.dupflag", flags >> 3);
                self.part("mqtt.qos", flags >> 1 & 3);
                self.part("mqtt.retain", flags & 1);
            }
            // 3.1 gave these bits a meaning that 3.1.1 took away.
            Packet::PubRel(_) | Packet::Subscribe(_) | Packet::Unsubscribe(_)
                if version == Version::V31 =>
            {
                self.part("mqtt.dupflag", 0);
                self.part("mqtt.qos", 1);
                self.part("mqtt.retain_reserved", 0);
            }
            _ => self.part("mqtt.hdr_reserved", flags),
        }
        self.varint("mqtt.len", body_len);
    }

    fn connect(&mut self, connect: &Connect<'_>) {
        let version = connect.version;
        let (name, level) = match version {
            Version::V31 => ("MQIsdp", 3),
            Version::V311 => ("MQTT", 4),
            Version::V5 => ("MQTT", 5),
        };
        self.string("mqtt.proto_len", "mqtt.protoname", name);
        self.number("mqtt.ver", &[level]);
        let user = u8::from(connect.user_name.is_some());
        let password = u8::from(connect.password.is_some());
        let (will, qos, retain) = match &connect.will {
            Some(will) => (1, will.qos, u8::from(will.retain)),
            None => (0, QoS::AtMostOnce, 0),
        };
        let (qos, clean) = (qos as u8, u8::from(connect.clean_start));
        let high = user << 7 | password << 6 | retain << 5;
        self.hex("mqtt.conflags", high | qos << 3 | will << 2 | clean << 1);
        self.part("mqtt.conflag.uname", user);
        self.part("mqtt.conflag.passwd", password);
        self.part("mqtt.conflag.retain", retain);
        self.part("mqtt.conflag.qos", qos);
        self.part("mqtt.conflag.willflag", will);
        self.part("mqtt.conflag.cleansess", clean);
        self.part("mqtt.conflag.reserved", 0);
        self.number("mqtt.kalive", &connect.keep_alive.to_be_bytes());
        self.properties("mqtt.properties", &connect.properties, version);
        self.string("mqtt.clientid_len", "mqtt.clientid", connect.client_id);
        if let Some(will) = &connect.will {
            self.properties("mqtt.will_properties", &will.properties, version);
            self.string("mqtt.willtopic_len", "mqtt.willtopic", will.topic);
            self.length("mqtt.willmsg_len", will.payload.len());
            self.bytes("mqtt.willmsg", will.payload);
        }
        if let Some(user_name) = connect.user_name {
            self.string("mqtt.username_len", "mqtt.username", user_name);
        }
        if let Some(password) = connect.password {
            self.length("mqtt.passwd_len", password.len());
            self.text("mqtt.passwd", password);
        }
    }

    fn ack(
        &mut self,
        reason_name: &'static str,
        packet_id: u16,
        reason: u8,
        properties: &Properties<'_>,
        version: Version,
    ) {
        self.number("mqtt.msgid", &packet_id.to_be_bytes());
        // The short forms: no properties, and no reason either if it is success.
        if reason != 0 || !properties.is_empty() {
            self.number(reason_name, &[reason]);
            if !properties.is_empty() {
                self.properties("mqtt.properties", properties, version);
            }
        }
    }

    fn properties(&mut self, group: &'static str, list: &Properties<'_>, version: Version) {
        if version != Version::V5 {
            return;
        }
        let mut values = Self::default();
        list.iter().for_each(|property| values.property(property));
        let mut section = Self::default();
        section.varint("mqtt.property_len", values.len);
        if values.len >= 0x80 {
            // Shown as a big-endian number.
            section.list[0].show = None;
        }
        section.append(values);
        let (at, size) = (self.len, section.len);
        // The group itself has no value.
        self.list.push(Field {
            name: group,
            at,
            size,
            raw: String::new(),
            show: Some(String::new()),
            remarks: &[],
        });
        self.append(section);
    }

    fn property(&mut self, property: Property<'_>) {
        self.hex("mqtt.property_id", property.id() as u8);
        let number = "mqtt.prop_number";
        match property {
            Property::PayloadFormatIndicator(value) => self.number(number, &[value]),
            Property::RequestProblemInformation(value)
            | Property::RequestResponseInformation(value)
            | Property::RetainAvailable(value)
            | Property::WildcardSubscriptionAvailable(value)
            | Property::SubscriptionIdentifierAvailable(value)
            | Property::SharedSubscriptionAvailable(value) => {
                self.number(number, &[u8::from(value)]);
            }
            Property::MaximumQoS(value) => self.number("mqtt.property.max_qos", &[value as u8]),
            Property::ServerKeepAlive(value)
            | Property::ReceiveMaximum(value)
            | Property::TopicAliasMaximum(value) => self.number(number, &value.to_be_bytes()),
            Property::TopicAlias(value) => {
                self.number("mqtt.property.topic_alias", &value.to_be_bytes());
            }
            Property::MessageExpiryInterval(value)
            | Property::SessionExpiryInterval(value)
            | Property::WillDelayInterval(value)
            | Property::MaximumPacketSize(value) => self.number(number, &value.to_be_bytes()),
            Property::SubscriptionIdentifier(value) => self.varint(number, value as usize),
            // This one field has its length in it.
            Property::ContentType(value) => {
                let length = (value.len() as u16).to_be_bytes();
                let bytes = [&length, value.as_bytes()].concat();
                self.push("mqtt.property.content_type", &bytes, text(value.as_bytes()));
            }
            Property::ResponseTopic(value)
            | Property::AssignedClientIdentifier(value)
            | Property::AuthenticationMethod(value)
            | Property::ResponseInformation(value)
            | Property::ServerReference(value)
            | Property::ReasonString(value) => {
                self.string("mqtt.prop_string_len", "mqtt.prop_string", value);
            }
            // Bytes, which tshark takes for text.
            Property::CorrelationData(value) | Property::AuthenticationData(value) => {
                self.length("mqtt.prop_string_len", value.len());
                self.text("mqtt.prop_string", value);
            }
            Property::UserProperty(name, value) => {
                self.string("mqtt.prop_key_len", "mqtt.prop_key", name);
                self.string("mqtt.prop_value_len", "mqtt.prop_value", value);
            }
        }
    }
}

/// How tshark shows what it takes for text: as it is, if it is text without a zero byte.
fn text(bytes: &[u8]) -> Option<String> {
    core::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).map(str::to_owned)
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(out, "{byte:02x}").expect("writing to a string");
    }
    out
}
