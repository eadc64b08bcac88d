//! Each promise that is broken is told: the demo at a network that does harm.

mod common;
mod faulty;

use common::{command, demo, text};
use faulty::{Harm, Harms};
use loopback::{PATIENCE, Program};
use mqc_client::{Client, Message, Messages, Options, Status};
use mqc_server::{Listen, Server, Settings};
use mqtt_core::{QoS, SessionStart, Version};
use std::process::Command;
use tokio::time::timeout;

/// A server behind a network that does harm, and the address there.
fn harmful(harms: Harms) -> (Server, String) {
    let listen = vec![Listen::new(([127, 0, 0, 1], 0).into())];
    let server = Server::start(Settings { listen, ..Settings::default() }).expect("a server");
    let port = faulty::start(server.addresses()[0], harms).expect("a free port");
    (server, format!("mqtt://127.0.0.1:{port}"))
}

/// Runs with a network that does harm.
fn run_with(harms: Harms) -> (Option<i32>, String) {
    let (_server, broker) = harmful(harms);
    // What is lost has to be waited for.
    let output = demo(&format!("--broker {broker} --messages 50 --window 50 --patience 2"));
    (output.status.code(), text(&output.stdout))
}

const SAME: &str = "each message comes as it was sent, to the last byte";
const AS_SENT: &str = "each message comes on its topic, with its QoS";
const IN_ORDER: &str = "the messages of a publisher come in their order";
const ANSWERED: &str = "each message can be sent; of QoS 1 and 2, it is acknowledged";
const AT_LEAST_ONCE: &str = "QoS 1: at least once to each subscriber";
const ONCE: &str = "QoS 2: exactly once to each subscriber";
const ONCE_SHARED: &str = "QoS 2: exactly once to a shared group";
const RETAINED: &str = "a retained message waits for who subscribes later";
const WILL: &str = "a will is published when a client vanishes, not when it leaves";
const SESSION: &str = "a session survives cuts: nothing lost, QoS 2 nothing twice";
const RESPONSE: &str = "a response comes to its request";

/// These guarantees are broken, in both versions, and no other; for each it is told how.
#[track_caller]
fn assert_broken(harms: Harms, expected: &[(&str, &str)]) {
    let (status, shown) = run_with(harms);
    assert_eq!(status, Some(1), "{shown}");
    assert!(shown.contains("\nNot all guarantees hold."), "{shown}");
    for (guarantee, how) in expected {
        // In 3.1.1 there are no responses.
        let is_everywhere = *guarantee != RESPONSE;
        let marks = if is_everywhere { ["BROKEN", "BROKEN"] } else { ["-", "BROKEN"] };
        assert_eq!(row(&shown, guarantee), marks, "{guarantee}\n{shown}");
        for version in ["3.1.1", "5.0"].iter().filter(|version| is_everywhere || **version == "5.0")
        {
            let line = format!("\nBROKEN {version}: {guarantee}: {how}");
            assert!(shown.contains(&line), "{line}\n{shown}");
        }
    }
    for line in shown.lines().filter(|line| line.contains("  BROKEN")) {
        assert!(expected.iter().any(|(guarantee, _)| line.starts_with(guarantee)), "{shown}");
    }
}

/// What the row of a guarantee says of both versions.
#[track_caller]
fn row<'a>(shown: &'a str, guarantee: &str) -> Vec<&'a str> {
    let row = shown.lines().find_map(|line| line.strip_prefix(guarantee)).expect("a row");
    row.split_whitespace().collect()
}

