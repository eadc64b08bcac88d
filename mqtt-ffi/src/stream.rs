//! PUBLISH packets larger than memory, in and out.

use crate::{
    MQC_INVALID_ARGUMENT, MQC_POISONED,
    boundary::{Outcome, guard, output, required},
    decode, mqc_bytes, mqc_decode_error, mqc_decode_options, mqc_packet, mqc_status, mqc_version,
    options, packet, status, types,
};
use core::{
    mem,
    sync::atomic::{AtomicBool, Ordering},
};
use mqtt_core::{Limits, Packet, PublishWriter, StreamDecoder, StreamItem};

/// A decoder of a stream of chunks, in memory of the caller. It holds no other memory and needs no
/// end; it may be moved, but not copied and then used twice.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_stream {
    /// Of no meaning to the caller.
    pub opaque: [u64; 40],
}

/// What mqc_stream_next() found.
pub type mqc_stream_kind = u32;
/// Nothing: more bytes are needed.
pub const MQC_STREAM_NONE: mqc_stream_kind = 0;
/// A packet that fits into the buffer: `packet`.
pub const MQC_STREAM_PACKET: mqc_stream_kind = 1;
/// The head of a larger PUBLISH: `packet` without its payload, of which `payload_len` bytes follow.
pub const MQC_STREAM_PUBLISH_HEAD: mqc_stream_kind = 2;
/// The next part of the payload: `payload`.
pub const MQC_STREAM_PAYLOAD: mqc_stream_kind = 3;

/// A packet, or a part of one.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mqc_stream_item {
    /// `MQC_STREAM_*`: which fields are set.
    pub kind: mqc_stream_kind,
    /// Bytes of payload that follow a head: at least one.
    pub payload_len: u32,
    /// Of a part: bytes where the caller has them; at least one.
    pub payload: mqc_bytes,
    /// Of a part: 1 for the last one, else 0.
    pub last: u8,
    /// Zero.
    pub reserved: [u8; 7],
    /// A packet, or its head.
    pub packet: mqc_packet,
}

/// What is in an `mqc_stream`. It has no destructor, and any memory of the caller's is aligned for it.
struct Inner {
    /// [`READY`], or nobody has begun it.
    state: u64,
    /// A panic was caught while it was used, as in any object of the library.
    is_poisoned: AtomicBool,
    decoder: StreamDecoder<'static>,
}

const READY: u64 = 0x6D71_635F_7374_7265;

impl Inner {
    const fn new(decoder: StreamDecoder<'static>) -> Self {
        Self { state: READY, is_poisoned: AtomicBool::new(false), decoder }
    }
}

const _: () = {
    assert!(size_of::<Inner>() <= size_of::<mqc_stream>());
    assert!(align_of::<Inner>() <= align_of::<mqc_stream>());
    assert!(!mem::needs_drop::<Inner>());
};

/// Begins a stream.
///
/// Packets that fit into the buffer come whole. Of a larger PUBLISH comes the head, then the payload
/// in parts that lie in the caller's chunks: not buffered, not copied. What is whole and what is not
/// depends on the size of the buffer alone, never on how the stream is chopped.
///
/// @param stream    written with MQC_OK
/// @param buffer    belongs to the stream as long as that is used: nobody else reads or writes it
/// @param capacity  bytes at `buffer`
/// @param version   of the connection; `MQC_VERSION_UNKNOWN` accepts only CONNECT, until
///                  mqc_stream_set_version()
/// @param options   borrowed during the call; NULL for the defaults
///
/// Ownership: `buffer` belongs to the stream as long as that is used: nobody else reads or writes
///   it. `options` are borrowed during the call.
/// Lifetime: `*stream` is of use as long as `buffer` is.
/// Threads: one at a time for each stream.
/// Errors: MQC_NULL_POINTER, or MQC_INVALID_ARGUMENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `buffer` stays as long as the
/// stream is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_stream_init(
    stream: *mut mqc_stream,
    buffer: *mut u8,
    capacity: usize,
    version: mqc_version,
    options: *const mqc_decode_options,
) -> mqc_status {
    guard(|| {
        required(stream)?;
        // SAFETY: the caller's promise about `buffer`.
        let buffer: &'static mut [u8] = unsafe { output(buffer, capacity)? };
        // SAFETY: the caller's promise about `options`.
        let options = unsafe { options::read(options)? };
        let version = options::version(version)?;
        let mut decoder = StreamDecoder::new(buffer, options);
        if let Some(version) = version {
            decoder.set_version(version);
        }
        // SAFETY: not NULL, large enough and aligned (checked above); the rest is the caller's promise.
        unsafe { stream.cast::<Inner>().write(Inner::new(decoder)) };
        Ok(())
    })
}

