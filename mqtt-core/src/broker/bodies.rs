//! Payloads that many sessions have, and a store has once.

use crate::store::{Journal, Key, MAX_NUMBER};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use bytes::Bytes;

/// Keys of payloads: this byte, a number (8 bytes). Their values: the format, the payload.
pub(super) const BODY: u8 = b'b';
const FORMAT: u8 = 1;
/// The format of the value of a message whose payload is apart: this byte, the number of the payload (8 bytes), the
/// value without the payload.
const APART: u8 = 2;

/// Which payloads a store has, and which rows of it are for one of them.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    /// The last one that several sessions may store, and its number if the store has it.
    current: Option<(Bytes, Option<u64>)>,
    last: u64,
    /// How many rows there are for each.
    uses: BTreeMap<u64, usize>,
    rows: BTreeMap<Box<[u8]>, u64>,
}

impl Bodies {
    /// What sessions store from now on may have this payload.
    pub(super) fn begin(&mut self, body: Bytes) {
        self.current = Some((body, None));
    }

    /// Stores a row of a session; `own` is its key there.
    pub(super) fn put(&mut self, journal: &mut Journal, key: &[u8], own: &[u8], value: &[u8]) {
        let before = self.rows.remove(key);
        let is_message = own.first() == Some(&Key::MESSAGE);
        let current = self.current.as_mut().filter(|_| is_message);
        let apart = current.and_then(|(body, number)| {
            let rest = value.strip_suffix(&body[..])?;
            let number = *number.get_or_insert_with(|| {
                self.last += 1;
                journal.put_parts(&body_key(self.last), [&[FORMAT], body, &[]]);
                self.last
            });
            Some((number, rest))
        });
        match apart {
            Some((number, rest)) => {
                self.note(key, number);
                journal.put_parts(key, [&[APART], &number.to_be_bytes(), rest]);
            }
            None => journal.put_bytes(key, value),
        }
        // Only now nothing refers to it any more.
        self.forget(journal, before);
    }

    /// Deletes a row of a session, and the payload that no other row is for.
    pub(super) fn delete(&mut self, journal: &mut Journal, key: &[u8]) {
        journal.delete_bytes(key);
        let before = self.rows.remove(key);
        self.forget(journal, before);
    }

    /// A row is for this payload no more.
    fn forget(&mut self, journal: &mut Journal, number: Option<u64>) {
        let Some(number) = number else { return };
        let Some(uses) = self.uses.get_mut(&number) else { return };
        *uses -= 1;
        if *uses == 0 {
            self.drop_body(journal, number);
        }
    }

    fn drop_body(&mut self, journal: &mut Journal, number: u64) {
        self.uses.remove(&number);
        if let Some((_, current)) = &mut self.current {
            // Whoever gets it next has it stored anew.
            *current = current.filter(|current| *current != number);
        }
        journal.delete_bytes(&body_key(number));
    }

    /// Notes a row that is for a payload.
    pub(super) fn note(&mut self, key: &[u8], number: u64) {
        self.last = self.last.max(number);
        *self.uses.entry(number).or_default() += 1;
        self.rows.insert(key.into(), number);
    }

    /// Notes a payload that a store had; one that no row is for is deleted there.
    pub(super) fn note_body(&mut self, journal: &mut Journal, number: u64) {
        self.last = self.last.max(number);
        if !self.uses.contains_key(&number) {
            self.drop_body(journal, number);
        }
    }

    /// Bytes on the heap; rows are counted as they are large.
    pub(super) fn heap_bytes(&self) -> usize {
        let current = self.current.as_ref().map_or(0, |(body, _)| body.len());
        let rows: usize =
            self.rows.keys().map(|key| key.len() + size_of::<(Box<[u8]>, u64)>()).sum();
        current + rows + self.uses.len() * size_of::<(u64, usize)>()
    }
}

fn body_key(number: u64) -> [u8; 9] {
    let mut key = [BODY; 9];
    key[1..].copy_from_slice(&number.to_be_bytes());
    key
}

/// The number and the payload of a row, from its key behind the first byte.
pub(super) fn stored_body<'v>(rest: &[u8], value: &'v [u8]) -> Option<(u64, &'v [u8])> {
    let number = u64::from_be_bytes(rest.try_into().ok()?);
    let body = value.strip_prefix(&[FORMAT])?;
    (1..=MAX_NUMBER).contains(&number).then_some((number, body))
}

/// The number of the payload that the value of a message has apart, and the rest of the value.
pub(super) fn apart(value: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = value.strip_prefix(&[APART])?.split_first_chunk()?;
    Some((u64::from_be_bytes(*number), rest))
}