#[test]
fn what_is_changed_on_the_way_is_seen() {
    let harms = &[
        (QoS::AtMostOnce, Harm::Change),
        (QoS::AtLeastOnce, Harm::OtherTopic),
        (QoS::ExactlyOnce, Harm::Downgrade),
        (QoS::AtMostOnce, Harm::NotRetained),
        (QoS::AtMostOnce, Harm::NoSession),
    ];
    assert_broken(
        harms,
        &[
            // A loss of QoS 0 is shown and breaks nothing.
            (SAME, "QoS 0, `#`: 1 changed\n"),
            (AS_SENT, "QoS 1, `#`: 1 on another topic\n"),
            (AS_SENT, "QoS 2, exact topics: 1 with another QoS\n"),
            (RETAINED, "it came without RETAIN, or with another payload\n"),
            (SESSION, "coming back after a cut: the session is lost\n"),
        ],
    );
}

#[test]
fn what_comes_late_or_again_is_seen() {
    let harms = &[
        (QoS::AtMostOnce, Harm::Swap),
        (QoS::AtLeastOnce, Harm::Downgrade),
        (QoS::ExactlyOnce, Harm::Repeat),
        (QoS::AtMostOnce, Harm::WillAgain),
        (QoS::AtMostOnce, Harm::RepeatAfterCut),
    ];
    assert_broken(
        harms,
        &[
            (IN_ORDER, "QoS 0, `+`: 1 late\n"),
            (AS_SENT, "QoS 1, exact topics: 1 with another QoS\n"),
            (ONCE, "QoS 2, exact topics: 1 came again\n"),
            (ONCE, "QoS 2, `+`: 1 came again\n"),
            (ONCE, "QoS 2, `#`: 1 came again\n"),
            (ONCE_SHARED, "QoS 2, the shared group: 2 came again\n"),
            (WILL, "behind the will came another"),
            (SESSION, ""),
        ],
    );
}

#[test]
fn what_does_not_come_is_seen() {
    let harms = &[
        (QoS::AtLeastOnce, Harm::Lose),
        (QoS::AtMostOnce, Harm::NoWill),
        (QoS::AtMostOnce, Harm::NoResponse),
    ];
    let silence = "a message: nothing came for 2 s\n";
    assert_broken(
        harms,
        &[
            (AT_LEAST_ONCE, "QoS 1, exact topics: 1 missing\n"),
            (AT_LEAST_ONCE, "QoS 1, `+`: 1 missing\n"),
            (AT_LEAST_ONCE, "QoS 1, `#`: 1 missing\n"),
            ("QoS 1: at least once to a shared group", ""),
            (WILL, silence),
            (RESPONSE, silence),
        ],
    );
}

#[test]
fn a_message_without_answer_is_seen() {
    // The end of those behind it is not looked at.
    let how = "QoS 1: 40 were not, or have no answer\n";
    assert_broken(&[(QoS::AtLeastOnce, Harm::Unanswered)], &[(ANSWERED, how)]);
}

/// Another broker may grant less: that promise is not given then.
#[test]
fn a_lower_grant_is_a_note() {
    let (status, shown) = run_with(&[(QoS::ExactlyOnce, Harm::Grant)]);
    assert_eq!(status, Some(0), "{shown}");
    for version in ["3.1.1", "5.0  "] {
        let line = format!("\nnote   {version}  QoS 2  200 of 200 messages in ");
        assert!(shown.contains(&line), "{shown}");
    }
    assert!(shown.contains("; the broker grants QoS 0\n"), "{shown}");
    assert!(!shown.contains("\nQoS 2: exactly once"), "{shown}");
    assert_eq!(row(&shown, AT_LEAST_ONCE), ["ok", "ok"], "{shown}");
}

#[test]
fn another_broker_may_have_no_groups() {
    let (status, shown) = run_with(&[(QoS::AtMostOnce, Harm::NoShares(0x80))]);
    assert_eq!(status, Some(0), "{shown}");
    let why = "no shared subscriptions with this broker: the broker refuses: unspecified error";
    for version in ["3.1.1", "5.0"] {
        assert!(shown.contains(&format!("\nnote   {version}: {why}\n")), "{shown}");
    }
    assert!(shown.contains("\nok     5.0    QoS 2  150 of 150 messages in "), "{shown}");
}

