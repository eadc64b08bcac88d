//! Ours beside others: the same work, one process, interleaved rounds.
//!
//! `codec` and `topics` measure time, print tables and judge the targets; `allocs` counts memory, and is
//! run by both. [`codec::peer`] and [`topics::subscriptions`] say how each peer is driven, [`measure`]
//! how the time is taken.

pub mod arguments;
pub mod codec;
pub mod count;
pub mod measure;
pub mod plot;
pub mod report;
pub mod row;
pub mod target;
#[cfg(feature = "topics")]
pub mod topics;
