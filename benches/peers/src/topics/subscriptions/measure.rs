//! Times every contestant on one workload, after all have found the same.

use super::{Contestant, Place, Work, contestants};
use crate::measure::{Effort, Series, median, runs, sample, settle_allocator, turns};
use crate::topics::processor_time;
use mqtt_benches::topics::{Mix, Workload};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// With more filters only one contestant is in memory at a time, and all is inserted and removed once.
pub const TOGETHER: usize = 1_000_000;

/// What one workload gave.
#[derive(Debug)]
pub struct Outcome {
    /// The times.
    pub series: Vec<Series<Place>>,
    /// Subscribers for each topic, on average.
    pub matches: f64,
}

/// Runs one workload, each contestant with the same filters and topics.
///
/// # Errors
/// Two do not find the same subscribers; says who and where.
pub fn measure(mix: Mix, size: usize, effort: Effort) -> Result<Outcome, String> {
    settle_allocator();
    let workload = Workload::new(mix, size);
    let mut tries = contestants();
    let together = if size > TOGETHER { 1 } else { tries.len() };
    let mut judge = Judge::default();
    let mut series = Vec::new();
    for group in tries.chunks_mut(together) {
        let mut insert = Vec::new();
        for trie in &mut *group {
            insert.push(vec![timed(|| trie.insert_all(&workload.filters)) / size as f64]);
            judge.compare(&mut **trie, &workload)?;
        }
        let matches = matches(group, &workload, effort);
        let mut remove = vec![Vec::new(); group.len()];
        if together == 1 {
            remove[0].push(timed(|| group[0].remove_all(&workload)) / size as f64);
            group[0].settle();
        } else {
            (insert, remove) = churn(group, &workload, effort);
        }
        for (work, times) in Work::ALL.into_iter().zip([matches, insert, remove]) {
            for (trie, ns) in group.iter().zip(times) {
                let place = Place { mix, size, work };
                series.push(Series { place, row: trie.row(), ns });
            }
        }
        group.iter_mut().for_each(|trie| trie.renew());
    }
    Ok(Outcome { series, matches: judge.matches(&workload) })
}

/// What the first contestant found, topic by topic.
#[derive(Default)]
pub(super) struct Judge(Vec<Vec<u32>>);

impl Judge {
    pub(super) fn compare(
        &mut self,
        trie: &mut dyn Contestant,
        workload: &Workload,
    ) -> Result<(), String> {
        for (index, topic) in workload.topics.iter().enumerate() {
            let found = trie.found(topic);
            match self.0.get(index) {
                None => self.0.push(found),
                Some(expected) if *expected == found => {}
                Some(expected) => {
                    return Err(format!(
                        "{} finds {found:?} for {topic}, not {expected:?}",
                        trie.row().peer
                    ));
                }
            }
        }
        Ok(())
    }

    pub(super) fn matches(&self, workload: &Workload) -> f64 {
        let found: usize = self.0.iter().map(Vec::len).sum();
        found as f64 / workload.topics.len() as f64
    }
}

/// Runs under the clock per sample at least.
const RUNS: usize = 3;

/// Nanoseconds per topic, of each contestant in each round.
fn matches(
    tries: &mut [Box<dyn Contestant>],
    workload: &Workload,
    effort: Effort,
) -> Vec<Vec<f64>> {
    let run = |trie: &mut dyn Contestant| {
        processor_time(|| {
            black_box(trie.match_all(black_box(&workload.topics)));
        })
    };
    let counts: Vec<usize> =
        tries.iter_mut().map(|trie| runs(effort.slice, RUNS, || run(&mut **trie))).collect();
    let mut times = vec![Vec::new(); tries.len()];
    for round in 0..effort.rounds {
        for turn in turns(round, tries.len()) {
            let ns = sample(counts[turn], Duration::ZERO, || run(&mut *tries[turn]));
            times[turn].push(ns / workload.topics.len() as f64);
        }
    }
    times
}

/// Nanoseconds per filter to add and to remove, of each contestant in each round. All are full at the
/// beginning, and at the end.
fn churn(
    tries: &mut [Box<dyn Contestant>],
    workload: &Workload,
    effort: Effort,
) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let (mut insert, mut remove) = (vec![Vec::new(); tries.len()], vec![Vec::new(); tries.len()]);
    let filters = workload.filters.len() as f64;
    for round in 0..effort.rounds {
        for turn in turns(round, tries.len()) {
            let trie = &mut tries[turn];
            let (mut inserts, mut removes) = (Vec::new(), Vec::new());
            let mut spent = Duration::ZERO;
            while spent < effort.slice {
                let start = Instant::now();
                removes.push(timed(|| trie.remove_all(workload)));
                trie.settle();
                trie.renew();
                inserts.push(timed(|| trie.insert_all(&workload.filters)));
                spent += start.elapsed();
            }
            insert[turn].push(median(&inserts) / filters);
            remove[turn].push(median(&removes) / filters);
        }
    }
    (insert, remove)
}

/// Nanoseconds.
fn timed(work: impl FnOnce()) -> f64 {
    processor_time(work).as_nanos() as f64
}
