//! Names of connections.

use core::fmt;

/// A connection of a [`Broker`](super::Broker). It is never used again for another one.
///
/// # Examples
/// ```
/// use mqtt_core::{Broker, BrokerConfig, Instant};
/// use std::hash::RandomState;
/// let mut broker: Broker<RandomState> = Broker::new(BrokerConfig::default(), Instant::default());
/// let conn = broker.open(Instant::default())?;
/// assert_eq!(conn, conn.as_u64().into());
/// # Ok::<(), mqtt_core::BrokerError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(u64);

impl ConnId {
    pub(super) const fn new(slot: u32, generation: u32) -> Self {
        Self((generation as u64) << 32 | slot as u64)
    }

    /// True if it is of this generation.
    pub(super) const fn is(self, generation: u32) -> bool {
        (self.0 >> 32) as u32 == generation
    }

    /// Its place.
    pub(super) const fn slot(self) -> usize {
        (self.0 & 0xFFFF_FFFF) as usize
    }

    /// As a number, for those who cannot have the type.
    ///
    /// See [`ConnId`] for an example.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl From<u64> for ConnId {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Debug for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnId({}/{})", self.slot(), self.0 >> 32)
    }
}
