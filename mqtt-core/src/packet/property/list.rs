//! The property section of a packet.

use super::rules::{Rules, Seen, check_number};
use super::{Property, Value};
use crate::packet::measure::{Judge, Measure};
use crate::topic;
use crate::wire::cursor::{Cursor, array_at, bytes_at};
use crate::wire::field::{self, Field, Mode};
use crate::wire::property::{Info, Layout, Section};
use crate::wire::reader::{Place, Reader};
use crate::wire::utf8;
use crate::wire::writer::{Put, varint_len};
use crate::{DecodeOptions, ErrorKind, PropertyId, Version};
use core::hash::{Hash, Hasher};
use core::iter::FusedIterator;
use core::num::NonZeroU64;
use core::{fmt, slice};

/// The properties of a packet or of a will, in order.
///
/// Either the wire bytes of a received packet, checked once and read lazily, or a slice of values
/// to send. Both compare by their items. In 3.1 and 3.1.1 the list is always empty.
///
/// # Examples
/// ```
/// use mqtt_core::{Properties, Property};
/// let list = [
///     Property::ContentType("application/json"),
///     Property::UserProperty("site", "north"),
///     Property::UserProperty("site", "annex"),
/// ];
/// let properties = Properties::new(&list);
/// assert_eq!(properties.content_type(), Some("application/json"));
/// assert_eq!(properties.user_properties().count(), 2);
/// assert_eq!(properties.iter().next(), Some(list[0]));
/// ```
// A plain struct rather than an enum of the two kinds: it is copied field by field, where an enum is
// copied through memory in pieces that the processor cannot forward from store to load.
#[derive(Clone, Copy)]
pub struct Properties<'a> {
    /// What was received; empty if there are values.
    wire: &'a [u8],
    /// What is to be sent; empty if there are wire bytes.
    values: &'a [Property<'a>],
    /// The section the wire bytes belong to, if they may be sent as they are.
    exact: Option<Section>,
    omit: Omit,
}

/// What is left out to make a packet smaller.
// As large as the section, so that a list has no padding: that would be copied too, in two pieces.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Omit {
    Nothing,
    ReasonString,
    ReasonStringAndUserProperties,
}

impl Omit {
    #[inline]
    fn drops(self, id: PropertyId) -> bool {
        match id {
            PropertyId::ReasonString => self != Self::Nothing,
            PropertyId::UserProperty => self == Self::ReasonStringAndUserProperties,
            _ => false,
        }
    }
}

impl<'a> Properties<'a> {
    /// No properties.
    pub const EMPTY: Self = Self::new(&[]);

