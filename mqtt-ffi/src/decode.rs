//! From bytes to packets.

use crate::{
    MQC_NEED_MORE, MQC_OK, MQC_PACKET_NONE, MQC_VERSION_V5, MQC_VERSION_V31,
    boundary::{Outcome, guard, input, required},
    mqc_bytes, mqc_decode_options, mqc_packet, mqc_packet_type, mqc_status, mqc_version, options,
    packet, status,
};
use mqtt_core::{
    DecodeError, DecodeOptions, Decoded, Response, Status, Version, decode,
    raw::{usual_ack, usual_connect, usual_publish, usual_subscribe},
};

/// What the standard lets the receiver of an illegal packet answer before it closes the connection.
pub type mqc_response = u32;
/// Close without a word.
pub const MQC_RESPONSE_CLOSE: mqc_response = 0;
/// Send a CONNACK with the code, then close.
pub const MQC_RESPONSE_CONNACK: mqc_response = 1;
/// Send a DISCONNECT with the code, then close (5.0).
pub const MQC_RESPONSE_DISCONNECT: mqc_response = 2;

/// Why bytes are not a legal packet.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_decode_error {
    /// What is wrong: the `MQC_ERR_*` that the function returned.
    pub kind: mqc_status,
    /// In which packet; `MQC_PACKET_NONE` if its first byte names none.
    pub packet_type: mqc_packet_type,
    /// Where: bytes from the first byte of the packet.
    pub offset: usize,
    /// The statement of the standard that is broken: `MQTT-` and its number, or the section where
    /// the rule has none. Static, not NUL-terminated.
    pub statement: mqc_bytes,
    /// What to answer.
    pub response: mqc_response,
    /// The code in that answer; 0 with `MQC_RESPONSE_CLOSE`.
    pub response_code: u8,
    /// The reason code of 5.0 for this fault, whatever the version: for logs and counters.
    pub reason_code: u8,
    /// The property at fault (`MQC_PROPERTY_*`), or 0.
    pub property_id: u8,
    /// Zero.
    pub reserved: u8,
}

/// Decodes the packet at the front of a buffer.
///
/// Reads `len` bytes at `data` and judges them by `version` and `options`. With `MQC_OK`, `*out` is
/// the packet and `*size` its length in bytes: the next packet begins there. Nothing is copied: the
/// views in `*out` point into `data` and live as long as it does.
///
/// @param data      borrowed; NULL only if `len` is 0
/// @param version   of the connection; `MQC_VERSION_UNKNOWN` accepts only CONNECT
/// @param options   borrowed during the call; NULL for the defaults
/// @param out       written with MQC_OK
/// @param size      written with MQC_OK: length of the packet; with MQC_NEED_MORE: how many bytes
///                  are missing, exactly (until the header is complete: of the header)
/// @param error     written if the packet is illegal; may be NULL
///
/// Ownership: `data` and `options` are borrowed during the call.
/// Lifetime: the views in `*out` live as long as `data` is neither changed nor freed;
///   `error->statement` for ever.
/// Threads: any.
/// Errors: MQC_NEED_MORE, MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or MQC_ERR_* for an illegal
///   packet.
/// Cost: O(length of the packet), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL where that is allowed, or point to memory of the stated kind and size that
/// nobody else writes to during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_decode(
    data: *const u8,
    len: usize,
    version: mqc_version,
    options: *const mqc_decode_options,
    out: *mut mqc_packet,
    size: *mut usize,
    error: *mut mqc_decode_error,
) -> mqc_status {
    // Not worth the frame of a function: what one takes is a third of all that is to be done.
    // SAFETY: the caller's promises.
    let is_done = cfg!(not(feature = "fault-injection"))
        && unsafe { decode_ack(data, len, version, options, out, size) };
    if is_done {
        return MQC_OK;
    }
    // SAFETY: the caller's promises.
    unsafe { decode_any(data, len, version, options, out, size, error) }
}

