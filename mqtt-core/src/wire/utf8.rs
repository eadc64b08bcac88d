//! Byte scans over string fields.
//!
//! Each answers "is there any such byte at all" for the common case, a chunk of bytes at a time
//! without a branch per byte; where it sits is looked up only when a packet is refused.

use ascii::{AsAsciiStr, AsciiChar, AsciiStr};
use core::str::Utf8Error;

/// The bytes as text, if they are well-formed. Nearly all strings of MQTT are ASCII, which `ascii`
/// recognises several times faster than the standard library does short strings.
#[inline(always)]
pub(crate) fn to_str(bytes: &[u8]) -> Result<&str, Utf8Error> {
    match ascii_str(bytes) {
        Some(text) => Ok(text),
        None => core::str::from_utf8(bytes),
    }
}

/// The bytes as text, if they are ASCII.
#[inline(always)]
pub(crate) fn ascii_str(bytes: &[u8]) -> Option<&str> {
    Some(bytes.as_ascii_str().ok()?.as_str())
}

/// The last `len` bytes as text, which they are known to be. What stands before a string is nearly
/// always ASCII too: with as much of it as makes whole words, no bytes are looked at one by one.
#[inline(always)]
pub(crate) fn last_str(bytes: &[u8], len: usize) -> &str {
    match last_ascii(bytes, len) {
        Some(text) => <&AsciiStr>::from(text).as_str(),
        None => last_str_alone(bytes, len),
    }
}

/// The same, not inlined: for packets of many strings.
#[inline(never)]
pub(crate) fn last_str_apart(bytes: &[u8], len: usize) -> &str {
    last_str(bytes, len)
}

/// The two strings at the end that have two bytes between them, and are known to be text: the first of
/// `first` bytes, the second of `second`. Nearly always all of that is ASCII.
#[inline(always)]
pub(crate) fn last_pair(bytes: &[u8], first: usize, second: usize) -> (&str, &str) {
    let text = last_ascii(bytes, first + 2 + second);
    match text.and_then(|text| Some((text.get(..first)?, text.get(first + 2..)?))) {
        Some((a, b)) => (<&AsciiStr>::from(a).as_str(), <&AsciiStr>::from(b).as_str()),
        None => last_pair_alone(bytes, first, second),
    }
}

/// The last `len` bytes, if they and what makes whole words of them are ASCII.
#[inline(always)]
fn last_ascii(bytes: &[u8], len: usize) -> Option<&[AsciiChar]> {
    // Most strings are short: of so many words as a constant says, each is two instructions.
    match len {
        0..=8 => last_words::<8>(bytes, len),
        9..=16 => last_words::<16>(bytes, len),
        17..=24 => last_words::<24>(bytes, len),
        25..=32 => last_words::<32>(bytes, len),
        _ => {
            let words = (len + 7) & !7;
            let at = bytes.len().checked_sub(words)?;
            bytes[at..].as_ascii_str().ok()?.as_slice().get(words - len..)
        }
    }
}

/// The last `len` bytes, if the last `N` are ASCII.
#[inline(always)]
fn last_words<const N: usize>(bytes: &[u8], len: usize) -> Option<&[AsciiChar]> {
    bytes.last_chunk::<N>()?.as_ascii_str().ok()?.as_slice().get(N - len..)
}

/// The same without a look at other bytes.
#[cold]
fn last_str_alone(bytes: &[u8], len: usize) -> &str {
    let text = bytes.len().checked_sub(len).and_then(|at| to_str(&bytes[at..]).ok());
    text.unwrap_or_default()
}

#[cold]
fn last_pair_alone(bytes: &[u8], first: usize, second: usize) -> (&str, &str) {
    let until_first = bytes.len().checked_sub(2 + second).and_then(|end| bytes.get(..end));
    (last_str(until_first.unwrap_or_default(), first), last_str(bytes, second))
}

