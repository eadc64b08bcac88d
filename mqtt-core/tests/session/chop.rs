//! In whatever pieces bytes come, and whenever they are fetched, the same is told and said.

use crate::kit::{Peer, Session, Setup, both, bytes, publish};
use mqtt_core::{ConnAck, ServerSession, Version};

/// Packets of all kinds, the last of them not allowed.
fn input<S: Session>(version: Version) -> Vec<u8> {
    let (client, request) = match version {
        Version::V5 => ("90 04 00 01 00 00", "82 07 00 05 00 00 01 'a' 00"),
        _ => ("90 03 00 01 00", "82 06 00 05 00 01 'a' 00"),
    };
    let packets = [
        publish(version, 0x30, 0),
        publish(version, 0x32, 1),
        publish(version, 0x34, 2),
        publish(version, 0x3C, 2),
        "40 02 00 01 50 02 00 02 50 02 00 02 62 02 00 02 62 02 00 02 70 02 00 02".into(),
        if S::IS_SERVER { format!("C0 00 {request} C0 00") } else { "D0 00".into() },
        client.into(),
        publish(version, 0x30, 0),
    ];
    bytes(&packets.join(" "))
}

/// A session with two open messages.
fn open<S: Session>(version: Version) -> Peer<S> {
    let mut it = S::up(&Setup::new(version));
    it.opens(1, 1);
    it.opens(2, 2);
    it
}

#[test]
fn in_any_pieces() {
    fn case<S: Session>(version: Version) {
        let input = input::<S>(version);
        let mut whole = open::<S>(version);
        whole.receive(&input);
        let (events, output) = (whole.events(), whole.output());
        assert!(events.len() >= 6 && events.last().unwrap().starts_with("closed"), "{events:?}");
        for size in 1..input.len() {
            let mut it = open::<S>(version);
            let (mut seen, mut said) = (Vec::new(), Vec::new());
            for chunk in input.chunks(size) {
                it.receive(chunk);
                seen.extend(it.events());
                said.extend(it.output());
            }
            assert_eq!((&seen, &said), (&events, &output), "pieces of {size}");
            // Fetched at the end.
            let mut it = open::<S>(version);
            for chunk in input.chunks(size) {
                it.receive(chunk);
            }
            assert_eq!((it.events(), it.output()), (events.clone(), output.clone()));
            // Fetched as soon as something is there, and told one by one.
            let mut it = open::<S>(version);
            let (mut seen, mut said) = (Vec::new(), Vec::new());
            for chunk in input.chunks(size) {
                it.receive(chunk);
                let before = seen.len();
                seen.extend(it.next_event());
                said.extend(it.output());
                assert!(seen.len() <= before + 1);
            }
            while let Some(event) = it.next_event() {
                seen.push(event);
                said.extend(it.output());
            }
            said.extend(it.output());
            assert_eq!((&seen, &said), (&events, &output), "pieces of {size}");
        }
    }
    both!(case: V5, V311, V31);
}

#[test]
fn from_connect_on() {
    for version in [Version::V5, Version::V311, Version::V31] {
        let connect = match version {
            Version::V5 => "10 0E 00 04 'MQTT' 05 02 00 00 00 00 01 'a'",
            Version::V311 => "10 0D 00 04 'MQTT' 04 02 00 00 00 01 'a'",
            _ => "10 0F 00 06 'MQIsdp' 03 02 00 00 00 01 'a'",
        };
        let input = [bytes(connect), input::<ServerSession>(version)].concat();
        let mut all = Vec::new();
        for size in 1..=input.len() {
            let mut server = Peer::server(&Setup::new(version));
            let mut seen = Vec::new();
            for chunk in input.chunks(size) {
                server.receive(chunk);
                while let Some(event) = server.next_event() {
                    if event == "connect a" {
                        server.accepts(&ConnAck::default(), None).unwrap();
                    }
                    seen.push(event);
                }
            }
            all.push((seen, server.output()));
        }
        assert!(all[0].0.len() >= 5, "{:?}", all[0]);
        all.dedup();
        assert_eq!(all.len(), 1);
    }
}
