//! Histories in which one side crashes: after each single change that it has stored.

use super::First;
use crate::fuzzing::{Source, World};
use mqtt_core::QoS;

/// What happens, one after the other; between two of them a few packets are exchanged.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// A message of the client, or of the server.
    Publish(bool, QoS),
    /// SUBSCRIBE, or UNSUBSCRIBE.
    Request(bool),
    Connect {
        clean_start: bool,
    },
    Cut,
    /// The server loses the session.
    Forget,
    /// With the will, or without.
    Disconnect(bool),
    Pass(u64),
    /// All that is under way arrives.
    Rest,
}

use Act::{Connect, Cut, Disconnect, Forget, Pass, Publish, Request, Rest};

const CONNECT: Act = Connect { clean_start: false };
const QOS: [QoS; 3] = [QoS::ExactlyOnce, QoS::AtLeastOnce, QoS::AtMostOnce];

/// Messages of each QoS of both sides.
fn messages() -> impl Iterator<Item = Act> {
    [true, false].into_iter().flat_map(|side| QOS.map(|qos| Publish(side, qos)))
}

fn histories() -> Vec<Vec<Act>> {
    let plain = || [CONNECT, Rest].into_iter().chain(messages()).collect::<Vec<_>>();
    let again = |more: &[Act]| [&plain()[..], &[Publish(true, QoS::ExactlyOnce)], more].concat();
    vec![
        [&plain()[..], &[Rest], &plain()[2..]].concat(),
        // Some wait before there is a connection.
        [&[Publish(true, QoS::ExactlyOnce), Publish(true, QoS::AtLeastOnce)], &plain()[..]]
            .concat(),
        // The session goes on, in the middle of all.
        again(&[Cut, Publish(true, QoS::AtLeastOnce), CONNECT, Rest]),
        again(&[Disconnect(true), CONNECT, Rest]),
        again(&[Rest, Publish(false, QoS::ExactlyOnce), Cut, CONNECT, Cut, CONNECT]),
        // It does not.
        again(&[Cut, Forget, CONNECT, Publish(false, QoS::ExactlyOnce), Rest]),
        again(&[
            Cut,
            Connect { clean_start: true },
            Publish(false, QoS::ExactlyOnce),
            Cut,
            CONNECT,
        ]),
        again(&[Cut, Pass(120_000), CONNECT, Publish(true, QoS::ExactlyOnce), Rest]),
        // Requests.
        vec![CONNECT, Rest, Request(true), Rest, Request(true), Request(false), Cut, CONNECT],
        vec![CONNECT, Rest, Request(true), Disconnect(false), CONNECT, Rest, Request(false)],
    ]
}

/// Choices from a list, then the first each time.
struct List(Vec<u32>);

impl Source for List {
    fn below(&mut self, bound: u32) -> u32 {
        if self.0.is_empty() { 0 } else { self.0.remove(0).min(bound - 1) }
    }
}

/// How both sides are set up.
#[derive(Clone, Copy, Debug)]
struct Setup {
    /// 0 is 5.0, 1 is 3.1.1, 2 is 3.1.
    version: u32,
    /// They acknowledge by hand.
    manual: u32,
    /// 0 is nothing, 1 the gate, 2 reports.
    durability: u32,
    /// 0 is the largest.
    receive_maximum: u32,
    /// 0 is for ever, 1 none, 2 is 20 s.
    expiry: u32,
    publish_again: u32,
    will: u32,
}

impl Setup {
    fn world(self) -> World {
        let Self { version, manual, durability, receive_maximum, expiry, publish_again, will } =
            self;
        let side = [manual + 2 * durability, 0, 0, 0, 1, receive_maximum, 0, 0];
        let mut list = vec![version];
        list.extend(side);
        list.extend(side);
        list.extend([0, expiry, publish_again, will]);
        World::new(&mut List(list))
    }
}

/// How much a side stores, and what comes then.
#[derive(Clone, Copy, Debug)]
struct Crash {
    side: usize,
    /// It stores nothing behind this change.
    last: u64,
    /// What may leave then does.
    goes_on: bool,
}

/// Lets it happen; gives how many changes were stored. A side crashes, if it is to.
fn run(setup: Setup, history: &[Act], crash: Option<Crash>) -> [u64; 2] {
    let mut world = setup.world();
    for act in history {
        match *act {
            Publish(from_client, qos) => world.publish(from_client, qos, &mut First),
            Request(subscribes) => world.request(subscribes),
            Connect { clean_start } => world.connect(clean_start),
            Cut => world.cut(true),
            Forget => world.forget(),
            Disconnect(keeps_will) => world.disconnect(keeps_will, false),
            Pass(millis) => world.pass(millis),
            Rest => {}
        }
        for _ in 0..if matches!(act, Rest) { 12 } else { 1 } {
            world.carry(usize::MAX, usize::MAX);
            world.poll_all();
            world.respond(&mut First);
            for side in 0..2 {
                let here = crash.filter(|crash| crash.side == side);
                let most = here.map_or(u64::MAX, |it| it.last.saturating_sub(world.stored(side)));
                world.commit(side, usize::try_from(most).unwrap());
                if here.is_some_and(|it| !it.goes_on && it.last == world.stored(side)) {
                    world.crash(side);
                    finish(&mut world, setup, history);
                    return [0; 2];
                }
            }
        }
    }
    if let Some(crash) = crash {
        world.crash(crash.side);
    }
    finish(&mut world, setup, history);
    [0, 1].map(|side| world.stored(side))
}

/// All comes to its end, and is judged: if the server loses no session.
fn finish(world: &mut World, setup: Setup, history: &[Act]) {
    world.finish();
    let may_lose = setup.expiry != 0 || history.iter().any(|act| matches!(act, Forget));
    assert!(world.not_judged == 0 || may_lose, "{:?}", world.seen);
}

/// Lets each side crash after each change of all histories.
fn each_change(setup: Setup) -> usize {
    let mut crashes = 0;
    for (number, history) in histories().iter().enumerate() {
        let all = run(setup, history, None);
        for (side, all) in all.into_iter().enumerate() {
            for (last, goes_on) in (0..=all).flat_map(|at| [(at, false), (at, true)]) {
                let crash = Crash { side, last, goes_on };
                let result = std::panic::catch_unwind(|| run(setup, history, Some(crash)));
                assert!(result.is_ok(), "history {number}: {crash:?}, {setup:?}");
                crashes += 1;
            }
        }
    }
    crashes
}

/// By hand, Receive Maximum, Session Expiry Interval, what becomes of messages that are lost, will.
const SETUPS: [(u32, u32, u32, u32, u32); 4] =
    [(0, 0, 0, 0, 1), (1, 1, 0, 1, 2), (0, 2, 2, 1, 0), (1, 0, 1, 0, 2)];

fn each_setup(version: u32, durability: u32, setups: usize) {
    let mut crashes = 0;
    for (manual, receive_maximum, expiry, publish_again, will) in &SETUPS[..setups] {
        crashes += each_change(Setup {
            version,
            manual: *manual,
            durability,
            receive_maximum: *receive_maximum,
            expiry: *expiry,
            publish_again: *publish_again,
            will: *will,
        });
    }
    assert!(crashes > 500 * setups, "{crashes}");
}

#[test]
fn after_each_change_of_5_0() {
    each_setup(0, 1, 4);
}

#[test]
fn after_each_change_of_3_1_1() {
    each_setup(1, 1, 3);
}

#[test]
fn after_each_change_without_a_gate() {
    each_setup(0, 2, 2);
}
