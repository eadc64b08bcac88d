//! The rules for topic names and topic filters, as the codec and the types of this module apply them.

use crate::wire::utf8;
use crate::{ErrorKind, Version};

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

/// What is wrong with a topic filter, and at which byte of it; `None` means the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FilterFault {
    pub(crate) kind: ErrorKind,
    pub(crate) at: Option<usize>,
}

/// Checks a topic filter that is well-formed UTF-8, U+0000 included. O(bytes).
///
/// # Spec
/// v3 \[MQTT-4.7.1-2\], \[MQTT-4.7.1-3\], \[MQTT-4.7.3-1\]; v5 \[MQTT-4.7.1-1\], \[MQTT-4.7.1-2\],
/// \[MQTT-4.7.3-1\], \[MQTT-4.8.2-1\], \[MQTT-4.8.2-2\].
#[inline(always)]
pub(crate) fn check_filter(filter: &[u8], version: Version) -> Result<(), FilterFault> {
    match filter.first() {
        Some(b'$') | None => check_special(filter, version),
        Some(_) => check_wildcards(filter),
    }
}

/// True for a topic filter without fault; false says nothing about it.
#[inline(always)]
pub(crate) fn is_usual_filter(filter: &[u8], version: Version) -> bool {
    match filter.first() {
        Some(b'$') | None => check_special(filter, version).is_ok(),
        Some(_) => are_usual(filter),
    }
}

/// `check_filter` for a filter that is empty or may be shared.
fn check_special(filter: &[u8], version: Version) -> Result<(), FilterFault> {
    if filter.is_empty() {
        return Err(FilterFault { kind: ErrorKind::FilterEmpty, at: None });
    }
    if version.is_v5() && filter.starts_with(SHARE) && shared(filter).is_none() {
        if let Some(index) = filter.iter().position(|&byte| byte == 0) {
            return Err(FilterFault { kind: ErrorKind::Nul, at: Some(index) });
        }
        let kind = match filter.get(SHARE.len()) {
            None | Some(b'/') => ErrorKind::ShareNameEmpty,
            Some(_) => ErrorKind::ShareName,
        };
        return Err(FilterFault { kind, at: None });
    }
    check_wildcards(filter)
}

/// Where the share name of a shared subscription begins.
///
/// # Spec
/// v5 section 4.8.2.
const SHARE: &[u8] = b"$share/";

/// The share name and the filter of a shared subscription of 5.0; `None` if it is none, or not a
/// legal one. The filter itself is not checked beyond being there.
///
/// # Spec
/// v5 \[MQTT-4.8.2-1\], \[MQTT-4.8.2-2\].
pub(crate) fn shared(filter: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = filter.strip_prefix(SHARE)?;
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'+' | b'#'))?;
    match rest.split_at_checked(end)? {
        (name, [b'/', inner @ ..]) if !name.is_empty() && !inner.is_empty() => Some((name, inner)),
        _ => None,
    }
}

/// `+` fills its level; `#` fills its level and is the last; U+0000 is never legal.
#[inline(always)]
fn check_wildcards(filter: &[u8]) -> Result<(), FilterFault> {
    if are_usual(filter) { Ok(()) } else { check_each_wildcard(filter) }
}

/// True if no byte is U+0000 and all wildcards are where they belong, found without a branch for each.
#[inline(always)]
fn are_usual(filter: &[u8]) -> bool {
    // Each byte but the first is judged together with the one before it.
    match (filter.split_last(), filter.split_first()) {
        (Some((_, before)), Some((&first, after))) => first != 0 && !has_wrong_pair(before, after),
        _ => true,
    }
}

#[inline(always)]
fn has_wrong_pair(before: &[u8], after: &[u8]) -> bool {
    if before.len() < 16 {
        return has_wrong_pair_short(before, after);
    }
    utf8::any_pair(before, after, is_wrong_pair)
}

// Not inlined: where the compiler knows that the one is the other moved by a byte, it puts chunks of
// fewer than 16 bytes together from pieces.
#[inline(never)]
fn has_wrong_pair_short(before: &[u8], after: &[u8]) -> bool {
    utf8::any_pair(before, after, is_wrong_pair)
}

/// True if `after` may not follow `before` in a filter: U+0000; anything but a level separator beside
/// a wildcard; anything behind `#`.
#[inline(always)]
fn is_wrong_pair(before: u8, after: u8) -> bool {
    // The two wildcards differ in one bit alone.
    let wildcard = |byte: u8| byte | 0x08 == b'+';
    (after == 0)
        | (wildcard(after) & (before != b'/'))
        | ((before == b'+') & (after != b'/'))
        | (before == b'#')
}

/// Says what is wrong with the wildcards of a filter, if anything is.
#[inline(never)]
fn check_each_wildcard(filter: &[u8]) -> Result<(), FilterFault> {
    // U+0000 goes before all other faults.
    if let Some(at) = filter.iter().position(|&byte| byte == 0) {
        return Err(FilterFault { kind: ErrorKind::Nul, at: Some(at) });
    }
    for (at, &byte) in filter.iter().enumerate() {
        let kind = match byte {
            b'+' => ErrorKind::FilterSingleLevel,
            b'#' => ErrorKind::FilterMultiLevel,
            _ => continue,
        };
        if !is_legal_wildcard(filter, at) {
            return Err(FilterFault { kind, at: Some(at) });
        }
    }
    Ok(())
}

/// True if the byte at `index` is a wildcard and may be there.
#[inline(always)]
fn is_legal_wildcard(filter: &[u8], index: usize) -> bool {
    let begins = index == 0 || filter.get(index - 1) == Some(&b'/');
    match filter.get(index..) {
        Some([b'+'] | [b'+', b'/', ..] | [b'#']) => begins,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fault_names_the_character() {
        let fault = |filter| check_filter(filter, Version::V5).unwrap_err();
        assert_eq!(fault(b"a+/#").at, Some(1));
        assert_eq!(fault(b"a/#/b").at, Some(2));
        assert_eq!(fault(b"a/#/\0").at, Some(4));
        assert_eq!(fault(b"$share//a").at, None);
        assert_eq!(fault(b"$share//a").kind, ErrorKind::ShareNameEmpty);
        assert_eq!(fault(b"$share/").kind, ErrorKind::ShareNameEmpty);
        assert_eq!(fault(b"$share/g").kind, ErrorKind::ShareName);
        assert_eq!(fault(b"$share//\0").kind, ErrorKind::Nul);
        assert_eq!(shared(b"$share/g//finance"), Some((&b"g"[..], &b"/finance"[..])));
        assert_eq!(shared(b"$share"), None);
    }

    #[test]
    fn wildcards_are_judged_like_byte_by_byte() {
        // All filters of up to seven of these, alone and at both ends of a longer one.
        let alphabet = *b"a/+#\0";
        for len in 0..=7 {
            for mut number in 0..alphabet.len().pow(len) {
                let mut filter = std::vec::Vec::new();
                for _ in 0..len {
                    filter.push(alphabet[number % alphabet.len()]);
                    number /= alphabet.len();
                }
                for filter in [
                    filter.clone(),
                    [&filter[..], b"/region/1"].concat(),
                    [b"region/1/site/", &filter[..]].concat(),
                    [&filter[..], b"/region/1/site/north/building/2"].concat(),
                    [b"region/1/site/north/building/2/", &filter[..]].concat(),
                ] {
                    let slow = check_each_wildcard(&filter);
                    assert_eq!(check_wildcards(&filter), slow, "{filter:?}");
                }
            }
        }
    }
}
