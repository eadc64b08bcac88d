//! Named deviations from the default judgement of a packet.

/// Switches for what real peers get wrong, and for checks the standard leaves to the receiver.
///
/// All are off by default: what the standard forbids is refused, what it leaves open is accepted.
/// `allow_*` accepts more, `check_*` and `reject_*` accept less.
///
/// # Examples
/// ```
/// use mqtt_core::{DecodeOptions, Strictness, Version, decode};
/// // PUBLISH, DUP 1 with QoS 0: forbidden, but seen in the wild.
/// let bytes = [0x38, 0x03, 0x00, 0x01, b'a'];
/// assert!(decode(&bytes, Some(Version::V311), &DecodeOptions::DEFAULT).is_err());
///
/// let strictness = Strictness { allow_dup_qos0: true, ..Strictness::DEFAULT };
/// let options = DecodeOptions { strictness, ..DecodeOptions::DEFAULT };
/// assert!(decode(&bytes, Some(Version::V311), &options).is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Strictness {
    /// 5.0: accept variable byte integers longer than needed (v5 \[MQTT-1.5.5-1\]).
    pub allow_non_minimal_varints: bool,
    /// Accept DUP 1 on a QoS 0 PUBLISH (v5, v3 \[MQTT-3.3.1-2\]); the packet then says `dup: true`.
    pub allow_dup_qos0: bool,
    /// 3.1: accept client identifiers of more than 23 characters, as nearly every server does.
    pub allow_long_client_id: bool,
    /// 3.1 and 3.1.1: accept a password without a user name (v3 \[MQTT-3.1.2-22\]).
    pub allow_password_without_user_name: bool,
    /// 5.0: refuse a payload that is marked as text by `payload_format_indicator` and is not
    /// well-formed UTF-8 (0x99). Costs O(payload).
    pub check_payload_format: bool,
    /// Refuse strings with U+0001..U+001F, U+007F..U+009F or non-characters, which the standard
    /// says should not occur.
    pub reject_control_characters: bool,
}

impl Strictness {
    /// All switches off, as a constant.
    pub const DEFAULT: Self = Self {
        allow_non_minimal_varints: false,
        allow_dup_qos0: false,
        allow_long_client_id: false,
        allow_password_without_user_name: false,
        check_payload_format: false,
        reject_control_characters: false,
    };

    /// True if a legal packet may be refused. A switch that only lets more pass says nothing of what
    /// passes anyway.
    #[inline]
    pub(crate) const fn refuses_legal(&self) -> bool {
        self.check_payload_format || self.reject_control_characters
    }
}
