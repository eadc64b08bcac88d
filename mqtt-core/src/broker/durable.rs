//! Changes of what outlives the process, of all sessions and of retained messages, and what waits for them.

use super::bodies::Bodies;
use super::engine::Broker;
use super::message::RetainedMessage;
use super::net::{Net, Notice};
use crate::store::{Durability, Journal, Key, Persist, PersistOp};
use crate::{Instant, PersistConfig, Publish, QoS, Version};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use bytes::Bytes;
use core::hash::BuildHasher;

/// Keys of a session: this byte, the length of the client identifier, the identifier, the key that the session
/// has for it.
pub(super) const SESSION: u8 = b'c';
/// Keys of retained messages: this byte, the topic.
pub(super) const RETAINED: u8 = b't';

/// The format of the value of a session that is a user's: this byte, the length of the user name (4 bytes), the user
/// name, the value.
const OWNED: u8 = 2;

/// The user name of a session that is a user's, and its value.
pub(super) fn owned<'v>(own: &[u8], value: &'v [u8]) -> Option<(&'v str, &'v [u8])> {
    let of_session = value.strip_prefix(&[OWNED]).filter(|_| own == [Key::Session.kind()]);
    let (len, rest) = of_session?.split_first_chunk()?;
    let (owner, value) = rest.split_at_checked(u32::from_be_bytes(*len).try_into().ok()?)?;
    Some((core::str::from_utf8(owner).ok()?, value))
}

/// What is told of changes.
#[derive(Debug)]
pub(super) struct Durable {
    pub(super) journal: Journal,
    pub(super) bodies: Bodies,
    /// What sessions have told, by the number that it has here.
    told: VecDeque<Told>,
    /// Another broker has the store.
    is_fenced: bool,
    /// What to add to the broker's time for Unix milliseconds, if that has been told.
    pub(super) offset: Option<i64>,
    key: Vec<u8>,
    value: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Told {
    seq: u64,
    client: u32,
    generation: u32,
    /// The session's own number.
    own: u64,
}

impl Durable {
    /// Of a broker that begins with an empty store, or goes on.
    pub(super) fn new(config: PersistConfig, goes_on: bool) -> Option<Self> {
        if config.durability == Durability::Off {
            return None;
        }
        let mut journal = Journal::new(config);
        if !goes_on {
            journal.clear();
        }
        Some(Self {
            journal,
            bodies: Bodies::default(),
            told: VecDeque::new(),
            is_fenced: false,
            offset: None,
            key: Vec::new(),
            value: Vec::new(),
        })
    }

    /// Takes a change that the session of a client, and of its user, tells.
    fn take(&mut self, client_id: &str, owner: Option<&str>, op: &PersistOp<'_>) {
        let mut key_of = |key: &[u8]| {
            self.key.clear();
            session_prefix(client_id, &mut self.key);
            self.key.extend_from_slice(key);
        };
        match op.change {
            Persist::Put { key, value } => {
                key_of(key);
                match owner {
                    Some(owner) if key == [Key::Session.kind()] => {
                        let len = (owner.len() as u32).to_be_bytes();
                        let head = [OWNED, len[0], len[1], len[2], len[3]];
                        self.journal.put_parts(&self.key, [&head, owner.as_bytes(), value]);
                    }
                    _ => self.bodies.put(&mut self.journal, &self.key, key, value),
                }
            }
            Persist::Delete { key } => {
                key_of(key);
                self.bodies.delete(&mut self.journal, &self.key);
            }
            // Sessions among others do not clear the store.
            Persist::Clear | Persist::Mark => self.journal.mark(),
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.journal.heap_bytes()
            + self.bodies.heap_bytes()
            + self.told.capacity() * size_of::<Told>()
            + self.key.capacity()
            + self.value.capacity()
    }

    /// Tells of a retained message, or that there is none.
    pub(super) fn tell_retained(&mut self, topic: &str, kept: Option<&RetainedMessage>) {
        self.key.clear();
        self.key.push(RETAINED);
        self.key.extend_from_slice(topic.as_bytes());
        match kept {
            None => self.journal.delete_bytes(&self.key),
            Some(kept) => {
                self.value.clear();
                kept.write(topic, self.offset, &mut self.value);
                self.journal.put_bytes(&self.key, &self.value);
            }
        }
    }
}

/// Writes the beginning of the keys of a session.
fn session_prefix(client_id: &str, key: &mut Vec<u8>) {
    key.push(SESSION);
    // An identifier is a string of a packet.
    key.extend_from_slice(&(client_id.len() as u16).to_be_bytes());
    key.extend_from_slice(client_id.as_bytes());
}

impl<S: BuildHasher> Net<S> {
    /// Takes the changes that the session of a client has told.
    #[inline]
    pub(super) fn collect(&mut self, place: u32) {
        if self.durable.is_some() {
            self.collect_told(place);
        }
    }

