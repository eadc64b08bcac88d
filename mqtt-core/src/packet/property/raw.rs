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
        Self::read::<false>(wire)
    }

    /// The same for a property that is good without anything out of the ordinary. `None` says nothing about it.
    #[inline(always)]
    pub fn usual(wire: &'a [u8]) -> Option<(Self, &'a [u8])> {
        Self::read::<true>(wire)
    }

    // One branch on the layout for reading and judging.
    #[inline(always)]
    fn read<const JUDGED: bool>(wire: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut fields = Cursor::new(wire);
        let info = Info::of(fields.u8()?)?;
        let mut property = Self { id: info.id, number: 0, name: &[], value: &[] };
        let is_good = match info.layout {
            Layout::Utf8 | Layout::Utf8NonEmpty => {
                property.value = fields.binary()?;
                let may_be_empty = info.layout == Layout::Utf8;
                !JUDGED
                    || utf8::is_plain(property.value)
                        && (may_be_empty || !property.value.is_empty())
            }
            Layout::Pair => {
                property.name = fields.binary()?;
                property.value = fields.binary()?;
                !JUDGED || utf8::is_plain(property.name) && utf8::is_plain(property.value)
            }
            Layout::Topic => {
                property.value = fields.binary()?;
                !JUDGED || topic::is_usual_name(property.value, u32::MAX)
            }
            Layout::Binary => {
                property.value = fields.binary()?;
                true
            }
            Layout::Varint if JUDGED => {
                property.number = fields.usual_varint()?.0 as u32;
                property.number != 0
            }
            Layout::Varint => {
                property.number = fields.varint().ok()?.value;
                true
            }
            numeric => {
                property.number = match numeric {
                    Layout::Bit => u32::from(fields.u8()?),
                    Layout::U32 | Layout::U32NonZero => fields.u32()?,
                    _ => u32::from(fields.u16()?),
                };
                !JUDGED || check_number(numeric, property.number).is_ok()
            }
        };
        is_good.then_some((property, fields.rest()))
    }
}
