//! Measures every codec on every case, prints the tables and judges the targets.
//!
//! ```text
//! cargo run --release [-- --quick] [--rounds N] [--json FILE] [--plot FILE] [--check]
//! ```

use mqtt_bench_peers::arguments::{Arguments, USAGE};
use mqtt_bench_peers::codec::measure::measure;
use mqtt_bench_peers::codec::tables;
use mqtt_bench_peers::codec::target::{Allocations, Results, targets};
use mqtt_bench_peers::count::count;
use mqtt_bench_peers::report;
use std::env;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let arguments = match Arguments::read(env::args().skip(1), |_, _| Ok(false)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\nusage: codec [ARGUMENTS]\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if let Err(problem) = run(&arguments) {
        eprintln!("{problem}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let effort = arguments.effort(15, Duration::from_millis(3));
    eprintln!("allocations");
    let allocations = allocations()?;
    let series = measure(effort, |what| eprintln!("{what}"));
    let results = Results { series, allocations };
    let targets = targets(&results);
    let machine = report::machine(effort.rounds);

    println!("{machine}\n");
    if arguments.quick {
        println!("A smoke run: these figures prove nothing.\n");
    }
    println!("{}", tables::legend());
    print!("{}", tables::tables(&results));
    print!("{}", tables::ratios(&results));
    println!("### Targets\n\n{}", report::verdicts(&targets));

    let title = "10,000 mixed packets: nanoseconds per packet";
    let panels = tables::panels(&results);
    arguments.finish((title, &machine), &tables::records(&results), &panels, &targets)
}

fn allocations() -> Result<Vec<Allocations>, String> {
    let parse = |line: &String| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [direction, protocol, case, peer, how, calls, bytes] = fields[..] else { return None };
        let cell = [direction, protocol, case, peer, how].map(str::to_owned);
        Some(Allocations { cell, calls: calls.parse().ok()?, bytes: bytes.parse().ok()? })
    };
    count(&["codec"], |_| Ok(()))?
        .iter()
        .map(|line| parse(line).ok_or(format!("the program `allocs` printed {line:?}")))
        .collect()
}
