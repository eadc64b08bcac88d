//! What messages of 5.0 carry beside their payload.

use crate::{broker, connect, mosquitto_pub, next, options, sub};
use loopback::{BrokerOptions, PATIENCE};
use mqc_client::{Filter, Message, MessageProperties, Options};
use mqtt_core::{QoS, Version};

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_properties_of_a_message_both_ways() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    let (client, mut messages) = connect(options(Version::V5, broker.port())).await;
    let filter = Filter::new("all/#", QoS::ExactlyOnce);
    client.subscribe_all(vec![filter], Some(268_435_455)).await.unwrap();
    let sub = sub(&broker, "5", &["-q", "2", "-t", "all/#"]);
    let properties = MessageProperties {
        payload_format: Some(1),
        message_expiry: Some(3600),
        content_type: Some("text/plain; charset=utf-8".to_owned()),
        response_topic: Some("answers/ü".to_owned()),
        correlation_data: Some("7-42".into()),
        user_properties: pairs(&[("unit", "°C"), ("k", ""), ("k", "again")]),
        subscription_identifiers: Vec::new(),
    };
    let mut message = Message::new("all/1", "21.5").qos(QoS::AtLeastOnce);
    *message.properties_mut() = properties.clone();
    client.publish(message).await.unwrap();

    let theirs = sub.wait_for(1, PATIENCE).unwrap().pop().unwrap().properties;
    assert_eq!(theirs.payload_format_indicator, properties.payload_format);
    assert_eq!(theirs.content_type, properties.content_type);
    assert_eq!(theirs.response_topic, properties.response_topic);
    assert_eq!(theirs.correlation_data.as_deref(), Some("7-42"));
    assert_eq!(theirs.user_properties, properties.user_properties);
    assert!(theirs.message_expiry_interval.is_some_and(|left| (3590..=3600).contains(&left)));
    let expected = MessageProperties { subscription_identifiers: vec![268_435_455], ..properties };
    let ours = next(&mut messages).await.message;
    let left = ours.properties().message_expiry;
    assert!(left.is_some_and(|left| (3590..=3600).contains(&left)));
    assert_eq!(*ours.properties(), MessageProperties { message_expiry: left, ..expected.clone() });

    let arguments = "-q 1 -t all/2 -D publish payload-format-indicator 1 -D publish message-expiry-interval 3600 \
        -D publish response-topic answers/ü -D publish correlation-data 7-42 \
        -D publish user-property unit °C -D publish user-property k again";
    let mut arguments: Vec<&str> = arguments.split_whitespace().collect();
    arguments.extend(["-D", "publish", "content-type", "text/plain; charset=utf-8"]);
    mosquitto_pub(&broker, "5", &arguments, b"x");
    let ours = next(&mut messages).await.message;
    let message_expiry = ours.properties().message_expiry;
    assert!(message_expiry.is_some_and(|left| (3590..=3600).contains(&left)));
    let user_properties = pairs(&[("unit", "°C"), ("k", "again")]);
    assert_eq!(
        *ours.properties(),
        MessageProperties { message_expiry, user_properties, ..expected }
    );
}

/// 40 long topics over 10 aliases (what mosquitto allows), also across a connection that is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topic_aliases() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    let proxy = loopback::FaultProxy::start(broker.port(), loopback::Faults::default()).unwrap();
    let sub = sub(&broker, "5", &["-q", "1", "-t", "long/#"]);
    let topic = |number: u32| format!("long/{}/{}", "x".repeat(200), number * number % 40);
    let count = |aliases, from: u32| {
        let options = Options {
            auto_aliases: aliases,
            topic_alias_maximum: aliases,
            client_id: format!("aliases-{aliases}"),
            session_expiry: 60,
            ..options(Version::V5, proxy.port())
        };
        let (sub, proxy) = (&sub, &proxy);
        async move {
            let (client, mut messages) = connect(options).await;
            client.subscribe("long/#", QoS::AtMostOnce).await.unwrap();
            let before = proxy.counts().bytes_up;
            for number in 0..200 {
                let message = Message::new(topic(number), number.to_string()).qos(QoS::AtLeastOnce);
                client.publish(message).await.unwrap();
                assert_eq!(next(&mut messages).await.message.topic, topic(number));
            }
            let sent = proxy.counts().bytes_up - before;
            proxy.cut_all();
            let message = Message::new(topic(3), "after").qos(QoS::AtLeastOnce);
            client.publish(message).await.unwrap();
            let all = sub.wait_for(from as usize + 201, PATIENCE).unwrap();
            for (number, received) in (0..200).zip(&all[from as usize..]) {
                assert_eq!(received.topic, topic(number));
                assert_eq!(received.payload, number.to_string().as_bytes());
            }
            assert_eq!(all.last().unwrap().topic, topic(3));
            client.disconnect().await.unwrap();
            sent
        }
    };
    let without = count(0, 0).await;
    let with = count(10, 201).await;
    assert!(with < without / 2, "{with} bytes with aliases, {without} without");
}
