//! MQTT 3.1.1 and 5.0 (and 3.1 clients) without I/O: packets from bytes and back, zero-copy, strict,
//! without allocation.
//!
//! # The loop
//!
//! Read, cut into packets, decode, answer. This is the codec alone; [`ServerSession`] remembers what a
//! session has to:
//!
//! ```
//! use mqtt_core::{
//!     ConnAck, Connect, DecodeOptions, Disconnect, FrameBuffer, Limits, Packet, PubAck, PubComp,
//!     PubRec, QoS, Response, Sender, Status, decode,
//! };
//! use std::io::{Read, Write};
//!
//! fn serve(mut socket: impl Read + Write) -> Result<(), Box<dyn std::error::Error>> {
//!     // 1. Who is not known yet may not send much.
//!     let limits = Limits { max_packet_size: 128 << 10, ..Limits::DEFAULT };
//!     let sender = Some(Sender::Client);
//!     let mut options = DecodeOptions { limits, sender, ..DecodeOptions::DEFAULT };
//!     let mut frames = FrameBuffer::new(options);
//!     let mut version = None; // CONNECT names it
//!     let (mut chunk, mut out) = ([0; 4096], Vec::new());
//!     loop {
//!         let len = socket.read(&mut chunk)?;
//!         if len == 0 {
//!             return Ok(());
//!         }
//!         let mut input = &chunk[..len];
//!         // 2. Whole packets come out of a `FrameBuffer`, whatever chunks go in.
//!         while let Some(frame) = frames.next_frame(&mut input).transpose() {
//!             // 3. Each is judged strictly; an error says what to answer.
//!             let packet = match frame.and_then(|frame| decode(frame, version, &options)) {
//!                 Ok(Status::Complete(decoded)) => decoded.packet,
//!                 Ok(Status::Incomplete { .. }) => unreachable!("a frame is a whole packet"),
//!                 Err(error) => {
//!                     let last = match (error.response(), version) {
//!                         (Response::ConnAck(reason), None) => {
//!                             Some(Packet::from(ConnAck { reason, ..ConnAck::default() }))
//!                         }
//!                         (Response::Disconnect(reason), Some(_)) => {
//!                             Some(Packet::from(Disconnect { reason, ..Disconnect::default() }))
//!                         }
//!                         _ => None,
//!                     };
//!                     if let (Some(packet), Some(version)) = (last, error.version()) {
//!                         packet.encode(version, &mut out)?;
//!                     }
//!                     socket.write_all(&out)?;
//!                     return Err(error.into());
//!                 }
//!             };
//!             // 4. Its strings and bytes lie in `frame`.
//!             let answer = match packet {
//!                 Packet::Connect(_) if version.is_some() => return Err("CONNECT again".into()),
//!                 Packet::Connect(Connect { version: named, .. }) => {
//!                     version = Some(named);
//!                     frames.set_version(named);
//!                     options.limits.max_packet_size = 1 << 20;
//!                     frames.set_limits(options.limits);
//!                     Some(Packet::from(ConnAck::default()))
//!                 }
//!                 Packet::Publish(publish) => {
//!                     println!("{}: {} bytes", publish.topic, publish.payload.len());
//!                     publish.packet_id.map(|id| match publish.qos {
//!                         QoS::ExactlyOnce => PubRec::new(id).into(),
//!                         _ => PubAck::new(id).into(),
//!                     })
//!                 }
//!                 Packet::PubRel(release) => Some(PubComp::new(release.packet_id).into()),
//!                 Packet::PingReq => Some(Packet::PingResp),
//!                 Packet::Disconnect(_) => return Ok(socket.write_all(&out)?),
//!                 _ => None,
//!             };
//!             // 5. Answers are appended to any buffer: all of a packet, or nothing and an error.
//!             if let (Some(packet), Some(version)) = (answer, version) {
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
//! # fn answers(client: &[u8]) -> (Vec<u8>, bool) {
//! #     let mut wire = Wire(std::io::Cursor::new(client.to_vec()), Vec::new());
//! #     let well = serve(&mut wire).is_ok();
//! #     (wire.1, well)
//! # }
//! # // QoS 1, QoS 2, PINGREQ.
//! # let client = b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a\x32\x06\0\x01a\0\x07!\
//! #     \x34\x06\0\x01a\0\x08!\x62\x02\0\x08\xC0\0";
//! # let server = b"\x20\x02\0\0\x40\x02\0\x07\x50\x02\0\x08\x70\x02\0\x08\xD0\0";
//! # assert_eq!(answers(client), (server.to_vec(), true));
//! # // 5.0: a fault of a fixed header, behind a packet that is answered too.
//! # let connect = &b"\x10\x0E\0\x04MQTT\x05\x02\0\x3C\0\0\x01a"[..];
//! # let (hello, goodbye) = (b"\x20\x03\0\0\0", b"\xD0\0\xE0\x01\x81");
//! # let client = [connect, b"\xC0\0\x36\0"].concat();
//! # assert_eq!(answers(&client), ([&hello[..], goodbye].concat(), false));
//! # // A CONNECT that is not legal, and one that is too large.
//! # let (client, server) = (b"\x10\x0E\0\x04MQTT\x05\x03\0\x3C\0\0\x01a", b"\x20\x03\0\x81\0");
//! # assert_eq!(answers(client), (server.to_vec(), false));
//! # assert_eq!(answers(b"\x10\xFE\xFF\x07"), (Vec::new(), false));
//! # assert!(!answers(&[connect, connect].concat()).1);
//! # // A client that is known may send more.
//! # let large = [connect, b"\x32\x86\x80\x08\0\x01a\0\x07\0", &[0; 1 << 17]].concat();
//! # assert_eq!(answers(&large), ([&hello[..], b"\x40\x02\0\x07"].concat(), true));
//! # let larger = [connect, b"\x32\xFD\xFF\x3F"].concat();
//! # assert_eq!(answers(&larger), ([&hello[..], b"\xE0\x01\x95"].concat(), false));
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
//! - [`TopicName`], [`TopicFilter`]: validated, borrowed; a filter [matches](TopicFilter::matches) a
//!   name, is taken apart if it is shared, and is judged by the compiler in a constant.
//! - [`SubscriptionTrie`]: who subscribes to which filter, asked by topic name; [`ShareGroup`] chooses a
//!   member of a shared subscription, [`Overlaps`] merges subscriptions of one client.
//! - [`RetainedIndex`]: values by topic name, asked by filter, in pages.
//! - [`Router`]: handlers of a client by patterns such as `sensors/{room}/temperature`.
//! - [`ClientSession`], [`ServerSession`]: the state machines of both sides, driven by bytes, commands and
//!   moments: connecting, QoS 0 to 2, resending, quotas, keep alive, aliases, acknowledgement by hand.
//! - [`store`]: what outlives a connection, as ordered changes for any store, and promises that wait for it.
//! - [`Broker`]: many sessions, the trie and retained messages as one value; [`Acl`]: who may do what in it.
//! - [`Reconnect`], [`Retry`], [`Requests`], [`Stats`]: when to connect or publish again, responses to
//!   requests, what a session has done.
//! - [`mapping`]: what AMQP and Kafka call a topic, and back.
//!
//! # Limits and leniency
//!
//! [`Limits`] bounds what a peer may send; the size is judged on the fixed header. [`Strictness`]
//! has a named switch for each deviation, all off by default. No memory is ever reserved on the word
//! of a length field.
//!
//! # Features
//!
//! `std` (default) implies `alloc`. Without `alloc`, everything but [`FrameBuffer`],
//! the indexes, [`Router`], sessions, [`Broker`] and [`Packet::encode`] works without an allocator. `serde` makes [`Stats`] data;
//! `arbitrary` brings the bodies of the fuzz targets.
//!
//! # Not here
//!
//! No sockets, clocks or threads.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

