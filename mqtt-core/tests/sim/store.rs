//! A store that makes changes safe when it likes, and a broker that crashes and goes on.

use crate::world::{Keyed, World};
use bytes::Buf;
use mqtt_core::store::{Persist, Restore};
use mqtt_core::{Broker, BrokerConfig, BrokerError, BrokerEvent};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The time of the world when all begins, in milliseconds.
pub(crate) const UNIX: u64 = 1_700_000_000_000;

/// A change of what is stored.
#[derive(Debug)]
enum Change {
    Put(Vec<u8>, Vec<u8>),
    Delete(Vec<u8>),
    Clear,
    Mark,
}

/// What a broker has told, and what of it is safe.
#[derive(Debug)]
pub(crate) struct Store {
    config: BrokerConfig,
    key: u64,
    /// What is safe, up to this number.
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    safe: u64,
    /// Changes that were told behind it.
    told: VecDeque<Change>,
    /// All is made safe once in so many times that there is something.
    pace: u32,
}

/// The key of the session of a client, as documented: there is one for each that there is.
fn session_key(client: &str) -> Vec<u8> {
    let len = u16::try_from(client.len()).expect("a client identifier");
    [b"c", &len.to_be_bytes()[..], client.as_bytes(), b"s"].concat()
}

fn is_session_key(key: &[u8]) -> bool {
    let len = key.get(1..3).map_or(0, |len| usize::from(u16::from_be_bytes([len[0], len[1]])));
    key[0] == b'c' && key.get(3 + len..) == Some(b"s")
}

fn apply(rows: &mut BTreeMap<Vec<u8>, Vec<u8>>, change: Change) {
    match change {
        Change::Put(key, value) => drop(rows.insert(key, value)),
        Change::Delete(key) => drop(rows.remove(&key)),
        Change::Clear => rows.clear(),
        Change::Mark => {}
    }
}

impl Store {
    pub(crate) fn new(config: BrokerConfig, key: u64, pace: u32) -> Self {
        Self { config, key, rows: BTreeMap::new(), safe: 0, told: VecDeque::new(), pace }
    }

    /// True if a client has a session by all that was told.
    pub(crate) fn has_session(&self, client: &str) -> bool {
        let own = session_key(client);
        let last = self.told.iter().rev().find_map(|change| match change {
            Change::Put(key, _) if *key == own => Some(true),
            Change::Delete(key) if *key == own => Some(false),
            Change::Clear => Some(false),
            _ => None,
        });
        last.unwrap_or_else(|| self.rows.contains_key(&own))
    }

    pub(crate) fn is_safe(&self) -> bool {
        self.told.is_empty()
    }

    /// Whose sessions are stored.
    fn sessions(&self) -> impl Iterator<Item = &str> {
        let keys = self.rows.keys().filter(|key| is_session_key(key));
        keys.map(|key| core::str::from_utf8(&key[3..key.len() - 1]).expect("a client identifier"))
    }
}

impl World {
    /// Takes the changes that the broker tells. True if there are any.
    pub(crate) fn tell(&mut self) -> bool {
        let Some(store) = &mut self.store else { return false };
        let before = store.told.len();
        while let Some(op) = self.broker.poll_persist() {
            assert_eq!(op.seq, store.safe + store.told.len() as u64 + 1, "numbers count up");
            store.told.push_back(match op.change {
                Persist::Put { key, value } => Change::Put(key.to_vec(), value.to_vec()),
                Persist::Delete { key } => Change::Delete(key.to_vec()),
                Persist::Clear => Change::Clear,
                Persist::Mark => Change::Mark,
            });
        }
        self.oracle.is_stalled = !store.is_safe();
        store.told.len() > before
    }

    /// The store may commit all, or some, or nothing. True if it has.
    pub(crate) fn store_goes_on(&mut self) -> bool {
        let Some(store) = &self.store else { return false };
        let (most, pace) = (store.told.len() as u32, store.pace);
        if most == 0 {
            return false;
        }
        let count = match self.is_calm || self.below(pace) == 0 {
            true => most,
            false if self.below(3) == 0 => self.below(most + 1),
            false => 0,
        };
        self.commit(count as usize);
        count > 0
    }

