//! What a session has done, in numbers.

use crate::{
    MQC_BUFFER_TOO_SMALL,
    boundary::{guard, output, required},
    mqc_bytes, mqc_status, packet,
};
use mqtt_core::{Instant, Spread, Stats, Traffic};

/// Messages of one direction, by QoS.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_traffic {
    /// How many, of QoS 0, 1, 2.
    pub messages: [u64; 3],
    /// Bytes of their packets, of QoS 0, 1, 2.
    pub bytes: [u64; 3],
}

/// The least, the most and the sum of some numbers.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_spread {
    /// The least; 0 if there are none.
    pub min: u64,
    /// The most.
    pub max: u64,
    /// All added up.
    pub sum: u64,
    /// How many there are.
    pub count: u64,
}

/// What a session has done since it was made or its numbers were reset.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_stats {
    /// 1 if it is counted, as was configured; else 0, and so are all numbers.
    pub is_counted: u64,
    /// Messages of this side, each time they were written: those that were sent again count again.
    pub sent: mqc_traffic,
    /// Messages of the peer, each time they came.
    pub received: mqc_traffic,
    /// Connections that came as far as CONNACK.
    pub connects: u64,
    /// Connections that have ended, of those.
    pub disconnects: u64,
    /// Connections that a fault or a silence of the peer has ended, messages that it has refused,
    /// and messages that were dropped.
    pub errors: u64,
    /// Messages that are sent and not done, now.
    pub in_flight: u64,
    /// Messages that wait to be sent, now; also those that have expired and were not dropped yet.
    pub queued: u64,
    /// Bytes of their packets, now.
    pub queued_bytes: u64,
    /// How long messages of the peer waited to be polled, in milliseconds.
    pub latency: mqc_spread,
    /// How many messages came with one input.
    pub batch: mqc_spread,
    /// Since when it is counted, in the caller's milliseconds.
    pub from_ms: u64,
    /// Until when it is counted.
    pub to_ms: u64,
    /// Room for numbers to come, so that this structure keeps its size.
    pub reserved: [u64; 8],
}

impl mqc_stats {
    pub(super) fn of(stats: Option<Stats>) -> Self {
        let traffic = |it: Traffic| mqc_traffic { messages: it.messages, bytes: it.bytes };
        let spread = |it: Spread| {
            let Spread { min, max, sum, count } = it;
            mqc_spread { min, max, sum, count }
        };
        let is_counted = u64::from(stats.is_some());
        let stats = stats.unwrap_or_default();
        Self {
            is_counted,
            sent: traffic(stats.sent),
            received: traffic(stats.received),
            connects: stats.connects,
            disconnects: stats.disconnects,
            errors: stats.errors,
            in_flight: stats.in_flight,
            queued: stats.queued,
            queued_bytes: stats.queued_bytes,
            latency: spread(stats.latency),
            batch: spread(stats.batch),
            from_ms: stats.from.as_millis(),
            to_ms: stats.to.as_millis(),
            reserved: [0; 8],
        }
    }

    const fn core(&self) -> Stats {
        const fn traffic(it: mqc_traffic) -> Traffic {
            Traffic { messages: it.messages, bytes: it.bytes }
        }
        const fn spread(it: mqc_spread) -> Spread {
            Spread { min: it.min, max: it.max, sum: it.sum, count: it.count }
        }
        Stats {
            sent: traffic(self.sent),
            received: traffic(self.received),
            connects: self.connects,
            disconnects: self.disconnects,
            errors: self.errors,
            in_flight: self.in_flight,
            queued: self.queued,
            queued_bytes: self.queued_bytes,
            latency: spread(self.latency),
            batch: spread(self.batch),
            from: Instant::from_millis(self.from_ms),
            to: Instant::from_millis(self.to_ms),
        }
    }
}

/// Writes the numbers as Prometheus reads them.
///
/// @param stats     borrowed during the call
/// @param labels    UTF-8, goes with each number, as in `client="7"`; may be empty
/// @param out       written with MQC_OK, `*written` bytes of text, without a NUL
/// @param capacity  bytes at `out`; 4 KiB and 22 times `labels` are enough
/// @param written   written with MQC_OK
///
/// Ownership: `stats` and `labels` are borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_ERR_UTF8 or MQC_BUFFER_TOO_SMALL.
/// Cost: O(bytes written), allocates them once. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_stats_prometheus(
    stats: *const mqc_stats,
    labels: mqc_bytes,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
) -> mqc_status {
    guard(|| {
        required(stats)?;
        required(written)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let core = unsafe { stats.read() }.core();
        // SAFETY: the caller's promise.
        let labels = unsafe { packet::text(labels)? };
        let mut text = String::new();
        // A string takes it all.
        let _ = core.write_prometheus(labels, &mut text);
        // SAFETY: the caller's promise.
        let out = unsafe { output(out, capacity)? };
        let place = out.get_mut(..text.len()).ok_or(MQC_BUFFER_TOO_SMALL)?;
        place.copy_from_slice(text.as_bytes());
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { written.write(text.len()) };
        Ok(())
    })
}
