//! Requests and responses.

use clap::Parser;
use core::time::Duration;
use patterns::request_response::{Options, run};
use patterns::{Common, show};
use std::process::ExitCode;

/// A responder that squares numbers, and a requester with many of them
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// How many requests there are
    #[arg(long, default_value_t = 20)]
    count: u64,
    /// How many of them wait at a time
    #[arg(long, default_value_t = 5)]
    parallel: usize,
    /// How many milliseconds each waits for its response
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 1000)]
    deadline: u32,
    /// Each request of this number is answered too late; 0: none
    #[arg(long, default_value_t = 7)]
    slow: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let options = Options {
        common: args.common.clone(),
        count: args.count,
        parallel: args.parallel,
        deadline: Duration::from_millis(args.deadline.into()),
        slow: args.slow,
    };
    show(&args.common, |stop, events| run(options, stop, events)).await
}
