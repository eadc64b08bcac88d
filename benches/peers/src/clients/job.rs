//! What a client has to do.

use crate::children::Words;
use crate::row::{OURS, Row};
use mqtt_benches::corpus::Protocol;
use std::fmt;

/// Bytes of a payload.
pub(super) const SIZE: usize = 256;
/// Where messages go.
pub(super) const TOPIC: &str = "bench/clients/one";
/// How many messages are on the way at a time.
pub(super) const WINDOW: u16 = 100;

/// rumqttc; the row that ours is compared with.
pub(super) const RUMQTTC: Row = Row::new("rumqttc", "`AsyncClient`");
/// No client; the least that the system takes.
pub(super) const FLOOR: Row = Row::new("(floor)", "no client");
/// Who takes part.
pub(super) const ROWS: [Row; 3] = [OURS, RUMQTTC, FLOOR];

/// Which way messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client.
    Publish,
    /// To it.
    Receive,
    /// From it, and back.
    Both,
    /// From five clients to one of the same process.
    FiveToOne,
}

/// A runtime of tokio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// One thread.
    CurrentThread,
    /// Two.
    MultiThread,
}

/// What work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The version.
    pub protocol: Protocol,
    /// Which way.
    pub direction: Direction,
    /// Of messages and subscriptions.
    pub qos: u8,
    /// On which runtime.
    pub flavour: Flavour,
}

/// Work for a client.
pub type Job = crate::children::Job<Place>;

impl Direction {
    /// All, in the order of the tables, each with its QoS.
    pub const WORK: [(Direction, &'static [u8]); 4] = [
        (Direction::FiveToOne, &[0, 1, 2]),
        (Direction::Publish, &[0, 1, 2]),
        (Direction::Receive, &[0, 1]),
        (Direction::Both, &[0, 1]),
    ];

    /// How many clients publish.
    pub fn publishers(self) -> u64 {
        if self == Direction::FiveToOne { 5 } else { 1 }
    }

    /// For tables and the command line.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Publish => "publish",
            Direction::Receive => "receive",
            Direction::Both => "both",
            Direction::FiveToOne => "5-to-1",
        }
    }
}

impl Flavour {
    /// Both.
    pub const ALL: [Flavour; 2] = [Flavour::CurrentThread, Flavour::MultiThread];

    /// As tokio calls it.
    pub fn name(self) -> &'static str {
        match self {
            Flavour::CurrentThread => "current_thread",
            Flavour::MultiThread => "multi_thread",
        }
    }
}

impl Words for Place {
    /// Table by table.
    fn all() -> impl Iterator<Item = Place> {
        Flavour::ALL.into_iter().flat_map(|flavour| {
            Protocol::ALL.into_iter().flat_map(move |protocol| {
                Direction::WORK.into_iter().flat_map(move |(direction, levels)| {
                    levels.iter().map(move |&qos| Place { protocol, direction, qos, flavour })
                })
            })
        })
    }

    fn words(self) -> [String; 4] {
        let Place { protocol, direction, qos, flavour } = self;
        [protocol.name().into(), direction.name().into(), qos.to_string(), flavour.name().into()]
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} QoS {}, {}", self.direction.name(), self.qos, self.protocol.name())
    }
}
