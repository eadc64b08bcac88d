//! The properties of a packet or a will: a block in the form of the wire, read where it lies.

use crate::bytes::{Received, Slice, secret};
use crate::errors::properties_error;
use crate::field::{Field, iterate};
use crate::python::{bytes_like, flag, member, number};
use mqtt_core::{
    DecodeOptions, EncodeError, Limits, PacketType, Property, PropertyId, PropertyKind,
    PropertyValue, QoS, Strictness, raw::RawProperty,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyString, PyTuple};

/// Where properties stand.
#[derive(Clone, Copy)]
pub(crate) enum Section {
    /// In a packet of this type.
    Packet(PacketType),
    /// In the will of a CONNECT.
    Will,
}

/// The keywords of a class for its properties, by number.
pub(crate) type Names = [(&'static str, PropertyId)];

impl Section {
    const fn allows(self, id: PropertyId) -> bool {
        match self {
            Self::Packet(packet) => id.is_allowed_in(packet),
            Self::Will => id.is_allowed_in_will(),
        }
    }

    /// True for a property whose attribute is a tuple.
    const fn repeats(self, id: PropertyId) -> bool {
        match self {
            Self::Packet(packet) => id.may_repeat_in(packet),
            Self::Will => matches!(id, PropertyId::UserProperty),
        }
    }

    /// True if these are the properties that may stand here: all of them, and no other.
    pub(crate) const fn has_exactly(self, names: &Names) -> bool {
        let mut expected = 0_u64;
        let mut index = 0;
        while index < PropertyId::ALL.len() {
            if self.allows(PropertyId::ALL[index]) {
                expected |= 1 << PropertyId::ALL[index] as u8;
            }
            index += 1;
        }
        let mut found = 0_u64;
        let mut index = 0;
        while index < names.len() {
            found |= 1 << names[index].1 as u8;
            index += 1;
        }
        found == expected
    }
}

/// Everything that a decoder may have let pass is read again, and what callers build is judged by
/// the standard alone.
const READ: DecodeOptions = DecodeOptions {
    limits: Limits::UNLIMITED,
    strictness: Strictness { allow_non_minimal_varints: true, ..Strictness::DEFAULT },
    sender: None,
};

/// The properties of a packet or a will.
pub(crate) struct Properties {
    /// In the form of the wire, without the length in front; `None` if there are none.
    block: Option<Slice>,
}

impl Properties {
    /// Those of a packet that was received, where they lie.
    pub(crate) fn received(
        received: &Received<'_, '_>,
        properties: &mqtt_core::Properties<'_>,
    ) -> Self {
        let wire = properties.wire().filter(|wire| !wire.is_empty());
        Self { block: wire.map(|wire| received.slice(wire)) }
    }

    /// Those that a caller gives. Each value is checked, and nothing else.
    pub(crate) fn build(
        py: Python<'_>,
        section: Section,
        names: &Names,
        given: &[Option<&Bound<'_, PyAny>>],
    ) -> PyResult<Self> {
        let mut block = Vec::new();
        for (&(name, id), value) in names.iter().zip(given) {
            let Some(value) = value.filter(|value| !value.is_none()) else { continue };
            let built = if section.repeats(id) {
                iterate(value)
                    .and_then(|mut items| items.try_for_each(|item| push(&mut block, id, &item?)))
            } else {
                push(&mut block, id, value)
            };
            built.map_err(|error| noted(py, name, error))?;
        }
        let block = (!block.is_empty()).then(|| Slice::whole(PyBytes::new(py, &block)));
        Ok(Self { block })
    }

    /// Bytes of them on the wire, without the length in front.
    pub(crate) fn len(&self) -> usize {
        self.block.as_ref().map_or(0, Slice::len)
    }

    fn wire<'a>(&'a self, py: Python<'a>) -> &'a [u8] {
        self.block.as_ref().map_or(&[], |block| block.get(py))
    }

    fn iter<'a>(&'a self, py: Python<'a>) -> impl Iterator<Item = Property<'a>> + use<'a> {
        let mut rest = self.wire(py);
        core::iter::from_fn(move || {
            // At the end there is none; all in front has been checked before.
            let (property, len) = Property::parse_wire(rest, &READ).ok()?;
            rest = rest.get(len..).unwrap_or(&[]);
            Some(property)
        })
    }

    /// As the core has them, for a packet to be written.
    pub(crate) fn core<'a>(
        &'a self,
        py: Python<'a>,
        section: Section,
    ) -> PyResult<mqtt_core::Properties<'a>> {
        let Some(block) = &self.block else { return Ok(mqtt_core::Properties::EMPTY) };
        let wire = block.get(py);
        let parsed = match section {
            Section::Packet(packet) => mqtt_core::Properties::parse_wire(packet, wire, &READ),
            Section::Will => mqtt_core::Properties::parse_will_wire(wire, &READ),
        };
        parsed.map_err(|error| properties_error(py, &error))
    }

    /// The attribute: the value or `None`, a tuple for one that may repeat.
    pub(crate) fn get<'py>(
        &self,
        py: Python<'py>,
        section: Section,
        id: PropertyId,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut rest = self.wire(py);
        // Not `iter`, which checks each value once more.
        let mut found = core::iter::from_fn(move || {
            loop {
                let (property, behind) = RawProperty::split(rest)?;
                rest = behind;
                if property.id == id {
                    return Some(property);
                }
            }
        });
        if section.repeats(id) {
            let values: Vec<_> =
                found.map(|found| give_raw(py, &found)).collect::<PyResult<_>>()?;
            return Ok(PyTuple::new(py, values)?.into_any());
        }
        found.next().map_or_else(|| Ok(py.None().into_bound(py)), |found| give_raw(py, &found))
    }

    /// Adds the attributes that are there to the arguments of a constructor.
    pub(crate) fn arguments(
        &self,
        section: Section,
        names: &Names,
        arguments: &Bound<'_, PyDict>,
    ) -> PyResult<()> {
        let py = arguments.py();
        for &(name, id) in names {
            if self.iter(py).any(|property| property.id() == id) {
                arguments.set_item(name, self.get(py, section, id)?)?;
            }
        }
        Ok(())
    }

    /// What the constructor is shown with: keywords and values.
    pub(crate) fn shown(
        &self,
        py: Python<'_>,
        section: Section,
        names: &Names,
        parts: &mut Vec<String>,
    ) -> PyResult<()> {
        for &(name, id) in names {
            match self.iter(py).find(|property| property.id() == id) {
                Some(Property::AuthenticationData(data)) => {
                    parts.push(format!("{name}={}", secret(data)));
                }
                Some(_) => parts.push(format!("{name}={}", self.get(py, section, id)?.repr()?)),
                None => {}
            }
        }
        Ok(())
    }

    /// Order matters among properties of one kind only, so one order stands for all.
    fn sorted<'a>(&'a self, py: Python<'a>) -> Vec<Property<'a>> {
        let mut list: Vec<_> = self.iter(py).collect();
        list.sort_by_key(Property::id);
        list
    }
}

