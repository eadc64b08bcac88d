//! mqttrs 0.4: borrows from the input, 3.1.1 only. It does not report how long a packet was, so
//! the caller reads the fixed header again to step to the next one; that is inside the clock.

use crate::codec::job::{Decode, Encode, Room, frame};
use mqtt_benches::corpus::{Case, Protocol, sample};
use mqtt_benches::visit::Visit;
use mqttrs::{Packet, Pid, QosPid, decode_slice, encode_slice};
use std::hint::black_box;

pub(super) struct Decoder;

impl Decode for Decoder {
    type Input = Vec<u8>;

    fn decode_all<V: Visit>(input: &mut Vec<u8>, visitor: &mut V) {
        let mut rest = &input[..];
        while !rest.is_empty() {
            match &decode_slice(rest) {
                Ok(Some(packet)) => visit(black_box(packet), visitor),
                other => panic!("the corpus holds whole, well-formed packets: {other:?}"),
            }
            rest = &rest[frame(rest).2..];
        }
    }
}

#[inline]
fn visit<V: Visit>(packet: &Packet<'_>, visitor: &mut V) {
    let id = |visitor: &mut V, pid: Pid| visitor.int(u16::from(pid).into());
    match packet {
        Packet::Publish(publish) => {
            visitor.int(publish.dup.into());
            visitor.int(publish.retain.into());
            visitor.text(publish.topic_name);
            match publish.qospid {
                QosPid::AtMostOnce => visitor.int(0),
                QosPid::AtLeastOnce(pid) => {
                    visitor.int(1);
                    id(visitor, pid);
                }
                QosPid::ExactlyOnce(pid) => {
                    visitor.int(2);
                    id(visitor, pid);
                }
            }
            visitor.bytes(publish.payload);
        }
        Packet::Puback(pid) => id(visitor, *pid),
        Packet::Subscribe(subscribe) => {
            id(visitor, subscribe.pid);
            for topic in &subscribe.topics {
                visitor.text(&topic.topic_path);
                visitor.int(topic.qos as u64);
            }
        }
        Packet::Connect(connect) => {
            visitor.int(connect.clean_session.into());
            visitor.int(connect.keep_alive.into());
            visitor.text(connect.client_id);
            if let Some(will) = &connect.last_will {
                visitor.int(will.qos as u64);
                visitor.int(will.retain.into());
                visitor.text(will.topic);
                visitor.bytes(will.message);
            }
            if let Some(username) = connect.username {
                visitor.text(username);
            }
            if let Some(password) = connect.password {
                visitor.bytes(password);
            }
        }
        Packet::Pingreq => {}
        other => panic!("not in the corpus: {other:?}"),
    }
}

/// `encode_slice`, each packet behind the last in one slice.
pub(super) struct Encoder {
    packets: Vec<Packet<'static>>,
    out: Room,
}

impl Encode for Encoder {
    fn new(protocol: Protocol, case: Case) -> Self {
        let mut rest = &sample(protocol, case).bytes[..];
        let out = Room::new(rest.len());
        let mut packets = Vec::new();
        while !rest.is_empty() {
            packets.push(decode_slice(rest).expect("well-formed").expect("whole"));
            rest = &rest[frame(rest).2..];
        }
        Encoder { packets, out }
    }

    fn prepare(&mut self, _repeats: usize) {}

    fn run(&mut self, repeats: usize, append: bool) -> u64 {
        let out = self.out.slice();
        let mut end = 0;
        for _ in 0..repeats {
            for packet in black_box(&self.packets) {
                let start = if append { end } else { 0 };
                end = start + encode_slice(packet, &mut out[start..]).expect("room");
            }
        }
        black_box(&out);
        end as u64
    }

    fn output(&mut self) -> Vec<u8> {
        let len = self.run(1, true) as usize;
        self.out.slice()[..len].to_vec()
    }
}
