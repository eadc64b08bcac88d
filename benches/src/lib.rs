//! What the benchmarks share: the corpus, the consumer of decoded packets, and our own codec driven
//! by both. The benches themselves are in `benches/`, the instruction counter is the program `instr`.

pub mod corpus;
pub mod ours;
pub mod visit;
