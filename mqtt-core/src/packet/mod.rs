//! The packets: one struct per type for all versions, parsing and writing side by side.

mod ack;
mod connack;
mod connect;
mod disconnect;
mod list;
pub(crate) mod measure;
pub(crate) mod property;
mod publish;
mod suback;
mod subscribe;
mod unsubscribe;
mod wire;

pub use ack::{Ack, PubAck, PubComp, PubRec, PubRel};
pub use connack::ConnAck;
pub(crate) use connect::flag;
pub use connect::{Connect, RawConnect, RawWill, Will};
pub use disconnect::{Auth, Disconnect};
pub use list::{Item, List, ListIter};
pub use property::{Properties, Property, PropertyIter, PropertyValue, RawProperty};
pub(crate) use publish::PublishHead;
pub use publish::{Publish, RawPublish};
pub use suback::{FilterAck, ReasonCodes, SubAck, UnsubAck};
pub(crate) use subscribe::are_usual as are_usual_filters;
pub use subscribe::{RetainHandling, Subscribe, Subscription, SubscriptionOptions, Subscriptions};
pub use unsubscribe::{TopicFilters, Unsubscribe};

use crate::wire::field::{self, Mode};
use crate::wire::reader::Reader;
use crate::wire::utf8;
use crate::{ErrorKind, PacketType, ReasonCode};

/// A control packet of any type and version.
///
/// Strings and bytes are borrowed: from the input when decoded, from the caller when built.
/// Each packet struct converts into it with `From`.
///
/// # Spec
/// v3 section 2.2.1; v5 section 2.1.2.
///
/// # Examples
/// ```
/// use mqtt_core::{DecodeOptions, Packet, Status, Version, decode};
/// let bytes = b"\x30\x07\0\x03a/bhi";
/// let Status::Complete(decoded) = decode(bytes, Some(Version::V311), &DecodeOptions::DEFAULT)?
/// else {
///     unreachable!("the packet is complete");
/// };
/// match decoded.packet {
///     Packet::Publish(publish) => assert_eq!((publish.topic, publish.payload), ("a/b", &b"hi"[..])),
///     other => unreachable!("{other:?}"),
/// }
/// # Ok::<(), mqtt_core::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)] // one tag of its own: in a niche of a field it takes four more instructions to match
#[allow(missing_docs)] // each variant is documented by the struct it holds
pub enum Packet<'a> {
    Connect(Connect<'a>),
    ConnAck(ConnAck<'a>),
    Publish(Publish<'a>),
    PubAck(PubAck<'a>),
    PubRec(PubRec<'a>),
    PubRel(PubRel<'a>),
    PubComp(PubComp<'a>),
    Subscribe(Subscribe<'a>),
    SubAck(SubAck<'a>),
    Unsubscribe(Unsubscribe<'a>),
    UnsubAck(UnsubAck<'a>),
    PingReq,
    PingResp,
    Disconnect(Disconnect<'a>),
    Auth(Auth<'a>),
}

impl Packet<'_> {
    /// The type of the packet.
    ///
    /// ```
    /// use mqtt_core::{Packet, PacketType};
    /// assert_eq!(Packet::PingReq.packet_type(), PacketType::PingReq);
    /// ```
    #[must_use]
    pub const fn packet_type(&self) -> PacketType {
        match self {
            Self::Connect(_) => PacketType::Connect,
            Self::ConnAck(_) => PacketType::ConnAck,
            Self::Publish(_) => PacketType::Publish,
            Self::PubAck(_) => PacketType::PubAck,
            Self::PubRec(_) => PacketType::PubRec,
            Self::PubRel(_) => PacketType::PubRel,
            Self::PubComp(_) => PacketType::PubComp,
            Self::Subscribe(_) => PacketType::Subscribe,
            Self::SubAck(_) => PacketType::SubAck,
            Self::Unsubscribe(_) => PacketType::Unsubscribe,
            Self::UnsubAck(_) => PacketType::UnsubAck,
            Self::PingReq => PacketType::PingReq,
            Self::PingResp => PacketType::PingResp,
            Self::Disconnect(_) => PacketType::Disconnect,
            Self::Auth(_) => PacketType::Auth,
        }
    }
}

macro_rules! from_structs {
    ($($packet:ident),*) => {
        $(impl<'a> From<$packet<'a>> for Packet<'a> {
            fn from(packet: $packet<'a>) -> Self {
                Self::$packet(packet)
            }
        })*
    };
}

from_structs! {
    Connect, ConnAck, Publish, PubAck, PubRec, PubRel, PubComp, Subscribe, SubAck, Unsubscribe,
    UnsubAck, Disconnect, Auth
}

/// Reads a reason code and checks that this packet may carry it.
///
/// # Spec
/// v5 section 2.4 and the table of each packet; v3 table 3.1, \[MQTT-3.9.3-2\].
#[inline(always)]
fn parse_reason<T: Mode>(r: &mut Reader<'_, '_, T>) -> Result<ReasonCode, T::Error> {
    let at = r.offset();
    let reason = ReasonCode(r.u8(field::reason_code(r.packet()))?);
    if !reason.is_legal(r.packet(), r.version()) {
        return Err(r.fault(ErrorKind::ReasonCode, at));
    }
    check_reason_sender(r, reason, at)?;
    Ok(reason)
}

/// Checks that whoever sent the packet, if that is known, may send this reason code in it.
///
/// # Spec
/// v5 section 2.4 and the table of each packet.
#[inline(always)]
fn check_reason_sender<T: Mode>(
    r: &Reader<'_, '_, T>,
    reason: ReasonCode,
    at: usize,
) -> Result<(), T::Error> {
    match r.options.sender {
        Some(sender) if !reason.may_be_sent_by(sender, r.packet(), r.version()) => {
            Err(r.fault(ErrorKind::ReasonCodeSender, at))
        }
        _ => Ok(()),
    }
}

/// Reads filters with `parse` until the packet ends.
///
/// # Spec
/// v3 \[MQTT-3.8.3-3\], \[MQTT-3.10.3-2\]; v5 \[MQTT-3.8.3-2\], \[MQTT-3.10.3-2\]. The limit on
/// their number is ours.
#[inline(always)]
fn parse_filters<'a, 'o, T: Mode>(
    // A copy of its own, which lives in registers.
    mut r: Reader<'a, 'o, T>,
    mut parse: impl FnMut(&mut Reader<'a, 'o, T>) -> Result<(), T::Error>,
) -> Result<(), T::Error> {
    let r = &mut r;
    if r.is_empty() {
        return Err(r.fault(ErrorKind::SubscriptionsEmpty, r.offset()));
    }
    let mut count = 0;
    while !r.is_empty() {
        count += 1;
        if count > r.options.limits.max_filters {
            return Err(r.fault(ErrorKind::FilterCount, r.offset()));
        }
        parse(r)?;
    }
    Ok(())
}

/// Checks a payload that is marked as text, if the caller wants that.
///
/// # Spec
/// v5 sections 3.1.3.2.3, 3.3.2.3.2: optional for a receiver.
#[inline(always)]
fn check_payload_format<T: Mode>(
    r: &Reader<'_, '_, T>,
    properties: &Properties<'_>,
    payload: &[u8],
    payload_at: usize,
) -> Result<(), T::Error> {
    if !r.options.strictness.check_payload_format
        || properties.payload_format_indicator() != Some(1)
    {
        return Ok(());
    }
    match utf8::first_ill_formed(payload) {
        Some(index) => Err(r.fault(ErrorKind::PayloadNotUtf8, payload_at + index)),
        None => Ok(()),
    }
}
