//! Capture files of every kind, whole and broken.

mod common;

use common::{Dice, captures, folder, name};
use inspect::capture::{self, CaptureError, Format, Frame};
use inspect::input::{self, Content};
use inspect::link::LinkType;
use inspect::report::{Report, Style};
use inspect::stream::Settings;
use std::io::Cursor;

type Frames = Vec<(i64, LinkType, Vec<u8>, bool)>;

fn read(bytes: &[u8]) -> (Frames, Result<(), CaptureError>) {
    let mut frames = Vec::new();
    let format = Format::detect(bytes).expect("a capture");
    let result = capture::read(format, Cursor::new(bytes), &mut |frame: Frame<'_>| {
        frames.push((frame.time, frame.link, frame.data.to_vec(), frame.cut));
    });
    (frames, result)
}

/// Writes numbers in one byte order.
struct Writer {
    big_endian: bool,
    bytes: Vec<u8>,
}

impl Writer {
    fn new(big_endian: bool) -> Self {
        Self { big_endian, bytes: Vec::new() }
    }

    fn u16(&mut self, value: u16) -> &mut Self {
        let bytes = if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
        self.raw(&bytes)
    }

    fn u32(&mut self, value: u32) -> &mut Self {
        let bytes = if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
        self.raw(&bytes)
    }

    fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// A pcapng block around what `body` writes.
    fn block(&mut self, kind: u32, body: impl FnOnce(&mut Writer)) -> &mut Self {
        let mut inner = Writer::new(self.big_endian);
        body(&mut inner);
        inner.bytes.resize(inner.bytes.len().next_multiple_of(4), 0);
        let length = inner.bytes.len() as u32 + 12;
        self.u32(kind).u32(length).raw(&inner.bytes).u32(length)
    }

    fn section(&mut self) -> &mut Self {
        self.block(0x0A0D_0D0A, |w| {
            w.u32(0x1A2B_3C4D).u16(1).u16(0).u32(u32::MAX).u32(u32::MAX);
        })
    }

    fn interface(&mut self, link: u16, options: &[(u16, &[u8])]) -> &mut Self {
        self.block(1, |w| {
            w.u16(link).u16(0).u32(9);
            for (code, value) in options {
                w.u16(*code).u16(value.len() as u16).raw(value);
                w.bytes.resize(w.bytes.len().next_multiple_of(4), 0);
            }
            w.u32(0);
        })
    }

    fn packet(&mut self, interface: u32, ticks: u64, data: &[u8], length: u32) -> &mut Self {
        self.block(6, |w| {
            w.u32(interface).u32((ticks >> 32) as u32).u32(ticks as u32);
            w.u32(data.len() as u32).u32(length).raw(data);
        })
    }
}

fn pcap(big_endian: bool, nanoseconds: bool, link: u32) -> Vec<u8> {
    let mut w = Writer::new(big_endian);
    w.u32(if nanoseconds { 0xA1B2_3C4D } else { 0xA1B2_C3D4 });
    w.u16(2).u16(4).u32(0).u32(0).u32(65535).u32(link);
    w.u32(1_700_000_000).u32(123_456).u32(5).u32(5).raw(b"first");
    w.u32(1_700_000_001).u32(0).u32(3).u32(900).raw(b"cut");
    w.bytes
}

#[test]
fn pcap_is_read_in_both_byte_orders_and_both_units() {
    for big_endian in [false, true] {
        for (nanoseconds, fraction) in [(false, 123_456_000), (true, 123_456)] {
            let (frames, result) = read(&pcap(big_endian, nanoseconds, 1));
            result.unwrap();
            let ethernet = LinkType::Ethernet;
            assert_eq!(
                frames,
                [
                    (1_700_000_000_000_000_000 + fraction, ethernet, b"first".to_vec(), false),
                    (1_700_000_001_000_000_000, ethernet, b"cut".to_vec(), true),
                ]
            );
        }
    }
    // The upper half of the link type is about checksums of frames.
    assert_eq!(read(&pcap(true, false, 0x2400_0071)).0[0].1, LinkType::LinuxSll);
}

#[test]
fn pcapng_is_read_with_its_interfaces_times_and_sections() {
    for big_endian in [false, true] {
        let offset: i64 = 10;
        let offset = if big_endian { offset.to_be_bytes() } else { offset.to_le_bytes() };
        let mut w = Writer::new(big_endian);
        w.section()
            .interface(1, &[])
            .interface(101, &[(2, b"name"), (9, &[9]), (14, &offset)])
            .interface(113, &[(9, &[0x80 | 10])])
            .interface(276, &[(9, &[0])])
            .packet(0, 1_000_001, b"micro", 5)
            .packet(1, 1_000_000_002, b"nano, later", 11)
            .packet(2, 1024 + 512, b"binary", 7)
            .packet(3, 3, b"seconds", 7)
            .block(5, |w| {
                w.u32(0).u32(0).u32(0); // interface statistics
            })
            .block(0x7777, |w| {
                w.raw(b"a block of the future");
            })
            .block(3, |w| {
                w.u32(20).raw(b"no time, and cut at snap length");
            });
        // Another section, in the other byte order, counts its interfaces anew.
        let mut other = Writer::new(!big_endian);
        other.section().interface(0, &[]).packet(0, 7, b"other", 5);
        w.raw(&other.bytes);
        let (frames, result) = read(&w.bytes);
        result.unwrap();
        assert_eq!(
            frames,
            [
                (1_000_001_000, LinkType::Ethernet, b"micro".to_vec(), false),
                (11_000_000_002, LinkType::RawIp, b"nano, later".to_vec(), false),
                (1_500_000_000, LinkType::LinuxSll, b"binary".to_vec(), true),
                (3_000_000_000, LinkType::LinuxSll2, b"seconds".to_vec(), false),
                (0, LinkType::Ethernet, b"no time, ".to_vec(), true),
                (7_000, LinkType::Loopback, b"other".to_vec(), false),
            ]
        );
    }
}

