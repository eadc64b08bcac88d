//! The messages of one side: what was sent, and what became of it.

use crate::{DropReason, PacketId, Publish, QoS, ReasonCode};
use std::collections::BTreeSet;
use std::format;
use std::string::String;
use std::vec::Vec;

/// The messages of one side: what was sent, and what became of it. A message has its number in its
/// payload; its topic follows from it.
#[derive(Debug, Default)]
pub(super) struct Flow {
    messages: Vec<Message>,
    /// The number behind the last message that has arrived for the first time, by QoS.
    last: [usize; 3],
    /// Messages of QoS 1 and 2 that are neither done nor gone.
    pub(super) open: usize,
    /// What the other side has made of them, in order.
    effects: Vec<Effect>,
    /// So many messages may be done without having arrived: changes were lost on which nothing waited.
    may_lack: usize,
}

/// What was made of a message.
#[derive(Debug)]
struct Effect {
    number: usize,
    id: Option<PacketId>,
    /// The change with which it is stored, once that is known; 0 if it is safe.
    seq: Option<u64>,
}

#[derive(Debug)]
struct Message {
    qos: QoS,
    arrivals: u32,
    /// As often may it arrive.
    allowed: u32,
    state: State,
    /// Its session was lost, and it was published again.
    is_again: bool,
    /// The change that has it.
    taken: u64,
    /// It was handed out, and that was forgotten.
    was_told: bool,
    /// It was sent, and that was forgotten.
    was_sent: bool,
    /// When it was handed over, in milliseconds, and its Message Expiry Interval in seconds.
    at: u64,
    expiry: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Open,
    Done,
    Dropped(DropReason),
    /// Its sender has lost the session.
    Lost,
}

pub(super) const TOPICS: usize = 5;

pub(super) fn topic(number: u64) -> String {
    format!("topic/{}", number as usize % TOPICS)
}

impl Flow {
    /// The number of the next message.
    pub(super) fn next(&self) -> u64 {
        self.messages.len() as u64
    }

    /// The session has taken the next message.
    pub(super) fn taken(&mut self, qos: QoS, at: u64, expiry: Option<u32>, taken: u64) {
        let allowed = if qos == QoS::AtLeastOnce { u32::MAX } else { 1 };
        self.messages.push(Message {
            qos,
            arrivals: 0,
            allowed,
            state: State::Open,
            is_again: false,
            taken,
            was_told: false,
            was_sent: false,
            at,
            expiry,
        });
        self.open += usize::from(qos != QoS::AtMostOnce);
    }

    /// A message has come; what is made of it is stored with a change, if that is known. Gives its number.
    pub(super) fn arrived(&mut self, publish: &Publish<'_>, now: u64, seq: Option<u64>) -> u64 {
        let head: [u8; 4] = publish.payload[..4].try_into().expect("four bytes");
        let number = u32::from_be_bytes(head) as usize;
        let message = self.messages.get_mut(number).expect("it was sent");
        assert_eq!((publish.topic, publish.qos), (&*topic(number as u64), message.qos), "{number}");
        // What its sender has forgotten may still be under way.
        let may_come = matches!(message.state, State::Open | State::Lost);
        assert!(may_come, "{number} comes behind its end: {message:?}");
        message.arrivals += 1;
        assert!(message.arrivals <= message.allowed, "{number}: {message:?}");
        let left = publish.properties.message_expiry_interval();
        assert_eq!(left.is_some(), message.expiry.is_some());
        if let Some((left, all)) = left.zip(message.expiry) {
            let passed = (now - message.at) / 1000;
            let least = u64::from(all).saturating_sub(passed);
            assert!((least..=all.into()).contains(&left.into()), "{number}: {left} of {all}");
        }
        if message.arrivals == 1 && !message.was_told && !message.was_sent {
            let last = &mut self.last[message.qos as usize];
            assert!(*last <= number, "{number} comes behind {last}");
            *last = number + 1;
        }
        let seq = if message.qos == QoS::AtMostOnce { Some(0) } else { seq };
        self.effects.push(Effect { number, id: publish.packet_id, seq });
        number as u64
    }

    /// The other side has acknowledged a message of QoS 1: what was made of it was safe before.
    pub(super) fn acknowledged(&mut self, number: u64) {
        let of_it = |it: &&mut Effect| it.number as u64 == number;
        let is_qos_1 = self.messages[number as usize].qos == QoS::AtLeastOnce;
        for effect in self.effects.iter_mut().filter(of_it).filter(|_| is_qos_1) {
            effect.seq = effect.seq.or(Some(0));
        }
    }

