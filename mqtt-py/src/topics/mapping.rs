//! What AMQP and Kafka call a topic, and back.

use super::TopicFilter;
use super::faults;
use super::text;
use crate::python;
use mqtt_core::mapping::{self, Mapped, Unmappable, Why};
use pyo3::prelude::*;
use pyo3::types::PyString;

/// `TopicError` for what the other side cannot carry.
fn refuse(py: Python<'_>, error: Unmappable) -> PyErr {
    let (kind, offset) = match error.why {
        Why::TooLong { max, .. } => ("map_too_long", Some(max)),
        Why::Separator { at } => ("map_separator", Some(at)),
        Why::Wildcard { at } => ("map_wildcard", Some(at)),
        Why::Character { at } => ("map_character", Some(at)),
        Why::Empty => ("map_empty", Some(0)),
        Why::EmptyLevel => ("map_empty_level", None),
        Why::Dollar => ("map_dollar", Some(0)),
        Why::Shared => ("map_shared", Some(0)),
        Why::Exchange => ("map_exchange", None),
        Why::Dots => ("map_dots", Some(0)),
        _ => ("map_other", None),
    };
    faults::topic_error(py, error.to_string(), kind, offset, None)
}

/// A text on the other side, or both parts of one.
#[derive(IntoPyObject)]
pub(crate) enum Address {
    Key(String),
    Parts(String, String),
}

fn mapped(py: Python<'_>, result: Result<Mapped<'_>, Unmappable>) -> PyResult<String> {
    result.map(String::from).map_err(|error| refuse(py, error))
}

/// The routing key of a name, or the binding key of a filter.
#[pyfunction]
#[pyo3(signature = (topic, *, exchange = false))]
pub(crate) fn to_amqp(
    topic: &Bound<'_, PyAny>,
    #[pyo3(from_py_with = python::flag)] exchange: bool,
) -> PyResult<Address> {
    let py = topic.py();
    let parts = match topic.cast::<TopicFilter>() {
        Ok(filter) => {
            let filter = filter.get().core(py)?;
            if !exchange {
                return mapped(py, mapping::filter_to_binding_key(filter)).map(Address::Key);
            }
            mapping::filter_to_exchange(filter)
        }
        Err(_) => {
            let name = text::name(topic)?;
            if !exchange {
                return mapped(py, mapping::name_to_routing_key(name)).map(Address::Key);
            }
            mapping::name_to_exchange(name)
        }
    };
    let (exchange, key) = parts.map_err(|error| refuse(py, error))?;
    Ok(Address::Parts(exchange.to_owned(), String::from(key)))
}

/// The topic name of a routing key, or the topic filter of a binding key.
#[pyfunction]
#[pyo3(signature = (key, *, exchange = None, binding = false))]
pub(crate) fn from_amqp(
    key: &Bound<'_, PyString>,
    exchange: Option<&Bound<'_, PyString>>,
    #[pyo3(from_py_with = python::flag)] binding: bool,
) -> PyResult<String> {
    let py = key.py();
    let key = text::text(key)?;
    let exchange = exchange.map(text::text).transpose()?;
    mapped(
        py,
        match (exchange, binding) {
            (None, false) => mapping::routing_key_to_name(key),
            (None, true) => mapping::binding_key_to_filter(key),
            (Some(exchange), false) => mapping::exchange_to_name(exchange, key),
            (Some(exchange), true) => mapping::exchange_to_filter(exchange, key),
        },
    )
}

/// The Kafka topic of a topic name.
#[pyfunction]
pub(crate) fn to_kafka(topic: &Bound<'_, PyAny>) -> PyResult<String> {
    mapped(topic.py(), mapping::name_to_kafka_topic(text::name(topic)?))
}

/// The topic name of a Kafka topic.
#[pyfunction]
pub(crate) fn from_kafka(topic: &Bound<'_, PyString>) -> PyResult<String> {
    mapped(topic.py(), mapping::kafka_topic_to_name(text::text(topic)?))
}
