//! The server with clients of rumqttc, 3.1.1 and 5.0. Not over WebSocket: that of rumqttc would bring an older
//! tungstenite and what that needs, and other clients do it in `interop`.

mod peer;

use core::time::Duration;
use loopback::Certificates;
use mqc_server::{Listen, Server, Settings, Tls, Users, set_password};
use mqtt_core::{Acl, Authorization};
use peer::{Peer, VERSIONS, Version, Wish};
use rumqttc::v5::mqttbytes::v5 as five;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

fn start() -> (Server, u16) {
    let listen = vec![Listen::new("127.0.0.1:0".parse().unwrap())];
    let mut settings = Settings { listen, ..Settings::default() };
    let rules = "deny subscribe secret/#\ndeny publish forbidden/#\ndefault allow\n";
    settings.broker.authorization = Authorization::Acl(Acl::parse(rules).unwrap());
    let server = Server::start(settings).unwrap();
    let port = server.addresses()[0].port();
    (server, port)
}

#[tokio::test]
async fn every_quality_of_service_to_every_version() {
    let (_server, port) = start();
    for version in VERSIONS {
        let mut sender = Peer::connect(version, port, "sender").await;
        for other in VERSIONS {
            for granted in 0..3 {
                let mut receiver = Peer::connect(other, port, "receiver").await;
                let code = receiver.subscribe("t/+", granted).await;
                let name = ["AtMostOnce", "AtLeastOnce", "ExactlyOnce"][usize::from(granted)];
                assert_eq!(code, format!("[Success({name})]"));
                for qos in 0..3 {
                    sender.publish("t/a", b"hello", qos, false).await;
                    receiver.gets("t/a", b"hello", qos.min(granted), false).await;
                }
                receiver.gets_nothing().await;
            }
        }
    }
}

#[tokio::test]
async fn many_in_flight() {
    let (_server, port) = start();
    for version in VERSIONS {
        for qos in 0..3 {
            let mut receiver = Peer::connect(version, port, "receiver").await;
            receiver.subscribe("t", qos).await;
            // It keeps to the Receive Maximum of the server by itself.
            let sender = Peer::connect(version, port, "sender").await;
            for at in 0..1000 {
                sender.send("t", at.to_string().as_bytes(), qos, false).await;
            }
            for at in 0..1000 {
                receiver.gets("t", at.to_string().as_bytes(), qos, false).await;
            }
            receiver.gets_nothing().await;
        }
    }
}

#[tokio::test]
async fn large_and_retained() {
    let (_server, port) = start();
    let payload: Vec<u8> = (0..(1 << 20) - 100).map(|at: u32| (at * 7) as u8).collect();
    for version in VERSIONS {
        let mut live = Peer::connect(version, port, "live").await;
        live.subscribe("r", 2).await;
        let mut sender = Peer::connect(version, port, "sender").await;
        sender.publish("r", &payload, 2, true).await;
        live.gets("r", &payload, 2, false).await;
        let mut late = Peer::connect(version, port, "late").await;
        late.subscribe("r", 1).await;
        late.gets("r", &payload, 1, true).await;
        sender.publish("r", b"", 1, true).await;
        late.gets("r", b"", 1, false).await;
        late.subscribe("r", 1).await;
        late.gets_nothing().await;
    }
}

#[tokio::test]
async fn wills() {
    let (_server, port) = start();
    for version in VERSIONS {
        let mut watcher = Peer::connect(version, port, "watcher").await;
        watcher.subscribe("w", 2).await;
        let wish = Wish { will: Some(("w", "gone")), ..Wish::new(version, port, "dying") };
        Peer::open(wish.clone()).await.unwrap().leave().await;
        watcher.gets_nothing().await;
        drop(Peer::open(wish).await.unwrap());
        watcher.gets("w", b"gone", 1, false).await;
    }
}

