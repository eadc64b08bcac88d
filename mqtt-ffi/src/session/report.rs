//! Between the core's events and those of C.

use super::event::*;
use super::tokens::{Tokens, mqc_ack_token};
use crate::{
    MQC_PACKET_NONE, decode, mqc_auth, mqc_bytes, mqc_decode_error, mqc_packet, mqc_packet_type,
    packet,
};
use core::{mem::MaybeUninit, num::NonZeroU64};
use mqtt_core::{
    CloseReason, DropReason, EncodeError, Event, Packet, Properties, ReasonCode, ReasonCodes,
    SessionStart, Timer, Violation,
};

/// Writes an event to a place of the caller's. Properties that are not one behind the other on the
/// wire are put into `scratch`.
///
/// # Safety
/// `out` points to a writable `mqc_event`, which need not be initialized: the places are written
/// one by one.
pub(super) unsafe fn write(
    event: Option<Event<'_>>,
    tokens: &mut Tokens,
    scratch: &mut Vec<u8>,
    out: *mut mqc_event,
) {
    macro_rules! body {
        ($member:ident, $value:expr) => {{
            let value = $value;
            // SAFETY: the caller's promise.
            unsafe { (&raw mut (*out).body.$member).write(value) };
        }};
    }
    let kind = match event {
        None => MQC_EVENT_NONE,
        Some(Event::Message { publish, ack, seq }) => {
            let mut body = packet::of_publish(&publish);
            if publish.properties.wire().is_none() {
                rewrite(&publish.properties, scratch);
                body.properties = mqc_bytes::of(scratch);
            }
            let ack = ack.map_or(mqc_ack_token::NONE, |token| {
                tokens.put(token, publish.packet_id, publish.qos)
            });
            let seq = seq.map_or(0, NonZeroU64::get);
            body!(message, mqc_event_message { publish: body, ack, seq });
            MQC_EVENT_MESSAGE
        }
        Some(Event::Published { token, packet_id, reason, properties }) => {
            let (packet_id, properties) = (packet_id.get(), block(&properties));
            let (reason_code, reserved) = (reason.0, [0; 5]);
            body!(
                published,
                mqc_event_published { token, packet_id, reason_code, reserved, properties }
            );
            MQC_EVENT_PUBLISHED
        }
        Some(Event::Connected { connack, session }) => {
            // Those of a session of before mean nothing any more.
            if session != SessionStart::Resumed {
                tokens.clear();
            }
            let (session, dropped) = of_start(session);
            let connack = packet::of_connack(&connack);
            body!(connected, mqc_event_connected { connack, session, reserved: 0, dropped });
            MQC_EVENT_CONNECTED
        }
        Some(Event::Connect(connect)) => {
            body!(connect, packet::of_connect(&connect));
            MQC_EVENT_CONNECT
        }
        Some(Event::Dropped { token, why }) => {
            body!(dropped, mqc_event_dropped { token, why: of_drop_reason(why), reserved: 0 });
            MQC_EVENT_DROPPED
        }
        Some(Event::Fenced { epoch }) => {
            body!(fenced, mqc_event_fenced { epoch });
            MQC_EVENT_FENCED
        }
        Some(Event::Writable) => MQC_EVENT_WRITABLE,
        Some(Event::Subscribed { token, packet_id, reasons, properties }) => {
            body!(subscribed, of_subscribed(token, packet_id.get(), &reasons, &properties));
            MQC_EVENT_SUBSCRIBED
        }
        Some(Event::Unsubscribed { token, packet_id, reasons, properties }) => {
            body!(unsubscribed, of_subscribed(token, packet_id.get(), &reasons, &properties));
            MQC_EVENT_UNSUBSCRIBED
        }
        Some(Event::Subscribe(subscribe)) => {
            let whole = whole(&subscribe.into());
            // SAFETY: a packet of this type has been written.
            body!(subscribe, unsafe { (&raw const (*whole.as_ptr()).body.subscribe).read() });
            MQC_EVENT_SUBSCRIBE
        }
        Some(Event::Unsubscribe(unsubscribe)) => {
            let whole = whole(&unsubscribe.into());
            // SAFETY: as above.
            body!(unsubscribe, unsafe { (&raw const (*whole.as_ptr()).body.unsubscribe).read() });
            MQC_EVENT_UNSUBSCRIBE
        }
        Some(Event::Auth(auth)) => {
            let properties = block(&auth.properties);
            body!(auth, mqc_auth { reason_code: auth.reason.0, reserved: [0; 7], properties });
            MQC_EVENT_AUTH
        }
        Some(Event::Closed(reason)) => {
            tokens.disconnect();
            body!(closed, of_close_reason(&reason));
            MQC_EVENT_CLOSED
        }
        Some(_) => MQC_EVENT_OTHER,
    };
    // SAFETY: the caller's promise.
    unsafe {
        (&raw mut (*out).kind).write(kind);
        (&raw mut (*out).reserved).write(0);
    }
}

