//! Properties of 5.0: walking a block of them and building one.

use crate::{
    MQC_BUFFER_TOO_SMALL, MQC_ERR_ENCODE_FIELD_TOO_LONG, MQC_ERR_PROPERTY_NOT_ALLOWED,
    MQC_ERR_PROPERTY_TRUNCATED, MQC_ERR_PROPERTY_UNKNOWN, MQC_ERR_PROPERTY_VALUE,
    MQC_ERR_USER_PROPERTY_COUNT, MQC_ERR_UTF8, MQC_ERR_VARINT_TOO_LONG,
    boundary::{guard, output, required},
    mqc_bytes, mqc_status,
};
use mqtt_core::{Property, PropertyId, Publish};

/// The identifier of a property, as on the wire.
pub type mqc_property_id = u8;
/// No property: the walk is over.
pub const MQC_PROPERTY_NONE: mqc_property_id = 0;
/// Whether the payload is text: 0 unspecified bytes, 1 UTF-8.
pub const MQC_PROPERTY_PAYLOAD_FORMAT_INDICATOR: mqc_property_id = 1;
/// Lifetime of the message in seconds; absent means for ever.
pub const MQC_PROPERTY_MESSAGE_EXPIRY_INTERVAL: mqc_property_id = 2;
/// What the payload is, in words of the application.
pub const MQC_PROPERTY_CONTENT_TYPE: mqc_property_id = 3;
/// Topic name for an answer.
pub const MQC_PROPERTY_RESPONSE_TOPIC: mqc_property_id = 8;
/// Bytes by which an answer is recognised.
pub const MQC_PROPERTY_CORRELATION_DATA: mqc_property_id = 9;
/// Number of a subscription: 1 to 268,435,455.
pub const MQC_PROPERTY_SUBSCRIPTION_IDENTIFIER: mqc_property_id = 11;
/// Seconds that the session outlives the connection; 4,294,967,295 means for ever.
pub const MQC_PROPERTY_SESSION_EXPIRY_INTERVAL: mqc_property_id = 17;
/// Client identifier that the server made up.
pub const MQC_PROPERTY_ASSIGNED_CLIENT_IDENTIFIER: mqc_property_id = 18;
/// Keep alive in seconds that replaces the client's.
pub const MQC_PROPERTY_SERVER_KEEP_ALIVE: mqc_property_id = 19;
/// Name of the authentication method.
pub const MQC_PROPERTY_AUTHENTICATION_METHOD: mqc_property_id = 21;
/// Data of the authentication method.
pub const MQC_PROPERTY_AUTHENTICATION_DATA: mqc_property_id = 22;
/// Whether the server may send reason strings and user properties in all packets; absent means
/// that it may.
pub const MQC_PROPERTY_REQUEST_PROBLEM_INFORMATION: mqc_property_id = 23;
/// Seconds between the end of the connection and the publication of the will.
pub const MQC_PROPERTY_WILL_DELAY_INTERVAL: mqc_property_id = 24;
/// Whether the client asks for response information.
pub const MQC_PROPERTY_REQUEST_RESPONSE_INFORMATION: mqc_property_id = 25;
/// Basis for response topics.
pub const MQC_PROPERTY_RESPONSE_INFORMATION: mqc_property_id = 26;
/// Other servers to use, separated by spaces.
pub const MQC_PROPERTY_SERVER_REFERENCE: mqc_property_id = 28;
/// Text for people that says why.
pub const MQC_PROPERTY_REASON_STRING: mqc_property_id = 31;
/// QoS 1 and 2 messages that may be open towards the sender of this: 1 to 65,535; absent means
/// 65,535.
pub const MQC_PROPERTY_RECEIVE_MAXIMUM: mqc_property_id = 33;
/// Largest topic alias the sender of this accepts; absent means 0, none.
pub const MQC_PROPERTY_TOPIC_ALIAS_MAXIMUM: mqc_property_id = 34;
/// Number that stands for a topic name: 1 to 65,535.
pub const MQC_PROPERTY_TOPIC_ALIAS: mqc_property_id = 35;
/// Best QoS the server offers: 0 or 1; absent means 2, which is not a legal value.
pub const MQC_PROPERTY_MAXIMUM_QOS: mqc_property_id = 36;
/// Whether the server keeps retained messages; absent means that it does.
pub const MQC_PROPERTY_RETAIN_AVAILABLE: mqc_property_id = 37;
/// Name and value, both strings; free for the application.
pub const MQC_PROPERTY_USER_PROPERTY: mqc_property_id = 38;
/// Size in bytes of the largest packet the sender of this accepts, fixed header included; not
/// 0; absent means no limit.
pub const MQC_PROPERTY_MAXIMUM_PACKET_SIZE: mqc_property_id = 39;
/// Whether the server takes wildcard subscriptions; absent means that it does.
pub const MQC_PROPERTY_WILDCARD_SUBSCRIPTION_AVAILABLE: mqc_property_id = 40;
/// Whether the server takes subscription identifiers; absent means that it does.
pub const MQC_PROPERTY_SUBSCRIPTION_IDENTIFIER_AVAILABLE: mqc_property_id = 41;
/// Whether the server takes shared subscriptions; absent means that it does.
pub const MQC_PROPERTY_SHARED_SUBSCRIPTION_AVAILABLE: mqc_property_id = 42;

