//! The broker as a value, and its policies.

mod acl;
mod durable;
#[path = "../topics/naive.rs"]
#[allow(dead_code)] // more of it is used elsewhere
mod naive;
