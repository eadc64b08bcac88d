//! The router against a list of patterns that is searched from end to end.

mod alloc;
mod dispatch;
mod hostile;
mod model;
#[path = "../topics/naive.rs"]
#[allow(dead_code)] // more of it is used elsewhere
mod naive;
mod patterns;

use core::hash::BuildHasher;
use mqtt_core::{MatchScratch, TopicName};
use std::hash::RandomState;

/// Handlers are numbers.
type Router<S = RandomState> = mqtt_core::Router<u32, S>;

fn name(text: &str) -> TopicName<'_> {
    TopicName::new(text).expect("a name")
}

/// A router with these patterns, whose handlers are their places.
fn router(patterns: &[&str]) -> Router {
    let mut router = Router::default();
    for (number, pattern) in patterns.iter().enumerate() {
        router.add(pattern, number as u32).expect("a pattern");
    }
    router
}

/// The handlers that a topic leads to.
fn found<S: BuildHasher>(router: &Router<S>, topic: &str) -> Vec<u32> {
    router.route(name(topic), &mut MatchScratch::default()).map(|found| *found.handler).collect()
}

/// The handler that a topic leads to most specifically.
fn best<S: BuildHasher>(router: &Router<S>, topic: &str) -> Option<u32> {
    let found = router.most_specific(name(topic), &mut MatchScratch::default());
    found.map(|found| *found.handler)
}