    /// These properties in this order. They are checked when the packet is written.
    ///
    /// ```
    /// use mqtt_core::{Properties, Property};
    /// let properties = Properties::new(&[Property::TopicAlias(3)]);
    /// assert_eq!(properties.topic_alias(), Some(3));
    /// ```
    #[must_use]
    pub const fn new(values: &'a [Property<'a>]) -> Self {
        Self { wire: &[], values, exact: None, omit: Omit::Nothing }
    }

    /// The properties in order. O(bytes) for the whole walk.
    ///
    /// ```
    /// assert_eq!(mqtt_core::Properties::EMPTY.iter().next(), None);
    /// ```
    #[inline(always)]
    #[must_use]
    pub fn iter(&self) -> PropertyIter<'a> {
        let whole = self.omit == Omit::Nothing;
        let (wire, thinned): (_, &[u8]) = if whole { (self.wire, &[]) } else { (&[], self.wire) };
        let values = self.values.iter();
        let seldom = !(whole && self.values.is_empty());
        PropertyIter { wire, at: 0, seldom, omit: self.omit, thinned, values }
    }

    /// True if there are none.
    ///
    /// ```
    /// assert!(mqtt_core::Properties::EMPTY.is_empty());
    /// ```
    #[inline(always)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let none = self.wire.is_empty() && self.values.is_empty();
        none || self.omit != Omit::Nothing && self.omits_all()
    }

    #[cold]
    fn omits_all(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Names and values of the user properties, in order.
    ///
    /// ```
    /// use mqtt_core::{Properties, Property};
    /// let list = [Property::UserProperty("a", "1"), Property::UserProperty("a", "2")];
    /// let values = Properties::new(&list).user_properties().map(|(_, value)| value);
    /// assert!(values.eq(["1", "2"]));
    /// ```
    pub fn user_properties(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.iter().filter_map(|property| match property {
            Property::UserProperty(name, value) => Some((name, value)),
            _ => None,
        })
    }

    /// The subscription identifiers, in order: at most one in SUBSCRIBE, any number in PUBLISH.
    ///
    /// ```
    /// use mqtt_core::{Properties, Property};
    /// let list = [Property::SubscriptionIdentifier(7), Property::SubscriptionIdentifier(9)];
    /// assert!(Properties::new(&list).subscription_identifiers().eq([7, 9]));
    /// ```
    pub fn subscription_identifiers(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.iter().filter_map(|property| match property {
            Property::SubscriptionIdentifier(id) => Some(id),
            _ => None,
        })
    }

    /// The same list with less in it.
    pub(crate) fn omitting(self, omit: Omit) -> Self {
        Self { omit, ..self }
    }

    /// Bytes on the wire of a list that came from there unchanged and fits this section as it is.
    #[inline]
    fn exact_bytes(&self, section: Section) -> Option<&'a [u8]> {
        (self.exact == Some(section) && self.omit == Omit::Nothing).then_some(self.wire)
    }

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
    pub(crate) fn usual(
        bytes: &'a [u8],
        version: Version,
        section: Section,
        options: &DecodeOptions,
    ) -> Option<(Self, &'a [u8])> {
        match *bytes {
            // Most messages have no properties.
            [0, ref rest @ ..] if version.is_v5() => Some((Self::new(&[]), rest)),
            _ if version.is_v5() => Self::usual_section(bytes, section, options),
            _ => Some((Self::new(&[]), bytes)),
        }
    }

    /// The same at a place in `bytes`; gives the place behind it.
    #[inline(always)]
    pub(crate) fn usual_at(
        bytes: &'a [u8],
        at: u32,
        version: Version,
        section: Section,
        options: &DecodeOptions,
    ) -> Option<(Self, u32)> {
        if !version.is_v5() {
            return Some((Self::new(&[]), at));
        }
        let (properties, rest) = Self::usual(bytes.get(at as usize..)?, version, section, options)?;
        Some((properties, (bytes.len() - rest.len()) as u32))
    }

    #[inline(always)]
    fn usual_section(
        bytes: &'a [u8],
        section: Section,
        options: &DecodeOptions,
    ) -> Option<(Self, &'a [u8])> {
        let mut rest = Cursor::new(bytes);
        let (len, _) = rest.usual_varint()?;
        let wire = rest.take(len)?;
        let exact = Some(section);
        is_usual(wire, section, options)
            .then_some((Self { wire, exact, ..Self::new(&[]) }, rest.rest()))
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
        let usual = T::QUICK && is_usual(bytes, section, r.options);
        let exact = (usual || check_section(r, section)?).then_some(section);
        Ok((Self { wire: bytes, exact, ..Self::new(&[]) }, behind))
    }

    /// Checks the list and gives its bytes on the wire, without the length field. `SECTION` is the
    /// number of the packet type, or 0 for the will.
    #[inline(always)]
    pub(crate) fn measure<T: Judge, const SECTION: u8>(
        &self,
        m: Measure<T>,
    ) -> Result<u32, T::Error> {
        // Most messages have no properties.
        if self.wire.is_empty() && self.values.is_empty() {
            return Ok(0);
        }
        if T::QUICK && self.is_values() && m.version.is_v5() {
            return measure_values::<T, SECTION>(m, self.values);
        }
        self.measure_seldom(m, Section::numbered(SECTION))
    }

    // Apart, so that the way of values to send is short.
    #[inline(never)]
    fn measure_seldom<T: Judge>(&self, m: Measure<T>, section: Section) -> Result<u32, T::Error> {
        if !m.version.is_v5() {
            return m.only_v5(!self.is_empty()).map(|()| 0);
        }
        if let Some(bytes) = self.exact_bytes(section) {
            return m.fits(bytes.len() as u64);
        }
        let mut walk = MeasureWalk::new(m, section);
        for property in self {
            walk.add(&property)?;
        }
        walk.finish()
    }

    /// True for a list of values as the caller gave it, which is walked without the iterator.
    #[inline(always)]
    fn is_values(&self) -> bool {
        self.wire.is_empty() && self.omit == Omit::Nothing
    }

    /// Writes the section, `size` bytes behind its length field. Only for 5.0.
    #[inline(always)]
    pub(crate) fn write<P: Put>(&self, section: Section, size: u32, out: P) -> Option<P> {
        if size == 0 {
            out.u8(0)
        } else if self.is_values() {
            write_values(self.values, size, out)
        } else {
            self.write_seldom(section, size, out)
        }
    }

    // Apart, so that the way of values to send is short.
    #[inline(never)]
    fn write_seldom<P: Put>(&self, section: Section, size: u32, out: P) -> Option<P> {
        let out = out.varint(size)?;
        match self.exact_bytes(section) {
            Some(bytes) => out.bytes(bytes),
            None => self.iter().try_fold(out, |out, property| write_property(&property, out)),
        }
    }
}

