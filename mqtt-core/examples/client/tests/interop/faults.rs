//! A bad network between client and broker: cuts, stalls, delays, bytes one at a time.

use crate::{VERSIONS, broker, connect, next, persistent, sub};
use core::ops::RangeInclusive;
use core::time::Duration;
use loopback::{Broker, BrokerOptions, Counts, FaultProxy, Faults, PATIENCE, mosquitto_pub_lines};
use mqc_client::{Message, Options};
use mqtt_core::{QoS, Version};

/// Cuts and stalls, and refuses connections for a moment.
fn proxy(broker: &Broker, seed: u64, every: RangeInclusive<u64>) -> FaultProxy {
    let faults = Faults {
        seed,
        cut: Some(every.clone()),
        stall: Some(every),
        stall_for: Duration::from_millis(50),
        refuse: Some(1..=10),
        ..Faults::default()
    };
    FaultProxy::start(broker.port(), faults).unwrap()
}

/// Every few thousand bytes.
fn bad_proxy(broker: &Broker, seed: u64) -> FaultProxy {
    proxy(broker, seed, 1..=8_000)
}

/// Not before what was under way has been sent again.
///
/// If a connection ends before that, mosquitto 2.0.11 forgets which of its PUBRELs it has sent, begins anew
/// with PUBLISH, against v5 \[MQTT-4.3.3-6\], and a message of QoS 2 arrives twice.
fn mild_proxy(broker: &Broker, seed: u64) -> FaultProxy {
    proxy(broker, seed, 12_000..=20_000)
}

/// How many messages are published at a time: mosquitto 2.0.11 sends all that are queued, when a client comes
/// back, beyond its Receive Maximum.
const SLICE: usize = 500;

/// Delays what comes, and passes bytes on one by one.
fn slow_proxy(broker: &Broker, seed: u64) -> FaultProxy {
    let faults = Faults { delay: Some(0..=2), trickle: Some(0..=40), ..Faults::default() };
    let faults = Faults { seed, cut: Some(1..=3_000), ..faults };
    FaultProxy::start(broker.port(), faults).unwrap()
}

fn numbers(payloads: impl Iterator<Item = Vec<u8>>) -> Vec<usize> {
    payloads.map(|payload| String::from_utf8(payload).unwrap().parse().unwrap()).collect()
}

/// At QoS 1 each number is there, the first times in order; at QoS 2 each is there once, in order.
fn judge(got: &[usize], qos: QoS, messages: usize) {
    if qos == QoS::ExactlyOnce {
        assert!(got.iter().copied().eq(0..messages), "{} messages", got.len());
        return;
    }
    let mut next = 0;
    for &number in got {
        assert!(number <= next, "{number} before {next}");
        next = next.max(number + 1);
    }
    assert_eq!(next, messages);
}

/// Publishes through a proxy, as many as there are, and looks what mosquitto_sub gets.
async fn from_us(
    version: Version,
    qos: QoS,
    messages: usize,
    proxy: fn(&Broker, u64) -> FaultProxy,
) -> Option<Counts> {
    let broker = broker(BrokerOptions::default())?;
    let proxy = proxy(&broker, 1 + qos as u64);
    // With 5.0 mosquitto_sub takes 20 at a time, and mosquitto 2.0.11 now and then sends it more.
    let sub = sub(&broker, "311", &["-q", "2", "-t", "faults"]);
    let options = Options { keep_alive: 1, ..persistent(version, proxy.port(), "ours") };
    let (client, _messages) = connect(options).await;
    let mut deliveries = Vec::new();
    for number in 0..messages {
        let message = Message::new("faults", number.to_string()).qos(qos);
        deliveries.push(client.send(message).await.unwrap());
    }
    for delivery in deliveries {
        delivery.await.unwrap();
    }
    client.disconnect().await.unwrap();
    // At QoS 1 some come twice: up to the last, not up to their number.
    let mut got = Vec::new();
    while got.last() != Some(&(messages - 1)) {
        let all = sub.wait_for(got.len() + 1, PATIENCE).unwrap();
        got = numbers(all.into_iter().map(|received| received.payload));
    }
    judge(&got, qos, messages);
    Some(proxy.counts())
}

/// Publishes with mosquitto_pub, and looks what we get through a proxy.
async fn to_us(
    version: Version,
    name: &str,
    qos: QoS,
    messages: usize,
    proxy: fn(&Broker, u64) -> FaultProxy,
) -> Option<Counts> {
    let broker = broker(BrokerOptions::default())?;
    let proxy = proxy(&broker, 11 + qos as u64);
    let options = Options { keep_alive: 1, ..persistent(version, proxy.port(), "ours") };
    let (client, mut stream) = connect(options).await;
    client.subscribe("faults", qos).await.unwrap();
    let mut got = Vec::new();
    for from in (0..messages).step_by(SLICE) {
        let upto = messages.min(from + SLICE);
        let args = ["-V", name, "-q", &(qos as u8).to_string(), "-t", "faults"];
        let mut publisher = mosquitto_pub_lines(broker.port(), args, from..upto).unwrap();
        while got.last() != Some(&(upto - 1)) {
            let payload = next(&mut stream).await.message.payload;
            got.extend(numbers(core::iter::once(payload.to_vec())));
        }
        assert!(publisher.wait(PATIENCE).unwrap().success());
    }
    judge(&got, qos, messages);
    Some(proxy.counts())
}

fn many_faults(counts: Option<Counts>) {
    let Some(counts) = counts else { return };
    assert!(counts.cuts >= 2, "{counts:?}");
}

fn slow(counts: Option<Counts>) {
    let Some(counts) = counts else { return };
    assert!(counts.cuts > 0 && counts.delays > 9 && counts.trickles > 9, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_messages_from_us_at_qos_1() {
    for (version, _) in VERSIONS {
        many_faults(from_us(version, QoS::AtLeastOnce, 10_000, bad_proxy).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_messages_from_us_at_qos_2() {
    for (version, _) in VERSIONS {
        many_faults(from_us(version, QoS::ExactlyOnce, 10_000, bad_proxy).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_messages_to_us_at_qos_1() {
    for (version, name) in VERSIONS {
        many_faults(to_us(version, name, QoS::AtLeastOnce, 10_000, mild_proxy).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_messages_to_us_at_qos_2() {
    for (version, name) in VERSIONS {
        many_faults(to_us(version, name, QoS::ExactlyOnce, 10_000, mild_proxy).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_come_late_and_one_by_one() {
    for (version, name) in VERSIONS {
        slow(from_us(version, QoS::ExactlyOnce, 300, slow_proxy).await);
        slow(to_us(version, name, QoS::ExactlyOnce, 300, slow_proxy).await);
    }
}
