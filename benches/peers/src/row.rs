//! The rows of the tables: who takes part.

/// A row of the tables: a crate, and how it is used where that is not obvious.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The crate's name, as in the lockfile; in parentheses if it is no crate.
    pub peer: &'static str,
    /// The entry point, or what is special.
    pub how: &'static str,
}

/// Ours; the rows that the targets speak of.
pub const OURS: Row = Row::new("mqtt-core", "");

impl Row {
    /// A row.
    pub const fn new(peer: &'static str, how: &'static str) -> Self {
        Row { peer, how }
    }

    /// Whether the row is our own crate.
    pub fn is_ours(self) -> bool {
        self.peer == OURS.peer
    }

    /// Whether the row is no crate, but says what the machine can do.
    pub fn is_limit(self) -> bool {
        self.peer.starts_with('(')
    }

    /// Whether the row is someone else's crate.
    pub fn is_peer(self) -> bool {
        !self.is_ours() && !self.is_limit()
    }
}
