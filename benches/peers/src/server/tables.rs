//! The tables of the servers, in Markdown, and what of them is drawn and written to files.

use super::job::{Kind, MOSQUITTO, Place, ROWS, SIZE, WINDOW};
use super::measure::Results;
use crate::children::Words;
use crate::measure::{Series, ratio};
use crate::plot::{Bar, Panel};
use crate::report::{Record, number};
use crate::row::OURS;
use std::fmt::Write;

/// Every table.
pub fn tables(results: &Results) -> String {
    let mut text = format!(
        "MQTT 5.0, payloads of {SIZE} bytes, {WINDOW} messages of QoS 1 and 2 of each publisher on the way at a time, \
         and no other window: neither server names a Receive Maximum (`max_inflight_messages 0`); mosquitto with \
         `set_tcp_nodelay {}`, queues without bounds, and no log of connections. CPU is the server's, all threads, from the first message until the last has come, for each that \
         came or went; messages per second are those that came to subscribers, all together.\n",
        results.is_nodelay
    );
    for left_out in &results.left_out {
        writeln!(text, "\nNot measured: {left_out}.").expect("a string takes all");
    }
    for kind in Kind::ALL {
        table(results, kind, &mut text).expect("a string takes all");
    }
    if results.places.contains(&Place::IDLE) {
        let [ours, other] = ROWS.map(|row| Series::get(&results.cost, Place::IDLE, row));
        writeln!(
            text,
            "\nMemory for each of {} connections that do nothing: {} bytes; mosquitto {} bytes; ratio {:.2}.",
            results.idle,
            number(ours.median()),
            number(other.median()),
            ratio(ours, other)
        )
        .expect("a string takes all");
    }
    text.push('\n');
    text
}

fn table(results: &Results, kind: Kind, text: &mut String) -> std::fmt::Result {
    writeln!(text, "\n### {}\n", kind.name())?;
    writeln!(
        text,
        "| load | CPU us: **mqc-server** | mosquitto | ratio | msg/s: **mqc-server** | mosquitto | ratio \
         | p50 / p99 ms: **mqc-server** | mosquitto | lost %: **mqc-server** | mosquitto |"
    )?;
    writeln!(text, "|---|{}", "---:|".repeat(10))?;
    for place in results.loads().filter(|place| place.kind == kind) {
        let of = |series, row| Series::get(series, place, row);
        let us = |row| number(of(&results.cost, row).median() / 1e3);
        let rate = |row| number(1e9 / of(&results.wall, row).median());
        let latency = |row| match of(&results.p50, row).median() {
            0.0 => "–".to_owned(),
            p50 => {
                format!("{} / {}", number(p50 / 1e6), number(of(&results.p99, row).median() / 1e6))
            }
        };
        let lost = |row| number(of(&results.lost, row).median());
        writeln!(
            text,
            "| {place} | {} | {} | {:.2} | {} | {} | {:.2} | {} | {} | {} | {} |",
            us(OURS),
            us(MOSQUITTO),
            ratio(of(&results.cost, OURS), of(&results.cost, MOSQUITTO)),
            rate(OURS),
            rate(MOSQUITTO),
            ratio(of(&results.wall, MOSQUITTO), of(&results.wall, OURS)),
            latency(OURS),
            latency(MOSQUITTO),
            lost(OURS),
            lost(MOSQUITTO),
        )?;
    }
    Ok(())
}

/// Processor time for each message, a panel for each load; of a flood also the time by the clock, with how many came in
/// a second.
pub fn panels(results: &Results) -> Vec<Panel> {
    let cost = |place: Place| Panel {
        title: format!("{place}: time of the processor"),
        bars: ROWS.map(|row| Bar::of(Series::get(&results.cost, place, row))).into(),
    };
    let wall = |place: Place| Panel {
        title: format!("{place}: time by the clock"),
        bars: ROWS.map(|row| rate(Series::get(&results.wall, place, row))).into(),
    };
    let panels = |place: Place| {
        [cost(place)].into_iter().chain((place.kind == Kind::Flood).then(|| wall(place)))
    };
    results.loads().flat_map(panels).collect()
}

fn rate(series: &Series<Place>) -> Bar {
    let bar = Bar::of(series);
    Bar { name: format!("{}, {} msg/s", bar.name.trim(), number(1e9 / bar.value)), ..bar }
}

/// Everything measured.
pub fn records(results: &Results) -> Vec<Record> {
    let record = |what: &'static str, unit: &'static str| {
        move |series: &Series<Place>| {
            let [shape, kind, qos, generator] = series.place.words();
            Record::default()
                .text("load", &shape)
                .text("kind", &kind)
                .text("qos", &qos)
                .text("generator", &generator)
                .text("what", if series.place == Place::IDLE { "memory" } else { what })
                .row(series.row)
                .values(if series.place == Place::IDLE { "B" } else { unit }, series)
        }
    };
    let all = [
        ("cost", "ns", &results.cost),
        ("wall", "ns", &results.wall),
        ("p50", "ns", &results.p50),
        ("p99", "ns", &results.p99),
        ("lost", "%", &results.lost),
    ];
    // Connections that do nothing have only their memory.
    let is_known = |series: &&Series<Place>| !series.ns.is_empty();
    let all = all.into_iter();
    all.flat_map(|(what, unit, series)| series.iter().filter(is_known).map(record(what, unit)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::json;
    use crate::server::measure::Run;
    use crate::server::run::Outcome;
    use crate::server::target::targets;

    /// What was measured before something failed, as the idle connections here.
    fn results() -> Results {
        let outcome = Outcome { sent: 100, received: 99, rate: 1e6, p50_us: 0.0, p99_us: 0.0 };
        let mut results = Results { idle: 10, ..Results::default() };
        let runs = [0, 1].map(|row| (row, Run { cost: 500.0, outcome: Some(outcome) }));
        let place = Place::loads().find(|place| place.kind == Kind::Flood).expect("one");
        results.note(place, &runs);
        results
    }

    #[test]
    fn what_is_complete_is_shown() {
        let text = tables(&results());
        let rows =
            text.lines().filter(|line| line.starts_with("| flood") || line.starts_with("| paced"));
        assert_eq!(rows.count(), 1, "{text}");
        assert!(!text.contains("Memory"), "{text}");
        assert_eq!(panels(&results()).len(), 2, "time of the processor, and by the clock");
    }

    #[test]
    fn each_series_has_its_unit() {
        let mut results = results();
        let runs = [0, 1].map(|row| (row, Run { cost: 1_800.0, outcome: None }));
        results.note(Place::IDLE, &runs);
        let text = json("", &records(&results), &[]);
        let has = |what: &str, unit: &str, value: &str| {
            let [what, unit] = [("what", what), ("unit", unit)]
                .map(|(name, text)| format!("\"{name}\": \"{text}\""));
            let median = format!("\"median\": {value}, ");
            text.lines().any(|line| [&what, &unit, &median].iter().all(|part| line.contains(*part)))
        };
        assert!(has("cost", "ns", "500.000"), "{text}");
        assert!(has("lost", "%", "1.000"), "{text}");
        assert!(has("memory", "B", "1800.000"), "{text}");
        assert!(tables(&results).contains("each of 10 connections that do nothing: 1800 bytes"));
    }

    #[test]
    fn a_loss_misses_its_target() {
        let targets = targets(&results());
        let lost = targets.iter().find(|target| target.what.ends_with(": lost")).expect("a target");
        assert!(!lost.passed());
        assert!(targets.iter().all(|target| target.must.is_finite()), "{targets:?}");
    }
}
