//! CONNECT and the will in it.

use super::measure::{Body, Judge, Measure, Sizes};
use super::property::{Properties, section_len};
use crate::topic;
use crate::wire::cursor::{array_at, field_at, plain_at};
use crate::wire::field::{self, Mode, Value};
use crate::wire::property::Section;
use crate::wire::reader::Reader;
use crate::wire::text::Text;
use crate::wire::writer::Put;
use crate::{DecodeOptions, ErrorKind, PacketType, QoS, Version};
use core::fmt;

/// CONNECT: a client asks for a connection.
///
/// Layout of the body: `| protocol name | level u8 | flags u8 | keep alive u16 | properties (5.0) |
/// client id | [will properties (5.0), will topic, will payload] | [user name] | [password] |`.
///
/// # Spec
/// v3 section 3.1; v5 section 3.1.
///
/// # Examples
/// A CONNECT with a will and six properties:
/// ```
/// use mqtt_core::{Connect, Packet, Properties, Property, QoS, Version, Will};
///
/// let packet = Packet::from(Connect {
///     client_id: "sensor-7",
///     clean_start: true,
///     keep_alive: 30,
///     user_name: Some("sensor"),
///     password: Some(b"secret"),
///     will: Some(Will {
///         topic: "sensors/7/state",
///         payload: b"lost",
///         qos: QoS::AtLeastOnce,
///         retain: true,
///         properties: Properties::new(&[Property::WillDelayInterval(5)]),
///     }),
///     properties: Properties::new(&[
///         Property::SessionExpiryInterval(3600),
///         Property::ReceiveMaximum(20),
///         Property::MaximumPacketSize(64 * 1024),
///         Property::TopicAliasMaximum(10),
///         Property::RequestProblemInformation(true),
///         Property::UserProperty("site", "north"),
///     ]),
///     ..Connect::default()
/// });
/// let mut buffer = [0; 256];
/// let len = packet.encode_to_slice(Version::V5, &mut buffer)?;
/// assert_eq!(len, 100);
/// # Ok::<(), mqtt_core::EncodeError>(())
/// ```
///
/// `Debug` shows the length of the password, not the password:
/// ```
/// use mqtt_core::Connect;
/// let connect = Connect { password: Some(b"secret"), ..Connect::default() };
/// let shown = format!("{connect:?}");
/// assert!(shown.contains("password: Some(6 bytes)"), "{shown}");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Connect<'a> {
    /// The version the client speaks. A packet is only encoded in its own version.
    pub version: Version,
    /// Begin a new session (3.1.1: CleanSession).
    pub clean_start: bool,
    /// Longest time in seconds between two packets of the client; 0 turns it off.
    pub keep_alive: u16,
    /// Client identifier; empty asks the server to make one up.
    pub client_id: &'a str,
    /// Message to publish when the connection is lost.
    pub will: Option<Will<'a>>,
    /// User name.
    pub user_name: Option<&'a str>,
    /// Password: bytes, not text. In 3.1.1 only together with a user name.
    pub password: Option<&'a [u8]>,
    /// Properties of the connection (5.0).
    pub properties: Properties<'a>,
}

/// A will: the message the server publishes for a client that is gone.
///
/// # Spec
/// v3 section 3.1.2.5; v5 section 3.1.2.5.
///
/// # Examples
/// ```
/// use mqtt_core::Will;
/// let will = Will { topic: "sensors/7/state", payload: b"lost", ..Will::default() };
/// assert!(!will.retain);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Will<'a> {
    /// Topic name: not empty, no wildcards.
    pub topic: &'a str,
    /// Payload, at most 65,535 bytes.
    pub payload: &'a [u8],
    /// QoS it is published with.
    pub qos: QoS,
    /// Whether it is published as a retained message.
    pub retain: bool,
    /// Properties of the message (5.0).
    pub properties: Properties<'a>,
}

