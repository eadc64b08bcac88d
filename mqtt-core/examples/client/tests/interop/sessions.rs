//! Sessions that outlive a connection, a client, a broker.

use crate::{VERSIONS, broker, connect, mosquitto_pub, next, options, persistent, sub};
use core::time::Duration;
use loopback::{BrokerOptions, PATIENCE, within};
use mqc_client::{Acks, Client, Error, Message, Options, Status};
use mqtt_core::{QoS, ReasonCode, SessionStart};
use std::collections::BTreeSet;
use tokio::runtime::Runtime;

fn session_of(client: &Client) -> Option<SessionStart> {
    match &*client.status().borrow() {
        Status::Connected(connected) => Some(connected.session),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_queue_while_the_client_is_away() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    for (version, name) in VERSIONS {
        let options = || persistent(version, broker.port(), &format!("away-{name}"));
        let (client, _messages) = connect(options()).await;
        assert_ne!(session_of(&client), Some(SessionStart::Resumed));
        client.subscribe("queue/#", QoS::ExactlyOnce).await.unwrap();
        client.disconnect().await.unwrap();
        for number in 0..30 {
            let qos = if number % 2 == 0 { "1" } else { "2" };
            let payload = number.to_string();
            mosquitto_pub(&broker, name, &["-q", qos, "-t", "queue/a"], payload.as_bytes());
        }
        let (client, mut messages) = connect(options()).await;
        for number in 0..30 {
            assert_eq!(next(&mut messages).await.message.text(), Some(&*number.to_string()));
        }
        client.disconnect().await.unwrap();
        // With a clean start the broker forgets it.
        let clean = Options { clean_start: true, ..options() };
        let (client, _messages) = connect(clean).await;
        assert_eq!(session_of(&client), Some(SessionStart::New));
    }
}

/// A client that ends without a word: its runtime, with its task and socket, is gone.
#[test]
fn a_client_that_is_killed_gets_again_what_it_had_not_acknowledged() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    for (version, name) in VERSIONS {
        let options = || Options {
            acks: Acks::Manual,
            ..persistent(version, broker.port(), &format!("killed-{name}"))
        };
        let first = Runtime::new().unwrap();
        first.block_on(async {
            let (client, mut messages) = connect(options()).await;
            client.subscribe("work/#", QoS::AtLeastOnce).await.unwrap();
            for number in 0..10 {
                let payload = number.to_string();
                mosquitto_pub(&broker, name, &["-q", "1", "-t", "work/1"], payload.as_bytes());
            }
            for number in 0..10 {
                let received = next(&mut messages).await;
                assert_eq!(received.message.text(), Some(&*number.to_string()));
                // Out of order, and none of the last five.
                if [2, 0, 1, 4, 3].contains(&number) {
                    client.ack(received.ack.unwrap(), ReasonCode::SUCCESS);
                }
            }
            // What is behind them has been answered, so they have arrived.
            client.subscribe("other", QoS::AtMostOnce).await.unwrap();
        });
        first.shutdown_background();

        Runtime::new().unwrap().block_on(async {
            let (client, mut messages) = connect(options()).await;
            assert_eq!(session_of(&client), Some(SessionStart::Resumed));
            for number in 5..10 {
                let received = next(&mut messages).await;
                assert_eq!(received.message.text(), Some(&*number.to_string()));
                assert!(received.dup, "it has come before");
                client.ack(received.ack.unwrap(), ReasonCode::SUCCESS);
            }
            client.disconnect().await.unwrap();
        });
    }
}

/// The broker is killed while messages are under way, and comes back with what it has stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_killed() {
    let options = BrokerOptions { store: true, ..BrokerOptions::default() };
    let Some(mut broker) = broker(options.line("max_inflight_messages 20")) else { return };
    for (version, name) in VERSIONS {
        let theirs = format!("theirs-{name}");
        let sub = sub(&broker, name, &["-q", "2", "-t", "kill/#", "-c", "-i", &theirs]);
        let id = format!("ours-{name}");
        let (client, mut messages) = connect(persistent(version, broker.port(), &id)).await;
        client.subscribe("kill/#", QoS::ExactlyOnce).await.unwrap();
        broker.save().unwrap();
        let mut acknowledged = BTreeSet::new();
        for round in 0..3 {
            let mut deliveries = Vec::new();
            for number in 0..50 {
                let text = format!("{round}/{number}");
                let message = Message::new("kill/1", text.clone()).qos(QoS::AtLeastOnce);
                deliveries.push((text, client.send(message).await.unwrap()));
            }
            broker.kill().unwrap();
            broker.restart().unwrap();
            for (text, delivery) in deliveries {
                let published = tokio::time::timeout(PATIENCE, delivery).await.unwrap();
                published.unwrap_or_else(|error| panic!("{text}: {error}"));
                acknowledged.insert(text);
            }
        }
        // mosquitto acknowledges before it stores, so some may be gone. What comes after is not.
        client.publish(Message::new("kill/1", "last").qos(QoS::ExactlyOnce)).await.unwrap();
        let mut seen = BTreeSet::new();
        loop {
            let text = next(&mut messages).await.message.text().unwrap().to_owned();
            if text == "last" {
                break;
            }
            seen.insert(text);
        }
        assert!(seen.is_subset(&acknowledged));
        let last = |received: &loopback::Received| received.payload == b"last";
        within(PATIENCE, || sub.received().unwrap().iter().any(last).then_some(())).unwrap();
        client.disconnect().await.unwrap();
    }
}

