//! Topic filters: wildcards and shared subscriptions.

use crate::wire::utf8;
use crate::{ErrorKind, Version};

/// What is wrong with a topic filter, and at which byte of it; `None` means the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FilterFault {
    pub(crate) kind: ErrorKind,
    pub(crate) at: Option<usize>,
}

/// Checks a topic filter, U+0000 included. O(bytes).
///
/// # Spec
/// v3 \[MQTT-4.7.1-2\], \[MQTT-4.7.1-3\], \[MQTT-4.7.3-1\]; v5 \[MQTT-4.7.1-1\], \[MQTT-4.7.1-2\],
/// \[MQTT-4.7.3-1\], \[MQTT-4.8.2-1\], \[MQTT-4.8.2-2\].
#[inline]
pub(crate) fn check_filter(filter: &str, version: Version) -> Result<(), FilterFault> {
    if filter.is_empty() {
        return Err(FilterFault { kind: ErrorKind::FilterEmpty, at: None });
    }
    if version.is_v5() && filter.starts_with(SHARE) && shared(filter).is_none() {
        return Err(FilterFault { kind: ErrorKind::ShareName, at: None });
    }
    // Most filters have no wildcard, and one pass over words tells.
    if utf8::has_nul_or_wildcard(filter.as_bytes()) { check_wildcards(filter) } else { Ok(()) }
}

/// Where the share name of a shared subscription begins.
///
/// # Spec
/// v5 section 4.8.2.
const SHARE: &str = "$share/";

/// The share name and the filter of a shared subscription of 5.0; `None` if it is none, or not a
/// legal one. The filter itself is not checked beyond being there.
///
/// # Spec
/// v5 \[MQTT-4.8.2-1\], \[MQTT-4.8.2-2\].
pub(crate) fn shared(filter: &str) -> Option<(&str, &str)> {
    let (name, inner) = filter.strip_prefix(SHARE)?.split_once('/')?;
    let legal = !name.is_empty() && !name.contains(['+', '#']) && !inner.is_empty();
    legal.then_some((name, inner))
}

/// `+` fills its level; `#` fills its level and is the last; U+0000 is never legal.
fn check_wildcards(filter: &str) -> Result<(), FilterFault> {
    let bytes = filter.as_bytes();
    if let Some(index) = filter.find('\0') {
        return Err(FilterFault { kind: ErrorKind::Nul, at: Some(index) });
    }
    for (index, &byte) in bytes.iter().enumerate() {
        let kind = match byte {
            b'+' => ErrorKind::FilterSingleLevel,
            b'#' => ErrorKind::FilterMultiLevel,
            _ => continue,
        };
        let begins = index == 0 || bytes[index - 1] == b'/';
        let ends = match bytes.get(index + 1) {
            None => true,
            Some(&next) => next == b'/' && byte == b'+',
        };
        if !(begins && ends) {
            return Err(FilterFault { kind, at: Some(index) });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fault_names_the_character() {
        let fault = |filter| check_filter(filter, Version::V5).unwrap_err();
        assert_eq!(fault("a+/#").at, Some(1));
        assert_eq!(fault("a/#/b").at, Some(2));
        assert_eq!(fault("$share//a").at, None);
        assert_eq!(shared("$share/g//finance"), Some(("g", "/finance")));
        assert_eq!(shared("$share"), None);
    }
}
