//! A network that breaks promises: it stands before a broker, and does harm to what goes to clients.

use core::net::SocketAddr;
use mqtt_core::{
    ConnAck, DecodeOptions, FrameBuffer, Packet, PacketId, Publish, QoS, Status, SubAck, Version,
    decode,
};
use std::io::{self, Read, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What is done, and to the load of which QoS; that of a scene has any.
pub(crate) type Harms = &'static [(QoS, Harm)];

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    /// The third message of a load, on each connection, is gone.
    Lose,
    /// It comes, and once more, as another of its QoS.
    Repeat,
    /// Its last byte is another.
    Change,
    /// It comes with QoS 0.
    Downgrade,
    /// It comes on another topic.
    OtherTopic,
    /// It comes after the next one of its publisher.
    Swap,
    /// All messages of the load come with QoS 0, and so it was granted.
    Grant,
    /// The third PUBACK is gone, on each connection that publishes a load.
    Unanswered,
    /// RETAIN is cleared.
    NotRetained,
    /// The PUBACK of a retained message is gone, unless that one is empty.
    RetainUnanswered,
    /// Retained messages are gone.
    RetainLost,
    /// The will is gone.
    NoWill,
    /// The will comes twice.
    WillAgain,
    /// No session is said to be there.
    NoSession,
    /// On connections that go on with a session the third message of QoS 2 comes again.
    RepeatAfterCut,
    /// The third response is gone.
    NoResponse,
    /// Subscriptions of a group are refused, with this code.
    NoShares(u8),
}

impl Harm {
    /// It is done to messages of a load that go to subscribers.
    const fn is_of_load(self) -> bool {
        use Harm::{Change, Downgrade, Grant, Lose, OtherTopic, Repeat, Swap};
        matches!(self, Change | Downgrade | Grant | Lose | OtherTopic | Repeat | Swap)
    }
}

/// Which one harm is done to.
const THIRD: usize = 3;

/// Stands before a broker, until the process ends. Gives the port where clients connect.
pub(crate) fn start(broker: SocketAddr, harms: Harms) -> io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || serve(client, broker, harms));
        }
    });
    Ok(port)
}

/// What a client has sent.
#[derive(Debug, Default)]
struct Sent {
    /// It publishes a load.
    has_load: bool,
    /// It subscribes as one of a group.
    shared: Option<PacketId>,
    /// It subscribes to a load.
    subscribed: Option<PacketId>,
    /// The identifier of its retained message.
    retained: Option<PacketId>,
}

fn serve(mut client: TcpStream, broker: SocketAddr, harms: Harms) -> io::Result<()> {
    let mut up = TcpStream::connect(broker)?;
    up.set_nodelay(true)?;
    client.set_nodelay(true)?;
    // CONNECT comes in one piece over loopback: its version is behind the name of the protocol.
    let mut first = vec![0; 4096];
    let taken = client.read(&mut first)?;
    first.truncate(taken);
    up.write_all(&first)?;
    let level = first.windows(5).find(|bytes| bytes.starts_with(b"MQTT"));
    let version =
        if level.is_some_and(|bytes| bytes[4] == 5) { Version::V5 } else { Version::V311 };
    let sent = Arc::new(Mutex::new(Sent::default()));
    let (mut from_client, mut to_broker) = (client.try_clone()?, up.try_clone()?);
    let noted = sent.clone();
    thread::spawn(move || {
        let note = |_: &[u8], packet: Packet<'_>, _: &mut Vec<u8>| {
            noted.lock().unwrap_or_else(PoisonError::into_inner).note(&packet, harms);
        };
        let pass = |bytes: &[u8], _: Vec<u8>| to_broker.write_all(bytes);
        // What is behind CONNECT has come later.
        let _ = packets(&mut from_client, version, note, pass);
        let _ = to_broker.shutdown(Shutdown::Write);
    });
    let mut down = Down { version, harms, sent, count: 0, held: None, has_session: false };
    let harm =
        |frame: &[u8], packet: Packet<'_>, out: &mut Vec<u8>| down.forward(frame, packet, out);
    let result = packets(&mut up, version, harm, |_, out| client.write_all(&out));
    let _ = client.shutdown(Shutdown::Both);
    result
}

/// Reads to the end: `each` gets each packet, and `done` what was read at a time, and what `each` made of it.
fn packets(
    from: &mut impl Read,
    version: Version,
    mut each: impl FnMut(&[u8], Packet<'_>, &mut Vec<u8>),
    mut done: impl FnMut(&[u8], Vec<u8>) -> io::Result<()>,
) -> io::Result<()> {
    let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
    frames.set_version(version);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let taken = from.read(&mut buffer)?;
        if taken == 0 {
            return Ok(());
        }
        let (mut input, mut out) = (&buffer[..taken], Vec::new());
        while let Some(frame) = frames.next_frame(&mut input).map_err(io::Error::other)? {
            let packet = decode(frame, Some(version), &DecodeOptions::DEFAULT);
            match packet.map_err(io::Error::other)? {
                Status::Complete(decoded) => each(frame, decoded.packet, &mut out),
                Status::Incomplete { .. } => out.extend(frame),
            }
        }
        done(&buffer[..taken], out)?;
    }
}

impl Sent {
    fn note(&mut self, packet: &Packet<'_>, harms: Harms) {
        match packet {
            Packet::Publish(publish) => {
                self.has_load |=
                    qos_of(harms, Harm::Unanswered).is_some_and(|qos| is_load(publish, qos));
                if publish.retain && !publish.payload.is_empty() {
                    self.retained = publish.packet_id;
                }
            }
            Packet::Subscribe(subscribe) => {
                let has = |what: &str| {
                    subscribe.filters.into_iter().any(|filter| filter.filter.contains(what))
                };
                let id = Some(subscribe.packet_id);
                self.shared = id.filter(|_| has("$share/")).or(self.shared);
                let is_of_load = qos_of(harms, Harm::Grant).is_some_and(|qos| has(&mark_of(qos)));
                self.subscribed = id.filter(|_| is_of_load).or(self.subscribed);
            }
            _ => {}
        }
    }
}

