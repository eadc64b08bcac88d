//! What copies of a message are for, each of which gets but one.
//!
//! Often a copy looks as if it could be for several: for a shared subscription or for a SUBSCRIBE that asks for what
//! is retained, say, if both have the same Subscription Identifier: the copy does not say which. So nothing is
//! decided when it comes: a copy that comes later may show that it was for another one.

use super::publish::{Got, Grade};
use super::{Oracle, Subscribed};
use crate::naive;
use mqtt_core::QoS;

/// What gets one copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// A session gets each message once for its subscriptions that are not shared.
    Match { session: usize, message: usize },
    /// A shared subscription, whoever are its members, gets each message once.
    Share { message: usize, text: String },
    /// A subscription gets what is retained with each topic once.
    Request { session: usize, subscription: usize },
}

/// A copy of a message that a client was sent.
#[derive(Clone, Debug)]
pub(crate) struct Copy {
    /// What it may be for, and the place of the one that it is for, as far as is known.
    pub(super) claims: Vec<Claim>,
    at: usize,
}

impl Copy {
    pub(super) fn claim(&self) -> &Claim {
        &self.claims[self.at]
    }
}

impl Oracle {
    /// What a message may be sent for: the likeliest first. Empty if nothing is of this grade, or if all have got it.
    pub(super) fn claims(
        &self,
        session: usize,
        message: usize,
        got: &Got,
        grade: Grade,
    ) -> Vec<Claim> {
        let it = &self.sessions[session];
        let fitting = |message: usize, grade: Grade| {
            let fits = move |it: &&Subscribed| self.fits_share(it, message, got, grade);
            it.subscriptions.iter().filter(fits)
        };
        let shares = |message: usize, grade: Grade| {
            let claim = move |it: &Subscribed| Claim::Share { message, text: it.text.clone() };
            fitting(message, grade).map(claim)
        };
        let is_match = |grade: Grade| self.fits_match(session, message, got, grade);
        let direct = Claim::Match { session, message };
        let copies = self.claimed.get(&got.topic).map_or(&[][..], |all| all);
        // Another message that looks alike comes before a copy that came is for something else.
        let is_free = copies.iter().all(|it| *it.claim() != direct);
        let mut claims = Vec::new();
        if is_free && is_match(grade) {
            claims.push(direct);
        }
        if grade != Grade::Prompt {
            claims.extend(shares(message, Grade::Certain));
        }
        if grade != Grade::Possible && claims.is_empty() {
            return claims;
        }
        // A publisher may have sent it twice, and then it may be either of those that look alike.
        let alike = self.alike(&got.topic, &got.payload);
        let alike = alike.filter(|at| *at != message && self.is_as_published(session, *at, got));
        let alike: Vec<_> = core::iter::once(message).chain(alike).collect();
        for message in alike.iter().copied() {
            let requests = self.fitting_requests(session, message, got).into_iter();
            claims.extend(requests.map(|subscription| Claim::Request { session, subscription }));
        }
        let may_match = |at: &usize| self.fits_match(session, *at, got, Grade::Possible);
        let directs: Vec<_> = alike.iter().copied().filter(may_match).collect();
        let directs = directs.into_iter().map(|message| Claim::Match { session, message });
        let others = alike.into_iter().flat_map(|message| shares(message, Grade::Possible));
        for claim in others.chain(directs) {
            if !claims.contains(&claim) {
                claims.push(claim);
            }
        }
        // Each shared subscription gets it once, but for members that have gone: what one has not acknowledged may
        // be sent to another if its QoS is 1 (v5 section 4.8.2). With QoS 2 it stays with the first (MQTT-4.8.2-4).
        let is_once = place(copies, &claims, 0, &mut Vec::new()).is_some();
        let may_move = |it: &Subscribed| {
            let torn = self.torn.get(&it.text);
            let is_torn = torn.is_some_and(|at| *at >= self.messages[message].span.lo);
            is_torn || got.qos < QoS::ExactlyOnce && self.may_move(it, message)
        };
        let is_moved = grade == Grade::Possible && fitting(message, Grade::Possible).any(may_move);
        if is_once || is_moved { claims } else { Vec::new() }
    }

