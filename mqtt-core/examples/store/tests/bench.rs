//! `store-bench` runs.

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_store-bench")).args(arguments).output().unwrap()
}

#[cfg(unix)]
#[test]
fn it_measures_all_stores() {
    let directory = tempfile::tempdir().unwrap();
    let file = format!("file:{}/file", directory.path().display());
    let sqlite = format!("sqlite:{}/db", directory.path().display());
    let output = run(&["--seconds", "0", "memory:", &file, &sqlite]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert_eq!(text.matches("messages/s").count(), 3);
    assert_eq!(text.matches("for each of 10000 messages").count(), 2);
}

#[test]
fn it_says_what_is_wrong() {
    let output = run(&["--what"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text, "store-bench: invalid option '--what'\n");
    assert_eq!(output.status.code(), Some(2));
    let output = run(&["redis:"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("store-bench: \"redis:\" is no address"), "{text}");
    assert_eq!(output.status.code(), Some(1));
}