/// True if `test` finds any byte of `a` with the one at its place in `b`. Compiles to a few vector
/// instructions.
#[inline(always)]
fn in_chunk<const N: usize>(a: &[u8; N], b: &[u8; N], test: impl Fn(u8, u8) -> bool) -> bool {
    let mut found = 0;
    for (&a, &b) in a.iter().zip(b) {
        found |= u8::from(test(a, b));
    }
    found != 0
}

/// The same for two chunks of each. In one loop, so that the two are joined before there is a branch.
#[inline(always)]
fn in_ends<const N: usize>(
    a: (&[u8; N], &[u8; N]),
    b: (&[u8; N], &[u8; N]),
    test: impl Fn(u8, u8) -> bool,
) -> bool {
    let mut found = 0;
    for at in 0..N {
        found |= u8::from(test(a.0[at], b.0[at]) | test(a.1[at], b.1[at]));
    }
    found != 0
}

/// The first and the last `N` bytes, which may overlap.
#[inline(always)]
fn ends<const N: usize>(bytes: &[u8]) -> Option<(&[u8; N], &[u8; N])> {
    Some((bytes.first_chunk()?, bytes.last_chunk()?))
}

/// True if `test` finds any byte of `a` with the one at its place in `b`; they are of the same length.
#[inline(always)]
pub(crate) fn any_pair(a: &[u8], b: &[u8], test: impl Fn(u8, u8) -> bool + Copy) -> bool {
    if let (Some(a_ends), Some(b_ends)) = (ends::<16>(a), ends(b)) {
        if a.len() <= 32 {
            return in_ends(a_ends, b_ends, test);
        }
        let (mut rest_a, mut rest_b) = (a, b);
        while let (Some((a, tail_a)), Some((b, tail_b))) =
            (rest_a.split_first_chunk::<16>(), rest_b.split_first_chunk())
        {
            if in_chunk(a, b, test) {
                return true;
            }
            (rest_a, rest_b) = (tail_a, tail_b);
        }
        return in_chunk(a_ends.1, b_ends.1, test);
    }
    if let (Some(a), Some(b)) = (ends::<8>(a), ends(b)) {
        return in_ends(a, b, test);
    }
    if let (Some(a), Some(b)) = (ends::<4>(a), ends(b)) {
        return in_ends(a, b, test);
    }
    a.iter().zip(b).any(|(&a, &b)| test(a, b))
}

/// True if `test` finds any byte.
#[inline(always)]
fn any(bytes: &[u8], test: impl Fn(u8) -> bool + Copy) -> bool {
    any_pair(bytes, bytes, |byte, _| test(byte))
}

/// True if `bytes` contains U+0000.
#[inline(always)]
pub(crate) fn has_nul(bytes: &[u8]) -> bool {
    any(bytes, |byte| byte == 0)
}

/// True if `bytes` are ASCII, and each behind `+`, as letters, digits and level separators are: so
/// without U+0000 and wildcards, too. One comparison for each chunk.
#[inline(always)]
fn is_behind_wildcards(bytes: &[u8]) -> bool {
    // As signed numbers, all that is not ASCII is below 0.
    !any(bytes, |byte| byte as i8 <= b'+' as i8)
}

/// True if `bytes` contains U+0000, `+` or `#`.
#[inline(always)]
pub(crate) fn has_nul_or_wildcard(bytes: &[u8]) -> bool {
    !is_behind_wildcards(bytes) && has_nul_or_wildcard_among_any(bytes)
}

#[inline(never)]
fn has_nul_or_wildcard_among_any(bytes: &[u8]) -> bool {
    // The two wildcards differ in one bit alone.
    any(bytes, |byte| (byte == 0) | (byte | 0x08 == b'+'))
}

/// True if `bytes` are ASCII without U+0000.
#[inline(always)]
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    // As signed numbers, U+0000 and all that is not ASCII are below 1.
    !any(bytes, |byte| byte as i8 <= 0)
}

/// True if `bytes` are ASCII without U+0000, `+` and `#`.
#[inline(always)]
pub(crate) fn is_plain_name(bytes: &[u8]) -> bool {
    is_behind_wildcards(bytes) || is_plain_name_among_any(bytes)
}

