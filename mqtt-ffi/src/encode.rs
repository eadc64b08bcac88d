//! From packets to bytes.

use crate::{
    MQC_OK, MQC_PACKET_PUBACK, MQC_PACKET_PUBLISH,
    boundary::{guard, output, required},
    mqc_packet, mqc_status, mqc_version, packet, status, types,
};
use mqtt_core::{EncodeError, Packet, PacketType, Version};

/// Bytes that a packet has when it is encoded.
///
/// @param packet    borrowed during the call, with what it points to
/// @param version   of the connection
/// @param len       written with MQC_OK
///
/// Ownership: `packet` and what it points to are borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_ERR_ENCODE_*, or the MQC_ERR_* that a
///   receiver would find.
/// Cost: O(bytes but those of the payload), no allocation. Since 0.1.
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
        let packet = unsafe { packet::read(packet, version)? };
        let found = packet.encoded_len(version).map_err(|error| status::of_encode_error(&error))?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { len.write(found) };
        Ok(())
    })
}

/// Encodes a packet into the caller's buffer: all of it or nothing.
///
/// What was encoded decodes to the same packet.
///
/// @param packet    borrowed during the call, with what it points to
/// @param version   of the connection
/// @param out       written with MQC_OK, `*written` bytes
/// @param capacity  bytes at `out`
/// @param written   written with MQC_OK
///
/// Ownership: `packet` and what it points to are borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: as mqc_encoded_len(), or MQC_BUFFER_TOO_SMALL.
/// Cost: O(bytes), no allocation. Since 0.1.
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
    unsafe {
        encode_with(
            packet,
            version,
            out,
            capacity,
            written,
            // The method itself would not be inlined.
            #[allow(clippy::redundant_closure_for_method_calls)]
            #[inline(always)]
            |packet, version, out| packet.encode_to_slice(version, out),
        )
    }
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
///
/// Ownership: `packet` and what it points to are borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: as mqc_encoded_len(), MQC_INVALID_ARGUMENT for another packet, or MQC_BUFFER_TOO_SMALL.
/// Cost: O(bytes), no allocation. Since 0.1.
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
    // SAFETY: the caller's promise.
    let is_publish = guard(|| unsafe { packet::publish_of(packet) }.map(drop));
    if is_publish != MQC_OK {
        return is_publish;
    }
    // SAFETY: the caller's promises.
    unsafe {
        encode_with(
            packet,
            version,
            out,
            capacity,
            written,
            // The method itself would not be inlined.
            #[allow(clippy::redundant_closure_for_method_calls)]
            #[inline(always)]
            |packet, version, out| packet.encode_head(version, out),
        )
    }
}

/// The body of the functions that write a packet.
///
/// # Safety
/// As mqc_encode().
#[inline(always)]
unsafe fn encode_with(
    packet: *const mqc_packet,
    version: mqc_version,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
    encode: impl Fn(&Packet<'_>, Version, &mut [u8]) -> Result<usize, EncodeError>,
) -> mqc_status {
    guard(|| {
        required(written)?;
        // SAFETY: the caller's promise about `out`.
        let out = unsafe { output(out, capacity)? };
        let version = types::known_version(version)?;
        required(packet)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let packet_type = unsafe { (&raw const (*packet).packet_type).read() };
        // The packets that a busy connection is made of, each in a branch of its own: as one of all packets it would be
        // moved through memory.
        let encoded = match packet_type {
            // SAFETY: the type says that this member is set; the rest is the caller's promise.
            MQC_PACKET_PUBLISH => unsafe {
                let body = &raw const (*packet).body.publish;
                encode(&Packet::Publish(packet::publish(&*body)?), version, out)
            },
            // SAFETY: as above.
            MQC_PACKET_PUBACK => unsafe {
                let body = &raw const (*packet).body.puback;
                encode(&Packet::PubAck(packet::ack(&*body, PacketType::PubAck)?), version, out)
            },
            // SAFETY: the caller's promise about `packet`.
            _ => unsafe { encode_seldom(packet, version, out, &encode)? },
        };
        let len = encoded.map_err(|error| status::of_encode_error(&error))?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { written.write(len) };
        Ok(())
    })
}

/// # Safety
/// As mqc_encode().
#[inline(never)]
unsafe fn encode_seldom(
    packet: *const mqc_packet,
    version: Version,
    out: &mut [u8],
    encode: impl FnOnce(&Packet<'_>, Version, &mut [u8]) -> Result<usize, EncodeError>,
) -> Result<Result<usize, EncodeError>, mqc_status> {
    // SAFETY: the caller's promise.
    let packet = unsafe { packet::read(packet, version)? };
    Ok(encode(&packet, version, out))
}
