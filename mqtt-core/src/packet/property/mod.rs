//! Properties of 5.0: one value, and the list of them that a packet carries.

#[cfg(feature = "alloc")]
mod forward;
mod list;
mod raw;
mod receive;
mod rules;
mod send;
mod value;
mod walk;
mod wire;

pub(crate) use list::Omit;
pub use list::Properties;
pub use raw::RawProperty;
pub(crate) use send::section_len;
pub use value::PropertyValue;
pub use walk::PropertyIter;

use crate::wire::cursor::{Cursor, array_at, bytes_at, up_to};
use crate::wire::utf8;
use crate::wire::writer::{Put, varint_len};
use crate::{PropertyId, QoS};
use core::fmt;

/// The value of a property by its layout on the wire.
#[derive(Clone, Copy)]
enum Value<'a> {
    Byte(u8),
    U16(u16),
    U32(u32),
    Varint(u32),
    Str(&'a str),
    Binary(&'a [u8]),
    Pair(&'a str, &'a str),
}

impl Value<'_> {
    /// The value of a number; 1 for all others.
    #[inline(always)]
    fn number(self) -> u32 {
        match self {
            Self::Byte(value) => u32::from(value),
            Self::U16(value) => u32::from(value),
            Self::U32(value) | Self::Varint(value) => value,
            Self::Str(_) | Self::Binary(_) | Self::Pair(..) => 1,
        }
    }

    /// Bytes on the wire, without the identifier.
    #[inline(always)]
    fn len(self) -> u64 {
        match self {
            Self::Byte(_) => 1,
            Self::U16(_) => 2,
            Self::U32(_) => 4,
            Self::Varint(value) => u64::from(varint_len(value)),
            Self::Str(text) => 2 + text.len() as u64,
            Self::Binary(bytes) => 2 + bytes.len() as u64,
            Self::Pair(name, value) => 4 + name.len() as u64 + value.len() as u64,
        }
    }

    /// Writes the identifier and the value.
    #[inline(always)]
    fn write<P: Put>(self, id: PropertyId, out: P) -> Option<P> {
        let id = id as u8;
        match self {
            Self::Byte(value) => out.array([id, value]),
            Self::U16(value) => out.tagged(id, value.to_be_bytes()),
            Self::U32(value) => out.tagged(id, value.to_be_bytes()),
            Self::Varint(value) => out.u8(id)?.varint(value),
            Self::Str(text) => out.tagged_binary(id, text.as_bytes()),
            Self::Binary(bytes) => out.tagged_binary(id, bytes),
            Self::Pair(name, value) => {
                out.tagged_binary(id, name.as_bytes())?.binary(value.as_bytes())
            }
        }
    }
}

