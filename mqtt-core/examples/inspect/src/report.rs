//! What is printed.

use crate::capture::{self, CaptureError, Format};
use crate::link::{self, Dissected, LinkType};
use crate::stream::{self, Place, Settings, Streams, Trouble, Visitor};
use crate::summary::{Detail, grouped, summary};
use core::fmt::Display;
use mqtt_core::{
    DecodeError, DecodeOptions, Packet, PacketType, Response, Sender, Status, Version, decode,
    inspect,
};
use std::io::{self, Read, Write};

/// All versions, in the order of the columns.
const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];

/// How to print.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// One line per packet, without its bytes.
    pub summary: bool,
    /// All bytes of long fields.
    pub all_bytes: bool,
    /// Colours, for a terminal.
    pub colour: bool,
}

impl Style {
    fn paint(&self, code: &str, text: impl Display) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }
}

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "1;31";
const YELLOW: &str = "33";
const CYAN: &str = "36";

/// Counts of everything that was printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Inputs read.
    pub inputs: u64,
    /// Inputs that could not be read, or not to their end.
    pub unreadable: u64,
    /// MQTT connections.
    pub streams: u64,
    /// Malformed packets.
    pub malformed: u64,
    /// Directions that were not shown to their end for another reason.
    pub troubles: u64,
    /// Packets, and their bytes, by version and packet type.
    packets: [[(u64, u64); 16]; VERSIONS.len()],
}

impl Tally {
    /// Packets of that version and type.
    pub fn count(&self, version: Version, kind: PacketType) -> u64 {
        self.packets[version as usize - 3][kind as usize].0
    }

    /// All packets and all their bytes.
    pub fn total(&self) -> (u64, u64) {
        add(self.packets.iter().flatten())
    }

    fn note(&mut self, version: Version, kind: PacketType, bytes: usize) {
        let cell = &mut self.packets[version as usize - 3][kind as usize];
        cell.0 += 1;
        cell.1 += bytes as u64;
    }
}

fn add<'a>(cells: impl Iterator<Item = &'a (u64, u64)>) -> (u64, u64) {
    cells.fold((0, 0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1))
}

/// Prints packets as they are found, and counts them.
pub struct Report<'w> {
    out: &'w mut dyn Write,
    style: Style,
    /// What was counted so far.
    pub tally: Tally,
    /// The first failure to write; printing ends there.
    failed: Option<io::Error>,
    /// Time of the first frame of the capture.
    start: Option<i64>,
    /// The columns of the annotated bytes have been named.
    named: bool,
}

impl<'w> Report<'w> {
    /// A report on `out`.
    pub fn new(out: &'w mut dyn Write, style: Style) -> Self {
        Self { out, style, tally: Tally::default(), failed: None, start: None, named: false }
    }

    /// Reads a capture and prints its MQTT packets.
    ///
    /// # Errors
    /// The failure to write, if there was one. Faults of the capture are printed.
    pub fn capture(
        &mut self,
        name: &str,
        format: Format,
        input: impl Read,
        settings: &Settings,
    ) -> io::Result<()> {
        let before = self.tally.clone();
        let mut streams = Streams::new(settings.clone());
        let mut facts = Facts::default();
        self.tally.inputs += 1;
        (self.start, self.named) = (None, false);
        let result = capture::read(format, input, &mut |frame| {
            if facts.frames == 0 {
                let start = time_of_day(frame.time);
                self.heading(name, &format!("{format}, {}, from {start}", frame.link));
                self.start = Some(frame.time);
            }
            if let Dissected::Segment(segment) = facts.dissect(&frame) {
                streams.segment(frame.time, &segment, self);
            }
        });
        if facts.frames == 0 {
            self.heading(name, &format!("{format}, no packets"));
        }
        streams.finish(self);
        if let Err(error) = result {
            self.fault(&error);
        }
        self.capture_end(&before, &facts, &streams);
        self.check()
    }

    fn capture_end(&mut self, before: &Tally, facts: &Facts, streams: &Streams) {
        for note in facts.notes(streams) {
            self.line(&self.style.paint(YELLOW, format!("  note: {note}")));
        }
        let (packets, bytes) = self.tally.total();
        let (old_packets, old_bytes) = before.total();
        self.line(&format!(
            "  {} frames, {} TCP connections, {} of them MQTT: {} packets, {} bytes",
            grouped(facts.frames),
            grouped(streams.connection_count() as u64),
            grouped(self.tally.streams - before.streams),
            grouped(packets - old_packets),
            grouped(bytes - old_bytes),
        ));
    }

