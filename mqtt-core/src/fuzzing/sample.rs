//! The fields of a packet, owned, and the packet that borrows them.

use crate::{
    Auth, ConnAck, Connect, Disconnect, Packet, PacketId, PacketType, Properties, Property,
    PropertyId, PubAck, PubComp, PubRec, PubRel, Publish, QoS, ReasonCode, ReasonCodes, SubAck,
    Subscribe, Subscription, SubscriptionOptions, Subscriptions, TopicFilters, UnsubAck,
    Unsubscribe, Version, Will,
};
use std::{string::String, vec::Vec};

/// The fields of a packet of any type, owned. Each type uses those that it has.
#[derive(Clone, Debug)]
pub struct Sample {
    /// True if the packet must encode: no rule is broken.
    pub legal: bool,
    /// The version to encode in.
    pub version: Version,
    /// The type.
    pub packet: PacketType,
    /// The version that a CONNECT names.
    pub connect_version: Version,
    /// CONNECT: clean start. CONNACK: session present. PUBLISH: DUP.
    pub flag: bool,
    /// PUBLISH.
    pub retain: bool,
    /// PUBLISH.
    pub qos: QoS,
    /// Any packet with an identifier.
    pub packet_id: Option<PacketId>,
    /// CONNECT.
    pub keep_alive: u16,
    /// CONNECT: client identifier. PUBLISH: topic.
    pub text: String,
    /// PUBLISH.
    pub payload: Vec<u8>,
    /// CONNECT.
    pub will: Option<SampleWill>,
    /// CONNECT.
    pub user_name: Option<String>,
    /// CONNECT.
    pub password: Option<Vec<u8>>,
    /// Reason code of a packet with one.
    pub reason: ReasonCode,
    /// Reason codes of a packet with several.
    pub reasons: Vec<ReasonCode>,
    /// SUBSCRIBE, and UNSUBSCRIBE without the options.
    pub filters: Vec<(String, SubscriptionOptions)>,
    /// Any packet of 5.0 but the pings.
    pub properties: Vec<SampleProperty>,
}

/// The will of a [`Sample`].
#[derive(Clone, Debug)]
#[allow(missing_docs)] // the fields of `Will`
pub struct SampleWill {
    pub topic: String,
    pub payload: Vec<u8>,
    pub qos: QoS,
    pub retain: bool,
    pub properties: Vec<SampleProperty>,
}

/// A property, of which the identifier says what is used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named for what they hold
pub struct SampleProperty {
    pub id: PropertyId,
    pub number: u32,
    pub text: String,
    pub second: String,
}

/// The lists that a borrowed packet points to.
#[derive(Clone, Debug)]
pub struct Lists<'a> {
    properties: Vec<Property<'a>>,
    will_properties: Vec<Property<'a>>,
    subscriptions: Vec<Subscription<'a>>,
    filters: Vec<&'a str>,
}

