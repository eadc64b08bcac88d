//! Messages on their way to clients: each is one that the client is to get.

use super::claims::Claim;
use super::given::forwarded;
use super::{Flight, Message, Oracle, Phase, Subscribed};
use crate::naive;
use mqtt_core::{PacketId, Publish, QoS, Version};

/// What a client is sent.
#[derive(Debug)]
pub(super) struct Got {
    pub(super) topic: String,
    pub(super) payload: Vec<u8>,
    pub(super) qos: QoS,
    pub(super) retain: bool,
    /// It may have been sent before, to a connection that did not take it.
    pub(super) dup: bool,
    pub(super) ids: Vec<u32>,
    pub(super) expiry: Option<u32>,
    pub(super) properties: Vec<String>,
    /// In milliseconds: since when it may have been written.
    pub(super) since: u64,
}

/// Why a client gets a message.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    /// It is for one of these.
    Claims(Vec<Claim>),
    /// It may have come, and may be one of those that look like it.
    Doubt,
}

/// How certain the reason is to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Grade {
    /// It is due now.
    Prompt,
    Certain,
    Possible,
}

impl Oracle {
    /// The subscriptions of a session that match a message for certain, and those that may.
    pub(super) fn matching(&self, session: usize, message: usize) -> [Vec<&Subscribed>; 2] {
        let (it, message) = (&self.sessions[session], &self.messages[message]);
        let matches = |subscription: &&Subscribed| {
            !subscription.is_shared
                && subscription.may_match(message)
                && !(subscription.no_local && message.publisher == it.client)
        };
        let maybe: Vec<_> = it.subscriptions.iter().filter(matches).collect();
        let sure = maybe.iter().copied().filter(|it| it.is_in_force(message)).collect();
        [sure, maybe]
    }

    /// The broker sends a message to an honest client.
    pub(super) fn sent(&mut self, conn: usize, publish: &Publish<'_>) {
        let hello = self.conns[conn].connect.clone().expect("CONNECT was sent");
        let who = &hello.client;
        let alias = publish.properties.topic_alias().unwrap_or(0);
        assert!(alias <= hello.alias_maximum, "{who}: {publish:?}");
        let topic = self.conns[conn].topic_of(1, publish);
        let got = Got {
            topic: topic.expect("an alias that was set"),
            payload: publish.payload.to_vec(),
            qos: publish.qos,
            retain: publish.retain,
            dup: publish.dup,
            ids: {
                let mut ids: Vec<_> = publish.properties.subscription_identifiers().collect();
                ids.sort_unstable();
                ids
            },
            expiry: publish.properties.message_expiry_interval(),
            properties: forwarded(&publish.properties),
            since: self.conns[conn].clear,
        };
        let session = self.conns[conn].session.expect("a session");
        if self.sessions[session].conn != Some(conn) {
            // It was written before the connection ended.
            let it = &mut self.sessions[session];
            it.was_slow = true;
            it.requests.iter_mut().for_each(|request| request.is_certain = false);
            *it.copies.entry(got.payload).or_default() += 1;
            return;
        }
        let id = publish.packet_id.map_or(0, PacketId::get);
        if self.is_sent_again(session, conn, id, &got) {
            return;
        }
        let it = &self.sessions[session];
        assert!(!publish.dup || it.was_slow, "{who}: DUP at first: {publish:?}");
        // One that this connection does not take is given up (MQTT-3.1.2-25).
        let waits = |it: &Flight| {
            let has_room = self.has_room(session, &self.messages[it.message]);
            it.phase == Phase::Sent && it.conn != conn && has_room
        };
        let is_behind = got.qos == QoS::AtMostOnce || !it.flights.iter().any(waits);
        assert!(is_behind, "{who}: before what is to be sent again: {publish:?}");
        let Some((message, why)) = self.explain(session, &got) else {
            let candidates: Vec<_> = self.candidates(&got).map(|at| &self.messages[at]).collect();
            panic!(
                "{who} gets {got:?}, which nothing explains: of {candidates:#?}, {:#?}, {:?}",
                it.subscriptions, it.done
            );
        };
        self.note_sent(session, conn, id, &got, message, why);
        let open = self.sessions[session].flights.iter();
        let open = open.filter(|it| it.conn == conn && it.phase != Phase::MaybeDone).count();
        assert!(open <= usize::from(hello.receive_maximum), "{who}: {open} messages are open");
    }

