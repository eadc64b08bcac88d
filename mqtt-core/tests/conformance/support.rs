//! What the modules share: bytes in a setting and what has to come of them, refusals of the
//! encoder, and the tables of the standard.

use std::fs;
use std::path::Path;

use mqtt_core::{
    DecodeError, DecodeOptions, EncodeError, ErrorKind, Limits, Packet, PacketId, PacketType,
    PropertyId, ReasonCode, Response, Sender, Status, Strictness, Version, decode,
};

/// The answer in which a receiver says nothing.
pub(crate) const CLOSE: Response = Response::Close;

/// The answer to a refused CONNECT.
pub(crate) const fn connack(code: u8) -> Response {
    Response::ConnAck(ReasonCode(code))
}

/// The answer of 5.0 to any other refused packet.
pub(crate) const fn disconnect(code: u8) -> Response {
    Response::Disconnect(ReasonCode(code))
}

/// A packet identifier that a test writes as a plain number.
pub(crate) fn id(value: u16) -> PacketId {
    PacketId::new(value).expect("not 0")
}

/// One packet as it arrives, and the setting in which it does.
#[derive(Clone, Copy)]
pub(crate) struct Wire<'a> {
    bytes: &'a [u8],
    version: Version,
    options: DecodeOptions,
}

/// Bytes on a connection of 5.0.
pub(crate) fn v5<'a, B: AsRef<[u8]> + ?Sized>(bytes: &'a B) -> Wire<'a> {
    on(Version::V5, bytes)
}

/// Bytes on a connection of 3.1.1.
pub(crate) fn v311<'a, B: AsRef<[u8]> + ?Sized>(bytes: &'a B) -> Wire<'a> {
    on(Version::V311, bytes)
}

/// Bytes on a connection of that version.
pub(crate) fn on<'a, B: AsRef<[u8]> + ?Sized>(version: Version, bytes: &'a B) -> Wire<'a> {
    Wire { bytes: bytes.as_ref(), version, options: DecodeOptions::DEFAULT }
}

impl<'a> Wire<'a> {
    /// The same, known to come from that side.
    pub(crate) fn sent_by(mut self, sender: Sender) -> Self {
        self.options.sender = Some(sender);
        self
    }

    /// The same, judged by other switches.
    pub(crate) fn under(mut self, strictness: Strictness) -> Self {
        self.options.strictness = strictness;
        self
    }

    /// The same, with other limits.
    pub(crate) fn within(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// The packet, or why it is refused. Nothing may be missing and nothing left.
    #[track_caller]
    pub(crate) fn decode(self) -> Result<Packet<'a>, DecodeError> {
        // A CONNECT comes before the version is known; it names its own.
        let is_connect = self.bytes.first().is_some_and(|first| first >> 4 == 1);
        let version = if is_connect { None } else { Some(self.version) };
        match decode(self.bytes, version, &self.options)? {
            Status::Complete(decoded) => {
                assert_eq!(decoded.consumed, self.bytes.len(), "bytes left of {:02X?}", self.bytes);
                Ok(decoded.packet)
            }
            Status::Incomplete { needed } => {
                panic!("{needed} bytes are missing after {:02X?}", self.bytes)
            }
        }
    }

    /// The packet.
    #[track_caller]
    pub(crate) fn packet(self) -> Packet<'a> {
        self.decode().unwrap_or_else(|error| panic!("{:02X?} is refused: {error}", self.bytes))
    }

    /// Both directions: the bytes mean this packet, and this packet is written as these bytes.
    #[track_caller]
    pub(crate) fn is<'p>(self, packet: impl Into<Packet<'p>>) {
        let packet = packet.into();
        self.means(packet);
        assert_eq!(written(self.version, packet), self.bytes, "written for {packet:?}");
    }

    /// The bytes mean this packet.
    #[track_caller]
    pub(crate) fn means<'p>(self, packet: impl Into<Packet<'p>>) {
        assert_eq!(self.packet(), packet.into(), "meaning of {:02X?}", self.bytes);
    }

    /// The bytes are refused for this reason, at this byte, by this statement, with this answer.
    #[track_caller]
    pub(crate) fn refused(
        self,
        kind: ErrorKind,
        offset: usize,
        statement: &str,
        response: Response,
    ) {
        match self.decode() {
            Ok(packet) => panic!("{:02X?} is taken for {packet:?}", self.bytes),
            Err(error) => assert_eq!(
                (error.kind(), error.offset(), error.statement(), error.response()),
                (kind, offset, statement, response),
                "{:02X?}: {error}",
                self.bytes,
            ),
        }
    }
}

