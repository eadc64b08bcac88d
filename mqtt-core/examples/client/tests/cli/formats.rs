//! `-F` prints what mosquitto_sub prints; `--json` is for programs.

use super::{SUB, end, run, subscriber, text};
use loopback::{Broker, BrokerOptions, PATIENCE, Program, mosquitto_pub};
use serde_json::{Value, json};
use std::io;
use std::process::Command;

/// What mosquitto_sub and `mqc-sub` print for a retained message.
fn both(port: u16, args: &[&str]) -> io::Result<[Vec<u8>; 2]> {
    let mut theirs = Command::new("mosquitto_sub");
    theirs.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-C", "1"]).args(args);
    let theirs = Program::run(&mut theirs, b"", PATIENCE)?;
    let ours = run(SUB, port, ["-C", "1"].iter().chain(args), b"")?;
    assert_eq!((theirs.status.code(), ours.status.code()), (Some(0), Some(0)), "{args:?}");
    Ok([theirs.stdout, ours.stdout])
}

// The manual of mosquitto_sub says that a width is the least. Where version 2.0 does otherwise, its manual is
// followed: it cuts a payload that is longer, halves one in hex, and does not fill up a `%R` that is not there.

/// Messages with all that a format can show: arguments and payload.
const MESSAGES: [(&[&str], &[u8]); 3] = [
    (&["-V", "5", "-t", "f/plain"], b"21.5"),
    (&["-V", "5", "-q", "2", "-t", "f/bytes"], b"\0\x01\x7f\x80\xff\n"),
    (
        &[
            "-V",
            "5",
            "-q",
            "1",
            "-t",
            "f/prôperties",
            "-D",
            "publish",
            "content-type",
            "text/plain",
            "-D",
            "publish",
            "correlation-data",
            "abc",
            "-D",
            "publish",
            "payload-format-indicator",
            "1",
            "-D",
            "publish",
            "response-topic",
            "re/ply",
            "-D",
            "publish",
            "user-property",
            "k1",
            "v1",
            "-D",
            "publish",
            "user-property",
            "k1",
            "v 2",
        ],
        b"h\"e\\llo w\xc3\xb6rld",
    ),
];

const FORMATS: [&str; 19] = [
    "[%p][%t][%x][%X][%q][%r][%l][%m]",
    "[%30p][%-30p][%030p]",
    "[%.3x][%.4p]",
    "[%20t][%-20t][%.2t][%5.2t][%-5.2t][%05.2t][%020t][%0t][%-t][%.0t]",
    "[%5l][%-5l][%05l][%-05l][%00005l][%5.2l]",
    "[%5A][%05A][%-5A][%A]",
    "[%C][%20C][%020C][%.4C][%-20.4C]",
    "[%D][%5D][%E][%10E][%010E][%-10E][%F][%5F][%05F]",
    "[%R][%P][%20P]",
    "[%S][%5S][%05S][%-5S]",
    "[%5m][%05m][%-5m]",
    "[%5q][%5r][%5%][%%]",
    "[%.4I][%5.4I]",
    "@Y-@m-@d @@ @a @b @j @!",
    "\\\\ \\n|\\t|\\a|\\e[92m|\\0|\\v|\\r|",
    "plain äöü %t",
    "",
    "%t\\0%p\\0",
    "%%p @@Y \\\\n",
];

#[test]
fn formats_are_those_of_mosquitto_sub() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let port = broker.port();
    for (args, payload) in MESSAGES {
        mosquitto_pub(port, ["-r"].iter().chain(args), payload)?;
        let topic = args[args.iter().position(|arg| *arg == "-t").expect("a topic") + 1];
        for format in FORMATS {
            for version in ["311", "5"] {
                let common = ["-V", version, "-q", "2", "-t", topic, "-F", format];
                let [theirs, ours] = both(port, &common)?;
                assert_eq!(text(&ours), text(&theirs), "{format} for {topic}, version {version}");
                assert_eq!(ours, theirs);
            }
        }
        for args in [&["-v"][..], &["-N"], &["-v", "-N"], &["-F", "%p", "-N"], &[]] {
            let [theirs, ours] = both(port, &[&["-t", topic], args].concat())?;
            assert_eq!(ours, theirs, "{args:?}");
        }
    }
    let args = "-V 5 -q 1 -t f/plain -F [%S][%5S][%05S] -D subscribe subscription-identifier 7";
    let [theirs, ours] = both(port, &args.split_whitespace().collect::<Vec<_>>())?;
    assert_eq!(ours, theirs);
    Ok(())
}