pub(crate) mod flag {
    pub(crate) const RESERVED: u8 = 1 << 0;
    pub(crate) const CLEAN_START: u8 = 1 << 1;
    pub(crate) const WILL: u8 = 1 << 2;
    pub(crate) const WILL_QOS_SHIFT: u8 = 3;
    pub(crate) const WILL_RETAIN: u8 = 1 << 5;
    pub(crate) const PASSWORD: u8 = 1 << 6;
    pub(crate) const USER_NAME: u8 = 1 << 7;
}

/// The longest client identifier of 3.1, in characters.
const V31_CLIENT_ID_MAX: usize = 23;

impl<'a> Connect<'a> {
    const SECTION: Section = Section::of(PacketType::Connect);

    pub(crate) fn parse<T: Mode>(r: &mut Reader<'a, '_, T>) -> Result<Self, T::Error> {
        let version = parse_version(r)?;
        let flags_at = r.offset();
        let flags = r.flags(&field::CONNECT_FLAGS)?;
        show_flags(r, flags);
        let lenient = r.options.strictness.allow_password_without_user_name;
        let will_qos =
            check_flags(flags, version, lenient).map_err(|kind| r.fault(kind, flags_at))?;
        let clean_start = flags & flag::CLEAN_START != 0;
        let keep_alive = r.u16(&field::KEEP_ALIVE)?;
        let properties = Properties::parse(r, Self::SECTION, &field::PROPERTY_LENGTH)?;
        let client_id_at = r.offset();
        let client_id = r.string(&field::CLIENT_ID)?;
        let lenient = r.options.strictness.allow_long_client_id;
        check_client_id(client_id, version, clean_start, lenient)
            .map_err(|kind| r.fault(kind, client_id_at))?;
        let will = match will_qos {
            Some(qos) => Some(Will::parse(r, qos, flags & flag::WILL_RETAIN != 0)?),
            None => None,
        };
        let user_name = match flags & flag::USER_NAME {
            0 => None,
            _ => Some(r.string(&field::USER_NAME)?),
        };
        let password = match flags & flag::PASSWORD {
            0 => None,
            _ => Some(r.binary(&field::PASSWORD)?),
        };
        r.finish()?;
        Ok(Self {
            version,
            clean_start,
            keep_alive,
            client_id,
            will,
            user_name,
            password,
            properties,
        })
    }
}

impl fmt::Debug for Connect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, clean_start, keep_alive, client_id, will, user_name, .. } = self;
        let len = self.password.map_or(0, <[u8]>::len);
        let secret = format_args!("{len} bytes");
        f.debug_struct("Connect")
            .field("version", version)
            .field("clean_start", clean_start)
            .field("keep_alive", keep_alive)
            .field("client_id", client_id)
            .field("will", will)
            .field("user_name", user_name)
            .field("password", &self.password.map(|_| secret))
            .field("properties", &self.properties)
            .finish()
    }
}

/// A CONNECT whose strings are each a `T`: text, or bytes for bindings to languages whose strings are.
///
/// Not part of the interface that versions keep.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct RawConnect<'a, T> {
    pub version: Version,
    pub clean_start: bool,
    pub keep_alive: u16,
    pub client_id: T,
    pub will: Option<RawWill<'a, T>>,
    pub user_name: Option<T>,
    pub password: Option<&'a [u8]>,
    pub properties: Properties<'a>,
}

/// The will of a [`RawConnect`].
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct RawWill<'a, T> {
    pub topic: T,
    pub payload: &'a [u8],
    pub qos: QoS,
    pub retain: bool,
    pub properties: Properties<'a>,
}

impl<'a> From<RawConnect<'a, &'a str>> for Connect<'a> {
    #[inline(always)]
    fn from(raw: RawConnect<'a, &'a str>) -> Self {
        let RawConnect { version, clean_start, keep_alive, client_id, will, .. } = raw;
        let RawConnect { user_name, password, properties, .. } = raw;
        let will = will.map(
            #[inline(always)]
            |RawWill { topic, payload, qos, retain, properties }| Will {
                topic,
                payload,
                qos,
                retain,
                properties,
            },
        );
        Self { version, clean_start, keep_alive, client_id, will, user_name, password, properties }
    }
}

