//! Both servers do all work.
#![cfg(feature = "server")]

use mqtt_bench_peers::children::Words;
use mqtt_bench_peers::server::measure::{Plan, measure};
use mqtt_bench_peers::server::tables::{panels, records, tables};
use mqtt_bench_peers::server::target::targets;
use mqtt_bench_peers::server::{Generator, Place};
use std::path::Path;

#[test]
fn both_servers_do_all_work() {
    if !loopback::mosquitto_is_here() {
        return;
    }
    let program = Path::new(env!("CARGO_BIN_EXE_server"));
    let places = Place::all().collect();
    let plan = Plan { rounds: 1, is_quick: true, is_nodelay: false, places };
    let (results, measured) = measure(program, &plan);
    measured.expect("all messages arrive that have to");
    let by_paho = |place: &Place| place.generator == Generator::Paho;
    let has_paho = results.left_out.iter().all(|left_out| !left_out.contains("paho"));
    assert_eq!(results.places.iter().any(by_paho), has_paho, "{:?}", results.left_out);
    let expected = Place::loads().filter(|place| has_paho || !by_paho(place));
    assert!(results.loads().eq(expected));
    assert!(results.cost.iter().flat_map(|series| &series.ns).all(|cost| *cost > 0.0));
    assert!(tables(&results).contains("| flood 1-to-1000, QoS 2 |"));
    assert!(!records(&results).is_empty() && !panels(&results).is_empty());
    assert!(!targets(&results).is_empty());
}
