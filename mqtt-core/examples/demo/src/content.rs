//! What a payload holds: which message it is, and bytes that follow from that, so that a changed one is known.

use bytes::Bytes;
use mqc_client::bench::Stamp;

/// Bytes of a payload.
pub(crate) const SIZE: usize = 256;
/// Behind the stamp.
const RUN: usize = size_of::<u64>();

/// The payloads of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content {
    /// Its number.
    pub(crate) run: u64,
}

impl Content {
    /// Of a run that nobody else has.
    pub(crate) fn new() -> Self {
        Self { run: fastrand::u64(..) }
    }

    pub(crate) fn payload(self, stamp: Stamp) -> Bytes {
        let mut payload = Vec::from(stamp.payload(SIZE));
        let rest = &mut payload[Stamp::LEN..];
        rest[..RUN].copy_from_slice(&self.run.to_be_bytes());
        let seed = self.run ^ (stamp.publisher as u64) << 40 ^ stamp.sequence;
        fastrand::Rng::with_seed(seed).fill(&mut rest[RUN..]);
        payload.into()
    }

    /// Which message it is; `None` if it is none of this run as it was sent, to the last byte.
    pub(crate) fn read(self, payload: &[u8]) -> Option<Stamp> {
        let stamp = Stamp::read(payload)?;
        (self.payload(stamp) == payload).then_some(stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_counts() {
        let content = Content { run: 7 };
        let stamp = Stamp { publisher: 3, sequence: 9, sent: 1_000 };
        let payload = content.payload(stamp);
        assert_eq!((payload.len(), content.read(&payload)), (SIZE, Some(stamp)));
        assert_eq!(Content { run: 8 }.read(&payload), None);
        assert_eq!(content.read(&payload[..SIZE - 1]), None);
        // The time is the only part from which nothing follows.
        for at in (0..8).chain(Stamp::LEN..SIZE) {
            let mut changed = payload.to_vec();
            changed[at] ^= 1;
            assert_eq!(content.read(&changed), None, "byte {at}");
        }
    }
}