/// Bytes of a section of `size` bytes with its length field; 0 before 5.0.
#[inline]
pub(crate) fn section_len<T: Judge>(m: Measure<T>, size: u32) -> u64 {
    if m.version.is_v5() { u64::from(size) + u64::from(varint_len(size)) } else { 0 }
}

/// Checks values as the caller gave them, and gives their bytes on the wire. Compiled for each section,
/// so that what may be in it is a constant.
#[inline(never)]
fn measure_values<T: Judge, const SECTION: u8>(
    m: Measure<T>,
    values: &[Property<'_>],
) -> Result<u32, T::Error> {
    let mut walk = MeasureWalk::new(m, Section::numbered(SECTION));
    for property in values {
        walk.add(property)?;
    }
    walk.finish()
}

/// Checks properties that are to be sent, one after the other, and adds up their bytes on the wire.
struct MeasureWalk<T> {
    m: Measure<T>,
    rules: Rules,
    total: u64,
}

impl<T: Judge> MeasureWalk<T> {
    #[inline(always)]
    const fn new(m: Measure<T>, section: Section) -> Self {
        Self { m, rules: Rules::new(section), total: 0 }
    }

    #[inline(always)]
    fn add(&mut self, property: &Property<'_>) -> Result<(), T::Error> {
        let len = property.dissect(
            #[inline(always)]
            |id, value| measure_value(self.m, &mut self.rules, id, value),
        )?;
        self.total += len.get();
        Ok(())
    }

    #[inline(always)]
    fn finish(self) -> Result<u32, T::Error> {
        let m = self.m.of_property(PropertyId::AuthenticationData);
        self.rules.finish().map_err(|kind| m.invalid(kind))?;
        self.m.fits(self.total)
    }
}

#[inline(always)]
fn measure_value<T: Judge>(
    m: Measure<T>,
    rules: &mut Rules,
    id: PropertyId,
    value: Value<'_>,
) -> Result<NonZeroU64, T::Error> {
    let info = id.info();
    let m = m.of_property(id);
    rules
        .admit(info)
        .and_then(|()| check_number(info.layout, value.number()))
        .map_err(|kind| m.invalid(kind))?;
    match value {
        Value::Str("") if info.layout == Layout::Topic => {
            return Err(m.invalid(ErrorKind::ResponseTopicEmpty));
        }
        Value::Str("") if info.layout == Layout::Utf8NonEmpty => {
            return Err(m.invalid(ErrorKind::PropertyValue));
        }
        Value::Str(text) if info.layout == Layout::Topic => {
            m.topic_name(text, ErrorKind::ResponseTopicWildcard)?;
        }
        Value::Str(text) => {
            m.string(text)?;
        }
        Value::Binary(bytes) => {
            m.binary(bytes)?;
        }
        Value::Pair(name, value) => {
            m.string(name)?;
            m.string(value)?;
        }
        Value::Byte(_) | Value::U16(_) | Value::U32(_) | Value::Varint(_) => {}
    }
    // Not 0, in which a refusal finds room, so that there is no flag beside it to be carried along.
    NonZeroU64::new(1 + value.len()).ok_or_else(|| m.invalid(ErrorKind::PropertyValue))
}

/// Writes a section of values as the caller gave them, `size` bytes behind its length field.
#[inline(never)]
fn write_values<P: Put>(values: &[Property<'_>], size: u32, out: P) -> Option<P> {
    let mut out = out.varint(size)?;
    for property in values {
        out = write_property(property, out)?;
    }
    Some(out)
}

/// Writes a property that has been checked.
#[inline(always)]
fn write_property<P: Put>(property: &Property<'_>, out: P) -> Option<P> {
    property.dissect(
        #[inline(always)]
        |id, value| value.write(id, out),
    )
}

/// Checks a received section, to which the reader has been narrowed. False if it has something in
/// it that may not be sent on.
fn check_section<T: Mode>(mut r: Reader<'_, '_, T>, section: Section) -> Result<bool, T::Error> {
    let mut rules = Rules::new(section);
    let mut exact = true;
    let mut user_properties = 0;
    let mut data_at = 0;
    while !r.is_empty() {
        let at = r.offset();
        let info = r.property()?;
        rules.admit(info).map_err(|kind| r.fault(kind, at))?;
        let value = &field::PROPERTY_VALUE;
        let number = match info.layout {
            Layout::Bit => u32::from(r.u8(value)?),
            Layout::U16 | Layout::U16NonZero | Layout::Alias => u32::from(r.u16(value)?),
            Layout::U32 | Layout::U32NonZero => r.u32(value)?,
            Layout::Varint => {
                let (number, minimal) = r.varint(value)?;
                exact &= minimal;
                number
            }
            Layout::Utf8 | Layout::Utf8NonEmpty => {
                r.string(value)?;
                // The identifier and the length: nothing else.
                if info.layout == Layout::Utf8NonEmpty && r.offset() == at + 3 {
                    return Err(r.fault(ErrorKind::PropertyValue, at));
                }
                continue;
            }
            Layout::Topic => {
                let empty = Some(ErrorKind::ResponseTopicEmpty);
                r.topic_name(value, empty, ErrorKind::ResponseTopicWildcard)?;
                continue;
            }
            Layout::Binary => {
                if info.id == PropertyId::AuthenticationData {
                    data_at = at;
                }
                r.binary(value)?;
                continue;
            }
            Layout::Pair => {
                user_properties += 1;
                if user_properties > r.options.limits.max_user_properties {
                    return Err(r.fault(ErrorKind::UserPropertyCount, at));
                }
                r.string(&field::PROPERTY_NAME)?;
                r.string(value)?;
                continue;
            }
        };
        check_number(info.layout, number).map_err(|kind| r.fault(kind, at))?;
        if let Some(sender) = r.options.sender {
            rules.check_sender(sender).map_err(|kind| r.fault(kind, at))?;
        }
    }
    rules.finish().map_err(|kind| {
        r.begin_property(PropertyId::AuthenticationData, data_at);
        r.fault(kind, data_at)
    })?;
    Ok(exact)
}

/// Says whether a received section is good without anything out of the ordinary. False says nothing
/// about it.
fn is_usual(wire: &[u8], section: Section, options: &DecodeOptions) -> bool {
    // Below, up to 2^20 properties are added up in 64 bits.
    if options.strictness.refuses_legal() || wire.len() >= 1 << 21 {
        return false;
    }
    let mut seen = Seen::default();
    let mut user_properties = 0;
    let mut at = 0;
    // The identifier and two bytes, as all properties have but one of a single byte at the end.
    while let Some(head) = array_at::<3>(wire, at) {
        let end = Info::dissect(
            head[0],
            #[inline(always)]
            |info| {
                seen.add(info, section);
                let short = u16::from_be_bytes([head[1], head[2]]);
                match info.layout {
                    Layout::Bit => (head[1] <= 1).then_some(at + 2),
                    Layout::U16 => Some(at + 3),
                    Layout::U16NonZero | Layout::Alias => (short != 0).then_some(at + 3),
                    Layout::U32 => array_at::<5>(wire, at).map(|_| at + 5),
                    Layout::U32NonZero => {
                        let [_, value @ ..] = array_at::<5>(wire, at)?;
                        (*value != [0; 4]).then_some(at + 5)
                    }
                    Layout::Varint => matches!(head[1], 1..=0x7F).then_some(at + 2),
                    Layout::Utf8 => plain(wire, at + 3, short),
                    Layout::Utf8NonEmpty => {
                        if short == 0 {
                            return None;
                        }
                        plain(wire, at + 3, short)
                    }
                    Layout::Topic => {
                        let (topic, end) = bytes_at(wire, at + 3, short)?;
                        topic::is_usual_name(topic, options.limits.max_topic_levels).then_some(end)
                    }
                    Layout::Binary => bytes_at(wire, at + 3, short).map(|(_, end)| end),
                    Layout::Pair => {
                        user_properties += 1;
                        let end = plain(wire, at + 3, short)?;
                        plain(wire, end + 2, u16::from_be_bytes(*array_at(wire, end)?))
                    }
                }
            },
        );
        match end {
            Some(Some(end)) => at = end,
            _ => return false,
        }
    }
    match wire.get(at as usize..) {
        Some([]) => {}
        Some(&[number, value]) => {
            let Some(info) = Info::of(number) else {
                return false;
            };
            seen.add(info, section);
            let legal = match info.layout {
                Layout::Bit => value <= 1,
                Layout::Varint => matches!(value, 1..=0x7F),
                _ => false,
            };
            if !legal {
                return false;
            }
        }
        _ => return false,
    }
    user_properties <= options.limits.max_user_properties && seen.check(section, options.sender)
}

/// Where a string of `len` bytes at `at` ends, if it is ASCII without U+0000.
#[inline(always)]
fn plain(wire: &[u8], at: u32, len: u16) -> Option<u32> {
    let (text, end) = bytes_at(wire, at, len)?;
    utf8::is_plain(text).then_some(end)
}

impl Default for Properties<'_> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<'a> From<&'a [Property<'a>]> for Properties<'a> {
    fn from(values: &'a [Property<'a>]) -> Self {
        Self::new(values)
    }
}

