//! What one side has stored, and what it has not yet.

use crate::store::{Persist, PersistOp, Restore, SnapshotCursor};
use crate::{PacketId, SessionState};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::vec::Vec;

/// A change that was polled.
#[derive(Clone, Debug)]
pub(super) enum Row {
    Put(Vec<u8>, Vec<u8>),
    Delete(Vec<u8>),
    Clear,
    Mark,
}

impl Row {
    fn of(change: Persist<'_>) -> Self {
        match change {
            Persist::Put { key, value } => Self::Put(key.to_vec(), value.to_vec()),
            Persist::Delete { key } => Self::Delete(key.to_vec()),
            Persist::Clear => Self::Clear,
            Persist::Mark => Self::Mark,
        }
    }

    fn change(&self) -> Persist<'_> {
        match self {
            Self::Put(key, value) => Persist::Put { key, value },
            Self::Delete(key) => Persist::Delete { key },
            Self::Clear => Persist::Clear,
            Self::Mark => Persist::Mark,
        }
    }

    /// The identifier of a QoS 2 message that is acknowledged with it.
    fn accepts(&self) -> Option<PacketId> {
        match self {
            Self::Put(key, _) => match key[..] {
                [b'r', high, low] => PacketId::new(u16::from_be_bytes([high, low])),
                _ => None,
            },
            _ => None,
        }
    }
}

pub(super) type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

fn apply(rows: &mut Rows, row: &Row) {
    match row {
        Row::Put(key, value) => drop(rows.insert(key.clone(), value.clone())),
        Row::Delete(key) => drop(rows.remove(key)),
        Row::Clear => rows.clear(),
        Row::Mark => {}
    }
}

/// A snapshot that is being taken while the session goes on.
struct Copy {
    restore: Restore,
    cursor: Option<SnapshotCursor>,
    /// Changes since its first page.
    since: Vec<(u64, Row)>,
    epoch: u64,
}

/// What one side has stored, and what it has not yet.
#[derive(Default)]
pub(super) struct Disk {
    rows: Rows,
    /// The number of the last change that is stored.
    pub(super) seq: u64,
    pub(super) epoch: u64,
    /// Polled, and not stored.
    pending: VecDeque<Row>,
    copy: Option<Copy>,
}

impl Disk {
    /// The number of the last change that was polled.
    pub(super) fn polled(&self) -> u64 {
        self.seq + self.pending.len() as u64
    }

    /// Takes a change; gives the identifier that is acknowledged with it.
    pub(super) fn take(&mut self, op: &PersistOp<'_>) -> Option<PacketId> {
        assert_eq!((op.seq, op.epoch), (self.polled() + 1, self.epoch), "{op:?}");
        let row = Row::of(op.change);
        if let Some(copy) = &mut self.copy {
            copy.since.push((op.seq, row.clone()));
        }
        let accepts = row.accepts();
        self.pending.push_back(row);
        accepts
    }

    /// The session is over, and who has it ends it at once.
    pub(super) fn end(&mut self, state: &mut SessionState) {
        state.end();
        while let Some(op) = state.poll_persist() {
            self.take(&op);
        }
        self.commit(usize::MAX);
        self.copy = None;
    }

    /// Stores the next so many changes, in one transaction.
    pub(super) fn commit(&mut self, most: usize) {
        let count = most.min(self.pending.len());
        for row in self.pending.drain(..count) {
            apply(&mut self.rows, &row);
        }
        self.seq += count as u64;
    }

    /// What is not stored is gone; gives how much that was. Another owner begins.
    pub(super) fn crash(&mut self) -> usize {
        let lost = self.pending.len();
        self.pending.clear();
        self.epoch += 1;
        self.copy = None;
        lost
    }

    /// What the store gives back: rows in any order.
    pub(super) fn restored(&self) -> Option<SessionState> {
        state_of(&self.rows, (self.epoch, self.seq))
    }

