//! The example `client_std` of mqtt-core, against mosquitto.

use loopback::{Broker, BrokerOptions, MosquittoSub, PATIENCE, Program, Stream, mosquitto_pub};
use std::process::Command;

fn client_std(arguments: &[&str]) -> Command {
    let cargo = |what: &str| {
        let mut command = Command::new(env!("CARGO"));
        command.args([what, "--quiet", "--locked", "-p", "mqtt-core", "--example", "client_std"]);
        command
    };
    // First, however long that takes.
    assert!(cargo("build").status().unwrap().success());
    let mut command = cargo("run");
    command.arg("--").args(arguments);
    command
}

#[test]
fn messages_go_both_ways_and_a_lost_connection_is_made_again() {
    // It shall not drop what comes faster than mosquitto_sub takes it.
    let Some(mut broker) = Broker::for_test(BrokerOptions::default().line("max_queued_messages 0"))
    else {
        return;
    };
    let sub = MosquittoSub::start(broker.port(), ["-q", "1", "-t", "from/#"]).unwrap();
    let address = format!("127.0.0.1:{}", broker.port());
    let mut program = Program::spawn(&mut client_std(&[&address, "to/+"])).unwrap();
    program.write(b"from/us one two\nfrom/us\n").unwrap();
    let received = sub.wait_for(2, PATIENCE).unwrap();
    assert_eq!((received[0].payload.as_slice(), received[0].qos), (&b"one two"[..], 1));
    assert_eq!(received[1].payload, b"");
    // Those were sent after the SUBSCRIBE, so that has been answered.
    mosquitto_pub(broker.port(), ["-q", "2", "-t", "to/us"], "grüße".as_bytes()).unwrap();
    let is_first = |line: &[u8]| line == "to/us grüße".as_bytes();
    program.wait_for_line(Stream::Stdout, PATIENCE, is_first).unwrap();

    broker.kill().unwrap();
    broker.restart().unwrap();
    let sub = MosquittoSub::start(broker.port(), ["-q", "1", "-t", "from/#"]).unwrap();
    program.write(b"from/us again\n").unwrap();
    assert_eq!(sub.wait_for(1, PATIENCE).unwrap()[0].payload, b"again");
    mosquitto_pub(broker.port(), ["-q", "1", "-t", "to/us"], b"again").unwrap();
    program.wait_for_line(Stream::Stdout, PATIENCE, |line| line == b"to/us again").unwrap();

    // More than may wait, and then the end.
    let many: String = (0..5_000).map(|number| format!("from/us {number}\n")).collect();
    program.write(many.as_bytes()).unwrap();
    program.close_stdin();
    assert!(program.wait(PATIENCE).unwrap().success());
    assert_eq!(sub.wait_for(5_001, PATIENCE).unwrap()[5_000].payload, b"4999");
}

#[test]
fn errors_are_told() {
    for (arguments, status, words) in [
        (&["127.0.0.1:1", "a"][..], 1, "127.0.0.1:1: Connection refused"),
        (&["no-such-host.invalid:1883", "a"], 1, "failed to lookup"),
        (&["127.0.0.1:1"], 2, "client_std HOST:PORT FILTER"),
    ] {
        let output = Program::run(&mut client_std(arguments), b"", PATIENCE).unwrap();
        assert_eq!(output.status.code(), Some(status));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(words), "{text}");
    }
}
