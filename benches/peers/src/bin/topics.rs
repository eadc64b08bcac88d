//! Measures every trie on every workload, prints the tables and judges the targets.
//!
//! ```text
//! cargo run --release --features topics --bin topics
//!     [-- --sizes 1k,100k] [--workload plain,skewed] [--quick] ...
//! ```

use mqtt_bench_peers::arguments::{Arguments, USAGE, value};
use mqtt_bench_peers::report;
use mqtt_bench_peers::topics::subscriptions::contestants;
use mqtt_bench_peers::topics::subscriptions::measure::measure;
use mqtt_bench_peers::topics::subscriptions::memory::memory;
use mqtt_bench_peers::topics::subscriptions::tables;
use mqtt_bench_peers::topics::subscriptions::target::{Load, Results, targets};
use mqtt_benches::topics::{Mix, SIZES, Workload, size_name};
use std::env;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

const TOPICS_USAGE: &str = "\
usage: topics [ARGUMENTS]
  --sizes A,B,..     how many filters, with k or M; 1k,100k,1M unless told, 1k with --quick
  --workload A,B,..  plain, skewed, wildcards, names; all unless told
  --full             all sizes, also 10M: takes an hour and six gigabytes
  --only PEER N      match all topics N times in the trie of one peer, of the first size and workload,
                     and measure nothing: for callgrind, which see";

fn main() -> ExitCode {
    let mut sizes = None;
    let mut mixes = None;
    let mut only = None;
    let arguments = Arguments::read(env::args().skip(1), |word, words| {
        match word {
            "--sizes" => sizes = Some(list(&value(word, words)?, size)?),
            "--full" => sizes = Some(SIZES.to_vec()),
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
    let mixes = mixes.unwrap_or_else(|| Mix::ALL.to_vec());
    let result = match only {
        Some((peer, times)) => only_match(&peer, times, sizes[0], mixes[0]),
        None => run(&arguments, &sizes, &mixes),
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

fn run(arguments: &Arguments, sizes: &[usize], mixes: &[Mix]) -> Result<(), String> {
    let effort = arguments.effort(7, Duration::from_millis(30));
    let mut results = Results::default();
    for &size in sizes {
        for &mix in mixes {
            eprintln!("{} {}", size_name(size), mix.name());
            let outcome = measure(mix, size, effort)?;
            results.loads.push(Load { mix, size, matches: outcome.matches });
            results.series.extend(outcome.series);
            let workload = Workload::new(mix, size);
            for trie in contestants() {
                results.memory.push(memory(mix, size, trie.row(), &workload)?);
            }
        }
    }
    let targets = targets(&results);
    let machine = report::machine(effort.rounds);

    println!("{machine}\n");
    if arguments.quick {
        println!("A smoke run: these figures prove nothing.\n");
    }
    println!("{}", tables::legend(&results));
    print!("{}", tables::tables(&results));
    println!("### Targets\n\n{}", report::verdicts(&targets));

    let title = "Subscribers of a topic: nanoseconds per match";
    let panels = tables::panels(&results);
    arguments.finish((title, &machine), &tables::records(&results), &panels, &targets)
}
