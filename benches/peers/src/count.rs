//! The program `allocs`, which counts: Cargo builds it if need be.

use std::env;
use std::io::{BufWriter, Write};
use std::process::{Command, Stdio};

/// Allocations of one cell of a table, as the program `allocs` printed them.
#[derive(Clone, Debug)]
pub struct Allocations {
    /// The three words of its place, peer and how: the cell's name.
    pub cell: [String; 5],
    /// Calls per packet or message.
    pub calls: f64,
    /// Bytes per packet or message.
    pub bytes: f64,
}

/// The allocations of one cell.
pub fn allocations_of<'a>(all: &'a [Allocations], cell: [&str; 5]) -> &'a Allocations {
    let allocations = all.iter().find(|allocations| allocations.cell == cell);
    allocations.expect("both programs know the same cells")
}

/// The allocations of all cells of one kind.
pub fn allocations(kind: &str) -> Result<Vec<Allocations>, String> {
    let parse = |line: &String| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [a, b, c, peer, how, calls, bytes] = fields[..] else { return None };
        let cell = [a, b, c, peer, how].map(str::to_owned);
        Some(Allocations { cell, calls: calls.parse().ok()?, bytes: bytes.parse().ok()? })
    };
    count(&[kind], |_| Ok(()))?
        .iter()
        .map(|line| parse(line).ok_or(format!("the program `allocs` printed {line:?}")))
        .collect()
}

/// Runs `allocs` with `words`, writes to it what `input` writes, and returns the lines it prints.
pub fn count(
    words: &[&str],
    input: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<Vec<String>, String> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let mut child = Command::new(cargo)
        .args(["run", "--quiet", "--release", "--locked", "--bin", "allocs"])
        // With the features that this program has, or all would be built once more.
        .args(if cfg!(feature = "topics") { &["--features", "topics"][..] } else { &[] })
        .args(["--manifest-path", manifest, "--"])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot run the program `allocs`: {error}"))?;
    let mut stdin = BufWriter::new(child.stdin.take().expect("it is a pipe"));
    // A child that ends early says why itself.
    let written = input(&mut stdin).and_then(|()| stdin.flush());
    drop(stdin);
    let output = child.wait_with_output();
    let output = output.map_err(|error| format!("the program `allocs`: {error}"))?;
    if !output.status.success() || written.is_err() {
        return Err("the program `allocs` failed".into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}
