//! What was measured of the codecs, and the targets it is held against.

use crate::codec::job::{Direction, Place};
use crate::codec::peer::{CORE_BUFFERS, MQTTBYTES, MQTTRS, OURS_VECTORED, RUMQTTC};
use crate::count::{Allocations, allocations_of};
use crate::measure::{Series, ratio};
use crate::row::{OURS, Row};
use crate::target::Target;
use mqtt_benches::corpus::{Case, Protocol};

/// All that was measured.
#[derive(Debug)]
pub struct Results {
    /// Times.
    pub series: Vec<Series<Place>>,
    /// Allocations.
    pub allocations: Vec<Allocations>,
}

impl Results {
    /// The times of one cell.
    pub fn get(
        &self,
        direction: Direction,
        protocol: Protocol,
        case: Case,
        row: Row,
    ) -> &Series<Place> {
        self.column(direction, protocol, case)
            .find(|series| series.row == row)
            .expect("every row has every case")
    }

    /// The times of one case.
    pub fn column(
        &self,
        direction: Direction,
        protocol: Protocol,
        case: Case,
    ) -> impl Iterator<Item = &Series<Place>> {
        let place = Place { direction, protocol, case };
        self.series.iter().filter(move |series| series.place == place)
    }

    /// The peer with the lowest median.
    pub fn fastest_peer(
        &self,
        direction: Direction,
        protocol: Protocol,
        case: Case,
    ) -> &Series<Place> {
        self.column(direction, protocol, case)
            .filter(|series| series.row.is_peer())
            .min_by(|a, b| a.median().total_cmp(&b.median()))
            .expect("there are peers")
    }

    /// The allocations of one cell.
    pub fn allocations(&self, series: &Series<Place>) -> &Allocations {
        let Series { place: Place { direction, protocol, case }, row, .. } = series;
        let cell = [direction.name(), protocol.name(), case.name(), row.peer, row.how];
        allocations_of(&self.allocations, cell)
    }
}

/// All targets of the codec that time and allocations can judge.
pub fn targets(results: &Results) -> Vec<Target> {
    let mut judge = Judge { results, targets: Vec::new() };
    use Case::{A, B, C, D, E, F, G};
    use Direction::{Decode, Encode};
    use Protocol::{V5, V311};

    judge.against(Decode, V311, G, OURS, MQTTRS, 1.5, 2.0);
    judge.against(Decode, V311, G, OURS, RUMQTTC, 4.0, 4.0);
    judge.against_fastest(Decode, V5, G, 4.0, 5.5);
    judge.no_allocations(Decode, V311, G, OURS);
    judge.no_allocations(Decode, V5, G, OURS);
    judge.against_fastest(Decode, V5, B, 5.0, 7.0);
    judge.against_fastest(Decode, V311, D, 1.5, 2.0);
    judge.against_fastest(Decode, V5, D, 5.0, 8.0);
    judge.against_fastest(Decode, V311, E, 2.5, 3.5);
    judge.against_fastest(Decode, V5, E, 3.5, 4.5);
    judge.against_fastest(Decode, V311, F, 1.2, 1.5);
    judge.against_fastest(Decode, V5, F, 3.0, 4.0);
    judge.against_fastest(Decode, V311, C, 1.5, 1.8);
    judge.against_fastest(Decode, V5, C, 4.0, 4.5);
    for protocol in Protocol::ALL {
        let time = |case| results.get(Decode, protocol, case, OURS);
        judge.targets.push(Target::at_most(
            format!("decode {}, c: time of a", protocol.name()),
            ratio(time(C), time(A)),
            (1.7, 1.1),
            "x",
        ));
    }

    judge.against(Encode, V311, G, OURS, MQTTBYTES, 1.0, 1.1);
    judge.against(Encode, V311, G, OURS, RUMQTTC, 1.3, 1.3);
    judge.against(Encode, V5, G, OURS, MQTTBYTES, 1.2, 1.3);
    judge.against_fastest(Encode, V5, B, 1.3, 1.45);
    for protocol in Protocol::ALL {
        judge.no_allocations(Encode, protocol, G, OURS);
        judge.against(Encode, protocol, C, OURS_VECTORED, CORE_BUFFERS, 2.0, 2.0);
        judge.targets.push(Target::at_most(
            format!("encode {}, c, vectored: time", protocol.name()),
            results.get(Encode, protocol, C, OURS_VECTORED).median(),
            (f64::INFINITY, 10.0),
            " ns",
        ));
        judge.no_allocations(Encode, protocol, C, OURS_VECTORED);
    }
    judge.targets
}

struct Judge<'a> {
    results: &'a Results,
    targets: Vec<Target>,
}

impl Judge<'_> {
    #[expect(clippy::too_many_arguments, reason = "a row of a table")]
    fn against(
        &mut self,
        direction: Direction,
        protocol: Protocol,
        case: Case,
        ours: Row,
        peer: Row,
        must: f64,
        goal: f64,
    ) {
        let get = |row| self.results.get(direction, protocol, case, row);
        let (ours, peer) = (get(ours), get(peer));
        let what = format!(
            "{} {}, {}{}: times as fast as {}",
            direction.name(),
            protocol.name(),
            case.name(),
            if ours.row == OURS { "" } else { ", vectored" },
            peer.row.peer,
        );
        self.targets.push(Target::times(what, ratio(peer, ours), (must, goal)));
    }

    fn against_fastest(
        &mut self,
        direction: Direction,
        protocol: Protocol,
        case: Case,
        must: f64,
        goal: f64,
    ) {
        let peer = self.results.fastest_peer(direction, protocol, case).row;
        self.against(direction, protocol, case, OURS, peer, must, goal);
        let what = &mut self.targets.last_mut().expect("just added").what;
        what.push_str(", the fastest peer");
    }

    fn no_allocations(&mut self, direction: Direction, protocol: Protocol, case: Case, row: Row) {
        let series = self.results.get(direction, protocol, case, row);
        let measured = self.results.allocations(series).calls;
        let what = format!(
            "{} {}, {}: allocations per packet",
            direction.name(),
            protocol.name(),
            case.name()
        );
        self.targets.push(Target::at_most(what, measured, (0.0, 0.0), ""));
    }
}
