//! All clients do all work.
#![cfg(feature = "clients")]

use mqtt_bench_peers::clients::measure::measure;
use mqtt_bench_peers::clients::tables::{records, tables};
use mqtt_bench_peers::clients::target::targets;
use std::path::Path;

#[test]
fn all_clients_do_all_work() {
    if !loopback::mosquitto_is_here() {
        return;
    }
    let program = Path::new(env!("CARGO_BIN_EXE_clients"));
    let results = measure(program, 1, 60, false).expect("all messages arrive");
    let series = results.cpu.iter().chain(&results.wall);
    assert!(series.flat_map(|series| &series.ns).all(|ns| *ns > 0.0));
    assert_eq!(records(&results).len(), results.cpu.len() + results.wall.len());
    assert!(tables(&results).contains("| publish QoS 2 |"));
    assert!(!targets(&results).is_empty());
}
