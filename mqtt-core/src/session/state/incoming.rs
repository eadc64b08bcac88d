//! Messages of the peer that are not yet acknowledged.

use super::super::core::spread;
use super::super::seldom::Seldom;
use super::id_set::IdSet;
use crate::{PacketId, QoS, ReasonCode};
use alloc::collections::{BTreeMap, VecDeque};

/// The right to acknowledge one message, once.
///
/// # Examples
/// See [`ClientSession::ack`](crate::ClientSession::ack).
#[derive(Debug, PartialEq, Eq, Hash)]
#[must_use = "the peer waits for the acknowledgement"]
pub struct AckToken {
    /// Counts the messages of all connections of the session, from a number that other sessions hardly have.
    number: u64,
    id: PacketId,
}

/// Messages of the peer that are not yet acknowledged, and QoS 2 messages that are not yet released.
#[derive(Debug, Default)]
pub(in crate::session) struct Incoming {
    /// In the order of arrival, from the oldest that is not acknowledged on.
    waiting: Seldom<VecDeque<Waiting>>,
    /// The number of the next one: they count up, also of those that come again.
    next: u64,
    /// QoS 1 and 2 messages of this connection that this side has not yet done with.
    open: u32,
    /// Those of QoS 1 among `waiting` (5.0).
    qos_1: Seldom<IdSet>,
    /// From the first message of QoS 2 on.
    qos_2: Seldom<Qos2>,
}

/// What is known of messages of QoS 2.
#[derive(Debug, Default)]
struct Qos2 {
    /// Those of connections before that the caller has and had not acknowledged, by identifier: they come
    /// again, and are not handed out again.
    held: BTreeMap<PacketId, Held>,
    /// Those that the caller has not acknowledged, of all connections.
    pending: IdSet,
    /// Those that were acknowledged and not yet released, and came on this connection.
    accepted: IdSet,
    /// The same of connections before.
    old: IdSet,
}

#[derive(Debug)]
struct Waiting {
    id: PacketId,
    qos: QoS,
    /// Said by the caller; waits for those before it.
    reason: Option<ReasonCode>,
}

/// A message of a connection before.
#[derive(Debug)]
struct Held {
    /// The number of its token.
    token: u64,
    place: Place,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    /// It has not come again. What the caller has said waits for that.
    Away(Option<ReasonCode>),
    /// It waits on this connection, under this number.
    Back(u64),
}

/// An acknowledgement that is to be sent.
pub(in crate::session) struct DueAck {
    pub(in crate::session) id: PacketId,
    pub(in crate::session) qos: QoS,
    pub(in crate::session) reason: ReasonCode,
}

/// What a message of QoS 1 or 2 is.
pub(in crate::session) enum Arrival {
    New(AckToken),
    /// A QoS 2 message that has come before, and was acknowledged or not.
    Again {
        is_acked: bool,
    },
    /// Beyond the Receive Maximum.
    TooMany,
    /// A QoS 1 message that came on this connection before, and is not acknowledged (5.0).
    Repeated,
}

impl Incoming {
    /// Begins to count, if it has not begun: far from where sessions with another seed count, so that tokens
    /// of one session are unknown in others.
    pub(in crate::session) fn begin(&mut self, seed: u64) {
        if self.next == 0 {
            self.next = spread(seed).max(1);
        }
    }

    /// Goes on with messages that another session had, which counts from here on if that one has not begun.
    /// Without codes, if there are none on the wire; all are acknowledged, if the session does that.
    pub(super) fn go_on(&mut self, before: &Self, has_codes: bool, acks: bool) {
        if self.next == 0 {
            self.next = before.next;
        }
        for held in self.qos_2.get_mut().into_iter().flat_map(|qos_2| qos_2.held.values_mut()) {
            if let Place::Away(reason) = &mut held.place {
                if acks || reason.is_some() && !has_codes {
                    *reason = Some(ReasonCode::SUCCESS);
                }
            }
        }
    }

