//! How clients are let in: CONNECT, authentication, takeover, sessions that go on.

use super::asked::{About, Asked, Hello};
use super::engine::Broker;
use super::net::{Net, Notice};
use super::{Authorization, BrokerConfig, BrokerError, ConnId, Identity};
use crate::{
    Auth, ConnAck, Instant, Properties, Property, QoS, ReasonCode, SessionState, TopicName,
    UsageError, Version,
};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hash::BuildHasher;

/// What a client that is accepted is told beside what the broker says by itself.
///
/// # Examples
/// ```
/// use mqtt_core::{Admission, Properties, Property};
/// let properties = [Property::ResponseInformation("replies/7")];
/// let admission = Admission { properties: Properties::new(&properties), ..Admission::default() };
/// assert_eq!(admission.client_id, None);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Admission<'a> {
    /// Another client identifier than its own: it is told, if it is a 5.0 client without one.
    pub client_id: Option<&'a str>,
    /// Another user name than its own: for rules of [`Acl`](super::Acl), questions, and as the one whose
    /// [session](BrokerConfig::sessions_of_users) it is.
    pub user_name: Option<&'a str>,
    /// Further properties of CONNACK, or of the AUTH that ends a later authentication: authentication data,
    /// response information, reason string, user properties. The authentication method is added.
    pub properties: Properties<'a>,
}

impl<S: BuildHasher + Clone> Broker<S> {
    /// CONNECT has come.
    pub(super) fn take_connect(&mut self, slot: u32, hello: Hello, asked: Option<Asked>) {
        let config = &self.net.config;
        // What a session would refuse, before the session of another connection is touched.
        let reason = match &hello.will {
            Some(will) if will.qos > config.max_qos => Some(ReasonCode::QOS_NOT_SUPPORTED),
            Some(will) if will.retain && !config.retain_available => {
                Some(ReasonCode::RETAIN_NOT_SUPPORTED)
            }
            Some(will) if will.topic.starts_with('$') => Some(ReasonCode::NOT_AUTHORIZED),
            _ if asked.is_none() && hello.method.is_some() => {
                Some(ReasonCode::BAD_AUTHENTICATION_METHOD)
            }
            // Before 5.0 it could not come back.
            _ if hello.client_id.is_empty() && !hello.version.is_v5() && !hello.clean_start => {
                Some(ReasonCode::CLIENT_IDENTIFIER_NOT_VALID)
            }
            _ => None,
        };
        let Some(conn) = self.net.conns.get_mut(slot as usize) else { return };
        conn.hello = Some(Box::new(hello));
        match (reason, asked) {
            (Some(reason), _) => self.refuse_with(slot, reason),
            (None, Some(asked)) => self.ask(slot, asked),
            (None, None) => {
                if let Err(error) = self.admit(slot, &Admission::default()) {
                    self.not_admitted(slot, error);
                }
            }
        }
    }

    /// Refuses a client with a code of 5.0, or the one before 5.0 that is like it.
    fn refuse_with(&mut self, slot: u32, reason: ReasonCode) {
        let now = self.net.now;
        let Some(session) = self.net.session(slot) else { return };
        let reason = match session.version().is_v5() {
            true => reason,
            false => reason.to_v3_connack().unwrap_or(ReasonCode::V3_SERVER_UNAVAILABLE),
        };
        self.net.stats.refused += 1;
        if let Some(session) = self.net.session(slot) {
            // CONNECT is there and not answered.
            let _ = session.refuse(now, &ConnAck { reason, ..ConnAck::default() });
        }
    }

    /// Lets a client in, or goes to the end of an authentication that began after CONNACK: answers
    /// [`Authenticate`](super::BrokerEvent::Authenticate) and [`Auth`](super::BrokerEvent::Auth).
    ///
    /// # Errors
    /// [`Unknown`](BrokerError::Unknown): the connection is over. [`NotAsked`](BrokerError::NotAsked).
    /// [`Session`](BrokerError::Session): what the client is told cannot be written, or it has not asked for it
    /// (Response Information); the question stands.
    ///
    /// # Spec
    /// v3 \[MQTT-3.1.4-2\] to \[MQTT-3.1.4-4\]; v5 \[MQTT-3.1.4-3\] to \[MQTT-3.1.4-6\],
    /// \[MQTT-4.12.0-5\].
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// let authentication = Authentication::Ask;
    /// let config = BrokerConfig { authentication, ..BrokerConfig::default() };
    /// let mut broker: Broker<std::hash::RandomState> = Broker::new(config, now);
    /// let conn = broker.open(now)?;
    /// broker.handle_input(conn, now, b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a");
    /// let Some(BrokerEvent::Authenticate { connect, .. }) = broker.poll_event() else { unreachable!() };
    /// assert_eq!(connect.client_id, "a");
    /// broker.accept(conn, now, &Admission::default())?;
    /// assert!(matches!(broker.poll_event(), Some(BrokerEvent::Connected { .. })));
    /// # Ok::<(), BrokerError>(())
    /// ```
    pub fn accept(
        &mut self,
        conn: ConnId,
        now: Instant,
        admission: &Admission<'_>,
    ) -> Result<(), BrokerError> {
        let (slot, asked) = self.answered_who(conn, now)?;
        let session = self.net.session(slot).ok_or(BrokerError::Unknown)?;
        let result = if session.is_connected() {
            self.say_auth(slot, ReasonCode::SUCCESS, admission.properties)
        } else {
            match self.admit(slot, admission) {
                Err(UsageError::PacketTooLarge { max }) => {
                    self.not_admitted(slot, UsageError::PacketTooLarge { max });
                    Ok(())
                }
                result => result,
            }
        };
        self.go_on_if(slot, asked, result)
    }

