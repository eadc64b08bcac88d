//! `-F`: how messages are printed.

use super::json::{self, Moment};
use crate::Received;
use core::fmt;
use std::io::Write as _;

/// Wider fields are a mistake.
const WIDEST: usize = 10_000;

/// What is printed of each message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pieces: Vec<Piece>,
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(Vec<u8>),
    /// `%` and a letter.
    Field(Field),
    /// `@` and a letter: a directive of strftime.
    Time(String),
    /// `@N`.
    Nanoseconds,
}

/// A part of a message, and how it is laid out.
#[derive(Debug, Default, PartialEq, Eq)]
struct Field {
    letter: u8,
    /// At least so many bytes.
    width: usize,
    /// At most so many.
    max: Option<usize>,
    to_left: bool,
    zeros: bool,
}

impl Format {
    /// Reads a format, or says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        loop {
            let at = rest.find(['%', '@', '\\']).unwrap_or(rest.len());
            push(&mut pieces, &rest.as_bytes()[..at]);
            let mut chars = rest[at..].chars();
            let Some(mark) = chars.next() else { return Ok(Self { pieces }) };
            if mark == '%' {
                let (field, after) = Field::parse(chars.as_str())?;
                rest = after;
                match field.letter {
                    b'%' => push(&mut pieces, b"%"),
                    _ => pieces.push(Piece::Field(field)),
                }
                continue;
            }
            let letter = chars.next().ok_or_else(|| format!("nothing follows the {mark}"))?;
            rest = chars.as_str();
            match (mark, letter) {
                ('@', '@') => push(&mut pieces, b"@"),
                ('@', 'N') => pieces.push(Piece::Nanoseconds),
                ('@', letter) => pieces.push(Piece::Time(format!("%{letter}"))),
                (_, letter) => push(&mut pieces, &[escaped(letter)?]),
            }
        }
    }

    /// Prints a message. The rest is printed too if its payload is not what the format wants.
    pub(crate) fn write(&self, out: &mut Vec<u8>, received: &Received) -> Result<(), NotJson> {
        let mut moment = Moment::default();
        let mut result = Ok(());
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text),
                Piece::Time(directive) => {
                    out.extend_from_slice(moment.format(directive).as_bytes());
                }
                Piece::Nanoseconds => print(out, format_args!("{:09}", moment.nanoseconds())),
                Piece::Field(field) => result = result.and(field.write(out, received, &mut moment)),
            }
        }
        result
    }
}

/// Adds text to the text before.
fn push(pieces: &mut Vec<Piece>, bytes: &[u8]) {
    match pieces.last_mut() {
        _ if bytes.is_empty() => {}
        Some(Piece::Text(text)) => text.extend_from_slice(bytes),
        _ => pieces.push(Piece::Text(bytes.to_vec())),
    }
}

fn escaped(letter: char) -> Result<u8, String> {
    Ok(match letter {
        '\\' => b'\\',
        '0' => 0,
        'a' => 0x07,
        'e' => 0x1B,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0B,
        _ => return Err(format!("there is no \\{letter}")),
    })
}

/// A payload was to be printed as the JSON that it is not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotJson;

impl Field {
    /// Reads what follows a `%`, and gives what follows that.
    fn parse(text: &str) -> Result<(Self, &str), String> {
        let rest = text.strip_prefix('-').unwrap_or(text);
        let (digits, after) = split_digits(rest);
        let (max, after) = match after.strip_prefix('.').map(split_digits) {
            Some((digits, after)) => (Some(digits), after),
            None => (None, after),
        };
        let letter = after.chars().next().ok_or("nothing follows the %")?;
        if !"%ACDEFIJPRSUXjlmpqrtx".contains(letter) {
            return Err(format!("there is no %{letter}"));
        }
        let number = |digits: &str| match digits {
            "" => Ok(0),
            _ => digits
                .parse()
                .ok()
                .filter(|width| *width <= WIDEST)
                .ok_or_else(|| format!("a width of {digits}; at most {WIDEST} is possible")),
        };
        let own = Self {
            // All those letters are one byte long.
            letter: letter as u8,
            width: number(digits)?,
            max: max.filter(|digits| !digits.is_empty()).map(number).transpose()?,
            to_left: rest.len() < text.len(),
            zeros: digits.starts_with('0'),
        };
        Ok((own, &after[1..]))
    }

