//! From packets to bytes.

use crate::{
    MQC_INVALID_ARGUMENT, MQC_OK, MQC_PACKET_CONNECT, MQC_PACKET_PUBACK, MQC_PACKET_PUBCOMP,
    MQC_PACKET_PUBLISH, MQC_PACKET_SUBSCRIBE, MQC_VERSION_V5, MQC_VERSION_V31, MQC_VERSION_V311,
    boundary::{guard, output, required},
    mqc_packet, mqc_packet_type, mqc_status, mqc_version, packet, status, types,
};
use core::slice;
use mqtt_core::Version;

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
    // As in mqc_decode(). The packets that a busy connection is made of, without a `Packet` that would be put together in
    // memory, each in a function of its own, which has little to keep at hand.
    let mut encode: Encode = encode_any;
    if cfg!(not(feature = "fault-injection")) && !packet.is_null() {
        // SAFETY: not NULL; the rest is the caller's promise.
        let packet_type = unsafe { (&raw const (*packet).packet_type).read() };
        let is_v5 = version == MQC_VERSION_V5;
        // First what most packets are; a call by name is shorter.
        if packet_type == MQC_PACKET_PUBLISH {
            // SAFETY: the caller's promises, and the packet is of the type that the function is for.
            return unsafe {
                match is_v5 {
                    true => encode_publish::<true>(packet, version, out, capacity, written),
                    false => encode_publish::<false>(packet, version, out, capacity, written),
                }
            };
        }
        if (MQC_PACKET_PUBACK..=MQC_PACKET_PUBCOMP).contains(&packet_type) {
            // SAFETY: the type is that of an acknowledgement; the rest is the caller's promise.
            if unsafe { encode_ack(packet, version, out, capacity, written) } {
                return MQC_OK;
            }
        } else if packet_type == MQC_PACKET_CONNECT {
            encode = if is_v5 { encode_connect::<true> } else { encode_connect::<false> };
        } else if packet_type == MQC_PACKET_SUBSCRIBE {
            encode = if is_v5 { encode_subscribe::<true> } else { encode_subscribe::<false> };
        }
    }
    // SAFETY: the caller's promises, and the packet is of the type that the function is for.
    unsafe { encode(packet, version, out, capacity, written) }
}

/// mqc_encode() for some packets.
type Encode =
    unsafe extern "C" fn(*const mqc_packet, mqc_version, *mut u8, usize, *mut usize) -> mqc_status;

/// The buffer of the caller's if nothing is wrong with the other arguments; `None` says nothing about them.
///
/// # Safety
/// As mqc_encode().
#[inline(always)]
unsafe fn room<'a, const V5: bool>(
    version: mqc_version,
    oldest: mqc_version,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
) -> Option<&'a mut [u8]> {
    let is_known = V5 || (oldest..=MQC_VERSION_V311).contains(&version);
    let is_good = is_known && !written.is_null() && !out.is_null();
    // SAFETY: not NULL and not longer than an object can be; the rest is the caller's promise.
    (is_good && capacity <= isize::MAX as usize)
        .then(|| unsafe { slice::from_raw_parts_mut(out, capacity) })
}

/// Defines mqc_encode() for a packet type: as nearly all its packets are, or by way of `encode_any`. Cannot panic.
macro_rules! quick {
    ($name:ident, $member:ident, $oldest:ident, $sent:expr) => {
        /// # Safety
        /// As mqc_encode(), and the packet is of this type.
        #[inline(never)]
        unsafe extern "C" fn $name<const V5: bool>(
            packet: *const mqc_packet,
            version: mqc_version,
            out: *mut u8,
            capacity: usize,
            written: *mut usize,
        ) -> mqc_status {
            // SAFETY: the caller's promises, for all these.
            unsafe {
                if let Some(to) = room::<V5>(version, $oldest, out, capacity, written) {
                    let sent = $sent(&raw const (*packet).body.$member);
                    if let Some(len) = sent.and_then(|sent| sent.encode::<V5>(to)) {
                        written.write(len);
                        return MQC_OK;
                    }
                }
                encode_any(packet, version, out, capacity, written)
            }
        }
    };
}

quick!(encode_publish, publish, MQC_VERSION_V31, packet::sent_publish);
// Identifiers of 3.1 have rules of their own.
quick!(encode_connect, connect, MQC_VERSION_V311, packet::sent_connect::<V5>);
quick!(encode_subscribe, subscribe, MQC_VERSION_V31, packet::sent_subscribe);

