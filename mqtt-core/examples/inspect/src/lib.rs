//! Shows the MQTT packets of captures, files and hex text: what the program `inspect` is made of.
//!
//! [`input`] tells the kinds of input apart, [`capture`] reads pcap and pcapng, [`link`] finds the
//! TCP segments in captured frames, [`reassembly`] puts one direction of a connection in order,
//! [`stream`] follows the connections and decodes the packets, [`summary`] and [`report`] print
//! them.

pub mod capture;
pub mod input;
pub mod link;
pub mod reassembly;
pub mod report;
pub mod stream;
pub mod summary;
