//! What an application does that has one session, of either role.

use super::side::Side;
use super::stream::Setup;
use crate::{
    AckToken, Auth, ClientConfig, ClientSession, ConnAck, Connect, Disconnect, Event, Instant,
    PacketId, Properties, Property, QoS, ReasonCode, ReasonCodes, ServerConfig, ServerSession,
    SessionState, SubAck, Subscribe, Subscription, Subscriptions, TopicFilters, UnsubAck,
    Unsubscribe, UsageError, Version,
};
use std::{string::String, vec::Vec};

/// What is left of an event that calls for an answer.
#[derive(Debug)]
pub(super) enum Told {
    /// CONNECT, with its version, clean start and authentication method.
    Connect(Version, bool, Option<String>),
    Connected,
    Message(AckToken),
    /// With the number of filters.
    Subscribe(PacketId, usize),
    Unsubscribe(PacketId, usize),
    Auth,
    None,
}

impl From<Event<'_>> for Told {
    fn from(event: Event<'_>) -> Self {
        let method = |list: &Properties<'_>| list.authentication_method().map(Into::into);
        match event {
            Event::Connect(connect) => {
                Self::Connect(connect.version, connect.clean_start, method(&connect.properties))
            }
            Event::Connected { .. } => Self::Connected,
            Event::Message { ack: Some(token), .. } => Self::Message(token),
            Event::Subscribe(packet) => {
                Self::Subscribe(packet.packet_id, packet.filters.iter().count())
            }
            Event::Unsubscribe(packet) => {
                Self::Unsubscribe(packet.packet_id, packet.filters.iter().count())
            }
            Event::Auth(_) => Self::Auth,
            _ => Self::None,
        }
    }
}

type Done = Result<(), UsageError>;

/// What an application remembers.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// What is spoken on this connection, as far as that is known.
    pub(super) version: Option<Version>,
    /// A server's session of before.
    kept: Option<SessionState>,
    method: Option<String>,
    asked_again: bool,
}

/// A session with what an application does to it.
pub(super) trait App: Side + Sized {
    fn new(setup: &Setup) -> Self;
    /// Begins a connection; the one before has ended.
    fn begin(&mut self, setup: &Setup, now: Instant, memory: &mut Memory) -> Done;
    fn answer(&mut self, setup: &Setup, now: Instant, told: &Told, memory: &mut Memory) -> Done;
    fn request(&mut self, now: Instant, token: u64) -> Done;
    fn disconnect(&mut self, now: Instant) -> Done;
}

const METHOD: &str = "m";

impl App for ClientSession {
    fn new(setup: &Setup) -> Self {
        let (version, session_lost) = (setup.version, setup.session_lost);
        let session = setup.party.session.clone();
        Self::new(ClientConfig { version, session, session_lost, ..ClientConfig::default() })
    }

    fn begin(&mut self, setup: &Setup, now: Instant, memory: &mut Memory) -> Done {
        memory.version = Some(setup.version);
        let mut list = setup.party.properties(setup.version);
        if setup.version == Version::V5 {
            list.push(Property::SessionExpiryInterval(100));
            if setup.asks_again {
                list.push(Property::AuthenticationMethod(METHOD));
            }
        }
        let connect = Connect {
            version: setup.version,
            client_id: "c",
            clean_start: setup.clean_start,
            keep_alive: setup.keep_alive,
            properties: Properties::new(&list),
            ..Connect::default()
        };
        self.connect(now, &connect)
    }

    fn answer(&mut self, _: &Setup, now: Instant, told: &Told, _: &mut Memory) -> Done {
        match told {
            Told::Connected => self.request(now, 1),
            Told::Auth => {
                let list = [Property::AuthenticationMethod(METHOD)];
                let reason = ReasonCode::CONTINUE_AUTHENTICATION;
                self.auth(now, &Auth { reason, properties: Properties::new(&list) })
            }
            _ => Ok(()),
        }
    }

    fn request(&mut self, now: Instant, token: u64) -> Done {
        let id = PacketId::MIN;
        let sent = match token % 3 {
            0 => {
                let filters = TopicFilters::new(&["a/+"]);
                self.unsubscribe(now, &Unsubscribe { filters, ..Unsubscribe::new(id) }, token)
            }
            count => {
                let filters = ["a/+", "b"].map(|text| Subscription::new(text, QoS::AtLeastOnce));
                let filters = Subscriptions::new(&filters[..count as usize]);
                self.subscribe(now, &Subscribe { filters, ..Subscribe::new(id) }, token)
            }
        };
        sent.map(|_| ())
    }