#[inline(never)]
fn is_plain_name_among_any(bytes: &[u8]) -> bool {
    !any(bytes, |byte| (byte as i8 <= 0) | (byte | 0x08 == b'+'))
}

/// The byte offset of the first character that the standard says should not occur: U+0001..U+001F,
/// U+007F..U+009F, and the 66 non-characters of Unicode. U+0000 counts too.
pub(crate) fn first_discouraged(text: &str) -> Option<usize> {
    text.char_indices()
        .find(|&(_, c)| {
            let code = c as u32;
            c.is_control() || code & 0xFFFE == 0xFFFE || (0xFDD0..=0xFDEF).contains(&code)
        })
        .map(|(at, _)| at)
}

/// Where the first of `found` is in `text`, in bytes. For text that is known to have one.
#[cold]
pub(crate) fn position(text: &str, found: &[char]) -> usize {
    text.find(found).unwrap_or(0)
}

/// How many bytes of `bytes`, from its start, are well-formed UTF-8, if not all are.
pub(crate) fn first_ill_formed(bytes: &[u8]) -> Option<usize> {
    core::str::from_utf8(bytes).err().map(|error| error.valid_up_to())
}

/// Checks UTF-8 that comes in parts, which may end inside a character.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PartialUtf8 {
    /// The bytes so far of a character that is not complete.
    open: [u8; 4],
    open_len: usize,
}

impl PartialUtf8 {
    /// Takes the next part.
    ///
    /// # Errors
    /// Where the first ill-formed sequence begins, relative to the part: negative if it began in
    /// an earlier one.
    pub(crate) fn push(&mut self, part: &[u8]) -> Result<(), isize> {
        let mut rest = part;
        while self.open_len > 0 {
            let Some((&byte, tail)) = rest.split_first() else {
                return Ok(());
            };
            let began = (part.len() - rest.len()) as isize - self.open_len as isize;
            self.open[self.open_len] = byte;
            self.open_len += 1;
            rest = tail;
            match core::str::from_utf8(&self.open[..self.open_len]) {
                Ok(_) => self.open_len = 0,
                Err(error) if error.error_len().is_some() => return Err(began),
                // At most three bytes of a character can be open, so the next one fits.
                Err(_) => {}
            }
        }
        match core::str::from_utf8(rest) {
            Ok(_) => Ok(()),
            Err(error) => {
                let tail = &rest[error.valid_up_to()..];
                if error.error_len().is_some() {
                    return Err((part.len() - tail.len()) as isize);
                }
                self.open[..tail.len()].copy_from_slice(tail);
                self.open_len = tail.len();
                Ok(())
            }
        }
    }

