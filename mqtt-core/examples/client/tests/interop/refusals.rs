//! What cannot be: one clear error each.

use crate::{VERSIONS, broker, connect, options};
use loopback::{BrokerOptions, free_port};
use mqc_client::{Address, Client, Error, Message, Options};
use mqtt_core::{QoS, ReasonCode, Version};

async fn refusal(options: Options) -> Error {
    match Client::connect(options).await {
        Ok(_) => panic!("it is connected"),
        Err(error) => error,
    }
}

#[test]
fn bad_urls() {
    for (url, why) in [
        ("localhost", "localhost: no scheme, as in mqtt://host"),
        ("localhost:1883", "localhost:1883: the scheme is localhost, not mqtt, mqtts, ws or wss"),
        ("http://host", "http://host: the scheme is http, not mqtt, mqtts, ws or wss"),
        ("mqtt://", "mqtt://: no host"),
        ("mqtt://host:0", "mqtt://host:0: port 0"),
        ("mqtt://host:99999", "mqtt://host:99999: invalid port number"),
        ("mqtt://host/path", "mqtt://host/path: a path means nothing to mqtt"),
        ("ws://host/mqtt#x", "ws://host/mqtt#x: what follows a # is for nobody"),
        ("mqtt://a:se%zzcret@host", "mqtt://…@host: the password has a % without two hex digits"),
        ("", ": no scheme, as in mqtt://host"),
    ] {
        assert_eq!(url.parse::<Address>().unwrap_err().to_string(), why);
    }
    let address: Address = "wss://an%C3%BC:p%40ss@[::1]:9001/broker?a=b".parse().unwrap();
    assert_eq!(
        (address.host.as_str(), address.port, address.path.as_str()),
        ("::1", 9001, "/broker?a=b")
    );
    assert_eq!(
        (address.user_name.as_deref(), address.password.as_deref()),
        (Some("anü"), Some("p@ss"))
    );
    // What follows a ? may be secret.
    assert_eq!(address.to_string(), "wss://[::1]:9001/broker");
}

#[tokio::test]
async fn a_host_that_is_not_and_a_port_that_is_closed() {
    for (version, _) in VERSIONS {
        let unknown = "mqtt://no-such-host.invalid".parse().unwrap();
        let error = refusal(Options { version, ..Options::new(unknown) }).await;
        assert!(
            error.to_string().starts_with("mqtt://no-such-host.invalid:1883: failed to lookup"),
            "{error}"
        );
        let port = free_port().unwrap();
        let error = refusal(options(version, port)).await;
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("mqtt://127.0.0.1:{port}: Connection refused")),
            "{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password() {
    let Some(broker) = broker(BrokerOptions::default().user("anna", "secret")) else { return };
    for (version, _) in VERSIONS {
        let as_anna = |password: &[u8]| Options {
            user_name: Some("anna".to_owned()),
            password: Some(password.to_vec()),
            ..options(version, broker.port())
        };
        let (client, _messages) = connect(as_anna(b"secret")).await;
        client.disconnect().await.unwrap();
        for options in [as_anna(b"guess"), options(version, broker.port())] {
            let error = refusal(options).await;
            let Error::Refused(refusal) = &error else { panic!("{error:?}") };
            let code = match version {
                Version::V5 => ReasonCode::NOT_AUTHORIZED,
                _ => ReasonCode::V3_NOT_AUTHORIZED,
            };
            assert_eq!(refusal.reason, code);
            let text = "the broker refuses the connection: not authorized";
            assert_eq!(error.to_string(), text);
        }
        let in_url = format!("mqtt://anna:secret@127.0.0.1:{}", broker.port());
        let (client, _messages) =
            connect(Options { version, ..Options::new(in_url.parse().unwrap()) }).await;
        client.disconnect().await.unwrap();
    }
}

/// What cannot be sent is refused at once, and all else goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_sent() {
    let Some(broker) = broker(BrokerOptions::default()) else { return };
    for (version, _) in VERSIONS {
        let (client, _messages) = connect(options(version, broker.port())).await;
        for topic in ["", "a/+", "#", "a\0b"] {
            for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
                let error = client.publish(Message::new(topic, "x").qos(qos)).await.unwrap_err();
                assert!(matches!(error, Error::Usage(_)), "{error:?}");
            }
        }
        for filter in ["", "a/#/b", "a+", "\0"] {
            let error = client.subscribe(filter, QoS::AtMostOnce).await.unwrap_err();
            assert!(matches!(error, Error::Usage(_)), "{error:?}");
        }
        let with_properties = Message::new("a", "x").user_property("only", "5.0");
        assert_eq!(client.publish(with_properties).await.is_ok(), version == Version::V5);
        client.publish(Message::new("a", "x").qos(QoS::ExactlyOnce)).await.unwrap();
        client.disconnect().await.unwrap();
        // Afterwards nothing goes.
        assert!(matches!(client.publish(Message::new("a", "x")).await, Err(Error::Closed)));
        assert!(matches!(client.disconnect().await, Err(Error::Closed)));
    }
}