#[tokio::test]
async fn a_will_with_a_delay() {
    let (_server, port) = start();
    let mut watcher = Peer::connect(Version::V5, port, "watcher").await;
    watcher.subscribe("w", 2).await;
    let properties = five::LastWillProperties {
        delay_interval: Some(1),
        payload_format_indicator: None,
        message_expiry_interval: None,
        content_type: Some("text/plain".to_owned()),
        response_topic: None,
        correlation_data: None,
        user_properties: vec![("a".to_owned(), "1".to_owned())],
    };
    let wish = Wish {
        will: Some(("w", "gone")),
        will_properties: Some(properties),
        stays: true,
        ..Wish::new(Version::V5, port, "dying")
    };
    let began = Instant::now();
    drop(Peer::open(wish).await.unwrap());
    let (seen, properties) = watcher.next().await;
    assert_eq!((&seen.0[..], &seen.1[..]), ("w", &b"gone"[..]));
    let properties = properties.unwrap();
    assert_eq!(properties.content_type.as_deref(), Some("text/plain"));
    assert_eq!(properties.user_properties, [("a".to_owned(), "1".to_owned())]);
    assert!(began.elapsed() > Duration::from_millis(900));
}

#[tokio::test]
async fn sessions_resume() {
    let (_server, port) = start();
    for version in VERSIONS {
        let staying = Wish { stays: true, ..Wish::new(version, port, "anna") };
        let mut away = Peer::open(staying.clone()).await.unwrap();
        assert!(!away.session_present);
        away.subscribe("t", 2).await;
        away.leave().await;
        let mut sender = Peer::connect(version, port, "sender").await;
        for at in 0..20_u8 {
            sender.publish("t", &[at], 2, false).await;
        }
        let mut back = Peer::open(staying).await.unwrap();
        assert!(back.session_present);
        for at in 0..20 {
            back.gets("t", &[at], 2, false).await;
        }
        back.leave().await;
        sender.publish("t", b"lost", 1, false).await;
        let mut clean = Peer::connect(version, port, "anna").await;
        assert!(!clean.session_present);
        clean.gets_nothing().await;
    }
}

#[tokio::test]
async fn shared_subscriptions() {
    let (_server, port) = start();
    for version in VERSIONS {
        let mut members =
            [Peer::connect(version, port, "one").await, Peer::connect(version, port, "two").await];
        for member in &mut members {
            member.subscribe("$share/group/t", 1).await;
            member.subscribe("end", 1).await;
        }
        let mut sender = Peer::connect(version, port, "sender").await;
        for at in 0..20_u8 {
            sender.publish("t", &[at], 1, false).await;
        }
        sender.publish("end", b"", 1, false).await;
        let mut parts = [Vec::new(), Vec::new()];
        for (member, part) in members.iter_mut().zip(&mut parts) {
            loop {
                let ((topic, payload, ..), _) = member.next().await;
                if topic == "end" {
                    break;
                }
                part.push(payload[0]);
            }
        }
        assert!(parts.iter().all(|part| !part.is_empty()), "{parts:?}");
        let mut all = parts.concat();
        all.sort_unstable();
        assert_eq!(all, Vec::from_iter(0..20));
    }
}

#[tokio::test]
async fn properties_and_aliases() {
    let (_server, port) = start();
    let mut peer = Peer::connect(Version::V5, port, "peer").await;
    peer.subscribe_as("t/#", 1, Some(7)).await;
    peer.subscribe_as("t/a", 1, Some(268_435_455)).await;
    let sent = five::PublishProperties {
        payload_format_indicator: Some(1),
        response_topic: Some("answer".to_owned()),
        correlation_data: Some(vec![0, 1, 255].into()),
        user_properties: vec![("b".into(), "1".into()), ("a".into(), "2".into())],
        content_type: Some("text/plain".to_owned()),
        ..five::PublishProperties::default()
    };
    let alias = five::PublishProperties { topic_alias: Some(10), ..sent.clone() };
    peer.send_with("t/a", b"x", 1, false, alias).await;
    let (seen, came) = peer.next().await;
    assert_eq!(seen, ("t/a".to_owned(), b"x"[..].to_vec().into(), 1, false));
    let mut came = came.unwrap();
    came.subscription_identifiers.sort_unstable();
    let subscription_identifiers = vec![7, 268_435_455];
    assert_eq!(came, five::PublishProperties { subscription_identifiers, ..sent });
    // The topic is known by now.
    let alias = five::PublishProperties { topic_alias: Some(10), ..Default::default() };
    peer.send_with("", b"y", 1, false, alias).await;
    peer.gets("t/a", b"y", 1, false).await;
    let properties = peer.hello.as_ref().unwrap();
    assert_eq!(properties.receive_max, Some(100));
    assert_eq!(properties.topic_alias_max, Some(10));
    assert_eq!(properties.max_packet_size, Some(1 << 20));
}

