//! The code in `README.md`, `docs/rust.md` and `docs/durability.md` works: Rust is a copy of what is tested here, or
//! with the client that has a store, C and Python of what is tested beside the bindings.

const PAGES: [&str; 3] = [
    include_str!("../../README.md"),
    include_str!("../../docs/rust.md"),
    include_str!("../../docs/durability.md"),
];
const TESTED: &str =
    concat!(include_str!("readme.rs"), include_str!("../examples/client/tests/durability_page.rs"));
const LIMITS: &str = include_str!("../../docs/limits.md");

#[test]
fn in_ten_lines() -> Result<(), Box<dyn core::error::Error>> {
    use mqtt_core::{DecodeOptions, Decoded, Packet, Publish, Status, Version, decode};

    let publish = Publish { topic: "sensors/7", payload: b"21.5", ..Publish::default() };
    let mut bytes = Vec::new();
    Packet::from(publish).encode(Version::V5, &mut bytes)?;

    match decode(&bytes, Some(Version::V5), &DecodeOptions::DEFAULT)? {
        Status::Complete(Decoded { packet: Packet::Publish(publish), consumed, .. }) => {
            println!("{}: {} bytes of {consumed}", publish.topic, publish.payload.len());
        }
        Status::Complete(other) => println!("{:?}", other.packet),
        Status::Incomplete { needed } => println!("{needed} bytes are needed"),
    }
    assert_eq!(bytes.len(), 18);
    Ok(())
}

mod reading {
    use mqtt_core::{DecodeError, DecodeOptions, Packet, Status, Version, decode};

    /// Reads the whole packets at the front of `input` and says how many bytes they took.
    fn read(input: &[u8], version: Version) -> Result<usize, DecodeError> {
        let mut taken = 0;
        while let Status::Complete(decoded) =
            decode(&input[taken..], Some(version), &DecodeOptions::DEFAULT)?
        {
            if let Packet::Publish(publish) = decoded.packet {
                println!("{}: {} bytes", publish.topic, publish.payload.len());
            }
            taken += decoded.consumed;
        }
        Ok(taken) // what follows is the beginning of a packet
    }

    #[test]
    fn whole_packets_are_taken() {
        let two_and_a_half = b"\x30\x05\0\x01ahi\xC0\0\x30\x05\0\x01";
        assert_eq!(read(two_and_a_half, Version::V311), Ok(9));
        assert!(read(b"\xC0\0\x36\x05", Version::V311).is_err());
    }
}

#[test]
fn refusing() {
    use mqtt_core::{DecodeOptions, ErrorKind, ReasonCode, Response, Version, decode};

    let bytes = b"\x82\x0E\0\x0A\0\0\x08a/b/#/cd\x01"; // SUBSCRIBE with `#` in the middle
    let error = decode(bytes, Some(Version::V5), &DecodeOptions::DEFAULT).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::FilterMultiLevel);
    assert_eq!(error.offset(), 11);
    assert_eq!(error.statement(), "MQTT-4.7.1-1");
    assert_eq!(error.response(), Response::Disconnect(ReasonCode::PROTOCOL_ERROR));
}

mod writing {
    use mqtt_core::{DecodeOptions, Status, decode};

    fn written() -> Result<Vec<u8>, mqtt_core::EncodeError> {
        use mqtt_core::{
            Connect, Packet, PacketId, Properties, Property, QoS, RetainHandling, Subscribe,
            Subscription, SubscriptionOptions, Subscriptions, Version, Will,
        };

        let connect = Packet::from(Connect {
            client_id: "sensor-7",
            clean_start: true,
            keep_alive: 30,
            will: Some(Will {
                topic: "sensors/7/state",
                payload: b"lost",
                qos: QoS::AtLeastOnce,
                retain: true,
                properties: Properties::new(&[Property::WillDelayInterval(5)]),
            }),
            properties: Properties::new(&[
                Property::SessionExpiryInterval(3600),
                Property::ReceiveMaximum(20),
                Property::UserProperty("site", "north"),
            ]),
            ..Connect::default()
        });

        let once = SubscriptionOptions {
            qos: QoS::ExactlyOnce,
            retain_handling: RetainHandling::SendIfNew,
            ..SubscriptionOptions::default()
        };
        let filters = [
            Subscription::new("sensors/+/state", QoS::AtLeastOnce),
            Subscription::new("$share/workers/jobs/#", QoS::AtLeastOnce),
            Subscription { filter: "config/7", options: once },
        ];
        let subscribe = Packet::from(Subscribe {
            filters: Subscriptions::new(&filters),
            ..Subscribe::new(PacketId::MIN)
        });

        let mut out = Vec::new();
        connect.encode(Version::V5, &mut out)?;
        subscribe.encode(Version::V5, &mut out)?;
        Ok(out)
    }

