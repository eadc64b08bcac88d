//! What a session may do and keep.

use crate::{Limits, PersistConfig, Strictness, Version};
use core::time::Duration;

/// How a [`ClientSession`](crate::ClientSession) behaves. What it tells the server (keep alive, Receive
/// Maximum and such) is said in CONNECT.
///
/// # Examples
/// ```
/// use mqtt_core::{AckMode, ClientConfig, Version};
/// let config = ClientConfig { version: Version::V311, ..ClientConfig::default() };
/// assert_eq!((config.session.queue.max_count, config.session.ack), (1000, AckMode::Auto));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ClientConfig {
    /// The version that is spoken. Default 5.0.
    pub version: Version,
    /// What both roles share.
    pub session: SessionConfig,
    /// How long to wait for CONNACK, and in an authentication for the next step. Default 30 s,
    /// at most seven weeks.
    pub connect_timeout: Duration,
    /// How long the server may be silent after a PINGREQ: it may have to send the rest of a large message
    /// before PINGRESP. Default 10 s, at most seven weeks.
    pub ping_timeout: Duration,
    /// What becomes of open messages when the server has lost the session. Default: dropped.
    pub session_lost: SessionLost,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            version: Version::V5,
            session: SessionConfig { stats: true, ..SessionConfig::default() },
            connect_timeout: Duration::from_secs(30),
            ping_timeout: Duration::from_secs(10),
            session_lost: SessionLost::Drop,
        }
    }
}

/// How a [`ServerSession`](crate::ServerSession) behaves. What it tells the client is said in CONNACK.
///
/// # Examples
/// ```
/// use mqtt_core::ServerConfig;
/// assert_eq!(ServerConfig::default().max_connect_size, 128 * 1024);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ServerConfig {
    /// What both roles share.
    pub session: SessionConfig,
    /// How long to wait for CONNECT, and in an authentication for the next step. Default 30 s,
    /// at most seven weeks.
    pub connect_timeout: Duration,
    /// Largest CONNECT in bytes. Default 128 KiB.
    pub max_connect_size: u32,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            session: SessionConfig::default(),
            connect_timeout: Duration::from_secs(30),
            max_connect_size: 128 * 1024,
        }
    }
}

/// What sessions of both roles may do and keep.
///
/// # Examples
/// ```
/// use mqtt_core::SessionConfig;
/// assert_eq!(SessionConfig::default().limits.max_packet_size, 1 << 20);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SessionConfig {
    /// What the peer may send. Default as [`Limits::DEFAULT`], but packets of at most 1 MiB.
    pub limits: Limits,
    /// Deviations of the peer that are accepted. Default none.
    pub strictness: Strictness,
    /// Who acknowledges messages. Default the session.
    pub ack: AckMode,
    /// How many messages may wait to be sent. Memory: those that wait, each as large as its packet.
    pub queue: QueueLimits,
    /// So many bytes may have been written and not be sent; then messages wait, and no more input is
    /// read. Default 256 KiB; one packet more may be written.
    pub max_output: usize,
    /// Topic aliases that are chosen for messages, at most, if the peer takes that many (5.0). Each costs
    /// its topic, and a look at it for each message. Default 0: none are.
    pub max_auto_aliases: u16,
    /// Count what happens: see [`Stats`](crate::Stats). Costs 300 bytes. Default for clients, not for
    /// servers.
    pub stats: bool,
    /// What is told of changes of what outlives a connection, and whether promises wait for it. Default
    /// nothing.
    pub persist: PersistConfig,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            limits: Limits { max_packet_size: 1 << 20, ..Limits::DEFAULT },
            strictness: Strictness::default(),
            ack: AckMode::Auto,
            queue: QueueLimits::default(),
            max_output: 256 * 1024,
            max_auto_aliases: 0,
            stats: false,
            persist: PersistConfig::default(),
        }
    }
}

/// Bounds of the messages that wait to be sent, and of those that are open.
///
/// A message whose Message Expiry Interval has passed keeps no other out, wherever it waits: it is dropped when
/// its room is needed, or when its turn comes, with an [`Event::Dropped`](crate::Event::Dropped). An interval
/// costs its message O(log(messages)) once more; others cost nothing.
///
/// # Examples
/// ```
/// use mqtt_core::QueueLimits;
/// let none = QueueLimits { max_count: 0, ..QueueLimits::default() };
/// assert_eq!(none.max_bytes, 1 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QueueLimits {
    /// Messages. Default 1,000.
    pub max_count: usize,
    /// Bytes of their packets. Default 1 MiB.
    pub max_bytes: usize,
    /// Bytes of the packets that have been sent and are not acknowledged: when there are so many, further
    /// messages of QoS 1 and 2 wait. Default 4 MiB.
    pub max_open_bytes: usize,
    /// Messages of QoS 1 and 2 that have been sent and are not acknowledged: when there are so many, or as
    /// many as the peer's Receive Maximum, further ones wait. Default 65,535. Before 5.0 a peer cannot say how
    /// many it takes: mosquitto ends the connection beyond 20. 0 is 1.
    pub max_open: u16,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self { max_count: 1000, max_bytes: 1 << 20, max_open_bytes: 4 << 20, max_open: u16::MAX }
    }
}

/// Who acknowledges the messages of the peer.
///
/// # Examples
/// ```
/// use mqtt_core::AckMode;
/// assert_eq!(AckMode::default(), AckMode::Auto);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AckMode {
    /// The session, when it hands out the event.
    #[default]
    Auto,
    /// The caller, by the token of the event.
    Manual,
}

/// What becomes of open messages when the server has lost the session.
///
/// # Examples
/// ```
/// use mqtt_core::SessionLost;
/// assert_eq!(SessionLost::default(), SessionLost::Drop);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SessionLost {
    /// Each is dropped, with an event.
    #[default]
    Drop,
    /// Those whose PUBREC has not come are published again as new, before all others and whatever the queue
    /// may hold: a message that had arrived arrives twice.
    PublishAgain,
}

/// What to do with a message that cannot be sent now.
///
/// # Examples
/// ```
/// use mqtt_core::WhenFull;
/// assert_eq!(WhenFull::default(), WhenFull::Queue);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WhenFull {
    /// It waits, if there is room in the queue.
    #[default]
    Queue,
    /// It is turned away.
    Reject,
    /// It waits; if there is no room, the oldest messages of QoS 0 that wait are dropped for it.
    DropOldestQoS0,
}
