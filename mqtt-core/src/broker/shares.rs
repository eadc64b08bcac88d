//! Numbers of shared subscriptions: the messages that are sent for one know it by its number.

use crate::store::crc32c;
use alloc::boxed::Box;
use core::hash::BuildHasher;
use hashbrown::HashMap;

/// The shared subscriptions that have members.
#[derive(Debug)]
pub(super) struct Shares<S> {
    by_filter: HashMap<Box<str>, Share, S>,
    by_number: HashMap<u32, Box<str>, S>,
    /// The last number that is no checksum.
    last: u32,
}

#[derive(Debug)]
struct Share {
    number: u32,
    members: u32,
}

impl<S: BuildHasher + Clone> Shares<S> {
    pub(super) fn new(hasher: S) -> Self {
        let by_number = HashMap::with_hasher(hasher.clone());
        Self { by_filter: HashMap::with_hasher(hasher), by_number, last: 0 }
    }

    /// Another member joins; gives the number, which is not 0. It is the checksum of the filter, so that a message that
    /// was stored with it is known in the next process; or any other, if another filter has the same.
    pub(super) fn join(&mut self, filter: &str) -> u32 {
        if let Some(share) = self.by_filter.get_mut(filter) {
            share.members += 1;
            return share.number;
        }
        let mut number = crc32c(filter.as_bytes());
        while number == 0 || self.by_number.contains_key(&number) {
            self.last = self.last.wrapping_add(1);
            number = self.last;
        }
        self.by_filter.insert(filter.into(), Share { number, members: 1 });
        self.by_number.insert(number, filter.into());
        number
    }

    /// A member leaves.
    pub(super) fn leave(&mut self, filter: &str) {
        let Some(share) = self.by_filter.get_mut(filter) else { return };
        share.members -= 1;
        if share.members == 0 {
            let number = share.number;
            self.by_filter.remove(filter);
            self.by_number.remove(&number);
        }
    }

    /// The number of a shared subscription that has members.
    pub(super) fn number(&self, filter: &str) -> Option<u32> {
        self.by_filter.get(filter).map(|share| share.number)
    }

    /// The filter of a shared subscription that has members.
    pub(super) fn filter(&self, number: u32) -> Option<&str> {
        self.by_number.get(&number).map(|filter| &**filter)
    }
}
