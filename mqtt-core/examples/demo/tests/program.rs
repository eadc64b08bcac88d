//! The demo as a program: what it prints, and how it ends.

mod common;

use common::{demo, text};
use loopback::{Broker, BrokerOptions, MosquittoSub, PATIENCE, free_port, mosquitto_pub};
use std::process::Output;

#[track_caller]
fn assert_good(output: &Output, copies: &str) {
    let shown = text(&output.stdout);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{shown}");
    for version in ["3.1.1", "5.0  "] {
        for qos in 0..=2 {
            let line = format!("\nok     {version}  QoS {qos}  {copies} of {copies} messages in ");
            assert!(shown.contains(&line), "{shown}");
        }
        for scene in ["retained", "will", "session"] {
            assert!(shown.contains(&format!("\nok     {version}  {scene}: ")), "{shown}");
        }
    }
    assert!(shown.contains("\nok     5.0    request: 10 of 10 "), "{shown}");
    assert!(shown.contains("\nAll guarantees hold."), "{shown}");
    assert!(!shown.contains("BROKEN") && !shown.contains('\x1b'), "{shown}");
}

#[test]
fn all_holds_with_the_server_inside() {
    let output = demo("--messages 502 --plain");
    assert_good(&output, "2,008");
    let shown = text(&output.stdout);
    assert!(shown.contains(" (mqc-server, in this process)\n"), "{shown}");
    let row = shown.lines().find(|line| line.starts_with("5.0     2 ")).expect("a row");
    let cells: Vec<_> = row.split_whitespace().collect();
    assert_eq!(cells[..7], ["5.0", "2", "502", "2,008", "2,008", "0", "0"], "{shown}");
    assert_eq!(cells.len(), 11, "{shown}");
    let response = shown.lines().find(|line| line.starts_with("a response")).expect("a line");
    assert!(response.ends_with(" -       ok"), "there is none in 3.1.1: {response}");
}

/// Without output to a terminal it is plain by itself. Nothing of it stays at the broker.
#[test]
fn another_broker_will_do_and_is_left_as_it_was() {
    // By default it drops messages, though it has acknowledged them, when many wait.
    let options = BrokerOptions::default().line("max_queued_messages 0");
    let Some(broker) = Broker::for_test(options) else { return };
    let port = broker.port();
    assert_good(&demo(&format!("--broker mqtt://127.0.0.1:{port} --messages 100")), "400");

    let sub = MosquittoSub::start(port, ["-V", "5", "-t", "mqc-demo/#"]).expect("a subscriber");
    mosquitto_pub(port, ["-t", "mqc-demo/marker"], b"").expect("a message");
    let messages = sub.wait_for(1, PATIENCE).expect("the message");
    assert_eq!(messages[0].topic, "mqc-demo/marker", "nothing is retained");
}

#[test]
fn wrong_options_are_told() {
    let nobody = format!("--broker mqtt://127.0.0.1:{}", free_port().expect("a port"));
    for (arguments, why) in [
        ("--what", "invalid option '--what'; see mqc-demo --help\n"),
        ("--messages 0", "--messages: at least 1 is needed; see mqc-demo --help\n"),
        ("--window 0", "--window: at least 1 is needed; see mqc-demo --help\n"),
        ("--messages 18446744073709551615", "--messages: at most 1000000000000 can be done; see"),
        ("--patience 86401", "--patience: at most 86400 can be done; see"),
        ("--messages many", "--help\n"),
        ("--broker http://here", "the scheme is http, not mqtt, mqtts, ws or wss"),
        (nobody.as_str(), "mqtt://127.0.0.1:"),
    ] {
        let output = demo(arguments);
        let told = text(&output.stderr);
        assert!(told.starts_with("mqc-demo: ") && told.contains(why), "{told}");
        assert_eq!((output.status.code(), told.lines().count()), (Some(2), 1), "{told}");
    }
    let help = demo("--help");
    assert!(help.status.success() && text(&help.stdout).contains("--broker URL"));
}
