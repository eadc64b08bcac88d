//! `mqc-amqp-bridge`: carries MQTT messages to RabbitMQ. A message is acknowledged only when RabbitMQ has
//! confirmed it.

mod bridge;
mod publication;
mod rabbit;
mod settings;
mod waiting;

use core::mem::ManuallyDrop;
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
        // The runtime is never dropped: a connection to RabbitMQ that is being made would be cut off, and the
        // AMQP library's thread that makes it would panic, on standard error, beside what is told last.
        .and_then(|runtime| ManuallyDrop::new(runtime).block_on(bridge::run(&settings)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", settings::NAME);
            ExitCode::FAILURE
        }
    }
}
