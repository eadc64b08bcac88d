//! From packets to bytes.

use crate::{
    MQC_PACKET_PUBLISH, MQC_UNSUPPORTED,
    boundary::{guard, output, required},
    mqc_packet, mqc_publish, mqc_status, mqc_version,
    property::{self, MAX_PROPERTIES},
    status, types,
};
use mqtt_core::{EncodeError, Packet, PacketId, Properties, Property, Publish};

/// Bytes that a packet has when it is encoded.
///
/// @param packet    borrowed during the call, with what it points to; a PUBLISH
/// @param version   of the connection
/// @param len       written with MQC_OK
/// @return MQC_OK, MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_UNSUPPORTED for a packet other than
///         PUBLISH, MQC_ERR_ENCODE_*, or the MQC_ERR_* that a receiver would find
///
/// O(bytes but those of the payload), no allocation. Any thread. Since 0.1.
///
/// # Safety
/// `packet` and `len` are NULL or point to such values, and the views in `*packet` to their bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_encoded_len(
    packet: *const mqc_packet,
    version: mqc_version,
    len: *mut usize,
) -> mqc_status {
    guard(|| {
        required(len)?;
        let version = types::known_version(version)?;
        // SAFETY: the caller's promise about `packet`.
        let found = unsafe { with_core(packet, |core| core.encoded_len(version))? };
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { len.write(found) };
        Ok(())
    })
}

/// Encodes a packet into the caller's buffer: all of it or nothing.
///
/// What was encoded decodes to the same packet. At most 128 properties.
///
/// @param packet    borrowed during the call, with what it points to; a PUBLISH
/// @param version   of the connection
/// @param out       written with MQC_OK, `*written` bytes
/// @param capacity  bytes at `out`
/// @param written   written with MQC_OK
/// @return as mqc_encoded_len(), or MQC_BUFFER_TOO_SMALL
///
/// O(bytes), no allocation. Any thread. Since 0.1.
///
/// # Safety
/// As mqc_encoded_len(); `out` is NULL or points to `capacity` writable bytes that overlap nothing
/// else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_encode(
    packet: *const mqc_packet,
    version: mqc_version,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe { encode_with(packet, version, out, capacity, written, Part::Whole) }
}

/// Encodes all of a PUBLISH but its payload, for a vectored write of the two.
///
/// The head says how long the payload is, so the bytes that follow it must be `payload`, unchanged.
///
/// @param packet    borrowed during the call, with what it points to; a PUBLISH
/// @param version   of the connection
/// @param out       written with MQC_OK, `*written` bytes
/// @param capacity  bytes at `out`
/// @param written   written with MQC_OK
/// @return as mqc_encoded_len(), or MQC_BUFFER_TOO_SMALL
///
/// O(bytes), no allocation. Any thread. Since 0.1.
///
/// # Safety
/// As mqc_encode().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_encode_publish_head(
    packet: *const mqc_packet,
    version: mqc_version,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe { encode_with(packet, version, out, capacity, written, Part::Head) }
}

/// How much of a packet to write.
#[derive(Clone, Copy)]
enum Part {
    Whole,
    Head,
}

/// The body of the functions that write bytes.
///
/// # Safety
/// As mqc_encode().
unsafe fn encode_with(
    packet: *const mqc_packet,
    version: mqc_version,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
    part: Part,
) -> mqc_status {
    guard(|| {
        required(written)?;
        // SAFETY: the caller's promise about `out`.
        let out = unsafe { output(out, capacity)? };
        let version = types::known_version(version)?;
        let encode = |core: &Packet<'_>| match part {
            Part::Whole => core.encode_to_slice(version, out),
            Part::Head => core.encode_head(version, out),
        };
        // SAFETY: the caller's promise about `packet`.
        let len = unsafe { with_core(packet, encode)? };
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { written.write(len) };
        Ok(())
    })
}

/// Hands the core's view of a packet to `body`.
///
/// # Safety
/// `packet` is NULL or points to a packet whose views point to their bytes.
unsafe fn with_core(
    packet: *const mqc_packet,
    body: impl FnOnce(&Packet<'_>) -> Result<usize, EncodeError>,
) -> Result<usize, mqc_status> {
    required(packet)?;
    // SAFETY: not NULL; the rest is the caller's promise. The fields are read one by one, because
    // a C program need not have initialized the others.
    if unsafe { (&raw const (*packet).packet_type).read() } != MQC_PACKET_PUBLISH {
        return Err(MQC_UNSUPPORTED);
    }
    // SAFETY: as above; the type says that this member is set.
    let publish: mqc_publish = unsafe { (&raw const (*packet).body.publish).read() };
    // SAFETY: the caller's promise.
    let topic = unsafe { publish.topic.get()? };
    // SAFETY: the caller's promise.
    let payload = unsafe { publish.payload.get()? };
    // SAFETY: the caller's promise.
    let block = unsafe { publish.properties.get()? };
    let mut list = [Property::PayloadFormatIndicator(0); MAX_PROPERTIES];
    let core = Packet::from(Publish {
        dup: types::flag(publish.dup)?,
        qos: types::qos(publish.qos)?,
        retain: types::flag(publish.retain)?,
        topic: core::str::from_utf8(topic).map_err(|_| crate::MQC_ERR_UTF8)?,
        packet_id: PacketId::new(publish.packet_id),
        properties: Properties::new(property::list_of(block, &mut list)?),
        payload,
    });
    body(&core).map_err(|error| status::of_encode_error(&error))
}