    #[test]
    fn what_is_written_can_be_read() {
        let out = written().expect("legal packets");
        let Ok(Status::Complete(connect)) = decode(&out, None, &DecodeOptions::DEFAULT) else {
            panic!("{out:?}")
        };
        let mqtt_core::Packet::Connect(packet) = connect.packet else { panic!("{connect:?}") };
        assert_eq!(packet.will.map(|will| will.payload), Some(&b"lost"[..]));
        assert_eq!(packet.properties.iter().count(), 3);

        let rest = &out[connect.consumed..];
        let subscribe = decode(rest, Some(packet.version), &DecodeOptions::DEFAULT);
        let Ok(Status::Complete(subscribe)) = subscribe else { panic!("{subscribe:?}") };
        let mqtt_core::Packet::Subscribe(packet) = subscribe.packet else {
            panic!("{subscribe:?}")
        };
        assert_eq!(packet.filters.iter().count(), 3);
        assert_eq!(subscribe.consumed, rest.len());
    }
}

mod driving {
    use bytes::Buf;
    use core::error::Error;
    use mqtt_core::{ClientConfig, ClientSession, Connect, Event, Instant, Publish, QoS, WhenFull};
    use std::io::{Read, Write};

    fn drive(
        session: &mut ClientSession,
        socket: &mut (impl Read + Write),
        now: impl Fn() -> Instant,
    ) -> Result<(), Box<dyn Error>> {
        let mut buffer = [0; 4096];
        loop {
            // What has happened: events borrow from the session.
            loop {
                match session.poll_event() {
                    Some(Event::Connected { .. }) => println!("connected"),
                    Some(Event::Message { publish, .. }) => println!("{publish:?}"),
                    Some(Event::Published { token, reason, .. }) => println!("{token}: {reason:?}"),
                    Some(Event::Closed(reason)) => {
                        println!("over: {reason:?}");
                        return Ok(());
                    }
                    Some(other) => println!("{other:?}"),
                    None => break,
                }
            }
            // What is to be sent.
            let mut out = session.transmit();
            while out.has_remaining() {
                let len = socket.write(out.chunk())?;
                out.advance(len);
            }
            // What comes, if there is room for it; a read timeout would be `session.poll_timeout()`.
            let wanted = session.wants_input().min(buffer.len());
            if wanted > 0 {
                match socket.read(&mut buffer[..wanted])? {
                    0 => session.handle_eof(now()),
                    len => assert_eq!(session.handle_input(now(), &buffer[..len]), len),
                }
            }
            session.handle_timeout(now());
        }
    }

    /// A server that has said all that it has to say.
    struct Recorded<'i> {
        input: &'i [u8],
        /// So many bytes are read at a time.
        at_once: usize,
        output: Vec<u8>,
    }

    impl Read for Recorded<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let some = buffer.len().min(self.at_once);
            self.input.read(&mut buffer[..some])
        }
    }

    impl Write for Recorded<'_> {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.output.write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_client_is_driven() -> Result<(), Box<dyn Error>> {
        let now = Instant::default();
        let mut session = ClientSession::new(ClientConfig::default());
        session.connect(now, &Connect { client_id: "sensor-7", ..Connect::default() })?;
        let message = Publish { topic: "t", qos: QoS::AtLeastOnce, ..Publish::default() };
        session.publish(now, &message, 7, WhenFull::Queue)?;
        let input = b"\x20\x03\0\0\0\x40\x02\0\x01\x32\x06\0\x01u\0\x09\0";
        let mut socket = Recorded { input, at_once: 1, output: Vec::new() };
        drive(&mut session, &mut socket, || now)?;
        assert!(socket.output.ends_with(b"\x32\x06\0\x01t\0\x01\0\x40\x02\0\x09"));
        Ok(())
    }

    /// While messages that have waited fill the output, input is not read, and there is no room for more.
    #[test]
    fn a_full_input_is_not_the_end() -> Result<(), Box<dyn Error>> {
        let now = Instant::default();
        let mut config = ClientConfig::default();
        config.session.max_output = 1;
        let mut session = ClientSession::new(config);
        session.connect(now, &Connect { client_id: "sensor-7", ..Connect::default() })?;
        for token in 0..50 {
            let message = Publish { topic: "t", ..Publish::default() };
            session.publish(now, &message, token, WhenFull::Queue)?;
        }
        let mut input = b"\x20\x03\0\0\0".to_vec();
        let message = b"\x32\x06\0\x01u\0\x09\0";
        input.extend(message.repeat(5_000));
        let mut socket = Recorded { input: &input, at_once: 4096, output: Vec::new() };
        drive(&mut session, &mut socket, || now)?;
        let received = session.stats().expect("a client counts").received;
        assert_eq!(received.messages, [0, 5_000, 0]);
        Ok(())
    }
}

