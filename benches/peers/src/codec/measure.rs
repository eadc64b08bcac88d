//! Times every codec on every case.

use crate::codec::job::{Cell, Direction, Place};
use crate::codec::peer::cells;
use crate::measure::{Effort, Series, clock_cost, runs, sample, settle_allocator, turns};
use mqtt_benches::corpus::{Case, Protocol};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Runs everything; `progress` hears what comes next.
pub fn measure(effort: Effort, mut progress: impl FnMut(&str)) -> Vec<Series<Place>> {
    settle_allocator();
    let clock_cost = clock_cost();
    let mut all = Vec::new();
    for direction in Direction::ALL {
        for protocol in Protocol::ALL {
            progress(&format!("{} {}", direction.name(), protocol.name()));
            let mut lanes: Vec<Lane> = Vec::new();
            for case in Case::ALL {
                for cell in cells(direction, protocol, case) {
                    let place = Place { direction, protocol, case };
                    let series = Series { place, row: cell.row, ns: Vec::new() };
                    lanes.push(Lane::new(cell, series, effort.slice));
                }
            }
            for round in 0..effort.rounds {
                for column in lanes.chunk_by_mut(|a, b| a.series.place == b.series.place) {
                    for turn in turns(round, column.len()) {
                        column[turn].sample(clock_cost);
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
    series: Series<Place>,
    /// Runs of a sample.
    runs: usize,
}

impl Lane {
    fn new(mut cell: Cell, series: Series<Place>, slice: Duration) -> Self {
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
