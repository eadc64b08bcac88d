//! Sessions: one that gets any bytes, and two that are joined by a network that breaks.

mod apps;
mod broker;
mod commands;
mod crash;
mod disk;
mod flow;
mod party;
mod side;
mod steps;
mod stream;
mod watch;
mod world;

pub use steps::check_ops;
pub use stream::{check_client, check_server};
pub use world::World;
