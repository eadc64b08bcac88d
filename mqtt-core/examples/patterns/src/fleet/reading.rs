//! What devices measure, and where simulated ones get it from.

use fastrand::Rng;
use mqc_client::Message;
use mqtt_core::QoS;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What a device has measured.
///
/// # Examples
/// See [`Sample`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "lowercase")]
pub enum Reading {
    /// Degrees Celsius.
    Temperature(f64),
    /// Percent of relative humidity.
    Humidity(f64),
    /// Somebody moves.
    Motion(bool),
    /// The door is open.
    Door(bool),
    /// Percent that are left.
    Battery(f64),
}

impl Reading {
    /// The last level of its topic.
    ///
    /// ```
    /// use patterns::fleet::Reading;
    /// assert_eq!(Reading::Door(true).kind(), "door");
    /// ```
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Temperature(_) => "temperature",
            Self::Humidity(_) => "humidity",
            Self::Motion(_) => "motion",
            Self::Door(_) => "door",
            Self::Battery(_) => "battery",
        }
    }

    /// How sure it has to arrive: the next temperature comes soon, an event comes once, and the battery
    /// tells so seldom that it may cost more.
    ///
    /// ```
    /// use mqtt_core::QoS;
    /// use patterns::fleet::Reading;
    /// assert_eq!(Reading::Temperature(21.0).qos(), QoS::AtMostOnce);
    /// ```
    #[must_use]
    pub const fn qos(self) -> QoS {
        match self {
            Self::Temperature(_) | Self::Humidity(_) => QoS::AtMostOnce,
            Self::Motion(_) | Self::Door(_) => QoS::AtLeastOnce,
            Self::Battery(_) => QoS::ExactlyOnce,
        }
    }
}

/// A reading and when it was taken.
///
/// # Examples
/// ```
/// use patterns::fleet::{Reading, Sample};
/// let sample = Sample { at: 90, reading: Reading::Temperature(21.5) };
/// let message = sample.message("device-07");
/// assert_eq!(message.topic, "fleet/device-07/temperature");
/// assert_eq!(message.payload, r#"{"at":90,"kind":"temperature","value":21.5}"#);
/// assert_eq!(Sample::read(&message), Some(sample));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Seconds since the device was switched on, in its own time.
    pub at: u64,
    /// What was measured.
    #[serde(flatten)]
    pub reading: Reading,
}

impl Sample {
    /// As a message of a device.
    ///
    /// See [`Sample`] for an example.
    #[must_use]
    pub fn message(self, device: &str) -> Message {
        // Numbers and text always are JSON.
        let payload = serde_json::to_vec(&self).unwrap_or_default();
        let topic = format!("fleet/{device}/{}", self.reading.kind());
        Message::new(topic, payload).qos(self.reading.qos())
    }

    /// `None` if the payload is something else.
    ///
    /// See [`Sample`] for an example.
    #[must_use]
    pub fn read(message: &Message) -> Option<Self> {
        serde_json::from_slice(&message.payload).ok()
    }
}

/// A device that measures a room which does not exist. The same seed and number give the same samples.
///
/// # Examples
/// ```
/// use patterns::fleet::Simulation;
/// let samples = || Simulation::new(1, 7).take(1000);
/// assert!(samples().eq(samples()));
/// assert!(samples().is_sorted_by_key(|sample| sample.at));
/// ```
#[derive(Clone, Debug)]
pub struct Simulation {
    rng: Rng,
    number: u64,
    /// The second that comes next.
    second: u64,
    temperature: f64,
    /// Where the temperature goes if nothing happens.
    climate: f64,
    humidity: f64,
    battery: f64,
    /// The second in which it closes.
    door_open_until: Option<u64>,
    motion_until: Option<u64>,
    measured: VecDeque<Sample>,
}

impl Simulation {
    /// A device that is switched on.
    ///
    /// See [`Simulation`] for an example.
    #[must_use]
    pub fn new(seed: u64, number: u64) -> Self {
        let mut rng = Rng::with_seed(seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        // Some rooms have an oven, and some batteries are old.
        let climate = if number % 5 == 2 { 32.0 } else { 21.0 };
        let battery = if number % 7 == 3 { 20.5 } else { 40.0 + 60.0 * rng.f64() };
        Self {
            temperature: climate - 4.0 * rng.f64(),
            climate,
            humidity: 35.0 + 20.0 * rng.f64(),
            battery,
            door_open_until: None,
            motion_until: None,
            measured: VecDeque::new(),
            number,
            second: 0,
            rng,
        }
    }

    /// Lets a second pass.
    fn step(&mut self) {
        let (at, rng) = (self.second, &mut self.rng);
        self.second += 1;
        self.temperature += (self.climate - self.temperature) * 0.005 + (rng.f64() - 0.5) * 0.3;
        self.humidity += (45.0 - self.humidity) * 0.005 + (rng.f64() - 0.5) * 0.5;
        self.battery = (self.battery - 0.002).max(0.0);
        let mut measure = |reading| self.measured.push_back(Sample { at, reading });

        let door = self.door_open_until;
        match door {
            Some(until) if until <= at => self.door_open_until = None,
            None if rng.u32(..300) == 0 => {
                // Now and then somebody forgets it.
                let seconds = if rng.u32(..8) == 0 { rng.u64(150..300) } else { rng.u64(5..60) };
                self.door_open_until = Some(at + seconds);
                self.motion_until.get_or_insert(at + rng.u64(10..40));
                measure(Reading::Motion(true));
            }
            _ => {}
        }
        if at == 0 || door.is_some() != self.door_open_until.is_some() {
            measure(Reading::Door(self.door_open_until.is_some()));
        }
        if self.motion_until.is_some_and(|until| until <= at) {
            self.motion_until = None;
            measure(Reading::Motion(false));
        }
        // Not all devices measure in the same second.
        let is_due = |period| (at + self.number) % period == 0 || at == 0;
        if is_due(10) {
            measure(Reading::Temperature(rounded(self.temperature)));
        }
        if is_due(30) {
            measure(Reading::Humidity(rounded(self.humidity.clamp(0.0, 100.0))));
        }
        if is_due(300) {
            measure(Reading::Battery(rounded(self.battery)));
        }
    }
}

impl Iterator for Simulation {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        while self.measured.is_empty() {
            self.step();
        }
        self.measured.pop_front()
    }
}

/// To one place behind the point.
fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
