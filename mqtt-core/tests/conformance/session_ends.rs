//! The end of a connection.

use crate::kit::{Peer, Session, Setup, both, bytes, publish};
use crate::session_auth::{METHOD, STEP, asking, auth};
use mqtt_core::{ClientSession, Disconnect, ServerSession, UsageError, Version};

const V5: Version = Version::V5;
const V311: Version = Version::V311;

#[test]
fn v5_3_14_0_1_no_disconnect_before_connack() {
    let mut server = Peer::server(&Setup::new(V5));
    server.gets(
        "10 0E 00 04 'MQTT' 05 03 00 00 00 00 01 'a'",
        &["closed malformed"],
        "20 03 00 81 00",
    );
    let mut server = Peer::server(&Setup::new(V5));
    server.gets("E0 00", &["closed malformed"], "");
    let mut server = Peer::server(&Setup::new(V5));
    server.asked(&Setup::new(V5), true);
    server.session.disconnect(server.now(), &Disconnect::default()).unwrap();
    server.sends("");
    for packet in ["F1 00", "F0 00", "C0 00", "30 05 00 01 't' 00 '!'"] {
        let (_, mut server) = asking();
        server.session.auth(server.now(), &auth(0x18, &[METHOD])).unwrap();
        server.sends(STEP);
        server.receive(&bytes(packet));
        assert_eq!(server.events().len(), 1, "{packet}");
        assert_eq!(server.output()[..3], [0x20, 3, 0], "{packet}");
    }
}

/// Nothing goes out behind DISCONNECT.
fn nothing_behind<S: Session>(
    version: Version,
    say: fn(&mut S, mqtt_core::Instant, &Disconnect<'_>) -> Result<(), UsageError>,
) {
    let mut it = S::up(&Setup::new(version).keep_alive(10).manual());
    it.gets(&publish(version, 0x34, 1), &["message t 2 !"], "");
    let now = it.now();
    say(&mut it.session, now, &Disconnect::default()).unwrap();
    let _ = it.publish(0, 1);
    let _ = it.publish(1, 2);
    it.ack(0, 0);
    it.at(100_000);
    it.receive(&bytes(&publish(version, 0x32, 1)));
    it.sends(if S::IS_SERVER && version == V311 { "" } else { "E0 00" });
    it.tells(&["closed Local"]);
    it.sends("");
    assert_eq!(it.due(), None);
}

#[test]
fn v5_3_14_4_1_nothing_goes_out_behind_disconnect() {
    nothing_behind(V5, ClientSession::disconnect);
    nothing_behind(V5, ServerSession::disconnect);
}

#[test]
fn v5_3_14_4_2_disconnect_closes() {
    nothing_behind(V5, ClientSession::disconnect);
    nothing_behind(V5, ServerSession::disconnect);
}

#[test]
fn v311_3_14_4_1_disconnect_closes() {
    nothing_behind(V311, ClientSession::disconnect);
}

#[test]
fn v311_3_14_4_2_nothing_goes_out_behind_disconnect() {
    nothing_behind(V311, ClientSession::disconnect);
}

/// A packet that is malformed or not allowed, and the code for it.
const FAULTS: &[(&str, &str)] = &[
    ("C1 00", "81"),
    ("00 00", "81"),
    ("36 04 00 01 'a' 00", "81"),
    ("30 FF FF FF FF", "81"),
    ("30 FF FF FF 7F", "95"),
    ("32 05 00 01 'a' 00 00", "82"),
    ("30 03 00 01 '+'", "90"),
];

fn faults<S: Session>(version: Version) {
    for (packet, code) in FAULTS {
        let mut it = S::up(&Setup::new(version).largest(1 << 20));
        it.gets(
            packet,
            &["closed malformed"],
            &if version == V5 { format!("E0 01 {code}") } else { String::new() },
        );
        it.gets("C0 00", &[], "");
        it.session.handle_eof(it.now());
        it.tells(&[]);
    }
}

#[test]
fn v5_4_13_1_1_a_fault_is_named_and_closes() {
    both!(faults: V5);
}

#[test]
fn v311_4_8_0_1_a_fault_closes_without_a_word() {
    both!(faults: V311);
}

#[test]
fn v5_4_13_2_1_a_failure_closes() {
    let mut client = Peer::client(&Setup::new(V5));
    client.connect(&Setup::new(V5), true);
    client.gets("20 03 00 87 00", &["closed refused 87"], "");
    let mut client = ClientSession::up(&Setup::new(V5));
    client.gets("E0 01 8B C0 00", &["closed by peer 8B"], "");
    let mut server = ServerSession::up(&Setup::new(V5));
    server.gets("E0 01 80 C0 00", &["closed by peer 80"], "");
    // Both at once: one end.
    let mut client = ClientSession::up(&Setup::new(V5));
    client.receive(&bytes("E0 01 8B"));
    client.session.handle_eof(client.now());
    client.tells(&["closed by peer 8B"]);
    client.sends("");
}
