//! mqtt-core beside other MQTT codecs, on the same bytes: who accepts what, and what it means.
//!
//! [`input`] gives the bytes: the shared vectors, the captured conversations, and mutants of a few
//! packets. [`ours`] and [`peers`] read them, each into the same [`meaning`]. [`class`] sorts every
//! disagreement into a class and compares the classes with `DISAGREEMENTS.tsv`, where each is
//! explained. A class that is not explained there fails the test and is printed with its first
//! example: find out from the standard who is right before adding a line, it may not be us.

pub mod class;
pub mod input;
pub mod meaning;
pub mod ours;
pub mod peers;
