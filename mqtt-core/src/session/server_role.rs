//! What a server does apart from a client.

use super::capabilities::Capabilities;
use super::core::{Core, Phase, fingerprint};
use super::error::{CloseReason, Violation};
use super::event::Event;
use super::link::Role;
use super::receiving::Step;
use super::seldom::Seldom;
use super::state::Change;
use super::unanswered::Unanswered;
use crate::packet::property::Omit;
use crate::{
    Auth, Connect, DecodeOptions, Disconnect, Limits, Packet, PacketId, PacketType, Properties,
    QoS, ReasonCode, Status, Subscribe, Version, Will, decode,
};
use alloc::vec::Vec;

/// What only a server knows.
pub(super) struct Server {
    /// What CONNECT said of the keep alive.
    pub(super) keep_alive: u16,
    /// For how long the session is kept after the connection, in seconds.
    pub(super) session_expiry: u32,
    /// CONNECT had a Session Expiry Interval above 0; before 5.0, no clean session.
    pub(super) has_expiry: bool,
    pub(super) clean_start: bool,
    /// CONNECT had an empty client identifier: one is to be assigned (5.0).
    pub(super) wants_id: bool,
    /// The client wants words about what went wrong, and Response Information.
    pub(super) wants_problem_info: bool,
    pub(super) wants_response_info: bool,
    /// CONNACK has been sent.
    pub(super) is_accepted: bool,
    /// A CONNECT with nothing but the will, as long as that is to be published if the connection ends badly.
    pub(super) will: Seldom<Vec<u8>>,
    /// How an authentication stands.
    pub(super) auth: AuthState,
    pub(super) unanswered: Seldom<Unanswered>,
}

/// How an authentication stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AuthState {
    /// There is none, or it is done.
    None,
    /// The caller is to answer.
    Server,
    /// The client is to answer.
    Client,
}

/// So many requests may wait for the caller; then no more input is read.
const MAX_REQUESTS: usize = 64;

impl Role for Server {
    fn version(&self, core: &Core) -> Option<Version> {
        (core.phase != Phase::Opening).then_some(core.version)
    }

    fn reads(&self, core: &Core) -> bool {
        let answered = core.phase != Phase::Asked || self.auth == AuthState::Client;
        answered && self.unanswered.get().map_or(0, Unanswered::len) < MAX_REQUESTS
    }

    fn next_quiet(&mut self, _: &mut Core) -> Option<Event<'static>> {
        None
    }

    fn shrink(&mut self) {
        self.unanswered.keep_if(|unanswered| unanswered.len() > 0);
    }

    fn heap_bytes(&self) -> usize {
        self.will.heap_bytes(Vec::capacity) + self.unanswered.heap_bytes(Unanswered::heap_bytes)
    }

    fn take<'a>(&mut self, core: &mut Core, packet: Packet<'a>) -> Step<'a> {
        let unexpected = Step::Violation(Violation::Unexpected(packet.packet_type()));
        match (packet, core.phase) {
            (Packet::Connect(connect), Phase::Opening) => self.take_connect(core, connect),
            (Packet::Subscribe(subscribe), Phase::Open) => self.take_subscribe(core, subscribe),
            (Packet::Unsubscribe(unsubscribe), Phase::Open) => {
                let filters = unsubscribe.filters.iter().map(|_| QoS::AtMostOnce);
                self.ask(core, unsubscribe.packet_id, unsubscribe.into(), filters);
                Step::Event(Event::Unsubscribe(unsubscribe))
            }
            (Packet::PingReq, Phase::Open) => {
                core.answer(Packet::PingResp);
                Step::Quiet
            }
            (Packet::Auth(auth), Phase::Asked | Phase::Open) => self.take_auth(core, auth),
            (Packet::Disconnect(disconnect), Phase::Asked | Phase::Open) => {
                self.take_disconnect(core, disconnect)
            }
            _ => unexpected,
        }
    }
}

