//! What goes wrong is told in one line, and by the exit code.

use super::{PUB, SUB, VERSIONS, publish, run, text};
use loopback::{Broker, BrokerOptions, PATIENCE, Program, free_port};
use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::process::Command;

/// Runs a program that fails, and gives what it says and its exit code.
fn failed(program: &str, args: &str) -> io::Result<(String, Option<i32>)> {
    let mut command = Command::new(program);
    let output = Program::run(command.args(args.split_whitespace()), b"", PATIENCE)?;
    assert_eq!(text(&output.stdout), "");
    Ok((text(&output.stderr), output.status.code()))
}

#[test]
fn wrong_options_are_told() -> io::Result<()> {
    for (args, why) in [
        ("-m x", "there is no topic (-t)"),
        (
            "-t a",
            "the following required arguments were not provided: <--message <TEXT>|--file <FILE>|--stdin-line|--stdin-file|--null-message>",
        ),
        ("-t a -m x -n", "the argument '--message <TEXT>' cannot be used with '--null-message'"),
        ("-t a/# -m x", "-t a/#: topic name contains a wildcard at byte 2"),
        ("-t a -m x --foo", "unexpected argument '--foo' found"),
        ("-t a -m x -q 3", "invalid value '3' for '--qos <QOS>': not 0, 1 or 2"),
        (
            "-t a -m x -V 4",
            "invalid value '4' for '--protocol-version <VERSION>': not mqttv31, mqttv311 or mqttv5",
        ),
        ("-t a -l --repeat 2", "the argument '--stdin-line' cannot be used with '--repeat <N>'"),
        ("-t a -f /no/such", "-f /no/such: No such file or directory (os error 2)"),
        ("-t a -m x -c", "-c needs a client identifier (-i)"),
        ("-t a -m x --store sqlite:a", "--store needs a client identifier (-i)"),
        ("-t a -m x -P secret", "a password needs a user name (-u) before MQTT 5.0"),
        ("-t a -m x -V 311 -x 5", "-x needs MQTT 5.0 (-V 5)"),
        ("-t a -m x -V 31 -D publish content-type a", "-D needs MQTT 5.0 (-V 5)"),
        ("-t a -m x -D publish colour red", "-D publish colour: there is no such property"),
        (
            "-t a -m x -D suback content-type red",
            "-D suback: not one of connect, will, publish, subscribe, unsubscribe, disconnect",
        ),
        (
            "-t a -m x -D publish receive-maximum 5",
            "-D publish receive-maximum: PUBLISH has no such property",
        ),
        (
            "-t a -m x -D publish topic-alias 5",
            "-D publish topic-alias: the client chooses topic aliases by itself",
        ),
        (
            "-t a -m x -D connect request-problem-information 0",
            "-D connect request-problem-information: the client does not send this",
        ),
        (
            "-t a -m x -D connect authentication-data x",
            "-D connect authentication-data: there is no authentication-method",
        ),
        (
            "-t a -m x -D disconnect user-property k v",
            "-D disconnect user-property: the client does not send this",
        ),
        (
            "-t a -m x -D publish message-expiry-interval x",
            "-D publish message-expiry-interval \"x\": not a number that fits",
        ),
        (
            "-t a -m x -D publish user-property k",
            "-D publish user-property: takes a name and a value",
        ),
        ("-t a -m x -D publish content-type k v", "-D publish content-type: takes one value"),
        ("-t a -m x -D will content-type k", "-D will content-type: there is no --will-topic"),
        (
            "-t a -m x --will-qos 1",
            "the following required arguments were not provided: --will-topic <TOPIC>",
        ),
        (
            "-t a -m x --will-topic a/+",
            "--will-topic a/+: topic name contains a wildcard at byte 2",
        ),
        (
            "-t a -m x --cafile /no/such",
            "/no/such: I/O error: No such file or directory (os error 2)",
        ),
        (
            "-t a -m x -L http://x",
            "--url: http://x: the scheme is http, not mqtt, mqtts, ws or wss",
        ),
        ("-t a -m x -L mqtt://x/b", "the topic is in -t and in the URL"),
        (
            "-t a -m x -L mqtt://x --cafile x",
            "mqtt://x:1883 is without TLS: use mqtts:// or wss://",
        ),
        ("-t a -m x -L mqtt://", "--url: mqtt://: no host"),
    ] {
        let (said, code) = failed(PUB, args)?;
        assert_eq!(said, format!("mqc-pub: {why}; see mqc-pub --help\n"), "{args}");
        assert_eq!(code, Some(2), "{args}");
    }
    for (args, why) in [
        ("-h x", "there is no topic (-t)"),
        ("-t a/#/b", "-t a/#/b: # is not the last level of the topic filter at byte 2"),
        ("-t a -T b+", "-T b+: + is not alone in its level at byte 1"),
        ("-t a -F %k", "-F \"%k\": there is no %k"),
        ("-t a --json -v", "the argument '--json' cannot be used with '--verbose'"),
        ("-t a -V 311 --no-local", "--no-local needs MQTT 5.0 (-V 5)"),
        ("-t a -C 0", "invalid value '0' for '-C <N>': 0 is not in 1..18446744073709551615"),
        (
            "-t a -D publish content-type a",
            "-D publish content-type: the client does not send this",
        ),
        (
            "-t a -D subscribe user-property k v",
            "-D subscribe user-property: the client does not send this",
        ),
    ] {
        let (said, code) = failed(SUB, args)?;
        assert_eq!(said, format!("mqc-sub: {why}; see mqc-sub --help\n"), "{args}");
        assert_eq!(code, Some(2), "{args}");
    }
    Ok(())
}

