//! Topic names and topic filters: their rules, matching, and their levels.

use crate::{
    MQC_ERR_UTF8,
    boundary::{guard, required},
    mqc_bytes, mqc_status, mqc_version, status, types,
};
use core::ptr;
use mqtt_core::{ErrorKind, TopicError, TopicFilter, TopicName, Version};

/// Why a text is no topic name, no topic filter, no pattern, or cannot be mapped.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_topic_error {
    /// What is wrong: the `MQC_ERR_*` that the function returned.
    pub kind: mqc_status,
    /// Zero.
    pub reserved: u32,
    /// Where: bytes from the first byte of the text; 0 if the fault is the text as a whole. In a
    /// text that is too long, the most bytes that there may be.
    pub offset: usize,
    /// The statement of the standard that is broken: `MQTT-` and its number, in the count of the
    /// version that was given, of 5.0 where none was; no bytes where the standard has no such rule.
    /// Static, not NUL-terminated.
    pub statement: mqc_bytes,
}

/// What there is to know of a topic name.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_topic_info {
    /// Levels: one more than slashes.
    pub level_count: usize,
    /// 1 if the first character is `$`, else 0. Filters that begin with a wildcard do not match it.
    pub starts_with_dollar: u8,
    /// Zero.
    pub reserved: [u8; 7],
}

/// What there is to know of a topic filter.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_filter_info {
    /// The share name of a shared subscription; else no bytes.
    pub share_name: mqc_bytes,
    /// The part that matches: of `$share/group/filter` the filter, of others all.
    pub filter: mqc_bytes,
    /// Levels of the part that matches: one more than slashes.
    pub level_count: usize,
    /// 1 if there is `+` or `#`, else 0: then it matches one name only.
    pub has_wildcards: u8,
    /// 1 if the first character of the part that matches is `$`, else 0.
    pub starts_with_dollar: u8,
    /// 1 for a shared subscription, else 0.
    pub is_shared: u8,
    /// Zero.
    pub reserved: [u8; 5],
}

/// No view at all: where there is no level any more, which may have no bytes itself.
pub(crate) const NOTHING: mqc_bytes = mqc_bytes { data: ptr::null(), len: 0 };

/// Reports a fault, and gives its status.
///
/// # Safety
/// `error` is NULL or points to a writable `mqc_topic_error`.
pub(crate) unsafe fn report(
    kind: mqc_status,
    offset: usize,
    statement: Option<&'static str>,
    error: *mut mqc_topic_error,
) -> mqc_status {
    if !error.is_null() {
        let statement = mqc_bytes::of(statement.unwrap_or_default().as_bytes());
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { error.write(mqc_topic_error { kind, reserved: 0, offset, statement }) };
    }
    kind
}

/// # Safety
/// As [`report`].
pub(crate) unsafe fn refuse(
    fault: &TopicError,
    version: Version,
    error: *mut mqc_topic_error,
) -> mqc_status {
    let kind = status::of_topic_error(fault);
    // SAFETY: the caller's promise.
    unsafe { report(kind, fault.offset(), fault.statement(version), error) }
}

/// The text at `bytes`.
///
/// # Safety
/// As [`mqc_bytes::get`] and [`report`].
pub(crate) unsafe fn text<'a>(
    bytes: mqc_bytes,
    version: Version,
    error: *mut mqc_topic_error,
) -> Result<&'a str, mqc_status> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes.get()? };
    core::str::from_utf8(bytes).map_err(|fault| {
        let fault = TopicError::Invalid { kind: ErrorKind::Utf8, offset: fault.valid_up_to() };
        // SAFETY: the caller's promise.
        unsafe { report(MQC_ERR_UTF8, fault.offset(), fault.statement(version), error) }
    })
}

/// The topic name at `bytes`.
///
/// # Safety
/// As [`text`].
pub(crate) unsafe fn name<'a>(
    bytes: mqc_bytes,
    version: Version,
    error: *mut mqc_topic_error,
) -> Result<TopicName<'a>, mqc_status> {
    // SAFETY: the caller's promise.
    let text = unsafe { text(bytes, version, error)? };
    // SAFETY: the caller's promise.
    TopicName::new(text).map_err(|fault| unsafe { refuse(&fault, version, error) })
}

/// The topic filter at `bytes`.
///
/// # Safety
/// As [`text`].
pub(crate) unsafe fn filter<'a>(
    bytes: mqc_bytes,
    version: Version,
    error: *mut mqc_topic_error,
) -> Result<TopicFilter<'a>, mqc_status> {
    // SAFETY: the caller's promise.
    let text = unsafe { text(bytes, version, error)? };
    let filter = TopicFilter::for_version(text, version);
    // SAFETY: the caller's promise.
    filter.map_err(|fault| unsafe { refuse(&fault, version, error) })
}

