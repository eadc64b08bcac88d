//! Subscriptions of one client that match the same message.

use allocation_counter::measure;
use core::hash::BuildHasherDefault;
use core::num::NonZeroU32;
use mqtt_core::{Granted, Overlaps, QoS, SubscriptionOptions};
use proptest::prelude::*;
use std::hash::RandomState;

use crate::Same;

fn granted() -> impl Strategy<Value = Granted> {
    let qos = prop_oneof![Just(QoS::AtMostOnce), Just(QoS::AtLeastOnce), Just(QoS::ExactlyOnce)];
    (qos, any::<bool>(), any::<bool>(), 0..5_u32).prop_map(|(qos, no_local, as_published, id)| {
        let options = SubscriptionOptions {
            qos,
            no_local,
            retain_as_published: as_published,
            ..SubscriptionOptions::DEFAULT
        };
        Granted { options, subscription_id: NonZeroU32::new(id) }
    })
}

/// Key, QoS, Retain As Published, identifiers.
type Merged = (u32, QoS, bool, Vec<u32>);

fn merged<S>(overlaps: &Overlaps<u32, S>) -> Vec<Merged> {
    let describe = |delivery: mqtt_core::MergedDelivery<'_, u32>| {
        let ids = delivery.subscription_ids().map(NonZeroU32::get).collect();
        (*delivery.key, delivery.qos, delivery.retain_as_published, ids)
    };
    overlaps.iter().map(describe).collect()
}

proptest! {
    #[test]
    fn each_client_gets_it_once_at_the_highest_qos(
        messages in prop::collection::vec(
            (prop::option::of(0..20_u32), prop::collection::vec((0..20_u32, granted()), 0..60)),
            1..5,
        ),
    ) {
        let mut overlaps = Overlaps::<u32, RandomState>::default();
        let mut same = Overlaps::<u32, BuildHasherDefault<Same>>::default();
        for (publisher, matches) in &messages {
            overlaps.start(*publisher);
            same.start(*publisher);
            let mut expected: Vec<Merged> = Vec::new();
            for (key, granted) in matches {
                overlaps.add(key, granted);
                same.add(key, granted);
                let options = granted.options;
                if options.no_local && *publisher == Some(*key) {
                    continue;
                }
                let at = expected.iter().position(|(other, ..)| other == key);
                let at = at.unwrap_or_else(|| {
                    expected.push((*key, QoS::AtMostOnce, false, Vec::new()));
                    expected.len() - 1
                });
                let (_, qos, as_published, ids) = &mut expected[at];
                *qos = options.qos.max(*qos);
                *as_published |= options.retain_as_published;
                ids.extend(granted.subscription_id.map(NonZeroU32::get));
            }
            prop_assert_eq!(overlaps.len(), expected.len());
            prop_assert_eq!(merged(&overlaps), &expected[..]);
            prop_assert_eq!(merged(&same), expected);
        }
    }
}

#[test]
fn merging_allocates_nothing_after_the_first_message() {
    let mut overlaps = Overlaps::<u32, RandomState>::default();
    let granted = Granted { subscription_id: NonZeroU32::new(7), ..Granted::default() };
    let mut message = || {
        overlaps.start(Some(1));
        for key in 0..300 {
            overlaps.add(&(key % 100), &granted);
        }
        assert_eq!(
            overlaps.iter().map(|delivery| delivery.subscription_ids().count()).sum::<usize>(),
            300
        );
    };
    message();
    let info = measure(message);
    assert_eq!(info.count_total, 0, "{info:?}");
}
