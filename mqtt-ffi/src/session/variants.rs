//! Whether a test knows all variants of an enum of the core, which may get more.

use core::fmt::Debug;

/// Fails unless `values` are one of each variant that the source of the core has, in its order.
#[track_caller]
pub(crate) fn assert_variants(source: &str, name: &str, values: &[impl Debug]) {
    let head =
        |text: &str| -> String { text.chars().take_while(char::is_ascii_alphanumeric).collect() };
    let is_first = |line: &str| {
        let behind = line.trim_start_matches("pub enum ").strip_prefix(name);
        line.starts_with("pub enum ") && behind.is_some_and(|it| it.starts_with([' ', '<']))
    };
    let body = source.lines().skip_while(|line| !is_first(line)).skip(1);
    let variants: Vec<String> = body
        .take_while(|line| *line != "}")
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|letter: char| letter.is_ascii_uppercase()))
        .map(head)
        .collect();
    let known: Vec<String> = values.iter().map(|value| head(&format!("{value:?}"))).collect();
    assert!(!variants.is_empty(), "{name} is not there");
    assert_eq!(known, variants, "{name}");
}
