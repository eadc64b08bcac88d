//! The property section of a packet that is read.

use super::list::Exact;
use super::rules::{Rules, Seen, check_number};
use super::{Properties, Property};
use crate::topic;
use crate::wire::cursor::{Cursor, array_at, bytes_at};
use crate::wire::field::{self, Field, Mode};
use crate::wire::property::{Info, Layout, Section};
use crate::wire::reader::{Place, Reader};
use crate::wire::utf8;
use crate::{DecodeOptions, ErrorKind, PropertyId, Version};

impl<'a> Properties<'a> {
    /// Reads the property section of a packet; in 3.1 and 3.1.1 there is none.
    ///
    /// Layout: `| length varint | { identifier u8, value } x n |`.
    ///
    /// # Spec
    /// v5 section 2.2.2, \[MQTT-2.2.2-1\].
    #[inline(always)]
    pub(crate) fn parse<T: Mode>(
        r: &mut Reader<'a, '_, T>,
        section: Section,
        length: &'static Field,
    ) -> Result<Self, T::Error> {
        if !r.version().is_v5() {
            return Ok(Self::EMPTY);
        }
        // Most messages have no properties.
        if r.skip_zero(length) {
            return Ok(Self::EMPTY);
        }
        // A copy, so that a caller who is inlined need not keep its own reader in memory.
        let (properties, rest) = Self::parse_section(*r, section, length)?;
        r.join(rest);
        Ok(properties)
    }

    /// Reads the property section at the front of `bytes`, and gives what follows; `None` says
    /// nothing about it. In 3.1 and 3.1.1 there is no section.
    // No `EMPTY` here: constants as a whole are copied from memory to memory.
    #[inline(always)]
    pub(crate) fn usual<const SECTION: u8>(
        bytes: &'a [u8],
        version: Version,
        options: &DecodeOptions,
    ) -> Option<(Self, &'a [u8])> {
        match *bytes {
            // Most messages have no properties.
            [0, ref rest @ ..] if version.is_v5() => Some((Self::new(&[]), rest)),
            _ if version.is_v5() => Self::usual_section::<SECTION>(bytes, options),
            _ => Some((Self::new(&[]), bytes)),
        }
    }

    /// The same at a place in `bytes`; gives the place behind it. Inlined with all that it does, so a
    /// constant `section` makes what may be in it constant too.
    #[inline(always)]
    pub(crate) fn usual_at(
        bytes: &'a [u8],
        at: u32,
        section: Section,
        version: Version,
        options: &DecodeOptions,
    ) -> Option<(Self, u32)> {
        if !version.is_v5() {
            return Some((Self::new(&[]), at));
        }
        let (len, size) = Cursor::new(bytes.get(at as usize..)?).usual_varint()?;
        let (wire, end) = bytes_at(bytes, at + size as u32, len as u32)?;
        if wire.is_empty() {
            return Some((Self::new(&[]), end));
        }
        let exact = Some(is_usual(wire, section, options)?);
        Some((Self { wire, exact, ..Self::new(&[]) }, end))
    }

    /// The properties in these bytes, without their length in front; `None` says nothing about them. `SECTION` is the number
    /// of the packet type, or 0 for the will.
    ///
    /// Not part of the interface that versions keep.
    #[doc(hidden)]
    #[inline(always)]
    pub fn usual_wire<const SECTION: u8>(wire: &'a [u8], options: &DecodeOptions) -> Option<Self> {
        if wire.is_empty() {
            return Some(Self::new(&[]));
        }
        if wire.len() >= USUAL_LEN || options.strictness.refuses_legal() {
            return None;
        }
        let exact = Some(is_usual_in::<SECTION>(wire, options)?);
        Some(Self { wire, exact, ..Self::new(&[]) })
    }

    #[inline(always)]
    fn usual_section<const SECTION: u8>(
        bytes: &'a [u8],
        options: &DecodeOptions,
    ) -> Option<(Self, &'a [u8])> {
        let mut rest = Cursor::new(bytes);
        let (len, _) = rest.usual_varint()?;
        let wire = rest.take(len)?;
        let exact = Some(is_usual_in::<SECTION>(wire, options)?);
        Some((Self { wire, exact, ..Self::new(&[]) }, rest.rest()))
    }

    /// Reads a section that is not empty.
    fn parse_section<'o, T: Mode>(
        mut r: Reader<'a, 'o, T>,
        section: Section,
        length: &'static Field,
    ) -> Result<(Self, Place<'a>), T::Error> {
        let at = r.offset();
        let (len, _) = r.varint(length)?;
        if len == 0 {
            // Written in more bytes than needed, and let pass.
            return Ok((Self::EMPTY, r.place()));
        }
        let Some((bytes, behind)) = r.enter(len as usize) else {
            return Err(r.fault(ErrorKind::PropertyLength, at));
        };
        let exact = judge(r, bytes, section)?;
        Ok((Self { wire: bytes, exact, ..Self::new(&[]) }, behind))
    }
}

