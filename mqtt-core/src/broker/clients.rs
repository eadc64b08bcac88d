//! Clients by their identifiers, and what a broker knows of each.

use crate::{Instant, QoS, RetainedCursor, ServerSession};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::hash::BuildHasher;
use core::num::NonZeroU32;
use hashbrown::HashTable;
use slab::Slab;

/// A client that was accepted, with a connection or without.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: Arc<str>,
    pub(super) user_name: Option<Box<str>>,
    /// Its session: of the connection that it has, or of the last one.
    pub(super) session: Box<ServerSession>,
    /// The place of that connection, until its transport is gone.
    pub(super) conn: Option<u32>,
    /// Its filters, sorted.
    pub(super) filters: Vec<Box<str>>,
    /// Retained messages that it is still to get.
    pub(super) walks: VecDeque<Walk>,
    /// How many bytes of its messages are counted in the sum of all.
    pub(super) counted: usize,
    /// It has come back, and not got yet all that waited for it.
    pub(super) catches_up: bool,
    /// A publisher has waited in vain for it to read, and it has still messages that wait.
    pub(super) is_slow: bool,
    /// When its will is to be published, and when its session ends, if it has no connection.
    pub(super) will_due: Option<Instant>,
    pub(super) ends: Option<Instant>,
    /// When it is looked at next, for that.
    pub(super) armed: Option<Instant>,
    /// Not that of a client in the same place before.
    pub(super) generation: u32,
}

/// Retained messages that a subscription is still to get.
pub(super) struct Walk {
    pub(super) filter: Box<str>,
    pub(super) cursor: RetainedCursor,
    pub(super) has_begun: bool,
    pub(super) qos: QoS,
    pub(super) no_local: bool,
    pub(super) subscription_id: Option<NonZeroU32>,
}

impl fmt::Debug for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Walk({})", self.filter)
    }
}

impl Client {
    /// Counts the bytes of its messages anew in the sum of all.
    #[inline]
    pub(super) fn settle(&mut self, sum: &mut usize) {
        let bytes = self.session.state().message_bytes();
        *sum = *sum - self.counted + bytes;
        self.counted = bytes;
    }
}

/// All clients.
#[derive(Debug)]
pub(super) struct Clients<S> {
    pub(super) entries: Slab<Client>,
    by_id: HashTable<u32>,
    hasher: S,
    next_generation: u32,
    next_assigned: u64,
}

impl<S: BuildHasher> Clients<S> {
    pub(super) fn new(hasher: S) -> Self {
        let (entries, by_id) = (Slab::new(), HashTable::new());
        Self { entries, by_id, hasher, next_generation: 0, next_assigned: 0 }
    }

    /// The place of a client.
    pub(super) fn find(&self, id: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(id);
        self.by_id.find(hash, |place| self.is_at(*place, id)).copied()
    }

    fn is_at(&self, place: u32, id: &str) -> bool {
        self.entries.get(place as usize).is_some_and(|client| *client.id == *id)
    }

    /// Adds a client whose identifier is not there; gives its place.
    pub(super) fn insert(
        &mut self,
        id: &str,
        user_name: Option<Box<str>>,
        session: Box<ServerSession>,
        conn: Option<u32>,
    ) -> u32 {
        self.next_generation = self.next_generation.wrapping_add(1);
        let client = Client {
            id: Arc::from(id),
            user_name,
            session,
            conn,
            filters: Vec::new(),
            walks: VecDeque::new(),
            counted: 0,
            catches_up: false,
            is_slow: false,
            will_due: None,
            ends: None,
            armed: None,
            generation: self.next_generation,
        };
        let place = self.entries.insert(client) as u32;
        let Self { entries, by_id, hasher, .. } = self;
        by_id.insert_unique(hasher.hash_one(id), place, |place| {
            hasher.hash_one(entries.get(*place as usize).map_or("", |client| &client.id))
        });
        place
    }

    /// Removes a client.
    pub(super) fn remove(&mut self, place: u32) -> Option<Client> {
        let hash = self.hasher.hash_one(&*self.entries.get(place as usize)?.id);
        if let Ok(entry) = self.by_id.find_entry(hash, |other| *other == place) {
            entry.remove();
        }
        Some(self.entries.remove(place as usize))
    }

    /// An identifier that no client has, and that nobody can guess if the hasher is keyed.
    pub(super) fn assign(&mut self) -> String {
        loop {
            self.next_assigned += 1;
            let hash = self.hasher.hash_one(("assigned", self.next_assigned));
            let id = alloc::format!("auto-{:x}-{hash:016x}", self.next_assigned);
            if self.find(&id).is_none() {
                return id;
            }
        }
    }

    pub(super) fn get(&self, place: u32) -> Option<&Client> {
        self.entries.get(place as usize)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, place: u32) -> Option<&mut Client> {
        self.entries.get_mut(place as usize)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let own = self.entries.capacity() * (size_of::<Client>() + 8) + self.by_id.capacity() * 5;
        let each = |client: &Client| {
            let filters: usize = client.filters.iter().map(|filter| filter.len()).sum();
            size_of::<ServerSession>()
                + client.session.heap_bytes()
                + client.id.len()
                + 16
                + client.user_name.as_deref().map_or(0, str::len)
                + filters
                + client.filters.capacity() * size_of::<Box<str>>()
                + client.walks.capacity() * size_of::<Walk>()
        };
        own + self.entries.iter().map(|(_, client)| each(client)).sum::<usize>()
    }
}
