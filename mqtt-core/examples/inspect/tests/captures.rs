//! Every packet of every committed capture, against counts that tshark made and against our encoder.

mod common;

use common::{Dice, Owned, by_direction, captures, folder, follow, name, segments};
use inspect::reassembly::Gap;
use inspect::stream::{Settings, Trouble, options};
use mqtt_core::{Packet, Sender, Status, Version, decode};
use std::collections::BTreeMap;

/// File, version, packet, from client, from server.
type Counts = BTreeMap<(String, String, String), [u64; 2]>;

/// The counts made by `tools/captures/count.py` with tshark.
fn counts_of_tshark() -> Counts {
    let text = std::fs::read_to_string(folder().join("counts.tsv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("file\tversion\tpacket\tfrom_client\tfrom_server"));
    lines
        .map(|line| {
            let [file, version, packet, client, server] =
                line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            let key = (file.to_owned(), version.to_owned(), packet.to_owned());
            (key, [client.parse().unwrap(), server.parse().unwrap()])
        })
        .collect()
}

#[test]
fn tshark_counts_the_same_packets() {
    let mut ours = Counts::new();
    for path in captures() {
        let seen = follow(&segments(&path), Settings::default());
        assert_eq!(seen.malformed, Vec::<String>::new(), "{}", path.display());
        assert_eq!(seen.troubles, [], "{}", path.display());
        for packet in &seen.packets {
            let version = match packet.version {
                Version::V31 => "3.1",
                Version::V311 => "3.1.1",
                Version::V5 => "5",
            };
            let key = (name(&path), version.to_owned(), packet.kind.name().to_owned());
            ours.entry(key).or_default()[usize::from(packet.sender == Sender::Server)] += 1;
        }
    }
    assert_eq!(ours, counts_of_tshark());
}

/// Splits a packet into its first byte, the bytes of its length, and its body.
fn parts(bytes: &[u8]) -> (u8, &[u8], &[u8]) {
    let last = bytes[1..].iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
    (bytes[0], &bytes[1..=last], &bytes[last + 1..])
}

/// True for the two ways to say the same in more bytes: a length padded with zeros, and, in 5.0, a
/// reason code 0x00 and an empty property section that could have been left out.
fn is_longer_form(captured: &[u8], ours: &[u8]) -> bool {
    let (first, length, body) = parts(captured);
    let (our_first, our_length, our_body) = parts(ours);
    let padded = body == our_body && length.len() > our_length.len();
    let spelled_out = matches!(body.strip_prefix(our_body), Some([0] | [0, 0]));
    first == our_first && (padded || spelled_out)
}

#[test]
fn every_packet_is_encoded_as_it_was_captured() {
    let (mut same, mut longer) = (0, 0);
    for path in captures() {
        for found in follow(&segments(&path), Settings::default()).packets {
            let options = options(Some(found.sender));
            let decoded = match decode(&found.bytes, Some(found.version), &options) {
                Ok(Status::Complete(decoded)) => decoded,
                other => panic!("{}: {other:?}", path.display()),
            };
            let packet: Packet<'_> = decoded.packet;
            let mut again = Vec::new();
            packet.encode(found.version, &mut again).unwrap();
            if again == found.bytes {
                same += 1;
                continue;
            }
            let what = format!("{}: {packet:?} {:02x?} {again:02x?}", name(&path), found.bytes);
            assert!(is_longer_form(&found.bytes, &again), "{what}");
            let reread = decode(&again, Some(found.version), &options).unwrap();
            assert!(matches!(reread, Status::Complete(d) if d.packet == packet), "{what}");
            longer += 1;
        }
    }
    // MQTT.js spells out its reason codes.
    assert!(same > 850 && longer > 5, "{same} as captured, {longer} in a shorter form");
}

/// Cuts, doubles and reorders the segments that carry data; SYNs stay where they are.
fn scrambled(mut all: Vec<Owned>, dice: &mut Dice) -> Vec<Owned> {
    for index in 0..all.len() {
        let size = all[index].payload.len();
        if size > 1 && !all[index].syn {
            // Two parts that may overlap, the second one first.
            let from = dice.roll(size);
            let to = from + dice.roll(size - from) + 1;
            let mut second = all[index].clone();
            second.sequence = second.sequence.wrapping_add(from as u32);
            second.payload.drain(..from);
            all[index].payload.truncate(to);
            let swap = all[index].clone();
            all[index] = second;
            all.push(swap);
        }
    }
    // The first parts went to the end; the sort brings them back, not quite to their place.
    let mut keyed: Vec<(i64, Owned)> = all
        .into_iter()
        .map(|segment| {
            let late = if segment.payload.is_empty() { 0 } else { dice.roll(400_000) as i64 };
            (segment.time + late, segment)
        })
        .collect();
    keyed.sort_by_key(|(time, _)| *time);
    keyed.into_iter().map(|(_, segment)| segment).collect()
}

#[test]
fn cut_and_reordered_segments_give_the_same_packets() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for path in captures() {
        let all = segments(&path);
        let straight = follow(&all, Settings::default());
        for _ in 0..3 {
            let seen = follow(&scrambled(all.clone(), &mut dice), Settings::default());
            assert_eq!(seen.troubles, [], "{}", path.display());
            assert_eq!(by_direction(&seen), by_direction(&straight), "{}", path.display());
        }
    }
}

/// A capture of one connection, with what carries data in it.
fn paho() -> (Vec<Owned>, Vec<usize>) {
    let all = segments(&folder().join("paho-v5.pcap"));
    let data = (0..all.len()).filter(|&n| !all[n].payload.is_empty()).collect();
    (all, data)
}

#[test]
fn a_capture_that_begins_too_late_needs_a_version() {
    let (all, data) = paho();
    let whole = follow(&all, Settings::default());
    // From behind CONNACK on: no SYN, no CONNECT, no version.
    let late = &all[data[1] + 1..];
    let seen = follow(late, Settings::default());
    assert_eq!((seen.packets.len(), seen.troubles), (0, vec![Trouble::VersionUnknown]));
    let version = Some(Version::V5);
    let seen = follow(late, Settings { version, ..Settings::default() });
    assert_eq!((seen.troubles, seen.malformed), (vec![], vec![]));
    assert_eq!(seen.packets, whole.packets[2..]);
    // Where the server speaks first in what was captured.
    let from_server = data.iter().find(|&&n| n > data[4] && all[n].source.port() == 1883);
    let seen = follow(&all[*from_server.unwrap()..], Settings { version, ..Settings::default() });
    assert_eq!((seen.troubles, seen.malformed), (vec![], vec![]));
    assert!(seen.packets.len() > 10);
    assert_eq!(seen.packets, whole.packets[whole.packets.len() - seen.packets.len()..]);
}

#[test]
fn a_version_given_by_hand_does_not_override_connect() {
    let (all, _) = paho();
    let version = Some(Version::V311);
    let seen = follow(&all, Settings { version, ..Settings::default() });
    assert_eq!(seen.packets, follow(&all, Settings::default()).packets);
}

#[test]
fn a_lost_segment_ends_its_direction_and_no_other() {
    let (mut all, data) = paho();
    let whole = follow(&all, Settings::default());
    let from_client: Vec<usize> =
        data.into_iter().filter(|&n| all[n].destination.port() == 1883).collect();
    let lost = all.remove(from_client[3]);
    let seen = follow(&all, Settings::default());
    assert_eq!(seen.troubles, [Trouble::Gap(Gap { missing: lost.payload.len() as u64 })]);
    let of = |seen: &common::Seen, sender| {
        seen.packets.iter().filter(|packet| packet.sender == sender).count()
    };
    assert_eq!(of(&seen, Sender::Server), of(&whole, Sender::Server));
    assert_eq!(of(&seen, Sender::Client), 3);
}

#[test]
fn the_last_segment_is_missed_too() {
    let (all, data) = paho();
    let last = *data.last().unwrap();
    assert_eq!(all[last].destination.port(), 1883);
    let kept: Vec<Owned> =
        all.iter().enumerate().filter(|&(n, _)| n != last).map(|(_, s)| s.clone()).collect();
    let seen = follow(&kept, Settings::default());
    let missing = all[last].payload.len() as u64;
    assert!(missing > 1);
    assert_eq!(seen.troubles, [Trouble::Gap(Gap { missing })]);
}

#[test]
fn a_capture_that_ends_within_a_packet_says_so() {
    let (mut all, data) = paho();
    all.truncate(data[0] + 1);
    let connect = &mut all[data[0]].payload;
    let length = connect.len();
    connect.truncate(length - 7);
    let seen = follow(&all, Settings::default());
    assert_eq!(seen.troubles, [Trouble::Unfinished { have: length - 7, needed: 7 }]);
}

#[test]
fn a_malformed_packet_ends_its_direction_and_no_other() {
    let (mut all, data) = paho();
    let subscribe = data.iter().find(|&&n| all[n].payload[0] == 0x82).unwrap();
    all[*subscribe].payload[0] = 0x80;
    let seen = follow(&all, Settings::default());
    assert_eq!(seen.malformed.len(), 1);
    assert!(seen.malformed[0].contains("MQTT-3.8.1-1"), "{:?}", seen.malformed);
    assert!(seen.packets.iter().filter(|packet| packet.sender == Sender::Server).count() > 5);
    assert_eq!(seen.packets.iter().filter(|packet| packet.sender == Sender::Client).count(), 1);
}

/// The same conversation on other ports.
fn moved(mut all: Vec<Owned>, port: u16) -> Vec<Owned> {
    for segment in &mut all {
        for end in [&mut segment.source, &mut segment.destination] {
            if end.port() == 1883 {
                end.set_port(port);
            }
        }
    }
    all
}

#[test]
fn mqtt_is_recognised_by_its_connect_on_any_port() {
    let (all, data) = paho();
    let elsewhere = moved(all, 4711);
    let whole = follow(&elsewhere, Settings::default());
    assert_eq!((whole.streams, whole.troubles.len()), (1, 0));
    // Without the CONNECT it is anything, unless the port is named.
    let late = &elsewhere[data[1] + 1..];
    let seen = follow(late, Settings { version: Some(Version::V5), ..Settings::default() });
    assert_eq!((seen.streams, seen.packets.len()), (0, 0));
    let settings =
        Settings { version: Some(Version::V5), ports: vec![4711], ..Settings::default() };
    assert_eq!(follow(late, settings).packets, whole.packets[2..]);
    let other = Settings { ports: vec![1883], ..Settings::default() };
    assert_eq!(follow(&elsewhere, other).streams, 0);
}

#[test]
fn a_port_used_again_is_a_new_connection() {
    let (all, data) = paho();
    let mut later = all.clone();
    for segment in &mut later {
        segment.time += 60_000_000_000;
        segment.sequence = segment.sequence.wrapping_add(0x8000_1234);
        segment.acknowledgment = segment.acknowledgment.map(|n| n.wrapping_add(0x8000_1234));
    }
    let once = follow(&all, Settings::default());
    let both: Vec<Owned> = all.iter().chain(&later).cloned().collect();
    let seen = follow(&both, Settings::default());
    assert_eq!((seen.streams, seen.troubles.len()), (2, 0));
    assert_eq!(seen.packets.len(), 2 * once.packets.len());
    // The first one's end is not in the capture: that is said when the second one begins.
    let cut: Vec<Owned> = all[..data[5]].iter().chain(&later).cloned().collect();
    let seen = follow(&cut, Settings::default());
    assert_eq!((seen.streams, seen.malformed.len()), (2, 0));
}

#[test]
fn other_protocols_are_left_alone() {
    let (mut all, data) = paho();
    for &n in &data {
        all[n].payload.fill(b'G');
    }
    let seen = follow(&moved(all, 8080), Settings::default());
    assert_eq!((seen.streams, seen.packets.len(), seen.malformed.len()), (0, 0, 0));
}
