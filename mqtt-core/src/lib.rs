//! MQTT 3.1.1 and 5.0 (and 3.1 clients) without I/O: packets from bytes and back, zero-copy, strict,
//! without allocation.
//!
//! # The loop
//!
//! Read, cut into packets, decode, answer:
//!
//! ```
//! use mqtt_core::{
//!     ConnAck, DecodeOptions, FrameBuffer, Packet, PubAck, Response, Sender, Status, Version, decode,
//! };
//! use std::io::{Read, Write};
//!
//! fn serve(mut socket: impl Read + Write) -> Result<(), Box<dyn std::error::Error>> {
//!     // 1. Whole packets come out of a `FrameBuffer`, whatever chunks go in.
//!     let options = DecodeOptions { sender: Some(Sender::Client), ..DecodeOptions::DEFAULT };
//!     let mut frames = FrameBuffer::new(options);
//!     let mut version = None; // CONNECT names it
//!     let mut chunk = [0; 4096];
//!     let mut out = Vec::new();
//!     loop {
//!         let len = socket.read(&mut chunk)?;
//!         if len == 0 {
//!             return Ok(());
//!         }
//!         let mut input = &chunk[..len];
//!         while let Some(frame) = frames.next_frame(&mut input)? {
//!             // 2. Each is judged strictly; an error says what to answer.
//!             let packet = match decode(frame, version, &options) {
//!                 Ok(Status::Complete(decoded)) => decoded.packet,
//!                 Ok(Status::Incomplete { .. }) => unreachable!("a frame is a whole packet"),
//!                 Err(error) => {
//!                     if let (Response::ConnAck(reason), Some(v)) = (error.response(), error.version()) {
//!                         Packet::from(ConnAck { reason, ..ConnAck::default() }).encode(v, &mut out)?;
//!                         socket.write_all(&out)?;
//!                     }
//!                     return Err(error.into());
//!                 }
//!             };
//!             // 3. Its strings and bytes lie in `frame`.
//!             let answer = match packet {
//!                 Packet::Connect(connect) => {
//!                     version = Some(connect.version);
//!                     Some(Packet::from(ConnAck::default()))
//!                 }
//!                 Packet::Publish(publish) => {
//!                     println!("{}: {} bytes", publish.topic, publish.payload.len());
//!                     publish.packet_id.map(|id| PubAck::new(id).into())
//!                 }
//!                 Packet::PingReq => Some(Packet::PingResp),
//!                 Packet::Disconnect(_) => return Ok(()),
//!                 _ => None,
//!             };
//!             // 4. Answers are appended to any buffer: all of a packet, or nothing and an error.
//!             if let (Some(packet), Some(version)) = (answer, version) {
//!                 frames.set_version(version);
//!                 packet.encode(version, &mut out)?;
//!             }
//!         }
//!         socket.write_all(&out)?;
//!         out.clear();
//!     }
//! }
//! # struct Wire(std::io::Cursor<Vec<u8>>, Vec<u8>);
//! # impl Read for Wire {
//! #     fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> { self.0.read(buf) }
//! # }
//! # impl Write for Wire {
//! #     fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> { self.1.write(buf) }
//! #     fn flush(&mut self) -> std::io::Result<()> { Ok(()) }
//! # }
//! # let client = b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a\x32\x06\0\x01a\0\x07!\xC0\0";
//! # let mut wire = Wire(std::io::Cursor::new(client.to_vec()), Vec::new());
//! # serve(&mut wire).unwrap();
//! # assert_eq!(wire.1, b"\x20\x02\0\0\x40\x02\0\x07\xD0\0");
//! ```
//!
//! # What there is
//!
//! - [`decode`]: one packet from the front of a slice, borrowed; [`DecodeError`] names the rule, the
//!   byte and the answer.
//! - [`Packet`] and its structs, one per packet type for all versions; [`Properties`] and the other
//!   lists are checked once and read lazily.
//! - [`Packet::encode`] and its like: exact size first, then all or nothing; heads alone for vectored
//!   writes; [`Packet::fit`] for a peer's Maximum Packet Size.
//! - [`FrameBuffer`]: chunks in, packets out. [`StreamDecoder`], [`PublishWriter`]: a PUBLISH larger
//!   than memory.
//! - [`inspect`]: any packet as annotated hex.
//!
//! # Limits and leniency
//!
//! [`Limits`] bounds what a peer may send; the size is judged on the fixed header. [`Strictness`]
//! has a named switch for each deviation, all off by default. No memory is ever reserved on the word
//! of a length field.
//!
//! # Features
//!
//! `std` (default) implies `alloc`. Without `alloc`, everything but [`FrameBuffer`] and
//! [`Packet::encode`] works without an allocator. `arbitrary` brings the bodies of the fuzz targets.
//!
//! # Not here
//!
//! No sockets, clocks or threads; no session state: packet identifiers, quotas and aliases are the
//! caller's for now.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod codec;
#[cfg(feature = "arbitrary")]
#[doc(hidden)]
pub mod fuzzing;
mod limits;
mod options;
mod packet;
mod packet_type;
mod qos;
mod reason;
mod strictness;
mod topic;
mod version;
mod wire;

#[cfg(feature = "alloc")]
pub use codec::FrameBuffer;
pub use codec::{
    Decoded, Inspection, PublishWriter, Status, StreamDecoder, StreamItem, decode, inspect,
};
pub use limits::Limits;
pub use options::{DecodeOptions, Sender};
pub use packet::{
    Ack, Auth, ConnAck, Connect, Disconnect, FilterAck, Item, List, ListIter, Packet, Properties,
    Property, PropertyIter, PubAck, PubComp, PubRec, PubRel, Publish, ReasonCodes, RetainHandling,
    SubAck, Subscribe, Subscription, SubscriptionOptions, Subscriptions, TopicFilters, UnsubAck,
    Unsubscribe, Will,
};
pub use packet_type::PacketType;
pub use qos::{PacketId, QoS};
pub use reason::ReasonCode;
pub use strictness::Strictness;
pub use version::Version;
pub use wire::error::{DecodeError, EncodeError, Response};
pub use wire::property::PropertyId;
pub use wire::rules::ErrorKind;