/// Checks the bytes of a section, to which the reader has been narrowed. `None` if there is something in it that may
/// not be sent on.
#[inline(always)]
pub(super) fn judge<T: Mode>(
    r: Reader<'_, '_, T>,
    bytes: &[u8],
    section: Section,
) -> Result<Option<Exact>, T::Error> {
    let plain = !r.options.strictness.refuses_legal() && bytes.len() < USUAL_LEN;
    let usual = if T::QUICK && plain { is_usual_in_any(bytes, section, r.options) } else { None };
    match usual {
        Some(exact) => Ok(Some(exact)),
        None => Ok(check_section(r, section)?.then_some(Exact::new(section, true))),
    }
}

/// Checks a received section, to which the reader has been narrowed. False if it has something in
/// it that may not be sent on.
fn check_section<T: Mode>(mut r: Reader<'_, '_, T>, section: Section) -> Result<bool, T::Error> {
    let mut checks = Checks::new(section);
    while !r.is_empty() {
        checks.property(&mut r)?;
    }
    checks.finish(r)
}

/// What has been seen of a section.
pub(super) struct Checks {
    rules: Rules,
    is_exact: bool,
    user_properties: u32,
    data_at: usize,
}

impl Checks {
    #[inline]
    pub(super) const fn new(section: Section) -> Self {
        Self { rules: Rules::new(section), is_exact: true, user_properties: 0, data_at: 0 }
    }

    /// Checks the next property.
    #[inline(always)]
    pub(super) fn property<T: Mode>(&mut self, r: &mut Reader<'_, '_, T>) -> Result<(), T::Error> {
        let at = r.offset();
        let info = r.property()?;
        self.rules.admit(info).map_err(|kind| r.fault(kind, at))?;
        let value = &field::PROPERTY_VALUE;
        let number = match info.layout {
            Layout::Bit => u32::from(r.u8(value)?),
            Layout::U16 | Layout::U16NonZero | Layout::Alias => u32::from(r.u16(value)?),
            Layout::U32 | Layout::U32NonZero => r.u32(value)?,
            Layout::Varint => {
                let (number, minimal) = r.varint(value)?;
                self.is_exact &= minimal;
                number
            }
            Layout::Utf8 | Layout::Utf8NonEmpty => {
                r.string(value)?;
                // The identifier and the length: nothing else.
                if info.layout == Layout::Utf8NonEmpty && r.offset() == at + 3 {
                    return Err(r.fault(ErrorKind::PropertyValue, at));
                }
                return Ok(());
            }
            Layout::Topic => {
                let empty = Some(ErrorKind::ResponseTopicEmpty);
                r.topic_name(value, empty, ErrorKind::ResponseTopicWildcard)?;
                return Ok(());
            }
            Layout::Binary => {
                if info.id == PropertyId::AuthenticationData {
                    self.data_at = at;
                }
                r.binary(value)?;
                return Ok(());
            }
            Layout::Pair => {
                self.user_properties += 1;
                if self.user_properties > r.options.limits.max_user_properties {
                    return Err(r.fault(ErrorKind::UserPropertyCount, at));
                }
                r.string(&field::PROPERTY_NAME)?;
                r.string(value)?;
                return Ok(());
            }
        };
        check_number(info.layout, number).map_err(|kind| r.fault(kind, at))?;
        match r.options.sender {
            Some(sender) => self.rules.check_sender(sender).map_err(|kind| r.fault(kind, at)),
            None => Ok(()),
        }
    }

    /// Checks the whole: false if there is something in it that may not be sent on.
    #[inline(always)]
    fn finish<T: Mode>(self, mut r: Reader<'_, '_, T>) -> Result<bool, T::Error> {
        self.rules.finish().map_err(|kind| {
            r.begin_property(PropertyId::AuthenticationData, self.data_at);
            r.fault(kind, self.data_at)
        })?;
        Ok(self.is_exact)
    }
}

/// The length from which on a section is out of the ordinary: 2^20 properties are added up in 64 bits.
/// A length of up to three bytes is less.
const USUAL_LEN: usize = 1 << 21;

/// Where a faulty property ends: nothing is there, so a walk stops, with no flag to look at in each step.
const NOWHERE: u32 = 1 << 31;

