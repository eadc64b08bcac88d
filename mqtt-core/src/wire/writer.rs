//! Writes fields. Sizes are known and checked before the first byte is written.

/// A place for bytes that has been found to be large enough. It is handed on from field to field by
/// value, so that it stays in registers; `None` would mean that there is no room.
pub(crate) trait Put: Sized {
    fn bytes(self, bytes: &[u8]) -> Option<Self>;

    /// A few bytes that are made on the spot.
    fn array<const N: usize>(self, bytes: [u8; N]) -> Option<Self>;

    #[inline(always)]
    fn u8(self, value: u8) -> Option<Self> {
        self.array([value])
    }

    #[inline(always)]
    fn u16(self, value: u16) -> Option<Self> {
        self.array(value.to_be_bytes())
    }

    /// Two bytes of length, then the bytes. They are at most 65,535, which measuring has checked.
    #[inline(always)]
    fn binary(self, bytes: &[u8]) -> Option<Self> {
        self.u16(bytes.len() as u16)?.bytes(bytes)
    }

    /// A byte, and a few bytes behind it.
    fn tagged<const N: usize>(self, tag: u8, bytes: [u8; N]) -> Option<Self>;

    /// As `binary`, behind a byte.
    #[inline(always)]
    fn tagged_binary(self, tag: u8, bytes: &[u8]) -> Option<Self> {
        self.tagged(tag, (bytes.len() as u16).to_be_bytes())?.bytes(bytes)
    }

    /// A variable byte integer in its shortest form; `value` is at most 268,435,455.
    ///
    /// # Spec
    /// v5 \[MQTT-1.5.5-1\].
    #[inline(always)]
    fn varint(self, value: u32) -> Option<Self> {
        /// Seven bits, and a mark that there are more.
        #[inline(always)]
        const fn part(value: u32, index: u32) -> u8 {
            (value >> (7 * index)) as u8 | 0x80
        }

        let last = |index: u32| (value >> (7 * index)) as u8;
        match varint_len(value) {
            1 => self.array([last(0)]),
            2 => self.array([part(value, 0), last(1)]),
            3 => self.array([part(value, 0), part(value, 1), last(2)]),
            _ => self.array([part(value, 0), part(value, 1), part(value, 2), last(3)]),
        }
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
    fn bytes(self, bytes: &[u8]) -> Option<Self> {
        let (front, rest) = self.rest.split_at_mut_checked(bytes.len())?;
        copy(bytes, front);
        Some(Self { rest })
    }

    #[inline(always)]
    fn array<const N: usize>(self, bytes: [u8; N]) -> Option<Self> {
        let (front, rest) = self.rest.split_first_chunk_mut()?;
        *front = bytes;
        Some(Self { rest })
    }

    // Not as one array: the compiler would put its bytes together one by one.
    #[inline(always)]
    fn tagged<const N: usize>(self, tag: u8, bytes: [u8; N]) -> Option<Self> {
        let (first, rest) = self.rest.split_first_mut()?;
        let (front, rest) = rest.split_first_chunk_mut()?;
        *first = tag;
        *front = bytes;
        Some(Self { rest })
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
    fn bytes(self, bytes: &[u8]) -> Option<Self> {
        self.0.put_slice(bytes);
        Some(self)
    }

    #[inline]
    fn array<const N: usize>(self, bytes: [u8; N]) -> Option<Self> {
        self.0.put_slice(&bytes);
        Some(self)
    }

    #[inline]
    fn tagged<const N: usize>(self, tag: u8, bytes: [u8; N]) -> Option<Self> {
        self.array([tag])?.array(bytes)
    }
}
