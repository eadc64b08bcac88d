//! What every caller may rely on, however it drives a broker.

use crate::kit::{bytes, written};
use crate::texts::{Hello, V5, V31, V311, config, message};
use crate::world::{TestBroker, World};
use bytes::Buf;
use core::time::Duration;
use mqtt_core::{
    Authorization, BrokerConfig, BrokerError, BrokerEvent, BrokerStats, Closed, ConnId, Disconnect,
    Instant, Property, ReasonCode, Version,
};

#[test]
fn types_cross_threads() {
    fn fine<T: Send + Sync + core::panic::UnwindSafe + core::fmt::Debug>() {}
    fine::<TestBroker>();
    fine::<BrokerConfig>();
    fine::<BrokerError>();
    fine::<ConnId>();
    let broker = TestBroker::new(config(), Instant::default());
    assert!(format!("{broker:?}").contains("0 connections"));
}

/// Much of what clients do: what each got, and what was told.
fn busy_day(mut world: World) -> (Vec<String>, Vec<String>, BrokerStats) {
    let hello = |version, name: &str| Hello::new(version, name).stays().keep_alive(60);
    let anna = world.connect(&hello(V5, "anna").will("w=anna q1 retain").delay(5));
    let ben = world.connect(&hello(V311, "ben").will("w=ben q2"));
    let carl = world.connect(&Hello::new(V31, "carl"));
    world.subscribe_as(anna, 7, &["a/# q2", "w q1 rap"]);
    world.subscribe(ben, &["a/+ q1", "$share/g/s q2", "w"]);
    world.subscribe(carl, &["#", "$share/g/s q1"]);
    for number in 0..30 {
        let (topic, qos) = (["a/b", "s", "a/c"][number % 3], ["", " q1", " q2"][number % 3]);
        world.publish([anna, ben, carl][number % 3], &format!("{topic}={number}{qos}"));
        world.pass_ms(100);
    }
    world.publish(ben, "a/r=kept q1 retain");
    world.unsubscribe(ben, &["a/+", "a/x"]);
    world.subscribe(carl, &["a/r q2"]);
    world.cut(anna);
    world.publish(carl, "a/b=away q2");
    world.pass(6);
    let again = world.connect(&hello(V5, "anna"));
    world.send(ben, "00");
    let other = world.connect(&Hello::new(V311, "carl").will("w=c"));
    world.publish(again, &format!("a/large={} q1", "x".repeat(3000)));
    world.pass(100);
    let clients = [anna, ben, carl, again, other];
    let got = clients.map(|client| world.raw(client)).to_vec();
    (got, world.events(), world.broker.stats())
}

#[test]
fn the_same_calls_give_the_same_bytes_and_events() {
    let one = busy_day(World::new());
    assert!(one.0.iter().all(|raw| raw.len() > 10), "{:?}", one.0);
    assert_eq!(one, busy_day(World::new()));
}

#[test]
fn any_chopping_of_the_input_gives_the_same() {
    let whole = busy_day(World::new());
    for chop in [1, 2, 3, 7, 100] {
        let mut world = World::new();
        world.chop = chop;
        assert_eq!(busy_day(world), whole, "{chop}");
    }
}

/// Of a transport that is gone nothing is kept: not what was to be sent, nor what an answer makes to be sent later.
#[test]
fn a_transport_that_is_gone_leaves_nothing() {
    for (is_asked, is_gone) in [(false, false), (false, true), (true, false), (true, true)] {
        let now = Instant::default();
        let authorization = if is_asked { Authorization::Ask } else { Authorization::AllowAll };
        let mut broker = TestBroker::new(BrokerConfig { authorization, ..config() }, now);
        let conn = broker.open(now).unwrap();
        let [hello, question] =
            [Hello::new(V5, "anna").written(), bytes("32 06 00 01 't' 00 01 00")];
        assert_eq!(broker.handle_input(conn, now, &hello), hello.len());
        assert_eq!(broker.handle_input(conn, now, &question), question.len());
        broker.handle_eof(conn, now);
        if is_gone {
            broker.handle_eof(conn, now);
        }
        let mut closed = 0;
        while let Some(event) = broker.poll_event() {
            let event = format!("{event:?}");
            if event.starts_with("Authorize") {
                broker.authorize(conn, now, ReasonCode::SUCCESS).unwrap();
            }
            closed += usize::from(event.starts_with("Closed"));
        }
        assert_eq!(closed, 1);
        assert_eq!(broker.stats().connections, usize::from(!is_gone), "{is_asked}");
        assert_eq!(broker.transmit(conn).has_remaining(), !is_gone);
        broker.handle_eof(conn, now);
        assert_eq!(broker.stats().connections, 0);
        assert_eq!(broker.poll_event(), None);
    }
}

