//! Measures both clients against one mosquitto, prints the tables and judges the targets.
//!
//! ```text
//! cargo run --release --features clients --bin clients [-- --quick] [--rounds N] [--json FILE] [--plot FILE] [--check]
//! ```

use mqtt_bench_peers::arguments::{Arguments, program};
use mqtt_bench_peers::clients::measure::measure;
use mqtt_bench_peers::clients::run::child;
use mqtt_bench_peers::clients::tables;
use mqtt_bench_peers::clients::target::targets;
use mqtt_bench_peers::report;
use std::env;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    match child(&words) {
        None => program("clients", run),
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let rounds = arguments.effort(9, Duration::ZERO).rounds;
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let results = measure(&program, rounds, if arguments.quick { 2_000 } else { 20_000 })?;
    let targets = targets(&results);
    let machine = report::machine(rounds);
    arguments.print(&machine, &tables::tables(&results), &targets);
    let title = "Clients: nanoseconds of the processor per message";
    let panels = tables::panels(&results);
    arguments.finish((title, &machine), &tables::records(&results), &panels, &targets)
}