#[tokio::test]
async fn aliases_of_the_server() {
    let (_server, port) = start();
    let mut wish = Wish::new(Version::V5, port, "receiver");
    wish.properties.topic_alias_max = Some(2);
    let mut receiver = Peer::open(wish).await.unwrap();
    receiver.subscribe("t/#", 1).await;
    let mut sender = Peer::connect(Version::V5, port, "sender").await;
    // rumqttc hands on what it gets, aliases and empty topics.
    let (mut meaning, mut without_topic) = (HashMap::new(), 0);
    for at in 0..20_u8 {
        let topic = ["t/a", "t/b", "t/a", "t/c"][usize::from(at) % 4];
        sender.publish(topic, &[at], 1, false).await;
        let ((said, payload, ..), properties) = receiver.next().await;
        let alias = properties.and_then(|properties| properties.topic_alias);
        assert!(alias.is_none_or(|alias| [1, 2].contains(&alias)), "{alias:?}");
        if said.is_empty() {
            without_topic += 1;
        } else if let Some(alias) = alias {
            meaning.insert(alias, said.clone());
        }
        let known = alias.and_then(|alias| meaning.get(&alias)).unwrap_or(&said);
        assert_eq!((known.as_str(), &payload[..]), (topic, &[at][..]));
    }
    assert!(without_topic > 5, "{without_topic} of 20");
}

#[tokio::test]
async fn limits_of_the_client() {
    let (_server, port) = start();
    let mut sender = Peer::connect(Version::V5, port, "sender").await;
    for qos in [1, 2] {
        let mut wish = Wish { acks_later: true, ..Wish::new(Version::V5, port, "small") };
        wish.properties.receive_maximum = Some(2);
        wish.properties.max_packet_size = Some(200);
        let mut small = Peer::open(wish).await.unwrap();
        small.subscribe("t", qos).await;
        sender.publish("t", &[b'x'; 300], qos, false).await;
        for at in 0..6_u8 {
            sender.publish("t", &[at], qos, false).await;
        }
        small.gets("t", &[0], qos, false).await;
        small.gets("t", &[1], qos, false).await;
        small.gets_nothing().await;
        // Each acknowledgement makes room for one.
        for at in 2..6 {
            small.ack().await;
            small.gets("t", &[at], qos, false).await;
            small.gets_nothing().await;
        }
    }
}

#[tokio::test]
async fn refusals() {
    let (_server, port) = start();
    for version in VERSIONS {
        let mut watcher = Peer::connect(version, port, "watcher").await;
        watcher.subscribe("forbidden/#", 1).await;
        let mut peer = Peer::connect(version, port, "peer").await;
        let (code, suback) = match version {
            // It is acknowledged, and goes nowhere.
            Version::V311 => ("", "[Failure]"),
            Version::V5 => ("NotAuthorized", "[NotAuthorized]"),
        };
        assert_eq!(peer.publish("forbidden/a", b"x", 1, false).await, code);
        assert_eq!(peer.subscribe("secret/#", 1).await, suback);
        watcher.gets_nothing().await;
    }
}

