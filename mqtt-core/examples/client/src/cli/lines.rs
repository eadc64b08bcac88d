//! Lines of standard input.

use bytes::{Bytes, BytesMut};
use std::io::{self, Read};
use tokio::sync::mpsc;

/// How much is read at a time.
const READ: usize = 64 * 1024;
/// How many such pieces wait.
const PIECES: usize = 4;

/// Reads in a thread of its own, as nothing else lets a program wait for standard input and for something
/// else at once. Each item holds the lines that one read completed, without their ends.
pub(crate) fn read_lines(
    input: impl Read + Send + 'static,
) -> mpsc::Receiver<io::Result<Vec<Bytes>>> {
    let (sender, receiver) = mpsc::channel(PIECES);
    std::thread::spawn(move || {
        let mut lines = Lines::new(input);
        // Who reads no more wants no more.
        while let Some(item) = lines.next().transpose() {
            let is_over = item.is_err();
            if sender.blocking_send(item).is_err() || is_over {
                break;
            }
        }
    });
    receiver
}

struct Lines<R> {
    input: R,
    piece: Box<[u8]>,
    /// The beginning of a line whose end has not come.
    begun: BytesMut,
    is_over: bool,
}

impl<R: Read> Lines<R> {
    fn new(input: R) -> Self {
        let piece = vec![0; READ].into_boxed_slice();
        Self { input, piece, begun: BytesMut::new(), is_over: false }
    }

    /// The next lines; `None` at the end.
    fn next(&mut self) -> io::Result<Option<Vec<Bytes>>> {
        let mut lines = Vec::new();
        while lines.is_empty() {
            if self.is_over {
                return Ok(None);
            }
            let len = match self.input.read(&mut self.piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            self.is_over = len == 0;
            // What had come before has no end in it.
            let mut from = self.begun.len();
            self.begun.extend_from_slice(&self.piece[..len]);
            while let Some(at) = self.begun[from..].iter().position(|byte| *byte == b'\n') {
                let line = self.begun.split_to(from + at + 1);
                lines.push(line.freeze().slice(..from + at));
                from = 0;
            }
            if self.is_over && !self.begun.is_empty() {
                lines.push(self.begun.split().freeze());
            }
        }
        Ok(Some(lines))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its pieces one by one.
    struct Pieces(Vec<&'static [u8]>);

    impl Read for Pieces {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            out[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn lines(pieces: &[&'static [u8]]) -> Vec<Vec<u8>> {
        let mut lines = Lines::new(Pieces(pieces.to_vec()));
        let mut all = Vec::new();
        while let Some(some) = lines.next().unwrap() {
            assert!(!some.is_empty());
            all.extend(some.iter().map(|line| line.to_vec()));
        }
        all
    }

    #[test]
    fn a_line_ends_wherever_the_pieces_do() {
        let whole = [b"a".to_vec(), b"".to_vec(), b"bc\r".to_vec(), b"d".to_vec()];
        assert_eq!(lines(&[b"a\n\nbc\r\nd"]), whole);
        assert_eq!(lines(&[b"a", b"\n", b"\nb", b"c\r", b"\nd"]), whole);
        assert_eq!(lines(&[b"a\n\nbc\r\nd\n"]), whole);
        assert!(lines(&[]).is_empty());
    }
}