    /// Notes a message.
    pub(in crate::session) fn arrive(
        &mut self,
        id: PacketId,
        qos: QoS,
        receive_maximum: u16,
        is_v5: bool,
    ) -> Arrival {
        let has_room = self.open < u32::from(receive_maximum);
        if qos == QoS::ExactlyOnce {
            let qos_2 = self.qos_2.make();
            if qos_2.accepted.contains(id) {
                return Arrival::Again { is_acked: true };
            }
            let is_pending = qos_2.pending.contains(id);
            let held = if is_pending { qos_2.held.get_mut(&id) } else { None };
            let away = held.and_then(|held| match held.place {
                Place::Away(reason) => Some((held, reason)),
                Place::Back(_) => None,
            });
            if is_pending && away.is_none() {
                return Arrival::Again { is_acked: false };
            }
            if !has_room {
                return Arrival::TooMany;
            }
            if qos_2.old.remove(id) {
                qos_2.accepted.insert(id);
                self.open += 1;
                return Arrival::Again { is_acked: true };
            }
            if let Some((held, reason)) = away {
                held.place = Place::Back(self.next);
                self.push(Waiting { id, qos, reason });
                return Arrival::Again { is_acked: false };
            }
            qos_2.pending.insert(id);
        } else if is_v5 && self.qos_1.get().is_some_and(|qos_1| qos_1.contains(id)) {
            return Arrival::Repeated;
        } else if !has_room {
            return Arrival::TooMany;
        } else if is_v5 {
            self.qos_1.make().insert(id);
        }
        let number = self.next;
        self.push(Waiting { id, qos, reason: None });
        Arrival::New(AckToken { number, id })
    }

    fn push(&mut self, waiting: Waiting) {
        self.open += 1;
        self.next = self.next.wrapping_add(1);
        self.waiting.make().push_back(waiting);
    }

