//! Measures every trie and every index of retained names on every workload, prints the tables and judges
//! the targets.
//!
//! ```text
//! cargo run --release --features topics --bin topics
//!     [-- --sizes 1k,100k] [--workload plain,skewed] [--part retained] [--quick] ...
//! ```

use mqtt_bench_peers::arguments::{Arguments, USAGE, value};
use mqtt_bench_peers::count::count;
use mqtt_bench_peers::measure::Effort;
use mqtt_bench_peers::plot::Panel;
use mqtt_bench_peers::report::{self, Record};
use mqtt_bench_peers::target::Target;
use mqtt_bench_peers::topics::retained;
use mqtt_bench_peers::topics::subscriptions::contestants;
use mqtt_bench_peers::topics::subscriptions::measure::measure;
use mqtt_bench_peers::topics::subscriptions::memory::memory;
use mqtt_bench_peers::topics::subscriptions::tables;
use mqtt_bench_peers::topics::subscriptions::target::{Load, Results, targets};
use mqtt_benches::retained as names;
use mqtt_benches::topics::{Mix, SIZES, Workload, size_name};
use std::env;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

const TOPICS_USAGE: &str = "\
usage: topics [ARGUMENTS]
  --part A,B         subscriptions, retained; both unless told
  --sizes A,B,..     how many filters, with k or M; 1k,100k,1M unless told, 1k with --quick
  --workload A,B,..  plain, skewed, wildcards, names; all unless told, of more than 1M filters plain
  --full             all sizes, also 10M: takes ten minutes more and five gigabytes
  --only PEER N      match all topics N times in the trie of one peer, of the first size and workload,
                     and measure nothing: for callgrind, which see";

