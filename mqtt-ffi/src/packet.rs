//! Packets as C structures, and between them and the core's.

/// A field of a structure of the caller's. Each alone: a C program need not have set those that mean nothing.
macro_rules! field {
    ($body:expr, $($path:ident).+) => {
        (&raw const (*$body).$($path).+).read()
    };
}

mod usual;

pub(crate) use usual::{
    sent_connect, sent_publish, sent_subscribe, usual_ack, write_ack, write_connect, write_publish,
    write_subscribe,
};

use crate::{
    MQC_ERR_UTF8, MQC_INVALID_ARGUMENT, MQC_PACKET_AUTH, MQC_PACKET_CONNACK, MQC_PACKET_CONNECT,
    MQC_PACKET_DISCONNECT, MQC_PACKET_PINGREQ, MQC_PACKET_PINGRESP, MQC_PACKET_PUBACK,
    MQC_PACKET_PUBCOMP, MQC_PACKET_PUBLISH, MQC_PACKET_PUBREC, MQC_PACKET_PUBREL,
    MQC_PACKET_SUBACK, MQC_PACKET_SUBSCRIBE, MQC_PACKET_UNSUBACK, MQC_PACKET_UNSUBSCRIBE,
    MQC_VERSION_UNKNOWN,
    boundary::required,
    mqc_bytes, mqc_packet_type, mqc_qos, mqc_status, mqc_version,
    property::{self, Section},
    status, types,
};
use ascii::AsAsciiStr as _;
use mqtt_core::{
    Ack, Auth, ConnAck, Connect, Disconnect, FilterAck, Packet, PacketId, PacketType, Properties,
    Publish, ReasonCode, ReasonCodes, Subscribe, Subscriptions, TopicFilters, Unsubscribe, Version,
    Will,
    raw::{RawConnect, RawPublish, SENDING, Text},
};

/// CONNECT: a client asks for a connection.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_connect {
    /// The version that the client speaks. To encode, `MQC_VERSION_UNKNOWN` stands for the version
    /// that is encoded in; no other will do.
    pub version: mqc_version,
    /// Longest time in seconds between two packets of the client; 0 turns it off.
    pub keep_alive: u16,
    /// 1 to begin a new session (3.1.1: CleanSession), else 0.
    pub clean_start: u8,
    /// 1 if there is a will, else 0; the fields of the will mean nothing then.
    pub has_will: u8,
    /// 1 if there is a user name, which may be empty; else 0.
    pub has_user_name: u8,
    /// 1 if there is a password, which may be empty; else 0.
    pub has_password: u8,
    /// QoS that the will is published with.
    pub will_qos: mqc_qos,
    /// 1 if the will is published as a retained message, else 0.
    pub will_retain: u8,
    /// Zero.
    pub reserved: u32,
    /// Client identifier, UTF-8; empty asks the server to make one up.
    pub client_id: mqc_bytes,
    /// Properties of the connection, as those of mqc_publish.
    pub properties: mqc_bytes,
    /// Topic name of the will, UTF-8.
    pub will_topic: mqc_bytes,
    /// Payload of the will.
    pub will_payload: mqc_bytes,
    /// Properties of the will, as those of mqc_publish.
    pub will_properties: mqc_bytes,
    /// User name, UTF-8.
    pub user_name: mqc_bytes,
    /// Password.
    pub password: mqc_bytes,
}

/// CONNACK: the server answers CONNECT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_connack {
    /// 1 if the server goes on with a session that it has, else 0.
    pub session_present: u8,
    /// Reason code of 5.0, or return code of 3.1.1; 0 is success.
    pub reason_code: u8,
    /// Zero.
    pub reserved: [u8; 6],
    /// Properties, as those of mqc_publish.
    pub properties: mqc_bytes,
}