impl<'a> From<Connect<'a>> for RawConnect<'a, &'a str> {
    fn from(connect: Connect<'a>) -> Self {
        let Connect { version, clean_start, keep_alive, client_id, will, .. } = connect;
        let Connect { user_name, password, properties, .. } = connect;
        let will = will.map(|Will { topic, payload, qos, retain, properties }| RawWill {
            topic,
            payload,
            qos,
            retain,
            properties,
        });
        Self { version, clean_start, keep_alive, client_id, will, user_name, password, properties }
    }
}

impl<'a, T: Text<'a>> RawConnect<'a, T> {
    /// Reads the body of a CONNECT as nearly all are; `None` says nothing about it.
    #[inline(always)]
    pub(crate) fn usual(body: &'a [u8], options: &DecodeOptions) -> Option<Self> {
        // Protocol name, level, flags and keep alive.
        let head: &[u8; 10] = array_at(body, 0)?;
        if head[..6] != *b"\0\x04MQTT" || options.strictness.refuses_legal() {
            return None;
        }
        // Each compiled apart: one without properties, the other without a look at the version.
        match Version::from_level(head[6])? {
            Version::V5 => Self::usual_of(Version::V5, head, body, options),
            Version::V311 => Self::usual_of(Version::V311, head, body, options),
            Version::V31 => None,
        }
    }

    /// The same for a version. `head` is the front of `body`, up to the keep alive.
    #[inline(always)]
    fn usual_of(
        version: Version,
        head: &[u8; 10],
        body: &'a [u8],
        options: &DecodeOptions,
    ) -> Option<Self> {
        let [.., flags, a, b] = *head;
        let has_will = are_usual_flags(flags, version).then_some(flags & flag::WILL != 0)?;
        let clean_start = flags & flag::CLEAN_START != 0;
        let keep_alive = u16::from_be_bytes([a, b]);
        let (properties, at) = Properties::usual_at(body, 10, Connect::SECTION, version, options)?;
        let (client_id, mut at): (T, u32) = plain_at(body, at)?;
        if client_id.wire_bytes().is_empty() && !clean_start && !version.is_v5() {
            return None;
        }
        let mut will = None;
        if has_will {
            let (properties, end) =
                Properties::usual_at(body, at, Section::WILL, version, options)?;
            let (topic, end) = field_at(body, end)?;
            if !topic::is_usual_name(topic, options.limits.max_topic_levels) {
                return None;
            }
            let topic = T::last(body.get(..end as usize)?, topic.len());
            let (payload, end) = field_at(body, end)?;
            let retain = flags & flag::WILL_RETAIN != 0;
            let qos = QoS::from_bits(flags >> flag::WILL_QOS_SHIFT)?;
            will = Some(RawWill { topic, payload, qos, retain, properties });
            at = end;
        }
        let mut user_name = None;
        if flags & flag::USER_NAME != 0 {
            let (name, end) = plain_at(body, at)?;
            user_name = Some(name);
            at = end;
        }
        let mut password = None;
        if flags & flag::PASSWORD != 0 {
            let (secret, end) = field_at(body, at)?;
            password = Some(secret);
            at = end;
        }
        (at as usize == body.len()).then_some(Self {
            version,
            clean_start,
            keep_alive,
            client_id,
            will,
            user_name,
            password,
            properties,
        })
    }
}

