//! Measures both clients against one mosquitto, prints the tables and judges the targets.
//!
//! ```text
//! cargo run --release --features clients --bin clients [-- --nodelay] [--quick] [--rounds N] [--json FILE] [--plot FILE] [--check]
//! ```

use mqtt_bench_peers::arguments::{Arguments, USAGE};
use mqtt_bench_peers::clients::measure::measure;
use mqtt_bench_peers::clients::run::child;
use mqtt_bench_peers::clients::tables;
use mqtt_bench_peers::clients::target::targets;
use mqtt_bench_peers::report;
use std::env;
use std::process::ExitCode;
use std::time::Duration;

/// What only this program takes.
const NODELAY_USAGE: &str = "  --nodelay    a broker that sends at once";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    match child(&words) {
        None => parent(words),
        Some(result) => exit(result),
    }
}

fn parent(words: Vec<String>) -> ExitCode {
    let mut is_nodelay = false;
    let arguments = Arguments::read(words.into_iter(), |word, _| {
        is_nodelay |= word == "--nodelay";
        Ok(word == "--nodelay")
    });
    match arguments {
        Ok(arguments) => exit(run(&arguments, is_nodelay)),
        Err(problem) => {
            eprintln!("{problem}\nusage: clients [ARGUMENTS]\n{NODELAY_USAGE}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn exit(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
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
