//! `mqc-sub`: prints messages, with the options of mosquitto_sub.

use std::process::ExitCode;

fn main() -> ExitCode {
    mqc_client::cli::subscribe()
}
