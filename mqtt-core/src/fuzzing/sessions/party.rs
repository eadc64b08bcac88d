//! What one side may do, and says that it takes.

use crate::fuzzing::Source;
use crate::{
    AckMode, Durability, PersistConfig, Property, Publish, QoS, QueueLimits, SessionConfig, Version,
};
use core::num::NonZeroU64;
use std::{vec, vec::Vec};

/// What one side may do, and says that it takes.
#[derive(Clone, Debug)]
pub(super) struct Party {
    pub(super) session: SessionConfig,
    pub(super) receive_maximum: Option<u16>,
    pub(super) topic_alias_maximum: u16,
    pub(super) max_packet_size: Option<u32>,
}

impl Party {
    /// Eight choices, of a byte each. The first of each is the default.
    pub(super) fn new(source: &mut dyn Source) -> Self {
        let mode = source.below(12);
        let ack = if mode % 2 == 1 { AckMode::Manual } else { AckMode::Auto };
        let durability = [Durability::Off, Durability::Gate, Durability::Report];
        let durability = durability[(mode / 2 % 3) as usize];
        let max_ops = if mode < 6 { 1024 } else { 3 };
        let persist = PersistConfig { durability, max_ops, ..PersistConfig::default() };
        let output = source.below(12);
        let queue = source.below(16);
        let session = SessionConfig {
            ack,
            persist,
            max_output: if output == 0 { 256 * 1024 } else { 1 << output },
            max_auto_aliases: source.below(4) as u16,
            queue: match queue {
                0 => QueueLimits::default(),
                1 => QueueLimits { max_count: 0, max_bytes: 1000, ..QueueLimits::default() },
                2.. => {
                    let max_count = queue as usize;
                    QueueLimits {
                        max_count,
                        max_bytes: 40 * max_count,
                        max_open_bytes: 100 * max_count,
                        max_open: if queue % 4 == 3 { queue as u16 / 4 } else { u16::MAX },
                    }
                }
            },
            stats: source.below(2) == 1,
            ..SessionConfig::default()
        };
        Self {
            session,
            receive_maximum: Some(source.below(8) as u16).filter(|max| *max > 0),
            topic_alias_maximum: source.below(4) as u16,
            max_packet_size: Some(source.below(8))
                .filter(|size| *size > 0)
                .map(|size| 48 + 8 * size),
        }
    }

    /// True if its changes are stored.
    pub(super) fn stores(&self) -> bool {
        self.session.persist.durability != Durability::Off
    }

    /// True if what depends on them waits.
    pub(super) fn gates(&self) -> bool {
        self.session.persist.durability == Durability::Gate
    }

    /// The change with which what is made of a message is stored, as far as its event tells.
    pub(super) fn seq_of(&self, publish: &Publish<'_>, seq: Option<NonZeroU64>) -> Option<u64> {
        match (self.session.ack, publish.qos) {
            _ if !self.stores() => Some(0),
            (AckMode::Manual, _) => None,
            (AckMode::Auto, QoS::AtLeastOnce) if !self.gates() => Some(0),
            (AckMode::Auto, _) => {
                assert_eq!(seq.is_some(), publish.qos > QoS::AtMostOnce, "{publish:?}");
                seq.map(NonZeroU64::get)
            }
        }
    }

    /// What CONNECT or CONNACK says of it.
    pub(super) fn properties(&self, version: Version) -> Vec<Property<'static>> {
        if version != Version::V5 {
            return Vec::new();
        }
        let mut list = vec![Property::TopicAliasMaximum(self.topic_alias_maximum)];
        list.extend(self.receive_maximum.map(Property::ReceiveMaximum));
        list.extend(self.max_packet_size.map(Property::MaximumPacketSize));
        list
    }
}
