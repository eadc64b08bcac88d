//! The messages of one side: what was sent, and what became of it.

use crate::{DropReason, Publish, QoS, ReasonCode};
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
    pub(super) fn taken(&mut self, qos: QoS, at: u64, expiry: Option<u32>) {
        let allowed = if qos == QoS::AtLeastOnce { u32::MAX } else { 1 };
        self.messages.push(Message {
            qos,
            arrivals: 0,
            allowed,
            state: State::Open,
            is_again: false,
            at,
            expiry,
        });
        self.open += usize::from(qos != QoS::AtMostOnce);
    }

    pub(super) fn arrived(&mut self, publish: &Publish<'_>, now: u64) {
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
        if message.arrivals == 1 {
            let last = &mut self.last[message.qos as usize];
            assert!(*last <= number, "{number} comes behind {last}");
            *last = number + 1;
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
        assert!(message.qos != QoS::AtMostOnce && message.arrivals > 0, "{number}: {message:?}");
    }

    pub(super) fn dropped(&mut self, number: u64, why: DropReason, now: u64) {
        let message = self.ends(number, State::Dropped(why));
        let is_true = match why {
            DropReason::QueueFull => message.qos == QoS::AtMostOnce && message.arrivals == 0,
            DropReason::Expired => {
                let expiry = message.expiry.map(|seconds| message.at + 1000 * u64::from(seconds));
                expiry.is_some_and(|at| at <= now) && (message.arrivals == 0 || message.is_again)
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
