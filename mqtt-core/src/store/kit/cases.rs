//! What is asked of stores.

use super::{Case, Change, Contents, Op, Outcome, Step};
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

/// Names of sessions that are easily mixed up.
const NAMES: [&str; 12] =
    ["a", "A", "ab", "", "a/b", "../a", "a.tmp", "%61", "a%", "a b", "\u{e4}", "a'\"\\\n;--"];

/// All cases but the [`random`] ones.
///
/// # Examples
/// See [`Case`].
#[must_use]
pub fn cases() -> Vec<Case> {
    vec![
        unknown(),
        rows(),
        clear(),
        empty_batches(),
        keys_of_all_lengths(),
        values_of_all_lengths(),
        order(),
        one_key(),
        many_rows(),
        reopening(),
        wrong_numbers(),
        lower_epoch(),
        higher_epoch(),
        claims(),
        claim_of_what_is_unknown(),
        names(),
        cleared_alone(),
        torn(),
        torn_large(),
    ]
}

/// A case made by chance, the same for the same seed, of so many steps: batches of two sessions, refusals,
/// claims, deaths within a commit, reopening.
///
/// # Examples
/// ```
/// use mqtt_core::store::kit::random;
/// assert_eq!(random(7, 20), random(7, 20));
/// assert_ne!(random(7, 20), random(8, 20));
/// ```
#[must_use]
pub fn random(seed: u64, steps: usize) -> Case {
    let mut script = Script::new("random history");
    let mut chance = Chance(seed);
    for _ in 0..steps {
        let session = ["a", "b"][chance.below(2)];
        match chance.below(16) {
            0 => script.reopen(),
            1 => script.claim(session),
            2 => script.repeated(session),
            3 => script.fenced(session),
            4 | 5 => {
                let changes = chance.changes();
                script.torn(session, changes, chance.below(256) as u8);
            }
            _ => {
                let changes = chance.changes();
                script.commit(session, changes);
            }
        }
    }
    script.reopen();
    script.case
}

/// Numbers that look like chance (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ mixed >> 31) % bound.max(1) as u64) as usize
    }

    fn changes(&mut self) -> Vec<Change> {
        let count = self.below(12);
        (0..count).map(|_| self.change()).collect()
    }

    fn change(&mut self) -> Change {
        let key = vec![[0, b'm', b'p', 0xFF][self.below(4)]; 1 + self.below(3)];
        match self.below(20) {
            0 => Change::Clear,
            1 | 2 => Change::Mark,
            3..8 => Change::Delete { key },
            _ => {
                let (byte, len) = (self.below(256) as u8, self.below(200));
                Change::Put { key, value: vec![byte; len] }
            }
        }
    }
}