/// PUBLISH: a message.
///
/// Decoded, its views point into the decoder's input. To encode one, set every field; zeroed
/// memory is a QoS 0 message without properties, topic and payload.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_publish {
    /// 1 if this is sent again, else 0.
    pub dup: u8,
    /// `MQC_QOS_*`.
    pub qos: mqc_qos,
    /// 1 if the server shall keep the message, or has kept it; else 0.
    pub retain: u8,
    /// Zero.
    pub reserved: u8,
    /// 1 to 65,535; 0 with QoS 0, which has none.
    pub packet_id: u16,
    /// Zero.
    pub reserved_2: u16,
    /// Topic name, UTF-8.
    pub topic: mqc_bytes,
    /// Properties one after another as on the wire, without the length in front of them. Walk them
    /// with mqc_property_next(), build them with mqc_property_put(). Empty before 5.0.
    pub properties: mqc_bytes,
    /// Payload.
    pub payload: mqc_bytes,
}

/// PUBACK, PUBREC, PUBREL or PUBCOMP: a step of the exchange that a message makes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_ack {
    /// Of the PUBLISH: 1 to 65,535.
    pub packet_id: u16,
    /// Reason code; 0, success, before 5.0.
    pub reason_code: u8,
    /// Zero.
    pub reserved: [u8; 5],
    /// Properties, as those of mqc_publish.
    pub properties: mqc_bytes,
}

/// SUBSCRIBE: a client asks for messages.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_subscribe {
    /// 1 to 65,535; repeated by the SUBACK.
    pub packet_id: u16,
    /// Zero.
    pub reserved: [u8; 6],
    /// Properties, as those of mqc_publish.
    pub properties: mqc_bytes,
    /// Filters with their options one after another as on the wire: one or more. Walk them with
    /// mqc_subscription_next(), build them with mqc_subscription_put().
    pub subscriptions: mqc_bytes,
}

/// UNSUBSCRIBE: a client ends subscriptions.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_unsubscribe {
    /// 1 to 65,535; repeated by the UNSUBACK.
    pub packet_id: u16,
    /// Zero.
    pub reserved: [u8; 6],
    /// Properties, as those of mqc_publish.
    pub properties: mqc_bytes,
    /// Filters one after another as on the wire: one or more. Walk them with mqc_filter_next(),
    /// build them with mqc_filter_put().
    pub filters: mqc_bytes,
}

/// SUBACK or UNSUBACK: the server answers SUBSCRIBE or UNSUBSCRIBE.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_filter_ack {
    /// Of the packet that this answers: 1 to 65,535.
    pub packet_id: u16,
    /// Zero.
    pub reserved: [u8; 6],
    /// Properties, as those of mqc_publish.
    pub properties: mqc_bytes,
    /// A code for each filter, in the order of the filters, a byte each; none in an UNSUBACK before
    /// 5.0.
    pub reason_codes: mqc_bytes,
}

/// DISCONNECT: the last packet of a connection.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_disconnect {
    /// Reason code; 0, as all have, before 5.0.
    pub reason_code: u8,
    /// Zero.
    pub reserved: [u8; 7],
    /// Properties, as those of mqc_publish.
    pub properties: mqc_bytes,
}

/// AUTH: one step of enhanced authentication (5.0).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_auth {
    /// Reason code.
    pub reason_code: u8,
    /// Zero.
    pub reserved: [u8; 7],
    /// Properties, as those of mqc_publish.
    pub properties: mqc_bytes,
}

/// The fields of a packet; `packet_type` says which member is set. PINGREQ and PINGRESP have none.
#[repr(C)]
#[derive(Clone, Copy)]
pub union mqc_packet_body {
    /// `MQC_PACKET_CONNECT`
    pub connect: mqc_connect,
    /// `MQC_PACKET_CONNACK`
    pub connack: mqc_connack,
    /// `MQC_PACKET_PUBLISH`
    pub publish: mqc_publish,
    /// `MQC_PACKET_PUBACK`
    pub puback: mqc_ack,
    /// `MQC_PACKET_PUBREC`
    pub pubrec: mqc_ack,
    /// `MQC_PACKET_PUBREL`
    pub pubrel: mqc_ack,
    /// `MQC_PACKET_PUBCOMP`
    pub pubcomp: mqc_ack,
    /// `MQC_PACKET_SUBSCRIBE`
    pub subscribe: mqc_subscribe,
    /// `MQC_PACKET_SUBACK`
    pub suback: mqc_filter_ack,
    /// `MQC_PACKET_UNSUBSCRIBE`
    pub unsubscribe: mqc_unsubscribe,
    /// `MQC_PACKET_UNSUBACK`
    pub unsuback: mqc_filter_ack,
    /// `MQC_PACKET_DISCONNECT`
    pub disconnect: mqc_disconnect,
    /// `MQC_PACKET_AUTH`
    pub auth: mqc_auth,
    /// Room for fields to come, so that this structure keeps its size.
    pub reserved: [u64; 24],
}

