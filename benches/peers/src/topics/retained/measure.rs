//! Times every contestant at every size in turn, after all have found the same.

use super::{Contestant, Place, contestants};
use crate::measure::{Effort, Series, runs, sample, settle_allocator, turns};
use crate::topics::processor_time;
use mqtt_benches::retained::{HITS, Kind, Workload};
use mqtt_benches::topics::Texts;
use std::hint::black_box;
use std::time::Duration;

/// Names, and all contestants with them.
pub struct Load {
    /// How many names.
    size: usize,
    workload: Workload,
    indexes: Vec<Box<dyn Contestant>>,
}

/// Adds so many names to all.
pub fn build(size: usize) -> Load {
    settle_allocator();
    let workload = Workload::new(size);
    let mut indexes = contestants();
    indexes.iter_mut().for_each(|index| index.insert_all(&workload.names));
    Load { size, workload, indexes }
}

/// Runs under the clock per sample at least.
const RUNS: usize = 3;

/// Nanoseconds per lookup. All sizes are there at the same time and take turns, for a target compares them.
///
/// # Errors
/// Two do not find the same names; says who and where.
pub fn measure(loads: &mut [Load], effort: Effort) -> Result<Vec<Series<Place>>, String> {
    let mut series = Vec::new();
    for kind in Kind::ALL {
        let mut jobs = Vec::new();
        for Load { size, workload, indexes } in &mut *loads {
            let filters = workload.lookups(kind);
            compare(indexes, filters)?;
            let place = Place { kind, size: *size };
            jobs.extend(indexes.iter_mut().map(|index| (place, index, filters)));
        }
        let run = |index: &mut dyn Contestant, filters: &Texts| {
            processor_time(|| {
                black_box(index.look_up_all(black_box(filters)));
            })
        };
        let counts: Vec<usize> = jobs
            .iter_mut()
            .map(|(_, index, filters)| runs(effort.slice, RUNS, || run(&mut ***index, filters)))
            .collect();
        let mut times = vec![Vec::new(); jobs.len()];
        for round in 0..effort.rounds {
            for turn in turns(round, jobs.len()) {
                let (_, index, filters) = &mut jobs[turn];
                let ns = sample(counts[turn], Duration::ZERO, || run(&mut ***index, filters));
                times[turn].push(ns / index.lookups(filters) as f64);
            }
        }
        let jobs = jobs.iter().zip(times);
        series.extend(jobs.map(|((place, index, _), ns)| Series {
            place: *place,
            row: index.row(),
            ns,
        }));
    }
    Ok(series)
}

/// Fails if two do not find the same names by a filter, or not as many as announced.
fn compare(indexes: &mut [Box<dyn Contestant>], filters: &Texts) -> Result<(), String> {
    // Scanning a million names takes too long for more.
    for filter in filters.iter().take(10) {
        let expected = indexes[0].found(filter);
        if expected.len() != HITS {
            return Err(format!("{filter} finds {expected:?}, which are not {HITS}"));
        }
        for index in &mut *indexes {
            let found = index.found(filter);
            if found != expected {
                let peer = index.row().peer;
                return Err(format!("{peer} finds {found:?} by {filter}, not {expected:?}"));
            }
        }
    }
    Ok(())
}
