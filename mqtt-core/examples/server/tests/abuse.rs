//! Many connections, at once: the program keeps its bound of memory, and two honest clients keep their rate among
//! those that mean no good.

mod program;
mod wire;

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use core::time::Duration;
use loopback::{Program, Stream};
use program::{LISTEN, Running, start};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Instant;
use wire::{connect, hello, packet};

/// What docs/server.md promises, in bytes: a connection for which nothing waits.
const EACH_IDLE: usize = 3 << 10;
/// What one takes beside that which does not read: of docs/broker.md `max_output` and a packet, `max_bytes` of the
/// queue and as many headers as messages of this size make, and of docs/server.md what was read and not taken.
const EACH_SLOW: usize = (256 << 10) + MESSAGE + (1 << 20) + 100 * (1 << 20) / MESSAGE + (64 << 10);
/// For all that comes and goes, and what the allocator keeps.
const BESIDE: usize = 16 << 20;

/// Connections that send one byte and wait.
const WAITING: usize = 2000;
/// Connections that subscribe and do not read.
const SLOW: u8 = 20;
/// Threads that come and go.
const COMING: usize = 3;
/// How often each comes. Without optimisation, all that the program does takes many times as long.
const PAUSE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 8 } else { 1 });
/// Bytes of a message of the flood, about.
const MESSAGE: usize = 0x5009;
/// Messages of the honest clients in a round.
const ROUND: u32 = 100;
const ROUNDS: usize = 9;
/// How often they are measured among the others, and beside them.
const PAIRS: usize = 7;
/// Connections that do nothing.
const IDLE: u64 = 10_000;

fn memory(program: &Program) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", program.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") << 10
}

/// The one in the middle.
fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
    values[values.len() / 2]
}

/// CONNECT of one who may be silent for as long as the machine takes.
fn patient(client_id: u8) -> Vec<u8> {
    let mut connect = hello(client_id);
    // Keep Alive.
    connect[11] = 0;
    connect
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
            stream.write_all(&patient(client_id)).expect("it reads");
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

    /// What most rounds take, in seconds.
    fn pace(&mut self) -> f64 {
        median((0..ROUNDS).map(|_| self.round()).collect()).as_secs_f64()
    }
}

/// Connections that come, say something that makes no sense, and go; until there is enough.
fn come_and_go(port: u16, is_enough: &AtomicBool, count: &AtomicUsize) {
    let sayings = [
        &b"\xFF\xFF\xFF\xFF\xFF\xFF"[..],
        // A CONNECT and, behind one that is right, a PUBLISH of 256 MiB.
        b"\x10\xFF\xFF\xFF\x7F\0\x04MQTT",
        b"\x10\x0E\0\x04MQTT\x05\x02\0\x3C\0\0\x01g\x30\xFF\xFF\xFF\x7F\0\x01h",
        b"GET / HTTP/1.1\r\n\r\n",
        b"",
    ];
    while !is_enough.load(SeqCst) {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
            // It may have been turned away.
            let _ = stream.write_all(sayings[count.fetch_add(1, SeqCst) % sayings.len()]);
        }
        thread::sleep(PAUSE);
    }
}

/// Connections that come, say CONNECT, and go, as fast as they can; until there is enough.
fn knock(port: u16, is_enough: &AtomicBool, count: &AtomicUsize) {
    while !is_enough.load(SeqCst) {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
            let _ = stream.write_all(&hello(b'k'));
            count.fetch_add(1, SeqCst);
        }
    }
}

/// Subscribes, and reads no more.
fn slow(port: u16, number: u8) -> TcpStream {
    let mut stream = connect(port);
    stream.write_all(&patient(number)).expect("it reads");
    packet(&mut stream);
    stream
        .write_all(&[0x82, 12, 0, 1, 0, 0, 6, b'f', b'l', b'o', b'o', b'd', b's', 0])
        .expect("it reads");
    packet(&mut stream);
    stream
}

/// Messages for the slow ones, until there is enough.
fn flood(port: u16, is_enough: &AtomicBool, count: &AtomicUsize) {
    let mut stream = connect(port);
    stream.write_all(&hello(b'f')).expect("it reads");
    packet(&mut stream);
    let mut message = vec![0x30, 0x89, 0xA0, 0x01, 0, 6];
    message.extend_from_slice(b"floods\0");
    message.resize(4 + MESSAGE, b'x');
    while !is_enough.load(SeqCst) {
        stream.write_all(&message).expect("it is read");
        count.fetch_add(1, SeqCst);
    }
    // It has read all of that.
    stream.write_all(&[0xC0, 0]).expect("it reads");
    assert_eq!(packet(&mut stream), [0xD0, 0]);
}

/// Says that there is enough when it is dropped.
struct Enough<'l>(&'l AtomicBool);

impl Drop for Enough<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

/// A server, those who wait and those who do not read.
struct Besieged {
    server: Running,
    /// Its memory before they came.
    before: usize,
    clients: Vec<TcpStream>,
    came: AtomicUsize,
    flooded: AtomicUsize,
}

