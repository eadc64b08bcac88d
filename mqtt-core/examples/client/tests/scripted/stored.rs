//! Sessions that are stored.

use super::{accept, listen, options, packet};
use core::future::Future;
use core::sync::atomic::{AtomicUsize, Ordering};
use loopback::PATIENCE;
use mqc_client::{Client, Error, Message, Options, Status, Storage, service};
use mqc_store::Sqlite;
use mqc_store::rusqlite::{self, Connection, Transaction};
use mqtt_core::{QoS, QueueLimits, Version};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// CONNACK of 5.0: accepted, no session.
const ACCEPTED: [u8; 5] = [0x20, 3, 0, 0, 0];

/// Where a session is kept.
struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("client.db")
    }

    fn storage(&self) -> Storage {
        Storage::new(format!("sqlite:{}", self.path().display()))
    }

    fn tables(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    fn count(&self, table: &str) -> usize {
        let count = format!("SELECT count(*) FROM {table}");
        let count: i64 = self.tables().query_row(&count, [], |row| row.get(0)).unwrap();
        usize::try_from(count).unwrap()
    }

    /// Has SQLite refuse a transaction that has not as many effects as new rows of a kind: the nth effect and
    /// the nth of those rows refer to each other, which is looked at when it is committed.
    fn tie_effects_to(&self, kind: char) {
        drop(Sqlite::open(&self.path()).unwrap());
        let number = "number INTEGER PRIMARY KEY REFERENCES";
        let tables = format!(
            "CREATE TABLE effects({number} changes DEFERRABLE INITIALLY DEFERRED);
             CREATE TABLE changes({number} effects DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER change AFTER INSERT ON mqc_rows WHEN substr(new.key, 1, 1) = CAST('{kind}' AS BLOB)
             BEGIN INSERT INTO changes VALUES (NULL); END"
        );
        self.tables().execute_batch(&tables).unwrap();
        let is_on = self.tables().pragma_query_value(None, "foreign_keys", |row| row.get(0));
        assert!(is_on.unwrap_or(false), "SQLite looks at references");
    }
}

fn effect(tables: &Transaction<'_>) -> rusqlite::Result<()> {
    tables.execute("INSERT INTO effects DEFAULT VALUES", []).map(drop)
}

/// The same client, kept there.
fn stored(options: Options, storage: Storage) -> Options {
    Options { client_id: "client".to_owned(), store: Some(storage), ..options }
}

fn message(text: impl Into<String>) -> Message {
    Message::new("t", text.into()).qos(QoS::AtLeastOnce)
}

/// What must come to pass.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("it comes to pass")
}

/// Accepts a client, and gives its CONNECT.
async fn greeted(listener: &TcpListener) -> (TcpStream, Vec<u8>) {
    let (mut stream, _) = soon(listener.accept()).await.unwrap();
    let connect = soon(packet(&mut stream)).await;
    assert_eq!(connect[0], 0x10);
    (stream, connect)
}

/// Accepts a client before 5.0 that wants its session to be forgotten; gives its CONNECT.
async fn cleared(listener: &TcpListener) -> Vec<u8> {
    let (mut stream, connect) = greeted(listener).await;
    assert!(is_clean(&connect));
    stream.write_all(&[0x20, 2, 0, 0]).await.unwrap();
    assert_eq!(soon(packet(&mut stream)).await, [0xE0, 0]);
    connect
}

/// Clean Start, or Clean Session.
fn is_clean(connect: &[u8]) -> bool {
    connect[9] & 2 != 0
}

/// PUBLISH of QoS 2 with this identifier and a payload of some length.
fn large(id: u8, len: usize) -> Vec<u8> {
    let mut left = 5 + len;
    let mut publish = vec![0x34];
    while left > 0 {
        let more = if left > 127 { 0x80 } else { 0 };
        publish.push((left % 128) as u8 | more);
        left /= 128;
    }
    publish.extend([0, 1, b't', 0, id]);
    publish.resize(publish.len() + len, b'.');
    publish
}

