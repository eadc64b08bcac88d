//! The enums of sessions, and numbers as sessions count them.

use crate::field::Field;
use crate::python::{Enum, Member};
use mqtt_core::store::Persist;
use mqtt_core::{AckMode, CloseReason, DropReason, Durability, SessionLost, Timer, WhenFull};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt};

/// A member that this package has no name for, which the core may have one day.
pub(crate) const UNNAMED: u8 = u8::MAX;

macro_rules! choices {
    ($($Type:ident { $($Variant:path = $number:literal,)* })*) => {
        $(impl Member for $Type {
            fn table() -> &'static Enum {
                static TABLE: Enum = Enum::new(stringify!($Type));
                &TABLE
            }

            fn numbered(number: u8) -> Option<Self> {
                match number {
                    $($number => Some($Variant),)*
                    _ => None,
                }
            }

            fn number(self) -> u8 {
                #[allow(unreachable_patterns, reason = "some may grow")]
                match self {
                    $($Variant => $number,)*
                    _ => $crate::session::choice::UNNAMED,
                }
            }
        })*
    };
}

pub(crate) use choices;

/// What became of the session of before.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum SessionStart {
    New,
    Resumed,
    Lost,
}

/// Why a connection has ended.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum CloseCause {
    Eof,
    Local,
    Disconnect,
    Refused,
    Malformed,
    Violation,
    Timeout,
    TakenOver,
    Fenced,
}

/// What changes in a store.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum PersistKind {
    Put,
    Delete,
    Clear,
    Mark,
}

choices! {
    AckMode { AckMode::Auto = 0, AckMode::Manual = 1, }
    SessionLost { SessionLost::Drop = 0, SessionLost::PublishAgain = 1, }
    WhenFull { WhenFull::Queue = 0, WhenFull::Reject = 1, WhenFull::DropOldestQoS0 = 2, }
    Durability { Durability::Off = 0, Durability::Report = 1, Durability::Gate = 2, }
    DropReason {
        DropReason::SessionLost = 1,
        DropReason::Expired = 2,
        DropReason::QueueFull = 3,
        DropReason::TooLarge = 4,
        DropReason::NotSupported = 5,
    }
    Timer {
        Timer::Connect = 1,
        Timer::Ping = 2,
        Timer::PingResponse = 3,
        Timer::KeepAlive = 4,
    }
    SessionStart {
        SessionStart::New = 0,
        SessionStart::Resumed = 1,
        SessionStart::Lost = 2,
    }
    CloseCause {
        CloseCause::Eof = 1,
        CloseCause::Local = 2,
        CloseCause::Disconnect = 3,
        CloseCause::Refused = 4,
        CloseCause::Malformed = 5,
        CloseCause::Violation = 6,
        CloseCause::Timeout = 7,
        CloseCause::TakenOver = 8,
        CloseCause::Fenced = 9,
    }
    PersistKind {
        PersistKind::Put = 1,
        PersistKind::Delete = 2,
        PersistKind::Clear = 3,
        PersistKind::Mark = 4,
    }
}

impl PersistKind {
    pub(super) const fn of(change: &Persist<'_>) -> Self {
        match change {
            Persist::Put { .. } => Self::Put,
            Persist::Delete { .. } => Self::Delete,
            Persist::Clear => Self::Clear,
            Persist::Mark => Self::Mark,
        }
    }
}

impl CloseCause {
    pub(super) const fn of(why: &CloseReason<'_>) -> Self {
        match why {
            CloseReason::Local => Self::Local,
            CloseReason::Disconnect(_) => Self::Disconnect,
            CloseReason::Refused(_) => Self::Refused,
            CloseReason::Malformed(_) => Self::Malformed,
            CloseReason::Violation(_) => Self::Violation,
            CloseReason::Timeout(_) => Self::Timeout,
            CloseReason::TakenOver => Self::TakenOver,
            CloseReason::Fenced => Self::Fenced,
            _ => Self::Eof,
        }
    }
}

/// A number of 64 bits.
impl Field for u64 {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        if object.cast::<PyInt>().is_err() || object.cast::<PyBool>().is_ok() {
            let found = object.get_type().name()?;
            return Err(PyTypeError::new_err(format!("expected int, not {found}")));
        }
        let out_of_range = |_| PyValueError::new_err("a number is not in 0 to 2**64 - 1");
        object.extract().map_err(out_of_range)
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.into_pyobject(py)?.into_any())
    }

    fn same(&self, other: &Self, _: Python<'_>) -> PyResult<bool> {
        Ok(self == other)
    }
}

/// Numbers for QoS 0, 1 and 2.
impl Field for [u64; 3] {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (a, b, c): (Bound<'_, PyAny>, Bound<'_, PyAny>, Bound<'_, PyAny>) = object.extract()?;
        Ok([u64::take(&a)?, u64::take(&b)?, u64::take(&c)?])
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let [a, b, c] = *self;
        Ok((a, b, c).into_pyobject(py)?.into_any())
    }

    fn same(&self, other: &Self, _: Python<'_>) -> PyResult<bool> {
        Ok(self == other)
    }
}

/// A size in memory; what is more than there can be counts as that.
pub(crate) fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
