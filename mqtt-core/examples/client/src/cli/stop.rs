//! What ends a program before its work is done.

use super::report::Failure;
use core::time::Duration;
use tokio::sync::watch;

/// Why to stop.
#[derive(Debug)]
pub(crate) enum Stop {
    /// SIGINT or SIGTERM.
    Signal,
    /// All that was to be done is done.
    Done,
    /// It cannot go on.
    Failed(Failure),
}

/// Waits for reasons to stop.
#[derive(Debug)]
pub(crate) struct Stopper {
    sender: watch::Sender<Option<Stop>>,
    receiver: watch::Receiver<Option<Stop>>,
}

impl Stopper {
    /// Stops at a signal from now on. A second one ends the process at once.
    pub(crate) fn new() -> Self {
        let (sender, receiver) = watch::channel(None);
        let at_signal = sender.clone();
        tokio::spawn(async move {
            signal().await;
            tell(&at_signal, Stop::Signal);
            signal().await;
            std::process::exit(1);
        });
        Self { sender, receiver }
    }

    /// Stops after that time.
    pub(crate) fn after(&self, time: Duration) {
        let sender = self.sender.clone();
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            tell(&sender, Stop::Failed(Failure::TimedOut));
        });
    }

    /// What stops from elsewhere.
    pub(crate) fn handle(&self) -> impl FnOnce(Stop) + Send + 'static {
        let sender = self.sender.clone();
        move |why| tell(&sender, why)
    }

    /// Costs next to nothing.
    pub(crate) fn is_stopped(&self) -> bool {
        self.receiver.has_changed().unwrap_or(true)
    }

    /// Waits until it is time to stop. May be dropped and called again.
    pub(crate) async fn stopped(&mut self) -> Stop {
        // We hold a sender, so that there is always one.
        let _ = self.receiver.wait_for(Option::is_some).await;
        self.sender.send_replace(None).unwrap_or(Stop::Done)
    }
}

/// Only the first reason counts.
fn tell(sender: &watch::Sender<Option<Stop>>, why: Stop) {
    sender.send_if_modified(|reason| {
        let is_first = reason.is_none();
        if is_first {
            *reason = Some(why);
        }
        is_first
    });
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return core::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        core::future::pending().await
    }
}
