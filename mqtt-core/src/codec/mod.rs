//! Bytes to packets and back.

mod decode;
mod encode;
#[cfg(feature = "alloc")]
mod frame;
mod inspect;
mod publish_writer;
mod sent;
mod stream;

pub use decode::{Decoded, Status, decode};
#[doc(hidden)]
pub use decode::{usual_ack, usual_connect, usual_publish, usual_subscribe};
#[cfg(feature = "alloc")]
pub(crate) use encode::encode_body;
#[cfg(feature = "alloc")]
pub use frame::FrameBuffer;
pub use inspect::{Inspection, inspect};
pub use publish_writer::PublishWriter;
#[doc(hidden)]
pub use sent::{SENDING, SentConnect, SentPublish, SentSubscribe};
pub use stream::{StreamDecoder, StreamItem};
