//! The native part of the Python package `mqtt_core`.
//!
//! It is documented for its users in `python/mqtt_core/_native.pyi`. Everything here converts
//! between Python objects and the core's borrowed values; there is no protocol in here.

mod acks;
mod broker;
mod bytes;
mod class;
mod codec;
mod connect;
mod decoder;
mod errors;
mod field;
mod lazy;
mod options;
mod others;
mod packet;
mod properties;
mod publish;
mod python;
mod session;
mod subscribe;
mod topics;

use pyo3::prelude::*;

/// What `mqtt_core` re-exports.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::acks::{PubAck, PubComp, PubRec, PubRel};
    #[pymodule_export]
    use crate::broker::{
        Acl, Authenticate, Authorize, Broker, BrokerAuth, BrokerClosed, BrokerConfig,
        BrokerConnected, BrokerEvents, BrokerLimits, BrokerMessage, BrokerStats,
    };
    #[pymodule_export]
    use crate::codec::{decode, encode, encode_into, encode_segments, inspect};
    #[pymodule_export]
    use crate::connect::{ConnAck, Connect, Will};
    #[pymodule_export]
    use crate::decoder::Decoder;
    #[pymodule_export]
    use crate::options::{Limits, Strictness};
    #[pymodule_export]
    use crate::others::{Auth, Disconnect, PingReq, PingResp};
    #[pymodule_export]
    use crate::publish::Publish;
    #[pymodule_export]
    use crate::session::{
        ClientConfig, ClientEvents, ClientSession, Closed, Connected, Dropped, Fenced, Message,
        PersistConfig, PersistOp, Published, QueueLimits, ServerConfig, ServerEvents,
        ServerSession, SessionState, Spread, Stats, Subscribed, Traffic, Unsubscribed, Writable,
    };
    #[pymodule_export]
    use crate::subscribe::{SubAck, Subscribe, Subscription, UnsubAck, Unsubscribe};
    #[pymodule_export]
    use crate::topics::{
        MergedDelivery, Overlaps, RetainedIndex, Route, Router, ShareGroup, SubscriptionTrie,
        TopicFilter, TopicName, from_amqp, from_kafka, matches, to_amqp, to_kafka,
    };
}
