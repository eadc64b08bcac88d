//! The rules once more, in as few lines as possible, for filters that are not shared.

/// Does the filter match?
pub(crate) fn matches(filter: &str, name: &str) -> bool {
    fn levels(filter: &[&str], name: &[&str]) -> bool {
        match (filter, name) {
            (["#"], _) | ([], []) => true,
            (["+", filter @ ..], [_, name @ ..]) => levels(filter, name),
            ([level, filter @ ..], [same, name @ ..]) if level == same => levels(filter, name),
            _ => false,
        }
    }
    let filter_levels: Vec<_> = filter.split('/').collect();
    let name_levels: Vec<_> = name.split('/').collect();
    !(filter.starts_with(['+', '#']) && name.starts_with('$'))
        && levels(&filter_levels, &name_levels)
}

/// Is the text a topic name?
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(['+', '#', '\0'])
}

/// Is the text a filter that is not shared?
pub(crate) fn is_filter(text: &str) -> bool {
    let levels: Vec<_> = text.split('/').collect();
    !text.is_empty()
        && !text.contains('\0')
        && levels.iter().enumerate().all(|(index, &level)| {
            !level.contains(['+', '#'])
                || level == "+"
                || (level == "#" && index + 1 == levels.len())
        })
}

/// The share name and the inner filter, if the text is a shared subscription of 5.0.
pub(crate) fn shared(text: &str) -> Option<(&str, &str)> {
    let (name, inner) = text.strip_prefix("$share/")?.split_once('/')?;
    (is_name(name) && is_filter(inner)).then_some((name, inner))
}

/// Does a topic exchange of AMQP hand a message with this key to a queue with this binding?
pub(crate) fn amqp_matches(binding: &str, key: &str) -> bool {
    fn words(binding: &[&str], key: &[&str]) -> bool {
        match (binding, key) {
            ([], []) => true,
            (["#", rest @ ..], _) => {
                words(rest, key) || key.split_first().is_some_and(|(_, key)| words(binding, key))
            }
            (["*", rest @ ..], [_, key @ ..]) => words(rest, key),
            ([word, rest @ ..], [same, key @ ..]) if word == same => words(rest, key),
            _ => false,
        }
    }
    words(&words_of(binding), &words_of(key))
}

/// The words of a key; the empty key has none.
fn words_of(key: &str) -> Vec<&str> {
    if key.is_empty() { Vec::new() } else { key.split('.').collect() }
}
