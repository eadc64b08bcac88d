//! What the benchmarks share: the packets and the topics, the consumer of decoded packets, and our own
//! codec and trie driven by them. The benches themselves are in `benches/`, the instruction counter is
//! the program `instr`.

pub mod corpus;
pub mod ours;
pub mod random;
pub mod subscriptions;
pub mod topics;
pub mod visit;