/// It forgets everything: what was subscribed is subscribed again, what was under way is sent again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_forgets() {
    let Some(mut broker) = broker(BrokerOptions::default()) else { return };
    for (version, name) in VERSIONS {
        let id = format!("forgotten-{name}");
        let (client, mut messages) = connect(persistent(version, broker.port(), &id)).await;
        client.subscribe("a/+", QoS::AtLeastOnce).await.unwrap();
        client.subscribe("b", QoS::ExactlyOnce).await.unwrap();
        client.subscribe("c", QoS::ExactlyOnce).await.unwrap();
        client.unsubscribe(vec!["c".to_owned()]).await.unwrap();
        let mut status = client.status();
        broker.kill().unwrap();
        status.wait_for(|status| matches!(status, Status::Lost(_))).await.unwrap();
        // Meanwhile messages wait.
        let waiting =
            client.send(Message::new("a/1", "waited").qos(QoS::ExactlyOnce)).await.unwrap();
        broker.restart().unwrap();
        waiting.await.unwrap();
        assert_eq!(next(&mut messages).await.message.text(), Some("waited"));
        assert_ne!(session_of(&client), Some(SessionStart::Resumed));
        for (topic, is_subscribed) in [("a/2", true), ("c", false), ("b", true)] {
            mosquitto_pub(&broker, name, &["-q", "1", "-t", topic], topic.as_bytes());
            if is_subscribed {
                assert_eq!(next(&mut messages).await.message.topic, topic);
            }
        }
    }
}

/// Nobody takes messages, and there is no more room for them: leaving does not wait for that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_with_a_full_inbox() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    for (version, name) in VERSIONS {
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
            let small = Options { inbox: 3, ..options(version, broker.port()) };
            let (client, mut messages) = connect(small).await;
            client.subscribe("full", qos).await.unwrap();
            for _ in 0..20 {
                let number = (qos as u8).to_string();
                mosquitto_pub(&broker, name, &["-q", &number, "-t", "full"], b"x");
            }
            next(&mut messages).await;
            tokio::time::timeout(PATIENCE, client.disconnect()).await.unwrap().unwrap();
            // The last handle does the same.
            let small = Options { inbox: 1, ..options(version, broker.port()) };
            let (client, _messages) = connect(small).await;
            client.subscribe("full", qos).await.unwrap();
            for _ in 0..20 {
                mosquitto_pub(&broker, name, &["-q", "1", "-t", "full"], b"x");
            }
            let mut status = client.status();
            drop(client);
            let ended = status.wait_for(|status| matches!(status, Status::Ended(None)));
            tokio::time::timeout(PATIENCE, ended).await.unwrap().unwrap();
        }
    }
}

/// Orders wait for a connection that never comes: leaving does not.
#[tokio::test]
async fn leaving_without_a_connection() {
    for (version, _) in VERSIONS {
        let nobody = loopback::free_port().unwrap();
        for is_dropped in [false, true] {
            let (client, _messages) = Client::start(options(version, nobody)).unwrap();
            let subscribing = client.subscribe("a", QoS::AtMostOnce);
            assert!(tokio::time::timeout(Duration::from_millis(30), subscribing).await.is_err());
            let mut status = client.status();
            if is_dropped {
                drop(client);
            } else {
                let left = tokio::time::timeout(PATIENCE, client.disconnect()).await.unwrap();
                assert!(left.is_err(), "something was ordered and not done");
            }
            let ended = status.wait_for(|status| matches!(status, Status::Ended(_)));
            tokio::time::timeout(PATIENCE, ended).await.unwrap().unwrap();
        }
    }
}

/// mosquitto 2.0.11 ends the older connection without saying why, also in 5.0: who connects again takes the
/// session back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_client_takes_the_session_over() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    for (version, name) in VERSIONS {
        let id = format!("taken-{name}");
        let (client, _messages) = connect(persistent(version, broker.port(), &id)).await;
        let other = Options { reconnect: None, ..persistent(version, broker.port(), &id) };
        let (other, mut its_messages) = connect(other).await;
        assert!(its_messages.next().await.is_none());
        assert!(matches!(&*other.status().borrow(), Status::Ended(Some(Error::Broker(_)))));
        let mut status = client.status();
        status.wait_for(|status| matches!(status, Status::Connected(_))).await.unwrap();
        client.publish(Message::new("taken", "back").qos(QoS::AtLeastOnce)).await.unwrap();
    }
}

/// Without a session nothing is kept, but what was not acknowledged is published again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_outlive_a_connection_without_a_session() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    for (version, name) in VERSIONS {
        let proxy =
            loopback::FaultProxy::start(broker.port(), loopback::Faults::default()).unwrap();
        let sub = sub(&broker, name, &["-q", "1", "-t", "again"]);
        let (client, _messages) = connect(options(version, proxy.port())).await;
        let mut deliveries = Vec::new();
        for number in 0..200 {
            let message = Message::new("again", number.to_string()).qos(QoS::AtLeastOnce);
            deliveries.push(client.send(message).await.unwrap());
            if number % 50 == 25 {
                let mut status = client.status();
                status.mark_unchanged();
                proxy.cut_all();
                status.changed().await.unwrap();
            }
        }
        for delivery in deliveries {
            delivery.await.unwrap();
        }
        // What was not acknowledged in time comes twice.
        let (mut distinct, mut count) = (BTreeSet::new(), 200);
        while distinct.len() < 200 {
            let all = sub.wait_for(count, PATIENCE).unwrap();
            distinct.extend(all.iter().map(|received| received.payload.clone()));
            count = all.len() + 1;
        }
    }
}
