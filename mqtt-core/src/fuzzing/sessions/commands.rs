//! What both sides of a world are told to do.

use super::flow::{TOPICS, topic};
use super::party::Party;
use super::side::{Side, tried};
use super::world::World;
use crate::fuzzing::Source;
use crate::{
    AckToken, ClientSession, Disconnect, Instant, PacketId, Properties, Property, Publish,
    PublishStatus, QoS, ReasonCode, Subscribe, Subscription, Subscriptions, TopicFilters,
    Unsubscribe, UsageError, Version, WhenFull,
};
use bytes::Bytes;
use std::{vec, vec::Vec};

impl World {
    /// Sends a message, of either side.
    pub fn publish(&mut self, from_client: bool, qos: QoS, extra: &mut dyn Source) {
        let now = self.now();
        let (flow, party) = match from_client {
            true => (&mut self.from_client, &self.setup.client),
            false => (&mut self.from_server, &self.setup.server),
        };
        let number = flow.next();
        let mut payload = (number as u32).to_be_bytes().to_vec();
        let (len, hands_over) = match extra.below(16) {
            15 => (2_100, true),
            14 => (extra.below(60) as usize, true),
            _ => (extra.below(60) as usize, false),
        };
        payload.resize(4 + len, b'.');
        let bytes = hands_over.then(|| Bytes::from(payload.clone()));
        let is_v5 = self.setup.version == Version::V5;
        let mut list = vec![];
        let mut expiry = None;
        let mut name = topic(number);
        if is_v5 {
            expiry = [None, None, None, Some(1), Some(30)][extra.below(5) as usize];
            list.extend(expiry.map(Property::MessageExpiryInterval));
            let alias = extra.below(4);
            if alias == 1 {
                // Each topic has its own number.
                list.push(Property::TopicAlias((number as usize % TOPICS) as u16 + 1));
                if party.session.max_auto_aliases == 0 && extra.below(2) == 1 {
                    name.clear();
                }
            }
        }
        let publish = Publish {
            topic: &name,
            qos,
            payload: if hands_over { &[] } else { &payload },
            properties: Properties::new(&list),
            ..Publish::default()
        };
        let bytes = bytes.as_ref();
        let full = [WhenFull::Queue, WhenFull::Reject, WhenFull::DropOldestQoS0];
        let full = full[extra.below(3) as usize];
        let result = match (from_client, self.broker.open()) {
            (true, _) => give(&mut self.client, now, &publish, bytes, number, full),
            (false, Some(server)) => give(server, now, &publish, bytes, number, full),
            _ => return,
        };
        match result {
            Ok(status) => {
                if let PublishStatus::Sent(id) = status {
                    assert_eq!(id.is_some(), qos != QoS::AtMostOnce);
                }
                let seq = match (from_client, self.broker.open()) {
                    (true, _) => self.client.persist_seq(),
                    (false, server) => server.map_or(0, |it| it.persist_seq()),
                };
                flow.taken(qos, self.now, expiry, seq);
            }
            Err(UsageError::WouldBlock(_)) => self.blocked[usize::from(!from_client)] = true,
            Err(UsageError::NotConnected) => assert_eq!(full, WhenFull::Reject),
            Err(UsageError::Quiescing) => assert!(self.quiesces),
            Err(UsageError::NotSupported(reason)) => {
                assert_eq!(reason, ReasonCode::TOPIC_ALIAS_INVALID);
            }
            Err(UsageError::PacketTooLarge { max }) => {
                assert!(payload.len() + name.len() + 30 > max as usize);
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Asks for one or two filters, or takes one back.
    pub fn request(&mut self, subscribes: bool) {
        let (now, token) = (self.now(), self.next_request);
        let filters = ["a/+", "b"].map(|text| Subscription::new(text, QoS::ExactlyOnce));
        let filters = Subscriptions::new(&filters[..codes_for(token).len()]);
        let names = TopicFilters::new(&["a/+"]);
        let id = PacketId::MIN;
        let result = tried(&mut self.client, true, |client| match subscribes {
            true => client.subscribe(now, &Subscribe { filters, ..Subscribe::new(id) }, token),
            false => {
                let unsubscribe = Unsubscribe { filters: names, ..Unsubscribe::new(id) };
                client.unsubscribe(now, &unsubscribe, token)
            }
        });
        match result {
            Ok(_) => {
                self.next_request += 1;
                self.requests.push(token);
            }
            Err(UsageError::NotConnected) => {}
            Err(UsageError::Quiescing) => assert!(self.quiesces),
            Err(UsageError::WouldBlock(_)) => self.blocked[0] = true,
            Err(error) => panic!("{error}"),
        }
    }

    /// The client says goodbye; as soon as all is done, if it waits.
    pub fn disconnect(&mut self, keeps_will: bool, waits: bool) {
        let now = self.now();
        let is_v5 = self.setup.version == Version::V5;
        let reason = match keeps_will && is_v5 {
            true => ReasonCode::DISCONNECT_WITH_WILL_MESSAGE,
            false => ReasonCode::NORMAL_DISCONNECTION,
        };
        if self.is_up {
            let disconnect = Disconnect { reason, ..Disconnect::default() };
            let result = tried(&mut self.client, true, |it| match waits {
                true => it.quiesce(now, &disconnect),
                false => it.disconnect(now, &disconnect),
            });
            self.quiesces |= waits;
            assert!(matches!(result, Ok(()) | Err(UsageError::NotConnected)), "{result:?}");
        }
    }

    /// The client ends, and another one begins with its state.
    pub(super) fn restart(&mut self) {
        while self.poll_client() {}
        if self.is_up {
            return;
        }
        let next = ClientSession::new(self.client_config());
        let last = core::mem::replace(&mut self.client, next);
        let config = self.client_config();
        self.client = ClientSession::resume(config, last.into_state());
        self.client.set_unix_time(self.now(), self.unix());
        self.blocked[0] = false;
    }

    /// The client acknowledges one of its messages, any of them.
    pub(super) fn client_acknowledges(&mut self, source: &mut dyn Source) {
        let now = self.now();
        let number = acknowledge(&mut self.client, &mut self.client_acks, now, source);
        number.into_iter().for_each(|number| self.from_server.acknowledged(number));
    }

    /// Lets time pass, and does what is due then.
    pub fn pass(&mut self, millis: u64) {
        self.now += millis;
        let now = self.now();
        due(&mut self.client, now);
        self.broker.due(now);
    }

    /// Memory has a bound.
    pub(super) fn judge_memory(&self) {
        let open = self.from_client.open + self.from_server.open + self.requests.len();
        judge_memory(&self.client, &self.setup.client, open);
        for connection in &self.broker.connections {
            if let Some(session) = &connection.session {
                judge_memory(session, &self.setup.server, open);
            }
        }
    }

    /// Gives back memory.
    pub(super) fn shrink(&mut self) {
        self.client.shrink_to_fit();
        if let Some(server) = self.broker.open() {
            server.shrink_to_fit();
        }
    }
}

/// Gives a message to a session; with a payload that is handed over, if there is one.
fn give<S: Side>(
    session: &mut S,
    now: Instant,
    publish: &Publish<'_>,
    payload: Option<&Bytes>,
    number: u64,
    full: WhenFull,
) -> Result<PublishStatus, UsageError> {
    tried(session, number % 2 == 0, |it| match payload {
        Some(payload) => it.send_bytes(now, publish, payload, number, full),
        None => it.send(now, publish, number, full),
    })
}

/// The codes that the server has for the filters of a request.
pub(super) fn codes_for(token: u64) -> &'static [ReasonCode] {
    let codes = &[ReasonCode::GRANTED_QOS_1, ReasonCode::GRANTED_QOS_2];
    &codes[..1 + token as usize % 2]
}

/// Acknowledges a message, any of them; gives its number. Those of QoS 1 may be of a connection before.
pub(super) fn acknowledge<S: Side>(
    session: &mut S,
    tokens: &mut Vec<(AckToken, u64)>,
    now: Instant,
    source: &mut dyn Source,
) -> Option<u64> {
    if tokens.is_empty() {
        return None;
    }
    let which = source.below(tokens.len() as u32) as usize;
    let (token, number) = tokens.swap_remove(which);
    let result = session.ack(now, token, ReasonCode::SUCCESS);
    if let Err(refused) = &result {
        assert_eq!(refused.error, UsageError::UnknownToken);
    }
    result.is_ok().then_some(number)
}

/// Does what is due, and no more.
pub(super) fn due<S: Side>(session: &mut S, now: Instant) {
    for _ in 0..4 {
        session.handle_timeout(now);
        if session.poll_timeout().is_none_or(|at| at > now) {
            return;
        }
    }
    panic!("{:?} is due and is not done", session.next_timer());
}

fn judge_memory<S: Side>(session: &S, party: &Party, open: usize) {
    // Those of QoS 0 that wait are not among the open ones.
    let max = party.session.queue.max_count;
    let kept = open + session.stats().map_or(max, |stats| stats.queued as usize);
    let output = 4 * party.session.max_output.min(64 * 1024);
    let bound = 64 * 1024 * if party.stores() { 2 } else { 1 } + output + 3_000 * kept;
    let bytes = session.heap_bytes();
    assert!(bytes < bound, "{bytes} bytes, {kept} messages");
}
