//! A large payload that many sessions have, stored once.

use crate::site::Site;
use mqtt_core::store::{JOURNAL_HEADER, JournalReader, Persist};
use mqtt_core::{Durability, PacketId, PubAck, QoS};

const CLIENTS: usize = 20;

fn payload() -> String {
    "long ".repeat(1000)
}

/// A broker with members that are away and have the message, and what had been stored before it came.
fn with_message() -> (Site, usize) {
    let mut site = Site::new(Durability::Gate);
    for at in 0..CLIENTS {
        site.away(&format!("c{at}"), "t", QoS::AtLeastOnce);
    }
    let publisher = site.connect("publisher", 0, None);
    site.commit();
    site.received(publisher);
    let before = site.ops.len();
    site.publish(publisher, "t", &payload(), QoS::AtLeastOnce, false);
    site.commit();
    assert_eq!(site.received(publisher), ["PUBACK 0x00"]);
    (site, before)
}

/// Whether a change is of a payload of its own: put or deleted.
fn of_a_body(op: &[u8]) -> Option<bool> {
    let journal = [&JOURNAL_HEADER[..], op].concat();
    let op = JournalReader::new(&journal).unwrap().next().unwrap().unwrap();
    match op.change {
        Persist::Put { key, .. } if key[0] == b'b' => Some(true),
        Persist::Delete { key } if key[0] == b'b' => Some(false),
        _ => None,
    }
}

fn bodies(site: &Site) -> (usize, usize) {
    let count = |put| site.ops.iter().filter(|op| of_a_body(op) == Some(put)).count();
    (count(true), count(false))
}

/// A client takes all that there is for it, and acknowledges that.
fn takes(site: &mut Site, client: &str) -> Vec<String> {
    let conn = site.connect(client, 3600, None);
    site.commit();
    let packets = site.received(conn);
    for at in 1..packets.len() {
        site.send(conn, PubAck::new(PacketId::new(at as u16).expect("not 0")));
        site.commit();
    }
    packets[1..].to_vec()
}

#[test]
fn it_is_stored_once() {
    let (site, before) = with_message();
    let bytes: usize = site.ops[before..].iter().map(Vec::len).sum();
    let once = payload().len();
    assert!(bytes < once + CLIENTS * 120, "{bytes} bytes for {once}");
    assert_eq!(bodies(&site), (1, 0));
}

#[test]
fn it_goes_with_the_last_who_has_it() {
    let expected = [format!("t {} QoS 1", payload())];
    let (mut site, _) = with_message();
    for at in 0..CLIENTS / 2 {
        assert_eq!(takes(&mut site, &format!("c{at}")), expected);
    }
    assert_eq!(bodies(&site), (1, 0));
    // The broker of the next process knows who has it.
    let mut site = site.restored(site.ops.len(), 1);
    for at in CLIENTS / 2..CLIENTS {
        assert_eq!(bodies(&site), (1, 0), "until {at}");
        assert_eq!(takes(&mut site, &format!("c{at}")), expected);
    }
    assert_eq!(bodies(&site), (1, 1));
    // The next one has another place.
    let publisher = site.connect("publisher", 0, None);
    site.publish(publisher, "t", &payload(), QoS::AtLeastOnce, false);
    site.commit();
    let mut site = site.restored(site.ops.len(), 1);
    assert_eq!(takes(&mut site, "c0"), expected);
}

#[test]
fn after_a_crash_at_any_change_nothing_is_missing_and_nothing_is_left() {
    let (mut site, before) = with_message();
    let stored = site.ops.len();
    for at in 0..CLIENTS {
        takes(&mut site, &format!("c{at}"));
    }
    for crash in before..=site.ops.len() {
        let mut next = site.restored(crash, 1);
        let count: usize = (0..CLIENTS).map(|at| takes(&mut next, &format!("c{at}")).len()).sum();
        assert!(crash < stored || count + (crash - stored) >= CLIENTS, "crash after {crash}");
        let (put, deleted) = bodies(&next);
        assert_eq!(put, deleted, "crash after {crash}");
    }
}

#[test]
fn a_small_payload_and_one_of_a_single_session_are_not_apart() {
    let mut site = Site::new(Durability::Gate);
    for (client, filter) in [("anna", "small"), ("ben", "#")] {
        site.away(client, filter, QoS::AtLeastOnce);
    }
    let publisher = site.connect("publisher", 0, None);
    site.publish(publisher, "small", "one", QoS::AtLeastOnce, false);
    site.publish(publisher, "large", &payload(), QoS::AtLeastOnce, false);
    site.commit();
    assert_eq!(bodies(&site), (0, 0));
}

#[test]
fn after_a_crash_at_any_change_it_is_there_in_another_version_too() {
    let (mut site, _) = with_message();
    for at in 0..CLIENTS - 1 {
        takes(&mut site, &format!("c{at}"));
    }
    let last = format!("c{}", CLIENTS - 1);
    let before = site.ops.len();
    // What waits for it becomes packets of 3.1.1.
    let conn = site.broker.open(site.now).expect("there is room");
    let mut bytes = b"\x10\x0F\0\x04MQTT\x04\0\0\x3C\0\x03".to_vec();
    bytes.extend_from_slice(last.as_bytes());
    assert_eq!(site.broker.handle_input(conn, site.now, &bytes), bytes.len());
    site.commit();
    assert!(site.ops.len() > before);
    for crash in before..=site.ops.len() {
        let mut next = site.restored(crash, 1);
        assert_eq!(takes(&mut next, &last).len(), 1, "crash after {crash} of {before}");
    }
}
