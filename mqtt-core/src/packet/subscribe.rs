//! SUBSCRIBE.

use super::list::{Checked, Item, List};
use super::measure::{Body, Judge, Measure, Sizes};
use super::property::{Properties, section_len};
use super::wire::{put, reader};
use crate::topic;
use crate::wire::cursor::{array_at, bytes_at};
use crate::wire::field::{self, Mode, Precise, Value};
use crate::wire::property::Section;
use crate::wire::reader::Reader;
use crate::wire::writer::Put;
use crate::{
    DecodeError, DecodeOptions, EncodeError, ErrorKind, Limits, PacketId, PacketType, QoS, Version,
};

/// SUBSCRIBE: a client asks for messages.
///
/// Layout of the body: `| packet id u16 | properties (5.0) | { filter, options u8 } x 1.. |`.
///
/// # Spec
/// v3 section 3.8; v5 section 3.8.
///
/// # Examples
/// Three filters, one of them shared:
/// ```
/// use mqtt_core::{Packet, PacketId, QoS, RetainHandling, Subscribe, Subscription, Subscriptions};
/// use mqtt_core::{SubscriptionOptions, Version};
///
/// let quiet = SubscriptionOptions {
///     qos: QoS::ExactlyOnce,
///     retain_handling: RetainHandling::DoNotSend,
///     ..SubscriptionOptions::default()
/// };
/// let filters = [
///     Subscription::new("sensors/+/state", QoS::AtLeastOnce),
///     Subscription::new("$share/workers/jobs/#", QoS::AtLeastOnce),
///     Subscription { filter: "config/7", options: quiet },
/// ];
/// let packet = Packet::from(Subscribe {
///     filters: Subscriptions::new(&filters),
///     ..Subscribe::new(PacketId::MIN)
/// });
/// let mut buffer = [0; 128];
/// assert_eq!(packet.encode_to_slice(Version::V5, &mut buffer)?, 58);
/// # Ok::<(), mqtt_core::EncodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subscribe<'a> {
    /// Packet identifier, repeated by the SUBACK.
    pub packet_id: PacketId,
    /// Properties (5.0).
    pub properties: Properties<'a>,
    /// Filters with options: one or more.
    pub filters: Subscriptions<'a>,
}

/// The filters of a SUBSCRIBE.
///
/// # Examples
/// ```
/// use mqtt_core::{QoS, Subscription, Subscriptions};
/// let list = [Subscription::new("a/#", QoS::AtMostOnce)];
/// assert_eq!(Subscriptions::new(&list).iter().next(), Some(list[0]));
/// ```
pub type Subscriptions<'a> = List<'a, Subscription<'a>>;

/// One filter of a SUBSCRIBE with its options.
///
/// # Examples
/// ```
/// use mqtt_core::{QoS, Subscription};
/// let subscription = Subscription::new("a/#", QoS::AtLeastOnce);
/// assert_eq!(subscription.options.qos, QoS::AtLeastOnce);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subscription<'a> {
    /// Topic filter; in 5.0 also `$share/group/filter`.
    pub filter: &'a str,
    /// Options.
    pub options: SubscriptionOptions,
}

impl<'a> Subscription<'a> {
    /// A filter with this QoS and all other options as in 3.1.1.
    ///
    /// ```
    /// use mqtt_core::{QoS, Subscription};
    /// assert!(!Subscription::new("a", QoS::AtMostOnce).options.no_local);
    /// ```
    #[must_use]
    pub const fn new(filter: &'a str, qos: QoS) -> Self {
        Self { filter, options: SubscriptionOptions { qos, ..SubscriptionOptions::DEFAULT } }
    }
}

/// The options of a subscription; 3.1.1 has only the QoS.
///
/// # Spec
/// v5 section 3.8.3.1.
///
/// # Examples
/// ```
/// use mqtt_core::{RetainHandling, SubscriptionOptions};
/// let options = SubscriptionOptions { no_local: true, ..SubscriptionOptions::default() };
/// assert_eq!(options.retain_handling, RetainHandling::SendAlways);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SubscriptionOptions {
    /// Highest QoS of delivery.
    pub qos: QoS,
    /// Do not deliver what this client published itself; not for shared subscriptions.
    pub no_local: bool,
    /// Keep RETAIN as the publisher set it.
    pub retain_as_published: bool,
    /// When to send retained messages.
    pub retain_handling: RetainHandling,
}

