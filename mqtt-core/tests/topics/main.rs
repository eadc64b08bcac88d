//! Topic names and filters: vectors shared with C and Python, all short texts, random ones, and what
//! other systems call a topic.

mod alloc;
mod bugs;
mod exhaustive;
mod mapping;
mod naive;
mod properties;
mod values;
mod vectors;

use mqtt_core::{TopicFilter, TopicName};

fn name(text: &str) -> TopicName<'_> {
    TopicName::new(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn filter(text: &str) -> TopicFilter<'_> {
    TopicFilter::new(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// All texts of up to `len` characters of `alphabet`.
fn texts(alphabet: &str, len: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut from = 0;
    for _ in 0..len {
        let longest = from..all.len();
        from = all.len();
        for index in longest {
            for character in alphabet.chars() {
                all.push(format!("{}{character}", all[index]));
            }
        }
    }
    all
}
