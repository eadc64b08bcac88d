//! Room for changes, and for what waits for them.

use crate::{NOW, Side, Store, client_config, open_client};
use bytes::{Buf, Bytes};
use mqtt_core::{
    AckMode, ClientConfig, ClientSession, Durability, Event, PacketId, Publish, PublishStatus, QoS,
    Subscribe, Subscription, Subscriptions, UsageError, WhenFull, WouldBlock,
};
use std::collections::VecDeque;

fn config(max_ops: usize, max_bytes: usize) -> ClientConfig {
    let mut config = client_config(Durability::Gate, AckMode::Auto);
    (config.session.persist.max_ops, config.session.persist.max_bytes) = (max_ops, max_bytes);
    config
}

#[test]
fn room_for_one_change_at_least() {
    for (max_ops, max_bytes) in [(0, usize::MAX), (usize::MAX, 0), (0, 0)] {
        let mut store = Store::default();
        let mut client = open_client(config(max_ops, max_bytes), &mut store);
        assert!(client.is_connected());
        client.send(QoS::AtLeastOnce, 1);
        client.ops(&mut store);
        client.is_safe(store.seq);
        assert_eq!(client.output(), b"\x32\x07\0\x01t\0\x01\0!");
    }
}

fn subscribe(client: &mut ClientSession) -> Result<PacketId, UsageError> {
    let filters = [Subscription::new("t", QoS::AtMostOnce)];
    let filters = Subscriptions::new(&filters);
    client.subscribe(NOW, &Subscribe { filters, ..Subscribe::new(PacketId::MIN) }, 9)
}

#[test]
fn what_there_is_no_room_for() {
    let mut config = config(1, usize::MAX);
    config.session.max_output = 27;
    let mut store = Store::default();
    let mut client = open_client(config, &mut store);
    client.send(QoS::AtLeastOnce, 1);
    // The store is behind: so are messages, of QoS 0 too.
    let publish = Publish { topic: "t", ..Publish::default() };
    let refused = client.publish(NOW, &publish, 2, WhenFull::Reject);
    assert_eq!(refused, Err(UsageError::WouldBlock(WouldBlock::Persist)));
    // A request changes nothing that is stored.
    assert!(subscribe(&mut client).is_ok());
    assert!(subscribe(&mut client).is_ok());
    assert_eq!(subscribe(&mut client), Err(UsageError::WouldBlock(WouldBlock::Output)));
    assert_eq!(client.poll_event(), None);
    client.ops(&mut store);
    client.is_safe(store.seq);
    client.output();
    assert_eq!(client.poll_event(), Some(Event::Writable));
    assert!(subscribe(&mut client).is_ok());
}

/// What is to come out, kept in the simplest way.
#[derive(Default)]
struct Naive {
    out: Vec<u8>,
    held: VecDeque<(u64, Vec<u8>)>,
    next_id: u16,
}

impl Naive {
    fn packet(&mut self, qos: QoS, payload: &[u8]) -> Vec<u8> {
        let id = (qos > QoS::AtMostOnce).then(|| {
            self.next_id += 1;
            PacketId::new(self.next_id).unwrap()
        });
        let publish = Publish { topic: "t", qos, payload, packet_id: id, ..Publish::default() };
        crate::bytes_of(publish)
    }
}

/// True if the pieces of what is to be sent are these bytes, as far as there are places for them.
#[cfg(feature = "std")]
fn in_pieces(client: &mut ClientSession, mut rest: &[u8]) -> bool {
    let mut slices = [std::io::IoSlice::new(&[]); 64];
    let ready = client.transmit();
    let count = ready.chunks_vectored(&mut slices);
    slices[..count].iter().all(|piece| {
        let fits = rest.starts_with(piece);
        rest = rest.get(piece.len()..).unwrap_or_default();
        fits
    })
}

/// The same of the first one.
#[cfg(not(feature = "std"))]
fn in_pieces(client: &mut ClientSession, rest: &[u8]) -> bool {
    rest.starts_with(client.transmit().chunk())
}

/// Messages that wait, others that pass them, commits of some, and a transport that takes some: all comes out in
/// its order.
#[test]
fn what_passes_and_what_waits() {
    let mut seed = 1_u64;
    let mut below = |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % most
    };
    let rounds = if cfg!(miri) { 2 } else { 60 };
    for round in 0..rounds {
        let mut store = Store::default();
        let mut client = open_client(config(usize::MAX, usize::MAX), &mut store);
        let (mut naive, mut out) = (Naive::default(), Vec::new());
        let weights = [1 + below(6), below(6), below(4), below(6)];
        for step in 0..150_u64 {
            let mut at = below(weights.iter().sum());
            let what = weights.iter().position(|weight| {
                let is_it = at < *weight;
                at = at.saturating_sub(*weight);
                is_it
            });
            let what = what.unwrap();
            if what < 2 {
                let qos = [QoS::AtLeastOnce, QoS::AtMostOnce][what];
                // Some are not copied.
                let len = [1, 9, 100, 3_000][below(4) as usize];
                let payload = Bytes::from(vec![step as u8; len]);
                let publish = Publish { topic: "t", qos, ..Publish::default() };
                let status =
                    client.publish_bytes(NOW, &publish, &payload, step, WhenFull::Reject).unwrap();
                assert!(matches!(status, PublishStatus::Sent(_)));
                let packet = naive.packet(qos, &payload);
                client.ops(&mut store);
                match qos {
                    QoS::AtMostOnce => naive.out.extend(packet),
                    _ => naive.held.push_back((store.seq, packet)),
                }
            } else if what == 2 {
                let most = naive.held.len() as u64;
                let count = if most > 0 { below(most + 1) } else { 0 };
                for _ in 0..count {
                    let (seq, packet) = naive.held.pop_front().unwrap();
                    naive.out.extend(packet);
                    client.is_safe(seq);
                }
            } else {
                let mut ready = client.transmit();
                let most = ready.remaining() as u64;
                let some = if below(2) == 0 { most } else { below(most + 1) };
                out.extend(ready.copy_to_bytes(some as usize));
            }
            assert_eq!(client.transmit().remaining(), naive.out.len() - out.len(), "{round}");
            let rest = &naive.out[out.len()..];
            assert!(in_pieces(&mut client, rest), "round {round}, step {step}");
        }
        client.is_safe(store.seq);
        out.extend(client.output());
        naive.held.into_iter().for_each(|(_, packet)| naive.out.extend(packet));
        assert!(out == naive.out, "round {round}");
    }
}
