//! A fleet of simulated devices, and a monitor.

use clap::Parser;
use patterns::fleet::{Options, run};
use patterns::show;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    show(&options.common.clone(), |stop, events| run(options, stop, events)).await
}
