//! Jobs shared by workers.

use clap::Parser;
use patterns::show;
use patterns::workers::{Options, run};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    show(&options.common.clone(), |stop, events| run(options, stop, events)).await
}