/// The packet as C has it.
fn whole(packet: &Packet<'_>) -> MaybeUninit<mqc_packet> {
    let mut out = MaybeUninit::uninit();
    // SAFETY: the place is writable.
    unsafe { packet::write(packet, out.as_mut_ptr()) };
    out
}

/// The bytes of properties that were received.
pub(crate) fn block(properties: &Properties<'_>) -> mqc_bytes {
    mqc_bytes::of(properties.wire().unwrap_or(&[]))
}

/// Writes properties one behind the other.
pub(crate) fn rewrite(properties: &Properties<'_>, out: &mut Vec<u8>) {
    let mut at = 0;
    for property in properties {
        let mut len = property.encode_to_slice(out.get_mut(at..).unwrap_or_default());
        if let Err(EncodeError::BufferTooSmall { needed }) = len {
            out.resize(at + needed, 0);
            len = property.encode_to_slice(out.get_mut(at..).unwrap_or_default());
        }
        // They were legal when they came.
        at += len.unwrap_or(0);
    }
    out.truncate(at);
}

fn of_subscribed(
    token: u64,
    packet_id: u16,
    reasons: &ReasonCodes<'_>,
    properties: &Properties<'_>,
) -> mqc_event_subscribed {
    let reason_codes = mqc_bytes::of(reasons.wire().unwrap_or(&[]));
    let properties = block(properties);
    mqc_event_subscribed { token, packet_id, reserved: [0; 6], properties, reason_codes }
}

/// And how many messages are dropped.
const fn of_start(session: SessionStart) -> (mqc_session_start, u64) {
    match session {
        SessionStart::New => (MQC_SESSION_START_NEW, 0),
        SessionStart::Resumed => (MQC_SESSION_START_RESUMED, 0),
        SessionStart::Lost { dropped } => (MQC_SESSION_START_LOST, dropped as u64),
        _ => (MQC_SESSION_START_OTHER, 0),
    }
}

pub(super) const fn of_drop_reason(why: DropReason) -> mqc_drop_reason {
    match why {
        DropReason::SessionLost => MQC_DROP_SESSION_LOST,
        DropReason::Expired => MQC_DROP_EXPIRED,
        DropReason::QueueFull => MQC_DROP_QUEUE_FULL,
        DropReason::TooLarge => MQC_DROP_TOO_LARGE,
        DropReason::NotSupported => MQC_DROP_NOT_SUPPORTED,
        _ => MQC_DROP_OTHER,
    }
}

pub(super) const fn of_timer(timer: Timer) -> mqc_timer {
    match timer {
        Timer::Connect => MQC_TIMER_CONNECT,
        Timer::Ping => MQC_TIMER_PING,
        Timer::PingResponse => MQC_TIMER_PING_RESPONSE,
        Timer::KeepAlive => MQC_TIMER_KEEP_ALIVE,
        _ => MQC_TIMER_OTHER,
    }
}

