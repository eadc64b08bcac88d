//! Messages at all QoS, of all sizes, by all kinds of filters.

use crate::{VERSIONS, broker, connect, mosquitto_pub, next, options, sub};
use loopback::{BrokerOptions, PATIENCE};
use mqc_client::{Filter, Message, Options};
use mqtt_core::{QoS, ReasonCode, RetainHandling, SubscriptionOptions, TopicFilter, TopicName};
use std::collections::BTreeSet;

const ALL_QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

fn payloads() -> [Vec<u8>; 5] {
    let noise = |len: usize| (0..len as u32).map(|at| (at.wrapping_mul(0x9E37_79B9) >> 24) as u8);
    [
        Vec::new(),
        b"text".to_vec(),
        (0..=255).collect(),
        noise(64 << 10).collect(),
        noise(1 << 20).collect(),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_qos_and_size_from_us() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    for (version, name) in VERSIONS {
        let sub = sub(&broker, name, &["-q", "2", "-t", "from/#"]);
        let (client, _messages) = connect(options(version, broker.port())).await;
        let mut sent = 0;
        for qos in ALL_QOS {
            for payload in payloads() {
                let topic = "from/us";
                let message = Message::new(topic, payload.clone()).qos(qos);
                let published = client.publish(message).await.unwrap();
                assert_eq!(published.packet_id.is_some(), qos != QoS::AtMostOnce);
                sent += 1;
                let received = sub.wait_for(sent, PATIENCE).unwrap().pop().unwrap();
                assert_eq!((received.topic.as_str(), received.qos), (topic, qos as u8));
                assert!(received.payload == payload, "{} bytes", payload.len());
            }
        }
        client.disconnect().await.unwrap();
        assert_eq!(sub.stop().unwrap().len(), sent);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_qos_and_size_to_us() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    for (version, name) in VERSIONS {
        let (client, mut messages) = connect(options(version, broker.port())).await;
        client.subscribe("to/#", QoS::ExactlyOnce).await.unwrap();
        for qos in ALL_QOS {
            for payload in payloads() {
                let number = (qos as u8).to_string();
                mosquitto_pub(&broker, name, &["-q", &number, "-t", "to/us"], &payload);
                let received = next(&mut messages).await;
                assert_eq!((received.message.topic.as_str(), received.message.qos), ("to/us", qos));
                assert!(received.message.payload == payload, "{} bytes", payload.len());
            }
        }
        client.disconnect().await.unwrap();
        assert!(messages.next().await.is_none());
    }
}

/// Wildcards at every position, and texts where mistakes are made.
const FILTERS: [&str; 16] = [
    "#", "+", "+/#", "/#", "/+", "+/+", "a/#", "a/+", "+/b", "a/+/c", "+/b/c", "a/b/+", "+/+/+",
    "a/b/c/#", "a//c", "$test/#",
];

const TOPICS: [&str; 13] = [
    "a", "b", "/a", "a/", "a/b", "x/b", "a/b/c", "x/b/c", "a/x/c", "a/b/x", "a//c", "a/b/c/d",
    "$test/a",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wildcards_at_every_position() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    for (version, name) in VERSIONS {
        let mut clients = Vec::new();
        for filter in FILTERS {
            let (client, messages) = connect(options(version, broker.port())).await;
            client.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
            let theirs = sub(&broker, name, &["-q", "1", "-t", filter]);
            clients.push((filter, client, messages, theirs));
        }
        for topic in TOPICS {
            mosquitto_pub(&broker, name, &["-q", "1", "-t", topic], b"x");
        }
        for (filter, client, mut messages, theirs) in clients {
            // What our own matcher says, and what mosquitto sends to its own client.
            let matches = |topic: &&str| {
                TopicFilter::new(filter).unwrap().matches(TopicName::new(topic).unwrap())
            };
            let expected: Vec<&str> = TOPICS.into_iter().filter(matches).collect();
            let mut got = Vec::new();
            for _ in &expected {
                got.push(next(&mut messages).await.message.topic);
            }
            assert_eq!(got, expected, "{filter}");
            let theirs = theirs.wait_for(expected.len(), PATIENCE).unwrap();
            assert!(theirs.iter().map(|received| &received.topic).eq(&got), "{filter}");
            client.disconnect().await.unwrap();
            assert!(messages.next().await.is_none(), "{filter}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn special_characters_in_topics() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    let topics = [
        "ü/日本/😀",
        " /  ",
        "a b/\"c\"/{d}",
        "%s/%n\\",
        "é/e\u{301}",
        "a/$b",
        "~!@&*()-_=;:',.<>?|`",
    ];
    for (version, name) in VERSIONS {
        let sub = sub(&broker, name, &["-q", "1", "-t", "#"]);
        let (client, mut messages) = connect(options(version, broker.port())).await;
        client.subscribe("#", QoS::AtLeastOnce).await.unwrap();
        for (number, topic) in topics.into_iter().enumerate() {
            client.publish(Message::new(topic, "ours").qos(QoS::AtLeastOnce)).await.unwrap();
            assert_eq!(next(&mut messages).await.message.topic, topic);
            mosquitto_pub(&broker, name, &["-q", "1", "-t", topic], b"theirs");
            assert_eq!(next(&mut messages).await.message.topic, topic);
            let theirs = sub.wait_for(2 * number + 2, PATIENCE).unwrap();
            assert!(theirs[2 * number..].iter().all(|received| received.topic == topic), "{topic}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retained_messages() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    for (version, name) in VERSIONS {
        let (client, _messages) = connect(options(version, broker.port())).await;
        for (topic, payload) in [("kept/a", "1"), ("kept/b", "2"), ("kept/c", "3")] {
            let message = Message::new(topic, payload).qos(QoS::AtLeastOnce).retain(true);
            client.publish(message).await.unwrap();
        }
        // An empty payload removes one.
        let nothing = Message::new("kept/b", "").qos(QoS::AtLeastOnce).retain(true);
        client.publish(nothing).await.unwrap();

        let theirs = sub(&broker, name, &["-q", "1", "-t", "kept/#"]);
        let theirs = theirs.wait_for(2, PATIENCE).unwrap();
        let kept =
            |topic: &str| theirs.iter().any(|received| received.topic == topic && received.retain);
        assert!(kept("kept/a") && kept("kept/c") && theirs.len() == 2, "{theirs:?}");

        let (late, mut messages) = connect(options(version, broker.port())).await;
        late.subscribe("kept/+", QoS::AtLeastOnce).await.unwrap();
        let mut found = BTreeSet::new();
        for _ in 0..2 {
            let message = next(&mut messages).await.message;
            assert!(message.retain);
            found.insert((message.topic, message.payload));
        }
        let expected = [("kept/a", "1"), ("kept/c", "3")]
            .map(|(topic, payload)| (topic.to_owned(), payload.into()));
        assert_eq!(found, BTreeSet::from(expected));
        // One that comes as it is published is not marked.
        mosquitto_pub(&broker, name, &["-q", "1", "-r", "-t", "kept/a"], b"4");
        assert!(!next(&mut messages).await.message.retain);
        for topic in ["kept/a", "kept/c"] {
            mosquitto_pub(&broker, name, &["-r", "-t", topic], b"");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscription_options() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    mosquitto_pub(&broker, "5", &["-q", "1", "-r", "-t", "state"], b"old");
    let (client, mut messages) = connect(options(mqtt_core::Version::V5, broker.port())).await;
    let subscribe = |options: SubscriptionOptions| {
        let filter = Filter { filter: "state".to_owned(), options };
        let client = client.clone();
        async move { client.subscribe_all(vec![filter], None).await.unwrap() }
    };
    let options = SubscriptionOptions { qos: QoS::AtLeastOnce, ..SubscriptionOptions::DEFAULT };

    let never = RetainHandling::DoNotSend;
    subscribe(SubscriptionOptions { retain_handling: never, ..options }).await;
    // It is there already.
    let if_new = RetainHandling::SendIfNew;
    subscribe(SubscriptionOptions { retain_handling: if_new, ..options }).await;
    mosquitto_pub(&broker, "5", &["-q", "1", "-t", "state"], b"between");
    assert_eq!(next(&mut messages).await.message.payload, "between");
    // mosquitto 2.0.11 leaves the other options of a subscription that is there as they were.
    client.unsubscribe(vec!["state".to_owned()]).await.unwrap();
    subscribe(SubscriptionOptions { retain_as_published: true, no_local: true, ..options }).await;
    assert_eq!(next(&mut messages).await.message.payload, "old");
    // Our own are not sent to us.
    client.publish(Message::new("state", "own").qos(QoS::AtLeastOnce)).await.unwrap();
    mosquitto_pub(&broker, "5", &["-q", "1", "-r", "-t", "state"], b"new");
    let received = next(&mut messages).await.message;
    assert_eq!((received.text(), received.retain), (Some("new"), true));

    let codes = client.unsubscribe(vec!["state".to_owned(), "nothing".to_owned()]).await.unwrap();
    assert_eq!(codes, [ReasonCode::SUCCESS, ReasonCode::NO_SUBSCRIPTION_EXISTED]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shared_subscriptions() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    for (version, name) in VERSIONS {
        let (one, mut first) = connect(options(version, broker.port())).await;
        let (two, mut second) = connect(options(version, broker.port())).await;
        for client in [&one, &two] {
            client.subscribe("$share/team/jobs/+", QoS::AtLeastOnce).await.unwrap();
        }
        let all = sub(&broker, name, &["-q", "1", "-t", "jobs/#"]);
        for number in 0..40 {
            mosquitto_pub(&broker, name, &["-q", "1", "-t", &format!("jobs/{number}")], b"job");
        }
        assert_eq!(all.wait_for(40, PATIENCE).unwrap().len(), 40);
        let mut found = [BTreeSet::new(), BTreeSet::new()];
        for _ in 0..40 {
            let (of, received) = tokio::select! {
                received = next(&mut first) => (0, received),
                received = next(&mut second) => (1, received),
            };
            assert!(found[of].insert(received.message.topic));
        }
        assert!(found[0].is_disjoint(&found[1]), "each goes to one of them");
        assert!(found.iter().all(|part| !part.is_empty()), "both have work");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receive_maximum_of_one_on_both_sides() {
    let Some(broker) = broker(BrokerOptions::default().line("max_inflight_messages 1")) else {
        return;
    };
    for (version, name) in VERSIONS {
        // Before 5.0 mosquitto does not say how many it takes, and ends the connection beyond that.
        let max_open = (version != mqtt_core::Version::V5).then_some(1);
        let of_one =
            Options { receive_maximum: Some(1), max_open, ..options(version, broker.port()) };
        let (client, mut messages) = connect(of_one).await;
        client.subscribe("slow/#", QoS::ExactlyOnce).await.unwrap();
        let theirs = sub(&broker, name, &["-q", "2", "-t", "slow/#"]);
        let mut deliveries = Vec::new();
        for number in 0..100 {
            let qos = ALL_QOS[1 + number % 2];
            let message = Message::new("slow/1", number.to_string()).qos(qos);
            deliveries.push(client.send(message).await.unwrap());
        }
        for delivery in deliveries {
            delivery.await.unwrap();
        }
        let expected: Vec<_> = (0..100).map(|number| number.to_string()).collect();
        for number in &expected {
            assert_eq!(next(&mut messages).await.message.text(), Some(number.as_str()));
        }
        // mosquitto_sub shows a message of QoS 2 when it is released: order is only kept within a QoS.
        let theirs = theirs.wait_for(100, PATIENCE).unwrap();
        for part in 0..2 {
            let expected = expected.iter().skip(part).step_by(2).map(String::as_bytes);
            let of_part = theirs.iter().filter(|received| usize::from(received.qos) == part + 1);
            assert!(of_part.map(|received| &received.payload[..]).eq(expected));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_connections_one_after_another() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    let sub = sub(&broker, "5", &["-q", "1", "-t", "visits"]);
    for number in 0..200 {
        let (version, _) = VERSIONS[number % 2];
        let (client, _messages) = connect(options(version, broker.port())).await;
        client
            .publish(Message::new("visits", number.to_string()).qos(QoS::AtLeastOnce))
            .await
            .unwrap();
        client.disconnect().await.unwrap();
    }
    assert_eq!(sub.wait_for(200, PATIENCE).unwrap().len(), 200);
}
