//! The property section: 5.0 section 2.2.2. What each property may be and where it may be is in the
//! target `error_table`.

use mqtt_core::{
    ConnAck, Connect, ErrorKind, Publish, QoS, ReasonCode, ReasonCodes, SubAck, Subscribe,
    Subscription, Subscriptions, TopicFilters, UnsubAck, Unsubscribe, Version, Will,
};

use crate::support::{connack, disconnect, id, v5, written};

#[test]
fn v5_2_2_2_1_empty_property_list_is_a_zero() {
    let filters = [Subscription::new("a", QoS::AtMostOnce)];
    let codes = [ReasonCode::SUCCESS];
    v5(&[0x20, 0x03, 0x00, 0x00, 0x00]).is(ConnAck::default());
    v5(&[0x30, 0x04, 0x00, 0x01, b't', 0x00]).is(Publish { topic: "t", ..Publish::default() });
    v5(&[0x82, 0x07, 0x00, 0x01, 0x00, 0x00, 0x01, b'a', 0x00])
        .is(Subscribe { filters: Subscriptions::new(&filters), ..Subscribe::new(id(1)) });
    v5(&[0x90, 0x04, 0x00, 0x01, 0x00, 0x00])
        .is(SubAck { reasons: ReasonCodes::new(&codes), ..SubAck::new(id(1)) });
    v5(&[0xA2, 0x06, 0x00, 0x01, 0x00, 0x00, 0x01, b'a'])
        .is(Unsubscribe { filters: TopicFilters::new(&["a"]), ..Unsubscribe::new(id(1)) });
    v5(&[0xB0, 0x04, 0x00, 0x01, 0x00, 0x00])
        .is(UnsubAck { reasons: ReasonCodes::new(&codes), ..UnsubAck::new(id(1)) });
    let will = Will { topic: "w", ..Will::default() };
    v5(&[
        0x10, 0x13, // CONNECT, 19 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        0x04, 0x00, 0x00, // will, keep alive 0
        0x00, // no properties
        0x00, 0x00, // client identifier
        0x00, // will: no properties
        0x00, 0x01, b'w', 0x00, 0x00, // will topic and payload
    ])
    .is(Connect { will: Some(will), ..Connect::default() });
}

#[test]
fn v5_2_2_2_1_property_length_is_not_left_out() {
    v5(&[
        0x20, 0x02, // CONNACK, 2 bytes follow
        0x00, 0x00, // no flags, success; no property length
    ])
    .refused(ErrorKind::Truncated, 4, "section 1.2", disconnect(0x81));
    v5(&[
        0x30, 0x03, // PUBLISH, 3 bytes follow
        0x00, 0x01, b't', // topic; no property length
    ])
    .refused(ErrorKind::Truncated, 5, "section 1.2", disconnect(0x81));
    v5(&[
        0x82, 0x02, // SUBSCRIBE, 2 bytes follow
        0x00, 0x01, // packet identifier; no property length
    ])
    .refused(ErrorKind::Truncated, 4, "section 1.2", disconnect(0x81));
    v5(&[
        0x90, 0x02, // SUBACK, 2 bytes follow
        0x00, 0x01, // packet identifier; no property length
    ])
    .refused(ErrorKind::Truncated, 4, "section 1.2", disconnect(0x81));
    v5(&[
        0x10, 0x0A, // CONNECT, 10 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        0x02, 0x00, 0x3C, // Clean Start, keep alive 60; no property length
    ])
    .refused(ErrorKind::Truncated, 12, "MQTT-3.1.4-1", connack(0x81));
}

#[test]
fn v5_2_2_2_1_only_5_0_has_a_property_length() {
    let publish = Publish { topic: "t", ..Publish::default() };
    assert_eq!(written(Version::V5, publish), [0x30, 0x04, 0x00, 0x01, b't', 0x00]);
    assert_eq!(written(Version::V311, publish), [0x30, 0x03, 0x00, 0x01, b't']);
}
