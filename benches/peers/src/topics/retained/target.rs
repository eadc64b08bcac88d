//! What was measured of the indexes of retained names, and the targets it is held against.

use super::{Memory, Place, SCAN};
use crate::measure::{Series, ratio};
use crate::row::{OURS, Row};
use crate::target::Target;
use mqtt_benches::retained::Kind;
use mqtt_benches::topics::size_name;

/// All that was measured.
#[derive(Debug, Default)]
pub struct Results {
    /// How many names, from few to many.
    pub sizes: Vec<usize>,
    /// Times.
    pub series: Vec<Series<Place>>,
    /// Memory.
    pub memory: Vec<Memory>,
}

impl Results {
    /// The times of all at one place, ours first.
    pub fn column(&self, kind: Kind, size: usize) -> impl Iterator<Item = &Series<Place>> {
        self.series.iter().filter(move |series| series.place == Place { kind, size })
    }

    /// The times of one row.
    pub fn get(&self, kind: Kind, size: usize, row: Row) -> &Series<Place> {
        self.column(kind, size).find(|series| series.row == row).expect("all do all")
    }

    /// The memory of one row.
    pub fn memory(&self, size: usize, row: Row) -> &Memory {
        let mut memory = self.memory.iter();
        memory
            .find(|memory| (memory.size, &*memory.peer) == (size, row.peer))
            .expect("all are counted")
    }
}

/// What the largest index is compared with.
const FEW: usize = 10_000;
const MANY: usize = 1_000_000;

/// All targets, for what was run.
pub fn targets(results: &Results) -> Vec<Target> {
    let mut targets = Vec::new();
    let has = |size| results.sizes.contains(&size);
    for kind in Kind::ALL.into_iter().filter(|_| has(MANY)) {
        let name = format!("retained, {}, {}", kind.name(), size_name(MANY));
        let many = results.get(kind, MANY, OURS);
        if has(FEW) {
            let what = format!("{name}: times as long as among {}", size_name(FEW));
            let times = ratio(many, results.get(kind, FEW, OURS));
            targets.push(Target::at_most(what, times, (3.0, 1.5), "x"));
        }
        let what = format!("{name}: times as fast as a linear scan");
        let times = ratio(results.get(kind, MANY, SCAN), many);
        targets.push(Target::times(what, times, (1_000.0, 1_000.0)));
    }
    for &size in &results.sizes {
        let what = format!("retained, {}: allocations per lookup", size_name(size));
        targets.push(Target::at_most(what, results.memory(size, OURS).calls, (0.0, 0.0), ""));
    }
    targets
}
