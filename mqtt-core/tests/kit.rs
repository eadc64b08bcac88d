//! The checks for stores find what is wrong with a store.

use mqtt_core::store::kit::{BackEnd, Contents, FailureKind, Fault, Outcome, cases, random};
use mqtt_core::store::{Persist, PersistOp};
use std::collections::BTreeMap;

macro_rules! bugs {
    ($($bug:ident),* $(,)?) => {
        /// What is wrong with a store.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum Bug {
            $($bug),*
        }

        const BUGS: &[Bug] = &[$(Bug::$bug),*];
    };
}

bugs! {
    ClearIgnored,
    ClearOfAllSessions,
    ClearForgetsEpoch,
    ClearForgetsNumber,
    MarkIsARow,
    MarkNotCounted,
    DeleteIgnored,
    DeleteOfNothingFails,
    ReplaceIgnored,
    FirstOfAKeyWins,
    EmptyValueIsNoRow,
    EmptyBatchFails,
    KeysEndAtZero,
    KeysOf255Bytes,
    KeysOf65535Bytes,
    ValuesOf64KiB,
    OrderOfLengths,
    OrderOfSignedBytes,
    SessionsMixed,
    NamesWithoutCase,
    NamesTrimmed,
    NumberIgnored,
    NumberWithinBatchIgnored,
    NumberForgotten,
    NumberAfterMissingRows,
    HalfOfWhatIsRefused,
    EpochIgnored,
    EpochSigned,
    EpochOfFirstOnly,
    EpochOfLastOnly,
    EpochWithinBatchIgnored,
    EpochForgotten,
    EpochAfterNumber,
    EpochOfSameOwnerFenced,
    ClaimNotStored,
    ClaimIgnored,
    ClaimTakesNumber,
    LastBatchForgotten,
    TornKeepsEnd,
    TornKeepsNumberOnly,
    TornCutsValue,
    TornOtherSession,
}

#[derive(Clone, Debug, Default)]
struct Session {
    epoch: u64,
    /// What is there after reopening, if it is another one.
    stored_epoch: u64,
    seq: u64,
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// A store that has at most one fault.
#[derive(Clone, Debug, Default)]
struct Store {
    bug: Option<Bug>,
    sessions: BTreeMap<String, Session>,
    /// As it was before the last batch.
    before: BTreeMap<String, Session>,
}

impl Store {
    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    fn name(&self, session: &str) -> String {
        match self.bug {
            Some(Bug::SessionsMixed) => session.chars().take(1).collect(),
            Some(Bug::NamesWithoutCase) => session.to_lowercase(),
            Some(Bug::NamesTrimmed) => session.trim_matches('%').to_owned(),
            _ => session.to_owned(),
        }
    }

    fn session(&mut self, session: &str) -> &mut Session {
        let name = self.name(session);
        self.sessions.entry(name).or_default()
    }

    /// Why a batch is refused, and after how many changes that shows.
    fn judge(&self, session: &Session, batch: &[PersistOp<'_>]) -> Option<(Outcome, usize)> {
        let lower = |op: &PersistOp<'_>, highest: u64| match self.bug {
            Some(Bug::EpochIgnored) => false,
            Some(Bug::EpochSigned) => (op.epoch as i64) < highest as i64,
            Some(Bug::EpochOfSameOwnerFenced) => op.epoch == session.epoch && op.seq > 1,
            _ => op.epoch < highest,
        };
        let fenced = || {
            let mut epoch = session.epoch;
            let looked_at = match self.bug {
                Some(Bug::EpochOfFirstOnly) => &batch[..batch.len().min(1)],
                Some(Bug::EpochOfLastOnly) => &batch[batch.len().saturating_sub(1)..],
                _ => batch,
            };
            for op in looked_at {
                if lower(op, epoch) {
                    return Some((Outcome::Fenced { epoch }, 0));
                }
                if !self.has(Bug::EpochWithinBatchIgnored) {
                    epoch = op.epoch;
                }
            }
            None
        };
        let out_of_order = || {
            let count = if self.has(Bug::NumberWithinBatchIgnored) { 1 } else { batch.len() };
            let mut ops = (session.seq + 1..).zip(batch).take(count);
            let at = ops.position(|(expected, op)| op.seq != expected)?;
            let expected = session.seq + 1 + at as u64;
            (!self.has(Bug::NumberIgnored)).then_some((Outcome::OutOfOrder { expected }, at))
        };
        match self.has(Bug::EpochAfterNumber) {
            true => out_of_order().or_else(fenced),
            false => fenced().or_else(out_of_order),
        }
    }

