//! What AMQP 0-9-1 and Kafka call an MQTT topic, and back.

use crate::{
    MQC_BUFFER_TOO_SMALL, MQC_ERR_MAP_EXCHANGE, MQC_ERR_UTF8,
    boundary::{guard, output, required},
    mqc_bytes, mqc_status, mqc_topic_error, mqc_version, status, topic, types,
};
use core::ptr;
use mqtt_core::{
    Version,
    mapping::{self, Mapped, Unmappable, Why},
};

/// Where a mapped text goes.
#[derive(Clone, Copy)]
struct Target {
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
    error: *mut mqc_topic_error,
}

/// What a text is called on the other side, and the exchange in front of it where that is a view.
type Found<'a> = Result<(Option<&'a str>, Mapped<'a>), Unmappable>;

impl Target {
    /// Writes what was found.
    ///
    /// # Safety
    /// The pointers are NULL or point to memory of their kind; `exchange` too.
    unsafe fn put(self, found: Found<'_>, exchange: *mut mqc_bytes) -> Result<(), mqc_status> {
        let (front, mapped) = match found {
            Ok(found) => found,
            // SAFETY: the caller's promise.
            Err(fault) => return Err(unsafe { self.refuse(fault) }),
        };
        // SAFETY: the caller's promise.
        let out = unsafe { output(self.out, self.capacity)? };
        let len = mapped.len();
        if len > out.len() {
            // SAFETY: judged before; the rest is the caller's promise.
            unsafe { self.written.write(len) };
            return Err(MQC_BUFFER_TOO_SMALL);
        }
        mapped.write_to_slice(out).map_err(|_| MQC_BUFFER_TOO_SMALL)?;
        // SAFETY: as above.
        unsafe { self.written.write(len) };
        if let Some(front) = front {
            // SAFETY: as above.
            unsafe { exchange.write(mqc_bytes::of(front.as_bytes())) };
        }
        Ok(())
    }

    /// # Safety
    /// As [`topic::report`].
    unsafe fn refuse(self, fault: Unmappable) -> mqc_status {
        let offset = match fault.why {
            Why::TooLong { max, .. } => max,
            Why::Separator { at } | Why::Wildcard { at } | Why::Character { at } => at,
            _ => 0,
        };
        // SAFETY: the caller's promise.
        unsafe { topic::report(status::of_unmappable(fault), offset, None, self.error) }
    }
}

/// Maps one text to one text.
///
/// # Safety
/// The pointers are NULL or point to memory of their kind.
unsafe fn map<'a>(
    target: Target,
    find: impl FnOnce(*mut mqc_topic_error) -> Result<Found<'a>, mqc_status>,
) -> mqc_status {
    guard(|| {
        required(target.written)?;
        let found = find(target.error)?;
        // SAFETY: the caller's promise.
        unsafe { target.put(found, ptr::null_mut()) }
    })
}

/// Maps one text to an exchange and a key.
///
/// # Safety
/// The pointers are NULL or point to memory of their kind.
unsafe fn map_to_exchange<'a>(
    target: Target,
    exchange: *mut mqc_bytes,
    find: impl FnOnce(*mut mqc_topic_error) -> Result<Found<'a>, mqc_status>,
) -> mqc_status {
    guard(|| {
        required(exchange)?;
        required(target.written)?;
        let found = find(target.error)?;
        // SAFETY: the caller's promise.
        unsafe { target.put(found, exchange) }
    })
}

const fn alone(mapped: Mapped<'_>) -> (Option<&str>, Mapped<'_>) {
    (None, mapped)
}

const fn behind<'a>((exchange, key): (&'a str, Mapped<'a>)) -> (Option<&'a str>, Mapped<'a>) {
    (Some(exchange), key)
}

/// The name of an exchange; what is no text is none.
///
/// # Safety
/// As [`topic::text`].
unsafe fn exchange_name<'a>(
    exchange: mqc_bytes,
    error: *mut mqc_topic_error,
) -> Result<&'a str, mqc_status> {
    // SAFETY: the caller's promise.
    let name = unsafe { topic::text(exchange, Version::V5, ptr::null_mut()) };
    name.map_err(|fault| match fault {
        // SAFETY: the caller's promise.
        MQC_ERR_UTF8 => unsafe { topic::report(MQC_ERR_MAP_EXCHANGE, 0, None, error) },
        other => other,
    })
}

