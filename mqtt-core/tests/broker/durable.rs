//! A broker whose changes are stored: what waits for the store, and what goes on.

use crate::site::{Site, VERSION, at, config};
use mqtt_core::{
    BrokerLimits, Durability, Packet, PacketId, Properties, Property, PubAck, PubComp, PubRec,
    PubRel, Publish, QoS, Will,
};

#[test]
fn a_publisher_is_answered_when_its_message_is_safe_for_its_receivers() {
    for (qos, answer) in [(QoS::AtLeastOnce, "PUBACK 0x00"), (QoS::ExactlyOnce, "PUBREC 0x00")] {
        let mut site = Site::new(Durability::Gate);
        let anna = site.connect("anna", 3600, None);
        site.subscribe(anna, "t", qos);
        let ben = site.connect("ben", 0, None);
        assert!(site.received(anna).is_empty(), "nothing is safe yet");
        site.commit();
        assert_eq!(site.received(anna), ["CONNACK false", "SUBACK"]);
        assert_eq!(site.received(ben), ["CONNACK false"]);
        site.broker.handle_eof(anna, site.now);
        site.commit();

        site.publish(ben, "t", "one", qos, false);
        site.tell();
        assert!(site.received(ben).is_empty(), "its message is not safe");
        site.broker.persisted(site.now, site.last - 1);
        assert!(site.received(ben).is_empty(), "its message is not safe");
        site.commit();
        assert_eq!(site.received(ben), [answer]);
    }
}

#[test]
fn a_retained_message_is_safe_before_it_is_acknowledged() {
    let mut site = Site::new(Durability::Gate);
    let ben = site.connect("ben", 0, None);
    site.commit();
    site.received(ben);
    site.publish(ben, "t", "kept", QoS::AtLeastOnce, true);
    assert!(site.received(ben).is_empty());
    site.commit();
    assert_eq!(site.received(ben), ["PUBACK 0x10"]);

    let mut site = site.restored(site.ops.len(), 5);
    let anna = site.connect("anna", 0, None);
    site.subscribe(anna, "#", QoS::AtLeastOnce);
    site.commit();
    assert_eq!(site.received(anna), ["CONNACK false", "SUBACK", "t kept QoS 1 retained"]);
}

#[test]
fn a_message_that_nobody_stores_is_acknowledged_at_once() {
    let mut site = Site::new(Durability::Gate);
    let ben = site.connect("ben", 0, None);
    site.commit();
    site.received(ben);
    site.publish(ben, "t", "one", QoS::AtLeastOnce, false);
    assert_eq!(site.received(ben), ["PUBACK 0x10"]);
}

#[test]
fn with_report_nothing_waits() {
    let mut site = Site::new(Durability::Report);
    let anna = site.connect("anna", 60, None);
    site.subscribe(anna, "t", QoS::AtLeastOnce);
    site.publish(anna, "t", "one", QoS::AtLeastOnce, true);
    let packets = site.received(anna);
    assert_eq!(packets, ["CONNACK false", "SUBACK", "t one QoS 1", "PUBACK 0x00"]);
    site.tell();
    assert!(site.ops.len() > 3);
}

#[test]
fn a_restored_broker_goes_on_where_the_other_was() {
    let mut site = Site::new(Durability::Gate);
    let anna = site.connect("anna", 3600, None);
    site.subscribe(anna, "a/#", QoS::ExactlyOnce);
    site.commit();
    site.received(anna);
    site.broker.handle_eof(anna, site.now);
    let ben = site.connect("ben", 0, None);
    for (payload, qos) in [("0", QoS::AtMostOnce), ("1", QoS::AtLeastOnce), ("2", QoS::ExactlyOnce)]
    {
        site.publish(ben, "a/b", payload, qos, false);
        site.commit();
        site.send(ben, PubRel::new(PacketId::MIN));
        site.commit();
    }
    let mut site = site.restored(site.ops.len(), 60);
    assert_eq!(site.broker.stats().sessions, 1, "ben's ended with his connection");
    let anna = site.connect("anna", 3600, None);
    site.commit();
    assert_eq!(site.received(anna), ["CONNACK true", "a/b 1 QoS 1", "a/b 2 QoS 2"]);
    // The subscription is there too.
    let cleo = site.connect("cleo", 0, None);
    site.publish(cleo, "a/c", "3", QoS::AtMostOnce, false);
    site.commit();
    assert_eq!(site.received(anna), ["a/c 3 QoS 0"]);
}

