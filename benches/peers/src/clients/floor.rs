//! No client: a loop that waits, reads, and writes what has to be written at once. It knows of MQTT what it
//! must to go on, checks nothing, and does all in one task. What it takes is the system's, and tokio's.

use super::job::{Direction, Job, Place, SIZE, TOPIC, WINDOW};
use super::run::{Clocks, Taken};
use mqtt_benches::corpus::Protocol;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// First bytes of packets, without flags.
const CONNACK: u8 = 0x20;
const PUBLISH: u8 = 0x30;
const PUBACK: u8 = 0x40;
const PUBREC: u8 = 0x50;
const PUBREL: u8 = 0x62;
const PUBCOMP: u8 = 0x70;
const SUBACK: u8 = 0x90;

/// Does it.
pub(super) async fn run(job: Job) -> io::Result<Taken> {
    if job.place.direction == Direction::FiveToOne {
        return five_to_one(job).await;
    }
    let line = Line::open(job, 0).await?;
    let clocks = Clocks::start();
    work(line, job).await?;
    Ok(clocks.stop(job.messages))
}

async fn five_to_one(job: Job) -> io::Result<Taken> {
    let part =
        |direction, messages| Job { place: Place { direction, ..job.place }, messages, ..job };
    let number = job.place.direction.publishers();
    let publishing = part(Direction::Publish, job.messages);
    // Behind those of QoS 0 each publishes one more.
    let extra = u64::from(job.place.qos == 0);
    let receiving = part(Direction::Receive, number * (job.messages + extra));
    let subscriber = Line::open(receiving, 0).await?;
    let mut lines = Vec::new();
    for publisher in 1..=number {
        lines.push(Line::open(publishing, publisher as u8).await?);
    }
    let clocks = Clocks::start();
    let mut tasks: JoinSet<_> = lines.into_iter().map(|line| work(line, publishing)).collect();
    tasks.spawn(work(subscriber, receiving));
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(clocks.stop(number * job.messages))
}

/// Does it on a connection that is open.
async fn work(mut line: Line, job: Job) -> io::Result<()> {
    let is_v5 = job.place.protocol == Protocol::V5;
    let (mut sent, mut came, mut done) = (0, 0, 0);
    let does_publish = job.place.direction != Direction::Receive;
    let is_answered = job.place.direction == Direction::Publish && job.place.qos > 0;
    let window = u64::from(WINDOW);
    loop {
        while does_publish && sent < job.messages {
            match job.place.direction {
                Direction::Publish if !is_answered && line.out.len() > 1 << 14 => {
                    line.write().await?
                }
                Direction::Publish if is_answered && sent - done == window => break,
                Direction::Both if sent - came == window => break,
                _ => {}
            }
            line.publish(is_v5, job.place.qos, sent);
            sent += 1;
            if sent == job.messages && job.place.direction == Direction::Publish && !is_answered {
                line.publish(is_v5, 1, 0);
            }
        }
        // The broker may wait for TCP's acknowledgement, and we for the broker.
        #[cfg(target_os = "linux")]
        if line.out.is_empty() && job.place.direction == Direction::Both {
            line.stream.set_quickack(true)?;
        }
        line.write().await?;
        for (kind, id) in line.read().await? {
            match kind {
                PUBLISH => {
                    came += 1;
                    match job.place.qos {
                        0 => {}
                        1 => line.out.extend([PUBACK, 2, id[0], id[1]]),
                        _ => line.out.extend([PUBREC, 2, id[0], id[1]]),
                    }
                }
                PUBREL => line.out.extend([PUBCOMP, 2, id[0], id[1]]),
                PUBREC => line.out.extend([PUBREL, 2, id[0], id[1]]),
                PUBACK | PUBCOMP => done += 1,
                _ => {}
            }
        }
        let is_over = match job.place.direction {
            Direction::Publish if !is_answered => done == 1,
            Direction::Publish => done == job.messages,
            // Behind those of QoS 0 there is one more.
            _ => came >= job.messages,
        };
        if is_over {
            return Ok(());
        }
    }
}

