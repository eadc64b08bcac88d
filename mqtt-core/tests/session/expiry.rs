//! Message expiry (5.0).

use crate::kit::{Peer, Session, Setup, both, bytes, written};
use mqtt_core::{
    ClientConfig, ConnAck, Property, Publish, PublishStatus, QoS, ServerSession, SessionLost,
    UsageError, Version, WhenFull, WouldBlock,
};
use std::collections::VecDeque;

const FULL: Result<PublishStatus, UsageError> = Err(UsageError::WouldBlock(WouldBlock::QueueCount));
const QUEUED: Result<PublishStatus, UsageError> = Ok(PublishStatus::Queued);

fn expires(seconds: u32) -> [Property<'static>; 1] {
    [Property::MessageExpiryInterval(seconds)]
}

/// A session with one open message, so that the next ones wait.
fn full<S: Session>(version: Version) -> (Peer<S>, Setup) {
    busy(Setup::new(version))
}

/// The same, with room for so many.
fn bounded<S: Session>(version: Version, max_count: usize) -> Peer<S> {
    let mut setup = Setup::new(version);
    setup.session.queue.max_count = max_count;
    busy(setup).0
}

fn busy<S: Session>(setup: Setup) -> (Peer<S>, Setup) {
    let setup = setup.peer(Property::ReceiveMaximum(1));
    let mut it = S::up(&setup);
    it.opens(1, 1);
    (it, setup)
}

#[test]
fn what_waits_too_long_is_dropped() {
    fn case<S: Session>(version: Version) {
        let (mut it, _) = full::<S>(version);
        it.publish_with(1, 2, &[Property::MessageExpiryInterval(10)]).unwrap();
        it.publish_with(0, 3, &[Property::MessageExpiryInterval(10)]).unwrap();
        it.publish(1, 4).unwrap();
        it.at(10_000);
        it.receive(&bytes("40 02 00 01"));
        it.tells(&["dropped 2 Expired", "dropped 3 Expired", "published 1 #1"]);
        it.sends_message(0x32);
    }
    both!(case: V5);
}

#[test]
fn the_time_that_it_has_waited_is_taken_off() {
    fn case<S: Session>(version: Version) {
        for (millis, left) in [(0, 10), (999, 10), (1_000, 9), (4_000, 6), (9_999, 1)] {
            let (mut it, _) = full::<S>(version);
            it.publish_with(1, 2, &[Property::MessageExpiryInterval(10)]).unwrap();
            it.at(millis);
            it.receive(&bytes("40 02 00 01"));
            it.tells(&["published 1 #1"]);
            let output = it.output();
            assert_eq!(output[..5], bytes("32 0C 00 01 't'"));
            assert_eq!(output[7..], bytes(&format!("05 02 00 00 00 {left:02X} '!'")), "{millis}");
        }
    }
    both!(case: V5);
}

#[test]
fn what_has_been_sent_does_not_expire() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version);
        for (qos, first) in [(1, "3A"), (2, "3C")] {
            let mut it = S::up(&setup);
            it.publish_with(qos, 1, &[Property::MessageExpiryInterval(10)]).unwrap();
            it.output();
            it.at(4_000);
            let mut it = S::next(it, &setup, true);
            it.events();
            it.sends(&format!("{first} 0C 00 01 't' 00 01 05 02 00 00 00 06 '!'"));
            it.at(60_000);
            let mut it = S::next(it, &setup, true);
            it.events();
            it.sends(&format!("{first} 0C 00 01 't' 00 01 05 02 00 00 00 00 '!'"));
        }
    }
    both!(case: V5);
}

#[test]
fn an_interval_of_0_is_for_now_alone() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.publish_with(0, 1, &[Property::MessageExpiryInterval(0)]).unwrap();
        it.sends("30 0A 00 01 't' 05 02 00 00 00 00 '!'");
        let (mut it, _) = full::<S>(version);
        it.publish_with(1, 2, &[Property::MessageExpiryInterval(0)]).unwrap();
        it.receive(&bytes("40 02 00 01"));
        it.tells(&["dropped 2 Expired", "published 1 #1"]);
        it.sends("");
    }
    both!(case: V5);
}

#[test]
fn the_longest_interval() {
    fn case<S: Session>(version: Version) {
        let (mut it, _) = full::<S>(version);
        it.publish_with(1, 2, &[Property::MessageExpiryInterval(u32::MAX)]).unwrap();
        it.at(1_000);
        it.receive(&bytes("40 02 00 01"));
        it.tells(&["published 1 #1"]);
        assert_eq!(it.output()[7..13], bytes("05 02 FF FF FF FE"));
    }
    both!(case: V5);
}