    /// Notes a message that is sent for the first time.
    fn note_sent(
        &mut self,
        session: usize,
        conn: usize,
        id: u16,
        got: &Got,
        message: usize,
        why: Why,
    ) {
        // What waited for it, whichever it is of those that look alike: what others have left may come later.
        let since = self.sessions[session].since;
        let is_old = self.candidates(got).all(|at| self.messages[at].span.hi < since);
        let it = &mut self.sessions[session];
        let from = &self.messages[message];
        let has_waited = is_old && !got.retain && !it.was_slow;
        if has_waited && !it.subscriptions.iter().any(|it| it.is_shared) {
            it.backlog += 1;
            assert!(it.backlog <= self.rules.max_queue, "{}: {} waited", it.client, it.backlog);
        }
        if got.qos > QoS::AtMostOnce {
            let is_shared = match &why {
                Why::Claims(claims) => claims.iter().any(|it| matches!(it, Claim::Share { .. })),
                _ => false,
            };
            let (qos, phase) = (got.qos, Phase::Sent);
            let is_read = false;
            it.flights.push(Flight { id, message, qos, phase, is_read, conn, is_shared });
        }
        if got.qos == QoS::ExactlyOnce {
            *it.copies.entry(got.payload.clone()).or_default() += 1;
        }
        match why {
            Why::Claims(claims) => {
                let direct = Claim::Match { session, message };
                if claims.contains(&direct) {
                    it.done.insert(message);
                }
                // One that may be for something else may come in another order.
                if claims == [direct] {
                    let key = (from.publisher.clone(), got.topic.clone(), from.qos, got.qos);
                    it.last.insert(key, message);
                }
                self.claim(&got.topic, claims);
            }
            Why::Doubt => {
                let alike: Vec<_> = self.alike(&got.topic, &got.payload).collect();
                self.sessions[session].excused.extend(alike);
            }
        }
    }

    /// True if it was sent before, on another connection.
    fn is_sent_again(&mut self, session: usize, conn: usize, id: u16, got: &Got) -> bool {
        let it = &mut self.sessions[session];
        let Some(at) = it.flights.iter().position(|flight| flight.id == id) else { return false };
        let flight = it.flights[at].clone();
        let from = &self.messages[flight.message];
        let is_same = from.payload == got.payload && from.topic == got.topic;
        let is_same = is_same && flight.qos == got.qos && flight.conn != conn && got.dup;
        if !is_same && flight.phase == Phase::MaybeDone {
            it.flights.remove(at);
            return false;
        }
        assert!(is_same, "{}: {got:?} has the identifier of {flight:?}", it.client);
        // A connection that is taken over, or dies with the broker, may leave a PUBREC unread.
        let is_done = flight.phase == Phase::Received && flight.is_read && !it.was_slow;
        assert!(!is_done, "{}: {got:?} again after its PUBREC", it.client);
        let skipped = it.flights[..at].iter().find(|it| it.phase == Phase::Sent && it.conn != conn);
        // Of those that were not seen the first time the order is not known; others may have gone to another
        // member of a shared subscription.
        let may_skip = it.was_slow || it.subscriptions.iter().any(|it| it.is_shared);
        assert!(may_skip || skipped.is_none(), "{}: {got:?} again before {skipped:?}", it.client);
        (it.flights[at].conn, it.flights[at].phase) = (conn, Phase::Sent);
        self.seen.insert("sent again");
        true
    }

    fn candidates(&self, got: &Got) -> impl Iterator<Item = usize> {
        self.alike(&got.topic, &got.payload)
    }

    /// The messages of a topic with a payload.
    pub(super) fn alike(&self, topic: &str, payload: &[u8]) -> impl Iterator<Item = usize> {
        let all = self.by_payload.get(payload).into_iter().flatten().copied();
        all.filter(move |at| self.messages[*at].topic == topic)
    }

    /// The message, and why the client gets it.
    fn explain(&self, session: usize, got: &Got) -> Option<(usize, Why)> {
        let grades = [Grade::Prompt, Grade::Certain, Grade::Possible];
        let found = grades.into_iter().find_map(|grade| {
            self.candidates(got).find_map(|message| {
                let why = self.reason(session, message, got, grade)?;
                Some((message, why))
            })
        });
        found.or_else(|| {
            let doubtful = self.candidates(got).find(|at| self.is_doubtful(session, *at))?;
            Some((doubtful, Why::Doubt))
        })
    }

    /// True if nobody can say whether a message came, and it may be for a session.
    fn is_doubtful(&self, session: usize, message: usize) -> bool {
        let from = &self.messages[message];
        let is_uncertain = !from.is_sure || from.span.hi == u64::MAX;
        let mut subscriptions = self.sessions[session].subscriptions.iter();
        is_uncertain && subscriptions.any(|it| it.may_match(from))
    }

