//! Reads the fields of one packet and says exactly what is wrong with them.

use super::cursor::{Cursor, VarintFault};
use super::error::{DecodeError, Origin};
use super::field::{self, Field, Mode, Value};
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
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a, 'o, T> {
    cursor: Cursor<'a>,
    /// Offset of the end of what `cursor` sees.
    end: usize,
    header: Header,
    version: Option<Version>,
    property: Option<(PropertyId, usize)>,
    pub(crate) options: &'o DecodeOptions,
    mode: T,
}

impl<'a, 'o, T: Mode> Reader<'a, 'o, T> {
    /// `frame` is one whole packet that begins with `header`. A CONNECT has no version until it
    /// names one.
    #[inline(always)]
    pub(crate) fn new(
        frame: &'a [u8],
        header: Header,
        version: Option<Version>,
        options: &'o DecodeOptions,
        mode: T,
    ) -> Self {
        let body = frame.get(usize::from(header.len)..).unwrap_or(&[]);
        let version = if header.packet == PacketType::Connect { None } else { version };
        Self {
            cursor: Cursor::new(body),
            // The header is there even where a small buffer could not keep all of it.
            end: usize::from(header.len) + body.len(),
            header,
            version,
            property: None,
            options,
            mode,
        }
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
    pub(crate) fn set_version(&mut self, version: Version) -> Result<(), T::Error> {
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

    /// All that is left.
    #[inline(always)]
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.cursor.rest()
    }

    /// The error for a fault at `offset`.
    #[inline(always)]
    pub(crate) fn fault(&self, kind: ErrorKind, offset: usize) -> T::Error {
        self.fault_as(kind, offset, self.version)
    }

    /// As `fault`, judged by another version than the current one.
    #[inline(always)]
    pub(crate) fn fault_as(
        &self,
        kind: ErrorKind,
        offset: usize,
        version: Option<Version>,
    ) -> T::Error {
        unlikely();
        T::error(|| {
            let (kind, offset) = match (kind, self.property) {
                (ErrorKind::Truncated, Some((_, at))) => (ErrorKind::PropertyTruncated, at),
                _ => (kind, offset),
            };
            DecodeError {
                // A packet has at most 268,435,460 bytes.
                offset: offset as u32,
                kind,
                packet: Some(self.packet()),
                origin: Origin::new(version, self.options.sender),
                property: self.property.map(|(id, _)| id),
            }
        })
    }

    /// Tells the mode of a part of the byte that was read last.
    #[inline(always)]
    pub(crate) fn part(&mut self, field: &'static Field, value: Value<'_>) {
        let at = self.offset() - 1;
        self.mode.field(at, 0, field, value);
    }

    #[inline(always)]
    fn seen(&mut self, at: usize, field: &'static Field, value: Value<'_>) {
        let len = self.offset() - at;
        self.mode.field(at, len, field, value);
    }

    #[inline(always)]
    pub(crate) fn u8(&mut self, field: &'static Field) -> Result<u8, T::Error> {
        let at = self.offset();
        let Some(value) = self.cursor.u8() else {
            return Err(self.fault(ErrorKind::Truncated, at));
        };
        self.seen(at, field, Value::Number(u32::from(value)));
        Ok(value)
    }

    /// One byte of flags; as `u8`, shown in binary.
    #[inline(always)]
    pub(crate) fn flags(&mut self, field: &'static Field) -> Result<u8, T::Error> {
        let at = self.offset();
        let Some(value) = self.cursor.u8() else {
            return Err(self.fault(ErrorKind::Truncated, at));
        };
        self.seen(at, field, Value::Flags(value));
        Ok(value)
    }

    #[inline(always)]
    pub(crate) fn u16(&mut self, field: &'static Field) -> Result<u16, T::Error> {
        let at = self.offset();
        let Some(value) = self.cursor.u16() else {
            return Err(self.fault(ErrorKind::Truncated, at));
        };
        self.seen(at, field, Value::Number(u32::from(value)));
        Ok(value)
    }

    #[inline(always)]
    pub(crate) fn u32(&mut self, field: &'static Field) -> Result<u32, T::Error> {
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
    #[inline(always)]
    pub(crate) fn varint(&mut self, field: &'static Field) -> Result<(u32, bool), T::Error> {
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
    /// v3 \[MQTT-2.3.1-1\], \[MQTT-2.3.1-6\], \[MQTT-2.3.1-7\]; v5 \[MQTT-2.2.1-3\] to
    /// \[MQTT-2.2.1-6\].
    #[inline(always)]
    pub(crate) fn packet_id(&mut self) -> Result<PacketId, T::Error> {
        let at = self.offset();
        let value = self.u16(&field::PACKET_ID)?;
        PacketId::new(value).ok_or_else(|| self.fault(ErrorKind::PacketIdZero, at))
    }

    /// Length-prefixed bytes.
    #[inline(always)]
    pub(crate) fn binary(&mut self, field: &'static Field) -> Result<&'a [u8], T::Error> {
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
    #[inline(always)]
    pub(crate) fn string(&mut self, field: &'static Field) -> Result<&'a str, T::Error> {
        let at = self.offset();
        let text = self.utf8(at)?;
        if utf8::has_nul(text.as_bytes()) {
            return Err(self.fault(ErrorKind::Nul, at + 2 + utf8::position(text, &['\0'])));
        }
        self.seen(at, field, Value::Text(text));
        Ok(text)
    }

    /// True for ASCII without U+0000, unless the caller wants more to be checked.
    #[inline(always)]
    fn is_plain(&self, bytes: &[u8]) -> bool {
        utf8::is_plain(bytes) && !self.options.strictness.reject_control_characters
    }

    /// A string that is a topic name, empty or not. `empty` and `wildcard` are the kinds of fault
    /// to report; no `empty` allows an empty one.
    ///
    /// # Spec
    /// As `string`; v3 \[MQTT-4.7.1-1\]; v5 \[MQTT-4.7.0-1\]. The limit on levels is ours.
    #[inline(always)]
    pub(crate) fn topic_name(
        &mut self,
        field: &'static Field,
        empty: Option<ErrorKind>,
        wildcard: ErrorKind,
    ) -> Result<&'a str, T::Error> {
        let at = self.offset();
        let text = self.utf8(at)?;
        if utf8::has_nul_or_wildcard(text.as_bytes()) {
            return Err(if utf8::has_nul(text.as_bytes()) {
                self.fault(ErrorKind::Nul, at + 2 + utf8::position(text, &['\0']))
            } else {
                self.fault(wildcard, at + 2 + utf8::position(text, &['+', '#']))
            });
        }
        if text.is_empty() {
            if let Some(kind) = empty {
                let at = self.property.map_or(at, |(_, property_at)| property_at);
                return Err(self.fault(kind, at));
            }
        }
        self.check_levels(at, text.as_bytes())?;
        self.seen(at, field, Value::Text(text));
        Ok(text)
    }

    /// A string that is a topic filter, which is read as text later.
    ///
    /// # Spec
    /// v3 \[MQTT-4.7.1-2\], \[MQTT-4.7.1-3\], \[MQTT-4.7.3-1\]; v5 \[MQTT-4.7.1-1\],
    /// \[MQTT-4.7.1-2\], \[MQTT-4.7.3-1\], \[MQTT-4.8.2-1\], \[MQTT-4.8.2-2\].
    #[inline(always)]
    pub(crate) fn topic_filter(&mut self, field: &'static Field) -> Result<&'a [u8], T::Error> {
        let at = self.offset();
        let mut next = self.cursor;
        let filter = match next.binary() {
            Some(bytes) if self.is_plain(bytes) => bytes,
            _ => {
                let mut apart = *self;
                let text = apart.utf8(at)?;
                next = apart.cursor;
                text.as_bytes()
            }
        };
        if let Err(fault) = topic::check_filter(filter, self.version()) {
            let offset = fault.at.map_or(at, |index| at + 2 + index);
            return Err(self.fault(fault.kind, offset));
        }
        self.check_levels(at, filter)?;
        self.cursor = next;
        self.seen(at, field, Value::Utf8(filter));
        Ok(filter)
    }

    #[inline(always)]
    fn check_levels(&self, at: usize, text: &[u8]) -> Result<(), T::Error> {
        // A text of n bytes has at most n + 1 levels, so short ones need no counting.
        let max = self.options.limits.max_topic_levels as usize;
        if text.len() >= max && topic::level_count(text) > max {
            return Err(self.fault(ErrorKind::TopicLevels, at));
        }
        Ok(())
    }

    /// A string field at `at`, checked for what `Strictness` and UTF-8 ask.
    #[inline(always)]
    fn utf8(&mut self, at: usize) -> Result<&'a str, T::Error> {
        let Some(bytes) = self.cursor.binary() else {
            return Err(self.fault(ErrorKind::Truncated, at));
        };
        let text = match utf8::to_str(bytes) {
            Ok(text) => text,
            Err(error) => return Err(self.fault(ErrorKind::Utf8, at + 2 + error.valid_up_to())),
        };
        if self.options.strictness.reject_control_characters {
            // U+0000 has a rule of its own, which is always on.
            match utf8::first_discouraged(text) {
                Some(index) if text.as_bytes().get(index) != Some(&0) => {
                    return Err(self.fault(ErrorKind::ControlCharacter, at + 2 + index));
                }
                _ => {}
            }
        }
        Ok(text)
    }

    /// All that is left, as the payload of PUBLISH.
    #[inline(always)]
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
    pub(crate) fn finish(&self) -> Result<(), T::Error> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.fault(ErrorKind::TrailingBytes, self.offset()))
        }
    }

    /// Narrows the reader to the next `len` bytes, the property section, and gives them together
    /// with the place behind them; `None` if they are not there.
    #[inline(always)]
    pub(crate) fn enter(&mut self, len: usize) -> Option<(&'a [u8], Place<'a>)> {
        let mut behind = *self;
        let section = behind.cursor.take(len)?;
        self.end -= behind.cursor.len();
        self.cursor = Cursor::new(section);
        Some((section, behind.place()))
    }

    /// Where this reader is, for `join`.
    #[inline(always)]
    pub(crate) fn place(&self) -> Place<'a> {
        Place { cursor: self.cursor, end: self.end }
    }

    /// Goes on where a copy of this reader has come to.
    #[inline(always)]
    pub(crate) fn join(&mut self, place: Place<'a>) {
        self.cursor = place.cursor;
        self.end = place.end;
    }

    /// Takes the next byte if it is 0, the length of nothing.
    #[inline(always)]
    pub(crate) fn skip_zero(&mut self, field: &'static Field) -> bool {
        let at = self.offset();
        let mut next = self.cursor;
        let zero = next.u8() == Some(0);
        if zero {
            self.cursor = next;
            self.seen(at, field, Value::Number(0));
        }
        zero
    }

    /// A property identifier; from here to the next one, faults are faults of this property.
    #[inline(always)]
    pub(crate) fn property(&mut self) -> Result<&'static Info, T::Error> {
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

/// Called where a branch is seldom taken, so that the compiler lays it out of the way.
#[cold]
const fn unlikely() {}

/// Where a reader is, and where what it sees ends.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    cursor: Cursor<'a>,
    end: usize,
}
