//! Packets as annotated hex: the decoder itself, watched field by field.

use super::decode::{Decoded, Status, decode, watch};
use crate::packet::Packet;
use crate::wire::field::{Field, Mode, Value};
use crate::{DecodeError, DecodeOptions, Response, Version};
use core::cell::RefCell;
use core::cmp::Ordering;
use core::fmt::{self, Write};

/// Explains the packet at the front of `input`: each field with its offset, bytes, name, value and
/// the statement of the standard that defines it; of a malformed packet, all up to the fault.
///
/// Arguments are those of [`decode`]. Allocates nothing; the work is done when the result is
/// displayed. `{:#}` shows all bytes of long fields, `{}` only the first ones.
///
/// # Examples
/// ```
/// use mqtt_core::{DecodeOptions, Version, inspect};
/// let text = inspect(b"\x30\x05\0\x01ahi", Some(Version::V311), &DecodeOptions::DEFAULT);
/// print!("{text}");
/// assert!(text.to_string().contains("topic name"));
/// ```
#[must_use]
pub fn inspect<'a>(
    input: &'a [u8],
    version: Option<Version>,
    options: &DecodeOptions,
) -> Inspection<'a> {
    Inspection { input, version, options: *options }
}

/// A packet to be explained; see [`inspect`].
///
/// # Examples
/// ```
/// use mqtt_core::{DecodeOptions, ErrorKind, Version, inspect};
/// let inspection = inspect(&[0xC0, 1, 9], Some(Version::V5), &DecodeOptions::DEFAULT);
/// assert_eq!(inspection.result().unwrap_err().kind(), ErrorKind::TrailingBytes);
/// assert!(inspection.to_string().contains("trailing_bytes"));
/// ```
#[derive(Clone, Copy)]
pub struct Inspection<'a> {
    input: &'a [u8],
    version: Option<Version>,
    options: DecodeOptions,
}

/// Bytes of a field on one line.
const PER_LINE: usize = 8;
/// Lines of a long field that `{}` shows.
const LINES: usize = 4;
/// Characters of a value that `{}` shows.
const CHARACTERS: usize = 36;
/// Width of the column of values: so many characters, a mark, and a gap.
const VALUE_WIDTH: usize = CHARACTERS + 2 + GAP;
/// Spaces between a value and what follows, at the least.
const GAP: usize = 2;

impl<'a> Inspection<'a> {
    /// What [`decode`] says of the input.
    ///
    /// # Errors
    /// Those of `decode`.
    ///
    /// ```
    /// use mqtt_core::{DecodeOptions, Status, Version, inspect};
    /// let inspection = inspect(&[0xC0, 0], Some(Version::V5), &DecodeOptions::DEFAULT);
    /// assert!(matches!(inspection.result(), Ok(Status::Complete(_))));
    /// ```
    pub fn result(&self) -> Result<Status<Decoded<'a>>, DecodeError> {
        decode(self.input, self.version, &self.options)
    }
}

/// Not the packet, which may hold a password.
impl fmt::Debug for Inspection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let input = format_args!("{} bytes", self.input.len());
        f.debug_tuple("Inspection").field(&input).field(&self.version).finish()
    }
}

impl fmt::Display for Inspection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let result = self.result();
        // A CONNECT names the version that its fields belong to.
        let version = match &result {
            Ok(Status::Complete(Decoded { packet: Packet::Connect(connect), .. })) => {
                Some(connect.version)
            }
            Ok(_) => self.version,
            Err(error) => error.version().or(self.version),
        };
        match &result {
            Ok(Status::Complete(decoded)) => {
                write!(f, "{}, {} bytes", decoded.packet.packet_type(), decoded.consumed)?;
            }
            Ok(Status::Incomplete { .. }) => f.write_str("incomplete packet")?,
            Err(error) => match error.packet() {
                Some(packet) => write!(f, "malformed {packet}")?,
                None => f.write_str("malformed packet")?,
            },
        }
        if let Some(version) = version {
            write!(f, ", MQTT {version}")?;
        }
        f.write_char('\n')?;
        let mut table = Table { f, input: self.input, version, result: Ok(()) };
        table.heading();
        let table = RefCell::new(table);
        // Watching changes nothing about the outcome.
        watch(self.input, self.version, &self.options, &table);
        table.into_inner().result?;
        match result {
            Ok(Status::Complete(_)) => Ok(()),
            Ok(Status::Incomplete { needed }) => {
                writeln!(f, "{:>6}  ... {needed} more bytes needed", self.input.len())
            }
            Err(error) => self.write_fault(f, &error),
        }
    }
}

