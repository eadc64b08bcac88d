//! The wire: fixed headers, primitive fields, strings, property identifiers, and what can be wrong
//! with them.

pub(crate) mod cursor;
pub(crate) mod error;
pub(crate) mod field;
pub(crate) mod header;
pub(crate) mod property;
pub(crate) mod reader;
pub(crate) mod rules;
pub(crate) mod text;
pub(crate) mod utf8;
pub(crate) mod writer;
