//! Taking leave of a broker.

use super::{accept, listen, packet};
use loopback::PATIENCE;
use mqc_client::{Client, Error, Message, Options};
use mqtt_core::{QoS, QueueLimits};
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

fn message() -> Message {
    Message::new("t", "x").qos(QoS::AtLeastOnce)
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
