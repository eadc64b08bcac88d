//! Lists of topic filters: walking a block of them and building one.

use crate::{
    MQC_ERR_TRUNCATED,
    boundary::{guard, output, required},
    mqc_bytes, mqc_qos, mqc_status, mqc_version,
    packet::text,
    status, types,
};
use mqtt_core::{
    RetainHandling, Subscription, SubscriptionOptions, Subscriptions, TopicFilter, TopicFilters,
};

/// When a new subscription gets retained messages.
pub type mqc_retain_handling = u8;
/// At every SUBSCRIBE.
pub const MQC_RETAIN_HANDLING_SEND_ALWAYS: mqc_retain_handling = 0;
/// Only if the subscription did not exist before.
pub const MQC_RETAIN_HANDLING_SEND_IF_NEW: mqc_retain_handling = 1;
/// Never.
pub const MQC_RETAIN_HANDLING_DO_NOT_SEND: mqc_retain_handling = 2;

/// A topic filter with the options of its subscription. Zeroed memory is QoS 0 and everything as in
/// 3.1.1, which has only the QoS.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_subscription {
    /// Topic filter, UTF-8; in 5.0 also `$share/group/filter`.
    pub filter: mqc_bytes,
    /// Highest QoS of delivery: `MQC_QOS_*`.
    pub qos: mqc_qos,
    /// 1 not to get what this client published itself, else 0; not for shared subscriptions.
    pub no_local: u8,
    /// 1 to get RETAIN as the publisher set it, else 0.
    pub retain_as_published: u8,
    /// When to get retained messages: `MQC_RETAIN_HANDLING_*`.
    pub retain_handling: mqc_retain_handling,
    /// Zero.
    pub reserved: u32,
}

impl mqc_subscription {
    /// No subscription.
    pub(crate) const NONE: Self = Self {
        filter: mqc_bytes::of(&[]),
        qos: 0,
        no_local: 0,
        retain_as_published: 0,
        retain_handling: 0,
        reserved: 0,
    };

    pub(crate) fn of(subscription: &Subscription<'_>) -> Self {
        let options = subscription.options;
        Self {
            filter: mqc_bytes::of(subscription.filter.as_bytes()),
            qos: options.qos as u8,
            no_local: u8::from(options.no_local),
            retain_as_published: u8::from(options.retain_as_published),
            retain_handling: options.retain_handling as u8,
            reserved: 0,
        }
    }

    /// # Safety
    /// The view points to its bytes.
    pub(crate) unsafe fn core<'a>(&self) -> Result<Subscription<'a>, mqc_status> {
        let retain_handling = RetainHandling::try_from(self.retain_handling)
            .map_err(|_| crate::MQC_INVALID_ARGUMENT)?;
        Ok(Subscription {
            // SAFETY: the caller's promise.
            filter: unsafe { text(self.filter)? },
            options: SubscriptionOptions {
                qos: types::qos(self.qos)?,
                no_local: types::flag(self.no_local)?,
                retain_as_published: types::flag(self.retain_as_published)?,
                retain_handling,
            },
        })
    }
}

/// Takes the next subscription from the front of a block.
///
/// Begin with a copy of the `subscriptions` of an mqc_subscribe; each call shortens it. At the end
/// of the block `out->filter` has no bytes, again and again. Nothing is copied: the view in `*out`
/// points into the block. A block that comes from mqc_decode() never gives an error; of any other
/// only the layout is checked here, and that filters are not empty.
///
/// @param rest      what is left of the block; advanced with MQC_OK
/// @param out       written with MQC_OK
///
/// Ownership: the bytes of `rest` are borrowed during the call.
/// Lifetime: the view in `*out` lives as long as the block.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or MQC_ERR_TRUNCATED if the block does not begin
///   with a subscription.
/// Cost: O(bytes of the subscription), no allocation. Since 0.1.
///
/// # Safety
/// `rest` and `out` are NULL or point to such structures, and `*rest` to its bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_subscription_next(
    rest: *mut mqc_bytes,
    out: *mut mqc_subscription,
) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe {
        next(rest, out, |block| {
            if block.is_empty() {
                return Some((mqc_subscription::NONE, block));
            }
            let (subscription, rest) = Subscriptions::split_wire(block)?;
            // It would be taken for the end.
            if subscription.filter.is_empty() {
                return None;
            }
            Some((mqc_subscription::of(&subscription), rest))
        })
    }
}

