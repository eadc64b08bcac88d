//! `mqc-pub` and `mqc-sub` against mosquitto. The other end is mosquitto_sub or mosquitto_pub.

mod errors;
mod formats;
mod publish;
mod secure;
mod subscribe;

use loopback::{PATIENCE, Program, Stream};
use std::ffi::OsStr;
use std::io;
use std::process::{Command, Output};

const PUB: &str = env!("CARGO_BIN_EXE_mqc-pub");
const SUB: &str = env!("CARGO_BIN_EXE_mqc-sub");

/// All there are.
const VERSIONS: [&str; 3] = ["31", "311", "5"];

/// A program of ours with this port of the broker.
fn ours(program: &str, port: u16) -> Command {
    let mut command = Command::new(program);
    command.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
    command
}

/// Runs a program to its end.
fn run<A: AsRef<OsStr>>(
    program: &str,
    port: u16,
    args: impl IntoIterator<Item = A>,
    stdin: &[u8],
) -> io::Result<Output> {
    Program::run(ours(program, port).args(args), stdin, PATIENCE)
}

/// Runs `mqc-pub`, which is to say nothing.
fn publish<A: AsRef<OsStr>>(
    port: u16,
    args: impl IntoIterator<Item = A>,
    stdin: &[u8],
) -> io::Result<()> {
    let output = run(PUB, port, args, stdin)?;
    assert_eq!(text(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "");
    Ok(())
}

/// Starts `mqc-sub`, and waits until the broker has granted all its subscriptions.
fn subscriber<A: AsRef<OsStr>>(
    port: u16,
    args: impl IntoIterator<Item = A>,
) -> io::Result<Program> {
    let program = Program::spawn(ours(SUB, port).arg("-d").args(args))?;
    granted(&program)?;
    Ok(program)
}

/// Waits until the broker has granted a subscription.
fn granted(program: &Program) -> io::Result<()> {
    program.wait_for_text(Stream::Stderr, ": granted QoS ")
}

/// Waits for the end, and gives all that came out, and the exit code.
fn end(mut program: Program) -> io::Result<(String, Option<i32>)> {
    let status = program.wait(PATIENCE)?;
    Ok((text(&program.output(Stream::Stdout)), status.code()))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