/// A packet, in memory of the caller.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mqc_packet {
    /// `MQC_PACKET_*`
    pub packet_type: mqc_packet_type,
    /// Zero.
    pub reserved: u32,
    /// Its fields.
    pub body: mqc_packet_body,
}

/// Writes a packet of the core to a place of the caller's.
///
/// # Safety
/// `out` points to a writable `mqc_packet`. It need not be initialized: the places are written one
/// by one.
#[inline(always)]
pub(crate) unsafe fn write(packet: &Packet<'_>, out: *mut mqc_packet) {
    macro_rules! body {
        ($member:ident, $value:expr) => {{
            let value = $value;
            // SAFETY: the caller's promise.
            unsafe { (&raw mut (*out).body.$member).write(value) };
        }};
    }
    // SAFETY: the caller's promise.
    unsafe { (&raw mut (*out).packet_type).write(packet.packet_type() as mqc_packet_type) };
    // SAFETY: as above.
    unsafe { (&raw mut (*out).reserved).write(0) };
    match packet {
        Packet::Publish(publish) => body!(publish, of_publish(publish)),
        Packet::PubAck(ack) => body!(puback, of_ack(ack)),
        Packet::PubRec(ack) => body!(pubrec, of_ack(ack)),
        Packet::PubRel(ack) => body!(pubrel, of_ack(ack)),
        Packet::PubComp(ack) => body!(pubcomp, of_ack(ack)),
        Packet::Connect(connect) => body!(connect, of_connect(connect)),
        Packet::ConnAck(connack) => body!(connack, of_connack(connack)),
        Packet::Subscribe(subscribe) => body!(subscribe, of_subscribe(subscribe)),
        Packet::Unsubscribe(unsubscribe) => body!(
            unsubscribe,
            mqc_unsubscribe {
                packet_id: unsubscribe.packet_id.get(),
                reserved: [0; 6],
                properties: block(&unsubscribe.properties),
                filters: mqc_bytes::of(unsubscribe.filters.wire().unwrap_or(&[])),
            }
        ),
        Packet::SubAck(ack) => body!(suback, of_filter_ack(ack)),
        Packet::UnsubAck(ack) => body!(unsuback, of_filter_ack(ack)),
        Packet::Disconnect(disconnect) => body!(
            disconnect,
            mqc_disconnect {
                reason_code: disconnect.reason.0,
                reserved: [0; 7],
                properties: block(&disconnect.properties),
            }
        ),
        Packet::Auth(auth) => body!(
            auth,
            mqc_auth {
                reason_code: auth.reason.0,
                reserved: [0; 7],
                properties: block(&auth.properties),
            }
        ),
        Packet::PingReq | Packet::PingResp => {}
    }
}

/// The bytes of properties that were read: those of values to send have none.
fn block(properties: &Properties<'_>) -> mqc_bytes {
    mqc_bytes::of(properties.wire().unwrap_or(&[]))
}

pub(crate) fn of_publish(publish: &Publish<'_>) -> mqc_publish {
    let Publish { dup, qos, retain, topic, packet_id, properties, payload } = *publish;
    of_raw_publish(&RawPublish { dup, qos, retain, topic, packet_id, properties, payload })
}

#[inline(always)]
fn of_subscribe(subscribe: &Subscribe<'_>) -> mqc_subscribe {
    mqc_subscribe {
        packet_id: subscribe.packet_id.get(),
        reserved: [0; 6],
        properties: block(&subscribe.properties),
        subscriptions: mqc_bytes::of(subscribe.filters.wire().unwrap_or(&[])),
    }
}

