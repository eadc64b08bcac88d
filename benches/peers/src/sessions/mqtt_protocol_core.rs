//! mqtt-protocol-core 0.7: `Connection` of a client that answers by itself, and whose session is kept, for
//! else it would not keep messages until they are acknowledged. What it asks to send is written by
//! `to_continuous_buffer`, as its examples do. The payload is shared.

use crate::codec::peer::mqtt_protocol_core::visit;
use mqtt_benches::corpus::{Protocol, TOPIC};
use mqtt_benches::sessions::Engine;
use mqtt_benches::visit::{Record, Visit};
use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::Event;
use mqtt_protocol_core::mqtt::packet::{
    GenericPacketTrait, Packet, Qos, SessionExpiryInterval, v3_1_1, v5_0,
};
use mqtt_protocol_core::mqtt::{ArcPayload, Connection, IntoPayload, Version, role};
use std::hint::black_box;

pub(super) struct Client {
    connection: Connection<role::Client>,
    protocol: Protocol,
    payload: ArcPayload,
}

const CLIENT_ID: &str = "gateway-north-0042-a7f3c2";

impl Engine for Client {
    fn open(protocol: Protocol, payload: &'static [u8]) -> Self {
        let version = match protocol {
            Protocol::V311 => Version::V3_1_1,
            Protocol::V5 => Version::V5_0,
        };
        let mut connection = Connection::new(version);
        connection.set_auto_pub_response(true);
        let (connect, connack): (Packet, &[u8]) = match protocol {
            Protocol::V311 => {
                let connect = v3_1_1::Connect::builder().clean_session(false);
                let connect = connect.client_id(CLIENT_ID).expect("it is legal");
                (connect.build().expect("it is legal").into(), b"\x20\x02\0\0")
            }
            Protocol::V5 => {
                let expiry = SessionExpiryInterval::new(3_600).expect("it is legal");
                let connect = v5_0::Connect::builder().clean_start(true).props(vec![expiry.into()]);
                let connect = connect.client_id(CLIENT_ID).expect("it is legal");
                (connect.build().expect("it is legal").into(), b"\x20\x03\0\0\0")
            }
        };
        assert!(matches!(connection.send(connect)[..], [Event::RequestSendPacket { .. }, ..]));
        let events = connection.recv(&mut Cursor::new(connack));
        assert!(matches!(events[..], [Event::NotifyPacketReceived(_), ..]));
        Client { connection, protocol, payload: payload.into_payload() }
    }

    #[inline]
    fn publish<W: Visit>(&mut self, qos: u8, wire: &mut W) -> u16 {
        let id = self.connection.acquire_packet_id().expect("one is free");
        let qos = if qos == 1 { Qos::AtLeastOnce } else { Qos::ExactlyOnce };
        let payload = self.payload.clone();
        let packet: Packet = match self.protocol {
            Protocol::V311 => {
                let publish = v3_1_1::Publish::builder().topic_name(TOPIC).expect("it is legal");
                let publish = publish.qos(qos).packet_id(id).payload(payload).build();
                publish.expect("it is legal").into()
            }
            Protocol::V5 => {
                let publish = v5_0::Publish::builder().topic_name(TOPIC).expect("it is legal");
                let publish = publish.qos(qos).packet_id(id).payload(payload).build();
                publish.expect("it is legal").into()
            }
        };
        let events = self.connection.send(black_box(packet));
        handle(events, &mut Record::default(), wire);
        id
    }

    #[inline]
    fn receive<E: Visit, W: Visit>(&mut self, input: &[u8], events: &mut E, wire: &mut W) -> usize {
        let mut cursor = Cursor::new(input);
        let mut done = 0;
        while (cursor.position() as usize) < input.len() {
            done += handle(self.connection.recv(&mut cursor), events, wire);
        }
        done
    }

    fn flush<W: Visit>(&mut self, _wire: &mut W) {}
}

/// How many messages have come or are done.
#[inline]
fn handle<E: Visit, W: Visit>(list: Vec<Event>, events: &mut E, wire: &mut W) -> usize {
    let mut done = 0;
    for event in &list {
        match event {
            Event::NotifyPacketReceived(packet) => {
                visit(black_box(packet), events);
                let is_rec = matches!(packet, Packet::V3_1_1Pubrec(_) | Packet::V5_0Pubrec(_));
                done += usize::from(!is_rec);
            }
            Event::RequestSendPacket { packet, .. } => wire.bytes(&packet.to_continuous_buffer()),
            Event::NotifyPacketIdReleased(_) => {}
            other => panic!("not in the exchanges: {other}"),
        }
    }
    done
}
