//! What a subscriber counts.

use super::stamp::{self, Stamp};
use crate::error::Error;
use core::time::Duration;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;

/// How a message came.
///
/// # Examples
/// See [`Tally`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// In its turn, or too early.
    Next,
    /// After others that were sent later.
    Late,
    /// Not for the first time.
    Again,
}

/// The messages of one publisher.
#[derive(Debug, Default)]
struct Track {
    /// One more than the highest number so far.
    next: u64,
    /// Numbers below that have not come: where each gap begins, and where it ends. There are few.
    gaps: BTreeMap<u64, u64>,
}

impl Track {
    fn note(&mut self, sequence: u64) -> Arrival {
        if sequence >= self.next {
            if sequence > self.next {
                self.gaps.insert(self.next, sequence);
            }
            self.next = sequence + 1;
            return Arrival::Next;
        }
        let gap = self.gaps.range(..=sequence).next_back().map(|(from, to)| (*from, *to));
        let Some((from, to)) = gap.filter(|(_, to)| sequence < *to) else {
            return Arrival::Again;
        };
        self.gaps.remove(&from);
        for (from, to) in [(from, sequence), (sequence + 1, to)] {
            if from < to {
                self.gaps.insert(from, to);
            }
        }
        Arrival::Late
    }
}

/// What a subscriber counts.
///
/// # Examples
/// ```
/// use core::time::Duration;
/// use mqc_client::bench::{Arrival, Stamp, Tally};
/// let mut tally = Tally::new(0, 256, 1);
/// let mut note = |sequence| {
///     let stamp = Stamp { publisher: 0, sequence, sent: 0 };
///     tally.note(&stamp.payload(256), Duration::from_millis(1))
/// };
/// assert_eq!(note(1), Some(Arrival::Next));
/// assert_eq!(note(0), Some(Arrival::Late));
/// assert_eq!(note(1), Some(Arrival::Again));
/// assert_eq!((tally.received, tally.duplicates, tally.out_of_order), (2, 1, 1));
/// ```
#[derive(Debug)]
pub struct Tally {
    /// Its number.
    pub subscriber: usize,
    /// Messages, each once.
    pub received: u64,
    /// Those that came again.
    pub duplicates: u64,
    /// Those that came after one that was sent later.
    pub out_of_order: u64,
    /// Microseconds.
    pub latency: Histogram<u64>,
    /// When the last message came, since the run began.
    pub last: Duration,
    /// Why it ended, if that was not wished.
    pub error: Option<Error>,
    size: usize,
    tracks: Vec<Track>,
}

impl Tally {
    /// For payloads of this size, of so many publishers.
    ///
    /// See [`Tally`] for an example.
    #[must_use]
    pub fn new(subscriber: usize, size: usize, publishers: usize) -> Self {
        Self {
            subscriber,
            received: 0,
            duplicates: 0,
            out_of_order: 0,
            latency: histogram(),
            last: Duration::ZERO,
            error: None,
            size,
            tracks: core::iter::repeat_with(Track::default).take(publishers).collect(),
        }
    }

    /// Counts a message. `None` if it is none of ours.
    ///
    /// See [`Tally`] for an example.
    pub fn note(&mut self, payload: &[u8], now: Duration) -> Option<Arrival> {
        if payload.len() != self.size {
            return None;
        }
        let stamp = Stamp::read(payload);
        let arrival = match stamp {
            Some(stamp) => self.tracks.get_mut(stamp.publisher)?.note(stamp.sequence),
            None => Arrival::Next,
        };
        self.last = now;
        match arrival {
            Arrival::Again => {
                self.duplicates += 1;
                return Some(arrival);
            }
            Arrival::Next => self.received += 1,
            Arrival::Late => {
                self.received += 1;
                self.out_of_order += 1;
            }
        }
        if let Some(stamp) = stamp.filter(|_| stamp::has_time(self.size)) {
            let late = now.saturating_sub(Duration::from_nanos(stamp.sent));
            // It grows as needed.
            let _ = self.latency.record(u64::try_from(late.as_micros()).unwrap_or(u64::MAX));
        }
        Some(arrival)
    }
}

/// An empty histogram of three digits. It grows.
///
/// # Examples
/// See [`Latency::of`](super::Latency::of).
///
/// # Panics
/// Never.
#[must_use]
pub fn histogram() -> Histogram<u64> {
    let mut histogram = Histogram::new(3).expect("0 to 5 digits are fine");
    histogram.auto(true);
    histogram
}

#[cfg(test)]
mod tests {
    use super::Arrival::{Again, Late, Next};
    use super::*;

    #[test]
    fn a_track_knows_gaps_from_duplicates() {
        let mut track = Track::default();
        let arrivals = [0, 1, 6, 3, 3, 2, 4, 5, 5, 0, 7].map(|sequence| track.note(sequence));
        let expected = [Next, Next, Next, Late, Again, Late, Late, Late, Again, Again, Next];
        assert_eq!(arrivals, expected);
        assert!(track.gaps.is_empty());
    }

    #[test]
    fn a_tally_counts_what_is_ours() {
        let mut tally = Tally::new(0, 16, 2);
        let mut note = |publisher, sequence, sent: u64, size| {
            let payload = Stamp { publisher, sequence, sent }.payload(size);
            tally.note(&payload, Duration::from_millis(5))
        };
        assert_eq!(note(0, 1, 1_000_000, 16), Some(Next));
        assert_eq!(note(1, 0, 2_000_000, 16), Some(Next));
        assert_eq!(note(0, 0, 0, 16), Some(Late));
        assert_eq!(note(0, 0, 0, 16), Some(Again));
        assert_eq!(note(2, 0, 0, 16), None, "an unknown publisher");
        assert_eq!(note(0, 2, 0, 17), None, "another size");
        assert_eq!((tally.received, tally.duplicates, tally.out_of_order), (3, 1, 1));
        assert_eq!((tally.latency.min(), tally.latency.len()), (3_000, 3));
    }

    #[test]
    fn small_payloads_are_only_counted() {
        let mut tally = Tally::new(0, 4, 1);
        let payload = Stamp::default().payload(4);
        for _ in 0..3 {
            assert_eq!(tally.note(&payload, Duration::ZERO), Some(Next));
        }
        assert_eq!((tally.received, tally.duplicates, tally.latency.len()), (3, 0, 0));
    }
}
