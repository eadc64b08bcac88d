//! What people see while it runs.

use core::time::Duration;
use indicatif::ProgressBar;
use std::env;
use std::io::{self, IsTerminal as _, Write as _};

/// What stands before a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Good,
    Broken,
    Note,
    /// It is not there.
    None,
}

impl Mark {
    /// As terminals number them.
    const fn colour(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Broken => "1;31",
            Self::Note => "33",
            Self::None => "2",
        }
    }
}

/// Standard output, and bars on standard error.
#[derive(Debug)]
pub(crate) struct Screen {
    is_plain: bool,
    has_colours: bool,
}

impl Screen {
    pub(crate) fn new(is_plain: bool) -> Self {
        let is_plain = is_plain || !io::stdout().is_terminal();
        Self { is_plain, has_colours: !is_plain && env::var_os("NO_COLOR").is_none() }
    }

    pub(crate) const fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// A mark as a word, as wide as others.
    pub(crate) fn word(&self, mark: Mark) -> String {
        let word = match mark {
            Mark::Good => "ok    ",
            Mark::Broken => "BROKEN",
            Mark::Note => "note  ",
            Mark::None => "-     ",
        };
        self.coloured(mark.colour(), word)
    }

    fn coloured(&self, colour: &str, text: &str) -> String {
        match self.has_colours {
            true => format!("\x1b[{colour}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }

    pub(crate) fn title(&self, text: &str) {
        self.text(&self.coloured("1", text));
    }

    /// One thing that was done.
    pub(crate) fn line(&self, mark: Mark, text: &str) {
        let sign = match mark {
            _ if self.is_plain => self.word(mark),
            Mark::Good => self.coloured(mark.colour(), "✓"),
            Mark::Broken => self.coloured(mark.colour(), "✗"),
            Mark::Note | Mark::None => self.coloured(mark.colour(), "-"),
        };
        self.text(&format!("{sign} {text}"));
    }

    pub(crate) fn text(&self, text: &str) {
        // Nobody may read it any more, as of a pipe to `head`.
        let _ = writeln!(io::stdout(), "{text}");
    }

    /// Says what is done now, as long as it is done.
    pub(crate) async fn during<T>(&self, text: String, work: impl Future<Output = T>) -> T {
        let bar = if self.is_plain { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        let bar = bar.with_message(text);
        bar.enable_steady_tick(Duration::from_millis(100));
        let result = work.await;
        bar.finish_and_clear();
        result
    }
}