/// Compared and hashed like a field. The keywords of a constructor are its attributes.
impl Field for Properties {
    fn take(_: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self { block: None })
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut values = Vec::new();
        for property in self.sorted(py) {
            values.push((property.id() as u8, give(py, property)?));
        }
        Ok(PyTuple::new(py, values)?.into_any())
    }

    fn same(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.wire(py) == other.wire(py) || self.sorted(py) == other.sorted(py))
    }
}

/// A value as Python has it.
fn give<'py>(py: Python<'py>, property: Property<'_>) -> PyResult<Bound<'py, PyAny>> {
    let id = property.id();
    let (number, name, value): (u32, &[u8], &[u8]) = match property.value() {
        PropertyValue::Number(number) => (number, &[], &[]),
        PropertyValue::Text(text) => (0, &[], text.as_bytes()),
        PropertyValue::Binary(bytes) => (0, &[], bytes),
        PropertyValue::Pair(name, value) => (0, name.as_bytes(), value.as_bytes()),
    };
    give_raw(py, &RawProperty { id, number, name, value })
}

/// The same of one in a block.
fn give_raw<'py>(py: Python<'py>, property: &RawProperty<'_>) -> PyResult<Bound<'py, PyAny>> {
    // They have been checked before, and Python looks at them once more.
    let text = |bytes| PyString::from_bytes(py, bytes);
    let RawProperty { id, number, name, value } = *property;
    Ok(match id.kind() {
        PropertyKind::Number if id == PropertyId::MaximumQoS => {
            member(py, if number == 0 { QoS::AtMostOnce } else { QoS::AtLeastOnce })?
        }
        PropertyKind::Number if is_flag(id) => PyBool::new(py, number != 0).to_owned().into_any(),
        PropertyKind::Number => number.into_pyobject(py)?.into_any(),
        PropertyKind::Text => text(value)?.into_any(),
        PropertyKind::Binary => PyBytes::new(py, value).into_any(),
        PropertyKind::Pair => PyTuple::new(py, [text(name)?, text(value)?])?.into_any(),
    })
}

