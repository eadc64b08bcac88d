//! What a whole broker in memory costs: memory for each connection, session, subscription and retained name, and time
//! for each delivery, as their number grows.
//!
//! ```text
//! cargo run --release -p mqtt-benches --bin broker [-- COUNT]
//! ```
//!
//! COUNT is how many there are of each, 100,000 by default. Payloads have 256 bytes, QoS is 0, the hasher is that of
//! the instruction counts; there are no sockets, so all of the time is the broker's. Times are the least of some
//! rounds. Resident memory is known on Linux alone.

use mqtt_benches::broker::{NOW, PAYLOAD, connect, drain, hasher, send, subscribe};
use mqtt_benches::corpus::Protocol;
use mqtt_benches::random::Random;
use mqtt_core::{
    Broker, BrokerConfig, BrokerLimits, ConnId, Connect, Packet, Properties, Property, Publish,
    QoS, Version,
};
use std::env;
use std::fs;
use std::process::ExitCode;
use std::time::Instant;

type World = Broker<foldhash::fast::FixedState>;

const PROTOCOL: Protocol = Protocol::V5;
/// A topic that all subscribe to.
const ALL: &str = "plant/7/all/of/the/devices/in/it";
/// So many deliveries are timed at least in a round.
const DELIVERIES: usize = 100_000;
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    let count = match env::args().nth(1).map(|word| word.parse::<usize>()) {
        None => 100_000,
        Some(Ok(count)) if count > 0 => count,
        Some(_) => {
            eprintln!("usage: broker [COUNT]");
            return ExitCode::FAILURE;
        }
    };
    memory(count);
    times(count);
    ExitCode::SUCCESS
}

/// A broker that takes as many connections as are asked for.
fn broker(count: usize) -> World {
    let limits = BrokerLimits {
        max_connections: count + 1,
        max_sessions: count + 1,
        ..BrokerLimits::default()
    };
    let config = BrokerConfig { sys_interval: None, limits, ..BrokerConfig::default() };
    Broker::with_hasher(config, NOW, hasher())
}

/// Topics as long as those of devices are.
fn topic(number: usize) -> String {
    format!("plant/7/device/{number:06}/set")
}

fn client_id(number: usize) -> String {
    format!("device-{number:06}")
}

/// Bytes that the process has in memory.
fn resident() -> Option<usize> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

/// Memory before something was made, and what one of it costs.
struct Meter {
    heap: usize,
    resident: Option<usize>,
}

impl Meter {
    fn new(broker: &World) -> Self {
        Self { heap: broker.heap_bytes(), resident: resident() }
    }

    /// Prints what each of so many has cost since the last row.
    fn row(&mut self, name: &str, count: usize, broker: &World) {
        let now = Self::new(broker);
        let each = |after: usize, before: usize| (after as f64 - before as f64) / count as f64;
        let resident = match (now.resident, self.resident) {
            (Some(after), Some(before)) => format!("{:.0}", each(after, before)),
            _ => "-".to_owned(),
        };
        println!("| {name} | {:.0} | {resident} |", each(now.heap, self.heap));
        *self = now;
    }
}

