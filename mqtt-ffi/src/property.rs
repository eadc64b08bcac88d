//! Properties of 5.0: walking a block of them and building one.

use crate::{
    MQC_ERR_PROPERTY_UNKNOWN, MQC_ERR_PROPERTY_VALUE, MQC_ERR_UTF8,
    boundary::{guard, output, required},
    mqc_bytes, mqc_status, status,
};
use mqtt_core::{
    DecodeOptions, Limits, PacketType, Properties, Property, PropertyId, PropertyKind,
    PropertyValue, Strictness, raw::RawProperty,
};

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

/// Takes the next property from the front of a block.
///
/// Begin with a copy of a packet's `properties`; each call shortens it. At the end of the block
/// `out->id` is `MQC_PROPERTY_NONE`, again and again. Nothing is copied: the views in `*out` point
/// into the block. A block that comes from mqc_decode() never gives an error. Of any other, each
/// property is judged alone; which of them a packet may carry, and how often, by the function that
/// encodes it.
///
/// @param rest      what is left of the block; advanced with MQC_OK
/// @param out       written with MQC_OK
///
/// Ownership: the bytes of `rest` are borrowed during the call.
/// Lifetime: the views in `*out` live as long as the block.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or the MQC_ERR_* of a property that is not
///   legal.
/// Cost: O(bytes of the property), no allocation. Since 0.1.
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
        let property = match RawProperty::usual(bytes) {
            _ if bytes.is_empty() => NONE,
            Some((property, behind)) => {
                bytes = behind;
                mqc_property::of_raw(&property)
            }
            None => take_any(&mut bytes)?,
        };
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { rest.write(mqc_bytes::of(bytes)) };
        // SAFETY: as above.
        unsafe { out.write(property) };
        Ok(())
    })
}

/// As `take`, apart from what is usual.
#[cold]
#[inline(never)]
fn take_any(block: &mut &[u8]) -> Result<mqc_property, mqc_status> {
    Ok(take(block)?.map_or(NONE, |property| mqc_property::of(&property)))
}

/// Finds the first property with an identifier in a block.
///
/// If there is none, `out->id` is `MQC_PROPERTY_NONE`. For those that occur several times (user
/// properties, subscription identifiers) walk the block with mqc_property_next().
///
/// @param block     borrowed; `out` views it
/// @param id        `MQC_PROPERTY_*`
/// @param out       written with MQC_OK
///
/// Ownership: the bytes of `block` are borrowed during the call.
/// Lifetime: the views in `*out` live as long as the block.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_ERR_PROPERTY_UNKNOWN if there is no such
///   identifier, or the MQC_ERR_* of a property before it that is not legal.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to such a structure, and `block` to its bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_property_find(
    block: mqc_bytes,
    id: mqc_property_id,
    out: *mut mqc_property,
) -> mqc_status {
    guard(|| {
        required(out)?;
        // SAFETY: the caller's promise.
        let mut bytes = unsafe { block.get()? };
        PropertyId::try_from(id).map_err(|_| MQC_ERR_PROPERTY_UNKNOWN)?;
        let found = loop {
            // The values of those in front of it are judged too.
            let property = match RawProperty::usual(bytes) {
                _ if bytes.is_empty() => break NONE,
                Some((property, behind)) => {
                    bytes = behind;
                    mqc_property::of_raw(&property)
                }
                None => take_any(&mut bytes)?,
            };
            if property.id == id {
                break property;
            }
        };
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(found) };
        Ok(())
    })
}

/// Writes one property in wire form, to append it to a block.
///
/// The block goes into a packet's `properties`. Whether a packet may carry the property, and how
/// often, is judged by the function that encodes the packet.
///
/// @param property  borrowed during the call, with what it points to
/// @param out       written with MQC_OK, `*written` bytes
/// @param capacity  bytes at `out`
/// @param written   written with MQC_OK
///
/// Ownership: `property` and what it points to are borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL, MQC_ERR_PROPERTY_UNKNOWN,
///   MQC_ERR_ENCODE_FIELD_TOO_LONG, or the MQC_ERR_* of a value that is not legal.
/// Cost: O(bytes written), no allocation. Since 0.1.
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
        let core = unsafe { (*property).core()? };
        // SAFETY: the caller's promise.
        let out = unsafe { output(out, capacity)? };
        let len = core.encode_to_slice(out).map_err(|error| status::of_encode_error(&error))?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { written.write(len) };
        Ok(())
    })
}

const NO_BYTES: mqc_bytes = mqc_bytes::of(&[]);

