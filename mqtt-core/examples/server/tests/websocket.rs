//! What the standards say of WebSocket, frame by frame.

mod frames;
mod program;
mod wire;

use frames::{BINARY, frame, websocket};
use program::{LISTEN, Running, start};
use std::io::{Read, Write};
use wire::{connect, hello, packet};

/// CONNECT of 3.1.1.
const HELLO_V311: [u8; 15] = *b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01v";
const PING: [u8; 2] = [0xC0, 0];
const PONG: [u8; 2] = [0xD0, 0];
const TEXT: u8 = 0x81;
/// First bytes of the frames of a message that has three.
const PARTS: [u8; 3] = [0x02, 0x00, 0x80];

/// Both versions.
fn hellos() -> [Vec<u8>; 2] {
    [HELLO_V311.to_vec(), hello(b'v')]
}

#[test]
fn a_text_message_closes_the_connection() {
    let Running { program: _program, ports, .. } =
        start(&format!("{LISTEN}websocket = true\n"), "");
    for hello in hellos() {
        for text in [&hello[..], &PING] {
            let mut ws = websocket(connect(ports[0]));
            if text == PING {
                ws.write_all(&frame(BINARY, &hello)).unwrap();
                assert_eq!(packet(&mut ws)[2], 0x20);
            }
            ws.write_all(&frame(TEXT, text)).unwrap();
            // However it says so, no packet comes, and then nothing.
            let mut rest = Vec::new();
            let _ = ws.read_to_end(&mut rest);
            assert_ne!(rest.first(), Some(&BINARY), "{rest:02x?}");
        }
    }
}

#[test]
fn packets_need_not_begin_where_frames_do() {
    let Running { program: _program, ports, .. } =
        start(&format!("{LISTEN}websocket = true\n"), "");
    for hello in hellos() {
        let thirds: Vec<&[u8]> = hello.chunks(hello.len().div_ceil(3)).collect();
        assert_eq!(thirds.len(), 3);
        // Three messages, and one of three frames.
        for firsts in [[BINARY; 3], PARTS] {
            let mut ws = websocket(connect(ports[0]));
            for (first, third) in firsts.into_iter().zip(&thirds) {
                ws.write_all(&frame(first, third)).unwrap();
            }
            assert_eq!(packet(&mut ws)[2], 0x20);
        }
        // Three packets in one frame.
        let mut ws = websocket(connect(ports[0]));
        ws.write_all(&frame(BINARY, &[&hello[..], &PING, &PING].concat())).unwrap();
        let mut answers = Vec::new();
        while !answers.ends_with(&[PONG, PONG].concat()) {
            let message = packet(&mut ws);
            assert_eq!(message[0], BINARY);
            answers.extend_from_slice(&message[2..]);
        }
        assert_eq!(answers[0], 0x20);
    }
}