    fn write(
        &self,
        out: &mut Vec<u8>,
        received: &Received,
        moment: &mut Moment,
    ) -> Result<(), NotJson> {
        let message = &received.message;
        let own = message.properties();
        match self.letter {
            // The session keeps topic aliases to itself.
            b'A' => self.number(out, None),
            b'C' => self.text(out, own.content_type.as_deref().unwrap_or_default()),
            b'D' => out.extend_from_slice(own.correlation_data.as_deref().unwrap_or_default()),
            b'E' => self.number(out, own.message_expiry),
            b'F' => self.number(out, own.payload_format.map(u32::from)),
            b'I' => self.text(out, &moment.format("%Y-%m-%dT%H:%M:%S%z")),
            b'j' => json::write_familiar(out, received, moment, false)?,
            b'J' => json::write_familiar(out, received, moment, true)?,
            b'l' => self.number(out, u32::try_from(message.payload.len()).ok()),
            b'm' => self.number(out, Some(received.packet_id.map_or(0, |id| u32::from(id.get())))),
            b'P' => {
                for (number, (name, value)) in own.user_properties.iter().enumerate() {
                    let space = if number > 0 { " " } else { "" };
                    print(out, format_args!("{space}{name}:{value}"));
                }
            }
            b'p' => self.pad(out, &message.payload, true),
            b'q' => print(out, format_args!("{}", message.qos as u8)),
            b'R' => self.text(out, own.response_topic.as_deref().unwrap_or_default()),
            b'r' => print(out, format_args!("{}", u8::from(message.retain))),
            b'S' => {
                let all: Vec<_> = own.subscription_identifiers.iter().map(u32::to_string).collect();
                self.pad(out, all.join(",").as_bytes(), true);
            }
            b't' => self.text(out, &message.topic),
            b'U' => {
                print(out, format_args!("{}.{:09}", moment.seconds(), moment.nanoseconds()));
            }
            b'x' => self.hex(out, &message.payload, b"0123456789abcdef"),
            b'X' => self.hex(out, &message.payload, b"0123456789ABCDEF"),
            _ => {}
        }
        Ok(())
    }

    fn number(&self, out: &mut Vec<u8>, number: Option<u32>) {
        let text = number.map(|number| number.to_string()).unwrap_or_default();
        self.pad(out, text.as_bytes(), true);
    }

    /// The only kind that has a largest width.
    fn text(&self, out: &mut Vec<u8>, text: &str) {
        let len = self.max.map_or(text.len(), |max| max.min(text.len()));
        self.pad(out, &text.as_bytes()[..len], false);
    }

    fn hex(&self, out: &mut Vec<u8>, bytes: &[u8], digits: &[u8; 16]) {
        let pairs = bytes
            .iter()
            .flat_map(|byte| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 0xF)]]);
        if self.width <= bytes.len() * 2 {
            out.extend(pairs);
        } else {
            self.pad(out, &pairs.collect::<Vec<u8>>(), true);
        }
    }

    fn pad(&self, out: &mut Vec<u8>, bytes: &[u8], may_have_zeros: bool) {
        let missing = self.width.saturating_sub(bytes.len());
        let filling = match self.zeros && may_have_zeros && !self.to_left {
            true => b'0',
            false => b' ',
        };
        if !self.to_left {
            out.resize(out.len() + missing, filling);
        }
        out.extend_from_slice(bytes);
        if self.to_left {
            out.resize(out.len() + missing, filling);
        }
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(text.len()))
}

fn print(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    // Memory takes all.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Message;

    fn printed(format: &str) -> String {
        let mut message = Message::new("f/x", "hé\0");
        message.properties_mut().content_type = Some("text/plain".to_owned());
        let received = Received { message, dup: false, packet_id: None, ack: None };
        let mut out = Vec::new();
        Format::parse(format).unwrap().write(&mut out, &received).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fields_have_widths() {
        assert_eq!(
            printed("[%10t][%-10t][%.2t][%05.2t][%-5.2t]"),
            "[       f/x][f/x       ][f/][   f/][f/   ]"
        );
        assert_eq!(printed("[%5l][%-5l][%05l][%-05l][%l]"), "[    4][4    ][00004][4    ][4]");
        assert_eq!(printed("[%x][%010X][%-10x]"), "[68c3a900][0068C3A900][68c3a900  ]");
        assert_eq!(printed("[%.4C][%-12C][%E][%3E][%03E]"), "[text][text/plain  ][][   ][000]");
        assert_eq!(printed("%%@@\\\\\\e[0m"), "%@\\\x1B[0m");
        assert_eq!(printed("@!@É"), "%!%É");
    }

    #[test]
    fn what_cannot_be_printed_is_refused() {
        let error = |format| Format::parse(format).unwrap_err();
        assert_eq!(error("a%"), "nothing follows the %");
        assert_eq!(error("%5"), "nothing follows the %");
        assert_eq!(error("@"), "nothing follows the @");
        assert_eq!(error("\\"), "nothing follows the \\");
        assert_eq!(error("%k"), "there is no %k");
        assert_eq!(error("%é"), "there is no %é");
        assert_eq!(error("%0-5l"), "there is no %-");
        assert_eq!(error("\\q"), "there is no \\q");
        assert_eq!(error("%10001t"), "a width of 10001; at most 10000 is possible");
    }
}