impl<'a, const N: usize> From<&'a [Property<'a>; N]> for Properties<'a> {
    fn from(values: &'a [Property<'a>; N]) -> Self {
        Self::new(values)
    }
}

impl PartialEq for Properties<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Properties<'_> {}

impl Hash for Properties<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.iter().for_each(|property| property.hash(state));
        // So that two lists side by side differ from the same properties otherwise divided.
        state.write_usize(self.iter().count());
    }
}

impl fmt::Debug for Properties<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for Properties<'a> {
    type Item = Property<'a>;
    type IntoIter = PropertyIter<'a>;

    fn into_iter(self) -> PropertyIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &Properties<'a> {
    type Item = Property<'a>;
    type IntoIter = PropertyIter<'a>;

    fn into_iter(self) -> PropertyIter<'a> {
        self.iter()
    }
}

/// Walks [`Properties`].
///
/// # Examples
/// ```
/// use mqtt_core::{Properties, Property};
/// let mut walk = Properties::new(&[Property::TopicAlias(3)]).iter();
/// assert_eq!(walk.next(), Some(Property::TopicAlias(3)));
/// assert_eq!(walk.next(), None);
/// ```
#[derive(Clone)]
pub struct PropertyIter<'a> {
    /// What was received; empty if something is to be left out.
    wire: &'a [u8],
    /// Where the walk is in `wire`.
    at: u32,
    /// True if there may be something in the fields below.
    seldom: bool,
    omit: Omit,
    /// What was received if something is to be left out of it.
    thinned: &'a [u8],
    values: slice::Iter<'a, Property<'a>>,
}

