//! Measures the example server and mosquitto under the same loads, prints the tables and judges the targets.
//!
//! ```text
//! cargo run --release --features server --bin server [-- --nodelay] [--quick] [--rounds N] [--json FILE] [--plot FILE] [--check]
//! ```

use mqtt_bench_peers::arguments::{Arguments, exit, program_with_nodelay};
use mqtt_bench_peers::children::Words;
use mqtt_bench_peers::report;
use mqtt_bench_peers::server::Place;
use mqtt_bench_peers::server::measure::{Plan, measure};
use mqtt_bench_peers::server::run::child;
use mqtt_bench_peers::server::tables;
use mqtt_bench_peers::server::target::targets;
use std::env;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    match child(&words) {
        None => program_with_nodelay("server", words, run),
        Some(result) => exit(result),
    }
}

fn run(arguments: &Arguments, is_nodelay: bool) -> Result<(), String> {
    let rounds = arguments.effort(3, Duration::ZERO).rounds;
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let places = Place::all().collect();
    let plan = Plan { rounds, is_quick: arguments.quick, is_nodelay, places };
    let (results, measured) = measure(&program, &plan);
    let targets = targets(&results);
    let machine = report::machine(rounds);
    arguments.print(&machine, &tables::tables(&results), &targets);
    let title = "Servers: nanoseconds of the processor per message";
    let panels = tables::panels(&results);
    let finished =
        arguments.finish((title, &machine), &tables::records(&results), &panels, &targets);
    measured.and(finished)
}
