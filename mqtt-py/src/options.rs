//! `Limits` and `Strictness`.

use crate::class::value_class;
use mqtt_core::{DecodeOptions, Sender};
use pyo3::prelude::*;

const LIMITS: mqtt_core::Limits = mqtt_core::Limits::DEFAULT;

value_class! {
    /// Bounds on received packets beyond those of the standard.
    class Limits [];
    text "(*, max_packet_size=268435460, max_user_properties=64, max_filters=512, \
          max_topic_levels=200)";
    positional {}
    keyword [*] {
        max_packet_size: u32 = LIMITS.max_packet_size;
        max_user_properties: u32 = LIMITS.max_user_properties;
        max_filters: u32 = LIMITS.max_filters;
        max_topic_levels: u32 = LIMITS.max_topic_levels;
    }
    methods {}
}

impl Limits {
    pub(crate) const fn core(&self) -> mqtt_core::Limits {
        mqtt_core::Limits {
            max_packet_size: self.max_packet_size,
            max_user_properties: self.max_user_properties,
            max_filters: self.max_filters,
            max_topic_levels: self.max_topic_levels,
        }
    }

    pub(crate) const fn of(limits: &mqtt_core::Limits) -> Self {
        Self {
            max_packet_size: limits.max_packet_size,
            max_user_properties: limits.max_user_properties,
            max_filters: limits.max_filters,
            max_topic_levels: limits.max_topic_levels,
        }
    }
}

value_class! {
    /// Switches for what real peers get wrong, and for checks that the standard leaves open.
    class Strictness [];
    text "(*, allow_non_minimal_varints=False, allow_dup_qos0=False, allow_long_client_id=False, \
          allow_password_without_user_name=False, check_payload_format=False, \
          reject_control_characters=False)";
    positional {}
    keyword [*] {
        allow_non_minimal_varints: bool = false;
        allow_dup_qos0: bool = false;
        allow_long_client_id: bool = false;
        allow_password_without_user_name: bool = false;
        check_payload_format: bool = false;
        reject_control_characters: bool = false;
    }
    methods {}
}

impl Strictness {
    pub(crate) const fn core(&self) -> mqtt_core::Strictness {
        mqtt_core::Strictness {
            allow_non_minimal_varints: self.allow_non_minimal_varints,
            allow_dup_qos0: self.allow_dup_qos0,
            allow_long_client_id: self.allow_long_client_id,
            allow_password_without_user_name: self.allow_password_without_user_name,
            check_payload_format: self.check_payload_format,
            reject_control_characters: self.reject_control_characters,
        }
    }
}

/// The core's options, of what was given.
pub(crate) fn options(
    limits: Option<&Bound<'_, Limits>>,
    strictness: Option<&Bound<'_, Strictness>>,
    sender: Option<Sender>,
) -> DecodeOptions {
    DecodeOptions {
        limits: limits.map_or(LIMITS, |limits| limits.get().core()),
        strictness: strictness
            .map_or(mqtt_core::Strictness::DEFAULT, |strictness| strictness.get().core()),
        sender,
    }
}
