//! What a session has done, in numbers.

use crate::{Instant, QoS};
use core::fmt;

/// What a session has done since it was made or its numbers were reset.
///
/// # Examples
/// ```
/// use mqtt_core::{ClientConfig, ClientSession, Connect, Instant, Publish, WhenFull};
/// let now = Instant::default();
/// let mut session = ClientSession::new(ClientConfig::default());
/// session.connect(now, &Connect::default())?;
/// session.handle_input(now, b"\x20\x03\0\0\0");
/// session.poll_event();
/// session.publish(now, &Publish { topic: "t", ..Publish::default() }, 0, WhenFull::Queue)?;
///
/// let stats = session.stats_and_reset(Instant::from_millis(2000)).unwrap();
/// assert_eq!((stats.connects, stats.sent.messages, stats.sent.bytes), (1, [1, 0, 0], [6, 0, 0]));
/// assert_eq!(stats.messages_per_second(), 0.5);
/// assert_eq!(session.stats().unwrap().sent.messages, [0; 3]);
/// # Ok::<(), mqtt_core::UsageError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Stats {
    /// Messages of this side, each time they were written: those that were sent again count again.
    pub sent: Traffic,
    /// Messages of the peer, each time they came.
    pub received: Traffic,
    /// Connections that came as far as CONNACK.
    pub connects: u64,
    /// Connections that have ended, of those.
    pub disconnects: u64,
    /// Connections that a fault or a silence of the peer has ended, messages that it has refused, and
    /// messages that were dropped.
    pub errors: u64,
    /// Messages that are sent and not done, now.
    pub in_flight: u64,
    /// Messages that wait to be sent, now; also those that have expired and were not dropped yet.
    pub queued: u64,
    /// Bytes of their packets, now.
    pub queued_bytes: u64,
    /// How long messages of the peer waited to be polled, in milliseconds.
    pub latency: Spread,
    /// How many messages came with one input.
    pub batch: Spread,
    /// Since when it is counted, and until when.
    pub from: Instant,
    /// Until when it is counted.
    pub to: Instant,
}

/// Messages of one direction, by QoS.
///
/// # Examples
/// ```
/// assert_eq!(mqtt_core::Traffic::default().messages, [0, 0, 0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Traffic {
    /// How many, of QoS 0, 1, 2.
    pub messages: [u64; 3],
    /// Bytes of their packets, of QoS 0, 1, 2.
    pub bytes: [u64; 3],
}

impl Traffic {
    #[inline]
    pub(super) fn count(&mut self, qos: QoS, bytes: usize) {
        self.messages[qos as usize] += 1;
        self.bytes[qos as usize] += bytes as u64;
    }
}

/// The least, the most and the average of some numbers.
///
/// # Examples
/// ```
/// use mqtt_core::Spread;
/// let spread = Spread { min: 1, max: 4, sum: 6, count: 3 };
/// assert_eq!((spread.average(), Spread::default().average()), (Some(2.0), None));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Spread {
    /// The least; 0 if there are none.
    pub min: u64,
    /// The most.
    pub max: u64,
    /// All added up.
    pub sum: u64,
    /// How many there are.
    pub count: u64,
}

impl Spread {
    #[inline]
    pub(super) fn add(&mut self, number: u64) {
        self.min = if self.count == 0 { number } else { self.min.min(number) };
        self.max = self.max.max(number);
        self.sum = self.sum.saturating_add(number);
        self.count += 1;
    }

    /// The average; `None` if there are none.
    ///
    /// See [`Spread`] for an example.
    #[must_use]
    pub fn average(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }
}

