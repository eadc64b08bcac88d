//! What `mqc-pub` sends.

use super::{PUB, VERSIONS, ours, publish, run, text};
use loopback::{
    Broker, BrokerOptions, MosquittoSub, PATIENCE, Program, Stream, mosquitto_pub, within,
};
use std::ffi::OsStr;
use std::fs;
use std::io;

/// Every byte there is, and the ends of lines.
fn binary() -> Vec<u8> {
    (0..=255u8).chain(*b"\r\n\0\n\n").collect()
}

#[test]
fn each_source_arrives_as_it_is() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let port = broker.port();
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), binary())?;
    let path = file.path().to_string_lossy().into_owned();
    for (version, qos) in VERSIONS.into_iter().zip(["0", "1", "2"]) {
        let sub = MosquittoSub::start(port, ["-V", version, "-q", qos, "-t", "a/b"])?;
        let common = ["-V", version, "-q", qos, "-t", "a/b"];
        let send = |more: &[&str], stdin: &[u8]| publish(port, common.iter().chain(more), stdin);
        send(&["-m", "-5 °C"], b"")?;
        send(&["-f", &path], b"")?;
        send(&["-s"], &binary())?;
        send(&["-n"], b"")?;
        send(&["-l"], b"one\n\ntwo\r\nlast")?;
        send(&["-l"], b"")?;
        send(&["-m", "end"], b"")?;
        let messages = sub.wait_for(9, PATIENCE)?;
        let payloads: Vec<_> = messages.iter().map(|message| &message.payload[..]).collect();
        let all = binary();
        let expected: [&[u8]; 9] =
            ["-5 °C".as_bytes(), &all, &all, b"", b"one", b"", b"two\r", b"last", b"end"];
        assert_eq!(payloads, expected, "version {version}");
        assert!(messages.iter().all(|message| message.qos.to_string() == qos));
    }
    Ok(())
}

#[test]
fn ten_thousand_lines_arrive_in_order() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default().line("max_queued_messages 0"))
    else {
        return Ok(());
    };
    let input: Vec<String> = (0..10_000).map(|number| format!("line {number}")).collect();
    for (version, qos) in [("311", "0"), ("311", "1"), ("5", "1"), ("5", "2")] {
        let sub = MosquittoSub::start(broker.port(), ["-V", "311", "-q", qos, "-t", "lines"])?;
        let args = ["-V", version, "-q", qos, "-t", "lines", "-l"];
        publish(broker.port(), args, input.join("\n").as_bytes())?;
        let messages = sub.wait_for(input.len(), PATIENCE)?;
        assert_eq!(messages.len(), input.len());
        for (message, line) in messages.iter().zip(&input) {
            assert_eq!(text(&message.payload), *line);
        }
    }
    Ok(())
}

#[test]
fn a_line_is_sent_before_the_next_one_is_there() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let sub = MosquittoSub::start(broker.port(), ["-t", "a"])?;
    let mut program = Program::spawn(ours(PUB, broker.port()).args(["-t", "a", "-l"]))?;
    for number in 1..=3 {
        program.write(b"line\n")?;
        assert_eq!(sub.wait_for(number, PATIENCE)?.len(), number);
    }
    assert!(program.wait(PATIENCE)?.success());
    Ok(())
}

#[test]
fn lines_go_on_with_a_broker_that_comes_back() -> io::Result<()> {
    let Some(mut broker) =
        Broker::for_test(BrokerOptions { store: true, ..BrokerOptions::default() })
    else {
        return Ok(());
    };
    mosquitto_pub(broker.port(), ["-t", "a", "-r"], b"before")?;
    let args = ["-V", "5", "-q", "1", "-r", "-t", "a", "-l", "-d"];
    let mut program = Program::spawn(ours(PUB, broker.port()).args(args))?;
    program.write(b"one\n")?;
    let sub = MosquittoSub::start(broker.port(), ["-t", "a"])?;
    within(PATIENCE, || {
        sub.received().ok().filter(|all| all.iter().any(|it| it.payload == b"one"))
    })
    .expect("the first line");
    broker.restart()?;
    program.write(b"two\n")?;
    assert!(program.wait(PATIENCE)?.success());
    let errors = text(&program.output(Stream::Stderr));
    assert!(errors.contains("trying again"), "{errors}");
    let sub = MosquittoSub::start(broker.port(), ["-t", "a"])?;
    assert_eq!(sub.wait_for(1, PATIENCE)?[0].payload, b"two");
    Ok(())
}