    /// The identifiers under which messages are open, by what is stored.
    pub(super) fn open_ids(&self) -> BTreeSet<PacketId> {
        let mut ids = BTreeMap::new();
        for (key, value) in &self.rows {
            let id = |at: usize| PacketId::new(u16::from_be_bytes([value[at], value[at + 1]]));
            match key[0] {
                b'm' => drop(ids.insert(&key[1..], id(3))),
                // What is left of one that is done has no message, and is not released.
                b'p' if value[1] == 2 || ids.contains_key(&key[1..]) => {
                    ids.insert(&key[1..], id(2));
                }
                _ => {}
            }
        }
        ids.into_values().flatten().collect()
    }

    /// The numbers of the messages of this side that are stored.
    pub(super) fn tokens(&self) -> BTreeSet<u64> {
        let messages = self.rows.iter().filter_map(|(key, value)| {
            let place = match key[0] {
                b'm' => 5..13,
                b'p' if value[1] == 2 => 5..13,
                _ => return None,
            };
            value[place].try_into().ok().map(u64::from_be_bytes)
        });
        messages.collect()
    }

    /// How many rows of these kinds there are.
    pub(super) fn count(&self, kinds: &[u8]) -> usize {
        self.rows.keys().filter(|key| kinds.contains(&key[0])).count()
    }

    /// All that was polled is what the session has.
    pub(super) fn judge(&self, snapshot: impl Fn(&mut Vec<u8>)) {
        let mut rows = self.rows.clone();
        self.pending.iter().for_each(|row| apply(&mut rows, row));
        if rows.is_empty() {
            return;
        }
        let state = state_of(&rows, (self.epoch, self.polled())).expect("a session");
        same(&state, snapshot);
    }

    /// Takes the next page of a snapshot, or the first; the last with all changes since makes the session
    /// what it is.
    pub(super) fn page(
        &mut self,
        max_bytes: usize,
        page: impl FnOnce(Option<SnapshotCursor>, usize, &mut Vec<u8>) -> Option<SnapshotCursor>,
        snapshot: impl Fn(&mut Vec<u8>),
    ) {
        let first =
            Copy { restore: Restore::new(), cursor: None, since: Vec::new(), epoch: self.epoch };
        let mut copy = self.copy.take().unwrap_or(first);
        let mut bytes = Vec::new();
        let next = page(copy.cursor.take(), max_bytes, &mut bytes);
        let is_last = copy.restore.page(&bytes).expect("a page");
        assert_eq!(is_last, next.is_none());
        if next.is_some() {
            copy.cursor = next;
            self.copy = Some(copy);
            return;
        }
        let mut restore = copy.restore;
        for (seq, row) in &copy.since {
            let op = PersistOp { seq: *seq, epoch: copy.epoch, change: row.change() };
            restore.apply(&op).expect("a change");
        }
        same(&SessionState::restore(&restore).expect("it is right").expect("a session"), snapshot);
    }
}

fn state_of(rows: &Rows, (epoch, seq): (u64, u64)) -> Option<SessionState> {
    let mut restore = Restore::new();
    rows.iter().rev().for_each(|(key, value)| restore.put(key, value));
    restore.at(epoch, seq);
    SessionState::restore(&restore).expect("what was stored is right")
}

/// Compares a state with a session by their snapshots.
fn same(state: &SessionState, snapshot: impl Fn(&mut Vec<u8>)) {
    let [mut one, mut other] = [Vec::new(), Vec::new()];
    assert_eq!(state.snapshot(None, usize::MAX, &mut one), None);
    snapshot(&mut other);
    let at = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let near = |bytes: &[u8]| bytes[at.saturating_sub(40)..bytes.len().min(at + 40)].to_vec();
    let (near_one, near_other) = (near(&one), near(&other));
    assert!(one == other, "told is {near_one:?}, and there is {near_other:?} at {at}");
}