impl Stats {
    /// Messages of both directions.
    ///
    /// ```
    /// assert_eq!(mqtt_core::Stats::default().messages(), 0);
    /// ```
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.sent.messages.iter().chain(&self.received.messages).sum()
    }

    /// Messages of both directions in a second; 0 if no time has passed.
    ///
    /// See [`Stats`] for an example.
    #[must_use]
    pub fn messages_per_second(&self) -> f64 {
        let seconds = self.to.since(self.from).as_secs_f64();
        if seconds > 0.0 { self.messages() as f64 / seconds } else { 0.0 }
    }

    /// Errors among messages and errors, in percent; 0 if there is neither.
    ///
    /// ```
    /// use mqtt_core::{Stats, Traffic};
    /// let sent = Traffic { messages: [9, 0, 0], bytes: [90, 0, 0] };
    /// let stats = Stats { sent, errors: 1, ..Stats::default() };
    /// assert_eq!(stats.error_rate_percent(), 10.0);
    /// ```
    #[must_use]
    pub fn error_rate_percent(&self) -> f64 {
        let all = self.messages() + self.errors;
        if all > 0 { self.errors as f64 * 100.0 / all as f64 } else { 0.0 }
    }

    /// Writes the numbers as Prometheus reads them. `labels` go with each, as in `client="7"`.
    ///
    /// # Errors
    /// Those of `out`.
    ///
    /// ```
    /// let mut text = String::new();
    /// mqtt_core::Stats::default().write_prometheus("client=\"7\"", &mut text)?;
    /// assert!(text.contains("mqtt_messages_total{client=\"7\",direction=\"sent\",qos=\"0\"} 0\n"));
    /// # Ok::<(), core::fmt::Error>(())
    /// ```
    pub fn write_prometheus(&self, labels: &str, out: &mut impl fmt::Write) -> fmt::Result {
        let comma = if labels.is_empty() { "" } else { "," };
        let directions = [("sent", &self.sent), ("received", &self.received)];
        for (name, in_bytes) in [("mqtt_messages_total", false), ("mqtt_message_bytes_total", true)]
        {
            writeln!(out, "# TYPE {name} counter")?;
            for (direction, traffic) in directions {
                let numbers = if in_bytes { &traffic.bytes } else { &traffic.messages };
                for (qos, number) in numbers.iter().enumerate() {
                    let own = format_args!("direction=\"{direction}\",qos=\"{qos}\"");
                    writeln!(out, "{name}{{{labels}{comma}{own}}} {number}")?;
                }
            }
        }
        let single = [
            ("mqtt_connects_total", "counter", self.connects),
            ("mqtt_disconnects_total", "counter", self.disconnects),
            ("mqtt_errors_total", "counter", self.errors),
            ("mqtt_messages_in_flight", "gauge", self.in_flight),
            ("mqtt_messages_queued", "gauge", self.queued),
            ("mqtt_messages_queued_bytes", "gauge", self.queued_bytes),
            ("mqtt_receive_latency_milliseconds_sum", "counter", self.latency.sum),
            ("mqtt_receive_latency_milliseconds_count", "counter", self.latency.count),
            ("mqtt_receive_batch_messages_sum", "counter", self.batch.sum),
            ("mqtt_receive_batch_messages_count", "counter", self.batch.count),
        ];
        for (name, kind, number) in single {
            writeln!(out, "# TYPE {name} {kind}\n{name}{{{labels}}} {number}")?;
        }
        Ok(())
    }
}

/// What is counted while it happens.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) stats: Stats,
    /// When the last input came, and how many messages have come with it.
    input_at: Instant,
    batch: u64,
}

impl Counters {
    /// Notes that bytes have come.
    pub(super) fn input(&mut self, now: Instant) {
        if self.batch > 0 {
            self.stats.batch.add(self.batch);
        }
        (self.input_at, self.batch) = (now, 0);
    }

    /// Notes that a message has been polled.
    pub(super) fn received(&mut self, now: Instant, qos: QoS, bytes: usize) {
        self.batch += 1;
        self.stats.received.count(qos, bytes);
        let waited = now.since(self.input_at).as_millis();
        self.stats.latency.add(u64::try_from(waited).unwrap_or(u64::MAX));
    }

    /// The numbers so far.
    pub(super) fn snapshot(&self, now: Instant) -> Stats {
        let mut stats = self.stats;
        stats.to = now;
        if self.batch > 0 {
            stats.batch.add(self.batch);
        }
        stats
    }

    /// Begins anew.
    pub(super) fn reset(&mut self, now: Instant) {
        self.stats = Stats { from: now, ..Stats::default() };
        self.batch = 0;
    }
}