    /// The other side has acknowledged a message of QoS 2 with this change.
    pub(super) fn accepted(&mut self, id: PacketId, seq: u64) {
        let messages = &self.messages;
        let of_it =
            |it: &&mut Effect| it.id == Some(id) && messages[it.number].qos == QoS::ExactlyOnce;
        if let Some(effect) = self.effects.iter_mut().rev().find(of_it) {
            effect.seq = effect.seq.or(Some(seq));
        }
    }

    /// The other side has crashed with the changes up to a number stored, and has lost so many. With a gate
    /// nothing is missing.
    pub(super) fn receiver_crashed(&mut self, stored: u64, lost: usize, gates: bool) {
        let messages = &mut self.messages;
        self.effects.retain(|effect| {
            let is_safe = effect.seq.is_some_and(|seq| seq <= stored);
            let message = &mut messages[effect.number];
            if !is_safe {
                (message.arrivals, message.was_told) = (message.arrivals - 1, true);
                let is_missing = message.arrivals == 0 && message.state == State::Done;
                assert!(!is_missing || !gates, "{effect:?} was lost: {message:?}");
            }
            is_safe
        });
        if !gates {
            self.may_lack += lost;
        }
    }

    /// This side has crashed: so far its changes are stored, and these are the messages that are among them.
    pub(super) fn sender_crashed(
        &mut self,
        stored: u64,
        tokens: &BTreeSet<u64>,
        lost: usize,
        gates: bool,
    ) {
        self.open = 0;
        for (number, message) in self.messages.iter_mut().enumerate() {
            // One that was lost with its session is there again if that end was not stored.
            let is_stored = tokens.contains(&(number as u64));
            if message.state == State::Lost && !is_stored {
                continue;
            }
            let is_kept = message.qos > QoS::AtMostOnce;
            if is_stored {
                assert!(message.taken <= stored, "{number} is stored and was not: {message:?}");
                message.state = State::Open;
                self.open += 1;
                if !gates && lost > 0 {
                    message.allowed = message.allowed.saturating_add(1);
                    message.was_sent = true;
                }
            } else if is_kept && message.taken > stored {
                assert!(!gates || message.arrivals == 0, "{number} left too early: {message:?}");
                message.state = State::Lost;
            } else if message.state == State::Open {
                assert!(!is_kept, "{number} is not stored: {message:?}");
                message.state = State::Lost;
            }
        }
        if !gates {
            self.may_lack += lost;
        }
    }

    fn ends(&mut self, number: u64, state: State) -> &Message {
        let message = &mut self.messages[number as usize];
        assert_eq!(message.state, State::Open, "{number} ends twice, now {state:?}");
        message.state = state;
        self.open -= usize::from(message.qos != QoS::AtMostOnce);
        message
    }

    pub(super) fn published(&mut self, number: u64, reason: ReasonCode) {
        assert_eq!(reason, ReasonCode::SUCCESS);
        let message = self.ends(number, State::Done);
        let has_arrived = message.arrivals > 0;
        assert!(message.qos != QoS::AtMostOnce, "{number}: {message:?}");
        if !has_arrived {
            assert!(self.may_lack > 0, "{number} is done and has not come");
            self.may_lack -= 1;
        }
    }

    pub(super) fn dropped(&mut self, number: u64, why: DropReason, now: u64) {
        let message = self.ends(number, State::Dropped(why));
        let is_true = match why {
            DropReason::QueueFull => message.qos == QoS::AtMostOnce && message.arrivals == 0,
            DropReason::Expired => {
                let expiry = message.expiry.map(|seconds| message.at + 1000 * u64::from(seconds));
                let has_come = message.arrivals > 0 && !message.is_again && !message.was_sent;
                expiry.is_some_and(|at| at <= now) && !has_come
            }
            DropReason::SessionLost => message.qos != QoS::AtMostOnce,
            DropReason::TooLarge => true,
            _ => false,
        };
        assert!(is_true, "{number}: {message:?}");
    }

    /// The session is lost, and its messages with it.
    pub(super) fn lost(&mut self) {
        for message in &mut self.messages {
            if message.state == State::Open {
                message.state = State::Lost;
            }
        }
        self.open = 0;
    }

    /// The other side has lost the session: what is not done may come once more.
    pub(super) fn may_repeat(&mut self) {
        for message in &mut self.messages {
            if message.state == State::Open {
                message.is_again = true;
                message.allowed = message.allowed.saturating_add(1);
            }
        }
    }
}
