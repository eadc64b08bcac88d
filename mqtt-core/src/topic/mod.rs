//! Rules for topic names and topic filters.

mod filter;

pub(crate) use filter::{check_filter, shared};

use crate::ErrorKind;
use crate::wire::utf8;

/// How many levels a topic name or topic filter has: one more than it has slashes.
pub(crate) fn level_count(topic: &[u8]) -> usize {
    1 + topic.iter().filter(|&&byte| byte == b'/').count()
}

/// Checks a topic name, which may be empty, U+0000 included; `wildcard` is the fault to report for
/// a wildcard. O(bytes).
///
/// # Spec
/// v3 \[MQTT-4.7.1-1\]; v5 \[MQTT-4.7.0-1\].
#[inline]
pub(crate) fn check_name(name: &str, wildcard: ErrorKind) -> Result<(), ErrorKind> {
    if !utf8::has_nul_or_wildcard(name.as_bytes()) {
        return Ok(());
    }
    Err(if name.contains('\0') { ErrorKind::Nul } else { wildcard })
}
