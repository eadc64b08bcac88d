//! What a store is told, and how it is written down.

use crate::{
    MQC_BUFFER_TOO_SMALL, MQC_ERR_STORE_CHECKSUM, MQC_ERR_STORE_CONTRADICTION, MQC_ERR_STORE_EPOCH,
    MQC_ERR_STORE_FORMAT, MQC_ERR_STORE_NOT_OURS, MQC_ERR_STORE_OTHER, MQC_ERR_STORE_OUT_OF_ORDER,
    MQC_ERR_STORE_TRAILING, MQC_ERR_STORE_TRUNCATED, MQC_ERR_STORE_UNFINISHED,
    MQC_ERR_STORE_UNKNOWN_KEY, MQC_ERR_STORE_VALUE, MQC_INVALID_ARGUMENT,
    boundary::{Outcome, guard, input, output, required},
    mqc_bytes, mqc_status,
    object::{self, Object},
};
use core::mem;
use mqtt_core::store::{
    JOURNAL_HEADER, JournalReader, Persist, PersistOp, SnapshotCursor, StoreError, StoreErrorKind,
};

/// What changes in a store.
pub type mqc_persist_kind = u32;
/// Nothing: all has been polled.
pub const MQC_PERSIST_NONE: mqc_persist_kind = 0;
/// The key has this value from now on.
pub const MQC_PERSIST_PUT: mqc_persist_kind = 1;
/// The key is gone. It may not have been there.
pub const MQC_PERSIST_DELETE: mqc_persist_kind = 2;
/// All keys of the session are gone.
pub const MQC_PERSIST_CLEAR: mqc_persist_kind = 3;
/// Nothing changes, but an acknowledgement waits for this number: what was made of the messages
/// that have come is to be safe before it is reported.
pub const MQC_PERSIST_MARK: mqc_persist_kind = 4;

/// One change of what a store keeps of a session. Keys sort as bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_persist_op {
    /// `MQC_PERSIST_*`
    pub kind: mqc_persist_kind,
    /// Zero.
    pub reserved: u32,
    /// Its number: each is one more than the one before, also over restarts.
    pub seq: u64,
    /// That of the owner, as was configured.
    pub epoch: u64,
    /// The key, of Put and Delete: at most 65,535 bytes and a few.
    pub key: mqc_bytes,
    /// The value, of Put: as large as a packet may be, and a few bytes.
    pub value: mqc_bytes,
}

impl mqc_persist_op {
    pub(crate) fn of(op: Option<PersistOp<'_>>) -> Self {
        let Some(PersistOp { seq, epoch, change }) = op else {
            return Self::new(MQC_PERSIST_NONE, 0, 0);
        };
        match change {
            Persist::Put { key, value } => {
                let (key, value) = (mqc_bytes::of(key), mqc_bytes::of(value));
                Self { key, value, ..Self::new(MQC_PERSIST_PUT, seq, epoch) }
            }
            Persist::Delete { key } => {
                Self { key: mqc_bytes::of(key), ..Self::new(MQC_PERSIST_DELETE, seq, epoch) }
            }
            Persist::Clear => Self::new(MQC_PERSIST_CLEAR, seq, epoch),
            Persist::Mark => Self::new(MQC_PERSIST_MARK, seq, epoch),
        }
    }

    const fn new(kind: mqc_persist_kind, seq: u64, epoch: u64) -> Self {
        const NO_BYTES: mqc_bytes = mqc_bytes::of(&[]);
        Self { kind, reserved: 0, seq, epoch, key: NO_BYTES, value: NO_BYTES }
    }

    /// The core's view of a change.
    ///
    /// # Safety
    /// `op` is NULL or points to such a structure, and its views to their bytes, which nobody
    /// changes during `'a`.
    pub(crate) unsafe fn read<'a>(op: *const Self) -> Result<PersistOp<'a>, mqc_status> {
        required(op)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let Self { kind, seq, epoch, key, value, .. } = unsafe { *op };
        // SAFETY: the caller's promise, for both.
        let change = unsafe {
            match kind {
                MQC_PERSIST_PUT => Persist::Put { key: key.get()?, value: value.get()? },
                MQC_PERSIST_DELETE => Persist::Delete { key: key.get()? },
                MQC_PERSIST_CLEAR => Persist::Clear,
                MQC_PERSIST_MARK => Persist::Mark,
                _ => return Err(MQC_INVALID_ARGUMENT),
            }
        };
        Ok(PersistOp { seq, epoch, change })
    }
}

