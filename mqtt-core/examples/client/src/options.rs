//! How a client connects and behaves.

use crate::address::Address;
use crate::authentication::Authentication;
use crate::message::Message;
use crate::storage::Storage;
use core::fmt;
use core::time::Duration;
use mqtt_core::{Backoff, QueueLimits, SessionLost, Version};
use std::path::PathBuf;

/// How a client connects and behaves.
///
/// # Examples
/// ```
/// use mqc_client::{Message, Options};
/// use mqtt_core::Version;
///
/// let options = Options {
///     client_id: "sensor-7".to_owned(),
///     version: Version::V311,
///     clean_start: false,
///     will: Some(Message::new("sensors/7/state", "offline").retain(true)),
///     ..Options::new("mqtt://localhost".parse()?)
/// };
/// assert_eq!(options.keep_alive, 60);
/// # Ok::<(), mqc_client::BadAddress>(())
/// ```
#[derive(Clone)]
pub struct Options {
    /// The broker. A user name and a password in it are used if none are given below.
    pub address: Address,
    /// For `mqtts` and `wss`.
    pub tls: Tls,
    /// The version that is spoken. Default 5.0.
    pub version: Version,
    /// Default empty: the broker makes one up, and a session cannot outlive its connection.
    pub client_id: String,
    /// Begin with a new session. When the connection is lost and made again, the session goes on if the
    /// broker keeps it: see [`session_expiry`](Self::session_expiry). Default true.
    pub clean_start: bool,
    /// 5.0: for how many seconds the broker keeps the session when the connection is lost; `u32::MAX` for
    /// ever. Default 0. Before 5.0, the broker keeps it for ever if [`clean_start`](Self::clean_start) is
    /// false, else not at all.
    pub session_expiry: u32,
    /// Longest time in seconds without a packet; 0 for no bound. Default 60.
    pub keep_alive: u16,
    /// Default none.
    pub user_name: Option<String>,
    /// Default none.
    pub password: Option<Vec<u8>>,
    /// 5.0: enhanced authentication, beside user name and password or instead of them. Default none.
    pub authentication: Option<Authentication>,
    /// What the broker publishes when the connection is lost.
    pub will: Option<Message>,
    /// 5.0: how many seconds the broker waits with that.
    pub will_delay: u32,
    /// 5.0: pairs for CONNECT.
    pub user_properties: Vec<(String, String)>,
    /// How many messages of QoS 1 and 2 the broker may send before the first is acknowledged (5.0). Default: as
    /// many as it likes; what there is no room for stays in the socket. mosquitto 2.0.11 sends more than a
    /// number that is given here when a client comes back to many messages, and the session then ends the
    /// connection, as the standard demands.
    pub receive_maximum: Option<u16>,
    /// 5.0: how many topics the broker may shorten. Default 0.
    pub topic_alias_maximum: u16,
    /// 5.0: how many of our topics are shortened, if the broker allows so many. Default 16.
    pub auto_aliases: u16,
    /// Larger packets of the broker are refused. Default 16 MiB.
    pub max_packet_size: u32,
    /// How many messages wait for [`Messages::next`](crate::Messages::next). Default 1,000.
    pub inbox: usize,
    /// How many bytes of messages wait there, and beyond them one message. Default 16 MiB.
    pub inbox_bytes: usize,
    /// What becomes of a message of QoS 0 when that much waits. Default: the broker has to wait.
    pub overflow: Overflow,
    /// Who acknowledges messages. Default [`Acks::WhenTaken`].
    pub acks: Acks,
    /// How many messages wait to be sent, here and in the session.
    pub queue: QueueLimits,
    /// How many messages of QoS 1 and 2 may be under way at once. Default: as many as the broker says, and 20
    /// before 5.0, where it cannot say: beyond so many, mosquitto ends the connection.
    pub max_open: Option<u16>,
    /// What becomes of messages under way when the broker has lost the session. Default: they are
    /// published again; what had arrived arrives twice.
    pub session_lost: SessionLost,
    /// When to connect again after a connection is lost. `None`: never. The first connection is tried once.
    pub reconnect: Option<Backoff>,
    /// Where the session is kept, so that it outlives the process. Default: nowhere. It needs a
    /// [`client_id`](Self::client_id), which is its name there. The session goes on if the store has it; else it
    /// begins anew, and the broker forgets what it may have under that name. [`clean_start`](Self::clean_start) says
    /// nothing then, and a [`session_expiry`](Self::session_expiry) of 0 means for ever. Before 5.0 that takes a
    /// connection of its own, with Clean Session 1 and without a will, before the first one.
    pub store: Option<Storage>,
    /// How long to try to reach the broker, and to wait for its answer. Default 10 s.
    pub connect_timeout: Duration,
}

