//! Retained messages of a broker, for its caller.

use super::{Core, look, mqc_broker};
use crate::{
    boundary::required,
    mqc_bytes, mqc_publish, mqc_status,
    object::{self, Object},
    packet,
    session::report,
    status,
};
use mqtt_core::TopicFilter;

/// Messages that were copied.
pub struct mqc_messages(Object<Messages>);

#[derive(Default)]
struct Messages {
    /// Topics, properties and payloads, one behind the other.
    bytes: Vec<u8>,
    messages: Vec<Kept>,
    next: usize,
}

/// Where a message is, and what it is.
struct Kept {
    start: usize,
    topic: usize,
    properties: usize,
    payload: usize,
    publish: mqc_publish,
}

/// Copies the retained messages whose topics a filter matches.
///
/// @param broker    made with mqc_broker_new()
/// @param filter    UTF-8
/// @param out       written with MQC_OK
///
/// Ownership: `filter` is borrowed during the call; `*out` is the caller's, to be freed with
///   mqc_messages_free().
/// Lifetime: `*out` lives until it is freed, whatever becomes of the broker.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_ERR_UTF8, or the MQC_ERR_* of
///   a filter that is not legal.
/// Cost: O(topics that match), allocates the copies. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects, `filter` to its bytes; no other thread changes
/// `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_retained(
    broker: *const mqc_broker,
    filter: mqc_bytes,
    out: *mut *mut mqc_messages,
) -> mqc_status {
    let body = |broker: &Core| {
        required(out)?;
        // SAFETY: the caller's promise.
        let filter = TopicFilter::new(unsafe { packet::text(filter)? });
        let filter = filter.map_err(|error| status::of_topic_error(&error))?;
        let mut messages = Messages::default();
        let mut properties = Vec::new();
        broker.retained(filter, |publish| {
            report::rewrite(&publish.properties, &mut properties);
            messages.messages.push(Kept {
                start: messages.bytes.len(),
                topic: publish.topic.len(),
                properties: properties.len(),
                payload: publish.payload.len(),
                publish: packet::of_publish(&publish),
            });
            for part in [publish.topic.as_bytes(), &properties, publish.payload] {
                messages.bytes.extend_from_slice(part);
            }
        });
        // SAFETY: not NULL; the rest is the caller's promise.
        crate::session::outcome(unsafe {
            object::create(out, || Ok(mqc_messages(Object::new(messages))))
        })
    };
    // SAFETY: the caller's promise.
    unsafe { look(broker, body) }
}

/// Takes the next message; `*is_there` is 0 if there is none.
///
/// @param messages  made with mqc_broker_retained()
/// @param out       written with MQC_OK, if there is one
/// @param is_there  written with MQC_OK: 1 or 0
///
/// Ownership: the bytes are those of `messages`.
/// Lifetime: the views in `*out` live until `messages` is freed.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `messages`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_messages_next(
    messages: *mut mqc_messages,
    out: *mut mqc_publish,
    is_there: *mut u8,
) -> mqc_status {
    let body = |messages: &mut Messages| {
        required(out)?;
        required(is_there)?;
        let Some(kept) = messages.messages.get(messages.next) else {
            // SAFETY: not NULL; the rest is the caller's promise.
            unsafe { is_there.write(0) };
            return Ok(());
        };
        let mut rest = messages.bytes.get(kept.start..).unwrap_or(&[]);
        let mut part = |len: usize| {
            let (front, behind) = rest.split_at_checked(len).unwrap_or_default();
            rest = behind;
            mqc_bytes::of(front)
        };
        let topic = part(kept.topic);
        let properties = part(kept.properties);
        let publish =
            mqc_publish { topic, properties, payload: part(kept.payload), ..kept.publish };
        messages.next += 1;
        // SAFETY: as above, for both.
        unsafe {
            out.write(publish);
            is_there.write(1);
        }
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(messages, |it| &mut it.0, body) }
}

/// Frees copied messages; NULL is fine.
///
/// @param messages  of no use after the call
///
/// Ownership: `messages` is taken.
/// Lifetime: what came from it ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(messages). Since 0.1.
///
/// # Safety
/// `messages` is NULL or came from mqc_broker_retained(), and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_messages_free(messages: *mut mqc_messages) {
    // SAFETY: the caller's promise.
    unsafe { object::free(messages) }
}