/// What is wrong with what a store gives back, and where.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_store_error {
    /// What: the `MQC_ERR_STORE_*` that the function returned.
    pub kind: mqc_status,
    /// The first byte of the key at fault, or 0.
    pub key_kind: u8,
    /// With `MQC_ERR_STORE_FORMAT`: the format.
    pub format: u8,
    /// Zero.
    pub reserved: u16,
    /// Where: in the page, in the journal, or in the value, in bytes.
    pub offset: u64,
    /// With `MQC_ERR_STORE_OUT_OF_ORDER` and `MQC_ERR_STORE_EPOCH`: the number that was to come.
    pub expected: u64,
    /// That which came.
    pub found: u64,
}

impl mqc_store_error {
    fn of(error: &StoreError) -> Self {
        let StoreError { kind, offset } = *error;
        let mut detail = Self {
            kind: of_kind(kind),
            key_kind: 0,
            format: 0,
            reserved: 0,
            offset: offset as u64,
            expected: 0,
            found: 0,
        };
        match kind {
            StoreErrorKind::Format { found } => detail.format = found,
            StoreErrorKind::OutOfOrder { expected, found }
            | StoreErrorKind::Epoch { expected, found } => {
                (detail.expected, detail.found) = (expected, found);
            }
            StoreErrorKind::UnknownKey { kind }
            | StoreErrorKind::Value { kind }
            | StoreErrorKind::Contradiction { kind } => detail.key_kind = kind,
            _ => {}
        }
        detail
    }
}

const fn of_kind(kind: StoreErrorKind) -> mqc_status {
    match kind {
        StoreErrorKind::Truncated => MQC_ERR_STORE_TRUNCATED,
        StoreErrorKind::NotOurs => MQC_ERR_STORE_NOT_OURS,
        StoreErrorKind::Format { .. } => MQC_ERR_STORE_FORMAT,
        StoreErrorKind::Checksum => MQC_ERR_STORE_CHECKSUM,
        StoreErrorKind::Trailing => MQC_ERR_STORE_TRAILING,
        StoreErrorKind::OutOfOrder { .. } => MQC_ERR_STORE_OUT_OF_ORDER,
        StoreErrorKind::Epoch { .. } => MQC_ERR_STORE_EPOCH,
        StoreErrorKind::Unfinished => MQC_ERR_STORE_UNFINISHED,
        StoreErrorKind::UnknownKey { .. } => MQC_ERR_STORE_UNKNOWN_KEY,
        StoreErrorKind::Value { .. } => MQC_ERR_STORE_VALUE,
        StoreErrorKind::Contradiction { .. } => MQC_ERR_STORE_CONTRADICTION,
        _ => MQC_ERR_STORE_OTHER,
    }
}

/// Reports what is wrong, and gives its status.
///
/// # Safety
/// `out` is NULL or points to a writable `mqc_store_error`.
pub(crate) unsafe fn refuse(error: &StoreError, out: *mut mqc_store_error) -> mqc_status {
    let detail = mqc_store_error::of(error);
    if !out.is_null() {
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(detail) };
    }
    detail.kind
}

/// Writes a change as an entry of a journal.
///
/// A journal begins with the eight bytes of mqc_journal_header(); mqc_journal_next() reads it.
///
/// @param op        borrowed during the call, with what it points to
/// @param out       written with MQC_OK, `*written` bytes
/// @param capacity  bytes at `out`; key, value and 29 more are enough
/// @param written   written with MQC_OK
///
/// Ownership: `op` is borrowed during the call, with what it points to; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_BUFFER_TOO_SMALL.
/// Cost: O(bytes), allocates the entry once. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_persist_op_encode(
    op: *const mqc_persist_op,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
) -> mqc_status {
    guard(|| {
        required(written)?;
        // SAFETY: the caller's promise about `op`.
        let op = unsafe { mqc_persist_op::read(op)? };
        if let Persist::Put { key, value } = op.change {
            // Their lengths have 32 bits in an entry.
            u32::try_from(key.len().saturating_add(value.len()))
                .map_err(|_| MQC_INVALID_ARGUMENT)?;
        }
        let mut entry = Vec::new();
        op.encode(&mut entry);
        // SAFETY: the caller's promise about `out`.
        let out = unsafe { output(out, capacity)? };
        let place = out.get_mut(..entry.len()).ok_or(MQC_BUFFER_TOO_SMALL)?;
        place.copy_from_slice(&entry);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { written.write(entry.len()) };
        Ok(())
    })
}

