//! rumqttc 0.25: what its event loop does with `MqttState` and its codec, without the socket. Bytes are
//! added to a `BytesMut`, and packets read from it; answers are written to another; events are taken from
//! the state's queue. The state reads the clock for each packet. A message is made as its client makes it,
//! from the text of the topic; the payload is shared.

use bytes::{Bytes, BytesMut};
use mqtt_benches::corpus::{Protocol, TOPIC};
use mqtt_benches::sessions::Engine;
use mqtt_benches::visit::Visit;
use std::hint::black_box;

/// As in the options of its client, where 100 is the default.
const MAX_INFLIGHT: u16 = 100;
/// As in the buffers of its transport.
const BUFFER: usize = 8 * 1024;

mod v4 {
    pub(super) use crate::codec::peer::rumqttc::visit_v4 as visit;
    use bytes::Bytes;
    pub(super) use rumqttc::{Event, MqttState, Packet, Publish, QoS, Request};

    pub(super) const NO_LIMIT: usize = usize::MAX;

    #[inline]
    pub(super) fn publish(qos: QoS, payload: &Bytes) -> Publish {
        Publish::from_bytes(super::TOPIC, qos, payload.clone())
    }
}

mod v5 {
    pub(super) use crate::codec::peer::rumqttc::visit_v5 as visit;
    use bytes::Bytes;
    pub(super) use rumqttc::v5::mqttbytes::QoS;
    pub(super) use rumqttc::v5::mqttbytes::v5::{Packet, Publish};
    pub(super) use rumqttc::v5::{Event, MqttState, Request};

    pub(super) const NO_LIMIT: Option<u32> = None;

    #[inline]
    pub(super) fn publish(qos: QoS, payload: &Bytes) -> Publish {
        Publish::new(super::TOPIC, qos, payload.clone(), None)
    }
}

macro_rules! engine {
    ($name:ident, $version:ident) => {
        pub(super) struct $name {
            state: $version::MqttState,
            input: BytesMut,
            output: BytesMut,
            payload: Bytes,
        }

        impl Engine for $name {
            fn open(_protocol: Protocol, payload: &'static [u8]) -> Self {
                $name {
                    state: $version::MqttState::new(MAX_INFLIGHT, false),
                    input: BytesMut::with_capacity(BUFFER),
                    output: BytesMut::with_capacity(BUFFER),
                    payload: Bytes::copy_from_slice(payload),
                }
            }

            #[inline]
            fn publish<W: Visit>(&mut self, qos: u8, _wire: &mut W) -> u16 {
                use $version::{Packet, QoS, Request};
                let qos = if qos == 1 { QoS::AtLeastOnce } else { QoS::ExactlyOnce };
                let request = Request::Publish(black_box($version::publish(qos, &self.payload)));
                match self.state.handle_outgoing_packet(request) {
                    Ok(Some(packet @ Packet::Publish(_))) => {
                        packet.write(&mut self.output, $version::NO_LIMIT).expect("it is legal");
                        let Packet::Publish(publish) = packet else { unreachable!() };
                        publish.pkid
                    }
                    other => panic!("there is room: {other:?}"),
                }
            }

            #[inline]
            fn receive<E: Visit, W: Visit>(
                &mut self,
                input: &[u8],
                events: &mut E,
                _wire: &mut W,
            ) -> usize {
                use $version::{Event, Packet};
                self.input.extend_from_slice(input);
                while !self.input.is_empty() {
                    let packet = Packet::read(&mut self.input, $version::NO_LIMIT).expect("whole");
                    let answer = self.state.handle_incoming_packet(packet).expect("legal");
                    if let Some(answer) = answer {
                        answer.write(&mut self.output, $version::NO_LIMIT).expect("legal");
                    }
                }
                let mut done = 0;
                while let Some(event) = self.state.events.pop_front() {
                    if let Event::Incoming(packet) = &event {
                        $version::visit(black_box(packet), events);
                        done += usize::from(!matches!(packet, Packet::PubRec(_)));
                    }
                }
                done
            }

            #[inline]
            fn flush<W: Visit>(&mut self, wire: &mut W) {
                if !self.output.is_empty() {
                    wire.bytes(&self.output);
                    self.output.clear();
                }
            }
        }
    };
}

engine!(V4, v4);
engine!(V5, v5);