/// Encodes an acknowledgement of success, as nearly all are; false says nothing about the arguments. Cannot panic.
///
/// # Safety
/// As mqc_encode(), and the packet is an acknowledgement.
#[inline(always)]
unsafe fn encode_ack(
    packet: *const mqc_packet,
    version: mqc_version,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
) -> bool {
    let is_known = (MQC_VERSION_V31..=MQC_VERSION_V5).contains(&version);
    let has_room = !out.is_null() && (4..=isize::MAX as usize).contains(&capacity);
    if !is_known || !has_room || written.is_null() {
        return false;
    }
    // SAFETY: the type is that of an acknowledgement; the rest is the caller's promise.
    let Some(bytes) = (unsafe { packet::usual_ack(packet) }) else { return false };
    // SAFETY: not NULL, and there is room; the rest is the caller's promise.
    unsafe {
        out.cast::<[u8; 4]>().write(bytes);
        written.write(4);
    }
    true
}

/// mqc_encode() for all packets.
///
/// # Safety
/// As mqc_encode().
#[inline(never)]
unsafe extern "C" fn encode_any(
    packet: *const mqc_packet,
    version: mqc_version,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
) -> mqc_status {
    guard(|| {
        // SAFETY: the caller's promises.
        let (_, version, out) = unsafe { checked(packet, version, out, capacity, written)? };
        // SAFETY: the caller's promise.
        let packet = unsafe { packet::read(packet, version)? };
        let len = packet
            .encode_to_slice(version, out)
            .map_err(|error| status::of_encode_error(&error))?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { written.write(len) };
        Ok(())
    })
}

/// Encodes a packet so that it fits a peer's Maximum Packet Size.
///
/// One that is too large loses its reason string, and if that is not enough its user properties too, where the standard
/// lets a sender leave them out: in answers, DISCONNECT and AUTH. CONNECT, PUBLISH, SUBSCRIBE and UNSUBSCRIBE are never
/// shortened.
///
/// @param packet           borrowed during the call, with what it points to
/// @param version          of the connection
/// @param max_packet_size  the peer's, in bytes, fixed header included
/// @param out              written with MQC_OK, `*written` bytes
/// @param capacity         bytes at `out`
/// @param written          written with MQC_OK
///
/// Ownership: `packet` and what it points to are borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: as mqc_encode(); MQC_ERR_ENCODE_TOO_LARGE if it does not fit at all.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// As mqc_encode().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_encode_fit(
    packet: *const mqc_packet,
    version: mqc_version,
    max_packet_size: u32,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
) -> mqc_status {
    guard(|| {
        // SAFETY: the caller's promises.
        let (_, version, out) = unsafe { checked(packet, version, out, capacity, written)? };
        // SAFETY: the caller's promise.
        let packet = unsafe { packet::read(packet, version)? };
        let encoded = packet
            .fit(version, max_packet_size)
            .and_then(|fitting| fitting.encode_to_slice(version, out));
        let len = encoded.map_err(|error| status::of_encode_error(&error))?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { written.write(len) };
        Ok(())
    })
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
    guard(|| {
        // SAFETY: the caller's promises.
        let (packet_type, version, out) =
            unsafe { checked(packet, version, out, capacity, written)? };
        if packet_type != MQC_PACKET_PUBLISH {
            return Err(MQC_INVALID_ARGUMENT);
        }
        // SAFETY: the caller's promise.
        let packet = unsafe { packet::read(packet, version)? };
        let len =
            packet.encode_head(version, out).map_err(|error| status::of_encode_error(&error))?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { written.write(len) };
        Ok(())
    })
}

/// The arguments of the functions that write a packet, checked but for the packet's fields.
///
/// # Safety
/// As mqc_encode().
#[inline(always)]
unsafe fn checked<'a>(
    packet: *const mqc_packet,
    version: mqc_version,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
) -> Result<(mqc_packet_type, Version, &'a mut [u8]), mqc_status> {
    required(written)?;
    // SAFETY: the caller's promise about `out`.
    let out = unsafe { output(out, capacity)? };
    let version = types::known_version(version)?;
    required(packet)?;
    // SAFETY: not NULL; the rest is the caller's promise.
    Ok((unsafe { (&raw const (*packet).packet_type).read() }, version, out))
}
