//! What is retained.

use super::claims::Claim;
use super::{Oracle, Span};
use crate::naive;
use mqtt_core::QoS;

impl Oracle {
    /// The messages that may have been retained with a topic at some moment since `from`; also those that
    /// delete.
    fn retained_since(&self, topic: &str, from: Span) -> Vec<usize> {
        let Some(list) = self.retained.get(topic) else { return Vec::new() };
        let is_full = !self.rules.retains_all();
        let is_replaced = |at: usize| {
            // Any of them may have found no room.
            !is_full
                && list.iter().any(|other| {
                    let (old, new) = (&self.messages[at], &self.messages[*other]);
                    new.is_sure && old.span.is_before(new.span) && new.span.is_before(from)
                })
        };
        list.iter().copied().filter(|at| !is_replaced(*at)).collect()
    }

    /// True if a message may be sent for a request.
    pub(super) fn may_be_retained_for(
        &self,
        session: usize,
        request: usize,
        message: usize,
    ) -> bool {
        let it = &self.sessions[session];
        let request = &it.requests[request];
        let from = &self.messages[message];
        let subscription = &it.subscriptions[request.subscription];
        let is_own = subscription.no_local && from.publisher == it.client;
        from.retain
            && !is_own
            && !from.payload.is_empty()
            && naive::matches(&subscription.filter, &from.topic)
            && self.retained_since(&from.topic, subscription.begins).contains(&message)
    }

    /// The messages that a request must give, whenever the broker looks.
    pub(super) fn must_be_retained_for(&self, session: usize, request: usize) -> Vec<usize> {
        let it = &self.sessions[session];
        let subscription = &it.subscriptions[it.requests[request].subscription];
        let each = |topic: &String| {
            let values = self.retained_since(topic, subscription.begins);
            let [message] = values[..] else { return None };
            let from = &self.messages[message];
            let is_due = from.is_sure
                && self.rules.retains_all()
                && from.span.is_before(subscription.begins)
                && !from.payload.is_empty()
                && !from.is_over(self.now)
                && !(subscription.no_local && from.publisher == it.client)
                && naive::matches(&subscription.filter, topic);
            is_due.then_some(message)
        };
        self.retained.keys().filter_map(each).collect()
    }

    /// What a session has asked for is there.
    pub(super) fn judge_requests(&self, session: usize) {
        let it = &self.sessions[session];
        for (at, request) in it.requests.iter().enumerate() {
            let subscription = &it.subscriptions[request.subscription];
            if !request.is_certain || subscription.begins.hi == u64::MAX {
                continue;
            }
            for message in self.must_be_retained_for(session, at) {
                let from = &self.messages[message];
                let is_owed = subscription.qos.min(from.qos) > QoS::AtMostOnce
                    && self.has_room(session, from)
                    && self.may_wait(from);
                // Of several copies that look alike each may be the one.
                let claim = Claim::Request { session, subscription: request.subscription };
                let copies = self.claimed.get(&from.topic).into_iter().flatten();
                let has_come = copies.into_iter().any(|it| it.claims.contains(&claim));
                assert!(
                    !is_owed || has_come,
                    "{} has not got {from:?}, which is retained, for {subscription:?}",
                    it.client
                );
            }
        }
    }

    /// Topics with a message that is retained for certain, as things stand.
    pub(crate) fn surely_retained(&self) -> Vec<(&str, &[u8])> {
        let from = Span { lo: self.tick + 1, hi: self.tick + 1 };
        let each = |topic: &'_ String| {
            let [message] = self.retained_since(topic, from)[..] else { return None };
            let message = &self.messages[message];
            let is_there = self.rules.retains_all()
                && message.span.is_before(from)
                && message.is_sure
                && !message.payload.is_empty()
                && !message.is_over(self.now);
            is_there.then_some(message)
        };
        let found = self.retained.keys().filter_map(each);
        found.map(|message| (&*message.topic, &*message.payload)).collect()
    }

    /// True if a message may be retained, as things stand.
    pub(crate) fn may_be_retained(&self, topic: &str, payload: &[u8]) -> bool {
        let from = Span { lo: self.tick + 1, hi: self.tick + 1 };
        self.retained_since(topic, from).into_iter().any(|message| {
            let message = &self.messages[message];
            let is_over = message.expiry.is_some_and(|seconds| {
                message.came[1].saturating_add(u64::from(seconds) * 1000) <= self.now
            });
            message.payload == payload && !is_over
        })
    }
}
