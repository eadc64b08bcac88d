//! mqtt-topic-engine 0.2: the trie below its `TopicRouter`, with a short list of keys for each filter,
//! which is smaller and faster than the hash tables that the crate is ready for. The router keeps every
//! filter a second time, to remove it by number, and takes longer for all.

use super::{Subscriptions, TOPIC_ENGINE};
use crate::row::Row;
use mqtt_topic_engine::topic_matcher::{Len, TopicMatcherNode};
use mqtt_topic_engine::{CacheStrategy, TopicPath, TopicPatternPath};

#[derive(Default)]
pub(super) struct Matcher(TopicMatcherNode<Keys>);

#[derive(Default)]
struct Keys(Vec<u32>);

impl Len for Keys {
    fn len(&self) -> usize {
        self.0.len()
    }
}

fn pattern(filter: &str) -> TopicPatternPath {
    TopicPatternPath::new_from_string(filter, CacheStrategy::NoCache)
        .expect("workloads hold valid filters")
}

impl Subscriptions for Matcher {
    const ROW: Row = TOPIC_ENGINE;

    #[inline]
    fn insert(&mut self, filter: &str, key: u32) {
        let keys = self.0.get_or_create_subscription_table(&pattern(filter));
        assert!(!keys.0.contains(&key), "{filter:?} was there");
        keys.0.push(key);
    }

    #[inline]
    fn remove(&mut self, filter: &str, key: u32) {
        let remove = |keys: &mut Keys| {
            let at = keys.0.iter().position(|other| *other == key).expect("the key was there");
            keys.0.swap_remove(at);
        };
        self.0.update_node(pattern(filter).slice(), remove).expect("the filter was there");
    }

    #[inline]
    fn matches(&mut self, topic: &str, mut visitor: impl FnMut(u32)) {
        let topic = TopicPath::new(topic).expect("workloads hold valid topics");
        for keys in self.0.find_by_path(&topic) {
            keys.0.iter().for_each(|key| visitor(*key));
        }
    }
}
