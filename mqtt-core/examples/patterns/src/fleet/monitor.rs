//! What is known of the devices, and what is wrong with them.

use super::reading::{Reading, Sample};
use core::fmt;
use mqc_client::Message;
use mqtt_core::QoS;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// When something is wrong.
///
/// # Examples
/// ```
/// use patterns::fleet::Thresholds;
/// assert_eq!(Thresholds::default().hot, 30.0);
/// ```
#[derive(clap::Args, Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Degrees Celsius that are too hot; more than one below are not any more.
    #[arg(long, default_value_t = Self::default().hot)]
    pub hot: f64,
    /// Percent of the battery that are low; more than five above are not any more.
    #[arg(long, default_value_t = Self::default().battery)]
    pub battery: f64,
    /// Simulated seconds that a door may be open.
    #[arg(long, default_value_t = Self::default().door)]
    pub door: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { hot: 30.0, battery: 20.0, door: 120 }
    }
}

/// What a device says of itself, or the broker of it.
///
/// # Examples
/// ```
/// use patterns::fleet::Status;
/// assert_eq!(Status::read(b"online"), Some(Status::Online));
/// assert_eq!(Status::Offline.text(), "offline");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is connected.
    Online,
    /// It has said goodbye.
    Left,
    /// It is gone without a goodbye: its will.
    Offline,
}

impl Status {
    const ALL: [Self; 3] = [Self::Online, Self::Left, Self::Offline];

    /// The payload.
    ///
    /// See [`Status`] for an example.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Left => "left",
            Self::Offline => "offline",
        }
    }

    /// `None` if the payload is something else.
    ///
    /// See [`Status`] for an example.
    #[must_use]
    pub fn read(payload: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.text().as_bytes() == payload)
    }
}

/// What can be wrong with a device.
///
/// # Examples
/// See [`Monitor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// It is too hot.
    Hot,
    /// The battery is low.
    BatteryLow,
    /// The door is open for too long.
    DoorOpen,
    /// The device is gone without a goodbye.
    Offline,
}

impl Trouble {
    /// The last level of its topic.
    ///
    /// ```
    /// use patterns::fleet::Trouble;
    /// assert_eq!(Trouble::DoorOpen.name(), "door-open");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hot => "hot",
            Self::BatteryLow => "battery-low",
            Self::DoorOpen => "door-open",
            Self::Offline => "offline",
        }
    }
}

/// That something has gone wrong, or is well again.
///
/// # Examples
/// ```
/// use patterns::fleet::{Alert, Trouble};
/// let alert = Alert { device: "device-07".into(), trouble: Trouble::Hot, raised: true, at: 90 };
/// assert_eq!(alert.message().topic, "alerts/device-07/hot");
/// assert_eq!(alert.message().payload, r#"{"device":"device-07","trouble":"hot","raised":true,"at":90}"#);
/// assert_eq!(alert.to_string(), "   90 s  ALERT  device-07 hot");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Whose.
    pub device: String,
    /// What.
    pub trouble: Trouble,
    /// False: it is over.
    pub raised: bool,
    /// In the time of the device, seconds.
    pub at: u64,
}

impl Alert {
    /// As a message for whoever is on duty.
    ///
    /// See [`Alert`] for an example.
    #[must_use]
    pub fn message(&self) -> Message {
        // Names and numbers always are JSON.
        let payload = serde_json::to_vec(self).unwrap_or_default();
        let topic = format!("alerts/{}/{}", self.device, self.trouble.name());
        Message::new(topic, payload).qos(QoS::AtLeastOnce)
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.raised { "ALERT" } else { "over " };
        write!(f, "{:5} s  {what}  {} {}", self.at, self.device, self.trouble.name())
    }
}

/// What is known of a device.
///
/// # Examples
/// See [`Monitor`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Device {
    /// What it last said of itself.
    pub status: Option<Status>,
    /// Degrees Celsius.
    pub temperature: Option<f64>,
    /// Percent.
    pub humidity: Option<f64>,
    /// How often somebody began to move.
    pub motions: u64,
    /// Since when the door is open.
    pub door_open_since: Option<u64>,
    /// Percent.
    pub battery: Option<f64>,
    /// What is wrong now.
    pub troubles: BTreeSet<Trouble>,
    /// How many samples have come.
    pub samples: u64,
    /// Its own time, as far as is known.
    pub clock: u64,
}

/// A table of devices. It knows no clock but theirs, so the same messages give the same alerts.
///
/// # Examples
/// ```
/// use patterns::fleet::{Monitor, Reading, Sample, Status, Thresholds, Trouble};
/// let mut monitor = Monitor::new(Thresholds::default());
/// let hot = Sample { at: 90, reading: Reading::Temperature(31.0) };
/// assert_eq!(monitor.sample("device-07", hot)[0].trouble, Trouble::Hot);
/// // Once is enough.
/// assert!(monitor.sample("device-07", hot).is_empty());
/// assert_eq!(monitor.devices()["device-07"].temperature, Some(31.0));
/// ```
#[derive(Clone, Debug)]
pub struct Monitor {
    thresholds: Thresholds,
    devices: BTreeMap<String, Device>,
}