    /// Bytes of a character that is still open.
    pub(crate) const fn open_len(&self) -> usize {
        self.open_len
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    #[test]
    fn scans_agree_with_a_loop_over_bytes_at_every_position_and_length() {
        for len in 0..40 {
            for filler in [b'a', b'*', b',', b'"', b'$', 0x01, 0x7F, 0x80, 0x81, 0xAB, 0xA3, 0xFF] {
                let clean = vec![filler; len];
                assert!(!has_nul(&clean) && !has_nul_or_wildcard(&clean), "{filler:#x} {len}");
                let ascii = len == 0 || filler < 0x80;
                assert_eq!(is_plain(&clean), ascii, "{filler:#x} {len}");
                assert_eq!(is_plain_name(&clean), ascii, "{filler:#x} {len}");
                for at in 0..len {
                    for (found, wildcard) in [(0, false), (b'+', true), (b'#', true)] {
                        let mut bytes = clean.clone();
                        bytes[at] = found;
                        assert_eq!(has_nul(&bytes), !wildcard, "{found:#x} at {at} of {len}");
                        assert!(has_nul_or_wildcard(&bytes), "{found:#x} at {at} of {len}");
                        let plain = bytes.iter().all(|&byte| byte != 0 && byte < 0x80);
                        assert_eq!(is_plain(&bytes), plain);
                        assert!(!is_plain_name(&bytes));
                    }
                }
            }
        }
    }

    #[test]
    fn last_strings_are_found_whatever_stands_before_them() {
        for text in
            ["", "a", "häuser", "\u{7F}", "0123456789abcdef", &"x€".repeat(20), &"y".repeat(70)]
        {
            for before in
                [&b""[..], b"abc", b"\x26\0\x03", b"\xFF\x80\0\xC3", &[0x80; 70], &[b'z'; 70]]
            {
                let bytes = [before, text.as_bytes()].concat();
                assert_eq!(last_str(&bytes, text.len()), text, "{before:x?}");
            }
        }
        // Not for bytes that have been checked, but no panic.
        assert_eq!(last_str(b"abc", 4), "");
        assert_eq!(last_str(b"ab\xFF", 2), "");
    }

    #[test]
    fn last_strings_of_every_length_are_found() {
        let text = "ab".repeat(40);
        for len in 0..text.len() {
            for before in [&b""[..], b"\x26\0\x03", &[b'z'; 9], &[0x80; 9]] {
                let bytes = [before, &text.as_bytes()[..len]].concat();
                assert_eq!(last_str(&bytes, len), &text[..len], "{before:x?}");
                for first in 0..len.saturating_sub(1) {
                    let (a, b) = (&text[..first], &text[first + 2..len]);
                    assert_eq!(last_pair(&bytes, first, b.len()), (a, b), "{before:x?}");
                }
            }
        }
    }

    #[test]
    fn the_last_two_strings_are_found_whatever_stands_beside_them() {
        for (a, b) in [("", ""), ("a", "häuser"), ("€", "b"), ("name", "value"), ("ü", "ü")] {
            for before in [&b""[..], b"\x26\0\x03", &[0x80; 9], &[b'z'; 9]] {
                for between in [b"\0\x05", b"\0\xFF"] {
                    let bytes = [before, a.as_bytes(), between, b.as_bytes()].concat();
                    assert_eq!(last_pair(&bytes, a.len(), b.len()), (a, b), "{before:x?}");
                }
            }
        }
        // Not for bytes that have been checked, but no panic.
        assert_eq!(last_pair(b"abc", 1, 1), ("", "c"));
        assert_eq!(last_pair(b"", 1, 1), ("", ""));
    }

    #[test]
    fn discouraged_characters_are_the_controls_and_the_66_non_characters() {
        let found = (0..=0x10FFFF_u32)
            .filter_map(char::from_u32)
            .filter(|c| first_discouraged(c.encode_utf8(&mut [0; 4])).is_some())
            .count();
        assert_eq!(found, 0x20 + 0x21 + 66); // C0, DEL and C1, non-characters
        assert_eq!(first_discouraged("a\u{FEFF}\u{E000}b"), None); // U+FEFF is legal
        assert_eq!(first_discouraged("ab\u{85}"), Some(2));
    }

    #[test]
    fn utf8_in_parts_agrees_with_utf8_at_once_at_every_split() {
        let texts: [&[u8]; 8] = [
            "aé€😀z".as_bytes(),
            b"a\xC3",
            b"\xE2\x82",
            b"\xF0\x9F\x98",
            b"ab\xC3\x28cd",
            b"\xF0\x9F\x41",
            b"\xED\xA0\x80",
            b"\xFF",
        ];
        for text in texts {
            for first in 0..=text.len() {
                for second in first..=text.len() {
                    let mut check = PartialUtf8::default();
                    let mut at = 0;
                    let mut fault = None;
                    for part in [&text[..first], &text[first..second], &text[second..]] {
                        if let Err(offset) = check.push(part) {
                            fault = Some((at as isize + offset) as usize);
                            break;
                        }
                        at += part.len();
                    }
                    if fault.is_none() && check.open_len() > 0 {
                        fault = Some(text.len() - check.open_len());
                    }
                    assert_eq!(fault, first_ill_formed(text), "{text:x?} {first} {second}");
                }
            }
        }
    }
}