/// What three clients send, in turns.
fn script() -> Vec<(usize, Vec<u8>)> {
    let names = ["a", "b", "c"];
    let mut all: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(at, name)| (at, Hello::new([V5, V311, V5][at], name).written()))
        .collect();
    all.push((0, bytes("82 07 00 01 00 00 01 't' 00 82 08 00 02 00 00 02 'u/' 00")));
    all.push((1, bytes("82 06 00 01 00 01 't' 01 C0 00")));
    for number in 0..20 {
        let (at, version) = [(2, V5), (1, V311)][number % 2];
        all.push((at, written(version, message(&format!("t={number} retain"), &[]))));
    }
    all.push((2, bytes("82 07 00 03 00 00 01 '#' 00 E0 00")));
    all.push((1, bytes("00 00")));
    all
}

/// Lets a broker work after each input, or only at the end; bytes are taken so many at once.
fn driven(each: bool, take: usize) -> (Vec<Vec<u8>>, Vec<String>) {
    let now = Instant::default();
    let mut broker = TestBroker::new(config(), now);
    let conns = [(); 3].map(|()| broker.open(now).unwrap());
    let (mut out, mut told) = (vec![Vec::new(); 3], Vec::new());
    let mut work = |broker: &mut TestBroker| {
        while let Some(event) = broker.poll_event() {
            told.push(format!("{event:?}"));
        }
        while let Some(conn) = broker.poll_writable() {
            let at = conns.iter().position(|other| *other == conn).unwrap();
            loop {
                let mut bytes = broker.transmit(conn);
                let len = bytes.chunk().len().min(take);
                out[at].extend_from_slice(&bytes.chunk()[..len]);
                bytes.advance(len);
                if len == 0 {
                    break;
                }
            }
        }
    };
    for (at, bytes) in script() {
        assert_eq!(broker.handle_input(conns[at], now, &bytes), bytes.len());
        if each {
            work(&mut broker);
        }
    }
    work(&mut broker);
    (out, told)
}

#[test]
fn draining_late_and_in_pieces_changes_nothing() {
    let wanted = driven(true, usize::MAX);
    assert!(wanted.0.iter().all(|out| out.len() > 20) && wanted.1.len() == 5, "{:?}", wanted.1);
    assert_eq!(driven(false, usize::MAX), wanted);
    assert_eq!(driven(true, 1), wanted);
    assert_eq!(driven(false, 3), wanted);
}

#[test]
fn a_connection_is_never_another_one() {
    let mut world = World::new();
    let old = world.join(V5, "old");
    let gone = world.id(old);
    world.cut(old);
    let anna = world.join(V5, "anna");
    let conn = world.id(anna);
    assert_ne!(gone, conn);
    let now = world.now;
    for stale in [gone, ConnId::from(u64::MAX), ConnId::from(conn.as_u64() & 0xFFFF_FFFF)] {
        assert_eq!(world.broker.handle_input(stale, now, b"\0\0\0"), 3);
        world.broker.handle_eof(stale, now);
        assert!(!world.broker.transmit(stale).has_remaining());
        assert_eq!(world.broker.wants_input(stale), 0);
        assert_eq!(world.broker.client_id(stale), None);
        let result = world.broker.disconnect(stale, now, &Disconnect::default());
        assert_eq!(result, Err(BrokerError::Unknown));
    }
    world.events();
    world.send(anna, "C0 00");
    world.gets(anna, &["pingresp"]);
    world.tells(&[]);
}

#[test]
fn input_after_the_end_is_taken_and_ignored() {
    let mut world = World::new();
    let watcher = world.join(V5, "watcher");
    world.subscribe(watcher, &["#"]);
    let anna = world.join(V5, "anna");
    world.stall(anna);
    world.send(anna, "C0 00 00 00");
    assert!(world.closed(anna).is_some());
    let publish = written(V5, message("t=1", &[]));
    let (conn, now) = (world.id(anna), world.now);
    assert_eq!(world.broker.handle_input(conn, now, &publish), publish.len());
    assert_eq!(world.broker.wants_input(conn), 0);
    world.pump();
    world.gets(watcher, &[]);
    // What was written is still sent, and then the place is free.
    assert_eq!(world.broker.stats().connections, 2);
    world.unstall(anna);
    world.gets(anna, &["pingresp", "disconnect 81"]);
    assert_eq!(world.broker.stats().connections, 1);
    // Behind DISCONNECT too.
    let ben = world.join(V5, "ben");
    world.send_bytes(ben, &[&[0xE0, 0x00], &publish[..]].concat());
    assert_eq!(world.closed(ben), Some(Closed::Disconnect(mqtt_core::ReasonCode(0))));
    world.gets(watcher, &[]);
}

#[test]
fn the_end_of_a_transport_is_told_once() {
    let mut broker = TestBroker::new(config(), Instant::default());
    let now = Instant::default();
    let conn = broker.open(now).unwrap();
    broker.handle_eof(conn, now);
    broker.handle_eof(conn, now);
    let event = broker.poll_event();
    assert_eq!(event, Some(BrokerEvent::Closed { conn, reason: Closed::Eof }));
    broker.handle_eof(conn, now);
    assert_eq!(broker.poll_event(), None);
    assert_eq!(broker.stats().connections, 0);
}

