//! `docs/api-indexes.md` names what is there, and all of it.

use std::{collections::BTreeSet, fs, path::Path};

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The words that begin with this prefix.
fn names<'t>(text: &'t str, prefix: &str) -> BTreeSet<&'t str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with(prefix)).collect()
}

#[test]
fn what_is_named_is_there() {
    let (docs, header) = (read("docs/api-indexes.md"), read("../include/mqtt_core.h"));
    for prefix in ["mqc_", "MQC_"] {
        let there = names(&header, prefix);
        for name in names(&docs, prefix) {
            // `MQC_FOUND_*` stands for a group of constants.
            let is_there = if name.ends_with('_') {
                there.iter().any(|other| other.starts_with(name))
            } else {
                there.contains(name)
            };
            assert!(is_there, "{name}");
        }
    }
}

#[test]
fn what_is_there_is_named() {
    let docs = read("docs/api-indexes.md");
    let named = names(&docs, "mqc_");
    let mut count = 0;
    for module in [
        "index",
        "mapping",
        "overlaps",
        "retained",
        "retained_walk",
        "route_matches",
        "router",
        "topic",
        "trie",
        "trie_matches",
        "trie_walk",
    ] {
        let source = read(&format!("src/{module}.rs"));
        let declared = source.lines().filter_map(|line| {
            let item = line.strip_prefix("pub ")?.trim_start_matches("unsafe extern \"C\" ");
            let name = item.strip_prefix("fn ").or_else(|| item.strip_prefix("struct "))?;
            name.split(['(', ' ', ';', '<']).next()
        });
        for name in declared {
            assert!(named.contains(name), "{name}");
            count += 1;
        }
    }
    assert!(count > 70, "{count}");
}