impl Server {
    /// The properties of an answer: without words, if the client does not want them.
    pub(super) fn worded<'p>(&self, properties: Properties<'p>) -> Properties<'p> {
        match self.wants_problem_info {
            true => properties,
            false => properties.omitting(Omit::ReasonStringAndUserProperties),
        }
    }

    /// The will of CONNECT, which has passed the limits before.
    pub(super) fn will(&self, core: &Core) -> Option<Will<'_>> {
        let options = DecodeOptions { limits: Limits::UNLIMITED, ..core.options };
        match decode(self.will.get()?, None, &options) {
            Ok(Status::Complete(decoded)) => match decoded.packet {
                Packet::Connect(connect) => connect.will,
                _ => None,
            },
            _ => None,
        }
    }

    /// Keeps a will, which has been read from a packet.
    pub(super) fn set_will(&mut self, version: Version, will: &Will<'_>) {
        let (client_id, will) = ("w", Some(*will));
        let carrier = Connect { version, will, client_id, ..Connect::default() };
        let _ = Packet::from(carrier).encode(version, self.will.make());
    }

    fn take_connect<'a>(&mut self, core: &mut Core, connect: Connect<'a>) -> Step<'a> {
        core.version = connect.version;
        core.state.change(Change::Convert(connect.version));
        core.phase = Phase::Asked;
        core.peer = Capabilities::of(&connect.properties);
        core.set_auth_method(connect.properties.authentication_method());
        if core.auth_method().is_some() {
            self.auth = AuthState::Server;
        }
        self.keep_alive = connect.keep_alive;
        self.session_expiry = match (connect.version.is_v5(), connect.clean_start) {
            (true, _) => connect.properties.session_expiry_interval().unwrap_or(0),
            (false, true) => 0,
            (false, false) => u32::MAX,
        };
        self.has_expiry = self.session_expiry > 0;
        self.clean_start = connect.clean_start;
        self.wants_id = connect.client_id.is_empty();
        core.state.client = fingerprint(connect.client_id);
        core.state.incoming.begin(core.state.client ^ core.now.as_millis() << 1);
        core.awaits_step = false;
        let wants = &connect.properties;
        self.wants_problem_info = wants.request_problem_information().unwrap_or(true);
        self.wants_response_info = wants.request_response_information().unwrap_or(false);
        if let Some(will) = connect.will {
            self.set_will(connect.version, &will);
        }
        Step::Event(Event::Connect(connect))
    }

    fn take_subscribe<'a>(&mut self, core: &mut Core, subscribe: Subscribe<'a>) -> Step<'a> {
        if let Err(reason) = core.own.judge(&subscribe, core.version) {
            return Step::Violation(Violation::NotSupported(reason));
        }
        let filters = subscribe.filters.iter().map(|subscription| subscription.options.qos);
        self.ask(core, subscribe.packet_id, subscribe.into(), filters);
        Step::Event(Event::Subscribe(subscribe))
    }

    /// Notes a request that the caller is to answer.
    fn ask(
        &mut self,
        core: &mut Core,
        id: PacketId,
        packet: Packet<'_>,
        filters: impl Iterator<Item = QoS>,
    ) {
        let packet_type = packet.packet_type();
        // Its filters are told to a store when it is answered.
        let mut kept = Vec::new();
        if core.state.durable.is_some() {
            // It has been read from a packet.
            let _ = packet.encode(core.version, &mut kept);
        }
        self.unanswered.make().push(id, packet_type, filters, kept);
        core.unanswered += 1;
    }

    fn take_auth<'a>(&mut self, core: &mut Core, auth: Auth<'a>) -> Step<'a> {
        let method = auth.properties.authentication_method();
        let goes_on =
            self.auth == AuthState::Client && auth.reason == ReasonCode::CONTINUE_AUTHENTICATION;
        let begins = self.auth == AuthState::None
            && core.is_open()
            && auth.reason == ReasonCode::RE_AUTHENTICATE;
        if core.auth_method().is_none() || !(goes_on || begins) {
            return Step::Violation(Violation::Unexpected(PacketType::Auth));
        }
        if method != core.auth_method() {
            return Step::Violation(Violation::AuthenticationMethod);
        }
        self.auth = AuthState::Server;
        core.awaits_step = false;
        Step::Event(Event::Auth(auth))
    }

    fn take_disconnect<'a>(&mut self, core: &mut Core, packet: Disconnect<'a>) -> Step<'a> {
        if let Some(expiry) = packet.properties.session_expiry_interval() {
            if !self.has_expiry && expiry > 0 {
                return Step::Violation(Violation::SessionExpiry);
            }
            self.session_expiry = expiry;
            core.set_stored_expiry(expiry);
        }
        if packet.reason == ReasonCode::NORMAL_DISCONNECTION {
            self.will.take();
            core.state.change(Change::Will(None));
        }
        core.close(None);
        Step::Event(Event::Closed(CloseReason::Disconnect(packet)))
    }
}
