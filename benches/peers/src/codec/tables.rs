//! The tables of the codecs, in Markdown, and what of them is drawn and written to files.

use crate::codec::job::{Direction, Place};
use crate::codec::peer::COPY;
use crate::codec::target::Results;
use crate::measure::{Series, ratio};
use crate::plot::{Bar, Panel};
use crate::report::{Record, label, number};
use crate::row::OURS;
use mqtt_benches::corpus::{Case, Protocol, sample};
use std::fmt::Write;

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
fn ranked(results: &Results, direction: Direction, protocol: Protocol) -> Vec<&Series<Place>> {
    let mut rows: Vec<&Series<Place>> = results.column(direction, protocol, Case::G).collect();
    // The copy has no stream; its row goes by the case it has.
    rows.extend(results.column(direction, protocol, Case::C).filter(|s| s.row == COPY));
    rows.sort_by(|a, b| {
        let key = |s: &Series<Place>| (!s.row.is_ours(), s.row == COPY);
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
        if series.place.case == Case::G {
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

/// The stream g: a panel for each direction in each version.
pub fn panels(results: &Results) -> Vec<Panel> {
    let mut panels = Vec::new();
    for direction in Direction::ALL {
        for protocol in Protocol::ALL {
            panels.push(Panel {
                title: format!("{}, MQTT {}", direction.name(), protocol.name()),
                bars: results.column(direction, protocol, Case::G).map(Bar::of).collect(),
            });
        }
    }
    panels
}

/// Everything measured.
pub fn records(results: &Results) -> Vec<Record> {
    let record = |series: &Series<Place>| {
        let allocations = results.allocations(series);
        Record::default()
            .text("direction", series.place.direction.name())
            .text("protocol", series.place.protocol.name())
            .text("case", series.place.case.name())
            .row(series.row)
            .number("allocations", allocations.calls)
            .number("allocated_bytes", allocations.bytes)
            .times(series)
    };
    results.series.iter().map(record).collect()
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
