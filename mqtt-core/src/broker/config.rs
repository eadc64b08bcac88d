//! What a broker offers, keeps and allows.

use super::Acl;
use crate::{AckMode, QoS, ServerConfig, ShareStrategy};
use core::time::Duration;

/// How a [`Broker`](super::Broker) behaves.
///
/// # Examples
/// ```
/// use mqtt_core::{BrokerConfig, BrokerLimits, QoS};
/// let limits = BrokerLimits { max_connections: 100, ..BrokerLimits::default() };
/// let config = BrokerConfig { max_qos: QoS::AtLeastOnce, limits, ..BrokerConfig::default() };
/// assert_eq!(config.receive_maximum, 100);
/// ```
#[derive(Clone, Debug)]
pub struct BrokerConfig {
    /// What each connection may do and keep: sizes of packets, messages that wait, bytes that are not sent.
    /// Who acknowledges is the broker's.
    pub server: ServerConfig,
    /// Who may connect. Default all.
    pub authentication: Authentication,
    /// With [`Authentication::Ask`]: a session is its user's, connected or not, and nobody else connects with its
    /// client identifier (Client Identifier not valid); nor after a restart. One of a client without a user name
    /// is anybody's. Default yes; it protects nothing where user names are not verified.
    pub sessions_of_users: bool,
    /// Who may publish and subscribe to what. Default everything.
    pub authorization: Authorization,
    /// The highest QoS that is granted, and that 5.0 clients may publish with: they are told. What an older one
    /// publishes with a higher one is taken, and goes on with this one. Default 2.
    pub max_qos: QoS,
    /// Whether there are retained messages. Default yes.
    pub retain_available: bool,
    /// Whether filters may have wildcards (5.0 clients are told). Default yes.
    pub wildcards_available: bool,
    /// Whether there are shared subscriptions. Default yes.
    pub shared_available: bool,
    /// Whether subscriptions may have identifiers. Default yes.
    pub subscription_ids_available: bool,
    /// How many messages of QoS 1 and 2 a 5.0 client may have open. Default 100. 0 is 1.
    pub receive_maximum: u16,
    /// How many topic aliases a 5.0 client may set. Memory: its topics. Default 10.
    pub topic_alias_maximum: u16,
    /// The longest keep alive in seconds. A 5.0 client that asks for more, or for none, is told this one; one
    /// before 5.0 is not held to it. Default none.
    pub max_keep_alive: Option<u16>,
    /// For how many seconds a session may outlive its connection; 5.0 clients that ask for more are told.
    /// Default `u32::MAX`: for ever.
    pub max_session_expiry: u32,
    /// Which member of a shared subscription gets a message. Default one after the other.
    pub share_strategy: ShareStrategy,
    /// What becomes of a client that takes less than it gets. Default: messages are dropped.
    pub slow_consumer: SlowConsumer,
    /// So long the input of a client waits, at most, when it has published to one whose queue is half full: until a
    /// quarter of that is full. Then the receiver is slow, and nobody waits for it until it has read all; and the
    /// publisher waits for nobody for ten times as long. So a client that reads as fast as it can loses nothing to a
    /// flood, and one that does not read delays others by a tenth at most. Default zero: nobody waits.
    pub max_publisher_wait: Duration,
    /// Whether messages of QoS 0 wait for clients that are away. Default no.
    pub queue_qos_0: bool,
    /// How often `$SYS` topics are published. Default every 10 s; `None` for never.
    pub sys_interval: Option<Duration>,
    /// Bounds of the whole.
    pub limits: BrokerLimits,
}

impl BrokerConfig {
    /// What each connection is made with.
    pub(super) fn server(&self) -> ServerConfig {
        let mut server = self.server.clone();
        server.session.ack = AckMode::Manual;
        server
    }

    /// Whether sessions are their users' alone.
    pub(super) fn has_owners(&self) -> bool {
        self.sessions_of_users && self.authentication == Authentication::Ask
    }
}

impl Default for BrokerConfig {
    fn default() -> Self {
        Self {
            server: ServerConfig::default(),
            authentication: Authentication::AllowAll,
            sessions_of_users: true,
            authorization: Authorization::AllowAll,
            max_qos: QoS::ExactlyOnce,
            retain_available: true,
            wildcards_available: true,
            shared_available: true,
            subscription_ids_available: true,
            receive_maximum: 100,
            topic_alias_maximum: 10,
            max_keep_alive: None,
            max_session_expiry: u32::MAX,
            share_strategy: ShareStrategy::RoundRobin,
            slow_consumer: SlowConsumer::Drop,
            max_publisher_wait: Duration::ZERO,
            queue_qos_0: false,
            sys_interval: Some(Duration::from_secs(10)),
            limits: BrokerLimits::default(),
        }
    }
}

