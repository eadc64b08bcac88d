//! Measures every codec on every case, prints the tables and judges the targets.
//!
//! ```text
//! cargo run --release [-- --quick] [--rounds N] [--json FILE] [--plot FILE] [--check]
//! ```

use mqtt_bench_peers::arguments::{Arguments, program};
use mqtt_bench_peers::codec::measure::measure;
use mqtt_bench_peers::codec::tables;
use mqtt_bench_peers::codec::target::{Results, targets};
use mqtt_bench_peers::count::allocations;
use mqtt_bench_peers::report;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    program("codec", run)
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let effort = arguments.effort(15, Duration::from_millis(3));
    eprintln!("allocations");
    let allocations = allocations("codec")?;
    let series = measure(effort, |what| eprintln!("{what}"));
    let results = Results { series, allocations };
    let targets = targets(&results);
    let machine = report::machine(effort.rounds);

    let text =
        format!("{}\n{}{}", tables::legend(), tables::tables(&results), tables::ratios(&results));
    arguments.print(&machine, &text, &targets);

    let title = "10,000 mixed packets: nanoseconds per packet";
    let panels = tables::panels(&results);
    arguments.finish((title, &machine), &tables::records(&results), &panels, &targets)
}
