//! What the fuzz targets check, shared with the tests that replay their inputs.
//!
//! Each body takes any bytes and panics if a promise is broken. `decode` judges one packet,
//! `decode_split` and `stream` a chopped stream, `roundtrip` a packet that is built from the bytes,
//! `trie_ops` the indexes of filters and names, `client_bytes` and `server_bytes` a session that gets any
//! bytes, `session_ops` two of them that are joined by a network that breaks, `snapshot` and `journal` what
//! a store gives back, `broker_bytes` a broker with connections that send any bytes.
//! A [`Sample`] is made from any [`Source`] of choices.
//!
//! Only the public interface of the crate is used, so tests compile this module as their own where
//! the feature is off.

mod broker;
mod chunks;
mod generate;
mod indexes;
mod input;
mod judges;
mod parts;
mod raw;
mod roundtrip;
mod sample;
mod sessions;
mod store;
mod whole;

pub use broker::check_broker;
pub use chunks::{check_split, check_stream};
pub use generate::Source;
pub use indexes::check_indexes;
pub use judges::{Judge, StreamInput};
pub use roundtrip::check_sample;
pub use sample::{Lists, Sample, SampleProperty, SampleWill};
pub use sessions::{World, check_client, check_ops, check_server};
pub use store::{check_journal, check_snapshot};
pub use whole::check_whole;

#[cfg(feature = "arbitrary")]
impl Source for arbitrary::Unstructured<'_> {
    fn below(&mut self, bound: u32) -> u32 {
        // At the end of the data every choice is the first one.
        self.int_in_range(0..=bound.saturating_sub(1)).unwrap_or(0)
    }
}

/// Decodes the packet at the front of `data` in every version and by several judges.
pub fn decode(data: &[u8]) {
    check_whole(data);
}

/// Cuts a stream into packets in several ways of chopping; the first bytes of `data` say how to
/// judge and to chop it, see [`StreamInput`].
pub fn decode_split(data: &[u8]) {
    check_split(&StreamInput::new(data));
}

/// Decodes a stream through buffers of several sizes; the first bytes of `data` are as for
/// [`decode_split`].
pub fn stream(data: &[u8]) {
    let input = StreamInput::new(data);
    for size in input.buffer_sizes() {
        check_stream(&input, size);
    }
}

/// Encodes and decodes a packet that is built from `data`.
#[cfg(feature = "arbitrary")]
pub fn roundtrip(data: &[u8]) {
    let sample = Sample::generate(&mut arbitrary::Unstructured::new(data));
    check_sample(&sample);
}

/// Does to a subscription trie and an index of retained messages what `data` says, see
/// [`check_indexes`].
pub fn trie_ops(data: &[u8]) {
    check_indexes(data);
}

/// Gives `data` to a client's session as the bytes of servers, see [`check_client`].
pub fn client_bytes(data: &[u8]) {
    check_client(data);
}

/// Gives `data` to servers' sessions as the bytes of clients, see [`check_server`].
pub fn server_bytes(data: &[u8]) {
    check_server(data);
}

/// Lets happen to a client and a server what `data` says, see [`check_ops`].
pub fn session_ops(data: &[u8]) {
    check_ops(data);
}

/// Restores a session from the page of a snapshot that `data` is or tells how to make, see
/// [`check_snapshot`].
pub fn snapshot(data: &[u8]) {
    check_snapshot(data);
}

/// Reads the journal that `data` is or tells how to make, see [`check_journal`].
pub fn journal(data: &[u8]) {
    check_journal(data);
}

/// Gives a broker what `data` says, from connections that keep to no rules, see [`check_broker`].
pub fn broker_bytes(data: &[u8]) {
    check_broker(data);
}