/// A property: its identifier and its value.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_property {
    /// `MQC_PROPERTY_*`
    pub id: mqc_property_id,
    /// Zero.
    pub reserved: [u8; 3],
    /// The value, if it is a number.
    pub number: u32,
    /// The name of a user property.
    pub name: mqc_bytes,
    /// The value of a user property, and any other value that is a string or bytes.
    pub value: mqc_bytes,
}

/// How the value of a property is laid out.
enum Layout {
    Byte,
    U16,
    U32,
    Varint,
    Bytes,
    Pair,
}

const fn layout(id: PropertyId) -> Layout {
    use PropertyId::*;
    match id {
        PayloadFormatIndicator
        | RequestProblemInformation
        | RequestResponseInformation
        | MaximumQoS
        | RetainAvailable
        | WildcardSubscriptionAvailable
        | SubscriptionIdentifierAvailable
        | SharedSubscriptionAvailable => Layout::Byte,
        ServerKeepAlive | ReceiveMaximum | TopicAliasMaximum | TopicAlias => Layout::U16,
        MessageExpiryInterval | SessionExpiryInterval | WillDelayInterval | MaximumPacketSize => {
            Layout::U32
        }
        SubscriptionIdentifier => Layout::Varint,
        ContentType
        | ResponseTopic
        | CorrelationData
        | AssignedClientIdentifier
        | AuthenticationMethod
        | AuthenticationData
        | ResponseInformation
        | ServerReference
        | ReasonString => Layout::Bytes,
        UserProperty => Layout::Pair,
    }
}

/// Takes the next property from the front of a block.
///
/// Begin with a copy of a packet's `properties`; each call shortens it. At the end of the block
/// `out->id` is `MQC_PROPERTY_NONE`, again and again. Nothing is copied: the views in `*out` point
/// into the block. A block that comes from mqc_decode() never gives an error. In any other, only
/// the layout is checked here; values are judged by the function that encodes the packet.
///
/// @param rest      what is left of the block; advanced with MQC_OK
/// @param out       written with MQC_OK
/// @return MQC_OK, MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_ERR_PROPERTY_UNKNOWN,
///         MQC_ERR_PROPERTY_TRUNCATED or MQC_ERR_VARINT_TOO_LONG
///
/// O(1), no allocation. Any thread. Since 0.1.
///
/// # Safety
/// `rest` and `out` are NULL or point to such structures, and `*rest` to its bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_property_next(
    rest: *mut mqc_bytes,
    out: *mut mqc_property,
) -> mqc_status {
    guard(|| {
        required(rest)?;
        required(out)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let block = unsafe { rest.read() };
        // SAFETY: the caller's promise.
        let mut bytes = unsafe { block.get()? };
        let property = match take(&mut bytes)? {
            Some(taken) => mqc_property {
                id: taken.id as mqc_property_id,
                reserved: [0; 3],
                number: taken.number,
                name: mqc_bytes::of(taken.name),
                value: mqc_bytes::of(taken.value),
            },
            None => mqc_property {
                id: MQC_PROPERTY_NONE,
                reserved: [0; 3],
                number: 0,
                name: mqc_bytes::of(&[]),
                value: mqc_bytes::of(&[]),
            },
        };
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { rest.write(mqc_bytes::of(bytes)) };
        // SAFETY: as above.
        unsafe { out.write(property) };
        Ok(())
    })
}

