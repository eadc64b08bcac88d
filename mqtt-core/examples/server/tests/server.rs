//! The server with clients of others, and with none that keep to the rules.

mod wire;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use loopback::{
    Certificates, Identity, MosquittoSub, PATIENCE, Program, mosquitto_is_here, mosquitto_pub,
};
use mqc_client::{Client, Message, Options};
use mqc_server::{Listen, Server, Settings, Tls};
use mqc_store::{Store, rusqlite};
use mqtt_core::QoS;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::Command;
use wire::{connect, hello, packet};

const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const VERSIONS: [&str; 3] = ["31", "311", "5"];

fn settings() -> Settings {
    Settings { listen: vec![Listen::new(ANY)], ..Settings::default() }
}

fn start() -> Server {
    Server::start(settings()).expect("a server")
}

fn port(server: &Server) -> u16 {
    server.addresses()[0].port()
}

#[test]
fn clients_of_mosquitto_publish_and_receive() {
    if !mosquitto_is_here() {
        return;
    }
    let server = start();
    let port = port(&server);
    for version in VERSIONS {
        let sub = MosquittoSub::start(port, ["-V", version, "-t", "a/+", "-q", "2"]).unwrap();
        for qos in ["0", "1", "2"] {
            for other in VERSIONS {
                let text = format!("{other} {qos}");
                mosquitto_pub(port, ["-V", other, "-t", "a/b", "-q", qos], text.as_bytes())
                    .unwrap();
            }
        }
        let received = sub.wait_for(9, PATIENCE).unwrap();
        assert_eq!(received.len(), 9);
        for message in &received {
            let qos = String::from_utf8_lossy(&message.payload).chars().last();
            assert_eq!(qos, char::from_digit(message.qos.into(), 10), "{message:?}");
        }
    }
    server.stop();
}

#[test]
fn large_payloads_and_retained_messages() {
    if !mosquitto_is_here() {
        return;
    }
    let server = start();
    let port = port(&server);
    let payload: Vec<u8> = (0..900_000_u32).map(|at| (at * 7) as u8).collect();
    mosquitto_pub(port, ["-V", "5", "-t", "r/1", "-q", "1", "-r"], &payload).unwrap();
    for version in VERSIONS {
        let sub = MosquittoSub::start(port, ["-V", version, "-t", "r/#", "-q", "1"]).unwrap();
        let received = sub.wait_for(1, PATIENCE).unwrap();
        assert!(received[0].retain && received[0].payload == payload, "{version}");
    }
}

#[test]
fn sessions_and_messages_outlive_the_server() {
    if !mosquitto_is_here() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", directory.path().join("broker.db").display());
    let settings = || Settings { store: Some(store.clone()), ..settings() };
    let server = Server::start(settings()).unwrap();
    let stay = ["-V", "5", "-i", "anna", "-c", "-x", "3600", "-t", "a/#", "-q", "2"];
    let sub = MosquittoSub::start(port(&server), stay).unwrap();
    sub.stop().unwrap();
    for qos in ["1", "2"] {
        mosquitto_pub(port(&server), ["-V", "5", "-t", "a/b", "-q", qos], qos.as_bytes()).unwrap();
    }
    mosquitto_pub(port(&server), ["-V", "5", "-t", "a/kept", "-q", "1", "-r"], b"3").unwrap();
    server.stop();
    let server = Server::start(settings()).unwrap();
    let sub = MosquittoSub::start(port(&server), stay).unwrap();
    // It subscribes anew, and gets the retained message besides.
    let received = sub.wait_for(4, PATIENCE).unwrap();
    let mut payloads: Vec<_> = received.iter().map(|message| &message.payload[..]).collect();
    payloads.sort_unstable();
    assert_eq!(payloads, [b"1", b"2", b"3", b"3"]);
    let sub = MosquittoSub::start(port(&server), ["-V", "5", "-t", "a/kept"]).unwrap();
    assert!(sub.wait_for(1, PATIENCE).unwrap()[0].retain);
}

#[test]
fn one_that_keeps_to_no_rules_harms_nobody() {
    let server = start();
    let port = port(&server);
    let mut honest = connect(port);
    honest.write_all(&hello(b'h')).unwrap();
    packet(&mut honest);
    // They send one byte and wait; garbage; a length of 256 MiB; and go without a word.
    let _waiting: Vec<_> = (0..500)
        .map(|_| {
            let mut stream = connect(port);
            stream.write_all(&[0x10]).unwrap();
            stream
        })
        .collect();
    for bytes in [&[0xFF; 64][..], &[0x10, 0xFF, 0xFF, 0xFF, 0x7F], b"GET / HTTP/1.1\r\n\r\n"] {
        let mut stream = connect(port);
        stream.write_all(bytes).unwrap();
        let mut rest = Vec::new();
        // It may be reset: then that has come too.
        let _ = stream.read_to_end(&mut rest);
        assert!(rest.len() < 16, "{rest:?}");
    }
    for _ in 0..50 {
        drop(connect(port));
    }
    honest.write_all(&[0xC0, 0]).unwrap();
    assert_eq!(packet(&mut honest), [0xD0, 0]);
}

