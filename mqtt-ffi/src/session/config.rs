//! How sessions behave.

use crate::{
    MQC_DEFAULT_MAX_FILTERS, MQC_DEFAULT_MAX_TOPIC_LEVELS, MQC_DEFAULT_MAX_USER_PROPERTIES,
    MQC_INVALID_ARGUMENT, MQC_SENDER_UNKNOWN, MQC_VERSION_V5,
    boundary::{Growing, growing},
    mqc_decode_options, mqc_status, mqc_version, options, types,
};
use core::{mem, time::Duration};
use mqtt_core::{
    AckMode, ClientConfig, Durability, PersistConfig, QueueLimits, ServerConfig, SessionConfig,
    SessionLost, WhenFull,
};

/// Who acknowledges the messages of the peer.
pub type mqc_ack_mode = u32;
/// The session, when it hands out the event.
pub const MQC_ACK_AUTO: mqc_ack_mode = 0;
/// The caller, with the token of the event.
pub const MQC_ACK_MANUAL: mqc_ack_mode = 1;

/// What becomes of open messages when the server has lost the session.
pub type mqc_session_lost = u32;
/// Each is dropped, with an event.
pub const MQC_SESSION_LOST_DROP: mqc_session_lost = 0;
/// Those whose PUBREC has not come are published again as new, before all others: a message that
/// had arrived arrives twice.
pub const MQC_SESSION_LOST_PUBLISH_AGAIN: mqc_session_lost = 1;

/// What a session tells of its changes, and whether it waits for them to be safe.
pub type mqc_durability = u32;
/// Nothing is told: the session lives as long as its process.
pub const MQC_DURABILITY_OFF: mqc_durability = 0;
/// Changes are told, and nothing waits for them.
pub const MQC_DURABILITY_REPORT: mqc_durability = 1;
/// Changes are told, and what depends on them waits until they are safe.
pub const MQC_DURABILITY_GATE: mqc_durability = 2;

/// What to do with a message that cannot be sent now.
pub type mqc_when_full = u32;
/// It waits, if there is room in the queue.
pub const MQC_WHEN_FULL_QUEUE: mqc_when_full = 0;
/// It is turned away.
pub const MQC_WHEN_FULL_REJECT: mqc_when_full = 1;
/// It waits; if there is no room, the oldest messages of QoS 0 that wait are dropped for it.
pub const MQC_WHEN_FULL_DROP_OLDEST_QOS0: mqc_when_full = 2;

/// Default of `max_packet_size` of a session: 1 MiB.
pub const MQC_DEFAULT_SESSION_MAX_PACKET_SIZE: u32 = 1_048_576;
/// Default of `max_connect_size`: 128 KiB.
pub const MQC_DEFAULT_MAX_CONNECT_SIZE: u32 = 131_072;
/// Default of `connect_timeout_ms`.
pub const MQC_DEFAULT_CONNECT_TIMEOUT_MS: u32 = 30_000;
/// Default of `ping_timeout_ms`.
pub const MQC_DEFAULT_PING_TIMEOUT_MS: u32 = 10_000;
/// Default of `queue_max_count`.
pub const MQC_DEFAULT_QUEUE_MAX_COUNT: u32 = 1000;
/// Default of `queue_max_bytes`: 1 MiB.
pub const MQC_DEFAULT_QUEUE_MAX_BYTES: usize = 1_048_576;
/// Default of `max_open`.
pub const MQC_DEFAULT_MAX_OPEN: u16 = 65_535;
/// Default of `max_open_bytes`: 4 MiB.
pub const MQC_DEFAULT_MAX_OPEN_BYTES: usize = 4_194_304;
/// Default of `max_output`: 256 KiB.
pub const MQC_DEFAULT_MAX_OUTPUT: usize = 262_144;
/// Default of `persist_max_ops`.
pub const MQC_DEFAULT_PERSIST_MAX_OPS: usize = 1024;
/// Default of `persist_max_bytes`: 1 MiB.
pub const MQC_DEFAULT_PERSIST_MAX_BYTES: usize = 1_048_576;

