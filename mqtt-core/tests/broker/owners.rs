//! Sessions that are their users' alone.

use crate::site::{Hasher, Site, at, config as site_config};
use crate::texts::{Hello, V5, V31, V311, VERSIONS, config};
use crate::world::{Client, World};
use mqtt_core::{
    Admission, Authentication, BrokerConfig, BrokerEvent, ConnId, Connect, Durability, Properties,
    Property,
};

fn owned(config: BrokerConfig) -> BrokerConfig {
    BrokerConfig { authentication: Authentication::Ask, ..config }
}

/// Who comes, and is let in by the caller; what CONNACK says.
fn comes(world: &mut World, hello: &Hello) -> (Client, String) {
    let client = world.connect(hello);
    world.accept(client);
    (client, world.connack(client).into())
}

#[test]
fn another_user_does_not_get_a_session_nor_its_client_identifier() {
    for (version, refused) in [(V5, "connack 85"), (V311, "connack 02")] {
        let mut world = World::with(owned(config()));
        let of = |user| Hello::new(version, "meter").stays().user(user);
        let (anna, _) = comes(&mut world, &of("anna"));
        world.subscribe(anna, &["t q1"]);

        let others = [of("ben"), of("ben").clean(), Hello::new(version, "meter").stays()];
        for other in &others {
            assert_eq!(comes(&mut world, other).1, refused, "while she is there");
        }
        assert_eq!(world.closed(anna), None);
        world.cut(anna);
        assert_eq!(world.publish_inside("t=1 q1"), 1);
        for other in &others {
            assert_eq!(comes(&mut world, other).1, refused, "while she is away");
        }
        assert_eq!((world.broker.stats().refused, world.broker.stats().sessions), (6, 1));

        let (anna, connack) = comes(&mut world, &of("anna"));
        assert_eq!(connack, "connack present");
        world.gets(anna, &["t=1 q1"]);
        // What ends belongs to nobody any more.
        let (anna, _) = comes(&mut world, &Hello::new(version, "meter").clean().user("anna"));
        world.leave(anna);
        assert_eq!(comes(&mut world, &of("ben")).1, "connack");
    }
}

#[test]
fn the_session_of_a_client_without_a_user_name_is_anybodys() {
    for version in VERSIONS {
        let mut world = World::with(owned(config()));
        let (meter, _) = comes(&mut world, &Hello::new(version, "meter").stays());
        world.cut(meter);
        let wanted = if version == V31 { "connack" } else { "connack present" };
        let hello = Hello::new(version, "meter").stays();
        assert_eq!(comes(&mut world, &hello.user("anna")).1, wanted);
        let refused = comes(&mut world, &Hello::new(version, "meter").stays()).1;
        assert!(["connack 85", "connack 02"].contains(&&*refused), "it is hers now: {refused}");
    }
}

#[test]
fn the_caller_says_whose_it_is() {
    let mut world = World::with(owned(config()));
    let mut comes = |token, user| {
        let client = world.connect(&Hello::new(V5, "meter").stays().user(token));
        let admission = Admission { user_name: Some(user), ..Admission::default() };
        assert_eq!(world.broker.accept(world.id(client), world.now, &admission), Ok(()));
        world.pump();
        world.connack(client).to_owned()
    };
    assert_eq!(comes("token 1", "anna"), "connack");
    assert_eq!(comes("token 2", "anna"), "connack present");
    assert_eq!(comes("token 2", "ben"), "connack 85");
}

#[test]
fn where_users_are_not_verified_sessions_have_no_owners() {
    let of = |user| Hello::new(V5, "meter").stays().user(user);
    let mut world = World::with(config());
    world.accepted(&of("anna"));
    let ben = world.connect(&of("ben"));
    assert_eq!(world.connack(ben), "connack present");

    let mut world = World::with(BrokerConfig { sessions_of_users: false, ..owned(config()) });
    comes(&mut world, &of("anna"));
    assert_eq!(comes(&mut world, &of("ben")).1, "connack present");
}

/// A client whose session stays comes, and is let in; what it gets first.
fn stays(site: &mut Site, user_name: Option<&str>) -> (ConnId, Vec<String>) {
    let conn = site.broker.open(site.now).unwrap();
    let properties = [Property::SessionExpiryInterval(3600)];
    let properties = Properties::new(&properties);
    let connect = Connect { client_id: "meter", user_name, properties, ..Connect::default() };
    site.send(conn, Connect { clean_start: false, ..connect });
    while let Some(event) = site.broker.poll_event() {
        if matches!(event, BrokerEvent::Authenticate { .. }) {
            site.broker.accept(conn, site.now, &Admission::default()).unwrap();
        }
    }
    site.commit();
    (conn, site.received(conn))
}

#[test]
fn a_restored_session_is_still_its_users() {
    let mut site = Site::with(owned(site_config(Durability::Gate)));
    for user_name in [None, Some("anna")] {
        let (conn, got) = stays(&mut site, user_name);
        assert_eq!(got, [format!("CONNACK {}", user_name.is_some())]);
        site.broker.handle_eof(conn, site.now);
        site.commit();
    }
    let restored = |config| site.restored_with(config, site.ops.len(), 5);
    let config = owned(site_config(Durability::Gate));
    let mut next = restored(config.clone());
    for other in [None, Some("ben"), Some("ann"), Some("")] {
        assert_eq!(stays(&mut next, other).1, ["CONNACK false"], "refused");
    }
    assert_eq!(next.broker.stats().refused, 4);
    assert_eq!(stays(&mut next, Some("anna")).1, ["CONNACK true"]);
    // Where users are verified no more it is anybody's.
    let mut open = restored(BrokerConfig { sessions_of_users: false, ..config });
    assert_eq!(stays(&mut open, Some("ben")).1, ["CONNACK true"]);
    // A row that was cut is told.
    for (key, value) in site.left() {
        if value.first() == Some(&2) {
            for len in 1..value.len() {
                let mut restore = mqtt_core::store::Restore::new();
                restore.put(&key, &value[..len]);
                let config = site_config(Durability::Gate);
                let hasher = Hasher::default();
                let broker = mqtt_core::Broker::restore(config, at(0), 0, hasher, &restore);
                assert!(broker.is_err(), "{len} of {} bytes", value.len());
            }
        }
    }
}
