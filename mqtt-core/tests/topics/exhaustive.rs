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
fn short_filters_cover_and_overlap_like_the_names_they_match() {
    // Names go further than filters, so that each difference shows.
    compare_filters(&texts("a/+#$", 4), &texts("a/$", 6));
}

#[test]
fn deep_filters_cover_and_overlap_like_the_names_they_match() {
    let names = topics(&["", "a", "b", "$x"], 4);
    let mut filters = topics(&["", "a", "b", "$x", "+"], 4);
    let parents = topics(&["", "a", "b", "$x", "+"], 3);
    filters.extend(parents.iter().map(|parent| format!("{parent}/#")));
    filters.push(String::from("#"));
    compare_filters(&filters, &names);
}

/// All topics of one to `depth` of these levels; the one that is empty too.
fn topics(levels: &[&str], depth: usize) -> Vec<String> {
    let mut all: Vec<_> = levels.iter().copied().map(String::from).collect();
    let mut from = 0;
    for _ in 1..depth {
        let longest = from..all.len();
        from = all.len();
        for index in longest {
            all.extend(
                levels.iter().map(|level| format!("{}/{level}", all[index])).collect::<Vec<_>>(),
            );
        }
    }
    all
}

/// Compares all pairs of filters with the names that they match. What is no filter or no name is left out.
fn compare_filters(filter_texts: &[String], name_texts: &[String]) {
    let (filters, names) = (filters(filter_texts), names(name_texts));
    // A bit for each name.
    let matched: Vec<Vec<u64>> = filters
        .iter()
        .map(|filter| {
            let bit = |name: &TopicName<'_>| naive::matches(filter.as_str(), name.as_str());
            let word =
                |names: &[_]| names.iter().fold(0, |word, name| word << 1 | u64::from(bit(name)));
            names.chunks(64).map(word).collect()
        })
        .collect();
    let mut counts = [0; 3];
    for (a, by_a) in filters.iter().zip(&matched) {
        for (b, by_b) in filters.iter().zip(&matched) {
            let mut words = by_a.iter().zip(by_b);
            let covered = words.clone().all(|(a, b)| b & !a == 0);
            let overlap = words.any(|(a, b)| a & b != 0);
            assert_eq!(a.covers(*b), covered, "{a} {b}");
            assert_eq!(a.overlaps(*b), overlap, "{a} {b}");
            counts[usize::from(covered) + usize::from(overlap)] += 1;
        }
    }
    assert!(counts.iter().all(|&count| count > 900), "{counts:?}");
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
