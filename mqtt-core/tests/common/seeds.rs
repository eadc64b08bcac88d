//! Runs that come from one number each.

use core::panic::RefUnwindSafe;
use std::env;
use std::panic::catch_unwind;

/// A sequence of numbers that look random (xorshift).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as u32 % bound
    }
}

/// A number from the environment.
pub(crate) fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Runs the seed that `SEED` names, or as many as `SEEDS` says, or so many; gives what each has given. Those that
/// panic are named in the end.
pub(crate) fn each_seed<T>(count: u64, run: impl Fn(u64) -> T + RefUnwindSafe) -> Vec<T> {
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SEEDS").unwrap_or(count),
    };
    let (mut failed, mut results) = (Vec::new(), Vec::new());
    for seed in seeds {
        match catch_unwind(|| run(seed)) {
            Ok(result) => results.push(result),
            Err(_) => {
                println!("SEED={seed}");
                failed.push(seed);
            }
        }
    }
    assert!(failed.is_empty(), "seeds that fail: {failed:?}");
    results
}
