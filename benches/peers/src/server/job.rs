//! What a server has to do.

use crate::children::Words;
use crate::row::{OURS, Row};
use std::fmt;

/// Bytes of a payload.
pub(super) const SIZE: usize = 256;
/// How many messages of QoS 1 and 2 a publisher has on the way at a time. There is no other window: servers and
/// subscribers name no Receive Maximum. With one of 100 mosquitto 2.0.11 was seen to send no more messages of QoS 2 after
/// the first few hundred.
pub(super) const WINDOW: u16 = 100;
/// Connections that do nothing.
pub(super) const IDLE: u64 = 10_000;

/// mosquitto; the row that ours is compared with.
pub(super) const MOSQUITTO: Row = Row::new("mosquitto", "");
/// Who takes part.
pub(super) const ROWS: [Row; 2] = [OURS, MOSQUITTO];

/// Who sends to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One publisher, one subscriber.
    OneToOne,
    /// Five publishers, one subscriber.
    FiveToOne,
    /// One publisher, a thousand subscribers.
    OneToThousand,
    /// Ten thousand connections that do nothing.
    Idle,
}

/// How fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One message per write, with pauses.
    Paced,
    /// As many as go.
    Flood,
}

/// Who has the clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generator {
    /// `mqc-bench`.
    Ours,
    /// rumqttc.
    Rumqttc,
    /// paho-mqtt, in Python.
    Paho,
}

/// What work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Who sends to whom.
    pub shape: Shape,
    /// How fast.
    pub kind: Kind,
    /// Of messages and subscriptions.
    pub qos: u8,
    /// Who has the clients.
    pub generator: Generator,
}

/// Work for the clients: messages of each publisher, or idle connections.
pub type Job = crate::children::Job<Place>;

impl Shape {
    /// How many publish, and how many subscribe.
    pub fn clients(self) -> (usize, usize) {
        match self {
            Shape::OneToOne => (1, 1),
            Shape::FiveToOne => (5, 1),
            Shape::OneToThousand => (1, 1000),
            Shape::Idle => (0, 0),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Shape::OneToOne => "1-to-1",
            Shape::FiveToOne => "5-to-1",
            Shape::OneToThousand => "1-to-1000",
            Shape::Idle => "idle",
        }
    }
}

impl Kind {
    /// Both.
    pub const ALL: [Kind; 2] = [Kind::Paced, Kind::Flood];

    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Paced => "paced",
            Kind::Flood => "flood",
        }
    }
}

impl Generator {
    pub(super) fn name(self) -> &'static str {
        match self {
            Generator::Ours => "mqc-bench",
            Generator::Rumqttc => "rumqttc",
            Generator::Paho => "paho-mqtt",
        }
    }
}

impl Place {
    /// The connections that do nothing.
    pub const IDLE: Place =
        Place { shape: Shape::Idle, kind: Kind::Paced, qos: 0, generator: Generator::Ours };

    /// All with messages, table by table.
    pub fn loads() -> impl Iterator<Item = Place> {
        let shapes = [
            (Shape::OneToOne, Generator::Ours),
            (Shape::FiveToOne, Generator::Ours),
            (Shape::FiveToOne, Generator::Rumqttc),
            (Shape::FiveToOne, Generator::Paho),
            (Shape::OneToThousand, Generator::Ours),
        ];
        Kind::ALL
            .into_iter()
            .flat_map(move |kind| {
                shapes.into_iter().flat_map(move |(shape, generator)| {
                    (0..=2).map(move |qos| Place { shape, kind, qos, generator })
                })
            })
            // It is slow, so that its pauses would say nothing.
            .filter(|place| place.generator != Generator::Paho || place.kind == Kind::Flood)
    }

    /// How many messages each publisher sends, in a run that proves something or in one that does not; of idle ones, how
    /// many connections there are.
    pub(super) fn messages(self, is_quick: bool) -> u64 {
        let messages = match (self.kind, self.shape) {
            (_, Shape::Idle) => IDLE,
            (Kind::Flood, _) if self.generator == Generator::Paho => 30_000 >> self.qos,
            (Kind::Paced, Shape::OneToThousand) => 60,
            (Kind::Paced, _) => 3_000,
            // Acknowledgements make it slower.
            (Kind::Flood, Shape::OneToThousand) => 400 >> self.qos,
            (Kind::Flood, Shape::OneToOne) => 200_000 >> (2 * self.qos),
            (Kind::Flood, _) => 50_000 >> (2 * self.qos),
        };
        if is_quick { messages / 10 } else { messages }
    }

    /// Messages of each publisher in a second, if that is limited.
    pub(super) fn rate(self) -> Option<u32> {
        match (self.kind, self.shape) {
            (Kind::Flood, _) => None,
            (Kind::Paced, Shape::OneToThousand) => Some(20),
            (Kind::Paced, _) => Some(1000),
        }
    }
}

impl Words for Place {
    fn all() -> impl Iterator<Item = Place> {
        Place::loads().chain([Place::IDLE])
    }

    fn words(self) -> [String; 4] {
        let Place { shape, kind, qos, generator } = self;
        [shape.name().into(), kind.name().into(), qos.to_string(), generator.name().into()]
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { shape, kind, qos, generator } = self;
        write!(f, "{} {}, QoS {qos}", kind.name(), shape.name())?;
        match generator {
            Generator::Ours => Ok(()),
            other => write!(f, ", load by {}", other.name()),
        }
    }
}