/// The filter at `bytes`, by the rules of a version.
///
/// # Safety
/// As [`mqc_bytes::get`].
#[cfg(feature = "tries")]
pub(crate) unsafe fn filter_by<'a>(
    bytes: mqc_bytes,
    version: mqc_version,
) -> Result<TopicFilter<'a>, mqc_status> {
    let version = types::known_version(version)?;
    // SAFETY: the caller's promise.
    unsafe { filter(bytes, version, ptr::null_mut()) }
}

/// Judges a topic name, and tells what there is to know of it.
///
/// @param name      UTF-8
/// @param version   a version: by whose count `error->statement` is
/// @param out       written with MQC_OK; may be NULL
/// @param error     written if the name is not legal; may be NULL
///
/// Ownership: `name` is borrowed during the call.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_ERR_UTF8, MQC_ERR_NUL, MQC_ERR_TOPIC_EMPTY,
///   MQC_ERR_TOPIC_WILDCARD, or MQC_ERR_ENCODE_FIELD_TOO_LONG above 65,535 bytes.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_topic_check(
    name: mqc_bytes,
    version: mqc_version,
    out: *mut mqc_topic_info,
    error: *mut mqc_topic_error,
) -> mqc_status {
    guard(|| {
        let version = types::known_version(version)?;
        // SAFETY: the caller's promises.
        let name = unsafe { self::name(name, version, error)? };
        if !out.is_null() {
            let info = mqc_topic_info {
                level_count: name.level_count(),
                starts_with_dollar: u8::from(name.starts_with_dollar()),
                reserved: [0; 7],
            };
            // SAFETY: not NULL; the rest is the caller's promise.
            unsafe { out.write(info) };
        }
        Ok(())
    })
}

/// Judges a topic filter, and tells what there is to know of it: `$share/group/filter` is taken
/// apart.
///
/// @param filter    UTF-8
/// @param version   by whose rules: before 5.0, `$share/` means nothing
/// @param out       written with MQC_OK; may be NULL
/// @param error     written if the filter is not legal; may be NULL
///
/// Ownership: `filter` is borrowed during the call.
/// Lifetime: the views in `*out` live as long as `filter`; `error->statement` for ever.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_ERR_UTF8, MQC_ERR_NUL, MQC_ERR_FILTER_*,
///   MQC_ERR_SHARE_NAME, MQC_ERR_SHARE_NAME_EMPTY, or MQC_ERR_ENCODE_FIELD_TOO_LONG above 65,535
///   bytes.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_filter_check(
    filter: mqc_bytes,
    version: mqc_version,
    out: *mut mqc_filter_info,
    error: *mut mqc_topic_error,
) -> mqc_status {
    guard(|| {
        let version = types::known_version(version)?;
        // SAFETY: the caller's promises.
        let filter = unsafe { self::filter(filter, version, error)? };
        if !out.is_null() {
            let info = mqc_filter_info {
                share_name: mqc_bytes::of(filter.share_name().unwrap_or_default().as_bytes()),
                filter: mqc_bytes::of(filter.filter().as_str().as_bytes()),
                level_count: filter.level_count(),
                has_wildcards: u8::from(filter.has_wildcards()),
                starts_with_dollar: u8::from(filter.starts_with_dollar()),
                is_shared: u8::from(filter.is_shared()),
                reserved: [0; 5],
            };
            // SAFETY: not NULL; the rest is the caller's promise.
            unsafe { out.write(info) };
        }
        Ok(())
    })
}

/// Tells whether a message to a topic is for a filter.
///
/// Of a shared subscription, only the filter behind the share name matches. Characters are compared
/// as they are; `a/#` matches `a`; empty levels count; a filter that begins with a wildcard matches
/// no name that begins with `$`.
///
/// @param filter    UTF-8
/// @param version   by whose rules: before 5.0, `$share/` means nothing
/// @param topic     a topic name, UTF-8
/// @param matches   written with MQC_OK: 1 if it is, else 0
///
/// Ownership: `filter` and `topic` are borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or those of mqc_filter_check() and
///   mqc_topic_check().
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_filter_matches(
    filter: mqc_bytes,
    version: mqc_version,
    topic: mqc_bytes,
    matches: *mut u8,
) -> mqc_status {
    guard(|| {
        required(matches)?;
        let version = types::known_version(version)?;
        // SAFETY: the caller's promise.
        let filter = unsafe { self::filter(filter, version, ptr::null_mut())? };
        // SAFETY: the caller's promise.
        let topic = unsafe { name(topic, version, ptr::null_mut())? };
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { matches.write(u8::from(filter.matches(topic))) };
        Ok(())
    })
}

