//! A whole network in one thread: a broker, tens of clients, and transports that break.
//!
//! Time, faults and what the clients do come from one number: `SEED=n cargo test -p mqtt-core --test sim` runs that
//! one alone, `STEPS=n` says how many things happen, `SEEDS=n` runs so many. The [`oracle`] knows nothing of the
//! broker: it says what clients must and may get, from what went in and came out, by the standards alone.

mod asked;
mod client;
mod found;
mod hostile;
#[path = "../topics/naive.rs"]
#[allow(dead_code)] // the target `topics` uses the rest
mod naive;
mod oracle;
mod rules;
#[path = "../common/seeds.rs"]
mod seeds;
mod store;
mod trace;
mod world;

use core::hash::Hasher;
use mqtt_core::{Properties, Publish};
use seeds::{each_seed, number};
use std::collections::BTreeSet;
use world::World;

/// Rounds until all must have arrived.
const MAX_ROUNDS: usize = 100;
/// What a broker may keep when all have gone: places that are free.
const EMPTY_BYTES: usize = 256 << 10;

impl World {
    /// One thing happens.
    fn step(&mut self) {
        if self.store.is_some() && self.below(150) == 0 {
            self.crash_broker();
        }
        let client = self.below(self.clients.len() as u32) as usize;
        match self.below(100) {
            0..8 => self.connect(client, false),
            8..24 => self.publish(client),
            24..34 => self.subscribe(client),
            34..36 => self.unsubscribe(client),
            36..38 => self.disconnect(client),
            38..44 => {
                let refuses = self.below(10) == 0;
                self.acknowledge(client, refuses);
            }
            44 => {
                let (keeps, learns) = (self.below(3) > 0, self.below(2) == 0);
                self.crash(client, keeps, learns);
            }
            45..76 => self.on_a_link(|world, link| {
                let (up, down) = (world.below(80) as usize, world.below(80) as usize);
                world.carry_up(link, up);
                world.carry_down(link, down);
            }),
            76..84 => self.carry_all(),
            84..86 => self.on_a_link(|world, link| {
                let learns = world.below(2) == 0;
                world.cut(link, learns);
            }),
            86 => self.on_a_link(|world, link| {
                let room = world.below(100) as usize;
                world.slow_down(link, room);
            }),
            87..89 => self.on_a_link(World::speed_up),
            89 => self.attack(),
            90..99 => {
                let (millis, is_calm) = (self.below(1_500), self.below(2) == 0);
                self.pass(u64::from(millis), is_calm);
            }
            _ => {
                let (millis, is_calm) = (self.below(60_000), self.below(4) > 0);
                self.pass(u64::from(millis), is_calm);
            }
        }
    }

    fn on_a_link(&mut self, act: impl FnOnce(&mut Self, usize)) {
        let links = 0..self.links.len();
        let links: Vec<_> = links.filter(|link| !self.links[*link].is_dead()).collect();
        if !links.is_empty() {
            let link = self.pick(&links);
            act(self, link);
        }
    }

    /// The faults stop: all that is owed arrives.
    fn finish(&mut self) {
        self.oracle.trace.note(|| "the faults stop".to_owned());
        self.is_calm = true;
        self.settle();
        for link in 0..self.links.len() {
            self.speed_up(link);
            let is_half = self.links[link].client.is_none();
            self.links[link].ends |= is_half;
        }
        for round in 0.. {
            assert!(round < MAX_ROUNDS, "something is never done: {:?}", self.unsettled());
            if round == MAX_ROUNDS / 2 && self.oracle.rules.drops_slow {
                // A client that comes back to a full queue is ended by the first message, which may be its own:
                // it never comes out of that.
                let clients = 0..self.clients.len();
                let open: Vec<_> = clients.filter(|at| !self.is_done(*at)).collect();
                open.into_iter().for_each(|client| self.crash(client, false, true));
            }
            for client in 0..self.clients.len() {
                // There is but one of a name.
                if !self.clients[client].is_rival {
                    self.connect(client, true);
                } else if self.clients[client].link.is_some() {
                    self.disconnect(client);
                }
            }
            self.carry_all();
            while let Some(client) = self.clients.iter().position(|it| !it.acks.is_empty()) {
                self.acknowledge(client, false);
                self.carry_all();
            }
            self.wait(core::time::Duration::from_millis(5));
            if self.unsettled().is_empty() {
                break;
            }
        }
        self.oracle.judge_debts();
        self.judge_retained();
    }

    /// Clients that are not done.
    fn unsettled(&self) -> Vec<&str> {
        let clients = 0..self.clients.len();
        let open = clients.filter(|at| !self.clients[*at].is_rival && !self.is_done(*at));
        let busy = self.links.iter().any(|link| !link.is_dead() && !link.is_idle());
        open.map(|at| &*self.clients[at].name).chain(busy.then_some("a link")).collect()
    }

    /// All clients go, and nothing is left.
    fn clear(&mut self) {
        for client in 0..self.clients.len() {
            self.disconnect(client);
        }
        self.carry_all();
        let names: Vec<_> =
            self.oracle.current.iter().map(|(name, at)| (name.clone(), *at)).collect();
        for (name, session) in names {
            assert!(self.broker.drop_session(&name, self.now()), "{name} has a session");
            self.oracle.end(session);
            self.settle();
        }
        self.carry_all();
        let topics: Vec<_> = self.oracle.retained.keys().cloned().collect();
        for topic in &topics {
            let properties = Properties::default();
            let publish = Publish { topic, retain: true, properties, ..Publish::default() };
            self.broker.publish(self.now(), &publish).expect("a message");
        }
        self.settle();
        let stats = self.broker.stats();
        let left = [
            stats.connections,
            stats.sessions,
            stats.connected,
            stats.subscriptions,
            stats.retained,
            stats.retained_bytes,
            stats.queued_bytes,
        ];
        assert_eq!(left, [0; 7], "{stats:?}");
        let bytes = self.broker.heap_bytes();
        assert!(bytes < EMPTY_BYTES, "{bytes} bytes are left");
    }
}

/// Gives what has happened, and all that the broker has sent, in short.
fn run(seed: u64, key: u64) -> (BTreeSet<&'static str>, u64) {
    let steps = number("STEPS").unwrap_or(800);
    let mut world = World::new(seed, key);
    for _ in 0..steps {
        world.step();
    }
    world.finish();
    world.clear();
    (core::mem::take(&mut world.oracle.seen), world.sent.finish())
}

#[test]
fn all_that_is_owed_arrives_whatever_the_network_does() {
    let runs = each_seed(40, |seed| run(seed, 0).0);
    // All that may happen does.
    let seen: BTreeSet<_> = runs.iter().flatten().collect();
    assert!(runs.len() < 40 || seen.len() >= 34, "{} {seen:?}", seen.len());
}

/// What a broker sends does not depend on how it hashes, nor on anything else but its inputs.
#[test]
fn the_same_inputs_give_the_same_bytes() {
    for seed in 0..3 {
        assert_eq!(run(seed, 0).1, run(seed, 1).1);
    }
}
