//! From a captured frame to a TCP segment.

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice};

/// What a captured frame begins with, by the number registered for capture files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkType {
    /// Ethernet, with or without VLAN tags.
    Ethernet,
    /// An IP packet and nothing before it.
    RawIp,
    /// The address family in four bytes, then IP (BSD loopback).
    Loopback,
    /// Linux "cooked" header, version 1.
    LinuxSll,
    /// Linux "cooked" header, version 2.
    LinuxSll2,
    /// Anything else; its frames are skipped.
    Other(i32),
}

impl LinkType {
    /// The link type with this number.
    pub fn from_number(number: i32) -> Self {
        match number {
            1 => Self::Ethernet,
            // 12 and 14 are what some BSDs write for 101; 228 and 229 are IPv4 and IPv6 alone.
            12 | 14 | 101 | 228 | 229 => Self::RawIp,
            0 | 108 => Self::Loopback,
            113 => Self::LinuxSll,
            276 => Self::LinuxSll2,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ethernet => f.write_str("Ethernet"),
            Self::RawIp => f.write_str("raw IP"),
            Self::Loopback => f.write_str("BSD loopback"),
            Self::LinuxSll => f.write_str("Linux cooked v1"),
            Self::LinuxSll2 => f.write_str("Linux cooked v2"),
            Self::Other(number) => write!(f, "link type {number}, not supported"),
        }
    }
}

/// A TCP segment as captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Who sent it.
    pub source: SocketAddr,
    /// To whom.
    pub destination: SocketAddr,
    /// Sequence number of the first byte (of the SYN, if there is one).
    pub sequence: u32,
    /// The next sequence number its sender expects from the other side.
    pub acknowledgment: Option<u32>,
    /// The sender opens the connection.
    pub syn: bool,
    /// The bytes, as far as captured.
    pub payload: &'a [u8],
}

/// What a frame turned out to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dissected<'a> {
    /// TCP.
    Segment(Segment<'a>),
    /// A part of an IP packet; these are not put together.
    Fragment,
    /// Anything that is not TCP over IP, or too damaged or too short to tell.
    Other,
}

/// Finds the TCP segment in a frame.
pub fn dissect(link: LinkType, frame: &[u8]) -> Dissected<'_> {
    let packet = match link {
        LinkType::Ethernet => LaxSlicedPacket::from_ethernet(frame).ok(),
        LinkType::RawIp => LaxSlicedPacket::from_ip(frame).ok(),
        LinkType::Loopback => frame.get(4..).and_then(|ip| LaxSlicedPacket::from_ip(ip).ok()),
        LinkType::LinuxSll => after_ether_type(frame, 14, 16),
        LinkType::LinuxSll2 => after_ether_type(frame, 0, 20),
        LinkType::Other(_) => None,
    };
    packet.map_or(Dissected::Other, |packet| segment(&packet))
}

/// A packet whose kind is written at `kind` and which begins at `start`.
fn after_ether_type(frame: &[u8], kind: usize, start: usize) -> Option<LaxSlicedPacket<'_>> {
    let kind = frame.get(kind..kind + 2)?;
    let kind = EtherType(u16::from_be_bytes([kind[0], kind[1]]));
    Some(LaxSlicedPacket::from_ether_type(kind, frame.get(start..)?))
}

