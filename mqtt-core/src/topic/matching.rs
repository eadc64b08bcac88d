//! One filter against one name, and against another filter.

use super::Levels;

/// True if the filter matches the name; both are legal.
///
/// Where the two differ first, the filter has a wildcard, has `/#` and the name has ended, or does not
/// match: a name has no wildcards. O(bytes of the name).
///
/// # Spec
/// v3 \[MQTT-4.7.1-2\], \[MQTT-4.7.2-1\]; v5 \[MQTT-4.7.1-1\], \[MQTT-4.7.2-1\].
pub(super) fn matches(mut filter: &[u8], mut name: &[u8]) -> bool {
    if let ([b'+' | b'#', ..], [b'$', ..]) = (filter, name) {
        return false;
    }
    loop {
        (filter, name) = without_common_start(filter, name);
        match (filter, name) {
            ([], []) | ([b'#'], _) | ([b'/', b'#'], []) => return true,
            ([b'+', rest @ ..], _) => (filter, name) = (rest, without_level(name)),
            _ => return false,
        }
    }
}

/// Both without what they begin with in common.
#[inline(always)]
fn without_common_start<'a, 'b>(mut a: &'a [u8], mut b: &'b [u8]) -> (&'a [u8], &'b [u8]) {
    while let (Some((chunk_a, tail_a)), Some((chunk_b, tail_b))) =
        (a.split_first_chunk::<8>(), b.split_first_chunk::<8>())
    {
        if chunk_a != chunk_b {
            break;
        }
        (a, b) = (tail_a, tail_b);
    }
    while let ([first_a, tail_a @ ..], [first_b, tail_b @ ..]) = (a, b) {
        if first_a != first_b {
            break;
        }
        (a, b) = (tail_a, tail_b);
    }
    (a, b)
}

/// What follows the first level, slash included.
#[inline(always)]
fn without_level(mut name: &[u8]) -> &[u8] {
    while let [byte, tail @ ..] = name {
        if *byte == b'/' {
            break;
        }
        name = tail;
    }
    name
}

/// The levels of a filter. There is no empty name, so `#` matches the same names as `+/#`, and `/#` the
/// same as `/+/#`: with these, levels can be compared one by one.
pub(crate) fn exact_levels(filter: &str) -> Levels<'_> {
    Levels::new(match filter {
        "#" => "+/#",
        "/#" => "/+/#",
        _ => filter,
    })
}

/// True if the filter with the levels `wide` matches every name that the one with the levels `narrow`
/// matches. Both are exact levels, or those of a name. O(bytes).
pub(crate) fn covers<'a>(
    wide: impl Iterator<Item = &'a str>,
    narrow: impl Iterator<Item = &'a str>,
) -> bool {
    let (mut wide, mut narrow) = (wide.peekable(), narrow.peekable());
    if hides(wide.peek(), narrow.peek()) {
        return false;
    }
    loop {
        match (wide.next(), narrow.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(level)) if level != "#" => {}
            (Some(level), Some(same)) if level == same => {}
            _ => return false,
        }
    }
}

/// True if there is a name that both filters match; these are their exact levels. O(bytes).
pub(crate) fn overlaps<'a>(
    a: impl Iterator<Item = &'a str>,
    b: impl Iterator<Item = &'a str>,
) -> bool {
    let (mut a, mut b) = (a.peekable(), b.peekable());
    if hides(a.peek(), b.peek()) || hides(b.peek(), a.peek()) {
        return false;
    }
    loop {
        match (a.next(), b.next()) {
            (Some("#"), _) | (_, Some("#")) | (None, None) => return true,
            (Some("+"), Some(_)) | (Some(_), Some("+")) => {}
            (Some(level), Some(same)) if level == same => {}
            _ => return false,
        }
    }
}

/// True if the first level of a filter is a wildcard, and that of another names of the server.
///
/// # Spec
/// v3 \[MQTT-4.7.2-1\]; v5 \[MQTT-4.7.2-1\].
fn hides(first: Option<&&str>, other: Option<&&str>) -> bool {
    matches!(first, Some(&("+" | "#"))) && other.is_some_and(|level| level.starts_with('$'))
}