mod indexes {
    use core::error::Error;
    use mqtt_core::{
        Found, MatchScratch, QoS, RetainedCursor, RetainedIndex, Router, ShareStrategy,
        SubscriptionTrie, TopicFilter, TopicName,
    };
    use std::hash::RandomState;

    #[test]
    fn subscriptions_and_retained_messages() -> Result<(), Box<dyn Error>> {
        let mut trie: SubscriptionTrie<&str, QoS, RandomState> = SubscriptionTrie::default();
        trie.insert(TopicFilter::new("sensors/+/state")?, "anna", QoS::AtLeastOnce)?;
        trie.insert(TopicFilter::new("$share/team/sensors/#")?, "ben", QoS::AtMostOnce)?;
        trie.insert(TopicFilter::new("$share/team/sensors/#")?, "cleo", QoS::AtMostOnce)?;

        let mut scratch = MatchScratch::default();
        for found in trie.matches(TopicName::new("sensors/7/state")?, &mut scratch) {
            match found {
                Found::Subscriber { key, value } => println!("{key} at {value:?}"),
                Found::Group(group) => {
                    let picked = group.pick(ShareStrategy::RoundRobin, |_key, _value| true);
                    println!("{picked:?} of {}", group.share_name());
                }
            }
        }

        let mut retained: RetainedIndex<&[u8], RandomState> = RetainedIndex::default();
        retained.insert(TopicName::new("sensors/7/state")?, b"on")?;
        let mut cursor = RetainedCursor::default();
        for found in retained.lookup(TopicFilter::new("sensors/+/state")?, &mut cursor) {
            println!("{}: {} bytes", found.name(), found.value.len());
        }

        assert_eq!((trie.len(), retained.len()), (3, 1));
        Ok(())
    }

    #[test]
    fn routes() -> Result<(), Box<dyn Error>> {
        let mut router: Router<&str, RandomState> = Router::default();
        router.add("sensors/{room}/temperature", "note it")?; // subscribes to `sensors/+/temperature`
        router.add("logs/{*path}", "keep it")?; // subscribes to `logs/#`
        router.set_fallback(Some("wonder"));

        let mut scratch = MatchScratch::default();
        let topic = TopicName::new("sensors/attic/temperature")?;
        for found in router.route(topic, &mut scratch) {
            println!("{} in {:?}", found.handler, found.captures.get("room"));
        }

        let handlers = router.route(topic, &mut scratch).map(|found| *found.handler);
        assert!(handlers.eq(["note it"]));
        Ok(())
    }
}

mod broking {
    use bytes::Buf;
    use mqtt_core::{Broker, BrokerConfig, BrokerEvent, ConnId, Instant};
    use std::collections::HashMap;
    use std::hash::RandomState;
    use std::io::{self, Read, Write};
    use std::net::{TcpListener, TcpStream};

