//! Indexes of topics: a module for each kind, with the trait that its contestants have in common.

pub mod retained;
pub mod subscriptions;

use rmqtt::topic::Topic;
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// What the allocator has counted: bytes that are in use, and how often it was called.
pub type Count = fn() -> (f64, f64);

/// What rmqtt takes filters and names apart into.
fn parsed(topic: &str) -> Topic {
    topic.parse().expect("workloads hold valid filters and names")
}

/// How long `work` keeps the processor busy: not the time in which something else runs there. A run over
/// a large index is too long for the few that are interrupted to be sorted out by a median.
fn processor_time(work: impl FnOnce()) -> Duration {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::try_from(time).expect("time is not negative")
    };
    let start = now();
    work();
    now() - start
}
