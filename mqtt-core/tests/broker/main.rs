//! The broker as a value, and its policies.

mod acl;
#[path = "../topics/naive.rs"]
#[allow(dead_code)] // more of it is used elsewhere
mod naive;
