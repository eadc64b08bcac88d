//! A session whose batches are stored by another thread, as a driver does it.

use bytes::Buf;
use mqc_store::{Batch, Error, Store};
use mqtt_core::{
    AckMode, ClientConfig, ClientSession, ConnAck, Connect, DecodeOptions, Durability, Event,
    Instant, Packet, PubAck, Publish, QoS, Status, Version, WhenFull, decode,
};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use tempfile::TempDir;

const NOW: Instant = Instant::from_millis(1);
const SESSION: &str = "client";

/// A session, the batch that collects, and the one that is being stored.
struct Driver {
    session: ClientSession,
    next: Batch,
    /// The other batch, while it is here.
    free: Option<Batch>,
    work: Sender<Batch>,
    done: Receiver<(Batch, Result<(), Error>)>,
    commits: usize,
}

impl Driver {
    fn start(url: &str) -> (Self, JoinHandle<()>) {
        let mut store = Store::open(url).unwrap();
        store.claim(SESSION).unwrap();
        let loaded = store.load(SESSION).unwrap();
        let mut config = ClientConfig::default();
        config.session.persist = loaded.persist(Durability::Gate);
        config.session.ack = AckMode::Auto;
        let session = match loaded.state().unwrap() {
            Some(state) => ClientSession::resume(config, state),
            None => ClientSession::new(config),
        };
        let (work, batches) = mpsc::channel::<Batch>();
        let (stored, done) = mpsc::channel();
        let thread = thread::spawn(move || {
            for batch in batches {
                let result = store.commit(SESSION, &batch);
                // Nobody listens any more if the driver has ended.
                let _ = stored.send((batch, result));
            }
        });
        let (next, free, commits) = (Batch::new(), Some(Batch::new()), 0);
        (Self { session, next, free, work, done, commits }, thread)
    }

    /// Collects what the session tells, and hands it on if nothing is being stored; else it collects more.
    fn turn(&mut self) {
        while let Some(op) = self.session.poll_persist() {
            self.next.push(&op);
        }
        if !self.next.is_empty() {
            if let Some(mut batch) = self.free.take() {
                batch.clear();
                self.work.send(core::mem::replace(&mut self.next, batch)).unwrap();
                self.commits += 1;
            }
        }
    }

    /// Waits for what is being stored.
    fn wait(&mut self) {
        if self.free.is_none() {
            let (batch, result) = self.done.recv().unwrap();
            match result {
                Ok(()) => self.session.persisted(NOW, batch.last_seq()),
                Err(Error::Fenced { epoch }) => self.session.fenced(NOW, epoch),
                Err(error) => panic!("{error}"),
            }
            self.free = Some(batch);
        }
    }

    fn output(&mut self) -> Vec<u8> {
        let mut out = self.session.transmit();
        out.copy_to_bytes(out.remaining()).to_vec()
    }

    fn connect(&mut self, clean_start: bool) {
        let connect = Connect { client_id: SESSION, clean_start, ..Connect::default() };
        self.session.connect(NOW, &connect).unwrap();
        self.turn();
        self.wait();
        assert_eq!(self.output()[0], 0x10);
        let connack = ConnAck { session_present: !clean_start, ..ConnAck::default() };
        let mut bytes = Vec::new();
        Packet::from(connack).encode(Version::V5, &mut bytes).unwrap();
        self.session.handle_input(NOW, &bytes);
        while self.session.poll_event().is_some() {}
    }

    fn publish(&mut self, token: u64) {
        let publish = Publish { topic: "t", qos: QoS::AtLeastOnce, ..Publish::default() };
        self.session.publish(NOW, &publish, token, WhenFull::Queue).unwrap();
    }
}

/// The packet identifiers of messages in what was sent.
fn sent(mut bytes: &[u8]) -> Vec<PubAck<'static>> {
    let mut acks = Vec::new();
    while let Status::Complete(decoded) =
        decode(bytes, Some(Version::V5), &DecodeOptions::default()).unwrap()
    {
        if let Packet::Publish(publish) = decoded.packet {
            acks.extend(publish.packet_id.map(PubAck::new));
        }
        bytes = &bytes[decoded.consumed..];
    }
    acks
}

fn address() -> (TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/db", directory.path().display());
    (directory, url)
}

#[test]
fn while_one_batch_is_stored_the_next_collects() {
    let (_directory, url) = address();
    let (mut driver, thread) = Driver::start(&url);
    driver.connect(true);
    driver.wait();
    driver.commits = 0;
    // 100 messages come up while the first is being stored.
    for token in 0..101 {
        driver.publish(token);
        driver.turn();
    }
    assert_eq!(driver.commits, 1);
    assert_eq!(driver.output(), b"", "nothing is safe");
    driver.wait();
    let first = sent(&driver.output());
    driver.turn();
    driver.wait();
    let rest = sent(&driver.output());
    assert_eq!((first.len(), rest.len(), driver.commits), (1, 100, 2));

    // Half of them are acknowledged, and the process ends.
    for ack in rest.into_iter().take(50) {
        let mut bytes = Vec::new();
        Packet::from(ack).encode(Version::V5, &mut bytes).unwrap();
        driver.session.handle_input(NOW, &bytes);
    }
    let mut published = 0;
    while let Some(event) = driver.session.poll_event() {
        published += usize::from(matches!(event, Event::Published { .. }));
    }
    driver.turn();
    driver.wait();
    assert_eq!(published, 50);
    drop(driver);
    thread.join().unwrap();

    let (mut driver, _thread) = Driver::start(&url);
    driver.connect(false);
    assert_eq!(sent(&driver.output()).len(), 51);
}

#[test]
fn another_owner_ends_the_session() {
    let (_directory, url) = address();
    let (mut one, _thread) = Driver::start(&url);
    one.connect(true);
    one.turn();
    one.wait();
    let (mut other, _thread) = Driver::start(&url);
    one.publish(7);
    one.turn();
    one.wait();
    assert_eq!(one.session.poll_event(), Some(Event::Fenced { epoch: 2 }));
    assert_eq!(one.output(), b"", "the message has not been sent");
    other.connect(false);
    assert_eq!(sent(&other.output()).len(), 0);
}
