//! Capture files: pcap in both byte orders and both time units, and pcapng.

use crate::link::LinkType;
use core::fmt;
use pcap_parser::pcapng::{Block, parse_block_be, parse_block_le};
use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{OptionCode, PcapHeader, parse_pcap_frame, parse_pcap_frame_be};
use pcap_parser::{PcapNGOption, parse_pcap_header};
use std::io::{self, Read};

/// The largest block or packet record that is read. Nothing on a wire comes near it, and a
/// damaged file may claim any length.
pub const MAX_BLOCK: u32 = 64 << 20;

/// Interfaces that one section of a pcapng file may describe.
const MAX_INTERFACES: usize = 65_536;

const SECTION_HEADER: u32 = 0x0A0D_0D0A;
const BYTE_ORDER: u32 = 0x1A2B_3C4D;
const PCAP_HEADER: usize = 24;

/// Why a capture could not be read to its end.
#[derive(Debug)]
pub enum CaptureError {
    /// Reading failed.
    Io(io::Error),
    /// The file ends within a packet or block; what came before it was read.
    CutShort {
        /// Where that packet or block begins, in bytes from the start of the file.
        offset: u64,
    },
    /// A packet or block claims to be larger than [`MAX_BLOCK`].
    TooLarge {
        /// Where it begins, in bytes from the start of the file.
        offset: u64,
        /// The length it claims, in bytes.
        length: u32,
    },
    /// A block does not follow the format.
    Damaged {
        /// Where it begins, in bytes from the start of the file.
        offset: u64,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "reading failed: {error}"),
            Self::CutShort { offset } => {
                write!(f, "the capture is cut short: the part at byte {offset} is incomplete")
            }
            Self::TooLarge { offset, length } => write!(
                f,
                "the capture is damaged: the part at byte {offset} claims {length} bytes, \
                 more than {MAX_BLOCK}"
            ),
            Self::Damaged { offset, what } => {
                write!(f, "the capture is damaged: at byte {offset}, {what}")
            }
        }
    }
}

impl core::error::Error for CaptureError {}

impl From<io::Error> for CaptureError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A captured frame.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Nanoseconds since 1970 (UTC).
    pub time: i64,
    /// What the bytes begin with.
    pub link: LinkType,
    /// The bytes that were captured.
    pub data: &'a [u8],
    /// True if the frame was longer than what was captured of it.
    pub cut: bool,
}

/// The two families of capture files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The older format of tcpdump.
    Pcap,
    /// The block format of Wireshark.
    PcapNg,
}

impl Format {
    /// The format of a file that begins with `head`, if it is a capture.
    pub fn detect(head: &[u8]) -> Option<Self> {
        match u32::from_be_bytes(head.get(..4)?.try_into().ok()?) {
            SECTION_HEADER => Some(Self::PcapNg),
            0xA1B2_C3D4 | 0xD4C3_B2A1 | 0xA1B2_3C4D | 0x4D3C_B2A1 => Some(Self::Pcap),
            _ => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pcap => "pcap",
            Self::PcapNg => "pcapng",
        })
    }
}