impl<'a> Iterator for PropertyIter<'a> {
    type Item = Property<'a>;

    // Inlined and without a detour on the way out, so that a `match` in the loop around it joins with
    // the one that reads the property.
    #[inline(always)]
    fn next(&mut self) -> Option<Property<'a>> {
        const ONE_ID: u8 = PropertyId::SubscriptionIdentifier as u8;
        if let Some(head) = array_at(self.wire, self.at) {
            let (property, at) = Property::read(head, self.wire, self.at)?;
            self.at = at;
            return Some(property);
        }
        if self.at as usize == self.wire.len() && !self.seldom {
            return None;
        }
        // The one property of most SUBSCRIBEs.
        if let Some(&[ONE_ID, id @ ..0x80]) = self.wire.get(self.at as usize..) {
            self.at += 2;
            return Some(Property::SubscriptionIdentifier(id.into()));
        }
        let (property, rest) = self.clone().next_seldom();
        *self = rest;
        property
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // A property takes at least two bytes; any may be left out.
        let wire = self.wire.len().saturating_sub(self.at as usize) + self.thinned.len();
        (0, Some(self.values.len() + wire / 2))
    }
}

impl FusedIterator for PropertyIter<'_> {}

impl<'a> PropertyIter<'a> {
    /// The next property where it is not read from three bytes or more of a whole list, and the walk
    /// behind it. By value: a walk whose address is known elsewhere has its place in memory, and each
    /// step would wait for the store of the one before.
    #[cold]
    fn next_seldom(mut self) -> (Option<Property<'a>>, Self) {
        loop {
            let property = if let Some(property) = read_last(self.wire, self.at) {
                self.at += 2;
                Some(property)
            } else if let Some(head) = array_at(self.thinned, 0) {
                Property::read(head, self.thinned, 0).map(|(property, at)| {
                    self.thinned = self.thinned.get(at as usize..).unwrap_or_default();
                    property
                })
            } else if let Some(property) = read_last(self.thinned, 0) {
                self.thinned = &[];
                Some(property)
            } else {
                self.values.next().copied()
            };
            if !property.is_some_and(|property| self.omit.drops(property.id())) {
                return (property, self);
            }
        }
    }
}

/// Reads the property at `at`, if it is the last one and of but two bytes.
fn read_last(wire: &[u8], at: u32) -> Option<Property<'_>> {
    match *wire.get(at as usize..)? {
        [number, value] => Some(Property::read(&[number, value, 0], wire, at)?.0),
        _ => None,
    }
}

impl fmt::Debug for PropertyIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