#[test]
fn a_message_is_retained_and_deleted() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let port = broker.port();
    for version in VERSIONS {
        publish(port, ["-V", version, "-t", "state", "-r", "-m", "on"], b"")?;
        publish(port, ["-V", version, "-t", "gone", "-r", "-m", "on"], b"")?;
        publish(port, ["-V", version, "-t", "gone", "-r", "-n"], b"")?;
        publish(port, ["-V", version, "-t", "fleeting", "-m", "on"], b"")?;
        let sub = MosquittoSub::start(port, ["-t", "#"])?;
        publish(port, ["-t", "end", "-n"], b"")?;
        let messages = sub.wait_for(2, PATIENCE)?;
        let seen: Vec<_> = messages.iter().map(|it| (it.topic.as_str(), it.retain)).collect();
        assert_eq!(seen, [("state", true), ("end", false)]);
    }
    Ok(())
}

#[test]
fn a_message_is_repeated() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let sub = MosquittoSub::start(broker.port(), ["-q", "1", "-t", "a"])?;
    let args = ["-q", "1", "-t", "a", "-m", "x", "--repeat", "3", "--repeat-delay", "0.01"];
    publish(broker.port(), args, b"")?;
    publish(broker.port(), ["-q", "1", "-t", "a", "-m", "end"], b"")?;
    let payloads: Vec<_> = sub.wait_for(4, PATIENCE)?.into_iter().map(|it| it.payload).collect();
    assert_eq!(payloads, [&b"x"[..], b"x", b"x", b"end"]);
    Ok(())
}

#[test]
fn properties_arrive() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let sub = MosquittoSub::start(broker.port(), ["-V", "5", "-t", "a"])?;
    // No `-V`: properties choose 5.0.
    let words = "-t a -m {} -D publish content-type text/json -D PUBLISH response-topic re/ply \
        -D publish correlation-data 7 -D publish message-expiry-interval 3600 \
        -D publish payload-format-indicator 1 -D publish user-property k 1 \
        --property publish user-property k -2";
    publish(broker.port(), words.split_whitespace(), b"")?;
    let properties = sub.wait_for(1, PATIENCE)?.remove(0).properties;
    assert_eq!(properties.content_type.as_deref(), Some("text/json"));
    assert_eq!(properties.response_topic.as_deref(), Some("re/ply"));
    assert_eq!(properties.correlation_data.as_deref(), Some("7"));
    // The broker counts it down, in whole seconds.
    let left = u64::from(properties.message_expiry_interval.expect("it expires"));
    assert!((3600 - PATIENCE.as_secs()..=3600).contains(&left), "{left} s");
    assert_eq!(properties.payload_format_indicator, Some(1));
    let pair = |value: &str| ("k".to_owned(), value.to_owned());
    assert_eq!(properties.user_properties, [pair("1"), pair("-2")]);
    Ok(())
}