/// Without the time, which is never the same.
fn familiar(line: &[u8]) -> io::Result<Value> {
    let mut value: Value = serde_json::from_slice(line)?;
    let time = value["tst"].take();
    assert!(time.as_str().is_some_and(|time| time.len() >= 31), "{time}");
    Ok(value)
}

#[test]
fn familiar_json_says_the_same() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let port = broker.port();
    for (args, payload) in [MESSAGES[0], MESSAGES[2]] {
        mosquitto_pub(port, ["-r"].iter().chain(args), payload)?;
    }
    mosquitto_pub(port, ["-r", "-t", "f/json"], b"{ \"a\" : [1,\n true, null, \"\\\" x\"] }")?;
    for (version, topic, format) in [
        ("311", "f/plain", "%j"),
        ("311", "f/plain", "%J"),
        ("5", "f/plain", "%J"),
        ("5", "f/prôperties", "%j"),
        ("5", "f/json", "%j"),
        ("311", "f/json", "%J"),
    ] {
        let common = ["-V", version, "-q", "2", "-t", topic, "-F", format];
        let [theirs, ours] = both(port, &common)?;
        assert_eq!(familiar(&ours)?, familiar(&theirs)?, "{format} for {topic}");
        assert!(ours.ends_with(b"}\n") && !ours[..ours.len() - 1].contains(&b'\n'));
    }
    // A payload that is no JSON is told of, and the rest is printed.
    let args = ["-t", "f/prôperties", "-F", "<%J>", "-C", "1"];
    let output = run(SUB, port, args, b"")?;
    assert_eq!(text(&output.stderr), "mqc-sub: f/prôperties: the payload is no JSON\n");
    assert_eq!(text(&output.stdout), "<>\n");
    Ok(())
}

#[test]
fn each_message_is_an_object() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let port = broker.port();
    let args = "-q 2 -t f/# --json -C 4 -D subscribe subscription-identifier 9";
    let program = subscriber(port, args.split_whitespace())?;
    for (args, payload) in MESSAGES {
        mosquitto_pub(port, args, payload)?;
    }
    mosquitto_pub(port, ["-t", "f/empty"], b"")?;
    let (output, code) = end(program)?;
    assert_eq!(code, Some(0));
    let mut lines: Vec<Value> =
        output.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    for line in &mut lines {
        // 2026-11-22T00:12:03.092966+00:00
        let time = line.as_object_mut().and_then(|line| line.remove("time"));
        assert!(time.is_some_and(|time| time.as_str().is_some_and(|time| time.len() == 32)));
    }
    let identifiers = json!({ "subscription_identifiers": [9] });
    assert_eq!(
        lines[0],
        json!({
            "topic": "f/plain", "qos": 0, "retain": false, "dup": false,
            "encoding": "utf-8", "payload": "21.5", "properties": identifiers,
        })
    );
    assert_eq!(
        lines[1],
        json!({
            "topic": "f/bytes", "qos": 2, "retain": false, "dup": false, "packet_id": 1,
            "encoding": "base64", "payload": "AAF/gP8K", "properties": identifiers,
        })
    );
    assert_eq!(
        lines[2],
        json!({
            "topic": "f/prôperties", "qos": 1, "retain": false, "dup": false, "packet_id": 2,
            "encoding": "utf-8", "payload": "h\"e\\llo wörld",
            "properties": {
                "payload_format_indicator": 1, "content_type": "text/plain",
                "response_topic": "re/ply", "correlation_encoding": "utf-8",
                "correlation_data": "abc", "subscription_identifiers": [9],
                "user_properties": [["k1", "v1"], ["k1", "v 2"]],
            },
        })
    );
    assert_eq!(
        lines[3],
        json!({
            "topic": "f/empty", "qos": 0, "retain": false, "dup": false,
            "encoding": "utf-8", "payload": "", "properties": identifiers,
        })
    );
    Ok(())
}