/// Writes one property in wire form, to append it to a block.
///
/// The block goes into a packet's `properties`. Whether a packet may carry the property, how often,
/// and with which value is judged by the function that encodes the packet.
///
/// @param property  borrowed during the call, with what it points to
/// @param out       written with MQC_OK, `*written` bytes
/// @param capacity  bytes at `out`
/// @param written   written with MQC_OK
/// @return MQC_OK, MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL,
///         MQC_ERR_PROPERTY_UNKNOWN, MQC_ERR_PROPERTY_VALUE for a number that does not fit, or
///         MQC_ERR_ENCODE_FIELD_TOO_LONG
///
/// O(bytes written), no allocation. Any thread. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_property_put(
    property: *const mqc_property,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
) -> mqc_status {
    guard(|| {
        required(property)?;
        required(written)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let property = unsafe { property.read() };
        // SAFETY: the caller's promise.
        let name = unsafe { property.name.get()? };
        // SAFETY: the caller's promise.
        let value = unsafe { property.value.get()? };
        // SAFETY: the caller's promise.
        let out = unsafe { output(out, capacity)? };
        let id = PropertyId::try_from(property.id).map_err(|_| MQC_ERR_PROPERTY_UNKNOWN)?;
        let len = put(&Taken { id, number: property.number, name, value }, out)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { written.write(len) };
        Ok(())
    })
}

/// A property in wire form, taken apart.
struct Taken<'a> {
    id: PropertyId,
    number: u32,
    name: &'a [u8],
    value: &'a [u8],
}

/// Takes the next property, if there is one; nothing is taken with an error.
fn take<'a>(block: &mut &'a [u8]) -> Result<Option<Taken<'a>>, mqc_status> {
    let Some((&id, mut rest)) = block.split_first() else { return Ok(None) };
    let id = PropertyId::try_from(id).map_err(|_| MQC_ERR_PROPERTY_UNKNOWN)?;
    let mut taken = Taken { id, number: 0, name: &[], value: &[] };
    match layout(id) {
        Layout::Byte => taken.number = u32::from(split::<1>(&mut rest)?[0]),
        Layout::U16 => taken.number = u32::from(u16::from_be_bytes(split(&mut rest)?)),
        Layout::U32 => taken.number = u32::from_be_bytes(split(&mut rest)?),
        Layout::Varint => taken.number = split_varint(&mut rest)?,
        Layout::Bytes => taken.value = split_binary(&mut rest)?,
        Layout::Pair => {
            taken.name = split_binary(&mut rest)?;
            taken.value = split_binary(&mut rest)?;
        }
    }
    *block = rest;
    Ok(Some(taken))
}

fn split<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], mqc_status> {
    let (front, behind) = rest.split_first_chunk().ok_or(MQC_ERR_PROPERTY_TRUNCATED)?;
    *rest = behind;
    Ok(*front)
}

fn split_binary<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], mqc_status> {
    let len = u16::from_be_bytes(split(rest)?);
    let both = rest.split_at_checked(usize::from(len)).ok_or(MQC_ERR_PROPERTY_TRUNCATED)?;
    *rest = both.1;
    Ok(both.0)
}

