//! What a program says on standard error, and how it ends.

use crate::{Client, Connected, Error, Status};
use core::fmt::Display;
use mqtt_core::SessionStart;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// Says things on standard error, each in one line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    pub(crate) name: &'static str,
    pub(crate) quiet: bool,
    pub(crate) debug: bool,
}

/// Why a program ends with something else than 0.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// What the options ask for is not possible.
    Usage(String),
    /// The broker or the network, or a file, failed.
    Run(String),
    /// As the one before; all has been said.
    Told,
    /// The time given by `-W` is over.
    TimedOut,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Usage(_) | Error::Tls(_) => Self::Usage(error.to_string()),
            _ => Self::Run(error.to_string()),
        }
    }
}

impl Report {
    /// Something went wrong.
    pub(crate) fn error(&self, what: impl Display) {
        if !self.quiet {
            self.say(what);
        }
    }

    /// Something went on.
    pub(crate) fn debug(&self, what: impl Display) {
        if self.debug {
            self.say(what);
        }
    }

    fn say(&self, what: impl Display) {
        // If nobody listens, nobody needs it.
        let _ = writeln!(io::stderr(), "{}: {what}", self.name);
    }

    /// Says why it is over, and with which exit code.
    pub(crate) fn failed(&self, failure: &Failure) -> ExitCode {
        match failure {
            Failure::Usage(what) => {
                // Not a matter of running: said in any case.
                self.say(format_args!("{what}; see {} --help", self.name));
                ExitCode::from(2)
            }
            Failure::Run(what) => {
                self.error(what);
                ExitCode::FAILURE
            }
            Failure::Told => ExitCode::FAILURE,
            Failure::TimedOut => {
                self.error("timed out");
                ExitCode::from(27)
            }
        }
    }

    /// Tells of connections that are lost and made again, until the client ends.
    pub(crate) fn watch(self, client: &Client) {
        let mut status = client.status();
        tokio::spawn(async move {
            loop {
                match &*status.borrow_and_update() {
                    Status::Connected(Connected { session, client_id, .. }) => {
                        let is_old = *session == SessionStart::Resumed;
                        let session = if is_old { "session of before" } else { "new session" };
                        self.debug(format_args!("connected as {client_id:?}, {session}"));
                    }
                    Status::Lost(error) => self.error(format_args!("{error}; trying again")),
                    _ => {}
                }
                if status.changed().await.is_err() {
                    break;
                }
            }
        });
    }
}
