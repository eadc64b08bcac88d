//! Where few files may be open there are few connections. The limit is that of this process: it is alone.
#![cfg(feature = "server")]

use mqtt_bench_peers::server::Place;
use mqtt_bench_peers::server::measure::{Plan, measure};
use mqtt_bench_peers::server::tables::tables;
use rustix::process::{Resource, Rlimit, setrlimit};
use std::path::Path;

#[test]
fn few_open_files_are_few_connections() {
    if !loopback::mosquitto_is_here() {
        return;
    }
    // The program raises the first.
    let limit = Rlimit { current: Some(128), maximum: Some(264) };
    setrlimit(Resource::Nofile, limit).expect("less is allowed");
    let places = vec![Place::IDLE];
    let plan = Plan { rounds: 1, is_quick: true, is_nodelay: false, places };
    let (results, measured) = measure(Path::new(env!("CARGO_BIN_EXE_server")), &plan);
    measured.expect("it is measured");
    let text = tables(&results);
    let why = "1000 connections that do nothing: the limit of open files allows 200";
    assert!(text.contains(&format!("Not measured: {why}.\n")), "{text}");
    assert!(text.contains("Memory for each of 200 connections that do nothing: "), "{text}");
}
