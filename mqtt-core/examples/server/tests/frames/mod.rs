//! WebSocket, as bytes.

use std::io::{Read, Write};

/// First byte of a binary message in one frame.
pub(crate) const BINARY: u8 = 0x82;

/// Shakes hands over any stream.
pub(crate) fn websocket<S: Read + Write>(mut stream: S) -> S {
    let request = "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: mqtt\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    assert!(answer.starts_with(b"HTTP/1.1 101 "));
    stream
}

/// A frame with fewer than 126 bytes, and a mask that changes none.
pub(crate) fn frame(first: u8, bytes: &[u8]) -> Vec<u8> {
    [&[first, 0x80 | bytes.len() as u8, 0, 0, 0, 0][..], bytes].concat()
}
