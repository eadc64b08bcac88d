//! The programs: their ends.

use crate::brokers;
use loopback::{PATIENCE, Program, Stream, free_port};
use std::process::Command;

fn program(path: &str, url: &str, args: &[&str]) -> Program {
    Program::spawn(Command::new(path).args(["--url", url]).args(args)).unwrap()
}

fn text(program: &Program, stream: Stream) -> String {
    String::from_utf8_lossy(&program.output(stream)).into_owned()
}

#[test]
fn sigterm_ends_a_fleet_with_a_goodbye() {
    let Some((broker, common)) = brokers().next() else { return };
    let args = ["--speed", "1000", "--devices", "3"];
    let mut fleet = program(env!("CARGO_BIN_EXE_fleet"), &common.url.to_string(), &args);
    fleet.wait_for_text(Stream::Stdout, "ALERT").unwrap();
    fleet.terminate().unwrap();
    assert!(fleet.wait(PATIENCE).unwrap().success());
    let printed = text(&fleet, Stream::Stdout);
    assert!(printed.contains("device-03  left"), "{printed}");
    assert!(!printed.contains("offline"), "{printed}");
    drop(broker);
}

#[test]
fn all_programs_end_when_their_time_is_over() {
    for (broker, common) in brokers() {
        let url = common.url.to_string();
        let version = common.version.to_string();
        let long: [(&str, &[&str]); 5] = [
            (env!("CARGO_BIN_EXE_fleet"), &["--devices", "2"]),
            (env!("CARGO_BIN_EXE_metadata"), &["--count", "1000000000"]),
            (env!("CARGO_BIN_EXE_request_response"), &["--deadline", "100000", "--slow", "1"]),
            (env!("CARGO_BIN_EXE_workers"), &["--work", "100000"]),
            (env!("CARGO_BIN_EXE_routing"), &["--count", "1000000000"]),
        ];
        let running: Vec<_> = long
            .iter()
            .map(|(path, args)| {
                let args = [&["--for", "0.3", "--version", version.trim_end_matches(".0")], *args];
                program(path, &url, &args.concat())
            })
            .collect();
        for mut program in running {
            let status = program.wait(PATIENCE).unwrap();
            assert!(status.success(), "{}", text(&program, Stream::Stderr));
        }
        drop(broker);
    }
}

#[test]
fn no_broker_is_an_error() {
    let port = free_port().unwrap();
    for path in [
        env!("CARGO_BIN_EXE_fleet"),
        env!("CARGO_BIN_EXE_metadata"),
        env!("CARGO_BIN_EXE_request_response"),
        env!("CARGO_BIN_EXE_workers"),
        env!("CARGO_BIN_EXE_routing"),
    ] {
        let mut program = program(path, &format!("mqtt://127.0.0.1:{port}"), &[]);
        assert_eq!(program.wait(PATIENCE).unwrap().code(), Some(1));
        let error = text(&program, Stream::Stderr);
        assert!(error.starts_with(&format!("mqtt://127.0.0.1:{port}: ")), "{error}");
    }
}
