//! What a client does apart from a server.

use super::capabilities::Capabilities;
use super::config::SessionLost;
use super::core::{Core, Phase, fingerprint};
use super::error::{CloseReason, Violation};
use super::event::{DropReason, Event, SessionStart};
use super::link::Role;
use super::receiving::Step;
use super::seldom::Seldom;
use super::state::{Change, Wait};
use crate::{
    Auth, ConnAck, Disconnect, Packet, PacketId, PacketType, ReasonCode, SubAck, UnsubAck, Version,
};
use alloc::collections::VecDeque;

/// What only a client knows.
pub(super) struct Client {
    pub(super) session_lost: SessionLost,
    /// There was a session on a connection before, and CONNECT asks for it.
    pub(super) has_session: bool,
    /// The server may have one: a CONNECT has gone out, though no answer may have come.
    pub(super) may_have_session: bool,
    /// A server that has one is not mistaken.
    pub(super) expects_session: bool,
    /// CONNECT has Clean Start.
    pub(super) is_clean: bool,
    /// The caller's numbers for messages that are gone, for the server has lost them: still to be told.
    pub(super) lost: Seldom<VecDeque<u64>>,
    /// What CONNECT said of the keep alive.
    pub(super) keep_alive: u16,
    /// An authentication goes on after CONNACK.
    pub(super) is_reauthenticating: bool,
    /// The server has sent AUTH and waits for the next step.
    pub(super) is_asked: bool,
    /// CONNECT had a Session Expiry Interval above 0.
    pub(super) has_expiry: bool,
}

impl Role for Client {
    /// Takes a packet that only clients get.
    #[cold]
    fn take<'a>(&mut self, core: &mut Core, packet: Packet<'a>) -> Step<'a> {
        let unexpected = Step::Violation(Violation::Unexpected(packet.packet_type()));
        match (packet, core.phase) {
            (Packet::ConnAck(connack), Phase::Opening) => self.take_connack(core, connack),
            (Packet::Auth(auth), _) => self.take_auth(core, auth),
            (Packet::SubAck(ack), Phase::Open) => {
                let SubAck { packet_id, reasons, properties } = ack;
                let count = reasons.iter().count();
                let token =
                    answered(core, packet_id, Wait::SubAck, PacketType::SubAck, Some(count));
                token.map_or_else(Step::Violation, |token| {
                    Step::Event(Event::Subscribed { token, packet_id, reasons, properties })
                })
            }
            (Packet::UnsubAck(ack), Phase::Open) => {
                let UnsubAck { packet_id, reasons, properties } = ack;
                let count = core.version.is_v5().then(|| reasons.iter().count());
                let token = answered(core, packet_id, Wait::UnsubAck, PacketType::UnsubAck, count);
                token.map_or_else(Step::Violation, |token| {
                    Step::Event(Event::Unsubscribed { token, packet_id, reasons, properties })
                })
            }
            (Packet::PingResp, Phase::Open) => {
                core.awaits_ping = false;
                Step::Quiet
            }
            (Packet::Disconnect(disconnect), Phase::Open) => {
                core.close(None);
                Step::Event(Event::Closed(CloseReason::Disconnect(disconnect)))
            }
            _ => unexpected,
        }
    }

    fn version(&self, core: &Core) -> Option<Version> {
        Some(core.version)
    }

    fn reads(&self, _: &Core) -> bool {
        true
    }

    #[inline]
    fn next_quiet(&mut self, _: &mut Core) -> Option<Event<'static>> {
        let token = self.lost.get_mut()?.pop_front();
        if token.is_none() {
            self.lost.take();
        }
        token.map(|token| Event::Dropped { token, why: DropReason::SessionLost })
    }

    fn heap_bytes(&self) -> usize {
        self.lost.heap_bytes(|lost| lost.capacity() * size_of::<u64>())
    }
}