impl SubscriptionOptions {
    /// QoS 0, everything as in 3.1.1.
    pub const DEFAULT: Self = Self {
        qos: QoS::AtMostOnce,
        no_local: false,
        retain_as_published: false,
        retain_handling: RetainHandling::SendAlways,
    };

    const NO_LOCAL: u8 = 1 << 2;
    const RETAIN_AS_PUBLISHED: u8 = 1 << 3;
    const RETAIN_HANDLING_SHIFT: u8 = 4;

    /// The options in this byte.
    ///
    /// # Spec
    /// v3 \[MQTT-3.8.3-4\]; v5 \[MQTT-3.8.3-5\] and section 3.8.3.1.
    #[inline(always)]
    fn from_byte(byte: u8, version: Version) -> Result<Self, ErrorKind> {
        let reserved = if version.is_v5() { 0b1100_0000 } else { 0b1111_1100 };
        if byte & reserved != 0 {
            return Err(ErrorKind::SubscriptionOptionsReserved);
        }
        Self::from_defined(byte).ok_or(match QoS::from_bits(byte) {
            None => ErrorKind::SubscriptionQos,
            Some(_) => ErrorKind::RetainHandling,
        })
    }

    /// The options in a byte, if QoS and retain handling are defined ones.
    #[inline(always)]
    pub(crate) fn from_defined(byte: u8) -> Option<Self> {
        Some(Self {
            qos: QoS::from_bits(byte)?,
            no_local: byte & Self::NO_LOCAL != 0,
            retain_as_published: byte & Self::RETAIN_AS_PUBLISHED != 0,
            retain_handling: RetainHandling::from_bits(byte >> Self::RETAIN_HANDLING_SHIFT)?,
        })
    }

    #[inline]
    pub(crate) fn to_byte(self) -> u8 {
        self.qos as u8
            | if self.no_local { Self::NO_LOCAL } else { 0 }
            | if self.retain_as_published { Self::RETAIN_AS_PUBLISHED } else { 0 }
            | (self.retain_handling as u8) << Self::RETAIN_HANDLING_SHIFT
    }
}

/// When a new subscription gets retained messages.
///
/// # Spec
/// v5 section 3.8.3.1, \[MQTT-3.3.1-9\] to \[MQTT-3.3.1-11\].
///
/// # Examples
/// ```
/// use mqtt_core::RetainHandling;
/// assert_eq!(RetainHandling::default() as u8, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RetainHandling {
    /// At every SUBSCRIBE.
    #[default]
    SendAlways = 0,
    /// Only if the subscription did not exist before.
    SendIfNew = 1,
    /// Never.
    DoNotSend = 2,
}

impl RetainHandling {
    /// The retain handling in the two lowest bits; `None` for 3.
    #[inline(always)]
    const fn from_bits(bits: u8) -> Option<Self> {
        match bits & 3 {
            0 => Some(Self::SendAlways),
            1 => Some(Self::SendIfNew),
            2 => Some(Self::DoNotSend),
            _ => None,
        }
    }
}

impl TryFrom<u8> for RetainHandling {
    type Error = u8;

    /// The retain handling with this number; the number itself if it is above 2.
    ///
    /// ```
    /// use mqtt_core::RetainHandling;
    /// assert_eq!(RetainHandling::try_from(1), Ok(RetainHandling::SendIfNew));
    /// assert_eq!(RetainHandling::try_from(4), Err(4));
    /// ```
    fn try_from(value: u8) -> Result<Self, u8> {
        if value > 2 { Err(value) } else { Self::from_bits(value).ok_or(value) }
    }
}

impl<'a> Item<'a> for Subscription<'a> {
    #[inline(always)]
    fn read(checked: &mut Checked<'a>) -> Option<Self> {
        let (filter, [byte]) = checked.str()?;
        // Bits that 3.1.1 does not have are 0 there.
        let options = SubscriptionOptions::from_defined(byte)?;
        Some(Self { filter, options })
    }
}

