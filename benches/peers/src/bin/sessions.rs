//! Measures every session in every exchange, prints the tables and judges the targets.
//!
//! ```text
//! cargo run --release --bin sessions [-- --quick] [--rounds N] [--json FILE] [--plot FILE] [--check]
//! ```

use mqtt_bench_peers::arguments::{Arguments, program};
use mqtt_bench_peers::count::allocations;
use mqtt_bench_peers::report;
use mqtt_bench_peers::sessions::memory::idle;
use mqtt_bench_peers::sessions::target::{Results, targets};
use mqtt_bench_peers::sessions::{measure, tables};
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    program("sessions", run)
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let effort = arguments.effort(31, Duration::from_millis(5));
    eprintln!("allocations, memory");
    let (allocations, idle) = (allocations("sessions")?, idle()?);
    eprintln!("times");
    let results = Results { series: measure(effort), allocations, idle };
    let targets = targets(&results);
    let machine = report::machine(effort.rounds);

    let text = format!("{}\n{}", tables::legend(), tables::tables(&results));
    arguments.print(&machine, &text, &targets);

    let title = "Sessions: nanoseconds per message";
    let panels = tables::panels(&results);
    arguments.finish((title, &machine), &tables::records(&results), &panels, &targets)
}
