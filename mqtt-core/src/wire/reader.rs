//! Reads the fields of one packet and says exactly what is wrong with them.

use super::block::{Block, Cursor, VarintFault};
use super::error::DecodeError;
use super::field::{self, Field, Trace, Value};
use super::header::Header;
use super::property::Info;
use super::rules::ErrorKind;
use super::utf8;
use crate::topic;
use crate::{DecodeOptions, PacketId, PacketType, PropertyId, Version};

/// The body of one packet, read from front to back.
///
/// Offsets in errors count from the first byte of the packet. While a property is read, a value
/// that does not fit is reported as a fault of that property.
pub(crate) struct Reader<'a, 'o, T> {
    cursor: Cursor<'a>,
    /// Offset of the end of what `cursor` sees.
    end: usize,
    header: Header,
    version: Option<Version>,
    property: Option<(PropertyId, usize)>,
    pub(crate) options: &'o DecodeOptions,
    trace: T,
}

impl<'a, 'o, T: Trace> Reader<'a, 'o, T> {
    /// `frame` is one whole packet that begins with `header`.
    #[inline]
    pub(crate) fn new(
        frame: &'a [u8],
        header: Header,
        version: Option<Version>,
        options: &'o DecodeOptions,
        trace: T,
    ) -> Self {
        let body = frame.get(usize::from(header.len)..).unwrap_or(&[]);
        Self {
            cursor: Cursor::new(body),
            end: frame.len(),
            header,
            version,
            property: None,
            options,
            trace,
        }
    }

    /// Looks whether what is left is all text; worth it for bodies made mostly of strings.
    #[inline]
    pub(crate) fn expect_strings(&mut self) {
        let mut rest = self.cursor;
        self.cursor = Cursor::with_text(rest.take_rest());
    }

    /// The first byte of the packet.
    #[inline]
    pub(crate) const fn first_byte(&self) -> u8 {
        self.header.first
    }

    /// The type of the packet.
    #[inline]
    pub(crate) const fn packet(&self) -> PacketType {
        self.header.packet
    }

    /// The version the packet is judged by.
    #[inline]
    pub(crate) fn version(&self) -> Version {
        self.version.unwrap_or_default()
    }

    /// Sets the version that CONNECT names, and judges the length of the fixed header by it.
    pub(crate) fn set_version(&mut self, version: Version) -> Result<(), DecodeError> {
        self.version = Some(version);
        let lenient = self.options.strictness.allow_non_minimal_varints;
        if version.is_v5() && !self.header.minimal && !lenient {
            return Err(self.fault(ErrorKind::VarintNotMinimal, 1));
        }
        Ok(())
    }

    /// Bytes from the start of the packet to the next field.
    #[inline]
    pub(crate) const fn offset(&self) -> usize {
        self.end - self.cursor.len()
    }

