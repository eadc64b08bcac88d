//! Filters and topics that every benchmark of an index reads: the same in every run.
//!
//! A broker of sensors: `region/{r}/site/{s}/device/{d}/{metric}`. Filters are all different, each has
//! one subscriber, whose key is the filter's number. Devices could publish to about as many topics as
//! there are filters, with the mix `wildcards` to five times as many.
//!
//! | mix | filters | 10,000 topics |
//! |---|---|---|
//! | plain | 80 % exact, 15 % one `+`, 4 % ending in `/#`, 1 % several `+` | any |
//! | skewed | the same | by Zipf's law; 30 % have an exact filter, the others have none |
//! | wildcards | 46 % exact, 49 % one `+`, 4 % ending in `/#`, 1 % several `+` | any |
//! | names | as plain, but each device has a name of twelve hex digits, not a number in its site | any |
//!
//! A `+` stands in any of the four places, `#` instead of device or metric; but of `region/{r}/site/{s}/#`
//! and the like there are only so many.

use crate::random::Random;
use core::fmt::{self, Write};
use std::collections::HashSet;

/// How many topics a workload has.
pub const TOPICS: usize = 10_000;

/// The sizes of the tables: filters.
pub const SIZES: [usize; 4] = [1_000, 100_000, 1_000_000, 10_000_000];

pub(crate) const METRICS: [&str; 10] = [
    "temperature",
    "humidity",
    "pressure",
    "vibration",
    "state",
    "power",
    "voltage",
    "current",
    "alarm",
    "uptime",
];

/// Which filters and topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// Mostly exact filters.
    Plain,
    /// The same, and some topics are much more frequent than others.
    Skewed,
    /// As many filters with `+` as without.
    Wildcards,
    /// Levels that no other device has.
    Names,
}

impl Mix {
    /// Each.
    pub const ALL: [Mix; 4] = [Mix::Plain, Mix::Skewed, Mix::Wildcards, Mix::Names];

    /// One word for tables and arguments.
    pub fn name(self) -> &'static str {
        ["plain", "skewed", "wildcards", "names"][self as usize]
    }

    /// What it holds, for a legend.
    pub fn title(self) -> &'static str {
        match self {
            Mix::Plain => "80 % exact, 15 % one `+`, 4 % `/#`, 1 % several `+`; any topics",
            Mix::Skewed => "the same filters; topics by Zipf's law, 30 % with an exact filter",
            Mix::Wildcards => "46 % exact, 49 % one `+`, 4 % `/#`, 1 % several `+`; any topics",
            Mix::Names => "as plain, each device with a name of its own, 12 hex digits",
        }
    }

    /// Percent of filters with one `+`.
    fn single(self) -> u64 {
        if self == Mix::Wildcards { 49 } else { 15 }
    }
}

/// How a size is written: 1k, 1M.
pub fn size_name(size: usize) -> String {
    match size {
        0..1_000 => size.to_string(),
        1_000..1_000_000 if size % 1_000 == 0 => format!("{}k", size / 1_000),
        _ if size % 1_000_000 == 0 => format!("{}M", size / 1_000_000),
        _ => size.to_string(),
    }
}

/// The name of its own that a device has.
pub(crate) fn device_name(device: usize) -> String {
    format!("{:012x}", Random::new(device as u64).below(1 << 48))
}

/// Many short texts in one piece, so that they cost no time and little memory.
#[derive(Debug, Default)]
pub struct Texts {
    text: String,
    ends: Vec<u32>,
}

impl Texts {
    /// Adds one.
    pub fn push(&mut self, text: impl fmt::Display) {
        write!(self.text, "{text}").expect("a string takes all");
        self.ends.push(u32::try_from(self.text.len()).expect("four gigabytes of text are enough"));
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// One of them.
    pub fn get(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start as usize..self.ends[index] as usize]
    }

    /// All of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index))
    }
}

/// What an index of subscriptions is filled with, asked for, and emptied by.
#[derive(Debug)]
pub struct Workload {
    /// The filters, none twice; the number of each is the key of its subscriber.
    pub filters: Texts,
    /// Topic names.
    pub topics: Texts,
    /// The numbers of the filters in the order in which they are removed, which has no pattern.
    pub removal: Vec<u32>,
}

impl Workload {
    /// A workload with `size` filters.
    pub fn new(mix: Mix, size: usize) -> Self {
        let mut random = Random::new(1);
        let space = Space::new(mix, size);
        let mut known = HashSet::with_capacity(size);
        let mut filters = Texts::default();
        let mut exact = Vec::new();
        while filters.len() < size {
            let percent = random.below(100);
            // Of the kind that was drawn, so that the shares stay.
            let levels = loop {
                let levels = space.draw(mix, percent, &mut random);
                if known.insert(levels) {
                    break levels;
                }
            };
            if levels.is_exact() {
                exact.push(levels);
            }
            filters.push(Text(space, levels));
        }

        let mut topics = Texts::default();
        for _ in 0..TOPICS {
            let levels = match mix {
                Mix::Skewed if random.below(100) < 30 => {
                    exact[random.zipf(exact.len() as u64) as usize]
                }
                Mix::Skewed => loop {
                    let rank = random.zipf(space.topics());
                    // What is asked for most is not all in one site.
                    let levels = space.topic(rank.wrapping_mul(0x9E37_79B9_7F4A_7C15));
                    if !known.contains(&levels) {
                        break levels;
                    }
                },
                _ => space.topic(random.word()),
            };
            topics.push(Text(space, levels));
        }

        let mut removal: Vec<u32> = (0..size as u32).collect();
        random.shuffle(&mut removal);
        Workload { filters, topics, removal }
    }
}

