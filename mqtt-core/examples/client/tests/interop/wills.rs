//! The will: for a client that is gone, not for one that says goodbye.

use crate::{VERSIONS, broker, connect, options, sub};
use loopback::{BrokerOptions, PATIENCE};
use mqc_client::{Message, Options};
use mqtt_core::QoS;
use tokio::runtime::Runtime;

#[test]
fn a_will_is_for_a_client_that_is_gone() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    for (version, name) in VERSIONS {
        let sub = sub(&broker, name, &["-q", "2", "-t", "state/#"]);
        let options = |topic: &str| Options {
            will: Some(Message::new(topic, "offline").qos(QoS::AtLeastOnce).retain(true)),
            ..options(version, broker.port())
        };
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let (polite, _messages) = connect(options("state/polite")).await;
            polite.disconnect().await.unwrap();
            let (gone, _messages) = connect(options("state/gone")).await;
            gone.publish(Message::new("state/gone", "online").qos(QoS::AtLeastOnce)).await.unwrap();
            // Dropping the last handle says goodbye, too.
            let (dropped, messages) = connect(options("state/dropped")).await;
            let mut status = dropped.status();
            drop((dropped, messages));
            let is_over =
                |status: &mqc_client::Status| matches!(status, mqc_client::Status::Ended(_));
            status.wait_for(is_over).await.unwrap();
            core::mem::forget(gone);
        });
        // The process is killed: nothing more is said.
        runtime.shutdown_background();
        let all = sub.wait_for(2, PATIENCE).unwrap();
        assert_eq!((all[0].topic.as_str(), &all[0].payload[..]), ("state/gone", &b"online"[..]));
        assert_eq!((all[1].topic.as_str(), &all[1].payload[..]), ("state/gone", &b"offline"[..]));
        assert_eq!(all[1].qos, 1);
        crate::mosquitto_pub(&broker, name, &["-q", "1", "-t", "state/end"], b"");
        let all = sub.wait_for(3, PATIENCE).unwrap();
        assert_eq!(all[2].topic, "state/end", "no will of the others");
        crate::mosquitto_pub(&broker, name, &["-q", "1", "-r", "-t", "state/gone"], b"");
    }
}

#[test]
fn a_will_of_5_0_has_properties_and_a_delay() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    let sub = sub(&broker, "5", &["-t", "state/#"]);
    let runtime = Runtime::new().unwrap();
    let gone = runtime.block_on(async {
        let will = Message::new("state/delayed", "offline").user_property("why", "lost");
        let options = Options {
            will: Some(will),
            will_delay: 1,
            session_expiry: 60,
            client_id: "delayed".to_owned(),
            ..options(mqtt_core::Version::V5, broker.port())
        };
        connect(options).await
    });
    runtime.shutdown_background();
    let all = sub.wait_for(1, PATIENCE).unwrap();
    assert_eq!(all[0].properties.user_properties, [("why".to_owned(), "lost".to_owned())]);
    drop(gone);
}