#[test]
fn a_slow_reader_gets_all_in_the_end() {
    let server = start();
    let port = port(&server);
    let mut slow = connect(port);
    slow.write_all(&hello(b's')).unwrap();
    packet(&mut slow);
    slow.write_all(&[0x82, 7, 0, 1, 0, 0, 1, b't', 1]).unwrap();
    assert_eq!(packet(&mut slow)[..2], [0x90, 4]);
    let mut publisher = connect(port);
    publisher.write_all(&hello(b'p')).unwrap();
    packet(&mut publisher);
    // Ninety messages of QoS 1, 20 kB each: more than sockets hold.
    let body = [b'x'; 20_000];
    for id in 1..=90_u16 {
        let mut message = vec![0x32, 0xA6, 0x9C, 0x01, 0, 1, b't'];
        message.extend_from_slice(&id.to_be_bytes());
        message.push(0);
        message.extend_from_slice(&body);
        publisher.write_all(&message).unwrap();
        assert_eq!(packet(&mut publisher)[..4], [0x40, 2, (id >> 8) as u8, id as u8]);
    }
    std::thread::sleep(Duration::from_millis(50));
    for _ in 0..90 {
        let mut message = vec![0; 4 + 20_006];
        slow.read_exact(&mut message).unwrap();
        assert!(message.ends_with(&body));
        let id = &message[7..9];
        slow.write_all(&[0x40, 2, id[0], id[1]]).unwrap();
    }
}

#[test]
fn the_program_says_what_it_does_and_what_is_wrong() {
    let program = env!("CARGO_BIN_EXE_mqc-server");
    let run = |arguments: &[&str]| {
        Program::run(Command::new(program).args(arguments), b"", PATIENCE).expect("it ends")
    };
    assert!(String::from_utf8_lossy(&run(&["--help"]).stdout).contains("--listen"));
    assert!(String::from_utf8_lossy(&run(&["--version"]).stdout).starts_with("mqc-server 0."));
    let address = "127.0.0.1:0";
    for wrong in [
        &["--listen", "nowhere"][..],
        &["--acl", "/nowhere/rules"],
        &["--what"],
        &["--tls", address],
        &["--tls", address, "--key", "server.key"],
        &["--certificate", "server.pem", "--key", "server.key"],
        // Else it would serve, and ask nobody for a certificate.
        &["--client-ca", "ca.pem"],
        &["--check", "--store", "redis:here"],
        &["--check", "--store", "sqlite:"],
    ] {
        let output = run(wrong);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), text.lines().count()), (Some(2), 1), "{text}");
    }
}

fn tls(certificates: &Certificates, client_ca: bool) -> Option<Tls> {
    let Identity { certificate, key } = certificates.server();
    let client_ca = client_ca.then(|| certificates.authority());
    Some(Tls { certificate, key, client_ca })
}

