//! The property section of a packet that is written.

use super::list::Omit;
use super::rules::{Rules, check_number};
use super::{Properties, Property, Value};
use crate::packet::measure::{Judge, Measure};
use crate::wire::field::Precise;
use crate::wire::property::{Layout, Section};
use crate::wire::writer::{Put, varint_len};
use crate::{EncodeError, ErrorKind, PropertyId, Version};
use core::num::NonZeroU64;

impl<'a> Properties<'a> {
    /// Bytes on the wire of a list that came from there unchanged and fits this section as it is.
    #[inline]
    fn exact_bytes(&self, section: Section) -> Option<&'a [u8]> {
        let is_exact = self.exact.is_some_and(|exact| exact.is(section));
        (is_exact && self.omit == Omit::Nothing).then_some(self.wire)
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

/// Checks a property that is written alone, and gives its bytes on the wire.
pub(super) fn measure_alone(property: &Property<'_>) -> Result<u64, EncodeError> {
    // Any section that may have it will do.
    let section = property.id().info().first_section();
    let m = Measure::<Precise>::new(section.packet(), Version::V5);
    let mut walk = MeasureWalk::new(m, section);
    walk.add(property)?;
    Ok(walk.total)
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
pub(super) fn write_property<P: Put>(property: &Property<'_>, out: P) -> Option<P> {
    property.dissect(
        #[inline(always)]
        |id, value| value.write(id, out),
    )
}
