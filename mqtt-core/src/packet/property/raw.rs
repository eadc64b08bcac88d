//! One property whose texts are bytes.

use super::rules::check_number;
use crate::PropertyId;
use crate::topic;
use crate::wire::cursor::Cursor;
use crate::wire::property::{Info, Layout};
use crate::wire::utf8;

/// A property for bindings to languages whose strings are bytes: a number, a value, or a name and a value.
///
/// Not part of the interface that versions keep.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct RawProperty<'a> {
    pub id: PropertyId,
    pub number: u32,
    pub name: &'a [u8],
    pub value: &'a [u8],
}

impl<'a> RawProperty<'a> {
    /// The property at the front, whose values nobody looks at, and what follows it; `None` if the bytes end in it, or
    /// there is no such property. For blocks that have been checked before.
    #[inline(always)]
    pub fn split(wire: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut fields = Cursor::new(wire);
        let info = Info::of(fields.u8()?)?;
        let mut property = Self { id: info.id, number: 0, name: &[], value: &[] };
        match info.layout {
            Layout::Bit => property.number = u32::from(fields.u8()?),
            Layout::U16 | Layout::U16NonZero | Layout::Alias => {
                property.number = u32::from(fields.u16()?);
            }
            Layout::U32 | Layout::U32NonZero => property.number = fields.u32()?,
            Layout::Varint => property.number = fields.varint().ok()?.value,
            Layout::Pair => {
                property.name = fields.binary()?;
                property.value = fields.binary()?;
            }
            Layout::Utf8 | Layout::Utf8NonEmpty | Layout::Topic | Layout::Binary => {
                property.value = fields.binary()?;
            }
        }
        Some((property, fields.rest()))
    }

    /// The same for a property that is good without anything out of the ordinary. `None` says nothing about it.
    #[inline(always)]
    pub fn usual(wire: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (property, rest) = Self::split(wire)?;
        let Self { id, number, name, value } = property;
        let is_good = match id.info().layout {
            Layout::Utf8 => utf8::is_plain(value),
            Layout::Utf8NonEmpty => utf8::is_plain(value) && !value.is_empty(),
            Layout::Pair => utf8::is_plain(name) && utf8::is_plain(value),
            Layout::Topic => topic::is_usual_name(value, u32::MAX),
            Layout::Binary => true,
            // In one byte behind the identifier: in more there may be more than needed.
            Layout::Varint => matches!(number, 1..=0x7F) && rest.len() + 2 == wire.len(),
            numeric => check_number(numeric, number).is_ok(),
        };
        is_good.then_some((property, rest))
    }
}
