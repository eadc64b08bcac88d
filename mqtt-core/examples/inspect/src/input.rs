//! What the user gave: a capture, MQTT bytes, or hex text.

use crate::capture::Format;
use core::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

/// The most MQTT bytes, or characters of hex text, that are taken. Captures have no limit.
const MAX_BYTES: u64 = 512 << 20;

/// An input, opened.
pub enum Content {
    /// A capture file, to be read frame by frame.
    Capture(Format, Box<dyn Read>),
    /// MQTT packets one after the other.
    Bytes(Vec<u8>),
}

/// Why an input cannot be used.
#[derive(Debug)]
pub enum InputError {
    /// Opening or reading failed.
    Io(io::Error),
    /// There is nothing in it.
    Empty,
    /// Too many bytes to be anything but a capture, which it is not.
    TooLarge,
    /// Text that is not hex.
    Hex(HexError),
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Empty => f.write_str("nothing in it"),
            Self::TooLarge => write!(f, "not a capture, and more than {MAX_BYTES} bytes"),
            Self::Hex(error) => write!(f, "not a capture, not MQTT bytes, not hex: {error}"),
        }
    }
}

impl core::error::Error for InputError {}

impl From<io::Error> for InputError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Opens a file, or standard input if the path is `-`.
///
/// # Errors
/// An [`InputError`] if it cannot be read or is none of what this program reads.
pub fn open(path: &Path) -> Result<Content, InputError> {
    if path.as_os_str() == "-" {
        return recognise(Box::new(io::stdin().lock()));
    }
    // Without a buffer each block header would be a system call.
    recognise(Box::new(io::BufReader::with_capacity(1 << 18, File::open(path)?)))
}

/// Tells from the first bytes what an input is.
///
/// # Errors
/// An [`InputError`].
pub fn recognise(mut input: Box<dyn Read>) -> Result<Content, InputError> {
    let mut head = Vec::new();
    input.by_ref().take(4).read_to_end(&mut head)?;
    if let Some(format) = Format::detect(&head) {
        return Ok(Content::Capture(format, Box::new(Cursor::new(head).chain(input))));
    }
    let mut bytes = head;
    input.take(MAX_BYTES).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(InputError::TooLarge);
    }
    // Lengths make MQTT packets hold bytes that no text has.
    let is_text = bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    match core::str::from_utf8(&bytes) {
        Ok(text) if is_text => bytes = parse_hex(text).map_err(InputError::Hex)?,
        _ => {}
    }
    if bytes.is_empty() { Err(InputError::Empty) } else { Ok(Content::Bytes(bytes)) }
}

/// What is wrong with hex text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexError {
    /// A character that is neither a digit nor a separator.
    Character {
        /// The line, from 1.
        line: usize,
        /// The character.
        found: char,
    },
    /// A group of digits that does not make whole bytes.
    OddDigits {
        /// The line, from 1.
        line: usize,
    },
}

impl fmt::Display for HexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character { line, found } => {
                write!(f, "{found:?} in line {line} is not a hex digit")
            }
            Self::OddDigits { line } => {
                write!(f, "line {line} has a group with an odd number of hex digits")
            }
        }
    }
}

impl core::error::Error for HexError {}

