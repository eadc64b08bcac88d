//! One direction of a TCP connection, put back in order.

use std::collections::BTreeMap;

/// Bytes that may wait for an earlier segment before the earlier one counts as lost.
///
/// TCP windows of that size are rare on any link, and each direction of a hostile capture can
/// make us hold this much.
const MAX_HELD_BYTES: usize = 16 << 20;

/// Segments that may wait for an earlier one.
const MAX_HELD_SEGMENTS: usize = 4096;

/// The largest TCP window: what lies further ahead is not of this connection.
const MAX_WINDOW: i64 = 1 << 30;

/// Bytes that the capture does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// How many are missing before the next byte that is there.
    pub missing: u64,
}

/// Puts the segments of one direction in order.
///
/// Sequence numbers may wrap; segments may come in any order, more than once, cut differently
/// each time. Where two disagree about a byte, the one captured first is believed.
///
/// # Examples
/// ```
/// let mut stream = inspect::reassembly::Reassembly::default();
/// let mut bytes = Vec::new();
/// stream.syn(u32::MAX - 1);
/// stream.data(1, b"ter", &mut bytes).unwrap(); // two bytes ahead, past the wrap
/// stream.data(u32::MAX, b"la", &mut bytes).unwrap();
/// assert_eq!(bytes, b"later");
/// ```
#[derive(Debug, Default)]
pub struct Reassembly {
    /// Sequence number of the first byte of the stream, once known.
    base: Option<u32>,
    /// How many bytes have been delivered.
    next: u64,
    /// Segments ahead of `next`, by stream offset; they never overlap.
    held: BTreeMap<u64, Vec<u8>>,
    held_bytes: usize,
    /// One past the last byte the other side has acknowledged.
    acknowledged: u64,
    saw_start: bool,
}

impl Reassembly {
    /// Notes the SYN of this direction: its first byte follows `sequence`.
    pub fn syn(&mut self, sequence: u32) {
        if self.base.is_none() {
            self.base = Some(sequence.wrapping_add(1));
            self.saw_start = true;
        }
    }

    /// True if the stream is known from its first byte on.
    pub fn saw_start(&self) -> bool {
        self.saw_start
    }

    /// Bytes waiting for an earlier segment.
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Takes a segment and appends to `out` what is now in order.
    ///
    /// Without a SYN the first segment seen decides where the stream begins.
    ///
    /// # Errors
    /// A [`Gap`] if so much waits for a missing segment that it must count as lost. The stream is
    /// of no more use then.
    pub fn data(&mut self, sequence: u32, payload: &[u8], out: &mut Vec<u8>) -> Result<(), Gap> {
        let position = self.position(sequence);
        let behind = self.next as i64 - position;
        if payload.is_empty() || behind >= payload.len() as i64 || behind < -MAX_WINDOW {
            return Ok(());
        }
        let payload = &payload[behind.max(0) as usize..];
        if behind >= 0 && self.held.is_empty() {
            self.next += payload.len() as u64;
            out.extend_from_slice(payload);
            return Ok(());
        }
        self.hold(position.max(self.next as i64) as u64, payload);
        while let Some(entry) = self.held.first_entry() {
            if *entry.key() != self.next {
                break;
            }
            let piece = entry.remove();
            self.held_bytes -= piece.len();
            self.next += piece.len() as u64;
            out.extend_from_slice(&piece);
        }
        let full = self.held_bytes > MAX_HELD_BYTES || self.held.len() > MAX_HELD_SEGMENTS;
        if full { self.hole().map_or(Ok(()), Err) } else { Ok(()) }
    }

    /// Notes that the other side has received everything before `sequence`.
    pub fn acknowledge(&mut self, sequence: u32) {
        if self.base.is_none() {
            return;
        }
        let position = self.position(sequence);
        if position - (self.next as i64) < MAX_WINDOW {
            self.acknowledged = self.acknowledged.max(position.max(0) as u64);
        }
    }

    /// What is known to be missing when nothing more will come.
    pub fn hole(&self) -> Option<Gap> {
        // A FIN takes one sequence number too, and it need not have been captured.
        let acknowledged = self.acknowledged.saturating_sub(1);
        let there = match self.held.first_key_value() {
            Some((&position, _)) => position,
            None if acknowledged > self.next => acknowledged,
            None => return None,
        };
        Some(Gap { missing: there - self.next })
    }

