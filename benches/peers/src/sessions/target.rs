//! What was measured of the sessions, and the targets it is held against.

use super::memory::Idle;
use super::{Place, batch_name};
use crate::count::{Allocations, allocations_of};
use crate::measure::{Series, ratio};
use crate::row::{OURS, Row};
use crate::target::Target;

/// All that was measured.
#[derive(Debug)]
pub struct Results {
    /// Times.
    pub series: Vec<Series<Place>>,
    /// Allocations.
    pub allocations: Vec<Allocations>,
    /// Memory of sessions that do nothing.
    pub idle: Vec<Idle>,
}

impl Results {
    /// The times of one exchange, ours first.
    pub fn column(&self, place: Place) -> impl Iterator<Item = &Series<Place>> {
        self.series.iter().filter(move |series| series.place == place)
    }

    /// The times of one row.
    pub fn get(&self, place: Place, row: Row) -> &Series<Place> {
        self.column(place).find(|series| series.row == row).expect("all do all")
    }

    /// The peer with the lowest median.
    pub fn fastest_peer(&self, place: Place) -> &Series<Place> {
        self.column(place)
            .filter(|series| series.row.is_peer())
            .min_by(|a, b| a.median().total_cmp(&b.median()))
            .expect("there are peers")
    }

    /// The allocations of one row.
    pub fn allocations(&self, place: Place, row: Row) -> &Allocations {
        let Place { scenario, protocol, batch } = place;
        let place = [scenario.name(), protocol.name(), batch_name(batch)];
        let [scenario, protocol, batch] = place;
        allocations_of(&self.allocations, [scenario, protocol, batch, row.peer, row.how])
    }
}

/// All targets of sessions: packet by packet, as peers that wait for each other are driven.
pub fn targets(results: &Results) -> Vec<Target> {
    let mut targets = Vec::new();
    for place in Place::all().filter(|place| place.batch == 1) {
        let name = format!("{} {}", place.scenario.name(), place.protocol.name());
        let peer = results.fastest_peer(place);
        let times = ratio(peer, results.get(place, OURS));
        let what = format!("{name}: times as fast as {}, the fastest peer", peer.row.peer);
        targets.push(Target::times(what, times, (3.0, 6.0)));
        for series in results.column(place).filter(|series| series.row.is_ours()) {
            let row = series.row;
            let side = if row == OURS { "client" } else { "server" };
            let what = format!("{name}: allocations per message, {side}");
            targets.push(Target::at_most(
                what,
                results.allocations(place, row).calls,
                (0.0, 0.0),
                "",
            ));
        }
    }
    for idle in &results.idle {
        let shrunk = if idle.is_shrunk { "after `shrink_to_fit`" } else { "drained" };
        let what = format!("{}: an idle session of a server, {shrunk}", idle.protocol.name());
        targets.push(Target::at_most(what, idle.total(), (1_024.0, 512.0), " B"));
    }
    targets
}
