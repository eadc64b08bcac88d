//! Our own codec, driven over the corpus: the code that every bench and the instruction counter run.

use crate::corpus::Protocol;
use crate::visit::Visit;
use core::hint::black_box;
use mqtt_core::{
    DecodeError, DecodeOptions, Decoded, EncodeError, Packet, Properties, Property, Publish,
    Status, Subscription, Subscriptions, Version, decode,
};

/// Our name of a protocol version.
pub fn version(protocol: Protocol) -> Version {
    match protocol {
        Protocol::V311 => Version::V311,
        Protocol::V5 => Version::V5,
    }
}

/// Decodes every packet in `stream` and visits all that each one holds.
pub fn decode_all<V: Visit>(stream: &[u8], protocol: Protocol, visitor: &mut V) {
    let version = version(protocol);
    let mut rest = stream;
    while !rest.is_empty() {
        // By reference, so that what is charged is decoding and not moving the result about.
        match &decode(rest, Some(version), &DecodeOptions::DEFAULT) {
            Ok(Status::Complete(decoded)) => {
                // First, so that the next packet need not wait for this one to be read.
                rest = &rest[decoded.consumed..];
                visit(black_box(&decoded.packet), version, visitor);
            }
            other => panic!("the corpus holds whole, well-formed packets: {other:?}"),
        }
    }
}

/// What `decode` gives.
type Outcome<'a> = Result<Status<Decoded<'a>>, DecodeError>;

/// Decodes every packet in `stream` and looks at nothing; gives how many there are.
pub fn read_all(stream: &[u8], protocol: Protocol) -> usize {
    read_each(stream, |rest| decode(rest, Some(version(protocol)), &DecodeOptions::DEFAULT))
}

/// The same with a call for each packet, as other languages have to do it.
pub fn read_all_called(stream: &[u8], protocol: Protocol) -> usize {
    #[inline(never)]
    fn call<'a>(input: &'a [u8], version: Option<Version>, options: &DecodeOptions) -> Outcome<'a> {
        decode(input, version, options)
    }

    let options = black_box(&DecodeOptions::DEFAULT);
    read_each(stream, |rest| call(rest, Some(version(protocol)), options))
}

#[inline(always)]
fn read_each<'a>(stream: &'a [u8], decode: impl Fn(&'a [u8]) -> Outcome<'a>) -> usize {
    let mut count = 0;
    let mut rest = stream;
    while !rest.is_empty() {
        match &decode(rest) {
            Ok(Status::Complete(decoded)) => {
                rest = &rest[decoded.consumed..];
                black_box(&decoded.packet);
            }
            other => panic!("the corpus holds whole, well-formed packets: {other:?}"),
        }
        count += 1;
    }
    count
}

/// Visits every value of `packet`; lazy lists are walked to their end.
#[inline]
pub fn visit<V: Visit>(packet: &Packet<'_>, version: Version, visitor: &mut V) {
    match packet {
        Packet::Publish(publish) => visit_publish(publish, visitor),
        Packet::PubAck(ack) => {
            visitor.int(ack.packet_id.get().into());
            if version == Version::V5 {
                visitor.int(ack.reason.0.into());
            }
            visit_properties(&ack.properties, visitor);
        }
        Packet::Subscribe(subscribe) => {
            visitor.int(subscribe.packet_id.get().into());
            visit_properties(&subscribe.properties, visitor);
            for Subscription { filter, options, .. } in subscribe.filters.iter() {
                visitor.text(filter);
                visitor.int(options.qos as u64);
                if version == Version::V5 {
                    visitor.int(options.no_local.into());
                    visitor.int(options.retain_as_published.into());
                    visitor.int(options.retain_handling as u64);
                }
            }
        }
        Packet::Connect(connect) => {
            visitor.int(connect.clean_start.into());
            visitor.int(connect.keep_alive.into());
            visit_properties(&connect.properties, visitor);
            visitor.text(connect.client_id);
            if let Some(will) = &connect.will {
                visitor.int(will.qos as u64);
                visitor.int(will.retain.into());
                visit_properties(&will.properties, visitor);
                visitor.text(will.topic);
                visitor.bytes(will.payload);
            }
            if let Some(user_name) = connect.user_name {
                visitor.text(user_name);
            }
            if let Some(password) = connect.password {
                visitor.bytes(password);
            }
        }
        Packet::PingReq => {}
        other => panic!("not in the corpus: {other:?}"),
    }
}

/// Visits every value of a PUBLISH.
#[inline(always)]
pub(crate) fn visit_publish<V: Visit>(publish: &Publish<'_>, visitor: &mut V) {
    visitor.int(publish.dup.into());
    visitor.int(publish.retain.into());
    visitor.int(publish.qos as u64);
    visitor.text(publish.topic);
    if let Some(id) = publish.packet_id {
        visitor.int(id.get().into());
    }
    visit_properties(&publish.properties, visitor);
    visitor.bytes(publish.payload);
}

#[inline(always)]
pub(crate) fn visit_properties<V: Visit>(properties: &Properties<'_>, visitor: &mut V) {
    if !properties.is_empty() {
        visit_each_property(properties, visitor);
    }
}

