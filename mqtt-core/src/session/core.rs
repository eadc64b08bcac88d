//! What both roles do.

use super::alias::Aliases;
use super::capabilities::Capabilities;
use super::config::{AckMode, QueueLimits, SessionConfig, WhenFull};
use super::error::{CloseReason, UsageError, Violation, WouldBlock};
use super::event::{DropReason, Event};
use super::gate::{Held, Pass};
use super::link::Role;
use super::output::Output;
use super::seldom::Seldom;
use super::state::{Change, Durable, Load, SessionState};
use super::stats::{Counters, Stats};
use crate::codec::encode_body;
use crate::store::{Durability, SessionRecord};
use crate::{
    Ack, ConnAck, DecodeError, DecodeOptions, Disconnect, EncodeError, Instant, Limits, Packet,
    PacketId, PacketType, Properties, Property, QoS, ReasonCode, Response, Sender, Version,
};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::num::NonZeroU32;

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Before the first connection of a client.
    Idle,
    /// Client: CONNECT is out. Server: CONNECT is to come.
    Opening,
    /// Server: CONNECT is there, and the caller is to answer.
    Asked,
    /// CONNACK has been sent or has come.
    Open,
    /// Over. What is written still goes out.
    Closed,
}

/// Something to report that borrows nothing.
#[derive(Debug)]
pub(super) enum Notice {
    Dropped { token: u64, why: DropReason },
    Fenced { epoch: u64 },
}

/// So many notices may wait.
pub(super) const MAX_NOTICES: usize = 64;

/// A client identifier as a number, which is not 0: FNV-1a, spread.
pub(super) fn fingerprint(client_id: &str) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for byte in client_id.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
    }
    spread(hash) | 1
}

/// Spreads each bit of a number over all: the end of SplitMix64.
pub(super) const fn spread(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ number >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ number >> 31
}

/// What is kept of a configuration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) ack: AckMode,
    pub(super) max_count: u32,
    pub(super) max_bytes: usize,
    pub(super) max_open_bytes: usize,
    pub(super) max_open: u16,
    pub(super) max_output: usize,
    pub(super) max_auto_aliases: u16,
    /// The largest packet of the peer, on any connection.
    pub(super) max_packet_size: u32,
}

impl Settings {
    /// What a queue lacks for a message of `len` bytes more.
    pub(super) const fn lack(&self, queue: Load, len: usize) -> Option<WouldBlock> {
        match () {
            () if queue.count >= self.max_count as usize => Some(WouldBlock::QueueCount),
            () if queue.bytes + len > self.max_bytes => Some(WouldBlock::QueueBytes),
            () => None,
        }
    }
}

/// What both roles have and do.
#[derive(Debug)]
pub(super) struct Core {
    /// Which side this is.
    pub(super) role: Sender,
    pub(super) settings: Settings,
    pub(super) version: Version,
    pub(super) phase: Phase,
    /// It is open, and messages are neither stored nor counted, nor get aliases, nor are the last ones.
    pub(super) is_plain: bool,
    /// The latest moment that the caller has told.
    pub(super) now: Instant,
    /// How the peer's packets are judged.
    pub(super) options: DecodeOptions,
    /// What this side has said that it takes, and what the peer has.
    pub(super) own: Capabilities,
    pub(super) peer: Capabilities,
    /// A server that does not take messages of all kinds.
    pub(super) is_limited: bool,
    pub(super) output: Output,
    /// What was written and waits for the store.
    pub(super) held: Seldom<Held>,
    /// What to add to the session's time for Unix milliseconds, if that has been told.
    pub(super) clock: Option<i64>,
    /// What outlives the connection.
    pub(super) state: SessionState,
    /// Of this connection.
    pub(super) aliases: Seldom<Aliases>,
    pub(super) notices: Seldom<VecDeque<Notice>>,
    /// What commands were turned away for lack of: a bit each of [`super::error::WouldBlock`].
    pub(super) wants_room: u8,
    /// How long the last message was for which the queue had no room.
    pub(super) wants_len: usize,
    /// The connection ends as soon as all that is open is done: with this DISCONNECT, or without if it is
    /// empty.
    pub(super) goodbye: Seldom<Vec<u8>>,
    /// Requests of the client that the caller has not answered.
    pub(super) unanswered: u16,
    /// There may be something to report that is no packet, or something to do for that.
    pub(super) attention: bool,
    /// Why the connection is over, until it is reported.
    pub(super) closed: Option<Box<CloseReason<'static>>>,
    /// The method of the authentication of this connection (5.0).
    pub(super) auth_method: Seldom<String>,
    /// The peer is to take the next step of the beginning, or of an authentication.
    pub(super) awaits_step: bool,
    /// Seconds of silence of this side that call for a PINGREQ, or of the client that are too long; 0 for
    /// none.
    pub(super) keep_alive: u16,
    /// When the connection began, the last packet was written, and the last one came; a client notes parts
    /// of one too.
    pub(super) opened_at: Instant,
    pub(super) last_sent: Instant,
    pub(super) last_received: Instant,
    /// When the transport last took something of what is to be sent, or there was nothing.
    pub(super) last_moved: Instant,
    /// When the PINGREQ was written that is not answered, if there is one, or has left; and how much the
    /// transport is to have taken until then.
    pub(super) ping_sent: Instant,
    pub(super) ping_place: Option<NonZeroU32>,
    pub(super) awaits_ping: bool,
    /// In milliseconds.
    pub(super) connect_timeout: u32,
    pub(super) ping_timeout: u32,
    /// What is counted, if it is.
    pub(super) counters: Option<Box<Counters>>,
}