    /// True if no message of this connection waits for the caller.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.get().is_none_or(VecDeque::is_empty)
    }

    /// True if a message of QoS 1 is within the Receive Maximum, and none is before it to be acknowledged.
    #[inline]
    pub(in crate::session) fn takes_at_once(&self, receive_maximum: u16) -> bool {
        self.is_idle() && self.open < u32::from(receive_maximum)
    }

    /// What is said of the message of a token, and its QoS; `None` if it is acknowledged or gone.
    fn said(&mut self, token: &AckToken) -> Option<(&mut Option<ReasonCode>, QoS)> {
        let held = self.qos_2.get_mut().and_then(|qos_2| qos_2.held.get_mut(&token.id));
        let held = held.filter(|held| held.token == token.number);
        let number = match held.map(|held| &mut held.place) {
            Some(Place::Away(reason)) => return Some((reason, QoS::ExactlyOnce)),
            Some(Place::Back(number)) => *number,
            None => token.number,
        };
        let waiting = self.waiting.get_mut()?;
        let first = self.next.wrapping_sub(waiting.len() as u64);
        let at = usize::try_from(number.wrapping_sub(first)).ok()?;
        let Waiting { id, qos, reason } = waiting.get_mut(at)?;
        (*id == token.id).then_some((reason, *qos))
    }

    /// Notes the caller's acknowledgement. False if its message is gone.
    pub(in crate::session) fn ack(&mut self, token: &AckToken, reason: ReasonCode) -> bool {
        let place = self.said(token).map(|(place, _)| place).filter(|place| place.is_none());
        place.map(|place| *place = Some(reason)).is_some()
    }

    /// The QoS of the message that a token is for.
    pub(in crate::session) fn qos(&mut self, token: &AckToken) -> Option<QoS> {
        self.said(token).filter(|(reason, _)| reason.is_none()).map(|(_, qos)| qos)
    }

    /// The next acknowledgement whose turn it is.
    pub(in crate::session) fn due(&mut self) -> Option<DueAck> {
        let waiting = self.waiting.get_mut()?;
        let reason = waiting.front()?.reason?;
        let Waiting { id, qos, .. } = waiting.pop_front()?;
        if qos == QoS::AtLeastOnce || !reason.is_success() {
            self.open = self.open.saturating_sub(1);
        }
        if let Some(qos_1) = self.qos_1.get_mut().filter(|_| qos == QoS::AtLeastOnce) {
            qos_1.remove(id);
        }
        if let Some(qos_2) = self.qos_2.get_mut().filter(|_| qos == QoS::ExactlyOnce) {
            qos_2.pending.remove(id);
            qos_2.held.remove(&id);
        }
        Some(DueAck { id, qos, reason })
    }

    /// Notes that PUBREC goes out: the message is not taken again before it is released.
    pub(super) fn accept(&mut self, id: PacketId) {
        if let Some(qos_2) = self.qos_2.get_mut() {
            qos_2.accepted.insert(id);
        }
    }

    /// True if a QoS 2 message has been acknowledged and is not released.
    pub(in crate::session) fn is_accepted(&self, id: PacketId) -> bool {
        let qos_2 = self.qos_2.get();
        qos_2.is_some_and(|qos_2| qos_2.accepted.contains(id) || qos_2.old.contains(id))
    }

    /// QoS 2 messages that have been acknowledged and are not released.
    pub(super) fn accepted(&self) -> impl Iterator<Item = PacketId> {
        let all = self.qos_2.get().into_iter();
        all.flat_map(|qos_2| qos_2.accepted.iter().chain(qos_2.old.iter()))
    }

    /// Takes up one of a connection before.
    pub(super) fn restore(&mut self, id: PacketId) {
        self.qos_2.make().old.insert(id);
    }

    /// Notes PUBREL.
    pub(super) fn release(&mut self, id: PacketId) {
        let Some(qos_2) = self.qos_2.get_mut() else { return };
        if qos_2.accepted.remove(id) || qos_2.old.remove(id) {
            // Also for one of a connection before, which was not counted: the peer may count so.
            self.open = self.open.saturating_sub(1);
        }
    }

    /// Ends the connection. What was received at QoS 2 is not handed out again when it comes again, and
    /// its tokens are good until then; those of QoS 1 are of no use any more.
    pub(in crate::session) fn disconnect(&mut self) {
        let waiting = self.waiting.take().unwrap_or_default();
        let first = self.next.wrapping_sub(waiting.len() as u64);
        if let Some(Qos2 { held, accepted, old, .. }) = self.qos_2.get_mut() {
            for (at, Waiting { id, qos, reason }) in waiting.into_iter().enumerate() {
                if qos == QoS::ExactlyOnce {
                    let token = first.wrapping_add(at as u64);
                    let held = held.entry(id).or_insert(Held { token, place: Place::Away(None) });
                    held.place = Place::Away(reason);
                }
            }
            accepted.iter().for_each(|id| old.insert(id));
            accepted.clear();
        }
        self.open = 0;
        if let Some(qos_1) = self.qos_1.get_mut() {
            qos_1.clear();
        }
    }

    /// Between two connections: forgets what the caller has not acknowledged. It is new when it comes again.
    pub(super) fn forget_unanswered(&mut self) {
        let Some(Qos2 { held, pending, .. }) = self.qos_2.get_mut() else { return };
        held.retain(|id, held| {
            let stays = !matches!(held.place, Place::Away(None));
            if !stays {
                pending.remove(*id);
            }
            stays
        });
    }

    /// Ends the session.
    pub(super) fn clear(&mut self) {
        self.disconnect();
        self.qos_2.take();
    }

    pub(in crate::session) fn shrink(&mut self) {
        self.waiting.keep_if(|waiting| !waiting.is_empty());
        self.qos_1.keep_if(|ids| !ids.is_empty());
        self.qos_2.keep_if(|qos_2| {
            let ids = [&qos_2.pending, &qos_2.accepted, &qos_2.old];
            !qos_2.held.is_empty() || !ids.iter().all(|ids| ids.is_empty())
        });
    }

    pub(in crate::session) fn heap_bytes(&self) -> usize {
        let waiting = |waiting: &VecDeque<_>| waiting.capacity() * size_of::<Waiting>();
        let qos_2 = |qos_2: &Qos2| {
            let ids = [&qos_2.pending, &qos_2.accepted, &qos_2.old].map(IdSet::heap_bytes);
            qos_2.held.len() * size_of::<(PacketId, Held)>() + ids.iter().sum::<usize>()
        };
        self.waiting.heap_bytes(waiting)
            + self.qos_1.heap_bytes(IdSet::heap_bytes)
            + self.qos_2.heap_bytes(qos_2)
    }
}
