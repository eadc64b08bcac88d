//! Metadata in user properties, and in an envelope.

use clap::Parser;
use patterns::metadata::{Form, Options, run};
use patterns::{Common, show};
use std::process::ExitCode;

/// Publishes data with metadata in one version, and reads it in both
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// Use the envelope also in 5.0, for subscribers of 3.1.1
    #[arg(long)]
    envelope: bool,
    /// How many messages are published
    #[arg(long, default_value_t = 2)]
    count: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let natural = Form::of(args.common.version);
    let form = if args.envelope { Form::Envelope } else { natural };
    let options = Options { common: args.common.clone(), form, count: args.count };
    show(&args.common, |stop, events| run(options, stop, events)).await
}
