//! Codecs: the same bytes for all, every value of every decoded packet read.

pub mod job;
pub mod measure;
pub mod peer;
pub mod tables;
pub mod target;
