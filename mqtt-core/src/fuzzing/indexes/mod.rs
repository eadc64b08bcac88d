//! Operations on a subscription trie and an index of retained messages, beside lists that are searched
//! from end to end.

mod groups;
mod input;
mod overlaps;
mod retained;
mod subscriptions;

use input::{Hashing, Input};
use overlaps::Messages;
use retained::Retained;
use std::vec::Vec;
use subscriptions::Subscriptions;

/// So much may be in an index. The lists are searched often.
const MAX_ENTRIES: usize = 250;
/// Matches, and lookups, that are under way at the same time.
const SLOTS: usize = 4;
/// What may be done with one input, in entries that a list is searched for.
const MAX_WORK: usize = 30_000;

/// What was found, in its order.
type Finds = Vec<u32>;

/// Does to the indexes what the input says, with two hashers: what is found, and in which order, does not
/// depend on them.
///
/// Layout of the data: `| setup u8 | operation * |`. Bits 0 to 2 of the setup choose the hashers, the rest in
/// which order all is removed in the end. An operation is a byte, modulo 32, and its arguments; see `apply`.
pub fn check_indexes(data: &[u8]) {
    let mut input = Input::new(data);
    let setup = input.byte();
    let few = [1, 2, 3, 7][usize::from(setup & 3)];
    let well = Hashing::Seeded(setup >> 2);
    let other = if setup & 4 == 0 { Hashing::Few(few) } else { Hashing::Seeded(setup >> 3 ^ 0xFF) };
    let (found, found_by_other) = (run(well, data), run(other, data));
    assert_eq!(found, found_by_other, "what is found depends on the hasher");
}

fn run(hashing: Hashing, data: &[u8]) -> Finds {
    let mut input = Input::new(data);
    let setup = input.byte();
    let mut finds = Vec::new();
    let mut subscriptions = Subscriptions::new(hashing);
    let mut retained = Retained::new(hashing);
    let mut messages = Messages::new(hashing);
    let mut work = 0;
    while let Some(operation) = input.next() {
        apply(
            operation % 32,
            &mut input,
            (&mut subscriptions, &mut retained, &mut messages),
            &mut finds,
        );
        work += 8 + subscriptions.len() + retained.len();
        if work > MAX_WORK {
            break;
        }
    }
    subscriptions.finish(setup >> 3, &mut finds);
    retained.finish(setup >> 3, &mut finds);
    finds
}

fn apply(
    operation: u8,
    input: &mut Input<'_>,
    (subscriptions, retained, messages): (&mut Subscriptions, &mut Retained, &mut Messages),
    finds: &mut Finds,
) {
    match operation {
        how @ 0..=2 => subscriptions.insert_some(input, how),
        3 => subscriptions.find(input, finds),
        4 => subscriptions.begin(input),
        5 => subscriptions.resume(input, finds),
        how @ 6..=10 => subscriptions.remove_some(input, how - 6),
        11 => subscriptions.get(input),
        12 => subscriptions.list(input, finds),
        13 => subscriptions.maintain(input),
        14 => subscriptions.mistake(input),
        15 => subscriptions.pick(input, finds),
        how @ 16..=18 => retained.insert_some(input, how - 16),
        19 => retained.find(input, finds),
        20 => retained.begin(input),
        21 => retained.resume(input, finds),
        how @ 22..=26 => retained.remove_some(input, how - 22),
        27 => retained.get(input),
        28 => retained.list(finds),
        29 => retained.maintain(input),
        30 => retained.mistake(input),
        _ => messages.next(input, finds),
    }
}
