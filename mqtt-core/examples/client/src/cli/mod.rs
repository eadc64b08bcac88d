//! The programs `mqc-pub` and `mqc-sub`: the package's readme says what they do.
//!
//! Each reads its options, connects a [`Client`](crate::Client), and drives it. What both share is here.

mod connection;
mod format;
mod json;
mod lines;
mod output;
mod property;
mod publish;
mod report;
mod stop;
mod subscribe;

use clap::Parser;
use clap::error::ErrorKind;
use connection::Connection;
use report::{Failure, Report};
use std::process::ExitCode;

/// Runs `mqc-pub` with the arguments of the process.
pub fn publish() -> ExitCode {
    execute::<publish::Publish>("mqc-pub")
}

/// Runs `mqc-sub` with the arguments of the process.
pub fn subscribe() -> ExitCode {
    execute::<subscribe::Subscribe>("mqc-sub")
}

/// The options of a program, and what it does with them.
trait Program: Parser {
    /// What both programs can be told.
    fn connection(&self) -> &Connection;

    /// From here to the end.
    async fn run(self, report: &Report) -> Result<(), Failure>;
}

fn execute<P: Program>(name: &'static str) -> ExitCode {
    let mut report = Report { name, quiet: false, debug: false };
    let program = match P::try_parse() {
        Ok(program) => program,
        Err(error) => return refuse(&report, &error),
    };
    report.quiet = program.connection().quiet;
    report.debug = program.connection().debug;
    // The client has this thread's place; the program itself runs in the main thread, and may block it.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let result = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(program.run(&report));
            // A thread that reads standard input may wait for ever.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(Failure::Run(format!("no threads: {error}"))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report.failed(&failure),
    }
}

/// Prints help, or what is wrong with the arguments in one line.
fn refuse(report: &Report, error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // If nobody reads it, nobody needs it.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    // The first paragraph says it; usage follows.
    let first = text.strip_prefix("error: ").unwrap_or(&text).split("\n\n").next().unwrap_or("");
    let line: Vec<&str> = first.split_whitespace().collect();
    report.failed(&Failure::Usage(line.join(" ")))
}