/// What TLS needs.
///
/// # Examples
/// ```
/// use mqc_client::Tls;
/// let tls = Tls { ca_file: Some("ca.pem".into()), ..Tls::default() };
/// assert!(tls.certificate.is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// PEM: who is trusted to say who a server is. Default: whom the system trusts.
    pub ca_file: Option<PathBuf>,
    /// PEM: our certificate, then those that lead from it to one that the broker trusts.
    pub certificate: Option<PathBuf>,
    /// PEM: the key of that certificate.
    pub key: Option<PathBuf>,
    /// The name that the broker's certificate is for. Default: the host.
    pub server_name: Option<String>,
}

/// What becomes of a message of QoS 0 for which there is no room.
///
/// # Examples
/// ```
/// use mqc_client::Overflow;
/// assert_eq!(Overflow::default(), Overflow::Wait);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Overflow {
    /// It stays with the broker, and so does all that is behind it, acknowledgements too: who waits for the
    /// acknowledgement of a message must not wait with taking others.
    #[default]
    Wait,
    /// It is dropped and [counted](crate::Messages::dropped). Those of QoS 1 and 2 are not: as many again may
    /// wait of them, then all stays with the broker.
    Drop,
}

/// Who acknowledges messages of QoS 1 and 2.
///
/// # Examples
/// ```
/// use mqc_client::Acks;
/// assert_eq!(Acks::default(), Acks::WhenTaken);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Acks {
    /// [`Messages`](crate::Messages), after the next one has been asked for: then the last has been dealt with.
    #[default]
    WhenTaken,
    /// The program, by [`Client::ack`](crate::Client::ack).
    Manual,
}

impl fmt::Debug for Options {
    /// Without what may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, version, client_id, .. } = self;
        write!(f, "Options({address}, {version:?}, {client_id:?})")
    }
}

impl Options {
    /// The defaults, for a broker.
    ///
    /// See [`Options`] for an example.
    #[must_use]
    pub fn new(address: Address) -> Self {
        Self {
            address,
            tls: Tls::default(),
            version: Version::V5,
            client_id: String::new(),
            clean_start: true,
            session_expiry: 0,
            keep_alive: 60,
            user_name: None,
            password: None,
            authentication: None,
            will: None,
            will_delay: 0,
            user_properties: Vec::new(),
            receive_maximum: None,
            topic_alias_maximum: 0,
            auto_aliases: 16,
            max_packet_size: 16 << 20,
            inbox: 1000,
            inbox_bytes: 16 << 20,
            overflow: Overflow::Wait,
            acks: Acks::WhenTaken,
            queue: QueueLimits {
                max_bytes: 16 << 20,
                max_open_bytes: 16 << 20,
                ..QueueLimits::default()
            },
            max_open: None,
            session_lost: SessionLost::PublishAgain,
            reconnect: Some(Backoff {
                initial: Duration::from_millis(200),
                max: Duration::from_secs(30),
                ..Backoff::default()
            }),
            store: None,
            connect_timeout: Duration::from_secs(10),
        }
    }
}
