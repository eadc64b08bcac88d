//! Keys of Python, each known by a number.

use super::shared::Shared;
use core::hash::BuildHasher;
use hashbrown::HashTable;
use pyo3::prelude::*;
use std::hash::RandomState;
use std::sync::MutexGuard;

/// The number of a key: never that of another, also when the key has gone.
pub(super) type KeyId = u64;

/// Keys that are equal or the same object count as one, as in a `dict`.
///
/// An index of the core has only the numbers, so `__hash__` and `__eq__` of a key, which may do anything
/// and may fail, never run in the middle of it: see [`find`].
pub(super) struct Keys<T> {
    table: HashTable<Key<T>>,
    /// What Python calls a hash may be the number itself.
    hasher: RandomState,
    next: KeyId,
}

pub(super) struct Key<T> {
    /// What Python says.
    hash: isize,
    id: KeyId,
    pub(super) object: Py<PyAny>,
    /// What is kept of the key.
    pub(super) info: T,
}

/// A key as it is looked for.
#[derive(Clone, Copy)]
pub(super) struct Place {
    hash: isize,
    id: KeyId,
}

impl Place {
    pub(super) const fn id(self) -> KeyId {
        self.id
    }
}

/// A state with keys.
pub(super) trait HasKeys {
    type Info;

    fn keys(&self) -> &Keys<Self::Info>;
}

enum Candidate<'k> {
    /// The same object.
    Same(KeyId),
    /// Another object with the same hash.
    Perhaps(KeyId, &'k Py<PyAny>),
    None,
}

impl<T> Keys<T> {
    pub(super) fn new() -> Self {
        Self { table: HashTable::new(), hasher: RandomState::new(), next: 0 }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Key<T>> {
        self.table.iter()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.table.allocation_size()
    }

    /// The place that the next key gets, if it has this hash.
    pub(super) const fn vacant(&self, hash: isize) -> Place {
        Place { hash, id: self.next }
    }

    /// Adds a key that is not there at the place that was vacant.
    pub(super) fn add(&mut self, place: Place, object: Py<PyAny>, info: T) {
        self.next = place.id + 1;
        let hash = self.hasher.hash_one(place.hash);
        let key = Key { hash: place.hash, id: place.id, object, info };
        self.table.insert_unique(hash, key, |key| self.hasher.hash_one(key.hash));
    }

    pub(super) fn get(&self, place: Place) -> Option<&Key<T>> {
        self.table.find(self.hasher.hash_one(place.hash), |key| key.id == place.id)
    }

    pub(super) fn get_mut(&mut self, place: Place) -> Option<&mut Key<T>> {
        self.table.find_mut(self.hasher.hash_one(place.hash), |key| key.id == place.id)
    }

    /// Removes a key; it is to be dropped when nothing is locked.
    pub(super) fn remove(&mut self, place: Place) -> Option<Key<T>> {
        let hash = self.hasher.hash_one(place.hash);
        let found = self.table.find_entry(hash, |key| key.id == place.id).ok()?;
        let (key, _) = found.remove();
        if self.table.is_empty() {
            self.table = HashTable::new();
        } else if self.table.capacity() > 64 && self.table.len() < self.table.capacity() / 8 {
            self.shrink();
        }
        Some(key)
    }

    pub(super) fn shrink(&mut self) {
        self.table.shrink_to_fit(|key| self.hasher.hash_one(key.hash));
    }

    /// A key with this hash, if it is not among those that are known to be others.
    fn candidate(&self, hash: isize, object: &Bound<'_, PyAny>, others: &[KeyId]) -> Candidate<'_> {
        let mut candidate = Candidate::None;
        for key in self.table.iter_hash(self.hasher.hash_one(hash)) {
            if key.hash != hash {
                continue;
            }
            if key.object.is(object) {
                return Candidate::Same(key.id);
            }
            if matches!(candidate, Candidate::None) && !others.contains(&key.id) {
                candidate = Candidate::Perhaps(key.id, &key.object);
            }
        }
        candidate
    }
}

/// What is known of a key when the state has been locked.
pub(super) struct Found<'l, S> {
    pub(super) state: MutexGuard<'l, S>,
    pub(super) hash: isize,
    /// Where the key is, if it is there.
    pub(super) place: Option<Place>,
}

/// Locks a state and finds a key in it: `place` is right as long as the lock is held.
///
/// The key is hashed and compared while nothing is locked. Should the state change meanwhile, be it by the
/// comparison itself, only keys that were not compared before are compared with it: as each has a number
/// of its own, what was found out of the others stays true.
pub(super) fn find<'l, S: HasKeys>(
    shared: &'l Shared<S>,
    key: &Bound<'_, PyAny>,
) -> PyResult<Found<'l, S>> {
    let hash = key.hash()?;
    let mut others = Vec::new();
    loop {
        let state = shared.lock();
        let (id, object) = match state.keys().candidate(hash, key, &others) {
            Candidate::Same(id) => {
                return Ok(Found { state, hash, place: Some(Place { hash, id }) });
            }
            Candidate::None => return Ok(Found { state, hash, place: None }),
            Candidate::Perhaps(id, object) => (id, object.clone_ref(key.py())),
        };
        drop(state);
        if object.bind(key.py()).eq(key)? {
            let (state, place) = (shared.lock(), Place { hash, id });
            // Else it has gone meanwhile. If it is there, `object` is not the last reference to it, so it
            // may be dropped although the state is locked.
            if state.keys().get(place).is_some() {
                return Ok(Found { state, hash, place: Some(place) });
            }
        }
        others.push(id);
    }
}
