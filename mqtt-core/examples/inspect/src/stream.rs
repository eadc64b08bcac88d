//! TCP connections, and the MQTT packets in them.

use crate::link::Segment;
use crate::reassembly::{Gap, Reassembly};
use core::net::SocketAddr;
use mqtt_core::{DecodeError, DecodeOptions, Limits, Packet, Sender, Status, Version, decode};
use std::collections::HashMap;

/// The registered port of MQTT without TLS.
pub const MQTT_PORT: u16 = 1883;

/// Connections that are followed in one capture; later ones are counted and skipped.
const MAX_CONNECTIONS: usize = 200_000;

/// What a reader of captures accepts: everything the standards allow. The limits of a server would
/// make it call legal packets malformed.
pub const LIMITS: Limits = Limits {
    max_user_properties: u32::MAX,
    max_filters: u32::MAX,
    max_topic_levels: 65_535,
    ..Limits::DEFAULT
};

/// How to look at a capture.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Look at these ports only, and take whatever is there as MQTT.
    pub ports: Vec<u16>,
    /// The version of connections whose CONNECT was not captured.
    pub version: Option<Version>,
    /// Bytes that all connections together may keep waiting for a missing segment or the rest of
    /// a packet.
    pub max_waiting: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { ports: Vec::new(), version: None, max_waiting: 512 << 20 }
    }
}

/// Where in a capture something was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Nanoseconds since 1970 (UTC).
    pub time: i64,
    /// Number of the MQTT connection, from 1.
    pub stream: usize,
    /// The side that sent it.
    pub sender: Sender,
    /// The address of the client.
    pub client: SocketAddr,
    /// The address of the server.
    pub server: SocketAddr,
}

/// Why nothing more, or not all, of a direction is shown though nothing is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Bytes are missing from the capture.
    Gap(Gap),
    /// No CONNECT was captured, and the version was not given.
    VersionUnknown,
    /// The bytes end within a packet.
    Unfinished {
        /// Bytes of the packet that are there.
        have: usize,
        /// Bytes that are known to be missing.
        needed: usize,
    },
    /// Too much is waiting in memory.
    TooMuchWaiting,
}

/// Is told what is found, in the order of the capture.
pub trait Visitor {
    /// An MQTT connection was recognised.
    fn stream(&mut self, place: &Place);
    /// A packet; `bytes` are all of it.
    fn packet(&mut self, place: &Place, version: Version, packet: &Packet<'_>, bytes: &[u8]);
    /// A malformed packet, at the front of `bytes`. Nothing more of its direction follows.
    fn malformed(
        &mut self,
        place: &Place,
        version: Option<Version>,
        error: &DecodeError,
        bytes: &[u8],
    );
    /// Nothing more of this direction follows, for another reason.
    fn trouble(&mut self, place: &Place, trouble: Trouble);
}

/// The options to judge what that side sent.
pub fn options(sender: Option<Sender>) -> DecodeOptions {
    DecodeOptions { limits: LIMITS, sender, ..DecodeOptions::DEFAULT }
}

/// All connections of a capture.
#[derive(Debug)]
pub struct Streams {
    settings: Settings,
    numbers: HashMap<[SocketAddr; 2], usize>,
    connections: Vec<Connection>,
    /// MQTT connections so far.
    recognised: usize,
    waiting: usize,
    skipped: u64,
}

impl Streams {
    /// No connections yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            numbers: HashMap::new(),
            connections: Vec::new(),
            recognised: 0,
            waiting: 0,
            skipped: 0,
        }
    }

    /// TCP connections seen, MQTT or not.
    pub fn connection_count(&self) -> usize {
        self.connections.len()
    }

    /// Segments left out because there was too much to follow.
    pub fn skipped_segments(&self) -> u64 {
        self.skipped
    }

    /// Takes the next segment of the capture.
    pub fn segment(&mut self, time: i64, segment: &Segment<'_>, visitor: &mut dyn Visitor) {
        let ends = [segment.source, segment.destination];
        let ports = &self.settings.ports;
        if !ports.is_empty() && !ends.iter().any(|end| ports.contains(&end.port())) {
            return;
        }
        let key = if ends[0] <= ends[1] { ends } else { [ends[1], ends[0]] };
        let known = self.numbers.get(&key).copied();
        let number = match known {
            Some(number) if !self.connections[number].is_reopened_by(segment) => number,
            _ if self.connections.len() == MAX_CONNECTIONS => {
                self.skipped += 1;
                return;
            }
            _ => {
                if let Some(old) = known {
                    self.close(old, visitor);
                }
                self.connections.push(Connection::new(ends));
                self.numbers.insert(key, self.connections.len() - 1);
                self.connections.len() - 1
            }
        };
        let connection = &mut self.connections[number];
        let before = connection.waiting();
        connection.segment(time, segment, visitor);
        if connection.kind == Kind::Unknown {
            connection.classify(&self.settings);
            if connection.kind == Kind::Mqtt {
                self.recognised += 1;
                connection.number = self.recognised;
                let (client, _) = connection.sides();
                visitor.stream(&connection.place(client));
            }
        }
        if connection.kind == Kind::Mqtt {
            connection.decode(&self.settings, visitor);
        }
        self.waiting = self.waiting - before + connection.waiting();
        if self.waiting > self.settings.max_waiting {
            let side = connection.side_of(segment);
            self.waiting -= connection.directions[side].waiting();
            self.skipped += u64::from(connection.give_up(side, visitor));
        }
    }

    /// Ends all connections: says of each what is missing.
    pub fn finish(&mut self, visitor: &mut dyn Visitor) {
        for number in 0..self.connections.len() {
            self.close(number, visitor);
        }
    }

    fn close(&mut self, number: usize, visitor: &mut dyn Visitor) {
        let connection = &mut self.connections[number];
        let before = connection.waiting();
        connection.close(visitor);
        self.waiting -= before;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unknown,
    Mqtt,
    Other,
}

