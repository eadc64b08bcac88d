//! What makes sessions easier to use: batches, quiescing, state that is carried over, retries, statistics.

use crate::kit::{Peer, Session, Setup, both, publish};
use mqtt_core::{
    Backoff, BatchRefused, ClientConfig, ClientSession, Disconnect, DropReason, Instant,
    Properties, Property, Publish, PublishFailure, QoS, ReasonCode, Reconnect, Retry,
    ServerSession, UsageError, Version, WhenFull, WouldBlock,
};

const ALL: [Version; 3] = [Version::V5, Version::V311, Version::V31];

#[test]
fn a_batch_stops_at_what_is_not_taken() {
    for version in ALL {
        let mut client = ClientSession::up(&Setup::new(version));
        let good = Publish { topic: "t", payload: b"!", ..Publish::default() };
        let now = client.now();
        let batch = [(good, 1), (good, 2)];
        assert_eq!(client.session.publish_all(now, batch, WhenFull::Queue), Ok(2));
        let both = [publish(version, 0x30, 0), publish(version, 0x30, 0)];
        client.sends(&both.join(" "));
        let batch_with_a_bad_one = [(good, 1), (Publish { dup: true, ..good }, 2), (good, 3)];
        let refused = client.session.publish_all(now, batch_with_a_bad_one, WhenFull::Queue);
        assert_eq!(refused, Err(BatchRefused { taken: 1, error: UsageError::NotAllowed }));
        client.sends(&publish(version, 0x30, 0));
        let mut server = ServerSession::up(&Setup::new(version));
        assert_eq!(server.session.deliver_all(now, batch, WhenFull::Queue), Ok(2));
        server.sends(&both.join(" "));
        assert_eq!(server.session.deliver_all(now, [], WhenFull::Queue), Ok(0));
    }
}

/// DISCONNECT as that side sends it.
fn goodbye<S: Session>(version: Version) -> &'static str {
    if S::IS_SERVER && version != Version::V5 { "" } else { "E0 00" }
}

#[test]
fn a_connection_ends_when_all_is_done() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version).peer_v5(Property::ReceiveMaximum(1));
        let mut it = S::up(&setup);
        let now = it.now();
        it.opens(2, 1);
        it.gets("50 02 00 01", &[], "62 02 00 01");
        if version == Version::V5 {
            it.publish(1, 2).unwrap();
            it.publish(0, 3).unwrap();
        }
        it.session.quiesce(now, &Disconnect::default()).unwrap();
        it.tells(&[]);
        it.sends("");
        assert_eq!(it.publish(0, 4), Err(UsageError::Quiescing));
        // What comes still comes.
        it.gets(&publish(version, 0x32, 9), &["message t 1 !"], "40 02 00 09");
        it.receive(&[0x70, 2, 0, 1]);
        if version == Version::V5 {
            it.tells(&["published 1 #1"]);
            it.sends(&[publish(version, 0x32, 2), publish(version, 0x30, 0)].join(" "));
            it.receive(&[0x40, 2, 0, 2]);
            it.tells(&["published 2 #2", "closed Local"]);
        } else {
            it.tells(&["published 1 #1", "closed Local"]);
        }
        it.sends(goodbye::<S>(version));
    }
    both!(case: V5, V311, V31);
}

#[test]
fn a_connection_with_nothing_to_do_ends_at_once() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        let now = it.now();
        it.session.quiesce(now, &Disconnect::default()).unwrap();
        it.tells(&["closed Local"]);
        it.sends(goodbye::<S>(version));
        let again = it.session.quiesce(now, &Disconnect::default());
        assert_eq!(again, Err(UsageError::NotConnected));
        // The next connection is not in a hurry.
        let mut it = S::next(it, &Setup::new(version), false);
        it.events();
        it.opens(1, 1);
        it.tells(&[]);
    }
    both!(case: V5, V311, V31);
}