/// How a client's session behaves. Begin with `MQC_CLIENT_CONFIG_INIT`, the defaults. What it tells
/// the server (keep alive, Receive Maximum and such) is said in CONNECT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_client_config {
    /// `sizeof(mqc_client_config)`: later versions may add fields at the end, with 0 as default.
    pub struct_size: usize,
    /// The version that is spoken. Default 5.0.
    pub version: mqc_version,
    /// How long to wait for CONNACK, and in an authentication for the next step, in milliseconds.
    /// Default 30 s.
    pub connect_timeout_ms: u32,
    /// How long the server may be silent after a PINGREQ, in milliseconds. Default 10 s.
    pub ping_timeout_ms: u32,
    /// What becomes of open messages when the server has lost the session: `MQC_SESSION_LOST_*`.
    /// Default: dropped.
    pub session_lost: mqc_session_lost,
    /// 1 to count what happens, for the stats; else 0. Default 1 for clients, 0 for servers.
    pub stats: u32,
    /// Largest packet of the peer in bytes, fixed header included. Default 1 MiB.
    pub max_packet_size: u32,
    /// User properties in one property section.
    pub max_user_properties: u32,
    /// Topic filters in one SUBSCRIBE or UNSUBSCRIBE, and codes in one SUBACK or UNSUBACK.
    pub max_filters: u32,
    /// Levels of a topic name or topic filter.
    pub max_topic_levels: u32,
    /// `MQC_ALLOW_*`, `MQC_CHECK_*` and `MQC_REJECT_*`, added up. Default 0.
    pub switches: u32,
    /// Who acknowledges messages: `MQC_ACK_*`. Default the session.
    pub ack_mode: mqc_ack_mode,
    /// What is told of changes of what outlives a connection, and whether promises wait for it:
    /// `MQC_DURABILITY_*`. Default nothing.
    pub durability: mqc_durability,
    /// Messages that may wait to be sent. Default 1,000.
    pub queue_max_count: u32,
    /// Messages of QoS 1 and 2 that may be sent and not acknowledged, if the peer does not take
    /// fewer; then further ones wait. 0 is 1. Default 65,535.
    pub max_open: u16,
    /// Topic aliases that are chosen for messages, at most (5.0). Default 0: none are.
    pub max_auto_aliases: u16,
    /// Bytes of the packets of the messages that wait. Default 1 MiB.
    pub queue_max_bytes: usize,
    /// Bytes of the packets that are sent and not acknowledged: when there are so many, further
    /// messages of QoS 1 and 2 wait. Default 4 MiB.
    pub max_open_bytes: usize,
    /// So many bytes may have been written and not be sent; then messages wait, and no more input
    /// is read. One packet more may be written. Default 256 KiB.
    pub max_output: usize,
    /// So many changes may wait to be polled; then no more input is read, and no message taken.
    /// Default 1,024.
    pub persist_max_ops: usize,
    /// The same in bytes of their keys and values. Default 1 MiB.
    pub persist_max_bytes: usize,
    /// Which owner of the session this is: it stands in each change, so that a store can refuse
    /// those of an owner whose place another one has taken, with a higher number. Default 0.
    pub persist_epoch: u64,
    /// The number of the last change that the store has of this session, or of one that had its
    /// place: a new session counts on from there. One that goes on knows it. Default 0.
    pub persist_after: u64,
}

/// How a server's session behaves. Begin with `MQC_SERVER_CONFIG_INIT`, the defaults. What it tells
/// the client is said in CONNACK.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_server_config {
    /// `sizeof(mqc_server_config)`: later versions may add fields at the end, with 0 as default.
    pub struct_size: usize,
    /// How long to wait for CONNECT, and in an authentication for the next step, in milliseconds.
    /// Default 30 s.
    pub connect_timeout_ms: u32,
    /// Largest CONNECT in bytes. Default 128 KiB.
    pub max_connect_size: u32,
    /// 1 to count what happens, for the stats; else 0. Default 1 for clients, 0 for servers.
    pub stats: u32,
    /// Largest packet of the peer in bytes, fixed header included. Default 1 MiB.
    pub max_packet_size: u32,
    /// User properties in one property section.
    pub max_user_properties: u32,
    /// Topic filters in one SUBSCRIBE or UNSUBSCRIBE, and codes in one SUBACK or UNSUBACK.
    pub max_filters: u32,
    /// Levels of a topic name or topic filter.
    pub max_topic_levels: u32,
    /// `MQC_ALLOW_*`, `MQC_CHECK_*` and `MQC_REJECT_*`, added up. Default 0.
    pub switches: u32,
    /// Who acknowledges messages: `MQC_ACK_*`. Default the session.
    pub ack_mode: mqc_ack_mode,
    /// What is told of changes of what outlives a connection, and whether promises wait for it:
    /// `MQC_DURABILITY_*`. Default nothing.
    pub durability: mqc_durability,
    /// Messages that may wait to be sent. Default 1,000.
    pub queue_max_count: u32,
    /// Messages of QoS 1 and 2 that may be sent and not acknowledged, if the peer does not take
    /// fewer; then further ones wait. 0 is 1. Default 65,535.
    pub max_open: u16,
    /// Topic aliases that are chosen for messages, at most (5.0). Default 0: none are.
    pub max_auto_aliases: u16,
    /// Bytes of the packets of the messages that wait. Default 1 MiB.
    pub queue_max_bytes: usize,
    /// Bytes of the packets that are sent and not acknowledged: when there are so many, further
    /// messages of QoS 1 and 2 wait. Default 4 MiB.
    pub max_open_bytes: usize,
    /// So many bytes may have been written and not be sent; then messages wait, and no more input
    /// is read. One packet more may be written. Default 256 KiB.
    pub max_output: usize,
    /// So many changes may wait to be polled; then no more input is read, and no message taken.
    /// Default 1,024.
    pub persist_max_ops: usize,
    /// The same in bytes of their keys and values. Default 1 MiB.
    pub persist_max_bytes: usize,
    /// Which owner of the session this is: it stands in each change, so that a store can refuse
    /// those of an owner whose place another one has taken, with a higher number. Default 0.
    pub persist_epoch: u64,
    /// The number of the last change that the store has of this session, or of one that had its
    /// place: a new session counts on from there. One that goes on knows it. Default 0.
    pub persist_after: u64,
}

