//! The targets of the server.

use super::job::{Kind, MOSQUITTO, Place};
use super::measure::Results;
use crate::measure::ratio;
use crate::row::OURS;
use crate::target::Target;

/// All targets.
pub fn targets(results: &Results) -> Vec<Target> {
    let loads = Place::loads().flat_map(|place| {
        let cpu = cpu(results, place);
        // What is paced is as fast as it is paced.
        let speed = (place.kind == Kind::Flood).then(|| speed(results, place));
        [cpu].into_iter().chain(speed)
    });
    loads.chain([memory(results)]).collect()
}

fn cpu(results: &Results, place: Place) -> Target {
    let of = |row| Results::get(&results.cost, place, row);
    let what = format!("{place}: CPU, as part of {}'s", MOSQUITTO.peer);
    Target::at_most(what, ratio(of(OURS), of(MOSQUITTO)), (1.0, 0.4), "x")
}

fn speed(results: &Results, place: Place) -> Target {
    let of = |row| Results::get(&results.wall, place, row);
    let what = format!("{place}: times as fast as {}", MOSQUITTO.peer);
    Target::times(what, ratio(of(MOSQUITTO), of(OURS)), (1.0, 3.0))
}

fn memory(results: &Results) -> Target {
    let of = |row| Results::get(&results.cost, Place::IDLE, row);
    let what = format!("idle connections: memory, as part of {}'s", MOSQUITTO.peer);
    Target::at_most(what, ratio(of(OURS), of(MOSQUITTO)), (f64::INFINITY, f64::INFINITY), "x")
}
