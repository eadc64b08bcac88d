//! What the tests have in common.

use loopback::{PATIENCE, Program};
use std::process::{Command, Output};

/// The program with these arguments.
pub(crate) fn command(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqc-demo"));
    command.args(arguments.split_whitespace());
    command
}

/// Runs it to its end.
pub(crate) fn demo(arguments: &str) -> Output {
    Program::run(&mut command(arguments), b"", PATIENCE).expect("it runs, and ends")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}