// Apart from the loop over packets, most of which have no properties.
#[inline(never)]
fn visit_each_property<V: Visit>(properties: &Properties<'_>, visitor: &mut V) {
    for property in properties.iter() {
        match property {
            Property::PayloadFormatIndicator(value) => visitor.int(value.into()),
            Property::MessageExpiryInterval(value)
            | Property::SubscriptionIdentifier(value)
            | Property::SessionExpiryInterval(value)
            | Property::WillDelayInterval(value)
            | Property::MaximumPacketSize(value) => visitor.int(value.into()),
            Property::ReceiveMaximum(value) | Property::TopicAliasMaximum(value) => {
                visitor.int(value.into());
            }
            Property::ContentType(value) | Property::ResponseTopic(value) => visitor.text(value),
            Property::CorrelationData(value) => visitor.bytes(value),
            Property::UserProperty(key, value) => {
                visitor.text(key);
                visitor.text(value);
            }
            other => panic!("not in the corpus: {other:?}"),
        }
    }
}

/// The packets of `stream` as the decoder gives them: lists are still wire bytes, so encoding them
/// again is what a program does that forwards packets.
pub fn decoded(stream: &'static [u8], protocol: Protocol) -> Vec<Packet<'static>> {
    let mut packets = Vec::new();
    let mut rest = stream;
    while !rest.is_empty() {
        match decode(rest, Some(version(protocol)), &DecodeOptions::DEFAULT) {
            Ok(Status::Complete(decoded)) => {
                packets.push(decoded.packet);
                rest = &rest[decoded.consumed..];
            }
            other => panic!("the corpus holds whole, well-formed packets: {other:?}"),
        }
    }
    packets
}

/// The packets of `stream` as a program builds them: every list is a slice of typed values.
///
/// The lists are leaked: they live as long as the bench that encodes them.
pub fn built(stream: &'static [u8], protocol: Protocol) -> Vec<Packet<'static>> {
    let mut packets = decoded(stream, protocol);
    for packet in &mut packets {
        match packet {
            Packet::Publish(publish) => publish.properties = typed(&publish.properties),
            Packet::PubAck(ack) => ack.properties = typed(&ack.properties),
            Packet::Subscribe(subscribe) => {
                subscribe.properties = typed(&subscribe.properties);
                let filters: Vec<Subscription<'static>> = subscribe.filters.iter().collect();
                subscribe.filters = Subscriptions::new(filters.leak());
            }
            Packet::Connect(connect) => {
                connect.properties = typed(&connect.properties);
                if let Some(will) = &mut connect.will {
                    will.properties = typed(&will.properties);
                }
            }
            _ => {}
        }
    }
    packets
}

fn typed(properties: &Properties<'static>) -> Properties<'static> {
    Properties::new(properties.iter().collect::<Vec<Property<'static>>>().leak())
}

/// Encodes `packets` one after the other into `out`, which must have room; the bytes written.
pub fn encode_all(packets: &[Packet<'_>], protocol: Protocol, out: &mut [u8]) -> usize {
    let version = version(protocol);
    let mut written = 0;
    for packet in black_box(packets) {
        written += packet
            .encode_to_slice(version, &mut out[written..])
            .expect("the corpus holds packets that can be encoded");
    }
    written
}

/// The same with a call for each packet, as other languages have to do it.
pub fn encode_all_called(packets: &[Packet<'_>], protocol: Protocol, out: &mut [u8]) -> usize {
    #[inline(never)]
    fn call(packet: &Packet<'_>, version: Version, out: &mut [u8]) -> Result<usize, EncodeError> {
        packet.encode_to_slice(version, out)
    }

    encode_each(packets, protocol, out, call)
}

#[inline(always)]
fn encode_each(
    packets: &[Packet<'_>],
    protocol: Protocol,
    out: &mut [u8],
    encode: impl Fn(&Packet<'_>, Version, &mut [u8]) -> Result<usize, EncodeError>,
) -> usize {
    let version = version(protocol);
    let mut written = 0;
    for packet in black_box(packets) {
        written += encode(packet, version, &mut out[written..])
            .expect("the corpus holds packets that can be encoded");
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{Case, sample};
    use crate::visit::Record;

    fn each_case(check: impl Fn(Protocol, Case)) {
        for protocol in Protocol::ALL {
            Case::ALL.into_iter().for_each(|case| check(protocol, case));
        }
    }

    #[test]
    fn all_that_a_packet_holds_is_visited() {
        each_case(|protocol, case| {
            let sample = sample(protocol, case);
            let mut record = Record::default();
            decode_all(&sample.bytes, protocol, &mut record);
            assert!(record.is(&sample.facts), "{protocol:?} {case:?}");
        });
    }

    #[test]
    fn what_is_encoded_is_the_corpus_again() {
        each_case(|protocol, case| {
            let sample = sample(protocol, case);
            let mut out = vec![0; sample.bytes.len()];
            for packets in [decoded(&sample.bytes, protocol), built(&sample.bytes, protocol)] {
                out.fill(0);
                assert_eq!(packets.len(), sample.packets);
                assert_eq!(encode_all(&packets, protocol, &mut out), sample.bytes.len());
                assert!(out == sample.bytes, "{protocol:?} {case:?}");
            }
        });
    }
}