impl Core {
    pub(super) fn new(role: Sender, version: Version, config: &SessionConfig) -> Self {
        let peer = match role {
            Sender::Client => Sender::Server,
            _ => Sender::Client,
        };
        let SessionConfig { limits, strictness, ack, queue, max_output, max_auto_aliases, .. } =
            *config;
        let max_packet_size = limits.max_packet_size;
        let max_output = max_output.max(1);
        let QueueLimits { max_count, max_bytes, max_open_bytes, max_open } = queue;
        let max_count = u32::try_from(max_count).unwrap_or(u32::MAX);
        // One message at least.
        let (max_open_bytes, max_open) = (max_open_bytes.max(1), max_open.max(1));
        let settings = Settings {
            ack,
            max_count,
            max_bytes,
            max_open_bytes,
            max_open,
            max_output,
            max_auto_aliases,
            max_packet_size,
        };
        let counters = config.stats.then(Box::default);
        let mut state = SessionState::new(version);
        if config.persist.durability != Durability::Off {
            let record = SessionRecord { is_server: role == Sender::Server, ..state.record() };
            state.durable = Some(Box::new(Durable::new(config.persist, record)));
        }
        Self {
            role,
            settings,
            version,
            phase: Phase::Idle,
            is_plain: false,
            now: Instant::default(),
            options: DecodeOptions { limits, strictness, sender: Some(peer) },
            own: Capabilities::ALL,
            peer: Capabilities::ALL,
            is_limited: false,
            output: Output::default(),
            held: Seldom::default(),
            clock: None,
            state,
            aliases: Seldom::default(),
            notices: Seldom::default(),
            wants_room: 0,
            wants_len: 0,
            goodbye: Seldom::default(),
            unanswered: 0,
            attention: false,
            closed: None,
            auth_method: Seldom::default(),
            awaits_step: false,
            keep_alive: 0,
            opened_at: Instant::default(),
            last_sent: Instant::default(),
            last_received: Instant::default(),
            last_moved: Instant::default(),
            ping_sent: Instant::default(),
            ping_place: None,
            awaits_ping: false,
            connect_timeout: 0,
            ping_timeout: 0,
            counters,
        }
    }

    /// Sets how large packets of the peer may be on this connection: as CONNECT or CONNACK says.
    pub(super) fn limit_packets(&mut self, told: &Properties<'_>) {
        let max = told.maximum_packet_size().unwrap_or(self.settings.max_packet_size);
        self.options.limits.max_packet_size = max;
    }

    /// Takes up the state of a session that goes on. What waits here waits behind what waits there, as far
    /// as there is room.
    pub(super) fn resume(&mut self, state: SessionState) {
        let waiting = self.state.resume(state, self.settings.ack);
        if let Some(offset) = self.clock {
            self.state.set_offset(self.now, offset);
        }
        for message in waiting {
            match self.make_room(message.len(), WhenFull::Queue, usize::MAX) {
                Ok(()) => self.state.change(Change::Queue(message)),
                Err(_) => self.dropped(message.head.token, DropReason::QueueFull),
            }
        }
    }

