//! Honest clients: sessions of this crate, with an application that does something or other.

use crate::seeds::Random;
use crate::world::World;
use bytes::Buf;
use mqtt_core::{
    AckMode, AckToken, ClientConfig, ClientSession, CloseReason, Connect, Disconnect, Event,
    PacketId, Properties, Property, Publish, QoS, ReasonCode, RetainHandling, SessionLost,
    SessionStart, Subscribe, Subscription, SubscriptionOptions, Subscriptions, TopicFilters,
    Unsubscribe, UsageError, Version, WhenFull, Will,
};
use std::collections::HashMap;

const TOPICS: [&str; 10] =
    ["a", "a/b", "a/b/c", "a/c", "b", "b/b", "x/y", "/a", "a//c", "other/topic"];
const FILTERS: [&str; 14] = [
    "a", "a/b", "a/+", "a/#", "+/b", "#", "+", "b/#", "x/y", "a/+/c", "+/+", "/+", "a//c", "a/b/c",
];
const SHARED: [&str; 4] = ["$share/g/a/#", "$share/g/#", "$share/h/a/#", "$share/g/x/y"];
pub(crate) const QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

/// A client that keeps to the rules.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) version: Version,
    /// It shares its name with another one.
    pub(crate) is_rival: bool,
    /// It never comes back to a session.
    is_ephemeral: bool,
    config: ClientConfig,
    receive_maximum: Option<u16>,
    max_packet: Option<u32>,
    alias_maximum: u16,
    pub(crate) session: ClientSession,
    pub(crate) link: Option<usize>,
    /// Its state is lost, or it has asked for a clean start and has no answer.
    wants_clean: bool,
    has_expiry: bool,
    pub(crate) acks: Vec<AckToken>,
    /// It has refused a message: that one may come again.
    has_refused: bool,
    /// How often each payload came with QoS 2, and in which session of the broker's.
    got: HashMap<Vec<u8>, u32>,
    got_in: usize,
}

impl Client {
    pub(crate) fn new(name: String, random: &mut Random) -> Self {
        let mut pick = |bound: u32| random.below(bound) as usize;
        let version = [Version::V5, Version::V5, Version::V311][pick(3)];
        let mut config = ClientConfig { version, ..ClientConfig::default() };
        config.session.ack = [AckMode::Auto, AckMode::Auto, AckMode::Manual][pick(3)];
        config.session.max_auto_aliases = [0, 2][pick(2)];
        config.session_lost = [SessionLost::Drop, SessionLost::PublishAgain][pick(2)];
        let is_v5 = version == Version::V5;
        Self {
            name,
            version,
            is_rival: false,
            is_ephemeral: pick(4) == 0,
            receive_maximum: [None, None, Some(1), Some(3)][pick(4)],
            max_packet: [None, None, None, Some(120)][pick(4)],
            alias_maximum: if is_v5 { [0, 1, 5][pick(3)] } else { 0 },
            session: ClientSession::new(config.clone()),
            config,
            link: None,
            wants_clean: false,
            has_expiry: false,
            acks: Vec::new(),
            has_refused: false,
            got: HashMap::new(),
            got_in: 0,
        }
    }

    /// One of two with the same name.
    pub(crate) fn rival(version: Version, random: &mut Random) -> Self {
        let rival = Self::new("rival".to_owned(), random);
        let config = ClientConfig { version, ..rival.config };
        let session = ClientSession::new(config.clone());
        Self { is_rival: true, version, config, session, alias_maximum: 0, ..rival }
    }
}

impl World {
    /// A client begins a connection, if it has none.
    pub(crate) fn connect(&mut self, at: usize, is_last: bool) {
        if self.clients[at].link.is_some() || !self.has_room() {
            return;
        }
        self.poll_client(at);
        let number = self.number();
        let is_clean = self.below(12) == 0 && !is_last;
        let keep_alive = self.pick(&[0, 0, 5, 30]);
        let expiry = self.pick(&[u32::MAX, 5, 20, 300]);
        let has_will = self.below(3) == 0 && !is_last;
        let (delay, lasts) = (self.pick(&[0, 3, 10, 50]), self.pick(&[0, 0, 30]));
        let (topic, qos) = (self.pick(&TOPICS), self.pick(&QOS).min(self.oracle.rules.max_qos));
        let retain = self.below(3) == 0;
        let client = &mut self.clients[at];
        let is_v5 = client.version == Version::V5;
        client.wants_clean |= is_clean || client.is_ephemeral;
        let mut list = Vec::new();
        let mut of_will = Vec::new();
        client.has_expiry = is_v5 && !client.is_ephemeral;
        if is_v5 {
            if client.has_expiry {
                list.push(Property::SessionExpiryInterval(if is_last { 300 } else { expiry }));
            }
            list.extend(client.receive_maximum.map(Property::ReceiveMaximum));
            list.extend(client.max_packet.map(Property::MaximumPacketSize));
            list.push(Property::TopicAliasMaximum(client.alias_maximum));
            if delay > 0 {
                of_will.push(Property::WillDelayInterval(delay));
            }
            if lasts > 0 {
                of_will.push(Property::MessageExpiryInterval(lasts));
            }
        }
        let payload = format!("w{number}");
        let will = Will {
            topic,
            payload: payload.as_bytes(),
            qos,
            retain,
            properties: Properties::new(&of_will),
        };
        let connect = Connect {
            version: client.version,
            client_id: &client.name,
            clean_start: client.wants_clean,
            keep_alive,
            properties: Properties::new(&list),
            will: has_will.then_some(will),
            ..Connect::default()
        };
        self.oracle.trace.note(|| format!("{} connects: {connect:?}", client.name));
        let now = mqtt_core::Instant::from_millis(self.now);
        client.session.connect(now, &connect).expect("there is no connection");
        let link = self.open(Some(at), true);
        self.clients[at].link = Some(link);
        self.poll_client(at);
    }

