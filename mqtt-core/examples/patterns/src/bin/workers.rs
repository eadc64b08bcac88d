//! Jobs shared by workers.

use clap::Parser;
use core::time::Duration;
use patterns::workers::{Options, run};
use patterns::{Common, show};
use std::process::ExitCode;

/// A dispatcher and workers that share its jobs; one of them dies
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// How many workers there are
    #[arg(long, default_value_t = 3)]
    workers: usize,
    /// How many jobs there are
    #[arg(long, default_value_t = 30)]
    count: u64,
    /// How many milliseconds a job takes
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 100)]
    work: u32,
    /// With which of its jobs the first worker dies; 0: it does not
    #[arg(long, default_value_t = 3)]
    die_at: u64,
    /// After so many milliseconds without any result, jobs without one are given again
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 2000)]
    patience: u32,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let options = Options {
        common: args.common.clone(),
        workers: args.workers,
        count: args.count,
        work: Duration::from_millis(args.work.into()),
        die_at: args.die_at,
        patience: Duration::from_millis(args.patience.into()),
    };
    show(&args.common, |stop, events| run(options, stop, events)).await
}