#[inline(always)]
fn of_raw_publish<'a, T: Text<'a>>(publish: &RawPublish<'a, T>) -> mqc_publish {
    mqc_publish {
        dup: u8::from(publish.dup),
        qos: publish.qos as u8,
        retain: u8::from(publish.retain),
        reserved: 0,
        packet_id: publish.packet_id.map_or(0, PacketId::get),
        reserved_2: 0,
        topic: mqc_bytes::of(publish.topic.wire_bytes()),
        properties: block(&publish.properties),
        payload: mqc_bytes::of(publish.payload),
    }
}

fn of_ack<const TYPE: u8>(ack: &Ack<'_, TYPE>) -> mqc_ack {
    mqc_ack {
        packet_id: ack.packet_id.get(),
        reason_code: ack.reason.0,
        reserved: [0; 5],
        properties: block(&ack.properties),
    }
}

pub(crate) fn of_connack(connack: &ConnAck<'_>) -> mqc_connack {
    mqc_connack {
        session_present: u8::from(connack.session_present),
        reason_code: connack.reason.0,
        reserved: [0; 6],
        properties: block(&connack.properties),
    }
}

fn of_filter_ack<const TYPE: u8>(ack: &FilterAck<'_, TYPE>) -> mqc_filter_ack {
    mqc_filter_ack {
        packet_id: ack.packet_id.get(),
        reserved: [0; 6],
        properties: block(&ack.properties),
        reason_codes: mqc_bytes::of(ack.reasons.wire().unwrap_or(&[])),
    }
}

pub(crate) fn of_connect(connect: &Connect<'_>) -> mqc_connect {
    of_raw_connect(&RawConnect::from(*connect))
}

#[inline(always)]
fn of_raw_connect<'a, T: Text<'a>>(connect: &RawConnect<'a, T>) -> mqc_connect {
    const NONE: mqc_bytes = mqc_bytes::of(&[]);
    let will = connect.will.as_ref();
    mqc_connect {
        version: u32::from(connect.version.level()),
        keep_alive: connect.keep_alive,
        clean_start: u8::from(connect.clean_start),
        has_will: u8::from(will.is_some()),
        has_user_name: u8::from(connect.user_name.is_some()),
        has_password: u8::from(connect.password.is_some()),
        will_qos: will.map_or(0, |will| will.qos as u8),
        will_retain: will.map_or(0, |will| u8::from(will.retain)),
        reserved: 0,
        client_id: mqc_bytes::of(connect.client_id.wire_bytes()),
        properties: block(&connect.properties),
        will_topic: will.map_or(NONE, |will| mqc_bytes::of(will.topic.wire_bytes())),
        will_payload: will.map_or(NONE, |will| mqc_bytes::of(will.payload)),
        will_properties: will.map_or(NONE, |will| block(&will.properties)),
        user_name: connect.user_name.map_or(NONE, |name| mqc_bytes::of(name.wire_bytes())),
        password: connect.password.map_or(NONE, mqc_bytes::of),
    }
}

