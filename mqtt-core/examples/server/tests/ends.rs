//! How connections end, and the server: with last words, and within a time that nobody else has in hand.

mod frames;
mod program;
mod wire;

use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use core::time::Duration;
use frames::{BINARY, frame, websocket};
use loopback::{Certificates, Identity, PATIENCE, Program, Stream, within};
use mqc_server::{Listen, Server, Settings, Tls};
use program::{LISTEN, Running, start};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto};
use wire::{connect, hello, packet};

/// DISCONNECT: the server is shutting down.
const LAST: [u8; 3] = [0xE0, 1, 0x8B];
/// So many that the threads that encrypt and frame are not done at once.
const MANY: u8 = 40;

/// Shakes hands.
fn tls(port: u16, certificates: &Certificates) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificates.authority()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let client = ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(client, connect(port));
    stream.flush().unwrap();
    stream
}

/// How many files a program has open: its sockets are among them.
fn open_files(program: &Program) -> usize {
    fs::read_dir(format!("/proc/{}/fd", program.id())).expect("it runs").count()
}

/// Listeners for WebSocket, TLS and both.
fn listeners(certificates: &Certificates) -> String {
    let Identity { certificate, key } = certificates.server();
    let tls = format!("certificate = {certificate:?}\nkey = {key:?}\n");
    format!("{LISTEN}websocket = true\n{LISTEN}{tls}{LISTEN}websocket = true\n{tls}")
}

#[test]
fn sockets_of_those_who_stay_silent_are_closed() {
    let certificates = Certificates::new().unwrap();
    let config = format!("{}[limits]\nconnect_timeout = 1\n", listeners(&certificates));
    let Running { program, ports, .. } = start(&config, "");
    let before = open_files(&program);
    // There is no version 9, and some say nothing at all.
    let mut wrong = hello(b'a');
    wrong[8] = 9;
    let mut silent: Vec<Box<dyn Read>> = Vec::new();
    for says in [Some(wrong), None] {
        let says = says.as_deref();
        let framed = says.map(|says| frame(BINARY, says));
        let (says, framed) = (says.unwrap_or_default(), framed.unwrap_or_default());
        let mut ws = websocket(connect(ports[0]));
        ws.write_all(&framed).unwrap();
        let mut secure = tls(ports[1], &certificates);
        secure.write_all(says).unwrap();
        let mut both = websocket(tls(ports[2], &certificates));
        both.write_all(&framed).unwrap();
        // Not even hands are shaken.
        silent.extend(ports.iter().map(|&port| Box::new(connect(port)) as Box<dyn Read>));
        silent.extend([Box::new(ws) as Box<dyn Read>, Box::new(secure), Box::new(both)]);
    }
    within(PATIENCE, || (open_files(&program) == before).then_some(())).expect("all are closed");
    for stream in &mut silent {
        // However it ends: there is no farewell of TLS behind that of WebSocket.
        let is_open = matches!(stream.read_to_end(&mut Vec::new()), Err(why) if why.kind() == ErrorKind::WouldBlock);
        assert!(!is_open);
    }
}

#[test]
fn sockets_of_those_who_do_not_read_are_closed() {
    let certificates = Certificates::new().unwrap();
    let config = format!("{}{LISTEN}", listeners(&certificates));
    let Running { program, ports, .. } = start(&config, "");
    let mut publisher = connect(ports[3]);
    publisher.write_all(&hello(b'p')).unwrap();
    packet(&mut publisher);
    let before = open_files(&program);
    let subscribe = [0x82, 7, 0, 1, 0, 0, 1, b't', 0];
    let mut ws = websocket(connect(ports[0]));
    let mut secure = tls(ports[1], &certificates);
    for (says_ws, says_tls) in
        [(hello(b'w'), hello(b's')), (subscribe.to_vec(), subscribe.to_vec())]
    {
        ws.write_all(&frame(BINARY, &says_ws)).unwrap();
        packet(&mut ws);
        secure.write_all(&says_tls).unwrap();
        packet(&mut secure);
    }
    // More than all buffers hold.
    let mut message = vec![0x30, 0x83, 0xA0, 0x01, 0, 1, b't', 0];
    message.resize(4 + 0x5003, b'x');
    for _ in 0..600 {
        publisher.write_all(&message).unwrap();
    }
    publisher.write_all(&[0xC0, 0]).unwrap();
    assert_eq!(packet(&mut publisher), [0xD0, 0]);
    // Others take their sessions.
    let others = [b'w', b's'].map(|client_id| {
        let mut other = connect(ports[3]);
        other.write_all(&hello(client_id)).unwrap();
        assert_eq!(packet(&mut other)[3], 0);
        other
    });
    let wanted = before + others.len();
    within(PATIENCE, || (open_files(&program) == wanted).then_some(())).expect("both are closed");
    drop((ws, secure));
}

