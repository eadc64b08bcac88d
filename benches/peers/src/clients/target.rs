//! The targets of clients.

use super::job::{Flavour, Place, RUMQTTC};
use super::measure::Results;
use crate::children::Words;
use crate::measure::{Series, ratio};
use crate::row::OURS;
use crate::target::Target;

/// All targets: on one thread, where processor time is that of the client and little else. The load that they were
/// derived for is 5-to-1 of QoS 0; the others, where each message costs system calls, are held against the same figures.
pub fn targets(results: &Results) -> Vec<Target> {
    let places = Place::all().filter(|place| place.flavour == Flavour::CurrentThread);
    places.flat_map(|place| [cpu(results, place), speed(results, place)]).collect()
}

fn cpu(results: &Results, place: Place) -> Target {
    let of = |row| Series::get(&results.cpu, place, row);
    let what = format!("{place}: CPU, as part of {}'s", RUMQTTC.peer);
    Target::at_most(what, ratio(of(OURS), of(RUMQTTC)), (0.8, 0.4), "x")
}

fn speed(results: &Results, place: Place) -> Target {
    let of = |row| Series::get(&results.wall, place, row);
    let what = format!("{place}: times as fast as {}", RUMQTTC.peer);
    Target::times(what, ratio(of(RUMQTTC), of(OURS)), (1.0, f64::INFINITY))
}