fn memory(count: usize) {
    println!("Bytes for each of {count}\n\n| | heap_bytes | resident |\n|---|---:|---:|");
    let mut broker = broker(count);
    let mut meter = Meter::new(&broker);
    let conns: Vec<ConnId> = (0..count).map(|_| broker.open(NOW).expect("there is room")).collect();
    meter.row("connection before CONNECT", count, &broker);
    for (number, conn) in conns.iter().enumerate() {
        let client_id = client_id(number);
        let expiry = [Property::SessionExpiryInterval(3600)];
        let properties = Properties::new(&expiry);
        let version = Version::V5;
        let connect = Connect { version, client_id: &client_id, properties, ..Connect::default() };
        send(&mut broker, *conn, connect.into(), PROTOCOL);
    }
    meter.row("and accepted", count, &broker);
    // Longer than those of its own, so that its buffers have grown before these are counted.
    for conn in &conns {
        subscribe(&mut broker, PROTOCOL, *conn, ALL, QoS::AtMostOnce);
    }
    meter.row("and a subscription that all have", count, &broker);
    for (number, conn) in conns.iter().enumerate() {
        subscribe(&mut broker, PROTOCOL, *conn, &topic(number), QoS::AtMostOnce);
    }
    meter.row("and a subscription of its own", count, &broker);
    publish(&mut broker, conns[0], ALL, false);
    meter.row(&format!("and a message of {PAYLOAD} bytes that all got"), count, &broker);
    for (number, conn) in conns.iter().enumerate() {
        publish(&mut broker, *conn, &topic(number), false);
    }
    meter.row("and one that it sent to itself", count, &broker);
    for number in 0..count {
        publish(&mut broker, conns[0], &topic(number), true);
    }
    meter.row("a retained message, with its payload", count, &broker);
    for conn in &conns {
        broker.handle_eof(*conn, NOW);
    }
    drain(&mut broker, |_, _| {});
    for conn in &conns {
        broker.handle_eof(*conn, NOW);
    }
    meter.row("less when the connection is gone", count, &broker);
    assert_eq!((broker.stats().connections, broker.stats().sessions), (0, count));
    println!();
}

/// The bytes of a message.
fn message(topic: &str, retain: bool) -> Vec<u8> {
    let payload = &[b'x'; PAYLOAD];
    let publish = Publish { topic, payload, retain, ..Publish::default() };
    let mut bytes = Vec::new();
    Packet::from(publish).encode(Version::V5, &mut bytes).expect("it is legal");
    bytes
}

fn publish(broker: &mut World, conn: ConnId, topic: &str, retain: bool) {
    broker.handle_input(conn, NOW, &message(topic, retain));
    drain(broker, |_, _| {});
}

/// Nanoseconds for each delivery: the least of some rounds.
fn time(broker: &mut World, inputs: &[(ConnId, Vec<u8>)], deliveries: usize) -> f64 {
    let round = |broker: &mut World| {
        let (mut packets, start) = (0, Instant::now());
        for (conn, bytes) in inputs {
            broker.handle_input(*conn, NOW, bytes);
            drain(broker, |_, _| packets += 1);
        }
        let taken = start.elapsed();
        assert_eq!(packets, deliveries);
        taken.as_nanos() as f64 / deliveries as f64
    };
    // The first one finds nothing in its place.
    round(broker);
    (0..ROUNDS).map(|_| round(broker)).fold(f64::INFINITY, f64::min)
}

fn times(count: usize) {
    println!("Nanoseconds for each delivery, bytes in to bytes out\n");
    println!("| | one to all | one to one |\n|---:|---:|---:|");
    let sizes = [count.div_ceil(100), count.div_ceil(10), count];
    for size in sizes {
        let mut broker = broker(size);
        let conns: Vec<ConnId> = (0..size)
            .map(|number| {
                let conn = connect(&mut broker, PROTOCOL, &client_id(number));
                subscribe(&mut broker, PROTOCOL, conn, &topic(number), QoS::AtMostOnce);
                subscribe(&mut broker, PROTOCOL, conn, ALL, QoS::AtMostOnce);
                conn
            })
            .collect();
        let messages = DELIVERIES.min(100 * count).div_ceil(size);
        let to_all = vec![(conns[0], message(ALL, false)); messages];
        let fan = time(&mut broker, &to_all, messages * size);
        // Publishers and topics without a pattern.
        let mut random = Random::new(1);
        let mut any = || random.below(size as u64) as usize;
        let messages = DELIVERIES.min(10 * count);
        let to_one: Vec<_> =
            (0..messages).map(|_| (conns[any()], message(&topic(any()), false))).collect();
        let one = time(&mut broker, &to_one, messages);
        println!("| {size} | {fan:.0} | {one:.0} |");
    }
}
