//! Writes packets into a capture file, as if they had been recorded on a network.
//!
//! Link type raw IP, IPv4, TCP with correct sequence numbers and checksums. Each connection begins
//! with a handshake and a CONNECT, from which a dissector learns the version.

use mqtt_core::{Connect, Packet, Version};

use crate::expected::{Field, fields};

/// A capture in the making, and what a dissector has to find in it.
pub(crate) struct Capture {
    /// The file.
    pub(crate) bytes: Vec<u8>,
    /// The packets in the order in which their last bytes are in the file.
    pub(crate) packets: Vec<Sent>,
    connections: u16,
    /// Frames written so far.
    pub(crate) frames: u32,
}

/// A packet in the capture.
pub(crate) struct Sent {
    /// What it is, for failures.
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) len: usize,
    pub(crate) fields: Vec<Field>,
}

const SERVER_PORT: u16 = 1883;
/// Data bytes in a full TCP segment.
const SEGMENT: usize = 1_460;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const PUSH: u8 = 0x08;
const ACK: u8 = 0x10;

impl Capture {
    pub(crate) fn new() -> Self {
        let mut bytes = Vec::new();
        for word in [0xA1B2_C3D4_u32, 0x0004_0002, 0, 0, 262_144, 101] {
            bytes.extend(word.to_le_bytes());
        }
        // Version 2.4 is two numbers of 16 bits.
        bytes[4..8].copy_from_slice(&[2, 0, 4, 0]);
        Self { bytes, packets: Vec::new(), connections: 0, frames: 0 }
    }

    /// Opens a connection with this CONNECT.
    pub(crate) fn connect(&mut self, connect: Connect<'_>) -> Connection<'_> {
        self.connections += 1;
        let version = connect.version;
        let client_port = 10_000 + self.connections;
        let mut connection =
            Connection { capture: self, version, client_port, sequence: [1_000, 2_000_000] };
        connection.segment(Side::Client, SYN, &[]);
        connection.segment(Side::Server, SYN | ACK, &[]);
        connection.segment(Side::Client, ACK, &[]);
        connection.client(connect);
        connection
    }

    /// Opens a connection with a plain CONNECT.
    pub(crate) fn open(&mut self, version: Version) -> Connection<'_> {
        self.connect(Connect { version, client_id: "c", clean_start: true, ..Connect::default() })
    }
}

/// A connection; dropping it closes it.
pub(crate) struct Connection<'c> {
    capture: &'c mut Capture,
    version: Version,
    client_port: u16,
    /// Next sequence number of client and server.
    sequence: [u32; 2],
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Client,
    Server,
}

impl Connection<'_> {
    /// Sends a packet from the client, in segments of its own.
    pub(crate) fn client<'a>(&mut self, packet: impl Into<Packet<'a>>) {
        self.send(Side::Client, &[packet.into()], SEGMENT);
    }

    /// Sends a packet from the server, in segments of its own.
    pub(crate) fn server<'a>(&mut self, packet: impl Into<Packet<'a>>) {
        self.send(Side::Server, &[packet.into()], SEGMENT);
    }

    /// Sends packets from the client as one stream, cut into segments of this size.
    pub(crate) fn client_stream(&mut self, packets: &[Packet<'_>], segment: usize) {
        self.send(Side::Client, packets, segment);
    }

    fn send(&mut self, side: Side, packets: &[Packet<'_>], segment: usize) {
        let mut stream = Vec::new();
        for packet in packets {
            let name = format!("{} {packet:?}", self.capture.packets.len());
            // The method that works without an allocator, so that it is under test too.
            let len =
                packet.encoded_len(self.version).unwrap_or_else(|why| panic!("{name}: {why}"));
            let mut bytes = vec![0; len];
            let written = packet.encode_to_slice(self.version, &mut bytes);
            assert_eq!(written, Ok(len), "{name}");
            stream.extend(bytes);
            let fields = fields(packet, self.version);
            self.capture.packets.push(Sent { name, version: self.version, len, fields });
        }
        for data in stream.chunks(segment) {
            self.segment(side, PUSH | ACK, data);
        }
    }

    /// Writes one frame.
    fn segment(&mut self, side: Side, flags: u8, data: &[u8]) {
        let (from, to) = match side {
            Side::Client => (0, 1),
            Side::Server => (1, 0),
        };
        let ports = match side {
            Side::Client => [self.client_port, SERVER_PORT],
            Side::Server => [SERVER_PORT, self.client_port],
        };
        let addresses = [[10, 0, 0, 1 + from as u8], [10, 0, 0, 1 + to as u8]].concat();

        let mut tcp = Vec::with_capacity(20 + data.len());
        tcp.extend(ports.map(u16::to_be_bytes).concat());
        tcp.extend(self.sequence[from].to_be_bytes());
        let acknowledged = if flags & ACK == 0 { 0 } else { self.sequence[to] };
        tcp.extend(acknowledged.to_be_bytes());
        tcp.extend([5 << 4, flags, 0xFF, 0xFF, 0, 0, 0, 0]);
        tcp.extend(data);
        let pseudo = [&addresses[..], &[0, 6], &(tcp.len() as u16).to_be_bytes(), &tcp].concat();
        tcp[16..18].copy_from_slice(&checksum(&pseudo));

        let total = (20 + tcp.len()) as u16;
        let mut ip = vec![0x45, 0];
        ip.extend(total.to_be_bytes());
        ip.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        ip.extend(&addresses);
        let sum = checksum(&ip);
        ip[10..12].copy_from_slice(&sum);

        let capture = &mut *self.capture;
        capture.frames += 1;
        let len = u32::from(total);
        for word in [capture.frames / 1_000, capture.frames % 1_000 * 1_000, len, len] {
            capture.bytes.extend(word.to_le_bytes());
        }
        capture.bytes.extend(ip);
        capture.bytes.extend(tcp);

        // SYN and FIN take a number each.
        let taken = data.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
        self.sequence[from] = self.sequence[from].wrapping_add(taken);
    }
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.segment(Side::Client, FIN | ACK, &[]);
        self.segment(Side::Server, FIN | ACK, &[]);
        self.segment(Side::Client, ACK, &[]);
    }
}

/// The checksum of IP and TCP.
fn checksum(bytes: &[u8]) -> [u8; 2] {
    let words = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | pair.get(1).copied().map_or(0, u32::from));
    let mut sum: u32 = words.sum();
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}
