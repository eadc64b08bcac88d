//! A fault of the server itself: it does not go on with half of it.

use core::time::Duration;
use loopback::PATIENCE;
use mqc_server::{Listen, Server, Settings};
use std::io::{self, Write};
use std::net::TcpStream;
use tokio::time::timeout;

/// The end of a log that does not bear to be told that somebody has connected.
struct Brittle;

impl Write for Brittle {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        assert!(!String::from_utf8_lossy(line).contains(" connected"), "as it should");
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_panic_ends_the_server() {
    tracing_subscriber::fmt().with_writer(|| Brittle).init();
    let listen = vec![Listen::new("127.0.0.1:0".parse().unwrap())];
    let server = Server::start(Settings { listen, ..Settings::default() }).unwrap();
    let mut stream = TcpStream::connect(server.addresses()[0]).unwrap();
    timeout(Duration::from_millis(50), server.ended()).await.expect_err("all is well");
    stream.write_all(b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a").unwrap();
    timeout(PATIENCE, server.ended()).await.expect("it has ended");
    server.stop();
}
