//! Sessions without I/O: bytes in, events and bytes out, no socket.
//!
//! All are clients, but for the second row of ours, and all keep a message until it is acknowledged. All
//! get the same bytes, packet by packet or sixteen packets at a time, and have every value read of what
//! they report, by the visitors that also read what codecs decode. What is to be sent is looked at as
//! bytes in one piece, which is how all but the vectored transports want it.
//!
//! [`mqtt_benches::sessions`] says what is exchanged. Before it is timed each session must have reported
//! the same number of messages, with all that is in them, and have sent the bytes that are right.

pub mod memory;
mod mqtt_protocol_core;
mod rumqttc;
pub mod tables;
pub mod target;

use crate::measure::{Cell, Effort, Job, Series, clock_cost, measure_cells, settle_allocator};
use crate::row::{OURS, Row};
use mqtt_benches::corpus::Protocol;
use mqtt_benches::sessions::{BATCHES, Client, Engine, Exchange, Scenario, Server, WINDOW};
use mqtt_benches::visit::Sum;

/// Ours, from the side of the server.
pub const OURS_SERVER: Row = Row::new("mqtt-core", "`ServerSession`");
const RUMQTTC: Row = Row::new("rumqttc", "`MqttState`");
const CORE: Row = Row::new("mqtt-protocol-core", "`Connection`");

/// Where in the tables a figure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What is exchanged.
    pub scenario: Scenario,
    /// Which version.
    pub protocol: Protocol,
    /// Packets of an input.
    pub batch: usize,
}

impl Place {
    /// Each.
    fn all() -> impl Iterator<Item = Place> {
        let batches = BATCHES.into_iter();
        let places = batches.flat_map(|batch| Protocol::ALL.map(|protocol| (batch, protocol)));
        places.flat_map(|(batch, protocol)| {
            Scenario::ALL.map(|scenario| Place { scenario, protocol, batch })
        })
    }
}

/// One word for tables and files.
pub fn batch_name(batch: usize) -> &'static str {
    if batch == 1 { "single" } else { "batch" }
}

/// Windows of a run: enough to drown the clock's own cost.
const WINDOWS: usize = 16;

struct SessionJob<S> {
    session: S,
    exchange: Exchange,
}

impl<S: Engine> Job for SessionJob<S> {
    fn run(&mut self) -> u64 {
        let (mut events, mut wire) = (Sum::default(), Sum::default());
        let mut done = 0;
        for _ in 0..WINDOWS {
            done += self.exchange.run(&mut self.session, &mut events, &mut wire);
        }
        assert_eq!(done, WINDOWS * WINDOW);
        events.0.wrapping_add(wire.0)
    }
}

/// The cell of a session, which must have done what it should.
fn cell<S: Engine + 'static>(row: Row, place: Place) -> Cell {
    let Place { scenario, protocol, batch } = place;
    let mut exchange = Exchange::new(protocol, scenario, batch);
    let session: S = exchange.open();
    Cell { row, job: Box::new(SessionJob { session, exchange }), packets: WINDOWS * WINDOW }
}

/// Every cell of one column of a table, ours first.
pub fn cells(scenario: Scenario, protocol: Protocol, batch: usize) -> Vec<Cell> {
    let place = Place { scenario, protocol, batch };
    vec![
        cell::<Client>(OURS, place),
        cell::<Server>(OURS_SERVER, place),
        match protocol {
            Protocol::V311 => cell::<rumqttc::V4>(RUMQTTC, place),
            Protocol::V5 => cell::<rumqttc::V5>(RUMQTTC, place),
        },
        cell::<mqtt_protocol_core::Client>(CORE, place),
    ]
}

/// Times every session in every exchange.
pub fn measure(effort: Effort) -> Vec<Series<Place>> {
    settle_allocator();
    let mut placed = Vec::new();
    for place in Place::all() {
        let cells = cells(place.scenario, place.protocol, place.batch);
        placed.extend(cells.into_iter().map(|cell| (place, cell)));
    }
    measure_cells(placed, effort, clock_cost())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Making a cell compares what its session reports and sends with what it should.
    #[test]
    fn all_sessions_report_and_send_the_same() {
        let series = measure(Effort { rounds: 1, slice: Duration::from_micros(1) });
        assert_eq!(series.len(), 4 * Place::all().count());
        assert!(series.iter().all(|series| series.median() > 0.0));
    }
}
