//! Writes fields. Sizes are known and checked before the first byte is written.

/// A place for bytes that has been found to be large enough.
pub(crate) trait Put: Sized {
    fn bytes(&mut self, bytes: &[u8]);

    /// Lets `write` put many fields, with the place in registers as long.
    fn many(&mut self, write: impl FnOnce(&mut Self));

    #[inline]
    fn u8(&mut self, value: u8) {
        self.bytes(&[value]);
    }

    #[inline]
    fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    /// Two bytes of length, then the bytes. They are at most 65,535, which measuring has checked.
    #[inline]
    fn binary(&mut self, bytes: &[u8]) {
        self.u16(bytes.len() as u16);
        self.bytes(bytes);
    }

    /// As `binary`, behind a byte.
    #[inline(always)]
    fn tagged(&mut self, tag: u8, bytes: &[u8]) {
        let [high, low] = (bytes.len() as u16).to_be_bytes();
        self.bytes(&[tag, high, low]);
        self.bytes(bytes);
    }

    /// A variable byte integer in its shortest form; `value` is at most 268,435,455.
    ///
    /// # Spec
    /// v5 \[MQTT-1.5.5-1\].
    #[inline]
    fn varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.u8(value as u8 | 0x80);
            value >>= 7;
        }
        self.u8(value as u8);
    }
}

/// The largest value of a variable byte integer.
pub(crate) const VARINT_MAX: u32 = 268_435_455;

/// Bytes of a variable byte integer.
#[inline]
pub(crate) const fn varint_len(value: u32) -> u32 {
    match value {
        0..=127 => 1,
        128..=16_383 => 2,
        16_384..=2_097_151 => 3,
        _ => 4,
    }
}

/// Writes to the front of a slice.
pub(crate) struct SliceWriter<'b> {
    rest: &'b mut [u8],
}

impl<'b> SliceWriter<'b> {
    #[inline]
    pub(crate) fn new(rest: &'b mut [u8]) -> Self {
        Self { rest }
    }
}

impl Put for SliceWriter<'_> {
    #[inline(always)]
    fn bytes(&mut self, bytes: &[u8]) {
        // The encoder has made sure that the slice is as long as the packet.
        if let Some((front, rest)) =
            core::mem::take(&mut self.rest).split_at_mut_checked(bytes.len())
        {
            copy(bytes, front);
            self.rest = rest;
        }
    }

    #[inline(always)]
    fn many(&mut self, write: impl FnOnce(&mut Self)) {
        let mut own = Self { rest: core::mem::take(&mut self.rest) };
        write(&mut own);
        self.rest = own.rest;
    }
}

/// Copies bytes to a place of the same length; short ones, as most strings are, without a call.
#[inline(always)]
fn copy(from: &[u8], to: &mut [u8]) {
    // Longer ones first: a topic name has some twenty bytes.
    let copied = if from.len() > 16 {
        if from.len() <= 32 { copy_ends::<16>(from, to) } else { None }
    } else if from.len() >= 8 {
        copy_ends::<8>(from, to)
    } else if from.len() >= 4 {
        copy_ends::<4>(from, to)
    } else {
        copy_few(from, to)
    };
    if copied.is_none() {
        to.copy_from_slice(from);
    }
}

/// Copies `N` to `2 * N` bytes as two pieces that may overlap.
#[inline(always)]
fn copy_ends<const N: usize>(from: &[u8], to: &mut [u8]) -> Option<()> {
    let (first, last) = (from.first_chunk::<N>()?, from.last_chunk::<N>()?);
    *to.first_chunk_mut()? = *first;
    *to.last_chunk_mut()? = *last;
    Some(())
}

/// Copies up to three bytes.
#[inline(always)]
fn copy_few(from: &[u8], to: &mut [u8]) -> Option<()> {
    let Some(last) = from.len().checked_sub(1) else { return Some(()) };
    for at in [0, from.len() / 2, last] {
        *to.get_mut(at)? = *from.get(at)?;
    }
    Some(())
}

/// Writes to any `BufMut` that has room.
#[cfg(feature = "alloc")]
pub(crate) struct BufWriter<'b, B>(pub(crate) &'b mut B);

#[cfg(feature = "alloc")]
impl<B: bytes::BufMut> Put for BufWriter<'_, B> {
    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.put_slice(bytes);
    }

    #[inline(always)]
    fn many(&mut self, write: impl FnOnce(&mut Self)) {
        write(self);
    }
}
