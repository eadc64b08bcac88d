//! mosquitto and its clients, started and stopped.

use loopback::{
    Broker, BrokerOptions, Certificates, FaultProxy, Faults, Identity, MosquittoSub, PATIENCE,
    Properties, Received, mosquitto_pub,
};
use std::io::{Read, Write};
use std::net::TcpStream;

#[test]
fn payloads_are_exact_in_both_versions() {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return };
    let mut state = 1_u32;
    let noise = core::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    let payloads = [
        (0..=255).collect(),
        Vec::new(),
        b"Subscribed (mid: 9): 0\nmessage 0 0 41 {}\n".to_vec(),
        noise.take(1 << 20).collect::<Vec<u8>>(),
    ];
    for version in ["311", "5"] {
        let sub = MosquittoSub::start(broker.port(), ["-V", version, "-q", "2", "-t", "a/#"]);
        let sub = sub.unwrap();
        let mut sent = Vec::new();
        for (qos, payload) in ["0", "1", "2", "1"].into_iter().zip(&payloads) {
            let topic = r#"a/ü "{}\ %X"#;
            let args = ["-V", version, "-q", qos, "-t", topic];
            mosquitto_pub(broker.port(), args, payload).unwrap();
            sent.push(Received {
                topic: topic.to_owned(),
                payload: payload.clone(),
                qos: qos.parse().unwrap(),
                ..Received::default()
            });
            // One by one: order holds only within a QoS.
            assert!(sub.wait_for(sent.len(), PATIENCE).unwrap() == sent, "{version} {qos}");
        }
        assert!(sub.stop().unwrap() == sent, "{version}");
    }
}

#[test]
fn properties_and_retain_are_told() {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return };
    let args = "-V 5 -t a -r -D publish payload-format-indicator 1 -D publish content-type text/plain \
        -D publish response-topic re -D publish correlation-data c\"1 -D publish user-property k v:1 \
        -D publish user-property k w -D publish message-expiry-interval 4000000000";
    mosquitto_pub(broker.port(), args.split_whitespace(), b"x").unwrap();
    let args = ["-V", "5", "-t", "a", "-D", "subscribe", "subscription-identifier", "268435455"];
    let sub = MosquittoSub::start(broker.port(), args).unwrap();
    let mut received = sub.wait_for(1, PATIENCE).unwrap().remove(0);
    // The broker counts it down.
    let left = received.properties.message_expiry_interval.take().unwrap();
    assert!(left > 3_999_999_000, "{left}");
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let properties = Properties {
        payload_format_indicator: Some(1),
        content_type: Some("text/plain".to_owned()),
        response_topic: Some("re".to_owned()),
        correlation_data: Some("c\"1".to_owned()),
        subscription_identifiers: vec![268_435_455],
        user_properties: vec![pair("k", "v:1"), pair("k", "w")],
        ..Properties::default()
    };
    let payload = b"x".to_vec();
    assert_eq!(
        received,
        Received { topic: "a".to_owned(), payload, qos: 0, retain: true, properties }
    );
}

/// Starts a persistent session that is subscribed to `a`, and leaves it.
fn leave_session(broker: &Broker) {
    drop(MosquittoSub::start(broker.port(), SESSION).unwrap());
    let gone = |broker: &Broker| broker.log().contains("Client keeper ").then_some(());
    loopback::within(PATIENCE, || gone(broker)).unwrap();
}

const SESSION: [&str; 7] = ["-c", "-i", "keeper", "-q", "1", "-t", "a"];

#[test]
fn the_queue_of_a_session_outlives_the_broker() {
    let options = BrokerOptions { store: true, ..BrokerOptions::default() };
    let Some(mut broker) = Broker::for_test(options) else { return };
    let port = broker.port();
    leave_session(&broker);

    mosquitto_pub(port, ["-q", "1", "-t", "a"], b"1").unwrap();
    broker.restart().unwrap();
    assert_eq!(broker.port(), port);
    mosquitto_pub(port, ["-q", "1", "-t", "a"], b"2").unwrap();
    broker.save().unwrap();
    broker.kill().unwrap();
    assert!(mosquitto_pub(port, ["-q", "1", "-t", "a"], b"nobody hears").is_err());
    broker.restart().unwrap();
    mosquitto_pub(port, ["-q", "1", "-t", "a"], b"3").unwrap();

    let sub = MosquittoSub::start(port, SESSION).unwrap();
    let received = sub.wait_for(3, PATIENCE).unwrap();
    let payloads: Vec<&[u8]> = received.iter().map(|message| &message.payload[..]).collect();
    assert_eq!(payloads, [b"1", b"2", b"3"]);
}