    /// An answer to who somebody is: gives the question.
    fn answered_who(&mut self, conn: ConnId, now: Instant) -> Result<(u32, Asked), BrokerError> {
        self.tick(now);
        self.answered(conn, |about| matches!(about, About::Connect | About::Auth))
    }

    /// Says the next step of an authentication, or that it is done.
    fn say_auth(
        &mut self,
        slot: u32,
        reason: ReasonCode,
        properties: Properties<'_>,
    ) -> Result<(), UsageError> {
        let now = self.net.now;
        let session = self.net.session(slot).ok_or(UsageError::NotConnected)?;
        let method = session.auth_method().map(Box::<str>::from);
        let properties = with_method(properties, method.as_deref());
        session.auth(now, &Auth { reason, properties: Properties::new(&properties) })
    }

    /// A connection goes on after an answer; or that was none, and the question stands.
    fn go_on_if(
        &mut self,
        slot: u32,
        asked: Asked,
        result: Result<(), UsageError>,
    ) -> Result<(), BrokerError> {
        if let Err(error) = result {
            self.ask_again(slot, asked);
            return Err(error.into());
        }
        self.go_on(slot);
        Ok(())
    }

    /// Refuses a client, or ends the connection in an authentication that began after CONNACK: answers
    /// [`Authenticate`](super::BrokerEvent::Authenticate) and [`Auth`](super::BrokerEvent::Auth). A code of 5.0 is
    /// told to older clients as the one that is like it; one of theirs is told to them as it is.
    ///
    /// # Errors
    /// As for [`accept`](Self::accept); [`Session`](BrokerError::Session) also if the code is a success, and behind
    /// CONNACK if DISCONNECT cannot carry it. The question is still to be answered then.
    ///
    /// # Spec
    /// v3 section 3.2.2.3; v5 \[MQTT-3.1.4-2\], \[MQTT-4.12.0-4\], \[MQTT-4.12.1-2\].
    pub fn refuse(
        &mut self,
        conn: ConnId,
        now: Instant,
        connack: &ConnAck<'_>,
    ) -> Result<(), BrokerError> {
        if connack.reason == ReasonCode::SUCCESS {
            return Err(UsageError::NotAllowed.into());
        }
        let (slot, asked) = self.answered_who(conn, now)?;
        let now = self.net.now;
        let session = self.net.session(slot).ok_or(BrokerError::Unknown)?;
        let result = if session.is_connected() {
            let ConnAck { reason, properties, .. } = *connack;
            session.disconnect(now, &crate::Disconnect { reason, properties })
        } else {
            let reason = match session.version().is_v5() {
                true => connack.reason,
                false => connack.reason.to_v3_connack().unwrap_or(connack.reason),
            };
            session.refuse(now, &ConnAck { reason, ..*connack })
        };
        self.net.stats.refused += u64::from(result.is_ok());
        self.go_on_if(slot, asked, result)
    }

    /// Goes on with an enhanced authentication (5.0): answers
    /// [`Authenticate`](super::BrokerEvent::Authenticate) and [`Auth`](super::BrokerEvent::Auth). The
    /// authentication method is added.
    ///
    /// # Errors
    /// As for [`accept`](Self::accept).
    ///
    /// # Spec
    /// v5 \[MQTT-4.12.0-2\], \[MQTT-4.12.0-5\].
    pub fn challenge(
        &mut self,
        conn: ConnId,
        now: Instant,
        properties: Properties<'_>,
    ) -> Result<(), BrokerError> {
        let (slot, asked) = self.answered_who(conn, now)?;
        let result = self.say_auth(slot, ReasonCode::CONTINUE_AUTHENTICATION, properties);
        self.net.arm_conn(slot);
        self.go_on_if(slot, asked, result)
    }