#[cfg(feature = "alloc")]
mod broker;
mod codec;
#[cfg(feature = "arbitrary")]
#[doc(hidden)]
pub mod fuzzing;
mod limits;
mod options;
mod packet;
mod packet_type;
mod qos;
#[doc(hidden)]
pub mod raw;
mod reason;
#[cfg(feature = "alloc")]
mod router;
#[cfg(feature = "alloc")]
mod session;
#[cfg(feature = "alloc")]
pub mod store;
mod strictness;
mod time;
mod topic;
#[cfg(feature = "alloc")]
mod trie;
mod version;
mod wire;

#[cfg(feature = "alloc")]
pub use broker::{
    Acl, AclAction, AclDecision, AclError, AclErrorKind, AclRule, AclSubject, Action, Admission,
    Authentication, Authorization, Broker, BrokerConfig, BrokerError, BrokerEvent, BrokerLimits,
    BrokerStats, Closed, ConnId, Identity, InsideId, SlowConsumer,
};
#[cfg(feature = "alloc")]
pub use codec::FrameBuffer;
pub use codec::{
    Decoded, Inspection, PublishWriter, Status, StreamDecoder, StreamItem, decode, inspect,
};
pub use limits::Limits;
pub use options::{DecodeOptions, Sender};
pub use packet::{
    Ack, Auth, ConnAck, Connect, Disconnect, FilterAck, Item, List, ListIter, Packet, Properties,
    Property, PropertyIter, PropertyValue, PubAck, PubComp, PubRec, PubRel, Publish, ReasonCodes,
    RetainHandling, SubAck, Subscribe, Subscription, SubscriptionOptions, Subscriptions,
    TopicFilters, UnsubAck, Unsubscribe, Will,
};
pub use packet_type::PacketType;
pub use qos::{PacketId, QoS};
pub use reason::ReasonCode;
#[cfg(feature = "alloc")]
pub use router::{
    Captures, RouteError, RouteErrorKind, RouteId, RouteMatch, RouteMatchMut, RouteMatches,
    RouteMatchesMut, Router,
};
#[cfg(feature = "alloc")]
pub use session::{
    AcceptRefused, AckMode, AckRefused, AckToken, Backoff, BatchRefused, ClientConfig,
    ClientSession, CloseReason, Correlation, DropReason, Event, PublishFailure, PublishStatus,
    QueueLimits, Reconnect, Requests, Retry, ServerConfig, ServerSession, SessionConfig,
    SessionLost, SessionStart, SessionState, Spread, Stats, Timer, Traffic, Transmit, UsageError,
    Violation, WhenFull, WouldBlock,
};
#[cfg(feature = "alloc")]
pub use store::{Durability, PersistConfig, PersistOp};
pub use strictness::Strictness;
pub use time::Instant;
pub use topic::{Levels, TopicError, TopicFilter, TopicName, mapping};
#[cfg(feature = "alloc")]
pub use trie::{
    Found, Granted, IndexFull, IndexLimits, MatchScratch, Matches, MergedDelivery, Overlaps,
    Retained, RetainedCursor, RetainedEntry, RetainedIndex, ShareGroup, ShareStrategy,
    SubscriptionTrie, TrieEntry,
};
pub use version::{UnknownVersion, Version};
pub use wire::error::{DecodeError, EncodeError, Response};
pub use wire::property::{PropertyId, PropertyKind};
pub use wire::rules::ErrorKind;
