//! `mqc-amqp-bridge`: carries MQTT messages to RabbitMQ. A message is acknowledged only when RabbitMQ has
//! confirmed it.

mod bridge;
mod publication;
mod rabbit;
mod settings;
mod waiting;

use settings::Settings;
use std::process::ExitCode;
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let settings = match Settings::from_arguments() {
        Ok(Some(settings)) => settings,
        Ok(None) => {
            print!("{}", settings::HELP);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{}: {error}; see {0} --help", settings::NAME);
            return ExitCode::from(2);
        }
    };
    let result = Runtime::new()
        .map_err(|error| error.to_string())
        .and_then(|runtime| runtime.block_on(bridge::run(&settings)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // In one piece: a thread of the AMQP library that is cut off now may write at the same time.
            let line = format!("{}: {error}\n", settings::NAME);
            eprint!("{line}");
            ExitCode::FAILURE
        }
    }
}
