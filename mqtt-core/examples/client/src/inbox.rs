//! Messages on the way from the driver to the program.

use crate::message::{Message, Received};
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Messages that have come and have not been taken. Both sides take and give many at a time, so that they
/// seldom meet.
pub(crate) struct Inbox {
    max: Room,
    state: Mutex<State>,
}

/// What there is room for: less than nothing if there is too much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    messages: isize,
    bytes: isize,
}

impl Room {
    /// Room for nothing.
    pub(crate) const NONE: Self = Self { messages: 0, bytes: 0 };

    fn new(messages: usize, bytes: usize) -> Self {
        let some = |count: usize| isize::try_from(count.max(1)).unwrap_or(isize::MAX);
        Self { messages: some(messages), bytes: some(bytes) }
    }

    /// True if a message can come. The last one may be larger than the room for it.
    pub(crate) fn is_left(self, least: Self) -> bool {
        self.messages > least.messages && self.bytes > least.bytes
    }

    /// As much as this behind nothing.
    pub(crate) fn behind(self) -> Self {
        Self { messages: -self.messages, bytes: -self.bytes }
    }

    pub(crate) fn take(&mut self, message: &Message) {
        self.messages -= 1;
        self.bytes = self.bytes.saturating_sub_unsigned(message.size());
    }
}

#[derive(Default)]
struct State {
    messages: VecDeque<Received>,
    /// Of them.
    bytes: usize,
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
    pub(crate) fn new(messages: usize, bytes: usize) -> Self {
        Self { max: Room::new(messages, bytes), state: Mutex::default() }
    }

    /// What there is room for when it is empty.
    pub(crate) fn max(&self) -> Room {
        self.max
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that could panic is done inside.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is room for. If there is none, the driver is woken when there is. `None` if nobody will take
    /// any.
    pub(crate) fn poll_room(&self, cx: &Context<'_>) -> Option<Room> {
        let mut state = self.lock();
        if state.is_abandoned {
            return None;
        }
        let room = Room {
            messages: self.max.messages.saturating_sub_unsigned(state.messages.len()),
            bytes: self.max.bytes.saturating_sub_unsigned(state.bytes),
        };
        if !room.is_left(Room::NONE) {
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
        state.bytes += messages.iter().map(|received| received.message.size()).sum::<usize>();
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
        state.bytes = 0;
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