fn split_varint(rest: &mut &[u8]) -> Result<u32, mqc_status> {
    let mut value = 0;
    for shift in [0, 7, 14, 21] {
        let [byte] = split(rest)?;
        value |= u32::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(MQC_ERR_VARINT_TOO_LONG)
}

/// Writes a property to the front of `out`: all of it or nothing.
fn put(property: &Taken<'_>, out: &mut [u8]) -> Result<usize, mqc_status> {
    let number = property.number;
    let fits = match layout(property.id) {
        Layout::Byte => number <= 0xFF,
        Layout::U16 => number <= 0xFFFF,
        Layout::Varint => number <= 0x0FFF_FFFF,
        Layout::U32 | Layout::Bytes | Layout::Pair => true,
    };
    if !fits {
        return Err(MQC_ERR_PROPERTY_VALUE);
    }
    let name_len = length(property.name)?;
    let value_len = length(property.value)?;
    let be = number.to_be_bytes();
    let mut place = [0; 4];
    let parts: [&[u8]; 4] = match layout(property.id) {
        Layout::Byte => [&be[3..], &[], &[], &[]],
        Layout::U16 => [&be[2..], &[], &[], &[]],
        Layout::U32 => [&be, &[], &[], &[]],
        Layout::Varint => [varint(number, &mut place), &[], &[], &[]],
        Layout::Bytes => [&value_len, property.value, &[], &[]],
        Layout::Pair => [&name_len, property.name, &value_len, property.value],
    };
    let len = 1 + parts.iter().map(|part| part.len()).sum::<usize>();
    let out = out.get_mut(..len).ok_or(MQC_BUFFER_TOO_SMALL)?;
    out[0] = property.id as u8;
    let mut at = 1;
    for part in parts {
        out[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    Ok(len)
}

fn length(bytes: &[u8]) -> Result<[u8; 2], mqc_status> {
    let len = u16::try_from(bytes.len()).map_err(|_| MQC_ERR_ENCODE_FIELD_TOO_LONG)?;
    Ok(len.to_be_bytes())
}

/// The shortest form of a number of at most 28 bits.
fn varint(mut number: u32, place: &mut [u8; 4]) -> &[u8] {
    let mut len = 0;
    loop {
        let low = number as u8 & 0x7F;
        number >>= 7;
        place[len] = if number == 0 { low } else { low | 0x80 };
        len += 1;
        if number == 0 {
            return &place[..len];
        }
    }
}

/// The block of a PUBLISH that has just been decoded from the front of `input`.
pub(crate) fn block_of<'a>(input: &'a [u8], consumed: usize, publish: &Publish<'a>) -> &'a [u8] {
    if publish.properties.is_empty() {
        return &[];
    }
    // The decoder has found all these fields: fixed header, topic, packet id, property length.
    let fixed_header = 1 + varint_len(input.get(1..).unwrap_or(&[]));
    let packet_id = if publish.packet_id.is_some() { 2 } else { 0 };
    let length_at = fixed_header + 2 + publish.topic.len() + packet_id;
    let start = length_at + varint_len(input.get(length_at..).unwrap_or(&[]));
    input.get(start..consumed - publish.payload.len()).unwrap_or(&[])
}

/// Bytes of the variable byte integer at the front.
fn varint_len(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|&&byte| byte >= 0x80).count() + 1
}

/// How many properties one packet to be encoded may have.
pub(crate) const MAX_PROPERTIES: usize = 128;

/// The properties of a block, for a PUBLISH to be encoded.
pub(crate) fn list_of<'a, 'l>(
    mut block: &'a [u8],
    list: &'l mut [Property<'a>; MAX_PROPERTIES],
) -> Result<&'l [Property<'a>], mqc_status> {
    let mut count = 0;
    while let Some(taken) = take(&mut block)? {
        *list.get_mut(count).ok_or(MQC_ERR_USER_PROPERTY_COUNT)? = of_publish(&taken)?;
        count += 1;
    }
    Ok(&list[..count])
}

