//! Checks `ledger.tsv` against the tables of the standard and against the tests that there are.
//!
//! Columns of the ledger, none of them empty, `-` for none:
//!
//! - `version` (`5` or `3.1.1`), `id`, `layer`: the statement, as in the tables of the standard.
//! - `status`: `tested`; `programs`: about sockets, tested with the example programs; `later`: waits
//!   for a layer that is not there yet; `not-ours`: nothing that this library could do or not do.
//! - `stimulus`, `expected`: what is done and what has to come of it, in bytes, events or errors.
//! - `tests`: test functions of this target with their module, separated by commas; for `programs`,
//!   those of files in `examples`.
//! - `note`: for `later`, the rooms of the library that will fill the row and, behind a colon, what
//!   the tests do not show yet; for `not-ours`, why; otherwise what is worth knowing.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::support::{Row, Table, read};

const COLUMNS: &[&str] =
    &["version", "id", "layer", "status", "stimulus", "expected", "tests", "note"];

/// Where a statement can be decided that the codec cannot decide.
const ROOMS: &[&str] = &["session", "broker", "topic", "trie", "store", "examples"];

/// The modules of this target that test no statement.
const NO_STATEMENTS: &[&str] = &["main", "support", "ledger", "kit"];

/// The tables of statements, by version.
const SPECS: &[(&str, &str)] =
    &[("5", "spec/conformance-v5.tsv"), ("3.1.1", "spec/conformance-v311.tsv")];

/// A version and the number of a statement.
type Statement = (String, String);

/// What is wrong with a ledger. `specs` are tables of statements by version, `tests` the names of
/// all tests of statements.
fn problems(ledger: &str, specs: &[(&str, &str)], tests: &BTreeSet<String>) -> Vec<String> {
    let ledger = match Table::parse(ledger) {
        Ok(ledger) if ledger.columns() == COLUMNS => ledger,
        Ok(ledger) => return vec![format!("columns are {:?}", ledger.columns())],
        Err(problem) => return vec![problem],
    };
    let mut layers = BTreeMap::new();
    for (version, spec) in specs {
        for row in Table::parse(spec).expect("a table of statements").rows() {
            let statement = ((*version).to_owned(), row.get("id").to_owned());
            layers.insert(statement, row.get("layer").to_owned());
        }
    }
    let mut found = Vec::new();
    let mut rows = BTreeMap::new();
    for row in ledger.rows() {
        let statement = (row.get("version").to_owned(), row.get("id").to_owned());
        let name = format!("{} {}", statement.0, statement.1);
        let layer = layers.get(&statement).map(String::as_str);
        found.extend(row_problems(row, layer, tests).into_iter().map(|it| format!("{name}: {it}")));
        if rows.insert(statement, row.list("tests", ',')).is_some() {
            found.push(format!("{name}: second row"));
        }
    }
    for (version, id) in layers.keys().filter(|statement| !rows.contains_key(statement)) {
        found.push(format!("{version} {id}: no row"));
    }
    for test in tests {
        if !rows.values().flatten().any(|named| named == test) {
            found.push(format!("{test}: no row names it"));
        } else if let Some(problem) = name_problem(test, &rows) {
            found.push(format!("{test}: {problem}"));
        }
    }
    found
}

/// What is wrong with one row. `layer` is what the table of the standard says.
fn row_problems(row: Row<'_>, layer: Option<&str>, tests: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    let mut need = |ok: bool, problem: String| {
        if !ok {
            found.push(problem);
        }
    };
    match layer {
        None => need(false, "not a statement of the standard".into()),
        Some(layer) => {
            need(row.get("layer") == layer, format!("layer is {layer}"));
        }
    }
    for (column, cell) in COLUMNS.iter().zip(row.cells()) {
        need(!cell.is_empty() && cell.trim() == cell, format!("{column} is empty or padded"));
    }
    for column in ["stimulus", "expected"] {
        need(row.get(column) != "-", format!("no {column}"));
    }
    let named = row.list("tests", ',');
    let of_programs = row.get("status") == "programs";
    for (index, test) in named.iter().enumerate() {
        let is_there = if of_programs { is_in_examples(test) } else { tests.contains(*test) };
        need(is_there, format!("there is no test {test}"));
        need(!named[..index].contains(test), format!("names {test} twice"));
    }
    let note = row.get("note");
    let prefix = prefix(row.get("version"), row.get("id"));
    let own = named.iter().any(|test| function(test).starts_with(&prefix));
    match row.get("status") {
        "tested" => need(own, "no test is named after it".into()),
        "later" => {
            need(layer != Some("codec"), "the codec is here already".into());
            let (rooms, rest) = note.split_once(": ").unwrap_or((note, ""));
            let known = |room: &str| ROOMS.contains(&room.split('/').next().unwrap_or_default());
            need(rooms.split(", ").all(known), format!("{rooms} is no room of the library"));
            need(named.is_empty() || !rest.is_empty(), "what is missing is not said".into());
        }
        "programs" => {
            need(layer == Some("transport"), "the library can decide it".into());
            need(!named.is_empty(), "no test".into());
        }
        "not-ours" => need(note != "-", "no reason".into()),
        other => need(false, format!("status {other}")),
    }
    found
}

