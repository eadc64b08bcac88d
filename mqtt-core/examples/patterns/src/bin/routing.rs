//! Handlers by topic.

use clap::Parser;
use patterns::routing::{Options, run};
use patterns::{Common, show};
use std::process::ExitCode;

/// Gives messages to handlers by their topic
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// How many messages are published
    #[arg(long, default_value_t = 10)]
    count: usize,
    /// What they are depends on it
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let options = Options { common: args.common.clone(), count: args.count, seed: args.seed };
    show(&args.common, |stop, events| run(options, stop, events)).await
}
