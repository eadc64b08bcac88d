//! The tables of the sessions, in Markdown, and what of them is drawn and written to files.

use super::target::Results;
use super::{Place, batch_name};
use crate::measure::{Series, ratio};
use crate::plot::{Bar, Panel};
use crate::report::{Record, label, number};
use crate::row::OURS;
use mqtt_benches::corpus::Protocol;
use mqtt_benches::sessions::{BATCHES, Scenario};
use std::fmt::Write;

/// What is exchanged, and how the tables are to be read.
pub fn legend() -> String {
    let mut text = String::from("| exchange | |\n|---|---|\n");
    for scenario in Scenario::ALL {
        writeln!(text, "| {} | {} |", scenario.name(), scenario.title())
            .expect("a string takes all");
    }
    text.push_str(
        "\nPer message: bytes in, events read to the last value, bytes out; 16 messages are open at a time. \
         All report the same messages and send the same bytes. Allocations are calls of malloc and \
         realloc, in parentheses.\n",
    );
    text
}

/// Every table.
pub fn tables(results: &Results) -> String {
    let mut text = String::new();
    for batch in BATCHES {
        for protocol in Protocol::ALL {
            table(results, protocol, batch, &mut text).expect("a string takes all");
        }
    }
    memory(results, &mut text).expect("a string takes all");
    text
}

fn table(
    results: &Results,
    protocol: Protocol,
    batch: usize,
    text: &mut String,
) -> std::fmt::Result {
    let packets = if batch == 1 { "one packet".into() } else { format!("{batch} packets") };
    writeln!(text, "### {}, {packets} in an input, ns per message\n", protocol.name())?;
    write!(text, "| session |")?;
    let names = Scenario::ALL.map(Scenario::name);
    writeln!(text, " {} | times ours: {} |", names.join(" | "), names.join(" | "))?;
    writeln!(text, "|---|{}", "---:|".repeat(2 * names.len()))?;
    let place = |scenario| Place { scenario, protocol, batch };
    for series in results.column(place(Scenario::Recv0)) {
        let row = series.row;
        write!(text, "| {} |", label(row))?;
        for scenario in Scenario::ALL {
            let place = place(scenario);
            let calls = results.allocations(place, row).calls;
            write!(text, " {} ({calls:.0}) |", number(results.get(place, row).median()))?;
        }
        for scenario in Scenario::ALL {
            let place = place(scenario);
            write!(text, " {:.2} |", ratio(results.get(place, row), results.get(place, OURS)))?;
        }
        writeln!(text)?;
    }
    writeln!(text)
}

fn memory(results: &Results, text: &mut String) -> std::fmt::Result {
    writeln!(text, "### An idle session of a server, clean, drained: bytes\n")?;
    writeln!(text, "| mqtt-core | value | `heap_bytes` | heap, by the allocator | in all |")?;
    writeln!(text, "|---|---:|---:|---:|---:|")?;
    for idle in &results.idle {
        let shrunk = if idle.is_shrunk { ", after `shrink_to_fit`" } else { "" };
        let (name, total) = (idle.protocol.name(), idle.total());
        let (value, told, heap) = (idle.value, idle.told, idle.heap);
        writeln!(text, "| {name}{shrunk} | {value} | {told} | {heap} | {total} |")?;
    }
    writeln!(text)
}

/// One packet in an input: a panel for each exchange.
pub fn panels(results: &Results) -> Vec<Panel> {
    let panel = |place: Place| Panel {
        title: format!(
            "{} {}: {}",
            place.scenario.name(),
            place.protocol.name(),
            place.scenario.title()
        ),
        bars: results.column(place).map(Bar::of).collect(),
    };
    Place::all().filter(|place| place.batch == 1).map(panel).collect()
}

/// Everything measured.
pub fn records(results: &Results) -> Vec<Record> {
    let times = |series: &Series<Place>| {
        let Place { scenario, protocol, batch } = series.place;
        let allocations = results.allocations(series.place, series.row);
        Record::default()
            .text("exchange", scenario.name())
            .text("protocol", protocol.name())
            .text("input", batch_name(batch))
            .row(series.row)
            .number("allocations_per_message", allocations.calls)
            .number("allocated_bytes_per_message", allocations.bytes)
            .times(series)
    };
    let idle = results.idle.iter().map(|idle| {
        Record::default()
            .text("exchange", "idle")
            .text("protocol", idle.protocol.name())
            .text("input", if idle.is_shrunk { "shrunk" } else { "drained" })
            .row(super::OURS_SERVER)
            .number("value_bytes", idle.value)
            .number("told_heap_bytes", idle.told)
            .number("heap_bytes", idle.heap)
    });
    results.series.iter().map(times).chain(idle).collect()
}