/// No property.
const NONE: mqc_property = mqc_property {
    id: MQC_PROPERTY_NONE,
    reserved: [0; 3],
    number: 0,
    name: NO_BYTES,
    value: NO_BYTES,
};

/// How a block is walked: it has been judged before, or is judged later.
const WALK: DecodeOptions = DecodeOptions {
    limits: Limits::UNLIMITED,
    strictness: Strictness { allow_non_minimal_varints: true, ..Strictness::DEFAULT },
    sender: None,
};

/// Takes the next property, if there is one; nothing is taken with an error.
fn take<'a>(block: &mut &'a [u8]) -> Result<Option<Property<'a>>, mqc_status> {
    if block.is_empty() {
        return Ok(None);
    }
    let taken = Property::parse_wire(block, &WALK);
    let (property, len) = taken.map_err(|error| status::of_kind(error.kind()))?;
    *block = block.get(len..).unwrap_or(&[]);
    Ok(Some(property))
}

impl mqc_property {
    #[inline(always)]
    fn of_raw(raw: &RawProperty<'_>) -> Self {
        Self {
            id: raw.id as mqc_property_id,
            reserved: [0; 3],
            number: raw.number,
            name: mqc_bytes::of(raw.name),
            value: mqc_bytes::of(raw.value),
        }
    }

    fn of(property: &Property<'_>) -> Self {
        let mut out = Self { id: property.id() as mqc_property_id, ..NONE };
        match property.value() {
            PropertyValue::Number(number) => out.number = number,
            PropertyValue::Text(text) => out.value = mqc_bytes::of(text.as_bytes()),
            PropertyValue::Binary(bytes) => out.value = mqc_bytes::of(bytes),
            PropertyValue::Pair(name, value) => {
                out.name = mqc_bytes::of(name.as_bytes());
                out.value = mqc_bytes::of(value.as_bytes());
            }
        }
        out
    }

    /// # Safety
    /// The views point to their bytes.
    unsafe fn core<'a>(&self) -> Result<Property<'a>, mqc_status> {
        let id = PropertyId::try_from(self.id).map_err(|_| MQC_ERR_PROPERTY_UNKNOWN)?;
        // SAFETY: the caller's promise.
        let (name, value) = unsafe { (self.name.get()?, self.value.get()?) };
        let text = |bytes| core::str::from_utf8(bytes).map_err(|_| MQC_ERR_UTF8);
        let value = match id.kind() {
            PropertyKind::Number => PropertyValue::Number(self.number),
            PropertyKind::Text => PropertyValue::Text(text(value)?),
            PropertyKind::Binary => PropertyValue::Binary(value),
            PropertyKind::Pair => PropertyValue::Pair(text(name)?, text(value)?),
        };
        Property::from_value(id, value).ok_or(MQC_ERR_PROPERTY_VALUE)
    }
}

/// Where a block of properties is.
#[derive(Clone, Copy)]
pub(crate) enum Section {
    Of(PacketType),
    Will,
}

/// The properties of a packet that is to be encoded.
#[inline]
pub(crate) fn parse<'a>(
    block: &'a [u8],
    section: Section,
    options: &DecodeOptions,
) -> Result<Properties<'a>, mqc_status> {
    // Most have none.
    if block.is_empty() {
        return Ok(Properties::EMPTY);
    }
    let parsed = match section {
        Section::Of(packet) => Properties::parse_wire(packet, block, options),
        Section::Will => Properties::parse_will_wire(block, options),
    };
    parsed.map_err(|error| status::of_kind(error.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(id: PropertyId) -> mqc_property {
        mqc_property { id: id as u8, number: 1, ..NONE }
    }

    #[test]
    fn numbers_and_names_are_those_of_the_core() {
        let text = mqc_bytes::of(b"t");
        for &id in PropertyId::ALL {
            let property = match id.kind() {
                PropertyKind::Number => number(id),
                PropertyKind::Text | PropertyKind::Binary => {
                    mqc_property { number: 0, value: text, ..number(id) }
                }
                PropertyKind::Pair => {
                    mqc_property { number: 0, name: text, value: text, ..number(id) }
                }
            };
            // SAFETY: the views are of static bytes.
            let core = unsafe { property.core() }.unwrap();
            assert_eq!(core.id(), id);
            let again = mqc_property::of(&core);
            // SAFETY: as above.
            assert_eq!(unsafe { again.core() }, Ok(core));
            assert_eq!((again.id, again.number), (property.id, property.number));
        }
    }
}
