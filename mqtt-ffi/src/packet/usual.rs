//! Packets as nearly all are, between C structures and bytes without a `Packet` of the core.

use super::{
    mqc_ack, mqc_connect, mqc_packet, mqc_publish, mqc_subscribe, of_raw_connect, of_raw_publish,
    of_subscribe,
};
use crate::{
    MQC_PACKET_CONNECT, MQC_PACKET_PUBLISH, MQC_PACKET_PUBREL, MQC_PACKET_SUBSCRIBE,
    MQC_VERSION_UNKNOWN, MQC_VERSION_V5, MQC_VERSION_V311, mqc_bytes, mqc_packet_type, types,
};
use core::slice;
use mqtt_core::{
    PacketId, PacketType, ReasonCode, Subscribe,
    raw::{RawConnect, RawPublish, SentConnect, SentPublish, SentSubscribe},
};

/// Writes a PUBLISH to a place of the caller's.
///
/// # Safety
/// As `write`.
#[inline(always)]
pub(crate) unsafe fn write_publish(publish: &RawPublish<'_, &[u8]>, out: *mut mqc_packet) {
    // SAFETY: the caller's promise, for all these.
    unsafe {
        (&raw mut (*out).packet_type).write(MQC_PACKET_PUBLISH);
        (&raw mut (*out).reserved).write(0);
        (&raw mut (*out).body.publish).write(of_raw_publish(publish));
    }
}

/// Writes a CONNECT to a place of the caller's.
///
/// # Safety
/// As `write`.
#[inline(always)]
pub(crate) unsafe fn write_connect(connect: &RawConnect<'_, &[u8]>, out: *mut mqc_packet) {
    // SAFETY: the caller's promise, for all these.
    unsafe {
        (&raw mut (*out).packet_type).write(MQC_PACKET_CONNECT);
        (&raw mut (*out).reserved).write(0);
        (&raw mut (*out).body.connect).write(of_raw_connect(connect));
    }
}

/// Writes an acknowledgement of success to a place of the caller's.
///
/// # Safety
/// As `write`.
#[inline(always)]
pub(crate) unsafe fn write_ack(packet: PacketType, id: PacketId, out: *mut mqc_packet) {
    let body = mqc_ack {
        packet_id: id.get(),
        reason_code: ReasonCode::SUCCESS.0,
        reserved: [0; 5],
        properties: mqc_bytes::of(&[]),
    };
    // SAFETY: the caller's promise, for all these; all acknowledgements are the same structure at the same place.
    unsafe {
        (&raw mut (*out).packet_type).write(packet as mqc_packet_type);
        (&raw mut (*out).reserved).write(0);
        (&raw mut (*out).body.puback).write(body);
    }
}

/// The bytes of an acknowledgement of success without properties, as nearly all are; `None` says nothing about it.
///
/// # Safety
/// `packet` points to a packet of this type, which is PUBACK, PUBREC, PUBREL or PUBCOMP.
#[inline(always)]
pub(crate) unsafe fn usual_ack(packet: *const mqc_packet) -> Option<[u8; 4]> {
    // SAFETY: the caller's promise, for all these; all acknowledgements are the same structure at the same place.
    let (packet_type, id, reason, properties_len) = unsafe {
        let body = &raw const (*packet).body.puback;
        let packet_type = field!(packet, packet_type);
        let properties_len = field!(body, properties.len);
        (packet_type, field!(body, packet_id), field!(body, reason_code), properties_len)
    };
    let [high, low] = id.to_be_bytes();
    let flags = u8::from(packet_type == MQC_PACKET_PUBREL) << 1;
    let is_usual = id != 0 && reason == 0 && properties_len == 0;
    is_usual.then_some([(packet_type as u8) << 4 | flags, 2, high, low])
}

