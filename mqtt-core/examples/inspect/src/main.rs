//! `inspect`: prints the MQTT packets of captures, files and hex text.

use inspect::input::{self, Content, parse_hex};
use inspect::report::{Report, Style};
use inspect::stream::Settings;
use lexopt::prelude::*;
use std::io::{self, BufWriter, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
Shows MQTT packets: every field with its bytes, its value, and the statement of the standard.

    inspect [OPTIONS] INPUT...

An input is a pcap or pcapng capture, a file of MQTT packets, a file of hex text, or hex digits
on the command line. `-`, or nothing where input is piped in, is standard input.

    inspect capture.pcapng
    inspect 10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61
    tcpdump -i lo -U -w - tcp port 1883 | inspect --summary

Options
    -s, --summary          one line per packet
    -a, --all              all bytes of long fields
    -v, --version VERSION  3.1, 3.1.1 or 5: where no CONNECT tells it
    -p, --port PORT        only this TCP port, whatever is in it; may be given again
                           (else: port 1883, and every connection that begins with CONNECT)
    -h, --help

Exit status: 1 if anything was malformed or could not be read, 2 if the options were wrong.
";

enum Input {
    File(PathBuf),
    Hex(Vec<u8>),
}

struct Arguments {
    inputs: Vec<Input>,
    style: Style,
    settings: Settings,
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("inspect: {error}; see inspect --help");
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // The reader has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("inspect: cannot write: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints everything. False if anything was malformed or could not be read.
fn run(arguments: &Arguments) -> io::Result<bool> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut report = Report::new(&mut out, arguments.style);
    for input in &arguments.inputs {
        match input {
            Input::Hex(bytes) => report.bytes("hex", bytes, arguments.settings.version)?,
            Input::File(path) => file(&mut report, path, &arguments.settings)?,
        }
    }
    report.table()?;
    Ok(report.tally.malformed + report.tally.unreadable == 0)
}

fn file(report: &mut Report<'_>, path: &Path, settings: &Settings) -> io::Result<()> {
    let name = match path.file_name() {
        _ if path.as_os_str() == "-" => "standard input".into(),
        name => name.unwrap_or_default().to_string_lossy(),
    };
    match input::open(path) {
        Ok(Content::Capture(format, input)) => report.capture(&name, format, input, settings),
        Ok(Content::Bytes(bytes)) => report.bytes(&name, &bytes, settings.version),
        Err(error) => report.unreadable(&path.display().to_string(), &error),
    }
}

/// The arguments; `None` if help is wanted.
fn arguments() -> Result<Option<Arguments>, lexopt::Error> {
    let out = io::stdout();
    let colour = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut arguments = Arguments {
        inputs: Vec::new(),
        style: Style { colour, ..Style::default() },
        settings: Settings::default(),
    };
    let mut parser = lexopt::Parser::from_env();
    // Hex digits given as several arguments are one input.
    let mut joins = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Short('s') | Long("summary") => arguments.style.summary = true,
            Short('a') | Long("all") => arguments.style.all_bytes = true,
            Short('v') | Long("version") => {
                arguments.settings.version = Some(parser.value()?.parse()?);
            }
            Short('p') | Long("port") => arguments.settings.ports.push(parser.value()?.parse()?),
            Value(value) => {
                let path = PathBuf::from(&value);
                let text = value.to_string_lossy();
                match parse_hex(&text) {
                    Ok(bytes) if text != "-" && !path.exists() => {
                        match arguments.inputs.last_mut() {
                            Some(Input::Hex(all)) if joins => all.extend(bytes),
                            _ => arguments.inputs.push(Input::Hex(bytes)),
                        }
                        joins = true;
                    }
                    _ => {
                        arguments.inputs.push(Input::File(path));
                        joins = false;
                    }
                }
            }
            _ => return Err(argument.unexpected()),
        }
    }
    if arguments.inputs.is_empty() {
        if io::stdin().is_terminal() {
            return Err("no input".into());
        }
        arguments.inputs.push(Input::File("-".into()));
    }
    Ok(Some(arguments))
}
