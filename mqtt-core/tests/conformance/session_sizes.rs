//! What is left out, and what is not sent at all, so that packets fit.

use crate::kit::{Peer, Session, Setup, bytes, publish};
use mqtt_core::{
    ClientSession, ConnAck, Disconnect, PacketId, Properties, Property, QoS, ReasonCode,
    ReasonCodes, ServerSession, SubAck, UnsubAck, UsageError, Version,
};

const V5: Version = Version::V5;

pub(crate) const LIST: [Property<'static>; 2] =
    [Property::ReasonString("because"), Property::UserProperty("a", "b")];

/// The lengths of SUBACK or UNSUBACK with both properties, by the limits of the client.
fn answer_len(packet: &str, max: u32) -> usize {
    let mut server = ServerSession::up(&Setup::new(V5).peer(Property::MaximumPacketSize(max)));
    server.receive(&bytes(packet));
    assert_eq!(server.events().len(), 1);
    let (id, codes) = (PacketId::new(5).unwrap(), [ReasonCode::SUCCESS]);
    let (reasons, properties) = (ReasonCodes::new(&codes), Properties::new(&LIST));
    let now = server.now();
    let is_subscribe = packet.starts_with("82");
    let result = match is_subscribe {
        true => server.session.suback(now, &SubAck { packet_id: id, reasons, properties }),
        false => server.session.unsuback(now, &UnsubAck { packet_id: id, reasons, properties }),
    };
    result.unwrap();
    server.output().len()
}

const SUBSCRIBE: &str = "82 07 00 05 00 00 01 'a' 00";
const UNSUBSCRIBE: &str = "A2 06 00 05 00 00 01 'a'";

#[test]
fn v5_3_9_2_1_a_session_leaves_out_the_reason_string_of_suback() {
    assert_eq!([23, 22, 13].map(|max| answer_len(SUBSCRIBE, max)), [23, 13, 13]);
}

#[test]
fn v5_3_9_2_2_a_session_leaves_out_user_properties_of_suback() {
    assert_eq!([12, 6].map(|max| answer_len(SUBSCRIBE, max)), [6, 6]);
}

#[test]
fn v5_3_11_2_1_a_session_leaves_out_the_reason_string_of_unsuback() {
    assert_eq!([23, 22, 13].map(|max| answer_len(UNSUBSCRIBE, max)), [23, 13, 13]);
}

#[test]
fn v5_3_11_2_2_a_session_leaves_out_user_properties_of_unsuback() {
    assert_eq!([12, 6].map(|max| answer_len(UNSUBSCRIBE, max)), [6, 6]);
}

/// The length of CONNACK with both properties.
fn connack_len(max: u32) -> usize {
    let setup = Setup::new(V5).peer(Property::MaximumPacketSize(max));
    let mut server = Peer::server(&setup);
    server.asked(&setup, true);
    let connack = ConnAck { properties: Properties::new(&LIST), ..ConnAck::default() };
    server.accepts(&connack, None).unwrap();
    server.output().len()
}

#[test]
fn v5_3_2_2_19_a_session_leaves_out_the_reason_string_of_connack() {
    assert_eq!([22, 21, 12].map(connack_len), [22, 12, 12]);
}

#[test]
fn v5_3_2_2_20_a_session_leaves_out_user_properties_of_connack() {
    assert_eq!([11, 5].map(connack_len), [5, 5]);
}

/// The length of DISCONNECT with both properties.
fn disconnect_len<S: Session>(
    max: u32,
    say: fn(&mut S, mqtt_core::Instant, &Disconnect<'_>) -> Result<(), UsageError>,
) -> usize {
    let mut it = S::up(&Setup::new(V5).peer(Property::MaximumPacketSize(max)));
    let reason = ReasonCode::UNSPECIFIED_ERROR;
    let now = it.now();
    say(&mut it.session, now, &Disconnect { reason, properties: Properties::new(&LIST) }).unwrap();
    it.output().len()
}

#[test]
fn v5_3_14_2_3_a_session_leaves_out_the_reason_string_of_disconnect() {
    let client = |max| disconnect_len(max, ClientSession::disconnect);
    let server = |max| disconnect_len(max, ServerSession::disconnect);
    assert_eq!([21, 20, 11].map(client), [21, 11, 11]);
    assert_eq!([21, 20, 11].map(server), [21, 11, 11]);
}

#[test]
fn v5_3_14_2_4_a_session_leaves_out_user_properties_of_disconnect() {
    assert_eq!([10, 3].map(|max| disconnect_len(max, ClientSession::disconnect)), [3, 3]);
    assert_eq!([10, 5].map(|max| disconnect_len(max, ServerSession::disconnect)), [3, 3]);
}

fn too_large<S: Session>() {
    // PUBLISH at QoS 1 has nine bytes.
    let mut it = S::up(&Setup::new(V5).peer(Property::MaximumPacketSize(8)));
    assert_eq!(it.publish(1, 1), Err(UsageError::PacketTooLarge { max: 8 }));
    it.sends("");
    let mut it = S::up(&Setup::new(V5));
    it.opens(1, 1);
    it.end();
    it.publish(1, 2).unwrap();
    // Neither what was sent before, nor what waited: both count as delivered.
    let mut it = S::next(it, &Setup::new(V5).peer(Property::MaximumPacketSize(8)), true);
    let events: Vec<_> = it.events().into_iter().filter(|event| event != "resumed").collect();
    assert_eq!(events, ["dropped 1 TooLarge", "dropped 2 TooLarge"]);
    it.sends("");
    it.publishes(0, 3, &publish(V5, 0x30, 0));
}

#[test]
fn v5_3_1_2_24_a_server_session_keeps_to_the_limit_of_connect() {
    too_large::<ServerSession>();
}

#[test]
fn v5_3_1_2_25_a_message_that_is_too_large_counts_as_delivered() {
    too_large::<ServerSession>();
}

#[test]
fn v5_3_2_2_15_a_client_session_keeps_to_the_limit_of_connack() {
    use mqtt_core::{Subscribe, Subscription, Subscriptions};
    too_large::<ClientSession>();
    let mut client = ClientSession::up(&Setup::new(V5).peer(Property::MaximumPacketSize(8)));
    let list = [Subscription::new("a", QoS::AtMostOnce)];
    let subscribe =
        Subscribe { filters: Subscriptions::new(&list), ..Subscribe::new(PacketId::MIN) };
    let error = client.session.subscribe(client.now(), &subscribe, 1).unwrap_err();
    assert_eq!(error, UsageError::PacketTooLarge { max: 8 });
    client.sends("");
}