    fn apply(&mut self, session: &str, op: &PersistOp<'_>) -> Result<(), Fault> {
        let bug = self.bug;
        let session = self.session(session);
        session.epoch = op.epoch;
        session.seq = match op.change {
            Persist::Mark if bug == Some(Bug::MarkNotCounted) => session.seq,
            Persist::Clear if bug == Some(Bug::ClearForgetsNumber) => 1,
            Persist::Delete { key }
                if bug == Some(Bug::NumberAfterMissingRows) && !session.rows.contains_key(key) =>
            {
                session.seq
            }
            _ => op.seq,
        };
        session.stored_epoch = session.epoch;
        match op.change {
            Persist::Put { key, value } => {
                let key = match bug {
                    Some(Bug::KeysEndAtZero) => key.split(|byte| *byte == 0).next().unwrap(),
                    Some(Bug::KeysOf255Bytes) => &key[..key.len().min(255)],
                    Some(Bug::KeysOf65535Bytes) => &key[..key.len().min(65_535)],
                    _ => key,
                };
                let value = match bug {
                    Some(Bug::ValuesOf64KiB) => &value[..value.len().min(65_536)],
                    _ => value,
                };
                let is_new = !session.rows.contains_key(key);
                let is_ignored = bug == Some(Bug::ReplaceIgnored) && !is_new
                    || bug == Some(Bug::EmptyValueIsNoRow) && value.is_empty();
                if !is_ignored {
                    session.rows.insert(key.to_vec(), value.to_vec());
                }
            }
            Persist::Delete { .. } if bug == Some(Bug::DeleteIgnored) => {}
            Persist::Delete { key } => {
                let old = session.rows.remove(key);
                if old.is_none() && bug == Some(Bug::DeleteOfNothingFails) {
                    return Err("no such row".into());
                }
            }
            Persist::Clear => match bug {
                Some(Bug::ClearIgnored) => {}
                Some(Bug::ClearOfAllSessions) => {
                    self.sessions.values_mut().for_each(|session| session.rows.clear());
                }
                Some(Bug::ClearForgetsEpoch) => {
                    session.rows.clear();
                    (session.epoch, session.stored_epoch) = (0, 0);
                }
                _ => session.rows.clear(),
            },
            Persist::Mark if bug == Some(Bug::MarkIsARow) => {
                session.rows.insert(Vec::new(), Vec::new());
            }
            Persist::Mark => {}
        }
        Ok(())
    }

