//! A fleet of simulated devices, and a monitor.

use clap::Parser;
use patterns::fleet::{Options, Thresholds, run};
use patterns::{Common, show};
use std::process::ExitCode;

/// A fleet of simulated devices, and a monitor that raises alerts
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// How many devices there are
    #[arg(long, default_value_t = 20)]
    devices: u64,
    /// What they measure depends on it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many simulated seconds are a real one
    #[arg(long, default_value_t = 60.0, value_parser = speed)]
    speed: f64,
    /// After so many readings a device says goodbye; else it goes on
    #[arg(long)]
    count: Option<usize>,
    /// So many devices lose their connection without DISCONNECT,
    #[arg(long, default_value_t = 0)]
    kill: u64,
    /// after so many simulated seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    kill_after: u64,
    /// Degrees Celsius that are too hot
    #[arg(long, default_value_t = Thresholds::default().hot)]
    hot: f64,
    /// Percent of the battery that are low
    #[arg(long, default_value_t = Thresholds::default().battery)]
    battery: f64,
    /// Simulated seconds that a door may be open
    #[arg(long, default_value_t = Thresholds::default().door)]
    door: u64,
}

/// So slow that a day takes 27 years is slow enough for times to be representable.
fn speed(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(speed) if (1e-4..=1e6).contains(&speed) => Ok(speed),
        _ => Err("not a number from 0.0001 to 1000000".to_owned()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let options = Options {
        common: args.common.clone(),
        devices: args.devices,
        seed: args.seed,
        speed: args.speed,
        count: args.count.unwrap_or(usize::MAX),
        kill: args.kill,
        kill_after: args.kill_after,
        thresholds: Thresholds { hot: args.hot, battery: args.battery, door: args.door },
    };
    show(&args.common, |stop, events| run(options, stop, events)).await
}