/// Reads hex digits in the ways people write them: `100c`, `10 0C`, `0x10, 0x0c`, `10:0c`,
/// `\x10\x0c`, `[0x10, 0xc]`.
///
/// # Errors
/// A [`HexError`] at the first thing that is none of these.
///
/// # Examples
/// ```
/// use inspect::input::parse_hex;
/// assert_eq!(parse_hex("{0xC0, 0x0}\n"), Ok(vec![0xC0, 0]));
/// ```
pub fn parse_hex(text: &str) -> Result<Vec<u8>, HexError> {
    let mut bytes = Vec::with_capacity(text.len() / 3);
    for (line, content) in text.lines().enumerate() {
        let line = line + 1;
        for group in content.split(is_separator).filter(|group| !group.is_empty()) {
            let prefixed = ["0x", "0X", "x"].iter().find_map(|prefix| group.strip_prefix(prefix));
            let digits = prefixed.unwrap_or(group);
            if let Some(found) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
                return Err(HexError::Character { line, found });
            }
            let digits = digits.as_bytes();
            match (digits, prefixed) {
                // One digit is a whole number only where a prefix says so.
                ([digit], Some(_)) => bytes.push(value(*digit)),
                _ if digits.is_empty() || digits.len() % 2 == 1 => {
                    return Err(HexError::OddDigits { line });
                }
                _ => bytes.extend(
                    digits.chunks_exact(2).map(|pair| value(pair[0]) << 4 | value(pair[1])),
                ),
            }
        }
    }
    Ok(bytes)
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || ",;:-_|\"'`[]{}()\\".contains(c)
}

fn value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised(bytes: &[u8]) -> Result<Content, InputError> {
        recognise(Box::new(Cursor::new(bytes.to_vec())))
    }

    #[test]
    fn hex_is_read_however_it_is_written() {
        let expected = Ok(vec![0x10, 0x0C, 0x00, 0xFF]);
        for text in [
            "100c00ff",
            "10 0C 00 ff",
            "10:0c:00:ff",
            "10-0c-00-FF\r\n",
            "0x10,0x0c,0x00,0xff",
            "{ 0x10, 0xC, 0x0, 0xFF };",
            "[0x10, 0x0c,\n 0x00, 0xff]\n",
            r#""\x10\x0c\x00\xff""#,
            "0x100C00FF",
            " 10\t0c\n\n00 ff ",
        ] {
            assert_eq!(parse_hex(text), expected, "{text:?}");
        }
        assert_eq!(parse_hex(""), Ok(vec![]));
    }

    #[test]
    fn what_is_not_hex_is_said_with_its_line() {
        assert_eq!(parse_hex("10 0"), Err(HexError::OddDigits { line: 1 }));
        assert_eq!(parse_hex("10\n123"), Err(HexError::OddDigits { line: 2 }));
        assert_eq!(parse_hex("10 0x"), Err(HexError::OddDigits { line: 1 }));
        let g = HexError::Character { line: 2, found: 'g' };
        assert_eq!(parse_hex("10 20\n30 gg"), Err(g));
        assert_eq!(g.to_string(), "'g' in line 2 is not a hex digit");
        let e = HexError::Character { line: 1, found: 'é' };
        assert_eq!(parse_hex("1é"), Err(e));
    }

    #[test]
    fn captures_bytes_and_text_are_told_apart() {
        for (head, format) in [
            ([0x0A, 0x0D, 0x0D, 0x0A], Format::PcapNg),
            ([0xD4, 0xC3, 0xB2, 0xA1], Format::Pcap),
            ([0xA1, 0xB2, 0xC3, 0xD4], Format::Pcap),
            ([0x4D, 0x3C, 0xB2, 0xA1], Format::Pcap),
            ([0xA1, 0xB2, 0x3C, 0x4D], Format::Pcap),
        ] {
            let Ok(Content::Capture(found, mut input)) = recognised(&head) else {
                panic!("{head:x?} is a capture");
            };
            let mut all = Vec::new();
            input.read_to_end(&mut all).unwrap();
            assert_eq!((found, all), (format, head.to_vec()));
        }
        assert!(matches!(recognised(b"\xC0\0"), Ok(Content::Bytes(b)) if b == [0xC0, 0]));
        assert!(matches!(recognised(b"\x30\x04\0\x01a0"), Ok(Content::Bytes(b)) if b.len() == 6));
        assert!(matches!(recognised(b"c000"), Ok(Content::Bytes(b)) if b == [0xC0, 0]));
        assert!(matches!(recognised(b"hello\n"), Err(InputError::Hex(_))));
        assert!(matches!(recognised(b""), Err(InputError::Empty)));
        assert!(matches!(recognised(b" \n"), Err(InputError::Empty)));
    }
}
