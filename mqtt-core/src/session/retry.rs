//! When to publish a message again that was not taken.

use super::error::UsageError;
use super::event::DropReason;
use super::reconnect::{Backoff, Reconnect};
use crate::{Instant, ReasonCode};

/// Why a message has not arrived.
///
/// # Examples
/// ```
/// use mqtt_core::{PublishFailure, ReasonCode};
/// assert!(PublishFailure::from(ReasonCode::QUOTA_EXCEEDED).is_passing());
/// assert!(!PublishFailure::from(ReasonCode::NOT_AUTHORIZED).is_passing());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PublishFailure {
    /// The session did not take it.
    NotTaken(UsageError),
    /// The session dropped it: [`Event::Dropped`](crate::Event::Dropped).
    Dropped(DropReason),
    /// The peer refused it: [`Event::Published`](crate::Event::Published) with a code from 0x80 on.
    Refused(ReasonCode),
}

impl PublishFailure {
    /// True if the same message may be taken later: nothing is wrong with it.
    ///
    /// See [`PublishFailure`] for an example.
    #[must_use]
    pub fn is_passing(self) -> bool {
        match self {
            Self::NotTaken(error) => {
                matches!(
                    error,
                    UsageError::WouldBlock(_) | UsageError::NotConnected | UsageError::Quiescing
                )
            }
            Self::Dropped(why) => matches!(why, DropReason::SessionLost | DropReason::QueueFull),
            Self::Refused(reason) => matches!(
                reason,
                ReasonCode::UNSPECIFIED_ERROR
                    | ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR
                    | ReasonCode::PACKET_IDENTIFIER_IN_USE
                    | ReasonCode::QUOTA_EXCEEDED
            ),
        }
    }
}

impl From<UsageError> for PublishFailure {
    fn from(error: UsageError) -> Self {
        Self::NotTaken(error)
    }
}

impl From<DropReason> for PublishFailure {
    fn from(why: DropReason) -> Self {
        Self::Dropped(why)
    }
}

impl From<ReasonCode> for PublishFailure {
    fn from(reason: ReasonCode) -> Self {
        Self::Refused(reason)
    }
}

/// Says whether and when to publish a message again. One goes with each message that the caller keeps; it
/// has no clock and no randomness.
///
/// # Examples
/// ```
/// use mqtt_core::{Backoff, Instant, ReasonCode, Retry};
/// let mut retry = Retry::new(Backoff { jitter_percent: 0, ..Backoff::default() }, 2);
/// let second = |n: u64| Instant::from_millis(n * 1000);
/// assert_eq!(retry.failed(second(0), ReasonCode::QUOTA_EXCEEDED, 0), Some(second(1)));
/// assert_eq!(retry.failed(second(1), ReasonCode::QUOTA_EXCEEDED, 0), Some(second(3)));
/// // Enough of it.
/// assert_eq!(retry.failed(second(3), ReasonCode::QUOTA_EXCEEDED, 0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Retry {
    waits: Reconnect,
    left: u32,
}

impl Retry {
    /// A message that has not been published yet, and is published so many times more after it has failed.
    /// `stable_after` of `backoff` has no meaning here.
    ///
    /// See [`Retry`] for an example.
    #[must_use]
    pub fn new(backoff: Backoff, attempts: u32) -> Self {
        Self { waits: Reconnect::new(backoff), left: attempts }
    }

    /// Notes that the message has failed; gives when to publish it again, or `None` to give up: it has failed
    /// too often, or would fail again. `random` is any number, of which all 32 bits count.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut retry = Retry::new(Backoff::default(), 10);
    /// assert_eq!(retry.failed(Instant::default(), UsageError::PacketTooLarge { max: 9 }, 0), None);
    /// assert!(retry.failed(Instant::default(), DropReason::SessionLost, 0).is_some());
    /// ```
    pub fn failed(
        &mut self,
        now: Instant,
        failure: impl Into<PublishFailure>,
        random: u32,
    ) -> Option<Instant> {
        if !failure.into().is_passing() {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        Some(self.waits.lost(now, random))
    }
}
