//! Matching allocates nothing. The allocator of this test counts per thread.

use crate::{Trie, filter, name};
use allocation_counter::measure;
use core::hint::black_box;
use mqtt_core::MatchScratch;
use std::hash::RandomState;

#[test]
fn matching_allocates_nothing() {
    let mut trie = Trie::<RandomState>::default();
    for key in 0..100 {
        for text in ["a/+/c", "a/#", "+/+/+", "a/b/c", "$share/g/a/b/c", "$share/h/#"] {
            trie.insert(filter(text), key, 0).unwrap();
        }
    }
    let mut scratch = MatchScratch::default();
    let topics = ["a/b/c", "a", "x/y/z", "$SYS/x", "a/b/c/d/e/f"];
    for topic in topics {
        black_box(trie.matches(name(topic), &mut scratch).count());
    }
    let info = measure(|| {
        for topic in topics {
            black_box(trie.matches(name(topic), &mut scratch).count());
            black_box(trie.count_matches(name(topic), &mut scratch));
            black_box(trie.matches_any(name(topic), &mut scratch));
            black_box(trie.matches(name(topic), &mut scratch).take(3).count());
            black_box(trie.resume(name(topic), &mut scratch).count());
        }
    });
    assert_eq!(info.count_total, 0, "{info:?}");
}