fn main() -> ExitCode {
    let mut sizes = None;
    let mut mixes = None;
    let mut only = None;
    let mut parts = Part::ALL.to_vec();
    let arguments = Arguments::read(env::args().skip(1), |word, words| {
        match word {
            "--sizes" => sizes = Some(list(&value(word, words)?, size)?),
            "--full" => sizes = Some(SIZES.to_vec()),
            "--part" => parts = list(&value(word, words)?, part)?,
            "--workload" => mixes = Some(list(&value(word, words)?, mix)?),
            "--only" => {
                let peer = value(word, words)?;
                let times = value(word, words)?.parse::<usize>();
                only = Some((peer, times.map_err(|_| "--only wants a peer and a number")?));
            }
            _ => return Ok(false),
        }
        Ok(true)
    });
    let arguments = match arguments {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\n{TOPICS_USAGE}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let usual = if arguments.quick { &SIZES[..1] } else { &SIZES[..3] };
    let sizes = sizes.unwrap_or_else(|| usual.to_vec());
    let mixes_of = |size| match &mixes {
        Some(mixes) => mixes.clone(),
        // The others say nothing else there, and take as long.
        None if size > SIZES[2] => vec![Mix::Plain],
        None => Mix::ALL.to_vec(),
    };
    let result = match only {
        Some((peer, times)) => only_match(&peer, times, sizes[0], mixes_of(sizes[0])[0]),
        None => {
            let loads = sizes
                .iter()
                .flat_map(|&size| mixes_of(size).into_iter().map(move |mix| (size, mix)));
            run(&arguments, &parts, &loads.collect::<Vec<_>>())
        }
    };
    if let Err(problem) = result {
        eprintln!("{problem}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn list<T>(words: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
    let read = |word| read(word).ok_or(format!("not known: {word}"));
    words.split(',').map(read).collect()
}

fn size(word: &str) -> Option<usize> {
    let (digits, factor) = match word.strip_suffix(['k', 'M']) {
        Some(digits) if word.ends_with('k') => (digits, 1_000),
        Some(digits) => (digits, 1_000_000),
        None => (word, 1),
    };
    let size = digits.parse::<usize>().ok()?.checked_mul(factor)?;
    // A few hundred filters are the least that every mix has.
    (500..=SIZES[3]).contains(&size).then_some(size)
}

fn mix(word: &str) -> Option<Mix> {
    Mix::ALL.into_iter().find(|mix| mix.name() == word)
}

fn part(word: &str) -> Option<Part> {
    Part::ALL.into_iter().find(|part| part.name() == word)
}

/// What is measured.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Subscriptions,
    Retained,
}

impl Part {
    const ALL: [Part; 2] = [Part::Subscriptions, Part::Retained];

    fn name(self) -> &'static str {
        ["subscriptions", "retained"][self as usize]
    }
}

fn only_match(peer: &str, times: usize, size: usize, mix: Mix) -> Result<(), String> {
    let workload = Workload::new(mix, size);
    let trie = contestants().into_iter().find(|trie| trie.row().peer == peer);
    let mut trie = trie.ok_or(format!("no trie of {peer}"))?;
    trie.insert_all(&workload.filters);
    for _ in 0..times {
        black_box(trie.match_all(black_box(&workload.topics)));
    }
    // Dropping is none of it.
    std::mem::forget(trie);
    Ok(())
}

/// What one part has to say.
struct Report {
    text: String,
    records: Vec<Record>,
    panels: Vec<Panel>,
    targets: Vec<Target>,
}

fn run(arguments: &Arguments, parts: &[Part], loads: &[(usize, Mix)]) -> Result<(), String> {
    let effort = arguments.effort(7, Duration::from_millis(30));
    let mut reports = Vec::new();
    for part in parts {
        reports.push(match part {
            Part::Subscriptions => subscriptions(loads, effort)?,
            Part::Retained => retained(if arguments.quick { 1 } else { 3 }, effort)?,
        });
    }
    let machine = report::machine(effort.rounds);

    println!("{machine}\n");
    if arguments.quick {
        println!("A smoke run: these figures prove nothing.\n");
    }
    let (mut records, mut panels, mut targets) = (Vec::new(), Vec::new(), Vec::new());
    for report in reports {
        print!("{}", report.text);
        records.extend(report.records);
        panels.extend(report.panels);
        targets.extend(report.targets);
    }
    println!("### Targets\n\n{}", report::verdicts(&targets));
    let title = "Subscribers of a topic, retained names of a filter: nanoseconds per lookup";
    arguments.finish((title, &machine), &records, &panels, &targets)
}

fn subscriptions(loads: &[(usize, Mix)], effort: Effort) -> Result<Report, String> {
    let mut results = Results::default();
    for &(size, mix) in loads {
        eprintln!("{} {}", size_name(size), mix.name());
        let outcome = measure(mix, size, effort)?;
        results.loads.push(Load { mix, size, matches: outcome.matches });
        results.series.extend(outcome.series);
        let workload = Workload::new(mix, size);
        for trie in contestants() {
            results.memory.push(memory(mix, size, trie.row(), &workload)?);
        }
    }
    Ok(Report {
        text: format!("{}\n{}", tables::legend(&results), tables::tables(&results)),
        records: tables::records(&results),
        panels: tables::panels(&results),
        targets: targets(&results),
    })
}

fn retained(sizes: usize, effort: Effort) -> Result<Report, String> {
    use retained::{Memory, measure, tables, target};

    let sizes = &names::SIZES[..sizes];
    let mut memory = Vec::new();
    for &size in sizes {
        eprintln!("retained, memory, {}", size_name(size));
        for line in count(&["retained", &size.to_string()], |_| Ok(()))? {
            let parsed = Memory::parse(&line);
            memory.push(parsed.ok_or(format!("the program `allocs` printed {line:?}"))?);
        }
    }
    eprintln!("retained, times");
    let mut loads: Vec<measure::Load> = sizes.iter().map(|&size| measure::build(size)).collect();
    let series = measure::measure(&mut loads, effort)?;
    let results = target::Results { sizes: sizes.to_vec(), series, memory };
    Ok(Report {
        text: format!("{}\n{}", tables::legend(), tables::tables(&results)),
        records: tables::records(&results),
        panels: tables::panels(&results),
        targets: target::targets(&results),
    })
}