#[test]
fn sessions_and_messages_expire_while_there_is_no_broker() {
    let mut site = Site::new(Durability::Gate);
    let anna = site.connect("anna", 100, None);
    site.subscribe(anna, "t", QoS::AtLeastOnce);
    let ben = site.connect("ben", 0, None);
    site.commit();
    site.broker.handle_eof(anna, site.now);
    let expiry = [Property::MessageExpiryInterval(50)];
    let properties = Properties::new(&expiry);
    let (qos, packet_id) = (QoS::AtLeastOnce, Some(PacketId::MIN));
    let message = Publish {
        topic: "t",
        qos,
        packet_id,
        properties,
        payload: b"1",
        retain: true,
        ..Publish::default()
    };
    site.send(ben, message);
    site.commit();
    for (later, present, messages, retained) in
        [(10, true, 1, 1), (60, true, 0, 0), (101, false, 0, 0)]
    {
        let mut next = site.restored(site.ops.len(), later);
        next.broker.handle_timeout(next.now);
        assert_eq!(next.broker.stats().retained, retained, "after {later} s");
        let anna = next.connect("anna", 100, None);
        next.commit();
        let packets = next.received(anna);
        assert_eq!(packets[0], format!("CONNACK {present}"), "after {later} s");
        assert_eq!(packets.len(), 1 + messages, "after {later} s: {packets:?}");
    }
}

#[test]
fn a_will_is_published_by_the_next_broker() {
    let delay = [Property::WillDelayInterval(30)];
    for (properties, due) in [(Properties::EMPTY, 0), (Properties::new(&delay), 30)] {
        let mut site = Site::new(Durability::Gate);
        let will =
            Will { topic: "w", payload: b"gone", retain: true, properties, ..Will::default() };
        site.connect("anna", 3600, Some(will));
        site.commit();
        let mut next = site.restored(site.ops.len(), 0);
        if due > 0 {
            next.broker.handle_timeout(at(due - 1));
            assert_eq!(next.broker.stats().wills, 0);
        }
        next.now = at(due);
        next.broker.handle_timeout(next.now);
        assert_eq!((next.broker.stats().wills, next.broker.stats().retained), (1, 1));
        // It is not published twice.
        next.commit();
        let mut third = next.restored(next.ops.len(), 3000);
        third.broker.handle_timeout(at(100));
        assert_eq!((third.broker.stats().wills, third.broker.stats().retained), (0, 1));
    }
}