/// The fields of a PUBLISH, not judged yet; `None` for flags that are none, and for views that cannot be or seldom are.
///
/// # Safety
/// The views point to their bytes.
#[inline(always)]
pub(crate) unsafe fn sent_publish<'a>(body: *const mqc_publish) -> Option<SentPublish<'a>> {
    // SAFETY: the caller's promise, for all these.
    unsafe {
        let (dup, qos, retain) = (field!(body, dup), field!(body, qos), field!(body, retain));
        if dup | retain > 1 || qos > 2 {
            return None;
        }
        let (topic, payload) = (field!(body, topic), field!(body, payload));
        // No topic, and no bytes at no place, are for others to look at.
        let is_short = (1..=usize::from(u16::MAX)).contains(&topic.len) && payload.len <= 1 << 28;
        if !is_short || topic.data.is_null() || payload.data.is_null() {
            return None;
        }
        Some(SentPublish {
            flags: dup << 3 | qos << 1 | retain,
            topic: slice::from_raw_parts(topic.data, topic.len),
            packet_id: field!(body, packet_id),
            properties: field!(body, properties).get().ok()?,
            payload: slice::from_raw_parts(payload.data, payload.len),
        })
    }
}

/// The fields of a CONNECT, as those of a PUBLISH.
///
/// # Safety
/// The views that its flags say are there point to their bytes.
#[inline(always)]
pub(crate) unsafe fn sent_connect<'a, const V5: bool>(
    body: *const mqc_connect,
) -> Option<SentConnect<'a>> {
    let version = if V5 { MQC_VERSION_V5 } else { MQC_VERSION_V311 };
    // SAFETY: the caller's promise, for all these.
    unsafe {
        let named = field!(body, version);
        if named != MQC_VERSION_UNKNOWN && named != version {
            return None;
        }
        let mut connect = SentConnect {
            clean_start: types::flag(field!(body, clean_start)).ok()?,
            has_will: types::flag(field!(body, has_will)).ok()?,
            has_user_name: types::flag(field!(body, has_user_name)).ok()?,
            has_password: types::flag(field!(body, has_password)).ok()?,
            keep_alive: field!(body, keep_alive),
            client_id: field!(body, client_id).get().ok()?,
            properties: field!(body, properties).get().ok()?,
            ..SentConnect::default()
        };
        if connect.has_will {
            connect.will_qos = types::qos(field!(body, will_qos)).ok()?;
            connect.will_retain = types::flag(field!(body, will_retain)).ok()?;
            connect.will_topic = field!(body, will_topic).get().ok()?;
            connect.will_payload = field!(body, will_payload).get().ok()?;
            connect.will_properties = field!(body, will_properties).get().ok()?;
        }
        if connect.has_user_name {
            connect.user_name = field!(body, user_name).get().ok()?;
        }
        if connect.has_password {
            connect.password = field!(body, password).get().ok()?;
        }
        Some(connect)
    }
}

/// The fields of a SUBSCRIBE, as those of a PUBLISH.
///
/// # Safety
/// The views point to their bytes.
#[inline(always)]
pub(crate) unsafe fn sent_subscribe<'a>(body: *const mqc_subscribe) -> Option<SentSubscribe<'a>> {
    // SAFETY: the caller's promise, for all these.
    unsafe {
        Some(SentSubscribe {
            packet_id: field!(body, packet_id),
            properties: field!(body, properties).get().ok()?,
            filters: field!(body, subscriptions).get().ok()?,
        })
    }
}

/// Writes a SUBSCRIBE to a place of the caller's.
///
/// # Safety
/// As `write`.
#[inline(always)]
pub(crate) unsafe fn write_subscribe(subscribe: &Subscribe<'_>, out: *mut mqc_packet) {
    // SAFETY: the caller's promise, for all these.
    unsafe {
        (&raw mut (*out).packet_type).write(MQC_PACKET_SUBSCRIBE);
        (&raw mut (*out).reserved).write(0);
        (&raw mut (*out).body.subscribe).write(of_subscribe(subscribe));
    }
}