/// How each Rust type of a property value is read from checked bytes, together with where it ends,
/// and how it is laid out. The identifier is at `$at`, and the two bytes behind it are known.
macro_rules! value {
    (read u8, $head:ident, $wire:ident, $at:ident) => {
        ($head[1], $at + 2)
    };
    (read bool, $head:ident, $wire:ident, $at:ident) => {
        ($head[1] != 0, $at + 2)
    };
    (read QoS, $head:ident, $wire:ident, $at:ident) => {
        (QoS::from_bits($head[1])?, $at + 2)
    };
    (read u16, $head:ident, $wire:ident, $at:ident) => {
        (u16::from_be_bytes([$head[1], $head[2]]), $at + 3)
    };
    (read u32, $head:ident, $wire:ident, $at:ident) => {{
        let [_, value @ ..] = array_at::<5>($wire, $at)?;
        (u32::from_be_bytes(*value), $at + 5)
    }};
    (read varint, $head:ident, $wire:ident, $at:ident) => {
        if $head[1] < 0x80 { (u32::from($head[1]), $at + 2) } else { read_varint($wire, $at + 1)? }
    };
    (read str, $head:ident, $wire:ident, $at:ident) => {{
        let len = u16::from_be_bytes([$head[1], $head[2]]);
        let upto = up_to($wire, $at + 3, len)?;
        (utf8::last_str(upto, len.into()), upto.len() as u32)
    }};
    (read binary, $head:ident, $wire:ident, $at:ident) => {
        bytes_at($wire, $at + 3, u16::from_be_bytes([$head[1], $head[2]]))?
    };
    (make u8, $value:ident) => {
        u8::try_from($value.number()?).ok()?
    };
    (make bool, $value:ident) => {
        match $value.number()? {
            number @ 0..=1 => number != 0,
            _ => return None,
        }
    };
    (make QoS, $value:ident) => {
        QoS::try_from(u8::try_from($value.number()?).ok()?).ok()?
    };
    (make u16, $value:ident) => {
        u16::try_from($value.number()?).ok()?
    };
    (make u32, $value:ident) => {
        $value.number()?
    };
    (make varint, $value:ident) => {
        $value.number()?
    };
    (make str, $value:ident) => {
        $value.text()?
    };
    (make binary, $value:ident) => {
        $value.binary()?
    };
    (value u8, $value:ident) => {
        Value::Byte($value)
    };
    (value bool, $value:ident) => {
        Value::Byte($value as u8)
    };
    (value QoS, $value:ident) => {
        Value::Byte($value as u8)
    };
    (value u16, $value:ident) => {
        Value::U16($value)
    };
    (value u32, $value:ident) => {
        Value::U32($value)
    };
    (value varint, $value:ident) => {
        Value::Varint($value)
    };
    (value str, $value:ident) => {
        Value::Str($value)
    };
    (value binary, $value:ident) => {
        Value::Binary($value)
    };
}

/// Reads a variable byte integer of several bytes.
#[cold]
fn read_varint(wire: &[u8], at: u32) -> Option<(u32, u32)> {
    let mut fields = Cursor::new(wire.get(at as usize..)?);
    let value = fields.varint().ok()?.value;
    Some((value, (wire.len() - fields.len()) as u32))
}