/// Decodes an acknowledgement of success, as nearly all are; false says nothing about the arguments. Cannot panic.
///
/// # Safety
/// As mqc_decode().
#[inline(always)]
unsafe fn decode_ack(
    data: *const u8,
    len: usize,
    version: mqc_version,
    options: *const mqc_decode_options,
    out: *mut mqc_packet,
    size: *mut usize,
) -> bool {
    // First what tells a PUBLISH from it.
    if data.is_null() || !(4..=isize::MAX as usize).contains(&len) {
        return false;
    }
    // SAFETY: there are so many bytes; the rest is the caller's promise.
    let bytes = unsafe { data.cast::<[u8; 4]>().read() };
    let Some((packet, id)) = usual_ack(bytes, |packet, id| (packet.packet_type(), id)) else {
        return false;
    };
    let is_known = (MQC_VERSION_V31..=MQC_VERSION_V5).contains(&version);
    if !is_known || !options.is_null() || out.is_null() || size.is_null() {
        return false;
    }
    // SAFETY: not NULL; the rest is the caller's promise.
    unsafe {
        size.write(4);
        packet::write_ack(packet, id, out);
    }
    true
}

/// mqc_decode() for all packets.
///
/// # Safety
/// As mqc_decode().
#[inline(never)]
unsafe extern "C" fn decode_any(
    data: *const u8,
    len: usize,
    version: mqc_version,
    options: *const mqc_decode_options,
    out: *mut mqc_packet,
    size: *mut usize,
    error: *mut mqc_decode_error,
) -> mqc_status {
    guard(|| {
        required(out)?;
        required(size)?;
        // SAFETY: the caller's promise about `data`.
        let bytes = unsafe { input(data, len)? };
        let version = options::version(version)?;
        // What is constant in the defaults is known when this is compiled.
        if options.is_null() {
            // SAFETY: not NULL; the rest is the caller's promise.
            return unsafe {
                decode_with(bytes, version, &DecodeOptions::DEFAULT, out, size, error)
            };
        }
        // SAFETY: the caller's promise about `options`.
        let options = unsafe { options::read(options)? };
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { decode_with(bytes, version, &options, out, size, error) }
    })
}

/// mqc_decode() for arguments that have been checked.
///
/// # Safety
/// As mqc_decode().
#[inline(always)]
unsafe fn decode_with(
    bytes: &[u8],
    version: Option<Version>,
    options: &DecodeOptions,
    out: *mut mqc_packet,
    size: *mut usize,
    error: *mut mqc_decode_error,
) -> Outcome {
    if let Some(version) = version {
        if let Some((publish, consumed)) = usual_publish::<&[u8]>(bytes, version, options) {
            // SAFETY: the caller's promise, for both.
            unsafe {
                size.write(consumed);
                packet::write_publish(&publish, out);
            }
            return Ok(());
        }
    }
    // SAFETY: the caller's promise.
    unsafe { decode_seldom(bytes, version, options, out, size, error) }
}

/// The same for what is not a PUBLISH as nearly all are.
///
/// # Safety
/// As mqc_decode().
#[inline(never)]
unsafe fn decode_seldom(
    bytes: &[u8],
    version: Option<Version>,
    options: &DecodeOptions,
    out: *mut mqc_packet,
    size: *mut usize,
    error: *mut mqc_decode_error,
) -> Outcome {
    if bytes.first() == Some(&0x10) {
        if let Some((connect, consumed)) = usual_connect::<&[u8]>(bytes, options) {
            // SAFETY: the caller's promise, for both.
            unsafe {
                size.write(consumed);
                packet::write_connect(&connect, out);
            }
            return Ok(());
        }
    }
    if let (Some(0x82), Some(version)) = (bytes.first(), version) {
        if let Some((subscribe, consumed)) = usual_subscribe(bytes, version, options) {
            // SAFETY: the caller's promise, for both.
            unsafe {
                size.write(consumed);
                packet::write_subscribe(&subscribe, out);
            }
            return Ok(());
        }
    }
    match decode_apart(bytes, version, options) {
        Ok(Status::Complete(decoded)) => {
            // SAFETY: the caller's promise, for both.
            unsafe {
                size.write(decoded.consumed);
                packet::write(&decoded.packet, out);
            }
            Ok(())
        }
        Ok(Status::Incomplete { needed }) => {
            // SAFETY: the caller's promise.
            unsafe { size.write(needed.get()) };
            Err(MQC_NEED_MORE)
        }
        // SAFETY: the caller's promise.
        Err(fault) => Err(unsafe { refuse(&fault, error) }),
    }
}

