//! Connections of those who keep to no rules.

use crate::client::QOS;
use crate::world::World;
use mqtt_core::{
    Connect, Packet, PacketId, PubAck, PubComp, PubRec, PubRel, Publish, QoS, Subscribe,
    Subscription, Subscriptions, Version,
};

impl World {
    /// Somebody opens a connection, and writes something.
    pub(crate) fn attack(&mut self) {
        if !self.has_room() {
            return;
        }
        let link = self.open(None, false);
        self.oracle.seen.insert("attack");
        let (number, kind) = (self.number(), self.below(4));
        let mut bytes = Vec::new();
        if kind == 0 {
            let len = self.below(60);
            bytes = (0..len).map(|_| self.below(256) as u8).collect();
        } else {
            let version = self.pick(&[Version::V5, Version::V311]);
            let client_id = &*format!("hostile-{}", number % 4);
            let clean_start = self.below(2) == 0;
            let keep_alive = self.pick(&[0, 3]);
            let connect =
                Connect { version, client_id, clean_start, keep_alive, ..Connect::default() };
            write(connect.into(), version, &mut bytes);
            for _ in 0..self.below(12) {
                self.write_something(version, &mut bytes);
            }
            // Now and then a byte is another one.
            for _ in 0..self.below(3) {
                let at = self.below(bytes.len() as u32) as usize;
                bytes[at] ^= 1 << self.below(8);
            }
        }
        self.links[link].up = bytes;
        if kind == 3 {
            // It takes nothing.
            let room = self.below(200) as usize;
            self.slow_down(link, room);
        }
        self.links[link].ends = self.below(3) > 0 && kind != 3;
    }

    fn write_something(&mut self, version: Version, out: &mut Vec<u8>) {
        let number = self.number();
        let id = PacketId::new(1 + self.below(5) as u16).expect("it is not 0");
        let payload = format!("h{number}");
        let filters = [Subscription::new(self.pick(&["#", "a/#", "h/+"]), QoS::ExactlyOnce)];
        let qos = self.pick(&QOS);
        let packet = match self.below(8) {
            0..3 => Packet::from(Publish {
                topic: self.pick(&["h/a", "h/b", "a/b"]),
                payload: payload.as_bytes(),
                qos,
                retain: self.below(4) == 0,
                packet_id: (qos > QoS::AtMostOnce).then_some(id),
                ..Publish::default()
            }),
            3 => {
                let filters = Subscriptions::new(&filters);
                Packet::from(Subscribe { filters, ..Subscribe::new(id) })
            }
            4 => PubAck::new(id).into(),
            5 => PubRec::new(id).into(),
            6 => PubRel::new(id).into(),
            _ => PubComp::new(id).into(),
        };
        write(packet, version, out);
    }
}

fn write(packet: Packet<'_>, version: Version, out: &mut Vec<u8>) {
    packet.encode(version, out).expect("a packet");
}