/// What is known of a received section of less than `USUAL_LEN` bytes that is good without anything out of
/// the ordinary. `None` says nothing about it. Only where strictness refuses nothing legal, which the
/// caller sees to.
#[inline(always)]
fn is_usual(wire: &[u8], section: Section, options: &DecodeOptions) -> Option<Exact> {
    let mut seen = Seen::default();
    let mut user_properties = 0;
    let mut at = 0;
    // The identifier and two bytes, as all properties have but one of a single byte at the end.
    while let Some(head) = array_at::<3>(wire, at) {
        let end = Info::dissect(
            head[0],
            #[inline(always)]
            |info| {
                if !info.allowed_in(section) {
                    return NOWHERE;
                }
                seen.add(info, section);
                user_properties += u32::from(info.layout == Layout::Pair);
                usual_end(info, head, wire, at, options)
            },
        );
        at = end.unwrap_or(NOWHERE);
    }
    match wire.get(at as usize..) {
        Some([]) => {}
        Some(&[number, value]) => {
            let info = Info::of(number)?;
            seen.add(info, section);
            let legal = match info.layout {
                Layout::Bit => value <= 1,
                Layout::Varint => matches!(value, 1..=0x7F),
                _ => false,
            };
            if !legal || !info.allowed_in(section) {
                return None;
            }
        }
        _ => return None,
    }
    let is_good = user_properties <= options.limits.max_user_properties
        && seen.check(section, options.sender);
    is_good.then(|| Exact::new(section, seen.has(PropertyId::TopicAlias)))
}

/// Where a property that is good without anything out of the ordinary ends; `NOWHERE` says nothing about it. A value of
/// which nothing is looked at may reach beyond the end: there is nothing either.
#[inline(always)]
fn usual_end(info: &Info, head: &[u8; 3], wire: &[u8], at: u32, options: &DecodeOptions) -> u32 {
    let short = u16::from_be_bytes([head[1], head[2]]);
    match info.layout {
        Layout::Bit => place(head[1] <= 1, at + 2),
        Layout::U16 => at + 3,
        Layout::U16NonZero | Layout::Alias => place(short != 0, at + 3),
        Layout::U32 => at + 5,
        Layout::U32NonZero => match array_at::<5>(wire, at) {
            Some([_, value @ ..]) => place(*value != [0; 4], at + 5),
            None => NOWHERE,
        },
        Layout::Varint => place(matches!(head[1], 1..=0x7F), at + 2),
        Layout::Utf8NonEmpty if short == 0 => NOWHERE,
        Layout::Utf8 | Layout::Utf8NonEmpty => plain(wire, at + 3, short).unwrap_or(NOWHERE),
        Layout::Topic => match bytes_at(wire, at + 3, short) {
            Some((topic, end)) => {
                place(topic::is_usual_name(topic, options.limits.max_topic_levels), end)
            }
            None => NOWHERE,
        },
        Layout::Binary => at + 3 + u32::from(short),
        Layout::Pair => {
            let Some(end) = plain(wire, at + 3, short) else {
                return NOWHERE;
            };
            let Some(len) = array_at(wire, end) else {
                return NOWHERE;
            };
            plain(wire, end + 2, u16::from_be_bytes(*len)).unwrap_or(NOWHERE)
        }
    }
}

/// The property at the front, if it is good without anything out of the ordinary, and where it ends. `None` says nothing
/// about it.
pub(super) fn usual_one<'a>(
    wire: &'a [u8],
    options: &DecodeOptions,
) -> Option<(Property<'a>, u32)> {
    let head = array_at::<3>(wire, 0)?;
    let end = Info::dissect(
        head[0],
        #[inline(always)]
        |info| usual_end(info, head, wire, 0, options),
    )?;
    let plain = !options.strictness.refuses_legal() && options.sender.is_none();
    if plain && end as usize <= wire.len() { Property::read(head, wire, 0) } else { None }
}

/// `is_usual` compiled for the section of this number, so that what may be in it is a constant.
#[inline(never)]
fn is_usual_in<const SECTION: u8>(wire: &[u8], options: &DecodeOptions) -> Option<Exact> {
    is_usual(wire, Section::numbered(SECTION), options)
}

/// `is_usual` for sections that are seldom met.
#[inline(never)]
fn is_usual_in_any(wire: &[u8], section: Section, options: &DecodeOptions) -> Option<Exact> {
    is_usual(wire, section, options)
}

/// Where a property ends, if it is good.
#[inline(always)]
const fn place(is_good: bool, end: u32) -> u32 {
    if is_good { end } else { NOWHERE }
}

/// Where a string of `len` bytes at `at` ends, if it is ASCII without U+0000.
#[inline(always)]
fn plain(wire: &[u8], at: u32, len: u16) -> Option<u32> {
    let (text, end) = bytes_at(wire, at, len)?;
    utf8::is_plain(text).then_some(end)
}
