//! State that survives: what is told, what waits for it, and what a store gives back.

mod behind;
mod corners;
mod damage;
mod ends;
mod gate;
mod room;
mod told;

use bytes::Buf;
use mqtt_core::store::{Persist, Restore, SnapshotCursor};
use mqtt_core::{
    AckMode, ClientConfig, ClientSession, ConnAck, Connect, Durability, Event, Instant, Packet,
    PersistConfig, Properties, Property, Publish, QoS, ServerConfig, ServerSession, SessionState,
    Version, WhenFull, Will,
};
use std::collections::BTreeMap;

pub(crate) const NOW: Instant = Instant::from_millis(1_000);

/// What a store does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    pub(crate) rows: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) seq: u64,
}

impl Store {
    pub(crate) fn apply(&mut self, op: &mqtt_core::PersistOp<'_>) {
        assert_eq!(op.seq, self.seq + 1);
        self.seq = op.seq;
        match op.change {
            Persist::Put { key, value } => drop(self.rows.insert(key.to_vec(), value.to_vec())),
            Persist::Delete { key } => drop(self.rows.remove(key)),
            Persist::Clear => self.rows.clear(),
            Persist::Mark => {}
        }
    }

    /// The first bytes of the keys.
    pub(crate) fn kinds(&self) -> String {
        self.rows.keys().map(|key| char::from(key[0])).collect()
    }

    pub(crate) fn restored(&self) -> SessionState {
        self.restored_by(0)
    }

    /// The same, by an owner of this epoch.
    pub(crate) fn restored_by(&self, epoch: u64) -> SessionState {
        let mut restore = Restore::new();
        self.rows.iter().for_each(|(key, value)| restore.put(key, value));
        restore.at(epoch, self.seq);
        SessionState::restore(&restore).unwrap().expect("a session")
    }
}

/// Both roles, as far as these tests drive them.
pub(crate) trait Side {
    fn input(&mut self, bytes: &[u8]);
    fn output(&mut self) -> Vec<u8>;
    fn words(&mut self) -> Vec<String>;
    fn ops(&mut self, store: &mut Store) -> usize;
    fn is_safe(&mut self, seq: u64);
    fn send(&mut self, qos: QoS, token: u64);
}

macro_rules! side {
    ($session:ty, $publish:ident) => {
        impl Side for $session {
            fn input(&mut self, bytes: &[u8]) {
                assert_eq!(self.handle_input(NOW, bytes), bytes.len());
            }

            fn output(&mut self) -> Vec<u8> {
                let mut out = self.transmit();
                out.copy_to_bytes(out.remaining()).to_vec()
            }

            fn words(&mut self) -> Vec<String> {
                let mut words = Vec::new();
                while let Some(event) = self.poll_event() {
                    words.push(match event {
                        Event::Message { publish, seq, .. } => {
                            format!("{} {:?}", publish.topic, seq.map(|seq| seq.get()))
                        }
                        Event::Published { token, .. } => format!("published {token}"),
                        event => format!("{event:?}").split([' ', '(', '{']).next().unwrap().into(),
                    });
                }
                words
            }

            fn ops(&mut self, store: &mut Store) -> usize {
                let mut count = 0;
                while let Some(op) = self.poll_persist() {
                    store.apply(&op);
                    count += 1;
                }
                count
            }

            fn is_safe(&mut self, seq: u64) {
                self.persisted(NOW, seq);
            }

            fn send(&mut self, qos: QoS, token: u64) {
                let publish = Publish { topic: "t", qos, payload: b"!", ..Publish::default() };
                self.$publish(NOW, &publish, token, WhenFull::Queue).unwrap();
            }
        }
    };
}

side!(ClientSession, publish);
side!(ServerSession, deliver);

pub(crate) fn persist(durability: Durability) -> PersistConfig {
    PersistConfig { durability, ..PersistConfig::default() }
}

pub(crate) fn client_config(durability: Durability, ack: AckMode) -> ClientConfig {
    let mut config = ClientConfig::default();
    (config.session.persist, config.session.ack) = (persist(durability), ack);
    config
}

pub(crate) fn server_config(durability: Durability, ack: AckMode) -> ServerConfig {
    let mut config = ServerConfig::default();
    (config.session.persist, config.session.ack) = (persist(durability), ack);
    config
}

