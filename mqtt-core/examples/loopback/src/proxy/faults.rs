//! Which faults a connection meets: drawn from a seed, not from time.

use core::ops::{Range, RangeInclusive};
use core::time::Duration;

/// What a [`FaultProxy`](crate::FaultProxy) does to connections. The default: nothing.
///
/// Each connection draws its faults from the seed and its number, counted from 0, so that the same
/// seed means the same faults after the same bytes, however fast the machine is. Only delays depend
/// on how the bytes happen to arrive.
///
/// ```
/// use loopback::Faults;
/// let faults = Faults { seed: 7, cut: Some(1..=5_000), refuse: Some(0..=50), ..Faults::default() };
/// # assert!(faults.stall.is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    /// Where everything is drawn from.
    pub seed: u64,
    /// Cut a connection once that many bytes of one direction have passed. The direction is drawn.
    pub cut: Option<RangeInclusive<u64>>,
    /// Make a connection half open once that many bytes of one direction have passed: forward
    /// nothing more in this direction, or in both (drawn), and close nothing. If `cut` is set too,
    /// each connection draws one of the two.
    pub stall: Option<RangeInclusive<u64>>,
    /// How long a connection stalls, unless the client gives up before. Then it is cut.
    pub stall_for: Duration,
    /// Delay each chunk that arrives by that many milliseconds.
    pub delay: Option<RangeInclusive<u64>>,
    /// Forward that many bytes one at a time, 1 ms between them; then up to 16 times as many at
    /// once; and so on, in each direction.
    pub trickle: Option<RangeInclusive<u64>>,
    /// Refuse new connections for that many milliseconds after each connection's end.
    pub refuse: Option<RangeInclusive<u64>>,
    /// So many connections at once; more are closed as they come.
    pub max_connections: usize,
    /// So many bytes in all; then everything is cut for good.
    pub max_bytes: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Faults {
            seed: 0,
            cut: None,
            stall: None,
            stall_for: Duration::from_secs(5),
            delay: None,
            trickle: None,
            refuse: None,
            max_connections: 64,
            max_bytes: 1 << 30,
        }
    }
}

impl Faults {
    /// The faults of the connection of this number.
    pub(crate) fn plan(&self, connection: u64) -> Plan {
        // The next number of one stream is the seed of another, so that neighbours have nothing in
        // common.
        let mut numbers = Numbers(self.seed ^ Numbers(connection).next());
        let direction = if numbers.next() % 2 == 0 { Direction::Up } else { Direction::Down };
        let both = numbers.next() % 2 == 0;
        let cut_first = numbers.next() % 2 == 0;
        let cut = self.cut.as_ref().map(|range| (numbers.within(range), Kind::Cut));
        let stall = self.stall.as_ref().map(|range| (numbers.within(range), Kind::Stall { both }));
        let end = if cut_first { cut.or(stall) } else { stall.or(cut) };
        let refuse = self.refuse.as_ref().map(|range| numbers.within(range));
        let mut lane = |own| Lane {
            end: end.filter(|_| own == direction),
            delays: Numbers(numbers.next()),
            trickles: Numbers(numbers.next()),
            trickle: 0..0,
        };
        let (up, down) = (lane(Direction::Up), lane(Direction::Down));
        Plan { up, down, refuse: refuse.map(Duration::from_millis) }
    }
}

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the client.
    Up,
    /// To the client.
    Down,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Cut,
    Stall { both: bool },
}

/// The faults of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) up: Lane,
    pub(crate) down: Lane,
    pub(crate) refuse: Option<Duration>,
}

/// The faults of one direction of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lane {
    /// After how many bytes, and what.
    pub(crate) end: Option<(u64, Kind)>,
    delays: Numbers,
    trickles: Numbers,
    /// The bytes that go one at a time, now or next, counted from the connection's begin.
    trickle: Range<u64>,
}