/// Closes a request; gives the caller's number.
fn answered(
    core: &mut Core,
    id: PacketId,
    wait: Wait,
    packet: PacketType,
    count: Option<usize>,
) -> Result<u64, Violation> {
    if core.state.outgoing.wait(id) != wait {
        return Err(Violation::Unexpected(packet));
    }
    if count.is_some_and(|count| count != core.state.outgoing.filters(id) as usize) {
        return Err(Violation::ReasonCodeCount);
    }
    let token = core.state.outgoing.close_request(id);
    core.pump();
    Ok(token)
}

impl Client {
    /// True if this DISCONNECT may be sent.
    pub(super) fn may_say(&self, core: &Core, disconnect: &Disconnect<'_>) -> bool {
        let expiry = disconnect.properties.session_expiry_interval().unwrap_or(0);
        core.may_say(disconnect)
            && disconnect.properties.server_reference().is_none()
            && (expiry == 0 || self.has_expiry)
    }

    fn take_connack<'a>(&mut self, core: &mut Core, connack: ConnAck<'a>) -> Step<'a> {
        if connack.reason != ReasonCode::SUCCESS {
            // No session has come of it.
            self.may_have_session = self.expects_session;
            core.close(None);
            return Step::Event(Event::Closed(CloseReason::Refused(connack)));
        }
        if connack.session_present && !self.expects_session && core.version.is_v5() {
            // It is no session of this side the next time either.
            self.may_have_session = false;
            return Step::Violation(Violation::SessionPresent);
        }
        if connack.properties.authentication_method() != core.auth_method() {
            return Step::Violation(Violation::AuthenticationMethod);
        }
        core.peer = Capabilities::of(&connack.properties);
        let keep_alive = connack.properties.server_keep_alive().unwrap_or(self.keep_alive);
        core.keep_alive = keep_alive;
        let open = core.state.outgoing.open_len();
        let is_present = match core.version {
            // It is not said: what was asked for is there.
            Version::V31 => self.expects_session,
            _ => connack.session_present && !core.state.is_cleaned,
        };
        // Before 5.0 a clean session ends with its connection.
        core.state.is_cleaned = self.is_clean && !core.version.is_v5();
        if let Some(assigned) = connack.properties.assigned_client_identifier() {
            core.state.client = fingerprint(assigned);
        }
        let session = if is_present {
            SessionStart::Resumed
        } else {
            core.state.change(Change::Forget);
            let lost = self.has_session || open > 0;
            if lost { SessionStart::Lost { dropped: open } } else { SessionStart::New }
        };
        self.has_session = true;
        core.tell_session();
        if !is_present {
            if self.session_lost == SessionLost::PublishAgain {
                core.state.change(Change::Reopen);
            }
            // Before a message of the new session goes out: whoever restores this one does not send them again.
            while let Some(id) = core.state.outgoing.first_open() {
                self.lost.make().push_back(core.state.outgoing.token(id));
                core.state.change(Change::Close(id));
            }
            core.attention = true;
        }
        core.established(is_present);
        Step::Event(Event::Connected { connack, session })
    }

    fn take_auth<'a>(&mut self, core: &mut Core, auth: Auth<'a>) -> Step<'a> {
        let fits = match core.phase {
            Phase::Opening => auth.reason == ReasonCode::CONTINUE_AUTHENTICATION,
            _ => self.is_reauthenticating && auth.reason != ReasonCode::RE_AUTHENTICATE,
        };
        if !fits || core.auth_method().is_none() {
            return Step::Violation(Violation::Unexpected(PacketType::Auth));
        }
        if auth.properties.authentication_method() != core.auth_method() {
            return Step::Violation(Violation::AuthenticationMethod);
        }
        self.is_asked = auth.reason == ReasonCode::CONTINUE_AUTHENTICATION;
        self.is_reauthenticating &= self.is_asked;
        core.awaits_step = false;
        Step::Event(Event::Auth(auth))
    }
}
