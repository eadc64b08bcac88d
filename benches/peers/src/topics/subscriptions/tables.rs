//! The tables of the tries, in Markdown, and what of them is drawn and written to files.

use super::target::{Load, Results};
use super::{Place, Work};
use crate::measure::{Series, ratio};
use crate::plot::{Bar, Panel};
use crate::report::{Record, label, number};
use crate::row::OURS;
use mqtt_benches::topics::{Mix, size_name};
use std::fmt::Write;

/// Who took part, and how the tables are to be read.
pub fn legend(results: &Results) -> String {
    let mut text =
        String::from("| mix | filters and topics | subscribers per topic |\n|---|---|---|\n");
    for mix in Mix::ALL {
        let loads = results.loads.iter().filter(|load| load.mix == mix);
        let matches: Vec<String> =
            loads.map(|load| format!("{:.1} ({})", load.matches, size_name(load.size))).collect();
        if !matches.is_empty() {
            writeln!(text, "| {} | {} | {} |", mix.name(), mix.title(), matches.join(", "))
                .expect("a string takes all");
        }
    }
    text.push_str(
        "\nFilters `region/{r}/site/{s}/device/{d}/{metric}`, one subscriber each; 10,000 topics. All find \
         the same subscribers, and each of them is looked at. Texts of filters and topics are checked and \
         taken apart inside the clock, which is the processor time of the thread. Heap: bytes asked for, resident: memory of a process that holds \
         one trie, without its program; both per filter, after a match. Left: bytes on the heap when all \
         is removed. More than 1M filters: one trie in memory at a time, added and removed once, the memory of peers \
         not after that.\n",
    );
    text
}

/// A table for each workload.
pub fn tables(results: &Results) -> String {
    let mut text = String::new();
    for load in &results.loads {
        table(results, *load, &mut text).expect("a string takes all");
    }
    text
}

fn table(results: &Results, load: Load, text: &mut String) -> std::fmt::Result {
    writeln!(text, "### {}\n", load.name())?;
    writeln!(
        text,
        "| trie | match ns | insert ns | remove ns | allocs/match | heap B | resident B | left B \
         | times ours: match | insert | remove |"
    )?;
    writeln!(text, "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")?;
    for series in results.column(load, Work::Match) {
        let row = series.row;
        write!(text, "| {} |", label(row))?;
        for work in Work::ALL {
            write!(text, " {} |", number(results.get(load, work, row).median()))?;
        }
        let memory = results.memory(load, row);
        let filters = load.size as f64;
        write!(
            text,
            " {:.1} | {:.0} | {:.0} |",
            memory.calls,
            memory.heap / filters,
            memory.resident / filters
        )?;
        match memory.left.is_nan() {
            true => write!(text, " – |")?,
            false => write!(text, " {:.0} |", memory.left)?,
        }
        for work in Work::ALL {
            let times = ratio(results.get(load, work, row), results.get(load, work, OURS));
            write!(text, " {times:.2} |")?;
        }
        writeln!(text)?;
    }
    writeln!(text)
}

/// Matching: a panel for each workload.
pub fn panels(results: &Results) -> Vec<Panel> {
    let panel = |load: &Load| Panel {
        title: format!("{} filters, {:.1} subscribers per topic", load.name(), load.matches),
        bars: results.column(*load, Work::Match).map(Bar::of).collect(),
    };
    results.loads.iter().map(panel).collect()
}

/// Everything measured.
pub fn records(results: &Results) -> Vec<Record> {
    let times = |series: &Series<Place>| {
        let Place { mix, size, work } = series.place;
        Record::default()
            .text("mix", mix.name())
            .number("filters", size as f64)
            .text("work", work.name())
            .row(series.row)
            .times(series)
    };
    let memory = results.memory.iter().map(|memory| {
        Record::default()
            .text("mix", memory.mix.name())
            .number("filters", memory.size as f64)
            .text("work", "memory")
            .row(memory.row)
            .number("heap_bytes", memory.heap)
            .number("resident_bytes", memory.resident)
            .number("allocations_per_match", memory.calls)
            .number("left_bytes", memory.left)
    });
    results.series.iter().map(times).chain(memory).collect()
}