/// Whether a test of a program is there, as `FILE::FUNCTION`.
fn is_in_examples(test: &str) -> bool {
    test.rsplit_once("::").is_some_and(|(file, name)| {
        let path = format!("{}/examples/{file}", env!("CARGO_MANIFEST_DIR"));
        let source = std::fs::read_to_string(path).unwrap_or_default();
        let mut lines = source.lines();
        let is_test = |line: &str| line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        let mut found = false;
        while let Some(line) = lines.next() {
            if is_test(line.trim()) {
                let signature = lines.find_map(|line| line.split_once("fn "));
                found |= signature.is_some_and(|(_, rest)| rest.starts_with(&format!("{name}(")));
            }
        }
        found
    })
}

/// What the names of tests of this statement begin with.
fn prefix(version: &str, id: &str) -> String {
    let number = id.strip_prefix("MQTT-").unwrap_or(id).replace(['.', '-'], "_");
    format!("v{}_{number}_", version.replace('.', ""))
}

/// The name of a test without its module.
fn function(test: &str) -> &str {
    test.rsplit("::").next().unwrap_or(test)
}

/// What is wrong with the name of a test: it says another statement than the rows do.
fn name_problem(test: &str, rows: &BTreeMap<Statement, Vec<&str>>) -> Option<String> {
    let of_name =
        rows.iter().find(|((version, id), _)| function(test).starts_with(&prefix(version, id)));
    match of_name {
        None => Some("not named after a statement".into()),
        Some((_, named)) if named.contains(&test) => None,
        Some(((version, id), _)) => Some(format!("the row {version} {id} does not name it")),
    }
}

/// The names of the tests in a source file of this target.
fn tests_in(module: &str, source: &str) -> Vec<String> {
    let mut tests = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "#[test]" {
            let signature = lines.find_map(|line| line.trim().strip_prefix("fn "));
            let name = signature.and_then(|rest| rest.split('(').next()).unwrap_or_default();
            tests.push(format!("{module}::{name}"));
        }
    }
    tests
}

/// The names of all tests of statements in the sources of this target.
fn tests_of_statements() -> BTreeSet<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance");
    let mut tests = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("the folder of this file") {
        let name = entry.expect("an entry of the folder").file_name();
        let name = name.to_str().expect("a plain name");
        match name.strip_suffix(".rs") {
            Some(module) if !NO_STATEMENTS.contains(&module) => {
                tests.extend(tests_in(module, &read(&format!("conformance/{name}"))));
            }
            _ => {}
        }
    }
    tests
}

#[test]
fn every_statement_has_a_row_that_holds() {
    let specs: Vec<_> = SPECS.iter().map(|(version, path)| (*version, read(path))).collect();
    let specs: Vec<_> = specs.iter().map(|(version, text)| (*version, text.as_str())).collect();
    let found = problems(&read("conformance/ledger.tsv"), &specs, &tests_of_statements());
    assert!(found.is_empty(), "{} problems:\n{}", found.len(), found.join("\n"));
}

#[test]
fn no_statement_has_been_lost_from_the_tables() {
    let counts = SPECS.iter().map(|(_, path)| read(path).lines().count() - 1);
    assert_eq!(counts.collect::<Vec<_>>(), [251, 141]);
}

#[test]
fn the_tests_of_the_sources_are_those_that_run() {
    let list = |arguments: &[&str]| {
        let program = std::env::current_exe().expect("the path of this program");
        let output = Command::new(program).arg("--list").args(arguments).output();
        let output = output.expect("this program can be started");
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).expect("names are text");
        let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
        names.map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let mut running = list(&[]);
    running.retain(|test| !NO_STATEMENTS.iter().any(|it| test.starts_with(&format!("{it}::"))));
    assert_eq!(running, tests_of_statements());
    assert_eq!(list(&["--ignored"]), BTreeSet::new());
}

/// The checker itself, on small ledgers.
mod checker {
    use super::{BTreeSet, problems, tests_in};

