//! What needs a broker of a certain behaviour: here it is a few bytes.

mod leaving;
mod stored;

use core::time::Duration;
use loopback::{Broker, BrokerOptions, PATIENCE, mosquitto_is_here, mosquitto_pub};
use mqc_client::{Client, Connected, Error, Filter, Message, Options, Overflow, Status};
use mqtt_core::{Backoff, DropReason, QoS, ReasonCode, SessionLost, Version};
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

/// A broker that listens, and what connects to it.
async fn listen() -> (TcpListener, Options) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, options(port))
}

/// Accepts a client, and answers to its CONNECT.
async fn accept(listener: &TcpListener, connack: &[u8]) -> TcpStream {
    let (mut stream, _) = listener.accept().await.unwrap();
    assert_eq!(packet(&mut stream).await[0], 0x10);
    stream.write_all(connack).await.unwrap();
    stream
}

/// Accepts a client, answers to its CONNECT and, after `before`, to its SUBSCRIBE of one filter.
async fn serve(listener: &TcpListener, before: &[u8], code: u8) -> TcpStream {
    let mut stream = accept(listener, &[0x20, 2, 0, 0]).await;
    let subscribe = packet(&mut stream).await;
    assert_eq!(subscribe[0], 0x82);
    stream.write_all(before).await.unwrap();
    stream.write_all(&[0x90, 3, subscribe[2], subscribe[3], code]).await.unwrap();
    stream
}

#[tokio::test]
async fn a_subscription_that_is_refused_the_second_time() {
    let (listener, options) = listen().await;
    let broker = tokio::spawn(async move {
        drop(serve(&listener, &[], 1).await);
        serve(&listener, &[], 0x80).await
    });
    let (client, _messages) = Client::connect(options).await.unwrap();
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
    let (listener, options) = listen().await;
    // QoS 0, topic "t".
    let message = [&[0x30, 103, 0, 1, b't'], &[b'.'; 100][..]].concat();
    let messages = message.repeat(50);
    let broker = tokio::spawn(async move { serve(&listener, &messages, 0).await });
    let options = Options { inbox_bytes: 1000, overflow: Overflow::Drop, ..options };
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
async fn what_there_is_no_room_for_is_dropped_only_of_qos_0() {
    let (listener, options) = listen().await;
    let of_qos_0 = |number: u8| vec![0x30, 4, 0, 1, b't', number];
    let of_qos_1 = |number: u8| vec![0x32, 6, 0, 1, b't', 0, number, number];
    let before = [[1, 2, 3, 4, 5].map(of_qos_0).concat(), [6, 7].map(of_qos_1).concat()].concat();
    let broker = tokio::spawn(async move { serve(&listener, &before, 1).await });
    let options = Options { inbox: 3, overflow: Overflow::Drop, ..options };
    let (client, mut messages) = Client::connect(options).await.unwrap();
    client.subscribe("t", QoS::AtLeastOnce).await.unwrap();
    assert_eq!(messages.dropped(), 2);
    // There is room again for what comes later.
    let mut stream = broker.await.unwrap();
    let mut numbers = Vec::new();
    for _ in 0..5 {
        numbers.extend(messages.next().await.unwrap().message.payload);
    }
    stream.write_all(&of_qos_0(8)).await.unwrap();
    numbers.extend(messages.next().await.unwrap().message.payload);
    assert_eq!(numbers, [1, 2, 3, 6, 7, 8]);
    assert_eq!(messages.dropped(), 2);
}

#[tokio::test]
async fn what_was_under_way_when_the_broker_has_lost_the_session() {
    for session_lost in [SessionLost::PublishAgain, SessionLost::Drop] {
        let (listener, options) = listen().await;
        let broker = tokio::spawn(async move {
            let accepted = [0x20, 2, 0, 0];
            let mut stream = accept(&listener, &accepted).await;
            assert_eq!(packet(&mut stream).await[0], 0x32);
            drop(stream);
            let mut stream = accept(&listener, &accepted).await;
            let publish = packet(&mut stream).await;
            // As a new one.
            assert_eq!(publish[0], 0x32);
            stream.write_all(&[0x40, 2, publish[5], publish[6]]).await.unwrap();
            (publish[7], stream)
        });
        let client_id = "a".to_owned();
        let options = Options { client_id, clean_start: false, session_lost, ..options };
        let (client, _messages) = Client::connect(options).await.unwrap();
        let publish = |payload| client.publish(Message::new("t", payload).qos(QoS::AtLeastOnce));
        let first = publish("1").await;
        if session_lost == SessionLost::Drop {
            let error = first.unwrap_err();
            assert!(matches!(error, Error::Dropped(DropReason::SessionLost)), "{error:?}");
            publish("2").await.unwrap();
            assert_eq!(broker.await.unwrap().0, b'2');
        } else {
            first.unwrap();
            assert_eq!(broker.await.unwrap().0, b'1');
        }
    }
}

/// A subscription whose end the broker refuses is still one, also for a broker that forgets it.
#[tokio::test]
async fn an_unsubscription_that_is_refused() {
    let (listener, options) = listen().await;
    let connack = [0x20, 3, 0, 0, 0];
    let broker = tokio::spawn(async move {
        let mut stream = accept(&listener, &connack).await;
        let subscribe = packet(&mut stream).await;
        let answer = [0x90, 5, subscribe[2], subscribe[3], 0, 0, 0];
        stream.write_all(&answer).await.unwrap();
        let unsubscribe = packet(&mut stream).await;
        assert_eq!(unsubscribe[0], 0xA2);
        // The first is refused: not authorized.
        let answer = [0xB0, 5, unsubscribe[2], unsubscribe[3], 0, 0x87, 0];
        stream.write_all(&answer).await.unwrap();
        drop(stream);
        let mut stream = accept(&listener, &connack).await;
        packet(&mut stream).await
    });
    let options = Options { version: Version::V5, ..options };
    let (client, _messages) = Client::connect(options).await.unwrap();
    let filters = ["a", "b"].map(|filter| Filter::new(filter, QoS::AtMostOnce));
    client.subscribe_all(filters.to_vec(), None).await.unwrap();
    let codes = client.unsubscribe(vec!["a".to_owned(), "b".to_owned()]).await.unwrap();
    assert_eq!(codes, [ReasonCode::NOT_AUTHORIZED, ReasonCode::SUCCESS]);
    let again = broker.await.unwrap();
    assert_eq!((again[0], &again[5..]), (0x82, &[0, 1, b'a', 0][..]));
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
