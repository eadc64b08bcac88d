//! mqtt-core itself.

use crate::meaning::{Meaning, Outcome};
use mqtt_core::{
    DecodeOptions, ErrorKind, Limits, Packet, Properties, Property, PropertyId, Status,
    SubscriptionOptions, Version, decode,
};

/// The defaults, but for the limits: the standard has none, and neither do the peers.
const OPTIONS: DecodeOptions =
    DecodeOptions { limits: Limits::UNLIMITED, ..DecodeOptions::DEFAULT };

/// What mqtt-core says of these bytes.
pub fn read(input: &[u8], version: Option<Version>) -> Outcome {
    match decode(input, version, &OPTIONS) {
        Ok(Status::Complete(decoded)) => {
            assert_eq!(decoded.consumed, input.len(), "one packet at a time");
            Outcome::Accepted(meaning(&decoded.packet))
        }
        Ok(Status::Incomplete { .. }) => Outcome::Incomplete,
        // The rules for values differ from property to property.
        Err(error) if error.kind() == ErrorKind::PropertyValue => {
            let property = error.property().map_or("", PropertyId::name);
            Outcome::Rejected(format!("{}({property})", error.kind().name()))
        }
        Err(error) => Outcome::Rejected(error.kind().name().to_owned()),
    }
}

fn meaning(packet: &Packet<'_>) -> Meaning {
    let mut m = Meaning::new(packet.packet_type() as u8);
    match packet {
        Packet::Connect(connect) => {
            m.number("version", connect.version.level());
            m.number("clean_start", connect.clean_start);
            m.number("keep_alive", connect.keep_alive);
            m.bytes("client_id", connect.client_id);
            if let Some(will) = &connect.will {
                m.number("will.qos", will.qos as u8);
                m.number("will.retain", will.retain);
                m.bytes("will.topic", will.topic);
                m.bytes("will.payload", will.payload);
                properties(&mut m, "will.", &will.properties);
            }
            m.bytes_opt("user_name", connect.user_name);
            m.bytes_opt("password", connect.password);
            properties(&mut m, "", &connect.properties);
        }
        Packet::ConnAck(connack) => {
            m.number("session_present", connack.session_present);
            m.number("reason", connack.reason.0);
            properties(&mut m, "", &connack.properties);
        }
        Packet::Publish(publish) => {
            m.number("dup", publish.dup);
            m.number("qos", publish.qos as u8);
            m.number("retain", publish.retain);
            m.bytes("topic", publish.topic);
            m.number_opt("packet_id", publish.packet_id.map(mqtt_core::PacketId::get));
            m.bytes("payload", publish.payload);
            properties(&mut m, "", &publish.properties);
        }
        Packet::PubAck(ack) => {
            acknowledgement(&mut m, ack.packet_id.get(), ack.reason.0, &ack.properties);
        }
        Packet::PubRec(ack) => {
            acknowledgement(&mut m, ack.packet_id.get(), ack.reason.0, &ack.properties);
        }
        Packet::PubRel(ack) => {
            acknowledgement(&mut m, ack.packet_id.get(), ack.reason.0, &ack.properties);
        }
        Packet::PubComp(ack) => {
            acknowledgement(&mut m, ack.packet_id.get(), ack.reason.0, &ack.properties);
        }
        Packet::Subscribe(subscribe) => {
            m.number("packet_id", subscribe.packet_id.get());
            properties(&mut m, "", &subscribe.properties);
            for subscription in subscribe.filters.iter() {
                m.subscription(subscription.filter, options_byte(subscription.options));
            }
        }
        Packet::SubAck(ack) => {
            m.number("packet_id", ack.packet_id.get());
            properties(&mut m, "", &ack.properties);
            ack.reasons.iter().for_each(|reason| m.number("reason", reason.0));
        }
        Packet::Unsubscribe(unsubscribe) => {
            m.number("packet_id", unsubscribe.packet_id.get());
            properties(&mut m, "", &unsubscribe.properties);
            unsubscribe.filters.iter().for_each(|filter| m.bytes("filter", filter));
        }
        Packet::UnsubAck(ack) => {
            m.number("packet_id", ack.packet_id.get());
            properties(&mut m, "", &ack.properties);
            ack.reasons.iter().for_each(|reason| m.number("reason", reason.0));
        }
        Packet::PingReq | Packet::PingResp => {}
        Packet::Disconnect(disconnect) => {
            m.number("reason", disconnect.reason.0);
            properties(&mut m, "", &disconnect.properties);
        }
        Packet::Auth(auth) => {
            m.number("reason", auth.reason.0);
            properties(&mut m, "", &auth.properties);
        }
    }
    m
}

fn acknowledgement(m: &mut Meaning, packet_id: u16, reason: u8, list: &Properties<'_>) {
    m.number("packet_id", packet_id);
    m.number("reason", reason);
    properties(m, "", list);
}

fn options_byte(options: SubscriptionOptions) -> u8 {
    options.qos as u8
        | u8::from(options.no_local) << 2
        | u8::from(options.retain_as_published) << 3
        | (options.retain_handling as u8) << 4
}

fn properties(m: &mut Meaning, prefix: &str, list: &Properties<'_>) {
    for property in list {
        let field = format!("{prefix}{}", property.id().name());
        match property {
            Property::PayloadFormatIndicator(value) => m.number(&field, value),
            Property::RequestProblemInformation(value)
            | Property::RequestResponseInformation(value)
            | Property::RetainAvailable(value)
            | Property::WildcardSubscriptionAvailable(value)
            | Property::SubscriptionIdentifierAvailable(value)
            | Property::SharedSubscriptionAvailable(value) => m.number(&field, value),
            Property::MaximumQoS(value) => m.number(&field, value as u8),
            Property::ServerKeepAlive(value)
            | Property::ReceiveMaximum(value)
            | Property::TopicAliasMaximum(value)
            | Property::TopicAlias(value) => m.number(&field, value),
            Property::MessageExpiryInterval(value)
            | Property::SessionExpiryInterval(value)
            | Property::WillDelayInterval(value)
            | Property::MaximumPacketSize(value)
            | Property::SubscriptionIdentifier(value) => m.number(&field, value),
            Property::ContentType(value)
            | Property::ResponseTopic(value)
            | Property::AssignedClientIdentifier(value)
            | Property::AuthenticationMethod(value)
            | Property::ResponseInformation(value)
            | Property::ServerReference(value)
            | Property::ReasonString(value) => m.bytes(&field, value),
            Property::CorrelationData(value) | Property::AuthenticationData(value) => {
                m.bytes(&field, value);
            }
            Property::UserProperty(name, value) => m.pairs(prefix, [(name, value)]),
        }
    }
}
