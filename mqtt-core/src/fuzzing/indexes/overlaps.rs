//! Several subscriptions of one client that match the same message, merged.

use super::Finds;
use super::input::{Hashing, Input};
use crate::{Granted, Overlaps, QoS, SubscriptionOptions};
use core::num::NonZeroU32;
use std::vec::Vec;

/// Key, QoS, Retain As Published, identifiers.
type Merged = (u32, QoS, bool, Vec<u32>);

/// Messages, one after the other.
pub(super) struct Messages(Overlaps<u32, Hashing>);

impl Messages {
    pub(super) fn new(hashing: Hashing) -> Self {
        Self(Overlaps::with_hasher(hashing))
    }

    /// One more message.
    pub(super) fn next(&mut self, input: &mut Input<'_>, finds: &mut Finds) {
        let publisher = Some(u32::from(input.byte())).filter(|key| *key < 64);
        self.0.start(publisher);
        assert!(self.0.is_empty());
        let mut expected: Vec<Merged> = Vec::new();
        for _ in 0..input.byte() % 64 {
            let (key, flags) = (u32::from(input.byte() % 64), input.byte());
            let qos = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][usize::from(flags % 3)];
            let id = NonZeroU32::new(u32::from(flags >> 5));
            let options = SubscriptionOptions {
                qos,
                no_local: flags & 8 != 0,
                retain_as_published: flags & 16 != 0,
                ..SubscriptionOptions::DEFAULT
            };
            self.0.add(&key, &Granted { options, subscription_id: id });
            if options.no_local && publisher == Some(key) {
                continue;
            }
            let at = expected.iter().position(|(other, ..)| *other == key);
            let at = at.unwrap_or_else(|| {
                expected.push((key, QoS::AtMostOnce, false, Vec::new()));
                expected.len() - 1
            });
            let (_, highest, as_published, ids) = &mut expected[at];
            *highest = qos.max(*highest);
            *as_published |= options.retain_as_published;
            ids.extend(id.map(NonZeroU32::get));
        }
        let merged: Vec<Merged> = self.0.iter().map(describe).collect();
        finds.extend(merged.iter().map(|(key, ..)| *key));
        assert_eq!(merged, expected);
        assert_eq!(self.0.len(), expected.len());
        if input.byte() % 8 == 1 {
            self.0 = self.0.clone();
            assert!(self.0.iter().map(describe).eq(expected));
        }
    }
}

fn describe(delivery: crate::MergedDelivery<'_, u32>) -> Merged {
    let ids = delivery.subscription_ids().map(NonZeroU32::get).collect();
    (*delivery.key, delivery.qos, delivery.retain_as_published, ids)
}
