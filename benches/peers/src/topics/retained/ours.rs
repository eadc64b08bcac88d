//! mqtt-core: `RetainedIndex` with the hasher of its examples, and memory for lookups that is kept.

use super::Names;
use crate::row::{OURS, Row};
use mqtt_benches::retained::{self, Index};
use mqtt_core::RetainedCursor;
use std::hash::RandomState;

#[derive(Default)]
pub(super) struct Ours {
    index: Index<RandomState>,
    cursor: RetainedCursor,
}

impl Names for Ours {
    const ROW: Row = OURS;

    #[inline]
    fn insert(&mut self, name: &str, value: u32) {
        retained::insert(&mut self.index, name, value);
    }

    #[inline]
    fn look_up(&mut self, filter: &str, visitor: impl FnMut(u32)) {
        retained::look_up(&self.index, filter, &mut self.cursor, visitor);
    }
}
