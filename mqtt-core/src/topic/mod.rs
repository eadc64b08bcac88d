//! Topic names and topic filters: their rules, matching, and what other systems call them.

mod check;
mod error;
mod filter;
mod levels;
mod literal;
pub mod mapping;
mod matching;
mod name;

pub(crate) use check::{
    check_filter, check_name, is_usual_filter, is_usual_name, level_count, shared, usual_name,
};
pub use error::TopicError;
pub use filter::TopicFilter;
pub use levels::Levels;
#[cfg(feature = "alloc")]
pub(crate) use matching::{covers, exact_levels, overlaps};
pub use name::TopicName;