/// What to do with the next bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Forward that many.
    Forward(usize),
    /// Forward one, slowly. The first of a row?
    Trickle { first: bool },
    /// The end has come.
    End(Kind),
}

impl Lane {
    /// What to do when `passed` bytes have passed and `waiting` more are here, at least one.
    pub(crate) fn step(&mut self, faults: &Faults, passed: u64, waiting: usize) -> Step {
        let mut most = waiting as u64;
        if let Some((at, kind)) = self.end {
            if passed >= at {
                self.end = None;
                return Step::End(kind);
            }
            most = most.min(at - passed);
        }
        if let Some(range) = &faults.trickle {
            if passed >= self.trickle.end {
                let length = self.trickles.within(range).max(1);
                let pause = self.trickles.within(&(0..=length.saturating_mul(16)));
                // The first row begins at once.
                let start = if passed == 0 { 0 } else { passed.saturating_add(pause) };
                self.trickle = start..start.saturating_add(length);
            }
            if passed >= self.trickle.start {
                return Step::Trickle { first: passed == self.trickle.start };
            }
            most = most.min(self.trickle.start - passed);
        }
        Step::Forward(usize::try_from(most).unwrap_or(waiting))
    }

    /// How long to hold back a chunk.
    pub(crate) fn delay(&mut self, faults: &Faults) -> Option<Duration> {
        faults.delay.as_ref().map(|range| Duration::from_millis(self.delays.within(range)))
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of the range; its start if the range is empty.
    fn within(&mut self, range: &RangeInclusive<u64>) -> u64 {
        let next = self.next();
        match range.end().saturating_sub(*range.start()).checked_add(1) {
            Some(width) => range.start() + next % width,
            None => next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_number_make_a_plan() {
        let faults = Faults {
            cut: Some(10..=1_000),
            stall: Some(20..=30),
            refuse: Some(1..=9),
            ..Faults::default()
        };
        let plans: Vec<Plan> = (0..50).map(|number| faults.plan(number)).collect();
        assert_eq!(plans, (0..50).map(|number| faults.plan(number)).collect::<Vec<_>>());
        let other = Faults { seed: 1, ..faults.clone() };
        assert_ne!(plans, (0..50).map(|number| other.plan(number)).collect::<Vec<_>>());

        let mut seen = [0; 5];
        for plan in plans {
            let (end, other) = (plan.up.end, plan.down.end);
            assert_eq!(other.is_some(), end.is_none());
            seen[usize::from(end.is_none())] += 1;
            match end.or(other).unwrap() {
                (at, Kind::Cut) if (10..=1_000).contains(&at) => seen[2] += 1,
                (at, Kind::Stall { both }) if (20..=30).contains(&at) => {
                    seen[3 + usize::from(both)] += 1;
                }
                end => panic!("{end:?}"),
            }
            assert!((1..=9).contains(&plan.refuse.unwrap().as_millis()));
        }
        assert!(seen.iter().all(|count| *count > 3), "{seen:?}");
    }

    #[test]
    fn no_step_passes_the_end_or_the_next_trickle() {
        let faults = Faults { cut: Some(500..=900), trickle: Some(3..=5), ..Faults::default() };
        let plan = faults.plan(0);
        let mut lane = if plan.up.end.is_some() { plan.up } else { plan.down };
        let (at, _) = lane.end.unwrap();
        let (mut passed, mut rows, mut single, mut many) = (0, 0, 0, 0);
        loop {
            match lane.step(&faults, passed, 10_000) {
                Step::Forward(count) => {
                    assert!(count > 0);
                    passed += count as u64;
                    many += 1;
                }
                Step::Trickle { first } => {
                    passed += 1;
                    rows += u64::from(first);
                    single += 1;
                }
                Step::End(kind) => {
                    assert_eq!((passed, kind), (at, Kind::Cut));
                    break;
                }
            }
        }
        assert!(rows > 1 && many > 1, "{rows} {many}");
        assert!((rows * 3 - 3..=rows * 5).contains(&single), "{rows} {single}");
    }
}
