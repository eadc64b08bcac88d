//! Memory of a trie that is alone in a process of its own, of the program `allocs`, which counts.
//!
//! The process gets filters and topics through a pipe, line by line, so that it holds nothing but the
//! trie: `+` and a filter to add, `?` and a topic to match, `-` with a key and a filter to remove, and
//! `=` to tell what there is now; `0` tells too, after all has been removed.

use super::contestants;
use super::measure::TOGETHER;
use crate::count::count;
use crate::row::Row;
use crate::topics::Count;
use mqtt_benches::topics::{Mix, Workload};
use std::fs;
use std::hint::black_box;
use std::io::{self, BufRead, Write};

/// What one contestant needs for one workload.
#[derive(Clone, Debug)]
pub struct Memory {
    /// Which filters and topics.
    pub mix: Mix,
    /// How many filters.
    pub size: usize,
    /// Who.
    pub row: Row,
    /// Bytes on the heap as they were asked for, of the full trie, after a match.
    pub heap: f64,
    /// Bytes of memory that the process has more than before, then.
    pub resident: f64,
    /// Allocations per match.
    pub calls: f64,
    /// Bytes on the heap after all has been removed; not a number for the peers with more filters than
    /// [`super::measure::TOGETHER`], to whom that takes minutes.
    pub left: f64,
}

/// Has everything counted that a contestant needs.
pub fn memory(mix: Mix, size: usize, row: Row, workload: &Workload) -> Result<Memory, String> {
    let removes = row.is_ours() || size <= TOGETHER;
    let lines = count(&["topics", row.peer], |input| write(workload, removes, input))?;
    let parse = |line: &String| {
        let fields: Option<Vec<f64>> = line.split('\t').map(|field| field.parse().ok()).collect();
        <[f64; 3]>::try_from(fields?).ok()
    };
    let told: Option<Vec<[f64; 3]>> = lines.iter().map(parse).collect();
    let Some([[heap, resident, _], [_, _, calls], rest @ ..]) = told.as_deref() else {
        return Err(format!("the program `allocs` printed {lines:?}"));
    };
    let left = rest.first().map_or(f64::NAN, |[left, ..]| *left);
    let calls = calls / workload.topics.len() as f64;
    Ok(Memory { mix, size, row, heap: *heap, resident: *resident, calls, left })
}

fn write(workload: &Workload, removes: bool, out: &mut dyn Write) -> io::Result<()> {
    let topics = |out: &mut dyn Write| {
        workload.topics.iter().try_for_each(|topic| writeln!(out, "?{topic}"))?;
        writeln!(out, "=")
    };
    for filter in workload.filters.iter() {
        writeln!(out, "+{filter}")?;
    }
    // The first time memory for matching may grow.
    topics(out)?;
    topics(out)?;
    if !removes {
        return Ok(());
    }
    for &key in &workload.removal {
        writeln!(out, "-{key} {}", workload.filters.get(key as usize))?;
    }
    writeln!(out, "0")
}

/// Does what the lines of `input` say. The process should do nothing else.
///
/// # Errors
/// There is no such peer, or a line is not understood, or the system does not tell.
pub fn serve(peer: &str, input: &mut dyn BufRead, count: Count) -> Result<(), String> {
    let trie = contestants().into_iter().find(|trie| trie.row().peer == peer);
    let mut trie = trie.ok_or(format!("no trie of {peer}"))?;
    let mut line = String::with_capacity(1_024);
    let mut key = 0;
    // What the buffers of input and output take is not the trie's.
    let mut out = io::stdout().lock();
    input.fill_buf().map_err(|error| error.to_string())?;
    let start = (count().0, resident()?);
    let mut calls = count().1;
    loop {
        line.clear();
        if input.read_line(&mut line).map_err(|error| error.to_string())? == 0 {
            return Ok(());
        }
        let words = line.trim_end().split_at_checked(1);
        let (command, rest) = words.ok_or("an empty line")?;
        match command {
            "+" => {
                trie.insert(rest, key);
                key += 1;
            }
            "?" => {
                black_box(trie.match_one(rest));
            }
            "-" => {
                let removed = rest.split_once(' ').and_then(|(key, filter)| {
                    trie.remove(filter, key.parse().ok()?);
                    Some(())
                });
                removed.ok_or(format!("what to remove: {line:?}"))?;
            }
            "=" | "0" => {
                if command == "0" {
                    trie.settle();
                }
                let (heap, now) = count();
                let resident = resident()?;
                let written =
                    writeln!(out, "{}\t{}\t{}", heap - start.0, resident - start.1, now - calls);
                written.map_err(|error| error.to_string())?;
                calls = count().1;
            }
            _ => return Err(format!("what to do: {line:?}")),
        }
    }
}

/// Bytes of memory that this process has, without those of its program file.
///
/// From the sum over its mappings: the quick counters in `statm` and `status` may be off by
/// a few hundred kilobytes.
fn resident() -> Result<f64, String> {
    let text = fs::read_to_string("/proc/self/smaps_rollup").map_err(|error| error.to_string())?;
    let line = text.lines().find_map(|line| line.strip_prefix("Anonymous:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    Ok(kilobytes.ok_or("the system does not tell how much memory is resident")? * 1_024.0)
}