impl<'a> Subscriptions<'a> {
    /// The subscriptions in these bytes: all that is in a SUBSCRIBE behind its properties.
    ///
    /// They are checked as [`decode`](crate::decode) checks them, once. O(bytes), no allocation.
    ///
    /// # Errors
    /// [`DecodeError`], with the offset in `wire`, if a SUBSCRIBE of this version may not carry them.
    ///
    /// ```
    /// use mqtt_core::{DecodeOptions, QoS, Subscription, Subscriptions, Version};
    /// let list = Subscriptions::parse_wire(b"\0\x03a/+\x01", Version::V5, &DecodeOptions::DEFAULT)?;
    /// assert!(list.iter().eq([Subscription::new("a/+", QoS::AtLeastOnce)]));
    /// # Ok::<(), mqtt_core::DecodeError>(())
    /// ```
    pub fn parse_wire(
        wire: &'a [u8],
        version: Version,
        options: &DecodeOptions,
    ) -> Result<Self, DecodeError> {
        // First, for it sees to the length.
        let r = reader(wire, PacketType::Subscribe, version, options, Precise)?;
        let list = Self::checked_text(wire, version);
        let plain = !options.strictness.refuses_legal() && list.is_ascii();
        if !(plain && are_usual(wire, version, &options.limits)) {
            check_filters(r)?;
        }
        Ok(list)
    }
}

impl Subscription<'_> {
    /// Writes the subscription to the front of `out`, and gives how many bytes that are: all of it or nothing.
    ///
    /// One after the other they make a list for [`Subscriptions::parse_wire`].
    ///
    /// # Errors
    /// [`EncodeError`]: a SUBSCRIBE of this version may not carry it, or there is no room.
    ///
    /// ```
    /// use mqtt_core::{QoS, Subscription, Version};
    /// let mut out = [0; 8];
    /// let len = Subscription::new("a/+", QoS::AtLeastOnce).encode_to_slice(Version::V5, &mut out)?;
    /// assert_eq!(&out[..len], b"\0\x03a/+\x01");
    /// # Ok::<(), mqtt_core::EncodeError>(())
    /// ```
    pub fn encode_to_slice(&self, version: Version, out: &mut [u8]) -> Result<usize, EncodeError> {
        let m = Measure::<Precise>::new(PacketType::Subscribe, version);
        put(self.measure(m)?, out, |out| self.write(out))
    }
}

impl<'a> Subscribe<'a> {
    const SECTION: Section = Section::of(PacketType::Subscribe);

    /// A SUBSCRIBE without filters or properties yet.
    ///
    /// ```
    /// use mqtt_core::{PacketId, Subscribe};
    /// assert!(Subscribe::new(PacketId::MIN).filters.is_empty());
    /// ```
    #[must_use]
    pub const fn new(packet_id: PacketId) -> Self {
        Self { packet_id, properties: Properties::EMPTY, filters: List::EMPTY }
    }

    /// Reads the body of a SUBSCRIBE as nearly all are; `None` says nothing about it.
    #[inline(always)]
    pub(crate) fn usual(body: &'a [u8], version: Version, options: &DecodeOptions) -> Option<Self> {
        let (packet_id, rest) = body.split_first_chunk::<2>()?;
        let packet_id = PacketId::new(u16::from_be_bytes(*packet_id))?;
        let (properties, filters) =
            Properties::usual::<{ PacketType::Subscribe as u8 }>(rest, version, options)?;
        let wire = filters;
        let filters = List::checked_text(wire, version);
        // Lengths and options are ASCII too, if the filters are.
        let usual = !options.strictness.refuses_legal() && filters.is_ascii();
        (usual && are_usual(wire, version, &options.limits)).then_some(Self {
            packet_id,
            properties,
            filters,
        })
    }

    pub(crate) fn parse<T: Mode>(r: &mut Reader<'a, '_, T>) -> Result<Self, T::Error> {
        let packet_id = r.packet_id()?;
        let properties = Properties::parse(r, Self::SECTION, &field::PROPERTY_LENGTH)?;
        let filters = r.rest();
        let version = r.version();
        check_filters(*r)?;
        Ok(Self { packet_id, properties, filters: List::checked_text(filters, version) })
    }
}