/// What the first bytes of a direction say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    Connect,
    Other,
    TooShort,
}

/// Whether bytes begin like a CONNECT: its type, a length, and one of the two protocol names.
fn opening(bytes: &[u8]) -> Opening {
    let Some((&first, rest)) = bytes.split_first() else {
        return Opening::TooShort;
    };
    if first != 0x10 {
        return Opening::Other;
    }
    let Some(length) = rest.iter().take(4).position(|byte| byte & 0x80 == 0) else {
        return if rest.len() < 4 { Opening::TooShort } else { Opening::Other };
    };
    let body = &rest[length + 1..];
    let names: [&[u8]; 2] = [b"\0\x04MQTT", b"\0\x06MQIsdp"];
    if names.iter().any(|name| body.starts_with(name)) {
        Opening::Connect
    } else if names.iter().any(|name| name.starts_with(body)) {
        Opening::TooShort
    } else {
        Opening::Other
    }
}

/// One direction of a connection.
#[derive(Debug, Default)]
struct Direction {
    tcp: Reassembly,
    /// In order, not yet decoded.
    bytes: Vec<u8>,
    /// Bytes that the packet at the front still lacks.
    needed: usize,
    /// Packets have come out of it.
    decoded: bool,
    stopped: bool,
    /// When the last bytes came.
    time: i64,
}

impl Direction {
    fn stop(&mut self) {
        self.stopped = true;
        self.bytes = Vec::new();
        self.tcp.clear();
    }

    fn waiting(&self) -> usize {
        self.bytes.len() + self.tcp.held_bytes()
    }
}

#[derive(Debug)]
struct Connection {
    ends: [SocketAddr; 2],
    kind: Kind,
    /// Number among the MQTT connections.
    number: usize,
    /// Which of `ends` is the client, once known.
    client: Option<usize>,
    /// The sequence number of the client's SYN.
    opened: Option<u32>,
    version: Option<Version>,
    directions: [Direction; 2],
}

impl Connection {
    fn new(ends: [SocketAddr; 2]) -> Self {
        Self {
            ends,
            kind: Kind::Unknown,
            number: 0,
            client: None,
            opened: None,
            version: None,
            directions: Default::default(),
        }
    }

    fn waiting(&self) -> usize {
        self.directions.iter().map(Direction::waiting).sum()
    }

    /// True for the SYN of a later connection between the same ports.
    fn is_reopened_by(&self, segment: &Segment<'_>) -> bool {
        let opens = segment.syn && segment.acknowledgment.is_none();
        let known = match self.opened {
            Some(sequence) => sequence == segment.sequence,
            // A SYN may have been overtaken by what follows it.
            None => {
                self.kind != Kind::Other
                    && self.directions.iter().all(|direction| !direction.decoded)
            }
        };
        opens && !known
    }

    /// The indexes of client and server; the first speaker where nothing better is known.
    fn sides(&self) -> (usize, usize) {
        let client = self.client.unwrap_or(0);
        (client, 1 - client)
    }

    fn place(&self, side: usize) -> Place {
        let (client, server) = self.sides();
        Place {
            time: self.directions[side].time,
            stream: self.number,
            sender: if side == client { Sender::Client } else { Sender::Server },
            client: self.ends[client],
            server: self.ends[server],
        }
    }

    fn side_of(&self, segment: &Segment<'_>) -> usize {
        usize::from(self.ends[0] != segment.source)
    }

