//! What ends a program before its work is done.

use super::report::Failure;
use crate::service::Stop;
use core::time::Duration;
use tokio::sync::watch;

/// What a program comes to that is ended.
type End = Result<(), Failure>;

/// Waits for reasons to end.
#[derive(Debug)]
pub(crate) struct Stopper {
    sender: watch::Sender<Option<End>>,
    receiver: watch::Receiver<Option<End>>,
}

impl Stopper {
    /// Ends well at a signal from now on. A second one ends the process at once.
    pub(crate) fn new() -> Result<Self, Failure> {
        let mut signals =
            Stop::new().map_err(|error| Failure::Run(format!("no signals: {error}")))?;
        let (sender, receiver) = watch::channel(None);
        let stopper = Self { sender, receiver };
        let stop = stopper.handle();
        tokio::spawn(async move {
            signals.signal().await;
            stop(Ok(()));
            signals.signal().await;
            std::process::exit(1);
        });
        Ok(stopper)
    }

    /// Fails after that time.
    pub(crate) fn after(&self, time: Duration) {
        let stop = self.handle();
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            stop(Err(Failure::TimedOut));
        });
    }

    /// What ends it from elsewhere. Only the first reason counts.
    pub(crate) fn handle(&self) -> impl FnOnce(End) + Send + use<> {
        let sender = self.sender.clone();
        move |end| {
            sender.send_if_modified(|first| {
                let is_first = first.is_none();
                if is_first {
                    *first = Some(end);
                }
                is_first
            });
        }
    }

    /// Costs next to nothing.
    pub(crate) fn is_stopped(&self) -> bool {
        self.receiver.has_changed().unwrap_or(true)
    }

    /// Waits until it is time to end. May be dropped and called again.
    pub(crate) async fn stopped(&mut self) -> End {
        // We hold a sender, so that there is always one.
        let _ = self.receiver.wait_for(Option::is_some).await;
        self.sender.send_replace(None).unwrap_or(Ok(()))
    }
}