/// Writes the AMQP routing key for a topic name: `sensors/temperature` is `sensors.temperature`.
///
/// What maps, maps back to the same text, and matching is kept: a filter matches a name if and only
/// if its binding key matches the routing key. What the other side cannot carry is refused; nothing
/// is escaped, shortened or replaced.
///
/// @param topic     a topic name, UTF-8
/// @param out       written with MQC_OK, `*written` bytes, UTF-8, not NUL-terminated
/// @param capacity  bytes at `out`; 255 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the key
/// @param error     written if the text is refused; may be NULL
///
/// Ownership: `topic` is borrowed during the call; `out` is the caller's.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL, those of
///   mqc_topic_check(), MQC_ERR_MAP_TOO_LONG above 255 bytes, MQC_ERR_MAP_DOLLAR,
///   MQC_ERR_MAP_SEPARATOR for `.`, or MQC_ERR_MAP_WILDCARD for a level `*`.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_topic_to_routing_key(
    topic: mqc_bytes,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
    error: *mut mqc_topic_error,
) -> mqc_status {
    let target = Target { out, capacity, written, error };
    // SAFETY: the caller's promises.
    unsafe {
        map(target, |error| {
            let topic = topic::name(topic, Version::V5, error)?;
            Ok(mapping::name_to_routing_key(topic).map(alone))
        })
    }
}

/// Writes the topic name for an AMQP routing key: `sensors.temperature` is `sensors/temperature`.
///
/// @param key       a routing key, UTF-8
/// @param out       written with MQC_OK, `*written` bytes, UTF-8, not NUL-terminated
/// @param capacity  bytes at `out`; 255 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the name
/// @param error     written if the text is refused; may be NULL
///
/// Ownership: `key` is borrowed during the call; `out` is the caller's.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL, MQC_ERR_UTF8,
///   MQC_ERR_MAP_EMPTY, MQC_ERR_MAP_TOO_LONG above 255 bytes, MQC_ERR_MAP_DOLLAR,
///   MQC_ERR_MAP_SEPARATOR for `/`, MQC_ERR_MAP_WILDCARD for `+`, `#` and a word `*`, or
///   MQC_ERR_MAP_CHARACTER for U+0000.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_routing_key_to_topic(
    key: mqc_bytes,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
    error: *mut mqc_topic_error,
) -> mqc_status {
    let target = Target { out, capacity, written, error };
    // SAFETY: the caller's promises.
    unsafe {
        map(target, |error| {
            let key = topic::text(key, Version::V5, error)?;
            Ok(mapping::routing_key_to_name(key).map(alone))
        })
    }
}

/// Writes the AMQP binding key for a topic filter.
///
/// `sensors/+/#` is `sensors.*.#`.
///
/// @param filter    UTF-8; of a shared one, map the part that matches, and let the group share a
///                  queue
/// @param version   by whose rules: before 5.0, `$share/` means nothing
/// @param out       written with MQC_OK, `*written` bytes, UTF-8, not NUL-terminated
/// @param capacity  bytes at `out`; 255 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the key
/// @param error     written if the text is refused; may be NULL
///
/// Ownership: `filter` is borrowed during the call; `out` is the caller's.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_ERR_MAP_SHARED, those of mqc_filter_check(), and those of
///   mqc_topic_to_routing_key().
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_filter_to_binding_key(
    filter: mqc_bytes,
    version: mqc_version,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
    error: *mut mqc_topic_error,
) -> mqc_status {
    let target = Target { out, capacity, written, error };
    // SAFETY: the caller's promises.
    unsafe {
        map(target, |error| {
            let filter = topic::filter(filter, types::known_version(version)?, error)?;
            Ok(mapping::filter_to_binding_key(filter).map(alone))
        })
    }
}

/// Writes the topic filter for an AMQP binding key.
///
/// `sensors.*.#` is `sensors/+/#`.
///
/// @param key       a binding key, UTF-8
/// @param out       written with MQC_OK, `*written` bytes, UTF-8, not NUL-terminated
/// @param capacity  bytes at `out`; 255 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the filter
/// @param error     written if the text is refused; may be NULL
///
/// Ownership: `key` is borrowed during the call; `out` is the caller's.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: those of mqc_routing_key_to_topic(), but MQC_ERR_MAP_WILDCARD for `+`, and for `#` that
///   is not the last word.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_binding_key_to_filter(
    key: mqc_bytes,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
    error: *mut mqc_topic_error,
) -> mqc_status {
    let target = Target { out, capacity, written, error };
    // SAFETY: the caller's promises.
    unsafe {
        map(target, |error| {
            let key = topic::text(key, Version::V5, error)?;
            Ok(mapping::binding_key_to_filter(key).map(alone))
        })
    }
}

