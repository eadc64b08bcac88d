//! What a store gives back: damaged, made up, or right.

use super::input::Input;
use crate::store::{JOURNAL_HEADER, JournalReader, Persist, PersistOp, Restore, StoreError};
use crate::{
    ClientConfig, ClientSession, ConnAck, Connect, Durability, Instant, Properties, Property,
    ServerConfig, ServerSession, SessionState, Version,
};
use bytes::Buf;
use std::{format, vec::Vec};

/// In the first byte of an input: it has rows or changes, of which a page or a journal is made.
const IS_MADE: u8 = 1;
const SKIPS_UNKNOWN: u8 = 2;
/// It is cut in two pages.
const HAS_PAGES: u8 = 4;

/// CRC-32C, bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0x82F6_3B78 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}

/// A key or value: its length in a byte, and its bytes.
fn piece<'a>(input: &mut Input<'a>) -> &'a [u8] {
    let len = input.byte().into();
    input.bytes(len)
}

/// A page of rows that the input has, with a right checksum.
fn page_of(input: &mut Input<'_>, number: u32, is_last: bool) -> Vec<u8> {
    let mut page = b"MQCS\x01\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x05".to_vec();
    page[5] = is_last.into();
    page.extend_from_slice(&number.to_be_bytes());
    page.extend_from_slice(&[0; 4]);
    let count = if is_last { u8::MAX } else { input.byte() };
    for _ in 0..count {
        if input.len() == 0 {
            break;
        }
        let (key, value) = (piece(input), piece(input));
        for len in [key.len(), value.len()] {
            page.extend_from_slice(&(len as u32).to_be_bytes());
        }
        page.extend_from_slice(key);
        page.extend_from_slice(value);
    }
    let len = (page.len() - 32) as u32;
    page[28..32].copy_from_slice(&len.to_be_bytes());
    let crc = crc32c(&page);
    page.extend_from_slice(&crc.to_be_bytes());
    page
}

/// A restore that does not go well leaves everything as it was.
fn tried<T>(
    restore: &mut Restore,
    step: impl FnOnce(&mut Restore) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let before = restore.clone();
    let result = step(restore);
    if let Err(error) = &result {
        assert_eq!(format!("{restore:?}"), format!("{before:?}"), "{error}");
        assert!(!format!("{error}").is_empty());
    }
    result
}

/// Restores pages of a snapshot. Layout: `| flags u8 | page |`, or with bit 0 of the flags set
/// `| flags u8 | row * |`, a row being a key and a value, each `| length u8 | bytes |`; with bit 2 set
/// the rows of a first page, of which there are so many as a byte before them says.
pub fn check_snapshot(data: &[u8]) {
    let mut input = Input::new(data);
    let flags = input.byte();
    let mut restore = Restore::new();
    if flags & SKIPS_UNKNOWN > 0 {
        restore = restore.skip_unknown();
    }
    if flags & IS_MADE == 0 {
        let page = input.bytes(usize::MAX);
        if let Err(error) = tried(&mut restore, |it| it.page(page)) {
            assert!(error.offset <= page.len(), "{error}");
        }
    } else {
        let mut number = 0;
        if flags & HAS_PAGES > 0 {
            let page = page_of(&mut input, 0, false);
            number = u32::from(tried(&mut restore, |it| it.page(&page)).is_ok());
        }
        let page = page_of(&mut input, number, true);
        let _ = tried(&mut restore, |it| it.page(&page));
    }
    judge(&restore, data.len());
}