    /// Notes a copy that may be for these.
    pub(super) fn claim(&mut self, topic: &str, claims: Vec<Claim>) {
        let copies = self.claimed.entry(topic.to_owned()).or_default();
        let new = copies.len();
        let moves = place(copies, &claims, new, &mut Vec::new());
        let is_again = moves.is_none();
        // What has moved is for a shared subscription that had it.
        let is_share = |it: &Claim| matches!(it, Claim::Share { .. });
        let at = claims.iter().position(is_share).unwrap_or(0);
        copies.push(Copy { claims, at });
        for (copy, at) in moves.into_iter().flatten() {
            copies[copy].at = at;
        }
        self.seen.insert(match copies[new].claim() {
            Claim::Match { .. } => "message",
            Claim::Share { .. } if is_again => "shared again",
            Claim::Share { .. } => "shared",
            Claim::Request { .. } => "retained",
        });
    }

    /// True if another member of a shared subscription may have had a message before.
    fn may_move(&self, it: &Subscribed, message: usize) -> bool {
        let from = &self.messages[message];
        self.losses.get(&it.text).is_some_and(|at| *at >= from.span.lo)
    }

    /// True if a message may be sent for a shared subscription.
    fn fits_share(&self, it: &Subscribed, message: usize, got: &Got, grade: Grade) -> bool {
        let from = &self.messages[message];
        let may_move = grade == Grade::Possible && self.may_move(it, message);
        let retain = from.retain && it.retain_as_published;
        let qos = it.qos.min(from.qos);
        let is_there = match (grade, may_move) {
            (Grade::Possible, true) => it.ends.hi >= from.span.lo,
            (Grade::Possible, false) => it.may_match(from),
            _ => it.is_in_force(from),
        };
        it.is_shared
            && is_there
            && naive::matches(&it.filter, &from.topic)
            && got.ids == it.id.into_iter().collect::<Vec<_>>()
            && (got.qos == qos || may_move && got.qos < qos)
            && (got.retain == retain || may_move && !got.retain)
    }

    /// The subscriptions of a session for which a message may be sent because it is retained: first those for which
    /// it must.
    fn fitting_requests(&self, session: usize, message: usize, got: &Got) -> Vec<usize> {
        let it = &self.sessions[session];
        let fits = |request: &usize| {
            let subscription = &it.subscriptions[it.requests[*request].subscription];
            got.retain
                && got.ids == subscription.id.into_iter().collect::<Vec<_>>()
                && got.qos == subscription.qos.min(self.messages[message].qos)
                && self.may_be_retained_for(session, *request, message)
        };
        let (sure, other): (Vec<_>, Vec<_>) =
            (0..it.requests.len()).filter(fits).partition(|request| {
                it.requests[*request].is_certain
                    && self.must_be_retained_for(session, *request).contains(&message)
            });
        let all = sure.into_iter().rev().chain(other);
        all.map(|request| it.requests[request].subscription).collect()
    }
}

/// Finds what a new copy is for, of what it may be for, that no other copy is for: others may be for something else
/// that they may be for. Gives the copies that change, and the places of what they are for then.
fn place(
    copies: &[Copy],
    claims: &[Claim],
    new: usize,
    seen: &mut Vec<Claim>,
) -> Option<Vec<(usize, usize)>> {
    for (at, claim) in claims.iter().enumerate() {
        if seen.contains(claim) {
            continue;
        }
        seen.push(claim.clone());
        let Some(holder) = copies.iter().position(|it| it.claim() == claim) else {
            return Some(vec![(new, at)]);
        };
        if let Some(mut moves) = place(copies, &copies[holder].claims, holder, seen) {
            moves.push((new, at));
            return Some(moves);
        }
    }
    None
}
