//! Who subscribes to what: filters in, topic names asked for.
//!
//! Filters and topics are text, and checked or taken apart inside the clock by all. Keys are numbers of
//! four bytes, values are empty. Every subscriber of every match is looked at.

pub mod measure;
pub mod memory;
mod mqtt_topic_engine;
mod ours;
mod rmqtt;
pub mod tables;
pub mod target;

use crate::row::Row;
use mqtt_benches::topics::{Mix, Texts, Workload};
use std::hint::black_box;

/// The peer with tables of standard hash maps.
pub const TOPIC_ENGINE: Row = Row::new("mqtt-topic-engine", "`TopicMatcherNode`");
/// The trie of a broker.
pub const RMQTT: Row = Row::new("rmqtt", "`trie::TopicTree`");

/// What is done with an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// The subscribers of a topic.
    Match,
    /// One more subscription.
    Insert,
    /// One less.
    Remove,
}

impl Work {
    /// Each.
    pub const ALL: [Work; 3] = [Work::Match, Work::Insert, Work::Remove];

    /// One word for tables and files.
    pub fn name(self) -> &'static str {
        ["match", "insert", "remove"][self as usize]
    }
}

/// Where in the tables a figure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which filters and topics.
    pub mix: Mix,
    /// How many filters.
    pub size: usize,
    /// What is done.
    pub work: Work,
}

/// An index under test.
pub trait Subscriptions: Default + 'static {
    /// Who.
    const ROW: Row;

    /// Adds a subscription that is not there yet.
    fn insert(&mut self, filter: &str, key: u32);

    /// Removes a subscription that is there.
    fn remove(&mut self, filter: &str, key: u32);

    /// Shows the subscribers of a topic.
    fn matches(&mut self, topic: &str, visitor: impl FnMut(u32));

    /// Called when all has been removed: gives back what only matching needs, and fails if anything
    /// is left that was promised not to be.
    fn settle(&mut self) {}
}

/// The same, whoever it is. All loops are inside, so that calls within them are direct.
pub trait Contestant {
    /// Who.
    fn row(&self) -> Row;

    /// Begins anew.
    fn renew(&mut self);

    /// Adds a subscription that is not there yet.
    fn insert(&mut self, filter: &str, key: u32);

    /// Removes a subscription that is there.
    fn remove(&mut self, filter: &str, key: u32);

    /// Matches a topic, and looks at each subscriber.
    fn match_one(&mut self, topic: &str) -> u64;

    /// The subscribers of a topic, in order.
    fn found(&mut self, topic: &str) -> Vec<u32>;

    /// See [`Subscriptions::settle`].
    fn settle(&mut self);

    /// Adds all subscriptions.
    fn insert_all(&mut self, filters: &Texts);

    /// Removes them.
    fn remove_all(&mut self, workload: &Workload);

    /// Matches all topics, and looks at each subscriber.
    fn match_all(&mut self, topics: &Texts) -> u64;
}

impl<T: Subscriptions> Contestant for T {
    fn row(&self) -> Row {
        T::ROW
    }

    fn renew(&mut self) {
        *self = T::default();
    }

    fn insert(&mut self, filter: &str, key: u32) {
        Subscriptions::insert(self, filter, key);
    }

    fn remove(&mut self, filter: &str, key: u32) {
        Subscriptions::remove(self, filter, key);
    }

    fn match_one(&mut self, topic: &str) -> u64 {
        let mut sum = 0_u64;
        self.matches(topic, |key| sum = sum.wrapping_add(black_box(key).into()));
        sum
    }

    fn found(&mut self, topic: &str) -> Vec<u32> {
        let mut keys = Vec::new();
        self.matches(topic, |key| keys.push(key));
        keys.sort_unstable();
        keys
    }

    fn settle(&mut self) {
        Subscriptions::settle(self);
    }

    fn insert_all(&mut self, filters: &Texts) {
        for (key, filter) in filters.iter().enumerate() {
            Subscriptions::insert(self, filter, key as u32);
        }
    }

    fn remove_all(&mut self, workload: &Workload) {
        for &key in &workload.removal {
            Subscriptions::remove(self, workload.filters.get(key as usize), key);
        }
    }

    fn match_all(&mut self, topics: &Texts) -> u64 {
        topics.iter().fold(0, |sum, topic| sum.wrapping_add(self.match_one(topic)))
    }
}

/// All of them, ours first, each empty.
pub fn contestants() -> Vec<Box<dyn Contestant>> {
    vec![
        Box::<ours::Ours>::default(),
        Box::<mqtt_topic_engine::Matcher>::default(),
        Box::<rmqtt::Tree>::default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::measure::Judge;
    use super::*;
    use ::rumqttc::mqttbytes;
    use std::collections::HashSet;

    #[test]
    fn all_find_the_same_at_every_fill() {
        for mix in Mix::ALL {
            let workload = Workload::new(mix, 1_000);
            let (first, second) = workload.removal.split_at(500);
            let (mut full, mut half, mut empty) = Default::default();
            for mut trie in contestants() {
                let compare = |judge: &mut Judge, trie: &mut dyn Contestant| {
                    judge.compare(trie, &workload).expect("all find the same");
                };
                trie.insert_all(&workload.filters);
                compare(&mut full, &mut *trie);
                for (removed, judge) in [(first, &mut half), (second, &mut empty)] {
                    for &key in removed {
                        trie.remove(workload.filters.get(key as usize), key);
                    }
                    compare(judge, &mut *trie);
                }
                trie.settle();
            }
            assert!(full.matches(&workload) > half.matches(&workload));
            assert!(half.matches(&workload) > 0.0);
            assert_eq!(empty.matches(&workload), 0.0);
        }
    }

    /// The judge of all is a matcher that is none of them, and compares filter by filter.
    #[test]
    fn what_is_found_is_what_matches() {
        for mix in Mix::ALL {
            let workload = Workload::new(mix, 1_000);
            let mut trie = contestants().swap_remove(0);
            trie.insert_all(&workload.filters);
            let topics: HashSet<&str> = workload.topics.iter().take(100).collect();
            for topic in topics {
                let matches = |filter: &(usize, &str)| mqttbytes::matches(topic, filter.1);
                let filters = workload.filters.iter().enumerate().filter(matches);
                let expected: Vec<u32> = filters.map(|(key, _)| key as u32).collect();
                assert_eq!(trie.found(topic), expected, "{topic}");
            }
        }
    }

    /// Each contestant, at each kind of work.
    #[test]
    fn a_run_measures_everything() {
        let effort =
            crate::measure::Effort { rounds: 1, slice: std::time::Duration::from_micros(1) };
        let outcome = measure::measure(Mix::Plain, 500, effort).expect("all find the same");
        assert_eq!(outcome.series.len(), contestants().len() * Work::ALL.len());
        assert!(outcome.series.iter().all(|series| series.median() > 0.0));
    }
}
