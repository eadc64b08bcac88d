//! Topic aliases of the caller and of the session.

use crate::contract::{at, connected};
use crate::sent;
use mqtt_core::{
    CloseReason, Connect, Event, Properties, Property, Publish, PublishStatus, QoS, ReasonCode,
    UsageError, WhenFull,
};

fn aliased<'a>(topic: &'a str, list: &'a [Property<'a>], qos: QoS) -> Publish<'a> {
    Publish { topic, qos, properties: Properties::new(list), ..Publish::default() }
}

#[test]
fn an_alias_of_the_caller_is_sent_and_not_kept() {
    // Topic Alias Maximum 3.
    let mut session = connected(b"\x20\x06\0\0\x03\x22\0\x03");
    let two = [Property::TopicAlias(2)];
    let send = |session: &mut mqtt_core::ClientSession, topic: &str, qos| {
        session.publish(at(0), &aliased(topic, &two, qos), 1, WhenFull::Queue)
    };
    let unknown = UsageError::NotSupported(ReasonCode::TOPIC_ALIAS_INVALID);
    assert_eq!(send(&mut session, "", QoS::AtMostOnce), Err(unknown));
    assert_eq!(send(&mut session, "t", QoS::AtMostOnce), Ok(PublishStatus::Sent(None)));
    assert_eq!(sent(session.transmit()), b"\x30\x07\0\x01t\x03\x23\0\x02");
    assert!(send(&mut session, "", QoS::AtLeastOnce).is_ok());
    assert_eq!(sent(session.transmit()), b"\x32\x08\0\0\0\x01\x03\x23\0\x02");
    let four = [Property::TopicAlias(4)];
    let too_high = aliased("t", &four, QoS::AtMostOnce);
    assert_eq!(session.publish(at(0), &too_high, 1, WhenFull::Queue), Err(unknown));

    session.handle_eof(at(0));
    assert_eq!(session.poll_event(), Some(Event::Closed(CloseReason::Eof)));
    session.connect(at(0), &Connect { client_id: "c", ..Connect::default() }).unwrap();
    sent(session.transmit());
    session.handle_input(at(0), b"\x20\x06\x01\0\x03\x22\0\x03");
    assert!(matches!(session.poll_event(), Some(Event::Connected { .. })));
    // With its topic, and the alias has to be set anew.
    assert_eq!(sent(session.transmit()), b"\x3A\x06\0\x01t\0\x01\0");
    assert_eq!(send(&mut session, "", QoS::AtMostOnce), Err(unknown));
}