    /// Takes what a client reports, and what it has to be sent.
    pub(crate) fn poll_client(&mut self, at: usize) {
        let client = &mut self.clients[at];
        let mut is_closed = false;
        while let Some(event) = client.session.poll_event() {
            match event {
                Event::Connected { session, .. } => {
                    client.wants_clean = false;
                    if session != SessionStart::Resumed {
                        client.got.clear();
                        client.acks.clear();
                    }
                }
                Event::Message { publish, ack, .. } => {
                    client.acks.extend(ack);
                    let is_once = !client.is_rival && !client.has_refused;
                    if publish.qos == QoS::ExactlyOnce && is_once {
                        let link = client.link.expect("a message of a connection");
                        let (session, sent) =
                            self.oracle.copies(self.links[link].id, publish.payload);
                        // It may not have heard of the CONNACK that began the session, and take it for the last one.
                        if core::mem::replace(&mut client.got_in, session) != session {
                            client.got.clear();
                        }
                        let got = client.got.entry(publish.payload.to_vec()).or_default();
                        *got += 1;
                        assert!(*got <= sent, "{} has got {publish:?} twice", client.name);
                    }
                }
                Event::Closed(reason) => {
                    self.oracle.trace.note(|| format!("{} is closed: {reason:?}", client.name));
                    is_closed = true;
                    let is_fair = match reason {
                        CloseReason::Eof | CloseReason::Local | CloseReason::Timeout(_) => true,
                        CloseReason::Disconnect(_) => client.version == Version::V5,
                        CloseReason::Refused(_) => self.oracle.rules.refuses,
                        // The session that it finds is another one's.
                        CloseReason::Violation(_) => client.is_rival,
                        _ => false,
                    };
                    assert!(is_fair, "{}: {reason:?}", client.name);
                    client.wants_clean |= matches!(reason, CloseReason::Violation(_));
                }
                Event::Published { reason, .. } => {
                    let rules = &self.oracle.rules;
                    let is_fair = match reason {
                        ReasonCode::NOT_AUTHORIZED => rules.verdicts.is_some(),
                        ReasonCode::QUOTA_EXCEEDED => !rules.retains_all(),
                        reason => reason.is_success(),
                    };
                    assert!(is_fair, "{reason:?}");
                }
                Event::Subscribed { .. }
                | Event::Unsubscribed { .. }
                | Event::Dropped { .. }
                | Event::Writable => {}
                other => panic!("{other:?}"),
            }
        }
        let mut out = client.session.transmit();
        let len = out.remaining();
        let bytes = out.copy_to_bytes(len);
        if let Some(link) = client.link.map(|link| &mut self.links[link]) {
            if link.client == Some(at) {
                link.up.extend_from_slice(&bytes);
            }
            if is_closed {
                link.ends |= link.client == Some(at);
                (link.client, client.link) = (None, None);
            }
        }
    }

    /// A client publishes, with a connection or without.
    pub(crate) fn publish(&mut self, at: usize) {
        let (number, now) = (self.number(), self.now());
        let (topic, mut qos) = (self.pick(&TOPICS), self.pick(&QOS));
        if self.clients[at].version == Version::V5 {
            // Older ones are not told what the broker takes; it takes all of them.
            qos = qos.min(self.oracle.rules.max_qos);
        }
        let retain = self.below(3) == 0;
        let len = match self.below(30) {
            0 => 2_500,
            _ => self.below(50) as usize,
        };
        let mut payload = format!("m{number} {}", ".".repeat(len)).into_bytes();
        if retain && self.below(5) == 0 {
            payload.clear();
        }
        let text = format!("text/{number}");
        let mut list = Vec::new();
        let (expiry, extra) = (self.pick(&[0, 0, 0, 2, 10, 60]), self.below(4));
        let client = &mut self.clients[at];
        if client.version == Version::V5 {
            if expiry > 0 {
                list.push(Property::MessageExpiryInterval(expiry));
            }
            if extra == 0 {
                list.push(Property::ContentType(&text));
                list.push(Property::UserProperty("number", &text));
                list.push(Property::CorrelationData(text.as_bytes()));
            }
        }
        let properties = Properties::new(&list);
        let payload = &*payload;
        let publish = Publish { topic, qos, retain, payload, properties, ..Publish::default() };
        self.oracle.trace.note(|| format!("{} publishes {publish:?}", client.name));
        match client.session.publish(now, &publish, number, WhenFull::Queue) {
            Ok(_) | Err(UsageError::WouldBlock(_)) => {}
            Err(error) => panic!("{error}"),
        }
        self.poll_client(at);
    }

