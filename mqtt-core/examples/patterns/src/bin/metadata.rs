//! Metadata in user properties, and in an envelope.

use clap::Parser;
use patterns::metadata::{Options, run};
use patterns::show;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    show(&options.common.clone(), |stop, events| run(options, stop, events)).await
}
