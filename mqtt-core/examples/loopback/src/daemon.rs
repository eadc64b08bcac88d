//! A server in the background.

use crate::program::{signal, tail};
use crate::{PATIENCE, within};
use core::net::Ipv4Addr;
use core::time::Duration;
use rustix::process::Signal;
use std::fs::{self, File};
use std::io;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// How long until a signal is sent once more.
const AGAIN: Duration = Duration::from_secs(1);

/// A server with its output in a file. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Daemon {
    name: &'static str,
    log: PathBuf,
    child: Option<Child>,
}

impl Daemon {
    /// One that does not run yet.
    pub(crate) fn new(name: &'static str, log: PathBuf) -> Daemon {
        Daemon { name, log, child: None }
    }

    /// Starts it, and waits until it says `is_ready` of what it wrote since.
    ///
    /// # Errors
    /// It ends, with [`io::ErrorKind::AddrInUse`] if it says so, or is not ready within `limit`: then
    /// it is killed.
    pub(crate) fn run(
        &mut self,
        command: &mut Command,
        limit: Duration,
        mut is_ready: impl FnMut(&str) -> bool,
    ) -> io::Result<()> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let old = self.log().len();
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let mut child = command.spawn()?;
        let started = within(limit, || {
            let has_ended = child.try_wait().is_ok_and(|status| status.is_some());
            let log = self.log();
            let log = log.get(old..).unwrap_or_default();
            if has_ended {
                let in_use = ["Address already in use", "eaddrinuse"];
                return Some(Err(match in_use.iter().any(|text| log.contains(text)) {
                    true => io::ErrorKind::AddrInUse,
                    false => io::ErrorKind::Other,
                }));
            }
            is_ready(log).then_some(Ok(()))
        });
        self.child = Some(child);
        match started {
            Some(Ok(())) => Ok(()),
            other => {
                let kind = other.and_then(Result::err).unwrap_or(io::ErrorKind::TimedOut);
                let error = self.trouble(kind, "does not start");
                self.kill()?;
                Err(error)
            }
        }
    }

    /// Sends SIGKILL, and waits for the end. Nothing happens if it does not run.
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Sends SIGTERM, and waits for the end. Nothing happens if it does not run.
    ///
    /// # Errors
    /// It does not end: then it is killed.
    pub(crate) fn stop(&mut self) -> io::Result<()> {
        if let Some(child) = &mut self.child {
            let ended = within(PATIENCE, || {
                // An error means that it has ended.
                let _ = signal(child, Signal::TERM);
                // mosquitto forgets a signal from between its word that it runs and its first round.
                within(AGAIN, || child.try_wait().transpose())
            });
            if ended.transpose()?.is_none() {
                self.kill()?;
                return Err(self.trouble(io::ErrorKind::TimedOut, "does not end"));
            }
            self.child = None;
        }
        Ok(())
    }

    /// # Errors
    /// It does not run.
    pub(crate) fn signal(&mut self, number: Signal) -> io::Result<()> {
        signal(self.child.as_mut().ok_or(io::ErrorKind::NotConnected)?, number)
    }

    /// The number of its process, if it runs.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// What it wrote since the first start.
    pub(crate) fn log(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    pub(crate) fn trouble(&self, kind: io::ErrorKind, what: &str) -> io::Error {
        io::Error::new(kind, format!("{} {what}; its log:\n{}", self.name, tail(&self.log())))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// Does somebody listen there?
pub(crate) fn accepts(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}