    /// Prints the packets in bytes that come from no capture; any side may have sent them.
    ///
    /// # Errors
    /// The failure to write, if there was one.
    pub fn bytes(&mut self, name: &str, bytes: &[u8], version: Option<Version>) -> io::Result<()> {
        self.tally.inputs += 1;
        self.named = false;
        self.heading(name, &format!("{} bytes", grouped(bytes.len() as u64)));
        let options = stream::options(None);
        let (mut at, mut version) = (0, version);
        while at < bytes.len() && self.failed.is_none() {
            let (input, label) = (&bytes[at..], format!("{:>12}", format!("@{at}")));
            // Of the version of a CONNECT the packet alone decides.
            if version.is_none() && input[0] >> 4 != PacketType::Connect as u8 {
                let text = "the first packet is not CONNECT: give the version with --version";
                self.tally.troubles += 1;
                self.line(&format!("{label}  {}", self.style.paint(YELLOW, text)));
                break;
            }
            match decode(input, version, &options) {
                Ok(Status::Complete(decoded)) => {
                    if let Packet::Connect(connect) = &decoded.packet {
                        version = Some(connect.version);
                    }
                    let version = version.unwrap_or_default();
                    let frame = &input[..decoded.consumed];
                    self.show(&format!("{label}  "), version, &decoded.packet, frame, &options);
                    at += decoded.consumed;
                }
                Ok(Status::Incomplete { needed }) => {
                    self.tally.troubles += 1;
                    let text = unfinished(input.len(), needed.get());
                    self.line(&format!("{label}  {}", self.style.paint(YELLOW, text)));
                    self.annotate(input, version, &options);
                    break;
                }
                Err(error) => {
                    self.show_fault(&format!("{label}  "), version, &error, input, &options);
                    break;
                }
            }
        }
        self.check()
    }

    /// Prints that an input could not be read.
    ///
    /// # Errors
    /// The failure to write, if there was one.
    pub fn unreadable(&mut self, name: &str, error: &dyn Display) -> io::Result<()> {
        self.tally.inputs += 1;
        self.tally.unreadable += 1;
        self.line(&format!("\n{}: {}", self.style.paint(BOLD, name), self.style.paint(RED, error)));
        self.check()
    }

    /// Prints the table of everything that was counted.
    ///
    /// # Errors
    /// The failure to write, if there was one.
    pub fn table(&mut self) -> io::Result<()> {
        if self.tally.total().0 > 0 {
            self.rows();
        }
        self.line("");
        let tally = &self.tally;
        let mut end = format!(
            "{}, {}, {} malformed",
            counted(tally.inputs, "input"),
            counted(tally.streams, "MQTT connection"),
            grouped(tally.malformed)
        );
        if tally.troubles > 0 {
            end += &format!(", {} incomplete", grouped(tally.troubles));
        }
        if tally.unreadable > 0 {
            end += &format!(", {} unreadable", grouped(tally.unreadable));
        }
        let bad = tally.malformed + tally.unreadable > 0;
        self.line(&if bad { self.style.paint(RED, end) } else { end });
        self.check()
    }

    fn rows(&mut self) {
        let seen: Vec<usize> =
            (0..VERSIONS.len()).filter(|&v| add(self.tally.packets[v].iter()).0 > 0).collect();
        let mut head = format!("{:<11}", "packets");
        for &v in &seen {
            head += &format!("{:>12}", format!("MQTT {}", VERSIONS[v]));
        }
        head += &format!("{:>12}{:>15}", "all", "bytes");
        self.line("");
        self.line(&self.style.paint(BOLD, head));
        let row = |name: &str, cells: &[(u64, u64)]| {
            let mut text = format!("{name:<11}");
            for cell in cells {
                text += &format!("{:>12}", grouped(cell.0));
            }
            let (count, bytes) = add(cells.iter());
            text + &format!("{:>12}{:>15}", grouped(count), grouped(bytes))
        };
        for kind in 1..16_u8 {
            let cells: Vec<_> =
                seen.iter().map(|&v| self.tally.packets[v][usize::from(kind)]).collect();
            if let (Ok(kind), true) = (PacketType::try_from(kind), add(cells.iter()).0 > 0) {
                self.line(&row(kind.name(), &cells));
            }
        }
        let sums: Vec<_> = seen.iter().map(|&v| add(self.tally.packets[v].iter())).collect();
        self.line(&self.style.paint(BOLD, row("all", &sums)));
    }

    fn check(&mut self) -> io::Result<()> {
        self.failed.take().map_or_else(|| self.out.flush(), Err)
    }

    fn line(&mut self, text: &str) {
        if self.failed.is_none() {
            self.failed = writeln!(self.out, "{text}").err();
        }
    }

    /// An empty line between packets that take several.
    fn space(&mut self) {
        if !self.style.summary {
            self.line("");
        }
    }

