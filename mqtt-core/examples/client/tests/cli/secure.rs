//! TLS, WebSocket and URLs.

use super::{PUB, SUB, end, granted, text};
use loopback::{Broker, BrokerOptions, Certificates, MosquittoSub, PATIENCE, Program};
use std::io;
use std::process::Command;

/// Publishes to, and subscribes at, the same broker by other ways.
fn both_ways(broker: &Broker, args: &[&str]) -> io::Result<()> {
    for version in ["311", "5"] {
        let watcher = MosquittoSub::start(broker.port(), ["-t", "a/b"])?;
        let mut command = Command::new(PUB);
        command.args(args).args(["-V", version, "-q", "1", "-t", "a/b", "-m", "x"]);
        let output = Program::run(&mut command, b"", PATIENCE)?;
        assert_eq!(
            (text(&output.stderr).as_str(), output.status.code()),
            ("", Some(0)),
            "{args:?}"
        );
        assert_eq!(watcher.wait_for(1, PATIENCE)?[0].payload, b"x");
        let mut command = Command::new(SUB);
        command.args(args).args(["-V", version, "-q", "1", "-t", "a/b", "-C", "1", "-d"]);
        let program = Program::spawn(&mut command)?;
        granted(&program)?;
        loopback::mosquitto_pub(broker.port(), ["-t", "a/b", "-q", "1"], b"y")?;
        assert_eq!(end(program)?, ("y\n".to_owned(), Some(0)));
    }
    Ok(())
}

/// What `mqc-pub` says, and its exit code.
fn failed(args: &[&str]) -> io::Result<(String, Option<i32>)> {
    let mut command = Command::new(PUB);
    let output = Program::run(command.args(["-t", "a", "-m", "x"]).args(args), b"", PATIENCE)?;
    let said = text(&output.stderr);
    assert_eq!(said.lines().count(), 1, "{said}");
    Ok((said, output.status.code()))
}

#[test]
fn tls() -> io::Result<()> {
    let certificates = Certificates::new()?;
    let options =
        BrokerOptions { certificates: Some(certificates.clone()), ..BrokerOptions::default() };
    let Some(broker) = Broker::for_test(options) else { return Ok(()) };
    let path = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
    let (authority, stranger) = (path(certificates.authority()), path(certificates.stranger()));
    let port = broker.tls_port().to_string();
    let url = format!("mqtts://localhost:{port}");
    both_ways(&broker, &["-h", "localhost", "-p", &port, "--cafile", &authority])?;
    both_ways(&broker, &["-L", &url, "--cafile", &authority])?;
    let named = ["-h", "127.0.0.1", "-p", &port, "--cafile", &authority, "--server-name"];
    both_ways(&broker, &[&named[..], &["localhost"]].concat())?;
    both_ways(&broker, &["-L", &url, "--cafile", &authority, "--tls-servername", "localhost"])?;

    let (said, code) = failed(&[&named[..], &["elsewhere"]].concat())?;
    assert!(said.contains("certificate not valid for name \"elsewhere\""), "{said}");
    assert_eq!(code, Some(1));
    for args in [&["--cafile", &stranger][..], &[], &["--tls-use-os-certs"]] {
        let (said, code) = failed(&[&["-L", &url], args].concat())?;
        assert!(said.contains("invalid peer certificate: UnknownIssuer"), "{said}");
        assert_eq!(code, Some(1));
    }

    let port = broker.mutual_tls_port().to_string();
    let common = ["-h", "localhost", "-p", &port, "--cafile", &authority];
    let identity = certificates.client();
    let (certificate, key) = (path(identity.certificate), path(identity.key));
    both_ways(&broker, &[&common[..], &["--cert", &certificate, "--key", &key]].concat())?;
    let (_, code) = failed(&common)?;
    assert_eq!(code, Some(1));
    let (said, code) = failed(&[&common[..], &["--cert", &certificate]].concat())?;
    assert!(said.contains("--key <FILE>"), "{said}");
    assert_eq!(code, Some(2));
    Ok(())
}

#[test]
fn websocket() -> io::Result<()> {
    let Some(broker) =
        Broker::for_test(BrokerOptions { websocket: true, ..BrokerOptions::default() })
    else {
        return Ok(());
    };
    let host = format!("ws://127.0.0.1:{}", broker.websocket_port());
    both_ways(&broker, &["-L", &host])?;
    both_ways(&broker, &["-L", &format!("{host}/any/path")])
}

#[test]
fn websocket_in_tls() -> io::Result<()> {
    let certificates = Certificates::new()?;
    let options = BrokerOptions {
        certificates: Some(certificates.clone()),
        websocket: true,
        ..BrokerOptions::default()
    };
    let Some(broker) = Broker::for_test(options) else { return Ok(()) };
    let authority = certificates.authority().to_string_lossy().into_owned();
    let url = format!("wss://localhost:{}/mqtt", broker.secure_websocket_port());
    both_ways(&broker, &["-L", &url, "--cafile", &authority])?;
    let (said, code) = failed(&["-L", &url])?;
    assert!(said.contains("invalid peer certificate: UnknownIssuer"), "{said}");
    assert_eq!(code, Some(1));
    Ok(())
}

#[test]
fn a_topic_in_the_url() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let url = format!("mqtt://127.0.0.1:{}/a/b", broker.port());
    let mut command = Command::new(SUB);
    let program = Program::spawn(command.args(["-d", "-v", "-C", "2", "-L", &url, "-t", "c"]))?;
    granted(&program)?;
    let mut command = Command::new(PUB);
    let output = Program::run(command.args(["-L", &url, "-m", "x"]), b"", PATIENCE)?;
    assert_eq!((text(&output.stderr).as_str(), output.status.code()), ("", Some(0)));
    loopback::mosquitto_pub(broker.port(), ["-t", "c"], b"y")?;
    assert_eq!(end(program)?.0, "a/b x\nc y\n");
    Ok(())
}
