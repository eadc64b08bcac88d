//! What needs a broker of a certain behaviour: here it is a few bytes.

use core::time::Duration;
use loopback::{Broker, BrokerOptions, PATIENCE, mosquitto_is_here, mosquitto_pub};
use mqc_client::{Client, Connected, Filter, Options, Overflow, Status};
use mqtt_core::{Backoff, QoS, ReasonCode, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// To a port, with MQTT 3.1.1, and soon again.
fn options(port: u16) -> Options {
    let reconnect = Backoff {
        initial: Duration::from_millis(10),
        max: Duration::from_millis(100),
        ..Backoff::default()
    };
    let address = format!("mqtt://127.0.0.1:{port}").parse().unwrap();
    Options { version: Version::V311, reconnect: Some(reconnect), ..Options::new(address) }
}

/// The next packet, of less than 128 bytes.
async fn packet(stream: &mut TcpStream) -> Vec<u8> {
    let mut packet = vec![0; 2];
    stream.read_exact(&mut packet).await.unwrap();
    packet.resize(2 + usize::from(packet[1]), 0);
    stream.read_exact(&mut packet[2..]).await.unwrap();
    packet
}

/// Accepts a client, answers to its CONNECT and, after `before`, to its SUBSCRIBE of one filter.
async fn serve(listener: &TcpListener, before: &[u8], code: u8) -> TcpStream {
    let (mut stream, _) = listener.accept().await.unwrap();
    assert_eq!(packet(&mut stream).await[0], 0x10);
    stream.write_all(&[0x20, 2, 0, 0]).await.unwrap();
    let subscribe = packet(&mut stream).await;
    assert_eq!(subscribe[0], 0x82);
    stream.write_all(before).await.unwrap();
    stream.write_all(&[0x90, 3, subscribe[2], subscribe[3], code]).await.unwrap();
    stream
}

#[tokio::test]
async fn a_subscription_that_is_refused_the_second_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let broker = tokio::spawn(async move {
        drop(serve(&listener, &[], 1).await);
        serve(&listener, &[], 0x80).await
    });
    let (client, _messages) = Client::connect(options(port)).await.unwrap();
    client.subscribe("a/#", QoS::AtLeastOnce).await.unwrap();
    let mut status = client.status();
    let is_refused = |status: &Status| {
        matches!(status, Status::Connected(Connected { refused, .. })
            if *refused == [("a/#".to_owned(), ReasonCode::UNSPECIFIED_ERROR)])
    };
    tokio::time::timeout(PATIENCE, status.wait_for(is_refused)).await.unwrap().unwrap();
    drop(broker.await.unwrap());
}

#[tokio::test]
async fn an_inbox_is_full_of_bytes_too() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // QoS 0, topic "t".
    let message = [&[0x30, 103, 0, 1, b't'], &[b'.'; 100][..]].concat();
    let messages = message.repeat(50);
    let broker = tokio::spawn(async move { serve(&listener, &messages, 0).await });
    let options = Options { inbox_bytes: 1000, overflow: Overflow::Drop, ..options(port) };
    let (client, mut messages) = Client::connect(options).await.unwrap();
    client.subscribe("t", QoS::AtMostOnce).await.unwrap();
    // Of 101 bytes each; the tenth is the one beyond the room for it.
    assert_eq!(messages.dropped(), 40);
    for _ in 0..10 {
        assert_eq!(messages.next().await.unwrap().message.payload.len(), 100);
    }
    drop(broker.await.unwrap());
}

#[tokio::test]
async fn many_subscriptions_and_a_broker_that_takes_small_packets() {
    if !mosquitto_is_here() {
        return;
    }
    let lines = vec!["max_packet_size 200".to_owned()];
    let mut broker = Broker::start(BrokerOptions { lines, ..BrokerOptions::default() }).unwrap();
    let options = Options { version: Version::V5, ..options(broker.port()) };
    let (client, mut messages) = Client::connect(options).await.unwrap();
    let filter = |number: u32| format!("many/subscriptions/with/long/names/{number}");
    for number in 0..40 {
        let filters = vec![Filter::new(filter(number), QoS::AtLeastOnce)];
        assert!(client.subscribe_all(filters, None).await.unwrap()[0].is_success());
    }
    broker.kill().unwrap();
    let mut status = client.status();
    let is_lost = |status: &Status| matches!(status, Status::Lost(_));
    tokio::time::timeout(PATIENCE, status.wait_for(is_lost)).await.unwrap().unwrap();
    broker.restart().unwrap();
    let is_there = |status: &Status| matches!(status, Status::Connected(_));
    tokio::time::timeout(PATIENCE, status.wait_for(is_there)).await.unwrap().unwrap();
    // Orders keep their order: this one is behind all those.
    client.subscribe("last", QoS::AtLeastOnce).await.unwrap();
    for number in 0..40 {
        mosquitto_pub(broker.port(), ["-t", &filter(number)], b"x").unwrap();
        let received = tokio::time::timeout(PATIENCE, messages.next()).await.unwrap().unwrap();
        assert_eq!(received.message.topic, filter(number));
    }
}
