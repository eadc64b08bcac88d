//! The clock: rounds in which everyone takes a turn.
//!
//! The machine drifts (frequency, neighbours), so no figure stands alone: within a round all do the
//! same work right after each other, the order rotating from round to round, and each ratio is taken
//! within a round. What is reported is the median over the rounds. Each round's figure is the median of
//! many short runs, so that it holds on a machine that does other things beside.

use crate::row::Row;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Rounds; an odd number has a true median.
    pub rounds: usize,
    /// Time under the clock of one row at one place in one round.
    pub slice: Duration,
}

/// What was measured of one row at one place of the tables.
#[derive(Clone, Debug)]
pub struct Series<P> {
    /// What work.
    pub place: P,
    /// Who.
    pub row: Row,
    /// Nanoseconds for each thing done, one entry per round.
    pub ns: Vec<f64>,
}

impl<P> Series<P> {
    /// Of each of these, with nothing measured.
    pub fn of(place: P, rows: &[Row]) -> impl Iterator<Item = Self>
    where
        P: Copy,
    {
        rows.iter().map(move |&row| Series { place, row, ns: Vec::new() })
    }

    /// One row at one place; all do all.
    pub fn get(series: &[Self], place: P, row: Row) -> &Self
    where
        P: PartialEq,
    {
        let found = series.iter().find(|series| series.place == place && series.row == row);
        found.expect("all do all")
    }

    /// The median of the rounds.
    pub fn median(&self) -> f64 {
        median(&self.ns)
    }

    /// The best round.
    pub fn fastest(&self) -> f64 {
        self.ns.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

/// Work under the clock.
pub trait Job {
    /// Puts everything in place for the next run; outside the clock.
    fn prepare(&mut self) {}

    /// The work. The result only keeps it from being optimised away.
    fn run(&mut self) -> u64;
}

/// One cell of a table: a job and the number of things that one run of it does.
pub struct Cell {
    /// Who.
    pub row: Row,
    /// The work.
    pub job: Box<dyn Job>,
    /// Packets or messages per run.
    pub packets: usize,
}

/// Times cells; those at the same place, which follow each other, take turns.
pub fn measure_cells<P: Copy + PartialEq>(
    cells: Vec<(P, Cell)>,
    effort: Effort,
    clock_cost: Duration,
) -> Vec<Series<P>> {
    let lane = |(place, cell): (P, Cell)| {
        let series = Series { place, row: cell.row, ns: Vec::new() };
        Lane::new(cell, series, effort.slice)
    };
    let mut lanes: Vec<Lane<P>> = cells.into_iter().map(lane).collect();
    for round in 0..effort.rounds {
        for column in lanes.chunk_by_mut(|a, b| a.series.place == b.series.place) {
            for turn in turns(round, column.len()) {
                column[turn].sample(clock_cost);
            }
        }
    }
    lanes.into_iter().map(|lane| lane.series).collect()
}

/// Runs per sample at least: enough for the median to ignore the few that were interrupted.
const RUNS: usize = 9;

/// One cell with its results.
struct Lane<P> {
    cell: Cell,
    series: Series<P>,
    /// Runs of a sample.
    runs: usize,
}

impl<P> Lane<P> {
    fn new(mut cell: Cell, series: Series<P>, slice: Duration) -> Self {
        let runs = runs(slice, RUNS, || run(&mut cell));
        Lane { cell, series, runs }
    }

    fn sample(&mut self, clock_cost: Duration) {
        let ns = sample(self.runs, clock_cost, || run(&mut self.cell));
        self.series.ns.push(ns / self.cell.packets as f64);
    }
}

fn run(cell: &mut Cell) -> Duration {
    cell.job.prepare();
    let start = Instant::now();
    black_box(cell.job.run());
    start.elapsed()
}

/// The middle of `values`.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

/// How many times as long `slow` takes as `fast`: the median of the ratios of each round.
pub fn ratio<P>(slow: &Series<P>, fast: &Series<P>) -> f64 {
    let ratios: Vec<f64> = slow.ns.iter().zip(&fast.ns).map(|(slow, fast)| slow / fast).collect();
    median(&ratios)
}

/// Whose turn it is in a round, one after the other: someone else begins each round.
pub fn turns(round: usize, count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |turn| (turn + round) % count)
}

/// The median of `runs` runs, in nanoseconds: one that another program interrupted does not count.
/// `run` says how long it was under the clock, which it read `clock_cost` too late.
pub fn sample(runs: usize, clock_cost: Duration, mut run: impl FnMut() -> Duration) -> f64 {
    // Whoever ran before left its own code and data in the caches.
    for _ in 0..runs.div_ceil(20) {
        run();
    }
    let times: Vec<f64> =
        (0..runs).map(|_| run().saturating_sub(clock_cost).as_nanos() as f64).collect();
    median(&times)
}

/// How many runs fill a slice, at least `least`; they warm up what is run.
pub fn runs(slice: Duration, least: usize, mut run: impl FnMut() -> Duration) -> usize {
    let mut spent = Duration::ZERO;
    let mut runs = 0;
    while spent < slice || runs < least {
        spent += run();
        runs += 1;
    }
    runs
}

/// Frees one large block, after which glibc no longer hands blocks of our sizes back to the system
/// at every turn. Whether it did would hang on the heap's layout, and charge some peers for page
/// faults in one run and not in the next.
pub fn settle_allocator() {
    drop(black_box(vec![0_u8; 16 << 20]));
}

/// What reading the clock twice costs: it would be a good part of a short run.
pub fn clock_cost() -> Duration {
    let mut costs: Vec<Duration> = (0..10_001).map(|_| Instant::now().elapsed()).collect();
    costs.sort();
    costs[costs.len() / 2]
}