/// `MQC_CLIENT_CONFIG_INIT`.
const CLIENT: mqc_client_config = mqc_client_config {
    struct_size: mem::size_of::<mqc_client_config>(),
    version: MQC_VERSION_V5,
    connect_timeout_ms: MQC_DEFAULT_CONNECT_TIMEOUT_MS,
    ping_timeout_ms: MQC_DEFAULT_PING_TIMEOUT_MS,
    session_lost: MQC_SESSION_LOST_DROP,
    stats: 1,
    max_packet_size: MQC_DEFAULT_SESSION_MAX_PACKET_SIZE,
    max_user_properties: MQC_DEFAULT_MAX_USER_PROPERTIES,
    max_filters: MQC_DEFAULT_MAX_FILTERS,
    max_topic_levels: MQC_DEFAULT_MAX_TOPIC_LEVELS,
    switches: 0,
    ack_mode: MQC_ACK_AUTO,
    durability: MQC_DURABILITY_OFF,
    queue_max_count: MQC_DEFAULT_QUEUE_MAX_COUNT,
    max_open: MQC_DEFAULT_MAX_OPEN,
    max_auto_aliases: 0,
    queue_max_bytes: MQC_DEFAULT_QUEUE_MAX_BYTES,
    max_open_bytes: MQC_DEFAULT_MAX_OPEN_BYTES,
    max_output: MQC_DEFAULT_MAX_OUTPUT,
    persist_max_ops: MQC_DEFAULT_PERSIST_MAX_OPS,
    persist_max_bytes: MQC_DEFAULT_PERSIST_MAX_BYTES,
    persist_epoch: 0,
    persist_after: 0,
};

/// `MQC_SERVER_CONFIG_INIT`.
const SERVER: mqc_server_config = mqc_server_config {
    struct_size: mem::size_of::<mqc_server_config>(),
    connect_timeout_ms: MQC_DEFAULT_CONNECT_TIMEOUT_MS,
    max_connect_size: MQC_DEFAULT_MAX_CONNECT_SIZE,
    stats: 0,
    max_packet_size: MQC_DEFAULT_SESSION_MAX_PACKET_SIZE,
    max_user_properties: MQC_DEFAULT_MAX_USER_PROPERTIES,
    max_filters: MQC_DEFAULT_MAX_FILTERS,
    max_topic_levels: MQC_DEFAULT_MAX_TOPIC_LEVELS,
    switches: 0,
    ack_mode: MQC_ACK_AUTO,
    durability: MQC_DURABILITY_OFF,
    queue_max_count: MQC_DEFAULT_QUEUE_MAX_COUNT,
    max_open: MQC_DEFAULT_MAX_OPEN,
    max_auto_aliases: 0,
    queue_max_bytes: MQC_DEFAULT_QUEUE_MAX_BYTES,
    max_open_bytes: MQC_DEFAULT_MAX_OPEN_BYTES,
    max_output: MQC_DEFAULT_MAX_OUTPUT,
    persist_max_ops: MQC_DEFAULT_PERSIST_MAX_OPS,
    persist_max_bytes: MQC_DEFAULT_PERSIST_MAX_BYTES,
    persist_epoch: 0,
    persist_after: 0,
};

// SAFETY: integers alone, and no padding: see the assertions.
unsafe impl Growing for mqc_client_config {}
// SAFETY: as above.
unsafe impl Growing for mqc_server_config {}