/// More than may wait for the store: its effect and its acknowledgement are stored together all the same.
#[tokio::test]
async fn a_message_that_is_larger_than_what_may_wait() {
    let place = Place::new();
    place.tie_effects_to('r');
    let (listener, options) = listen().await;
    let broker = tokio::spawn(async move {
        cleared(&listener).await;
        let mut stream = accept(&listener, &[0x20, 2, 0, 0]).await;
        for (ids, len) in [(1..2, 5 << 20), (2..20, 600 << 10)] {
            for id in ids.clone() {
                stream.write_all(&large(id, len)).await.unwrap();
            }
            for id in ids {
                assert_eq!(soon(packet(&mut stream)).await, [0x50, 2, 0, id]);
            }
        }
        stream
    });
    let storage = place.storage().on_message(|tables, _| effect(tables));
    let (client, _messages) = Client::connect(stored(options, storage)).await.unwrap();
    let stream = broker.await.unwrap();
    assert_eq!((place.count("effects"), place.count("changes")), (19, 19));
    drop((client, stream));
}

/// The same for what is sent, while something is being stored.
#[tokio::test]
async fn more_effects_than_may_wait() {
    let place = Place::new();
    place.tie_effects_to('m');
    let queue = QueueLimits { max_count: 10_000, ..QueueLimits::default() };
    let options = Options { queue, ..stored(options(1), place.storage()) };
    let client = Client::start(options).unwrap().0;
    let (release, released) = mpsc::channel();
    let first = move |tables: &Transaction<'_>| {
        released.recv().unwrap();
        effect(tables)
    };
    drop(client.send_with(message("first"), first).await.unwrap());
    let sent = Arc::new(AtomicUsize::new(0));
    let sending = tokio::spawn({
        let (client, sent) = (client.clone(), sent.clone());
        async move {
            for number in 0..5_000 {
                drop(client.send_with(message(number.to_string()), effect).await.unwrap());
                sent.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    // Until there is no room for more: each has had its turn, and nothing moves.
    let mut before = usize::MAX;
    while before != sent.load(Ordering::Relaxed) {
        before = sent.load(Ordering::Relaxed);
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
    }
    assert!((4_096..5_000).contains(&before), "{before}");
    release.send(()).unwrap();
    soon(sending).await.unwrap();
    // There is no connection, but all is stored.
    soon(client.disconnect()).await.unwrap_err();
    assert_eq!((place.count("effects"), place.count("changes")), (5_001, 5_001));
}

/// The process dies after its first CONNECT: nobody knows which session the broker has, and what was to be sent is
/// there.
#[tokio::test]
async fn a_client_that_dies_before_its_session_is_there() {
    let place = Place::new();
    let (listener, options) = listen().await;
    let options = stored(Options { version: Version::V5, ..options }, place.storage());
    for text in ["first", "second"] {
        let (client, _messages) = Client::start(options.clone()).unwrap();
        drop(client.send(message(text)).await.unwrap());
        let (_stream, connect) = greeted(&listener).await;
        assert!(is_clean(&connect));
        client.abort();
    }
    let (_client, _messages) = Client::start(options).unwrap();
    let (mut stream, connect) = greeted(&listener).await;
    assert!(is_clean(&connect));
    stream.write_all(&ACCEPTED).await.unwrap();
    for text in ["first", "second"] {
        assert!(soon(packet(&mut stream)).await.ends_with(text.as_bytes()));
    }
}

/// The process dies before it has begun a connection: what the broker may have is not its session.
#[tokio::test]
async fn a_client_that_dies_before_its_first_connection() {
    for version in [Version::V311, Version::V5] {
        let place = Place::new();
        let stored = |options| stored(Options { version, ..options }, place.storage());
        // Nobody listens there.
        let (client, _messages) = Client::start(stored(options(1))).unwrap();
        drop(client.send(message("first")).await.unwrap());
        soon(service::leave(&client)).await;
        let (listener, options) = listen().await;
        let (_client, _messages) = Client::start(stored(options)).unwrap();
        let mut stream = if version == Version::V5 {
            let (mut stream, connect) = greeted(&listener).await;
            assert!(is_clean(&connect));
            stream.write_all(&ACCEPTED).await.unwrap();
            stream
        } else {
            cleared(&listener).await;
            soon(accept(&listener, &[0x20, 2, 0, 0])).await
        };
        assert!(soon(packet(&mut stream)).await.ends_with(b"first"));
    }
}

/// Before 5.0, a session that begins anew and is to be kept takes two connections: the broker has to forget what it
/// has, and who dies meanwhile begins with that again.
#[tokio::test]
async fn a_new_session_before_5_0() {
    let place = Place::new();
    let (listener, options) = listen().await;
    let will = Some(Message::new("w", "gone"));
    let user_name = Some("anna".to_owned());
    let options = stored(Options { will, user_name, ..options }, place.storage());
    let flags = |connect: &[u8]| connect[9];
    let (client, _messages) = Client::start(options.clone()).unwrap();
    let (_stream, connect) = greeted(&listener).await;
    assert_eq!(flags(&connect), 0x82, "user name, Clean Session, no will");
    client.abort();

    let (client, _messages) = Client::start(options.clone()).unwrap();
    assert_eq!(flags(&cleared(&listener).await), 0x82);
    for _ in 0..2 {
        let (mut stream, connect) = greeted(&listener).await;
        assert_eq!(flags(&connect), 0x84, "user name, will");
        stream.write_all(&[0x20, 2, 0, 0]).await.unwrap();
        let is_there = |status: &Status| matches!(status, Status::Connected(_));
        soon(client.status().wait_for(is_there)).await.unwrap();
    }
    client.abort();

    // From now on it is one of both.
    let (_client, _messages) = Client::start(options).unwrap();
    assert_eq!(flags(&greeted(&listener).await.1), 0x84);
}

/// A broker that refuses says why, also if it is asked to forget.
#[tokio::test]
async fn a_new_session_before_5_0_that_is_refused() {
    let place = Place::new();
    let (listener, options) = listen().await;
    let broker = tokio::spawn(async move { accept(&listener, &[0x20, 2, 0, 5]).await });
    let error = soon(Client::connect(stored(options, place.storage()))).await.unwrap_err();
    assert_eq!(error.to_string(), "the broker refuses the connection: not authorized");
    drop(broker.await.unwrap());
}

/// Whoever is told that a client has ended may use its store.
#[cfg(unix)]
#[tokio::test]
async fn a_store_that_is_used_again() {
    let directory = TempDir::new().unwrap();
    let (listener, options) = listen().await;
    let options = Options { version: Version::V5, ..options };
    tokio::spawn(async move {
        loop {
            // DISCONNECT.
            assert_eq!(packet(&mut accept(&listener, &ACCEPTED).await).await[0], 0xE0);
        }
    });
    for _ in 0..50 {
        let storage = Storage::new(format!("file:{}", directory.path().display()));
        let connecting = Client::connect(stored(options.clone(), storage));
        let (client, _messages) = soon(connecting).await.unwrap();
        soon(client.disconnect()).await.unwrap();
    }
}

/// A program that does not know what it finds, as it is older, leaves the session to the one that has it.
#[tokio::test]
async fn a_session_that_cannot_be_restored_is_not_taken() {
    let place = Place::new();
    let (listener, options) = listen().await;
    let options = stored(Options { version: Version::V5, ..options }, place.storage());
    let broker = tokio::spawn(async move {
        let mut stream = accept(&listener, &ACCEPTED).await;
        let publish = packet(&mut stream).await;
        stream.write_all(&[0x40, 2, publish[5], publish[6]]).await.unwrap();
        stream
    });
    let (client, _messages) = soon(Client::connect(options.clone())).await.unwrap();
    let insert = "INSERT INTO mqc_rows SELECT id, x'FF', x'FF' FROM mqc_sessions";
    assert_eq!(place.tables().execute(insert, []).unwrap(), 1);
    let error = Client::start(options).unwrap_err();
    assert!(error.to_string().starts_with("the session cannot be restored from"), "{error}");
    soon(client.publish(message("x"))).await.unwrap();
    drop(broker.await.unwrap());
}

/// Who takes leave without a connection has what it was given stored.
#[tokio::test]
async fn leaving_without_a_connection() {
    let place = Place::new();
    let client = Client::start(stored(options(1), place.storage())).unwrap().0;
    for number in 0..100 {
        drop(client.send(message(number.to_string())).await.unwrap());
    }
    soon(service::leave(&client)).await;
    assert_eq!(place.count("mqc_rows WHERE substr(key, 1, 1) = x'6D'"), 100);
    assert!(matches!(client.send(message("late")).await, Err(Error::Closed)));
}