/// Tells whether one filter matches every name that another matches. Share names play no part.
///
/// Whether a subscription adds nothing to another, or is within what a client may read.
///
/// @param filter    UTF-8
/// @param other     UTF-8
/// @param version   by whose rules both are read: before 5.0, `$share/` means nothing
/// @param covers    written with MQC_OK: 1 if it does, else 0
///
/// Ownership: `filter` and `other` are borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or those of mqc_filter_check().
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_filter_covers(
    filter: mqc_bytes,
    other: mqc_bytes,
    version: mqc_version,
    covers: *mut u8,
) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe { compare(filter, other, version, covers, |filter, other| filter.covers(other)) }
}

/// Tells whether there is a name that two filters both match. Share names play no part.
///
/// Whether one message can be for both.
///
/// @param filter    UTF-8
/// @param other     UTF-8
/// @param version   by whose rules both are read: before 5.0, `$share/` means nothing
/// @param overlaps  written with MQC_OK: 1 if there is, else 0
///
/// Ownership: `filter` and `other` are borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or those of mqc_filter_check().
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_filter_overlaps(
    filter: mqc_bytes,
    other: mqc_bytes,
    version: mqc_version,
    overlaps: *mut u8,
) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe { compare(filter, other, version, overlaps, |filter, other| filter.overlaps(other)) }
}

/// # Safety
/// As mqc_filter_covers().
unsafe fn compare(
    filter: mqc_bytes,
    other: mqc_bytes,
    version: mqc_version,
    out: *mut u8,
    how: impl FnOnce(TopicFilter<'_>, TopicFilter<'_>) -> bool,
) -> mqc_status {
    guard(|| {
        required(out)?;
        let version = types::known_version(version)?;
        // SAFETY: the caller's promise.
        let filter = unsafe { self::filter(filter, version, ptr::null_mut())? };
        // SAFETY: the caller's promise.
        let other = unsafe { self::filter(other, version, ptr::null_mut())? };
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(u8::from(how(filter, other))) };
        Ok(())
    })
}

/// Takes the first level from a topic name or a topic filter.
///
/// Begin with a copy of the text, or of `filter` in an mqc_filter_info: of a shared subscription,
/// only that part matches. Empty levels count; behind the last one `out->data` is NULL, again and
/// again. The text is not judged. Both ends of one `rest` can be taken from.
///
/// @param rest      what is left; advanced with MQC_OK
/// @param out       written with MQC_OK
///
/// Ownership: the bytes of `rest` are borrowed during the call.
/// Lifetime: the view in `*out` lives as long as the text.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(bytes of the level), no allocation. Since 0.1.
///
/// # Safety
/// `rest` and `out` are NULL or point to such structures, and `*rest` to its bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_level_next(rest: *mut mqc_bytes, out: *mut mqc_bytes) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe {
        level(rest, out, |text| {
            let slash = text.get().iter().position(|&byte| byte == b'/')?;
            Some((text.part(0, slash), text.part(slash + 1, text.len())))
        })
    }
}

/// Takes the last level from a topic name or a topic filter; otherwise as mqc_level_next().
///
/// @param rest      what is left; shortened with MQC_OK
/// @param out       written with MQC_OK
///
/// Ownership: the bytes of `rest` are borrowed during the call.
/// Lifetime: the view in `*out` lives as long as the text.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(bytes of the level), no allocation. Since 0.1.
///
/// # Safety
/// `rest` and `out` are NULL or point to such structures, and `*rest` to its bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_level_next_back(
    rest: *mut mqc_bytes,
    out: *mut mqc_bytes,
) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe {
        level(rest, out, |text| {
            let slash = text.get().iter().rposition(|&byte| byte == b'/')?;
            Some((text.part(slash + 1, text.len()), text.part(0, slash)))
        })
    }
}

/// Bytes together with where they are, also if there are none.
struct Place<'a>(mqc_bytes, &'a [u8]);

impl<'a> Place<'a> {
    const fn get(&self) -> &'a [u8] {
        self.1
    }

    const fn len(&self) -> usize {
        self.1.len()
    }

    const fn part(&self, from: usize, to: usize) -> mqc_bytes {
        mqc_bytes { data: self.0.data.wrapping_add(from), len: to - from }
    }
}

/// Takes a level; `cut` gives it and the rest, and `None` if there is only one.
///
/// # Safety
/// As mqc_level_next().
unsafe fn level(
    rest: *mut mqc_bytes,
    out: *mut mqc_bytes,
    cut: impl FnOnce(&Place<'_>) -> Option<(mqc_bytes, mqc_bytes)>,
) -> mqc_status {
    guard(|| {
        required(rest)?;
        required(out)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let text = unsafe { rest.read() };
        // SAFETY: the caller's promise.
        let bytes = unsafe { text.get()? };
        let (level, behind) = cut(&Place(text, bytes)).unwrap_or((text, NOTHING));
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { rest.write(behind) };
        // SAFETY: as above.
        unsafe { out.write(level) };
        Ok(())
    })
}