/// Reads a journal, and makes its changes. Layout: `| flags u8 | entry * |` behind the header of a journal,
/// or with bit 0 of the flags set `| flags u8 | change * |`, a change being a kind, how far its number and
/// its epoch are from those before it, a key and a value.
pub fn check_journal(data: &[u8]) {
    let mut input = Input::new(data);
    let flags = input.byte();
    let mut journal = JOURNAL_HEADER.to_vec();
    if flags & IS_MADE == 0 {
        journal.extend_from_slice(input.bytes(usize::MAX));
    } else {
        let (mut seq, mut epoch) = (0_u64, 0_u64);
        while input.len() > 0 {
            let kind = input.byte();
            seq = seq.wrapping_add_signed(i64::from(input.byte() as i8));
            epoch = epoch.wrapping_add_signed(i64::from(input.byte() as i8));
            let (key, value) = (piece(&mut input), piece(&mut input));
            let change = match kind % 8 {
                0 => Persist::Clear,
                1 => Persist::Mark,
                2 | 3 => Persist::Delete { key },
                _ => Persist::Put { key, value },
            };
            PersistOp { seq, epoch, change }.encode(&mut journal);
        }
    }
    let mut restore = Restore::new();
    if flags & SKIPS_UNKNOWN > 0 {
        restore = restore.skip_unknown();
    }
    let mut again = JOURNAL_HEADER.to_vec();
    let mut reader = JournalReader::new(&journal).expect("it has its header");
    let mut is_over = false;
    while let Some(entry) = reader.next() {
        assert!(!is_over, "an entry behind a fault");
        match entry {
            Ok(op) => {
                op.encode(&mut again);
                let _ = tried(&mut restore, |it| it.apply(&op));
            }
            Err(error) => {
                assert_eq!(error.offset, reader.offset());
                is_over = true;
            }
        }
    }
    // What was read is what is there.
    assert!(again == journal[..reader.offset()]);
    assert_eq!(is_over, reader.offset() < journal.len());
    judge(&restore, data.len());
}

/// All pages of a snapshot.
fn pages_of(state: &SessionState, max_bytes: usize) -> Vec<Vec<u8>> {
    let (mut pages, mut cursor) = (Vec::new(), None);
    loop {
        let mut page = Vec::new();
        cursor = state.snapshot(cursor, max_bytes, &mut page);
        pages.push(page);
        if cursor.is_none() {
            return pages;
        }
    }
}

fn again(pages: &[Vec<u8>]) -> SessionState {
    let mut restore = Restore::new();
    for (at, page) in pages.iter().enumerate() {
        let is_last = restore.page(page).expect("a page that was written");
        assert_eq!(is_last, at + 1 == pages.len());
    }
    SessionState::restore(&restore).expect("it was right").expect("a session")
}

/// A session is put together, or an error says why not; it goes on as any other.
fn judge(restore: &Restore, len: usize) {
    let Ok(Some(state)) = SessionState::restore(restore) else { return };
    // One snapshot is as good as the other.
    let whole = pages_of(&state, usize::MAX);
    for pages in [&whole, &pages_of(&state, 64)] {
        assert_eq!(pages_of(&again(pages), usize::MAX), whole);
    }
    let _ = (state.ends(), state.session_expiry(), state.will(), state.subscriptions().count());
    let now = Instant::from_millis(5_000);
    for version in [Version::V5, Version::V311] {
        let mut config = ClientConfig { version, ..ClientConfig::default() };
        config.session.persist.durability = Durability::Gate;
        let mut client = ClientSession::resume(config, again(&whole));
        client.set_unix_time(now, 1 << 40);
        let connect = Connect { version, client_id: "c", clean_start: false, ..Connect::default() };
        client.connect(now, &connect).expect("a session can connect");
        while client.poll_persist().is_some() {}
        client.persisted(now, client.persist_seq());
        let answer: &[u8] =
            if version == Version::V5 { b"\x20\x03\x01\0\0" } else { b"\x20\x02\x01\0" };
        client.handle_input(now, answer);
        while client.poll_event().is_some() {}
        while client.poll_persist().is_some() {}
        client.persisted(now, client.persist_seq());
        let out = client.transmit().remaining();
        client.transmit().advance(out);
        assert!(client.heap_bytes() < (16 << 20) + 64 * len, "{}", client.heap_bytes());
    }
    let mut config = ServerConfig::default();
    config.session.persist.durability = Durability::Gate;
    let mut server = ServerSession::new(config, now);
    let list = [Property::SessionExpiryInterval(9)];
    let properties = Properties::new(&list);
    let connect = Connect { client_id: "c", clean_start: false, properties, ..Connect::default() };
    let mut bytes = Vec::new();
    let _ = crate::Packet::from(connect).encode(Version::V5, &mut bytes);
    server.handle_input(now, &bytes);
    while server.poll_event().is_some() {}
    let connack = ConnAck { session_present: true, ..ConnAck::default() };
    let mut state = state;
    state.clear_will();
    assert!(state.will().is_none());
    server.accept(now, &connack, Some(state)).expect("a session can be accepted");
    while server.poll_persist().is_some() {}
    server.persisted(now, server.persist_seq());
    server.handle_eof(now);
    while server.poll_event().is_some() {}
    while server.poll_persist().is_some() {}
}