struct Line {
    stream: TcpStream,
    input: Vec<u8>,
    len: usize,
    out: Vec<u8>,
}

impl Line {
    /// Connects, and subscribes if need be.
    async fn open(job: Job, number: u8) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", job.port)).await?;
        stream.set_nodelay(true)?;
        let mut line = Self { stream, input: vec![0; 1 << 16], len: 0, out: Vec::new() };
        let is_v5 = job.place.protocol == Protocol::V5;
        line.hello(is_v5, number);
        line.until(CONNACK).await?;
        if job.place.direction != Direction::Publish {
            line.subscribe(is_v5, job.place.qos);
            line.until(SUBACK).await?;
        }
        Ok(line)
    }

    fn hello(&mut self, is_v5: bool, number: u8) {
        let name = [b"clients-floor-".as_slice(), &[b'0' + number]].concat();
        let len = 12 + u8::from(is_v5) + name.len() as u8;
        self.out.extend([0x10, len, 0, 4, b'M', b'Q', b'T', b'T', 4 + u8::from(is_v5), 2, 0, 60]);
        self.out.extend([0].iter().take(usize::from(is_v5)));
        self.out.extend([0, name.len() as u8]);
        self.out.extend(&name);
    }

    fn subscribe(&mut self, is_v5: bool, qos: u8) {
        let len = 5 + u8::from(is_v5) + TOPIC.len() as u8;
        self.out.extend([0x82, len, 0, 1]);
        self.out.extend([0].iter().take(usize::from(is_v5)));
        self.out.extend([0, TOPIC.len() as u8]);
        self.out.extend(TOPIC.bytes());
        self.out.push(qos);
    }

    fn publish(&mut self, is_v5: bool, qos: u8, number: u64) {
        let id = (number % 60_000 + 1) as u16;
        let len = 2 + TOPIC.len() + 2 * usize::from(qos > 0) + usize::from(is_v5) + SIZE;
        self.out.extend([PUBLISH | qos << 1, len as u8 | 0x80, (len >> 7) as u8]);
        self.out.extend([0, TOPIC.len() as u8]);
        self.out.extend(TOPIC.bytes());
        self.out.extend(id.to_be_bytes().iter().take(2 * usize::from(qos > 0)));
        self.out.extend([0].iter().take(usize::from(is_v5)));
        self.out.resize(self.out.len() + SIZE, 0);
    }

    async fn write(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.out).await?;
        self.out.clear();
        Ok(())
    }

    /// Waits, reads once, and gives the packets that are whole: what they are, and their identifier.
    async fn read(&mut self) -> io::Result<Vec<(u8, [u8; 2])>> {
        match self.stream.read(&mut self.input[self.len..]).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            len => self.len += len,
        }
        let mut packets = Vec::new();
        let mut from = 0;
        while let [first, low, rest @ ..] = &self.input[from..self.len] {
            let (len, body) = match (*low, rest) {
                (..=0x7F, rest) => (usize::from(*low), rest),
                (_, [high, rest @ ..]) => (usize::from(low & 0x7F) | usize::from(*high) << 7, rest),
                _ => break,
            };
            let Some(body) = body.get(..len) else { break };
            let kind = if first >> 4 == PUBREL >> 4 { PUBREL } else { first & 0xF0 };
            let at = if kind == PUBLISH { 2 + TOPIC.len() } else { 0 };
            packets.push((kind, [body[at], body[at + 1]]));
            from += 2 + usize::from(*low > 0x7F) + len;
        }
        self.input.copy_within(from..self.len, 0);
        self.len -= from;
        Ok(packets)
    }

    async fn until(&mut self, wanted: u8) -> io::Result<()> {
        self.write().await?;
        while !self.read().await?.iter().any(|(kind, _)| *kind == wanted) {}
        Ok(())
    }
}