#[test]
fn help_teaches() -> io::Result<()> {
    for (program, name) in [(PUB, "mqc-pub"), (SUB, "mqc-sub")] {
        let output = Program::run(Command::new(program).arg("--help"), b"", PATIENCE)?;
        assert!(output.status.success());
        let help = text(&output.stdout);
        assert!(help.contains(&format!("Examples:\n  {name} -")), "{help}");
        let output = Program::run(Command::new(program).arg("--version"), b"", PATIENCE)?;
        assert!(text(&output.stdout).starts_with(name));
    }
    Ok(())
}

#[test]
fn a_broker_that_is_not_there_is_told() -> io::Result<()> {
    let port = free_port()?;
    for (program, name, args) in [(PUB, "mqc-pub", "-t a -m x"), (SUB, "mqc-sub", "-t a")] {
        let (said, code) = failed(program, &format!("-h 127.0.0.1 -p {port} {args}"))?;
        let why = "Connection refused (os error 111)";
        assert_eq!(said, format!("{name}: mqtt://127.0.0.1:{port}: {why}\n"));
        assert_eq!(code, Some(1));
        let (said, code) = failed(program, &format!("-L mqtt://no-such-host.invalid {args}"))?;
        let begin = format!("{name}: mqtt://no-such-host.invalid:1883: failed to lookup address");
        assert!(said.starts_with(&begin) && said.lines().count() == 1, "{said}");
        assert_eq!(code, Some(1));
        let (said, code) = failed(program, &format!("--quiet -h 127.0.0.1 -p {port} {args}"))?;
        assert_eq!((said.as_str(), code), ("", Some(1)));
    }
    Ok(())
}

#[test]
fn a_wrong_password_is_told() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default().user("anna", "secret")) else {
        return Ok(());
    };
    let port = broker.port();
    for version in VERSIONS {
        for (program, of, more) in [(PUB, "mqc-pub", &["-m", "x"][..]), (SUB, "mqc-sub", &[])] {
            let wrong = ["-V", version, "-t", "a", "-u", "anna", "-P", "wrong"];
            let output = run(program, port, wrong.iter().chain(more), b"")?;
            let said = format!("{of}: the broker refuses the connection: not authorized\n");
            assert_eq!(text(&output.stderr), said);
            assert_eq!(output.status.code(), Some(1));
        }
        publish(port, ["-V", version, "-t", "a", "-u", "anna", "-P", "secret", "-m", "x"], b"")?;
        let url = format!("mqtt://anna:secret@127.0.0.1:{port}/a");
        let mut command = Command::new(PUB);
        let output =
            Program::run(command.args(["-V", version, "-m", "x", "-L", &url]), b"", PATIENCE)?;
        assert_eq!((text(&output.stderr).as_str(), output.status.code()), ("", Some(0)));
    }
    Ok(())
}

#[test]
fn a_refused_message_is_told() -> io::Result<()> {
    let rules = tempfile::NamedTempFile::new()?;
    std::fs::write(rules.path(), "topic readwrite yes/#\ntopic deny no/#\n")?;
    let guarded = format!("acl_file {}", rules.path().display());
    let Some(broker) = Broker::for_test(BrokerOptions::default().line(&guarded)) else {
        return Ok(());
    };
    for qos in ["1", "2"] {
        let args = ["-V", "5", "-q", qos, "-t", "no/1", "-l"];
        let output = run(PUB, broker.port(), args, b"one\ntwo\n")?;
        let said = "mqc-pub: the broker refuses a message: not authorized\n";
        assert_eq!(text(&output.stderr), said.repeat(2));
        assert_eq!(output.status.code(), Some(1));
    }
    Ok(())
}

/// A broker that takes one connection, and answers SUBSCRIBE with these codes and a message.
fn picky(version: &str, codes: &[u8]) -> io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    // In 5.0 each packet has a length of properties more.
    let none: &[u8] = if version == "5" { &[0] } else { &[] };
    let connack = [&[0x20, 2 + none.len() as u8, 0, 0], none].concat();
    let suback = move |id: &[u8]| {
        let len = (2 + none.len() + codes.len()) as u8;
        [&[0x90, len], id, none, codes].concat()
    };
    let suback = suback(&[0, 1]);
    let publish = [&[0x30, 8 + none.len() as u8, 0, 5], &b"yes/1"[..], none, b"x"].concat();
    std::thread::spawn(move || -> io::Result<()> {
        let (mut stream, _) = listener.accept()?;
        // The client waits for each answer, so that a read gets the whole packet, or enough of it.
        let mut packet = [0; 1024];
        let _connect = stream.read(&mut packet)?;
        stream.write_all(&connack)?;
        let len = stream.read(&mut packet)?;
        assert_eq!((packet[0], &packet[2..4]), (0x82, &[0, 1][..]), "{:?}", &packet[..len]);
        stream.write_all(&suback)?;
        stream.write_all(&publish)?;
        while stream.read(&mut packet)? > 0 {}
        Ok(())
    });
    Ok(port)
}

#[test]
fn a_refused_subscription_is_told() -> io::Result<()> {
    for (version, code, name) in [("311", 0x80, "failure"), ("5", 0x87, "not authorized")] {
        let port = picky(version, &[code])?;
        let output = run(SUB, port, ["-V", version, "-t", "no/#"], b"")?;
        assert_eq!(text(&output.stderr), format!("mqc-sub: the broker refuses no/#: {name}\n"));
        assert_eq!(output.status.code(), Some(1));
        // One of several does not hinder the others.
        let port = picky(version, &[code, 0])?;
        let args = ["-V", version, "-t", "no/#", "-t", "yes/1", "-C", "1"];
        let output = run(SUB, port, args, b"")?;
        assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("x\n", Some(0)));
        assert_eq!(text(&output.stderr), format!("mqc-sub: the broker refuses no/#: {name}\n"));
    }
    Ok(())
}