#[test]
fn what_has_expired_keeps_nothing_out() {
    fn case<S: Session>(version: Version) {
        let mut it = bounded::<S>(version, 4);
        it.publish(1, 2).unwrap();
        it.publish_with(1, 3, &expires(20)).unwrap();
        it.publish_with(0, 4, &expires(10)).unwrap();
        it.publish(1, 5).unwrap();
        it.at(9_999);
        assert_eq!(it.publish(1, 6), FULL);
        it.tells(&[]);
        it.at(10_000);
        assert_eq!(it.publish(1, 6), QUEUED);
        assert_eq!(it.publish(1, 7), FULL);
        it.tells(&["dropped 4 Expired"]);
        // No more than there has to be room for is dropped before its turn.
        it.at(60_000);
        assert_eq!(it.publish(1, 7), QUEUED);
        it.tells(&["dropped 3 Expired"]);
        for (id, done) in [(1, 1), (2, 2), (3, 5), (4, 6)] {
            it.receive(&[0x40, 2, 0, id]);
            assert_eq!(it.events()[0], format!("published {done} #{id}"));
            it.sends_message(0x32);
        }
        it.receive(&bytes("40 02 00 05"));
        it.tells(&["published 7 #5"]);
        it.sends("");
    }
    both!(case: V5);
}

/// The bound in bytes.
#[test]
fn many_that_have_expired_make_room_for_a_large_one() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        setup.session.queue.max_bytes = 2_000;
        let (mut it, _) = busy::<S>(setup);
        it.publish(1, 2).unwrap();
        let mut last = 2;
        while it.publish_with(1, last + 1, &expires(10 + last as u32)).is_ok() {
            last += 1;
        }
        let payload = vec![0; 1_900];
        let qos = QoS::AtLeastOnce;
        let large = Publish { topic: "t", qos, payload: &payload, ..Publish::default() };
        // Half of them make room for a small one. For the large one they do not, and none is dropped for nothing.
        it.at(10_000 + last * 500);
        it.tells(&["writable"]);
        let now = it.now();
        let full = Err(UsageError::WouldBlock(WouldBlock::QueueBytes));
        assert_eq!(it.session.send(now, &large, 900, WhenFull::Queue), full);
        it.tells(&[]);
        it.at(10_000 + last * 1_000);
        it.tells(&["writable"]);
        let now = it.now();
        assert_eq!(it.session.send(now, &large, 900, WhenFull::Queue), QUEUED);
        let events = it.events();
        let expected = (3..).map(|token| format!("dropped {token} Expired"));
        assert_eq!(events, expected.take(events.len()).collect::<Vec<_>>());
        // There is room for some of them beside it.
        assert!((last as usize - 8..last as usize).contains(&events.len()), "{}", events.len());
        // One that cannot be taken whatever is dropped.
        let payload = vec![0; 2_001];
        let large = Publish { payload: &payload, ..large };
        assert_eq!(it.session.send(now, &large, 901, WhenFull::DropOldestQoS0), full);
        it.tells(&[]);
    }
    both!(case: V5);
}

/// Of those of QoS 0 that are dropped for another message, some had expired.
#[test]
fn what_has_expired_goes_before_the_oldest_of_qos_0() {
    fn case<S: Session>(version: Version) {
        let mut it = bounded::<S>(version, 4);
        it.publish(1, 2).unwrap();
        it.publish(0, 3).unwrap();
        it.publish_with(0, 4, &expires(10)).unwrap();
        it.publish_with(0, 5, &expires(20)).unwrap();
        it.at(10_000);
        let publish = Publish { topic: "t", ..Publish::default() };
        for token in 6..10 {
            let now = it.now();
            assert_eq!(it.session.send(now, &publish, token, WhenFull::DropOldestQoS0), QUEUED);
        }
        it.tells(&[
            "dropped 4 Expired",
            "dropped 3 QueueFull",
            "dropped 5 QueueFull",
            "dropped 6 QueueFull",
        ]);
    }
    both!(case: V5);
}

/// Messages that were sent wait again, before all others.
#[test]
fn what_is_published_again_expires() {
    let mut setup = Setup::new(Version::V5).peer(Property::ReceiveMaximum(2));
    setup.session.queue.max_count = 2;
    let (session_lost, session) = (SessionLost::PublishAgain, setup.session.clone());
    let mut it = Peer::of(ClientConfig { session_lost, session, ..ClientConfig::default() });
    it.connect(&setup, false);
    it.connack(&setup, false, "connected");
    it.opens(1, 1);
    it.publish_with(1, 2, &expires(10)).unwrap();
    it.publish(1, 3).unwrap();
    it.end();
    it.connect(&setup, false);
    it.receive(&written(Version::V5, ConnAck::default()));
    it.end();
    setup.peer = vec![Property::ReceiveMaximum(1)];
    it.connect(&setup, false);
    it.receive(&setup.connack(false));
    it.events();
    it.sends_message(0x32);
    assert_eq!(it.publish(1, 4), FULL);
    it.at(10_000);
    assert_eq!(it.publish(1, 4), QUEUED);
    it.tells(&["dropped 2 Expired"]);
}