impl Monitor {
    /// A table without devices.
    ///
    /// See [`Monitor`] for an example.
    #[must_use]
    pub const fn new(thresholds: Thresholds) -> Self {
        Self { thresholds, devices: BTreeMap::new() }
    }

    /// The devices by their names.
    ///
    /// See [`Monitor`] for an example.
    #[must_use]
    pub const fn devices(&self) -> &BTreeMap<String, Device> {
        &self.devices
    }

    /// A device says something of itself, or the broker of it.
    ///
    /// ```
    /// # use patterns::fleet::{Monitor, Status, Thresholds, Trouble};
    /// let mut monitor = Monitor::new(Thresholds::default());
    /// // One that is known as nothing but gone is no news.
    /// assert_eq!(monitor.status("old", Status::Offline), None);
    /// assert_eq!(monitor.status("new", Status::Online), None);
    /// assert_eq!(monitor.status("new", Status::Offline).unwrap().trouble, Trouble::Offline);
    /// ```
    pub fn status(&mut self, name: &str, status: Status) -> Option<Alert> {
        let device = self.devices.entry(name.to_owned()).or_default();
        let before = device.status.replace(status);
        let is_wrong = match status {
            Status::Offline => before == Some(Status::Online),
            Status::Online | Status::Left => false,
        };
        // What was said once stays until the device is back.
        let is_wrong = is_wrong || status == Status::Offline && device.has(Trouble::Offline);
        device.judge(name, Trouble::Offline, Some(is_wrong))
    }

    /// A device has measured something. Gives what is new.
    ///
    /// See [`Monitor`] for an example.
    pub fn sample(&mut self, name: &str, sample: Sample) -> Vec<Alert> {
        let limits = self.thresholds;
        let device = self.devices.entry(name.to_owned()).or_default();
        device.samples += 1;
        // Messages of different QoS may overtake each other.
        device.clock = device.clock.max(sample.at);
        let mut hot = None;
        let mut low = None;
        match sample.reading {
            Reading::Temperature(value) => {
                device.temperature = Some(value);
                hot = beyond(value - limits.hot, 1.0);
            }
            Reading::Battery(value) => {
                device.battery = Some(value);
                low = beyond(limits.battery - value, 5.0);
            }
            Reading::Humidity(value) => device.humidity = Some(value),
            Reading::Motion(begins) => device.motions += u64::from(begins),
            Reading::Door(is_open) => {
                let since = device.door_open_since.unwrap_or(sample.at);
                device.door_open_since = is_open.then_some(since);
            }
        }
        let clock = device.clock;
        let forgotten = device.door_open_since.is_some_and(|since| clock - since > limits.door);
        [
            device.judge(name, Trouble::Hot, hot),
            device.judge(name, Trouble::BatteryLow, low),
            device.judge(name, Trouble::DoorOpen, Some(forgotten)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// True while a device is said to be connected.
    pub(super) fn has_online(&self) -> bool {
        self.devices.values().any(|device| device.status == Some(Status::Online))
    }
}

impl Device {
    fn has(&self, trouble: Trouble) -> bool {
        self.troubles.contains(&trouble)
    }

    /// Notes whether something is wrong; `None`: as before. An alert if that has changed.
    fn judge(&mut self, name: &str, trouble: Trouble, is_wrong: Option<bool>) -> Option<Alert> {
        let raised = is_wrong?;
        let is_new = match raised {
            true => self.troubles.insert(trouble),
            false => self.troubles.remove(&trouble),
        };
        is_new.then(|| Alert { device: name.to_owned(), trouble, raised, at: self.clock })
    }
}

/// Whether a threshold is passed by an excess, with a zone below it in which nothing changes.
fn beyond(excess: f64, zone: f64) -> Option<bool> {
    match excess {
        excess if excess >= 0.0 => Some(true),
        excess if excess < -zone => Some(false),
        _ => None,
    }
}

impl fmt::Display for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "device     status   temp  humid  motions  door    battery  samples  troubles")?;
        let number =
            |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
        for (name, device) in &self.devices {
            write!(
                f,
                "\n{name:9}  {:7} {:>5}  {:>5}  {:>7}  {:6}  {:>7}  {:>7}",
                device.status.map_or("-", Status::text),
                number(device.temperature),
                number(device.humidity),
                device.motions,
                if device.door_open_since.is_some() { "open" } else { "closed" },
                number(device.battery),
                device.samples,
            )?;
            for (number, trouble) in device.troubles.iter().enumerate() {
                write!(f, "{} {}", if number == 0 { " " } else { "," }, trouble.name())?;
            }
        }
        Ok(())
    }
}
