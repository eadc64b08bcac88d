//! A network that breaks promises: it stands before a broker, and does harm to one message of each connection.

use core::net::SocketAddr;
use mqtt_core::{DecodeOptions, FrameBuffer, Packet, Publish, QoS, Status, Version, decode};
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// What becomes of the third PUBLISH of a QoS that goes to a client.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Harm {
    /// It is gone.
    Lose,
    /// It comes, and once more by itself.
    Repeat,
    /// Its last byte is another.
    Change,
}

/// Which one it is.
const THIRD: usize = 3;

/// Stands before a broker, until the process ends. Gives the port where clients connect.
pub(crate) fn start(broker: SocketAddr, qos: QoS, harm: Harm) -> io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || serve(client, broker, qos, harm));
        }
    });
    Ok(port)
}

fn serve(mut client: TcpStream, broker: SocketAddr, qos: QoS, harm: Harm) -> io::Result<()> {
    let mut up = TcpStream::connect(broker)?;
    up.set_nodelay(true)?;
    client.set_nodelay(true)?;
    // CONNECT comes in one piece over loopback: its version is behind the name of the protocol.
    let mut first = [0; 4096];
    let taken = client.read(&mut first)?;
    up.write_all(&first[..taken])?;
    let level = first[..taken].windows(5).find(|bytes| bytes.starts_with(b"MQTT"));
    let version =
        if level.is_some_and(|bytes| bytes[4] == 5) { Version::V5 } else { Version::V311 };
    let (mut from_client, mut to_broker) = (client.try_clone()?, up.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_broker);
        let _ = to_broker.shutdown(Shutdown::Write);
    });
    let result = downward(&mut up, &mut client, version, qos, harm);
    let _ = client.shutdown(Shutdown::Both);
    result
}

/// From the broker to the client.
fn downward(
    broker: &mut TcpStream,
    client: &mut TcpStream,
    version: Version,
    qos: QoS,
    harm: Harm,
) -> io::Result<()> {
    let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
    frames.set_version(version);
    let (mut buffer, mut count) = (vec![0; 64 * 1024], 0);
    loop {
        let taken = broker.read(&mut buffer)?;
        if taken == 0 {
            return Ok(());
        }
        let (mut input, mut out) = (&buffer[..taken], Vec::new());
        while let Some(frame) = frames.next_frame(&mut input).map_err(io::Error::other)? {
            let packet = decode(frame, Some(version), &DecodeOptions::DEFAULT);
            match packet.map_err(io::Error::other)? {
                Status::Complete(decoded) => match decoded.packet {
                    Packet::Publish(publish) if is_load(&publish, qos) => {
                        count += 1;
                        let harm = (count == THIRD).then_some(harm);
                        forward(frame, &publish, version, harm, &mut out);
                    }
                    _ => out.extend(frame),
                },
                Status::Incomplete { .. } => out.extend(frame),
            }
        }
        client.write_all(&out)?;
    }
}

/// Of many messages, not one of a scene.
fn is_load(publish: &Publish<'_>, qos: QoS) -> bool {
    publish.qos == qos && publish.topic.ends_with("/load")
}

fn forward(
    frame: &[u8],
    publish: &Publish<'_>,
    version: Version,
    harm: Option<Harm>,
    out: &mut Vec<u8>,
) {
    match harm {
        None => out.extend(frame),
        Some(Harm::Lose) => {}
        Some(Harm::Repeat) => {
            out.extend(frame);
            // Of QoS 0, so that no acknowledgement is in the way.
            let again = Publish { qos: QoS::AtMostOnce, packet_id: None, ..*publish };
            Packet::Publish(again).encode(version, out).expect("it came as a packet");
        }
        Some(Harm::Change) => {
            out.extend(frame);
            *out.last_mut().expect("a frame") ^= 1;
        }
    }
}
