//! `PublishProperties`.

use crate::python::bytes_like;
use mqtt_core::{Property, PropertyId};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

/// A property that owns its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owned {
    PayloadFormatIndicator(u8),
    MessageExpiryInterval(u32),
    ContentType(String),
    ResponseTopic(String),
    CorrelationData(Vec<u8>),
    SubscriptionIdentifier(u32),
    TopicAlias(u16),
    UserProperty(String, String),
}

impl Owned {
    /// `None` for a property that PUBLISH does not have.
    fn of(property: Property<'_>) -> Option<Self> {
        Some(match property {
            Property::PayloadFormatIndicator(value) => Self::PayloadFormatIndicator(value),
            Property::MessageExpiryInterval(value) => Self::MessageExpiryInterval(value),
            Property::ContentType(value) => Self::ContentType(value.to_owned()),
            Property::ResponseTopic(value) => Self::ResponseTopic(value.to_owned()),
            Property::CorrelationData(value) => Self::CorrelationData(value.to_owned()),
            Property::SubscriptionIdentifier(value) => Self::SubscriptionIdentifier(value),
            Property::TopicAlias(value) => Self::TopicAlias(value),
            Property::UserProperty(name, value) => {
                Self::UserProperty(name.to_owned(), value.to_owned())
            }
            _ => return None,
        })
    }

    fn borrow(&self) -> Property<'_> {
        match self {
            Self::PayloadFormatIndicator(value) => Property::PayloadFormatIndicator(*value),
            Self::MessageExpiryInterval(value) => Property::MessageExpiryInterval(*value),
            Self::ContentType(value) => Property::ContentType(value),
            Self::ResponseTopic(value) => Property::ResponseTopic(value),
            Self::CorrelationData(value) => Property::CorrelationData(value),
            Self::SubscriptionIdentifier(value) => Property::SubscriptionIdentifier(*value),
            Self::TopicAlias(value) => Property::TopicAlias(*value),
            Self::UserProperty(name, value) => Property::UserProperty(name, value),
        }
    }

    fn id(&self) -> PropertyId {
        self.borrow().id()
    }
}

/// The properties of a PUBLISH, in order.
#[pyclass(frozen, weakref, module = "mqtt_core")]
#[derive(Debug, Default)]
pub(crate) struct PublishProperties {
    list: Vec<Owned>,
}

impl PublishProperties {
    /// Copies of the core's.
    pub(crate) fn received(properties: mqtt_core::Properties<'_>) -> Self {
        Self { list: properties.iter().filter_map(Owned::of).collect() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn borrow(&self) -> Vec<Property<'_>> {
        self.list.iter().map(Owned::borrow).collect()
    }

    /// The first value that `pick` wants.
    fn find<'a, T>(&'a self, pick: impl FnMut(&'a Owned) -> Option<T>) -> Option<T> {
        self.list.iter().find_map(pick)
    }

    /// Order matters among properties of one kind only, so one order stands for all.
    fn sorted(&self) -> Vec<&Owned> {
        let mut list: Vec<&Owned> = self.list.iter().collect();
        list.sort_by_key(|property| property.id());
        list
    }

    /// The constructor's arguments that make an equal object; absent ones are left out.
    fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let arguments = PyDict::new(py);
        for property in self.sorted() {
            match property {
                Owned::PayloadFormatIndicator(value) => {
                    arguments.set_item("payload_format_indicator", value)?;
                }
                Owned::MessageExpiryInterval(value) => {
                    arguments.set_item("message_expiry_interval", value)?;
                }
                Owned::ContentType(value) => arguments.set_item("content_type", value)?,
                Owned::ResponseTopic(value) => arguments.set_item("response_topic", value)?,
                Owned::CorrelationData(value) => {
                    arguments.set_item("correlation_data", PyBytes::new(py, value))?;
                }
                Owned::SubscriptionIdentifier(_) => {
                    arguments
                        .set_item("subscription_identifiers", self.subscription_identifiers(py)?)?;
                }
                Owned::TopicAlias(value) => arguments.set_item("topic_alias", value)?,
                Owned::UserProperty(..) => {
                    arguments.set_item("user_properties", self.user_properties(py)?)?;
                }
            }
        }
        Ok(arguments)
    }
}

#[pymethods]
impl PublishProperties {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("content_type", "user_properties");

