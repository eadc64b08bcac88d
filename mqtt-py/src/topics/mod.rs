//! Topic names and filters, the indexes of them, and what other systems call them.
//!
//! Objects that change keep their state behind a mutex ([`shared::Shared`]) and run nothing of Python as
//! long as it is locked: no `__eq__`, no `__del__`, no collection of garbage. So whatever keys and
//! values do, they see a whole index, and can change it.

pub(crate) mod faults;
mod filter;
mod keys;
mod mapping;
mod name;
mod overlaps;
mod retained;
mod router;
mod share;
mod shared;
pub(crate) mod text;
mod trie;
mod trie_matches;

pub(crate) use filter::{TopicFilter, matches};
pub(crate) use mapping::{from_amqp, from_kafka, to_amqp, to_kafka};
pub(crate) use name::TopicName;
pub(crate) use overlaps::{MergedDelivery, Overlaps};
pub(crate) use retained::RetainedIndex;
pub(crate) use router::{Route, Router};
pub(crate) use share::ShareGroup;
pub(crate) use trie::SubscriptionTrie;
