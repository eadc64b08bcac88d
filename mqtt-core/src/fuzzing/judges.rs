//! Ways to judge a packet, ways to chop a stream, and a second reader of fixed headers.

use crate::{DecodeOptions, Limits, Sender, Strictness, Version};
use std::vec::Vec;

/// What a decoder may be told of the version.
pub(crate) const VERSIONS: [Option<Version>; 4] =
    [None, Some(Version::V31), Some(Version::V311), Some(Version::V5)];

/// Options that the bodies decode with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge {
    /// The defaults.
    Strict,
    /// All switches that accept more.
    Lenient,
    /// All switches that accept less.
    Pedantic,
    /// Small limits.
    Tight,
    /// The client has sent it.
    FromClient,
    /// The server has sent it.
    FromServer,
}

impl Judge {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Strict,
        Self::Lenient,
        Self::Pedantic,
        Self::Tight,
        Self::FromClient,
        Self::FromServer,
    ];

    /// The options.
    #[must_use]
    pub fn options(self) -> DecodeOptions {
        let mut options = DecodeOptions::DEFAULT;
        match self {
            Self::Strict => {}
            Self::Lenient => {
                options.strictness = Strictness {
                    allow_non_minimal_varints: true,
                    allow_dup_qos0: true,
                    allow_long_client_id: true,
                    allow_password_without_user_name: true,
                    ..Strictness::DEFAULT
                };
            }
            Self::Pedantic => {
                options.strictness = Strictness {
                    check_payload_format: true,
                    reject_control_characters: true,
                    ..Strictness::DEFAULT
                };
            }
            Self::Tight => {
                options.limits = Limits {
                    max_packet_size: 48,
                    max_user_properties: 1,
                    max_filters: 2,
                    max_topic_levels: 3,
                };
            }
            Self::FromClient => options.sender = Some(Sender::Client),
            Self::FromServer => options.sender = Some(Sender::Server),
        }
        options
    }
}

/// A stream with what to do to it.
///
/// Layout of the data: `| flags u8 | buffer size u8 | seed u16 | stream |`. Bits 0 and 1 of the
/// flags are the version, of which 0 stands for none; the rest, modulo six, is the judge.
#[derive(Clone, Copy, Debug)]
pub struct StreamInput<'a> {
    /// The version told to the decoder.
    pub version: Option<Version>,
    /// How it judges.
    pub judge: Judge,
    /// A size of buffer among others.
    pub buffer_size: u8,
    /// Where the random ways of chopping start.
    pub seed: u16,
    /// The bytes that a peer has sent.
    pub bytes: &'a [u8],
}

impl<'a> StreamInput<'a> {
    /// Takes `data` apart; what is missing is 0.
    #[must_use]
    pub fn new(data: &'a [u8]) -> Self {
        let byte = |index: usize| data.get(index).copied().unwrap_or(0);
        Self {
            version: VERSIONS[usize::from(byte(0) & 3)],
            judge: Judge::ALL[usize::from(byte(0) >> 2) % Judge::ALL.len()],
            buffer_size: byte(1),
            seed: u16::from_le_bytes([byte(2), byte(3)]),
            bytes: data.get(4..).unwrap_or(&[]),
        }
    }

    /// Sizes of the buffer of a `StreamDecoder`: none at all, one smaller than a header, one that
    /// holds a small packet, and one that the input has chosen.
    #[must_use]
    pub fn buffer_sizes(&self) -> [usize; 4] {
        [0, usize::from(self.seed % 8), 32, usize::from(self.buffer_size)]
    }

    /// Lengths of chunks that add up to the stream, in several ways.
    pub(crate) fn choppings(&self) -> [Vec<usize>; 4] {
        let len = self.bytes.len();
        let mut random = Random::new(self.seed);
        [
            Vec::from([len]),
            [1].repeat(len),
            random.chop(len, 12),
            // The middle of one packet and whole others.
            random.chop(len, 200),
        ]
    }
}

/// A small generator of numbers that look random.
struct Random(u32);

impl Random {
    fn new(seed: u16) -> Self {
        Self(u32::from(seed) | 0x5EED_0000)
    }

    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize
    }

    /// Chunks of 0 to `most` bytes.
    fn chop(&mut self, len: usize, most: usize) -> Vec<usize> {
        let mut chunks = Vec::new();
        let mut left = len;
        while left > 0 {
            let chunk = (self.next() % (most + 1)).min(left);
            chunks.push(chunk);
            left -= chunk;
        }
        chunks
    }
}

/// A fixed header, read in the plainest way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlainHeader {
    /// So many bytes are missing for sure.
    Open(usize),
    /// A fifth byte of length.
    TooLong,
    /// Bytes of the header and bytes of the packet.
    Whole { header_len: usize, frame_len: usize },
}

impl PlainHeader {
    pub(crate) fn read(data: &[u8]) -> Self {
        let mut remaining = 0;
        for index in 0..4 {
            let Some(&byte) = data.get(1 + index) else {
                return Self::Open(if data.is_empty() { 2 } else { 1 });
            };
            remaining += usize::from(byte % 128) * 128_usize.pow(index as u32);
            if byte < 128 {
                let header_len = 2 + index;
                return Self::Whole { header_len, frame_len: header_len + remaining };
            }
        }
        Self::TooLong
    }

    /// What a decoder must ask for, if it finds nothing wrong in `data`.
    pub(crate) fn needed(data: &[u8]) -> Option<usize> {
        match Self::read(data) {
            Self::Open(needed) => Some(needed),
            Self::TooLong => None,
            Self::Whole { frame_len, .. } => frame_len.checked_sub(data.len()).filter(|n| *n > 0),
        }
    }
}