    fn heading(&mut self, name: &str, what: &str) {
        self.line(&format!("\n{}  {}", self.style.paint(BOLD, name), self.style.paint(DIM, what)));
    }

    fn fault(&mut self, error: &CaptureError) {
        self.tally.unreadable += 1;
        self.line(&self.style.paint(RED, format!("  {error}")));
    }

    /// The beginning of a line: when, which connection, and in which direction.
    fn label(&self, place: &Place) -> String {
        let seconds = place.time.saturating_sub(self.start.unwrap_or(place.time)) as f64 / 1e9;
        let arrow = match place.sender {
            Sender::Client => "client -> server",
            Sender::Server => "client <- server",
        };
        format!("{seconds:>12.6}  {:>4}  {}  ", format!("#{}", place.stream), arrow)
    }

    fn show(
        &mut self,
        label: &str,
        version: Version,
        packet: &Packet<'_>,
        bytes: &[u8],
        options: &DecodeOptions,
    ) {
        let kind = packet.packet_type();
        self.tally.note(version, kind, bytes.len());
        let detail = if self.style.summary { Detail::Full } else { Detail::Brief };
        let name = self.style.paint(BOLD, format!("{:<12}", kind.name()));
        let text = format!("{label}{name}{}", summary(packet, version, detail));
        self.space();
        self.line(text.trim_end());
        self.annotate(bytes, Some(version), options);
    }

    fn show_fault(
        &mut self,
        label: &str,
        version: Option<Version>,
        error: &DecodeError,
        bytes: &[u8],
        options: &DecodeOptions,
    ) {
        self.tally.malformed += 1;
        let fault = self.style.paint(RED, format!("malformed {error}"));
        let answer = match error.response() {
            Response::ConnAck(code) => format!("answer CONNACK {code} and close"),
            Response::Disconnect(code) => format!("answer DISCONNECT {code} and close"),
            Response::Close => "close without an answer".into(),
        };
        self.space();
        self.line(&format!("{label}{fault}; {answer}"));
        self.annotate(bytes, version, options);
    }

    /// The bytes of a packet, field by field.
    fn annotate(&mut self, bytes: &[u8], version: Option<Version>, options: &DecodeOptions) {
        if self.style.summary {
            return;
        }
        let inspection = inspect(bytes, version, options);
        let text =
            if self.style.all_bytes { format!("{inspection:#}") } else { inspection.to_string() };
        // The first line repeats what has just been printed; the second names the columns.
        let skipped = if self.named { 2 } else { 1 };
        self.named = true;
        for line in text.lines().skip(skipped) {
            self.line(&self.style.paint(DIM, format!("    {line}")));
        }
    }
}

impl Visitor for Report<'_> {
    fn stream(&mut self, place: &Place) {
        self.tally.streams += 1;
        let text = format!("client {}, server {}", place.client, place.server);
        let seconds = place.time.saturating_sub(self.start.unwrap_or(place.time)) as f64 / 1e9;
        let number = format!("#{}", place.stream);
        self.line(&format!("{seconds:>12.6}  {number:>4}  {}", self.style.paint(CYAN, text)));
    }

    fn packet(&mut self, place: &Place, version: Version, packet: &Packet<'_>, bytes: &[u8]) {
        let options = stream::options(Some(place.sender));
        self.show(&self.label(place), version, packet, bytes, &options);
    }

    fn malformed(
        &mut self,
        place: &Place,
        version: Option<Version>,
        error: &DecodeError,
        bytes: &[u8],
    ) {
        let options = stream::options(Some(place.sender));
        self.show_fault(&self.label(place), version, error, bytes, &options);
    }

    fn trouble(&mut self, place: &Place, trouble: Trouble) {
        self.tally.troubles += 1;
        let text = match trouble {
            Trouble::Gap(gap) => {
                let missing = counted(gap.missing, "byte");
                format!("{missing} missing from the capture: no more of this direction")
            }
            Trouble::VersionUnknown => {
                "the CONNECT is not in the capture: give the version with --version".into()
            }
            Trouble::Unfinished { have, needed } => unfinished(have, needed),
            Trouble::TooMuchWaiting => {
                "too much waits for missing segments: no more of this direction".into()
            }
        };
        self.line(&format!("{}{}", self.label(place), self.style.paint(YELLOW, text)));
    }
}

fn unfinished(have: usize, needed: usize) -> String {
    let have = counted(have as u64, "byte");
    format!("ends within a packet: {have} of it are there, {} more needed", grouped(needed as u64))
}

