//! The tables of the servers, in Markdown, and what of them is drawn and written to files.

use super::job::{IDLE, Kind, MOSQUITTO, Place, ROWS, SIZE, WINDOW};
use super::measure::Results;
use crate::measure::{Series, ratio};
use crate::plot::{Bar, Panel};
use crate::report::{Record, number};
use crate::row::OURS;
use std::fmt::Write;

/// Every table.
pub fn tables(results: &Results) -> String {
    let mut text = format!(
        "MQTT 5.0, payloads of {SIZE} bytes, {WINDOW} messages of QoS 1 and 2 of each publisher on the way; mosquitto \
         with `set_tcp_nodelay {}` and queues without bounds. CPU is the server's, all threads, for each message that \
         came or went; messages per second are those that came to subscribers, all together.\n",
        results.is_nodelay
    );
    for kind in Kind::ALL {
        table(results, kind, &mut text).expect("a string takes all");
    }
    let [ours, other] = ROWS.map(|row| Results::get(&results.cost, Place::IDLE, row));
    writeln!(
        text,
        "\nMemory for each of {IDLE} connections that do nothing: {} bytes; mosquitto {} bytes; ratio {:.2}.\n",
        number(ours.median()),
        number(other.median()),
        ratio(ours, other)
    )
    .expect("a string takes all");
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
    for place in Place::loads().filter(|place| place.kind == kind) {
        let of = |series, row| Results::get(series, place, row);
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

/// Processor time for each message: a panel for each load.
pub fn panels(results: &Results) -> Vec<Panel> {
    let panel = |place: Place| Panel {
        title: place.to_string(),
        bars: ROWS.map(|row| Bar::of(Results::get(&results.cost, place, row))).into(),
    };
    Place::loads().map(panel).collect()
}

/// Everything measured.
pub fn records(results: &Results) -> Vec<Record> {
    let record = |what: &'static str| {
        move |series: &Series<Place>| {
            let [shape, kind, qos, generator] = series.place.words();
            Record::default()
                .text("load", &shape)
                .text("kind", &kind)
                .text("qos", &qos)
                .text("generator", &generator)
                .text("what", what)
                .row(series.row)
                .times(series)
        }
    };
    let all = [
        ("cost", &results.cost),
        ("wall", &results.wall),
        ("p50", &results.p50),
        ("p99", &results.p99),
        ("lost", &results.lost),
    ];
    // Connections that do nothing have only their memory.
    let is_known = |series: &&Series<Place>| !series.ns.is_empty();
    let all = all.into_iter();
    all.flat_map(|(what, series)| series.iter().filter(is_known).map(record(what))).collect()
}