/// decode(), not inlined: what it gives is looked at where it lies.
#[inline(never)]
fn decode_apart<'a>(
    bytes: &'a [u8],
    version: Option<Version>,
    options: &DecodeOptions,
) -> Result<Status<Decoded<'a>>, DecodeError> {
    decode(bytes, version, options)
}

/// Reports a fault, and gives its status.
///
/// # Safety
/// `error` is NULL or points to a writable `mqc_decode_error`.
pub(crate) unsafe fn refuse(fault: &DecodeError, error: *mut mqc_decode_error) -> mqc_status {
    let kind = status::of_kind(fault.kind());
    if !error.is_null() {
        let (response, response_code) = match fault.response() {
            Response::Close => (MQC_RESPONSE_CLOSE, 0),
            Response::ConnAck(code) => (MQC_RESPONSE_CONNACK, code.0),
            Response::Disconnect(code) => (MQC_RESPONSE_DISCONNECT, code.0),
        };
        let detail = mqc_decode_error {
            kind,
            packet_type: fault.packet().map_or(MQC_PACKET_NONE, |packet| packet as u32),
            offset: fault.offset(),
            statement: mqc_bytes::of(fault.statement().as_bytes()),
            response,
            response_code,
            reason_code: fault.reason_code().0,
            property_id: fault.property().map_or(0, |id| id as u8),
            reserved: 0,
        };
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { error.write(detail) };
    }
    kind
}

/// Tells how long the packet at the front of a buffer is, from its fixed header alone.
///
/// For programs that read a packet into memory of its own. The body need not be there and is not
/// judged.
///
/// @param data       borrowed; NULL only if `len` is 0
/// @param version    of the connection; `MQC_VERSION_UNKNOWN` accepts only CONNECT
/// @param options    borrowed during the call; NULL for the defaults
/// @param frame_len  written with MQC_OK: bytes of the packet, fixed header included; with
///                   MQC_NEED_MORE: how many bytes of the header are certainly missing
/// @param error      written if the header is illegal; may be NULL
///
/// Ownership: `data` and `options` are borrowed during the call.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_NEED_MORE, MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or MQC_ERR_*.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// As mqc_decode().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_frame_len(
    data: *const u8,
    len: usize,
    version: mqc_version,
    options: *const mqc_decode_options,
    frame_len: *mut usize,
    error: *mut mqc_decode_error,
) -> mqc_status {
    guard(|| {
        required(frame_len)?;
        // SAFETY: the caller's promise about `data`.
        let bytes = unsafe { input(data, len)? };
        // SAFETY: the caller's promise about `options`.
        let options = unsafe { options::read(options)? };
        let version = options::version(version)?;
        let lengths = bytes.iter().skip(1).take(4);
        let complete = lengths.clone().any(|&byte| byte < 0x80);
        let header_len = 1 + lengths.take_while(|&&byte| byte >= 0x80).count();
        let header = if complete { bytes.get(..=header_len) } else { None };
        // The decoder sees the header and no body: what it misses then is the whole body.
        let header = header.unwrap_or(bytes);
        let found = match decode(header, version, &options) {
            Ok(Status::Incomplete { needed }) if complete => header.len() + needed.get(),
            Ok(Status::Incomplete { needed }) => {
                // SAFETY: not NULL; the rest is the caller's promise.
                unsafe { frame_len.write(needed.get()) };
                return Err(MQC_NEED_MORE);
            }
            Ok(Status::Complete(_)) => header.len(),
            // An empty body may be illegal; that is for mqc_decode() to say.
            Err(fault) if complete && fault.offset() >= header.len() => header.len(),
            // SAFETY: the caller's promise about `error`.
            Err(fault) => return Err(unsafe { refuse(&fault, error) }),
        };
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { frame_len.write(found) };
        Ok(())
    })
}