fn counted(number: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// What was seen of a capture besides connections.
#[derive(Debug, Default)]
struct Facts {
    frames: u64,
    fragments: u64,
    cut: u64,
    unsupported: Option<LinkType>,
}

impl Facts {
    fn dissect<'a>(&mut self, frame: &capture::Frame<'a>) -> Dissected<'a> {
        self.frames += 1;
        let found = link::dissect(frame.link, frame.data);
        match (found, frame.link) {
            (_, link @ LinkType::Other(_)) => self.unsupported = Some(link),
            (Dissected::Fragment, _) => self.fragments += 1,
            (Dissected::Segment(_), _) if frame.cut => self.cut += 1,
            _ => {}
        }
        found
    }

    fn notes(&self, streams: &Streams) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(link) = self.unsupported {
            notes.push(link.to_string());
        }
        if self.fragments > 0 {
            notes.push(format!("{}, not put together", counted(self.fragments, "IP fragment")));
        }
        if self.cut > 0 {
            notes.push(format!("{} captured only in part", counted(self.cut, "TCP segment")));
        }
        if streams.skipped_segments() > 0 {
            let segments = counted(streams.skipped_segments(), "segment");
            notes.push(format!("too much to follow at once: {segments} skipped"));
        }
        notes
    }
}

/// A time as date and time of day in UTC.
fn time_of_day(nanos: i64) -> String {
    let seconds = nanos.div_euclid(1_000_000_000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Years that begin in March put the leap day last; eras of 400 years repeat exactly.
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (date, month) =
        (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{date:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_calendar_dates() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (951_868_800, "2000-03-01 00:00:00 UTC"),
            (1_709_164_800, "2024-02-29 00:00:00 UTC"),
            (1_735_689_599, "2024-12-31 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(time_of_day(seconds * 1_000_000_000), text);
        }
    }

    fn printed(bytes: &[u8], version: Option<Version>, style: Style) -> (String, Tally) {
        let mut out = Vec::new();
        let mut report = Report::new(&mut out, style);
        report.bytes("test", bytes, version).unwrap();
        let tally = report.tally.clone();
        (String::from_utf8(out).unwrap(), tally)
    }

    const SUMMARY: Style = Style { summary: true, all_bytes: false, colour: false };

    #[test]
    fn bytes_without_a_capture_are_shown_by_offset() {
        let bytes = b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a\xC0\0\x30\x05\0\x01";
        let (text, tally) = printed(bytes, None, SUMMARY);
        assert_eq!(
            text,
            "\ntest  21 bytes\n\
             \x20         @0  CONNECT     MQTT 3.1.1, client \"a\", clean session, keep alive 60 s\n\
             \x20        @15  PINGREQ\n\
             \x20        @17  ends within a packet: 4 bytes of it are there, 3 more needed\n"
        );
        assert_eq!((tally.malformed, tally.troubles), (0, 1));
        assert_eq!(tally.count(Version::V311, PacketType::PingReq), 1);
    }

    #[test]
    fn a_malformed_packet_ends_the_input_and_says_what_to_answer() {
        let (text, tally) = printed(b"\xC0\0\x36\x05\0\x01abc\xC0\0", Some(Version::V5), SUMMARY);
        assert!(text.contains("MQTT-3.3.1-4"), "{text}");
        assert!(text.ends_with("answer DISCONNECT 0x81 and close\n"), "{text}");
        assert_eq!((tally.malformed, tally.total().0), (1, 1));
    }

    #[test]
    fn the_version_is_asked_for_where_nothing_tells_it() {
        let (text, tally) = printed(b"\xC0\0", None, SUMMARY);
        assert!(text.contains("give the version with --version"), "{text}");
        assert_eq!(tally.total(), (0, 0));
    }

    #[test]
    fn annotated_bytes_name_their_columns_once() {
        let style = Style::default();
        let (text, _) = printed(b"\xC0\0\xD0\0", Some(Version::V5), style);
        assert_eq!(text.matches("statement").count(), 1, "{text}");
        let (text, _) =
            printed(&[&b"\x30\xE4\x01\0\x01a\0"[..], &[7; 224]].concat(), Some(Version::V5), style);
        assert!(text.contains("more bytes"), "{text}");
        let style = Style { all_bytes: true, ..style };
        let (text, _) =
            printed(&[&b"\x30\xE4\x01\0\x01a\0"[..], &[7; 224]].concat(), Some(Version::V5), style);
        assert!(!text.contains("more bytes"), "{text}");
    }

    #[test]
    fn a_full_disk_is_reported() {
        let mut out: &mut [u8] = &mut [0; 8];
        let mut report = Report::new(&mut out, SUMMARY);
        let error = report.bytes("name", b"\xC0\0", Some(Version::V5)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WriteZero);
    }
}
