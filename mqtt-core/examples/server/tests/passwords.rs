//! Passwords that take long to verify hold up nobody else.

mod program;
mod wire;

use loopback::{PATIENCE, free_port, within};
use mqtt_core::{Connect, Packet, Version, Will};
use program::{LISTEN, Running, start};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use wire::{connect, hello, packet};

/// A line for anna, with a hash of no password and nearly as many passes over 8 KiB as may be: it takes a second or
/// so.
const ANNA: &str = "anna:$argon2id$v=19$m=8,t=150000,p=1\
                    $c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG\n";

/// CONNECT of anna, with a will that is as long.
fn connect_anna(client_id: &str, will: usize) -> Vec<u8> {
    let payload = vec![b'w'; will];
    let connect = Connect {
        version: Version::V311,
        client_id,
        clean_start: true,
        user_name: Some("anna"),
        password: Some(b"x"),
        will: Some(Will { topic: "w", payload: &payload, ..Will::default() }),
        ..Connect::default()
    };
    let mut bytes = Vec::new();
    Packet::from(connect).encode(Version::V311, &mut bytes).unwrap();
    bytes
}

/// A server with one listener, anna, others who need no name, and these limits; and the port of its numbers.
fn start_with_anna(limits: &str) -> (Running, u16) {
    let metrics = free_port().unwrap();
    let config = format!(
        "metrics = \"127.0.0.1:{metrics}\"\nusers = \"users\"\nallow_anonymous = true\n{LISTEN}\
         [limits]\n{limits}"
    );
    (start(&config, ANNA), metrics)
}

fn wait_until_verifying(metrics: u16) {
    let is_verifying = || {
        let mut asking = connect(metrics);
        asking.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut page = String::new();
        asking.read_to_string(&mut page).unwrap();
        page.contains("mqtt_passwords_waiting 1\n").then_some(())
    };
    within(PATIENCE, is_verifying).expect("it is being verified");
}

#[test]
fn the_program_ends_while_one_is_verified() {
    let (mut running, metrics) = start_with_anna("");
    let mut stream = connect(running.ports[0]);
    stream.write_all(&connect_anna("a", 1)).unwrap();
    wait_until_verifying(metrics);
    running.program.terminate().unwrap();
    assert!(running.program.wait(PATIENCE).expect("it ends").success());
}

#[test]
fn many_that_wait_leave_room_for_events() {
    let (running, _) = start_with_anna("max_event_bytes = 1048576\n");
    let port = running.ports[0];
    let waiting: Vec<TcpStream> = (0..40)
        .map(|number| {
            let mut stream = connect(port);
            stream.write_all(&connect_anna(&number.to_string(), 60_000)).unwrap();
            stream
        })
        .collect();
    // The last is told that there are too many; others are served.
    let mut last = connect(port);
    last.write_all(&connect_anna("last", 60_000)).unwrap();
    assert_eq!(packet(&mut last), [0x20, 2, 0, 3]);
    let mut other = connect(port);
    other.write_all(&hello(b'o')).unwrap();
    assert_eq!(packet(&mut other)[3], 0);
    drop(waiting);
}

#[test]
fn who_was_not_read_meanwhile_is_read_on() {
    let (running, metrics) = start_with_anna("max_event_bytes = 1000\n");
    let port = running.ports[0];
    let mut publisher = connect(port);
    publisher.write_all(&hello(b'p')).unwrap();
    packet(&mut publisher);
    // One may always wait, and this one takes all the room.
    let mut stream = connect(port);
    stream.write_all(&connect_anna("a", 2000)).unwrap();
    wait_until_verifying(metrics);
    let mut bytes = b"\x30\x05\0\x01t\0i".repeat(8000);
    bytes.extend([0xC0, 0]);
    publisher.write_all(&bytes).unwrap();
    assert_eq!(packet(&mut stream), [0x20, 2, 0, 4]);
    assert_eq!(packet(&mut publisher), [0xD0, 0]);
}