/// The core's view of a packet of the caller's.
///
/// # Safety
/// `packet` is NULL or points to a packet whose views point to their bytes, which nobody changes
/// during `'a`.
#[inline(always)]
pub(crate) unsafe fn read<'a>(
    packet: *const mqc_packet,
    version: Version,
) -> Result<Packet<'a>, mqc_status> {
    required(packet)?;
    macro_rules! body {
        // The fields are read one by one, because a C program need not have initialized the others.
        ($member:ident) => {
            *(&raw const (*packet).body.$member)
        };
    }
    // SAFETY: not NULL; the rest is the caller's promise.
    let packet_type = unsafe { (&raw const (*packet).packet_type).read() };
    // SAFETY: not NULL; the type says which member is set; the rest is the caller's promise.
    unsafe {
        Ok(match packet_type {
            MQC_PACKET_PUBLISH => Packet::Publish(publish(&raw const (*packet).body.publish)?),
            MQC_PACKET_CONNECT => Packet::Connect(connect(&body!(connect), version)?),
            MQC_PACKET_CONNACK => {
                let body = &body!(connack);
                Packet::ConnAck(ConnAck {
                    session_present: types::flag(body.session_present)?,
                    reason: ReasonCode(body.reason_code),
                    properties: properties(body.properties, PacketType::ConnAck)?,
                })
            }
            MQC_PACKET_PUBACK => Packet::PubAck(ack(&body!(puback), PacketType::PubAck)?),
            MQC_PACKET_PUBREC => Packet::PubRec(ack(&body!(pubrec), PacketType::PubRec)?),
            MQC_PACKET_PUBREL => Packet::PubRel(ack(&body!(pubrel), PacketType::PubRel)?),
            MQC_PACKET_PUBCOMP => Packet::PubComp(ack(&body!(pubcomp), PacketType::PubComp)?),
            MQC_PACKET_SUBSCRIBE => {
                let body = &body!(subscribe);
                let filters =
                    Subscriptions::parse_wire(body.subscriptions.get()?, version, &SENDING);
                Packet::Subscribe(Subscribe {
                    packet_id: packet_id(body.packet_id)?,
                    properties: properties(body.properties, PacketType::Subscribe)?,
                    filters: filters.map_err(|error| status::of_kind(error.kind()))?,
                })
            }
            MQC_PACKET_UNSUBSCRIBE => {
                let body = &body!(unsubscribe);
                let filters = TopicFilters::parse_wire(body.filters.get()?, version, &SENDING);
                Packet::Unsubscribe(Unsubscribe {
                    packet_id: packet_id(body.packet_id)?,
                    properties: properties(body.properties, PacketType::Unsubscribe)?,
                    filters: filters.map_err(|error| status::of_kind(error.kind()))?,
                })
            }
            MQC_PACKET_SUBACK => Packet::SubAck(filter_ack(&body!(suback), PacketType::SubAck)?),
            MQC_PACKET_UNSUBACK => {
                Packet::UnsubAck(filter_ack(&body!(unsuback), PacketType::UnsubAck)?)
            }
            MQC_PACKET_PINGREQ => Packet::PingReq,
            MQC_PACKET_PINGRESP => Packet::PingResp,
            MQC_PACKET_DISCONNECT => {
                let body = &body!(disconnect);
                Packet::Disconnect(Disconnect {
                    reason: ReasonCode(body.reason_code),
                    properties: properties(body.properties, PacketType::Disconnect)?,
                })
            }
            MQC_PACKET_AUTH => {
                let body = &body!(auth);
                Packet::Auth(Auth {
                    reason: ReasonCode(body.reason_code),
                    properties: properties(body.properties, PacketType::Auth)?,
                })
            }
            _ => return Err(MQC_INVALID_ARGUMENT),
        })
    }
}

/// The core's view of a packet that has to be a PUBLISH, without its payload, which is not looked at.
///
/// # Safety
/// `packet` is NULL or points to a packet whose other views point to their bytes, which nobody
/// changes during `'a`.
pub(crate) unsafe fn publish_head_of<'a>(
    packet: *const mqc_packet,
) -> Result<Publish<'a>, mqc_status> {
    required(packet)?;
    // SAFETY: not NULL; the rest is the caller's promise.
    match unsafe { (&raw const (*packet).packet_type).read() } {
        // SAFETY: as above; the type says that this member is set.
        MQC_PACKET_PUBLISH => unsafe { publish_head(&raw const (*packet).body.publish) },
        _ => Err(MQC_INVALID_ARGUMENT),
    }
}

/// # Safety
/// As [`mqc_bytes::get`].
pub(crate) unsafe fn text<'a>(bytes: mqc_bytes) -> Result<&'a str, mqc_status> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes.get()? };
    match bytes.as_ascii_str() {
        // As nearly all text is, and quicker.
        Ok(text) => Ok(text.as_str()),
        Err(_) => core::str::from_utf8(bytes).map_err(|_| MQC_ERR_UTF8),
    }
}

/// # Safety
/// As [`mqc_bytes::get`].
#[inline]
pub(crate) unsafe fn properties<'a>(
    block: mqc_bytes,
    packet: PacketType,
) -> Result<Properties<'a>, mqc_status> {
    // SAFETY: the caller's promise.
    let block = unsafe { block.get()? };
    property::parse(block, Section::Of(packet), &SENDING)
}

