//! Properties as bytes on the wire, for those who keep or hand on whole sections.

use super::list::Omit;
use super::receive::{Checks, judge, usual_one};
use super::send::{measure_alone, write_property};
use super::{Properties, Property};
use crate::packet::wire::{put, reader};
use crate::wire::field::{Precise, Quick};
use crate::wire::property::Section;
use crate::{DecodeError, DecodeOptions, EncodeError, ErrorKind, PacketType, PropertyId, Version};

/// No property is longer: an identifier and two strings with their lengths.
const MAX_LEN: usize = 1 + 2 * (2 + u16::MAX as usize);

impl<'a> Properties<'a> {
    /// The properties in these bytes: a whole section of a packet of this type, without its length in front.
    ///
    /// They are checked as [`decode`](crate::decode) checks them, once; what is written from them then is a copy.
    /// O(bytes), no allocation.
    ///
    /// # Errors
    /// [`DecodeError`], with the offset in `wire`, if a packet of this type in 5.0 may not carry them.
    ///
    /// ```
    /// use mqtt_core::{DecodeOptions, ErrorKind, PacketType, Properties};
    /// let wire = [0x23, 0, 3]; // topic alias 3
    /// let properties = Properties::parse_wire(PacketType::Publish, &wire, &DecodeOptions::DEFAULT)?;
    /// assert_eq!(properties.topic_alias(), Some(3));
    ///
    /// let refused = Properties::parse_wire(PacketType::Connect, &wire, &DecodeOptions::DEFAULT);
    /// assert_eq!(refused.unwrap_err().kind(), ErrorKind::PropertyNotAllowed);
    /// # Ok::<(), mqtt_core::DecodeError>(())
    /// ```
    pub fn parse_wire(
        packet: PacketType,
        wire: &'a [u8],
        options: &DecodeOptions,
    ) -> Result<Self, DecodeError> {
        Self::parse_wire_in(Section::of(packet), packet, wire, options)
    }

    /// The same for the properties of a will, which stand apart from those of its CONNECT.
    ///
    /// # Errors
    /// As [`parse_wire`](Self::parse_wire).
    ///
    /// ```
    /// use mqtt_core::{DecodeOptions, Properties};
    /// let wire = [0x18, 0, 0, 0, 5];
    /// let properties = Properties::parse_will_wire(&wire, &DecodeOptions::DEFAULT)?;
    /// assert_eq!(properties.will_delay_interval(), Some(5));
    /// # Ok::<(), mqtt_core::DecodeError>(())
    /// ```
    pub fn parse_will_wire(wire: &'a [u8], options: &DecodeOptions) -> Result<Self, DecodeError> {
        Self::parse_wire_in(Section::WILL, PacketType::Connect, wire, options)
    }

    fn parse_wire_in(
        section: Section,
        packet: PacketType,
        wire: &'a [u8],
        options: &DecodeOptions,
    ) -> Result<Self, DecodeError> {
        if wire.is_empty() {
            return Ok(Self::EMPTY);
        }
        let quick = reader(wire, packet, Version::V5, options, Quick);
        let exact = match quick.and_then(|r| judge(r, wire, section)) {
            Ok(exact) => exact,
            // It is refused again, with the reason.
            Err(_) => judge(reader(wire, packet, Version::V5, options, Precise)?, wire, section)?,
        };
        Ok(Self { wire, exact, ..Self::EMPTY })
    }

    /// The bytes of the section on the wire, without its length in front: of a list that was read, or of an empty one.
    /// `None` for values to send, which have no bytes yet, and for a list of which something has been left out since:
    /// sessions do that with topic aliases that they have resolved.
    ///
    /// ```
    /// use mqtt_core::{DecodeOptions, Packet, Properties, Property, Status, Version, decode};
    /// let bytes = b"\x30\x07\0\x01a\x03\x23\0\x03";
    /// let Status::Complete(decoded) = decode(bytes, Some(Version::V5), &DecodeOptions::DEFAULT)?
    /// else {
    ///     unreachable!()
    /// };
    /// let Packet::Publish(publish) = decoded.packet else { unreachable!() };
    /// assert_eq!(publish.properties.wire(), Some(&bytes[6..]));
    /// assert_eq!(Properties::new(&[Property::TopicAlias(3)]).wire(), None);
    /// # Ok::<(), mqtt_core::DecodeError>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn wire(&self) -> Option<&'a [u8]> {
        (self.values.is_empty() && self.omit == Omit::Nothing).then_some(self.wire)
    }
}

impl<'a> Property<'a> {
    /// The property at the front of these bytes, and how many of them it takes.
    ///
    /// What is judged is this property alone: not whether a packet may carry it, how often, and from whom. O(its bytes),
    /// no allocation.
    ///
    /// # Errors
    /// [`DecodeError`], with the offset in `wire`; it names no packet.
    ///
    /// ```
    /// use mqtt_core::{DecodeOptions, Property};
    /// let wire = [0x23, 0, 3, 0x24, 1];
    /// let found = Property::parse_wire(&wire, &DecodeOptions::DEFAULT)?;
    /// assert_eq!(found, (Property::TopicAlias(3), 3));
    /// # Ok::<(), mqtt_core::DecodeError>(())
    /// ```
    pub fn parse_wire(
        wire: &'a [u8],
        options: &DecodeOptions,
    ) -> Result<(Self, usize), DecodeError> {
        // So that no place in it is beyond what places can be.
        let wire = wire.get(..MAX_LEN).unwrap_or(wire);
        if let Some((property, len)) = usual_one(wire, options) {
            return Ok((property, len as usize));
        }
        // Any section that may have it will do. Who sends it, the packet decides.
        let options = &DecodeOptions { sender: None, ..*options };
        let id = wire.first().and_then(|&number| PropertyId::try_from(number).ok());
        let section = id.map_or(Section::WILL, |id| id.info().first_section());
        let alone = |error| DecodeError { packet: None, ..error };
        let mut r = reader(wire, section.packet(), Version::V5, options, Precise).map_err(alone)?;
        Checks::new(section).property(&mut r).map_err(alone)?;
        let len = r.offset();
        let list = Properties { wire: wire.get(..len).unwrap_or(wire), ..Properties::EMPTY };
        // It is there: it has just been checked.
        list.iter()
            .next()
            .map(|property| (property, len))
            .ok_or_else(|| alone(r.fault(ErrorKind::PropertyTruncated, 0)))
    }

    /// Writes the property to the front of `out`, and gives how many bytes that are: all of it or nothing.
    ///
    /// One after the other they make a section for [`Properties::parse_wire`].
    ///
    /// # Errors
    /// [`EncodeError`]: the value is not legal, too long, or there is no room. The packet that it names is one that
    /// may carry the property.
    ///
    /// ```
    /// use mqtt_core::Property;
    /// let mut out = [0; 8];
    /// assert_eq!(Property::TopicAlias(3).encode_to_slice(&mut out)?, 3);
    /// assert_eq!(out[..3], [0x23, 0, 3]);
    /// assert!(Property::TopicAlias(0).encode_to_slice(&mut out).is_err());
    /// # Ok::<(), mqtt_core::EncodeError>(())
    /// ```
    pub fn encode_to_slice(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        put(measure_alone(self)?, out, |out| write_property(self, out))
    }
}
