//! How to judge received packets.

use crate::{
    MQC_INVALID_ARGUMENT, MQC_VERSION_UNKNOWN,
    boundary::{Growing, growing},
    mqc_status, mqc_version, types,
};
use core::mem;
use mqtt_core::{DecodeOptions, Sender, Version};

/// Who sent the bytes.
pub type mqc_sender = u32;
/// Not known: the rules that depend on it are skipped.
pub const MQC_SENDER_UNKNOWN: mqc_sender = 0;
/// The side that sent CONNECT.
pub const MQC_SENDER_CLIENT: mqc_sender = 1;
/// The side that sent CONNACK.
pub const MQC_SENDER_SERVER: mqc_sender = 2;

/// Accept variable byte integers that are longer than needed (5.0).
pub const MQC_ALLOW_NON_MINIMAL_VARINTS: u32 = 1;
/// Accept DUP 1 on a QoS 0 PUBLISH.
pub const MQC_ALLOW_DUP_QOS0: u32 = 2;
/// Accept client identifiers of more than 23 characters (3.1).
pub const MQC_ALLOW_LONG_CLIENT_ID: u32 = 4;
/// Accept a password without a user name (3.1, 3.1.1).
pub const MQC_ALLOW_PASSWORD_WITHOUT_USER_NAME: u32 = 8;
/// Refuse a payload that is marked as text and is not well-formed UTF-8 (5.0).
pub const MQC_CHECK_PAYLOAD_FORMAT: u32 = 16;
/// Refuse strings with control characters or non-characters.
pub const MQC_REJECT_CONTROL_CHARACTERS: u32 = 32;
/// All switches that there are.
const SWITCHES: u32 = 63;

/// Default of `max_packet_size`: no limit beyond the protocol's.
pub const MQC_DEFAULT_MAX_PACKET_SIZE: u32 = 268_435_460;
/// Default of `max_user_properties`.
pub const MQC_DEFAULT_MAX_USER_PROPERTIES: u32 = 64;
/// Default of `max_filters`.
pub const MQC_DEFAULT_MAX_FILTERS: u32 = 512;
/// Default of `max_topic_levels`.
pub const MQC_DEFAULT_MAX_TOPIC_LEVELS: u32 = 200;

/// How to judge received packets. Begin with `MQC_DECODE_OPTIONS_INIT`, the defaults.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_decode_options {
    /// `sizeof(mqc_decode_options)`: later versions may add fields at the end, with 0 as default.
    pub struct_size: usize,
    /// Largest packet in bytes, fixed header included.
    pub max_packet_size: u32,
    /// User properties in one property section.
    pub max_user_properties: u32,
    /// Topic filters in one SUBSCRIBE or UNSUBSCRIBE, and codes in one SUBACK or UNSUBACK.
    pub max_filters: u32,
    /// Levels of a topic name or topic filter.
    pub max_topic_levels: u32,
    /// `MQC_ALLOW_*`, `MQC_CHECK_*` and `MQC_REJECT_*`, added up. Default 0.
    pub switches: u32,
    /// `MQC_SENDER_*`. Default unknown.
    pub sender: mqc_sender,
}

/// `MQC_DECODE_OPTIONS_INIT`.
const DEFAULTS: mqc_decode_options = mqc_decode_options {
    struct_size: mem::size_of::<mqc_decode_options>(),
    max_packet_size: MQC_DEFAULT_MAX_PACKET_SIZE,
    max_user_properties: MQC_DEFAULT_MAX_USER_PROPERTIES,
    max_filters: MQC_DEFAULT_MAX_FILTERS,
    max_topic_levels: MQC_DEFAULT_MAX_TOPIC_LEVELS,
    switches: 0,
    sender: MQC_SENDER_UNKNOWN,
};

// SAFETY: integers alone.
unsafe impl Growing for mqc_decode_options {}

/// The core's options; NULL gives the defaults.
///
/// # Safety
/// As [`growing`].
pub(crate) unsafe fn read(options: *const mqc_decode_options) -> Result<DecodeOptions, mqc_status> {
    let mut core = DecodeOptions::DEFAULT;
    if options.is_null() {
        return Ok(core);
    }
    // SAFETY: the caller's promise.
    let known = unsafe { growing(options, DEFAULTS)? };
    core.limits.max_packet_size = known.max_packet_size;
    core.limits.max_user_properties = known.max_user_properties;
    core.limits.max_filters = known.max_filters;
    core.limits.max_topic_levels = known.max_topic_levels;
    if known.switches & !SWITCHES != 0 {
        return Err(MQC_INVALID_ARGUMENT);
    }
    let on = |switch| known.switches & switch != 0;
    core.strictness.allow_non_minimal_varints = on(MQC_ALLOW_NON_MINIMAL_VARINTS);
    core.strictness.allow_dup_qos0 = on(MQC_ALLOW_DUP_QOS0);
    core.strictness.allow_long_client_id = on(MQC_ALLOW_LONG_CLIENT_ID);
    core.strictness.allow_password_without_user_name = on(MQC_ALLOW_PASSWORD_WITHOUT_USER_NAME);
    core.strictness.check_payload_format = on(MQC_CHECK_PAYLOAD_FORMAT);
    core.strictness.reject_control_characters = on(MQC_REJECT_CONTROL_CHARACTERS);
    core.sender = sender(known.sender)?;
    Ok(core)
}

/// Who sends a packet, if it is known.
pub(crate) fn sender(sender: mqc_sender) -> Result<Option<Sender>, mqc_status> {
    match sender {
        MQC_SENDER_UNKNOWN => Ok(None),
        MQC_SENDER_CLIENT => Ok(Some(Sender::Client)),
        MQC_SENDER_SERVER => Ok(Some(Sender::Server)),
        _ => Err(MQC_INVALID_ARGUMENT),
    }
}

/// The version to decode by.
pub(crate) fn version(version: mqc_version) -> Result<Option<Version>, mqc_status> {
    if version == MQC_VERSION_UNKNOWN { Ok(None) } else { types::known_version(version).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_core() {
        let options = DEFAULTS;
        // SAFETY: the structure is as long as it says.
        let core = unsafe { read(&raw const options) };
        assert_eq!(core, Ok(DecodeOptions::DEFAULT));
    }
}
