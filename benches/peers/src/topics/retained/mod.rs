//! Which retained names a filter matches.
//!
//! Filters are text, and checked or taken apart inside the clock by all. Values are numbers of four bytes,
//! and each that is found is looked at.

pub mod measure;
mod ours;
mod rmqtt;
mod scan;
pub mod tables;
pub mod target;

use crate::row::Row;
use mqtt_benches::retained::{Kind, Workload};
use mqtt_benches::topics::Texts;
use std::hint::black_box;

/// The retained messages of a broker.
pub const RMQTT: Row = Row::new("rmqtt", "`retain::RetainTree`");
/// A list from end to end.
pub const SCAN: Row = Row::new("rumqttc", "`matches`, name by name");

/// Where in the tables a figure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where the wildcards are.
    pub kind: Kind,
    /// How many names.
    pub size: usize,
}

/// An index under test.
pub trait Names: Default + 'static {
    /// Who.
    const ROW: Row;

    /// Of how many lookups the time is taken, from the first on.
    const LOOKUPS: usize = usize::MAX;

    /// Adds a name that is not there yet.
    fn insert(&mut self, name: &str, value: u32);

    /// Shows the values of the names that a filter matches.
    fn look_up(&mut self, filter: &str, visitor: impl FnMut(u32));
}

/// The same, whoever it is. All loops are inside, so that calls within them are direct.
pub trait Contestant {
    /// Who.
    fn row(&self) -> Row;

    /// Adds all names.
    fn insert_all(&mut self, names: &Texts);

    /// The values of the names that a filter matches, in order.
    fn found(&mut self, filter: &str) -> Vec<u32>;

    /// Looks up all filters, or the first ones where that would take too long, and looks at each value.
    fn look_up_all(&mut self, filters: &Texts) -> u64;

    /// How many filters that is.
    fn lookups(&self, filters: &Texts) -> usize;
}

impl<T: Names> Contestant for T {
    fn row(&self) -> Row {
        T::ROW
    }

    fn insert_all(&mut self, names: &Texts) {
        for (value, name) in names.iter().enumerate() {
            self.insert(name, value as u32);
        }
    }

    fn found(&mut self, filter: &str) -> Vec<u32> {
        let mut values = Vec::new();
        self.look_up(filter, |value| values.push(value));
        values.sort_unstable();
        values
    }

    fn look_up_all(&mut self, filters: &Texts) -> u64 {
        let mut sum = 0_u64;
        for filter in filters.iter().take(T::LOOKUPS) {
            self.look_up(filter, |value| sum = sum.wrapping_add(black_box(value).into()));
        }
        sum
    }

    fn lookups(&self, filters: &Texts) -> usize {
        filters.len().min(T::LOOKUPS)
    }
}

/// All of them, ours first, each empty.
pub fn contestants() -> Vec<Box<dyn Contestant>> {
    vec![Box::<ours::Ours>::default(), Box::<rmqtt::Tree>::default(), Box::<scan::Scan>::default()]
}

/// What one contestant needs for so many names.
#[derive(Clone, Debug)]
pub struct Memory {
    /// How many names.
    pub size: usize,
    /// Who: the name of the crate.
    pub peer: String,
    /// Bytes on the heap as they were asked for.
    pub heap: f64,
    /// Allocations per lookup.
    pub calls: f64,
}

/// Prints what each contestant needs, for [`Memory::parse`]; `count` is that of the allocator.
pub fn print_memory(size: usize, count: super::Count) {
    let workload = Workload::new(size);
    for mut index in contestants() {
        let start = count().0;
        index.insert_all(&workload.names);
        let heap = count().0 - start;
        let mut calls = 0.0;
        let mut lookups = 0;
        for kind in Kind::ALL {
            let filters = workload.lookups(kind);
            // The first time memory for looking up may grow.
            index.look_up_all(filters);
            let start = count().1;
            index.look_up_all(filters);
            calls += count().1 - start;
            lookups += index.lookups(filters);
        }
        println!("{size}\t{}\t{heap}\t{}", index.row().peer, calls / lookups as f64);
    }
}

impl Memory {
    /// What [`print_memory`] said, a line.
    pub fn parse(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split('\t').collect();
        let [size, peer, heap, calls] = fields[..] else { return None };
        let (heap, calls) = (heap.parse().ok()?, calls.parse().ok()?);
        Some(Memory { size: size.parse().ok()?, peer: peer.to_owned(), heap, calls })
    }
}

#[cfg(test)]
mod tests {
    use super::measure::{build, measure};
    use super::*;
    use crate::measure::Effort;
    use std::time::Duration;

    #[test]
    fn all_find_the_same_names_and_all_is_measured() {
        let effort = Effort { rounds: 1, slice: Duration::from_micros(1) };
        let mut loads = [2_000, 4_000].map(build);
        let series = measure(&mut loads, effort).expect("all find the same");
        assert_eq!(series.len(), loads.len() * contestants().len() * Kind::ALL.len());
        assert!(series.iter().all(|series| series.median() > 0.0));
    }
}
