//! The bytes of a journal in a file.

use crate::Loaded;
use mqtt_core::PersistOp;
use mqtt_core::store::{JOURNAL_HEADER, JournalReader, Persist};
use std::io;

/// What a file begins with: its name and format.
pub(super) const HEADER: [u8; 8] = *b"MQCFILE\x01";

/// Appends a batch of less than 4 GiB.
pub(super) fn write<'a>(
    ops: impl Iterator<Item = PersistOp<'a>>,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let start = out.len();
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&JOURNAL_HEADER);
    ops.for_each(|op| op.encode(out));
    let too_large = |_| io::Error::new(io::ErrorKind::InvalidInput, "the batch is too large");
    let len = u32::try_from(out.len() - start - 8).map_err(too_large)?;
    out[start..start + 4].copy_from_slice(&len.to_be_bytes());
    out[start + 4..start + 8].copy_from_slice(&(!len).to_be_bytes());
    Ok(())
}

/// What a file has, and how many of its bytes hold: what is behind them was cut off.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    pub(super) loaded: Loaded,
    pub(super) len: usize,
}

/// Reads a file; fails with the place of damage that is no cut.
pub(super) fn replay(file: &[u8]) -> Result<Replayed, usize> {
    let Some(mut rest) = file.strip_prefix(&HEADER) else {
        // Whoever made it died at once, or it is something else.
        return if HEADER.starts_with(file) { Ok(Replayed::default()) } else { Err(0) };
    };
    let mut loaded = Loaded::default();
    loop {
        let len = file.len() - rest.len();
        if rest.is_empty() {
            return Ok(Replayed { loaded, len });
        }
        let Some((ops, behind)) = take(rest) else {
            return if is_cut(rest) { Ok(Replayed { loaded, len }) } else { Err(len) };
        };
        let is_first = len == HEADER.len();
        apply(&ops, is_first, &mut loaded).ok_or(len)?;
        rest = behind;
    }
}

/// True if what is not whole is the last that was written: a batch is safe before the next is written, so
/// anything else before others is damage.
fn is_cut(rest: &[u8]) -> bool {
    match head(rest) {
        Some((len, behind)) => behind.len() <= len,
        None => (1..rest.len()).all(|at| rest.get(at..).and_then(take).is_none()),
    }
}

/// The length of a batch, if it is one, and all that lies behind it.
fn head(file: &[u8]) -> Option<(usize, &[u8])> {
    let (len, rest) = file.split_first_chunk()?;
    let (turned, rest) = rest.split_first_chunk()?;
    let len = u32::from_be_bytes(*len);
    (len == !u32::from_be_bytes(*turned)).then_some((len as usize, rest))
}

/// Takes the changes of a batch from the front, if it is whole.
fn take(file: &[u8]) -> Option<(Vec<PersistOp<'_>>, &[u8])> {
    let (len, rest) = head(file)?;
    let (journal, behind) = rest.split_at_checked(len)?;
    let ops = JournalReader::new(journal).ok()?.collect::<Result<_, _>>().ok()?;
    Some((ops, behind))
}

/// Makes the changes of a batch; `None` if they are not those that are to come.
fn apply(ops: &[PersistOp<'_>], is_first: bool, loaded: &mut Loaded) -> Option<()> {
    let (first, mut rest) = ops.split_first()?;
    let is_claim = first.change == Persist::Mark
        && (is_first || first.seq == loaded.seq && first.epoch > loaded.epoch);
    if is_claim {
        (loaded.epoch, loaded.seq) = (first.epoch, first.seq);
    } else {
        if is_first {
            loaded.seq = first.seq.checked_sub(1)?;
        }
        rest = ops;
    }
    for op in rest {
        let follows = op.epoch >= loaded.epoch && op.seq.checked_sub(1) == Some(loaded.seq);
        follows.then(|| loaded.apply(op))?;
    }
    Some(())
}
