//! Bounds on what a peer may send.

/// Bounds on a received packet beyond those of the standard.
///
/// None of them reserves memory; each only decides when a packet is refused. The size is judged on
/// the fixed header, before any byte of the body is there.
///
/// # Examples
/// ```
/// use mqtt_core::Limits;
/// let limits = Limits { max_packet_size: 1 << 20, ..Limits::DEFAULT };
/// assert_eq!(limits.max_filters, 512);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Largest packet in bytes, fixed header included. Default 268,435,460: no limit beyond the
    /// protocol's. Above it: 0x95.
    pub max_packet_size: u32,
    /// User properties in one property section. Default 64. Above it: 0x97.
    pub max_user_properties: u32,
    /// Topic filters in one SUBSCRIBE or UNSUBSCRIBE, and codes in one SUBACK or UNSUBACK, which
    /// answers as many filters. Default 512. Above it: 0x97.
    ///
    /// A client that puts more filters than that into one packet needs a larger limit to read the
    /// answer.
    pub max_filters: u32,
    /// Levels of a topic name or topic filter. Default 200; a string can have at most 65,536.
    /// Above it: 0x90 for names, 0x8F for filters.
    pub max_topic_levels: u32,
}

impl Limits {
    /// The default limits, as a constant.
    pub const DEFAULT: Self = Self {
        max_packet_size: 268_435_460,
        max_user_properties: 64,
        max_filters: 512,
        max_topic_levels: 200,
    };

    /// No limit but those of the protocol, as a constant.
    ///
    /// ```
    /// use mqtt_core::{DecodeOptions, Limits};
    /// let options = DecodeOptions { limits: Limits::UNLIMITED, ..DecodeOptions::DEFAULT };
    /// assert_eq!(options.limits.max_topic_levels, u32::MAX);
    /// ```
    pub const UNLIMITED: Self = Self {
        max_packet_size: u32::MAX,
        max_user_properties: u32::MAX,
        max_filters: u32::MAX,
        max_topic_levels: u32::MAX,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
