//! Handlers of a client by topic filter.
//!
//! A [`pattern`] is a filter whose wildcards may have names. The trie finds the filters that match, each
//! with a chain of [`routes`]; [`captures`] are read off the topic when they are asked for.

mod captures;
mod error;
mod matches;
mod pattern;
mod routes;
mod routing;

pub use captures::Captures;
pub use error::{RouteError, RouteErrorKind};
pub use matches::{RouteMatch, RouteMatchMut, RouteMatches, RouteMatchesMut};
pub use routes::RouteId;
pub use routing::Router;
