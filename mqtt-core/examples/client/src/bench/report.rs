//! What became of a load.

use super::load::Load;
use super::publisher::Publisher;
use super::stamp;
use super::tally::{Tally, histogram};
use core::fmt;
use core::time::Duration;
use hdrhistogram::Histogram;
use serde::Serialize;

/// What became of a load.
///
/// # Examples
/// See [`bench`](crate::bench).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Of MQTT.
    pub version: String,
    /// How many published.
    pub publishers: usize,
    /// How many subscribed.
    pub subscribers: usize,
    /// Where publishers kept their sessions.
    pub store: Option<String>,
    /// Of messages and subscriptions.
    pub qos: u8,
    /// Bytes of a payload.
    pub payload_bytes: usize,
    /// Messages that were sent; of QoS 1 and 2, and acknowledged.
    pub sent: u64,
    /// Messages that were refused, or whose end is not known.
    pub failed: u64,
    /// The first that went wrong, with a publisher or a subscriber.
    pub error: Option<String>,
    /// How many were to come: each that was sent, for each that subscribed to it.
    pub expected: u64,
    /// How many came, each counted once.
    pub received: u64,
    /// How many did not come. A broker may drop messages of QoS 0.
    pub lost: u64,
    /// How many came again; not known if payloads are small.
    pub duplicates: Option<u64>,
    /// How many came after one that was sent later; not known if payloads are small.
    pub out_of_order: Option<u64>,
    /// From the beginning to the last acknowledgement.
    pub sending_seconds: f64,
    /// From the beginning to the last message that came.
    pub receiving_seconds: f64,
    /// Messages per second.
    pub sent_per_second: f64,
    /// Messages per second, of all subscribers together.
    pub received_per_second: f64,
    /// From handing a message over to getting it; not known if payloads are small.
    pub latency: Option<Latency>,
    /// Of all clients, user and system.
    pub cpu_seconds: f64,
    /// Of that, for each message sent and each received.
    pub cpu_us_per_message: f64,
    /// It was stopped before its end.
    pub is_stopped: bool,
}

/// How long messages took, in microseconds: the least, so many of a hundred, the most.
///
/// # Examples
/// See [`bench`](crate::bench).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Latency {
    /// The least.
    pub min_us: u64,
    /// Half of all took no longer.
    pub p50_us: u64,
    /// 90 of 100.
    pub p90_us: u64,
    /// 99 of 100.
    pub p99_us: u64,
    /// 999 of 1,000.
    pub p999_us: u64,
    /// The most.
    pub max_us: u64,
}

impl Latency {
    /// Of times in microseconds. `None` if there are none.
    ///
    /// ```
    /// use mqc_client::bench::{Latency, histogram};
    /// let mut times = histogram();
    /// assert_eq!(Latency::of(&times), None);
    /// times.record(120)?;
    /// assert_eq!(Latency::of(&times).map(|latency| latency.p50_us), Some(120));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(histogram: &Histogram<u64>) -> Option<Self> {
        (!histogram.is_empty()).then(|| Self {
            min_us: histogram.min(),
            p50_us: histogram.value_at_quantile(0.5),
            p90_us: histogram.value_at_quantile(0.9),
            p99_us: histogram.value_at_quantile(0.99),
            p999_us: histogram.value_at_quantile(0.999),
            max_us: histogram.max(),
        })
    }
}

impl Report {
    pub(crate) fn new(
        load: &Load,
        publishers: &[Publisher],
        expected: &[u64],
        tallies: &[Tally],
        cpu: Duration,
        is_stopped: bool,
    ) -> Self {
        let sent = publishers.iter().map(|publisher| publisher.window.sent).sum();
        let received = tallies.iter().map(|tally| tally.received).sum();
        // One by one: what came too often to one does not make up for what another lacks.
        let lost = tallies
            .iter()
            .map(|tally| expected[tally.subscriber].saturating_sub(tally.received))
            .sum();
        let numbered = |of: fn(&Tally) -> u64| {
            stamp::has_number(load.size).then(|| tallies.iter().map(of).sum())
        };
        let mut latency = histogram();
        for tally in tallies {
            latency.add(&tally.latency).expect("it grows");
        }
        let longest = |times: &mut dyn Iterator<Item = Duration>| {
            times.max().unwrap_or_default().as_secs_f64()
        };
        let sending_seconds = longest(&mut publishers.iter().map(|publisher| publisher.took));
        let receiving_seconds = longest(&mut tallies.iter().map(|tally| tally.last));
        let of_publishers =
            publishers.iter().filter_map(|publisher| publisher.window.error.as_ref());
        let of_subscribers = tallies.iter().filter_map(|tally| tally.error.as_ref());
        let error = of_publishers.chain(of_subscribers).next();
        Self {
            version: load.options.version.to_string(),
            publishers: load.publishers,
            subscribers: load.subscribers,
            store: load.store.clone(),
            qos: load.qos as u8,
            payload_bytes: load.size,
            sent,
            failed: publishers.iter().map(|publisher| publisher.window.failed).sum(),
            error: error.map(ToString::to_string),
            expected: expected.iter().sum(),
            received,
            lost,
            duplicates: numbered(|tally| tally.duplicates),
            out_of_order: numbered(|tally| tally.out_of_order),
            sending_seconds,
            receiving_seconds,
            sent_per_second: per(sent as f64, sending_seconds),
            received_per_second: per(received as f64, receiving_seconds),
            latency: Latency::of(&latency),
            cpu_seconds: cpu.as_secs_f64(),
            cpu_us_per_message: per(cpu.as_secs_f64() * 1e6, (sent + received) as f64),
            is_stopped,
        }
    }

