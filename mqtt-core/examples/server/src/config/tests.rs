use super::limits::{Limits, Queue, Strictness};
use super::{Config, Listener, Table, mistake};
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

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

fn config(text: &str) -> Config {
    mistake::parse(text).unwrap().config(Path::new("/etc/mqc"))
}

/// What a configuration has: the path of each field, and its value.
fn fields(config: &Config) -> BTreeMap<String, String> {
    let (mut path, mut fields) = (Vec::new(), BTreeMap::<_, String>::new());
    for line in format!("{config:#?}").lines() {
        let line = line.trim().trim_end_matches(',');
        let (name, value) = match line.split_once(": ") {
            Some((name, value)) if name.chars().all(|c| c == '_' || c.is_alphanumeric()) => {
                (Some(name), value)
            }
            _ => (None, line),
        };
        if [")", "]", "}"].contains(&line) {
            path.pop();
            continue;
        }
        path.push(name);
        let names: Vec<_> = path.iter().copied().flatten().collect();
        // What is in a list or an enumeration belongs to the field that has it.
        fields.entry(names.join(".")).or_default().push_str(value);
        if !value.ends_with(['(', '[', '{']) {
            path.pop();
        }
    }
    fields
}

/// The value in the example, and another one.
fn other_value(table: &str, key: &str) -> String {
    let text = uncommented();
    let (_, rest) = text.split_once(&format!("\n[{table}]\n")).unwrap_or(("", &text));
    let value = |line: &str| line.strip_prefix(&format!("{key} = ")).map(str::to_owned);
    let value = rest.lines().find_map(value).expect("it is in the example");
    match value.as_str() {
        "true" => "false".to_owned(),
        "false" => "true".to_owned(),
        "\"drop\"" => "\"disconnect\"".to_owned(),
        "\"round_robin\"" => "\"sticky\"".to_owned(),
        "\"info\"" => "\"warn\"".to_owned(),
        "\"text\"" => "\"json\"".to_owned(),
        text if text.starts_with('"') => text.to_owned(),
        number => match number.replace('_', "").parse::<u64>().expect("a number") {
            0 => "1".to_owned(),
            number => (number - 1).to_string(),
        },
    }
}

#[test]
fn each_key_sets_what_it_names_and_nothing_else() {
    let default = fields(&config(""));
    let listener = "address = \"127.0.0.1:1883\"";
    let with_listener = fields(&config(&format!("[[listen]]\n{listener}")));
    let general: Vec<_> = keys::<Table>("")
        .into_iter()
        .filter(|key| !["listen", "limits", "queue", "strictness"].contains(&&**key))
        .collect();
    let mut found = BTreeSet::new();
    for (table, keys) in [
        ("", general),
        ("listen", keys::<Listener>(listener)),
        ("limits", keys::<Limits>("")),
        ("queue", keys::<Queue>("")),
        ("strictness", keys::<Strictness>("")),
    ] {
        for key in keys {
            let (text, before) = match (table, &*key) {
                ("", _) => (format!("{key} = {}", other_value("", &key)), &default),
                ("listen", "address") => ("[[listen]]\naddress = \"a:1\"".into(), &with_listener),
                ("listen", _) => {
                    let value = other_value("[listen]", &key);
                    (format!("[[listen]]\n{listener}\n{key} = {value}"), &with_listener)
                }
                _ => (format!("[{table}]\n{key} = {}", other_value(table, &key)), &default),
            };
            let after = fields(&config(&text));
            let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
            let differs = |name: &&&String| before.get(**name) != after.get(**name);
            let changed: Vec<_> = names.iter().filter(differs).collect();
            let [changed] = changed[..] else { panic!("{text}: {changed:?}") };
            let path: Vec<_> = changed.split('.').collect();
            let place = match (table, &*key) {
                ("", "users" | "acl") => "files",
                ("", "metrics") => "settings",
                ("", "sys_interval") => "settings.broker",
                ("", "max_connections") => "settings.broker.limits",
                ("", "log") => "log.level",
                ("", "log_format") => "log.format",
                ("", _) => "",
                ("listen", _) => "listen",
                ("strictness", _) => "settings.broker.server.session.strictness",
                ("queue", _) => "settings.broker.server.session.queue",
                _ => "settings.broker",
            };
            let has_name = place.starts_with("log") || path.last() == Some(&&*key);
            assert!(changed.starts_with(place) && has_name, "{text}: {changed}");
            let said = text.rsplit(" = ").next().unwrap().trim_matches('"');
            let seen = after[*changed].to_lowercase().replace('_', "");
            let kinds = ["max_qos", "connect_timeout", "max_publisher_wait", "sys_interval"];
            let is_said = seen.contains(&said.to_lowercase().replace('_', ""));
            assert!(is_said || kinds.contains(&&*key), "{text}: {seen}");
            assert!(found.insert((**changed).clone()), "{text}: another key sets {changed}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_store_is_not_put_into_another_folder() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = Path::new(std::ffi::OsStr::from_bytes(b"/etc/\xFF"));
    let store = |text: &str| mistake::parse(text).unwrap().config(folder).store();
    let why = store("store = \"sqlite:broker.db\"").unwrap_err();
    assert_eq!(why.to_string(), "store: the folder has a name that is not UTF-8");
    let elsewhere = store("store = \"sqlite:/var/broker.db\"").unwrap();
    assert_eq!(elsewhere.as_deref(), Some("sqlite:/var/broker.db"));
}
