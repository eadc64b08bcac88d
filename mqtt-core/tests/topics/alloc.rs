//! Nothing here allocates. The allocator of this test counts per thread.

use crate::{filter, name};
use allocation_counter::measure;
use core::fmt::{self, Write};
use core::hint::black_box;
use mqtt_core::{TopicFilter, TopicName, Version, mapping};

/// Takes text and keeps none of it.
struct Count(usize);

impl Write for Count {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

#[test]
fn the_counter_counts() {
    let info = measure(|| drop(black_box(vec![0_u8; 100])));
    assert_eq!(info.count_total, 1);
}

#[test]
fn parsing_matching_and_comparing_allocate_nothing() {
    let slashes = "/".repeat(65_535);
    let pluses = format!("{}+", "+/".repeat(32_767));
    let texts = ["a/b/c", "+/b/+", "$share/g/+/#", "#", "$SYS/x", "a/+b", "", &slashes, &pluses];
    let info = measure(|| {
        for text in texts {
            for version in [Version::V311, Version::V5] {
                match TopicFilter::for_version(text, version) {
                    Ok(filter) => {
                        for other in texts {
                            if let Ok(name) = TopicName::new(other) {
                                black_box(filter.matches(name));
                                black_box(filter.covers(TopicFilter::from(name)));
                                black_box(filter.overlaps(TopicFilter::from(name)));
                            }
                        }
                        black_box((filter.share_name(), filter.filter(), filter.has_wildcards()));
                        black_box((filter.levels().rev().count(), filter.level_count()));
                    }
                    Err(error) => {
                        let mut text = Count(0);
                        write!(text, "{error} {error:?}").expect("counting");
                        assert!(text.0 > 0 && error.statement(Version::V5).is_some());
                    }
                }
            }
        }
    });
    assert_eq!(info.count_total, 0, "{info:?}");
}

#[test]
fn mapping_allocates_nothing() {
    let info = measure(|| {
        let mut out = [0; 255];
        let (_, key) = mapping::name_to_exchange(name("orders/eu/new")).expect("a key");
        assert_eq!(key.write_to_slice(&mut out), Ok("eu.new"));
        assert_eq!(key, "eu.new");
        let mapped = mapping::binding_key_to_filter("a.*.#").expect("a filter");
        assert_eq!(mapped.write_to_slice(&mut out), Ok("a/+/#"));
        let refused = mapping::filter_to_binding_key(filter("a.b")).expect_err("a dot");
        let mut text = Count(0);
        write!(text, "{mapped} {mapped:?} {refused} {refused:?}").expect("counting");
        assert!(text.0 > 0);
    });
    assert_eq!(info.count_total, 0, "{info:?}");
}

#[cfg(feature = "alloc")]
#[test]
fn a_string_takes_one_allocation() {
    let info = measure(|| {
        let mapped = mapping::kafka_topic_to_name("a.b.c.d.e.f").expect("a name");
        assert_eq!(String::from(mapped), "a/b/c/d/e/f");
    });
    assert_eq!(info.count_total, 1, "{info:?}");
}
