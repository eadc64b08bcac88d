//! Indexes of many filters and names.
//!
//! All of them stand on two tables: [`levels`] gives each text between slashes a number, and [`tree`]
//! finds the child of a node by the number of its level.

mod entries;
mod levels;
mod matches;
mod members;
mod ordered;
mod subscriptions;
mod tree;

pub use entries::TrieEntry;
pub use matches::{MatchScratch, Matches};
pub use members::{Found, ShareGroup};
pub use subscriptions::{IndexFull, SubscriptionTrie};
