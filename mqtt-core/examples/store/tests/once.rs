//! An application with tables of its own: what it receives and sends with QoS 2 is there exactly once, wherever
//! it dies.

use bytes::Buf;
use fastrand::Rng;
use mqc_store::{Batch, Error, Sqlite};
use mqtt_core::{
    ClientConfig, ClientSession, ConnAck, Connect, Durability, Event, Instant, Properties,
    Property, Publish, QoS, ServerConfig, ServerSession, SessionState, Transmit, WhenFull,
};
use std::path::Path;

const NOW: Instant = Instant::from_millis(1);
const SESSION: &str = "client";
/// Messages each way.
const COUNT: u64 = 60;

/// What does not die: the server, and what it has received.
#[derive(Default)]
struct Peer {
    state: Option<SessionState>,
    received: Vec<u64>,
    lives: u32,
}

impl Peer {
    /// The server takes bytes of the client.
    fn take(&mut self, server: &mut ServerSession, bytes: &[u8]) {
        assert_eq!(server.handle_input(NOW, bytes), bytes.len());
        loop {
            match server.poll_event() {
                Some(Event::Message { publish, .. }) => self.received.push(number(&publish)),
                Some(Event::Connect(connect)) => {
                    let state = self.state.take().filter(|_| !connect.clean_start);
                    let (session_present, is_first) = (state.is_some(), state.is_none());
                    let connack = ConnAck { session_present, ..ConnAck::default() };
                    server.accept(NOW, &connack, state).expect("it is accepted");
                    for number in 0..if is_first { COUNT } else { 0 } {
                        let payload = number.to_be_bytes();
                        server.deliver(NOW, &message(&payload), number, WhenFull::Queue).unwrap();
                    }
                }
                Some(_) => {}
                None => break,
            }
        }
    }
}

fn message(payload: &[u8; 8]) -> Publish<'_> {
    Publish { topic: "t", qos: QoS::ExactlyOnce, payload, ..Publish::default() }
}

fn number(publish: &Publish<'_>) -> u64 {
    u64::from_be_bytes(publish.payload.try_into().unwrap())
}

fn sent(mut out: Transmit<'_>) -> Vec<u8> {
    out.copy_to_bytes(out.remaining()).to_vec()
}

/// Restores the client, connects it, and lets it work until it dies or has nothing more to do; then true.
fn live(path: &Path, peer: &mut Peer, random: &mut Rng) -> Result<bool, Error> {
    peer.lives += 1;
    let mut dies = || random.u8(0..20) == 0;
    let mut store = Sqlite::open(path)?;
    store.claim(SESSION)?;
    let loaded = store.load(SESSION)?;
    let mut config = ClientConfig::default();
    config.session.persist = loaded.persist(Durability::Gate);
    let state = loaded.state().unwrap();
    // Also if it is not known whether the server has begun a session.
    let clean_start = state.as_ref().is_none_or(SessionState::wants_clean_start);
    let mut client = ClientSession::resume(config, state.unwrap_or_default());
    let mut server = ServerSession::new(ServerConfig::default(), NOW);
    let list = [Property::SessionExpiryInterval(u32::MAX)];
    let properties = Properties::new(&list);
    let connect = Connect { client_id: SESSION, clean_start, properties, ..Connect::default() };
    client.connect(NOW, &connect).unwrap();

    let (mut batch, mut quiet) = (Batch::new(), 0);
    let has_died = loop {
        // One transaction: effects, the outbox, and what the session tells.
        let transaction = store.begin()?;
        let tables = transaction.tables();
        while let Some(event) = client.poll_event() {
            if let Event::Message { publish, .. } = event {
                let number = number(&publish) as i64;
                tables.execute("INSERT INTO inbox VALUES (?1)", [number]).unwrap();
            }
        }
        let next =
            "DELETE FROM outbox WHERE number = (SELECT min(number) FROM outbox) RETURNING number";
        if client.is_connected() {
            let next = tables.query_row(next, [], |row| row.get(0));
            if let Ok(number) = next.map(|number: i64| number as u64) {
                let payload = number.to_be_bytes();
                client.publish(NOW, &message(&payload), number, WhenFull::Queue).unwrap();
            }
        }
        batch.clear();
        while let Some(op) = client.poll_persist() {
            batch.push(&op);
        }
        transaction.put(SESSION, &batch)?;
        // Whatever may go out by now does.
        let early = sent(client.transmit());
        peer.take(&mut server, &early);
        if dies() {
            break true;
        }
        transaction.commit()?;
        if dies() {
            break true;
        }
        client.persisted(NOW, batch.last_seq());

        // The network: it may cut what is on its way.
        let up = sent(client.transmit());
        let cut = if dies() { up.len() / 2 } else { up.len() };
        peer.take(&mut server, &up[..cut]);
        if cut < up.len() {
            break true;
        }
        let down = sent(server.transmit());
        let cut = if dies() { down.len() / 2 } else { down.len() };
        assert_eq!(client.handle_input(NOW, &down[..cut]), cut);
        if cut < down.len() {
            break true;
        }
        quiet = if early.is_empty() && up.is_empty() && down.is_empty() && batch.is_empty() {
            quiet + 1
        } else {
            0
        };
        if quiet > 2 {
            break false;
        }
    };
    // If it has not even seen CONNECT, it has the state of before.
    if peer.state.is_none() {
        peer.state = Some(server.into_state());
    }
    Ok(!has_died)
}

#[test]
fn all_arrives_exactly_once_both_ways() {
    let mut lives = 0;
    for seed in 0..5 {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db");
        let mut store = Sqlite::open(&path).unwrap();
        let transaction = store.begin().unwrap();
        let tables = "CREATE TABLE inbox(number INTEGER); CREATE TABLE outbox(number INTEGER)";
        transaction.tables().execute_batch(tables).unwrap();
        for number in 0..COUNT as i64 {
            let insert = "INSERT INTO outbox VALUES (?1)";
            transaction.tables().execute(insert, [number]).unwrap();
        }
        transaction.commit().unwrap();

        let (mut peer, mut random) = (Peer::default(), Rng::with_seed(seed));
        while !live(&path, &mut peer, &mut random).unwrap() {}
        lives += peer.lives;
        let transaction = store.begin().unwrap();
        let mut inbox = transaction.tables().prepare("SELECT number FROM inbox").unwrap();
        let rows = inbox.query_map([], |row| row.get(0)).unwrap();
        let inbox: Vec<u64> =
            rows.map(|row| row.map(|number: i64| number as u64).unwrap()).collect();
        // In order, too.
        let all: Vec<u64> = (0..COUNT).collect();
        assert_eq!(inbox, all, "seed {seed}: what came");
        assert_eq!(peer.received, all, "seed {seed}: what was sent");
    }
    assert!(lives > 40, "{lives} lives");
}