#[test]
fn a_subscribe_is_waited_for_too() {
    use mqtt_core::{PacketId, Subscribe, Subscription, Subscriptions};
    let mut client = ClientSession::up(&Setup::new(Version::V5));
    let list = [Subscription::new("a", QoS::AtMostOnce)];
    let subscribe =
        Subscribe { filters: Subscriptions::new(&list), ..Subscribe::new(PacketId::MIN) };
    let now = client.now();
    client.session.subscribe(now, &subscribe, 7).unwrap();
    client.output();
    client.session.quiesce(now, &Disconnect::default()).unwrap();
    let error = client.session.subscribe(now, &subscribe, 8);
    assert_eq!(error, Err(UsageError::Quiescing));
    client.gets("90 04 00 01 00 00", &["subscribed 7 #1 00", "closed Local"], "E0 00");
}

#[test]
fn quiescing_is_bound_by_the_rules_of_disconnect() {
    let mut client = ClientSession::up(&Setup::new(Version::V5));
    let now = client.now();
    let list = [Property::SessionExpiryInterval(5)];
    let bye = Disconnect { properties: Properties::new(&list), ..Disconnect::default() };
    assert_eq!(client.session.quiesce(now, &bye), Err(UsageError::NotAllowed));
    let bye = Disconnect { reason: ReasonCode::SERVER_SHUTTING_DOWN, ..Disconnect::default() };
    assert_eq!(client.session.quiesce(now, &bye), Err(UsageError::NotAllowed));
    client.tells(&[]);
    let mut server = ServerSession::up(&Setup::new(Version::V5));
    server.session.quiesce(now, &bye).unwrap();
    server.tells(&["closed Local"]);
    server.sends("E0 01 8B");
    let mut client = Peer::client(&Setup::new(Version::V5));
    let error = client.session.quiesce(now, &Disconnect::default());
    assert_eq!(error, Err(UsageError::NotConnected));
}

/// A client that ends and begins anew with its state, as after a restart.
fn restarted(client: Peer<ClientSession>, setup: &Setup) -> Peer<ClientSession> {
    let version = setup.version;
    let config = ClientConfig { version, ..ClientConfig::default() };
    let config = ClientConfig { session: setup.session.clone(), ..config };
    let session = ClientSession::resume(config, client.session.into_state());
    Peer { session, version, millis: client.millis, acks: client.acks }
}

#[test]
fn a_client_goes_on_after_a_restart() {
    for version in ALL {
        let setup = Setup::new(version);
        let mut client = ClientSession::up(&setup);
        client.opens(1, 1);
        client.opens(2, 2);
        client.gets("50 02 00 02", &[], "62 02 00 02");
        client.opens(2, 3);
        client.gets(&publish(version, 0x34, 9), &["message t 2 !"], "50 02 00 09");
        let mut client = restarted(client, &setup);
        client.publish(1, 4).unwrap();
        client.connect(&setup, false);
        client.connack(&setup, true, "resumed");
        let all = [
            publish(version, 0x3A, 1),
            "62 02 00 02".into(),
            publish(version, 0x3C, 3),
            publish(version, 0x32, 4),
        ];
        client.sends(&all.join(" "));
        // A message that it has is not handed out again.
        client.gets(&publish(version, 0x3C, 9), &[], "50 02 00 09");
        client.gets("62 02 00 09", &[], "70 02 00 09");
        client.gets("40 02 00 01", &["published 1 #1"], "");
        client.gets("70 02 00 02", &["published 2 #2"], "");
    }
}

#[test]
fn a_server_that_has_lost_the_session_of_a_restarted_client() {
    let setup = Setup::new(Version::V5);
    let mut client = ClientSession::up(&setup);
    client.opens(1, 1);
    let mut client = restarted(client, &setup);
    client.connect(&setup, false);
    client.receive(&setup.connack(false));
    client.tells(&["lost 1", "dropped 1 SessionLost"]);
    client.sends("");
}

