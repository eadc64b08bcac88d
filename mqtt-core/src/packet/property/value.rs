//! Values of properties by their kind, whatever the property.

use super::Value;

/// The value of a property by its kind: for those who handle all properties alike, such as bindings and logs.
///
/// # Examples
/// ```
/// use mqtt_core::{Property, PropertyValue};
/// assert_eq!(Property::RetainAvailable(true).value(), PropertyValue::Number(1));
/// assert_eq!(Property::UserProperty("unit", "K").value(), PropertyValue::Pair("unit", "K"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PropertyValue<'a> {
    /// A number of any size, or a flag: 0 or 1.
    Number(u32),
    /// A string.
    Text(&'a str),
    /// Bytes.
    Binary(&'a [u8]),
    /// Name and value of a user property.
    Pair(&'a str, &'a str),
}

impl<'a> PropertyValue<'a> {
    pub(super) const fn number(self) -> Option<u32> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    pub(super) const fn text(self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) const fn binary(self) -> Option<&'a [u8]> {
        if let Self::Binary(bytes) = self { Some(bytes) } else { None }
    }

    pub(super) const fn pair(self) -> Option<(&'a str, &'a str)> {
        if let Self::Pair(name, value) = self { Some((name, value)) } else { None }
    }
}

impl<'a> From<Value<'a>> for PropertyValue<'a> {
    fn from(value: Value<'a>) -> Self {
        match value {
            Value::Str(text) => Self::Text(text),
            Value::Binary(bytes) => Self::Binary(bytes),
            Value::Pair(name, value) => Self::Pair(name, value),
            number => Self::Number(number.number()),
        }
    }
}
