//! Retained names and filters that look for them, the same in every run, and our index driven over them.
//!
//! Ten metrics of each device at each of ten sites in each of ten regions, with as many devices as it
//! takes: `region/{r}/site/{s}/device/{d}/{metric}`. Every second device has a number at its site, the
//! others a name of twelve hex digits that no other has. Names come in an order without a pattern.
//! Each lookup finds [`HITS`] names.

use crate::random::Random;
use crate::topics::{METRICS, Texts, device_name};
use core::hash::BuildHasher;
use core::hint::black_box;
use mqtt_core::{RetainedCursor, RetainedIndex, TopicFilter, TopicName};

/// How many names each lookup finds.
pub const HITS: usize = 10;

/// How many lookups of each kind there are.
pub const LOOKUPS: usize = 10_000;

/// How many names: the sizes of the tables.
pub const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];

/// How many regions there are, and sites in a region. Each may be what a `+` stands for.
const PLACES: usize = HITS;

/// Where the wildcards are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A `+` for the first level that differs.
    Region,
    /// A `+` for the next one.
    Site,
    /// A `+` at the end.
    Metric,
    /// A `#` at the end.
    Below,
    /// A `+` for all but the name of a device.
    Device,
}

impl Kind {
    /// Each.
    pub const ALL: [Kind; 5] = [Kind::Region, Kind::Site, Kind::Metric, Kind::Below, Kind::Device];

    /// One word for tables and arguments.
    pub fn name(self) -> &'static str {
        ["region", "site", "metric", "below", "device"][self as usize]
    }

    /// The filters, for a legend.
    pub fn title(self) -> &'static str {
        match self {
            Kind::Region => "region/+/site/{s}/device/{d}/{metric}",
            Kind::Site => "region/{r}/site/+/device/{d}/{metric}",
            Kind::Metric => "region/{r}/site/{s}/device/{d}/+",
            Kind::Below => "region/{r}/site/{s}/device/{d}/#",
            Kind::Device => "region/+/site/+/device/{name}/+",
        }
    }
}

/// What an index of retained names is filled with and asked for.
#[derive(Debug)]
pub struct Workload {
    /// The names, none twice; the number of each is its value.
    pub names: Texts,
    /// By kind.
    lookups: [Texts; 5],
}

impl Workload {
    /// A workload with `size` names, a multiple of 2,000.
    pub fn new(size: usize) -> Self {
        let mut random = Random::new(2);
        let mut numbers: Vec<u32> = (0..size as u32).collect();
        random.shuffle(&mut numbers);
        let mut names = Texts::default();
        for number in numbers {
            names.push(Name::new(number as usize).text());
        }
        let lookups = Kind::ALL.map(|kind| {
            let mut filters = Texts::default();
            for _ in 0..LOOKUPS {
                let mut name = Name::new(random.below(size as u64) as usize);
                // Those with a name are found by it.
                name.device = name.device / 2 * 2 + usize::from(kind == Kind::Device);
                filters.push(name.filter(kind));
            }
            filters
        });
        Workload { names, lookups }
    }

    /// The filters of a kind.
    pub fn lookups(&self, kind: Kind) -> &Texts {
        &self.lookups[kind as usize]
    }
}

/// The levels that differ.
struct Name {
    region: usize,
    site: usize,
    device: usize,
    metric: usize,
}

impl Name {
    fn new(number: usize) -> Self {
        let (rest, metric) = (number / METRICS.len(), number % METRICS.len());
        let (rest, region) = (rest / PLACES, rest % PLACES);
        Name { region, site: rest % PLACES, device: rest / PLACES, metric }
    }

    fn text(&self) -> String {
        let Name { region, site, metric, .. } = *self;
        let (device, metric) = (self.device(), METRICS[metric]);
        format!("region/{region}/site/{site}/device/{device}/{metric}")
    }

    fn filter(&self, kind: Kind) -> String {
        let Name { region, site, metric, .. } = *self;
        let (device, metric) = (self.device(), METRICS[metric]);
        match kind {
            Kind::Region => format!("region/+/site/{site}/device/{device}/{metric}"),
            Kind::Site => format!("region/{region}/site/+/device/{device}/{metric}"),
            Kind::Metric => format!("region/{region}/site/{site}/device/{device}/+"),
            Kind::Below => format!("region/{region}/site/{site}/device/{device}/#"),
            Kind::Device => format!("region/+/site/+/device/{device}/+"),
        }
    }

    fn device(&self) -> String {
        if self.device % 2 == 0 {
            return self.device.to_string();
        }
        device_name((self.device * PLACES + self.site) * PLACES + self.region)
    }
}

/// An index with numbers for values.
pub type Index<S> = RetainedIndex<u32, S>;

/// Adds a name that is not there yet.
#[inline]
pub fn insert<S: BuildHasher>(index: &mut Index<S>, name: &str, value: u32) {
    let name = TopicName::new(name).expect("workloads hold valid names");
    let old = index.insert(name, value).expect("there is room");
    assert!(old.is_none(), "{name:?} was there");
}

/// Adds all names.
pub fn insert_all<S: BuildHasher>(index: &mut Index<S>, names: &Texts) {
    for (value, name) in names.iter().enumerate() {
        insert(index, name, value as u32);
    }
}

/// Shows the value of each name that a filter matches to `visitor`.
#[inline]
pub fn look_up<S: BuildHasher>(
    index: &Index<S>,
    filter: &str,
    cursor: &mut RetainedCursor,
    mut visitor: impl FnMut(u32),
) {
    let filter = TopicFilter::new(filter).expect("workloads hold valid filters");
    for found in index.lookup(filter, cursor) {
        visitor(*found.value);
    }
}

/// Looks up all filters, and looks at each value.
pub fn look_up_all<S: BuildHasher>(
    index: &Index<S>,
    filters: &Texts,
    cursor: &mut RetainedCursor,
) -> u64 {
    let mut sum = 0_u64;
    for filter in filters.iter() {
        look_up(index, filter, cursor, |value| sum = sum.wrapping_add(black_box(value).into()));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::hash::RandomState;

    #[test]
    fn no_name_is_there_twice_and_each_lookup_finds_as_many_as_announced() {
        for size in [2_000, SIZES[1]] {
            let workload = Workload::new(size);
            assert_eq!(workload.names.iter().collect::<HashSet<_>>().len(), size);
            let mut index: Index<RandomState> = Index::default();
            insert_all(&mut index, &workload.names);
            let mut cursor = RetainedCursor::default();
            for kind in Kind::ALL {
                assert_eq!(workload.lookups(kind).len(), LOOKUPS);
                for filter in workload.lookups(kind).iter() {
                    let mut found = HashSet::new();
                    look_up(&index, filter, &mut cursor, |value| assert!(found.insert(value)));
                    assert_eq!(found.len(), HITS, "{filter}");
                }
            }
        }
    }
}
