//! What a payload says: who sent it, as the how many-eth, and when.

use bytes::{BufMut, Bytes};

/// Bits of the number of a message. Those above hold its publisher.
const SEQUENCE_BITS: u32 = 40;
/// The number, behind which is the time.
const NUMBER: usize = 8;
/// What a payload says. It says less if it is small.
///
/// # Examples
/// ```
/// use mqc_client::bench::Stamp;
/// let stamp = Stamp { publisher: 2, sequence: 7, sent: 1_000 };
/// let payload = stamp.payload(256);
/// assert_eq!((payload.len(), Stamp::read(&payload)), (256, Some(stamp)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Its number.
    pub publisher: usize,
    /// From 0.
    pub sequence: u64,
    /// Nanoseconds since the run began.
    pub sent: u64,
}

/// Whether payloads of this size say which message they are.
pub(crate) const fn has_number(size: usize) -> bool {
    size >= NUMBER
}

/// Whether payloads of this size say when they were sent.
pub(crate) const fn has_time(size: usize) -> bool {
    size >= Stamp::LEN
}

impl Stamp {
    /// Bytes of all of it. Those behind them are 0.
    pub const LEN: usize = 16;

    /// A payload of this size.
    ///
    /// See [`Stamp`] for an example.
    #[must_use]
    pub fn payload(self, size: usize) -> Bytes {
        let mut payload = Vec::with_capacity(size.max(Self::LEN));
        payload.put_u64((self.publisher as u64) << SEQUENCE_BITS | self.sequence);
        payload.put_u64(self.sent);
        payload.resize(size, 0);
        payload.into()
    }

    /// Reads what a payload says: nothing if it is too small. A time that it does not hold is 0.
    ///
    /// See [`Stamp`] for an example.
    #[must_use]
    pub fn read(payload: &[u8]) -> Option<Self> {
        let (number, rest) = payload.split_first_chunk()?;
        let number = u64::from_be_bytes(*number);
        Some(Self {
            publisher: (number >> SEQUENCE_BITS) as usize,
            sequence: number & ((1 << SEQUENCE_BITS) - 1),
            sent: rest.first_chunk().map_or(0, |time| u64::from_be_bytes(*time)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_says_what_it_has_room_for() {
        let stamp = Stamp { publisher: 70_000, sequence: 9_000_000_000, sent: 12 };
        for size in [16, 17, 1000] {
            let payload = stamp.payload(size);
            assert_eq!(payload.len(), size);
            assert_eq!(Stamp::read(&payload), Some(stamp));
        }
        for size in [8, 15] {
            assert_eq!(Stamp::read(&stamp.payload(size)), Some(Stamp { sent: 0, ..stamp }));
        }
        for size in [0, 7] {
            assert_eq!(stamp.payload(size).len(), size);
            assert_eq!(Stamp::read(&stamp.payload(size)), None);
        }
    }
}