/// True for a property whose value is a `bool`.
const fn is_flag(id: PropertyId) -> bool {
    matches!(
        id,
        PropertyId::RequestProblemInformation
            | PropertyId::RequestResponseInformation
            | PropertyId::RetainAvailable
            | PropertyId::WildcardSubscriptionAvailable
            | PropertyId::SubscriptionIdentifierAvailable
            | PropertyId::SharedSubscriptionAvailable
    )
}

/// Adds a property with a value from Python to a block.
fn push(block: &mut Vec<u8>, id: PropertyId, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match id.kind() {
        PropertyKind::Number => {
            let number = match id {
                PropertyId::MaximumQoS => QoS::take(value)? as u32,
                _ if is_flag(id) => flag(value)?.into(),
                _ => number(value, 0, u32::MAX)?,
            };
            put(block, id, PropertyValue::Number(number))
        }
        PropertyKind::Text => {
            put(block, id, PropertyValue::Text(value.cast::<PyString>()?.to_str()?))
        }
        PropertyKind::Binary => {
            put(block, id, PropertyValue::Binary(bytes_like(value)?.as_bytes()))
        }
        PropertyKind::Pair => {
            let (name, value): (Bound<'_, PyString>, Bound<'_, PyString>) = value.extract()?;
            put(block, id, PropertyValue::Pair(name.to_str()?, value.to_str()?))
        }
    }
}

/// Adds a property to a block.
fn put(block: &mut Vec<u8>, id: PropertyId, value: PropertyValue<'_>) -> PyResult<()> {
    let Some(property) = Property::from_value(id, value) else {
        return Err(PyValueError::new_err("value is out of range"));
    };
    let start = block.len();
    block.resize(start + 16, 0);
    loop {
        match property.encode_to_slice(block.get_mut(start..).unwrap_or(&mut [])) {
            Ok(len) => {
                block.truncate(start + len);
                return Ok(());
            }
            Err(EncodeError::BufferTooSmall { needed }) => block.resize(start + needed, 0),
            Err(EncodeError::Invalid { kind, .. }) => {
                return Err(PyValueError::new_err(kind.to_string()));
            }
            Err(error) => return Err(PyValueError::new_err(error.to_string())),
        }
    }
}

/// The same error, with a note of the argument it is about, as PyO3 does for others.
fn noted(py: Python<'_>, name: &str, error: PyErr) -> PyErr {
    match error.value(py).call_method1("add_note", (format!("while processing '{name}'"),)) {
        Ok(_) => error,
        Err(other) => other,
    }
}
