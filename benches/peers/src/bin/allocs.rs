//! Counts the allocations of every codec on every case. One line per cell, fields apart by tabs:
//! direction, version, case, peer, how, allocations per packet, bytes allocated per packet.

use mqtt_bench_peers::job::Direction;
use mqtt_bench_peers::peer::cells;
use mqtt_benches::corpus::{Case, Protocol};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::hint::black_box;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    for direction in Direction::ALL {
        for protocol in Protocol::ALL {
            for case in Case::ALL {
                for mut cell in cells(direction, protocol, case) {
                    // The first run may allocate what later ones use again.
                    cell.job.prepare();
                    black_box(cell.job.run());
                    cell.job.prepare();
                    let region = Region::new(ALLOCATOR);
                    black_box(cell.job.run());
                    let stats = region.change();
                    let calls = (stats.allocations + stats.reallocations) as f64;
                    let packets = cell.packets as f64;
                    println!(
                        "{}\t{}\t{}\t{}\t{}\t{}\t{}",
                        direction.name(),
                        protocol.name(),
                        case.name(),
                        cell.row.peer,
                        cell.row.how,
                        calls / packets,
                        stats.bytes_allocated as f64 / packets,
                    );
                }
            }
        }
    }
}