/// The core's value of a property that a PUBLISH may have.
fn of_publish<'a>(taken: &Taken<'a>) -> Result<Property<'a>, mqc_status> {
    let text = |bytes: &'a [u8]| core::str::from_utf8(bytes).map_err(|_| MQC_ERR_UTF8);
    Ok(match taken.id {
        // The layouts keep these numbers within a byte and two.
        PropertyId::PayloadFormatIndicator => Property::PayloadFormatIndicator(taken.number as u8),
        PropertyId::TopicAlias => Property::TopicAlias(taken.number as u16),
        PropertyId::MessageExpiryInterval => Property::MessageExpiryInterval(taken.number),
        PropertyId::SubscriptionIdentifier => Property::SubscriptionIdentifier(taken.number),
        PropertyId::ContentType => Property::ContentType(text(taken.value)?),
        PropertyId::ResponseTopic => Property::ResponseTopic(text(taken.value)?),
        PropertyId::CorrelationData => Property::CorrelationData(taken.value),
        PropertyId::UserProperty => Property::UserProperty(text(taken.name)?, text(taken.value)?),
        _ => return Err(MQC_ERR_PROPERTY_NOT_ALLOWED),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mqtt_core::{ConnAck, Connect, Packet, Properties, QoS, Version, Will};

    /// Takes apart the block that the core writes for these properties, and puts it together.
    fn check(packet: impl Into<Packet<'static>>, length_at: usize, ids: &[PropertyId]) {
        let mut bytes = [0; 128];
        let len = packet.into().encode_to_slice(Version::V5, &mut bytes).unwrap();
        let end = length_at + 1 + usize::from(bytes[length_at]);
        assert!(end <= len);
        let mut block = &bytes[length_at + 1..end];
        for &id in ids {
            let before = block;
            let taken = take(&mut block).unwrap().unwrap();
            assert_eq!(taken.id, id);
            let mut again = [0; 128];
            let len = put(&taken, &mut again).unwrap();
            assert_eq!(&again[..len], &before[..before.len() - block.len()]);
        }
        assert!(block.is_empty());
    }

    #[test]
    fn layouts_are_those_of_the_core() {
        const CONNACK: &[Property<'_>] = &[
            Property::SessionExpiryInterval(0x0102_0304),
            Property::AssignedClientIdentifier("a"),
            Property::ServerKeepAlive(0x0102),
            Property::AuthenticationMethod("b"),
            Property::AuthenticationData(b"c"),
            Property::ResponseInformation("d"),
            Property::ServerReference("e"),
            Property::ReasonString("f"),
            Property::ReceiveMaximum(0x0102),
            Property::TopicAliasMaximum(0x0102),
            Property::MaximumQoS(QoS::AtLeastOnce),
            Property::RetainAvailable(false),
            Property::UserProperty("g", "h"),
            Property::MaximumPacketSize(0x0102_0304),
            Property::WildcardSubscriptionAvailable(true),
            Property::SubscriptionIdentifierAvailable(true),
            Property::SharedSubscriptionAvailable(true),
        ];
        const CONNECT: &[Property<'_>] = &[
            Property::RequestProblemInformation(true),
            Property::RequestResponseInformation(true),
        ];
        const WILL: &[Property<'_>] = &[Property::WillDelayInterval(0x0102_0304)];
        const PUBLISH: &[Property<'_>] = &[
            Property::PayloadFormatIndicator(1),
            Property::MessageExpiryInterval(0x0102_0304),
            Property::ContentType("type"),
            Property::ResponseTopic("topic"),
            Property::CorrelationData(b"data"),
            Property::SubscriptionIdentifier(0x0FFF_FFFF),
            Property::SubscriptionIdentifier(128),
            Property::TopicAlias(0x0102),
        ];
        let ids = |list: &[Property<'_>]| list.iter().map(Property::id).collect::<Vec<_>>();
        let connack = ConnAck { properties: Properties::new(CONNACK), ..ConnAck::default() };
        check(connack, 4, &ids(CONNACK));
        let connect = Connect { properties: Properties::new(CONNECT), ..Connect::default() };
        check(connect, 12, &ids(CONNECT));
        let will = Will { topic: "t", properties: Properties::new(WILL), ..Will::default() };
        check(Connect { will: Some(will), ..Connect::default() }, 15, &ids(WILL));
        let properties = Properties::new(PUBLISH);
        check(Publish { topic: "t", properties, ..Publish::default() }, 5, &ids(PUBLISH));

        let tested = [ids(CONNACK), ids(CONNECT), ids(WILL), ids(PUBLISH)].concat();
        assert!(PropertyId::ALL.iter().all(|id| tested.contains(id)));
    }
}
