//! The client against another broker: RabbitMQ with its MQTT plugin, which speaks 3.1.1 and has no QoS 2.

use crate::{connect, next};
use loopback::{
    FaultProxy, Faults, MosquittoSub, PATIENCE, RabbitMq, RabbitMqOptions, mosquitto_is_here,
    mosquitto_pub, rabbitmq_is_here,
};
use mqc_client::{Client, Error, Message, Options, Status};
use mqtt_core::{QoS, ReasonCode, Version};
use std::collections::BTreeSet;
use tokio::runtime::Runtime;

fn options(port: u16) -> Options {
    crate::options(Version::V311, port)
}

fn persistent(port: u16, client_id: &str) -> Options {
    crate::persistent(Version::V311, port, client_id)
}

/// All of it in one test: the broker takes long to start.
#[test]
fn the_same_against_rabbitmq() {
    if !rabbitmq_is_here() || !mosquitto_is_here() {
        return;
    }
    let with_mqtt = RabbitMqOptions { mqtt: true, ..RabbitMqOptions::default() };
    let mut rabbit = RabbitMq::start(with_mqtt).unwrap();
    let port = rabbit.mqtt_port();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        messages(port).await;
        retained(port).await;
        wildcards(port).await;
        away(port).await;
        faults(port).await;
        refusals(port).await;
        for number in 0..50 {
            let (client, _messages) = connect(options(port)).await;
            let message = Message::new("visits", number.to_string()).qos(QoS::AtLeastOnce);
            client.publish(message).await.unwrap();
            client.disconnect().await.unwrap();
        }
    });
    will(port);
    runtime.block_on(killed(&mut rabbit));
}

async fn messages(port: u16) {
    let sub = MosquittoSub::start(port, ["-q", "1", "-t", "from/#"]).unwrap();
    let (client, mut messages) = connect(options(port)).await;
    // What is asked for above QoS 1 is granted as QoS 1.
    let granted = client.subscribe("to/#", QoS::ExactlyOnce).await.unwrap();
    assert_eq!(granted, ReasonCode::GRANTED_QOS_1);
    let payloads = [Vec::new(), (0..=255).collect(), vec![7; 64 << 10], vec![8; 1 << 20]];
    for (number, payload) in payloads.iter().enumerate() {
        let message = Message::new("from/ü 1", payload.clone()).qos(QoS::AtLeastOnce);
        client.publish(message).await.unwrap();
        let received = sub.wait_for(number + 1, PATIENCE).unwrap().pop().unwrap();
        assert_eq!(received.topic, "from/ü 1");
        assert!(received.payload == *payload);
        mosquitto_pub(port, ["-q", "1", "-t", "to/us"], payload).unwrap();
        assert!(next(&mut messages).await.message.payload == *payload);
    }
    client.disconnect().await.unwrap();
}

async fn retained(port: u16) {
    let (client, _messages) = connect(options(port)).await;
    let message = Message::new("kept", "1").qos(QoS::AtLeastOnce).retain(true);
    client.publish(message).await.unwrap();
    let (late, mut messages) = connect(options(port)).await;
    late.subscribe("kept", QoS::AtLeastOnce).await.unwrap();
    let received = next(&mut messages).await.message;
    assert_eq!((received.text(), received.retain), (Some("1"), true));
}

async fn wildcards(port: u16) {
    for (filter, count) in [("w/#", 4), ("w/+", 1), ("+/b/c", 1), ("w/+/c", 1), ("w/b/+", 2)] {
        let (client, mut messages) = connect(options(port)).await;
        client.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
        for topic in ["w/b", "w/b/c", "w/b/d", "w/b/c/d", "x/b"] {
            mosquitto_pub(port, ["-q", "1", "-t", topic], b"x").unwrap();
        }
        mosquitto_pub(port, ["-q", "1", "-t", "end"], b"x").unwrap();
        for _ in 0..count {
            next(&mut messages).await;
        }
        client.disconnect().await.unwrap();
        assert!(messages.next().await.is_none(), "{filter}");
    }
}

