//! What the benchmarks share: the packets, the exchanges and the topics, the consumer of what is
//! decoded, and our own codec, sessions and indexes driven by them. The benches themselves are in `benches/`, the instruction counter is
//! the program `instr`.

pub mod broker;
pub mod corpus;
pub mod ours;
pub mod random;
pub mod retained;
pub mod sessions;
pub mod subscriptions;
pub mod topics;
pub mod visit;