    /// Lets go of what waits in a direction. True if nobody was told, for it may not be MQTT.
    fn give_up(&mut self, side: usize, visitor: &mut dyn Visitor) -> bool {
        if self.directions[side].waiting() == 0 {
            return false;
        }
        self.directions[side].stop();
        if self.kind == Kind::Mqtt {
            visitor.trouble(&self.place(side), Trouble::TooMuchWaiting);
        }
        self.kind != Kind::Mqtt
    }

    fn segment(&mut self, time: i64, segment: &Segment<'_>, visitor: &mut dyn Visitor) {
        if self.kind == Kind::Other {
            return;
        }
        let side = self.side_of(segment);
        if let Some(sequence) = segment.acknowledgment {
            self.directions[1 - side].tcp.acknowledge(sequence);
        }
        let mut sequence = segment.sequence;
        if segment.syn {
            self.directions[side].tcp.syn(sequence);
            sequence = sequence.wrapping_add(1);
            let opener = if segment.acknowledgment.is_none() { side } else { 1 - side };
            self.client.get_or_insert(opener);
            if segment.acknowledgment.is_none() {
                self.opened.get_or_insert(segment.sequence);
            }
        }
        let direction = &mut self.directions[side];
        if direction.stopped {
            return;
        }
        if !segment.payload.is_empty() {
            direction.time = time;
        }
        if let Err(gap) = direction.tcp.data(sequence, segment.payload, &mut direction.bytes) {
            direction.stop();
            if self.kind == Kind::Mqtt {
                visitor.trouble(&self.place(side), Trouble::Gap(gap));
            }
        }
    }

    /// Decides whether this is MQTT, as soon as that can be told.
    fn classify(&mut self, settings: &Settings) {
        let openings = [0, 1].map(|side| opening(&self.directions[side].bytes));
        if let Some(side) = openings.iter().position(|&opening| opening == Opening::Connect) {
            self.kind = Kind::Mqtt;
            self.client = Some(side);
            return;
        }
        if openings == [Opening::TooShort; 2] {
            return;
        }
        let is_server =
            |end: &SocketAddr| end.port() == MQTT_PORT || settings.ports.contains(&end.port());
        if let Some(server) = self.ends.iter().position(is_server) {
            self.kind = Kind::Mqtt;
            self.client.get_or_insert(1 - server);
            return;
        }
        // A server may be seen to speak first where segments are out of order.
        let waits = self.client.is_some_and(|client| openings[client] == Opening::TooShort);
        if !waits || self.waiting() > 1 << 16 {
            self.kind = Kind::Other;
            self.directions.iter_mut().for_each(Direction::stop);
        }
    }

    fn decode(&mut self, settings: &Settings, visitor: &mut dyn Visitor) {
        let (client, server) = self.sides();
        if self.version.is_none() {
            self.find_version(settings, visitor);
        }
        self.decode_side(client, visitor);
        // What the server says cannot be read before CONNECT tells the version.
        if self.version.is_some() {
            self.decode_side(server, visitor);
        } else if self.directions[client].stopped && !self.directions[server].bytes.is_empty() {
            self.directions[server].stop();
            visitor.trouble(&self.place(server), Trouble::VersionUnknown);
        }
    }

    /// Settles the version of a connection that was open before the capture began.
    fn find_version(&mut self, settings: &Settings, visitor: &mut dyn Visitor) {
        let (client, server) = self.sides();
        if self.directions[client].stopped
            || self.directions.iter().any(|direction| direction.tcp.saw_start())
            || opening(&self.directions[client].bytes) == Opening::Connect
        {
            return;
        }
        let speaker = match opening(&self.directions[client].bytes) {
            Opening::Other => client,
            _ if !self.directions[server].bytes.is_empty() => server,
            _ => return,
        };
        self.version = settings.version;
        if self.version.is_none() {
            let place = self.place(speaker);
            self.directions.iter_mut().for_each(Direction::stop);
            visitor.trouble(&place, Trouble::VersionUnknown);
        }
    }

    fn decode_side(&mut self, side: usize, visitor: &mut dyn Visitor) {
        let place = self.place(side);
        let options = options(Some(place.sender));
        let direction = &mut self.directions[side];
        let mut at = 0;
        while !direction.stopped {
            let input = &direction.bytes[at..];
            if input.is_empty() || input.len() < direction.needed {
                break;
            }
            match decode(input, self.version, &options) {
                Ok(Status::Complete(decoded)) => {
                    if let Packet::Connect(connect) = &decoded.packet {
                        self.version = Some(connect.version);
                    }
                    // Without a version only CONNECT decodes.
                    let version = self.version.unwrap_or_default();
                    let bytes = &input[..decoded.consumed];
                    visitor.packet(&place, version, &decoded.packet, bytes);
                    at += decoded.consumed;
                    direction.decoded = true;
                    direction.needed = 0;
                }
                Ok(Status::Incomplete { needed }) => {
                    direction.needed = input.len() + needed.get();
                    break;
                }
                Err(error) => {
                    let version = error.version().or(self.version);
                    visitor.malformed(&place, version, &error, input);
                    self.version = version;
                    direction.stop();
                    return;
                }
            }
        }
        direction.bytes.drain(..at.min(direction.bytes.len()));
    }

