//! How the benches consume a decoded packet: every value it carries is looked at, none is skipped.
//!
//! A decoder that hands out lazy lists pays for them here, as one that builds its lists at once has
//! paid before. The same visitor serves as a check: [`Record`] keeps what it saw.

use crate::corpus::Fact;
use core::hint::black_box;

/// Receives each value of a decoded packet.
pub trait Visit {
    /// A number, a flag or an enumerated value.
    fn int(&mut self, value: u64);

    /// Text or binary data.
    fn bytes(&mut self, value: &[u8]);

    /// Text.
    fn text(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }
}

/// Forces each value into being and adds it up; what runs inside the clock.
#[derive(Debug, Default)]
pub struct Sum(pub u64);

impl Visit for Sum {
    #[inline(always)]
    fn int(&mut self, value: u64) {
        self.0 = self.0.wrapping_add(black_box(value));
    }

    #[inline(always)]
    fn bytes(&mut self, value: &[u8]) {
        self.0 = self.0.wrapping_add(black_box(value).len() as u64);
    }
}

/// Keeps each value, to be compared with the facts of the corpus.
#[derive(Debug, Default)]
pub struct Record(pub Vec<Fact>);

impl Visit for Record {
    fn int(&mut self, value: u64) {
        self.0.push(value.to_be_bytes().to_vec());
    }

    fn bytes(&mut self, value: &[u8]) {
        self.0.push(value.to_vec());
    }
}

impl Record {
    /// Whether exactly these facts were seen, in whatever order.
    pub fn is(mut self, facts: &[Fact]) -> bool {
        let mut facts = facts.to_vec();
        facts.sort();
        self.0.sort();
        self.0 == facts
    }
}
