//! Our codec beside other MQTT codecs: the same bytes, one process, interleaved rounds.
//!
//! `codec` measures time, prints the tables and judges the targets; `allocs` counts allocations, and
//! is run by `codec`. [`peer`] says how each codec is driven, [`measure`] how the time is taken.

pub mod job;
pub mod measure;
pub mod peer;
pub mod plot;
pub mod report;
pub mod target;