/// Reads a capture frame by frame; holds one block at a time.
///
/// # Errors
/// A [`CaptureError`]; the frames before the fault have been handed over.
pub fn read(
    format: Format,
    input: impl Read,
    on_frame: &mut dyn FnMut(Frame<'_>),
) -> Result<(), CaptureError> {
    let mut source = Source { input, offset: 0, block: Vec::new() };
    match format {
        Format::Pcap => read_pcap(&mut source, on_frame),
        Format::PcapNg => read_pcapng(&mut source, on_frame),
    }
}

/// The file, and the block being looked at.
struct Source<R> {
    input: R,
    /// Where `block` begins.
    offset: u64,
    block: Vec<u8>,
}

impl<R: Read> Source<R> {
    /// Goes to the next block. False at the end of the file.
    fn next(&mut self, head: usize) -> Result<bool, CaptureError> {
        self.offset += self.block.len() as u64;
        self.block.clear();
        if self.fill(head)? || !self.block.is_empty() {
            self.want(head)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Reads until the block has `length` bytes.
    fn want(&mut self, length: usize) -> Result<(), CaptureError> {
        let complete = self.fill(length)?;
        if complete { Ok(()) } else { Err(CaptureError::CutShort { offset: self.offset }) }
    }

    /// Grows with what is there, never to a length that is only claimed.
    fn fill(&mut self, length: usize) -> Result<bool, CaptureError> {
        let missing = length.saturating_sub(self.block.len()) as u64;
        self.input.by_ref().take(missing).read_to_end(&mut self.block)?;
        Ok(self.block.len() >= length)
    }

    fn word(&self, at: usize, big_endian: bool) -> u32 {
        let bytes = [0, 1, 2, 3].map(|n| self.block.get(at + n).copied().unwrap_or(0));
        if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    fn damaged(&self, what: &'static str) -> CaptureError {
        CaptureError::Damaged { offset: self.offset, what }
    }

    fn check_length(&self, length: u32) -> Result<usize, CaptureError> {
        if length > MAX_BLOCK {
            return Err(CaptureError::TooLarge { offset: self.offset, length });
        }
        Ok(length as usize)
    }
}

fn read_pcap<R: Read>(
    source: &mut Source<R>,
    on_frame: &mut dyn FnMut(Frame<'_>),
) -> Result<(), CaptureError> {
    source.next(PCAP_HEADER)?;
    source.want(PCAP_HEADER)?;
    let (_, header) =
        parse_pcap_header(&source.block).map_err(|_| source.damaged("the header is not valid"))?;
    let header: PcapHeader = header;
    let big_endian = header.is_bigendian();
    let fraction = if header.is_nanosecond_precision() { 1 } else { 1000 };
    // The upper bits of the field say whether frames end in a checksum; the type is below.
    let link = LinkType::from_number(header.network.0 & 0xFFFF);
    while source.next(16)? {
        let length = source.check_length(source.word(8, big_endian))?;
        source.want(16 + length)?;
        let parse = if big_endian { parse_pcap_frame_be } else { parse_pcap_frame };
        let (_, record) =
            parse(&source.block).map_err(|_| source.damaged("a packet record is not valid"))?;
        let time = i64::from(record.ts_sec) * 1_000_000_000 + i64::from(record.ts_usec) * fraction;
        on_frame(Frame { time, link, data: record.data, cut: record.caplen < record.origlen });
    }
    Ok(())
}

/// What a pcapng section says of one of its interfaces.
struct Interface {
    link: LinkType,
    /// Ticks per second.
    resolution: u128,
    /// Seconds to add to every time.
    offset: i64,
    snap_length: u32,
}

impl Interface {
    fn time(&self, ticks: u64) -> i64 {
        let nanos = u128::from(ticks) * 1_000_000_000 / self.resolution;
        let nanos = nanos as i128 + i128::from(self.offset) * 1_000_000_000;
        nanos.clamp(0, i128::from(i64::MAX)) as i64
    }
}

fn read_pcapng<R: Read>(
    source: &mut Source<R>,
    on_frame: &mut dyn FnMut(Frame<'_>),
) -> Result<(), CaptureError> {
    let mut big_endian = false;
    let mut interfaces: Vec<Interface> = Vec::new();
    while source.next(8)? {
        if source.word(0, true) == SECTION_HEADER {
            source.want(12)?;
            big_endian = source.word(8, true) == BYTE_ORDER;
            if source.word(8, big_endian) != BYTE_ORDER {
                return Err(source.damaged("the section header has no byte-order mark"));
            }
            interfaces.clear();
        }
        let length = source.check_length(source.word(4, big_endian))?;
        if length < 12 || length % 4 != 0 {
            return Err(source.damaged("a block has an impossible length"));
        }
        source.want(length)?;
        let parse = if big_endian { parse_block_be } else { parse_block_le };
        let (_, block) =
            parse(&source.block).map_err(|_| source.damaged("a block is not valid"))?;
        match block {
            Block::InterfaceDescription(block) => {
                if interfaces.len() == MAX_INTERFACES {
                    return Err(source.damaged("there are too many interfaces"));
                }
                interfaces.push(Interface {
                    link: LinkType::from_number(block.linktype.0),
                    resolution: resolution(&block.options),
                    offset: time_offset(&block.options, big_endian),
                    snap_length: block.snaplen,
                });
            }
            Block::EnhancedPacket(block) => {
                let Some(interface) = interfaces.get(block.if_id as usize) else {
                    return Err(source.damaged("a packet names an interface that is not there"));
                };
                let ticks = u64::from(block.ts_high) << 32 | u64::from(block.ts_low);
                on_frame(Frame {
                    time: interface.time(ticks),
                    link: interface.link,
                    data: block.packet_data(),
                    cut: block.caplen < block.origlen,
                });
            }
            Block::SimplePacket(block) => {
                let Some(interface) = interfaces.first() else {
                    return Err(source.damaged("a packet comes before any interface"));
                };
                let data = block.packet_data();
                let data = match interface.snap_length {
                    0 => data,
                    most => &data[..data.len().min(most as usize)],
                };
                let cut = data.len() < block.origlen as usize;
                on_frame(Frame { time: 0, link: interface.link, data, cut });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Ticks per second: a power of ten, or of two if the upper bit is set; microseconds if not given.
fn resolution(options: &[PcapNGOption<'_>]) -> u128 {
    let exponent = option(options, OptionCode::IfTsresol).and_then(|value| value.first());
    match exponent.copied().unwrap_or(6) {
        binary @ 0x80.. => 1 << (binary & 0x7F),
        // Beyond what fits, any tick count is less than a nanosecond.
        decimal => 10_u128.checked_pow(u32::from(decimal)).unwrap_or(u128::MAX),
    }
}

fn time_offset(options: &[PcapNGOption<'_>], big_endian: bool) -> i64 {
    let value = option(options, OptionCode::IfTsoffset).and_then(|value| value.first_chunk());
    match value {
        Some(&bytes) if big_endian => i64::from_be_bytes(bytes),
        Some(&bytes) => i64::from_le_bytes(bytes),
        None => 0,
    }
}

fn option<'a>(options: &'a [PcapNGOption<'_>], code: OptionCode) -> Option<&'a [u8]> {
    options.iter().find(|option| option.code == code).map(|option| &option.value[..])
}