#[test]
fn times_beyond_any_clock_do_not_overflow() {
    // Seconds; powers of ten and of two that leave nothing of any count of ticks; seconds again.
    for (resolution, early) in [(0, i64::MAX), (127, 0), (0xFF, 0), (0x80, i64::MAX)] {
        let mut w = Writer::new(false);
        w.section()
            .interface(1, &[(9, &[resolution]), (14, &i64::MIN.to_le_bytes())])
            .interface(1, &[(9, &[resolution]), (14, &i64::MAX.to_le_bytes())])
            .packet(0, u64::MAX, b"x", 1)
            .packet(1, u64::MAX, b"x", 1);
        let (frames, result) = read(&w.bytes);
        result.unwrap();
        assert_eq!((frames[0].0, frames[1].0), (early, i64::MAX));
    }
}

#[track_caller]
fn assert_fault(bytes: &[u8], frames: usize, message: &str) {
    let (found, result) = read(bytes);
    assert_eq!((found.len(), result.unwrap_err().to_string()), (frames, message.to_owned()));
}

#[test]
fn damage_is_named_with_its_place() {
    let good = pcap(false, false, 1);
    let cut = "the capture is cut short: the part at byte 45 is incomplete";
    assert_fault(&good[..good.len() - 1], 1, cut);
    assert_fault(&good[..50], 1, cut);
    assert_fault(&good[..9], 0, "the capture is cut short: the part at byte 0 is incomplete");
    let mut huge = good.clone();
    huge[32..36].copy_from_slice(&0xFFFF_FFF0_u32.to_le_bytes());
    assert_fault(
        &huge,
        0,
        "the capture is damaged: the part at byte 24 claims 4294967280 bytes, more than 67108864",
    );

    let start = |w: &mut Writer| {
        w.section().interface(1, &[]).packet(0, 0, b"good", 4);
        w.bytes.len()
    };
    let mut w = Writer::new(false);
    let at = start(&mut w);
    w.packet(1, 0, b"bad!", 4);
    let message = "a packet names an interface that is not there";
    assert_fault(&w.bytes, 1, &format!("the capture is damaged: at byte {at}, {message}"));
    let mut w = Writer::new(true);
    let at = start(&mut w);
    w.u32(6).u32(13).raw(&[0; 5]);
    let message = "a block has an impossible length";
    assert_fault(&w.bytes, 1, &format!("the capture is damaged: at byte {at}, {message}"));
    let mut w = Writer::new(true);
    let at = start(&mut w);
    w.block(6, |w| {
        w.u32(0).u32(0).u32(0).u32(5000).u32(5000).raw(b"shorter");
    });
    assert_fault(
        &w.bytes,
        1,
        &format!("the capture is damaged: at byte {at}, a block is not valid"),
    );
    let mut w = Writer::new(false);
    w.section().packet(0, 0, b"none", 4);
    assert_eq!(read(&w.bytes).0.len(), 0);
    let mut w = Writer::new(false);
    w.raw(&[0x0A, 0x0D, 0x0D, 0x0A, 28, 0, 0, 0, 1, 2, 3, 4]);
    let message = "the section header has no byte-order mark";
    assert_fault(&w.bytes, 0, &format!("the capture is damaged: at byte 0, {message}"));
}

/// Prints a capture and throws the text away; faults are text too.
fn print(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    let style = Style { summary: true, ..Style::default() };
    let mut report = Report::new(&mut out, style);
    match input::recognise(Box::new(Cursor::new(bytes.to_vec()))) {
        Ok(Content::Capture(format, input)) => {
            report.capture("x", format, input, &Settings::default()).unwrap();
        }
        Ok(Content::Bytes(bytes)) => report.bytes("x", &bytes, None).unwrap(),
        Err(error) => report.unreadable("x", &error).unwrap(),
    }
    report.table().unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_prefix_of_a_capture_is_read_or_refused() {
    for file in ["auth-v5.pcap", "paho-v5.pcap", "mqttjs-v311.pcapng"] {
        let whole = std::fs::read(folder().join(file)).unwrap();
        for end in (0..whole.len()).step_by(7) {
            let text = print(&whole[..end]);
            assert!(!text.contains(" malformed PUB"), "{text}");
        }
    }
}

#[test]
fn no_flipped_byte_panics() {
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    for path in captures() {
        let whole = std::fs::read(&path).unwrap();
        if whole.len() > 50_000 {
            continue;
        }
        for _ in 0..60 {
            let mut bad = whole.clone();
            for _ in 0..=dice.roll(20) {
                let at = dice.roll(bad.len());
                bad[at] = dice.roll(256) as u8;
            }
            let text = print(&bad);
            assert!(text.lines().count() > 2, "{}: {text}", name(&path));
        }
    }
}

#[test]
fn link_types_that_are_not_supported_are_named() {
    let text = print(&pcap(false, false, 147));
    assert!(text.contains("link type 147, not supported"), "{text}");
}
