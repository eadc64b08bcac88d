//! Measures both clients against one mosquitto, prints the tables and judges the targets.
//!
//! ```text
//! cargo run --release --features clients --bin clients [-- --nodelay] [--quick] [--rounds N] [--json FILE] [--plot FILE] [--check]
//! ```

use mqtt_bench_peers::arguments::{Arguments, exit, program_with_nodelay};
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
        None => program_with_nodelay("clients", words, run),
        Some(result) => exit(result),
    }
}

fn run(arguments: &Arguments, is_nodelay: bool) -> Result<(), String> {
    let rounds = arguments.effort(9, Duration::ZERO).rounds;
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let messages = if arguments.quick { 2_000 } else { 20_000 };
    let results = measure(&program, rounds, messages, is_nodelay)?;
    let targets = targets(&results);
    let machine = report::machine(rounds);
    arguments.print(&machine, &tables::tables(&results), &targets);
    let title = "Clients: nanoseconds of the processor per message";
    let panels = tables::panels(&results);
    arguments.finish((title, &machine), &tables::records(&results), &panels, &targets)
}