    fn disconnect(&mut self, now: Instant) -> Done {
        self.disconnect(now, &Disconnect::default())
    }
}

impl App for ServerSession {
    fn new(setup: &Setup) -> Self {
        let session = setup.party.session.clone();
        Self::new(ServerConfig { session, ..ServerConfig::default() }, Instant::default())
    }

    fn begin(&mut self, setup: &Setup, now: Instant, memory: &mut Memory) -> Done {
        let session = setup.party.session.clone();
        let next = Self::new(ServerConfig { session, ..ServerConfig::default() }, now);
        let last = core::mem::replace(self, next);
        let expiry = last.session_expiry();
        let state = last.into_state();
        if expiry > 0 {
            memory.kept = Some(state);
        }
        (memory.version, memory.asked_again) = (None, false);
        Ok(())
    }

    fn answer(&mut self, setup: &Setup, now: Instant, told: &Told, memory: &mut Memory) -> Done {
        let codes = [ReasonCode::GRANTED_QOS_1; 256];
        match told {
            Told::Connect(version, clean_start, method) => {
                memory.version = Some(*version);
                memory.method.clone_from(method);
                if *clean_start {
                    memory.kept = None;
                }
                self.go_on(setup, now, memory)
            }
            Told::Auth => self.go_on(setup, now, memory),
            Told::Subscribe(id, count) => {
                let reasons = ReasonCodes::new(&codes[..(*count).min(256)]);
                self.suback(now, &SubAck { reasons, ..SubAck::new(*id) })
            }
            Told::Unsubscribe(id, count) => {
                let count = if memory.version == Some(Version::V5) { *count } else { 0 };
                let codes = [ReasonCode::SUCCESS; 256];
                let reasons = ReasonCodes::new(&codes[..count.min(256)]);
                self.unsuback(now, &UnsubAck { reasons, ..UnsubAck::new(*id) })
            }
            _ => Ok(()),
        }
    }

    fn request(&mut self, now: Instant, token: u64) -> Done {
        // Nothing waits under this identifier, or another number of filters does.
        let id = PacketId::new(token as u16 % 4 + 1).unwrap_or(PacketId::MIN);
        let reasons = ReasonCodes::new(&[ReasonCode::SUCCESS; 9]);
        self.suback(now, &SubAck { reasons, ..SubAck::new(id) })
    }

    fn disconnect(&mut self, now: Instant) -> Done {
        let reason = ReasonCode::SERVER_SHUTTING_DOWN;
        self.disconnect(now, &Disconnect { reason, ..Disconnect::default() })
    }
}

/// What a server does after CONNECT, and after each step of an authentication.
trait Greet {
    fn go_on(&mut self, setup: &Setup, now: Instant, memory: &mut Memory) -> Done;
}

impl Greet for ServerSession {
    fn go_on(&mut self, setup: &Setup, now: Instant, memory: &mut Memory) -> Done {
        let method = memory.method.as_deref().map(Property::AuthenticationMethod);
        let authenticates = method.is_some() && setup.asks_again && !memory.asked_again;
        if authenticates || self.is_connected() {
            memory.asked_again = true;
            let list: Vec<_> = method.into_iter().collect();
            let reason = match self.is_connected() {
                true => ReasonCode::SUCCESS,
                false => ReasonCode::CONTINUE_AUTHENTICATION,
            };
            return self.auth(now, &Auth { reason, properties: Properties::new(&list) });
        }
        if setup.refuses {
            let reason = ReasonCode::NOT_AUTHORIZED;
            return self.refuse(now, &ConnAck { reason, ..ConnAck::default() });
        }
        let mut list = setup.party.properties(memory.version.unwrap_or(Version::V5));
        list.extend(method);
        // What does not fit is refused, for any reason.
        let state = memory.kept.take();
        let session_present = state.is_some() && memory.version != Some(Version::V31);
        let properties = Properties::new(&list);
        let connack = ConnAck { session_present, properties, ..ConnAck::default() };
        self.accept(now, &connack, state).map_err(|refused| {
            memory.kept = refused.state;
            refused.error
        })
    }
}
