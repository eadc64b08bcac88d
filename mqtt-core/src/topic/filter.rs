//! Topic filters: wildcards and shared subscriptions.

use crate::wire::utf8;
use crate::{ErrorKind, Version};

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

/// `check_filter` for a filter that is empty or may be shared.
fn check_special(filter: &[u8], version: Version) -> Result<(), FilterFault> {
    if filter.is_empty() {
        return Err(FilterFault { kind: ErrorKind::FilterEmpty, at: None });
    }
    if version.is_v5() && filter.starts_with(SHARE) && shared(filter).is_none() {
        if let Some(index) = filter.iter().position(|&byte| byte == 0) {
            return Err(FilterFault { kind: ErrorKind::Nul, at: Some(index) });
        }
        return Err(FilterFault { kind: ErrorKind::ShareName, at: None });
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
    let (name, inner) = rest.split_at_checked(rest.iter().position(|&byte| byte == b'/')?)?;
    let inner = inner.get(1..)?;
    let legal = !name.is_empty() && !name.contains(&b'+') && !name.contains(&b'#');
    (legal && !inner.is_empty()).then_some((name, inner))
}

/// `+` fills its level; `#` fills its level and is the last; U+0000 is never legal.
#[inline(always)]
fn check_wildcards(filter: &[u8]) -> Result<(), FilterFault> {
    // Many filters have none, and one pass over chunks of them tells.
    if utf8::has_nul_or_wildcard(filter) { check_each_wildcard(filter) } else { Ok(()) }
}

#[inline(never)]
fn check_each_wildcard(filter: &[u8]) -> Result<(), FilterFault> {
    let mut rest = filter;
    let mut start = 0;
    while let Some((word, tail)) = rest.split_first_chunk() {
        check_word(filter, start, *word)?;
        start += word.len();
        rest = tail;
    }
    // What is left, once more with bytes from before it, or padded.
    match filter.last_chunk() {
        Some(word) => check_word(filter, filter.len() - word.len(), *word),
        None => {
            let mut word = [b'/'; 8];
            word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            check_word(filter, start, word)
        }
    }
}

/// Checks the wildcards among the eight bytes of `filter` from `start` on.
#[inline(always)]
fn check_word(filter: &[u8], start: usize, word: [u8; 8]) -> Result<(), FilterFault> {
    let mut found = utf8::special_bytes(u64::from_le_bytes(word));
    while found != 0 {
        check_wildcard(filter, start + found.trailing_zeros() as usize / 8)?;
        found &= found - 1;
    }
    Ok(())
}

/// Checks the U+0000, `+` or `#` at `index`.
#[inline(always)]
fn check_wildcard(filter: &[u8], index: usize) -> Result<(), FilterFault> {
    let begins = index == 0 || filter.get(index - 1) == Some(&b'/');
    let kind = match (filter.get(index), filter.get(index + 1)) {
        (Some(b'+'), None | Some(b'/')) | (Some(b'#'), None) if begins => return Ok(()),
        (Some(b'+'), _) => ErrorKind::FilterSingleLevel,
        (Some(b'#'), _) => ErrorKind::FilterMultiLevel,
        _ => ErrorKind::Nul,
    };
    // U+0000 goes before all other faults.
    let nul = filter.iter().position(|&byte| byte == 0);
    let kind = if nul.is_some() { ErrorKind::Nul } else { kind };
    Err(FilterFault { kind, at: nul.or(Some(index)) })
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
                ] {
                    let special = |&at: &usize| matches!(filter[at], 0 | b'+' | b'#');
                    let slow = (0..filter.len())
                        .filter(special)
                        .try_for_each(|at| check_wildcard(&filter, at));
                    assert_eq!(check_wildcards(&filter), slow, "{filter:?}");
                }
            }
        }
    }
}
