//! The table from error to statement and code, and the rules for codes and properties, compared with
//! the tables of the standard under `tests/spec/`.
//!
//! Everything is asked of the codec from outside: by provoking each error, and by building every
//! pair of property and packet, and of code and packet.

#[allow(dead_code)] // the target `properties` uses the rest
#[path = "../common/chapters.rs"]
mod chapters;
mod codes;
mod kinds;
mod limit_cases;
mod limits;
mod packets;
mod properties;
mod sections;
mod statements;
#[allow(dead_code)] // the target `conformance` uses the rest
#[path = "../conformance/support.rs"]
mod support;