    /// True while bytes of the peer mean anything.
    #[inline]
    pub(super) fn is_up(&self) -> bool {
        matches!(self.phase, Phase::Opening | Phase::Asked | Phase::Open)
    }

    /// True if packets may be exchanged.
    #[inline]
    pub(super) fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// True if what was written leaves room for more, and what a store is to be told does too.
    #[inline]
    pub(super) fn has_room_to_write(&self) -> bool {
        match self.state.durable {
            None => self.output.len() < self.settings.max_output,
            Some(_) => self.has_journal_room() && self.has_output_room(),
        }
    }

    /// Writes a packet, without what the peer does not have to get if it is too large with it.
    #[inline]
    pub(super) fn write<'p>(
        &mut self,
        packet: impl Into<Packet<'p>>,
        pass: Pass,
    ) -> Result<(), UsageError> {
        let len = self.put(packet)?;
        self.pass(len, pass);
        Ok(())
    }

    /// The same, up to where it is decided whether it waits for the store; gives its length.
    pub(super) fn put<'p>(&mut self, packet: impl Into<Packet<'p>>) -> Result<usize, UsageError> {
        let packet = self.fitted(packet.into())?;
        Ok(self.output.put(|place| packet.encode_to_slice(self.version, place))?)
    }

    /// A packet without what the peer does not have to get if it is too large with it.
    pub(super) fn fitted<'p>(&self, packet: Packet<'p>) -> Result<Packet<'p>, UsageError> {
        let max = self.peer.max_packet_size;
        if max == u32::MAX {
            return Ok(packet);
        }
        packet.fit(self.version, max).map_err(|error| match error {
            EncodeError::PacketTooLarge { .. } => UsageError::PacketTooLarge { max },
            other => other.into(),
        })
    }

    /// True if this side has the code of a DISCONNECT.
    pub(super) fn may_say(&self, disconnect: &Disconnect<'_>) -> bool {
        let packet = PacketType::Disconnect;
        !self.version.is_v5() || disconnect.reason.may_be_sent_by(self.role, packet, self.version)
    }

    /// Writes an answer, without what the peer does not have to get if it is too large with it.
    pub(super) fn answer<'p>(&mut self, packet: impl Into<Packet<'p>>) {
        let packet = packet.into();
        // What cannot be made to fit is an answer that the standard does not let go out at all.
        if let Ok(packet) = packet.fit(self.version, self.peer.max_packet_size) {
            let len = self.output.put(|place| packet.encode_to_slice(self.version, place));
            self.pass(len.unwrap_or(0), Pass::Free);
        }
    }

    /// Writes an acknowledgement without properties.
    #[inline]
    pub(super) fn acknowledge<const TYPE: u8>(&mut self, id: PacketId, reason: ReasonCode) {
        let len = match reason {
            ReasonCode::SUCCESS => self.output.put(|place| {
                let needed = EncodeError::BufferTooSmall { needed: 4 };
                *place.first_chunk_mut().ok_or(needed)? = Ack::<TYPE>::short(id);
                Ok(4)
            }),
            _ => {
                let ack = Ack::<TYPE> { reason, ..Ack::new(id) };
                self.output.put(|place| encode_body(&ack, self.version, place))
            }
        };
        match len {
            Ok(len) if len <= self.peer.max_packet_size as usize => {
                self.pass(len, Pass::Waits);
            }
            // A peer that does not take even this gets nothing.
            _ => {}
        }
    }

    /// Properties of CONNECT or CONNACK with the largest packet that is taken, if they are to be told: the
    /// peer would be cut off for a larger one.
    pub(super) fn announcing<'p>(&self, properties: &Properties<'p>) -> Option<Vec<Property<'p>>> {
        let max = self.settings.max_packet_size;
        let is_legal = (1..Limits::DEFAULT.max_packet_size).contains(&max);
        if !self.version.is_v5() || !is_legal || properties.maximum_packet_size().is_some() {
            return None;
        }
        Some(properties.iter().chain([Property::MaximumPacketSize(max)]).collect())
    }

    /// The method of the authentication of this connection.
    pub(super) fn auth_method(&self) -> Option<&str> {
        self.auth_method.get().map(String::as_str)
    }

    /// Notes the method that CONNECT has, if it has one.
    pub(super) fn set_auth_method(&mut self, method: Option<&str>) {
        if let Some(method) = method {
            self.auth_method.make().push_str(method);
        }
    }

    /// Begins a connection.
    pub(super) fn open(&mut self, phase: Phase) {
        (self.phase, self.is_plain) = (phase, false);
        self.output.clear();
        self.held.take();
        self.aliases.take();
        self.closed = None;
        self.auth_method.take();
        self.awaits_step = true;
        self.awaits_ping = false;
        self.keep_alive = 0;
        (self.own, self.peer) = (Capabilities::ALL, Capabilities::ALL);
        (self.opened_at, self.last_sent, self.last_received) = (self.now, self.now, self.now);
        self.last_moved = self.now;
    }

    /// CONNACK has been sent, or has come: messages go out. If the session goes on, those that are open
    /// go first.
    pub(super) fn established(&mut self, resumes: bool) {
        self.phase = Phase::Open;
        // Nobody was silent while the caller thought about it.
        (self.last_received, self.awaits_step) = (self.now, false);
        self.count(|stats| stats.connects += 1);
        let is_server = self.role == Sender::Server;
        self.is_limited = is_server && (self.own.max_qos < QoS::ExactlyOnce || !self.own.retain);
        let aliases = self.peer.topic_alias_maximum.min(self.settings.max_auto_aliases);
        if aliases > 0 {
            self.aliases.make().sent.choose_up_to(aliases);
        }
        self.is_plain =
            self.state.durable.is_none() && self.counters.is_none() && !self.chooses_aliases();
        let max_open = self.peer.receive_maximum.min(self.settings.max_open);
        self.state.outgoing.connected(max_open, resumes);
        self.pump();
    }

    /// Ends the connection. The reason is reported, unless the caller does.
    pub(super) fn close(&mut self, reason: Option<CloseReason<'static>>) {
        if self.phase == Phase::Closed {
            return;
        }
        let was_open = self.phase == Phase::Open;
        (self.phase, self.is_plain) = (Phase::Closed, false);
        let is_fault = reason.as_ref().is_some_and(CloseReason::is_fault);
        self.count(|stats| {
            stats.disconnects += u64::from(was_open);
            stats.errors += u64::from(is_fault);
        });
        self.closed = reason.map(Box::new);
        self.attention = true;
        self.goodbye.take();
        self.unanswered = 0;
        self.drop_held();
        self.state.disconnect();
        self.end_stored();
        self.aliases.take();
    }

    /// Ends the connection as soon as all that is open is done, with this packet if it may be said.
    pub(super) fn quiesce(
        &mut self,
        may_say: bool,
        packet: Option<Packet<'_>>,
    ) -> Result<(), UsageError> {
        if !self.is_open() {
            return Err(UsageError::NotConnected);
        }
        if !may_say {
            return Err(UsageError::NotAllowed);
        }
        let mut goodbye = Vec::new();
        if let Some(packet) = packet {
            self.fitted(packet)?.encode(self.version, &mut goodbye)?;
        }
        *self.goodbye.make() = goodbye;
        (self.attention, self.is_plain) = (true, false);
        self.pump();
        Ok(())
    }

    /// True if nothing new is taken.
    #[inline]
    pub(super) fn is_quiescing(&self) -> bool {
        self.goodbye.get().is_some()
    }

    /// Ends the connection, if that was only waiting for what was open.
    pub(super) fn say_goodbye(&mut self) {
        let is_idle = self.unanswered == 0 && self.state.is_idle() && self.holds_nothing();
        if self.is_open() && is_idle {
            if let Some(goodbye) = self.goodbye.take() {
                let len = self.output.put_bytes(&goodbye);
                self.output.keep(len, None);
                self.close(Some(CloseReason::Local));
            }
        }
    }

    /// Ends the connection for a fault of the peer, with the last word that the version has for it.
    pub(super) fn fail(&mut self, violation: Violation) {
        self.last_word(violation.reason_code());
        self.close(Some(CloseReason::Violation(violation)));
    }

    /// Says what is wrong, if the version has a packet for it: before CONNACK a server has no DISCONNECT.
    fn last_word(&mut self, reason: ReasonCode) {
        if !self.version.is_v5() || self.phase == Phase::Closed {
            return;
        }
        let is_asked = self.role == Sender::Server && self.phase != Phase::Open;
        let packet = if is_asked { PacketType::ConnAck } else { PacketType::Disconnect };
        let is_legal = reason.may_be_sent_by(self.role, packet, self.version);
        let reason = if is_legal { reason } else { ReasonCode::PROTOCOL_ERROR };
        if is_asked {
            self.answer(ConnAck { reason, ..ConnAck::default() });
        } else {
            self.answer(Disconnect { reason, ..Disconnect::default() });
        }
    }

    /// Ends the connection for bytes that are no packet.
    pub(super) fn malformed(&mut self, error: DecodeError) {
        if self.role == Sender::Server && self.phase == Phase::Opening {
            // Only CONNECT says what is spoken.
            self.version = error.version().unwrap_or(self.version);
            if let Response::ConnAck(reason) = error.response() {
                self.answer(ConnAck { reason, ..ConnAck::default() });
            }
        } else {
            self.last_word(error.reason_code());
        }
        self.close(Some(CloseReason::Malformed(error)));
    }

    /// Counts something, if anything is counted.
    #[inline]
    pub(super) fn count(&mut self, count: impl FnOnce(&mut Stats)) {
        if let Some(counters) = &mut self.counters {
            count(&mut counters.stats);
        }
    }

    /// The numbers so far.
    pub(super) fn stats(&self) -> Option<Stats> {
        let mut stats = self.counters.as_ref()?.snapshot(self.now);
        stats.in_flight = self.state.outgoing.open_len() as u64;
        let queue = self.state.outgoing.queue_load();
        (stats.queued, stats.queued_bytes) = (queue.count as u64, queue.bytes as u64);
        Some(stats)
    }

    /// How many notices wait.
    #[inline]
    pub(super) fn notices_len(&self) -> usize {
        self.notices.get().map_or(0, VecDeque::len)
    }

    /// Notes that a message is gone.
    pub(super) fn dropped(&mut self, token: u64, why: DropReason) {
        self.count(|stats| stats.errors += 1);
        self.notices.make().push_back(Notice::Dropped { token, why });
        self.attention = true;
    }

    /// What is to be reported before packets are read, of both roles and of this one, if there is anything.
    pub(super) fn next_quiet(&mut self, role: &mut impl Role) -> Option<Event<'static>> {
        self.pump();
        let event = role.next_quiet(self).or_else(|| self.next_notice());
        if event.is_none() {
            let waits = self.wants_room != 0 || self.is_quiescing();
            self.attention = waits || self.closed.is_some();
        }
        event
    }

    /// The next thing to report that is no packet.
    pub(super) fn next_notice(&mut self) -> Option<Event<'static>> {
        let notice = self.notices.get_mut().and_then(VecDeque::pop_front);
        match notice {
            Some(Notice::Dropped { token, why }) => return Some(Event::Dropped { token, why }),
            Some(Notice::Fenced { epoch }) => return Some(Event::Fenced { epoch }),
            None => {}
        }
        // Closed is the last event of a connection.
        if self.wants_room != 0 && self.phase != Phase::Closed && self.has_wanted_room() {
            self.wants_room = 0;
            return Some(Event::Writable);
        }
        None
    }

    /// Gives back memory that is not needed now.
    pub(super) fn shrink(&mut self) {
        self.output.shrink();
        self.held.keep_if(|held| !held.is_empty());
        self.state.shrink();
        self.notices.keep_if(|notices| !notices.is_empty());
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.output.heap_bytes()
            + self.held.heap_bytes(Held::heap_bytes)
            + self.state.heap_bytes()
            + self.aliases.heap_bytes(Aliases::heap_bytes)
            + self.notices.heap_bytes(|notices| notices.capacity() * size_of::<Notice>())
            + self.auth_method.heap_bytes(String::capacity)
            + self.goodbye.heap_bytes(Vec::capacity)
            + self.counters.as_ref().map_or(0, |_| size_of::<Counters>())
    }
}
