//! rmqtt 0.24: the tree below its store of retained messages, which also wraps each message with its
//! expiry behind a lock. Of what a lookup yields the name, as a list of levels, is not looked at.

use super::{Names, RMQTT};
use crate::row::Row;
use crate::topics::parsed;
use rmqtt::retain::RetainTree;

#[derive(Default)]
pub(super) struct Tree(RetainTree<u32>);

impl Names for Tree {
    const ROW: Row = RMQTT;

    #[inline]
    fn insert(&mut self, name: &str, value: u32) {
        self.0.insert(&parsed(name), value);
    }

    #[inline]
    fn look_up(&mut self, filter: &str, visitor: impl FnMut(u32)) {
        self.0.matches(&parsed(filter)).into_iter().map(|(_, value)| value).for_each(visitor);
    }
}
