//! All short names and filters.

use crate::naive;
use crate::{name, texts};
use mqtt_core::{TopicFilter, TopicName, Version};

const LEN: usize = 6;

/// All legal filters among the texts. None is long enough to be shared.
fn filters(texts: &[String]) -> Vec<TopicFilter<'_>> {
    texts.iter().filter_map(|text| TopicFilter::new(text).ok()).collect()
}

fn names(texts: &[String]) -> Vec<TopicName<'_>> {
    texts.iter().filter_map(|text| TopicName::new(text).ok()).collect()
}

#[test]
fn short_texts_are_judged_like_the_naive_way() {
    let mut legal = 0;
    for text in texts("a/+#$\0", LEN) {
        assert_eq!(TopicName::new(&text).is_ok(), naive::is_name(&text), "{text:?}");
        let expected = naive::is_filter(&text);
        legal += usize::from(expected);
        for version in [Version::V311, Version::V5] {
            let filter = TopicFilter::for_version(&text, version);
            assert_eq!(filter.is_ok(), expected, "{text:?}");
        }
        // The same behind a share name, and as one.
        for text in
            [format!("$share/g/{text}"), format!("$share/{text}/b"), format!("$share{text}")]
        {
            let filter = TopicFilter::new(&text);
            match naive::shared(&text) {
                Some((share_name, inner)) => {
                    let filter = filter.expect("a shared filter");
                    assert_eq!(filter.share_name(), Some(share_name));
                    assert_eq!(filter.filter().as_str(), inner);
                }
                None if text.starts_with("$share/") => assert!(filter.is_err(), "{text:?}"),
                None => assert_eq!(filter.is_ok(), naive::is_filter(&text), "{text:?}"),
            }
            let unshared = TopicFilter::for_version(&text, Version::V311);
            assert_eq!(unshared.is_ok(), naive::is_filter(&text), "{text:?}");
        }
    }
    assert!(legal > 1000, "{legal}");
}

#[test]
fn short_filters_match_short_names_like_the_naive_way() {
    let (filter_texts, name_texts) = (texts("a/+#$", LEN), texts("a/$", LEN));
    let (filters, names) = (filters(&filter_texts), names(&name_texts));
    let mut counts = [0_u32; 2];
    for filter in &filters {
        for &name in &names {
            let expected = naive::matches(filter.as_str(), name.as_str());
            assert_eq!(filter.matches(name), expected, "{filter} {name}");
            counts[usize::from(expected)] += 1;
        }
    }
    assert!(counts.iter().all(|&count| count > 10_000), "{counts:?}");
}

/// Long equal parts before, between and behind what is short: the comparison goes by chunks.
#[test]
fn short_differences_count_at_every_place() {
    for begin in 0..20 {
        let begin = "site/north/room-22/x"[..begin].trim_end_matches('/');
        for filter_text in texts("a/+#", 3) {
            let filter_text = format!("{begin}/{filter_text}");
            let Ok(filter) = TopicFilter::new(&filter_text) else { continue };
            for name_text in texts("a/", 4) {
                for name_text in [format!("{begin}/{name_text}"), format!("{begin}{name_text}")] {
                    let Ok(name) = TopicName::new(&name_text) else { continue };
                    let expected = naive::matches(&filter_text, &name_text);
                    assert_eq!(filter.matches(name), expected, "{filter} {name}");
                }
            }
        }
    }
}

#[test]
fn a_filter_covers_another_if_it_matches_all_that_the_other_matches() {
    // Names go further than filters, so that each difference shows.
    let (filter_texts, name_texts) = (texts("a/+#$", 4), texts("a/$", 6));
    let filters = filters(&filter_texts);
    let matched: Vec<Vec<bool>> = filters
        .iter()
        .map(|filter| names(&name_texts).into_iter().map(|name| filter.matches(name)).collect())
        .collect();
    let mut count = 0;
    for (wide, by_wide) in filters.iter().zip(&matched) {
        for (narrow, by_narrow) in filters.iter().zip(&matched) {
            let expected = by_narrow.iter().zip(by_wide).all(|(narrow, wide)| wide | !narrow);
            assert_eq!(wide.covers(*narrow), expected, "{wide} {narrow}");
            count += usize::from(expected);
        }
    }
    assert!(count > 900, "{count}");
}

#[test]
fn levels_are_those_of_split() {
    for text in texts("a/$", 6) {
        if text.is_empty() {
            continue;
        }
        let expected: Vec<_> = text.split('/').collect();
        let levels = name(&text).levels();
        assert!(levels.clone().eq(expected.iter().copied()));
        assert!(levels.rev().eq(expected.iter().rev().copied()));
        assert_eq!(name(&text).level_count(), expected.len());
        let shared = format!("$share/g/{text}");
        let filter = TopicFilter::new(&shared).expect("a filter");
        assert!(filter.levels().eq(expected.iter().copied()));
        assert_eq!(filter.level_count(), expected.len());
    }
}
