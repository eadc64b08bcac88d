//! The demo as a program: what it prints, and how it ends.

mod faulty;

use faulty::Harm;
use loopback::{Broker, BrokerOptions, MosquittoSub, PATIENCE, Program, free_port, mosquitto_pub};
use mqc_server::{Listen, Server, Settings};
use mqtt_core::QoS;
use std::process::{Command, Output};

fn demo(arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqc-demo"));
    let output = Program::run(command.args(arguments.split_whitespace()), b"", PATIENCE);
    output.expect("it runs, and ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

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

/// Runs with a network that does harm, and gives what is printed.
#[track_caller]
fn broken_by(qos: QoS, harm: Harm) -> String {
    let listen = vec![Listen::new(([127, 0, 0, 1], 0).into())];
    let server = Server::start(Settings { listen, ..Settings::default() }).expect("a server");
    let port = faulty::start(server.addresses()[0], qos, harm).expect("a free port");
    // What is lost has to be waited for.
    let patience = if matches!(harm, Harm::Lose) { "--patience 3" } else { "" };
    let output = demo(&format!("--broker mqtt://127.0.0.1:{port} --messages 50 {patience}"));
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("\nNot all guarantees hold."), "{shown}");
    shown
}

/// What is said of a version: what is broken, and how.
fn broken(shown: &str, version: &str) -> Vec<String> {
    let start = format!("BROKEN {version}: ");
    shown.lines().filter_map(|line| line.strip_prefix(&start)).map(str::to_owned).collect()
}

#[test]
fn a_message_of_qos_1_that_is_lost_breaks_at_least_once() {
    let shown = broken_by(QoS::AtLeastOnce, Harm::Lose);
    for version in ["3.1.1", "5.0"] {
        let broken = broken(&shown, version);
        for place in ["exact topics", "`+`", "`#`"] {
            let line =
                format!("QoS 1: at least once to each subscriber: QoS 1, {place}: 1 missing");
            assert!(broken.contains(&line), "{line}\n{shown}");
        }
        assert!(broken.iter().all(|line| line.starts_with("QoS 1: at least once")), "{shown}");
    }
    let row = "\nQoS 1: at least once to each subscriber                         BROKEN  BROKEN\n";
    assert!(shown.contains(row), "{shown}");
    assert!(shown.contains("nothing more came for 3 s"), "{shown}");
}

#[test]
fn a_message_of_qos_2_that_comes_again_breaks_exactly_once() {
    let shown = broken_by(QoS::ExactlyOnce, Harm::Repeat);
    for version in ["3.1.1", "5.0"] {
        let places = ["exact topics", "`+`", "`#`"].map(|place| {
            format!("QoS 2: exactly once to each subscriber: QoS 2, {place}: 1 came again")
        });
        let group = "QoS 2: exactly once to a shared group: QoS 2, the shared group: 2 came again";
        assert_eq!(broken(&shown, version), [&places[..], &[group.to_owned()]].concat(), "{shown}");
    }
}

#[test]
fn a_message_that_is_changed_is_seen() {
    let shown = broken_by(QoS::AtMostOnce, Harm::Change);
    let line =
        "BROKEN 5.0: each message comes as it was sent, to the last byte: QoS 0, `#`: 1 changed";
    assert!(shown.contains(line), "{shown}");
    // A loss of QoS 0 is shown and breaks nothing.
    assert!(
        shown.contains(
            "\nQoS 0: at most once to each subscriber                          ok      ok\n"
        ),
        "{shown}"
    );
}

#[test]
fn wrong_options_are_told() {
    let nobody = format!("--broker mqtt://127.0.0.1:{}", free_port().expect("a port"));
    for (arguments, why) in [
        ("--what", "invalid option '--what'; see mqc-demo --help\n"),
        ("--messages 0", "--messages: at least 1 is needed; see mqc-demo --help\n"),
        ("--window 0", "--window: at least 1 is needed; see mqc-demo --help\n"),
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
