//! Message expiry (5.0).

use crate::kit::{Peer, Session, Setup, both, bytes};
use mqtt_core::{Property, Version};

/// A session with one open message, so that the next ones wait.
fn full<S: Session>(version: Version) -> (Peer<S>, Setup) {
    let setup = Setup::new(version).peer(Property::ReceiveMaximum(1));
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