macro_rules! properties {
    ($($(#[$doc:meta])* $id:ident($type:ty), $layout:ident, $getter:ident, $example:literal;)*) => {
        /// A property of 5.0: its identifier and its value.
        ///
        /// Which packets may carry it says [`PropertyId`]. Values are plain numbers and strings;
        /// what the standard does not allow (a Receive Maximum of 0, say) is refused when the
        /// packet is written, and never comes out of a decoder.
        ///
        /// # Spec
        /// v5 section 2.2.2.2.
        ///
        /// # Examples
        /// ```
        /// use mqtt_core::{Property, PropertyId};
        /// let property = Property::UserProperty("unit", "celsius");
        /// assert_eq!(property.id(), PropertyId::UserProperty);
        /// ```
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Property<'a> {
            $($(#[$doc])* $id($type),)*
            /// Name and value, both strings; free for the application.
            UserProperty(&'a str, &'a str),
        }

        impl<'a> Property<'a> {
            /// The identifier.
            ///
            /// ```
            /// use mqtt_core::{Property, PropertyId};
            /// assert_eq!(Property::TopicAlias(3).id(), PropertyId::TopicAlias);
            /// ```
            #[must_use]
            pub const fn id(&self) -> PropertyId {
                match self {
                    $(Self::$id(_) => PropertyId::$id,)*
                    Self::UserProperty(..) => PropertyId::UserProperty,
                }
            }

            /// The value by its kind.
            ///
            /// ```
            /// use mqtt_core::{Property, PropertyValue};
            /// assert_eq!(Property::ContentType("text/plain").value(), PropertyValue::Text("text/plain"));
            /// ```
            #[must_use]
            pub fn value(&self) -> PropertyValue<'a> {
                self.dissect(|_, value| value.into())
            }

            /// The property with this identifier and value; `None` if the value is of another kind, or
            /// no value of the property: a number too large, a flag above 1. Whether a packet may carry
            /// it is judged where it is written.
            ///
            /// ```
            /// use mqtt_core::{Property, PropertyId, PropertyValue};
            /// let of = |value| Property::from_value(PropertyId::TopicAlias, value);
            /// assert_eq!(of(PropertyValue::Number(3)), Some(Property::TopicAlias(3)));
            /// assert_eq!(of(PropertyValue::Number(65_536)), None);
            /// assert_eq!(of(PropertyValue::Text("3")), None);
            /// ```
            #[must_use]
            pub fn from_value(id: PropertyId, value: PropertyValue<'a>) -> Option<Self> {
                Some(match id {
                    $(PropertyId::$id => Self::$id(value!(make $layout, value)),)*
                    PropertyId::UserProperty => {
                        let (name, value) = value.pair()?;
                        Self::UserProperty(name, value)
                    }
                })
            }

            /// Reads a property that has been checked before, and gives the place behind it. `head`
            /// are its first three bytes, in which a number of one byte leaves the last one open.
            #[inline(always)]
            fn read(head: &[u8; 3], wire: &'a [u8], at: u32) -> Option<(Self, u32)> {
                Some(match head[0] {
                    $(number if number == PropertyId::$id as u8 => {
                        let (value, end) = value!(read $layout, head, wire, at);
                        (Self::$id(value), end)
                    })*
                    number if number == PropertyId::UserProperty as u8 => {
                        let name = u16::from_be_bytes([head[1], head[2]]);
                        let end = at + 3 + u32::from(name);
                        let value = u16::from_be_bytes(*array_at(wire, end)?);
                        let upto = up_to(wire, end + 2, value)?;
                        let (name, value) = utf8::last_pair(upto, name.into(), value.into());
                        (Self::UserProperty(name, value), upto.len() as u32)
                    }
                    _ => return None,
                })
            }

            /// Gives the identifier and the value to `to`, in a branch of its own for each, so that
            /// all that depends on the identifier is known when compiled.
            #[inline(always)]
            fn dissect<R>(&self, to: impl FnOnce(PropertyId, Value<'a>) -> R) -> R {
                match *self {
                    $(Self::$id(value) => to(PropertyId::$id, value!(value $layout, value)),)*
                    Self::UserProperty(name, value) => {
                        to(PropertyId::UserProperty, Value::Pair(name, value))
                    }
                }
            }
        }

        /// Authentication data is a secret: of it, the length is shown.
        impl fmt::Debug for Property<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if let Self::AuthenticationData(data) = self {
                    let secret = format_args!("{} bytes", data.len());
                    return f.debug_tuple("AuthenticationData").field(&secret).finish();
                }
                match self {
                    $(Self::$id(value) => f.debug_tuple(stringify!($id)).field(value).finish(),)*
                    Self::UserProperty(name, value) => {
                        f.debug_tuple("UserProperty").field(name).field(value).finish()
                    }
                }
            }
        }

        /// One getter for each property that occurs at most once, with the value as it was sent;
        /// `None` if it is absent. Each walks the list: O(bytes).
        impl<'a> Properties<'a> {
            $(properties!(@getter $(#[$doc])* $id($type), $layout, $getter, $example);)*
        }
    };
    // A PUBLISH may carry several; `Properties::subscription_identifiers` gives them all.
    (@getter $(#[$doc:meta])* SubscriptionIdentifier($type:ty), $layout:ident, $getter:ident, $example:literal) => {};
    (@getter $(#[$doc:meta])* $id:ident($type:ty), $layout:ident, $getter:ident, $example:literal) => {
        $(#[$doc])*
        ///
        /// ```
        /// use mqtt_core::{Properties, Property};
        #[doc = concat!("let list = [Property::", stringify!($id), "(", $example, ")];")]
        #[doc = concat!("assert_eq!(Properties::new(&list).", stringify!($getter), "(), Some(", $example, "));")]
        #[doc = concat!("assert_eq!(Properties::EMPTY.", stringify!($getter), "(), None);")]
        /// ```
        #[must_use]
        pub fn $getter(&self) -> Option<$type> {
            self.iter().find_map(|property| match property {
                Property::$id(value) => Some(value),
                _ => None,
            })
        }
    };
}

properties! {
    /// Whether the payload is text: 0 unspecified bytes, 1 UTF-8.
    PayloadFormatIndicator(u8), u8, payload_format_indicator, "1";
    /// Lifetime of the message in seconds; absent means for ever.
    MessageExpiryInterval(u32), u32, message_expiry_interval, "60";
    /// What the payload is, in words of the application.
    ContentType(&'a str), str, content_type, "\"text/plain\"";
    /// Topic name for an answer.
    ResponseTopic(&'a str), str, response_topic, "\"answers/7\"";
    /// Bytes by which an answer is recognised.
    CorrelationData(&'a [u8]), binary, correlation_data, "b\"\\x01\\x02\".as_slice()";
    /// Number of a subscription: 1 to 268,435,455.
    SubscriptionIdentifier(u32), varint, subscription_identifier, "7";
    /// Seconds that the session outlives the connection; `u32::MAX` means for ever.
    SessionExpiryInterval(u32), u32, session_expiry_interval, "3600";
    /// Client identifier that the server made up.
    AssignedClientIdentifier(&'a str), str, assigned_client_identifier, "\"auto-17\"";
    /// Keep alive in seconds that replaces the client's.
    ServerKeepAlive(u16), u16, server_keep_alive, "30";
    /// Name of the authentication method.
    AuthenticationMethod(&'a str), str, authentication_method, "\"SCRAM-SHA-256\"";
    /// Data of the authentication method.
    AuthenticationData(&'a [u8]), binary, authentication_data, "b\"\\x01\\x02\".as_slice()";
    /// Whether the server may send reason strings and user properties in all packets; absent means
    /// that it may.
    RequestProblemInformation(bool), bool, request_problem_information, "false";
    /// Seconds between the end of the connection and the publication of the will.
    WillDelayInterval(u32), u32, will_delay_interval, "5";
    /// Whether the client asks for response information.
    RequestResponseInformation(bool), bool, request_response_information, "true";
    /// Basis for response topics.
    ResponseInformation(&'a str), str, response_information, "\"answers/\"";
    /// Other servers to use, separated by spaces.
    ServerReference(&'a str), str, server_reference, "\"other:1883\"";
    /// Text for people that says why.
    ReasonString(&'a str), str, reason_string, "\"no such topic\"";
    /// QoS 1 and 2 messages that may be open towards the sender of this: 1 to 65,535; absent means
    /// 65,535.
    ReceiveMaximum(u16), u16, receive_maximum, "20";
    /// Largest topic alias the sender of this accepts; absent means 0, none.
    TopicAliasMaximum(u16), u16, topic_alias_maximum, "10";
    /// Number that stands for a topic name: 1 to 65,535.
    TopicAlias(u16), u16, topic_alias, "3";
    /// Best QoS the server offers: 0 or 1; absent means 2, which is not a legal value.
    MaximumQoS(QoS), QoS, maximum_qos, "mqtt_core::QoS::AtLeastOnce";
    /// Whether the server keeps retained messages; absent means that it does.
    RetainAvailable(bool), bool, retain_available, "false";
    /// Size in bytes of the largest packet the sender of this accepts, fixed header included; not
    /// 0; absent means no limit.
    MaximumPacketSize(u32), u32, maximum_packet_size, "1024";
    /// Whether the server takes wildcard subscriptions; absent means that it does.
    WildcardSubscriptionAvailable(bool), bool, wildcard_subscription_available, "false";
    /// Whether the server takes subscription identifiers; absent means that it does.
    SubscriptionIdentifierAvailable(bool), bool, subscription_identifier_available, "false";
    /// Whether the server takes shared subscriptions; absent means that it does.
    SharedSubscriptionAvailable(bool), bool, shared_subscription_available, "false";
}
