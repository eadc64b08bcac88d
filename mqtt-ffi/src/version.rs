//! Which library this is.

use core::ffi::{CStr, c_char};

/// Number of the binary interface described by this header.
///
/// It changes when a program compiled with an older header could no longer run on the library.
pub const MQC_ABI_VERSION: u32 = 1;
/// First part of the version of this header.
pub const MQC_LIBRARY_VERSION_MAJOR: u32 = 0;
/// Second part of the version of this header.
pub const MQC_LIBRARY_VERSION_MINOR: u32 = 1;
/// Third part of the version of this header.
pub const MQC_LIBRARY_VERSION_PATCH: u32 = 0;

/// Number of the binary interface of the library at run time.
///
/// A program may check once that it equals `MQC_ABI_VERSION`.
///
/// Ownership: nothing is passed.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: none.
/// Cost: O(1), no allocation. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn mqc_abi_version() -> u32 {
    MQC_ABI_VERSION
}

/// Version of the library at run time, as in `"0.1.0"`: NUL-terminated, static.
///
/// Ownership: static.
/// Lifetime: for ever.
/// Threads: any.
/// Errors: none; never NULL.
/// Cost: O(1), no allocation. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn mqc_version_string() -> *const c_char {
    const VERSION: &CStr =
        match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => panic!("cargo's version holds no NUL"),
        };
    VERSION.as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_has_the_version_of_the_package() {
        let header = format!(
            "{MQC_LIBRARY_VERSION_MAJOR}.{MQC_LIBRARY_VERSION_MINOR}.{MQC_LIBRARY_VERSION_PATCH}"
        );
        assert_eq!(header, env!("CARGO_PKG_VERSION"));
    }
}
