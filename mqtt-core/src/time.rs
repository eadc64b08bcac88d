//! The caller's clock.

use core::time::Duration;

/// A moment on the caller's monotonic clock, in milliseconds since a beginning of its own choice.
///
/// Sessions have no clock: each call that may depend on time is told what time it is.
///
/// # Examples
/// ```
/// use core::time::Duration;
/// use mqtt_core::Instant;
/// let start = std::time::Instant::now();
/// let now = Instant::from(start.elapsed());
/// assert!(now.after(Duration::from_secs(1)) > now);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Instant(u64);

impl Instant {
    /// So many milliseconds after the beginning.
    ///
    /// ```
    /// # use mqtt_core::Instant;
    /// assert_eq!(Instant::from_millis(1500).as_millis(), 1500);
    /// ```
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the beginning.
    ///
    /// ```
    /// # use mqtt_core::Instant;
    /// assert_eq!(Instant::default().as_millis(), 0);
    /// ```
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The moment that is so much later; the last there is, if it is beyond.
    ///
    /// ```
    /// # use mqtt_core::Instant;
    /// # use core::time::Duration;
    /// let later = Instant::from_millis(1).after(Duration::from_millis(2));
    /// assert_eq!(later, Instant::from_millis(3));
    /// assert_eq!(later.after(Duration::MAX).as_millis(), u64::MAX);
    /// ```
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// How long ago an earlier moment was; nothing, if it was later.
    ///
    /// ```
    /// # use mqtt_core::Instant;
    /// # use core::time::Duration;
    /// let (one, three) = (Instant::from_millis(1), Instant::from_millis(3));
    /// assert_eq!(three.since(one), Duration::from_millis(2));
    /// assert_eq!(one.since(three), Duration::ZERO);
    /// ```
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl From<Duration> for Instant {
    /// So long after the beginning.
    fn from(duration: Duration) -> Self {
        Self(millis(duration))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
