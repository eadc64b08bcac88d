//! For bindings to languages whose strings are bytes: the packets that a busy connection is made of, without what it
//! takes to call their bytes text.
//!
//! Not part of the interface that versions keep.

pub use crate::codec::{
    SENDING, SentConnect, SentPublish, SentSubscribe, usual_ack, usual_connect, usual_publish,
    usual_subscribe,
};
pub use crate::packet::{RawConnect, RawProperty, RawPublish, RawWill};
pub use crate::wire::text::Text;
