//! The tables of the indexes of retained names, in Markdown, and what of them is written to files.

use super::target::Results;
use super::{Place, contestants};
use crate::measure::{Series, ratio};
use crate::plot::{Bar, Panel};
use crate::report::{Record, label, number};
use crate::row::OURS;
use mqtt_benches::retained::{HITS, Kind};
use mqtt_benches::topics::size_name;
use std::fmt::Write;

/// How the tables are to be read.
pub fn legend() -> String {
    let mut text = String::from("| lookup | filter |\n|---|---|\n");
    for kind in Kind::ALL {
        writeln!(text, "| {} | `{}` |", kind.name(), kind.title()).expect("a string takes all");
    }
    writeln!(
        text,
        "\nEach lookup finds {HITS} names, the same by all, and their values are looked at. Filters are \
         checked inside the clock, which is the processor time of the thread. All sizes take turns in each \
         round. Heap: bytes asked for, per name.\n"
    )
    .expect("a string takes all");
    text
}

/// A table for each size.
pub fn tables(results: &Results) -> String {
    let mut text = String::new();
    for &size in &results.sizes {
        table(results, size, &mut text).expect("a string takes all");
    }
    text
}

fn table(results: &Results, size: usize, text: &mut String) -> std::fmt::Result {
    let kinds = Kind::ALL.map(|kind| format!("{} ns", kind.name())).join(" | ");
    let times = Kind::ALL.map(Kind::name).join(" | ");
    writeln!(text, "### Retained names, {}\n", size_name(size))?;
    writeln!(text, "| index | {kinds} | allocs/lookup | heap B | times ours: {times} |")?;
    writeln!(text, "|---|{}", "---:|".repeat(2 * Kind::ALL.len() + 2))?;
    for row in contestants().iter().map(|index| index.row()) {
        write!(text, "| {} |", label(row))?;
        for kind in Kind::ALL {
            write!(text, " {} |", number(results.get(kind, size, row).median()))?;
        }
        let memory = results.memory(size, row);
        write!(text, " {:.1} | {:.0} |", memory.calls, memory.heap / size as f64)?;
        for kind in Kind::ALL {
            let times = ratio(results.get(kind, size, row), results.get(kind, size, OURS));
            write!(text, " {} |", number(times))?;
        }
        writeln!(text)?;
    }
    writeln!(text)
}

/// A panel for each size, without the linear scan, which would leave nothing to see of the others.
pub fn panels(results: &Results) -> Vec<Panel> {
    let panels = results.sizes.iter().flat_map(|&size| Kind::ALL.map(|kind| (kind, size)));
    let panel = |(kind, size): (Kind, usize)| Panel {
        title: format!("{} retained names, {}", size_name(size), kind.title()),
        bars: results
            .column(kind, size)
            .filter(|series| series.row != super::SCAN)
            .map(Bar::of)
            .collect(),
    };
    panels.map(panel).collect()
}

/// Everything measured.
pub fn records(results: &Results) -> Vec<Record> {
    let times = |series: &Series<Place>| {
        let Place { kind, size } = series.place;
        Record::default()
            .text("lookup", kind.name())
            .number("names", size as f64)
            .row(series.row)
            .times(series)
    };
    let memory = results.memory.iter().map(|memory| {
        Record::default()
            .text("work", "retained memory")
            .number("names", memory.size as f64)
            .text("peer", &memory.peer)
            .number("heap_bytes", memory.heap)
            .number("allocations_per_lookup", memory.calls)
    });
    results.series.iter().map(times).chain(memory).collect()
}
