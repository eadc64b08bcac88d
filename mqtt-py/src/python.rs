//! Values that live in Python: the enums of the package, numbers, bytes-like objects.

use mqtt_core::{PacketType, QoS, ReasonCode, RetainHandling, Sender, Version};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyInt, PyMemoryView};

/// An enum of the package. There is one object of each member, so that a member is known by its
/// identity.
pub(crate) struct Enum {
    name: &'static str,
    members: PyOnceLock<Members>,
}

#[derive(Default)]
struct Members {
    by_number: Vec<Option<Py<PyAny>>>,
    /// Those of a small enum, the last first: the newest version is the default.
    few: Vec<(Py<PyAny>, u8)>,
}

/// So many members are looked for one by one.
const FEW: usize = 4;

impl Enum {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, members: PyOnceLock::new() }
    }

    fn members(&self, py: Python<'_>) -> PyResult<&Members> {
        self.members.get_or_try_init(py, || {
            let class = py.import("mqtt_core._enums")?.getattr(self.name)?;
            let Members { mut by_number, mut few } = Members::default();
            for member in class.try_iter()? {
                let member = member?;
                let number = member.extract::<u8>()?;
                let at = usize::from(number);
                if by_number.len() <= at {
                    by_number.resize_with(at + 1, || None);
                }
                if let Some(place) = by_number.get_mut(at) {
                    *place = Some(member.clone().unbind());
                }
                few.insert(0, (member.unbind(), number));
            }
            if few.len() > FEW {
                few.clear();
            }
            Ok::<_, PyErr>(Members { by_number, few })
        })
    }

    /// The member with this number.
    fn member<'py>(&self, py: Python<'py>, number: u8) -> PyResult<Bound<'py, PyAny>> {
        match self.members(py)?.by_number.get(usize::from(number)) {
            Some(Some(member)) => Ok(member.bind(py).clone()),
            _ => Err(PyValueError::new_err(format!("{number} is no mqtt_core.{}", self.name))),
        }
    }

    /// The number of a member, or of a plain `int` that equals one.
    fn number(&self, object: &Bound<'_, PyAny>) -> PyResult<u8> {
        let is = |member: &Option<Py<PyAny>>| member.as_ref().is_some_and(|it| object.is(it));
        let members = self.members(object.py())?;
        for (member, number) in &members.few {
            if object.is(member) {
                return Ok(*number);
            }
        }
        let members = &members.by_number;
        let plain = object.cast_exact::<PyInt>().is_ok();
        if plain || object.cast::<PyInt>().is_ok() {
            let number = object.extract::<u8>().ok();
            let member = number.and_then(|number| members.get(usize::from(number)));
            match (number, member) {
                (Some(number), Some(member @ Some(_))) if plain || is(member) => {
                    return Ok(number);
                }
                _ if plain => {
                    let text = object.str()?;
                    let name = self.name;
                    return Err(PyValueError::new_err(format!("{text} is no mqtt_core.{name}")));
                }
                _ => {}
            }
        }
        let found = object.get_type().name()?;
        let expected = self.name;
        Err(PyTypeError::new_err(format!("expected mqtt_core.{expected}, not {found}")))
    }
}

/// A type that is an enum in Python.
pub(crate) trait Member: Copy + PartialEq {
    /// The enum.
    fn table() -> &'static Enum;
    /// The value with this number.
    fn numbered(number: u8) -> Option<Self>;
    /// Its number.
    fn number(self) -> u8;
}

macro_rules! members {
    ($($Type:ident: $of:expr, $number:expr;)*) => {
        $(impl Member for $Type {
            fn table() -> &'static Enum {
                static TABLE: Enum = Enum::new(stringify!($Type));
                &TABLE
            }

            fn numbered(number: u8) -> Option<Self> {
                ($of)(number)
            }

            fn number(self) -> u8 {
                ($number)(self)
            }
        })*
    };
}

members! {
    QoS: |number| QoS::try_from(number).ok(), |qos| qos as u8;
    Version: Version::from_level, Version::level;
    PacketType: |number| PacketType::try_from(number).ok(), |packet| packet as u8;
    RetainHandling: |number| RetainHandling::try_from(number).ok(), |handling| handling as u8;
    ReasonCode: |number| Some(ReasonCode(number)), |reason: ReasonCode| reason.0;
    Sender: |number| match number {
        1 => Some(Sender::Client),
        2 => Some(Sender::Server),
        _ => None,
    }, |sender| match sender {
        Sender::Client => 1,
        Sender::Server => 2,
    };
}

/// The member of the package's enum.
pub(crate) fn member<T: Member>(py: Python<'_>, value: T) -> PyResult<Bound<'_, PyAny>> {
    T::table().member(py, value.number())
}

/// An argument that is a member of an enum, or a plain `int` that equals one.
pub(crate) fn enum_argument<T: Member>(object: &Bound<'_, PyAny>) -> PyResult<T> {
    let number = T::table().number(object)?;
    T::numbered(number).ok_or_else(|| PyValueError::new_err("no member has this number"))
}

/// An argument of type `bool`; nothing else counts as a truth value.
pub(crate) fn flag(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(object.cast::<PyBool>()?.is_true())
}

/// An argument of type `int`; `bool` is none.
pub(crate) fn integer<'a, 'py>(object: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, PyInt>> {
    match object.cast::<PyInt>() {
        Ok(number) if object.cast::<PyBool>().is_err() => Ok(number),
        _ => {
            let found = object.get_type().name()?;
            Err(PyTypeError::new_err(format!("expected int, not {found}")))
        }
    }
}

/// The same from `min` to `max`.
pub(crate) fn number(object: &Bound<'_, PyAny>, min: u32, max: u32) -> PyResult<u32> {
    match integer(object)?.extract() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(PyValueError::new_err(format!("{} is not in {min} to {max}", object.str()?))),
    }
}

/// The error for an `int` that is negative, or larger than anything.
pub(crate) fn out_of_range(object: &Bound<'_, PyAny>) -> PyErr {
    object
        .str()
        .map_or_else(|error| error, |text| PyValueError::new_err(format!("{text} is out of range")))
}

/// A bytes-like argument: `bytes` as it is, anything else (which may change) copied once.
pub(crate) fn bytes_like<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    match object.cast_exact::<PyBytes>() {
        Ok(bytes) => Ok(bytes.clone()),
        Err(_) => Ok(PyMemoryView::from(object)?.call_method0("tobytes")?.cast_into()?),
    }
}
