//! Byte scans over string fields.
//!
//! Each answers "is there any such byte at all" for the common case, word by word without a branch
//! per byte; where it sits is looked up only when a packet is refused.

/// `0x01` in each byte.
const ONES: u64 = u64::MAX / 0xFF;
/// `0x80` in each byte.
const HIGH: u64 = ONES << 7;
/// `+` and `#` differ in this bit alone, so setting it makes one comparison find both.
const PLUS_OR_HASH_BIT: u64 = ONES * 0x08;
const PLUS: u64 = ONES * b'+' as u64;

/// Not zero if any byte of `word` is zero. Bits above the first zero byte carry no meaning.
#[inline(always)]
const fn zero_byte(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

#[inline(always)]
const fn nul_in_word(word: u64) -> u64 {
    zero_byte(word)
}

#[inline(always)]
const fn nul_or_wildcard_in_word(word: u64) -> u64 {
    zero_byte(word) | zero_byte((word | PLUS_OR_HASH_BIT) ^ PLUS)
}

/// True if `test` finds a byte in any word of `bytes`. The last word overlaps the one before it;
/// inputs shorter than a word are padded with a byte that no test looks for.
#[inline(always)]
fn any_word(bytes: &[u8], test: impl Fn(u64) -> u64) -> bool {
    const PADDING: u64 = ONES * b'A' as u64;
    let mut found = 0;
    if let Some(last) = bytes.last_chunk::<8>() {
        let mut rest = bytes;
        while let Some((word, tail)) = rest.split_first_chunk::<8>() {
            found |= test(u64::from_le_bytes(*word));
            rest = tail;
        }
        found |= test(u64::from_le_bytes(*last));
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let (low, high) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        found = test(u64::from(low) | u64::from(high) << 32);
    } else {
        let word = bytes.iter().fold(PADDING, |word, &byte| word << 8 | u64::from(byte));
        found |= test(word);
    }
    found != 0
}

/// True if `bytes` contains U+0000. O(n), eight bytes a step.
#[inline]
pub(crate) fn has_nul(bytes: &[u8]) -> bool {
    any_word(bytes, nul_in_word)
}

/// True if `bytes` contains U+0000, `+` or `#`. O(n), eight bytes a step.
#[inline]
pub(crate) fn has_nul_or_wildcard(bytes: &[u8]) -> bool {
    any_word(bytes, nul_or_wildcard_in_word)
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
                for at in 0..len {
                    for (found, wildcard) in [(0, false), (b'+', true), (b'#', true)] {
                        let mut bytes = clean.clone();
                        bytes[at] = found;
                        assert_eq!(has_nul(&bytes), !wildcard, "{found:#x} at {at} of {len}");
                        assert!(has_nul_or_wildcard(&bytes), "{found:#x} at {at} of {len}");
                    }
                }
            }
        }
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