/// Tells the version of the connection, once a CONNECT has named it. It holds from the next packet on.
///
/// @param stream    begun with mqc_stream_init()
/// @param version   a version
///
/// Ownership: nothing is kept but the number.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each stream.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `stream` is NULL or points to a stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_stream_set_version(
    stream: *mut mqc_stream,
    version: mqc_version,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe {
        with_mut(stream, |decoder| {
            decoder.set_version(types::known_version(version)?);
            Ok(())
        })
    }
}

/// Tells the largest packet from the next one on, in bytes, fixed header included.
///
/// @param stream           begun with mqc_stream_init()
/// @param max_packet_size  bytes
///
/// Ownership: nothing is kept but the number.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each stream.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `stream` is NULL or points to a stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_stream_set_max_packet_size(
    stream: *mut mqc_stream,
    max_packet_size: u32,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe {
        with_mut(stream, |decoder| {
            decoder.set_limits(Limits { max_packet_size, ..decoder.limits() });
            Ok(())
        })
    }
}

/// Forgets a packet that is not complete, and an error: the stream begins anew, without a version.
///
/// @param stream    begun with mqc_stream_init()
///
/// Ownership: the buffer stays the stream's.
/// Lifetime: what earlier calls gave ends.
/// Threads: one at a time for each stream.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `stream` is NULL or points to a stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_stream_clear(stream: *mut mqc_stream) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe {
        with_mut(stream, |decoder| {
            decoder.clear();
            Ok(())
        })
    }
}

/// Tells how many bytes are certainly missing to the end of the packet at hand, payload included.
///
/// Exact once the fixed header of the packet is there; never 0. Reading that many never reads into the next packet. Between
/// two packets it is 2, the shortest there is. It is 2 after an error too, where nothing more is taken: what the first
/// packet after mqc_stream_clear() has at least. mqc_stream_is_idle() tells the two apart.
///
/// @param stream    begun with mqc_stream_init()
/// @param needed    written with MQC_OK: bytes
///
/// Ownership: `needed` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `stream` is NULL or points to a stream, `needed` is NULL or points to such a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_stream_needed(
    stream: *const mqc_stream,
    needed: *mut usize,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(stream, |decoder| {
            required(needed)?;
            needed.write(decoder.needed());
            Ok(())
        })
    }
}

/// Tells whether nothing of a packet has been taken yet: where a connection may end in peace.
///
/// @param stream    begun with mqc_stream_init()
/// @param idle      written with MQC_OK: 1 between two packets, else 0, which it is after an error too
///
/// Ownership: `idle` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `stream` is NULL or points to a stream, `idle` is NULL or points to such a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_stream_is_idle(
    stream: *const mqc_stream,
    idle: *mut u8,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(stream, |decoder| {
            required(idle)?;
            idle.write(u8::from(decoder.is_idle()));
            Ok(())
        })
    }
}

