//! The topics of the broker itself: `$SYS`.

use super::engine::Broker;
use super::net::Owner;
use crate::{Publish, QoS};
use alloc::string::String;
use core::fmt::Write;
use core::hash::BuildHasher;
use core::time::Duration;

impl<S: BuildHasher + Clone> Broker<S> {
    /// Publishes what the broker has done and has, as retained messages of QoS 0 below `$SYS/broker`.
    pub(super) fn publish_sys(&mut self) {
        self.sys_due = None;
        let Some(interval) = self.net.config.sys_interval else { return };
        let now = self.net.now;
        // Not at once again, however often.
        let interval = interval.max(Duration::from_millis(1));
        let next = now.after(interval);
        // At the end of all times there is no next one: it would be due at once, for ever.
        if next > now {
            self.net.timers.arm(&mut self.sys_due, next, Owner::Sys);
        }
        let stats = self.stats();
        let uptime = now.since(self.started).as_secs();
        let dropped = stats.dropped_offline
            + stats.dropped_full
            + stats.dropped_too_large
            + stats.dropped_refused
            + stats.dropped_expired;
        let values: [(&str, u64); 18] = [
            ("uptime", uptime),
            ("clients/connected", stats.connected as u64),
            ("clients/disconnected", (stats.sessions - stats.connected) as u64),
            ("clients/total", stats.sessions as u64),
            ("clients/expired", stats.sessions_expired),
            ("clients/accepted", stats.connects),
            ("clients/refused", stats.refused),
            ("clients/takeovers", stats.takeovers),
            ("connections/count", stats.connections as u64),
            ("subscriptions/count", stats.subscriptions as u64),
            ("retained messages/count", stats.retained as u64),
            ("retained messages/bytes", stats.retained_bytes as u64),
            ("publish/messages/received", stats.messages_received),
            ("publish/messages/sent", stats.messages_sent),
            ("publish/messages/dropped", dropped),
            ("store/messages/bytes", stats.queued_bytes as u64),
            ("bytes/received", stats.bytes_received),
            ("wills/published", stats.wills),
        ];
        let mut topic = String::new();
        let mut payload = String::new();
        let mut tell = |broker: &mut Self, name: &str, value: &dyn core::fmt::Display| {
            topic.clear();
            payload.clear();
            // A string takes it all.
            let _ = write!(topic, "$SYS/broker/{name}");
            let _ = write!(payload, "{value}");
            let (qos, payload) = (QoS::AtMostOnce, payload.as_bytes());
            broker.message.set(&Publish {
                topic: &topic,
                payload,
                qos,
                retain: true,
                ..Publish::default()
            });
            // They are no messages of anybody, and are not stored.
            broker.retain_message(None);
            broker.route(None);
        };
        tell(self, "version", &concat!("mqtt-core ", env!("CARGO_PKG_VERSION")));
        for (name, value) in values {
            tell(self, name, &value);
        }
    }
}