/// How many regions, sites in a region and devices at a site there are.
#[derive(Clone, Copy)]
struct Space {
    counts: [u32; 4],
    names: bool,
}

/// The four levels that differ, of a filter or a topic.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Levels([u32; 4]);

const SINGLE: u32 = u32::MAX;
/// The level is `#`, and so, for all that matters, are those behind it.
const MULTI: u32 = u32::MAX - 1;

impl Levels {
    fn is_exact(self) -> bool {
        self.0.iter().all(|level| *level < MULTI)
    }
}

impl Space {
    fn new(mix: Mix, size: usize) -> Self {
        // So that a topic matches as many filters as it did where the targets were measured.
        let [regions, sites, devices] = match size {
            0..=1_000 => [2, 2, 25],
            1_001..=100_000 => [4, 5, 500],
            100_001..=1_000_000 => [5, 12, 1_667],
            _ => [16, 16, 3_907],
        };
        // There are only so many filters with `+` for each topic.
        let devices = if mix == Mix::Wildcards { 5 * devices } else { devices };
        let counts = [regions, sites, devices, METRICS.len() as u32];
        Space { counts, names: mix == Mix::Names }
    }

    fn topics(self) -> u64 {
        self.counts.iter().map(|count| u64::from(*count)).product()
    }

    /// One of all topics.
    fn topic(self, number: u64) -> Levels {
        let mut rest = number % self.topics();
        let mut levels = self.counts.map(|count| {
            let level = rest % u64::from(count);
            rest /= u64::from(count);
            level as u32
        });
        if self.names {
            // The number among all devices, not among those of its site.
            let [regions, sites, ..] = self.counts;
            levels[2] = (levels[2] * sites + levels[1]) * regions + levels[0];
        }
        Levels(levels)
    }

    /// A filter of the kind that `percent` stands for.
    fn draw(self, mix: Mix, percent: u64, random: &mut Random) -> Levels {
        let Levels(mut levels) = self.topic(random.word());
        match percent {
            0 => {
                levels[random.below(2) as usize] = SINGLE;
                levels[3] = SINGLE;
            }
            1..5 => levels[random.below(2) as usize + 2..].fill(MULTI),
            percent if percent < 5 + mix.single() => levels[random.below(4) as usize] = SINGLE,
            _ => {}
        }
        Levels(levels)
    }
}

/// A filter or a topic as it is written.
struct Text(Space, Levels);

impl fmt::Display for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Text(space, Levels(levels)) = self;
        for (at, word) in ["region/", "/site/", "/device/", "/"].into_iter().enumerate() {
            if levels[at] == MULTI {
                return out.write_str("/#");
            }
            out.write_str(word)?;
            match levels[at] {
                SINGLE => out.write_str("+")?,
                metric if at == 3 => out.write_str(METRICS[metric as usize])?,
                device if at == 2 && space.names => {
                    out.write_str(&device_name(device as usize))?;
                }
                number => write!(out, "{number}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subscriptions::{self, Trie, insert_all};
    use mqtt_core::MatchScratch;
    use std::hash::RandomState;

    #[test]
    fn filters_have_the_announced_shares_and_none_is_there_twice() {
        for mix in Mix::ALL {
            let Workload { filters, removal, .. } = Workload::new(mix, 100_000);
            let mut counts = [0; 4];
            for filter in filters.iter() {
                let kind = match filter.matches('+').count() {
                    _ if filter.ends_with("/#") => 2,
                    singles => singles.min(2) + usize::from(singles > 1),
                };
                counts[kind] += 1;
            }
            let expected = if mix == Mix::Wildcards { [46, 49, 4, 1] } else { [80, 15, 4, 1] };
            for (count, percent) in counts.into_iter().zip(expected) {
                assert!((count - percent * 1_000_i32).abs() < 500, "{mix:?}: {counts:?}");
            }
            assert_eq!(filters.iter().collect::<HashSet<_>>().len(), 100_000);
            assert_eq!(removal.iter().collect::<HashSet<_>>().len(), 100_000);
        }
    }

    #[test]
    fn a_workload_is_the_same_each_time() {
        let Workload { filters, topics, removal } = Workload::new(Mix::Plain, 1_000);
        let again = Workload::new(Mix::Plain, 1_000);
        assert!(filters.iter().eq(again.filters.iter()) && topics.iter().eq(again.topics.iter()));
        assert_eq!(removal, again.removal);
    }

    #[test]
    fn topics_match_as_many_filters_as_announced() {
        for (size, announced) in [(1_000, 3.7), (100_000, 4.6)] {
            let Workload { filters, topics, .. } = Workload::new(Mix::Plain, size);
            let mut trie: Trie<RandomState> = Trie::default();
            insert_all(&mut trie, &filters);
            let mut scratch = MatchScratch::default();
            let mut found = 0;
            for topic in topics.iter() {
                subscriptions::matches(&trie, topic, &mut scratch, |_| found += 1);
            }
            let each = f64::from(found) / topics.len() as f64;
            assert!((each - announced).abs() < 0.2, "{each} at {size}");
        }
    }

    #[test]
    fn skewed_topics_repeat_and_a_third_has_an_exact_filter() {
        let Workload { filters, topics, .. } = Workload::new(Mix::Skewed, 100_000);
        let exact: HashSet<&str> = filters.iter().collect();
        let hits = topics.iter().filter(|topic| exact.contains(topic)).count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
        let different = topics.iter().collect::<HashSet<_>>().len();
        assert!((2_000..8_000).contains(&different), "{different}");
    }
}