/// What a journal begins with: its name and format.
///
/// @param out       written with MQC_OK
///
/// Ownership: static.
/// Lifetime: for ever.
/// Threads: any.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to a writable view.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_journal_header(out: *mut mqc_bytes) -> mqc_status {
    guard(|| {
        required(out)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(mqc_bytes::of(&JOURNAL_HEADER)) };
        Ok(())
    })
}

/// A journal that is being read.
pub struct mqc_journal(Object<JournalReader<'static>>);

/// Begins to read a journal.
///
/// @param data      kept until mqc_journal_free(): nobody changes or frees it; NULL only if `len`
///                  is 0
/// @param len       bytes at `data`
/// @param out       written with MQC_OK
/// @param error     written if it is no journal; may be NULL
///
/// Ownership: `data` is borrowed until mqc_journal_free(); `*out` is the caller's, to be freed with
///   that.
/// Lifetime: `*out` lives until it is freed, and is of use as long as `data`.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_ERR_STORE_NOT_OURS, MQC_ERR_STORE_TRUNCATED
///   or MQC_ERR_STORE_FORMAT.
/// Cost: O(1), allocates the object. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `data` stays as long as the
/// object is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_journal_new(
    data: *const u8,
    len: usize,
    out: *mut *mut mqc_journal,
    error: *mut mqc_store_error,
) -> mqc_status {
    let make = || {
        // SAFETY: the caller's promise about `data`, which stays.
        let journal: &'static [u8] = unsafe { input(data, len)? };
        match JournalReader::new(journal) {
            Ok(reader) => Ok(mqc_journal(Object::new(reader))),
            // SAFETY: the caller's promise about `error`.
            Err(fault) => Err(unsafe { refuse(&fault, error) }),
        }
    };
    // SAFETY: the caller's promise about `out`.
    unsafe { object::create(out, make) }
}

/// Frees a reader of a journal; NULL is fine.
///
/// @param journal   of no use after the call
///
/// Ownership: `journal` is taken; its bytes are the caller's again.
/// Lifetime: what mqc_journal_next() gave lives as long as those bytes.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `journal` is NULL or came from mqc_journal_new(), and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_journal_free(journal: *mut mqc_journal) {
    // SAFETY: the caller's promise.
    unsafe { object::free(journal) }
}

/// Takes the next change from a journal; at its end, and behind a fault, `out->kind` is
/// `MQC_PERSIST_NONE`.
///
/// A journal whose last write was cut off ends with MQC_ERR_STORE_TRUNCATED, or, if the place of
/// the cut has other bytes, with MQC_ERR_STORE_CHECKSUM, where mqc_journal_offset() says that it is
/// to be cut.
///
/// @param journal   made with mqc_journal_new()
/// @param out       written with MQC_OK
/// @param error     written if the entry is damaged; may be NULL
///
/// Ownership: nothing is kept.
/// Lifetime: the views in `*out` live as long as the bytes of the journal.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_ERR_STORE_*.
/// Cost: O(bytes of the entry), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `journal`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_journal_next(
    journal: *mut mqc_journal,
    out: *mut mqc_persist_op,
    error: *mut mqc_store_error,
) -> mqc_status {
    let body = |reader: &mut JournalReader<'static>| {
        required(out)?;
        // SAFETY: the caller's promise about `error`.
        let op = reader.next().transpose().map_err(|fault| unsafe { refuse(&fault, error) })?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(mqc_persist_op::of(op)) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(journal, |it| &mut it.0, body) }
}

/// How far a journal has been read, in bytes: behind the last entry that was given.
///
/// @param journal   made with mqc_journal_new()
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `journal`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_journal_offset(
    journal: *const mqc_journal,
    out: *mut usize,
) -> mqc_status {
    let body = |reader: &JournalReader<'static>| {
        required(out)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(reader.offset()) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with(journal, |it| &it.0, body) }
}

/// A snapshot that is being made, page by page.
pub struct mqc_snapshot(Object<Snapshot>);

#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    cursor: Option<SnapshotCursor>,
    has_begun: bool,
    seq: u64,
    page: Vec<u8>,
}

/// Where a page says which change had been reached: see the layout in the core's store.
const SEQ_PLACE: core::ops::Range<usize> = 16..24;

