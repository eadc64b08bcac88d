//! The enums of brokers.

use super::Acl;
use crate::field::Field;
use crate::python::{Enum, Member};
use crate::session::choice::choices;
use crate::topics::text::wrong;
use mqtt_core::{Authentication, SlowConsumer};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Who may publish and subscribe to what, if there are no rules.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Authorization {
    AllowAll,
    Ask,
}

/// Which member of a shared subscription gets a message, without the number that some go by.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum ShareStrategy {
    RoundRobin,
    Sticky,
    Hash,
    Number,
}

choices! {
    Authentication { Authentication::AllowAll = 0, Authentication::Ask = 1, }
    Authorization { Authorization::AllowAll = 0, Authorization::Ask = 2, }
    SlowConsumer { SlowConsumer::Drop = 0, SlowConsumer::Disconnect = 1, }
    ShareStrategy {
        ShareStrategy::RoundRobin = 0,
        ShareStrategy::Sticky = 1,
        ShareStrategy::Hash = 2,
        ShareStrategy::Number = 3,
    }
}

/// How a broker picks a member of a shared subscription: nobody gives it a number to go by.
pub(crate) struct Sharing(pub(super) ShareStrategy);

impl Sharing {
    pub(super) const fn core(&self) -> mqtt_core::ShareStrategy {
        match self.0 {
            ShareStrategy::Sticky => mqtt_core::ShareStrategy::Sticky,
            _ => mqtt_core::ShareStrategy::RoundRobin,
        }
    }
}

impl Field for Sharing {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        match ShareStrategy::take(object)? {
            strategy @ (ShareStrategy::RoundRobin | ShareStrategy::Sticky) => Ok(Self(strategy)),
            _ => Err(PyValueError::new_err("a broker shares by ROUND_ROBIN or STICKY")),
        }
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.give(py)
    }

    fn same(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
        self.0.same(&other.0, py)
    }
}

/// Who may publish and subscribe to what.
pub(crate) enum Judge {
    Simple(Authorization),
    Rules(Py<Acl>),
}

impl Judge {
    /// As the core has it; rules are copied.
    pub(super) fn core(&self) -> mqtt_core::Authorization {
        match self {
            Self::Simple(Authorization::AllowAll) => mqtt_core::Authorization::AllowAll,
            Self::Simple(Authorization::Ask) => mqtt_core::Authorization::Ask,
            Self::Rules(acl) => mqtt_core::Authorization::Acl(acl.get().core().clone()),
        }
    }
}

impl Field for Judge {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(acl) = object.cast::<Acl>() {
            return Ok(Self::Rules(acl.clone().unbind()));
        }
        Authorization::take(object).map(Self::Simple).map_err(|error| {
            match error.is_instance_of::<PyValueError>(object.py()) {
                true => error,
                false => wrong(object, "mqtt_core.Authorization or mqtt_core.Acl"),
            }
        })
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Simple(choice) => choice.give(py),
            Self::Rules(acl) => Ok(acl.bind(py).clone().into_any()),
        }
    }

    fn same(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
        match (self, other) {
            (Self::Simple(a), Self::Simple(b)) => Ok(a == b),
            (Self::Rules(a), Self::Rules(b)) => a.bind(py).eq(b.bind(py)),
            _ => Ok(false),
        }
    }
}
