//! What outlives a connection: messages that are open or wait, and identifiers of the peer's.

mod durable;
mod id_set;
mod incoming;
mod message;
mod outgoing;
mod stored;

pub(super) use durable::Durable;
pub use incoming::AckToken;
pub(super) use incoming::{Arrival, DueAck, Incoming};
pub(crate) use message::shorten_expiry;
pub(super) use message::{Clock, Expiry, Message, MessageHead, signed};
pub(super) use outgoing::{Load, Outgoing, Wait};

use super::config::AckMode;
use crate::store::{SessionRecord, SubscriptionRecord};
use crate::{PacketId, ReasonCode, Version};
use alloc::boxed::Box;
use bytes::Bytes;
use core::mem;

/// What is left of a session without a connection: messages that are open or wait, and identifiers of
/// QoS 2 messages that were received.
///
/// It comes from [`into_state`](crate::ServerSession::into_state) of a session of either side, and goes to
/// [`ServerSession::accept`](crate::ServerSession::accept) or
/// [`ClientSession::resume`](crate::ClientSession::resume). A session may go on in another version: its
/// messages become packets of that one, without their properties if it has none.
///
/// # Examples
/// ```
/// use mqtt_core::{ConnAck, Instant, Publish, QoS, ServerConfig, ServerSession, WhenFull};
/// # let now = Instant::default();
/// # let connect = b"\x10\x0E\0\x04MQTT\x05\0\0\x3C\0\0\x01a";
/// let mut session = ServerSession::new(ServerConfig::default(), now);
/// # session.handle_input(now, connect);
/// # session.poll_event();
/// session.accept(now, &ConnAck::default(), None)?;
/// let message = Publish { topic: "t", qos: QoS::AtLeastOnce, ..Publish::default() };
/// session.deliver(now, &message, 7, WhenFull::Queue)?;
/// session.handle_eof(now);
/// # session.poll_event();
/// let state = session.into_state();
/// assert_eq!(state.open_messages(), 1);
///
/// // When the client comes back:
/// let mut session = ServerSession::new(ServerConfig::default(), now);
/// # session.handle_input(now, connect);
/// # session.poll_event();
/// let connack = ConnAck { session_present: true, ..ConnAck::default() };
/// session.accept(now, &connack, Some(state))?;
/// # use bytes::Buf;
/// # session.transmit().advance(10);
/// assert_eq!(session.transmit().chunk(), b"\x3A\x06\0\x01t\0\x01\0");
/// # Ok::<(), mqtt_core::UsageError>(())
/// ```
#[derive(Debug)]
pub struct SessionState {
    /// The version that the messages are packets of.
    pub(super) version: Version,
    pub(super) outgoing: Outgoing,
    pub(super) incoming: Incoming,
    /// Of a client: a Clean Start was asked for and not granted since, or the last session has ended with its
    /// connection: what the server has is not what this side has.
    pub(super) is_cleaned: bool,
    /// The client identifier as a number; 0 if it is not known.
    pub(super) client: u64,
    /// What is told to a store.
    pub(super) durable: Option<Box<Durable>>,
}

impl Default for SessionState {
    fn default() -> Self {
        Self::new(Version::V5)
    }
}