fn segment<'a>(packet: &LaxSlicedPacket<'a>) -> Dissected<'a> {
    let (source, destination) = match &packet.net {
        Some(LaxNetSlice::Ipv4(ip)) => {
            let header = ip.header();
            (IpAddr::V4(header.source_addr()), IpAddr::V4(header.destination_addr()))
        }
        Some(LaxNetSlice::Ipv6(ip)) => {
            let header = ip.header();
            (IpAddr::V6(header.source_addr()), IpAddr::V6(header.destination_addr()))
        }
        _ => return Dissected::Other,
    };
    if packet.ip_payload().is_some_and(|payload| payload.fragmented) {
        return Dissected::Fragment;
    }
    let Some(TransportSlice::Tcp(tcp)) = &packet.transport else {
        return Dissected::Other;
    };
    Dissected::Segment(Segment {
        source: SocketAddr::new(source, tcp.source_port()),
        destination: SocketAddr::new(destination, tcp.destination_port()),
        sequence: tcp.sequence_number(),
        acknowledgment: tcp.ack().then(|| tcp.acknowledgment_number()),
        syn: tcp.syn(),
        payload: tcp.payload(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use etherparse::{PacketBuilder, PacketBuilderStep, TcpHeader};

    fn bytes(step: PacketBuilderStep<TcpHeader>) -> Vec<u8> {
        let mut out = Vec::new();
        step.write(&mut out, b"payload").unwrap();
        out
    }

    fn ipv4() -> Vec<u8> {
        bytes(PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64).tcp(4000, 1883, 77, 1000))
    }

    fn ipv6() -> Vec<u8> {
        bytes(PacketBuilder::ipv6([1; 16], [2; 16], 64).tcp(4000, 1883, 77, 1000).ack(5))
    }

    fn framed(head: &[u8], packet: &[u8]) -> Vec<u8> {
        [head, packet].concat()
    }

    #[track_caller]
    fn assert_found(link: i32, frame: &[u8], source: &str) {
        match dissect(LinkType::from_number(link), frame) {
            Dissected::Segment(found) => {
                assert_eq!(found.source.to_string(), source);
                assert_eq!((found.sequence, found.payload), (77, &b"payload"[..]));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_link_type_leads_to_the_segment() {
        let (four, six) = (ipv4(), ipv6());
        let from4 = "10.0.0.1:4000";
        let from6 = "[101:101:101:101:101:101:101:101]:4000";
        let mac = [1; 12];
        assert_found(1, &framed(&[&mac[..], &[8, 0]].concat(), &four), from4);
        assert_found(1, &framed(&[&mac[..], &[0x86, 0xDD]].concat(), &six), from6);
        assert_found(1, &framed(&[&mac[..], &[0x81, 0, 0, 5, 8, 0]].concat(), &four), from4);
        for raw in [12, 14, 101] {
            assert_found(raw, &four, from4);
            assert_found(raw, &six, from6);
        }
        assert_found(228, &four, from4);
        assert_found(229, &six, from6);
        assert_found(0, &framed(&[2, 0, 0, 0], &four), from4);
        assert_found(0, &framed(&[0, 0, 0, 2], &four), from4);
        assert_found(108, &framed(&[0, 0, 0, 30], &six), from6);
        assert_found(113, &framed(&[&[0; 14][..], &[8, 0]].concat(), &four), from4);
        assert_found(276, &framed(&[&[0x86, 0xDD][..], &[0; 18]].concat(), &six), from6);
    }

    #[test]
    fn bytes_after_the_ip_packet_are_not_payload() {
        let padded = framed(&[&[1; 12][..], &[8, 0]].concat(), &framed(&ipv4(), &[0; 11]));
        assert_found(1, &padded, "10.0.0.1:4000");
    }

    #[test]
    fn a_packet_cut_short_keeps_what_was_captured() {
        let whole = ipv4();
        match dissect(LinkType::RawIp, &whole[..whole.len() - 3]) {
            Dissected::Segment(found) => assert_eq!(found.payload, b"payl"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_segment_that_the_network_card_was_to_cut_has_no_ip_length() {
        let mut frame = ipv4();
        frame[2..4].fill(0);
        assert_found(101, &frame, "10.0.0.1:4000");
    }

    #[test]
    fn fragments_and_other_protocols_are_told_apart() {
        let mut fragment = ipv4();
        fragment[6] = 0x20; // more fragments
        assert_eq!(dissect(LinkType::RawIp, &fragment), Dissected::Fragment);
        let mut udp = Vec::new();
        PacketBuilder::ipv4([1; 4], [2; 4], 9).udp(1, 2).write(&mut udp, b"x").unwrap();
        assert_eq!(dissect(LinkType::RawIp, &udp), Dissected::Other);
        assert_eq!(dissect(LinkType::from_number(147), &ipv4()), Dissected::Other);
    }

    #[test]
    fn no_prefix_and_no_flipped_byte_panics() {
        for link in [0, 1, 101, 113, 276] {
            let frame = framed(&[&[0; 12][..], &[8, 0, 8, 0, 0, 0]].concat(), &ipv6());
            for frame in [ipv4(), ipv6(), frame] {
                for end in 0..frame.len() {
                    dissect(LinkType::from_number(link), &frame[..end]);
                }
                for at in 0..frame.len() {
                    for value in [0, 0x0F, 0x40, 0x60, 0xFF] {
                        let mut bad = frame.clone();
                        bad[at] = value;
                        dissect(LinkType::from_number(link), &bad);
                    }
                }
            }
        }
    }
}