    /// The answer was none: the question stands, and is not asked anew.
    pub(super) fn ask_again(&mut self, slot: u32, asked: Asked) {
        self.net.notice_bytes += asked.len();
        if let Some(conn) = self.net.conns.get_mut(slot as usize) {
            conn.asked = Some(Box::new(asked));
        }
    }

    /// A connection is read again.
    pub(super) fn go_on(&mut self, slot: u32) {
        self.net.tell_time(slot);
        let is_full = |net: &mut Net<S>| net.session(slot).is_some_and(|it| it.wants_input() == 0);
        let was_full = is_full(&mut self.net);
        self.net.mark_ready(slot);
        self.net.check_writable(slot);
        self.work();
        if was_full && !is_full(&mut self.net) {
            // It may have nothing to be sent, and whoever feeds it waits.
            self.net.mark_writable(slot);
        }
    }

    /// A client does not get a CONNACK: it takes only smaller packets.
    fn not_admitted(&mut self, slot: u32, error: UsageError) {
        let reason = match error {
            UsageError::PacketTooLarge { .. } => ReasonCode::PACKET_TOO_LARGE,
            _ => ReasonCode::UNSPECIFIED_ERROR,
        };
        self.refuse_with(slot, reason);
        if let Some(session) = self.net.session(slot) {
            session.abort();
        }
    }

    /// Lets a client in: another connection of it ends, and its session goes on or begins. If it cannot be, nothing
    /// has changed.
    fn admit(&mut self, slot: u32, admission: &Admission<'_>) -> Result<(), UsageError> {
        let Some(conn) = self.net.conns.get_mut(slot as usize) else { return Ok(()) };
        let Some(hello) = conn.hello.take() else { return Ok(()) };
        let result = self.admit_as(slot, &hello, admission);
        if let Some(conn) = self.net.conns.get_mut(slot as usize).filter(|_| result.is_err()) {
            conn.hello = Some(hello);
        }
        result
    }