    fn commit(&mut self, session: &str, batch: &[PersistOp<'_>]) -> Result<Outcome, Fault> {
        if batch.is_empty() && self.has(Bug::EmptyBatchFails) {
            return Err("nothing to do".into());
        }
        self.before = self.sessions.clone();
        let state = self.session(session).clone();
        if let Some((outcome, at)) = self.judge(&state, batch) {
            if self.has(Bug::HalfOfWhatIsRefused) {
                batch[..at].iter().try_for_each(|op| self.apply(session, op))?;
            }
            return Ok(outcome);
        }
        let mut seen: Vec<&[u8]> = Vec::new();
        for op in batch {
            if let (Persist::Put { key, .. }, true) = (op.change, self.has(Bug::FirstOfAKeyWins)) {
                if seen.contains(&key) {
                    self.session(session).seq = op.seq;
                    continue;
                }
                seen.push(key);
            }
            self.apply(session, op)?;
        }
        Ok(Outcome::Stored)
    }

    fn claim(&mut self, session: &str) -> u64 {
        let bug = self.bug;
        let session = self.session(session);
        let epoch = session.epoch + 1;
        if bug == Some(Bug::ClaimIgnored) {
            return epoch;
        }
        session.epoch = epoch;
        if bug != Some(Bug::ClaimNotStored) {
            session.stored_epoch = epoch;
        }
        session.seq += u64::from(bug == Some(Bug::ClaimTakesNumber));
        epoch
    }

    fn load(&mut self, session: &str) -> Contents {
        let bug = self.bug;
        let Session { epoch, seq, rows, .. } = self.session(session).clone();
        let mut rows: Vec<_> = rows.into_iter().collect();
        match bug {
            Some(Bug::OrderOfLengths) => rows.sort_by_key(|(key, _)| key.len()),
            Some(Bug::OrderOfSignedBytes) => {
                rows.sort_by_key(|(key, _)| key.iter().map(|b| *b as i8).collect::<Vec<_>>());
            }
            _ => {}
        }
        Contents { epoch, seq, rows }
    }

    fn reopen(mut self) -> Self {
        if self.has(Bug::LastBatchForgotten) {
            self.sessions = self.before.clone();
        }
        let bug = self.bug;
        for session in self.sessions.values_mut() {
            session.epoch = session.stored_epoch;
            match bug {
                Some(Bug::EpochForgotten) => session.epoch = 0,
                Some(Bug::NumberForgotten) => session.seq = session.rows.len() as u64,
                _ => {}
            }
        }
        self
    }

    fn tear(mut self, session: &str, batch: &[PersistOp<'_>], cut: u8) -> Result<Self, Fault> {
        let half = batch.len() * usize::from(cut) / 256;
        let (done, lost) = match self.bug {
            Some(Bug::TornKeepsEnd) => (&batch[half..], &batch[..0]),
            _ => batch.split_at(half),
        };
        done.iter().try_for_each(|op| self.apply(session, op))?;
        if let Some(op) = lost.first() {
            match (self.bug, op.change) {
                (Some(Bug::TornKeepsNumberOnly), _) => self.session(session).seq = op.seq,
                (Some(Bug::TornCutsValue), Persist::Put { key, value }) => {
                    let change = Persist::Put { key, value: &value[..value.len() / 2] };
                    self.apply(session, &PersistOp { change, ..*op })?;
                }
                (Some(Bug::TornOtherSession), _) => {
                    self.sessions.retain(|name, _| name == session);
                }
                _ => {}
            }
        }
        Ok(self.reopen())
    }
}

fn back_end() -> BackEnd<Store> {
    BackEnd {
        commit: Store::commit,
        claim: |store, session| Ok(store.claim(session)),
        load: |store, session| Ok(store.load(session)),
        reopen: |store| Ok(store.reopen()),
        tear: Store::tear,
    }
}

fn check(bug: Option<Bug>) -> Result<(), String> {
    let open = || Ok(Store { bug, ..Store::default() });
    back_end().check(open).map_err(|failure| failure.to_string())
}

#[test]
fn a_store_that_is_right_passes() {
    assert_eq!(check(None), Ok(()));
}

#[test]
fn each_fault_is_found() {
    for &bug in BUGS {
        let failure = check(Some(bug)).expect_err(&format!("{bug:?} is not found"));
        assert!(!failure.contains('\n') && failure.len() < 200, "{failure}");
    }
}

#[test]
fn the_cases_alone_find_each_fault() {
    for &bug in BUGS {
        let found = cases().iter().any(|case| {
            let store = Store { bug: Some(bug), ..Store::default() };
            back_end().run(case, store).is_err()
        });
        assert!(found, "{bug:?} is not found");
    }
}

#[test]
fn a_failure_tells_where() {
    let at = |bug: Bug| check(Some(bug)).unwrap_err();
    assert_eq!(
        at(Bug::DeleteIgnored),
        "rows are put, replaced and deleted, step 5: row 0 is another one: key \"k\" of 1 bytes, \
         not \"l\" of 1 bytes"
    );
    assert_eq!(
        at(Bug::DeleteOfNothingFails),
        "rows are put, replaced and deleted, step 4: no such row"
    );
    assert_eq!(
        at(Bug::NumberIgnored),
        "a wrong number is refused, step 0: the commit gave Stored, not OutOfOrder { expected: 1 }"
    );
    let store = Store { bug: Some(Bug::ClaimTakesNumber), ..Store::default() };
    let failure = cases().iter().find_map(|case| back_end().run(case, store.clone()).err());
    let kind = failure.unwrap().kind;
    assert!(matches!(kind, FailureKind::Last { expected: (1, 1), found: (1, 2) }), "{kind}");
}

/// Whoever walks through the steps in another way finds the same.
#[test]
fn what_is_allowed_begins_before_and_ends_after() {
    use mqtt_core::store::kit::Step;
    for case in (0..20).map(|seed| random(seed, 100)).chain(cases()) {
        let mut last: BTreeMap<&str, Contents> = BTreeMap::new();
        for step in &case.steps {
            match step {
                Step::Expect { session, contents } => {
                    assert!(contents.rows.is_sorted());
                    last.insert(session, contents.clone());
                }
                Step::Torn { session, ops, allowed, .. } => {
                    assert_eq!(allowed.len(), ops.len() + 1);
                    assert_eq!(allowed[0], last.get(session).cloned().unwrap_or_default());
                    last.insert(session, allowed[ops.len()].clone());
                }
                Step::Commit { .. } | Step::Claim { .. } | Step::Reopen => {}
            }
        }
    }
}
