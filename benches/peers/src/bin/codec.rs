//! Measures every codec on every case, prints the tables and judges the targets.
//!
//! ```text
//! cargo run --release [-- --quick] [--rounds N] [--json FILE] [--plot FILE] [--check]
//! ```

use mqtt_bench_peers::measure::{Effort, measure};
use mqtt_bench_peers::target::{Allocations, Results, Target, targets};
use mqtt_bench_peers::{plot, report};
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

const USAGE: &str = "\
usage: codec [--quick] [--rounds N] [--json FILE] [--plot FILE] [--check]
  --quick      a smoke run: three short rounds, figures that prove nothing
  --rounds N   rounds to take the median of, 15 unless told
  --json FILE  write every figure
  --plot FILE  write a chart, in SVG
  --check      exit 1 if a target is missed";

#[derive(Default)]
struct Arguments {
    quick: bool,
    rounds: Option<usize>,
    json: Option<PathBuf>,
    plot: Option<PathBuf>,
    check: bool,
}

fn arguments() -> Result<Arguments, String> {
    let mut parsed = Arguments::default();
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} wants a value"));
        match word.as_str() {
            "--quick" => parsed.quick = true,
            "--check" => parsed.check = true,
            "--json" => parsed.json = Some(value()?.into()),
            "--plot" => parsed.plot = Some(value()?.into()),
            "--rounds" => {
                let rounds = value()?.parse().ok().filter(|rounds| *rounds > 0);
                parsed.rounds = Some(rounds.ok_or("--rounds wants a number above 0")?);
            }
            _ => return Err(format!("unknown argument {word}")),
        }
    }
    Ok(parsed)
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
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
    let rounds = arguments.rounds.unwrap_or(if arguments.quick { 3 } else { 15 });
    let slice = Duration::from_micros(if arguments.quick { 200 } else { 3_000 });
    eprintln!("allocations");
    let allocations = allocations()?;
    let series = measure(Effort { rounds, slice }, |what| eprintln!("{what}"));
    let results = Results { series, allocations };
    let targets = targets(&results);
    let machine = report::machine(rounds);

    println!("{machine}\n");
    if arguments.quick {
        println!("A smoke run: these figures prove nothing.\n");
    }
    println!("{}", report::legend());
    print!("{}", report::tables(&results));
    print!("{}", report::ratios(&results));
    println!("### Targets\n\n{}", report::verdicts(&targets));

    let write = |path: &Option<PathBuf>, text: String| match path {
        Some(path) => fs::write(path, text).map_err(|e| format!("{}: {e}", path.display())),
        None => Ok(()),
    };
    write(&arguments.json, report::json(&results, &targets, &machine))?;
    write(&arguments.plot, plot::svg(&results, &machine))?;
    let missed: Vec<&Target> = targets.iter().filter(|target| !target.passed()).collect();
    if arguments.check && !missed.is_empty() {
        return Err(format!("{} targets missed", missed.len()));
    }
    Ok(())
}

/// Runs the program that counts, which Cargo builds if need be.
fn allocations() -> Result<Vec<Allocations>, String> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let output = Command::new(cargo)
        .args(["run", "--quiet", "--release", "--locked", "--bin", "allocs", "--manifest-path"])
        .arg(manifest)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run the program `allocs`: {error}"))?;
    if !output.status.success() {
        return Err("the program `allocs` failed".into());
    }
    let parse = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [direction, protocol, case, peer, how, calls, bytes] = fields[..] else { return None };
        let cell = [direction, protocol, case, peer, how].map(str::to_owned);
        Some(Allocations { cell, calls: calls.parse().ok()?, bytes: bytes.parse().ok()? })
    };
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| parse(line).ok_or(format!("the program `allocs` printed {line:?}")))
        .collect()
}