async fn away(port: u16) {
    let (client, _messages) = connect(persistent(port, "away")).await;
    client.subscribe("queue", QoS::AtLeastOnce).await.unwrap();
    client.disconnect().await.unwrap();
    for number in 0..20 {
        mosquitto_pub(port, ["-q", "1", "-t", "queue"], number.to_string().as_bytes()).unwrap();
    }
    let (client, mut messages) = connect(persistent(port, "away")).await;
    for number in 0..20 {
        assert_eq!(next(&mut messages).await.message.text(), Some(&*number.to_string()));
    }
    messages.done();
    client.disconnect().await.unwrap();
}

async fn faults(port: u16) {
    let faults = Faults { seed: 5, cut: Some(1..=4_000), ..Faults::default() };
    let proxy = FaultProxy::start(port, faults).unwrap();
    let sub = MosquittoSub::start(port, ["-q", "1", "-t", "faults"]).unwrap();
    let (client, _messages) =
        connect(Options { keep_alive: 1, ..persistent(proxy.port(), "faults") }).await;
    let mut deliveries = Vec::new();
    for number in 0..2_000 {
        let message = Message::new("faults", number.to_string()).qos(QoS::AtLeastOnce);
        deliveries.push(client.send(message).await.unwrap());
    }
    for delivery in deliveries {
        delivery.await.unwrap();
    }
    // Some come twice.
    let mut all = sub.wait_for(2_000, PATIENCE).unwrap();
    let distinct = |all: &[loopback::Received]| {
        all.iter().map(|received| received.payload.clone()).collect::<BTreeSet<_>>().len()
    };
    while distinct(&all) < 2_000 {
        all = sub.wait_for(all.len() + 1, PATIENCE).unwrap();
    }
    assert!(proxy.counts().cuts > 1);
}

async fn refusals(port: u16) {
    let user_name = Some("nobody".to_owned());
    let options = Options { user_name, password: Some(b"x".to_vec()), ..options(port) };
    let Err(Error::Refused(refusal)) = Client::connect(options).await else {
        panic!("not refused");
    };
    assert_eq!(refusal.reason, ReasonCode::V3_BAD_USER_NAME_OR_PASSWORD);
}

fn will(port: u16) {
    let sub = MosquittoSub::start(port, ["-q", "1", "-t", "will/#"]).unwrap();
    let runtime = Runtime::new().unwrap();
    let gone = runtime.block_on(async {
        let of = |topic: &str| Options {
            will: Some(Message::new(topic, "offline").qos(QoS::AtLeastOnce)),
            ..options(port)
        };
        let (polite, _messages) = connect(of("will/polite")).await;
        polite.disconnect().await.unwrap();
        connect(of("will/gone")).await
    });
    runtime.shutdown_background();
    assert_eq!(sub.wait_for(1, PATIENCE).unwrap()[0].topic, "will/gone");
    drop(gone);
}

/// The broker is killed: the client comes back, and what waited is delivered. RabbitMQ may have forgotten a
/// subscription that it had just granted.
async fn killed(rabbit: &mut RabbitMq) {
    let (client, mut messages) = connect(persistent(rabbit.mqtt_port(), "killed")).await;
    client.subscribe("after", QoS::AtLeastOnce).await.unwrap();
    let mut status = client.status();
    rabbit.kill().unwrap();
    status.wait_for(|status| matches!(status, Status::Lost(_))).await.unwrap();
    let waiting = client.send(Message::new("after", "1").qos(QoS::AtLeastOnce)).await.unwrap();
    rabbit.restart().unwrap();
    tokio::time::timeout(PATIENCE, waiting).await.unwrap().unwrap();
    client.subscribe("after", QoS::AtLeastOnce).await.unwrap();
    client.publish(Message::new("after", "2").qos(QoS::AtLeastOnce)).await.unwrap();
    while next(&mut messages).await.message.text() != Some("2") {}
}