    fn serve(
        broker: &mut Broker<RandomState>,
        sockets: &mut HashMap<ConnId, TcpStream>,
        now: Instant,
    ) -> io::Result<()> {
        // What has happened, and what the broker asks.
        while let Some(event) = broker.poll_event() {
            match event {
                BrokerEvent::Connected { client_id, .. } => println!("{client_id} is there"),
                BrokerEvent::Closed { conn, reason } => println!("{conn:?} is over: {reason:?}"),
                other => println!("{other:?}"),
            }
        }
        // What is to be sent.
        while let Some((conn, mut out)) = broker.poll_transmit() {
            let Some(socket) = sockets.get_mut(&conn) else { continue };
            while out.has_remaining() {
                let len = socket.write(out.chunk())?;
                out.advance(len);
            }
        }
        // What has come.
        let mut buffer = [0; 4096];
        for (conn, socket) in sockets {
            let wanted = broker.wants_input(*conn).min(buffer.len());
            match socket.read(&mut buffer[..wanted]) {
                Ok(0) if wanted > 0 => broker.handle_eof(*conn, now),
                Ok(len) => assert_eq!(broker.handle_input(*conn, now, &buffer[..len]), len),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => broker.handle_eof(*conn, now),
            }
        }
        broker.handle_timeout(now);
        Ok(())
    }

    #[test]
    fn two_clients_of_a_broker() {
        let now = Instant::default();
        let mut broker = Broker::new(BrokerConfig::default(), now);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (mut clients, mut sockets) = (Vec::new(), HashMap::new());
        for _ in 0..2 {
            clients.push(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
            let (socket, _) = listener.accept().unwrap();
            socket.set_nonblocking(true).unwrap();
            sockets.insert(broker.open(now).unwrap(), socket);
        }
        clients[0]
            .write_all(b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a\x82\x06\0\x07\0\x01t\0")
            .unwrap();
        let mut expected = |client: usize, bytes: &[u8], clients: &mut [TcpStream]| {
            let mut got = vec![0; bytes.len()];
            clients[client].set_nonblocking(true).unwrap();
            let mut len = 0;
            while len < bytes.len() {
                serve(&mut broker, &mut sockets, now).unwrap();
                match clients[client].read(&mut got[len..]) {
                    Ok(more) => len += more,
                    Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
                }
            }
            assert_eq!(got, bytes);
        };
        expected(0, b"\x20\x02\0\0\x90\x03\0\x07\0", &mut clients);
        clients[1].write_all(b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01b\x30\x05\0\x01thi").unwrap();
        expected(0, b"\x30\x05\0\x01thi", &mut clients);
    }
}

/// The blocks of code in a text: language and lines.
fn blocks(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        // It may be part of a list.
        if let Some(language) = line.trim_start().strip_prefix("```") {
            let is_code = |line: &&str| line.trim_start() != "```";
            found.push((language, lines.by_ref().take_while(is_code).collect()));
        }
    }
    found
}

/// Whether the lines are in the text, in one piece and however far they are indented.
fn holds(text: &str, lines: &[&str]) -> bool {
    let trimmed = |line: &&str| line.trim_start().to_owned();
    let all: Vec<String> = text.lines().collect::<Vec<_>>().iter().map(trimmed).collect();
    let wanted: Vec<String> = lines.iter().map(trimmed).collect();
    !wanted.is_empty() && all.windows(wanted.len()).any(|window| window == wanted)
}

#[test]
fn code_in_the_pages_is_tested() {
    let mut counts = [0; 3];
    for (language, lines) in PAGES.into_iter().flat_map(blocks) {
        let (which, tested) = match language {
            "rust" => (0, TESTED),
            "c" => (1, include_str!("../../mqtt-ffi/examples/first.c")),
            // Its own test runs every block of it.
            "python" => (2, include_str!("../../mqtt-py/README.md")),
            "sh" | "toml" | "text" => continue,
            _ => panic!("a block without a known language: {lines:#?}"),
        };
        counts[which] += 1;
        assert!(holds(tested, &lines), "no tested file holds this: {lines:#?}");
    }
    assert_eq!(counts, [10, 1, 1], "blocks of Rust, C, Python");
}

/// The limits that the page tells are the defaults.
#[test]
fn limits_in_the_page_are_the_defaults() {
    let limits = mqtt_core::Limits::DEFAULT;
    let rows = [
        ("max_packet_size", limits.max_packet_size),
        ("max_user_properties", limits.max_user_properties),
        ("max_filters", limits.max_filters),
        ("max_topic_levels", limits.max_topic_levels),
    ];
    for (name, value) in rows {
        let row = LIMITS.lines().find(|line| line.contains(&format!("`{name}`")));
        let row = row.unwrap_or_else(|| panic!("no row for {name}"));
        let told: String = row.split('|').nth(3).unwrap_or_default().replace([',', ' '], "");
        assert_eq!(told, value.to_string(), "{row}");
    }
}