/// Gives the AMQP exchange and writes the routing key for a topic name, whose first level is the
/// exchange: `orders/eu/new` is `orders` and `eu.new`; `orders` is `orders` and the empty key.
///
/// @param topic     a topic name, UTF-8
/// @param exchange  written with MQC_OK: a view of the first level of `topic`
/// @param out       written with MQC_OK, `*written` bytes, UTF-8, not NUL-terminated
/// @param capacity  bytes at `out`; 255 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the key
/// @param error     written if the text is refused; may be NULL
///
/// Ownership: `topic` is borrowed during the call; `out` is the caller's.
/// Lifetime: the view in `*exchange` lives as long as `topic`; `error->statement` for ever.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL, those of
///   mqc_topic_check(), MQC_ERR_MAP_EXCHANGE, MQC_ERR_MAP_EMPTY_LEVEL, MQC_ERR_MAP_TOO_LONG above
///   255 bytes of the key, MQC_ERR_MAP_SEPARATOR for `.` in the key, or MQC_ERR_MAP_WILDCARD for a
///   level `*`.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_topic_to_exchange(
    topic: mqc_bytes,
    exchange: *mut mqc_bytes,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
    error: *mut mqc_topic_error,
) -> mqc_status {
    let target = Target { out, capacity, written, error };
    // SAFETY: the caller's promises.
    unsafe {
        map_to_exchange(target, exchange, |error| {
            let topic = topic::name(topic, Version::V5, error)?;
            Ok(mapping::name_to_exchange(topic).map(behind))
        })
    }
}

/// Writes the topic name for an AMQP exchange and a routing key: `orders` and `eu.new` are
/// `orders/eu/new`.
///
/// @param exchange  1 to 127 of `A-Z a-z 0-9 - _ . :`
/// @param key       a routing key, UTF-8; may have no bytes
/// @param out       written with MQC_OK, `*written` bytes, UTF-8, not NUL-terminated
/// @param capacity  bytes at `out`; 383 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the name
/// @param error     written if a text is refused; may be NULL. Its offset is in `key`, with
///                  MQC_ERR_MAP_EXCHANGE it is 0
///
/// Ownership: `exchange` and `key` are borrowed during the call; `out` is the caller's.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_ERR_MAP_EXCHANGE, and those of mqc_routing_key_to_topic() but MQC_ERR_MAP_EMPTY and
///   MQC_ERR_MAP_DOLLAR.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_exchange_to_topic(
    exchange: mqc_bytes,
    key: mqc_bytes,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
    error: *mut mqc_topic_error,
) -> mqc_status {
    let target = Target { out, capacity, written, error };
    // SAFETY: the caller's promises.
    unsafe {
        map(target, |error| {
            let exchange = exchange_name(exchange, error)?;
            let key = topic::text(key, Version::V5, error)?;
            Ok(mapping::exchange_to_name(exchange, key).map(alone))
        })
    }
}

/// Gives the AMQP exchange and writes the binding key for a topic filter, whose first level is the
/// exchange.
///
/// `orders/+/#` is `orders` and `*.#`; `orders` is `orders` and the empty key.
///
/// @param filter    UTF-8
/// @param version   by whose rules: before 5.0, `$share/` means nothing
/// @param exchange  written with MQC_OK: a view of the first level of `filter`
/// @param out       written with MQC_OK, `*written` bytes, UTF-8, not NUL-terminated
/// @param capacity  bytes at `out`; 255 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the key
/// @param error     written if the text is refused; may be NULL
///
/// Ownership: `filter` is borrowed during the call; `out` is the caller's.
/// Lifetime: the view in `*exchange` lives as long as `filter`; `error->statement` for ever.
/// Threads: any.
/// Errors: MQC_ERR_MAP_SHARED, those of mqc_filter_check(), and those of mqc_topic_to_exchange();
///   MQC_ERR_MAP_EXCHANGE also for a wildcard there.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_filter_to_exchange(
    filter: mqc_bytes,
    version: mqc_version,
    exchange: *mut mqc_bytes,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
    error: *mut mqc_topic_error,
) -> mqc_status {
    let target = Target { out, capacity, written, error };
    // SAFETY: the caller's promises.
    unsafe {
        map_to_exchange(target, exchange, |error| {
            let filter = topic::filter(filter, types::known_version(version)?, error)?;
            Ok(mapping::filter_to_exchange(filter).map(behind))
        })
    }
}

