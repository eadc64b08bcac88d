//! A client and a server joined by a network that chops, delays and breaks.
//!
//! The two sides and what is checked of them are those of the fuzz target `session_ops`. Here all comes
//! from one number: `SEED=n cargo test -p mqtt-core --test session network` runs that one alone, and
//! `STEPS=n` says how many things happen. `SEEDS=n` runs so many.

mod crashes;
mod cuts;
mod stall;

use crate::fuzzing::{Source, World};
use std::collections::BTreeSet;
use std::env;
use std::panic::catch_unwind;

/// A sequence of numbers that look random (xorshift).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }
}

impl Source for Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as u32 % bound
    }
}

/// The first choice each time.
struct First;

impl Source for First {
    fn below(&mut self, _: u32) -> u32 {
        0
    }
}

/// Gives what has happened.
fn run(seed: u64, steps: u32) -> BTreeSet<&'static str> {
    let mut random = Random::new(seed);
    let mut world = World::new(&mut random);
    for _ in 0..steps {
        world.step(&mut random);
    }
    world.finish();
    world.seen
}

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn messages_arrive_whatever_the_network_does() {
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SEEDS").unwrap_or(500),
    };
    let steps = number("STEPS").unwrap_or(1_000) as u32;
    let (mut failed, mut seen) = (Vec::new(), BTreeSet::new());
    for seed in seeds.clone() {
        match catch_unwind(|| run(seed, steps)) {
            Ok(kinds) => seen.extend(kinds),
            Err(_) => {
                println!("SEED={seed}");
                failed.push(seed);
            }
        }
    }
    assert!(failed.is_empty(), "seeds that fail: {failed:?}");
    // All that may happen does.
    assert!(seeds.count() < 100 || seen.len() == 20, "{seen:?}");
}
