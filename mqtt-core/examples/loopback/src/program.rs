//! Programs under test.

use crate::PATIENCE;
use core::time::Duration;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

/// One of a program's two outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A program that runs, with its output read as it comes and all kept. Dropping it kills it.
///
/// ```
/// use loopback::{PATIENCE, Program, Stream};
/// use std::process::Command;
///
/// let mut program = Program::spawn(Command::new("sh").args(["-c", "echo ready; read word; echo $word"]))?;
/// program.wait_for_line(Stream::Stdout, PATIENCE, |line| line == b"ready")?;
/// program.write(b"go\n")?;
/// assert!(program.wait(PATIENCE)?.success());
/// assert_eq!(program.output(Stream::Stdout), b"ready\ngo\n");
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Arc<Captured>,
    stderr: Arc<Captured>,
}

impl Program {
    /// Starts a program with all three streams piped.
    ///
    /// # Errors
    /// What [`Command::spawn`] says, with the program's name.
    pub fn spawn(command: &mut Command) -> io::Result<Program> {
        let name = command.get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
        let stdout = Captured::reading(child.stdout.take());
        let stderr = Captured::reading(child.stderr.take());
        Ok(Program { name, stdin: child.stdin.take(), child, stdout, stderr })
    }

    /// Runs a program to its end with this standard input.
    ///
    /// # Errors
    /// It cannot be started, or has not ended within `limit`: then it is killed.
    ///
    /// ```
    /// use loopback::{PATIENCE, Program};
    /// use std::process::Command;
    /// let output = Program::run(&mut Command::new("cat"), b"text", PATIENCE)?;
    /// assert!(output.status.success());
    /// assert_eq!(output.stdout, b"text");
    /// # std::io::Result::Ok(())
    /// ```
    pub fn run(command: &mut Command, stdin: &[u8], limit: Duration) -> io::Result<Output> {
        let mut program = Program::spawn(command)?;
        if let Some(mut pipe) = program.stdin.take() {
            // By a thread: the program may wait, or end, before it has read everything.
            let bytes = stdin.to_vec();
            thread::spawn(move || pipe.write_all(&bytes));
        }
        let status = program.wait(limit)?;
        Ok(Output {
            status,
            stdout: program.output(Stream::Stdout),
            stderr: program.output(Stream::Stderr),
        })
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Writes to standard input.
    ///
    /// # Errors
    /// The pipe is closed at either end.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stdin {
            Some(pipe) => pipe.write_all(bytes).and_then(|()| pipe.flush()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Closes standard input.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// All that the program wrote so far.
    pub fn output(&self, stream: Stream) -> Vec<u8> {
        self.captured(stream).state().lines.concat()
    }

    /// The lines so far, without their ends. A last one that has no end yet is not among them,
    /// unless the stream is closed.
    pub fn lines(&self, stream: Stream) -> Vec<Vec<u8>> {
        self.captured(stream).state().lines.iter().map(|line| trimmed(line).to_vec()).collect()
    }

    /// Waits for a line for which `is_it` holds, among those so far and those to come.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`]; [`io::ErrorKind::UnexpectedEof`] if the stream was closed. Both
    /// hold the end of the program's output.
    pub fn wait_for_line(
        &self,
        stream: Stream,
        limit: Duration,
        mut is_it: impl FnMut(&[u8]) -> bool,
    ) -> io::Result<Vec<u8>> {
        let mut seen = 0;
        self.wait_for_lines(stream, limit, |lines| {
            let found = lines[seen..].iter().map(|line| trimmed(line)).find(|line| is_it(line));
            seen = lines.len();
            found.map(<[u8]>::to_vec)
        })
    }

    /// The same for a line with this text in it, within [`PATIENCE`].
    ///
    /// # Errors
    /// As [`wait_for_line`](Self::wait_for_line).
    ///
    /// ```
    /// use loopback::{Program, Stream};
    /// use std::process::Command;
    /// let program = Program::spawn(Command::new("echo").arg("it is ready"))?;
    /// program.wait_for_text(Stream::Stdout, "ready")?;
    /// # std::io::Result::Ok(())
    /// ```
    pub fn wait_for_text(&self, stream: Stream, text: &str) -> io::Result<()> {
        let has_text = |line: &[u8]| String::from_utf8_lossy(line).contains(text);
        self.wait_for_line(stream, PATIENCE, has_text).map(drop)
    }

    /// Waits until `look` finds in the lines so far, ends of lines included, what it wants.
    pub(crate) fn wait_for_lines<T>(
        &self,
        stream: Stream,
        limit: Duration,
        mut look: impl FnMut(&[Vec<u8>]) -> Option<T>,
    ) -> io::Result<T> {
        let captured = self.captured(stream);
        let end = Instant::now() + limit;
        let mut state = captured.state();
        let kind = loop {
            if let Some(found) = look(&state.lines) {
                return Ok(found);
            }
            let left = end.saturating_duration_since(Instant::now());
            if state.closed {
                break io::ErrorKind::UnexpectedEof;
            } else if left.is_zero() {
                break io::ErrorKind::TimedOut;
            }
            state = captured.changed(state, left);
        };
        drop(state);
        if kind == io::ErrorKind::UnexpectedEof {
            // Mostly it ends, and its last words may be on the way in the other stream.
            let all = || self.stdout.state().closed && self.stderr.state().closed;
            crate::within(Duration::from_secs(1), || all().then_some(()));
        }
        Err(self.trouble(kind))
    }

    /// The program's end, if it has ended.
    ///
    /// # Errors
    /// What [`Child::try_wait`] says.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Waits until the program has ended and all its output is here. Closes standard input.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`], with the end of the program's output. It still runs then.
    pub fn wait(&mut self, limit: Duration) -> io::Result<ExitStatus> {
        self.close_stdin();
        let end = Instant::now() + limit;
        for captured in [&self.stdout, &self.stderr] {
            let mut state = captured.state();
            while !state.closed {
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    drop(state);
                    return Err(self.trouble(io::ErrorKind::TimedOut));
                }
                state = captured.changed(state, left);
            }
        }
        let left = end.saturating_duration_since(Instant::now());
        crate::within(left, || self.child.try_wait().transpose())
            .unwrap_or_else(|| Err(self.trouble(io::ErrorKind::TimedOut)))
    }

    /// Sends SIGKILL, and waits for the end.
    ///
    /// # Errors
    /// What [`Child::wait`] says.
    pub fn kill(&mut self) -> io::Result<ExitStatus> {
        self.child.kill()?;
        self.child.wait()
    }

    /// Sends SIGTERM. [`wait`](Self::wait) waits for the end.
    ///
    /// # Errors
    /// The program has ended.
    pub fn terminate(&mut self) -> io::Result<()> {
        signal(&mut self.child, Signal::TERM)
    }

    fn captured(&self, stream: Stream) -> &Captured {
        match stream {
            Stream::Stdout => &self.stdout,
            Stream::Stderr => &self.stderr,
        }
    }

    fn trouble(&self, kind: io::ErrorKind) -> io::Error {
        let mut text = format!("{}: {kind}", self.name);
        for (stream, name) in [(Stream::Stdout, "stdout"), (Stream::Stderr, "stderr")] {
            let output = self.output(stream);
            let output = String::from_utf8_lossy(&output);
            let output = tail(output.trim_end());
            if !output.is_empty() {
                text.push_str(&format!("\n{name}:\n{output}"));
            }
        }
        io::Error::new(kind, text)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // An error means that it has ended.
        let _ = self.kill();
    }
}

/// Sends a signal, unless the process is known to have ended: then its id may be another's.
pub(crate) fn signal(child: &mut Child, signal: Signal) -> io::Result<()> {
    if let Some(status) = child.try_wait()? {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("it has ended: {status}")));
    }
    Ok(kill_process(Pid::from_child(child), signal)?)
}