#[test]
fn writable_is_told_when_a_message_expires() {
    fn case<S: Session>(version: Version) {
        let mut it = bounded::<S>(version, 2);
        it.publish(1, 2).unwrap();
        it.publish_with(1, 3, &expires(10)).unwrap();
        assert_eq!(it.publish(1, 4), FULL);
        it.tells(&[]);
        it.at(10_000);
        it.tells(&["writable"]);
        it.tells(&[]);
        assert_eq!(it.publish(1, 4), QUEUED);
        assert_eq!(it.publish(1, 5), FULL);
        it.tells(&["dropped 3 Expired"]);
    }
    both!(case: V5);
}

/// What was queued before CONNACK comes behind what the session has, and takes the room of what has expired.
#[test]
fn what_has_expired_keeps_nothing_out_of_a_session_that_goes_on() {
    let mut setup = Setup::new(Version::V5).peer(Property::ReceiveMaximum(1));
    setup.session.queue.max_count = 2;
    let mut it = ServerSession::up(&setup);
    it.opens(1, 1);
    it.publish(1, 2).unwrap();
    it.publish_with(1, 3, &expires(10)).unwrap();
    it.end();
    let mut next = Peer::server(&setup);
    next.at(10_000);
    next.asked(&setup, false);
    next.publish(1, 4).unwrap();
    next.publish(1, 5).unwrap();
    let connack = ConnAck { session_present: true, ..ConnAck::default() };
    next.accepts(&connack, Some(it.session.into_state())).unwrap();
    next.tells(&["dropped 3 Expired", "dropped 5 QueueFull"]);
}

/// A queue that is kept as a list and looked through, behind one message that is open.
#[derive(Default)]
struct Naive {
    open: u64,
    /// Tokens and ends.
    messages: VecDeque<(u64, u64)>,
    events: Vec<String>,
}

impl Naive {
    const MAX: usize = 20;

    fn drop(&mut self, at: usize) {
        let (token, _) = self.messages.remove(at).unwrap();
        self.events.push(format!("dropped {token} Expired"));
    }

    fn publish(&mut self, now: u64, token: u64, end: u64) -> bool {
        if self.messages.len() == Self::MAX {
            let first = self.messages.iter().enumerate().min_by_key(|(_, (_, end))| *end);
            match first {
                Some((at, (_, end))) if *end <= now => self.drop(at),
                _ => return false,
            }
        }
        self.messages.push_back((token, end));
        true
    }

    /// Those whose turn it is go when they are looked at.
    fn look(&mut self, now: u64) {
        while self.messages.front().is_some_and(|(_, end)| *end <= now) {
            self.drop(0);
        }
    }

    /// The open one is done; false if there is none to come behind it.
    fn acknowledge(&mut self, now: u64) -> bool {
        self.look(now);
        let Some((token, _)) = self.messages.pop_front() else { return false };
        self.events.push(format!("published {}", self.open));
        self.open = token;
        self.look(now);
        true
    }
}

#[test]
fn a_queue_of_any_history() {
    fn case<S: Session>(version: Version) {
        let mut acknowledged = 0;
        for seed in 0..20_u64 {
            let mut it = bounded::<S>(version, Naive::MAX);
            let mut naive = Naive { open: 1, ..Naive::default() };
            let (mut random, mut id) = (seed, 1);
            for token in 2..600 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let (choice, some) = (random >> 33 & 7, random >> 40 & 31);
                match choice {
                    0..5 => {
                        let list = expires(some as u32);
                        let (end, list) = match some {
                            0..8 => (u64::MAX, &[][..]),
                            _ => (it.millis + some * 1000, &list[..]),
                        };
                        let is_taken = naive.publish(it.millis, token, end);
                        let result = it.publish_with(1, token, list);
                        assert_eq!(result, if is_taken { QUEUED } else { FULL });
                    }
                    5 => it.at(it.millis + some * 40 * (1 + seed % 4)),
                    // In every other history the first one stays for long, and gaps come behind it.
                    _ if seed % 2 == 0 && some > 0 => {}
                    _ => {
                        if naive.acknowledge(it.millis) {
                            it.receive(&[0x40, 2, (id >> 8) as u8, id as u8]);
                            acknowledged += 1;
                        }
                    }
                }
                naive.look(it.millis);
                let mut events: Vec<_> =
                    it.events().into_iter().filter(|it| it != "writable").collect();
                for event in &mut events {
                    event.truncate(event.find(" #").unwrap_or(event.len()));
                }
                events.sort_unstable();
                naive.events.sort_unstable();
                assert_eq!(events, core::mem::take(&mut naive.events));
                if let Some(sent) = it.output().get(5..7) {
                    id = u16::from_be_bytes([sent[0], sent[1]]);
                }
            }
        }
        assert!(acknowledged > 1_000, "{acknowledged}");
    }
    both!(case: V5);
}