fn of_violation(violation: Violation) -> mqc_violation {
    match violation {
        Violation::Unexpected(_) => MQC_VIOLATION_UNEXPECTED,
        Violation::ReceiveMaximum => MQC_VIOLATION_RECEIVE_MAXIMUM,
        Violation::TopicAlias => MQC_VIOLATION_TOPIC_ALIAS,
        Violation::UnknownTopicAlias => MQC_VIOLATION_UNKNOWN_TOPIC_ALIAS,
        Violation::SessionPresent => MQC_VIOLATION_SESSION_PRESENT,
        Violation::ReasonCodeCount => MQC_VIOLATION_REASON_CODE_COUNT,
        Violation::AuthenticationMethod => MQC_VIOLATION_AUTHENTICATION_METHOD,
        Violation::SessionExpiry => MQC_VIOLATION_SESSION_EXPIRY,
        Violation::NotSupported(_) => MQC_VIOLATION_NOT_SUPPORTED,
        _ => MQC_VIOLATION_OTHER,
    }
}

/// No fault of the bytes.
const NO_ERROR: mqc_decode_error = mqc_decode_error {
    kind: crate::MQC_OK,
    packet_type: MQC_PACKET_NONE,
    offset: 0,
    statement: mqc_bytes::of(&[]),
    response: crate::MQC_RESPONSE_CLOSE,
    response_code: 0,
    reason_code: 0,
    property_id: 0,
    reserved: 0,
};

