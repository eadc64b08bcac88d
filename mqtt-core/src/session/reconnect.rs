//! When to connect again.

use crate::Instant;
use core::time::Duration;

/// How [`Reconnect`] waits.
///
/// # Examples
/// ```
/// use core::time::Duration;
/// use mqtt_core::Backoff;
/// let backoff = Backoff { max: Duration::from_secs(300), ..Backoff::default() };
/// assert_eq!(backoff.initial, Duration::from_secs(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Backoff {
    /// The first wait. Default 1 s.
    pub initial: Duration,
    /// The longest wait. Default 60 s.
    pub max: Duration,
    /// Each wait is so many percent of the one before. Default 200; below 100 counts as 100.
    pub multiplier_percent: u32,
    /// A wait is shorter by up to so many percent, as a number of the caller says, so that clients of one
    /// server do not all come at once. Default 20; above 100 counts as 100.
    pub jitter_percent: u32,
    /// A connection that has lasted so long begins anew with the first wait. Default 30 s.
    pub stable_after: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            initial: Duration::from_secs(1),
            max: Duration::from_secs(60),
            multiplier_percent: 200,
            jitter_percent: 20,
            stable_after: Duration::from_secs(30),
        }
    }
}

/// Says when to connect again. It has no clock and no randomness: both come from the caller.
///
/// # Examples
/// ```
/// use core::time::Duration;
/// use mqtt_core::{Backoff, Instant, Reconnect};
/// let mut reconnect = Reconnect::new(Backoff { jitter_percent: 0, ..Backoff::default() });
/// let second = |n: u64| Instant::from_millis(n * 1000);
///
/// // Three attempts fail.
/// assert_eq!(reconnect.lost(second(0), 0), second(1));
/// assert_eq!(reconnect.lost(second(1), 0), second(3));
/// assert_eq!(reconnect.lost(second(3), 0), second(7));
/// // The fourth holds for a minute.
/// reconnect.connected(second(7));
/// assert_eq!(reconnect.lost(second(67), 0), second(68));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reconnect {
    backoff: Backoff,
    /// The next wait, without jitter.
    next: Duration,
    /// Since when there is a connection.
    connected: Option<Instant>,
}

impl Reconnect {
    /// Before the first attempt.
    ///
    /// See [`Reconnect`] for an example.
    #[must_use]
    pub fn new(backoff: Backoff) -> Self {
        Self { backoff, next: backoff.initial.min(backoff.max), connected: None }
    }

    /// Notes that the server has accepted the connection.
    ///
    /// See [`Reconnect`] for an example.
    pub const fn connected(&mut self, now: Instant) {
        self.connected = Some(now);
    }

    /// Notes that a connection has ended, or an attempt has failed; gives when to try again. `random` is any
    /// number, of which all 32 bits count.
    ///
    /// ```
    /// # use mqtt_core::{Backoff, Instant, Reconnect};
    /// let backoff = Backoff { jitter_percent: 50, ..Backoff::default() };
    /// let at = |random| Reconnect::new(backoff).lost(Instant::default(), random).as_millis();
    /// assert_eq!((at(0), at(u32::MAX)), (1000, 500));
    /// ```
    pub fn lost(&mut self, now: Instant, random: u32) -> Instant {
        let Backoff { initial, max, multiplier_percent, jitter_percent, stable_after } =
            self.backoff;
        let since = self.connected.take();
        if since.is_some_and(|since| now.since(since) >= stable_after) {
            self.next = initial.min(max);
        }
        let wait = self.next;
        // Parts of a whole of 100 times 2^32 less one.
        let jitter = u64::from(jitter_percent.min(100)) * u64::from(random);
        let whole = 100 * u64::from(u32::MAX);
        let millis = wait.as_millis().min(u128::from(u64::MAX));
        let less = millis * u128::from(jitter) / u128::from(whole);
        let next = wait.as_millis().saturating_mul(u128::from(multiplier_percent.max(100))) / 100;
        self.next = Duration::from_millis(u64::try_from(next).unwrap_or(u64::MAX)).min(max);
        now.after(Duration::from_millis(u64::try_from(millis - less).unwrap_or(u64::MAX)))
    }

    /// The next wait, without jitter.
    ///
    /// ```
    /// # use mqtt_core::{Backoff, Reconnect};
    /// let backoff = Backoff::default();
    /// assert_eq!(Reconnect::new(backoff).next_wait(), backoff.initial);
    /// ```
    #[must_use]
    pub const fn next_wait(&self) -> Duration {
        self.next
    }
}

impl Default for Reconnect {
    fn default() -> Self {
        Self::new(Backoff::default())
    }
}