fn put(key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Change {
    Change::Put { key: key.as_ref().to_vec(), value: value.as_ref().to_vec() }
}

fn delete(key: impl AsRef<[u8]>) -> Change {
    Change::Delete { key: key.as_ref().to_vec() }
}

/// What a session should have.
#[derive(Clone, Default)]
struct Model {
    epoch: u64,
    seq: u64,
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Model {
    fn contents(&self) -> Contents {
        let rows = self.rows.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        Contents { epoch: self.epoch, seq: self.seq, rows }
    }

    fn apply(&mut self, op: &Op) {
        (self.epoch, self.seq) = (op.epoch, op.seq);
        match &op.change {
            Change::Put { key, value } => drop(self.rows.insert(key.clone(), value.clone())),
            Change::Delete { key } => drop(self.rows.remove(key)),
            Change::Clear => self.rows.clear(),
            Change::Mark => {}
        }
    }
}

/// A case on its way, and what a store should have by now.
struct Script {
    case: Case,
    models: BTreeMap<&'static str, Model>,
}

impl Script {
    fn new(name: &'static str) -> Self {
        Self { case: Case { name, steps: Vec::new() }, models: BTreeMap::new() }
    }

    fn model(&mut self, session: &'static str) -> &mut Model {
        self.models.entry(session).or_default()
    }

    fn expect(&mut self, session: &'static str) {
        let contents = self.model(session).contents();
        self.case.steps.push(Step::Expect { session, contents });
    }

    /// The changes as those of the owner that a session has now, and the next ones.
    fn ops(&mut self, session: &'static str, changes: Vec<Change>) -> Vec<Op> {
        let Model { epoch, seq, .. } = *self.model(session);
        let ops = changes.into_iter().zip(seq + 1..);
        ops.map(|(change, seq)| Op { seq, epoch, change }).collect()
    }

    /// A batch that is stored.
    fn commit(&mut self, session: &'static str, changes: Vec<Change>) {
        let ops = self.ops(session, changes);
        self.stored(session, ops);
    }

    fn stored(&mut self, session: &'static str, ops: Vec<Op>) {
        ops.iter().for_each(|op| self.model(session).apply(op));
        self.case.steps.push(Step::Commit { session, ops, outcome: Outcome::Stored });
        self.expect(session);
    }

    /// A batch that is refused. Nothing is changed by that.
    fn refused(&mut self, session: &'static str, ops: Vec<Op>, outcome: Outcome) {
        self.case.steps.push(Step::Commit { session, ops, outcome });
        self.expect(session);
    }

    /// The last number again.
    fn repeated(&mut self, session: &'static str) {
        let Model { epoch, seq, .. } = *self.model(session);
        let ops = vec![Op { seq, epoch, change: Change::Clear }];
        self.refused(session, ops, Outcome::OutOfOrder { expected: seq + 1 });
    }

    /// The next batch, but of an owner before, if there was one.
    fn fenced(&mut self, session: &'static str) {
        let mut ops = self.ops(session, vec![Change::Clear, put("fenced", "")]);
        let epoch = self.model(session).epoch;
        if let Some(before) = epoch.checked_sub(1) {
            ops.iter_mut().for_each(|op| op.epoch = before);
            self.refused(session, ops, Outcome::Fenced { epoch });
        }
    }

    fn claim(&mut self, session: &'static str) {
        let model = self.model(session);
        model.epoch += 1;
        let epoch = model.epoch;
        self.case.steps.push(Step::Claim { session, epoch });
        self.expect(session);
    }

    fn torn(&mut self, session: &'static str, changes: Vec<Change>, cut: u8) {
        let ops = self.ops(session, changes);
        let model = self.model(session);
        let mut allowed = vec![model.contents()];
        for op in &ops {
            model.apply(op);
            allowed.push(model.contents());
        }
        self.case.steps.push(Step::Torn { session, ops, cut, allowed });
        self.expect_all();
    }

    fn reopen(&mut self) {
        self.case.steps.push(Step::Reopen);
        self.expect_all();
    }

    fn expect_all(&mut self) {
        let sessions: Vec<_> = self.models.keys().copied().collect();
        sessions.into_iter().for_each(|session| self.expect(session));
    }

    fn end(mut self) -> Case {
        self.reopen();
        self.case
    }
}

fn unknown() -> Case {
    let mut script = Script::new("nothing is there of a session that is not known");
    script.expect("a");
    script.end()
}

fn rows() -> Case {
    let mut script = Script::new("rows are put, replaced and deleted");
    script.commit("a", vec![put("k", "1"), put("l", "2"), put("m", "")]);
    script.commit("a", vec![put("k", "longer"), put("l", "")]);
    script.commit("a", vec![delete("k"), delete("not there")]);
    script.commit("a", vec![delete("k"), put("k", "again")]);
    script.end()
}

fn clear() -> Case {
    let mut script = Script::new("clear and mark");
    script.commit("a", vec![Change::Clear]);
    script.commit("a", vec![put("k", "1"), Change::Mark, put("l", "2")]);
    script.commit("a", vec![Change::Mark]);
    script.commit("a", vec![put("m", "3"), Change::Clear, put("n", "4")]);
    script.commit("a", vec![Change::Clear]);
    script.reopen();
    script.commit("a", vec![put("k", "1")]);
    script.end()
}

fn empty_batches() -> Case {
    let mut script = Script::new("an empty batch changes nothing");
    script.commit("a", vec![]);
    script.commit("a", vec![put("k", "1")]);
    script.commit("a", vec![]);
    script.reopen();
    script.commit("a", vec![]);
    script.end()
}

fn keys_of_all_lengths() -> Case {
    let mut script = Script::new("keys of 1 to 65,536 bytes");
    for len in [1, 2, 127, 128, 255, 256, 1023, 4096, 65_535, 65_536] {
        script.commit("a", vec![put(vec![b'k'; len], "v")]);
    }
    // They differ in the last byte only.
    let long = [vec![b'k'; 65_535], vec![b'l']].concat();
    script.commit("a", vec![put(&long, "other")]);
    script.commit("a", vec![delete(long)]);
    script.end()
}

fn values_of_all_lengths() -> Case {
    let mut script = Script::new("values of up to 1 MiB");
    let lens = [0, 1, 255, 256, 4095, 4096, 65_536, 1 << 20].into_iter().enumerate();
    let changes = lens.map(|(key, len)| {
        let value: Vec<u8> = (0..len).map(|at: usize| (at ^ at >> 8) as u8).collect();
        put([key as u8], value)
    });
    script.commit("a", changes.collect());
    script.commit("a", vec![put([7], "short"), put([0], vec![0; 1 << 20])]);
    script.end()
}

fn order() -> Case {
    let mut script = Script::new("rows come in the order of their keys");
    let keys: [&[u8]; 14] = [
        b"\0",
        b"\0\0",
        b"\0\x01",
        b"A",
        b"a",
        b"a\0",
        b"a\0b",
        b"a\x01",
        b"aa",
        b"b",
        b"\x7F",
        b"\x80",
        b"\xFF",
        b"\xFF\xFF",
    ];
    // 5 goes through all 14 places, in another order.
    let shuffled = (0..keys.len()).map(|at| keys[at * 5 % keys.len()]);
    script.commit("a", shuffled.map(|key| put(key, key)).collect());
    script.reopen();
    script.commit("a", vec![delete(b"a\0"), delete(b"\xFF"), delete(b"\0")]);
    script.end()
}

fn one_key() -> Case {
    let mut script = Script::new("many changes of one key in one batch");
    let mut changes: Vec<_> = (0..100).map(|value: u8| put("k", [value])).collect();
    script.commit("a", changes.clone());
    changes.extend([delete("k"), delete("k")]);
    script.commit("a", changes.clone());
    changes.push(put("k", ""));
    script.commit("a", changes);
    script.end()
}

fn many_rows() -> Case {
    let mut script = Script::new("many rows");
    let key = |at: u32| (at.wrapping_mul(0x9E37_79B1) % 2003).to_be_bytes();
    script.commit("a", (0..2000).map(|at| put(key(at), at.to_be_bytes())).collect());
    script.reopen();
    script.commit("a", (0..1990).map(|at| delete(key(at))).collect());
    script.end()
}

fn reopening() -> Case {
    let mut script = Script::new("numbers go on after reopening");
    for value in 0..4_u8 {
        script.commit("a", vec![put("k", [value]), put([value], "")]);
        script.reopen();
        script.reopen();
    }
    // Also where no row tells that there was anything.
    script.commit("a", vec![Change::Clear, Change::Mark]);
    script.reopen();
    script.commit("a", vec![Change::Mark]);
    script.end()
}

fn wrong_numbers() -> Case {
    let mut script = Script::new("a wrong number is refused");
    let op = |seq, key| Op { seq, epoch: 0, change: put(key, "") };
    let expected = |expected| Outcome::OutOfOrder { expected };
    script.refused("a", vec![op(2, "k")], expected(1));
    script.refused("a", vec![op(0, "k")], expected(1));
    script.commit("a", vec![put("k", "1"), put("l", "2")]);
    script.refused("a", vec![op(2, "k")], expected(3));
    script.refused("a", vec![op(1, "k")], expected(3));
    script.refused("a", vec![op(4, "k")], expected(3));
    script.refused("a", vec![op(u64::MAX, "k")], expected(3));
    // Within the batch, whose beginning would be right.
    script.refused("a", vec![op(3, "m"), op(5, "n")], expected(4));
    script.refused("a", vec![op(3, "m"), op(4, "n"), op(4, "o")], expected(5));
    script.reopen();
    script.refused("a", vec![op(2, "k")], expected(3));
    script.commit("a", vec![put("m", "3")]);
    script.end()
}

fn lower_epoch() -> Case {
    let mut script = Script::new("a lower epoch is refused");
    let op = |seq, epoch| Op { seq, epoch, change: Change::Clear };
    script.stored("a", vec![Op { seq: 1, epoch: 5, change: put("k", "1") }]);
    let fenced = Outcome::Fenced { epoch: 5 };
    script.refused("a", vec![op(2, 4), op(3, 4)], fenced);
    script.refused("a", vec![op(2, 0)], fenced);
    // Whatever its numbers are.
    script.refused("a", vec![op(1, 4)], fenced);
    script.refused("a", vec![op(9, 4)], fenced);
    // One of its changes is enough.
    script.refused("a", vec![op(2, 4), op(3, 5)], fenced);
    script.refused("a", vec![op(2, 5), op(3, 4)], fenced);
    script.refused("a", vec![op(2, 4), op(3, 6)], fenced);
    // Also of one that the batch itself brings, and then nothing of it is stored.
    script.refused("a", vec![op(2, 6), op(3, 5)], Outcome::Fenced { epoch: 6 });
    script.refused("a", vec![op(2, 6), op(3, 7), op(4, 6)], Outcome::Fenced { epoch: 7 });
    script.reopen();
    script.refused("a", vec![op(2, 4)], fenced);
    script.commit("a", vec![put("k", "2")]);
    script.end()
}

fn higher_epoch() -> Case {
    let mut script = Script::new("a higher epoch takes over");
    script.commit("a", vec![put("k", "0")]);
    for (seq, epoch) in [(2, 1), (3, 7), (4, 1 << 40), (5, u64::MAX - 1), (6, u64::MAX)] {
        script.stored("a", vec![Op { seq, epoch, change: put("k", [seq as u8]) }]);
        script.fenced("a");
    }
    // A higher epoch is no excuse for a wrong number.
    script.stored("b", vec![Op { seq: 1, epoch: 3, change: put("k", "1") }]);
    let wrong = Op { seq: 1, epoch: 4, change: Change::Clear };
    script.refused("b", vec![wrong], Outcome::OutOfOrder { expected: 2 });
    script.end()
}

fn claims() -> Case {
    let mut script = Script::new("a claim shuts out the owner before");
    script.commit("a", vec![put("k", "1")]);
    script.claim("a");
    script.fenced("a");
    script.reopen();
    script.fenced("a");
    script.commit("a", vec![put("l", "2")]);
    script.claim("a");
    script.claim("a");
    script.fenced("a");
    script.commit("a", vec![Change::Clear]);
    // What is cleared keeps its owner.
    script.reopen();
    script.fenced("a");
    script.claim("a");
    script.end()
}

fn claim_of_what_is_unknown() -> Case {
    let mut script = Script::new("a claim of a session that is not known");
    script.claim("a");
    script.reopen();
    script.fenced("a");
    script.claim("a");
    script.commit("a", vec![Change::Clear, put("k", "1")]);
    script.expect("b");
    script.end()
}

fn names() -> Case {
    let mut script = Script::new("sessions do not touch each other");
    for session in NAMES {
        script.commit(session, vec![put("k", session), put(session.len().to_be_bytes(), "")]);
    }
    script.expect_all();
    for session in NAMES {
        script.claim(session);
        script.commit(session, vec![delete("k"), put("m", session)]);
    }
    script.end()
}

fn cleared_alone() -> Case {
    let mut script = Script::new("a session is cleared alone");
    for session in NAMES {
        script.commit(session, vec![put("k", session)]);
    }
    script.commit("a", vec![Change::Clear]);
    script.expect_all();
    script.reopen();
    script.commit("", vec![Change::Clear]);
    script.end()
}

fn torn() -> Case {
    let mut script = Script::new("a commit that is cut off");
    script.commit("b", vec![put("k", "beside")]);
    script.commit("a", vec![put("k", "1"), put("l", "2")]);
    for cut in [0, 1, 8, 32, 64, 100, 128, 200, 240, 254, 255] {
        let changes = vec![
            put("k", [cut; 30]),
            delete("l"),
            put([cut], ""),
            Change::Mark,
            put("l", [cut; 50]),
        ];
        script.torn("a", changes, cut);
        script.torn("a", vec![Change::Clear, put("n", "1")], cut);
        script.commit("a", vec![put("o", [cut])]);
    }
    // The first of all.
    script.torn("c", vec![Change::Clear, put("k", "1")], 128);
    script.end()
}

fn torn_large() -> Case {
    let mut script = Script::new("a large commit that is cut off");
    for cut in [1, 100, 255] {
        script.torn("a", vec![put("k", vec![cut; 100_000]), put([cut], vec![1; 5000])], cut);
    }
    script.end()
}
