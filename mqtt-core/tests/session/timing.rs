//! Who has to wait for whom, and how long.

use crate::kit::{Peer, Session, Setup, bytes, publish, written};
use bytes::Buf;
use mqtt_core::{
    AckMode, Auth, ClientSession, Connect, Instant, Properties, Property, Publish, ReasonCode,
    ServerSession, Version, WhenFull,
};

const METHOD: Property<'static> = Property::AuthenticationMethod("m");
const STEP: &str = "F0 06 18 04 15 00 01 'm'";

const ALL: [Version; 3] = [Version::V5, Version::V311, Version::V31];

fn step() -> Auth<'static> {
    const LIST: [Property<'static>; 1] = [METHOD];
    Auth { reason: ReasonCode::CONTINUE_AUTHENTICATION, properties: Properties::new(&LIST) }
}

fn counted() -> (Peer<ClientSession>, Setup) {
    let mut setup = Setup::new(Version::V5);
    setup.session.stats = true;
    let mut client = Peer::client(&setup);
    client.connect(&setup, true);
    client.connack(&setup, false, "connected");
    (client, setup)
}

/// The client is not silent while the caller thinks about CONNECT.
#[test]
fn a_client_is_not_cut_off_because_the_caller_thought_about_its_connect() {
    for version in ALL {
        let setup = Setup::new(version).keep_alive(10);
        let mut server = Peer::server(&setup);
        server.asked(&setup, true);
        server.at(20_000);
        server.accept(&setup, None);
        server.tells(&[]);
        server.at(20_001);
        server.tells(&[]);
    }
}

/// Contract 2: what has come and is not polled yet counts as having come.
#[test]
fn connect_that_is_polled_late_has_come() {
    for version in ALL {
        let setup = Setup::new(version);
        let mut server = Peer::server(&setup);
        let connect = Connect { version, client_id: "c", ..Connect::default() };
        server.receive(&written(version, connect));
        server.at(30_000);
        server.tells(&["connect c"]);
    }
}

#[test]
fn connack_that_is_polled_late_has_come() {
    for version in ALL {
        let setup = Setup::new(version);
        let mut client = Peer::client(&setup);
        client.connect(&setup, true);
        client.receive(&setup.connack(false));
        client.at(30_000);
        client.tells(&["connected"]);
    }
}

/// "How long to wait for CONNACK, and in an authentication for the next step."
#[test]
fn a_server_has_the_whole_time_for_its_step() {
    let setup = Setup::new(Version::V5).own(METHOD);
    let mut client = Peer::client(&setup);
    client.connect(&setup, true);
    client.gets(STEP, &["auth 18"], "");
    client.at(25_000);
    client.session.auth(client.now(), &step()).unwrap();
    client.sends(STEP);
    assert_eq!(client.due(), Some(55_000));
}

/// As on the other side: the application may think.
#[test]
fn a_client_may_think_about_its_step() {
    let setup = Setup::new(Version::V5).own(METHOD);
    let mut client = Peer::client(&setup);
    client.connect(&setup, true);
    client.gets(STEP, &["auth 18"], "");
    client.at(100_000);
    client.tells(&[]);
}

/// PINGRESP lies behind input that was refused because nothing was polled.
#[test]
fn a_server_is_not_silent_while_its_input_is_refused() {
    let version = Version::V5;
    let mut setup = Setup::new(version).keep_alive(60);
    setup.session.ack = AckMode::Auto;
    let mut client = ClientSession::up(&setup);
    client.at(59_000);
    client.sends("C0 00");
    let mut input = Vec::new();
    while input.len() < 20_000 {
        input.extend(bytes(&publish(version, 0x30, 0)));
    }
    input.extend([0xD0, 0]);
    let taken = client.session.handle_input(client.now(), &input);
    assert!(taken < input.len());
    // The application is busy, then polls.
    client.at(75_000);
    assert!(client.events().iter().all(|event| event == "message t 0 !"));
    client.at(75_000);
    client.tells(&[]);
    client.receive(&input[taken..]);
    assert!(client.events().iter().all(|event| event == "message t 0 !"));
}

/// "... and in an authentication for the next step": also in one that began after CONNACK.
#[test]
fn a_step_of_a_later_authentication_has_its_time_too() {
    let setup = Setup::new(Version::V5).own(METHOD).peer(METHOD);
    let mut server = ServerSession::up(&setup);
    server.gets("F0 06 19 04 15 00 01 'm'", &["auth 19"], "");
    server.session.auth(server.now(), &step()).unwrap();
    server.sends(STEP);
    assert_eq!(server.due(), Some(30_000));
}

/// PINGREQ lies behind a large message that is on its way: the server has not been asked yet.
#[test]
fn a_server_is_not_late_with_pingresp_while_a_large_message_goes_out() {
    for version in ALL {
        let mut client = ClientSession::up(&Setup::new(version).keep_alive(10));
        let payload = vec![0; 1_000_000];
        let message = Publish { topic: "t", payload: &payload, ..Publish::default() };
        let now = client.now();
        client.session.publish(now, &message, 0, WhenFull::Queue).unwrap();
        for second in 1..60 {
            client.at(second * 1_000);
            client.tells(&[]);
            client.session.transmit().advance(10_000);
        }
    }
}

/// No panic, whatever the caller says of the time.
#[test]
fn numbers_do_not_overflow() {
    let (mut client, _) = counted();
    let one = publish(Version::V5, 0x30, 0);
    client.receive(&bytes(&format!("{one} {one}")));
    client.at(u64::MAX);
    client.tells(&["message t 0 !", "message t 0 !"]);
}

/// Contract 3: an earlier `now` counts as the latest seen.
#[test]
fn numbers_of_a_clock_that_goes_back() {
    let (mut client, _) = counted();
    client.at(10_000);
    client.millis = 0;
    client.receive(&bytes(&publish(Version::V5, 0x30, 0)));
    client.tells(&["message t 0 !"]);
    assert_eq!(client.session.stats().unwrap().latency.max, 0);
    let now = client.now();
    client.session.stats_and_reset(now);
    assert_eq!(client.session.stats().unwrap().from, Instant::from_millis(10_000));
}
