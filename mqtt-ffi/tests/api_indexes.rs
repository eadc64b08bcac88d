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

/// The code of the page is that of a test in C, which has more lines between: what it looks at.
#[test]
fn code_is_tested() {
    let (docs, tested) = (read("docs/api-indexes.md"), read("tests/c/trie.c"));
    let (_, from) = docs.split_once("```c\n").unwrap();
    let (code, rest) = from.split_once("```").unwrap();
    assert!(!rest.contains("```c"), "one block");
    let (_, test) = tested.split_once("static void who_gets_a_message(").unwrap();
    let mut lines = test.lines().map(str::trim);
    for wanted in code.lines().map(str::trim) {
        assert!(lines.any(|line| line == wanted), "{wanted}");
    }
}