/// The bytes of a packet, the same whichever way it is written.
#[track_caller]
pub(crate) fn written<'p>(version: Version, packet: impl Into<Packet<'p>>) -> Vec<u8> {
    let packet = packet.into();
    let mut out = Vec::new();
    let len = packet
        .encode(version, &mut out)
        .unwrap_or_else(|error| panic!("{packet:?} cannot be written: {error}"));
    assert_eq!((len, packet.encoded_len(version)), (out.len(), Ok(out.len())));
    let mut slice = vec![0; len];
    assert_eq!(packet.encode_to_slice(version, &mut slice), Ok(len));
    assert_eq!(slice, out, "two ways to write {packet:?}");
    out
}

/// The packet cannot be written, whichever way is tried, and nothing is written of it.
#[track_caller]
pub(crate) fn unwritable<'p>(version: Version, packet: impl Into<Packet<'p>>, error: EncodeError) {
    const UNTOUCHED: u8 = 0xA5;
    let packet = packet.into();
    assert_eq!(packet.encoded_len(version), Err(error), "{packet:?}");
    let mut out = vec![UNTOUCHED];
    assert_eq!(packet.encode(version, &mut out), Err(error), "{packet:?}");
    assert_eq!(out, [UNTOUCHED]);
    let mut slice = [UNTOUCHED; 256];
    assert_eq!(packet.encode_to_slice(version, &mut slice), Err(error), "{packet:?}");
    assert_eq!(packet.encode_head(version, &mut slice), Err(error), "{packet:?}");
    assert_eq!(slice, [UNTOUCHED; 256]);
}

/// The encoder's refusal of a packet that would break a rule.
pub(crate) const fn invalid(packet: PacketType, kind: ErrorKind) -> EncodeError {
    EncodeError::Invalid { kind, packet, property: None }
}

/// The encoder's refusal of a property that would break a rule.
pub(crate) const fn invalid_property(
    packet: PacketType,
    kind: ErrorKind,
    property: PropertyId,
) -> EncodeError {
    EncodeError::Invalid { kind, packet, property: Some(property) }
}

/// All packet types.
pub(crate) fn packet_types() -> impl Iterator<Item = PacketType> {
    (1..=15).filter_map(|number| PacketType::try_from(number).ok())
}

/// The packet type of this name, as the tables of the standard write it.
pub(crate) fn packet_type(name: &str) -> PacketType {
    packet_types().find(|packet| packet.name() == name).unwrap_or_else(|| panic!("packet {name}"))
}

/// A text file under `tests/`.
pub(crate) fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A table with tabs between the cells and the names of the columns in the first line.
pub(crate) struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a table; says which line has another number of cells than the first.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let cells = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
        let mut lines = text.lines();
        let columns = cells(lines.next().unwrap_or_default());
        let rows: Vec<_> = lines.map(cells).collect();
        match rows.iter().find(|row| row.len() != columns.len()) {
            Some(row) => Err(format!("{} cells, not {}: {row:?}", row.len(), columns.len())),
            None => Ok(Self { columns, rows }),
        }
    }

    /// A table of the standard under `tests/spec/`.
    pub(crate) fn of_spec(name: &str) -> Self {
        Self::parse(&read(&format!("spec/{name}"))).expect(name)
    }

    /// The names of the columns.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows in order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { columns: &self.columns, cells })
    }
}

/// One line of a table.
#[derive(Clone, Copy)]
pub(crate) struct Row<'t> {
    columns: &'t [String],
    cells: &'t [String],
}

impl<'t> Row<'t> {
    /// All cells.
    pub(crate) fn cells(&self) -> &'t [String] {
        self.cells
    }

    /// The cell in the column of this name.
    pub(crate) fn get(&self, column: &str) -> &'t str {
        let index = self.columns.iter().position(|name| name == column);
        &self.cells[index.unwrap_or_else(|| panic!("no column {column}"))]
    }

    /// The parts of a cell that lists several.
    pub(crate) fn list(&self, column: &str, separator: char) -> Vec<&'t str> {
        self.get(column).split(separator).filter(|part| *part != "-").collect()
    }

    /// A cell like `0x1F`.
    pub(crate) fn byte(&self, column: &str) -> u8 {
        byte(self.get(column)).unwrap_or_else(|| panic!("{column}: {}", self.get(column)))
    }
}

/// A number like `0x1F`.
pub(crate) fn byte(text: &str) -> Option<u8> {
    u8::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}
