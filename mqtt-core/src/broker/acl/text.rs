//! The text form of rules: words of a line, and quotes.

use super::{Acl, AclAction, AclDecision, AclError, AclErrorKind, AclRule, AclSubject};
use crate::TopicFilter;
use alloc::string::String;
use core::fmt::{self, Write};

/// What is wrong with a line, and at which byte of it.
type Fault = (AclErrorKind, usize);

const BLANKS: [char; 2] = [' ', '\t'];

/// See [`Acl::parse`].
pub(super) fn parse(text: &str) -> Result<Acl, AclError> {
    if text.len() > Acl::MAX_TEXT_LEN {
        return Err(AclError { kind: AclErrorKind::TooLong, line: 1, column: 1 });
    }
    let mut acl = Acl::new();
    let mut default = None;
    for (index, line) in text.lines().enumerate() {
        read_line(line, &mut acl, &mut default).map_err(|(kind, at)| {
            let before = line.get(..at).unwrap_or(line);
            AclError { kind, line: index + 1, column: before.chars().count() + 1 }
        })?;
    }
    Ok(acl.with_default(default.unwrap_or(AclDecision::Deny)))
}

fn read_line(line: &str, acl: &mut Acl, default: &mut Option<AclDecision>) -> Result<(), Fault> {
    let mut words = Words { line, rest: line };
    if words.skip_blanks().starts_with('#') {
        return Ok(());
    }
    let Some(first) = words.next()? else { return Ok(()) };
    if first.keyword() == Some("default") {
        let decision = words.need_one_of(AclErrorKind::Default, decision)?;
        words.end()?;
        return match default.replace(decision) {
            None => Ok(()),
            Some(_) => Err((AclErrorKind::DefaultTwice, first.at)),
        };
    }
    let decision = first.one_of(AclErrorKind::Decision, decision)?;
    let action = words.need_one_of(AclErrorKind::Action, action)?;
    let (mut filter, name);
    filter = words.need(AclErrorKind::NoFilter)?;
    let who = match filter.keyword() {
        Some(keyword @ ("user" | "client")) => {
            let is_user = keyword == "user";
            name = words.need(AclErrorKind::Name)?;
            filter = words.need(AclErrorKind::NoFilter)?;
            if is_user { AclSubject::User(&name.text) } else { AclSubject::Client(&name.text) }
        }
        _ => AclSubject::Everybody,
    };
    let at = filter.at;
    let filter =
        TopicFilter::new(&filter.text).map_err(|error| (AclErrorKind::Filter(error), at))?;
    words.end()?;
    acl.add(AclRule { decision, action, who, filter }).map_err(|kind| (kind, at))
}

fn decision(word: &str) -> Option<AclDecision> {
    match word {
        "allow" => Some(AclDecision::Allow),
        "deny" => Some(AclDecision::Deny),
        _ => None,
    }
}

fn action(word: &str) -> Option<AclAction> {
    match word {
        "all" => Some(AclAction::All),
        "publish" => Some(AclAction::Publish),
        "subscribe" => Some(AclAction::Subscribe),
        _ => None,
    }
}

/// A word of a line, without its quotes.
struct Word {
    text: String,
    is_quoted: bool,
    at: usize,
}

impl Word {
    /// The word, if it can be one of the language: quotes make it a name.
    fn keyword(&self) -> Option<&str> {
        (!self.is_quoted).then_some(&self.text)
    }

    fn one_of<T>(&self, kind: AclErrorKind, read: fn(&str) -> Option<T>) -> Result<T, Fault> {
        self.keyword().and_then(read).ok_or((kind, self.at))
    }
}

/// The words of a line.
struct Words<'a> {
    line: &'a str,
    /// What has not been read.
    rest: &'a str,
}

impl<'a> Words<'a> {
    /// The byte of the line where the rest begins.
    fn at(&self) -> usize {
        self.line.len() - self.rest.len()
    }

    /// The rest, without the blanks before the next word.
    fn skip_blanks(&mut self) -> &'a str {
        self.rest = self.rest.trim_start_matches(BLANKS);
        self.rest
    }

    /// The next word; `None` at the end of the line.
    fn next(&mut self) -> Result<Option<Word>, Fault> {
        let rest = self.skip_blanks();
        if rest.is_empty() {
            return Ok(None);
        }
        if let Some(inside) = rest.strip_prefix('"') {
            return self.next_quoted(inside).map(Some);
        }
        let at = self.at();
        let text = rest.split(BLANKS).next().unwrap_or(rest);
        if let Some(index) = text.find(|character| !is_plain(character)) {
            return Err((AclErrorKind::Character, at + index));
        }
        self.rest = rest.get(text.len()..).unwrap_or_default();
        Ok(Some(Word { text: text.into(), is_quoted: false, at }))
    }

    /// The next word, whose opening quote is before `inside`.
    fn next_quoted(&mut self, inside: &'a str) -> Result<Word, Fault> {
        let at = self.at();
        let mut text = String::new();
        let mut characters = inside.char_indices();
        while let Some((index, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = characters.as_str();
                    if !self.rest.is_empty() && !self.rest.starts_with(BLANKS) {
                        return Err((AclErrorKind::QuoteEnd, self.at()));
                    }
                    return Ok(Word { text, is_quoted: true, at });
                }
                '\\' => match characters.next().and_then(|(_, escaped)| unescape(escaped)) {
                    Some(meant) => text.push(meant),
                    None => return Err((AclErrorKind::Escape, at + 1 + index)),
                },
                _ => text.push(character),
            }
        }
        Err((AclErrorKind::QuoteOpen, at))
    }

    /// The next word; if there is none, this is wrong.
    fn need(&mut self, kind: AclErrorKind) -> Result<Word, Fault> {
        self.next()?.ok_or((kind, self.at()))
    }

    fn need_one_of<T>(
        &mut self,
        kind: AclErrorKind,
        read: fn(&str) -> Option<T>,
    ) -> Result<T, Fault> {
        self.need(kind)?.one_of(kind, read)
    }

    /// There may be no more words.
    fn end(&mut self) -> Result<(), Fault> {
        if self.skip_blanks().is_empty() { Ok(()) } else { Err((AclErrorKind::LineEnd, self.at())) }
    }
}

/// May the character be in a word without quotes?
fn is_plain(character: char) -> bool {
    !(character.is_whitespace() || character.is_control() || character == '"')
}

/// The characters that are written behind a backslash, in quotes, and how.
const ESCAPES: [(char, char); 4] = [('"', '"'), ('\\', '\\'), ('\n', 'n'), ('\r', 'r')];

fn unescape(escaped: char) -> Option<char> {
    ESCAPES.iter().find(|(_, written)| *written == escaped).map(|(meant, _)| *meant)
}

/// Writes a name or a filter, in quotes if it needs them.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0;
        if !matches!(text, "" | "user" | "client") && text.chars().all(is_plain) {
            return f.write_str(text);
        }
        f.write_char('"')?;
        for character in text.chars() {
            match ESCAPES.iter().find(|(meant, _)| *meant == character) {
                Some((_, written)) => write!(f, "\\{written}")?,
                None => f.write_char(character)?,
            }
        }
        f.write_char('"')
    }
}

/// How many bytes the line of a rule has. Allocates nothing.
pub(super) fn line_len(rule: &AclRule<'_>) -> usize {
    let mut len = Len("\n".len());
    // It takes all text.
    let _ = write!(len, "{rule}");
    len.0
}

/// Counts the bytes of what is written.
struct Len(usize);

impl Write for Len {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.saturating_add(text.len());
        Ok(())
    }
}
