//! How a broker behaves.

use crate::{
    MQC_INVALID_ARGUMENT, MQC_QOS_EXACTLY_ONCE,
    boundary::{Growing, growing},
    mqc_acl, mqc_qos, mqc_server_config, mqc_status, session, types,
};
use core::{mem, ptr, time::Duration};
use mqtt_core::{
    Authentication, Authorization, BrokerConfig, BrokerLimits, ShareStrategy, SlowConsumer,
};

/// Who may connect.
pub type mqc_authentication = u32;
/// Everybody.
pub const MQC_AUTHENTICATION_ALLOW_ALL: mqc_authentication = 0;
/// The caller says, for each: `MQC_BROKER_EVENT_AUTHENTICATE`.
pub const MQC_AUTHENTICATION_ASK: mqc_authentication = 1;

/// Who may publish and subscribe to what.
pub type mqc_authorization = u32;
/// Everybody everything.
pub const MQC_AUTHORIZATION_ALLOW_ALL: mqc_authorization = 0;
/// As rules say.
pub const MQC_AUTHORIZATION_ACL: mqc_authorization = 1;
/// The caller says, for each message and each filter: `MQC_BROKER_EVENT_AUTHORIZE`.
pub const MQC_AUTHORIZATION_ASK: mqc_authorization = 2;

/// What becomes of a client that takes less than it gets, when its queue is full.
pub type mqc_slow_consumer = u32;
/// The oldest messages of QoS 0 that wait are dropped for a new one; if there are not enough, the new
/// one is.
pub const MQC_SLOW_CONSUMER_DROP: mqc_slow_consumer = 0;
/// Its connection ends: Quota exceeded.
pub const MQC_SLOW_CONSUMER_DISCONNECT: mqc_slow_consumer = 1;

/// Which member of a shared subscription gets a message.
pub type mqc_broker_share = u32;
/// One after the other.
pub const MQC_BROKER_SHARE_ROUND_ROBIN: mqc_broker_share = 0;
/// The same one, as long as it can.
pub const MQC_BROKER_SHARE_STICKY: mqc_broker_share = 1;

/// Default of `receive_maximum` of a broker.
pub const MQC_DEFAULT_BROKER_RECEIVE_MAXIMUM: u16 = 100;
/// Default of `topic_alias_maximum` of a broker.
pub const MQC_DEFAULT_BROKER_TOPIC_ALIAS_MAXIMUM: u16 = 10;
/// Default of `max_session_expiry`: for ever.
pub const MQC_DEFAULT_MAX_SESSION_EXPIRY: u32 = 4_294_967_295;
/// Default of `sys_interval_ms`.
pub const MQC_DEFAULT_SYS_INTERVAL_MS: u32 = 10_000;
/// Default of `max_connections`.
pub const MQC_DEFAULT_MAX_CONNECTIONS: usize = 100_000;
/// Default of `max_sessions`.
pub const MQC_DEFAULT_MAX_SESSIONS: usize = 200_000;
/// Default of `max_subscriptions`.
pub const MQC_DEFAULT_MAX_SUBSCRIPTIONS: usize = 10_000_000;
/// Default of `max_subscriptions_per_client`.
pub const MQC_DEFAULT_MAX_SUBSCRIPTIONS_PER_CLIENT: usize = 1000;
/// Default of `max_levels`.
pub const MQC_DEFAULT_MAX_LEVELS: usize = 128;
/// Default of `max_retained`.
pub const MQC_DEFAULT_MAX_RETAINED: usize = 1_000_000;
/// Default of `max_retained_bytes`: 1 GiB.
pub const MQC_DEFAULT_MAX_RETAINED_BYTES: usize = 1_073_741_824;
/// Default of `max_queued_bytes`: 1 GiB.
pub const MQC_DEFAULT_MAX_QUEUED_BYTES: usize = 1_073_741_824;
/// Default of `max_event_bytes`: 16 MiB.
pub const MQC_DEFAULT_MAX_EVENT_BYTES: usize = 16_777_216;

