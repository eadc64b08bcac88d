//! The broker as a value, and its policies.

mod acl;
mod admin;
mod asking;
mod bodies;
mod capabilities;
mod contract;
mod crashes;
mod durable;
mod fan_out;
#[path = "../session/kit.rs"]
#[allow(dead_code, unused_imports, unused_macros)] // the target `session` uses the rest
mod kit;
mod limits;
mod model;
#[path = "../topics/naive.rs"]
#[allow(dead_code)] // more of it is used elsewhere
mod naive;
mod owners;
mod queues;
mod retained;
mod routing;
mod sessions;
mod shared;
mod site;
mod stored;
#[allow(dead_code)] // the target `conformance` uses the rest
mod texts;
mod waits;
mod wills;
#[allow(dead_code)] // the target `conformance` uses the rest
mod world;