/// Properties go, or an empty list of them comes, with messages that are open and that wait.
#[test]
fn a_session_goes_on_in_another_version() {
    let list = [Property::ContentType("x"), Property::MessageExpiryInterval(50)];
    for (from, to) in [
        (Version::V5, Version::V311),
        (Version::V311, Version::V5),
        (Version::V5, Version::V31),
        (Version::V31, Version::V311),
        (Version::V31, Version::V5),
    ] {
        let mut setup = Setup::new(from);
        let mut server = ServerSession::up(&setup);
        let list = if from == Version::V5 { &list[..] } else { &[] };
        server.publish_with(1, 1, list).unwrap();
        server.publish(2, 2).unwrap();
        server.output();
        server.end();
        server.publish_with(1, 3, list).unwrap();
        let state = server.session.into_state();
        setup.version = to;
        let mut server = Peer::server(&setup);
        server.asked(&setup, false);
        server.publish(1, 4).unwrap();
        server.at(3_000);
        server.accept(&setup, Some(state));
        let all = [
            publish(to, 0x3A, 1),
            publish(to, 0x3C, 2),
            publish(to, 0x32, 3),
            publish(to, 0x32, 4),
        ];
        server.sends(&all.join(" "));
        server.gets("40 02 00 01", &["published 1 #1"], "");
    }
}

#[test]
fn what_is_worth_a_retry() {
    let passing: [PublishFailure; 8] = [
        UsageError::WouldBlock(WouldBlock::QueueCount).into(),
        UsageError::NotConnected.into(),
        UsageError::Quiescing.into(),
        DropReason::SessionLost.into(),
        DropReason::QueueFull.into(),
        ReasonCode::QUOTA_EXCEEDED.into(),
        ReasonCode::UNSPECIFIED_ERROR.into(),
        ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR.into(),
    ];
    let lasting: [PublishFailure; 7] = [
        UsageError::NotAllowed.into(),
        UsageError::PacketTooLarge { max: 1 }.into(),
        DropReason::Expired.into(),
        DropReason::TooLarge.into(),
        DropReason::NotSupported.into(),
        ReasonCode::NOT_AUTHORIZED.into(),
        ReasonCode::PAYLOAD_FORMAT_INVALID.into(),
    ];
    assert!(passing.iter().all(|failure| failure.is_passing()));
    assert!(!lasting.iter().any(|failure| failure.is_passing()));
}

/// A retry waits as a reconnect does.
#[test]
fn retries_wait_longer_and_come_to_an_end() {
    let backoff = Backoff { jitter_percent: 50, ..Backoff::default() };
    let (mut retry, mut reconnect) = (Retry::new(backoff, 9), Reconnect::new(backoff));
    let mut now = Instant::default();
    for random in [0, 7, u32::MAX, 1 << 31, 5, 6, 7, 8, 9] {
        let next = reconnect.lost(now, random);
        assert_eq!(retry.failed(now, ReasonCode::QUOTA_EXCEEDED, random), Some(next));
        now = next;
    }
    assert_eq!(retry.failed(now, ReasonCode::QUOTA_EXCEEDED, 0), None);
    // One that cannot pass does not take an attempt.
    let mut retry = Retry::new(backoff, 1);
    assert_eq!(retry.failed(now, ReasonCode::NOT_AUTHORIZED, 0), None);
    assert!(retry.failed(now, ReasonCode::QUOTA_EXCEEDED, 0).is_some());
}

#[cfg(feature = "serde")]
#[test]
fn statistics_are_data() {
    let mut config = ClientConfig::default();
    config.session.stats = true;
    let mut client = Peer::of(config);
    let setup = Setup::new(Version::V5);
    client.connect(&setup, true);
    client.connack(&setup, false, "connected");
    client.opens(1, 1);
    client.at(1_500);
    let stats = client.session.stats().unwrap();
    let text = serde_json::to_string(&stats).unwrap();
    assert!(text.contains(r#""sent":{"messages":[0,1,0],"bytes":[0,9,0]}"#), "{text}");
    assert!(text.contains(r#""to":1500"#), "{text}");
    assert_eq!(serde_json::from_str::<mqtt_core::Stats>(&text).unwrap(), stats);
}