    #[new]
    #[pyo3(signature = (
        *,
        payload_format_indicator = None,
        message_expiry_interval = None,
        content_type = None,
        response_topic = None,
        correlation_data = None,
        subscription_identifiers = None,
        topic_alias = None,
        user_properties = None,
    ))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
    fn new(
        payload_format_indicator: Option<u8>,
        message_expiry_interval: Option<u32>,
        content_type: Option<String>,
        response_topic: Option<String>,
        correlation_data: Option<&Bound<'_, PyAny>>,
        subscription_identifiers: Option<&Bound<'_, PyAny>>,
        topic_alias: Option<u16>,
        user_properties: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut list = Vec::new();
        list.extend(payload_format_indicator.map(Owned::PayloadFormatIndicator));
        list.extend(message_expiry_interval.map(Owned::MessageExpiryInterval));
        list.extend(content_type.map(Owned::ContentType));
        list.extend(response_topic.map(Owned::ResponseTopic));
        if let Some(data) = correlation_data {
            list.push(Owned::CorrelationData(bytes_like(data)?.as_bytes().to_vec()));
        }
        for identifier in items(subscription_identifiers)? {
            list.push(Owned::SubscriptionIdentifier(identifier.extract()?));
        }
        list.extend(topic_alias.map(Owned::TopicAlias));
        for pair in items(user_properties)? {
            let (name, value) = pair.extract()?;
            list.push(Owned::UserProperty(name, value));
        }
        Ok(Self { list })
    }

    #[getter]
    fn payload_format_indicator(&self) -> Option<u8> {
        self.find(|property| match property {
            Owned::PayloadFormatIndicator(value) => Some(*value),
            _ => None,
        })
    }

    #[getter]
    fn message_expiry_interval(&self) -> Option<u32> {
        self.find(|property| match property {
            Owned::MessageExpiryInterval(value) => Some(*value),
            _ => None,
        })
    }

    #[getter]
    fn content_type(&self) -> Option<&str> {
        self.find(|property| match property {
            Owned::ContentType(value) => Some(&**value),
            _ => None,
        })
    }

    #[getter]
    fn response_topic(&self) -> Option<&str> {
        self.find(|property| match property {
            Owned::ResponseTopic(value) => Some(&**value),
            _ => None,
        })
    }

    #[getter]
    fn correlation_data<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.find(|property| match property {
            Owned::CorrelationData(value) => Some(PyBytes::new(py, value)),
            _ => None,
        })
    }

    #[getter]
    fn subscription_identifiers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let numbers = self.list.iter().filter_map(|property| match property {
            Owned::SubscriptionIdentifier(value) => Some(*value),
            _ => None,
        });
        PyTuple::new(py, numbers.collect::<Vec<u32>>())
    }

    #[getter]
    fn topic_alias(&self) -> Option<u16> {
        self.find(|property| match property {
            Owned::TopicAlias(value) => Some(*value),
            _ => None,
        })
    }

    #[getter]
    fn user_properties<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let pairs = self.list.iter().filter_map(|property| match property {
            Owned::UserProperty(name, value) => Some((&**name, &**value)),
            _ => None,
        });
        PyTuple::new(py, pairs.collect::<Vec<(&str, &str)>>())
    }

    fn __bool__(&self) -> bool {
        !self.is_empty()
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.sorted() == other.sorted()
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        let items = self.arguments(py)?.items();
        items.to_tuple().hash()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut parts = Vec::new();
        for (name, value) in self.arguments(py)? {
            parts.push(format!("{name}={}", value.repr()?.to_str()?));
        }
        Ok(format!("PublishProperties({})", parts.join(", ")))
    }

    /// For `pickle` and `copy`: an equal object.
    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        Ok((PyTuple::empty(py), self.arguments(py)?))
    }

    #[pyo3(signature = (**changes))]
    fn replace<'py>(
        slf: &Bound<'py, Self>,
        changes: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let arguments = slf.get().arguments(slf.py())?;
        if let Some(changes) = changes {
            arguments.update(changes.as_mapping())?;
        }
        slf.get_type().call((), Some(&arguments))
    }

    #[pyo3(signature = (**changes))]
    fn __replace__<'py>(
        slf: &Bound<'py, Self>,
        changes: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::replace(slf, changes)
    }
}

/// What an optional iterable holds. A string is none: its letters are never meant.
fn items<'py>(iterable: Option<&Bound<'py, PyAny>>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let Some(iterable) = iterable else { return Ok(Vec::new()) };
    if iterable.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err("expected an iterable of values, not str"));
    }
    iterable.try_iter()?.collect()
}