    #[inline(never)]
    fn collect_told(&mut self, place: u32) {
        let (Some(durable), Some(client)) = (&mut self.durable, self.clients.get_mut(place)) else {
            return;
        };
        let mut own = None;
        let owner = client.user_name.as_deref().filter(|_| self.config.has_owners());
        while let Some(op) = client.session.poll_persist() {
            durable.take(&client.id, owner, &op);
            own = Some(op.seq);
        }
        // Else nothing waits, and nobody has to say what is safe.
        if let Some(own) = own.filter(|_| durable.journal.gates()) {
            let (seq, generation) = (durable.journal.seq(), client.generation);
            durable.told.push_back(Told { seq, client: place, generation, own });
        }
    }

    /// Notes that several sessions may be about to store this payload.
    pub(super) fn note_body(&mut self, body: Option<&Bytes>) {
        if let (Some(durable), Some(body)) = (&mut self.durable, body) {
            durable.bodies.begin(body.clone());
        }
    }

    /// The number of the last change.
    pub(super) fn persist_seq(&self) -> u64 {
        self.durable.as_ref().map_or(0, |durable| durable.journal.seq())
    }

    /// True if what was told after a number is to be safe before it is relied on.
    pub(super) fn waits_for_store(&self, since: u64) -> bool {
        self.durable.as_ref().is_some_and(|durable| {
            durable.journal.gates()
                && durable.journal.seq() > since
                && !durable.journal.is_persisted()
        })
    }
}

impl<S: BuildHasher + Clone> Broker<S> {
    /// The next change of what outlives the process: sessions and retained messages, if
    /// [`PersistConfig`] of the sessions says that changes are told. Poll until there is
    /// nothing left; what has been polled does not come again.
    ///
    /// The broker is one owner of one store: the numbers count all its changes, and the first of a broker that was
    /// not [restored](Self::restore) clears the store. Keys are those of
    /// [`store`](crate::store) behind the client identifier; and one for each retained message.
    ///
    /// See [`persisted`](Self::persisted) for an example.
    pub fn poll_persist(&mut self) -> Option<PersistOp<'_>> {
        self.net.durable.as_mut().filter(|durable| !durable.is_fenced)?.journal.poll()
    }

    /// Says that the store has refused a change because another broker, of this epoch, has it. All connections end,
    /// nothing that was held back goes out, nothing more is told, and no more connections are opened.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// let mut config = BrokerConfig::default();
    /// config.server.session.persist.durability = Durability::Gate;
    /// let mut broker: Broker<std::hash::RandomState> = Broker::new(config, now);
    /// broker.fenced(now, 4);
    /// assert_eq!(broker.poll_event(), Some(BrokerEvent::Fenced { epoch: 4 }));
    /// assert_eq!(broker.open(now), Err(BrokerError::ShuttingDown));
    /// ```
    pub fn fenced(&mut self, now: Instant, epoch: u64) {
        self.tick(now);
        let now = self.net.now;
        let Some(durable) = self.net.durable.as_mut().filter(|it| !it.is_fenced) else { return };
        durable.is_fenced = true;
        durable.told.clear();
        self.is_shutting_down = true;
        self.net.notices.push_back(Notice::Fenced { epoch });
        for (_, client) in &mut self.net.clients.entries {
            client.session.fenced(now, epoch);
        }
        let slots: Vec<u32> = self.net.conns.iter().map(|(slot, _)| slot as u32).collect();
        for slot in slots {
            if let Some(conn) = self.net.conns.get_mut(slot as usize) {
                if let Some(session) = &mut conn.session {
                    session.abort();
                }
            }
            self.drop_question(slot);
            self.go_on(slot);
        }
    }

