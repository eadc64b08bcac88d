//! What every program of this package takes, and what it does at its end.

use crate::measure::Effort;
use crate::plot::{Panel, svg};
use crate::report::{Record, json, verdicts};
use crate::target::Target;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How to use [`Arguments`].
pub const USAGE: &str = "  \
  --quick      a smoke run: three short rounds, figures that prove nothing
  --rounds N   rounds to take the median of
  --json FILE  write every figure
  --plot FILE  write a chart, in SVG
  --check      exit 1 if a target is missed";

/// Runs a program that takes no other arguments.
pub fn program(name: &str, run: impl FnOnce(&Arguments) -> Result<(), String>) -> ExitCode {
    let arguments = match Arguments::read(env::args().skip(1), |_, _| Ok(false)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\nusage: {name} [ARGUMENTS]\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    exit(run(&arguments))
}

/// Runs a program that also takes `--nodelay`, for a broker that sends at once.
pub fn program_with_nodelay(
    name: &str,
    words: Vec<String>,
    run: impl FnOnce(&Arguments, bool) -> Result<(), String>,
) -> ExitCode {
    let mut is_nodelay = false;
    let arguments = Arguments::read(words.into_iter(), |word, _| {
        is_nodelay |= word == "--nodelay";
        Ok(word == "--nodelay")
    });
    match arguments {
        Ok(arguments) => exit(run(&arguments, is_nodelay)),
        Err(problem) => {
            eprintln!("{problem}\nusage: {name} [ARGUMENTS]");
            eprintln!("  --nodelay    a broker that sends at once\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Ends a program, and says why if it could not be run.
pub fn exit(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// What a program was told.
#[derive(Debug, Default)]
pub struct Arguments {
    /// A smoke run.
    pub quick: bool,
    /// Fail if a target is missed.
    pub check: bool,
    rounds: Option<usize>,
    json: Option<PathBuf>,
    plot: Option<PathBuf>,
}

impl Arguments {
    /// Takes `words`; `other` takes what is not known here, with the words behind it, if it knows it.
    pub fn read(
        mut words: impl Iterator<Item = String>,
        mut other: impl FnMut(&str, &mut dyn Iterator<Item = String>) -> Result<bool, String>,
    ) -> Result<Self, String> {
        let mut parsed = Arguments::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--quick" => parsed.quick = true,
                "--check" => parsed.check = true,
                "--json" => parsed.json = Some(value(&word, &mut words)?.into()),
                "--plot" => parsed.plot = Some(value(&word, &mut words)?.into()),
                "--rounds" => {
                    let rounds =
                        value(&word, &mut words)?.parse().ok().filter(|rounds| *rounds > 0);
                    parsed.rounds = Some(rounds.ok_or("--rounds wants a number above 0")?);
                }
                _ if other(&word, &mut words)? => {}
                _ => return Err(format!("unknown argument {word}")),
            }
        }
        Ok(parsed)
    }

    /// How long to measure: so much, or what was told.
    pub fn effort(&self, rounds: usize, slice: Duration) -> Effort {
        let usual = if self.quick { 3 } else { rounds };
        let slice = if self.quick { slice / 15 } else { slice };
        Effort { rounds: self.rounds.unwrap_or(usual), slice }
    }

    /// Prints what was measured, where, and how it stands against the targets.
    pub fn print(&self, machine: &str, tables: &str, targets: &[Target]) {
        println!("{machine}\n");
        if self.quick {
            println!("A smoke run: these figures prove nothing.\n");
        }
        print!("{tables}");
        println!("### Targets\n\n{}", verdicts(targets));
    }

    /// Writes the files that are wanted, and judges if that is.
    pub fn finish(
        &self,
        (title, machine): (&str, &str),
        records: &[Record],
        panels: &[Panel],
        targets: &[Target],
    ) -> Result<(), String> {
        let write = |path: &Option<PathBuf>, text: String| match path {
            Some(path) => fs::write(path, text).map_err(|e| format!("{}: {e}", path.display())),
            None => Ok(()),
        };
        write(&self.json, json(machine, records, targets))?;
        write(&self.plot, svg(title, machine, panels))?;
        let missed = targets.iter().filter(|target| !target.passed()).count();
        if self.check && missed > 0 {
            return Err(format!("{missed} targets missed"));
        }
        Ok(())
    }
}

/// The word behind `word`.
pub fn value(word: &str, words: &mut dyn Iterator<Item = String>) -> Result<String, String> {
    words.next().ok_or(format!("{word} wants a value"))
}
