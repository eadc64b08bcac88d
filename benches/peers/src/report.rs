//! What all reports have: names of rows, the machine, the targets, and the raw figures in JSON.

use crate::measure::Series;
use crate::row::Row;
use crate::target::{Bound, Target};
use std::fs;

/// The version of a crate in the lockfile these programs were built with.
pub fn version(krate: &str) -> &'static str {
    let name = format!("name = \"{krate}\"");
    let mut lines = include_str!("../Cargo.lock").lines();
    lines.find(|line| *line == name);
    let version = lines.next().and_then(|line| line.strip_prefix("version = \""));
    version.and_then(|version| version.strip_suffix('"')).unwrap_or("")
}

/// A row's name, with the version of the crate.
pub fn label(row: Row) -> String {
    if row.is_limit() {
        return format!("{} {}", row.peer, row.how);
    }
    let name = format!("{} {}", row.peer, version(row.peer));
    let name = if row.is_ours() { format!("**{name}**") } else { name };
    if row.how.is_empty() { name } else { format!("{name}, {}", row.how) }
}

/// Processor, compiler and settings.
pub fn machine(rounds: usize) -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        cpuinfo
            .lines()
            .find_map(|line| line.strip_prefix(name)?.split_once(": ").map(|(_, value)| value))
            .unwrap_or("unknown")
            .to_owned()
    };
    let processors = cpuinfo.lines().filter(|line| line.starts_with("processor")).count();
    format!(
        "{} (family {}, model {}), {} logical processors; {}, release, fat LTO, one codegen unit; \
         median of {} interleaved rounds",
        field("model name"),
        field("cpu family"),
        field("model\t"),
        processors,
        env!("RUSTC_VERSION"),
        rounds,
    )
}

/// Three significant digits.
pub fn number(value: f64) -> String {
    match value {
        v if v >= 99.95 => format!("{v:.0}"),
        v if v >= 9.995 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

/// The targets, row by row.
pub fn verdicts(targets: &[Target]) -> String {
    let mut text =
        String::from("| target | measured | must | goal | |\n|---|---:|---:|---:|---|\n");
    for target in targets {
        let sign = if target.bound == Bound::Floor { "≥" } else { "≤" };
        let limit = |value: f64| match value.is_finite() {
            true => format!("{sign} {value}{}", target.unit),
            false => "–".to_owned(),
        };
        text.push_str(&format!(
            "| {} | {:.2}{} | {} | {} | {} |\n",
            target.what,
            target.measured,
            target.unit,
            limit(target.must),
            limit(target.goal),
            target.verdict()
        ));
    }
    text
}

/// One thing measured, for other programs.
#[derive(Debug, Default)]
pub struct Record(Vec<String>);

impl Record {
    /// A field that holds a word.
    #[must_use]
    pub fn text(mut self, name: &str, value: &str) -> Self {
        self.0.push(format!("{}: {}", quoted(name), quoted(value)));
        self
    }

    /// A field that holds a number.
    #[must_use]
    pub fn number(mut self, name: &str, value: f64) -> Self {
        self.0.push(format!("{}: {value}", quoted(name)));
        self
    }

    /// Who.
    #[must_use]
    pub fn row(self, row: Row) -> Self {
        self.text("peer", row.peer).text("version", version(row.peer)).text("how", row.how)
    }

    /// What was measured, all of it, in that unit.
    #[must_use]
    pub fn values<P>(mut self, unit: &str, series: &Series<P>) -> Self {
        let rounds: Vec<String> = series.ns.iter().map(|value| format!("{value:.3}")).collect();
        self = self.text("unit", unit);
        self.0.push(format!(
            "\"median\": {:.3}, \"least\": {:.3}, \"rounds\": [{}]",
            series.median(),
            series.fastest(),
            rounds.join(", ")
        ));
        self
    }

    /// The times, all of them.
    #[must_use]
    pub fn times<P>(mut self, series: &Series<P>) -> Self {
        let rounds: Vec<String> = series.ns.iter().map(|ns| format!("{ns:.3}")).collect();
        self.0.push(format!(
            "\"median_ns\": {:.3}, \"fastest_ns\": {:.3}, \"rounds_ns\": [{}]",
            series.median(),
            series.fastest(),
            rounds.join(", ")
        ));
        self
    }
}

/// Everything measured, for other programs.
pub fn json(machine: &str, series: &[Record], targets: &[Target]) -> String {
    let lines = |lines: &[String]| {
        let lines: Vec<String> = lines.iter().map(|line| format!("\n    {{{line}}}")).collect();
        lines.join(",")
    };
    let series: Vec<String> = series.iter().map(|record| record.0.join(", ")).collect();
    let limit = |value: f64| if value.is_finite() { value.to_string() } else { "null".into() };
    let targets: Vec<String> = targets
        .iter()
        .map(|target| {
            format!(
                "\"target\": {}, \"measured\": {:.4}, \"must\": {}, \"goal\": {}, \"passed\": {}",
                quoted(&target.what),
                target.measured,
                limit(target.must),
                limit(target.goal),
                target.passed()
            )
        })
        .collect();
    format!(
        "{{\n  \"machine\": {},\n  \"series\": [{}\n  ],\n  \"targets\": [{}\n  ]\n}}\n",
        quoted(machine),
        lines(&series),
        lines(&targets)
    )
}

/// A JSON string. Nothing here holds a control character.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