fn packet_id(id: u16) -> Result<PacketId, mqc_status> {
    PacketId::new(id).ok_or(crate::MQC_ERR_PACKET_ID_ZERO)
}

/// # Safety
/// `body` points to the fields of a PUBLISH, and their views to their bytes.
#[inline(always)]
pub(crate) unsafe fn publish<'a>(body: *const mqc_publish) -> Result<Publish<'a>, mqc_status> {
    // SAFETY: the caller's promise, for both.
    unsafe { Ok(Publish { payload: field!(body, payload).get()?, ..publish_head(body)? }) }
}

/// The same without the payload, which is not looked at.
///
/// # Safety
/// As `publish`, but for the payload.
#[inline(always)]
unsafe fn publish_head<'a>(body: *const mqc_publish) -> Result<Publish<'a>, mqc_status> {
    // SAFETY: the caller's promise, for all these.
    unsafe {
        Ok(Publish {
            dup: types::flag(field!(body, dup))?,
            qos: types::qos(field!(body, qos))?,
            retain: types::flag(field!(body, retain))?,
            topic: text(field!(body, topic))?,
            packet_id: PacketId::new(field!(body, packet_id)),
            properties: properties(field!(body, properties), PacketType::Publish)?,
            payload: &[],
        })
    }
}

/// # Safety
/// The views point to their bytes.
#[inline(always)]
pub(crate) unsafe fn ack<'a, const TYPE: u8>(
    body: &mqc_ack,
    packet: PacketType,
) -> Result<Ack<'a, TYPE>, mqc_status> {
    let ack = Ack::new(packet_id(body.packet_id)?);
    // SAFETY: the caller's promise.
    let properties = unsafe { properties(body.properties, packet)? };
    Ok(Ack { reason: ReasonCode(body.reason_code), properties, ..ack })
}

/// # Safety
/// The views point to their bytes.
unsafe fn filter_ack<'a, const TYPE: u8>(
    body: &mqc_filter_ack,
    packet: PacketType,
) -> Result<FilterAck<'a, TYPE>, mqc_status> {
    let ack = FilterAck::new(packet_id(body.packet_id)?);
    // SAFETY: the caller's promise.
    let (properties, codes) =
        unsafe { (properties(body.properties, packet)?, reason_codes(body.reason_codes)?) };
    Ok(FilterAck { properties, reasons: ReasonCodes::new(codes), ..ack })
}

/// # Safety
/// As [`mqc_bytes::get`].
pub(crate) unsafe fn reason_codes<'a>(codes: mqc_bytes) -> Result<&'a [ReasonCode], mqc_status> {
    // SAFETY: the caller's promise.
    let codes = unsafe { codes.get()? };
    // SAFETY: `ReasonCode` is a transparent byte, of any value.
    Ok(unsafe { core::slice::from_raw_parts(codes.as_ptr().cast(), codes.len()) })
}

/// # Safety
/// The views point to their bytes.
pub(crate) unsafe fn connect<'a>(
    body: &mqc_connect,
    version: Version,
) -> Result<Connect<'a>, mqc_status> {
    // SAFETY: the caller's promise, for all these.
    unsafe {
        let mut connect = Connect {
            version: match body.version {
                MQC_VERSION_UNKNOWN => version,
                named => types::known_version(named)?,
            },
            clean_start: types::flag(body.clean_start)?,
            keep_alive: body.keep_alive,
            client_id: text(body.client_id)?,
            properties: properties(body.properties, PacketType::Connect)?,
            ..Connect::default()
        };
        if types::flag(body.has_will)? {
            let block = body.will_properties.get()?;
            connect.will = Some(Will {
                topic: text(body.will_topic)?,
                payload: body.will_payload.get()?,
                qos: types::qos(body.will_qos)?,
                retain: types::flag(body.will_retain)?,
                properties: property::parse(block, Section::Will, &SENDING)?,
            });
        }
        if types::flag(body.has_user_name)? {
            connect.user_name = Some(text(body.user_name)?);
        }
        if types::flag(body.has_password)? {
            connect.password = Some(body.password.get()?);
        }
        Ok(connect)
    }
}
