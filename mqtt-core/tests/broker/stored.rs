//! A broker whose changes are stored, step by step: what waits, and what the next one has to know.

use crate::site::{Hasher, Site, at, config};
use mqtt_core::store::Restore;
use mqtt_core::{
    Broker, BrokerError, Durability, PacketId, Properties, Property, PubRec, PubRel, Publish, QoS,
    Subscribe, Subscription, SubscriptionOptions, Subscriptions,
};

#[test]
fn each_step_of_an_exchange_is_safe_before_it_is_said() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut site = Site::new(Durability::Gate);
        let (anna, ben) = (site.connect("anna", 3600, None), site.connect("ben", 3600, None));
        site.subscribe(anna, "t", qos);
        site.commit();
        site.received(anna);
        site.received(ben);

        site.publish(ben, "t", "one", qos, false);
        assert!(site.received(anna).is_empty(), "the message is not safe");
        site.commit();
        assert_eq!(site.received(anna), [format!("t one QoS {}", qos as u8)]);
        if qos == QoS::AtLeastOnce {
            continue;
        }
        assert_eq!(site.received(ben), ["PUBREC 0x00"]);
        site.send(anna, PubRec::new(PacketId::MIN));
        site.send(ben, PubRel::new(PacketId::MIN));
        assert!(site.received(anna).is_empty(), "that it has come is not safe");
        assert!(site.received(ben).is_empty(), "that it is released is not safe");
        site.commit();
        assert_eq!(site.received(anna), ["PUBREL"]);
        assert_eq!(site.received(ben), ["PUBCOMP"]);
    }
}

#[test]
fn restored_members_share_as_before() {
    let mut site = Site::new(Durability::Gate);
    for name in ["anna", "ben"] {
        let conn = site.connect(name, 3600, None);
        site.subscribe(conn, "$share/g/t", QoS::AtLeastOnce);
    }
    site.commit();
    let mut site = site.restored(site.ops.len(), 1);
    let [anna, ben] = ["anna", "ben"].map(|name| site.connect(name, 3600, None));
    let cleo = site.connect("cleo", 0, None);
    site.commit();
    site.received(anna);
    site.received(ben);
    site.publish(cleo, "t", "one", QoS::AtLeastOnce, false);
    site.commit();
    let got = [anna, ben].map(|member| site.received(member));
    assert_eq!(got.concat(), ["t one QoS 1"]);
    // Who has got it has not acknowledged it.
    let (first, second) = if got[1].is_empty() { (anna, ben) } else { (ben, anna) };
    site.broker.handle_eof(first, site.now);
    site.commit();
    assert_eq!(site.received(second), ["t one QoS 1"]);
}

#[test]
fn the_time_of_a_retained_message_goes_on_without_a_broker() {
    let mut site = Site::new(Durability::Gate);
    let properties = [Property::MessageExpiryInterval(50)];
    let properties = Properties::new(&properties);
    let message =
        Publish { topic: "t", payload: b"1", retain: true, properties, ..Publish::default() };
    site.broker.publish(site.now, &message).expect("a message");
    site.commit();
    let mut next = site.restored(site.ops.len(), 10);
    next.broker.handle_timeout(at(39));
    assert_eq!(next.broker.stats().retained, 1);
    next.now = at(40);
    next.broker.handle_timeout(next.now);
    assert_eq!(next.broker.stats().retained, 0);
    // The store knows that it is gone: a clock that is late does not bring it back.
    next.commit();
    assert_eq!(next.restored(next.ops.len(), 0).broker.stats().retained, 0);
    assert!(next.left().is_empty());
}

#[test]
fn a_restored_retained_message_is_still_its_publishers() {
    let mut site = Site::new(Durability::Gate);
    let anna = site.connect("anna", 3600, None);
    site.publish(anna, "t", "kept", QoS::AtLeastOnce, true);
    site.commit();
    let mut site = site.restored(site.ops.len(), 1);
    for (name, wanted) in [("anna", &["SUBACK"][..]), ("ben", &["SUBACK", "t kept QoS 0 retained"])]
    {
        let conn = site.connect(name, 0, None);
        site.commit();
        site.received(conn);
        let options = SubscriptionOptions { no_local: true, ..SubscriptionOptions::DEFAULT };
        let filters = [Subscription { filter: "t", options }];
        let filters = Subscriptions::new(&filters);
        site.send(conn, Subscribe { filters, ..Subscribe::new(PacketId::MIN) });
        site.commit();
        assert_eq!(site.received(conn), wanted, "{name}");
    }
}

/// An owner of the store has at least the epoch of the one before.
#[test]
fn the_epoch_of_the_store_holds_whatever_the_configuration_says() {
    let mut store = config(Durability::Gate);
    store.server.session.persist.epoch = 7;
    let mut broker = Broker::with_hasher(store, at(0), Hasher::default());
    let mut restore = Restore::new();
    while let Some(op) = broker.poll_persist() {
        restore.apply(&op).expect("in order");
    }
    for (configured, epoch) in [(0, 7), (8, 8)] {
        let mut config = config(Durability::Gate);
        config.server.session.persist.epoch = configured;
        let broker = Broker::restore(config, at(0), 0, Hasher::default(), &restore);
        let mut broker = broker.expect("it is sound");
        let message = Publish { topic: "t", payload: b"1", retain: true, ..Publish::default() };
        broker.publish(at(0), &message).expect("a message");
        assert_eq!(broker.poll_persist().map(|op| op.epoch), Some(epoch));
    }
}

#[test]
fn a_broker_that_lost_its_store_opens_no_more() {
    let mut site = Site::new(Durability::Gate);
    site.broker.fenced(site.now, 9);
    assert_eq!(site.broker.open(site.now), Err(BrokerError::ShuttingDown));
}

/// The end of its transport came behind what was asked about, and counts when that has been answered.
#[test]
fn a_session_is_kept_from_the_end_of_its_connection_on() {
    let authorization = mqtt_core::Authorization::Ask;
    let config = mqtt_core::BrokerConfig { authorization, ..config(Durability::Gate) };
    let mut site = Site::with(config);
    site.broker.set_unix_time(site.now, crate::site::UNIX);
    let anna = site.connect("anna", 100, None);
    site.commit();
    site.publish(anna, "t", "1", QoS::AtMostOnce, false);
    while site.broker.poll_event().is_some() {}
    site.broker.handle_eof(anna, site.now);
    site.now = at(30);
    site.broker.authorize(anna, site.now, mqtt_core::ReasonCode::SUCCESS).unwrap();
    site.commit();
    for (seconds, sessions) in [(99, 1), (101, 0)] {
        let restored = site.restored(site.ops.len(), seconds);
        assert_eq!(restored.broker.stats().sessions, sessions, "after {seconds} s");
    }
}