    const SPEC_V5: &str = "id\trole\tlayer\tparaphrase\n\
        MQTT-1.1.1-1\tboth\tcodec\tA.\n\
        MQTT-1.1.1-2\tclient\tsession\tB.\n";
    const SPEC_V311: &str = "id\trole\tlayer\tparaphrase\n\
        MQTT-1.1.1-1\tserver\tapplication\tC.\n\
        MQTT-1.1.1-10\tserver\tcodec\tD.\n";
    const LEDGER: &str = "version\tid\tlayer\tstatus\tstimulus\texpected\ttests\tnote\n\
        5\tMQTT-1.1.1-1\tcodec\ttested\tbytes\terror\tm::v5_1_1_1_1_a,m::v5_1_1_1_1_b\t-\n\
        5\tMQTT-1.1.1-2\tsession\tlater\tcommand\tbytes\tm::v5_1_1_1_1_b\tsession/client, trie: all else\n\
        3.1.1\tMQTT-1.1.1-1\tapplication\tnot-ours\tcall\tanswer\t-\tof the caller\n\
        3.1.1\tMQTT-1.1.1-10\tcodec\ttested\tbytes\tpacket\tn::v311_1_1_1_10_c\t-\n";
    const TESTS: &[&str] = &["m::v5_1_1_1_1_a", "m::v5_1_1_1_1_b", "n::v311_1_1_1_10_c"];

    fn check(ledger: &str, tests: &[&str]) -> Vec<String> {
        let tests = tests.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        problems(ledger, &[("5", SPEC_V5), ("3.1.1", SPEC_V311)], &tests)
    }

    /// The problems of the ledger with one change.
    fn changed(from: &str, to: &str) -> Vec<String> {
        assert_eq!(LEDGER.matches(from).count(), 1, "{from}");
        check(&LEDGER.replace(from, to), TESTS)
    }

    #[test]
    fn a_good_ledger_has_no_problems() {
        assert_eq!(check(LEDGER, TESTS), [""; 0]);
    }

    #[test]
    fn a_statement_without_a_row() {
        let row = "3.1.1\tMQTT-1.1.1-1\tapplication\tnot-ours\tcall\tanswer\t-\tof the caller\n";
        assert_eq!(changed(row, ""), ["3.1.1 MQTT-1.1.1-1: no row"]);
        let all = check(LEDGER.lines().next().unwrap(), &[]);
        assert_eq!(all.len(), 4, "{all:?}");
    }

    #[test]
    fn a_row_without_a_statement() {
        let found = changed("3.1.1\tMQTT-1.1.1-1\t", "3.1.1\tMQTT-1.1.1-3\t");
        let wanted =
            ["3.1.1 MQTT-1.1.1-3: not a statement of the standard", "3.1.1 MQTT-1.1.1-1: no row"];
        assert_eq!(found, wanted);
        let found = changed("3.1.1\tMQTT-1.1.1-1\t", "3.1\tMQTT-1.1.1-1\t");
        assert_eq!(found[0], "3.1 MQTT-1.1.1-1: not a statement of the standard");
    }

    #[test]
    fn a_second_row() {
        let row = LEDGER.lines().nth(3).unwrap();
        let found = check(&format!("{LEDGER}{row}\n"), TESTS);
        assert_eq!(found, ["3.1.1 MQTT-1.1.1-1: second row"]);
    }

    #[test]
    fn another_layer_than_in_the_table() {
        let found = changed("\tsession\tlater", "\tbroker\tlater");
        assert_eq!(found, ["5 MQTT-1.1.1-2: layer is session"]);
        // That does not let a statement of the codec wait.
        let found = changed("\tcodec\ttested\tbytes\terror", "\tsession\tlater\tbytes\terror");
        assert!(found.contains(&"5 MQTT-1.1.1-1: the codec is here already".to_owned()));
    }

    #[test]
    fn empty_cells() {
        let stimulus = changed("command\tbytes", "\tbytes");
        assert_eq!(stimulus, ["5 MQTT-1.1.1-2: stimulus is empty or padded"]);
        let expected = changed("command\tbytes", "command\t ");
        assert_eq!(expected, ["5 MQTT-1.1.1-2: expected is empty or padded"]);
        assert_eq!(changed("command\tbytes", "-\tbytes"), ["5 MQTT-1.1.1-2: no stimulus"]);
        assert_eq!(changed("command\tbytes", "command\t-"), ["5 MQTT-1.1.1-2: no expected"]);
        let note = changed("\tof the caller\n", "\t\n");
        assert_eq!(note, ["3.1.1 MQTT-1.1.1-1: note is empty or padded"]);
    }