impl Body for Connect<'_> {
    const PACKET: PacketType = PacketType::Connect;

    fn measure<J: Judge>(&self, m: Measure<J>) -> Result<Sizes, J::Error> {
        if self.version != m.version {
            return Err(m.not_in_version());
        }
        if self.password.is_some() && self.user_name.is_none() && !m.version.is_v5() {
            return Err(m.invalid(ErrorKind::PasswordWithoutUserName));
        }
        check_client_id(self.client_id, m.version, self.clean_start, false)
            .map_err(|kind| m.invalid(kind))?;
        let properties = self.properties.measure::<_, { PacketType::Connect as u8 }>(m)?;
        let mut body = 2 + m.version.protocol_name().len() as u64 + 4;
        body += section_len(m, properties) + m.string(self.client_id)?;
        let mut will_properties = 0;
        if let Some(will) = &self.will {
            if will.topic.is_empty() {
                return Err(m.invalid(ErrorKind::TopicEmpty));
            }
            will_properties = will.properties.measure::<_, 0>(m)?;
            body += section_len(m, will_properties)
                + m.topic_name(will.topic, ErrorKind::TopicWildcard)?
                + m.binary(will.payload)?;
        }
        if let Some(user_name) = self.user_name {
            body += m.string(user_name)?;
        }
        if let Some(password) = self.password {
            body += m.binary(password)?;
        }
        Ok(Sizes { body: m.fits(body)?, properties, will_properties })
    }

    fn write<P: Put>(&self, _: Version, sizes: &Sizes, out: P) -> Option<P> {
        let v5 = self.version.is_v5();
        let [high, low] = self.keep_alive.to_be_bytes();
        let mut flags = 0;
        if self.clean_start {
            flags |= flag::CLEAN_START;
        }
        if let Some(will) = &self.will {
            flags |= flag::WILL | (will.qos as u8) << flag::WILL_QOS_SHIFT;
            if will.retain {
                flags |= flag::WILL_RETAIN;
            }
        }
        if self.user_name.is_some() {
            flags |= flag::USER_NAME;
        }
        if self.password.is_some() {
            flags |= flag::PASSWORD;
        }
        let mut out = out.binary(self.version.protocol_name().as_bytes())?.array([
            self.version.level(),
            flags,
            high,
            low,
        ])?;
        if v5 {
            out = self.properties.write(Connect::SECTION, sizes.properties, out)?;
        }
        out = out.binary(self.client_id.as_bytes())?;
        if let Some(will) = &self.will {
            if v5 {
                out = will.properties.write(Section::WILL, sizes.will_properties, out)?;
            }
            out = out.binary(will.topic.as_bytes())?.binary(will.payload)?;
        }
        if let Some(user_name) = self.user_name {
            out = out.binary(user_name.as_bytes())?;
        }
        if let Some(password) = self.password {
            out = out.binary(password)?;
        }
        Some(out)
    }
}

impl<'a> Will<'a> {
    fn parse<T: Mode>(r: &mut Reader<'a, '_, T>, qos: QoS, retain: bool) -> Result<Self, T::Error> {
        let properties = Properties::parse(r, Section::WILL, &field::WILL_PROPERTY_LENGTH)?;
        let empty = Some(ErrorKind::TopicEmpty);
        let topic = r.topic_name(&field::WILL_TOPIC, empty, ErrorKind::TopicWildcard)?;
        let payload_at = r.offset() + 2;
        let payload = r.binary(&field::WILL_PAYLOAD)?;
        super::check_payload_format(r, &properties, payload, payload_at)?;
        Ok(Self { topic, payload, qos, retain, properties })
    }
}

/// Reads protocol name and level, from which on the packet is judged by that version.
///
/// # Spec
/// v3, v5 \[MQTT-3.1.2-1\], \[MQTT-3.1.2-2\].
fn parse_version<T: Mode>(r: &mut Reader<'_, '_, T>) -> Result<Version, T::Error> {
    let name_at = r.offset();
    let name = r.string(&field::PROTOCOL_NAME)?;
    if name != "MQTT" && name != "MQIsdp" {
        // Only one that calls itself 5.0 can read an answer.
        let level = r.u8(&field::PROTOCOL_LEVEL).ok();
        let form = level.and_then(Version::from_level).filter(|version| version.is_v5());
        return Err(r.fault_as(ErrorKind::ProtocolName, name_at, form));
    }
    let level_at = r.offset();
    let level = r.u8(&field::PROTOCOL_LEVEL)?;
    match Version::from_level(level) {
        Some(version) if version.protocol_name() == name => {
            r.set_version(version)?;
            Ok(version)
        }
        // 3.1.1 asks for an answer, 5.0 does not: it is in the form of 3.1.1, whatever the level.
        _ => Err(r.fault_as(ErrorKind::ProtocolLevel, level_at, Some(Version::V311))),
    }
}

