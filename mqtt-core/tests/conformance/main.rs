//! One test or more for each numbered statement of the standards that one packet's bytes decide,
//! named after it, and the ledger that says of every statement where it is tested.
//!
//! `ledger.tsv` has a row for each of the 392 statements; `ledger.rs` checks it.

mod acks;
mod auth;
mod broker_retained;
mod broker_routing;
mod broker_sessions;
mod broker_wills;
mod connack;
mod connect;
mod connect_payload;
mod disconnect;
mod header;
#[allow(dead_code)] // the target `session` uses the rest
#[path = "../session/kit.rs"]
mod kit;
mod ledger;
mod matching;
mod properties;
mod publish;
mod session_aliases;
mod session_auth;
mod session_connect;
mod session_ends;
mod session_flow;
mod session_keep_alive;
mod session_qos;
mod session_requests;
mod session_sizes;
mod session_state;
mod sizes;
mod strings;
mod subscribe;
#[allow(dead_code)] // the target `error_table` uses the rest
mod support;
#[allow(dead_code)] // the target `broker` uses the rest
#[path = "../broker/texts.rs"]
mod texts;
mod topics;
mod unsubscribe;
#[allow(dead_code)] // the target `broker` uses the rest
#[path = "../broker/world.rs"]
mod world;