#[test]
fn what_has_ended_leaves_nothing_behind() {
    let mut site = Site::new(Durability::Gate);
    let will = Will { topic: "w", ..Will::default() };
    for (client, expiry) in [("anna", 0), ("ben", 60), ("cleo", 60)] {
        let conn = site.connect(client, expiry, Some(will));
        site.subscribe(conn, "t/#", QoS::ExactlyOnce);
        site.subscribe(conn, "$share/g/t/#", QoS::ExactlyOnce);
        site.commit();
        site.received(conn);
        site.broker.handle_eof(conn, site.now);
        site.commit();
    }
    let dora = site.connect("dora", 0, None);
    site.commit();
    site.publish(dora, "t/1", "one", QoS::AtLeastOnce, true);
    site.commit();
    site.publish(dora, "t/1", "", QoS::AtLeastOnce, true);
    site.commit();
    assert!(site.broker.drop_session("cleo", site.now));
    site.now = at(61);
    site.broker.handle_timeout(site.now);
    site.broker.handle_eof(dora, site.now);
    site.commit();
    assert_eq!(site.broker.stats().sessions, 0);
    let left = site.left();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_qos_2_message_is_not_delivered_twice_by_the_next_broker() {
    let mut site = Site::new(Durability::Gate);
    let anna = site.connect("anna", 3600, None);
    site.subscribe(anna, "t", QoS::ExactlyOnce);
    let ben = site.connect("ben", 3600, None);
    site.commit();
    site.publish(ben, "t", "once", QoS::ExactlyOnce, false);
    site.commit();
    assert_eq!(site.received(ben), ["CONNACK false", "PUBREC 0x00"]);
    assert_eq!(site.received(anna), ["CONNACK false", "SUBACK", "t once QoS 2"]);
    site.send(anna, PubRec::new(PacketId::MIN));
    site.commit();
    assert_eq!(site.received(anna), ["PUBREL"]);

    let mut next = site.restored(site.ops.len(), 1);
    let (anna, ben) = (next.connect("anna", 3600, None), next.connect("ben", 3600, None));
    next.commit();
    // Ben did not get PUBREC, and sends again.
    let qos = QoS::ExactlyOnce;
    let packet_id = Some(PacketId::MIN);
    next.send(
        ben,
        Publish { dup: true, topic: "t", payload: b"once", qos, packet_id, ..Publish::default() },
    );
    next.send(ben, PubRel::new(PacketId::MIN));
    next.commit();
    assert_eq!(next.received(ben), ["CONNACK true", "PUBREC 0x00", "PUBCOMP"]);
    assert_eq!(next.received(anna), ["CONNACK true", "PUBREL"]);
    next.send(anna, PubComp::new(PacketId::MIN));
    next.commit();
    assert!(next.received(anna).is_empty());
}

#[test]
fn a_broker_that_lost_its_store_says_no_more() {
    let mut site = Site::new(Durability::Gate);
    let anna = site.connect("anna", 3600, None);
    site.commit();
    site.received(anna);
    site.subscribe(anna, "t", QoS::AtLeastOnce);
    site.publish(anna, "t", "one", QoS::AtLeastOnce, false);
    site.broker.fenced(site.now, 9);
    let mut events = Vec::new();
    while let Some(event) = site.broker.poll_event() {
        events.push(format!("{event:?}"));
    }
    assert!(events.contains(&"Fenced { epoch: 9 }".to_owned()), "{events:?}");
    assert!(events.iter().any(|event| event.contains("Closed")), "{events:?}");
    let packets = site.received(anna);
    assert!(
        !packets.iter().any(|it| it.contains("SUBACK") || it.contains("PUBACK")),
        "{packets:?}"
    );
    assert!(site.broker.poll_persist().is_none());
}

#[test]
fn a_store_that_is_full_stops_reading_and_loses_nothing() {
    let mut config = config(Durability::Gate);
    config.server.session.persist.max_ops = 4;
    let mut site = Site::with(config);
    let anna = site.connect("anna", 3600, None);
    site.commit();
    site.subscribe(anna, "t", QoS::AtLeastOnce);
    site.commit();
    site.received(anna);
    let mut bytes = Vec::new();
    let (qos, topic) = (QoS::AtLeastOnce, "t");
    for number in 1..=50_u16 {
        let packet_id = PacketId::new(number);
        let packet = Packet::from(Publish { topic, qos, packet_id, ..Publish::default() });
        packet.encode(VERSION, &mut bytes).expect("it is legal");
    }
    let (mut sent, mut acks, mut messages) = (0, 0, 0);
    while acks < 50 || messages < 50 {
        sent += site.broker.handle_input(anna, site.now, &bytes[sent..]);
        let mut waiting = 0;
        while let Some(op) = site.broker.poll_persist() {
            (site.last, waiting) = (op.seq, waiting + 1);
        }
        assert!(waiting <= 8, "{waiting} changes waited");
        site.broker.persisted(site.now, site.last);
        for packet in site.received(anna) {
            acks += usize::from(packet.starts_with("PUBACK"));
            if packet.starts_with("t ") {
                messages += 1;
                site.send(anna, PubAck::new(PacketId::new(messages as u16).expect("not 0")));
            }
        }
    }
    assert_eq!(sent, bytes.len());
    assert_eq!(site.broker.stats().dropped_full, 0);
}

#[test]
fn with_report_what_was_told_is_not_kept() {
    let mut site = Site::new(Durability::Report);
    let anna = site.connect("anna", 60, None);
    site.subscribe(anna, "t", QoS::AtLeastOnce);
    let mut after_ten = 0;
    for round in 0..2_000 {
        site.subscribe(anna, "t", [QoS::AtMostOnce, QoS::AtLeastOnce][round % 2]);
        assert_eq!(site.received(anna).last().map(String::as_str), Some("SUBACK"));
        let before = site.ops.len();
        site.tell();
        assert!(site.ops.len() > before);
        match round {
            10 => after_ten = site.broker.heap_bytes(),
            11.. => assert!(site.broker.heap_bytes() <= after_ten + 256, "round {round}"),
            _ => {}
        }
    }
}

#[test]
fn a_retained_message_has_its_whole_interval_if_the_time_was_not_known() {
    let mut site = Site::with(config(Durability::Gate));
    site.now = at(1_000);
    let ben = site.connect("ben", 0, None);
    site.commit();
    let expiry = [Property::MessageExpiryInterval(50)];
    let properties = Properties::new(&expiry);
    let (topic, payload) = ("t", &b"kept"[..]);
    site.send(ben, Publish { topic, payload, retain: true, properties, ..Publish::default() });
    site.commit();
    let mut next = site.restored(site.ops.len(), 100_000);
    for (seconds, retained) in [(0, 1), (49, 1), (50, 0)] {
        next.broker.handle_timeout(at(seconds));
        assert_eq!(next.broker.stats().retained, retained, "after {seconds} s");
    }
}

#[test]
fn a_retained_message_beyond_the_limits_leaves_the_store_too() {
    let mut site = Site::new(Durability::Gate);
    let ben = site.connect("ben", 0, None);
    site.commit();
    for topic in ["a", "b", "c"] {
        site.publish(ben, topic, "kept", QoS::AtMostOnce, true);
    }
    site.commit();
    let mut small = config(Durability::Gate);
    small.limits = BrokerLimits { max_retained: 1, ..BrokerLimits::default() };
    let mut next = site.restored_with(small, site.ops.len(), 0);
    assert_eq!(next.broker.stats().retained, 1);
    next.commit();
    let third = next.restored(next.ops.len(), 0);
    assert_eq!(third.broker.stats().retained, 1, "they do not come back");
}

#[test]
fn subscriptions_beyond_the_limits_are_there_again() {
    let mut site = Site::new(Durability::Gate);
    let anna = site.connect("anna", 3600, None);
    for filter in ["a", "b/c", "$share/g/d"] {
        site.subscribe(anna, filter, QoS::AtLeastOnce);
    }
    site.commit();
    let mut small = config(Durability::Gate);
    small.limits = BrokerLimits { max_subscriptions: 1, max_levels: 1, ..small.limits };
    let mut next = site.restored_with(small, site.ops.len(), 0);
    let anna = next.connect("anna", 3600, None);
    next.commit();
    next.received(anna);
    for topic in ["a", "b/c", "d"] {
        next.publish(anna, topic, "one", QoS::AtMostOnce, false);
    }
    next.commit();
    assert_eq!(next.received(anna), ["a one QoS 0", "b/c one QoS 0", "d one QoS 0"]);
    // New ones have to keep them.
    let shown = next.broker.stats().subscriptions;
    next.subscribe(anna, "e", QoS::AtMostOnce);
    assert_eq!((shown, next.broker.stats().subscriptions), (3, 3));
}