    /// Whether all could be sent, and no message is missing that QoS 1 or 2 promise.
    ///
    /// See [`bench`](crate::bench) for an example.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failed == 0 && (self.qos == 0 || self.lost == 0)
    }
}

/// 0 if there is nothing to divide by.
fn per(amount: f64, by: f64) -> f64 {
    if by > 0.0 { amount / by } else { 0.0 }
}

/// Where columns of a table begin.
const NAME: usize = 14;
const VALUE: usize = 12;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (publishers, subscribers) = (self.publishers, self.subscribers);
        let store = self.store.as_ref().map(|url| format!("; stored in {url}"));
        let store = store.unwrap_or_default();
        writeln!(
            f,
            "MQTT {}, QoS {}, payloads of {} bytes; publishers: {publishers}, subscribers: {subscribers}{store}{}",
            self.version,
            self.qos,
            self.payload_bytes,
            if self.is_stopped { "; stopped before its end" } else { "" },
        )?;
        let mut row = |name: &str, value: &str, more: &str| {
            writeln!(f, "{}", format!("{name:NAME$}{value:>VALUE$}  {more}").trim_end())
        };
        let rate =
            |per_second: f64, seconds: f64| format!("{per_second:.0} msg/s in {seconds:.2} s");
        row("sent", &self.sent.to_string(), &rate(self.sent_per_second, self.sending_seconds))?;
        if self.failed > 0 {
            row("failed", &self.failed.to_string(), "")?;
        }
        let received = rate(self.received_per_second, self.receiving_seconds);
        row("received", &self.received.to_string(), &received)?;
        let percent = per(self.lost as f64 * 100.0, self.expected as f64);
        let percent = if self.lost > 0 { format!("{percent:.3} %") } else { String::new() };
        row("lost", &self.lost.to_string(), &percent)?;
        if let Some(error) = &self.error {
            row("trouble", "", error)?;
        }
        let known = |value: Option<u64>| value.map_or("not known".to_owned(), |n| n.to_string());
        let why = |least: &str, is_known| match is_known {
            true => String::new(),
            false => format!("payloads are smaller than {least} bytes"),
        };
        let small = why("8", stamp::has_number(self.payload_bytes));
        row("duplicates", &known(self.duplicates), &small)?;
        row("out of order", &known(self.out_of_order), &small)?;
        match self.latency {
            Some(latency) => {
                let Latency { min_us, p50_us, p90_us, p99_us, p999_us, max_us } = latency;
                let value = |name: &str, us: u64| format!("{name} {:.3}", us as f64 / 1000.0);
                let all = [
                    value("min", min_us),
                    value("p50", p50_us),
                    value("p90", p90_us),
                    value("p99", p99_us),
                    value("p99.9", p999_us),
                    value("max", max_us),
                ];
                row("latency", "ms", &all.join("  "))?;
            }
            None => {
                row("latency", "not known", &why("16", stamp::has_time(self.payload_bytes)))?;
            }
        }
        let cpu = format!("{:.3} s", self.cpu_seconds);
        row("CPU", &cpu, &format!("{:.2} us per message sent or received", self.cpu_us_per_message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::stamp::Stamp;
    use crate::options::Options;
    use mqtt_core::QoS;

    fn load() -> Load {
        let address = "mqtt://localhost".parse().expect("a URL");
        Load { subscribers: 2, qos: QoS::AtLeastOnce, size: 16, ..Load::new(Options::new(address)) }
    }

    fn tally(load: &Load, subscriber: usize, sequences: &[u64], now: Duration) -> Tally {
        let mut tally = Tally::new(subscriber, load.size, 1);
        for &sequence in sequences {
            let stamp = Stamp { publisher: 0, sequence, sent: 1_000_000 };
            tally.note(&stamp.payload(load.size), now);
        }
        tally
    }

    #[test]
    fn sums_rates_and_percentiles() {
        let load = load();
        let tallies = [
            tally(&load, 1, &[0, 1, 2, 3, 3, 3], Duration::from_millis(2)),
            tally(&load, 0, &[0, 3, 2], Duration::from_millis(500)),
        ];
        let report = Report::new(&load, &[], &[4, 4], &tallies, Duration::from_micros(70), false);
        assert_eq!((report.expected, report.received, report.lost), (8, 7, 1));
        assert_eq!((report.duplicates, report.out_of_order), (Some(2), Some(1)));
        assert!(!report.is_good());
        assert_eq!((report.receiving_seconds, report.received_per_second), (0.5, 14.0));
        assert_eq!((report.sent_per_second, report.cpu_us_per_message), (0.0, 10.0));
        let latency = report.latency.expect("payloads are large enough");
        assert_eq!((latency.min_us, latency.p50_us), (1_000, 1_000));
        assert!((499_000..499_500).contains(&latency.max_us), "three digits: {latency:?}");
    }

    #[test]
    fn what_is_not_known_is_not_zero() {
        let load = Load { size: 4, ..load() };
        let tallies = [tally(&load, 0, &[0, 1], Duration::ZERO)];
        let report = Report::new(&load, &[], &[2], &tallies, Duration::ZERO, false);
        assert_eq!((report.lost, report.duplicates, report.latency), (0, None, None));
        assert!(report.is_good());
        let text = report.to_string();
        assert!(
            text.contains("duplicates       not known  payloads are smaller than 8 bytes\n"),
            "{text}"
        );
    }

    #[test]
    fn loss_of_qos_0_is_no_fault() {
        let load = Load { qos: QoS::AtMostOnce, ..load() };
        let tallies = [tally(&load, 0, &[0], Duration::ZERO)];
        let report = Report::new(&load, &[], &[2], &tallies, Duration::ZERO, false);
        assert_eq!(report.lost, 1);
        assert!(report.is_good());
    }
}
