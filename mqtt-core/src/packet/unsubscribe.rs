//! UNSUBSCRIBE.

use super::list::{Checked, Item, List};
use super::measure::{Body, Judge, Measure, Sizes};
use super::property::{Properties, section_len};
use super::wire::{put, reader};
use crate::wire::field::{self, Mode, Precise};
use crate::wire::property::Section;
use crate::wire::reader::Reader;
use crate::wire::writer::Put;
use crate::{
    DecodeError, DecodeOptions, EncodeError, ErrorKind, PacketId, PacketType, TopicFilter, Version,
};

/// UNSUBSCRIBE: a client ends subscriptions.
///
/// Layout of the body: `| packet id u16 | properties (5.0) | filter x 1.. |`.
///
/// # Spec
/// v3 section 3.10; v5 section 3.10.
///
/// # Examples
/// ```
/// use mqtt_core::{Packet, PacketId, TopicFilters, Unsubscribe, Version};
/// let packet = Packet::from(Unsubscribe {
///     filters: TopicFilters::new(&["a/b"]),
///     ..Unsubscribe::new(PacketId::MIN)
/// });
/// let mut buffer = [0; 9];
/// packet.encode_to_slice(Version::V311, &mut buffer)?;
/// assert_eq!(buffer, *b"\xA2\x07\0\x01\0\x03a/b");
/// # Ok::<(), mqtt_core::EncodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unsubscribe<'a> {
    /// Packet identifier, repeated by the UNSUBACK.
    pub packet_id: PacketId,
    /// Properties (5.0).
    pub properties: Properties<'a>,
    /// Filters: one or more.
    pub filters: TopicFilters<'a>,
}

/// The filters of an UNSUBSCRIBE.
///
/// # Examples
/// ```
/// use mqtt_core::TopicFilters;
/// assert_eq!(TopicFilters::new(&["a/#"]).iter().next(), Some("a/#"));
/// ```
pub type TopicFilters<'a> = List<'a, &'a str>;

impl<'a> Item<'a> for &'a str {
    #[inline(always)]
    fn read(checked: &mut Checked<'a>) -> Option<Self> {
        checked.str().map(|(filter, [])| filter)
    }
}

impl<'a> TopicFilters<'a> {
    /// The filters in these bytes: all that is in an UNSUBSCRIBE behind its properties.
    ///
    /// They are checked as [`decode`](crate::decode) checks them, once. O(bytes), no allocation.
    ///
    /// # Errors
    /// [`DecodeError`], with the offset in `wire`, if an UNSUBSCRIBE of this version may not carry them.
    ///
    /// ```
    /// use mqtt_core::{DecodeOptions, TopicFilters, Version};
    /// let list = TopicFilters::parse_wire(b"\0\x03a/+\0\x01b", Version::V5, &DecodeOptions::DEFAULT)?;
    /// assert!(list.iter().eq(["a/+", "b"]));
    /// # Ok::<(), mqtt_core::DecodeError>(())
    /// ```
    pub fn parse_wire(
        wire: &'a [u8],
        version: Version,
        options: &DecodeOptions,
    ) -> Result<Self, DecodeError> {
        check_filters(reader(wire, PacketType::Unsubscribe, version, options, Precise)?)?;
        Ok(Self::checked_text(wire, version))
    }
}

impl TopicFilter<'_> {
    /// Writes the filter as a string with its length in front, and gives how many bytes that are: all of it or nothing.
    ///
    /// One after the other they make a list for [`TopicFilters::parse_wire`].
    ///
    /// # Errors
    /// [`EncodeError::BufferTooSmall`].
    ///
    /// ```
    /// use mqtt_core::TopicFilter;
    /// let mut out = [0; 8];
    /// let len = TopicFilter::new("a/+")?.encode_to_slice(&mut out).unwrap();
    /// assert_eq!(&out[..len], b"\0\x03a/+");
    /// # Ok::<(), mqtt_core::TopicError>(())
    /// ```
    pub fn encode_to_slice(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let text = self.as_str().as_bytes();
        put(2 + text.len() as u64, out, |out| out.binary(text))
    }
}

/// Checks received filters, which are all that the reader has left.
#[inline(always)]
fn check_filters<T: Mode>(r: Reader<'_, '_, T>) -> Result<(), T::Error> {
    super::parse_filters(r, |r| r.topic_filter(&field::UNSUBSCRIBE_FILTER).map(drop))
}

impl<'a> Unsubscribe<'a> {
    const SECTION: Section = Section::of(PacketType::Unsubscribe);

    /// An UNSUBSCRIBE without filters or properties yet.
    ///
    /// ```
    /// use mqtt_core::{PacketId, Unsubscribe};
    /// assert!(Unsubscribe::new(PacketId::MIN).filters.is_empty());
    /// ```
    #[must_use]
    pub const fn new(packet_id: PacketId) -> Self {
        Self { packet_id, properties: Properties::EMPTY, filters: List::EMPTY }
    }

    pub(crate) fn parse<T: Mode>(r: &mut Reader<'a, '_, T>) -> Result<Self, T::Error> {
        let packet_id = r.packet_id()?;
        let properties = Properties::parse(r, Self::SECTION, &field::PROPERTY_LENGTH)?;
        let filters = r.rest();
        check_filters(*r)?;
        Ok(Self { packet_id, properties, filters: List::checked_text(filters, r.version()) })
    }
}

impl Body for Unsubscribe<'_> {
    const PACKET: PacketType = PacketType::Unsubscribe;

    fn measure<T: Judge>(&self, m: Measure<T>) -> Result<Sizes, T::Error> {
        let properties = self.properties.measure::<_, { PacketType::Unsubscribe as u8 }>(m)?;
        let mut filters = 0;
        if let Some(values) = self.filters.values() {
            for filter in values {
                filters += m.topic_filter(filter)?;
            }
        } else if let Some(bytes) = self.filters.wire_of(m.version) {
            filters = bytes.len() as u64;
        } else {
            for filter in self.filters {
                filters += m.topic_filter(filter)?;
            }
        }
        if filters == 0 {
            return Err(m.invalid(ErrorKind::SubscriptionsEmpty));
        }
        let body = m.fits(2 + section_len(m, properties) + filters)?;
        Ok(Sizes { body, properties, ..Sizes::default() })
    }

    fn write<P: Put>(&self, version: Version, sizes: &Sizes, out: P) -> Option<P> {
        let mut out = out.u16(self.packet_id.get())?;
        if version.is_v5() {
            out = self.properties.write(Self::SECTION, sizes.properties, out)?;
        }
        if let Some(values) = self.filters.values() {
            values.iter().try_fold(out, |out, filter| out.binary(filter.as_bytes()))
        } else if let Some(bytes) = self.filters.wire_of(version) {
            out.bytes(bytes)
        } else {
            self.filters.iter().try_fold(out, |out, filter| out.binary(filter.as_bytes()))
        }
    }
}