    fn admit_as(
        &mut self,
        slot: u32,
        hello: &Hello,
        admission: &Admission<'_>,
    ) -> Result<(), UsageError> {
        let now = self.net.now;
        let id: Cow<'_, str> = match admission.client_id.filter(|id| !id.is_empty()) {
            Some(id) => id.into(),
            None if hello.client_id.is_empty() => self.net.clients.assign().into(),
            None => (&*hello.client_id).into(),
        };
        let user_name: Option<Box<str>> =
            admission.user_name.map(Box::from).or_else(|| hello.user_name.clone());
        if let (Authorization::Acl(acl), Some(will)) = (&self.authorization, &hello.will) {
            let who = Identity { client_id: &id, user_name: user_name.as_deref() };
            if !acl.allows_publish(&who, TopicName::trusted(&will.topic)) {
                self.refuse_with(slot, ReasonCode::NOT_AUTHORIZED);
                return Ok(());
            }
        }
        let place = self.net.clients.find(&id);
        if place.is_some_and(|place| self.is_of_another(place, user_name.as_deref())) {
            self.refuse_with(slot, ReasonCode::CLIENT_IDENTIFIER_NOT_VALID);
            return Ok(());
        }
        let max = self.net.config.limits.max_sessions;
        if place.is_none() && self.net.clients.entries.len() >= max {
            self.refuse_with(slot, ReasonCode::QUOTA_EXCEEDED);
            return Ok(());
        }
        let expiry = self.net.session(slot).map_or(0, |session| session.session_expiry());
        let max_expiry = self.net.config.max_session_expiry;
        let mut list = with_method(admission.properties, hello.method.as_deref());
        announce(&self.net.config, hello.keep_alive, &mut list);
        if hello.version.is_v5() && expiry > max_expiry {
            list.push(Property::SessionExpiryInterval(max_expiry));
        }
        if hello.client_id != *id && hello.client_id.is_empty() {
            list.push(Property::AssignedClientIdentifier(&id));
        }
        if !hello.version.is_v5() {
            list.clear();
        }
        let resumes = place.is_some_and(|place| self.goes_on(place, hello.clean_start));
        let session_present = resumes && hello.version != Version::V31;
        let properties = Properties::new(&list);
        let connack = ConnAck { session_present, properties, ..ConnAck::default() };
        // Before anything changes for the connection of before.
        match self.net.session(slot) {
            Some(session) => session.may_accept(&connack, resumes)?,
            None => return Ok(()),
        }
        let state = place.and_then(|place| self.leave_old(place, resumes, user_name.as_deref()));
        let Some(conn) = self.net.conns.get_mut(slot as usize) else { return Ok(()) };
        let Some(mut session) = conn.session.take() else { return Ok(()) };
        if let Err(refused) = session.accept(now, &connack, state) {
            conn.session = Some(session);
            return Err(refused.into());
        }
        let resumed = place.filter(|place| resumes && self.net.clients.get(*place).is_some());
        let place = match resumed {
            Some(place) => {
                self.resume(place, slot, session, user_name);
                place
            }
            None => {
                let place = self.net.clients.insert(&id, user_name, session, Some(slot));
                self.net.settle(place);
                place
            }
        };
        if let Some(conn) = self.net.conns.get_mut(slot as usize) {
            // What was noted is when CONNECT is late: keep alive may be earlier, as soon as all is read.
            (conn.client, conn.armed) = (Some(place), None);
        }
        self.net.collect(place);
        self.net.stats.connects += 1;
        self.net.stats.connected += 1;
        self.net.arm_conn(slot);
        let conn = self.net.id(slot);
        let (client_id, session_present) = (id.into(), resumes);
        self.net.notices.push_back(Notice::Connected { conn, client_id, session_present });
        self.net.mark_ready(slot);
        self.net.check_writable(slot);
        Ok(())
    }

    /// True if a session is that of another user.
    fn is_of_another(&self, place: u32, user_name: Option<&str>) -> bool {
        let owner = self.net.clients.get(place).and_then(|client| client.user_name.as_deref());
        self.net.config.has_owners() && owner.is_some() && owner != user_name
    }

    /// True if the session of a client goes on with its next connection.
    fn goes_on(&self, place: u32, clean_start: bool) -> bool {
        let Some(client) = self.net.clients.get(place) else { return false };
        let ends = client.session.is_connected() && client.session.session_expiry() == 0;
        !clean_start && !ends
    }

    /// The connection of before ends, if there is one, and its session too if it does not go on. Gives what goes
    /// on, with this user.
    fn leave_old(
        &mut self,
        place: u32,
        goes_on: bool,
        user_name: Option<&str>,
    ) -> Option<SessionState> {
        let now = self.net.now;
        let client = self.net.clients.get_mut(place)?;
        if client.session.is_connected() {
            // It is up, so it can be ended.
            let _ = client.session.take_over(now);
            self.net.stats.takeovers += 1;
            self.left(place);
        }
        if !goes_on {
            self.end_session(place);
            return None;
        }
        let client = self.net.clients.get_mut(place)?;
        // One that comes back within the delay of its will has not gone.
        client.session.clear_will();
        (client.will_due, client.ends) = (None, None);
        let mut state = client.session.take_state();
        // Questions end with their connection: what they were about is new when it comes again.
        state.forget_unanswered();
        if client.user_name.as_deref() != user_name {
            state.retell_session();
        }
        Some(state)
    }

    /// The session of a client goes on with another connection.
    fn resume(
        &mut self,
        place: u32,
        slot: u32,
        session: Box<crate::ServerSession>,
        user_name: Option<Box<str>>,
    ) {
        let Some(client) = self.net.clients.get_mut(place) else { return };
        let old = core::mem::replace(&mut client.session, session);
        client.user_name = user_name;
        client.catches_up = client.session.state().queued_messages() > 0;
        let conn = client.conn.replace(slot);
        if let Some(old_slot) = conn {
            self.net.detach(old_slot, old);
        }
        self.net.settle(place);
    }
}

/// Properties with the authentication method.
fn with_method<'p>(properties: Properties<'p>, method: Option<&'p str>) -> Vec<Property<'p>> {
    let own =
        properties.iter().filter(|property| !matches!(property, Property::AuthenticationMethod(_)));
    own.chain(method.map(Property::AuthenticationMethod)).collect()
}

/// Adds what this broker offers and takes, where it is not what the standard takes for granted.
fn announce(config: &BrokerConfig, keep_alive: u16, list: &mut Vec<Property<'_>>) {
    let receive_maximum = config.receive_maximum.max(1);
    if receive_maximum < u16::MAX {
        list.push(Property::ReceiveMaximum(receive_maximum));
    }
    if config.topic_alias_maximum > 0 {
        list.push(Property::TopicAliasMaximum(config.topic_alias_maximum));
    }
    if config.max_qos < QoS::ExactlyOnce {
        list.push(Property::MaximumQoS(config.max_qos));
    }
    for (is_there, property) in [
        (config.retain_available, Property::RetainAvailable(false)),
        (config.wildcards_available, Property::WildcardSubscriptionAvailable(false)),
        (config.subscription_ids_available, Property::SubscriptionIdentifierAvailable(false)),
        (config.shared_available, Property::SharedSubscriptionAvailable(false)),
    ] {
        if !is_there {
            list.push(property);
        }
    }
    if let Some(max) = config.max_keep_alive {
        if keep_alive == 0 || keep_alive > max {
            list.push(Property::ServerKeepAlive(max));
        }
    }
}