#[tokio::test]
async fn unsubscribing() {
    let (_server, port) = start();
    for version in VERSIONS {
        let mut peer = Peer::connect(version, port, "peer").await;
        peer.subscribe("t", 1).await;
        peer.publish("t", b"1", 1, false).await;
        peer.gets("t", b"1", 1, false).await;
        peer.unsubscribe("t").await;
        peer.publish("t", b"2", 1, false).await;
        peer.gets_nothing().await;
    }
}

/// Why is not said: DISCONNECT with a reason code and no length of properties, `E0 01 8E`, is cut short for rumqttc 0.25,
/// although v5 3.14.2.2.1 has it.
#[tokio::test]
async fn a_takeover_and_the_end_of_the_server() {
    let (server, port) = start();
    let mut left = Vec::new();
    for version in VERSIONS {
        let name = format!("{version:?}");
        let first = Peer::connect(version, port, &name).await;
        left.push(Peer::connect(version, port, &name).await);
        first.ended().await;
    }
    tokio::task::spawn_blocking(|| server.stop()).await.unwrap();
    for peer in left {
        peer.ended().await;
    }
}

#[tokio::test]
async fn passwords() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("users");
    set_password(&file, "anna", Some(b"secret")).unwrap();
    let listen = vec![Listen::new("127.0.0.1:0".parse().unwrap())];
    let users = Some(Users::read(&file).unwrap());
    let settings = Settings { listen, users, allow_anonymous: false, ..Settings::default() };
    let server = Server::start(settings).unwrap();
    let port = server.addresses()[0].port();
    for version in VERSIONS {
        let open = |login| Peer::open(Wish { login, ..Wish::new(version, port, "peer") });
        let mut peer = open(Some(("anna", "secret"))).await.expect("it is accepted");
        peer.subscribe("t", 1).await;
        peer.publish("t", b"x", 1, false).await;
        peer.gets("t", b"x", 1, false).await;
        for (login, why) in [
            (Some(("anna", "another")), "BadUserNamePassword"),
            (Some(("nobody", "secret")), "BadUserNamePassword"),
            (None, "NotAuthorized"),
        ] {
            let came = open(login).await.err().expect("it is refused");
            assert!(came.contains(why), "expected {why}, came {came}");
        }
    }
}

/// What trusts an authority, with a certificate of its own or without.
fn config(authority: &Path, own: Option<loopback::Identity>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    Arc::new(match own {
        None => builder.with_no_client_auth(),
        Some(own) => {
            let chain = vec![CertificateDer::from_pem_file(own.certificate).unwrap()];
            let key = PrivateKeyDer::from_pem_file(own.key).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    })
}

#[tokio::test]
async fn tls_and_certificates_of_clients() {
    let certificates = Certificates::new().unwrap();
    let own = certificates.server();
    let [plain, mutual] = [None, Some(certificates.authority())].map(|client_ca| Listen {
        tls: Some(Tls { certificate: own.certificate.clone(), key: own.key.clone(), client_ca }),
        ..Listen::new("127.0.0.1:0".parse().unwrap())
    });
    let server =
        Server::start(Settings { listen: vec![plain, mutual], ..Settings::default() }).unwrap();
    let [plain, mutual] = [0, 1].map(|at| server.addresses()[at].port());
    let authority = certificates.authority();
    let payload = vec![b'x'; 300_000];
    for version in VERSIONS {
        let open = |port, config| async move {
            Peer::open(Wish { tls: Some(config), ..Wish::new(version, port, "peer") }).await
        };
        let good = [
            (plain, config(&authority, None)),
            (mutual, config(&authority, Some(certificates.client()))),
        ];
        for (port, config) in good {
            let mut peer = open(port, config).await.expect("it is accepted");
            peer.subscribe("t", 2).await;
            peer.publish("t", &payload, 2, false).await;
            peer.gets("t", &payload, 2, false).await;
        }
        let bad = [
            (plain, config(&certificates.stranger(), None)),
            (mutual, config(&authority, None)),
            (mutual, config(&authority, Some(certificates.impostor()))),
        ];
        for (port, config) in bad {
            assert!(open(port, config).await.is_err());
        }
    }
}
