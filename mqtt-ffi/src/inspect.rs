//! Packets as annotated hex.

use crate::{
    MQC_BUFFER_TOO_SMALL, MQC_INVALID_ARGUMENT,
    boundary::{guard, input, output, required},
    mqc_decode_options, mqc_status, mqc_version, options,
};
use core::ffi::c_char;
use core::fmt::{self, Write};
use mqtt_core::inspect;

/// Show the first bytes of long fields.
pub const MQC_INSPECT_SHORT: u32 = 0;
/// Show all bytes of long fields.
pub const MQC_INSPECT_WHOLE: u32 = 1;

/// Writes where there is room, and counts all.
struct Text<'o> {
    out: &'o mut [u8],
    len: usize,
}

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len.saturating_add(text.len());
        if let Some(place) = self.out.get_mut(self.len..end) {
            place.copy_from_slice(text.as_bytes());
        }
        self.len = end;
        Ok(())
    }
}

/// Explains the packet at the front of a buffer: each field on a line with its offset, bytes, name,
/// value and the statement of the standard that defines it; of a malformed packet, all up to the
/// fault, and the fault.
///
/// The text is UTF-8, not NUL-terminated. It is made twice: once to count, once to write.
///
/// @param data      borrowed; NULL only if `len` is 0
/// @param version   of the connection; `MQC_VERSION_UNKNOWN` accepts only CONNECT
/// @param options   borrowed during the call; NULL for the defaults
/// @param style     `MQC_INSPECT_*`
/// @param out       written with MQC_OK, `*written` bytes
/// @param capacity  bytes at `out`
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the text
///
/// Ownership: `data` and `options` are borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_BUFFER_TOO_SMALL, MQC_NULL_POINTER or MQC_INVALID_ARGUMENT; a malformed packet is
///   explained as well.
/// Cost: O(bytes of the text), no allocation. Since 0.1.
///
/// # Safety
/// As mqc_decode(); `out` is NULL or points to `capacity` writable bytes that overlap nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_inspect(
    data: *const u8,
    len: usize,
    version: mqc_version,
    options: *const mqc_decode_options,
    style: u32,
    out: *mut c_char,
    capacity: usize,
    written: *mut usize,
) -> mqc_status {
    guard(|| {
        required(written)?;
        // SAFETY: the caller's promise about `data`.
        let bytes = unsafe { input(data, len)? };
        // SAFETY: the caller's promise about `options`.
        let options = unsafe { options::read(options)? };
        let version = options::version(version)?;
        // SAFETY: the caller's promise about `out`.
        let out = unsafe { output(out.cast(), capacity)? };
        let inspection = inspect(bytes, version, &options);
        let write = |out| {
            let mut text = Text { out, len: 0 };
            let shown = match style {
                MQC_INSPECT_SHORT => write!(text, "{inspection}"),
                MQC_INSPECT_WHOLE => write!(text, "{inspection:#}"),
                _ => return Err(MQC_INVALID_ARGUMENT),
            };
            // Neither side fails.
            shown.map(|()| text.len).map_err(|fmt::Error| MQC_INVALID_ARGUMENT)
        };
        // Counted first, so that nothing is written if there is no room.
        let needed = write(&mut [])?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { written.write(needed) };
        if needed > out.len() {
            return Err(MQC_BUFFER_TOO_SMALL);
        }
        write(out).map(drop)
    })
}
