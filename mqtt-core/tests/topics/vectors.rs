//! The vectors shared with C and Python, see `README.md`.

use crate::name;
use mqtt_core::{TopicFilter, TopicName, Version};

/// The rows of a table without its header, as cells.
fn rows(table: &str, columns: usize) -> Vec<Vec<String>> {
    let rows: Vec<Vec<String>> =
        table.lines().skip(1).map(|line| line.split('\t').map(unescape).collect()).collect();
    assert!(rows.len() > 100 && rows.iter().all(|row| row.len() == columns));
    rows
}

/// The text of a cell, in which `\xHH` is a byte.
fn unescape(cell: &str) -> String {
    let mut parts = cell.split("\\x");
    let mut bytes = Vec::from(parts.next().unwrap_or_default());
    for part in parts {
        let (number, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(number, 16).expect("two digits"));
        bytes.extend(rest.bytes());
    }
    String::from_utf8(bytes).expect("text")
}

#[test]
fn names() {
    for row in rows(include_str!("names.tsv"), 3) {
        assert_eq!(TopicName::new(&row[0]).is_ok(), row[1] == "valid", "{row:?}");
    }
}

#[test]
fn filters() {
    let rows = rows(include_str!("filters.tsv"), 6);
    assert_eq!(rows.iter().filter(|row| row[5] == "spec").count(), 33);
    for row in rows {
        let [text, v311, v5, share_name, inner, _] = &row[..] else { panic!("{row:?}") };
        for (version, verdict) in [(Version::V31, v311), (Version::V311, v311), (Version::V5, v5)] {
            let filter = TopicFilter::for_version(text, version);
            assert_eq!(filter.is_ok(), verdict == "valid", "{version} {row:?}");
            let Ok(filter) = filter else { continue };
            let shared = version == Version::V5 && share_name != "-";
            assert_eq!(filter.as_str(), text);
            assert_eq!(filter.share_name(), shared.then_some(share_name.as_str()), "{row:?}");
            assert_eq!(filter.filter().as_str(), if shared { inner } else { text }, "{row:?}");
        }
    }
}

#[test]
fn matches() {
    let rows = rows(include_str!("matches.tsv"), 5);
    assert_eq!(rows.iter().filter(|row| row[4] == "spec").count(), 90);
    for row in rows {
        let versions = match row[2].as_str() {
            "3.1.1" => &[Version::V31, Version::V311][..],
            "5.0" => &[Version::V5],
            both => {
                assert_eq!(both, "both");
                &[Version::V31, Version::V311, Version::V5]
            }
        };
        for &version in versions {
            let filter = TopicFilter::for_version(&row[0], version).expect("a filter");
            assert_eq!(filter.matches(name(&row[1])), row[3] == "yes", "{version} {row:?}");
        }
    }
}