impl Inspection<'_> {
    fn write_fault(&self, f: &mut fmt::Formatter<'_>, error: &DecodeError) -> fmt::Result {
        let at = error.offset();
        let mut bytes = Hex { text: [b' '; PER_LINE * 3], len: 0 };
        bytes.line(self.input.get(at..).unwrap_or(&[]));
        let (kind, statement) = (error.kind(), error.statement());
        writeln!(f, "{at:>6}  {:<24}! {:<22}{kind}", bytes.as_str(), kind.name())?;
        if let Some(property) = error.property() {
            writeln!(f, "{:>34}property   {property}", "")?;
        }
        writeln!(f, "{:>34}statement  {statement}", "")?;
        write!(f, "{:>34}answer     ", "")?;
        match error.response() {
            Response::ConnAck(code) => writeln!(f, "CONNACK {code}, then close"),
            Response::Disconnect(code) => writeln!(f, "DISCONNECT {code}, then close"),
            Response::Close => writeln!(f, "close without a word"),
        }
    }
}

/// Bytes as two digits each, without an allocator.
struct Hex {
    text: [u8; PER_LINE * 3],
    len: usize,
}

impl Hex {
    fn line(&mut self, bytes: &[u8]) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.len = 0;
        for (cell, &byte) in self.text.chunks_exact_mut(3).zip(bytes) {
            cell[0] = DIGITS[usize::from(byte >> 4)];
            cell[1] = DIGITS[usize::from(byte & 15)];
            cell[2] = b' ';
            self.len += 3;
        }
    }

    fn as_str(&self) -> &str {
        core::str::from_utf8(&self.text[..self.len]).unwrap_or("")
    }
}

/// Prints a line for each field.
struct Table<'f, 'g, 'a> {
    f: &'f mut fmt::Formatter<'g>,
    input: &'a [u8],
    version: Option<Version>,
    result: fmt::Result,
}

impl Table<'_, '_, '_> {
    fn heading(&mut self) {
        self.result = writeln!(
            self.f,
            "{:>6}  {:<24}  {:<22}{:<40}statement",
            "offset", "bytes", "field", "value"
        );
    }

    fn row(
        &mut self,
        at: usize,
        len: usize,
        field: &'static Field,
        value: Value<'_>,
    ) -> fmt::Result {
        // Parts of a byte stand under it.
        let part = len == 0;
        let bytes = self.input.get(at..at + len).unwrap_or(&[]);
        let mut hex = Hex { text: [b' '; PER_LINE * 3], len: 0 };
        hex.line(bytes);
        if part {
            write!(self.f, "{:>6}  {:<24}  - {:<20}", "", "", field.name)?;
        } else {
            write!(self.f, "{at:>6}  {:<24}  {:<22}", hex.as_str(), field.name)?;
        }
        let all = self.f.alternate();
        let mut column =
            Column { f: self.f, width: 0, limit: if all { usize::MAX } else { CHARACTERS } };
        column.value(value)?;
        let width = column.width;
        // A value that is shown in full may be wider than its column.
        for _ in width.min(VALUE_WIDTH - GAP)..VALUE_WIDTH {
            self.f.write_char(' ')?;
        }
        let statement = match self.version {
            Some(Version::V31 | Version::V311) => field.v3,
            Some(Version::V5) | None => field.v5,
        };
        writeln!(self.f, "{statement}")?;
        for (line, bytes) in bytes.chunks(PER_LINE).enumerate().skip(1) {
            let at = at + line * PER_LINE;
            if !all && line == LINES {
                return writeln!(self.f, "{at:>6}  ... {} more bytes", len - line * PER_LINE);
            }
            hex.line(bytes);
            writeln!(self.f, "{at:>6}  {}", hex.as_str().trim_end())?;
        }
        Ok(())
    }
}

impl Mode for &RefCell<Table<'_, '_, '_>> {
    type Error = DecodeError;

    fn error(make: impl FnOnce() -> DecodeError) -> DecodeError {
        make()
    }

    fn field(self, at: usize, len: usize, field: &'static Field, value: Value<'_>) {
        let mut table = self.borrow_mut();
        if table.result.is_ok() {
            table.result = table.row(at, len, field, value);
        }
    }
}

/// Writes a value, cut at `limit` characters, and counts them.
struct Column<'f, 'g> {
    f: &'f mut fmt::Formatter<'g>,
    width: usize,
    limit: usize,
}

impl Column<'_, '_> {
    fn value(&mut self, value: Value<'_>) -> fmt::Result {
        match value {
            Value::Number(number) => write!(self, "{number}"),
            Value::Flags(flags) => write!(self, "{flags:#010b}"),
            Value::Text(text) => write!(self, "{text:?}"),
            Value::Utf8(bytes) => write!(self, "{:?}", core::str::from_utf8(bytes).unwrap_or("")),
            Value::Word(word) => self.write_str(word),
            Value::Bytes(bytes) => {
                write!(self, "{} bytes", bytes.len())?;
                match core::str::from_utf8(bytes) {
                    Ok(text) if !text.is_empty() => write!(self, " {text:?}"),
                    _ => Ok(()),
                }
            }
        }
    }
}

impl Write for Column<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match self.width.cmp(&self.limit) {
                Ordering::Less => {
                    self.f.write_char(c)?;
                    self.width += 1;
                }
                // One character too many, which tells that the value is longer.
                Ordering::Equal => {
                    self.f.write_str("..")?;
                    self.width += 2;
                }
                Ordering::Greater => break,
            }
        }
        Ok(())
    }
}
