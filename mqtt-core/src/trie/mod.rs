//! Indexes of many filters and names.
//!
//! All of them stand on two tables: [`levels`] gives each text between slashes a number, and [`tree`]
//! finds the child of a node by the number of its level.

mod branches;
mod entries;
mod levels;
mod limits;
mod lookup;
mod matches;
mod members;
mod node_list;
mod ordered;
mod overlaps;
mod paths;
mod pool;
mod retained;
mod sequence;
mod share;
mod subscriptions;
mod tree;

pub use entries::TrieEntry;
pub use limits::{IndexFull, IndexLimits};
pub use lookup::{Retained, RetainedCursor};
pub use matches::{MatchScratch, Matches};
pub use members::Found;
pub use overlaps::{Granted, MergedDelivery, Overlaps};
pub use retained::{RetainedEntry, RetainedIndex};
pub use share::{ShareGroup, ShareStrategy};
pub use subscriptions::SubscriptionTrie;