    fn commit(&mut self, count: usize) {
        let Some(store) = self.store.as_mut().filter(|_| count > 0) else { return };
        store.told.drain(..count).for_each(|change| apply(&mut store.rows, change));
        store.safe += count as u64;
        self.oracle.is_stalled = !store.is_safe();
        let safe = store.safe;
        self.broker.persisted(self.now(), safe);
    }

    /// The broker crashes: what it told and what is not safe may be lost, from some change on. Later, another one goes
    /// on with the rest.
    pub(crate) fn crash_broker(&mut self) {
        let rest = self.store.as_ref().map_or(0, |store| store.told.len() as u32);
        let (kept, down) =
            (self.below(rest + 1) as usize, self.pick(&[0_u32, 20, 900, 4_000, 40_000]));
        self.oracle.trace.note(|| format!("the broker crashes: keeps {kept} of {rest}, {down} ms"));
        if self.oracle.rules.fences && self.below(2) == 0 {
            self.fence_broker();
        }
        for at in 0..self.links.len() {
            let most = self.below(self.links[at].down.len() as u32 + 1) as usize;
            self.links[at].up.clear();
            self.carry_down(at, most);
            if !self.links[at].is_dead() {
                self.cut(at, false);
            }
        }
        self.links.clear();
        self.questions.clear();
        self.oracle.crashed();
        self.now += u64::from(down);
        self.oracle.now = self.now;
        let now = self.now();
        let Some(store) = &mut self.store else { return };
        store.told.drain(..kept).for_each(|change| apply(&mut store.rows, change));
        store.safe += kept as u64;
        store.told.clear();
        let mut restore = Restore::new();
        store.rows.iter().rev().for_each(|(key, value)| restore.put(key, value));
        restore.at(0, store.safe);
        let (config, unix) = (store.config.clone(), UNIX + self.now);
        let broker = Broker::restore(config, now, unix, Keyed(store.key), &restore);
        self.broker = broker.expect("what was stored is sound");
        self.tell();
        if let Some(store) = &self.store {
            self.oracle.restored(|client| store.has_session(client));
        }
        self.settle();
    }

    /// Another broker takes the store: this one tells nothing more, and promises nothing more.
    fn fence_broker(&mut self) {
        let now = self.now();
        self.oracle.seen.insert("fenced");
        self.oracle.is_fenced = true;
        self.broker.fenced(now, 1);
        assert_eq!(self.broker.open(now), Err(BrokerError::ShuttingDown));
        let (mut is_told, mut ended) = (false, 0);
        while let Some(event) = self.broker.poll_event() {
            match event {
                BrokerEvent::Fenced { epoch: 1 } => is_told = true,
                BrokerEvent::Closed { .. } => ended += 1,
                other => panic!("{other:?}"),
            }
        }
        let up = self.oracle.conns.iter().filter(|conn| !conn.is_closed).count();
        assert!(is_told && ended == up, "{ended} of {up} connections have ended");
        for link in self.links.iter_mut().filter(|link| link.room == usize::MAX) {
            let mut out = self.broker.transmit(link.id);
            let len = out.remaining();
            let bytes = out.copy_to_bytes(len);
            link.down.extend_from_slice(&bytes);
            self.oracle.taken(link.id, &bytes);
        }
        assert_eq!(self.broker.poll_persist(), None);
        self.oracle.is_fenced = false;
    }

    /// What is stored is what there is.
    pub(crate) fn judge_store(&mut self) {
        let Some(store) = &self.store else { return };
        self.oracle.resolve(|client| store.has_session(client));
        if store.is_safe() {
            let there = self.oracle.current.keys().map(String::as_str);
            let (stored, there) = (store.sessions().collect(), there.collect());
            let wrong: Vec<_> = BTreeSet::symmetric_difference(&stored, &there).collect();
            assert!(wrong.is_empty(), "stored and not there, or there and not stored: {wrong:?}");
        }
    }
}
