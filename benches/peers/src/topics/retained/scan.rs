//! A list of all names, each compared with the filter by rumqttc 0.25: what an index is there to avoid.

use super::{Names, SCAN};
use crate::row::Row;
use mqtt_benches::topics::Texts;
use rumqttc::mqttbytes;

#[derive(Default)]
pub(super) struct Scan(Texts);

impl Names for Scan {
    const ROW: Row = SCAN;
    const LOOKUPS: usize = 3;

    fn insert(&mut self, name: &str, _: u32) {
        // The value is the place in the list.
        self.0.push(name);
    }

    fn look_up(&mut self, filter: &str, visitor: impl FnMut(u32)) {
        let found = self.0.iter().enumerate().filter(|(_, name)| mqttbytes::matches(name, filter));
        found.map(|(value, _)| value as u32).for_each(visitor);
    }
}
