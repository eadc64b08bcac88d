//! The proxy between two sockets of ours.

use core::time::Duration;
use loopback::{FaultProxy, Faults, PATIENCE, within};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// A server that sends back what it gets, until its process ends.
fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut copy = stream.try_clone().unwrap();
                let _ = io::copy(&mut stream, &mut copy);
                let _ = copy.shutdown(Shutdown::Write);
            });
        }
    });
    port
}

fn connect(proxy: &FaultProxy) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends bytes, and returns what comes back until as many came or the connection ended.
fn there_and_back(stream: &TcpStream, bytes: &[u8]) -> Vec<u8> {
    thread::scope(|scope| {
        let mut half = stream;
        scope.spawn(move || half.write_all(bytes));
        let mut back = Vec::new();
        // An error is an end too.
        let _ = stream.take(bytes.len() as u64).read_to_end(&mut back);
        back
    })
}

fn bytes(count: usize) -> Vec<u8> {
    (0_u32..)
        .flat_map(|number| number.wrapping_mul(2_654_435_769).to_be_bytes())
        .take(count)
        .collect()
}

#[test]
fn without_faults_nothing_changes() {
    let proxy = FaultProxy::start(echo(), Faults::default()).unwrap();
    let sent = bytes(3_000_000);
    let stream = connect(&proxy);
    assert!(there_and_back(&stream, &sent) == sent);
    // A half close goes through.
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!((&stream).read(&mut [0]).unwrap(), 0);
    let counts = proxy.counts();
    assert_eq!((counts.bytes_up, counts.bytes_down), (3_000_000, 3_000_000));
    assert_eq!(counts.connections, 1);
    assert_eq!(counts.cuts + counts.stalls + counts.delays + counts.trickles, 0);
}

#[test]
fn a_cut_comes_after_the_same_bytes_each_time() {
    let upward = || {
        let faults = Faults { seed: 3, cut: Some(0..=2_000), ..Faults::default() };
        // It only takes, so that nothing is lost by a reset.
        let target = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = FaultProxy::start(target.local_addr().unwrap().port(), faults).unwrap();
        let sent = bytes(4_000);
        (0..20)
            .map(|_| {
                let mut stream = connect(&proxy);
                let (mut server, _) = target.accept().unwrap();
                stream.write_all(&sent).unwrap();
                // An error means that it is cut already.
                let _ = stream.shutdown(Shutdown::Write);
                let mut got = Vec::new();
                server.read_to_end(&mut got).unwrap();
                assert!(sent.starts_with(&got));
                got.len()
            })
            .collect::<Vec<usize>>()
    };
    let lengths = upward();
    assert_eq!(lengths, upward());
    // The others are cut downward, where nothing was sent.
    let cut = lengths.iter().filter(|length| **length <= 2_000).count();
    assert!((3..18).contains(&cut), "{lengths:?}");
}

#[test]
fn delays_and_trickles_keep_the_bytes() {
    let faults = Faults { seed: 1, delay: Some(1..=3), trickle: Some(1..=20), ..Faults::default() };
    let proxy = FaultProxy::start(echo(), faults).unwrap();
    let sent = bytes(2_000);
    let stream = connect(&proxy);
    assert_eq!(there_and_back(&stream, &sent), sent);
    let counts = proxy.counts();
    assert!(counts.delays > 0 && counts.trickles > 1, "{counts:?}");
    assert_eq!(counts.cuts + counts.stalls, 0);
}

#[test]
fn what_stalls_goes_on_when_healed() {
    let faults =
        Faults { seed: 5, stall: Some(10..=1_000), stall_for: 100 * PATIENCE, ..Faults::default() };
    let proxy = FaultProxy::start(echo(), faults).unwrap();
    let sent = bytes(5_000);
    let streams: Vec<TcpStream> = (0..8).map(|_| connect(&proxy)).collect();
    for mut stream in &streams {
        stream.write_all(&sent).unwrap();
    }
    within(PATIENCE, || (proxy.counts().stalls == 8).then_some(())).unwrap();
    let backs: Vec<Vec<u8>> = streams
        .iter()
        .map(|mut stream| {
            // Open, and silent.
            stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
            let mut back = Vec::new();
            let error = stream.read_to_end(&mut back).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
            assert!(back.len() <= 1_000);
            back
        })
        .collect();
    assert_eq!(proxy.counts().open, 8);
    proxy.heal();
    for (stream, mut back) in streams.iter().zip(backs) {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let left = sent.len() - back.len();
        stream.take(left as u64).read_to_end(&mut back).unwrap();
        assert_eq!(back, sent);
    }
    assert_eq!(proxy.counts().cuts, 0);
}

#[test]
fn a_stall_ends_with_the_client_or_its_time() {
    let stall = |stall_for| {
        let faults = Faults { stall: Some(1..=1), stall_for, ..Faults::default() };
        let proxy = FaultProxy::start(echo(), faults).unwrap();
        let mut stream = connect(&proxy);
        stream.write_all(&bytes(100)).unwrap();
        within(PATIENCE, || (proxy.counts().stalls == 1).then_some(())).unwrap();
        (proxy, stream)
    };
    let end = |proxy: &FaultProxy| within(PATIENCE, || (proxy.counts().open == 0).then_some(()));
    let (proxy, stream) = stall(Duration::from_secs(3_600));
    drop(stream);
    end(&proxy).unwrap();

    let (proxy, stream) = stall(Duration::from_millis(30));
    end(&proxy).unwrap();
    assert_eq!(proxy.counts().cuts, 1);
    drop(stream);
}

#[test]
fn connections_are_refused_for_a_moment() {
    let faults = Faults { refuse: Some(3_600_000..=3_600_000), ..Faults::default() };
    let proxy = FaultProxy::start(echo(), faults).unwrap();
    drop(connect(&proxy));
    within(PATIENCE, || (proxy.counts().refusals == 1).then_some(())).unwrap();
    let error = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    proxy.heal();
    within(PATIENCE, || TcpStream::connect(("127.0.0.1", proxy.port())).ok()).unwrap();
}

#[test]
fn there_are_bounds() {
    let faults = Faults { max_connections: 2, max_bytes: 1_000, ..Faults::default() };
    let proxy = FaultProxy::start(echo(), faults).unwrap();
    let mut streams = Vec::new();
    for _ in 0..2 {
        let stream = connect(&proxy);
        assert_eq!(there_and_back(&stream, b"x"), b"x");
        streams.push(stream);
    }
    assert_eq!(there_and_back(&connect(&proxy), b"x"), b"");
    assert_eq!(proxy.counts().turned_away, 1);
    assert!(there_and_back(&streams[0], &bytes(2_000)).len() < 1_000);
    assert_eq!(there_and_back(&streams[1], b"x"), b"");
}

#[test]
fn all_can_be_cut() {
    let proxy = FaultProxy::start(echo(), Faults::default()).unwrap();
    let streams: Vec<TcpStream> = (0..3).map(|_| connect(&proxy)).collect();
    for stream in &streams {
        assert_eq!(there_and_back(stream, b"abc"), b"abc");
    }
    proxy.cut_all();
    for stream in &streams {
        assert_eq!(there_and_back(stream, b"abc"), b"");
    }
    assert_eq!(proxy.counts().cuts, 3);
    assert_eq!(there_and_back(&connect(&proxy), b"abc"), b"abc");

    // The end of a proxy ends its connections.
    let stream = connect(&proxy);
    assert_eq!(there_and_back(&stream, b"abc"), b"abc");
    drop(proxy);
    assert_eq!(there_and_back(&stream, b"abc"), b"");
}
