//! What is damaged, missing or made up is refused, and nothing of it is taken.

use crate::{NOW, Side, Store, client_config, open_client};
use mqtt_core::store::{JOURNAL_HEADER, JournalReader, Persist, Restore, StoreErrorKind};
use mqtt_core::{AckMode, ClientSession, Durability, PersistOp, QoS, SessionState};
use std::collections::BTreeMap;

/// A client with messages of all kinds, what it has told, and its journal.
fn client() -> (ClientSession, Store, Vec<u8>) {
    let (mut store, mut journal) = (Store::default(), JOURNAL_HEADER.to_vec());
    let mut client = open_client(client_config(Durability::Report, AckMode::Auto), &mut store);
    // What was told before is not of interest, but that it begins.
    PersistOp { seq: 1, epoch: 0, change: Persist::Clear }.encode(&mut journal);
    let session = store.rows[&b"s"[..]].clone();
    let change = Persist::Put { key: b"s", value: &session };
    PersistOp { seq: 2, epoch: 0, change }.encode(&mut journal);
    assert_eq!(store.seq, 2);
    for (token, qos) in [QoS::ExactlyOnce, QoS::AtLeastOnce, QoS::ExactlyOnce].iter().enumerate() {
        client.send(*qos, token as u64);
    }
    client.input(b"\x50\x02\0\x01\x34\x07\0\x01t\0\x07\0!");
    client.words();
    client.handle_eof(NOW);
    client.words();
    client.send(QoS::AtLeastOnce, 3);
    while let Some(op) = client.poll_persist() {
        op.encode(&mut journal);
        store.apply(&op);
    }
    assert_eq!(store.kinds(), "mmmprs");
    (client, store, journal)
}

/// A snapshot in pages of so many bytes.
fn pages(client: &ClientSession, max_bytes: usize) -> Vec<Vec<u8>> {
    crate::pages(|cursor, out| client.snapshot(cursor, max_bytes, out))
}

fn restored(rows: &BTreeMap<Vec<u8>, Vec<u8>>) -> Result<Option<SessionState>, StoreErrorKind> {
    let mut restore = Restore::new();
    rows.iter().for_each(|(key, value)| restore.put(key, value));
    SessionState::restore(&restore).map_err(|error| error.kind)
}

#[test]
fn a_page_that_is_damaged_anywhere() {
    let page = pages(&client().0, usize::MAX).remove(0);
    for at in 0..page.len() {
        for mask in [1, 0x10, 0x80, 0xFF] {
            let mut page = page.clone();
            page[at] ^= mask;
            let mut restore = Restore::new();
            let error = restore.page(&page).unwrap_err();
            let expected = match at {
                0..4 => StoreErrorKind::NotOurs,
                4 => StoreErrorKind::Format { found: 1 ^ mask },
                // How much is to come is another number.
                28..32 if error.kind == StoreErrorKind::Truncated => StoreErrorKind::Truncated,
                _ => StoreErrorKind::Checksum,
            };
            assert_eq!(error.kind, expected, "{at}");
            assert!(error.offset <= page.len());
            // Nothing has been taken: the right one can come.
            page[at] ^= mask;
            assert_eq!(restore.page(&page), Ok(true));
        }
    }
    for len in 0..page.len() {
        let error = Restore::new().page(&page[..len]).unwrap_err();
        assert_eq!((error.kind, error.offset), (StoreErrorKind::Truncated, len));
    }
    let longer = [&page[..], b"\0"].concat();
    let error = Restore::new().page(&longer).unwrap_err();
    assert_eq!((error.kind, error.offset), (StoreErrorKind::Trailing, page.len()));
}

