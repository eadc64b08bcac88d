//! Taking leave of a broker.

use super::{accept, listen, packet};
use core::time::Duration;
use loopback::PATIENCE;
use mqc_client::{Client, Error, Message, Options, Status, service};
use mqtt_core::{QoS, QueueLimits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

/// Trying takes that long, if nothing comes between.
const NEVER: Duration = Duration::from_secs(3600);

fn message() -> Message {
    Message::new("t", "x").qos(QoS::AtLeastOnce)
}

fn has_ended(client: &Client) -> bool {
    matches!(&*client.status().borrow(), Status::Ended(_))
}

/// The broker is reached and says nothing: nobody waits for it who is asked to end.
#[tokio::test]
async fn leaving_while_connecting() {
    let (listener, options) = listen().await;
    let address = format!("ws://{}", listener.local_addr().unwrap()).parse().unwrap();
    let options = Options { address, connect_timeout: NEVER, ..options };
    let (client, _messages) = Client::start(options).unwrap();
    client.post(message()).await.unwrap();
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = [0; 3];
    stream.read_exact(&mut request).await.unwrap();
    assert_eq!(&request, b"GET");
    service::leave(&client).await;
    assert!(has_ended(&client));
}

/// The same behind CONNECT: a will is not wanted.
#[tokio::test]
async fn leaving_before_connack() {
    let (listener, options) = listen().await;
    let options = Options { connect_timeout: NEVER, ..options };
    let (client, _messages) = Client::start(options).unwrap();
    client.post(message()).await.unwrap();
    let (mut stream, _) = listener.accept().await.unwrap();
    assert_eq!(packet(&mut stream).await[0], 0x10);
    let goodbye = async move { assert_eq!(packet(&mut stream).await, [0xE0, 0]) };
    let both = async { tokio::join!(service::leave(&client), goodbye) };
    timeout(PATIENCE, both).await.unwrap();
    assert!(has_ended(&client));
}

/// What is ordered together with the wish to leave, and behind it, does not keep it waiting.
#[tokio::test]
async fn leaving_before_another_order() {
    let (listener, options) = listen().await;
    let broker = async {
        let mut stream = accept(&listener, &[0x20, 2, 0, 0]).await;
        assert_eq!(packet(&mut stream).await, [0xE0, 0]);
    };
    let orders = async {
        let (client, _messages) = Client::connect(options).await.unwrap();
        // The client sees all of them at once.
        tokio::join!(
            client.disconnect(),
            client.subscribe("t", QoS::AtLeastOnce),
            client.publish(message()),
            client.disconnect(),
        )
    };
    let both = async { tokio::join!(orders, broker) };
    let ((left, subscribed, published, also_left), ()) = timeout(PATIENCE, both).await.unwrap();
    left.unwrap();
    assert!(matches!(subscribed, Err(Error::Closed)));
    assert!(matches!(published, Err(Error::Closed)));
    also_left.unwrap();
}

/// What was ordered before it, and had to wait for a connection and for room, is carried out.
#[tokio::test]
async fn disconnecting_behind_orders_that_wait() {
    let (listener, options) = listen().await;
    let queue = QueueLimits { max_count: 1, ..options.queue };
    let (client, _messages) = Client::start(Options { queue, ..options }).unwrap();
    for _ in 0..3 {
        client.post(message()).await.unwrap();
    }
    let broker = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert_eq!(packet(&mut stream).await[0], 0x10);
        stream.write_all(&[0x20, 2, 0, 0]).await.unwrap();
        for _ in 0..3 {
            let publish = packet(&mut stream).await;
            assert_eq!(publish[0], 0x32);
            stream.write_all(&[0x40, 2, publish[5], publish[6]]).await.unwrap();
        }
        assert_eq!(packet(&mut stream).await, [0xE0, 0]);
    };
    let both = async { tokio::join!(client.disconnect(), broker) };
    let (left, ()) = timeout(PATIENCE, both).await.unwrap();
    left.unwrap();
}

/// Who has finished waits for the first connection, and its messages go out.
#[tokio::test]
async fn disconnecting_before_the_first_connection() {
    let (listener, options) = listen().await;
    let (client, _messages) = Client::start(options).unwrap();
    let delivery = client.send(message()).await.unwrap();
    let broker = async {
        let mut stream = accept(&listener, &[0x20, 2, 0, 0]).await;
        let publish = packet(&mut stream).await;
        assert_eq!(publish[0], 0x32);
        stream.write_all(&[0x40, 2, publish[5], publish[6]]).await.unwrap();
        assert_eq!(packet(&mut stream).await, [0xE0, 0]);
    };
    let (left, ()) = tokio::join!(client.disconnect(), broker);
    left.unwrap();
    delivery.await.unwrap();
    assert!(matches!(client.send(message()).await, Err(Error::Closed)));
}