fn show_flags<T: Mode>(r: &mut Reader<'_, '_, T>, flags: u8) {
    let bit = |mask: u8| Value::Number(u32::from(flags & mask != 0));
    r.part(&field::USER_NAME_FLAG, bit(flag::USER_NAME));
    r.part(&field::PASSWORD_FLAG, bit(flag::PASSWORD));
    r.part(&field::WILL_RETAIN, bit(flag::WILL_RETAIN));
    r.part(&field::WILL_QOS, Value::Number(u32::from(flags >> flag::WILL_QOS_SHIFT & 3)));
    r.part(&field::WILL_FLAG, bit(flag::WILL));
    r.part(&field::CLEAN_START, bit(flag::CLEAN_START));
}

/// Checks the connect flags; gives the QoS of the will if there is one.
///
/// # Spec
/// v3 \[MQTT-3.1.2-3\], \[MQTT-3.1.2-13\] to \[MQTT-3.1.2-15\], \[MQTT-3.1.2-22\]; v5
/// \[MQTT-3.1.2-3\], \[MQTT-3.1.2-11\] to \[MQTT-3.1.2-13\].
#[inline]
fn check_flags(
    flags: u8,
    version: Version,
    allow_password_alone: bool,
) -> Result<Option<QoS>, ErrorKind> {
    if flags & flag::RESERVED != 0 {
        return Err(ErrorKind::ConnectFlagsReserved);
    }
    let will = match (flags & flag::WILL != 0, QoS::from_bits(flags >> flag::WILL_QOS_SHIFT)) {
        (true, Some(qos)) => Some(qos),
        (true, None) => return Err(ErrorKind::WillQos),
        (false, Some(QoS::AtMostOnce)) => None,
        (false, _) => return Err(ErrorKind::WillQosWithoutWill),
    };
    if will.is_none() && flags & flag::WILL_RETAIN != 0 {
        return Err(ErrorKind::WillRetainWithoutWill);
    }
    let password_alone = flags & (flag::PASSWORD | flag::USER_NAME) == flag::PASSWORD;
    if password_alone && !version.is_v5() && !allow_password_alone {
        return Err(ErrorKind::PasswordWithoutUserName);
    }
    Ok(will)
}

/// True for flags without fault; false says nothing about them.
#[inline(always)]
fn are_usual_flags(flags: u8, version: Version) -> bool {
    const WILL_ONLY: u8 = 3 << flag::WILL_QOS_SHIFT | flag::WILL_RETAIN;
    if flags & flag::WILL == 0 && flags & WILL_ONLY != 0 {
        return false;
    }
    let password_alone = flags & (flag::PASSWORD | flag::USER_NAME) == flag::PASSWORD;
    flags & flag::RESERVED == 0 && (version.is_v5() || !password_alone)
}

/// Client identifiers that no server may accept.
///
/// # Spec
/// v3 \[MQTT-3.1.3-7\]; 3.1: 1 to 23 characters.
fn check_client_id(
    client_id: &str,
    version: Version,
    clean: bool,
    allow_long: bool,
) -> Result<(), ErrorKind> {
    match version {
        Version::V31 if client_id.is_empty() => Err(ErrorKind::ClientIdEmpty),
        Version::V31 if !allow_long && client_id.chars().count() > V31_CLIENT_ID_MAX => {
            Err(ErrorKind::ClientIdTooLong)
        }
        Version::V311 if client_id.is_empty() && !clean => Err(ErrorKind::ClientIdEmpty),
        _ => Ok(()),
    }
}
