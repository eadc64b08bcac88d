//! Rules for topic names and topic filters.

mod filter;

pub(crate) use filter::{check_filter, shared};

use crate::ErrorKind;
use crate::wire::utf8;

/// How many levels a topic name or topic filter has: one more than it has slashes.
pub(crate) fn level_count(topic: &[u8]) -> usize {
    1 + topic.iter().filter(|&&byte| byte == b'/').count()
}

/// A topic name as nearly all are; `None` says nothing about it. O(bytes).
#[inline(always)]
pub(crate) fn usual_name(name: &[u8], max_levels: u32) -> Option<&str> {
    // The bytes that are not ASCII are found on the way to text.
    if !is_usual_len(name, max_levels) || utf8::has_nul_or_wildcard(name) {
        return None;
    }
    utf8::ascii_str(name)
}

/// True for a topic name as nearly all are: ASCII. False says nothing about it. O(bytes).
#[inline(always)]
pub(crate) fn is_usual_name(name: &[u8], max_levels: u32) -> bool {
    is_usual_len(name, max_levels) && utf8::is_plain_name(name)
}

/// True if a name is not empty and too short to have more than `max_levels`.
#[inline(always)]
fn is_usual_len(name: &[u8], max_levels: u32) -> bool {
    // A text of n bytes has at most n + 1 levels.
    !name.is_empty() && name.len() < max_levels as usize
}

/// Checks a topic name, which may be empty, U+0000 included; `wildcard` is the fault to report for
/// a wildcard. O(bytes).
///
/// # Spec
/// v3 \[MQTT-4.7.1-1\]; v5 \[MQTT-4.7.0-1\].
#[inline(always)]
pub(crate) fn check_name(name: &str, wildcard: ErrorKind) -> Result<(), ErrorKind> {
    if !utf8::has_nul_or_wildcard(name.as_bytes()) {
        return Ok(());
    }
    Err(if name.contains('\0') { ErrorKind::Nul } else { wildcard })
}
