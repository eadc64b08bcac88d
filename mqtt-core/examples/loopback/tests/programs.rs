//! Programs, their lines and their ends.

use core::time::Duration;
use loopback::{PATIENCE, Program, Stream};
use std::io::ErrorKind;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

fn shell(script: &str) -> Program {
    Program::spawn(Command::new("sh").args(["-c", script])).unwrap()
}

#[test]
fn lines_come_as_they_are_written() {
    let mut program = shell("echo one; echo two >&2; read go; printf 'three\\nfour'; exit 3");
    program.wait_for_line(Stream::Stdout, PATIENCE, |line| line == b"one").unwrap();
    program.wait_for_line(Stream::Stderr, PATIENCE, |line| line == b"two").unwrap();
    assert_eq!(program.try_wait().unwrap(), None);
    program.write(b"go\n").unwrap();
    let line = program.wait_for_line(Stream::Stdout, PATIENCE, |line| line.starts_with(b"f"));
    assert_eq!(line.unwrap(), b"four");
    assert_eq!(program.wait(PATIENCE).unwrap().code(), Some(3));
    assert_eq!(program.lines(Stream::Stdout), [&b"one"[..], b"three", b"four"]);
    assert_eq!(program.output(Stream::Stdout), b"one\nthree\nfour");
}

#[test]
fn errors_tell_what_the_program_wrote() {
    let mut program = shell("echo out; echo error >&2; exec sleep 3600");
    program.wait_for_line(Stream::Stderr, PATIENCE, |line| line == b"error").unwrap();
    let line = program.wait_for_line(Stream::Stdout, Duration::from_millis(50), |_| false);
    let error = line.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.to_string().contains("stderr:\nerror"), "{error}");
    assert_eq!(program.wait(Duration::ZERO).unwrap_err().kind(), ErrorKind::TimedOut);
    program.kill().unwrap();
    let line = program.wait_for_line(Stream::Stdout, PATIENCE, |_| false);
    assert_eq!(line.unwrap_err().kind(), ErrorKind::UnexpectedEof);

    let error = Program::spawn(&mut Command::new("no-such-program")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("no-such-program"));
}

#[test]
fn signals_end_programs() {
    let mut program = shell("exec sleep 3600");
    assert_eq!(program.kill().unwrap().signal(), Some(9));

    let mut program =
        shell("trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.02; done");
    program.wait_for_line(Stream::Stdout, PATIENCE, |line| line == b"ready").unwrap();
    program.terminate().unwrap();
    assert_eq!(program.wait(PATIENCE).unwrap().code(), Some(5));
    assert_eq!(program.output(Stream::Stdout), b"ready\nbye\n");
    assert_eq!(program.terminate().unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_program_need_not_read_all_its_input() {
    let mut big = Command::new("sh");
    let output = Program::run(big.args(["-c", "exit 4"]), &vec![0; 1 << 20], PATIENCE).unwrap();
    assert_eq!(output.status.code(), Some(4));
    let bytes = vec![7; 1 << 20];
    let output = Program::run(&mut Command::new("cat"), &bytes, PATIENCE).unwrap();
    assert!(output.stdout == bytes);
}