impl Sample {
    /// The lists of the packet, borrowed.
    #[must_use]
    pub fn lists(&self) -> Lists<'_> {
        let of_will = self.will.iter().flat_map(|will| &will.properties);
        let subscriptions =
            self.filters.iter().map(|(filter, options)| Subscription { filter, options: *options });
        Lists {
            properties: self.properties.iter().map(SampleProperty::borrow).collect(),
            will_properties: of_will.map(SampleProperty::borrow).collect(),
            subscriptions: subscriptions.collect(),
            filters: self.filters.iter().map(|(filter, _)| filter.as_str()).collect(),
        }
    }

    /// The packet, pointing to this and to `lists`.
    ///
    /// # Panics
    /// If a packet other than PUBLISH has no identifier where it needs one; none is made so.
    #[must_use]
    pub fn packet<'a>(&'a self, lists: &'a Lists<'a>) -> Packet<'a> {
        let properties = Properties::new(&lists.properties);
        let reason = self.reason;
        let id = || self.packet_id.expect("an identifier");
        match self.packet {
            PacketType::Connect => Packet::from(Connect {
                version: self.connect_version,
                clean_start: self.flag,
                keep_alive: self.keep_alive,
                client_id: &self.text,
                will: self.will.as_ref().map(|will| Will {
                    topic: &will.topic,
                    payload: &will.payload,
                    qos: will.qos,
                    retain: will.retain,
                    properties: Properties::new(&lists.will_properties),
                }),
                user_name: self.user_name.as_deref(),
                password: self.password.as_deref(),
                properties,
            }),
            PacketType::ConnAck => {
                Packet::from(ConnAck { session_present: self.flag, reason, properties })
            }
            PacketType::Publish => Packet::from(Publish {
                dup: self.flag,
                qos: self.qos,
                retain: self.retain,
                topic: &self.text,
                packet_id: self.packet_id,
                properties,
                payload: &self.payload,
            }),
            PacketType::PubAck => Packet::from(PubAck { packet_id: id(), reason, properties }),
            PacketType::PubRec => Packet::from(PubRec { packet_id: id(), reason, properties }),
            PacketType::PubRel => Packet::from(PubRel { packet_id: id(), reason, properties }),
            PacketType::PubComp => Packet::from(PubComp { packet_id: id(), reason, properties }),
            PacketType::Subscribe => Packet::from(Subscribe {
                packet_id: id(),
                properties,
                filters: Subscriptions::new(&lists.subscriptions),
            }),
            PacketType::SubAck => Packet::from(SubAck {
                packet_id: id(),
                properties,
                reasons: ReasonCodes::new(&self.reasons),
            }),
            PacketType::Unsubscribe => Packet::from(Unsubscribe {
                packet_id: id(),
                properties,
                filters: TopicFilters::new(&lists.filters),
            }),
            PacketType::UnsubAck => Packet::from(UnsubAck {
                packet_id: id(),
                properties,
                reasons: ReasonCodes::new(&self.reasons),
            }),
            PacketType::PingReq => Packet::PingReq,
            PacketType::PingResp => Packet::PingResp,
            PacketType::Disconnect => Packet::from(Disconnect { reason, properties }),
            PacketType::Auth => Packet::from(Auth { reason, properties }),
        }
    }
}

impl SampleProperty {
    /// The property, pointing to this.
    fn borrow(&self) -> Property<'_> {
        use PropertyId as Id;
        let Self { id, number, text, second } = self;
        let (bit, word) = (number % 2 == 1, *number as u16);
        match id {
            Id::PayloadFormatIndicator => Property::PayloadFormatIndicator(*number as u8),
            Id::MessageExpiryInterval => Property::MessageExpiryInterval(*number),
            Id::ContentType => Property::ContentType(text),
            Id::ResponseTopic => Property::ResponseTopic(text),
            Id::CorrelationData => Property::CorrelationData(text.as_bytes()),
            Id::SubscriptionIdentifier => Property::SubscriptionIdentifier(*number),
            Id::SessionExpiryInterval => Property::SessionExpiryInterval(*number),
            Id::AssignedClientIdentifier => Property::AssignedClientIdentifier(text),
            Id::ServerKeepAlive => Property::ServerKeepAlive(word),
            Id::AuthenticationMethod => Property::AuthenticationMethod(text),
            Id::AuthenticationData => Property::AuthenticationData(text.as_bytes()),
            Id::RequestProblemInformation => Property::RequestProblemInformation(bit),
            Id::WillDelayInterval => Property::WillDelayInterval(*number),
            Id::RequestResponseInformation => Property::RequestResponseInformation(bit),
            Id::ResponseInformation => Property::ResponseInformation(text),
            Id::ServerReference => Property::ServerReference(text),
            Id::ReasonString => Property::ReasonString(text),
            Id::ReceiveMaximum => Property::ReceiveMaximum(word),
            Id::TopicAliasMaximum => Property::TopicAliasMaximum(word),
            Id::TopicAlias => Property::TopicAlias(word),
            Id::MaximumQoS => {
                Property::MaximumQoS(QoS::try_from((number % 3) as u8).unwrap_or_default())
            }
            Id::RetainAvailable => Property::RetainAvailable(bit),
            Id::UserProperty => Property::UserProperty(text, second),
            Id::MaximumPacketSize => Property::MaximumPacketSize(*number),
            Id::WildcardSubscriptionAvailable => Property::WildcardSubscriptionAvailable(bit),
            Id::SubscriptionIdentifierAvailable => Property::SubscriptionIdentifierAvailable(bit),
            Id::SharedSubscriptionAvailable => Property::SharedSubscriptionAvailable(bit),
        }
    }
}