/// The end of a text, in at most about 2,000 bytes.
pub(crate) fn tail(text: &str) -> &str {
    let mut from = text.len().saturating_sub(2_000);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    &text[from..]
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").unwrap_or(line)
}

/// A stream's lines, ends included.
#[derive(Debug, Default)]
struct State {
    lines: Vec<Vec<u8>>,
    closed: bool,
}

#[derive(Debug, Default)]
struct Captured {
    state: Mutex<State>,
    change: Condvar,
}

impl Captured {
    /// Reads in a thread until the stream is closed.
    fn reading(stream: Option<impl Read + Send + 'static>) -> Arc<Captured> {
        let captured = Arc::new(Captured::default());
        let ours = Arc::clone(&captured);
        thread::spawn(move || {
            if let Some(stream) = stream {
                let mut stream = BufReader::new(stream);
                loop {
                    let mut line = Vec::new();
                    // An error ends a stream as an end does; what came before it counts.
                    let end = stream.read_until(b'\n', &mut line).is_err();
                    let end = end || line.is_empty();
                    if !line.is_empty() {
                        ours.state().lines.push(line);
                        ours.change.notify_all();
                    }
                    if end {
                        break;
                    }
                }
            }
            ours.state().closed = true;
            ours.change.notify_all();
        });
        captured
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed<'a>(&self, state: MutexGuard<'a, State>, limit: Duration) -> MutexGuard<'a, State> {
        self.change.wait_timeout(state, limit).unwrap_or_else(PoisonError::into_inner).0
    }
}
