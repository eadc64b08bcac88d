//! Numbers in words.

use crate::{
    MQC_PACKET_NONE, mqc_bytes, mqc_packet_type, mqc_property_id, mqc_sender, mqc_status,
    mqc_version, options, status, types,
};
use core::ffi::{CStr, c_char};
use mqtt_core::{PacketType, PropertyId, ReasonCode};

/// What has no name.
const UNKNOWN: &CStr = c"?";

/// The names of the core as C has them: its own have no NUL at their end. In the order of their bytes.
const NAMES: &[&CStr] = &[
    c"AUTH",
    c"CONNACK",
    c"CONNECT",
    c"DISCONNECT",
    c"PINGREQ",
    c"PINGRESP",
    c"PUBACK",
    c"PUBCOMP",
    c"PUBLISH",
    c"PUBREC",
    c"PUBREL",
    c"SUBACK",
    c"SUBSCRIBE",
    c"UNSUBACK",
    c"UNSUBSCRIBE",
    c"administrative_action",
    c"assigned_client_identifier",
    c"authentication_data",
    c"authentication_method",
    c"bad_authentication_method",
    c"bad_user_name_or_password",
    c"banned",
    c"client_identifier_not_valid",
    c"connection_accepted",
    c"connection_rate_exceeded",
    c"content_type",
    c"continue_authentication",
    c"correlation_data",
    c"disconnect_with_will_message",
    c"failure",
    c"granted_qos_0",
    c"granted_qos_1",
    c"granted_qos_2",
    c"identifier_rejected",
    c"implementation_specific_error",
    c"keep_alive_timeout",
    c"malformed_packet",
    c"maximum_connect_time",
    c"maximum_packet_size",
    c"maximum_qos",
    c"message_expiry_interval",
    c"message_rate_too_high",
    c"no_matching_subscribers",
    c"no_subscription_existed",
    c"normal_disconnection",
    c"not_authorized",
    c"packet_identifier_in_use",
    c"packet_identifier_not_found",
    c"packet_too_large",
    c"payload_format_indicator",
    c"payload_format_invalid",
    c"protocol_error",
    c"qos_not_supported",
    c"quota_exceeded",
    c"re_authenticate",
    c"reason_string",
    c"receive_maximum",
    c"receive_maximum_exceeded",
    c"request_problem_information",
    c"request_response_information",
    c"response_information",
    c"response_topic",
    c"retain_available",
    c"retain_not_supported",
    c"server_busy",
    c"server_keep_alive",
    c"server_moved",
    c"server_reference",
    c"server_shutting_down",
    c"server_unavailable",
    c"session_expiry_interval",
    c"session_taken_over",
    c"shared_subscription_available",
    c"shared_subscriptions_not_supported",
    c"subscription_identifier",
    c"subscription_identifier_available",
    c"subscription_identifiers_not_supported",
    c"success",
    c"success_maximum_qos_0",
    c"success_maximum_qos_1",
    c"success_maximum_qos_2",
    c"topic_alias",
    c"topic_alias_invalid",
    c"topic_alias_maximum",
    c"topic_filter_invalid",
    c"topic_name_invalid",
    c"unacceptable_protocol_version",
    c"unspecified_error",
    c"unsupported_protocol_version",
    c"use_another_server",
    c"user_property",
    c"wildcard_subscription_available",
    c"wildcard_subscriptions_not_supported",
    c"will_delay_interval",
];

/// The name as C has it.
fn of(name: Option<&str>) -> *const c_char {
    let find = |name: &str| {
        let at = NAMES.binary_search_by(|known| known.to_bytes().cmp(name.as_bytes())).ok()?;
        NAMES.get(at).copied()
    };
    name.and_then(find).unwrap_or(UNKNOWN).as_ptr()
}

pub(crate) fn packet_type(number: mqc_packet_type) -> Option<PacketType> {
    PacketType::ALL.iter().copied().find(|&known| known as u32 == number)
}

/// Name of a packet type, as in `"PUBACK"`: NUL-terminated; `"?"` for a number that is
/// none.
///
/// Ownership: static.
/// Lifetime: for ever.
/// Threads: any.
/// Errors: none; never NULL.
/// Cost: O(1), no allocation. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn mqc_packet_type_name(packet_type: mqc_packet_type) -> *const c_char {
    let packet_type = self::packet_type(packet_type);
    of(packet_type.map(PacketType::name))
}

/// Name of a property, as in `"topic_alias"`: NUL-terminated; `"?"` for a number that is none.
///
/// Ownership: static.
/// Lifetime: for ever.
/// Threads: any.
/// Errors: none; never NULL.
/// Cost: O(1), no allocation. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn mqc_property_name(id: mqc_property_id) -> *const c_char {
    of(PropertyId::try_from(id).ok().map(PropertyId::name))
}

/// Name of a reason code, or of a return code before 5.0, in packets of this type and version, as in
/// `"not_authorized"`: NUL-terminated; `"?"` for a code that these packets do not carry.
///
/// Ownership: static.
/// Lifetime: for ever.
/// Threads: any.
/// Errors: none; never NULL.
/// Cost: O(1), no allocation. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn mqc_reason_code_name(
    reason_code: u8,
    packet_type: mqc_packet_type,
    version: mqc_version,
) -> *const c_char {
    let packet_type = self::packet_type(packet_type);
    let version = types::known_version(version).ok();
    let both = packet_type.zip(version);
    of(both.and_then(|(packet_type, version)| ReasonCode(reason_code).name(packet_type, version)))
}

/// The statement of the standard that a packet of this type from this sender breaks if it is refused with this status, in
/// this version: `MQTT-` and its number, or the section where the rule has none.
///
/// Of a packet that was refused, mqc_decode_error says it. `MQC_PACKET_NONE` and `MQC_SENDER_UNKNOWN` stand for what is
/// not known: where the rule depends on it, the answer is a section that holds for all of them, or empty. Empty too for a
/// status that is no fault of a packet, for one that such a packet cannot have in this version, and for numbers that are
/// no packet type, sender or version.
///
/// Ownership: static.
/// Lifetime: for ever; not NUL-terminated.
/// Threads: any.
/// Errors: none.
/// Cost: O(1), no allocation. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn mqc_status_statement(
    status: mqc_status,
    packet_type: mqc_packet_type,
    sender: mqc_sender,
    version: mqc_version,
) -> mqc_bytes {
    let statement = || {
        let packet = match packet_type {
            MQC_PACKET_NONE => None,
            named => Some(self::packet_type(named)?),
        };
        let version = types::known_version(version).ok()?;
        status::kind_of(status)?.statement(packet, options::sender(sender).ok()?, version)
    };
    mqc_bytes::of(statement().unwrap_or_default().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mqtt_core::Version;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_those_of_the_core() {
        let mut names = BTreeSet::new();
        names.extend(PropertyId::ALL.iter().map(|id| id.name()));
        for &packet_type in PacketType::ALL {
            names.insert(packet_type.name());
            for version in [Version::V31, Version::V311, Version::V5] {
                names.extend(
                    (0..=255).filter_map(|code| ReasonCode(code).name(packet_type, version)),
                );
            }
        }
        let known: Vec<&str> = NAMES.iter().map(|name| name.to_str().unwrap()).collect();
        assert_eq!(known, names.into_iter().collect::<Vec<_>>());
    }
}
