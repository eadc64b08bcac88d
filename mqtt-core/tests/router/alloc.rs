//! Routing allocates nothing. The allocator of this test counts per thread.

use crate::{name, router};
use allocation_counter::measure;
use core::hint::black_box;
use mqtt_core::MatchScratch;

#[test]
fn routing_allocates_nothing() {
    let mut router = router(&[
        "a/{x}/c",
        "a/{*rest}",
        "+/+/{y}",
        "a/b/c",
        "$share/g/a/{x}/c",
        "$share/h/{*all}",
        "a/{y}/c",
        "{{a}}/{x}",
    ]);
    router.set_fallback(Some(9));
    let mut scratch = MatchScratch::default();
    let topics = ["a/b/c", "a", "x/y/z", "$SYS/x", "a/b/c/d/e/f", "{a}/x"];
    for topic in topics {
        black_box(router.route(name(topic), &mut scratch).count());
    }
    let info = measure(|| {
        for topic in topics {
            for found in router.route(name(topic), &mut scratch) {
                black_box(found.captures.iter().count());
                black_box((found.captures.get("x"), found.captures.len()));
                black_box(found.id.and_then(|id| router.filter(id)));
            }
            black_box(router.most_specific(name(topic), &mut scratch).map(|found| found.id));
            if let Some(found) = router.most_specific_mut(name(topic), &mut scratch) {
                *found.handler += 1;
            }
            let mut matches = router.route_mut(name(topic), &mut scratch);
            while let Some(found) = matches.next_match() {
                *found.handler += found.captures.len() as u32;
            }
            black_box((router.filters().count(), router.iter().count()));
        }
    });
    assert_eq!(info.count_total, 0, "{info:?}");
}
