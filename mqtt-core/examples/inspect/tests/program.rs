//! The program as its user meets it: arguments, output, exit status.

mod common;

use common::{captures, folder};
use std::io::Write;
use std::process::{Command, Output, Stdio};

fn run(arguments: &[&str], input: Option<&[u8]>) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_inspect"))
        .args(arguments)
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    if let (Some(bytes), Some(mut stdin)) = (input, child.stdin.take()) {
        stdin.write_all(bytes).unwrap();
    }
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// A CONNECT of 3.1.1.
const CONNECT: &str = "10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61";

#[test]
fn all_captures_are_fine() {
    let paths = captures();
    let mut arguments = vec!["--summary"];
    arguments.extend(paths.iter().map(|path| path.to_str().unwrap()));
    let (status, text, errors) = run(&arguments, None);
    assert_eq!((status, errors.as_str()), (0, ""));
    // Each connection in them begins with CONNECT.
    let counts = std::fs::read_to_string(folder().join("counts.tsv")).unwrap();
    let connections: u32 = counts
        .lines()
        .filter_map(|line| line.split_once("\tCONNECT\t"))
        .map(|(_, numbers)| numbers.split('\t').next().unwrap().parse::<u32>().unwrap())
        .sum();
    let end = format!("{} inputs, {connections} MQTT connections, 0 malformed\n", paths.len());
    assert!(text.ends_with(&end), "{text}");
    let (status, long, _) = run(&arguments[1..], None);
    assert_eq!(status, 0);
    assert!(long.contains("topic filter") && !text.contains("topic filter"));
    // No colours where nobody sees them.
    assert!(!long.contains('\x1b'));
}

#[test]
fn hex_may_be_arguments_or_piped_in() {
    let line = "@0  CONNECT     MQTT 3.1.1, client \"a\", clean session, keep alive 60 s\n";
    let words: Vec<&str> = ["-s"].into_iter().chain(CONNECT.split(' ')).collect();
    for (arguments, input) in [
        (&words[..], None),
        (&["-s", CONNECT], None),
        (&["-s", &CONNECT.replace(' ', ":")], None),
        (&["-s", "-"], Some(CONNECT.as_bytes())),
        (&["-s"], Some(CONNECT.as_bytes())),
        (&["--summary"], Some(b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a".as_slice())),
    ] {
        let (status, text, errors) = run(arguments, input);
        assert_eq!((status, errors.as_str()), (0, ""), "{arguments:?}");
        assert!(text.contains(line), "{arguments:?}: {text}");
    }
}

#[test]
fn a_capture_may_be_piped_in() {
    let bytes = std::fs::read(folder().join("mqttjs-v5.pcapng")).unwrap();
    let (status, text, _) = run(&["-s"], Some(&bytes));
    assert_eq!(status, 0);
    assert!(text.contains("standard input  pcapng, Ethernet, from 20"), "{text}");
    assert!(text.contains("1 MQTT connection, 0 malformed"), "{text}");
}

#[test]
fn a_malformed_packet_makes_the_exit_status_1() {
    let (status, text, _) = run(&["-v", "5", "82 03 00 01 00"], None);
    assert_eq!(status, 1);
    for part in ["malformed SUBSCRIBE", "statement", "DISCONNECT 0x82", "1 malformed"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_cannot_be_read_makes_the_exit_status_1_and_the_rest_is_read() {
    let good = folder().join("paho-v311.pcap");
    let (status, text, _) = run(&["-s", "no/such/file", good.to_str().unwrap()], None);
    assert_eq!(status, 1);
    assert!(text.contains("no/such/file: "), "{text}");
    assert!(text.contains("2 inputs, 1 MQTT connection, 0 malformed, 1 unreadable"), "{text}");
    let (status, text, _) = run(&["-s"], Some(b"not hex at all"));
    assert_eq!(status, 1);
    assert!(text.contains("'n' in line 1 is not a hex digit"), "{text}");
}

#[test]
fn wrong_options_make_the_exit_status_2() {
    for arguments in [&["--no-such-option"][..], &["-v", "4", "c000"], &["-p", "http", "c000"]] {
        let (status, text, errors) = run(arguments, None);
        assert_eq!((status, text.as_str()), (2, ""));
        assert!(errors.starts_with("inspect: ") && errors.ends_with("see inspect --help\n"));
    }
    let (status, text, _) = run(&["--help"], None);
    assert_eq!(status, 0);
    assert!(text.contains("--summary"));
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let path = folder().join("mosquitto-v311.pcap");
    let mut child = Command::new(env!("CARGO_BIN_EXE_inspect"))
        .arg(path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]));
}
