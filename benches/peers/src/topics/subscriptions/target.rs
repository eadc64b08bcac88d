//! What was measured of the tries, and the targets it is held against.

use super::memory::Memory;
use super::{Place, RMQTT, Work};
use crate::measure::{Series, ratio};
use crate::row::{OURS, Row};
use crate::target::Target;
use mqtt_benches::topics::{Mix, size_name};

/// One workload, measured.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Which filters and topics.
    pub mix: Mix,
    /// How many filters.
    pub size: usize,
    /// Subscribers for each topic, on average.
    pub matches: f64,
}

impl Load {
    /// How the tables call it.
    pub fn name(self) -> String {
        format!("{}, {}", self.mix.name(), size_name(self.size))
    }
}

/// All that was measured.
#[derive(Debug, Default)]
pub struct Results {
    /// What was run.
    pub loads: Vec<Load>,
    /// Times.
    pub series: Vec<Series<Place>>,
    /// Memory.
    pub memory: Vec<Memory>,
}

impl Results {
    /// The times of one kind of work, ours first.
    pub fn column(&self, load: Load, work: Work) -> impl Iterator<Item = &Series<Place>> {
        let place = Place { mix: load.mix, size: load.size, work };
        self.series.iter().filter(move |series| series.place == place)
    }

    /// The times of one row.
    pub fn get(&self, load: Load, work: Work, row: Row) -> &Series<Place> {
        self.column(load, work).find(|series| series.row == row).expect("all do all")
    }

    /// The peer with the lowest median.
    pub fn fastest_peer(&self, load: Load, work: Work) -> &Series<Place> {
        self.column(load, work)
            .filter(|series| series.row.is_peer())
            .min_by(|a, b| a.median().total_cmp(&b.median()))
            .expect("there are peers")
    }

    /// The memory of one row.
    pub fn memory(&self, load: Load, row: Row) -> &Memory {
        self.memory
            .iter()
            .find(|memory| (memory.mix, memory.size, memory.row) == (load.mix, load.size, row))
            .expect("all are counted")
    }
}

/// Below so many filters a table that has just grown decides how many bytes there are for each.
const MEMORY_FROM: usize = 100_000;

/// All targets of subscriptions, for each workload that was run.
pub fn targets(results: &Results) -> Vec<Target> {
    let mut targets = Vec::new();
    for &load in &results.loads {
        let name = load.name();
        let against = |work: Work, peer: Row, limits, remark: &str| {
            let times = ratio(results.get(load, work, peer), results.get(load, work, OURS));
            let (work, peer) = (work.name(), peer.peer);
            Target::times(format!("{name}: {work}, times as fast as {peer}{remark}"), times, limits)
        };
        let memory = results.memory(load, OURS);
        targets.push(against(Work::Match, super::TOPIC_ENGINE, (1.8, 2.5), ""));
        let must = if load.size < 10_000_000 { 4.0 } else { 3.0 };
        targets.push(against(Work::Match, RMQTT, (must, must), ""));
        let what = format!("{name}: allocations per match");
        targets.push(Target::at_most(what, memory.calls, (0.0, 0.0), ""));
        for (work, limits) in [(Work::Insert, (1.8, 2.5)), (Work::Remove, (1.5, 2.0))] {
            let peer = results.fastest_peer(load, work).row;
            targets.push(against(work, peer, limits, ", the fastest peer"));
        }
        let what = format!("{name}: heap after all is removed");
        targets.push(Target::at_most(what, memory.left, (0.0, 0.0), " B"));
        if load.size >= MEMORY_FROM {
            let what = format!("{name}: resident memory per filter");
            let bytes = memory.resident / load.size as f64;
            targets.push(Target::at_most(what, bytes, (120.0, 75.0), " B"));
        }
    }
    targets
}