/// Bounds of a whole broker. Those of one connection are in its
/// [`SessionConfig`](crate::SessionConfig).
///
/// With 100,000 of each, a connection costs some 660 bytes until its CONNECT, 1,000 when it is accepted, and 300
/// more after its first request; besides as much as its largest input, and the most that waited to be sent to it. A
/// message of QoS 0 below 2 KiB that waits for many is kept once. A session that is away costs some 900 bytes and
/// its messages; a subscription some 100 bytes and its filter, and 60 for each level that no other filter has; a
/// retained message some 700 bytes, 100 for each level that no other topic has, its properties and payload.
///
/// # Examples
/// ```
/// assert_eq!(mqtt_core::BrokerLimits::default().max_subscriptions_per_client, 1000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BrokerLimits {
    /// Connections, also those whose CONNECT is to come. Default 100,000. Beyond it
    /// [`open`](super::Broker::open) fails.
    pub max_connections: usize,
    /// Sessions, with a connection or without. Default 200,000. Beyond it clients are refused: Quota exceeded,
    /// before 5.0 Server unavailable.
    pub max_sessions: usize,
    /// Subscriptions of all sessions. Default 10,000,000. Beyond it: Quota exceeded in SUBACK.
    pub max_subscriptions: usize,
    /// Subscriptions of one session. Default 1,000. Beyond it: Quota exceeded in SUBACK.
    pub max_subscriptions_per_client: usize,
    /// Levels of a topic filter or of a retained message's topic. Default 128. Beyond it: Topic Filter
    /// invalid, and messages are not retained.
    pub max_levels: usize,
    /// Retained messages. Default 1,000,000. Beyond it messages go on, and are not retained: Quota exceeded in
    /// their acknowledgement.
    pub max_retained: usize,
    /// Bytes of retained payloads and properties. Default 1 GiB. Beyond it as for their number.
    pub max_retained_bytes: usize,
    /// Bytes of all messages that wait for receivers or for their acknowledgement. Default 1 GiB. Beyond it,
    /// what cannot be sent at once is dropped.
    pub max_queued_bytes: usize,
    /// Bytes of messages and questions for the caller, see [`poll_event`](super::Broker::poll_event). Default
    /// 16 MiB. Beyond it no input is read until they are polled.
    pub max_event_bytes: usize,
}

impl Default for BrokerLimits {
    fn default() -> Self {
        Self {
            max_connections: 100_000,
            max_sessions: 200_000,
            max_subscriptions: 10_000_000,
            max_subscriptions_per_client: 1000,
            max_levels: 128,
            max_retained: 1_000_000,
            max_retained_bytes: 1 << 30,
            max_queued_bytes: 1 << 30,
            max_event_bytes: 16 << 20,
        }
    }
}

/// Who may connect.
///
/// # Examples
/// ```
/// assert_eq!(mqtt_core::Authentication::default(), mqtt_core::Authentication::AllowAll);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Authentication {
    /// Everybody. An authentication method is refused: there is none.
    #[default]
    AllowAll,
    /// The caller says, for each: [`BrokerEvent::Authenticate`](super::BrokerEvent::Authenticate).
    Ask,
}

/// Who may publish and subscribe to what.
///
/// Nobody publishes to topics that begin with `$`, whatever is said here: they are the broker's.
///
/// # Examples
/// ```
/// use mqtt_core::{Acl, Authorization};
/// let acl = Acl::parse("allow all devices/%c/#\nallow subscribe user anna #")?;
/// let authorization = Authorization::Acl(acl);
/// # let _ = authorization;
/// # Ok::<(), mqtt_core::AclError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Authorization {
    /// Everybody everything.
    #[default]
    AllowAll,
    /// As these rules say. A client whose will they do not allow is not accepted.
    Acl(Acl),
    /// The caller says, for each message and each filter:
    /// [`BrokerEvent::Authorize`](super::BrokerEvent::Authorize). What a will may do is said with
    /// [`BrokerEvent::Authenticate`](super::BrokerEvent::Authenticate).
    Ask,
}

/// What becomes of a client that takes less than it gets, when its queue is full.
///
/// # Examples
/// ```
/// assert_eq!(mqtt_core::SlowConsumer::default(), mqtt_core::SlowConsumer::Drop);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SlowConsumer {
    /// The oldest messages of QoS 0 that wait are dropped for a new one; if there are not enough, the new one
    /// is.
    #[default]
    Drop,
    /// Its connection ends, Quota exceeded. What does not wait is dropped. A client that has come back is not slow
    /// as long as it has not got what waited for it; until then it is as with [`Drop`](Self::Drop).
    Disconnect,
}
