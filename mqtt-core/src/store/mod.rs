//! State that survives: changes of a session as data, snapshots, and what a store gives back.
//!
//! A session does no I/O. With [`Durability::Report`] or [`Durability::Gate`] it tells each change of what
//! outlives a connection as a [`PersistOp`], numbered and in order; with `Gate` it also holds back what it
//! would promise the peer until [`persisted`](crate::ClientSession::persisted) has said that the changes
//! are safe. A store keeps keys and values, whatever they mean.
//!
//! ```text
//! session -> poll_persist -> PersistOp { seq, epoch, change }  -> store: a batch is one transaction
//!         <- persisted(seq) <--------------------------------------- "all up to seq is safe"
//!         -> snapshot, in pages                                -> store: instead of the changes before it
//! Restore <- put(key, value), page(bytes), apply(op) <------------ store
//!         -> SessionState::restore -> ClientSession::resume, ServerSession::accept
//! ```
//!
//! # Keys and values
//!
//! Numbers are big endian, so keys sort as what they number. Each value begins with its format, now 1.
//! Level is that of CONNECT: 3 for 3.1, 4 for 3.1.1, 5 for 5.0. Times are milliseconds since 1970.
//!
//! | key | value, after the format |
//! |---|---|
//! | `m`, order (8 bytes) | a message of this side: flags (1: 1 it is open), level (1), packet identifier (2; 0 if it is not open), token (8), when its Message Expiry Interval ends (8; 0 never, or if the packet has one it begins when the message is restored), then the PUBLISH packet without DUP, under that identifier or 1 |
//! | `p`, order (8) | where a message stands, which counts instead of what `m` says: phase (1: 0 it waits, 1 it is open, 2 PUBREL is out), packet identifier (2), code (1: of PUBREC, or why it was given up), token (8) |
//! | `r`, packet identifier (2) | nothing more: a QoS 2 message of the peer that has been acknowledged, and is not released |
//! | `s` | the session: role (1: 0 client, 1 server), level (1), flags (1: 1 the peer's session is another one), client identifier as a number (8; 0 unknown), Session Expiry Interval (4), when the session ends (8; also one whose interval never ends; 0 it has a connection, or nobody had told the time) |
//! | `t`, topic filter | server: a subscription: options as in SUBSCRIBE (1), Subscription Identifier (4; 0 none) |
//! | `w` | server: the will: level (1), then a CONNECT packet that has it |
//!
//! Orders count up; a message keeps its own. A body is stored once: what becomes of a message later is in
//! `p`, and with PUBREC its `m` goes. Messages of QoS 0 that wait, topic aliases, quotas and keep alive are
//! not stored.
//!
//! # The store of a broker
//!
//! A [`Broker`](crate::Broker) has one store for all. Keys of a session stand behind its client identifier.
//!
//! | key | value |
//! |---|---|
//! | `b`, number (8) | format 1, a payload of 2 KiB or more that several sessions have |
//! | `c`, length of the client identifier (2), the identifier, key of the session | as above; or format 2, number of a payload (8), the value of an `m` without that payload, which is its end; or, for an `s` of a user's session, format 2, length of the user name (4), the user name, the value |
//! | `t`, topic | a retained message: format 1, when it ends (8; 0 never, or it has its whole interval left), length of the client identifier of its publisher (2), the identifier, PUBLISH of 5.0 under identifier 1 |
//!
//! A payload is there before what refers to it, and goes after it.
//!
//! # A journal
//!
//! [`JOURNAL_HEADER`], then entries, as [`PersistOp::encode`] writes them:
//!
//! | bytes | |
//! |---|---|
//! | 4 | CRC-32C of all that follows |
//! | 4 | length of all that follows |
//! | 1 | 1 Put, 2 Delete, 3 Clear, 4 Mark |
//! | 8, 8 | sequence number, epoch |
//! | 4, … | length of the key, the key |
//! | … | the value: the rest |
//!
//! # A page of a snapshot
//!
//! | bytes | |
//! |---|---|
//! | 4 | `MQCS` |
//! | 1, 1, 2 | format, now 1; 1 for the last page; 0 |
//! | 8, 8 | epoch; the sequence number that had been reached when the first page was made |
//! | 4, 4 | number of the page, from 0; length of the entries |
//! | … | entries in the order of their keys: length of key (4) and value (4), key, value |
//! | 4 | CRC-32C of all before |

mod crc;
mod error;
mod journal;
pub mod kit;
mod op;
mod record;
mod restore;
mod snapshot;

pub use error::{StoreError, StoreErrorKind};
pub use journal::{Durability, PersistConfig};
pub use op::{JOURNAL_HEADER, JournalReader, Persist, PersistOp};
pub use restore::Restore;
pub use snapshot::SnapshotCursor;

pub(crate) use crc::crc32c;
pub(crate) use journal::Journal;
pub(crate) use record::{
    Key, MAX_NUMBER, MessageRecord, Phase, PhaseRecord, Record, SessionRecord, SubscriptionRecord,
    WillRecord,
};
pub(crate) use snapshot::PageWriter;
