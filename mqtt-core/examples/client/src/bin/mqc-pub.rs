//! `mqc-pub`: publishes messages, with the options of mosquitto_pub.

use std::process::ExitCode;

fn main() -> ExitCode {
    mqc_client::cli::publish()
}
