//! rmqtt 0.24: the trie of its router, with a set of keys for each filter. Of what a match yields the
//! filter, as a list of levels, is not looked at.

use super::{RMQTT, Subscriptions};
use crate::row::Row;
use crate::topics::parsed;
use rmqtt::trie::TopicTree;

#[derive(Default)]
pub(super) struct Tree(TopicTree<u32>);

impl Subscriptions for Tree {
    const ROW: Row = RMQTT;

    #[inline]
    fn insert(&mut self, filter: &str, key: u32) {
        assert!(self.0.insert(&parsed(filter), key), "{filter:?} was there");
    }

    #[inline]
    fn remove(&mut self, filter: &str, key: u32) {
        assert!(self.0.remove(&parsed(filter), &key), "{filter:?} was there");
    }

    #[inline]
    fn matches(&mut self, topic: &str, mut visitor: impl FnMut(u32)) {
        let topic = parsed(topic);
        for (_, keys) in self.0.matches(&topic).iter() {
            keys.into_iter().for_each(|key| visitor(*key));
        }
    }
}
