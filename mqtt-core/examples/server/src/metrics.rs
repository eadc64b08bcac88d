//! What Prometheus reads, and whether all is well.

use crate::hub::Hub;
use core::fmt::{self, Display, Write};
use mqtt_core::BrokerStats;

/// What is counted beside the broker's own numbers.
#[derive(Default)]
pub(crate) struct Monitor {
    pub(crate) doors: Vec<Door>,
    /// Another server has the store.
    pub(crate) is_fenced: bool,
    pub(crate) is_stopping: bool,
}

/// Where connections come in.
pub(crate) struct Door {
    /// Such as `listener="127.0.0.1:1883",transport="tcp"`.
    labels: String,
    pub(crate) open: usize,
    accepted: u64,
}

impl Door {
    pub(crate) fn new(address: impl Display, transport: &str) -> Self {
        let labels = format!("listener=\"{address}\",transport=\"{transport}\"");
        Self { labels, open: 0, accepted: 0 }
    }

    /// One more has come in.
    pub(crate) fn enter(&mut self) {
        self.open += 1;
        self.accepted += 1;
    }
}

impl Hub {
    /// What is wrong, if anything is.
    pub(crate) fn health(&self) -> Result<(), String> {
        if self.monitor.is_stopping {
            return Err("the server is stopping".to_owned());
        }
        if self.monitor.is_fenced {
            return Err("another server has the store".to_owned());
        }
        match self.store_trouble() {
            Some(why) => Err(format!("the store has failed: {why}")),
            None => Ok(()),
        }
    }

    /// All numbers, as Prometheus reads them.
    pub(crate) fn metrics(&self) -> String {
        let mut text = String::new();
        // A string takes it all.
        let _ = self.write_metrics(&mut text);
        text
    }

    fn write_metrics(&self, out: &mut String) -> fmt::Result {
        write_broker(&self.stats(), out)?;
        let doors = &self.monitor.doors;
        let open = doors.iter().map(|door| (&door.labels[..], door.open));
        let name = "mqtt_listener_connections";
        write_each(name, "gauge", "Connections, by where they came in.", open, out)?;
        let accepted = doors.iter().map(|door| (&door.labels[..], door.accepted));
        let name = "mqtt_listener_accepted_total";
        write_each(name, "counter", "Connections that were opened.", accepted, out)?;
        let waiting = self.passwords_waiting();
        let name = "mqtt_passwords_waiting";
        write_one(name, "gauge", "Passwords that are verified or wait for it.", waiting, out)?;
        if self.has_store() {
            let is_failing = self.monitor.is_fenced || self.store_trouble().is_some();
            let name = "mqtt_store_failing";
            write_one(name, "gauge", "1 if changes cannot be stored.", u8::from(is_failing), out)?;
        }
        write_process(out)
    }
}

/// The numbers of the broker.
fn write_broker(stats: &BrokerStats, out: &mut String) -> fmt::Result {
    let (gauge, counter) = ("gauge", "counter");
    let numbers: [(&str, &str, &str, u64); 17] = [
        ("connections", gauge, "Connections, accepted or not.", stats.connections as u64),
        ("sessions", gauge, "Sessions, with a connection or without.", stats.sessions as u64),
        ("sessions_connected", gauge, "Sessions with a connection.", stats.connected as u64),
        ("subscriptions", gauge, "Subscriptions.", stats.subscriptions as u64),
        ("retained_messages", gauge, "Retained messages.", stats.retained as u64),
        ("retained_bytes", gauge, "Bytes of retained messages.", stats.retained_bytes as u64),
        ("queued_bytes", gauge, "Bytes of messages that wait.", stats.queued_bytes as u64),
        ("connects_total", counter, "Clients that were accepted.", stats.connects),
        ("refused_total", counter, "Clients that were refused.", stats.refused),
        ("takeovers_total", counter, "Sessions taken from a connection.", stats.takeovers),
        ("received_bytes_total", counter, "Bytes that came.", stats.bytes_received),
        ("messages_received_total", counter, "Messages published.", stats.messages_received),
        ("messages_sent_total", counter, "Messages for receivers.", stats.messages_sent),
        ("not_authorized_total", counter, "Messages not allowed.", stats.not_authorized),
        ("publisher_waits_total", counter, "Waits of publishers.", stats.publisher_waits),
        ("wills_total", counter, "Wills that were published.", stats.wills),
        ("sessions_expired_total", counter, "Sessions that expired.", stats.sessions_expired),
    ];
    for (name, kind, help, value) in numbers {
        write_one(&format!("mqtt_{name}"), kind, help, value, out)?;
    }
    let dropped = [
        ("reason=\"offline\"", stats.dropped_offline),
        ("reason=\"full\"", stats.dropped_full),
        ("reason=\"too_large\"", stats.dropped_too_large),
        ("reason=\"refused\"", stats.dropped_refused),
        ("reason=\"expired\"", stats.dropped_expired),
    ];
    let help = "Messages that a receiver did not get.";
    write_each("mqtt_messages_dropped_total", "counter", help, dropped, out)
}

/// What the process takes, under the names that others use too.
#[cfg(target_os = "linux")]
fn write_process(out: &mut String) -> fmt::Result {
    use rustix::time::{ClockId, clock_gettime};
    let cpu = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9;
    let name = "process_cpu_seconds_total";
    write_one(name, "counter", "Processor time of the process.", seconds, out)?;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    let Some(pages) = pages else { return Ok(()) };
    let bytes = pages.saturating_mul(rustix::param::page_size());
    let name = "process_resident_memory_bytes";
    write_one(name, "gauge", "Memory of the process that is there.", bytes, out)
}

#[cfg(not(target_os = "linux"))]
fn write_process(_: &mut String) -> fmt::Result {
    Ok(())
}

fn write_one(
    name: &str,
    kind: &str,
    help: &str,
    value: impl Display,
    out: &mut String,
) -> fmt::Result {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}")
}

fn write_each<'l, V: Display>(
    name: &str,
    kind: &str,
    help: &str,
    values: impl IntoIterator<Item = (&'l str, V)>,
    out: &mut String,
) -> fmt::Result {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")?;
    values.into_iter().try_for_each(|(labels, value)| writeln!(out, "{name}{{{labels}}} {value}"))
}
