//! The rules for names and filters once more, byte by byte, for constants. A test compares the two.

use super::TopicError;
use super::error::MAX_LEN;
use crate::ErrorKind;

const fn invalid(kind: ErrorKind, offset: usize) -> TopicError {
    TopicError::Invalid { kind, offset }
}

/// Checks what names and filters have in common; `empty` is the fault of a text without bytes.
const fn check_text(text: &[u8], empty: ErrorKind) -> Result<(), TopicError> {
    if text.len() > MAX_LEN {
        return Err(TopicError::TooLong { len: text.len() });
    }
    if text.is_empty() {
        return Err(invalid(empty, 0));
    }
    let mut at = 0;
    while at < text.len() {
        if text[at] == 0 {
            return Err(invalid(ErrorKind::Nul, at));
        }
        at += 1;
    }
    Ok(())
}

/// Checks a topic name.
pub(super) const fn check_name(text: &[u8]) -> Result<(), TopicError> {
    if let Err(error) = check_text(text, ErrorKind::TopicEmpty) {
        return Err(error);
    }
    let mut at = 0;
    while at < text.len() {
        if matches!(text[at], b'+' | b'#') {
            return Err(invalid(ErrorKind::TopicWildcard, at));
        }
        at += 1;
    }
    Ok(())
}

/// Checks a topic filter by the rules of 5.0. Gives where the inner filter of a shared subscription
/// begins, 0 for any other.
pub(super) const fn check_filter(text: &[u8]) -> Result<usize, TopicError> {
    if let Err(error) = check_text(text, ErrorKind::FilterEmpty) {
        return Err(error);
    }
    let inner = match text {
        [b'$', b's', b'h', b'a', b'r', b'e', b'/', rest @ ..] => {
            let mut name_len = 0;
            while name_len < rest.len() && !matches!(rest[name_len], b'/' | b'+' | b'#') {
                name_len += 1;
            }
            if rest.is_empty() || rest[0] == b'/' {
                return Err(invalid(ErrorKind::ShareNameEmpty, 0));
            }
            // A slash behind the name, and at least one byte behind the slash.
            if rest.len() < name_len + 2 || name_len == 0 || rest[name_len] != b'/' {
                return Err(invalid(ErrorKind::ShareName, 0));
            }
            text.len() - rest.len() + name_len + 1
        }
        _ => 0,
    };
    let mut at = 0;
    while at < text.len() {
        let begins = at == 0 || text[at - 1] == b'/';
        let is_last = at + 1 == text.len();
        if text[at] == b'+' && !(begins && (is_last || text[at + 1] == b'/')) {
            return Err(invalid(ErrorKind::FilterSingleLevel, at));
        }
        if text[at] == b'#' && !(begins && is_last) {
            return Err(invalid(ErrorKind::FilterMultiLevel, at));
        }
        at += 1;
    }
    Ok(inner)
}

/// Says what is wrong with a constant.
#[cold]
pub(super) const fn refuse(error: TopicError) -> ! {
    match error {
        TopicError::TooLong { .. } => panic!("topic has more than 65535 bytes"),
        TopicError::Invalid { kind, .. } => panic!("{}", kind.message()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{TopicFilter, TopicName};
    use super::*;
    use std::{format, string::String};

    /// Compares the two ways to judge a text, names and filters.
    fn compare(text: &str) {
        let name = check_name(text.as_bytes());
        assert_eq!(TopicName::new(text).map(|_| ()), name, "{text:?}");
        let filter = check_filter(text.as_bytes());
        let inner_len = filter.map(|inner| text.len() - inner);
        let expected = TopicFilter::new(text).map(|filter| filter.filter().as_str().len());
        assert_eq!(expected, inner_len, "{text:?}");
        assert_eq!(
            TopicFilter::new(text).map(|filter| filter.is_shared()),
            filter.map(|at| at > 0)
        );
    }

    /// Calls `check` with each text of up to `len` characters of `alphabet`.
    fn each_text(alphabet: &[char], len: usize, mut check: impl FnMut(&str)) {
        for len in 0..=len {
            for mut number in 0..alphabet.len().pow(len as u32) {
                let mut text = String::new();
                for _ in 0..len {
                    text.push(alphabet[number % alphabet.len()]);
                    number /= alphabet.len();
                }
                check(&text);
            }
        }
    }

    #[test]
    fn constants_are_judged_like_others() {
        each_text(&['a', '/', '+', '#', '$', '\0', 'é'], 5, compare);
        // Alone and before a filter, which makes some of them share names.
        each_text(&['a', '/', '+', '#', '\0'], 5, |text| {
            for text in [
                format!("$share{text}"),
                format!("$share/{text}"),
                format!("$share/{text}/a/#"),
                format!("$shar/{text}"),
                format!("region/1/site/22/{text}"),
                format!("{text}/region/1/site/22"),
            ] {
                compare(&text);
            }
        });
        for len in [65_534, 65_535, 65_536, 100_000] {
            for end in ["a", "/#", "+", "\0"] {
                let text = "/".repeat(len - end.len()) + end;
                compare(&text);
                compare(&format!("$share/{}", &text[7..]));
                compare(&format!("$share/{}/b", "g".repeat(len - 9)));
            }
        }
    }

    #[test]
    fn the_message_is_that_of_the_rule() {
        let message = |error| {
            let payload = std::panic::catch_unwind(|| refuse(error)).expect_err("a panic");
            match payload.downcast::<String>() {
                Ok(text) => *text,
                Err(payload) => {
                    payload.downcast_ref::<&str>().map(|&text| text.into()).unwrap_or_default()
                }
            }
        };
        let error = TopicFilter::new("a/#/b").expect_err("no filter");
        assert_eq!(message(error), "# is not the last level of the topic filter");
        assert_eq!(
            message(TopicError::TooLong { len: 1 << 16 }),
            "topic has more than 65535 bytes"
        );
    }
}
