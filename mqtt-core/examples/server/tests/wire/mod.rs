//! Bytes on sockets.

use loopback::PATIENCE;
use std::io::Read;
use std::net::TcpStream;

pub(crate) fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
    stream.set_nodelay(true).expect("an option");
    stream
}

/// CONNECT of 5.0 with a session that ends with the connection.
pub(crate) fn hello(client_id: u8) -> Vec<u8> {
    vec![0x10, 14, 0, 4, b'M', b'Q', b'T', b'T', 5, 2, 0, 60, 0, 0, 1, client_id]
}

/// Reads a packet of less than 128 bytes, or a message of WebSocket with less than 126.
pub(crate) fn packet(stream: &mut impl Read) -> Vec<u8> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).expect("a packet");
    let mut packet = head.to_vec();
    packet.resize(2 + usize::from(head[1]), 0);
    stream.read_exact(&mut packet[2..]).expect("the rest");
    packet
}