    /// Says that all changes up to this number are safe. With [`Durability::Gate`] what depends on them goes out
    /// now: CONNACK, SUBACK, messages of QoS 1 and 2 to their receivers, and the acknowledgement of a message once
    /// it is safe for all of its receivers, and as a retained one.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// use bytes::Buf;
    /// # let now = Instant::default();
    /// let mut config = BrokerConfig::default();
    /// config.server.session.persist.durability = Durability::Gate;
    /// let mut broker: Broker<std::hash::RandomState> = Broker::new(config, now);
    /// let conn = broker.open(now)?;
    /// broker.handle_input(conn, now, b"\x10\x0D\0\x04MQTT\x04\0\0\x3C\0\x01a");
    /// // The session is to be safe before the client relies on it.
    /// assert_eq!(broker.transmit(conn).remaining(), 0);
    /// let mut last = 0;
    /// while let Some(op) = broker.poll_persist() {
    ///     last = op.seq;
    /// }
    /// broker.persisted(now, last);
    /// assert_eq!(broker.transmit(conn).chunk(), b"\x20\x02\0\0");
    /// # Ok::<(), BrokerError>(())
    /// ```
    pub fn persisted(&mut self, now: Instant, seq: u64) {
        self.tick(now);
        let now = self.net.now;
        let Some(durable) = &mut self.net.durable else { return };
        durable.journal.set_persisted(seq);
        let persisted = durable.journal.persisted();
        while let Some(durable) = &mut self.net.durable {
            let is_due = |told: &Told| told.seq <= persisted;
            let Some(told) = durable.told.front().copied().filter(is_due) else { break };
            durable.told.pop_front();
            let client = self.net.clients.get_mut(told.client);
            if let Some(client) = client.filter(|client| client.generation == told.generation) {
                client.session.persisted(now, told.own);
                if let Some(slot) = client.conn {
                    self.net.mark_ready(slot);
                    self.net.check_writable(slot);
                }
            }
        }
        self.work();
    }

    /// Tells what time of the world it is, in milliseconds since 1970: at the beginning, and whenever the caller
    /// likes. Only what is stored has such times. O(sessions).
    pub fn set_unix_time(&mut self, now: Instant, unix_ms: u64) {
        self.tick(now);
        let now = self.net.now;
        let signed = |millis: u64| i64::try_from(millis).unwrap_or(i64::MAX);
        if let Some(durable) = &mut self.net.durable {
            let offset = signed(unix_ms).saturating_sub(signed(now.as_millis()));
            durable.offset = Some(offset);
        }
        for (_, conn) in &mut self.net.conns {
            if let Some(session) = &mut conn.session {
                session.set_unix_time(now, unix_ms);
            }
        }
        for (_, client) in &mut self.net.clients.entries {
            client.session.set_unix_time(now, unix_ms);
        }
    }
}

/// The format of the values of retained messages.
const FORMAT: u8 = 1;

impl RetainedMessage {
    /// Writes what is stored: the format, when it ends in Unix milliseconds, or 0 if it does not or the time is not
    /// known, the length of the client identifier of the publisher and that, PUBLISH of 5.0.
    fn write(&self, topic: &str, offset: Option<i64>, out: &mut Vec<u8>) {
        let ends = self.ends.zip(offset).map_or(0, |(ends, offset)| {
            let ends = i64::try_from(ends.as_millis()).unwrap_or(i64::MAX);
            u64::try_from(ends.saturating_add(offset)).unwrap_or(1).max(1)
        });
        let publisher = self.publisher.as_deref().unwrap_or_default();
        out.push(FORMAT);
        out.extend_from_slice(&ends.to_be_bytes());
        out.extend_from_slice(&(publisher.len() as u16).to_be_bytes());
        out.extend_from_slice(publisher.as_bytes());
        let packet_id = (self.qos > QoS::AtMostOnce).then_some(crate::PacketId::MIN);
        let packet = crate::Packet::from(Publish { packet_id, ..self.publish(topic) });
        // It has come in a packet that was no smaller.
        let _ = packet.encode(Version::V5, out);
    }
}

/// A retained message that was stored.
pub(super) struct StoredRetained<'a> {
    /// When it ends in Unix milliseconds; 0 if it does not, or has its whole interval left.
    pub(super) ends: u64,
    pub(super) publisher: &'a str,
    pub(super) publish: Publish<'a>,
}

impl<'a> StoredRetained<'a> {
    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        let (&FORMAT, rest) = value.split_first()? else { return None };
        let (ends, rest) = rest.split_first_chunk()?;
        let (len, rest) = rest.split_first_chunk()?;
        let (publisher, packet) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
        let publisher = core::str::from_utf8(publisher).ok()?;
        let publish = super::engine::publish_of(packet)?;
        Some(Self { ends: u64::from_be_bytes(*ends), publisher, publish })
    }
}