pub(crate) fn of_close_reason(why: &CloseReason<'_>) -> mqc_event_closed {
    let plain = |reason| mqc_event_closed {
        reason,
        timer: MQC_TIMER_NONE,
        violation: MQC_VIOLATION_NONE,
        packet_type: MQC_PACKET_NONE,
        reason_code: 0,
        is_fault: u8::from(why.is_fault()),
        reserved: [0; 6],
        properties: mqc_bytes::of(&[]),
        decode_error: NO_ERROR,
    };
    let coded =
        |reason, code: ReasonCode| mqc_event_closed { reason_code: code.0, ..plain(reason) };
    match why {
        CloseReason::Eof => plain(MQC_CLOSE_EOF),
        CloseReason::Local => plain(MQC_CLOSE_LOCAL),
        CloseReason::Disconnect(packet) => mqc_event_closed {
            properties: block(&packet.properties),
            ..coded(MQC_CLOSE_DISCONNECT, packet.reason)
        },
        CloseReason::Refused(packet) => mqc_event_closed {
            properties: block(&packet.properties),
            ..coded(MQC_CLOSE_REFUSED, packet.reason)
        },
        CloseReason::Malformed(error) => {
            let mut closed = coded(MQC_CLOSE_MALFORMED, error.reason_code());
            // SAFETY: the place is writable.
            unsafe { decode::refuse(error, &raw mut closed.decode_error) };
            closed
        }
        CloseReason::Violation(violation) => mqc_event_closed {
            violation: of_violation(*violation),
            packet_type: match violation {
                Violation::Unexpected(packet) => *packet as mqc_packet_type,
                _ => MQC_PACKET_NONE,
            },
            ..coded(MQC_CLOSE_VIOLATION, violation.reason_code())
        },
        CloseReason::Timeout(timer) => {
            mqc_event_closed { timer: of_timer(*timer), ..plain(MQC_CLOSE_TIMEOUT) }
        }
        CloseReason::TakenOver => plain(MQC_CLOSE_TAKEN_OVER),
        CloseReason::Fenced => plain(MQC_CLOSE_FENCED),
        _ => plain(MQC_CLOSE_OTHER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::variants::assert_variants;
    use mqtt_core::{
        Auth, ConnAck, Connect, DecodeOptions, Disconnect, PacketId, PacketType, Publish,
        Subscribe, Unsubscribe, decode,
    };

    const EVENTS: &str = include_str!("../../../mqtt-core/src/session/event.rs");
    const ERRORS: &str = include_str!("../../../mqtt-core/src/session/error.rs");

    fn kind(event: Event<'_>) -> mqc_event_kind {
        let mut out = MaybeUninit::<mqc_event>::uninit();
        // SAFETY: the place is writable, and the kind is always written.
        unsafe {
            write(Some(event), &mut Tokens::default(), &mut Vec::new(), out.as_mut_ptr());
            (&raw const (*out.as_ptr()).kind).read()
        }
    }

    #[test]
    fn every_event_has_a_kind_of_its_own() {
        let (packet_id, properties) = (PacketId::MIN, Properties::EMPTY);
        let reasons = ReasonCodes::new(&[]);
        let reason = ReasonCode::SUCCESS;
        let all = [
            Event::Connected { connack: ConnAck::default(), session: SessionStart::New },
            Event::Connect(Connect::default()),
            Event::Message { publish: Publish::default(), ack: None, seq: None },
            Event::Published { token: 1, packet_id, reason, properties },
            Event::Dropped { token: 1, why: DropReason::Expired },
            Event::Fenced { epoch: 1 },
            Event::Writable,
            Event::Subscribed { token: 1, packet_id, reasons, properties },
            Event::Unsubscribed { token: 1, packet_id, reasons, properties },
            Event::Subscribe(Subscribe::new(packet_id)),
            Event::Unsubscribe(Unsubscribe::new(packet_id)),
            Event::Auth(Auth::default()),
            Event::Closed(CloseReason::Eof),
        ];
        assert_variants(EVENTS, "Event", &all);
        let kinds: Vec<_> = all.into_iter().map(kind).collect();
        assert_eq!(kinds, (1..=13).collect::<Vec<_>>());
    }

    #[test]
    fn every_reason_has_a_number_of_its_own() {
        let error = decode(b"\0\0", None, &DecodeOptions::DEFAULT).expect_err("no packet");
        let all = [
            CloseReason::Eof,
            CloseReason::Local,
            CloseReason::Disconnect(Disconnect::default()),
            CloseReason::Refused(ConnAck::default()),
            CloseReason::Malformed(error),
            CloseReason::Violation(Violation::TopicAlias),
            CloseReason::Timeout(Timer::Ping),
            CloseReason::TakenOver,
            CloseReason::Fenced,
        ];
        assert_variants(ERRORS, "CloseReason", &all);
        let numbers: Vec<_> = all.iter().map(|why| of_close_reason(why).reason).collect();
        assert_eq!(numbers, (1..=9).collect::<Vec<_>>());

        let all = [
            Violation::Unexpected(PacketType::Auth),
            Violation::ReceiveMaximum,
            Violation::TopicAlias,
            Violation::UnknownTopicAlias,
            Violation::SessionPresent,
            Violation::ReasonCodeCount,
            Violation::AuthenticationMethod,
            Violation::SessionExpiry,
            Violation::NotSupported(ReasonCode::QOS_NOT_SUPPORTED),
        ];
        assert_variants(ERRORS, "Violation", &all);
        let numbers: Vec<_> = all.into_iter().map(of_violation).collect();
        assert_eq!(numbers, (1..=9).collect::<Vec<_>>());

        let all = [Timer::Connect, Timer::Ping, Timer::PingResponse, Timer::KeepAlive];
        assert_variants(ERRORS, "Timer", &all);
        assert_eq!(all.map(of_timer), [1, 2, 3, 4]);

        let all = [
            DropReason::SessionLost,
            DropReason::Expired,
            DropReason::QueueFull,
            DropReason::TooLarge,
            DropReason::NotSupported,
        ];
        assert_variants(EVENTS, "DropReason", &all);
        assert_eq!(all.map(of_drop_reason), [1, 2, 3, 4, 5]);

        let all = [SessionStart::New, SessionStart::Resumed, SessionStart::Lost { dropped: 7 }];
        assert_variants(EVENTS, "SessionStart", &all);
        assert_eq!(all.map(of_start), [(0, 0), (1, 0), (2, 7)]);
    }
}