    /// Says what is missing at the end, and lets go of all memory.
    fn close(&mut self, visitor: &mut dyn Visitor) {
        for side in [0, 1] {
            let place = self.place(side);
            let direction = &mut self.directions[side];
            if self.kind == Kind::Mqtt && !direction.stopped {
                if let Some(gap) = direction.tcp.hole() {
                    visitor.trouble(&place, Trouble::Gap(gap));
                } else if !direction.bytes.is_empty() {
                    let have = direction.bytes.len();
                    let needed = direction.needed.saturating_sub(have);
                    let trouble = match self.version {
                        None if place.sender == Sender::Server => Trouble::VersionUnknown,
                        _ => Trouble::Unfinished { have, needed },
                    };
                    visitor.trouble(&place, trouble);
                }
            }
            direction.stop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::{IpAddr, Ipv4Addr};

    #[test]
    fn a_connect_is_recognised_by_its_first_bytes() {
        let v5 = b"\x10\x10\0\x04MQTT\x05";
        let v31 = b"\x10\x80\x01\0\x06MQIsdp\x03";
        for (whole, name_ends) in [(&v5[..], 8), (&v31[..], 11)] {
            for end in 0..whole.len() {
                let expected = if end < name_ends { Opening::TooShort } else { Opening::Connect };
                assert_eq!(opening(&whole[..end]), expected, "{end}");
            }
        }
        for other in [
            &b"GET / HTTP/1.1"[..],
            b"\x16\x03\x01",
            b"\x10\xFF\xFF\xFF\xFF",
            b"\x10\x10\0\x05",
            b"\x10\x10\0\x04MQTX",
        ] {
            assert_eq!(opening(other), Opening::Other, "{other:x?}");
        }
    }

    /// Counts what it is told.
    #[derive(Default)]
    struct Count {
        packets: usize,
        troubles: Vec<Trouble>,
    }

    impl Visitor for Count {
        fn stream(&mut self, _: &Place) {}

        fn packet(&mut self, _: &Place, _: Version, _: &Packet<'_>, _: &[u8]) {
            self.packets += 1;
        }

        fn malformed(&mut self, _: &Place, _: Option<Version>, _: &DecodeError, _: &[u8]) {}

        fn trouble(&mut self, _: &Place, trouble: Trouble) {
            self.troubles.push(trouble);
        }
    }

    fn segment(client: u32, sequence: u32, payload: &[u8]) -> Segment<'_> {
        Segment {
            source: SocketAddr::new(IpAddr::V4(Ipv4Addr::from(client)), 4000),
            destination: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), MQTT_PORT),
            sequence,
            acknowledgment: None,
            syn: sequence == 0,
            payload,
        }
    }

    #[test]
    fn what_waits_in_memory_is_bounded() {
        let settings = Settings { max_waiting: 100_000, ..Settings::default() };
        let mut streams = Streams::new(settings);
        let mut count = Count::default();
        for client in 0..50 {
            streams.segment(0, &segment(client, 0, b""), &mut count);
            // A PUBLISH that never ends, and something after a gap.
            let endless = [&b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a\x30\xFF\xFF\x7F"[..]];
            streams.segment(0, &segment(client, 1, &endless.concat()), &mut count);
            streams.segment(0, &segment(client, 20, &[b'x'; 5000]), &mut count);
            streams.segment(0, &segment(client, 9000, &[b'x'; 5000]), &mut count);
            assert!(streams.waiting <= 110_000, "{}", streams.waiting);
        }
        let full = count.troubles.iter().filter(|&&t| t == Trouble::TooMuchWaiting).count();
        assert!((35..45).contains(&full), "{full} of 50 gave up");
        streams.finish(&mut count);
        assert_eq!((streams.waiting, count.troubles.len()), (0, 50));
    }

    #[test]
    fn the_number_of_connections_is_bounded() {
        let mut streams = Streams::new(Settings::default());
        let mut count = Count::default();
        for client in 0..MAX_CONNECTIONS as u32 + 7 {
            streams.segment(0, &segment(client, 0, b""), &mut count);
        }
        assert_eq!(streams.connection_count(), MAX_CONNECTIONS);
        assert_eq!(streams.skipped_segments(), 7);
        // Those that are known go on.
        let connect = b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a";
        streams.segment(0, &segment(5, 1, connect), &mut count);
        assert_eq!(count.packets, 1);
    }
}