/// A change of what outlives a connection.
#[derive(Debug)]
pub(super) enum Change<'m> {
    /// A message waits, behind all others.
    Queue(Message),
    /// The message at this place of the queue is gone: sent at QoS 0, or dropped.
    Unqueue(usize),
    /// The first message of the queue is sent under the next identifier.
    Send,
    /// A message is sent at once under the next identifier, which this is: what is known of it, its packet,
    /// and its payload if that is not in the packet.
    Open(PacketId, MessageHead, &'m [u8], &'m Bytes),
    /// PUBREC has come, with this code, or the message is given up: PUBREL goes out, and it is not sent again.
    Received(PacketId, ReasonCode),
    /// A message is done, or given up.
    Close(PacketId),
    /// All open messages wait again, before all others, but for those whose PUBREC has come.
    Reopen,
    /// A QoS 2 message of the peer is acknowledged: it is not taken again.
    Accept(PacketId),
    /// PUBREL has come for it.
    Release(PacketId),
    /// The peer's messages are forgotten: its session has begun anew.
    Forget,
    /// The messages become packets of this version.
    Convert(Version),
    /// The session is another one, or goes on otherwise.
    Session(SessionRecord),
    /// Server: it has ended.
    End,
    /// Server: a subscription is made, or made anew.
    Subscribe(&'m str, SubscriptionRecord),
    /// Server: one has ended.
    Unsubscribe(&'m str),
    /// Server: the will, as a CONNECT of this version; or there is none any more.
    Will(Option<(Version, &'m [u8])>),
}

impl SessionState {
    pub(super) fn new(version: Version) -> Self {
        let (outgoing, incoming) = (Outgoing::default(), Incoming::default());
        Self { version, outgoing, incoming, is_cleaned: false, client: 0, durable: None }
    }

    /// Changes what outlives a connection, as far as a store would have to know. Tokens, quotas and DUP are
    /// of one connection, and are changed where they are.
    // Which change it is, is known where it is called: what all messages go through is inlined there.
    #[inline(always)]
    pub(super) fn change(&mut self, change: Change<'_>) {
        match self.durable {
            None => self.make(change),
            Some(_) => self.change_stored(change),
        }
    }

    #[inline(always)]
    fn make(&mut self, change: Change<'_>) {
        match change {
            Change::Open(id, head, wire, body) => self.outgoing.open_written(id, head, wire, body),
            Change::Received(id, reason) => self.outgoing.received(id, reason),
            Change::Close(id) => self.outgoing.close(id),
            Change::Accept(id) => self.incoming.accept(id),
            Change::Release(id) => self.incoming.release(id),
            seldom => self.make_seldom(seldom),
        }
    }

    fn make_seldom(&mut self, change: Change<'_>) {
        match change {
            Change::Queue(message) => self.outgoing.push_back(message),
            Change::Unqueue(at) => {
                if let Some(message) = self.outgoing.unqueue(at) {
                    self.outgoing.recycle(message.wire);
                }
            }
            Change::Send => self.outgoing.open_front(),
            Change::Reopen => self.outgoing.queue_open(),
            Change::Forget => self.incoming.clear(),
            Change::Convert(version) => {
                if self.version.is_v5() != version.is_v5() {
                    self.outgoing.convert(self.version, version);
                }
                self.version = version;
            }
            // Only a store has to know.
            _ => {}
        }
    }

    /// Takes up the state of a session that goes on, where messages are acknowledged so; gives what waited
    /// here.
    pub(super) fn resume(
        &mut self,
        state: Self,
        ack: AckMode,
    ) -> impl Iterator<Item = Message> + use<> {
        let waiting = self.outgoing.take_queue();
        let before = mem::replace(self, state);
        self.adopt(before.durable);
        self.change(Change::Convert(before.version));
        self.incoming.go_on(&before.incoming, self.version.is_v5(), ack == AckMode::Auto);
        waiting
    }

    /// True if nothing is open and nothing waits, neither here nor for the caller's acknowledgement.
    pub(super) fn is_idle(&self) -> bool {
        self.outgoing.is_idle() && self.incoming.is_idle()
    }

    /// Between two connections: forgets QoS 2 messages of the peer that the caller has not acknowledged, and has no
    /// tokens of. They are handed out again when they come again.
    pub(crate) fn forget_unanswered(&mut self) {
        self.incoming.forget_unanswered();
    }

    /// Ends a connection.
    pub(super) fn disconnect(&mut self) {
        self.outgoing.disconnected();
        self.incoming.disconnect();
    }

    pub(super) fn shrink(&mut self) {
        self.outgoing.shrink();
        self.incoming.shrink();
        if let Some(durable) = &mut self.durable {
            durable.journal.shrink();
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let durable = self.durable.as_ref().map_or(0, |durable| durable.heap_bytes());
        self.outgoing.heap_bytes() + self.incoming.heap_bytes() + durable
    }

    /// Messages that were sent and are not done.
    #[must_use]
    pub const fn open_messages(&self) -> usize {
        self.outgoing.open_len()
    }

    /// Messages that wait to be sent.
    #[must_use]
    pub fn queued_messages(&self) -> usize {
        self.outgoing.queue_len()
    }
}
