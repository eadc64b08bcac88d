//! `Acl`: who may publish and subscribe to what.

use super::faults;
use crate::class::value_class;
use crate::field::Field;
use crate::topics::text;
use mqtt_core::Identity;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// Rules, shown as their text.
pub(crate) struct Rules(mqtt_core::Acl);

impl Field for Rules {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let text = object.cast::<PyString>()?.to_str()?;
        mqtt_core::Acl::parse(text).map(Self).map_err(|error| faults::acl(object.py(), &error))
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyString::new(py, &self.0.to_string()).into_any())
    }

    fn same(&self, other: &Self, _: Python<'_>) -> PyResult<bool> {
        Ok(self.0 == other.0)
    }
}

value_class! {
    /// Access control by topic filters: a list of rules, the first that decides wins.
    class Acl ["text"];
    text "(text='')";
    positional {
        text: Rules = Rules(mqtt_core::Acl::new());
    }
    keyword [] {}
    methods {
        #[pyo3(
            signature = (topic, *, client_id, user_name = None),
            text_signature = "($self, topic, *, client_id, user_name=None)",
        )]
        fn allows_publish(
            &self,
            topic: &Bound<'_, PyAny>,
            client_id: &str,
            user_name: Option<&str>,
        ) -> PyResult<bool> {
            let topic = text::name(topic)?;
            Ok(self.core().allows_publish(&Identity { client_id, user_name }, topic))
        }

        #[pyo3(
            signature = (filter, *, client_id, user_name = None),
            text_signature = "($self, filter, *, client_id, user_name=None)",
        )]
        fn allows_subscribe(
            &self,
            filter: &Bound<'_, PyAny>,
            client_id: &str,
            user_name: Option<&str>,
        ) -> PyResult<bool> {
            let filter = text::filter(filter)?;
            Ok(self.core().allows_subscribe(&Identity { client_id, user_name }, filter))
        }
    }
}

impl Acl {
    pub(super) const fn core(&self) -> &mqtt_core::Acl {
        &self.text.0
    }
}
