//! Processes of their own: what they are told, and what they say.

use loopback::{Program, Stream};
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::process::Command;

/// What one says first, when it is ready.
pub const READY: &str = "ready";

/// A place of the tables that can be said in a few words.
pub trait Words: Copy {
    /// All there are.
    fn all() -> impl Iterator<Item = Self>;

    /// It in words.
    fn words(self) -> [String; 4];
}

/// Work for a process.
#[derive(Clone, Copy, Debug)]
pub struct Job<P> {
    /// What.
    pub place: P,
    /// The broker's, on this machine.
    pub port: u16,
    /// How many messages, of each that publishes.
    pub messages: u64,
}

impl<P: Words> Job<P> {
    /// The arguments that [`read`](Self::read) reads.
    pub fn words(self) -> Vec<String> {
        let numbers = [self.port.to_string(), self.messages.to_string()];
        self.place.words().into_iter().chain(numbers).collect()
    }

    /// The job that these words are of.
    pub fn read(words: &[String]) -> Option<Self> {
        let (place, numbers) = words.split_at_checked(4)?;
        let place = P::all().find(|one| one.words() == place)?;
        let [port, messages] = numbers else { return None };
        Some(Self { place, port: port.parse().ok()?, messages: messages.parse().ok()? })
    }

    /// A process that does it: a program, what is said to it first, and this.
    pub fn command(self, program: &Path, first: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(first).args(self.words());
        command
    }
}

/// Says a word, and waits for a line of the parent or the end of the input.
pub fn say(word: &str) -> io::Result<()> {
    println!("{word}");
    io::stdout().flush()?;
    io::stdin().lock().read_line(&mut String::new()).map(drop)
}

/// What the last line of a process that has ended says.
///
/// # Errors
/// That is something else: what it said on standard error.
pub fn last_words<T>(program: &Program, read: impl FnOnce(&str) -> Option<T>) -> Result<T, String> {
    let lines = program.lines(Stream::Stdout);
    let last = String::from_utf8_lossy(lines.last().map_or(&[], Vec::as_slice));
    let said = || String::from_utf8_lossy(&program.output(Stream::Stderr)).into_owned();
    read(&last).ok_or_else(said)
}
