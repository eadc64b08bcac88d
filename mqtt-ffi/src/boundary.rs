//! What every function does at the boundary: catch panics, check pointers, view bytes.

#[cfg(feature = "std")]
use crate::MQC_PANIC;
use crate::{MQC_INVALID_ARGUMENT, MQC_NULL_POINTER, MQC_OK, mqc_bytes, mqc_status};
#[cfg(feature = "std")]
use core::panic::AssertUnwindSafe;
use core::{mem, slice};
#[cfg(feature = "std")]
use std::panic::catch_unwind;

/// The body of a function: `Err` is any status but `MQC_OK`.
pub(crate) type Outcome = Result<(), mqc_status>;

/// Runs the body of a function; a panic ends here.
///
/// Nothing that a caller can still see is left half done: bodies write their outputs last.
#[cfg(feature = "std")]
pub(crate) fn guard(body: impl FnOnce() -> Outcome) -> mqc_status {
    let run = || {
        #[cfg(feature = "fault-injection")]
        fault::strike();
        body()
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(outcome) => status_of(outcome),
        Err(payload) => {
            // Dropping a payload may panic as well; what that gives is left alone.
            let drop_it = AssertUnwindSafe(|| drop(payload));
            if let Err(another) = catch_unwind(drop_it) {
                mem::forget(another);
            }
            MQC_PANIC
        }
    }
}

/// Runs the body of a function. Without std nothing unwinds: a panic ends the program.
#[cfg(not(feature = "std"))]
#[inline(always)]
pub(crate) fn guard(body: impl FnOnce() -> Outcome) -> mqc_status {
    status_of(body())
}

/// What is left to do without std, where only the program can tell anybody.
#[cfg(all(not(feature = "std"), not(test), panic = "abort"))]
#[panic_handler]
fn on_panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn abort() -> !;
    }
    abort()
}

#[inline(always)]
fn status_of(outcome: Outcome) -> mqc_status {
    match outcome {
        Ok(()) => MQC_OK,
        Err(status) => status,
    }
}

/// Panics on demand, to show what becomes of them.
#[cfg(feature = "fault-injection")]
pub(crate) mod fault {
    use core::sync::atomic::{AtomicBool, Ordering};

    static IS_ARMED: AtomicBool = AtomicBool::new(false);

    /// Makes each function panic inside, from now on until it is called with 0.
    ///
    /// Not in the header: it is no part of the library.
    ///
    /// cbindgen:ignore
    #[unsafe(no_mangle)]
    pub(crate) extern "C" fn mqc_fault_inject(on: u32) {
        IS_ARMED.store(on != 0, Ordering::Relaxed);
    }

    pub(super) fn strike() {
        assert!(!IS_ARMED.load(Ordering::Relaxed), "on purpose");
    }
}

/// `MQC_NULL_POINTER` if `pointer` is NULL.
pub(crate) fn required<T>(pointer: *const T) -> Outcome {
    if pointer.is_null() { Err(MQC_NULL_POINTER) } else { Ok(()) }
}

/// The `len` bytes at `data`; NULL is allowed for none.
///
/// # Safety
/// If `len` is not 0, `data` is NULL or points to `len` readable bytes that nobody changes during
/// `'a`.
pub(crate) unsafe fn input<'a>(data: *const u8, len: usize) -> Result<&'a [u8], mqc_status> {
    if len == 0 {
        return Ok(&[]);
    }
    check_range(data, len)?;
    // SAFETY: not NULL and not longer than an object can be; the rest is the caller's promise.
    Ok(unsafe { slice::from_raw_parts(data, len) })
}

/// The `len` writable bytes at `data`; NULL is allowed for none.
///
/// # Safety
/// If `len` is not 0, `data` is NULL or points to `len` writable bytes that nobody else reads or
/// writes during `'a`.
pub(crate) unsafe fn output<'a>(data: *mut u8, len: usize) -> Result<&'a mut [u8], mqc_status> {
    if len == 0 {
        return Ok(&mut []);
    }
    check_range(data, len)?;
    // SAFETY: not NULL and not longer than an object can be; the rest is the caller's promise. The
    // bytes may not have been written yet: they come from C, where memory has no such state, and
    // encoders only write them.
    Ok(unsafe { slice::from_raw_parts_mut(data, len) })
}

fn check_range(data: *const u8, len: usize) -> Outcome {
    required(data)?;
    if isize::try_from(len).is_err() { Err(MQC_INVALID_ARGUMENT) } else { Ok(()) }
}

/// A structure that later versions may make longer: it begins with its size in bytes, which a program compiled with
/// another header may have smaller or larger, and any bytes are a value of it. A field that is not there has the default;
/// one that is not known has to be 0.
///
/// # Safety
/// The first field is a `usize`, the structure has no padding, and any bytes are a value of it.
pub(crate) unsafe trait Growing: Copy {}

/// The structure at `options`, which is not NULL; `defaults` for what is not there.
///
/// # Safety
/// `options` points to as many readable bytes as its first field says.
pub(crate) unsafe fn growing<T: Growing>(options: *const T, defaults: T) -> Result<T, mqc_status> {
    required(options)?;
    // SAFETY: the first field is there whatever the size of the rest.
    let struct_size = unsafe { options.cast::<usize>().read() };
    // None of them ends inside a field.
    if struct_size < mem::size_of::<usize>() || struct_size % mem::size_of::<u32>() != 0 {
        return Err(MQC_INVALID_ARGUMENT);
    }
    // SAFETY: the caller's promise.
    let theirs = unsafe { input(options.cast(), struct_size)? };
    let ours = mem::size_of::<T>();
    if theirs.iter().skip(ours).any(|&byte| byte != 0) {
        // A setting that this library does not know.
        return Err(MQC_INVALID_ARGUMENT);
    }
    let mut known = defaults;
    // SAFETY: both ranges hold that many bytes, they do not overlap, and any bytes are a value.
    unsafe {
        core::ptr::copy_nonoverlapping(
            theirs.as_ptr(),
            (&raw mut known).cast::<u8>(),
            theirs.len().min(ours),
        );
    }
    Ok(known)
}

impl mqc_bytes {
    /// The view of `bytes`.
    pub(crate) const fn of(bytes: &[u8]) -> Self {
        Self { data: bytes.as_ptr(), len: bytes.len() }
    }

    /// The bytes viewed.
    ///
    /// # Safety
    /// As [`input`].
    pub(crate) unsafe fn get<'a>(self) -> Result<&'a [u8], mqc_status> {
        // SAFETY: the caller's promise.
        unsafe { input(self.data, self.len) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_ends_at_the_boundary() {
        assert_eq!(guard(|| panic!("on purpose")), MQC_PANIC);
        assert_eq!(guard(|| Err(MQC_INVALID_ARGUMENT)), MQC_INVALID_ARGUMENT);
        assert_eq!(guard(|| Ok(())), MQC_OK);
    }

    #[test]
    fn range_longer_than_an_object_is_refused() {
        let byte = 0;
        assert_eq!(check_range(&raw const byte, usize::MAX), Err(MQC_INVALID_ARGUMENT));
        assert_eq!(check_range(&raw const byte, 1), Ok(()));
        assert_eq!(check_range(core::ptr::null(), 1), Err(MQC_NULL_POINTER));
    }
}
