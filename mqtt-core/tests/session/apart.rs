//! Payloads that are handed over and not copied.

use crate::kit::{Peer, Session, Setup, both, bytes, written};
use bytes::{Buf, Bytes};
use mqtt_core::{
    Packet, PacketId, Properties, Property, Publish, PublishStatus, QoS, UsageError, Version,
    WhenFull,
};
use std::io::IoSlice;

/// What is sent, when the transport takes pieces of every size.
fn taken<S: Session>(it: &mut Peer<S>, at_once: usize) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let mut out = it.session.transmit();
        if !out.has_remaining() {
            return all;
        }
        let mut slices = [IoSlice::new(&[]); 4];
        let count = out.chunks_vectored(&mut slices);
        assert!(slices[..count].iter().all(|slice| !slice.is_empty()));
        assert_eq!(&slices[0][..], out.chunk());
        let seen: usize = slices[..count].iter().map(|slice| slice.len()).sum();
        assert!(seen <= out.remaining() && (count == 4 || seen == out.remaining()));
        let len = at_once.min(seen);
        let pieces = slices[..count].iter().flat_map(|slice| slice.iter());
        all.extend(pieces.take(len));
        out.advance(len);
    }
}

fn payload(len: usize) -> Bytes {
    (0..len).map(|at| at as u8).collect()
}

/// Messages of every QoS and of lengths about the one from which payloads are not copied: the bytes are
/// those of payloads that are.
#[test]
fn the_bytes_are_the_same() {
    fn case<S: Session>(version: Version) {
        for at_once in [13, 2048, usize::MAX] {
            let (mut one, mut other) = (S::up(&Setup::new(version)), S::up(&Setup::new(version)));
            let lens = [0, 10, 2047, 2048, 2049, 20_000, 3, 5_000, 5_000];
            for (token, len) in lens.into_iter().enumerate() {
                let qos = QoS::try_from(token as u8 % 3).unwrap();
                let body = payload(len);
                let publish = Publish { topic: "t", qos, ..Publish::default() };
                let now = one.now();
                let token = token as u64;
                let status =
                    one.session.send_bytes(now, &publish, &body, token, WhenFull::Queue).unwrap();
                let publish = Publish { payload: &body, ..publish };
                let same = other.session.send(now, &publish, token, WhenFull::Queue).unwrap();
                assert_eq!(status, same);
            }
            assert_eq!(taken(&mut one, at_once), other.output());
            // Those of QoS 1 and 2 once more.
            let setup = Setup::new(version);
            let (mut one, mut other) = (S::next(one, &setup, true), S::next(other, &setup, true));
            assert_eq!(one.events(), other.events());
            assert_eq!(taken(&mut one, at_once), other.output());
        }
    }
    both!(case: V5, V311, V31);
}

#[test]
fn a_payload_is_kept_and_not_copied() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        let body = payload(100_000);
        let publish = Publish { topic: "t", qos: QoS::AtLeastOnce, ..Publish::default() };
        let now = it.now();
        it.session.send_bytes(now, &publish, &body, 1, WhenFull::Queue).unwrap();
        let mut out = it.session.transmit();
        out.advance(out.chunk().len());
        assert_eq!(out.chunk().as_ptr(), body.as_ptr());
        assert_eq!(out.remaining(), 100_000);
        out.advance(100_000);
        assert!(!body.is_unique());
        it.gets("40 02 00 01", &["published 1 #1"], "");
        assert!(body.is_unique());
    }
    both!(case: V5, V311, V31);
}

#[test]
fn it_waits_expires_and_gets_an_alias_like_others() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version)
            .peer(Property::ReceiveMaximum(1))
            .peer(Property::TopicAliasMaximum(2));
        setup.session.max_auto_aliases = 2;
        let mut it = S::up(&setup);
        let body = payload(3_000);
        let list = [
            Property::ContentType("x"),
            Property::UserProperty("\u{2}", "b"),
            Property::MessageExpiryInterval(10),
            Property::UserProperty("a", "b"),
        ];
        let properties = Properties::new(&list);
        let publish =
            Publish { topic: "t", qos: QoS::AtLeastOnce, properties, ..Publish::default() };
        let now = it.now();
        for token in [1, 2] {
            it.session.send_bytes(now, &publish, &body, token, WhenFull::Queue).unwrap();
        }
        let with = |topic, id, seconds, alias| {
            let mut list = list.to_vec();
            list[2] = Property::MessageExpiryInterval(seconds);
            list.push(Property::TopicAlias(alias));
            let (packet_id, properties) = (PacketId::new(id), Properties::new(&list));
            let publish = Publish { topic, packet_id, properties, payload: &body, ..publish };
            written(version, Packet::from(publish))
        };
        assert_eq!(it.output(), with("t", 1, 10, 1));
        it.at(4_000);
        it.receive(&bytes("40 02 00 01"));
        it.tells(&["published 1 #1"]);
        assert_eq!(it.output(), with("", 2, 6, 1));
    }
    both!(case: V5);
}

#[test]
fn it_counts_with_all_its_bytes() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version).peer(Property::MaximumPacketSize(5_000));
        setup.session.queue.max_bytes = 5_000;
        setup.session.max_output = 3_000;
        let mut it = S::up(&setup);
        let publish = Publish { topic: "t", ..Publish::default() };
        let now = it.now();
        let mut send =
            |len| it.session.send_bytes(now, &publish, &payload(len), 1, WhenFull::Queue);
        assert_eq!(send(5_000), Err(UsageError::PacketTooLarge { max: 5_000 }));
        assert_eq!(send(3_000), Ok(PublishStatus::Sent(None)));
        // The output is full.
        assert_eq!(send(3_000), Ok(PublishStatus::Queued));
        assert!(matches!(send(3_000), Err(UsageError::WouldBlock(_))));
        assert!(it.session.heap_bytes() >= 6_000);
        assert_eq!(it.output().len(), 2 * (3_000 + 7));
        let publish = Publish { payload: b"!", ..publish };
        let both = it.session.send_bytes(now, &publish, &payload(9), 1, WhenFull::Queue);
        assert_eq!(both, Err(UsageError::NotAllowed));
    }
    both!(case: V5);
}