    /// Forgets what waits; for a stream that is of no more interest.
    pub fn clear(&mut self) {
        self.held.clear();
        self.held_bytes = 0;
    }

    /// The stream offset of a sequence number: the one nearest to `next`.
    fn position(&mut self, sequence: u32) -> i64 {
        let base = *self.base.get_or_insert(sequence);
        let expected = base.wrapping_add(self.next as u32);
        self.next as i64 + i64::from(sequence.wrapping_sub(expected) as i32)
    }

    /// Keeps those bytes that are not held yet.
    fn hold(&mut self, position: u64, payload: &[u8]) {
        let end = position + payload.len() as u64;
        let mut at = position;
        if let Some((&before, piece)) = self.held.range(..=position).next_back() {
            at = at.max(before + piece.len() as u64);
        }
        while at < end {
            let taken = self.held.range(at..end).next();
            let (stop, after) = match taken {
                Some((&from, piece)) => (from, from + piece.len() as u64),
                None => (end, end),
            };
            if at < stop {
                let piece = &payload[(at - position) as usize..(stop - position) as usize];
                self.held_bytes += piece.len();
                self.held.insert(at, piece.to_vec());
            }
            at = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn started(isn: u32) -> (Reassembly, Vec<u8>) {
        let mut stream = Reassembly::default();
        stream.syn(isn);
        (stream, Vec::new())
    }

    #[test]
    fn in_order_bytes_pass_at_once() {
        let (mut stream, mut out) = started(99);
        stream.data(100, b"abc", &mut out).unwrap();
        stream.data(103, b"de", &mut out).unwrap();
        assert_eq!(out, b"abcde");
        assert_eq!((stream.hole(), stream.held_bytes()), (None, 0));
    }

    #[test]
    fn sequence_numbers_wrap() {
        let (mut stream, mut out) = started(u32::MAX - 3);
        stream.data(u32::MAX - 2, b"abc", &mut out).unwrap();
        stream.data(2, b"fg", &mut out).unwrap();
        assert_eq!(out, b"abc");
        stream.data(0, b"de", &mut out).unwrap();
        assert_eq!(out, b"abcdefg");
        stream.data(u32::MAX, b"cdefgh", &mut out).unwrap(); // from before the wrap
        assert_eq!(out, b"abcdefgh");
    }

    #[test]
    fn a_stream_of_more_than_four_gibibytes_goes_on() {
        let (mut stream, mut out) = started(0);
        stream.next = (5 << 32) - 2;
        stream.data(u32::MAX, b"abcd", &mut out).unwrap();
        stream.data(u32::MAX - 1, b"xabcd", &mut out).unwrap();
        stream.data(5, b"gh", &mut out).unwrap();
        stream.data(3, b"ef", &mut out).unwrap();
        assert_eq!((out.as_slice(), stream.next), (&b"abcdefgh"[..], (5 << 32) + 6));
    }

    #[test]
    fn retransmissions_are_dropped_and_the_first_copy_wins() {
        let (mut stream, mut out) = started(0);
        stream.data(1, b"abc", &mut out).unwrap();
        stream.data(1, b"XYZ", &mut out).unwrap();
        stream.data(2, b"YZd", &mut out).unwrap();
        assert_eq!(out, b"abcd");
        stream.data(7, b"gh", &mut out).unwrap();
        stream.data(5, b"efXY", &mut out).unwrap();
        assert_eq!(out, b"abcdefgh");
    }

    #[test]
    fn held_pieces_never_overlap() {
        let (mut stream, mut out) = started(0);
        stream.data(5, b"5", &mut out).unwrap();
        stream.data(9, b"9", &mut out).unwrap();
        stream.data(3, b"345678901", &mut out).unwrap(); // around both, and past the second
        assert_eq!((stream.held.len(), stream.held_bytes()), (5, 9));
        stream.data(1, b"12", &mut out).unwrap();
        assert_eq!(out, b"12345678901");
        assert_eq!(stream.held_bytes(), 0);
    }

    #[test]
    fn a_keep_alive_probe_adds_nothing() {
        let (mut stream, mut out) = started(0);
        stream.data(1, b"abc", &mut out).unwrap();
        stream.data(3, b"\0", &mut out).unwrap();
        stream.data(3, b"", &mut out).unwrap();
        assert_eq!((out.as_slice(), stream.hole()), (&b"abc"[..], None));
    }

    #[test]
    fn without_a_syn_the_first_segment_begins_the_stream() {
        let (mut stream, mut out) = (Reassembly::default(), Vec::new());
        stream.data(5000, b"", &mut out).unwrap();
        stream.data(5002, b"cd", &mut out).unwrap();
        stream.data(5000, b"ab", &mut out).unwrap();
        stream.data(4990, b"0123456789", &mut out).unwrap();
        assert_eq!(out, b"abcd");
        assert!(!stream.saw_start());
    }

    #[test]
    fn a_gap_says_how_much_is_missing() {
        let (mut stream, mut out) = started(0);
        stream.data(1, b"ab", &mut out).unwrap();
        stream.data(13, b"later", &mut out).unwrap();
        assert_eq!(stream.hole(), Some(Gap { missing: 10 }));
        assert_eq!(out, b"ab");
    }

    #[test]
    fn bytes_that_were_acknowledged_but_not_captured_are_a_gap() {
        let (mut stream, mut out) = started(0);
        stream.data(1, b"ab", &mut out).unwrap();
        stream.acknowledge(3);
        assert_eq!(stream.hole(), None);
        stream.acknowledge(4); // a FIN, perhaps
        assert_eq!(stream.hole(), None);
        stream.acknowledge(8);
        assert_eq!(stream.hole(), Some(Gap { missing: 4 }));
        stream.acknowledge(4); // an old one changes nothing
        assert_eq!(stream.hole(), Some(Gap { missing: 4 }));
    }

    #[test]
    fn too_much_ahead_of_a_missing_segment_is_a_gap() {
        let (mut stream, mut out) = started(0);
        let result = (0..).map(|n| stream.data(11 + 2 * n, b"x", &mut out)).find(Result::is_err);
        assert_eq!(result, Some(Err(Gap { missing: 10 })));
        assert_eq!(stream.held.len(), MAX_HELD_SEGMENTS + 1);
        let (mut stream, mut out) = started(0);
        let segment = vec![0; 1 << 20];
        let result =
            (0..).map(|n| stream.data(2 + (n << 20), &segment, &mut out)).find(Result::is_err);
        assert_eq!(result, Some(Err(Gap { missing: 1 })));
        assert!(stream.held_bytes() <= MAX_HELD_BYTES + segment.len());
    }

    #[test]
    fn segments_beyond_any_window_are_ignored() {
        let (mut stream, mut out) = started(0);
        stream.data(1, b"ab", &mut out).unwrap();
        stream.data(1 + (1 << 30) + 3, b"far", &mut out).unwrap();
        stream.acknowledge(1 + (1 << 30) + 9);
        stream.data(3, b"cd", &mut out).unwrap();
        assert_eq!((out.as_slice(), stream.hole()), (&b"abcd"[..], None));
    }

    proptest! {
        /// Whatever the order, overlap and repetition, a stream that is all there comes out whole.
        #[test]
        fn any_shuffle_of_all_segments_gives_the_stream(
            // Every other run crosses the end of the sequence numbers.
            isn in prop_oneof![any::<u32>(), u32::MAX - 600..=u32::MAX],
            length in 1_usize..600,
            cuts in prop::collection::vec((0_usize..600, 1_usize..90), 0..60),
            order in any::<prop::sample::Index>(),
            swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..120),
        ) {
            let stream: Vec<u8> = (0..length).map(|n| (n * 7 + n / 256) as u8).collect();
            // A covering set in small steps, and random pieces on top of it.
            let mut pieces: Vec<(usize, usize)> =
                (0..length).step_by(37).map(|from| (from, (from + 37).min(length))).collect();
            pieces.extend(cuts.iter().map(|&(from, size)| {
                let from = from % length;
                (from, (from + size).min(length))
            }));
            let count = pieces.len();
            pieces.rotate_left(order.index(count));
            for (a, b) in &swaps {
                pieces.swap(a.index(count), b.index(count));
            }
            let (mut tcp, mut out) = started(isn);
            let mut there = vec![false; length];
            for (from, to) in pieces {
                let sequence = isn.wrapping_add(1).wrapping_add(from as u32);
                tcp.data(sequence, &stream[from..to], &mut out).unwrap();
                there[from..to].fill(true);
                // What is out is exactly the gapless beginning of what has been fed.
                let whole = there.iter().take_while(|&&byte| byte).count();
                prop_assert_eq!(&out[..], &stream[..whole]);
            }
            prop_assert_eq!(out, stream);
            prop_assert_eq!((tcp.hole(), tcp.held_bytes()), (None, 0));
        }
    }
}