#[test]
fn time_does_not_go_back_and_too_many_calls_do_nothing() {
    let mut world = World::new();
    let anna = world.accepted(&Hello::new(V5, "anna").keep_alive(10));
    let early = Instant::from_millis(5);
    world.pass(10);
    world.broker.handle_timeout(world.now);
    for now in [early, world.now, early] {
        world.broker.handle_timeout(now);
        assert_eq!(world.broker.handle_input(world.id(anna), now, &[0xC0, 0x00]), 2);
    }
    world.pump();
    world.gets(anna, &["pingresp", "pingresp", "pingresp"]);
    world.pass_ms(14_999);
    for _ in 0..5 {
        world.broker.handle_timeout(world.now);
    }
    assert_eq!(world.closed(anna), None);
    world.pass_ms(1);
    assert!(world.closed(anna).is_some());
}

#[test]
fn activity_moves_deadlines_on_without_a_call() {
    let mut world = World::new();
    let anna = world.accepted(&Hello::new(V5, "anna").keep_alive(60));
    let first = world.broker.poll_timeout();
    let (mut calls, start) = (0, world.now);
    for second in 0..6_000 {
        world.now = start.after(Duration::from_secs(second));
        if world.broker.poll_timeout().is_some_and(|at| at <= world.now) {
            calls += 1;
            world.broker.handle_timeout(world.now);
        }
        world.send(anna, "C0 00");
        if second == 5 {
            assert_eq!(world.broker.poll_timeout(), first);
        }
    }
    assert_eq!(world.closed(anna), None);
    assert!(calls <= 1 + 6_000 / 60, "{calls}");
}

/// Clients come, go, and are silent, in an order that the seed gives.
fn comes_and_goes(seed: u64, passes: fn(&mut World, u64)) -> (Vec<String>, BrokerStats) {
    let mut world = World::with(BrokerConfig { max_session_expiry: 20, ..config() });
    let watcher = world.join(V5, "watcher");
    world.subscribe(watcher, &["#"]);
    let mut state = seed;
    let mut random = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    const WILLS: [&str; 4] = ["w/0=x", "w/1=x q1", "w/2=x retain", "w/3=x"];
    let mut clients = Vec::new();
    let mut log = Vec::new();
    for _ in 0..60 {
        match random(6) {
            0..3 => {
                let at = random(4) as usize;
                let version = [V5, V5, V311, V31][random(4) as usize];
                let mut hello = Hello::new(version, &format!("c{at}")).will(WILLS[at]);
                if version == V5 {
                    hello = hello.expiry(random(40) as u32).delay(random(12) as u32);
                } else if random(2) == 0 {
                    hello = hello.stays();
                }
                clients.push(world.connect(&hello.keep_alive(random(8) as u16)));
            }
            3 if !clients.is_empty() => {
                let at = random(clients.len() as u64) as usize;
                world.cut(clients.swap_remove(at));
            }
            4 if !clients.is_empty() => {
                let at = random(clients.len() as u64) as usize;
                world.leave(clients.swap_remove(at));
            }
            _ => {}
        }
        passes(&mut world, random(80) * 100);
        log.extend(world.events());
        log.extend(world.got(watcher));
    }
    passes(&mut world, 100_000);
    log.extend(world.events());
    log.extend(world.got(watcher));
    (log, world.broker.stats())
}

#[test]
fn whoever_calls_at_poll_timeout_misses_nothing() {
    let often = |world: &mut World, millis: u64| {
        for _ in 0..millis / 100 {
            world.now = world.now.after(Duration::from_millis(100));
            world.broker.handle_timeout(world.now);
            world.pump();
        }
    };
    for seed in 0..40 {
        let (log, stats) = comes_and_goes(seed, World::pass_ms);
        assert_eq!((log, stats), comes_and_goes(seed, often), "{seed}");
    }
}

#[test]
fn a_client_that_does_not_acknowledge_is_not_writable_all_the_time() {
    let mut world = World::new();
    let slow = Hello::new(V5, "slow").stays().property(Property::ReceiveMaximum(1));
    let slow = world.accepted(&slow);
    world.subscribe(slow, &["t q1"]);
    world.hold(slow);
    for number in 0..3 {
        world.publish_inside(&format!("t={number} q1"));
    }
    world.gets(slow, &["t=0 q1"]);
    world.send(slow, "C0 00");
    world.gets(slow, &["pingresp"]);
    assert_eq!(world.broker.poll_writable(), None);
    world.ack(slow, 0);
    world.gets(slow, &["t=1 q1"]);
    assert_eq!(world.broker.poll_writable(), None);
}

#[test]
fn a_connection_wants_input_until_it_ends() {
    for version in [V5, Version::V311] {
        let mut world = World::new();
        let anna = world.open(version, "anna");
        assert!(world.broker.wants_input(world.id(anna)) > 0);
        world.send_bytes(anna, &Hello::new(version, "anna").written());
        assert!(world.broker.wants_input(world.id(anna)) > 0);
        world.leave(anna);
        assert_eq!(world.broker.wants_input(world.id(anna)), 0);
    }
}
