//! `[limits]`, `[queue]` and `[strictness]`: the keys have the names of the fields of `mqtt-core` that they set.

use super::value::{Count, Millis, Number, Positive, Share, Slow};
use mqtt_core::BrokerConfig;
use serde::Deserialize;

/// A packet as large as the protocol has it.
const MAX_PACKET: u64 = 268_435_460;
/// In seconds, what [`mqtt_core::ServerConfig::connect_timeout`] allows: seven weeks.
const MAX_TIMEOUT: u64 = 7 * 7 * 24 * 3600;
const U16: u64 = u16::MAX as u64;
const U32: u64 = u32::MAX as u64;

/// A table of the file: its keys, the kinds of their values, and what each sets.
macro_rules! table {
    ($(#[$about:meta])* $name:ident { $($key:ident: $kind:ty => $first:ident $(.$place:ident)*,)* }) => {
        $(#[$about])*
        #[derive(Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(super) struct $name {
            $($key: Option<$kind>,)*
        }

        impl $name {
            /// Sets what is said.
            pub(super) fn apply(self, broker: &mut BrokerConfig) {
                $(if let Some(value) = self.$key {
                    broker.$first $(.$place)* = value.into();
                })*
            }
        }
    };
}

table! {
    /// Bounds, and what is offered.
    Limits {
        max_packet_size: Number<64, MAX_PACKET> => server.session.limits.max_packet_size,
        max_connect_size: Number<64, MAX_PACKET> => server.max_connect_size,
        max_user_properties: Number<0, U32> => server.session.limits.max_user_properties,
        max_filters: Number<1, U32> => server.session.limits.max_filters,
        max_topic_levels: Number<1, U32> => server.session.limits.max_topic_levels,
        max_levels: Positive => limits.max_levels,
        connect_timeout: Number<1, MAX_TIMEOUT> => server.connect_timeout,
        max_keep_alive: Number<0, U16> => max_keep_alive,
        max_qos: Number<0, 2> => max_qos,
        receive_maximum: Number<1, U16> => receive_maximum,
        topic_alias_maximum: Number<0, U16> => topic_alias_maximum,
        max_auto_aliases: Number<0, U16> => server.session.max_auto_aliases,
        max_output: Positive => server.session.max_output,
        slow_consumer: Slow => slow_consumer,
        max_publisher_wait: Millis => max_publisher_wait,
        queue_qos_0: bool => queue_qos_0,
        share_strategy: Share => share_strategy,
        max_session_expiry: Number<0, U32> => max_session_expiry,
        max_sessions: Count => limits.max_sessions,
        max_subscriptions: Count => limits.max_subscriptions,
        max_subscriptions_per_client: Count => limits.max_subscriptions_per_client,
        max_retained: Count => limits.max_retained,
        max_retained_bytes: Count => limits.max_retained_bytes,
        max_queued_bytes: Count => limits.max_queued_bytes,
        max_event_bytes: Positive => limits.max_event_bytes,
        retain_available: bool => retain_available,
        wildcards_available: bool => wildcards_available,
        shared_available: bool => shared_available,
        subscription_ids_available: bool => subscription_ids_available,
    }
}

table! {
    /// What may wait for a client, or be open.
    Queue {
        max_count: Count => server.session.queue.max_count,
        max_bytes: Count => server.session.queue.max_bytes,
        max_open: Number<1, U16> => server.session.queue.max_open,
        max_open_bytes: Count => server.session.queue.max_open_bytes,
    }
}

table! {
    /// What is taken of clients that do not keep to the standard, or is not although it keeps to it.
    Strictness {
        allow_non_minimal_varints: bool => server.session.strictness.allow_non_minimal_varints,
        allow_dup_qos0: bool => server.session.strictness.allow_dup_qos0,
        allow_long_client_id: bool => server.session.strictness.allow_long_client_id,
        allow_password_without_user_name: bool =>
            server.session.strictness.allow_password_without_user_name,
        check_payload_format: bool => server.session.strictness.check_payload_format,
        reject_control_characters: bool => server.session.strictness.reject_control_characters,
    }
}
