//! `mqc-connector`: a source connector. It reads MQTT messages as a YAML file says, and writes JSON lines.

mod check;
mod config;
mod discover;
mod http;
mod line;
mod monitor;
mod output;
mod read;

use config::Config;
use core::time::Duration;
use lexopt::prelude::*;
use mqc_client::service::Stop;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::runtime::Runtime;

const HELP: &str = "\
Reads messages from an MQTT broker and writes them as JSON lines.

    mqc-connector [OPTIONS] check      is the file good, the broker there, are we let in?
    mqc-connector [OPTIONS] discover   which topics are there, and what do they carry?
    mqc-connector [OPTIONS] read       write messages as they come

Options
    -c, --config FILE      the YAML file (default connector.yaml)
        --for SECONDS      discover: how long to listen (default 10)
    -o, --output FILE      read: append to this file (default: standard output)
    -n, --max-messages N   read: end after so many
    -h, --help

Exit status: 1 if the broker or the output failed, 2 if the file or the options were wrong.
";

enum Task {
    Check,
    Discover(Duration),
    Read { output: Option<PathBuf>, max: u64 },
}

fn main() -> ExitCode {
    let (file, task) = match arguments() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("mqc-connector: {error}; see mqc-connector --help");
            return ExitCode::from(2);
        }
    };
    let config = match Config::load(&file) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    match run(&config, task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mqc-connector: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<Option<(PathBuf, Task)>, lexopt::Error> {
    let mut parser = lexopt::Parser::from_env();
    let mut file = PathBuf::from("connector.yaml");
    let mut command = None;
    let (mut seconds, mut output, mut max) = (None, None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Short('c') | Long("config") => file = parser.value()?.into(),
            Long("for") => seconds = Some(parser.value()?.parse::<u32>()?),
            Short('o') | Long("output") => output = Some(parser.value()?.into()),
            Short('n') | Long("max-messages") => max = Some(parser.value()?.parse()?),
            Value(value) if command.is_none() => command = Some(value.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let command = command.ok_or("which command: check, discover or read?")?;
    let is_read = command == "read";
    if command != "discover" && seconds.is_some() {
        return Err("--for is for discover".into());
    }
    if !is_read && (output.is_some() || max.is_some()) {
        return Err("--output and --max-messages are for read".into());
    }
    let task = match command.as_str() {
        "check" => Task::Check,
        "discover" => Task::Discover(Duration::from_secs(seconds.unwrap_or(10).into())),
        "read" => Task::Read { output, max: max.unwrap_or(u64::MAX) },
        other => return Err(format!("there is no command {other}").into()),
    };
    Ok(Some((file, task)))
}

fn run(config: &Config, task: Task) -> Result<(), String> {
    let runtime = Runtime::new().map_err(|error| error.to_string())?;
    let result = runtime.block_on(async {
        let stop = || Stop::new().map_err(|error| error.to_string());
        match task {
            Task::Check => check::check(config).await,
            Task::Discover(time) => discover::discover(config, time, &mut stop()?).await,
            Task::Read { output, max } => read::read(config, output, max, &mut stop()?).await,
        }
    });
    // A write into a pipe that nobody reads would last for ever.
    runtime.shutdown_background();
    result
}
