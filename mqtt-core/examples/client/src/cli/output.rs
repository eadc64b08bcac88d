//! Standard output, and which messages are acknowledged.

use super::report::Failure;
use crate::Client;
use mqtt_core::{AckToken, ReasonCode};
use std::io::{self, Write};

/// Written when there is so much.
const FULL: usize = 64 * 1024;

/// Text of messages on its way to standard output. A message is acknowledged when its text is there.
pub(crate) struct Output {
    client: Client,
    pub(crate) text: Vec<u8>,
    acks: Vec<AckToken>,
}

impl Output {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, text: Vec::with_capacity(2 * FULL), acks: Vec::new() }
    }

    /// A message has been dealt with: its text is in `text`, if it has one.
    pub(crate) fn done(&mut self, ack: Option<AckToken>) -> io::Result<()> {
        self.acks.extend(ack);
        if self.text.len() < FULL { Ok(()) } else { self.flush() }
    }

    /// Writes all there is, and acknowledges.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if !self.text.is_empty() {
            let mut stdout = io::stdout().lock();
            stdout.write_all(&self.text)?;
            stdout.flush()?;
            self.text.clear();
        }
        for token in self.acks.drain(..) {
            self.client.ack(token, ReasonCode::SUCCESS);
        }
        Ok(())
    }
}

/// No failure if the reader has seen enough.
pub(crate) fn stdout_failed(error: &io::Error) -> Result<(), Failure> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(Failure::Run(format!("standard output: {error}"))),
    }
}

pub(crate) fn stdin_failed(error: &io::Error) -> Failure {
    Failure::Run(format!("standard input: {error}"))
}
