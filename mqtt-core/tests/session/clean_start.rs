//! Clean starts whose answer was lost, and sessions that end with their connection.

use crate::kit::{Peer, Session, Setup, bytes, publish};
use mqtt_core::{ClientSession, Version};

/// A client that has sent a QoS 2 message and got one, and has asked for a clean start since. CONNACK has
/// not come.
fn forgetful(version: Version) -> Peer<ClientSession> {
    let setup = Setup::new(version);
    let mut client = ClientSession::up(&setup);
    client.opens(2, 1);
    client.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
    client.end();
    client.connect(&setup, true);
    client.end();
    // Nor has it once more.
    client.connect(&setup, false);
    client.end();
    client.connect(&setup, false);
    client
}

/// The session that the server has is either that of before, or one of which the client has no state.
///
/// v5 \[MQTT-3.1.2-4\], \[MQTT-3.2.2-4\].
#[test]
fn a_session_is_not_taken_for_the_one_before_a_clean_start() {
    let mut client = forgetful(Version::V5);
    client.receive(&Setup::new(Version::V5).connack(true));
    client.tells(&["closed SessionPresent"]);
    client.sends("E0 01 82");

    // 3.1.1 leaves it to the client, which has forgotten what it had.
    let mut client = forgetful(Version::V311);
    client.receive(&Setup::new(Version::V311).connack(true));
    client.tells(&["lost 1", "dropped 1 SessionLost"]);
    client.sends("");
    client.gets(&publish(Version::V311, 0x34, 11), &["message t 2 !"], "50 02 00 0B");

    // 3.1 does not say whether there is one.
    let mut client = forgetful(Version::V31);
    client.receive(&Setup::new(Version::V31).connack(false));
    client.tells(&["lost 1", "dropped 1 SessionLost"]);
    client.gets(&publish(Version::V31, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
}

/// A clean start that is granted begins a session that can be resumed in 5.0. Before, it ends with its
/// connection, whatever the server says.
///
/// v3 \[MQTT-3.1.2-6\].
#[test]
fn a_clean_start_that_is_granted() {
    for version in [Version::V5, Version::V311] {
        let setup = Setup::new(version);
        let mut client = forgetful(version);
        client.end();
        client.connect(&setup, true);
        client.receive(&setup.connack(false));
        client.tells(&["lost 1", "dropped 1 SessionLost"]);
        client.opens(1, 2);
        client.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
        // A CONNACK that is lost makes no difference.
        client.end();
        client.connect(&setup, false);
        let mut client = ClientSession::next(client, &setup, true);
        if version == Version::V5 {
            client.tells(&["resumed"]);
            client.sends_message(0x3A);
            client.gets(&publish(version, 0x3C, 11), &[], "50 02 00 0B");
        } else {
            client.tells(&["lost 1", "dropped 2 SessionLost"]);
            client.sends("");
            client.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
        }
    }
}

/// A refusal is no session: what the server says it has later is not of this client.
///
/// v5 \[MQTT-3.2.2-4\].
#[test]
fn no_session_comes_of_a_refusal() {
    let setup = Setup::new(Version::V5);
    let mut client = Peer::client(&setup);
    client.connect(&setup, false);
    client.gets("20 03 00 89 00", &["closed refused 89"], "");
    // However often it says so.
    for _ in 0..3 {
        client.connect(&setup, false);
        client.receive(&setup.connack(true));
        client.tells(&["closed SessionPresent"]);
        client.sends("E0 01 82");
    }
    client.connect(&setup, true);
    client.connack(&setup, false, "connected");

    // 3.1 does not say it, so there is none.
    let setup = Setup::new(Version::V31);
    let mut client = Peer::client(&setup);
    client.connect(&setup, false);
    client.gets("20 02 00 03", &["closed refused 03"], "");
    client.connect(&setup, false);
    client.connack(&setup, false, "connected");

    // One that was there before the refusal still is.
    for version in [Version::V5, Version::V311] {
        let setup = Setup::new(version);
        let mut client = ClientSession::up(&setup);
        client.opens(1, 1);
        client.end();
        client.connect(&setup, false);
        let refusal = if version == Version::V5 { "20 03 00 89 00" } else { "20 02 00 03" };
        client.receive(&bytes(refusal));
        assert_eq!(client.events().len(), 1);
        let mut client = ClientSession::next(client, &setup, true);
        client.tells(&["resumed"]);
        client.sends_message(0x3A);
    }
}

/// A client of 3.1.1 that knows of no session may take up what the server has.
#[test]
fn a_client_that_has_forgotten_all_takes_up_a_session_of_3_1_1() {
    let setup = Setup::new(Version::V311);
    let mut client = Peer::client(&setup);
    client.connect(&setup, false);
    client.receive(&setup.connack(true));
    client.tells(&["resumed"]);
}

/// v3 \[MQTT-3.1.2-6\].
#[test]
fn a_clean_session_of_3_1_ends_with_its_connection() {
    let setup = Setup::new(Version::V31);
    let mut client = Peer::client(&setup);
    client.connect(&setup, true);
    client.connack(&setup, false, "connected");
    client.opens(1, 1);
    client.gets(&publish(Version::V31, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
    let mut client = ClientSession::next(client, &setup, false);
    client.tells(&["lost 1", "dropped 1 SessionLost"]);
    client.sends("");
    client.gets(&publish(Version::V31, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
    // One that is not clean does not.
    client.opens(1, 2);
    let mut client = ClientSession::next(client, &setup, false);
    client.tells(&["resumed"]);
    client.sends_message(0x3A);
}
