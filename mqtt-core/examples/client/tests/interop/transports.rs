//! TLS and WebSocket.

use crate::{VERSIONS, broker, connect, next, options, sub};
use loopback::{Broker, BrokerOptions, Certificates, PATIENCE, free_port};
use mqc_client::{Client, Error, Message, Options, Tls};
use mqtt_core::{QoS, Version};
use std::io::{Read, Write};

/// Messages go both ways.
async fn works(broker: &Broker, options: Options, len: usize) {
    let sub = sub(broker, "5", &["-q", "1", "-t", "over/#"]);
    let (client, mut messages) = connect(options).await;
    client.subscribe("over/+", QoS::ExactlyOnce).await.unwrap();
    let payload = vec![7; len];
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        client.publish(Message::new("over/1", payload.clone()).qos(qos)).await.unwrap();
        assert!(next(&mut messages).await.message.payload == payload);
    }
    assert!(sub.wait_for(3, PATIENCE).unwrap().iter().all(|received| received.payload == payload));
    client.disconnect().await.unwrap();
}

fn url(options: Options, url: &str) -> Options {
    Options { address: url.parse().unwrap(), ..options }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls() {
    let certificates = Certificates::new().unwrap();
    let with_certificates =
        BrokerOptions { certificates: Some(certificates.clone()), ..BrokerOptions::default() };
    let Some(broker) = broker(with_certificates) else { return };
    let tls = Tls { ca_file: Some(certificates.authority()), ..Tls::default() };
    for (version, _) in VERSIONS {
        let port = broker.tls_port();
        let of = |host: &str, tls: &Tls| Options {
            tls: tls.clone(),
            ..url(options(version, 1), &format!("mqtts://{host}:{port}"))
        };
        works(&broker, of("localhost", &tls), 300_000).await;
        works(&broker, of("127.0.0.1", &tls), 300_000).await;
        let refused = |tls: Tls| async move {
            Client::connect(of("localhost", &tls)).await.unwrap_err().to_string()
        };
        // Nobody that we trust says who that is.
        let of_stranger = Tls { ca_file: Some(certificates.stranger()), ..Tls::default() };
        let text = refused(of_stranger).await;
        assert!(text.contains("invalid peer certificate"), "{text}");
        let text = refused(Tls::default()).await;
        assert!(text.contains("invalid peer certificate: UnknownIssuer"), "{text}");
        // It is somebody else.
        let elsewhere = Tls { server_name: Some("elsewhere.example".to_owned()), ..tls.clone() };
        let text = refused(elsewhere).await;
        assert!(text.contains("not valid for name \"elsewhere.example\""), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn client_certificates() {
    let certificates = Certificates::new().unwrap();
    let with_certificates =
        BrokerOptions { certificates: Some(certificates.clone()), ..BrokerOptions::default() };
    let Some(broker) = broker(with_certificates) else { return };
    let address = format!("mqtts://localhost:{}", broker.mutual_tls_port());
    let without = Tls { ca_file: Some(certificates.authority()), ..Tls::default() };
    let with = |identity: loopback::Identity| Tls {
        certificate: Some(identity.certificate),
        key: Some(identity.key),
        ..without.clone()
    };
    for (version, _) in VERSIONS {
        let of = |tls: Tls| Options { tls, ..url(options(version, 1), &address) };
        works(&broker, of(with(certificates.client())), 300_000).await;
        for tls in [without.clone(), with(certificates.impostor())] {
            let error = Client::connect(of(tls)).await.unwrap_err();
            assert!(matches!(error, Error::Transport(..)), "{error:?}");
        }
    }
}

#[tokio::test]
async fn bad_files() {
    let certificates = Certificates::new().unwrap();
    let options = |tls: Tls| Options { tls, ..url(options(Version::V5, 1), "mqtts://localhost:1") };
    let identity = certificates.client();
    let missing = certificates.folder().join("missing.pem");
    for (tls, words) in [
        (Tls { ca_file: Some(missing.clone()), ..Tls::default() }, "missing.pem: "),
        (Tls { ca_file: Some(identity.key.clone()), ..Tls::default() }, "no certificate in it"),
        (
            Tls { certificate: Some(identity.certificate.clone()), ..Tls::default() },
            "needs its key",
        ),
        (Tls { key: Some(identity.key.clone()), ..Tls::default() }, "needs its certificate"),
        (
            Tls {
                certificate: Some(identity.certificate.clone()),
                key: Some(identity.certificate.clone()),
                ..Tls::default()
            },
            ": ",
        ),
        (Tls { server_name: Some("no name".to_owned()), ..Tls::default() }, "cannot be the name"),
    ] {
        let error = Client::connect(options(tls)).await.unwrap_err();
        assert!(matches!(error, Error::Tls(_)), "{error:?}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn websocket() {
    let with_websocket = BrokerOptions { websocket: true, ..BrokerOptions::default() };
    let Some(broker) = broker(with_websocket) else { return };
    for (version, _) in VERSIONS {
        // mosquitto reads 4 KiB ten times in a second.
        for path in ["", "/mqtt", "/any?a=b"] {
            let address = format!("ws://127.0.0.1:{}{path}", broker.websocket_port());
            works(&broker, url(options(version, 1), &address), 10_000).await;
        }
        // Not a WebSocket.
        let address = format!("ws://127.0.0.1:{}", broker.port());
        let error = Client::connect(url(options(version, 1), &address)).await.unwrap_err();
        assert!(matches!(error, Error::Transport(..)), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn websocket_in_tls() {
    let certificates = Certificates::new().unwrap();
    let options_of_broker = BrokerOptions {
        certificates: Some(certificates.clone()),
        websocket: true,
        ..BrokerOptions::default()
    };
    let Some(broker) = broker(options_of_broker) else { return };
    let address = format!("wss://localhost:{}/mqtt", broker.secure_websocket_port());
    let tls = |authority| Tls { ca_file: Some(authority), ..Tls::default() };
    for (version, _) in VERSIONS {
        let of = |tls: Tls| Options { tls, ..url(options(version, 1), &address) };
        works(&broker, of(tls(certificates.authority())), 10_000).await;
        let error = Client::connect(of(tls(certificates.stranger()))).await.unwrap_err();
        assert!(error.to_string().contains("invalid peer certificate"), "{error}");
    }
}

/// A server of another protocol, or of WebSocket without MQTT, or of nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_are_no_brokers() {
    for (answer, words) in [
        (&b"HTTP/1.1 404 Not Found\r\n\r\n"[..], "404"),
        (b"SSH-2.0-server\r\n", "HTTP"),
        (b"", ""),
    ] {
        let port = free_port().unwrap();
        let listener = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().take(2) {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 1000]);
                let _ = stream.write_all(answer);
            }
        });
        let address = format!("ws://127.0.0.1:{port}");
        let error = Client::connect(url(options(Version::V5, 1), &address)).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        let error = Client::connect(options(Version::V5, port)).await.unwrap_err();
        assert!(matches!(error, Error::Broker(_) | Error::Transport(..)), "{error:?}");
    }
}
