//! The clock: rounds in which every codec takes its turn on every case.
//!
//! The machine drifts (frequency, neighbours), so no figure stands alone: within a round all codecs
//! run the same case right after each other, the order rotating from round to round, and each ratio
//! is taken within a round. What is reported is the median over the rounds. Each round's figure is the
//! median of many short runs, so that it holds on a machine that does other things beside.

use crate::job::{Cell, Direction, Row};
use crate::peer::cells;
use mqtt_benches::corpus::{Case, Protocol};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Rounds; an odd number has a true median.
    pub rounds: usize,
    /// Time under the clock of one codec on one case in one round.
    pub slice: Duration,
}

/// What was measured of one codec on one case.
#[derive(Clone, Debug)]
pub struct Series {
    /// Which way.
    pub direction: Direction,
    /// Which version.
    pub protocol: Protocol,
    /// Which packets.
    pub case: Case,
    /// Who.
    pub row: Row,
    /// Nanoseconds per packet, one entry per round.
    pub ns: Vec<f64>,
}

impl Series {
    /// The median of the rounds.
    pub fn median(&self) -> f64 {
        median(&self.ns)
    }

    /// The best round.
    pub fn fastest(&self) -> f64 {
        self.ns.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

/// The middle of `values`.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

/// How many times as long `slow` takes as `fast`: the median of the ratios of each round.
pub fn ratio(slow: &Series, fast: &Series) -> f64 {
    let ratios: Vec<f64> = slow.ns.iter().zip(&fast.ns).map(|(slow, fast)| slow / fast).collect();
    median(&ratios)
}

/// Runs everything; `progress` hears what comes next.
pub fn measure(effort: Effort, mut progress: impl FnMut(&str)) -> Vec<Series> {
    settle_allocator();
    let clock_cost = clock_cost();
    let mut all = Vec::new();
    for direction in Direction::ALL {
        for protocol in Protocol::ALL {
            progress(&format!("{} {}", direction.name(), protocol.name()));
            let mut lanes: Vec<Lane> = Vec::new();
            for case in Case::ALL {
                for cell in cells(direction, protocol, case) {
                    let series =
                        Series { direction, protocol, case, row: cell.row, ns: Vec::new() };
                    lanes.push(Lane::new(cell, series, effort.slice));
                }
            }
            for round in 0..effort.rounds {
                for column in lanes.chunk_by_mut(|a, b| a.series.case == b.series.case) {
                    let count = column.len();
                    for turn in 0..count {
                        column[(turn + round) % count].sample(clock_cost);
                    }
                }
            }
            all.extend(lanes.into_iter().map(|lane| lane.series));
        }
    }
    all
}

/// Runs per sample at least: enough for the median to ignore the few that were interrupted.
const RUNS: usize = 9;

/// One cell with its results.
struct Lane {
    cell: Cell,
    series: Series,
    /// Nanoseconds of each run of a sample.
    runs: Vec<f64>,
}

impl Lane {
    /// Warms the job up and finds how many runs fill a slice.
    fn new(mut cell: Cell, series: Series, slice: Duration) -> Self {
        let mut spent = Duration::ZERO;
        let mut runs = 0;
        while spent < slice || runs < RUNS {
            spent += run(&mut cell);
            runs += 1;
        }
        Lane { cell, series, runs: vec![0.0; runs] }
    }

    /// Takes the median of many short runs: one that another program interrupted does not count.
    fn sample(&mut self, clock_cost: Duration) {
        // Whoever ran before left its own code and data in the caches.
        for _ in 0..self.runs.len().div_ceil(20) {
            run(&mut self.cell);
        }
        for time in &mut self.runs {
            *time = run(&mut self.cell).saturating_sub(clock_cost).as_nanos() as f64;
        }
        self.series.ns.push(median(&self.runs) / self.cell.packets as f64);
    }
}

fn run(cell: &mut Cell) -> Duration {
    cell.job.prepare();
    let start = Instant::now();
    black_box(cell.job.run());
    start.elapsed()
}

/// Frees one large block, after which glibc no longer hands blocks of our sizes back to the system
/// at every turn. Whether it did would hang on the heap's layout, and charge some peers for page
/// faults in one run and not in the next.
fn settle_allocator() {
    drop(black_box(vec![0_u8; 16 << 20]));
}

/// What reading the clock twice costs: it would be a good part of a short run.
fn clock_cost() -> Duration {
    let mut costs: Vec<Duration> = (0..10_001).map(|_| Instant::now().elapsed()).collect();
    costs.sort();
    costs[costs.len() / 2]
}
