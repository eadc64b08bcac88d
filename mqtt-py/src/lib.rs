//! The native part of the Python package `mqtt_core`.
//!
//! It is documented for its users in `python/mqtt_core/_native.pyi`. Everything here converts
//! between Python objects and the core's borrowed values; there is no protocol in here.

mod bytes;
mod class;
mod codec;
mod errors;
mod field;
mod packet;
mod properties;
mod publish;
mod python;
mod topics;

use pyo3::prelude::*;

/// What `mqtt_core` re-exports.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::codec::{decode, encode};
    #[pymodule_export]
    use crate::publish::Publish;
    #[pymodule_export]
    use crate::topics::{
        MergedDelivery, Overlaps, RetainedIndex, Route, Router, ShareGroup, SubscriptionTrie,
        TopicFilter, TopicName, from_amqp, from_kafka, matches, to_amqp, to_kafka,
    };
}