/// Anything else is no way to say that there are none. 3.1.1 does not have this code.
#[test]
fn a_group_that_fails_otherwise_breaks_its_promise() {
    let (status, shown) = run_with(&[(QoS::AtMostOnce, Harm::NoShares(0x97))]);
    assert_eq!(status, Some(1), "{shown}");
    let line = "5.0: QoS 1: at least once to a shared group: the broker refuses: quota exceeded";
    assert!(shown.contains(&format!("\nBROKEN {line}\n")), "{shown}");
}

async fn connect(server: &Server, version: Version, client_id: &str) -> (Client, Messages) {
    let address = format!("mqtt://{}", server.addresses()[0]).parse().expect("a URL");
    let (client_id, clean_start) = (client_id.to_owned(), client_id.is_empty());
    let options = Options { version, client_id, clean_start, ..Options::new(address) };
    Client::connect(options).await.expect("the server")
}

/// The next topic that begins as those of the demo do.
async fn next_topic(messages: &mut Messages) -> String {
    let next = timeout(PATIENCE, messages.next()).await;
    next.expect("in time").expect("a connection").message.topic
}

/// Nothing of the demo is retained.
async fn assert_nothing_is_retained(server: &Server) {
    let (client, mut messages) = connect(server, Version::V5, "").await;
    client.subscribe("mqc-demo/#", QoS::AtLeastOnce).await.expect("an answer");
    let marker = Message::new("mqc-demo/marker", "").qos(QoS::AtLeastOnce);
    client.publish(marker).await.expect("an answer");
    assert_eq!(next_topic(&mut messages).await, "mqc-demo/marker");
}

#[tokio::test]
async fn nothing_is_retained_though_its_answer_did_not_come() {
    let (server, broker) = harmful(&[(QoS::AtMostOnce, Harm::RetainUnanswered)]);
    let arguments = format!("--broker {broker} --messages 5 --patience 1");
    let output = tokio::task::spawn_blocking(move || demo(&arguments)).await.expect("no panic");
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("retained: publishing: nothing came for 1 s"), "{shown}");
    assert_nothing_is_retained(&server).await;
}

/// Has somebody end it when there is a topic that ends so.
async fn ended_at(server: &Server, broker: &str, end: &str) -> String {
    let (client, mut messages) = connect(server, Version::V5, "").await;
    client.subscribe("mqc-demo/#", QoS::AtMostOnce).await.expect("an answer");
    let arguments = format!("--broker {broker} --messages 5");
    let mut program = Program::spawn(&mut command(&arguments)).expect("a program");
    let mut topic = next_topic(&mut messages).await;
    while !topic.ends_with(end) {
        topic = next_topic(&mut messages).await;
    }
    let id = program.id().to_string();
    let kill = Command::new("kill").args(["-INT", &id]).status().expect("kill");
    assert!(kill.success());
    let status = tokio::task::spawn_blocking(move || program.wait(PATIENCE)).await;
    assert_eq!(status.expect("no panic").expect("an end").code(), Some(130));
    topic
}

#[tokio::test]
async fn after_an_interrupt_nothing_is_retained() {
    let (server, broker) = harmful(&[(QoS::AtMostOnce, Harm::RetainLost)]);
    let _ = ended_at(&server, &broker, "/3.1.1/retained").await;
    assert_nothing_is_retained(&server).await;
}

#[tokio::test]
async fn after_an_interrupt_no_session_is_left() {
    let (server, broker) = harmful(&[(QoS::AtMostOnce, Harm::NoResponse)]);
    let topic = ended_at(&server, &broker, "/3.1.1/cut/1").await;
    let name = topic.split('/').nth(1).expect("a name");
    for client in ["sub", "pub"] {
        let client_id = format!("demo-{name}-{client}");
        let (client, _messages) = connect(&server, Version::V311, &client_id).await;
        let status = client.status();
        let Status::Connected(connected) = &*status.borrow() else {
            panic!("it is connected");
        };
        assert_ne!(connected.session, SessionStart::Resumed, "{client_id}");
    }
}