/// Takes the next packet, or part of one, from a chunk.
///
/// Call it until `out->kind` is `MQC_STREAM_NONE`; then all bytes of the chunk have been taken.
///
/// @param stream    begun with mqc_stream_init()
/// @param rest      what is left of the chunk; advanced
/// @param out       written with MQC_OK; its views are valid until the next call with this stream,
///                  those of `payload` as long as the chunk
/// @param error     written if the packet is illegal; may be NULL
///
/// Ownership: the bytes of `rest` are borrowed during the call.
/// Lifetime: the views in `*out` live until the next call with this stream; `payload` as long as
///   the chunk.
/// Threads: one at a time for each stream.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or MQC_ERR_*, after which each
///   call gives the same until mqc_stream_clear().
/// Cost: O(bytes taken), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind, `*rest` to its bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_stream_next(
    stream: *mut mqc_stream,
    rest: *mut mqc_bytes,
    out: *mut mqc_stream_item,
    error: *mut mqc_decode_error,
) -> mqc_status {
    let body = |decoder: &mut StreamDecoder<'static>| {
        required(rest)?;
        required(out)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let chunk = unsafe { rest.read() };
        // SAFETY: the caller's promise.
        let mut input = unsafe { chunk.get()? };
        let item = decoder.next_item(&mut input);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { rest.write(mqc_bytes::of(input)) };
        // SAFETY: the caller's promise about `error`.
        let item = item.map_err(|fault| unsafe { decode::refuse(&fault, error) })?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { write_item(item, out) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { with_mut(stream, body) }
}

/// # Safety
/// `out` points to a writable item, which need not be initialized.
unsafe fn write_item(item: Option<StreamItem<'_>>, out: *mut mqc_stream_item) {
    let (kind, payload_len, payload, last, packet) = match item {
        None => (MQC_STREAM_NONE, 0, &[][..], false, None),
        Some(StreamItem::Packet(packet)) => (MQC_STREAM_PACKET, 0, &[][..], false, Some(packet)),
        Some(StreamItem::PublishHead { publish, payload_len }) => {
            (MQC_STREAM_PUBLISH_HEAD, payload_len, &[][..], false, Some(Packet::Publish(publish)))
        }
        Some(StreamItem::Payload { bytes, last }) => (MQC_STREAM_PAYLOAD, 0, bytes, last, None),
    };
    // SAFETY: the caller's promise, for all these.
    unsafe {
        (&raw mut (*out).kind).write(kind);
        (&raw mut (*out).payload_len).write(payload_len);
        (&raw mut (*out).payload).write(mqc_bytes::of(payload));
        (&raw mut (*out).last).write(u8::from(last));
        (&raw mut (*out).reserved).write([0; 7]);
        if let Some(packet) = packet {
            packet::write(&packet, &raw mut (*out).packet);
        }
    }
}

/// Whether the stream can be used.
///
/// # Safety
/// `stream` is NULL or points to initialized memory of its size, which nobody changes meanwhile.
unsafe fn check(stream: *const mqc_stream) -> Outcome {
    required(stream)?;
    let inner = stream.cast::<Inner>();
    // SAFETY: not NULL; any bytes are a number. The rest is the caller's promise.
    if unsafe { (&raw const (*inner).state).read() } != READY {
        return Err(MQC_INVALID_ARGUMENT);
    }
    // SAFETY: mqc_stream_init() has been here.
    let is_poisoned = unsafe { &(*inner).is_poisoned };
    if is_poisoned.load(Ordering::Relaxed) { Err(MQC_POISONED) } else { Ok(()) }
}

/// Runs `body` with the decoder, which nobody else uses.
///
/// # Safety
/// `stream` is NULL or points to initialized memory of its size, which nobody else uses.
unsafe fn with_mut(
    stream: *mut mqc_stream,
    body: impl FnOnce(&mut StreamDecoder<'static>) -> Outcome,
) -> mqc_status {
    // SAFETY: the caller's promise.
    if let Err(status) = unsafe { check(stream) } {
        return status;
    }
    // SAFETY: mqc_stream_init() has been here; the rest is the caller's promise.
    let inner = unsafe { &mut *stream.cast::<Inner>() };
    let status = guard(|| body(&mut inner.decoder));
    if status == crate::MQC_PANIC {
        *inner.is_poisoned.get_mut() = true;
    }
    status
}

/// Runs `body` with the decoder, which others may look at too.
///
/// # Safety
/// `stream` is NULL or points to initialized memory of its size, which nobody changes meanwhile.
unsafe fn with(
    stream: *const mqc_stream,
    body: impl FnOnce(&StreamDecoder<'static>) -> Outcome,
) -> mqc_status {
    // SAFETY: the caller's promise.
    if let Err(status) = unsafe { check(stream) } {
        return status;
    }
    // SAFETY: mqc_stream_init() has been here; the rest is the caller's promise.
    let inner = unsafe { &*stream.cast::<Inner>() };
    let status = guard(|| body(&inner.decoder));
    if status == crate::MQC_PANIC {
        inner.is_poisoned.store(true, Ordering::Relaxed);
    }
    status
}

/// Encodes all of a PUBLISH but its payload, for a payload that is not in memory.
///
/// The payload of `packet` is not looked at. The caller sends `payload_len` bytes behind the head, no
/// more and no less.
///
/// @param packet       borrowed during the call, with what it points to; a PUBLISH
/// @param payload_len  bytes that follow
/// @param version      of the connection
/// @param out          written with MQC_OK, `*written` bytes
/// @param capacity     bytes at `out`
/// @param written      written with MQC_OK
///
/// Ownership: `packet` and what it points to are borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: as mqc_encode_publish_head().
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// As mqc_encode().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_encode_stream_head(
    packet: *const mqc_packet,
    payload_len: u32,
    version: mqc_version,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
) -> mqc_status {
    guard(|| {
        required(written)?;
        // SAFETY: the caller's promise about `out`.
        let out = unsafe { output(out, capacity)? };
        let version = types::known_version(version)?;
        // SAFETY: the caller's promise about `packet`.
        let publish = unsafe { packet::publish_head_of(packet)? };
        let (_, len) = PublishWriter::begin(&publish, payload_len, version, out)
            .map_err(|error| status::of_encode_error(&error))?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { written.write(len) };
        Ok(())
    })
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::{MQC_NULL_POINTER, MQC_OK, MQC_PANIC, MQC_VERSION_V5};
    use core::ptr;

    /// What both functions that only read answer, and one that does not.
    ///
    /// # Safety
    /// `stream` points to a stream, begun or zeroed; if begun, its buffer is still there.
    unsafe fn answers(stream: *mut mqc_stream) -> [mqc_status; 3] {
        let (mut needed, mut idle) = (0, 0);
        // SAFETY: the caller's promise, and pointers to what the functions say.
        unsafe {
            [
                mqc_stream_needed(stream, &raw mut needed),
                mqc_stream_is_idle(stream, &raw mut idle),
                mqc_stream_set_version(stream, MQC_VERSION_V5),
            ]
        }
    }

    #[test]
    fn after_a_panic_every_function_says_so() {
        // As a C program has them: the stream keeps a pointer to the buffer, so that neither is named again.
        const LEN: usize = 16;
        let (mut buffer, mut stream) = ([0_u8; LEN], mqc_stream { opaque: [0; 40] });
        let (buffer, stream) = (&raw mut buffer, &raw mut stream);
        // SAFETY: the stream is used as it should be, and not longer than its buffer.
        unsafe {
            assert_eq!(answers(stream), [MQC_INVALID_ARGUMENT; 3]);
            for while_reading in [true, false] {
                let at = buffer.cast();
                let status = mqc_stream_init(stream, at, LEN, MQC_VERSION_V5, ptr::null());
                assert_eq!((status, answers(stream)), (MQC_OK, [MQC_OK; 3]));
                let status = if while_reading {
                    with(stream, |_| panic!("on purpose"))
                } else {
                    with_mut(stream, |_| panic!("on purpose"))
                };
                assert_eq!((status, answers(stream)), (MQC_PANIC, [MQC_POISONED; 3]));
            }
            assert_eq!(with(ptr::null(), |_| Ok(())), MQC_NULL_POINTER);
        }
    }
}