#[test]
fn only_users_may_connect() {
    let options = BrokerOptions::default().user("anna", "s p").user("ben", "t");
    let Some(broker) = Broker::for_test(options) else { return };
    for (user, password) in [("anna", "s p"), ("ben", "t")] {
        mosquitto_pub(broker.port(), ["-t", "a", "-u", user, "-P", password], b"x").unwrap();
    }
    let error = mosquitto_pub(broker.port(), ["-t", "a", "-u", "anna", "-P", "t"], b"x");
    assert!(error.unwrap_err().to_string().contains("ot authorised"));
    let error = MosquittoSub::start(broker.port(), ["-t", "a"]).unwrap_err();
    assert!(error.to_string().contains("ot authorised"), "{error}");
}

#[test]
fn tls_checks_both_sides() {
    let certificates = Certificates::new().unwrap();
    let options =
        BrokerOptions { certificates: Some(certificates.clone()), ..BrokerOptions::default() };
    let Some(broker) = Broker::for_test(options) else { return };
    let send = |port: u16, authority, identity: Option<Identity>| {
        let mut args: Vec<std::path::PathBuf> = ["-t", "a", "--cafile"].map(Into::into).into();
        args.push(authority);
        if let Some(identity) = identity {
            args.extend(["--cert".into(), identity.certificate, "--key".into(), identity.key]);
        }
        mosquitto_pub(port, args, b"x")
    };
    let authority = || certificates.authority();
    send(broker.tls_port(), authority(), None).unwrap();
    send(broker.tls_port(), certificates.stranger(), None).unwrap_err();
    send(broker.mutual_tls_port(), authority(), Some(certificates.client())).unwrap();
    send(broker.mutual_tls_port(), authority(), Some(certificates.impostor())).unwrap_err();
    send(broker.mutual_tls_port(), authority(), None).unwrap_err();
    send(broker.port(), authority(), None).unwrap_err();
}

#[test]
fn a_websocket_carries_mqtt() {
    let options = BrokerOptions { websocket: true, ..BrokerOptions::default() };
    let Some(broker) = Broker::for_test(options) else { return };
    let mut stream = TcpStream::connect(("127.0.0.1", broker.websocket_port())).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Version: 13\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    let answer = String::from_utf8(answer).unwrap().to_lowercase();
    assert!(answer.starts_with("http/1.1 101"), "{answer}");
    assert!(answer.contains("sec-websocket-protocol: mqtt"), "{answer}");
    // CONNECT in a binary frame, masked with zeros.
    let connect = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01w";
    stream.write_all(&[&[0x82, 0x80 | 15, 0, 0, 0, 0], &connect[..]].concat()).unwrap();
    let mut connack = [0; 6];
    stream.read_exact(&mut connack).unwrap();
    assert_eq!(connack, [0x82, 4, 0x20, 2, 0, 0]);
}

#[test]
fn a_slow_network_changes_nothing() {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return };
    let faults = Faults { seed: 2, delay: Some(0..=5), trickle: Some(1..=9), ..Faults::default() };
    let proxy = FaultProxy::start(broker.port(), faults).unwrap();
    let sub = MosquittoSub::start(proxy.port(), ["-V", "5", "-q", "2", "-t", "a"]).unwrap();
    for payload in [&b"one"[..], b"two", b"three"] {
        mosquitto_pub(proxy.port(), ["-V", "5", "-q", "2", "-t", "a"], payload).unwrap();
    }
    let received = sub.wait_for(3, PATIENCE).unwrap();
    assert_eq!(
        received.iter().map(|one| &one.payload[..]).collect::<Vec<_>>(),
        [&b"one"[..], b"two", b"three"]
    );
    let counts = proxy.counts();
    assert_eq!(counts.connections, 4);
    assert!(counts.trickles > 8 && counts.delays > 8, "{counts:?}");
}

#[test]
fn lines_of_the_configuration_count() {
    let Some(broker) = Broker::for_test(BrokerOptions::default().line("log_type all")) else {
        return;
    };
    mosquitto_pub(broker.port(), ["-q", "1", "-t", "a"], b"short").unwrap();
    assert!(broker.log().contains("Received PUBLISH"), "{}", broker.log());

    let error = Broker::start(BrokerOptions::default().line("no_such_option")).unwrap_err();
    assert!(error.to_string().contains("no_such_option"), "{error}");
}
