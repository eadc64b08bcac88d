use super::limits::{Limits, Queue, Strictness};
use super::{Listener, Table, mistake};
use serde::de::DeserializeOwned;

const EXAMPLE: &str = include_str!("../../example.toml");
const DOCS: &str = include_str!("../../../../../docs/server.md");

/// The example with all keys said: prose stands behind a `# `.
fn uncommented() -> String {
    let lines = EXAMPLE.lines().map(|line| match line.strip_prefix('#') {
        Some(key) if key.starts_with(|c: char| c == '[' || c.is_ascii_lowercase()) => key,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// All keys of a table: serde names them if one is not known.
fn keys<T: DeserializeOwned>(other: &str) -> Vec<String> {
    let error = toml::from_str::<T>(&format!("{other}\nnone_of_them = 1")).err().expect("unknown");
    error.message().split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_example_has_all_keys_with_their_defaults() {
    let table = mistake::parse(EXAMPLE).unwrap();
    assert!(table.listen.is_none() && table.users.is_none(), "nothing is said");
    let text = uncommented();
    let Table { limits, queue, strictness, max_connections, sys_interval, log_format, .. } =
        mistake::parse(&text).unwrap();
    let default = mqc_server::Settings::default().broker;
    let mut broker = default.clone();
    limits.apply(&mut broker);
    queue.apply(&mut broker);
    strictness.apply(&mut broker);
    broker.limits.max_connections = max_connections.unwrap().into();
    broker.sys_interval = sys_interval.unwrap().into();
    assert_eq!(format!("{broker:?}"), format!("{default:?}"));
    assert_eq!(log_format, Some(super::Log::default().format));
}

#[test]
fn the_example_and_the_documentation_name_all_keys() {
    let tables = [
        keys::<Table>(""),
        keys::<Listener>("address = \"127.0.0.1:1883\""),
        keys::<Limits>(""),
        keys::<Queue>(""),
        keys::<Strictness>(""),
    ];
    assert_eq!(tables.each_ref().map(Vec::len), [13, 5, 29, 4, 6]);
    let text = uncommented();
    for key in tables.iter().flatten() {
        let is_said = |line: &str| {
            line.starts_with(&format!("{key} = ")) || line.trim_matches(['[', ']']) == key
        };
        assert!(text.lines().any(is_said), "example.toml has no {key}");
        let is_there = DOCS.contains(&format!("`{key}`")) || DOCS.contains(&format!("`[{key}]`"));
        assert!(is_there || DOCS.contains(&format!("`[[{key}]]`")), "docs/server.md has no {key}");
    }
}
