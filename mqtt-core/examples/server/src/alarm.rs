//! Tells that a task has panicked: tokio would go on without it.

use std::rc::Rc;
use std::thread;
use tokio::sync::Notify;

/// Each task of the broker's thread holds a clone. One that is dropped in a panic [rings](Self::rung).
#[derive(Clone, Default)]
pub(crate) struct Alarm(Rc<Notify>);

impl Alarm {
    /// Waits until a task has panicked.
    pub(crate) async fn rung(&self) {
        self.0.notified().await;
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.notify_one();
        }
    }
}
