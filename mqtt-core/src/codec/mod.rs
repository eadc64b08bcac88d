//! Bytes to packets and back.

mod decode;
mod encode;
#[cfg(feature = "alloc")]
mod frame;
mod inspect;
mod publish_writer;
mod stream;

#[doc(hidden)]
pub use decode::decode_to;
pub use decode::{Decoded, Status, decode};
#[cfg(feature = "alloc")]
pub(crate) use encode::encode_body;
#[cfg(feature = "alloc")]
pub use frame::FrameBuffer;
pub use inspect::{Inspection, inspect};
pub use publish_writer::PublishWriter;
pub use stream::{StreamDecoder, StreamItem};
