//! The tables, in Markdown, and the raw figures, in JSON.

use crate::job::{Direction, Row};
use crate::measure::{Series, ratio};
use crate::peer::{COPY, OURS};
use crate::target::{Bound, Results, Target};
use mqtt_benches::corpus::{Case, Protocol, sample};
use std::fmt::Write;
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
    if row.peer == COPY.peer {
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
fn number(value: f64) -> String {
    match value {
        v if v >= 99.95 => format!("{v:.0}"),
        v if v >= 9.995 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

/// Every table of times.
pub fn tables(results: &Results) -> String {
    let mut text = String::new();
    for direction in Direction::ALL {
        for protocol in Protocol::ALL {
            table(results, direction, protocol, &mut text).expect("a string takes all");
        }
    }
    text
}

/// The series of the stream g, the fastest first; ours before all others.
fn ranked(results: &Results, direction: Direction, protocol: Protocol) -> Vec<&Series> {
    let mut rows: Vec<&Series> = results.column(direction, protocol, Case::G).collect();
    // The copy has no stream; its row goes by the case it has.
    rows.extend(results.column(direction, protocol, Case::C).filter(|s| s.row == COPY));
    rows.sort_by(|a, b| {
        let key = |s: &Series| (!s.row.is_ours(), s.row == COPY);
        key(a).cmp(&key(b)).then(a.median().total_cmp(&b.median()))
    });
    rows
}

fn table(
    results: &Results,
    direction: Direction,
    protocol: Protocol,
    text: &mut String,
) -> std::fmt::Result {
    let cell =
        |case, row| results.column(direction, protocol, case).find(|series| series.row == row);
    writeln!(text, "### {}, {}, ns per packet\n", direction.name(), protocol.name())?;
    writeln!(
        text,
        "| codec | a | b | c | d | e | f | **g** | g MB/s | allocs/pkt (g) | alloc B/pkt (g) \
         | g, times ours |"
    )?;
    writeln!(text, "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")?;
    let ours = results.get(direction, protocol, Case::G, OURS);
    let stream = sample(protocol, Case::G);
    for series in ranked(results, direction, protocol) {
        let row = series.row;
        write!(text, "| {} |", label(row))?;
        for case in Case::ALL {
            let value = cell(case, row).map_or("–".to_owned(), |s| number(s.median()));
            if case == Case::G {
                write!(text, " **{value}** |")?;
            } else {
                write!(text, " {value} |")?;
            }
        }
        if series.case == Case::G {
            let allocations = results.allocations(series);
            let speed = stream.bytes.len() as f64 * 1e3 / (series.median() * stream.packets as f64);
            writeln!(
                text,
                " {:.0} | {:.2} | {:.0} | {:.2} |",
                speed,
                allocations.calls,
                allocations.bytes,
                ratio(series, ours)
            )?;
        } else {
            writeln!(text, " – | – | – | – |")?;
        }
    }
    writeln!(text)
}

/// How many times as fast we are as each peer, case by case.
pub fn ratios(results: &Results) -> String {
    let mut text = String::new();
    let head = "| codec | a | b | c | d | e | f | g |\n|---|---:|---:|---:|---:|---:|---:|---:|\n";
    for direction in Direction::ALL {
        for protocol in Protocol::ALL {
            let title = format!("### {}, {}", direction.name(), protocol.name());
            text.push_str(&format!("{title}: time of the peer / ours\n\n{head}"));
            for row in ranked(results, direction, protocol) {
                let row = row.row;
                if !row.is_peer() {
                    continue;
                }
                text.push_str(&format!("| {} |", label(row)));
                for case in Case::ALL {
                    let ours = results.get(direction, protocol, case, OURS);
                    let theirs = results.get(direction, protocol, case, row);
                    text.push_str(&format!(" {:.2} |", ratio(theirs, ours)));
                }
                text.push('\n');
            }
            text.push('\n');
        }
    }
    text
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

/// Everything measured, for other programs.
pub fn json(results: &Results, targets: &[Target], machine: &str) -> String {
    let mut text = format!("{{\n  \"machine\": {},\n  \"series\": [\n", quoted(machine));
    for (index, series) in results.series.iter().enumerate() {
        let allocations = results.allocations(series);
        let rounds: Vec<String> = series.ns.iter().map(|ns| format!("{ns:.3}")).collect();
        text.push_str(&format!(
            "    {{\"direction\": {}, \"protocol\": {}, \"case\": {}, \"peer\": {}, \"version\": {}, \
             \"how\": {}, \"median_ns\": {:.3}, \"fastest_ns\": {:.3}, \"allocations\": {}, \
             \"allocated_bytes\": {}, \"rounds_ns\": [{}]}}{}\n",
            quoted(series.direction.name()),
            quoted(series.protocol.name()),
            quoted(series.case.name()),
            quoted(series.row.peer),
            quoted(version(series.row.peer)),
            quoted(series.row.how),
            series.median(),
            series.fastest(),
            allocations.calls,
            allocations.bytes,
            rounds.join(", "),
            if index + 1 < results.series.len() { "," } else { "" },
        ));
    }
    text.push_str("  ],\n  \"targets\": [\n");
    for (index, target) in targets.iter().enumerate() {
        let limit = |value: f64| if value.is_finite() { value.to_string() } else { "null".into() };
        text.push_str(&format!(
            "    {{\"target\": {}, \"measured\": {:.4}, \"must\": {}, \"goal\": {}, \"passed\": {}}}{}\n",
            quoted(&target.what),
            target.measured,
            limit(target.must),
            limit(target.goal),
            target.passed(),
            if index + 1 < targets.len() { "," } else { "" },
        ));
    }
    text.push_str("  ]\n}\n");
    text
}

/// A JSON string. Nothing here holds a control character.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Who took part, and how the tables are to be read.
pub fn legend() -> String {
    let mut text = String::from("| case | packet | 3.1.1 | 5.0 |\n|---|---|---:|---:|\n");
    for case in Case::ALL {
        let size = |protocol| {
            let sample = sample(protocol, case);
            sample.bytes.len() as f64 / sample.packets as f64
        };
        text.push_str(&format!(
            "| {} | {} | {:.0} B | {:.0} B |\n",
            case.name(),
            case.title(),
            size(Protocol::V311),
            size(Protocol::V5)
        ));
    }
    text.push_str(
        "\nEvery value of every decoded packet is read. Allocations are calls of malloc and realloc. \
         mqtt-core and mqttrs encode into a slice, mqttbytes, rumqttc, rmqtt-codec and \
         mqtt5-protocol append to a `BytesMut`; the rest is named in its row. mqttrs knows 3.1.1 \
         only.\n",
    );
    text
}