/// To which load that is done, if it is.
fn qos_of(harms: Harms, wanted: Harm) -> Option<QoS> {
    harms.iter().find(|(_, harm)| *harm == wanted).map(|(qos, _)| *qos)
}

/// What is in all topics of a load.
fn mark_of(qos: QoS) -> String {
    format!("/q{}/", qos as u8)
}

/// Of many messages, not one of a scene.
fn is_load(publish: &Publish<'_>, qos: QoS) -> bool {
    publish.qos == qos && publish.topic.ends_with("/load")
}

/// What goes to a client.
struct Down {
    version: Version,
    harms: Harms,
    sent: Arc<Mutex<Sent>>,
    /// Of what harm may be done to.
    count: usize,
    /// A message that waits for the next one of its topic.
    held: Option<(String, Vec<u8>)>,
    /// The connection goes on with a session.
    has_session: bool,
}

impl Down {
    fn has(&self, wanted: Harm) -> bool {
        qos_of(self.harms, wanted).is_some()
    }

    fn forward(&mut self, frame: &[u8], packet: Packet<'_>, out: &mut Vec<u8>) {
        let sent = self.sent.clone();
        let sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
        match packet {
            Packet::ConnAck(connack) => {
                self.has_session = connack.session_present;
                let session_present = connack.session_present && !self.has(Harm::NoSession);
                self.write(ConnAck { session_present, ..connack }, out);
            }
            Packet::SubAck(suback) => {
                let id = Some(suback.packet_id);
                let refusal = self.harms.iter().find_map(|(_, harm)| match harm {
                    Harm::Grant if sent.subscribed == id => Some(0),
                    Harm::NoShares(code) if sent.shared == id => Some(*code),
                    _ => None,
                });
                match refusal {
                    Some(code) => Self::suback(frame, &suback, code, out),
                    None => out.extend(frame),
                }
            }
            Packet::PubAck(_) if sent.has_load && self.is_third() => {}
            Packet::PubAck(ack)
                if self.has(Harm::RetainUnanswered) && sent.retained == Some(ack.packet_id) => {}
            Packet::Publish(publish) => self.publish(frame, publish, out),
            _ => out.extend(frame),
        }
    }

    /// With other codes: they are the last bytes.
    fn suback(frame: &[u8], suback: &SubAck<'_>, code: u8, out: &mut Vec<u8>) {
        out.extend(frame);
        let codes = suback.reasons.into_iter().count();
        let from = out.len() - codes;
        out[from..].fill(code);
    }

    fn publish(&mut self, frame: &[u8], publish: Publish<'_>, out: &mut Vec<u8>) {
        let is = |end: &str| publish.topic.ends_with(end);
        let is_load = |(qos, harm): &&(QoS, Harm)| harm.is_of_load() && is_load(&publish, *qos);
        if let Some((_, harm)) = self.harms.iter().find(is_load) {
            self.load(*harm, frame, publish, out);
        } else if publish.retain && self.has(Harm::NotRetained) {
            self.write(Publish { retain: false, ..publish }, out);
        } else if is("/will/doomed") && self.has(Harm::WillAgain)
            || is("/cut/1") && self.has(Harm::RepeatAfterCut) && self.has_session && self.is_third()
        {
            self.twice(frame, publish, out);
        } else {
            let is_gone = publish.retain && self.has(Harm::RetainLost)
                || is("/will/doomed") && self.has(Harm::NoWill)
                || is("/answers") && self.has(Harm::NoResponse) && self.is_third();
            out.extend(if is_gone { &[] } else { frame });
        }
    }

    fn load(&mut self, harm: Harm, frame: &[u8], publish: Publish<'_>, out: &mut Vec<u8>) {
        let at_most_once = Publish { qos: QoS::AtMostOnce, packet_id: None, dup: false, ..publish };
        match harm {
            Harm::Grant => self.write(at_most_once, out),
            Harm::Lose if self.is_third() => {}
            Harm::Repeat if self.is_third() => self.twice(frame, publish, out),
            Harm::Change if self.is_third() => {
                out.extend(frame);
                *out.last_mut().expect("a frame") ^= 1;
            }
            Harm::Downgrade if self.is_third() => self.write(at_most_once, out),
            Harm::OtherTopic if self.is_third() => {
                let topic = &publish.topic.replace("/load", "/lost");
                self.write(Publish { topic, ..publish }, out);
            }
            Harm::Swap if self.is_third() => {
                self.held = Some((publish.topic.to_owned(), frame.to_vec()));
            }
            _ => {
                out.extend(frame);
                if let Some((_, held)) = self.held.take_if(|(topic, _)| topic == publish.topic) {
                    out.extend(held);
                }
            }
        }
    }

    fn is_third(&mut self) -> bool {
        self.count += 1;
        self.count == THIRD
    }

    /// Once more with a packet identifier that brokers come to last of all.
    fn twice(&self, frame: &[u8], publish: Publish<'_>, out: &mut Vec<u8>) {
        out.extend(frame);
        let packet_id = publish.packet_id.and(PacketId::new(u16::MAX));
        self.write(Publish { packet_id, ..publish }, out);
    }

    fn write<'a>(&self, packet: impl Into<Packet<'a>>, out: &mut Vec<u8>) {
        packet.into().encode(self.version, out).expect("it came as a packet");
    }
}
