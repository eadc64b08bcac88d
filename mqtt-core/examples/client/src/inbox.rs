//! Messages on the way from the driver to the program.

use crate::message::Received;
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Messages that have come and have not been taken. Both sides take and give many at a time, so that they
/// seldom meet.
pub(crate) struct Inbox {
    max: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    messages: VecDeque<Received>,
    /// Of QoS 0, for want of room.
    dropped: u64,
    /// The driver has ended.
    is_closed: bool,
    /// Nobody will take messages any more.
    is_abandoned: bool,
    /// The program waits for a message.
    reader: Option<Waker>,
    /// The driver waits for room.
    driver: Option<Waker>,
}

impl Inbox {
    pub(crate) fn new(max: usize) -> Self {
        Self { max: max.max(1), state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that could panic is done inside.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many messages there is room for, less than none if there are too many. If there is none, the driver
    /// is woken when there is. `None` if nobody will take any.
    pub(crate) fn poll_room(&self, cx: &Context<'_>) -> Option<isize> {
        let mut state = self.lock();
        if state.is_abandoned {
            return None;
        }
        let room = self.max as isize - state.messages.len() as isize;
        if room <= 0 {
            state.driver = Some(cx.waker().clone());
        }
        Some(room)
    }

    /// Hands messages to the program.
    pub(crate) fn push(&self, messages: &mut Vec<Received>, dropped: u64) {
        let mut state = self.lock();
        state.dropped += dropped;
        if state.is_abandoned {
            messages.clear();
            return;
        }
        state.messages.extend(messages.drain(..));
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// Takes all there are, in exchange for an empty list. False when no more will come.
    pub(crate) fn poll_take(&self, cx: &Context<'_>, into: &mut VecDeque<Received>) -> Poll<bool> {
        let mut state = self.lock();
        if state.messages.is_empty() {
            if state.is_closed {
                return Poll::Ready(false);
            }
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        core::mem::swap(&mut state.messages, into);
        let driver = state.driver.take();
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
        Poll::Ready(true)
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// The driver has ended.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }

    /// Nobody will take messages any more: those that are there go, and those that come.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.is_abandoned = true;
        state.messages.clear();
        if let Some(driver) = state.driver.take() {
            driver.wake();
        }
    }
}
