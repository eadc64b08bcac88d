//! Times every codec on every case.

use crate::codec::job::{Direction, Place};
use crate::codec::peer::cells;
use crate::measure::{Effort, Series, clock_cost, measure_cells, settle_allocator};
use mqtt_benches::corpus::{Case, Protocol};

/// Runs everything; `progress` hears what comes next.
pub fn measure(effort: Effort, mut progress: impl FnMut(&str)) -> Vec<Series<Place>> {
    settle_allocator();
    let clock_cost = clock_cost();
    let mut all = Vec::new();
    for direction in Direction::ALL {
        for protocol in Protocol::ALL {
            progress(&format!("{} {}", direction.name(), protocol.name()));
            let mut placed = Vec::new();
            for case in Case::ALL {
                let place = Place { direction, protocol, case };
                placed
                    .extend(cells(direction, protocol, case).into_iter().map(|cell| (place, cell)));
            }
            all.extend(measure_cells(placed, effort, clock_cost));
        }
    }
    all
}