/// Writes the topic filter for an AMQP exchange and a binding key.
///
/// `orders` and `*.#` are `orders/+/#`.
///
/// @param exchange  1 to 127 of `A-Z a-z 0-9 - _ . :`
/// @param key       a binding key, UTF-8; may have no bytes
/// @param out       written with MQC_OK, `*written` bytes, UTF-8, not NUL-terminated
/// @param capacity  bytes at `out`; 383 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the filter
/// @param error     written if a text is refused; may be NULL. Its offset is in `key`, with
///                  MQC_ERR_MAP_EXCHANGE it is 0
///
/// Ownership: `exchange` and `key` are borrowed during the call; `out` is the caller's.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_ERR_MAP_EXCHANGE, and those of mqc_binding_key_to_filter() but MQC_ERR_MAP_EMPTY and
///   MQC_ERR_MAP_DOLLAR.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_exchange_to_filter(
    exchange: mqc_bytes,
    key: mqc_bytes,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
    error: *mut mqc_topic_error,
) -> mqc_status {
    let target = Target { out, capacity, written, error };
    // SAFETY: the caller's promises.
    unsafe {
        map(target, |error| {
            let exchange = exchange_name(exchange, error)?;
            let key = topic::text(key, Version::V5, error)?;
            Ok(mapping::exchange_to_filter(exchange, key).map(alone))
        })
    }
}

/// Writes the Kafka topic for a topic name: `sensors/temperature` is `sensors.temperature`.
///
/// Kafka does not let two topics exist that differ only in `.` and `_`, such as those for `a/b` and
/// `a_b`.
///
/// @param topic     a topic name, UTF-8
/// @param out       written with MQC_OK, `*written` bytes, ASCII, not NUL-terminated
/// @param capacity  bytes at `out`; 249 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the Kafka topic
/// @param error     written if the text is refused; may be NULL
///
/// Ownership: `topic` is borrowed during the call; `out` is the caller's.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL, those of
///   mqc_topic_check(), MQC_ERR_MAP_TOO_LONG above 249 bytes, MQC_ERR_MAP_SEPARATOR for `.`,
///   MQC_ERR_MAP_CHARACTER for what is not of `A-Z a-z 0-9 _ -`, or MQC_ERR_MAP_DOTS for `/` and
///   `//`.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_topic_to_kafka_topic(
    topic: mqc_bytes,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
    error: *mut mqc_topic_error,
) -> mqc_status {
    let target = Target { out, capacity, written, error };
    // SAFETY: the caller's promises.
    unsafe {
        map(target, |error| {
            let topic = topic::name(topic, Version::V5, error)?;
            Ok(mapping::name_to_kafka_topic(topic).map(alone))
        })
    }
}

/// Writes the topic name for a Kafka topic: `sensors.temperature` is `sensors/temperature`. Every
/// legal topic of Kafka has one.
///
/// @param topic     a Kafka topic
/// @param out       written with MQC_OK, `*written` bytes, ASCII, not NUL-terminated
/// @param capacity  bytes at `out`; 249 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the name
/// @param error     written if the text is refused; may be NULL
///
/// Ownership: `topic` is borrowed during the call; `out` is the caller's.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL, MQC_ERR_UTF8, or for what
///   is no topic of Kafka: MQC_ERR_MAP_EMPTY, MQC_ERR_MAP_TOO_LONG above 249 bytes,
///   MQC_ERR_MAP_DOTS or MQC_ERR_MAP_CHARACTER.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_kafka_topic_to_topic(
    topic: mqc_bytes,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
    error: *mut mqc_topic_error,
) -> mqc_status {
    let target = Target { out, capacity, written, error };
    // SAFETY: the caller's promises.
    unsafe {
        map(target, |error| {
            let topic = topic::text(topic, Version::V5, error)?;
            Ok(mapping::kafka_topic_to_name(topic).map(alone))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::*;

    #[test]
    fn each_reason_has_a_status_of_its_own() {
        let at = 1;
        let reasons = [
            (Why::TooLong { len: 2, max: 1 }, MQC_ERR_MAP_TOO_LONG),
            (Why::Separator { at }, MQC_ERR_MAP_SEPARATOR),
            (Why::Wildcard { at }, MQC_ERR_MAP_WILDCARD),
            (Why::Character { at }, MQC_ERR_MAP_CHARACTER),
            (Why::Empty, MQC_ERR_MAP_EMPTY),
            (Why::EmptyLevel, MQC_ERR_MAP_EMPTY_LEVEL),
            (Why::Dollar, MQC_ERR_MAP_DOLLAR),
            (Why::Shared, MQC_ERR_MAP_SHARED),
            (Why::Exchange, MQC_ERR_MAP_EXCHANGE),
            (Why::Dots, MQC_ERR_MAP_DOTS),
        ];
        for (why, kind) in reasons {
            assert_eq!(status::of_unmappable(Unmappable { why }), kind);
        }
    }
}