/// Publishes until the server has said its last words; gives whether it could, and these.
fn publish_to_the_end(port: u16, client_id: u8, ready: &AtomicUsize) -> (bool, Vec<u8>) {
    let mut stream = connect(port);
    stream.write_all(&hello(client_id)).unwrap();
    packet(&mut stream);
    let mut writer = stream.try_clone().unwrap();
    let mut message = vec![0x30, 0x83, 0x08, 0, 1, b't', 0];
    message.resize(3 + 0x403, b'x');
    let has_all = AtomicBool::new(false);
    thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut is_read = true;
            while is_read && !has_all.load(SeqCst) {
                is_read = writer.write_all(&message).is_ok();
            }
            is_read && writer.shutdown(Shutdown::Write).is_ok()
        });
        ready.fetch_add(1, SeqCst);
        let mut last = vec![0];
        stream.read_exact(&mut last).unwrap();
        // It takes its time, but not as long as it may.
        thread::sleep(Duration::from_millis(20));
        has_all.store(true, SeqCst);
        // If it is reset, what has come is not all.
        let _ = stream.read_to_end(&mut last);
        (writing.join().unwrap(), last)
    })
}

#[test]
fn clients_are_told_that_it_ends() {
    let certificates = Certificates::new().unwrap();
    let Identity { certificate, key } = certificates.server();
    let any = Listen::new("127.0.0.1:0".parse().unwrap());
    let files = Some(Tls { certificate, key, client_ca: None });
    let listen = vec![
        any.clone(),
        Listen { tls: files, ..any.clone() },
        Listen { is_websocket: true, ..any },
    ];
    let server = Server::start(Settings { listen, ..Settings::default() }).unwrap();
    let ports: Vec<u16> = server.addresses().iter().map(SocketAddr::port).collect();
    let mut quiet = connect(ports[0]);
    quiet.write_all(&hello(b'&')).unwrap();
    assert_eq!(packet(&mut quiet)[3], 0);
    let mut others: Vec<_> = (0..MANY)
        .map(|number| {
            let mut secure = tls(ports[1], &certificates);
            secure.write_all(&hello(number + b'0')).unwrap();
            packet(&mut secure);
            let mut ws = websocket(connect(ports[2]));
            ws.write_all(&frame(BINARY, &hello(number + b'0' + MANY))).unwrap();
            packet(&mut ws);
            (secure, ws)
        })
        .collect();
    let ready = &AtomicUsize::new(0);
    thread::scope(|scope| {
        let port = ports[0];
        let publish = |id| scope.spawn(move || publish_to_the_end(port, id, ready));
        let publishing = [b'!', b'#', b'$', b'%'].map(publish);
        within(PATIENCE, || (ready.load(SeqCst) == 4).then_some(())).expect("they publish");
        server.stop();
        for client in publishing {
            assert_eq!(client.join().unwrap(), (true, LAST.to_vec()));
        }
    });
    assert_eq!(packet(&mut quiet), LAST);
    assert_eq!(quiet.read(&mut [0]).unwrap(), 0, "and then it is over");
    for (secure, ws) in &mut others {
        assert_eq!(packet(secure), LAST);
        assert_eq!(packet(ws)[2..], LAST);
    }
}

fn send(program: &Program, signal: Signal) {
    kill_process(Pid::from_raw(program.id() as i32).unwrap(), signal).unwrap();
}

#[test]
fn the_program_ends_with_sigint_and_sigterm() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut running = start(LISTEN, "");
        let mut stream = connect(running.ports[0]);
        stream.write_all(&hello(b'a')).unwrap();
        packet(&mut stream);
        send(&running.program, signal);
        assert!(running.program.wait(PATIENCE).expect("it ends").success());
        assert_eq!(packet(&mut stream), LAST);
    }
}

#[test]
fn sighup_says_what_is_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    let acl = folder.path().join("acl");
    fs::write(&acl, "default allow\n").unwrap();
    let acl = format!("acl = {acl:?}\n");
    for (files, said) in [
        (String::new(), "nothing is read anew: there are no files of users or rules"),
        ("users = \"users\"\n".to_owned(), "users are read anew, there are no rules"),
        (acl.clone(), "rules are read anew, there are no users"),
        (format!("{acl}users = \"users\"\n"), "users and rules are read anew"),
    ] {
        let running = start(&format!("{files}{LISTEN}"), "");
        send(&running.program, Signal::HUP);
        running.program.wait_for_text(Stream::Stderr, said).unwrap();
    }
}