/// How a broker behaves. Begin with `MQC_BROKER_CONFIG_INIT`, the defaults.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_broker_config {
    /// `sizeof(mqc_broker_config)`: later versions may add fields at the end, with 0 as default.
    pub struct_size: usize,
    /// What each connection may do and keep: sizes of packets, messages that wait, bytes that are
    /// not sent; and whether changes are told to a store. Who acknowledges is the broker's. Borrowed
    /// during the call; NULL for the defaults.
    pub server: *const mqc_server_config,
    /// With `MQC_AUTHORIZATION_ACL`: the rules, copied before return. NULL otherwise.
    pub acl: *const mqc_acl,
    /// Who may connect: `MQC_AUTHENTICATION_*`. Default all.
    pub authentication: mqc_authentication,
    /// Who may publish and subscribe to what: `MQC_AUTHORIZATION_*`. Default everything.
    pub authorization: mqc_authorization,
    /// What becomes of slow clients: `MQC_SLOW_CONSUMER_*`. Default: messages are dropped.
    pub slow_consumer: mqc_slow_consumer,
    /// Who of a shared subscription gets a message: `MQC_BROKER_SHARE_*`. Default one after the other.
    pub share: mqc_broker_share,
    /// For how many seconds a session may outlive its connection. Default for ever.
    pub max_session_expiry: u32,
    /// So long the input of a client waits, at most, when it has published to one whose queue is half
    /// full, in milliseconds. Default 0: nobody waits.
    pub max_publisher_wait_ms: u32,
    /// How often `$SYS` topics are published, in milliseconds; 0 for never. Default 10 s.
    pub sys_interval_ms: u32,
    /// How many messages of QoS 1 and 2 a 5.0 client may have open. Default 100. 0 is 1.
    pub receive_maximum: u16,
    /// How many topic aliases a 5.0 client may set. Default 10.
    pub topic_alias_maximum: u16,
    /// The longest keep alive in seconds; 0 for any. A 5.0 client that asks for more, or for none, is
    /// told this one. Default 0.
    pub max_keep_alive: u16,
    /// The highest QoS. Default 2.
    pub max_qos: mqc_qos,
    /// 1 if a session is its user's, with `MQC_AUTHENTICATION_ASK`: nobody else connects with its
    /// client identifier; else 0. Default 1.
    pub sessions_of_users: u8,
    /// 1 if there are retained messages, else 0. Default 1.
    pub retain_available: u8,
    /// 1 if filters may have wildcards, else 0. Default 1.
    pub wildcards_available: u8,
    /// 1 if there are shared subscriptions, else 0. Default 1.
    pub shared_available: u8,
    /// 1 if subscriptions may have identifiers, else 0. Default 1.
    pub subscription_ids_available: u8,
    /// 1 if messages of QoS 0 wait for clients that are away, else 0. Default 0.
    pub queue_qos_0: u8,
    /// Zero.
    pub reserved: [u8; 7],
    /// Connections, also those whose CONNECT is to come. Default 100,000.
    pub max_connections: usize,
    /// Sessions, with a connection or without. Default 200,000.
    pub max_sessions: usize,
    /// Subscriptions of all sessions. Default 10,000,000.
    pub max_subscriptions: usize,
    /// Subscriptions of one session. Default 1,000.
    pub max_subscriptions_per_client: usize,
    /// Levels of a topic filter or of a retained message's topic. Default 128.
    pub max_levels: usize,
    /// Retained messages. Default 1,000,000.
    pub max_retained: usize,
    /// Bytes of retained payloads and properties. Default 1 GiB.
    pub max_retained_bytes: usize,
    /// Bytes of all messages that wait for receivers or for their acknowledgement. Default 1 GiB.
    pub max_queued_bytes: usize,
    /// Bytes of messages and questions for the caller. Default 16 MiB.
    pub max_event_bytes: usize,
}

/// `MQC_BROKER_CONFIG_INIT`.
const DEFAULTS: mqc_broker_config = mqc_broker_config {
    struct_size: mem::size_of::<mqc_broker_config>(),
    server: ptr::null(),
    acl: ptr::null(),
    authentication: MQC_AUTHENTICATION_ALLOW_ALL,
    authorization: MQC_AUTHORIZATION_ALLOW_ALL,
    slow_consumer: MQC_SLOW_CONSUMER_DROP,
    share: MQC_BROKER_SHARE_ROUND_ROBIN,
    max_session_expiry: MQC_DEFAULT_MAX_SESSION_EXPIRY,
    max_publisher_wait_ms: 0,
    sys_interval_ms: MQC_DEFAULT_SYS_INTERVAL_MS,
    receive_maximum: MQC_DEFAULT_BROKER_RECEIVE_MAXIMUM,
    topic_alias_maximum: MQC_DEFAULT_BROKER_TOPIC_ALIAS_MAXIMUM,
    max_keep_alive: 0,
    max_qos: MQC_QOS_EXACTLY_ONCE,
    sessions_of_users: 1,
    retain_available: 1,
    wildcards_available: 1,
    shared_available: 1,
    subscription_ids_available: 1,
    queue_qos_0: 0,
    reserved: [0; 7],
    max_connections: MQC_DEFAULT_MAX_CONNECTIONS,
    max_sessions: MQC_DEFAULT_MAX_SESSIONS,
    max_subscriptions: MQC_DEFAULT_MAX_SUBSCRIPTIONS,
    max_subscriptions_per_client: MQC_DEFAULT_MAX_SUBSCRIPTIONS_PER_CLIENT,
    max_levels: MQC_DEFAULT_MAX_LEVELS,
    max_retained: MQC_DEFAULT_MAX_RETAINED,
    max_retained_bytes: MQC_DEFAULT_MAX_RETAINED_BYTES,
    max_queued_bytes: MQC_DEFAULT_MAX_QUEUED_BYTES,
    max_event_bytes: MQC_DEFAULT_MAX_EVENT_BYTES,
};