impl mqc_snapshot {
    /// Makes the next page with `make`, and views it.
    ///
    /// # Safety
    /// `snapshot` is NULL or points to such an object, which no other thread uses; `page` is NULL
    /// or points to a writable view.
    pub(crate) unsafe fn next(
        snapshot: *mut Self,
        page: *mut mqc_bytes,
        make: impl FnOnce(Option<SnapshotCursor>, &mut Vec<u8>) -> Option<SnapshotCursor>,
    ) -> Outcome {
        let body = |it: &mut Snapshot| {
            required(page)?;
            it.page.clear();
            let cursor = it.cursor.take();
            // Behind the last page there is none.
            if cursor.is_some() || !mem::replace(&mut it.has_begun, true) {
                it.cursor = make(cursor, &mut it.page);
                let seq = it.page.get(SEQ_PLACE).and_then(|bytes| bytes.try_into().ok());
                it.seq = seq.map_or(it.seq, u64::from_be_bytes);
            }
            // SAFETY: not NULL; the rest is the caller's promise.
            unsafe { page.write(mqc_bytes::of(&it.page)) };
            Ok(())
        };
        // SAFETY: the caller's promise.
        crate::session::outcome(unsafe { object::with_mut(snapshot, |it| &mut it.0, body) })
    }
}

/// Begins a snapshot.
///
/// Its pages come from mqc_client_snapshot(), mqc_server_snapshot() or
/// mqc_session_state_snapshot().
///
/// @param out       written with MQC_OK
///
/// Ownership: `*out` is the caller's, to be freed with mqc_snapshot_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), allocates the object. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_snapshot_new(out: *mut *mut mqc_snapshot) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { object::create(out, || Ok(mqc_snapshot(Object::new(Snapshot::default())))) }
}

/// Frees a snapshot; NULL is fine.
///
/// @param snapshot  of no use after the call
///
/// Ownership: `snapshot` is taken.
/// Lifetime: its page ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `snapshot` is NULL or came from mqc_snapshot_new(), and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_snapshot_free(snapshot: *mut mqc_snapshot) {
    // SAFETY: the caller's promise.
    unsafe { object::free(snapshot) }
}

/// The number of the change that had been reached when the first page was made: the changes after
/// it are to be kept with the snapshot, those up to it are in it. 0 before the first page.
///
/// @param snapshot  made with mqc_snapshot_new()
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `snapshot`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_snapshot_seq(
    snapshot: *const mqc_snapshot,
    out: *mut u64,
) -> mqc_status {
    let body = |it: &Snapshot| {
        required(out)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(it.seq) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with(snapshot, |it| &it.0, body) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::variants::assert_variants;
    use std::collections::HashSet;

    #[test]
    fn every_fault_of_a_store_has_a_status_of_its_own() {
        let (expected, found, kind) = (1, 2, b'm');
        let all = [
            StoreErrorKind::Truncated,
            StoreErrorKind::NotOurs,
            StoreErrorKind::Format { found: 2 },
            StoreErrorKind::Checksum,
            StoreErrorKind::Trailing,
            StoreErrorKind::OutOfOrder { expected, found },
            StoreErrorKind::Epoch { expected, found },
            StoreErrorKind::Unfinished,
            StoreErrorKind::UnknownKey { kind },
            StoreErrorKind::Value { kind },
            StoreErrorKind::Contradiction { kind },
        ];
        assert_variants(include_str!("../../mqtt-core/src/store/error.rs"), "StoreErrorKind", &all);
        let statuses: HashSet<_> = all.iter().map(|kind| of_kind(*kind)).collect();
        assert_eq!(statuses.len(), all.len());
        assert!(!statuses.contains(&MQC_ERR_STORE_OTHER));
        let detail = mqc_store_error::of(&StoreError { kind: all[6], offset: 7 });
        assert_eq!((detail.offset, detail.expected, detail.found), (7, 1, 2));
        assert_eq!(mqc_store_error::of(&StoreError { kind: all[9], offset: 0 }).key_kind, b'm');
        assert_eq!(mqc_store_error::of(&StoreError { kind: all[2], offset: 0 }).format, 2);
    }

    #[test]
    fn changes_come_back_as_they_went() {
        let (key, value) = (&b"r\0\x01"[..], &b"\x01"[..]);
        let all =
            [Persist::Put { key, value }, Persist::Delete { key }, Persist::Clear, Persist::Mark];
        assert_variants(include_str!("../../mqtt-core/src/store/op.rs"), "Persist", &all);
        for change in all {
            let op = PersistOp { seq: 7, epoch: 3, change };
            let out = mqc_persist_op::of(Some(op));
            // SAFETY: the views are of static bytes.
            assert_eq!(unsafe { mqc_persist_op::read(&raw const out) }, Ok(op));
        }
        let none = mqc_persist_op::of(None);
        // SAFETY: as above.
        let read = unsafe { mqc_persist_op::read(&raw const none) };
        assert_eq!(read, Err(MQC_INVALID_ARGUMENT));
    }
}