    #[test]
    fn a_cell_too_few_and_other_columns() {
        assert_eq!(changed("command\tbytes", "command").len(), 1);
        assert_eq!(changed("stimulus\texpected", "expected\tstimulus").len(), 1);
    }

    #[test]
    fn a_statement_of_the_codec_that_is_not_tested() {
        let found = changed("\ttested\tbytes\terror", "\tlater\tbytes\terror");
        assert_eq!(found[0], "5 MQTT-1.1.1-1: the codec is here already");
        let found =
            changed("\ttested\tbytes\tpacket\tn::v311_1_1_1_10_c", "\ttested\tbytes\tpacket\t-");
        let wanted = [
            "3.1.1 MQTT-1.1.1-10: no test is named after it",
            "n::v311_1_1_1_10_c: no row names it",
        ];
        assert_eq!(found, wanted);
        // It may be somebody else's, for a reason.
        let found = changed("\ttested\tbytes\tpacket", "\tnot-ours\tbytes\tpacket");
        assert_eq!(found, ["3.1.1 MQTT-1.1.1-10: no reason"]);
    }

    #[test]
    fn not_ours_without_a_reason() {
        let found = changed("\tof the caller", "\t-");
        assert_eq!(found, ["3.1.1 MQTT-1.1.1-1: no reason"]);
    }

    #[test]
    fn an_unknown_status() {
        let found = changed("\tnot-ours\t", "\tskipped\t");
        assert_eq!(found, ["3.1.1 MQTT-1.1.1-1: status skipped"]);
    }

    #[test]
    fn later_without_a_room_or_without_the_rest() {
        let found = changed("session/client, trie: all else", "-");
        assert!(found.contains(&"5 MQTT-1.1.1-2: - is no room of the library".to_owned()));
        let found = changed("session/client, trie: all else", "session, attic: all else");
        assert_eq!(found, ["5 MQTT-1.1.1-2: session, attic is no room of the library"]);
        let found = changed("session/client, trie: all else", "session/client");
        assert_eq!(found, ["5 MQTT-1.1.1-2: what is missing is not said"]);
    }

    #[test]
    fn a_test_that_does_not_exist() {
        let found = check(LEDGER, &TESTS[1..]);
        assert_eq!(found, ["5 MQTT-1.1.1-1: there is no test m::v5_1_1_1_1_a"]);
        // Another module is another test.
        let found = changed("n::v311_1_1_1_10_c", "m::v311_1_1_1_10_c");
        let wanted = [
            "3.1.1 MQTT-1.1.1-10: there is no test m::v311_1_1_1_10_c",
            "n::v311_1_1_1_10_c: no row names it",
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_test_named_twice() {
        let found = changed("m::v5_1_1_1_1_a,m::v5_1_1_1_1_b", "m::v5_1_1_1_1_a,m::v5_1_1_1_1_a");
        assert_eq!(found[0], "5 MQTT-1.1.1-1: names m::v5_1_1_1_1_a twice");
    }

    #[test]
    fn a_stale_test() {
        let tests = [TESTS, &["n::v311_1_1_1_1_d"]].concat();
        assert_eq!(check(LEDGER, &tests), ["n::v311_1_1_1_1_d: no row names it"]);
    }

    #[test]
    fn a_test_named_after_another_statement_or_none() {
        // 1.1.1-1 is not 1.1.1-10.
        let found = changed("answer\t-", "answer\tn::v311_1_1_1_10_c");
        assert_eq!(found, [""; 0]);
        let found = changed("m::v5_1_1_1_1_a,m::v5_1_1_1_1_b", "m::v5_1_1_1_1_a");
        assert_eq!(found, ["m::v5_1_1_1_1_b: the row 5 MQTT-1.1.1-1 does not name it"]);
        let found = changed("m::v5_1_1_1_1_a,m::v5_1_1_1_1_b", "n::v311_1_1_1_10_c");
        assert_eq!(found[0], "5 MQTT-1.1.1-1: no test is named after it");
        let tests = [TESTS, &["n::anything"]].concat();
        let ledger = LEDGER.replace("answer\t-", "answer\tn::anything");
        assert_eq!(check(&ledger, &tests), ["n::anything: not named after a statement"]);
    }

    #[test]
    fn tests_are_found_in_a_source() {
        let source = "#[test]\nfn a() {}\nfn helper() {}\n    #[test]\n    #[should_panic]\n    \
            fn b() {}\n// #[test]\nfn c() {}\n";
        assert_eq!(tests_in("m", source), ["m::a", "m::b"]);
    }
}