impl Besieged {
    fn new(server: Running) -> Self {
        let port = server.ports[0];
        let before = memory(&server.program);
        let waiting = (0..WAITING).map(|_| {
            let mut stream = connect(port);
            stream.write_all(&[0x10]).expect("it reads");
            stream
        });
        let clients = waiting.chain((0..SLOW).map(|number| slow(port, b'A' + number))).collect();
        let (came, flooded) = Default::default();
        Self { server, before, clients, came, flooded }
    }

    /// Measures while others come and go, and one floods.
    fn meanwhile(&self, measure: impl FnOnce() -> f64) -> f64 {
        let is_enough = &AtomicBool::new(false);
        let port = self.server.ports[0];
        thread::scope(|scope| {
            for _ in 0..COMING {
                scope.spawn(|| come_and_go(port, is_enough, &self.came));
            }
            scope.spawn(|| flood(port, is_enough, &self.flooded));
            // Also if it panics, for they are waited for.
            let _last = Enough(is_enough);
            measure()
        })
    }
}

#[test]
fn abuse_takes_neither_memory_nor_time_of_others() {
    let server = start(LISTEN, "");
    let mut honest = Honest::new(server.ports[0]);
    honest.round();
    let here = Besieged::new(server);
    // Another server, so that the machine has as much to do when this one has not.
    let elsewhere = Besieged::new(start(LISTEN, ""));
    let pairs: Vec<_> = (0..PAIRS)
        .map(|_| {
            let alone = elsewhere.meanwhile(|| honest.pace());
            let among_them = here.meanwhile(|| honest.pace());
            (among_them / alone, alone, among_them)
        })
        .collect();
    let ratio = median(pairs.iter().map(|pair| pair.0).collect());
    let (came, flooded) = (here.came.load(SeqCst), here.flooded.load(SeqCst));
    eprintln!("{came} came, {flooded} floods: {pairs:?}");
    assert!(ratio < 2.0, "as long, alone and among {came} who came: {pairs:?}");
    assert!(came > 100 && flooded * MESSAGE > usize::from(SLOW) << 20, "{came}, {flooded}");

    let bound = (WAITING + usize::from(SLOW)) * EACH_IDLE + usize::from(SLOW) * EACH_SLOW + BESIDE;
    let grown = memory(&here.server.program) - here.before;
    assert!(grown < bound, "{grown} bytes more, of {bound}");
    // All are there still, and are served.
    drop(here.clients);
    honest.round();
    let said = here.server.program.output(Stream::Stderr);
    assert!(!String::from_utf8_lossy(&said).contains("panic"));
}

/// Counted, not timed: between two that come, who is connected has a turn. A message takes a few.
#[test]
fn those_who_come_wait_for_those_who_are_there() {
    const EACH: usize = 3;
    let server = start(LISTEN, "");
    let port = server.ports[0];
    let mut honest = Honest::new(port);
    honest.round();
    let (is_enough, came) = (&AtomicBool::new(false), AtomicUsize::new(0));
    let messages = thread::scope(|scope| {
        for _ in 0..COMING {
            scope.spawn(|| knock(port, is_enough, &came));
        }
        let _last = Enough(is_enough);
        let mut messages = 0;
        // As many as wait to be accepted are counted too: they are few of these.
        while came.load(SeqCst) < 10_000 {
            honest.round();
            messages += ROUND as usize;
        }
        messages
    });
    let came = came.load(SeqCst);
    eprintln!("{came} came, among {messages} messages");
    assert!(came < EACH * messages, "{came} came, among {messages} messages");
}

/// As many files as the system allows, and how many these are.
fn raise_open_files() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("it is allowed");
    maximum.unwrap_or(u64::MAX)
}

#[test]
fn ten_thousand_that_do_nothing_take_little() {
    // The other test has connections, too.
    let room = raise_open_files().saturating_sub(2 * WAITING as u64 + 500);
    let count = IDLE.min(room);
    if count < IDLE {
        eprintln!("only {count} connections: the system allows no more open files");
    }
    let server = start(LISTEN, "");
    let mut honest = Honest::new(server.ports[0]);
    honest.round();
    let before = memory(&server.program);
    let mut idle: Vec<_> = (0..count)
        .map(|_| {
            let mut stream = connect(server.ports[0]);
            stream.write_all(b"\x10\x0C\0\x04MQTT\x04\x02\0\0\0\0").expect("it reads");
            stream
        })
        .collect();
    for stream in &mut idle {
        let mut connack = [0; 4];
        stream.read_exact(&mut connack).expect("an answer");
        assert_eq!(connack, [0x20, 2, 0, 0]);
    }
    honest.round();
    let each = (memory(&server.program) - before) / idle.len();
    eprintln!("{each} bytes each");
    assert!(each < EACH_IDLE, "{each} bytes each of {}", idle.len());
}
