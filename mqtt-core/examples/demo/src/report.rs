//! What came of all: numbers and guarantees.

use crate::screen::{Mark, Screen};
use core::time::Duration;
use mqc_client::bench::Latency;
use mqtt_core::{QoS, Version};

/// One guarantee, as it was seen once.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) guarantee: &'static str,
    pub(crate) version: Version,
    /// How it was broken. Empty if it holds.
    pub(crate) broken: Vec<String>,
}

/// The numbers of one version and QoS.
#[derive(Debug)]
pub(crate) struct Row {
    version: Version,
    qos: QoS,
    /// The least that a subscription has got of that.
    pub(crate) granted: QoS,
    /// Of QoS 1 and 2, and acknowledged.
    sent: u64,
    /// Each message, for each place it was to come to.
    pub(crate) expected: u64,
    pub(crate) received: u64,
    pub(crate) lost: u64,
    pub(crate) duplicated: u64,
    /// Until the last one came.
    pub(crate) seconds: f64,
    pub(crate) latency: Option<Latency>,
    pub(crate) note: String,
}

/// What came of all.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) rows: Vec<Row>,
    pub(crate) checks: Vec<Check>,
}

/// Said beside losses.
const QUEUES: &str =
    "a broker may drop what it has acknowledged (mosquitto logs that); try --window 1";

/// Said below the numbers.
const COUNTED: &str =
    "msg/s counts what was received: of each message that was sent, a copy for each that gets it.";

/// A column: its heading and how wide it is.
const COLUMNS: [(&str, usize); 11] = [
    ("MQTT", 5),
    ("QoS", 4),
    ("sent", 9),
    ("expected", 10),
    ("received", 10),
    ("lost", 7),
    ("duplicated", 12),
    ("msg/s", 9),
    ("p50 ms", 9),
    ("p99 ms", 9),
    ("max ms", 9),
];

impl Check {
    pub(crate) fn is_good(&self) -> bool {
        self.broken.is_empty()
    }
}

impl Row {
    pub(crate) const fn new(version: Version, qos: QoS, sent: u64, expected: u64) -> Self {
        Self {
            version,
            qos,
            granted: qos,
            sent,
            expected,
            received: 0,
            lost: 0,
            duplicated: 0,
            seconds: 0.0,
            latency: None,
            note: String::new(),
        }
    }

    fn cells(&self) -> [String; COLUMNS.len()] {
        let per_second = if self.seconds > 0.0 { self.received as f64 / self.seconds } else { 0.0 };
        let time = |of: fn(Latency) -> u64| {
            self.latency
                .map_or("-".to_owned(), |latency| format!("{:.3}", of(latency) as f64 / 1e3))
        };
        [
            self.version.to_string(),
            (self.qos as u8).to_string(),
            grouped(self.sent),
            grouped(self.expected),
            grouped(self.received),
            grouped(self.lost),
            grouped(self.duplicated),
            grouped(per_second as u64),
            time(|latency| latency.p50_us),
            time(|latency| latency.p99_us),
            time(|latency| latency.max_us),
        ]
    }
}

impl Report {
    pub(crate) fn is_good(&self) -> bool {
        self.checks.iter().all(Check::is_good)
    }

    /// Prints tables and a verdict.
    pub(crate) fn show(&self, screen: &Screen, took: Duration) {
        screen.text("");
        screen.title(&line(&COLUMNS.map(|(name, _)| name.to_owned())));
        for row in &self.rows {
            screen.text(&line(&row.cells()));
        }
        screen.text(COUNTED);
        screen.text("");
        let guarantees = self.guarantees();
        let width = guarantees.iter().map(|name| name.chars().count()).max().unwrap_or_default();
        let versions = [Version::V311, Version::V5];
        let [first, second] = versions.map(|version| version.to_string());
        screen.title(&format!("{:width$}  {first:6}  {second}", "guarantee"));
        for name in &guarantees {
            let marks = versions.map(|version| self.mark(screen, name, version));
            screen.text(format!("{name:width$}  {}", marks.join("  ")).trim_end());
        }
        screen.text("");
        let broken: Vec<_> = self.checks.iter().filter(|check| !check.is_good()).collect();
        for Check { guarantee, version, broken } in &broken {
            for how in broken {
                screen.line(Mark::Broken, &format!("{version}: {guarantee}: {how}"));
            }
        }
        if self.rows.iter().any(|row| row.qos != QoS::AtMostOnce && row.lost > 0) {
            screen.line(Mark::Note, QUEUES);
        }
        let seconds = took.as_secs_f64();
        match broken.is_empty() {
            true => screen.title(&format!("All guarantees hold. It took {seconds:.1} s.")),
            false => screen.title(&format!("Not all guarantees hold. It took {seconds:.1} s.")),
        }
    }

    /// All there are, each once, in their order.
    fn guarantees(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for check in &self.checks {
            if !names.contains(&check.guarantee) {
                names.push(check.guarantee);
            }
        }
        names
    }

    /// How a guarantee does in a version: it may not be there at all.
    fn mark(&self, screen: &Screen, name: &str, version: Version) -> String {
        let mut checks = self
            .checks
            .iter()
            .filter(|check| (check.guarantee, check.version) == (name, version))
            .peekable();
        screen.word(match (checks.peek().is_some(), checks.all(Check::is_good)) {
            (false, _) => Mark::None,
            (true, true) => Mark::Good,
            (true, false) => Mark::Broken,
        })
    }
}

/// A line of the table.
fn line(cells: &[String; COLUMNS.len()]) -> String {
    let [version, rest @ ..] = cells;
    let mut line = format!("{version:width$}", width = COLUMNS[0].1);
    for (cell, (_, width)) in rest.iter().zip(&COLUMNS[1..]) {
        line += &format!("{cell:>width$}");
    }
    line
}

/// A number with commas, as `1,234`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        let numbers = [0, 12, 999, 1_000, 40_000, 1_234_567].map(grouped);
        assert_eq!(numbers, ["0", "12", "999", "1,000", "40,000", "1,234,567"]);
    }

    #[test]
    fn one_that_is_broken_once_is_broken() {
        let check = |version, broken: &[&str]| Check {
            guarantee: "it holds",
            version,
            broken: broken.iter().map(ToString::to_string).collect(),
        };
        let checks = vec![
            check(Version::V311, &[]),
            check(Version::V5, &[]),
            check(Version::V5, &["it was not so"]),
            check(Version::V5, &[]),
        ];
        let (report, screen) = (Report { rows: Vec::new(), checks }, Screen::new(true));
        assert!(!report.is_good());
        assert_eq!(report.guarantees(), ["it holds"]);
        let marks = [Version::V31, Version::V311, Version::V5];
        let marks = marks.map(|version| report.mark(&screen, "it holds", version));
        assert_eq!(marks.map(|mark| mark.trim().to_owned()), ["-", "ok", "BROKEN"]);
    }
}
