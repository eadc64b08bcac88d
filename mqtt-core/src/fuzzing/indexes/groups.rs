//! Shared subscriptions: who of a group is to be chosen.

use super::input::{Filter, Input};
use crate::{ShareGroup, ShareStrategy};
use std::vec::Vec;

/// The members of a shared subscription.
pub(super) struct Group {
    pub(super) filter: Filter,
    pub(super) birth: u32,
    /// Key and the moment of joining, in this order.
    members: Vec<(u32, u32)>,
    joined: u32,
    /// When the member joined that was chosen last; 0 before the first.
    last: u32,
}

impl Group {
    pub(super) fn new(filter: Filter, birth: u32) -> Self {
        Self { filter, birth, members: Vec::new(), joined: 0, last: 0 }
    }

    pub(super) fn join(&mut self, key: u32) {
        self.joined += 1;
        self.members.push((key, self.joined));
    }

    pub(super) fn leave(&mut self, key: u32) {
        self.members.retain(|(other, _)| *other != key);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Chooses one, by a strategy and among those that the input says; gives the key.
    pub(super) fn pick(
        &mut self,
        known: ShareGroup<'_, u32, u32>,
        input: &mut Input<'_>,
    ) -> Option<u32> {
        assert_eq!(known.len(), self.members.len());
        let (strategy, offline) = (input.byte(), input.byte());
        let is_there = |key: u32| offline >> (key % 8) & 1 == 0;
        let pick = |strategy| known.pick(strategy, |key, _| is_there(*key)).map(|(key, _)| *key);
        match strategy % 4 {
            0 => {
                let expected = self.round(self.last + 1, is_there);
                assert_eq!(pick(ShareStrategy::RoundRobin), expected.map(|(key, _)| key));
                self.last = expected.map_or(self.last, |(_, joined)| joined);
                expected.map(|(key, _)| key)
            }
            1 => {
                let expected = self.round(self.last, is_there);
                assert_eq!(pick(ShareStrategy::Sticky), expected.map(|(key, _)| key));
                self.last = expected.map_or(self.last, |(_, joined)| joined);
                expected.map(|(key, _)| key)
            }
            2 => {
                let number = u64::from(strategy) << input.below(64) | u64::from(input.byte());
                let from = self.members[(number % self.members.len() as u64) as usize].1;
                let expected = self.round(from, is_there).map(|(key, _)| key);
                assert_eq!(pick(ShareStrategy::Number(number)), expected);
                expected
            }
            _ => {
                let hash = ShareStrategy::Hash(
                    u64::from(input.byte()).wrapping_mul(0x9E37_79B9_7F4A_7C15),
                );
                let chosen = pick(hash);
                assert_eq!(chosen.is_some(), self.members.iter().any(|(key, _)| is_there(*key)));
                assert!(chosen.is_none_or(is_there));
                // Another one that goes takes nothing along.
                for (other, _) in self.members.iter().filter(|(key, _)| Some(*key) != chosen) {
                    let again = known.pick(hash, |key, _| is_there(*key) && key != other);
                    assert_eq!(again.map(|(key, _)| *key), chosen);
                }
                chosen
            }
        }
    }

    /// The first who is there, in a round that begins with those who joined at a moment.
    fn round(&self, from: u32, is_there: impl Fn(u32) -> bool) -> Option<(u32, u32)> {
        let (before, behind): (Vec<_>, Vec<_>) =
            self.members.iter().partition(|(_, joined)| *joined < from);
        behind.into_iter().chain(before).find(|(key, _)| is_there(*key))
    }
}