/// Six `size_t`, two of 64 bits, two of 16, and the rest of 32.
const fn size_of_fields(of_32: usize) -> usize {
    6 * size_of::<usize>() + 2 * size_of::<u64>() + 2 * size_of::<u16>() + of_32 * size_of::<u32>()
}

const _: () = {
    assert!(size_of::<mqc_client_config>() == size_of_fields(13));
    assert!(size_of::<mqc_server_config>() == size_of_fields(11));
};

/// What both structures have, as the core's.
macro_rules! shared {
    ($known:expr) => {{
        let known = $known;
        let judged = mqc_decode_options {
            struct_size: mem::size_of::<mqc_decode_options>(),
            max_packet_size: known.max_packet_size,
            max_user_properties: known.max_user_properties,
            max_filters: known.max_filters,
            max_topic_levels: known.max_topic_levels,
            switches: known.switches,
            sender: MQC_SENDER_UNKNOWN,
        };
        // SAFETY: the structure is as long as it says.
        let judged = unsafe { options::read(&raw const judged)? };
        SessionConfig {
            limits: judged.limits,
            strictness: judged.strictness,
            ack: match known.ack_mode {
                MQC_ACK_AUTO => AckMode::Auto,
                MQC_ACK_MANUAL => AckMode::Manual,
                _ => return Err(MQC_INVALID_ARGUMENT),
            },
            queue: QueueLimits {
                max_count: known.queue_max_count as usize,
                max_bytes: known.queue_max_bytes,
                max_open_bytes: known.max_open_bytes,
                max_open: known.max_open,
            },
            max_output: known.max_output,
            max_auto_aliases: known.max_auto_aliases,
            stats: match known.stats {
                0 => false,
                1 => true,
                _ => return Err(MQC_INVALID_ARGUMENT),
            },
            persist: PersistConfig {
                durability: match known.durability {
                    MQC_DURABILITY_OFF => Durability::Off,
                    MQC_DURABILITY_REPORT => Durability::Report,
                    MQC_DURABILITY_GATE => Durability::Gate,
                    _ => return Err(MQC_INVALID_ARGUMENT),
                },
                epoch: known.persist_epoch,
                after: known.persist_after,
                max_ops: known.persist_max_ops,
                max_bytes: known.persist_max_bytes,
            },
        }
    }};
}

/// The core's settings of a client; NULL gives the defaults.
///
/// # Safety
/// `config` is NULL or points to as many readable bytes as its first field says.
pub(super) unsafe fn client(config: *const mqc_client_config) -> Result<ClientConfig, mqc_status> {
    if config.is_null() {
        return Ok(ClientConfig::default());
    }
    // SAFETY: the caller's promise.
    let known = unsafe { growing(config, CLIENT)? };
    Ok(ClientConfig {
        version: types::known_version(known.version)?,
        session: shared!(known),
        connect_timeout: Duration::from_millis(known.connect_timeout_ms.into()),
        ping_timeout: Duration::from_millis(known.ping_timeout_ms.into()),
        session_lost: match known.session_lost {
            MQC_SESSION_LOST_DROP => SessionLost::Drop,
            MQC_SESSION_LOST_PUBLISH_AGAIN => SessionLost::PublishAgain,
            _ => return Err(MQC_INVALID_ARGUMENT),
        },
    })
}

/// The core's settings of a server's session; NULL gives the defaults.
///
/// # Safety
/// As [`client`].
pub(crate) unsafe fn server(config: *const mqc_server_config) -> Result<ServerConfig, mqc_status> {
    if config.is_null() {
        return Ok(ServerConfig::default());
    }
    // SAFETY: the caller's promise.
    let known = unsafe { growing(config, SERVER)? };
    Ok(ServerConfig {
        session: shared!(known),
        connect_timeout: Duration::from_millis(known.connect_timeout_ms.into()),
        max_connect_size: known.max_connect_size,
    })
}

pub(super) fn when_full(when_full: mqc_when_full) -> Result<WhenFull, mqc_status> {
    Ok(match when_full {
        MQC_WHEN_FULL_QUEUE => WhenFull::Queue,
        MQC_WHEN_FULL_REJECT => WhenFull::Reject,
        MQC_WHEN_FULL_DROP_OLDEST_QOS0 => WhenFull::DropOldestQoS0,
        _ => return Err(MQC_INVALID_ARGUMENT),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_core() {
        let (ours_client, ours_server) = (CLIENT, SERVER);
        // SAFETY: the structures are as long as they say.
        unsafe {
            assert_eq!(client(&raw const ours_client), Ok(ClientConfig::default()));
            assert_eq!(server(&raw const ours_server), Ok(ServerConfig::default()));
        }
    }
}