pub(crate) fn bytes_of<'p>(packet: impl Into<Packet<'p>>) -> Vec<u8> {
    let mut out = Vec::new();
    packet.into().encode(Version::V5, &mut out).unwrap();
    out
}

/// A CONNECT with a session that is kept for so many seconds.
pub(crate) fn connect(clean_start: bool, expiry: u32) -> Vec<u8> {
    connect_of(Connect { client_id: "c", clean_start, ..Connect::default() }, expiry)
}

/// One with a will too.
pub(crate) fn connect_with_will() -> Vec<u8> {
    let will = Some(Will { topic: "gone", payload: b"!", ..Will::default() });
    connect_of(Connect { client_id: "c", will, ..Connect::default() }, 60)
}

fn connect_of(connect: Connect<'_>, expiry: u32) -> Vec<u8> {
    let list = [Property::SessionExpiryInterval(expiry)];
    bytes_of(Connect { properties: Properties::new(&list), ..connect })
}

/// All pages of a snapshot, of which each is written so.
pub(crate) fn pages(
    page: impl Fn(Option<SnapshotCursor>, &mut Vec<u8>) -> Option<SnapshotCursor>,
) -> Vec<Vec<u8>> {
    let (mut pages, mut cursor) = (Vec::new(), None);
    loop {
        let mut out = Vec::new();
        cursor = page(cursor, &mut out);
        pages.push(out);
        if cursor.is_none() {
            return pages;
        }
    }
}

/// A client that is connected, with all that was told in the store.
pub(crate) fn open_client(config: ClientConfig, store: &mut Store) -> ClientSession {
    open_client_to(&bytes_of(ConnAck::default()), config, store)
}

/// The same, to a server that answers so.
fn open_client_to(connack: &[u8], config: ClientConfig, store: &mut Store) -> ClientSession {
    let mut client = ClientSession::new(config);
    client.connect(NOW, &Connect { client_id: "c", ..Connect::default() }).unwrap();
    client.ops(store);
    client.is_safe(store.seq);
    assert_eq!(client.output()[0], 0x10);
    client.input(connack);
    client.words();
    client.ops(store);
    client.is_safe(store.seq);
    client
}

/// Connects a client again, to the session that it has or a new one.
pub(crate) fn reconnect(
    client: &mut ClientSession,
    store: &mut Store,
    is_present: bool,
) -> Vec<u8> {
    let connect = Connect { client_id: "c", clean_start: false, ..Connect::default() };
    client.connect(NOW, &connect).unwrap();
    client.ops(store);
    client.is_safe(store.seq);
    assert_eq!(client.output()[0], 0x10);
    client.input(&[0x20, 3, u8::from(is_present), 0, 0]);
    client.words();
    client.ops(store);
    client.is_safe(store.seq);
    client.output()
}

/// Sends three messages, of which the second one is released, takes one, and lets one wait for the next
/// connection. All that is told is in the store.
pub(crate) fn fill(client: &mut ClientSession, store: &mut Store) {
    (0..3).for_each(|token| client.send(QoS::ExactlyOnce, token));
    client.ops(store);
    client.is_safe(store.seq);
    client.output();
    client.input(b"\x50\x02\0\x02\x34\x07\0\x01t\0\x07\0!");
    client.words();
    client.handle_eof(NOW);
    client.words();
    client.send(QoS::AtLeastOnce, 3);
    client.ops(store);
}

/// A client that chooses aliases, with all that was told in the store.
pub(crate) fn open_aliasing_client(store: &mut Store) -> ClientSession {
    let mut config = client_config(Durability::Gate, AckMode::Auto);
    config.session.max_auto_aliases = 4;
    open_client_to(b"\x20\x06\0\0\x03\x22\0\x04", config, store)
}

/// A server whose client is connected, with all that was told in the store.
pub(crate) fn open_server(config: ServerConfig, store: &mut Store) -> ServerSession {
    open_server_to(&connect(true, 60), config, store)
}

/// The same, to a client that asks so.
pub(crate) fn open_server_to(
    connect: &[u8],
    config: ServerConfig,
    store: &mut Store,
) -> ServerSession {
    let mut server = ServerSession::new(config, NOW);
    server.input(connect);
    server.words();
    server.accept(NOW, &ConnAck::default(), None).unwrap();
    server.ops(store);
    server.is_safe(store.seq);
    assert_eq!(server.output()[0], 0x20);
    server
}
