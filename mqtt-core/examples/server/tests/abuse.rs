//! Many connections that mean no good, at once: the program keeps its bound of memory, and two honest clients keep
//! their rate.

mod wire;

use core::sync::atomic::{AtomicBool, Ordering::SeqCst};
use core::time::Duration;
use loopback::{Program, Stream};
use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::Instant;
use wire::{connect, hello, packet};

/// Connections that send one byte and wait.
const WAITING: usize = 2000;
/// Connections that subscribe and do not read.
const SLOW: usize = 20;
/// What a connection may take that has not sent its CONNECT, in bytes: half of that is the thread's.
const EACH_WAITING: usize = 4 << 10;
/// The same of one that does not read: `max_output`, the queue, what was read and not taken, and one message more.
const EACH_SLOW: usize = (256 << 10) + (1 << 20) + (64 << 10) + (32 << 10);
/// For all that comes and goes, and what the allocator keeps.
const BESIDE: usize = 16 << 20;
/// How often another one comes. Without optimisation, all that the program does takes many times as long.
const PAUSE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 8 } else { 1 });
/// Messages of the honest clients in a round.
const ROUND: u32 = 200;
const ROUNDS: usize = 7;
const ATTEMPTS: usize = 5;

fn start() -> (Program, u16) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqc-server"));
    let program = Program::spawn(command.args(["--listen", "127.0.0.1:0"])).expect("it starts");
    program.wait_for_text(Stream::Stderr, "listening").expect("it listens");
    let said = String::from_utf8_lossy(&program.output(Stream::Stderr)).into_owned();
    let (_, behind) = said.split_once("127.0.0.1:").expect("an address");
    let digits: String = behind.chars().take_while(char::is_ascii_digit).collect();
    (program, digits.parse().expect("a port"))
}

fn memory(program: &Program) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", program.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") << 10
}

/// A publisher and a subscriber, one message at a time.
struct Honest {
    publisher: TcpStream,
    subscriber: TcpStream,
}

impl Honest {
    fn new(port: u16) -> Self {
        let [publisher, mut subscriber] = [b'p', b's'].map(|client_id| {
            let mut stream = connect(port);
            stream.write_all(&hello(client_id)).expect("it reads");
            assert_eq!(packet(&mut stream)[3], 0);
            stream
        });
        subscriber.write_all(&[0x82, 7, 0, 1, 0, 0, 1, b'h', 0]).expect("it reads");
        assert_eq!(packet(&mut subscriber), [0x90, 4, 0, 1, 0, 0]);
        Self { publisher, subscriber }
    }

    /// How long a round takes: each message is acknowledged, and comes.
    fn round(&mut self) -> Duration {
        let start = Instant::now();
        for number in 0..ROUND {
            let text = number.to_be_bytes();
            let [a, b, c, d] = text;
            let message = [0x32, 10, 0, 1, b'h', 0, 1, 0, a, b, c, d];
            self.publisher.write_all(&message).expect("it reads");
            assert_eq!(packet(&mut self.publisher)[..4], [0x40, 2, 0, 1]);
            assert_eq!(packet(&mut self.subscriber)[6..], text);
        }
        start.elapsed()
    }

    /// What most rounds take.
    fn median(&mut self) -> Duration {
        let mut rounds: Vec<_> = (0..ROUNDS).map(|_| self.round()).collect();
        rounds.sort_unstable();
        rounds[ROUNDS / 2]
    }
}

/// Connections that come, say something that makes no sense, and go; until there is enough.
fn come_and_go(port: u16, is_enough: &AtomicBool) -> usize {
    let sayings = [
        &b"\xFF\xFF\xFF\xFF\xFF\xFF"[..],
        // A CONNECT and, behind one that is right, a PUBLISH of 256 MiB.
        b"\x10\xFF\xFF\xFF\x7F\0\x04MQTT",
        b"\x10\x0E\0\x04MQTT\x05\x02\0\x3C\0\0\x01g\x30\xFF\xFF\xFF\x7F\0\x01h",
        b"GET / HTTP/1.1\r\n\r\n",
        b"",
    ];
    let mut count = 0;
    while !is_enough.load(SeqCst) {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
            // It may have been turned away.
            let _ = stream.write_all(sayings[count % sayings.len()]);
            count += 1;
        }
        thread::sleep(PAUSE);
    }
    count
}

/// Subscribes, and reads no more.
fn slow(port: u16, number: u8) -> TcpStream {
    let mut stream = connect(port);
    stream.write_all(&hello(number)).expect("it reads");
    packet(&mut stream);
    stream
        .write_all(&[0x82, 12, 0, 1, 0, 0, 6, b'f', b'l', b'o', b'o', b'd', b's', 0])
        .expect("it reads");
    packet(&mut stream);
    stream
}

/// More for the slow ones than all their buffers hold.
fn flood(port: u16) {
    let mut stream = connect(port);
    stream.write_all(&hello(b'f')).expect("it reads");
    packet(&mut stream);
    let mut message = vec![0x30, 0x89, 0xA0, 0x01, 0, 6];
    message.extend_from_slice(b"floods\0");
    message.resize(4 + 0x5009, b'x');
    for _ in 0..600 {
        stream.write_all(&message).expect("it is read");
    }
    // It has read all of that.
    stream.write_all(&[0xC0, 0]).expect("it reads");
    assert_eq!(packet(&mut stream), [0xD0, 0]);
}

#[test]
fn abuse_takes_neither_memory_nor_time_of_others() {
    let (program, port) = start();
    let mut honest = Honest::new(port);
    honest.round();
    let before = memory(&program);
    let alone = honest.median();

    let waiting: Vec<_> = (0..WAITING)
        .map(|_| {
            let mut stream = connect(port);
            stream.write_all(&[0x10]).expect("it reads");
            stream
        })
        .collect();
    let slow: Vec<_> = (0..SLOW as u8).map(|number| slow(port, b'A' + number)).collect();
    let is_enough = AtomicBool::new(false);
    let among_them = thread::scope(|scope| {
        let coming = scope.spawn(|| come_and_go(port, &is_enough));
        flood(port);
        // The machine may do something else for a while.
        let among_them = (0..ATTEMPTS).map(|_| honest.median()).min();
        is_enough.store(true, SeqCst);
        let count = coming.join().expect("no panic");
        assert!(count > 10, "{count} have come and gone");
        among_them.expect("attempts")
    });
    assert!(
        among_them < alone * 2,
        "{ROUND} messages took {alone:?} alone, {among_them:?} among them"
    );

    let bound = WAITING * EACH_WAITING + SLOW * EACH_SLOW + BESIDE;
    let grown = memory(&program) - before;
    assert!(grown < bound, "{grown} bytes more, of {bound}");
    // All are there still, and are served.
    drop((waiting, slow));
    honest.round();
    let status = program.output(Stream::Stderr);
    assert!(!String::from_utf8_lossy(&status).contains("panic"));
}
