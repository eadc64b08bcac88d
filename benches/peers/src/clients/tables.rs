//! The tables of the clients, in Markdown, and what of them is drawn and written to files.

use super::job::{Flavour, Place, ROWS};
use super::measure::Results;
use super::run;
use crate::children::Words;
use crate::measure::{Series, ratio};
use crate::plot::{Bar, Panel};
use crate::report::{Record, label, number};
use mqtt_benches::corpus::Protocol;
use std::fmt::Write;

/// Every table.
pub fn tables(results: &Results) -> String {
    let mut text = run::legend(results.is_nodelay);
    for flavour in Flavour::ALL {
        for protocol in Protocol::ALL {
            table(results, flavour, protocol, &mut text).expect("a string takes all");
        }
    }
    text.push('\n');
    text
}

fn table(
    results: &Results,
    flavour: Flavour,
    protocol: Protocol,
    text: &mut String,
) -> std::fmt::Result {
    writeln!(text, "\n### {}, runtime {}\n", protocol.name(), flavour.name())?;
    let [ours, other, floor] = ROWS.map(label);
    writeln!(
        text,
        "| work | CPU us per message: {ours} | {other} | {floor} | ratio | msg/s: {ours} | {other} | {floor} | ratio |"
    )?;
    writeln!(text, "|---|{}", "---:|".repeat(8))?;
    let is_here = |place: &Place| place.flavour == flavour && place.protocol == protocol;
    for place in Place::all().filter(is_here) {
        let of = |series, row| Series::get(series, place, row);
        let [ours_cpu, other_cpu, floor_cpu] = ROWS.map(|row| of(&results.cpu, row));
        let [ours_wall, other_wall, floor_wall] = ROWS.map(|row| of(&results.wall, row));
        let us = |series: &Series<Place>| number(series.median() / 1e3);
        let rate = |series: &Series<Place>| number(1e9 / series.median());
        writeln!(
            text,
            "| {} QoS {} | {} | {} | {} | {:.2} | {} | {} | {} | {:.2} |",
            place.direction.name(),
            place.qos,
            us(ours_cpu),
            us(other_cpu),
            us(floor_cpu),
            ratio(ours_cpu, other_cpu),
            rate(ours_wall),
            rate(other_wall),
            rate(floor_wall),
            ratio(other_wall, ours_wall),
        )?;
    }
    Ok(())
}

/// Processor time on one thread: a panel for each work.
pub fn panels(results: &Results) -> Vec<Panel> {
    let panel = |place: Place| Panel {
        title: place.to_string(),
        bars: ROWS.map(|row| Bar::of(Series::get(&results.cpu, place, row))).into(),
    };
    Place::all().filter(|place| place.flavour == Flavour::CurrentThread).map(panel).collect()
}

/// Everything measured.
pub fn records(results: &Results) -> Vec<Record> {
    let record = |clock: &'static str| {
        move |series: &Series<Place>| {
            let [protocol, direction, qos, flavour] = series.place.words();
            Record::default()
                .text("protocol", &protocol)
                .text("direction", &direction)
                .text("qos", &qos)
                .text("runtime", &flavour)
                .text("clock", clock)
                .row(series.row)
                .times(series)
        }
    };
    let cpu = results.cpu.iter().map(record("cpu"));
    cpu.chain(results.wall.iter().map(record("wall"))).collect()
}