// SAFETY: integers and pointers alone, and no padding: see the assertion.
unsafe impl Growing for mqc_broker_config {}

const _: () = {
    // Twelve words, seven numbers of 32 bits, three of 16, and fourteen bytes.
    assert!(size_of::<mqc_broker_config>() == 12 * size_of::<usize>() + 7 * 4 + 3 * 2 + 14);
};

/// The core's settings; NULL gives the defaults.
///
/// # Safety
/// `config` is NULL or points to as many readable bytes as its first field says, and its pointers are
/// NULL or point to such objects.
pub(super) unsafe fn read(config: *const mqc_broker_config) -> Result<BrokerConfig, mqc_status> {
    if config.is_null() {
        return Ok(BrokerConfig::default());
    }
    // SAFETY: the caller's promise.
    let known = unsafe { growing(config, DEFAULTS)? };
    if known.reserved != [0; 7] {
        return Err(MQC_INVALID_ARGUMENT);
    }
    let millis = |number: u32| Duration::from_millis(number.into());
    Ok(BrokerConfig {
        // SAFETY: the caller's promise.
        server: unsafe { session::server_config(known.server)? },
        authentication: match known.authentication {
            MQC_AUTHENTICATION_ALLOW_ALL => Authentication::AllowAll,
            MQC_AUTHENTICATION_ASK => Authentication::Ask,
            _ => return Err(MQC_INVALID_ARGUMENT),
        },
        sessions_of_users: types::flag(known.sessions_of_users)?,
        // SAFETY: the caller's promise.
        authorization: unsafe { authorization(known.authorization, known.acl)? },
        max_qos: types::qos(known.max_qos)?,
        retain_available: types::flag(known.retain_available)?,
        wildcards_available: types::flag(known.wildcards_available)?,
        shared_available: types::flag(known.shared_available)?,
        subscription_ids_available: types::flag(known.subscription_ids_available)?,
        receive_maximum: known.receive_maximum,
        topic_alias_maximum: known.topic_alias_maximum,
        max_keep_alive: (known.max_keep_alive != 0).then_some(known.max_keep_alive),
        max_session_expiry: known.max_session_expiry,
        share_strategy: match known.share {
            MQC_BROKER_SHARE_ROUND_ROBIN => ShareStrategy::RoundRobin,
            MQC_BROKER_SHARE_STICKY => ShareStrategy::Sticky,
            _ => return Err(MQC_INVALID_ARGUMENT),
        },
        slow_consumer: match known.slow_consumer {
            MQC_SLOW_CONSUMER_DROP => SlowConsumer::Drop,
            MQC_SLOW_CONSUMER_DISCONNECT => SlowConsumer::Disconnect,
            _ => return Err(MQC_INVALID_ARGUMENT),
        },
        max_publisher_wait: millis(known.max_publisher_wait_ms),
        queue_qos_0: types::flag(known.queue_qos_0)?,
        sys_interval: (known.sys_interval_ms != 0).then(|| millis(known.sys_interval_ms)),
        limits: BrokerLimits {
            max_connections: known.max_connections,
            max_sessions: known.max_sessions,
            max_subscriptions: known.max_subscriptions,
            max_subscriptions_per_client: known.max_subscriptions_per_client,
            max_levels: known.max_levels,
            max_retained: known.max_retained,
            max_retained_bytes: known.max_retained_bytes,
            max_queued_bytes: known.max_queued_bytes,
            max_event_bytes: known.max_event_bytes,
        },
    })
}

/// Who may do what.
///
/// # Safety
/// `acl` is NULL or points to such an object.
pub(super) unsafe fn authorization(
    authorization: mqc_authorization,
    acl: *const mqc_acl,
) -> Result<Authorization, mqc_status> {
    match authorization {
        MQC_AUTHORIZATION_ALLOW_ALL if acl.is_null() => Ok(Authorization::AllowAll),
        MQC_AUTHORIZATION_ASK if acl.is_null() => Ok(Authorization::Ask),
        // SAFETY: the caller's promise.
        MQC_AUTHORIZATION_ACL => Ok(Authorization::Acl(unsafe { mqc_acl::copy(acl)? })),
        _ => Err(MQC_INVALID_ARGUMENT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_core() {
        let ours = DEFAULTS;
        // SAFETY: the structure is as long as it says.
        let core = unsafe { read(&raw const ours) };
        assert_eq!(format!("{core:?}"), format!("{:?}", Ok::<_, u32>(BrokerConfig::default())));
    }
}
