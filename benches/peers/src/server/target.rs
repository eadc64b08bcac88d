//! The targets of the server.

use super::job::{Kind, MOSQUITTO, Place};
use super::measure::Results;
use crate::measure::{Series, ratio};
use crate::row::OURS;
use crate::target::Target;

/// All targets, of what was measured. The memory of idle connections has none: the table shows it.
pub fn targets(results: &Results) -> Vec<Target> {
    let loads = results.loads().flat_map(|place| {
        let cpu = cpu(results, place);
        // What is paced is as fast as it is paced.
        let speed = (place.kind == Kind::Flood).then(|| speed(results, place));
        // Of QoS 1 and 2 a run that loses something has failed.
        let lost = (place.qos == 0).then(|| lost(results, place));
        [cpu].into_iter().chain(speed).chain(lost)
    });
    loads.collect()
}

fn cpu(results: &Results, place: Place) -> Target {
    let of = |row| Series::get(&results.cost, place, row);
    let what = format!("{place}: CPU, as part of {}'s", MOSQUITTO.peer);
    Target::at_most(what, ratio(of(OURS), of(MOSQUITTO)), (1.0, 0.4), "x")
}

fn speed(results: &Results, place: Place) -> Target {
    let of = |row| Series::get(&results.wall, place, row);
    let what = format!("{place}: times as fast as {}", MOSQUITTO.peer);
    Target::times(what, ratio(of(MOSQUITTO), of(OURS)), (1.0, 3.0))
}

/// In the worst round.
fn lost(results: &Results, place: Place) -> Target {
    let rounds = &Series::get(&results.lost, place, OURS).ns;
    let worst = rounds.iter().copied().fold(0.0, f64::max);
    Target::at_most(format!("{place}: lost"), worst, (0.0, 0.0), " %")
}