    fn reason(&self, session: usize, message: usize, got: &Got, grade: Grade) -> Option<Why> {
        if !self.is_as_published(session, message, got) {
            return None;
        }
        let claims = self.claims(session, message, got, grade);
        (!claims.is_empty()).then_some(Why::Claims(claims))
    }

    /// True if properties and expiry are those of the message.
    pub(super) fn is_as_published(&self, session: usize, message: usize, got: &Got) -> bool {
        // It waits for whole seconds: as a retained message and in the queue, with each member of a shared
        // subscription.
        let subscriptions = &self.sessions[session].subscriptions;
        let is_shared = subscriptions.iter().any(|it| it.is_shared);
        let slack = if is_shared { 3 } else { u64::from(got.retain) };
        let message = &self.messages[message];
        let is_v5 = self.sessions[session].version == Version::V5;
        let [came, came_last] = message.came;
        let since = got.since.max(came_last);
        if let Some(expiry) = message.expiry.filter(|_| !got.dup) {
            if came_last != u64::MAX && since > came_last + (u64::from(expiry) + slack) * 1000 {
                return false;
            }
        }
        if !is_v5 {
            return got.properties.is_empty() && got.ids.is_empty();
        }
        let is_aged = match (message.expiry, got.expiry) {
            (None, None) => true,
            (Some(expiry), Some(left)) if got.dup => left <= expiry,
            (Some(expiry), Some(left)) => {
                let most = (self.now - came).div_ceil(1000);
                let least = if came_last == u64::MAX { 0 } else { (since - came_last) / 1000 };
                let least = least.saturating_sub(slack);
                let least = u32::try_from(least).unwrap_or(u32::MAX);
                let most = u32::try_from(most).unwrap_or(u32::MAX);
                (expiry.saturating_sub(most)..=expiry.saturating_sub(least)).contains(&left)
            }
            _ => false,
        };
        is_aged && got.properties == message.properties
    }

    /// True if a message may be sent for subscriptions that are not shared.
    pub(super) fn fits_match(
        &self,
        session: usize,
        message: usize,
        got: &Got,
        grade: Grade,
    ) -> bool {
        let it = &self.sessions[session];
        let from = &self.messages[message];
        let [sure, maybe] = self.matching(session, message);
        let is_graded = match grade {
            Grade::Prompt => self.prompt.contains(&(session, message)),
            Grade::Certain => !sure.is_empty(),
            Grade::Possible => !maybe.is_empty(),
        };
        if !is_graded {
            return false;
        }
        let key = (from.publisher.clone(), got.topic.clone(), from.qos, got.qos);
        // One that the publisher has sent twice may be either; its place is that of the last time, or an earlier one.
        let is_behind = |last: &usize| {
            let next = (*last > message).then(|| &self.messages[*last]);
            next.is_some_and(|next| {
                self.alike(&next.topic, &next.payload).count() == 1
                    && (!from.is_again || from.span.is_before(next.span))
            })
        };
        if it.last.get(&key).is_some_and(is_behind) {
            return false;
        }
        let grants = |of: &[&Subscribed]| of.iter().map(|it| it.qos).collect::<Vec<_>>();
        let least = grants(&sure).into_iter().max().or(grants(&maybe).into_iter().min());
        let most = grants(&maybe).into_iter().max();
        let qos = |grant: Option<QoS>| grant.unwrap_or_default().min(from.qos);
        let retain = match got.retain {
            true => from.retain && maybe.iter().any(|it| it.retain_as_published),
            false => !from.retain || maybe.iter().any(|it| !it.retain_as_published),
        };
        let has_ids = |of: &[&Subscribed], other: &mut dyn FnMut(u32) -> bool| {
            of.iter().filter_map(|it| it.id).all(other)
        };
        let mut left = got.ids.clone();
        let mut all = has_ids(&sure, &mut |id| match left.iter().position(|other| *other == id) {
            Some(at) => {
                left.remove(at);
                true
            }
            None => it.version != Version::V5,
        });
        all &= left.iter().all(|id| maybe.iter().any(|it| it.id == Some(*id)));
        all &= !got.ids.is_empty()
            || it.version != Version::V5
            || maybe.iter().any(|it| it.id.is_none());
        retain && all && (qos(least)..=qos(most)).contains(&got.qos)
    }
}

impl Subscribed {
    pub(super) fn may_match(&self, message: &Message) -> bool {
        self.begins.may_be_before(message.span)
            && message.span.may_be_before(self.ends)
            && naive::matches(&self.filter, &message.topic)
    }

    /// True if it was there for certain.
    pub(super) fn is_in_force(&self, message: &Message) -> bool {
        self.begins.is_before(message.span)
            && message.span.is_before(self.ends)
            && naive::matches(&self.filter, &message.topic)
    }
}
