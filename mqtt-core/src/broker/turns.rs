//! Who has a turn next.

use alloc::vec::Vec;

/// Places in a slab, first in, first out. Most often all are taken out before others come, so that no index has to
/// wrap around as in a ring.
#[derive(Debug, Default)]
pub(super) struct Turns {
    slots: Vec<u32>,
    /// How many of them were taken out.
    gone: usize,
}

impl Turns {
    #[inline]
    pub(super) fn push(&mut self, slot: u32) {
        // Not as long as more are left than are gone, so each is moved once at most.
        if self.gone > 64 && self.gone > self.slots.len() / 2 {
            self.close_gap();
        }
        self.slots.push(slot);
    }

    #[cold]
    fn close_gap(&mut self) {
        self.slots.drain(..self.gone);
        self.gone = 0;
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<u32> {
        let slot = *self.slots.get(self.gone)?;
        self.gone += 1;
        if self.gone == self.slots.len() {
            self.slots.clear();
            self.gone = 0;
        }
        Some(slot)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;

    #[test]
    fn first_in_first_out() {
        let (mut turns, mut next) = (Turns::default(), 0);
        for number in 0..1000 {
            turns.push(number);
            if number % 3 > 0 {
                assert_eq!(turns.pop(), Some(next));
                next += 1;
            }
        }
        assert!(turns.slots.capacity() <= 1024);
        (next..1000).for_each(|number| assert_eq!(turns.pop(), Some(number)));
        assert_eq!(turns.pop(), None);
    }
}
