//! Counts memory, for the programs that measure time.
//!
//! `allocs codec`: the allocations of every codec on every case. One line per cell, fields apart by tabs:
//! direction, version, case, peer, how, allocations per packet, bytes allocated per packet.
//!
//! `allocs sessions`: those of every session in every exchange: exchange, version, packets of an input,
//! peer, how, allocations per message, bytes allocated per message. `allocs idle`: what a session has
//! that does nothing, see `sessions::memory`.
//!
//! `allocs topics PEER`: what a trie needs, see `topics::subscriptions::memory`.
//!
//! `allocs retained SIZE`: what all indexes of so many retained names need, see `topics::retained`.

use mqtt_bench_peers::codec::job::Direction;
use mqtt_bench_peers::codec::peer;
use mqtt_bench_peers::measure::Cell;
use mqtt_bench_peers::sessions::{self, batch_name};
use mqtt_benches::corpus::{Case, Protocol};
use mqtt_benches::sessions::{BATCHES, Scenario};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::env;
use std::hint::black_box;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let result = match words[..] {
        ["codec"] => {
            codec();
            Ok(())
        }
        ["sessions"] => {
            sessions();
            Ok(())
        }
        ["idle"] => {
            sessions::memory::print(|| count().0);
            Ok(())
        }
        #[cfg(feature = "topics")]
        ["topics", trie] => topics(trie),
        #[cfg(feature = "topics")]
        ["retained", size] => match size.parse() {
            Ok(size) => {
                mqtt_bench_peers::topics::retained::print_memory(size, count);
                Ok(())
            }
            Err(_) => Err(format!("not a number: {size}")),
        },
        _ => Err(format!("not known: {words:?}")),
    };
    if let Err(problem) = result {
        eprintln!("{problem}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn codec() {
    for direction in Direction::ALL {
        for protocol in Protocol::ALL {
            for case in Case::ALL {
                let place = [direction.name(), protocol.name(), case.name()];
                peer::cells(direction, protocol, case)
                    .into_iter()
                    .for_each(|cell| print(place, cell));
            }
        }
    }
}

fn sessions() {
    for scenario in Scenario::ALL {
        for protocol in Protocol::ALL {
            for batch in BATCHES {
                let place = [scenario.name(), protocol.name(), batch_name(batch)];
                let cells = sessions::cells(scenario, protocol, batch);
                cells.into_iter().for_each(|cell| print(place, cell));
            }
        }
    }
}

/// The allocations of one cell.
fn print(place: [&str; 3], mut cell: Cell) {
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
        "{}\t{}\t{}\t{}\t{}",
        place.join("\t"),
        cell.row.peer,
        cell.row.how,
        calls / packets,
        stats.bytes_allocated as f64 / packets,
    );
}

/// Bytes in use, and how often the allocator was called.
fn count() -> (f64, f64) {
    let stats = ALLOCATOR.stats();
    let bytes = stats.bytes_allocated - stats.bytes_deallocated;
    (bytes as f64, (stats.allocations + stats.reallocations) as f64)
}

#[cfg(feature = "topics")]
fn topics(peer: &str) -> Result<(), String> {
    let input = &mut std::io::stdin().lock();
    mqtt_bench_peers::topics::subscriptions::memory::serve(peer, input, count)
}
