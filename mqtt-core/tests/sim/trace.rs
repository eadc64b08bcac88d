//! What happened last, for those who look for a fault.

use crate::seeds::number;
use std::collections::VecDeque;
use std::thread;

/// The last lines of what happened, 40 or as many as `LINES` says; printed if the test fails.
#[derive(Debug)]
pub(crate) struct Trace {
    lines: VecDeque<String>,
    most: usize,
}

impl Trace {
    pub(crate) fn new() -> Self {
        Self { lines: VecDeque::new(), most: number("LINES").unwrap_or(40) as usize }
    }

    pub(crate) fn note(&mut self, line: impl FnOnce() -> String) {
        if self.lines.len() == self.most {
            self.lines.pop_front();
        }
        let mut line = line();
        if let Some((end, _)) = line.char_indices().nth(600) {
            line.truncate(end);
        }
        self.lines.push_back(line);
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        if thread::panicking() {
            self.lines.iter().for_each(|line| println!("{line}"));
        }
    }
}