#[test]
fn pages_in_another_order() {
    let pages = pages(&client().0, 1);
    assert_eq!(pages.len(), 6);
    for wrong in 0..pages.len() {
        for at in 0..pages.len() {
            let mut restore = Restore::new();
            for page in &pages[..at] {
                restore.page(page).unwrap();
            }
            assert_eq!(SessionState::restore(&restore).is_err(), at > 0);
            if wrong == at {
                continue;
            }
            let error = restore.page(&pages[wrong]).unwrap_err();
            let (expected, found) = (at as u64, wrong as u64);
            assert_eq!(error.kind, StoreErrorKind::OutOfOrder { expected, found });
            // It goes on where it was.
            for page in &pages[at..] {
                restore.page(page).unwrap();
            }
            assert!(SessionState::restore(&restore).unwrap().is_some());
        }
    }
    // None comes behind the last, and none of another snapshot.
    let mut restore = Restore::new();
    for page in &pages {
        restore.page(page).unwrap();
    }
    assert!(restore.page(&pages[0]).is_err());
    let (mut other, ..) = client();
    other.send(QoS::AtLeastOnce, 4);
    let mut restore = Restore::new();
    restore.page(&pages[0]).unwrap();
    assert!(restore.page(&self::pages(&other, 1)[1]).is_err());
}

#[test]
fn a_journal_that_is_damaged_anywhere() {
    let (_, store, journal) = client();
    let whole: Vec<_> = JournalReader::new(&journal).unwrap().map(Result::unwrap).collect();
    assert_eq!(whole.len() as u64, store.seq);
    // Where its entries end.
    let mut reader = JournalReader::new(&journal).unwrap();
    let ends: Vec<_> = core::iter::from_fn(|| reader.next().map(|_| reader.offset())).collect();
    for at in 0..journal.len() {
        let mut damaged = journal.clone();
        damaged[at] ^= 0x41;
        let Ok(mut reader) = JournalReader::new(&damaged) else {
            assert!(at < 8);
            continue;
        };
        let before = ends.iter().filter(|end| **end <= at).count();
        for op in &whole[..before] {
            assert_eq!(reader.next(), Some(Ok(*op)));
        }
        let error = reader.next().unwrap().unwrap_err();
        assert_eq!(error.offset, reader.offset());
        assert!(matches!(error.kind, StoreErrorKind::Checksum | StoreErrorKind::Truncated));
        assert_eq!(reader.next(), None);
    }
    for len in 8..journal.len() {
        let mut reader = JournalReader::new(&journal[..len]).unwrap();
        let count = reader.by_ref().take_while(Result::is_ok).count();
        assert_eq!(count, ends.iter().filter(|end| **end <= len).count());
        let start = reader.offset();
        assert!(start == len || ends.contains(&start) || start == 8);
    }
    for len in 0..8 {
        assert!(JournalReader::new(&journal[..len]).is_err());
    }
    for format in [0, 2] {
        let mut journal = journal.clone();
        journal[7] = format;
        let error = JournalReader::new(&journal).unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Format { found: format });
    }
}