#[test]
fn a_connection_is_as_the_options_say() -> io::Result<()> {
    let Some(broker) =
        Broker::for_test(BrokerOptions::default().user("anna", "secret").line("log_type all"))
    else {
        return Ok(());
    };
    let send = |args: &str| {
        let who = "-t a -m x -u anna -P secret ";
        publish(broker.port(), who.split_whitespace().chain(args.split_whitespace()), b"")
    };
    send("-i one -V mqttv31 -k 7")?;
    send("-i two -V mqttv311 -c -k 0")?;
    send("-i three -V mqttv5 -c -x 60")?;
    send("-I pre")?;
    let log = broker.log();
    // Protocol, clean session, keep alive, user.
    for end in [
        "as one (p1, c1, k7, u'anna').",
        "as two (p2, c0, k0, u'anna').",
        "as three (p5, c0, k60, u'anna').",
        "(p2, c1, k60, u'anna').",
    ] {
        assert!(log.contains(end), "{end} in {log}");
    }
    assert!(log.contains(" as pre"), "{log}");
    for name in ["one", "two", "three"] {
        assert!(log.contains(&format!("Received DISCONNECT from {name}")), "{log}");
    }
    Ok(())
}

#[test]
fn a_will_is_published_if_the_program_is_killed() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let port = broker.port();
    for version in VERSIONS {
        let watcher = MosquittoSub::start(port, ["-q", "2", "-V", version, "-t", "wills/+"])?;
        let start = |topic: &str| {
            let mut command = ours(PUB, port);
            command.args(["-V", version, "-t", "wills/first", "-l", "--will-topic", topic]);
            command.args(["--will-payload", "-gone", "--will-qos", "2", "--will-retain"]);
            if version == "5" {
                command.args(["-D", "will", "content-type", "text/plain"]);
            }
            Program::spawn(&mut command)
        };
        let mut killed = start("wills/killed")?;
        killed.write(b"hello\n")?;
        watcher.wait_for(1, PATIENCE)?;
        killed.kill()?;
        watcher.wait_for(2, PATIENCE)?;
        let mut ended = start("wills/ended")?;
        ended.write(b"hello\n")?;
        assert!(ended.wait(PATIENCE)?.success());
        publish(port, ["-t", "wills/end", "-n"], b"")?;
        let messages = watcher.wait_for(4, PATIENCE)?;
        let topics: Vec<_> = messages.iter().map(|message| message.topic.as_str()).collect();
        assert_eq!(topics, ["wills/first", "wills/killed", "wills/first", "wills/end"]);
        assert_eq!((&messages[1].payload[..], messages[1].qos), (&b"-gone"[..], 2));
        let content_type = messages[1].properties.content_type.as_deref();
        assert_eq!(content_type, (version == "5").then_some("text/plain"));
        mosquitto_pub(port, ["-r", "-t", "wills/killed"], b"")?;
    }
    Ok(())
}

#[test]
fn a_signal_ends_it_with_a_disconnect() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default().line("log_type all")) else {
        return Ok(());
    };
    let sub = MosquittoSub::start(broker.port(), ["-t", "a"])?;
    let mut program = Program::spawn(ours(PUB, broker.port()).args(["-i", "me", "-t", "a", "-l"]))?;
    program.write(b"hello\n")?;
    sub.wait_for(1, PATIENCE)?;
    program.terminate()?;
    // Its standard input is still open.
    let status = within(PATIENCE, || program.try_wait().transpose()).expect("it ends")?;
    assert_eq!(status.code(), Some(1));
    let is_told = || broker.log().contains("Received DISCONNECT from me").then_some(());
    within(PATIENCE, is_told).expect("it says so to the broker");
    Ok(())
}

#[test]
fn large_messages_arrive() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let payload: Vec<u8> = (0..20 << 20).map(|number: u32| (number % 251) as u8).collect();
    let path = tempfile::NamedTempFile::new()?;
    fs::write(path.path(), &payload)?;
    for qos in ["0", "1"] {
        let common = ["-V", "5", "-q", qos, "-t", "large", "-r", "-f"];
        publish(
            broker.port(),
            common.iter().map(OsStr::new).chain([path.path().as_os_str()]),
            b"",
        )?;
        let args = ["-t", "large", "-N", "-C", "1"];
        let output = run(super::SUB, broker.port(), args, b"")?;
        assert!(output.stdout == payload, "{} bytes", output.stdout.len());
    }
    Ok(())
}