impl Body for Subscribe<'_> {
    const PACKET: PacketType = PacketType::Subscribe;

    fn measure<T: Judge>(&self, m: Measure<T>) -> Result<Sizes, T::Error> {
        let properties = self.properties.measure::<_, { PacketType::Subscribe as u8 }>(m)?;
        let mut filters = 0;
        if let Some(values) = self.filters.values() {
            for subscription in values {
                filters += subscription.measure(m)?;
            }
        } else if let Some(bytes) = self.filters.wire_of(m.version) {
            filters = bytes.len() as u64;
        } else {
            for subscription in self.filters {
                filters += subscription.measure(m)?;
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
            values.iter().try_fold(out, |out, subscription| subscription.write(out))
        } else if let Some(bytes) = self.filters.wire_of(version) {
            out.bytes(bytes)
        } else {
            self.filters.iter().try_fold(out, |out, subscription| subscription.write(out))
        }
    }
}

/// Checks received filters, which are all that the reader has left.
#[inline(always)]
fn check_filters<T: Mode>(r: Reader<'_, '_, T>) -> Result<(), T::Error> {
    let version = r.version();
    super::parse_filters(
        r,
        #[inline(always)]
        |r| {
            let filter = r.topic_filter(&field::TOPIC_FILTER)?;
            let at = r.offset();
            let byte = r.flags(&field::SUBSCRIPTION_OPTIONS)?;
            show_options(r, byte);
            SubscriptionOptions::from_byte(byte, version)
                .and_then(|options| check_share(filter, options, version))
                .map_err(|kind| r.fault(kind, at))
        },
    )
}

/// Says whether filters, of no more bytes than a packet may have, are good without anything out of the
/// ordinary. False says nothing about them.
#[inline(never)]
pub(crate) fn are_usual(filters: &[u8], version: Version, limits: &Limits) -> bool {
    // Retain handling 3 and what is above it, reserved bits.
    let options_end = if version.is_v5() { 0x30 } else { 3 };
    let (mut at, mut count) = (0, 0);
    while let Some(len) = array_at(filters, at) {
        let len = u16::from_be_bytes(*len);
        // The filter and the byte of its options.
        let Some((both, end)) = bytes_at(filters, at + 2, u32::from(len) + 1) else {
            return false;
        };
        let Some((&byte, filter @ [first, ..])) = both.split_last() else {
            return false;
        };
        // A text of n bytes has at most n + 1 levels. No Local is not for shared subscriptions.
        let legal = u32::from(len) < limits.max_topic_levels
            && byte < options_end
            && QoS::from_bits(byte).is_some()
            && topic::is_usual_filter(filter, version)
            && (*first != b'$' || byte & SubscriptionOptions::NO_LOCAL == 0);
        if !legal {
            return false;
        }
        at = end;
        count += 1;
    }
    at as usize == filters.len() && count <= limits.max_filters
}

impl Subscription<'_> {
    /// Checks what is to be sent, and gives its bytes on the wire.
    #[inline(always)]
    fn measure<T: Judge>(&self, m: Measure<T>) -> Result<u64, T::Error> {
        let only_qos = SubscriptionOptions { qos: self.options.qos, ..Default::default() };
        m.only_v5(self.options != only_qos)?;
        check_share(self.filter.as_bytes(), self.options, m.version)
            .map_err(|kind| m.invalid(kind))?;
        Ok(m.topic_filter(self.filter)? + 1)
    }

    #[inline(always)]
    fn write<P: Put>(&self, out: P) -> Option<P> {
        out.binary(self.filter.as_bytes())?.u8(self.options.to_byte())
    }
}

/// No Local is not for shared subscriptions.
///
/// # Spec
/// v5 \[MQTT-3.8.3-4\].
#[inline]
fn check_share(
    filter: &[u8],
    options: SubscriptionOptions,
    version: Version,
) -> Result<(), ErrorKind> {
    if options.no_local && version.is_v5() && topic::shared(filter).is_some() {
        return Err(ErrorKind::NoLocalOnShare);
    }
    Ok(())
}

#[inline(always)]
fn show_options<T: Mode>(r: &mut Reader<'_, '_, T>, byte: u8) {
    if r.version().is_v5() {
        r.part(&field::RETAIN_HANDLING, Value::Number(u32::from(byte >> 4 & 3)));
        r.part(&field::RETAIN_AS_PUBLISHED, Value::Number(u32::from(byte >> 3 & 1)));
        r.part(&field::NO_LOCAL, Value::Number(u32::from(byte >> 2 & 1)));
    }
    r.part(&field::SUBSCRIPTION_QOS, Value::Number(u32::from(byte & 3)));
}