#[test]
fn changes_in_another_order() {
    let (client, _, journal) = client();
    let ops: Vec<_> = JournalReader::new(&journal).unwrap().map(Result::unwrap).collect();
    let restore_of = |count: usize| {
        let mut restore = Restore::new();
        ops[..count].iter().for_each(|op| restore.apply(op).unwrap());
        restore
    };
    for at in 2..ops.len() {
        let mut restore = restore_of(at);
        // Twice, or before its time.
        for wrong in [at - 1, at + 1] {
            let Some(op) = ops.get(wrong) else { continue };
            let kind = restore.apply(op).unwrap_err().kind;
            let (expected, found) = (at as u64 + 1, op.seq);
            assert_eq!(kind, StoreErrorKind::OutOfOrder { expected, found });
        }
        // Another owner has been there.
        restore.apply(&PersistOp { epoch: 3, ..ops[at] }).unwrap();
        let kind = restore.apply(&PersistOp { seq: at as u64 + 2, ..ops[at] }).unwrap_err().kind;
        assert_eq!(kind, StoreErrorKind::Epoch { expected: 3, found: 0 });
    }
    // With a snapshot those that it has may come again, from any of them on.
    let page = pages(&client, usize::MAX).remove(0);
    let mut whole = Vec::new();
    for from in 0..=ops.len() {
        let mut restore = Restore::new();
        restore.page(&page).unwrap();
        ops[from..].iter().for_each(|op| restore.apply(op).unwrap());
        whole.clear();
        SessionState::restore(&restore).unwrap().unwrap().snapshot(None, usize::MAX, &mut whole);
        assert_eq!(whole, page);
    }
    // Numbers beyond all counting.
    let mut restore = restore_of(2);
    let wrong = PersistOp { seq: u64::MAX, ..ops[2] };
    assert!(matches!(restore.apply(&wrong).unwrap_err().kind, StoreErrorKind::OutOfOrder { .. }));
    let clear = PersistOp { seq: u64::MAX, epoch: 0, change: Persist::Clear };
    assert!(Restore::new().apply(&clear).is_err());
    let mut restore = Restore::new();
    restore.at(0, u64::MAX);
    restore.apply(&ops[2]).unwrap();
    assert!(restore.apply(&wrong).is_err());
}

#[test]
fn values_that_are_damaged() {
    let (_, store, _) = client();
    for (key, value) in &store.rows {
        let with = |value: &[u8]| {
            let mut rows = store.rows.clone();
            rows.insert(key.clone(), value.to_vec());
            restored(&rows)
        };
        for format in [0, 2] {
            let mut value = value.clone();
            value[0] = format;
            assert_eq!(with(&value).unwrap_err(), StoreErrorKind::Format { found: format });
        }
        for len in 0..value.len() {
            let kind = with(&value[..len]).unwrap_err();
            assert_eq!(kind, StoreErrorKind::Value { kind: key[0] }, "{key:?}: {len}");
        }
        // Most changes are seen; none does harm.
        for at in 0..value.len() {
            let mut value = value.clone();
            value[at] ^= 0x40;
            let _ = with(&value);
        }
        if key[0] != b'm' {
            assert!(with(&[&value[..], b"\0"].concat()).is_err());
        }
        let mut rows = store.rows.clone();
        rows.remove(key);
        assert_eq!(restored(&rows).is_err(), key[0] == b's', "{key:?}");
    }
}

