//! What is there after a crash at any change.

use crate::site::{Site, at};
use mqtt_core::{Durability, PacketId, PubRel, QoS, Will};

/// Exchanges of all kinds; what each client was promised is noted with the number of changes that were safe by then.
#[test]
fn after_a_crash_at_any_change_what_was_promised_is_there() {
    let mut site = Site::new(Durability::Gate);
    let anna = site.connect("anna", 3600, None);
    let ben = site.connect("ben", 3600, None);
    site.commit();
    let mut promised: Vec<(usize, String)> = Vec::new();
    site.subscribe(anna, "t/+", QoS::ExactlyOnce);
    site.commit();
    let subscribed = site.ops.len();
    site.received(anna);
    site.received(ben);
    site.broker.handle_eof(anna, site.now);
    site.commit();
    for number in 0..6 {
        let (qos, payload) = ([QoS::AtLeastOnce, QoS::ExactlyOnce][number % 2], number.to_string());
        site.publish(ben, "t/x", &payload, qos, number == 3);
        site.commit();
        let answer = site.received(ben);
        assert_eq!(answer.len(), 1, "{answer:?}");
        promised.push((site.ops.len(), payload));
        if qos == QoS::ExactlyOnce {
            site.send(ben, PubRel::new(PacketId::MIN));
            site.commit();
            assert_eq!(site.received(ben), ["PUBCOMP"]);
        }
    }
    for crash in 1..=site.ops.len() {
        let mut next = site.restored(crash, 1);
        let anna = next.connect("anna", 3600, None);
        next.commit();
        let mut packets = next.received(anna);
        let has_session = packets.remove(0) == "CONNACK true";
        assert!(has_session || crash < subscribed, "crash after {crash}");
        let got: Vec<&str> = packets.iter().map(|it| it.split(' ').nth(1).unwrap()).collect();
        let must: Vec<&str> = promised
            .iter()
            .filter(|(ops, _)| *ops <= crash)
            .map(|(_, payload)| &payload[..])
            .collect();
        // One more may be there whose promise was not given yet.
        assert!(
            got.starts_with(&must) && got.len() <= must.len() + 1,
            "{crash}: {got:?}, {must:?}"
        );
    }
}

#[test]
fn after_a_crash_at_any_change_a_will_is_there() {
    let mut site = Site::new(Durability::Gate);
    site.away("anna", "w", QoS::AtLeastOnce);
    let will = Will { topic: "w", payload: b"gone", qos: QoS::AtLeastOnce, ..Will::default() };
    let ben = site.connect("ben", 3600, Some(will));
    site.commit();
    assert_eq!(site.received(ben), ["CONNACK false"]);
    let accepted = site.ops.len();
    site.broker.handle_eof(ben, site.now);
    site.commit();
    assert!(site.ops.len() > accepted + 1);
    for crash in accepted..=site.ops.len() {
        let mut next = site.restored(crash, 1);
        next.broker.handle_timeout(next.now);
        let anna = next.connect("anna", 3600, None);
        next.commit();
        let packets = next.received(anna);
        assert!(packets.contains(&"w gone QoS 1".to_owned()), "crash after {crash}: {packets:?}");
    }
}

#[test]
fn after_a_crash_at_any_change_one_member_of_a_group_has_the_message() {
    let mut site = Site::new(Durability::Gate);
    let anna = site.connect("anna", 60, None);
    site.subscribe(anna, "$share/g/t", QoS::AtLeastOnce);
    let cleo = site.connect("cleo", 0, None);
    site.publish(cleo, "t", "one", QoS::AtLeastOnce, false);
    let ben = site.connect("ben", 3600, None);
    site.subscribe(ben, "$share/g/t", QoS::AtLeastOnce);
    site.commit();
    assert_eq!(site.received(anna).len(), 3, "she has it, and does not acknowledge it");
    site.broker.handle_eof(ben, site.now);
    site.broker.handle_eof(anna, site.now);
    site.commit();
    let before = site.ops.len();
    site.now = at(61);
    site.broker.handle_timeout(site.now);
    site.commit();
    assert_eq!(site.broker.stats().sessions, 1 + 1, "hers is over");
    for crash in before..=site.ops.len() {
        let mut next = site.restored(crash, 0);
        let mut packets = Vec::new();
        for client in ["ben", "anna"] {
            let conn = next.connect(client, 3600, None);
            next.commit();
            packets.extend(next.received(conn));
        }
        let count = packets.iter().filter(|it| it.contains("one")).count();
        assert!(count >= 1, "crash after {crash} of {before}: {packets:?}");
    }
}

#[test]
fn a_message_of_a_group_of_the_broker_before_is_not_given_to_another_group() {
    // The second two have the same CRC-32C behind `$share/g/`: the first of them that comes has that number.
    for [open, secret] in [["open", "secret"], ["ccaoacux", "wcjifoae"]] {
        let mut site = Site::new(Durability::Gate);
        // `secret` is the second here, and the first there.
        let ben = site.connect("z-ben", 3600, None);
        site.subscribe(ben, &format!("$share/g/{open}"), QoS::AtLeastOnce);
        let anna = site.connect("a-anna", 60, None);
        site.subscribe(anna, &format!("$share/g/{secret}"), QoS::AtLeastOnce);
        let cleo = site.connect("c-cleo", 3600, None);
        site.subscribe(cleo, &format!("$share/g/{open}"), QoS::AtLeastOnce);
        let dora = site.connect("dora", 0, None);
        site.publish(dora, secret, "one", QoS::AtLeastOnce, false);
        site.publish(dora, open, "two", QoS::AtLeastOnce, false);
        site.commit();
        let mut next = site.restored(site.ops.len(), 1);
        let conns = ["z-ben", "c-cleo"].map(|client| next.connect(client, 3600, None));
        next.commit();
        for conn in conns {
            next.received(conn);
        }
        for client in ["a-anna", "z-ben", "c-cleo"] {
            next.broker.drop_session(client, next.now);
            next.commit();
            for conn in conns {
                let packets = next.received(conn);
                assert!(!packets.iter().any(|it| it.contains("one")), "{packets:?}");
            }
        }
    }
}

#[test]
fn a_client_in_two_groups_leaves_each_its_own_copy_after_a_restart() {
    let mut site = Site::new(Durability::Gate);
    let anna = site.connect("anna", 3600, None);
    for group in ["$share/g/t", "$share/h/t", "$share/i/+"] {
        site.subscribe(anna, group, QoS::ExactlyOnce);
    }
    site.commit();
    site.broker.handle_eof(anna, site.now);
    let ben = site.connect("ben", 0, None);
    site.publish(ben, "t", "one", QoS::ExactlyOnce, false);
    site.commit();
    assert_eq!(site.received(ben), ["CONNACK false", "PUBREC 0x00"]);

    let mut next = site.restored(site.ops.len(), 1);
    let members = ["$share/g/t", "$share/h/t", "$share/i/+"].map(|group| {
        let conn = next.connect(group, 0, None);
        next.subscribe(conn, group, QoS::ExactlyOnce);
        next.commit();
        assert_eq!(next.received(conn), ["CONNACK false", "SUBACK"]);
        conn
    });
    next.broker.drop_session("anna", next.now);
    next.commit();
    for member in members {
        assert_eq!(next.received(member), ["t one QoS 2"]);
    }
}
