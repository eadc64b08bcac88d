//! A client and a server joined by a network that chops, delays and breaks.
//!
//! The two sides and what is checked of them are those of the fuzz target `session_ops`. Here all comes
//! from one number: `SEED=n cargo test -p mqtt-core --test session network` runs that one alone, and
//! `STEPS=n` says how many things happen. `SEEDS=n` runs so many.

mod crashes;
mod cuts;
#[path = "../../common/seeds.rs"]
mod seeds;
mod stall;

use crate::fuzzing::{Source, World};
use seeds::{Random, each_seed, number};
use std::collections::BTreeSet;

impl Source for Random {
    fn below(&mut self, bound: u32) -> u32 {
        Self::below(self, bound)
    }
}

/// The first choice each time.
struct First;

impl Source for First {
    fn below(&mut self, _: u32) -> u32 {
        0
    }
}

/// Gives what has happened, and how much of it could not be judged.
fn run(seed: u64, steps: u32) -> (BTreeSet<&'static str>, usize) {
    let mut random = Random::new(seed);
    let mut world = World::new(&mut random);
    for _ in 0..steps {
        world.step(&mut random);
    }
    world.finish();
    (world.seen, world.not_judged)
}

#[test]
fn messages_arrive_whatever_the_network_does() {
    let steps = number("STEPS").unwrap_or(1_000) as u32;
    let runs = each_seed(500, |seed| run(seed, steps));
    // All that may happen does.
    let seen: BTreeSet<_> = runs.iter().flat_map(|(seen, _)| seen).collect();
    let count = runs.len();
    assert!(count < 100 || seen.len() == 21, "{seen:?}");
    let not_judged: usize = runs.iter().map(|(_, not_judged)| not_judged).sum();
    println!("{not_judged} crashes in {count} runs are not judged");
    assert!(not_judged <= count, "{not_judged} crashes are not judged");
}