#[test]
fn rows_that_contradict_each_other() {
    use StoreErrorKind::{Contradiction, UnknownKey, Value};
    let (_, store, _) = client();
    let order = |kind: u8, order: u64| [&[kind][..], &order.to_be_bytes()].concat();
    let with = |key: &[u8], value: &[u8]| {
        let mut rows = store.rows.clone();
        rows.insert(key.to_vec(), value.to_vec());
        restored(&rows).map(|state| state.is_some())
    };
    let open = |id: u8| [&[1, 1, 0, id, 0][..], &[0; 8]].concat();
    let waits = [&[1, 0, 0, 0, 0][..], &[0; 8]].concat();
    let released = |id: u8| [&[1, 2, 0, id, 0][..], &[0; 8]].concat();
    let publish = |packet: &[u8], id: u8| [&[1, 1, 5, 0, id][..], &[0; 16], packet].concat();
    // Two under one identifier.
    let second = store.rows[&order(b'm', 2)].clone();
    assert_eq!(with(&order(b'm', 4), &second), Err(Contradiction { kind: b'm' }));
    assert_eq!(with(&order(b'p', 4), &open(3)), Err(Contradiction { kind: b'm' }));
    assert_eq!(with(&order(b'p', 9), &released(3)), Err(Contradiction { kind: b'p' }));
    // PUBREL for a message of QoS 1.
    assert_eq!(with(&order(b'p', 2), &released(9)), Err(Contradiction { kind: b'p' }));
    // What is left of a message that is done says nothing.
    assert_eq!(with(&order(b'p', 9), &open(3)), Ok(true));
    // No order, or one that nobody comes to.
    for wrong in [0, u64::MAX, 1 << 63] {
        assert_eq!(with(&order(b'm', wrong), &second), Err(Value { kind: b'm' }));
        assert_eq!(with(&order(b'p', wrong), &open(9)), Err(Value { kind: b'p' }));
    }
    // Other packets, other identifiers, QoS 0, DUP, more than one packet.
    let good = b"\x32\x06\0\x01t\0\x09\0";
    assert_eq!(with(&order(b'm', 3), &publish(good, 9)), Ok(true));
    for (packet, id) in [
        (&b"\x40\x02\0\x09"[..], 9),
        (good, 8),
        (b"\x30\x04\0\x01t\0", 9),
        (b"\x3A\x06\0\x01t\0\x09\0", 9),
        (b"\x32\x06\0\x01t\0\x09\0\xC0\0", 9),
        (b"\x32\x06\0\x01#\0\x09\0", 9),
        (b"\x32\x05\0\x01t\0\x09\0", 9),
    ] {
        let result = with(&order(b'm', 3), &publish(packet, id));
        assert_eq!(result, Err(Value { kind: b'm' }), "{packet:x?}");
    }
    // One that is open behind one that waits: they go out in their order.
    assert_eq!(with(&order(b'm', 9), &publish(good, 9)), Err(Contradiction { kind: b'm' }));
    assert_eq!(with(&order(b'p', 2), &waits), Err(Contradiction { kind: b'm' }));
    // Phases and identifiers that are none.
    assert_eq!(
        with(&order(b'p', 2), &[1, 3, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        Err(Value { kind: b'p' })
    );
    assert_eq!(with(&order(b'p', 2), &open(0)), Err(Value { kind: b'p' }));
    assert_eq!(
        with(&order(b'p', 2), &[&[1, 0, 0, 9, 0][..], &[0; 8]].concat()),
        Err(Value { kind: b'p' })
    );
    assert_eq!(with(b"r\0\0", b"\x01"), Err(Value { kind: b'r' }));
    // Filters, options, wills.
    assert_eq!(with(b"ta/+", b"\x01\x01\0\0\0\x05"), Ok(true));
    for (filter, value) in [
        (&b"ta/#/b"[..], &b"\x01\x01\0\0\0\x05"[..]),
        (b"ta", b"\x01\x03\0\0\0\x05"),
        (b"ta", b"\x01\x01\xFF\0\0\x05"),
        (b"t\xFF", b"\x01\x01\0\0\0\x05"),
        (b"t", b"\x01\x01\0\0\0\x05"),
    ] {
        assert_eq!(with(filter, value), Err(Value { kind: b't' }), "{filter:x?}");
    }
    for will in
        [&b"\x01\x05"[..], b"\x01\x05\xC0\0", b"\x01\x05\x10\x0D\0\x04MQTT\x05\x02\0\0\0\0\0"]
    {
        assert_eq!(with(b"w", will), Err(Value { kind: b'w' }));
    }
    // Keys of other kinds, which may be skipped.
    for key in [&b"x"[..], b"", b"s2", b"w\0", b"\xFF"] {
        let kind = key.first().copied().unwrap_or(0);
        assert_eq!(with(key, b"\x02"), Err(UnknownKey { kind }), "{key:?}");
        let mut restore = Restore::new().skip_unknown();
        store.rows.iter().for_each(|(key, value)| restore.put(key, value));
        restore.put(key, b"\x02");
        assert_eq!(SessionState::restore(&restore).unwrap().unwrap().open_messages(), 3);
    }
    // Skipping does not excuse values of keys that are known.
    let mut restore = Restore::new().skip_unknown();
    restore.put(b"s", b"\x02");
    let kind = SessionState::restore(&restore).unwrap_err().kind;
    assert_eq!(kind, StoreErrorKind::Format { found: 2 });
}