    /// True if nothing is left.
    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.cursor.is_empty()
    }

    /// All that is left, as a block to keep.
    #[inline]
    pub(crate) fn rest(&self) -> Block<'a> {
        self.cursor.rest()
    }

    /// The error for a fault at `offset`.
    #[cold]
    pub(crate) fn fault(&self, kind: ErrorKind, offset: usize) -> DecodeError {
        self.fault_as(kind, offset, self.version)
    }

    /// As `fault`, judged by another version than the current one.
    #[cold]
    pub(crate) fn fault_as(
        &self,
        kind: ErrorKind,
        offset: usize,
        version: Option<Version>,
    ) -> DecodeError {
        let (kind, offset) = match (kind, self.property) {
            (ErrorKind::Truncated, Some((_, at))) => (ErrorKind::PropertyTruncated, at),
            _ => (kind, offset),
        };
        DecodeError {
            // A packet has at most 268,435,460 bytes.
            offset: offset as u32,
            kind,
            packet: Some(self.packet()),
            version,
            property: self.property.map(|(id, _)| id),
        }
    }

    /// Tells the trace of a part of the byte that was read last.
    #[inline(always)]
    pub(crate) fn part(&mut self, field: &'static Field, value: Value<'_>) {
        let at = self.offset() - 1;
        self.trace.field(at, 0, field, value);
    }

    #[inline(always)]
    fn seen(&mut self, at: usize, field: &'static Field, value: Value<'_>) {
        let len = self.offset() - at;
        self.trace.field(at, len, field, value);
    }

    #[inline]
    pub(crate) fn u8(&mut self, field: &'static Field) -> Result<u8, DecodeError> {
        let at = self.offset();
        let Some(value) = self.cursor.u8() else {
            return Err(self.fault(ErrorKind::Truncated, at));
        };
        self.seen(at, field, Value::Number(u32::from(value)));
        Ok(value)
    }

    /// One byte of flags; as `u8`, shown in binary.
    #[inline]
    pub(crate) fn flags(&mut self, field: &'static Field) -> Result<u8, DecodeError> {
        let at = self.offset();
        let Some(value) = self.cursor.u8() else {
            return Err(self.fault(ErrorKind::Truncated, at));
        };
        self.seen(at, field, Value::Flags(value));
        Ok(value)
    }

    #[inline]
    pub(crate) fn u16(&mut self, field: &'static Field) -> Result<u16, DecodeError> {
        let at = self.offset();
        let Some(value) = self.cursor.u16() else {
            return Err(self.fault(ErrorKind::Truncated, at));
        };
        self.seen(at, field, Value::Number(u32::from(value)));
        Ok(value)
    }

    #[inline]
    pub(crate) fn u32(&mut self, field: &'static Field) -> Result<u32, DecodeError> {
        let at = self.offset();
        let Some(value) = self.cursor.u32() else {
            return Err(self.fault(ErrorKind::Truncated, at));
        };
        self.seen(at, field, Value::Number(value));
        Ok(value)
    }

    /// A variable byte integer and whether it is in its shortest form. Only met in 5.0, where
    /// another form is an error by default.
    ///
    /// # Spec
    /// v5 \[MQTT-1.5.5-1\].
    #[inline]
    pub(crate) fn varint(&mut self, field: &'static Field) -> Result<(u32, bool), DecodeError> {
        let at = self.offset();
        let varint = match self.cursor.varint() {
            Ok(varint) => varint,
            Err(VarintFault::Truncated) => return Err(self.fault(ErrorKind::Truncated, at)),
            Err(VarintFault::TooLong) => return Err(self.fault(ErrorKind::VarintTooLong, at + 3)),
        };
        if !varint.minimal && !self.options.strictness.allow_non_minimal_varints {
            return Err(self.fault(ErrorKind::VarintNotMinimal, at));
        }
        self.seen(at, field, Value::Number(varint.value));
        Ok((varint.value, varint.minimal))
    }

    /// A packet identifier, which is not 0.
    ///
    /// # Spec
    /// v3 \[MQTT-2.3.1-1\]; v5 \[MQTT-2.2.1-3\], \[MQTT-2.2.1-4\].
    #[inline]
    pub(crate) fn packet_id(&mut self) -> Result<PacketId, DecodeError> {
        let at = self.offset();
        let value = self.u16(&field::PACKET_ID)?;
        PacketId::new(value).ok_or_else(|| self.fault(ErrorKind::PacketIdZero, at))
    }

    /// Length-prefixed bytes.
    #[inline]
    pub(crate) fn binary(&mut self, field: &'static Field) -> Result<&'a [u8], DecodeError> {
        let at = self.offset();
        let Some(bytes) = self.cursor.binary() else {
            return Err(self.fault(ErrorKind::Truncated, at));
        };
        self.seen(at, field, Value::Bytes(bytes));
        Ok(bytes)
    }

    /// A string: well-formed UTF-8 without U+0000.
    ///
    /// # Spec
    /// v3 \[MQTT-1.5.3-1\], \[MQTT-1.5.3-2\]; v5 \[MQTT-1.5.4-1\], \[MQTT-1.5.4-2\].
    #[inline]
    pub(crate) fn string(&mut self, field: &'static Field) -> Result<&'a str, DecodeError> {
        let at = self.offset();
        let text = self.utf8(at)?;
        if utf8::has_nul(text.as_bytes()) {
            return Err(self.nul(at + 2, text));
        }
        self.seen(at, field, Value::Text(text));
        Ok(text)
    }

    /// A string that is a topic name, empty or not. `empty` and `wildcard` are the kinds of fault
    /// to report; no `empty` allows an empty one.
    ///
    /// # Spec
    /// As `string`; v3 \[MQTT-4.7.1-1\]; v5 \[MQTT-4.7.0-1\]. The limit on levels is ours.
    #[inline]
    pub(crate) fn topic_name(
        &mut self,
        field: &'static Field,
        empty: Option<ErrorKind>,
        wildcard: ErrorKind,
    ) -> Result<&'a str, DecodeError> {
        let at = self.offset();
        let text = self.utf8(at)?;
        if utf8::has_nul_or_wildcard(text.as_bytes()) {
            return Err(self.nul_or_wildcard(at + 2, text, wildcard));
        }
        if text.is_empty() {
            if let Some(kind) = empty {
                let at = self.property.map_or(at, |(_, property_at)| property_at);
                return Err(self.fault(kind, at));
            }
        }
        self.check_levels(at, text)?;
        self.seen(at, field, Value::Text(text));
        Ok(text)
    }

    /// A string that is a topic filter.
    ///
    /// # Spec
    /// v3 \[MQTT-4.7.1-2\], \[MQTT-4.7.1-3\], \[MQTT-4.7.3-1\]; v5 \[MQTT-4.7.1-1\],
    /// \[MQTT-4.7.1-2\], \[MQTT-4.7.3-1\], \[MQTT-4.8.2-1\], \[MQTT-4.8.2-2\].
    #[inline]
    pub(crate) fn topic_filter(&mut self, field: &'static Field) -> Result<&'a str, DecodeError> {
        let at = self.offset();
        let text = self.utf8(at)?;
        if let Err(fault) = topic::check_filter(text, self.version()) {
            let offset = fault.at.map_or(at, |index| at + 2 + index);
            return Err(self.fault(fault.kind, offset));
        }
        self.check_levels(at, text)?;
        self.seen(at, field, Value::Text(text));
        Ok(text)
    }

    #[inline]
    fn check_levels(&self, at: usize, text: &str) -> Result<(), DecodeError> {
        // A text of n bytes has at most n + 1 levels, so short ones need no counting.
        let max = self.options.limits.max_topic_levels as usize;
        if text.len() >= max && topic::level_count(text) > max {
            return Err(self.fault(ErrorKind::TopicLevels, at));
        }
        Ok(())
    }

    /// A string field at `at`, checked for what `Strictness` and UTF-8 ask.
    #[inline]
    fn utf8(&mut self, at: usize) -> Result<&'a str, DecodeError> {
        let Some((bytes, text)) = self.cursor.string() else {
            return Err(self.fault(ErrorKind::Truncated, at));
        };
        let text = match text {
            Some(text) => text,
            None => match core::str::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => {
                    return Err(self.fault(ErrorKind::Utf8, at + 2 + error.valid_up_to()));
                }
            },
        };
        if self.options.strictness.reject_control_characters {
            self.check_discouraged(at + 2, text)?;
        }
        Ok(text)
    }

    #[cold]
    fn check_discouraged(&self, at: usize, text: &str) -> Result<(), DecodeError> {
        match utf8::first_discouraged(text) {
            // U+0000 has a rule of its own, which is always on.
            Some(index) if text.as_bytes().get(index) != Some(&0) => {
                Err(self.fault(ErrorKind::ControlCharacter, at + index))
            }
            _ => Ok(()),
        }
    }

    #[cold]
    fn nul(&self, at: usize, text: &str) -> DecodeError {
        self.fault(ErrorKind::Nul, at + text.find('\0').unwrap_or(0))
    }

    #[cold]
    fn nul_or_wildcard(&self, at: usize, text: &str, wildcard: ErrorKind) -> DecodeError {
        match text.find('\0') {
            Some(index) => self.fault(ErrorKind::Nul, at + index),
            None => self.fault(wildcard, at + text.find(['+', '#']).unwrap_or(0)),
        }
    }

    /// All that is left, as the payload of PUBLISH.
    #[inline]
    pub(crate) fn payload(&mut self) -> &'a [u8] {
        let at = self.offset();
        let payload = self.cursor.take_rest();
        if !payload.is_empty() {
            self.seen(at, &field::PAYLOAD, Value::Bytes(payload));
        }
        payload
    }

    /// Says that every field has been read.
    #[inline]
    pub(crate) fn finish(&self) -> Result<(), DecodeError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.fault(ErrorKind::TrailingBytes, self.offset()))
        }
    }

    /// Narrows the reader to the next `len` bytes, the property section, and gives them as a block
    /// together with what to pass to `leave`; `None` if they are not there.
    #[inline]
    pub(crate) fn enter(&mut self, len: usize) -> Option<(Block<'a>, Outside<'a>)> {
        let block = self.cursor.block(len)?;
        let outside = Outside { cursor: self.cursor, end: self.end };
        self.end -= self.cursor.len();
        self.cursor = block.cursor();
        Some((block, outside))
    }

    /// Goes on behind the section that `enter` narrowed to.
    #[inline]
    pub(crate) fn leave(&mut self, outside: Outside<'a>) {
        self.cursor = outside.cursor;
        self.end = outside.end;
        self.property = None;
    }

    /// A property identifier; from here to the next one, faults are faults of this property.
    #[inline]
    pub(crate) fn property(&mut self) -> Result<&'static Info, DecodeError> {
        self.property = None;
        let at = self.offset();
        let Some(number) = self.cursor.u8() else {
            return Err(self.fault(ErrorKind::Truncated, at));
        };
        let Some(info) = Info::of(number) else {
            return Err(self.fault(ErrorKind::PropertyUnknown, at));
        };
        self.seen(at, &field::PROPERTY, Value::Word(info.id.name()));
        self.begin_property(info.id, at);
        Ok(info)
    }

    /// Says that faults are faults of this property, whose identifier is at `at`.
    #[inline]
    pub(crate) fn begin_property(&mut self, id: PropertyId, at: usize) {
        self.property = Some((id, at));
    }
}

/// Where to go on behind a property section.
#[derive(Clone, Copy)]
pub(crate) struct Outside<'a> {
    cursor: Cursor<'a>,
    end: usize,
}
