//! Handlers by topic.

use clap::Parser;
use patterns::routing::{Options, run};
use patterns::show;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    show(&options.common.clone(), |stop, events| run(options, stop, events)).await
}