/// Takes the next topic filter from the front of a block.
///
/// Begin with a copy of the `filters` of an mqc_unsubscribe; each call shortens it. At the end of
/// the block `*out` has no bytes, again and again. Nothing is copied: the view in `*out` points into
/// the block. A block that comes from mqc_decode() never gives an error; of any other only the layout
/// is checked here, and that filters are not empty.
///
/// @param rest      what is left of the block; advanced with MQC_OK
/// @param out       written with MQC_OK
///
/// Ownership: the bytes of `rest` are borrowed during the call.
/// Lifetime: the view in `*out` lives as long as the block.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or MQC_ERR_TRUNCATED if the block does not begin
///   with a filter.
/// Cost: O(bytes of the filter), no allocation. Since 0.1.
///
/// # Safety
/// `rest` and `out` are NULL or point to such structures, and `*rest` to its bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_filter_next(rest: *mut mqc_bytes, out: *mut mqc_bytes) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe {
        next(rest, out, |block| {
            if block.is_empty() {
                return Some((mqc_bytes::of(&[]), block));
            }
            let (filter, rest) = TopicFilters::split_wire(block)?;
            if filter.is_empty() {
                return None;
            }
            Some((mqc_bytes::of(filter.as_bytes()), rest))
        })
    }
}

/// Takes an item from the front of a block.
///
/// # Safety
/// As mqc_subscription_next().
unsafe fn next<T>(
    rest: *mut mqc_bytes,
    out: *mut T,
    split: impl FnOnce(&[u8]) -> Option<(T, &[u8])>,
) -> mqc_status {
    guard(|| {
        required(rest)?;
        required(out)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let block = unsafe { rest.read() };
        // SAFETY: the caller's promise.
        let (item, behind) = split(unsafe { block.get()? }).ok_or(MQC_ERR_TRUNCATED)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { rest.write(mqc_bytes::of(behind)) };
        // SAFETY: as above.
        unsafe { out.write(item) };
        Ok(())
    })
}

/// Writes one subscription in wire form, to append it to a block.
///
/// The block goes into the `subscriptions` of an mqc_subscribe.
///
/// @param subscription  borrowed during the call, with what it points to
/// @param version       of the connection
/// @param out           written with MQC_OK, `*written` bytes
/// @param capacity      bytes at `out`
/// @param written       written with MQC_OK
///
/// Ownership: `subscription` and what it points to are borrowed during the call; `out` is the
///   caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL, MQC_ERR_ENCODE_*, or the
///   MQC_ERR_* of a filter that is not legal.
/// Cost: O(bytes written), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_subscription_put(
    subscription: *const mqc_subscription,
    version: mqc_version,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
) -> mqc_status {
    guard(|| {
        required(subscription)?;
        required(written)?;
        let version = types::known_version(version)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let core = unsafe { (*subscription).core()? };
        // SAFETY: the caller's promise.
        let out = unsafe { output(out, capacity)? };
        let len =
            core.encode_to_slice(version, out).map_err(|error| status::of_encode_error(&error))?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { written.write(len) };
        Ok(())
    })
}

/// Writes one topic filter in wire form, to append it to a block.
///
/// The block goes into the `filters` of an mqc_unsubscribe.
///
/// @param filter    UTF-8; borrowed during the call
/// @param version   of the connection
/// @param out       written with MQC_OK, `*written` bytes
/// @param capacity  bytes at `out`
/// @param written   written with MQC_OK
///
/// Ownership: `filter` is borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL,
///   MQC_ERR_ENCODE_FIELD_TOO_LONG, or the MQC_ERR_* of a filter that is not legal.
/// Cost: O(bytes written), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_filter_put(
    filter: mqc_bytes,
    version: mqc_version,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
) -> mqc_status {
    guard(|| {
        required(written)?;
        let version = types::known_version(version)?;
        // SAFETY: the caller's promise.
        let filter = unsafe { text(filter)? };
        // SAFETY: the caller's promise.
        let out = unsafe { output(out, capacity)? };
        let filter = TopicFilter::for_version(filter, version)
            .map_err(|error| status::of_topic_error(&error))?;
        let len = filter.encode_to_slice(out).map_err(|error| status::of_encode_error(&error))?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { written.write(len) };
        Ok(())
    })
}