#[test]
fn tls_with_and_without_certificates_of_clients() {
    if !mosquitto_is_here() {
        return;
    }
    let certificates = Certificates::new().unwrap();
    let [plain, mutual] =
        [false, true].map(|mutual| Listen { tls: tls(&certificates, mutual), ..Listen::new(ANY) });
    let server = Server::start(Settings { listen: vec![plain, mutual], ..settings() }).unwrap();
    let ports: Vec<u16> = server.addresses().iter().map(SocketAddr::port).collect();
    let path = |path: PathBuf| path.to_str().expect("UTF-8").to_owned();
    let authority = path(certificates.authority());
    let ca = ["-V", "5", "-t", "t", "--cafile", &authority];
    let with = |identity: Identity| {
        let own = ["--cert".into(), path(identity.certificate), "--key".into(), path(identity.key)];
        ca.map(str::to_owned).into_iter().chain(own).collect::<Vec<_>>()
    };
    let one = MosquittoSub::start(ports[0], ca).unwrap();
    let other = MosquittoSub::start(ports[1], with(certificates.client())).unwrap();
    let payload = vec![b'x'; 300_000];
    mosquitto_pub(ports[0], ca, &payload).unwrap();
    mosquitto_pub(ports[1], with(certificates.client()), &payload).unwrap();
    for sub in [&one, &other] {
        let received = sub.wait_for(2, PATIENCE).unwrap();
        assert!(received.iter().all(|message| message.payload == payload));
    }
    // No certificate, and one of another authority.
    mosquitto_pub(ports[1], ca, b"x").unwrap_err();
    mosquitto_pub(ports[1], with(certificates.impostor()), b"x").unwrap_err();
    // No TLS at all harms nobody.
    connect(ports[0]).write_all(&hello(b'a')).unwrap();
    mosquitto_pub(ports[0], ca, b"x").unwrap();
    assert_eq!(one.wait_for(3, PATIENCE).unwrap().len(), 3);
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let certificates = Certificates::new().unwrap();
    let good = tls(&certificates, true).unwrap();
    let nowhere = || PathBuf::from("/nowhere/x.pem");
    for wrong in [
        Tls { certificate: nowhere(), ..good.clone() },
        Tls { key: nowhere(), ..good.clone() },
        Tls { client_ca: Some(nowhere()), ..good.clone() },
        Tls { certificate: good.key.clone(), ..good.clone() },
    ] {
        let listen = vec![Listen { tls: Some(wrong), ..Listen::new(ANY) }];
        let error = Server::start(Settings { listen, ..settings() }).unwrap_err().to_string();
        assert!(error.contains(".pem") || error.contains("key"), "{error}");
    }
    let other = std::net::TcpListener::bind(ANY).unwrap();
    let taken = other.local_addr().unwrap();
    let error = Server::start(Settings { listen: vec![Listen::new(taken)], ..settings() });
    assert!(error.unwrap_err().to_string().contains(&taken.to_string()));
}

#[tokio::test]
async fn websocket_with_and_without_tls() {
    let certificates = Certificates::new().unwrap();
    let [plain, secure] = [None, tls(&certificates, false)].map(|tls| Listen {
        is_websocket: true,
        tls,
        ..Listen::new(ANY)
    });
    let server = Server::start(Settings { listen: vec![plain, secure], ..settings() }).unwrap();
    for (scheme, address) in ["ws", "wss"].into_iter().zip(server.addresses()) {
        let url = format!("{scheme}://localhost:{}/any/path", address.port());
        let mut options = Options::new(url.parse().unwrap());
        options.tls.ca_file = Some(certificates.authority());
        let (client, mut messages) = Client::connect(options).await.unwrap();
        client.subscribe("t/#", QoS::ExactlyOnce).await.unwrap();
        for len in [0, 1, 70_000, 900_000] {
            let payload = vec![b'x'; len];
            let mut message = Message::new("t/1", payload.clone());
            message.qos = QoS::ExactlyOnce;
            client.publish(message).await.unwrap();
            let received = messages.next().await.expect("a message");
            assert!(received.message.payload[..] == payload, "{len}");
        }
        client.disconnect().await.unwrap();
    }
}

#[test]
fn the_last_words_come_through_whatever_is_sent_behind() {
    let server = start();
    let mut stream = connect(port(&server));
    stream.write_all(&hello(b'a')).unwrap();
    packet(&mut stream);
    // A second CONNECT, and more than it will ever read.
    let mut bytes = hello(b'a');
    bytes.resize(5_000_000, 0xC0);
    stream.write_all(&bytes).unwrap();
    let mut last = Vec::new();
    stream.read_to_end(&mut last).unwrap();
    assert_eq!(last, [0xE0, 1, 0x82]);
}

#[test]
fn a_store_that_hangs_stops_reading_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("broker.db");
    let store = Some(format!("sqlite:{}", file.display()));
    let server = Server::start(Settings { store, ..settings() }).unwrap();
    let mut stream = connect(port(&server));
    stream.write_all(&hello(b'a')).unwrap();
    packet(&mut stream);
    let held = rusqlite::Connection::open(&file).unwrap();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Retained messages of QoS 0, which nothing answers: far more than sockets hold.
    let mut message = vec![0x31, 0x84, 0x08, 0, 1, b't', 0];
    message.resize(3 + 0x404, b'x');
    let messages = message.repeat(60_000);
    stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let mut sent = 0;
    while let Ok(count @ 1..) = stream.write(&messages[sent..]) {
        sent += count;
    }
    assert!(sent < messages.len(), "all is read although nothing can be stored");
    held.execute_batch("ROLLBACK").unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&messages[sent..]).unwrap();
    // And one that is answered when it is safe, with those before it.
    stream.write_all(&[0x33, 7, 0, 1, b't', 0, 1, 0, b'!']).unwrap();
    assert_eq!(packet(&mut stream), [0x40, 3, 0, 1, 0x10]);
    drop(stream);
    server.stop();
    let mut store = Store::open(&format!("sqlite:{}", file.display())).unwrap();
    let loaded = store.load("broker").unwrap();
    assert!(loaded.rows[&b"tt"[..]].ends_with(b"!"));
}