    fn filter(&mut self, at: usize) -> &'static str {
        let is_shared = self.clients[at].version == Version::V5 && self.below(4) == 0;
        if is_shared { self.pick(&SHARED) } else { self.pick(&FILTERS) }
    }

    /// A client subscribes to a few filters.
    pub(crate) fn subscribe(&mut self, at: usize) {
        let now = self.now();
        let mut filters = Vec::new();
        for _ in 0..=self.below(3) {
            let filter = self.filter(at);
            let mut options = SubscriptionOptions { qos: self.pick(&QOS), ..Default::default() };
            if self.clients[at].version == Version::V5 {
                options.no_local = self.below(5) == 0 && !filter.starts_with('$');
                options.retain_as_published = self.below(3) == 0;
                options.retain_handling = self.pick(&[
                    RetainHandling::SendAlways,
                    RetainHandling::SendIfNew,
                    RetainHandling::DoNotSend,
                ]);
            }
            filters.push(Subscription { filter, options });
        }
        let id = self.below(8);
        let has_id = id > 0 && self.clients[at].version == Version::V5;
        let list = [Property::SubscriptionIdentifier(id)];
        let properties = Properties::new(if has_id { &list } else { &[] });
        let filters = Subscriptions::new(&filters);
        let subscribe = Subscribe { properties, filters, ..Subscribe::new(PacketId::MIN) };
        let client = &mut self.clients[at];
        self.oracle.trace.note(|| format!("{} subscribes {subscribe:?}", client.name));
        // Without a connection it cannot.
        let _ = client.session.subscribe(now, &subscribe, 0);
        self.poll_client(at);
    }

    /// A client unsubscribes.
    pub(crate) fn unsubscribe(&mut self, at: usize) {
        let now = self.now();
        let filters = [self.filter(at), self.filter(at)];
        let filters = TopicFilters::new(&filters);
        let unsubscribe = Unsubscribe { filters, ..Unsubscribe::new(PacketId::MIN) };
        let client = &mut self.clients[at];
        self.oracle.trace.note(|| format!("{} unsubscribes {filters:?}", client.name));
        let _ = client.session.unsubscribe(now, &unsubscribe, 0);
        self.poll_client(at);
    }

    /// A client says goodbye.
    pub(crate) fn disconnect(&mut self, at: usize) {
        let now = self.now();
        let (expiry, keeps_will) = (self.pick(&[0, 5, 400]), self.below(4) == 0);
        let changes = self.below(4) == 0;
        let client = &mut self.clients[at];
        let list = [Property::SessionExpiryInterval(expiry)];
        let has_list = client.has_expiry && changes;
        let reason = match keeps_will && client.version == Version::V5 {
            true => ReasonCode::DISCONNECT_WITH_WILL_MESSAGE,
            false => ReasonCode::NORMAL_DISCONNECTION,
        };
        let properties = Properties::new(if has_list { &list } else { &[] });
        let disconnect = Disconnect { reason, properties };
        self.oracle.trace.note(|| format!("{} says goodbye {disconnect:?}", client.name));
        let _ = client.session.disconnect(now, &disconnect);
        self.poll_client(at);
    }

    /// A client acknowledges one of its messages, or refuses it.
    pub(crate) fn acknowledge(&mut self, at: usize, refuses: bool) {
        let now = self.now();
        let client = &mut self.clients[at];
        if client.acks.is_empty() {
            return;
        }
        let token = client.acks.remove(0);
        client.has_refused |= refuses;
        let reason = match refuses && client.version == Version::V5 {
            true => ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR,
            false => ReasonCode::SUCCESS,
        };
        // It may be of a connection before.
        let _ = client.session.ack(now, token, reason);
        self.poll_client(at);
    }

    /// A client crashes and starts again, with what it had stored or without.
    pub(crate) fn crash(&mut self, at: usize, keeps: bool, learns: bool) {
        if let Some(link) = self.clients[at].link {
            self.cut(link, learns);
        }
        self.poll_client(at);
        let client = &mut self.clients[at];
        self.oracle.trace.note(|| format!("{} crashes, keeps: {keeps}", client.name));
        let next = ClientSession::new(client.config.clone());
        let last = core::mem::replace(&mut client.session, next);
        if keeps {
            client.session = ClientSession::resume(client.config.clone(), last.into_state());
        } else {
            client.acks.clear();
            client.wants_clean = true;
        }
    }

    /// True if a client has a connection, and nothing is open.
    pub(crate) fn is_done(&self, at: usize) -> bool {
        let client = &self.clients[at];
        let stats = client.session.stats().expect("they are counted");
        client.session.is_connected()
            && client.acks.is_empty()
            && (stats.in_flight, stats.queued) == (0, 0)
    }
}
