//! The settings of brokers.

use super::choice::{Authorization, Judge, ShareStrategy, Sharing};
use crate::class::value_class;
use crate::field::Field;
use crate::session::ServerConfig;
use crate::session::choice::size;
use crate::session::event::packets;
use core::time::Duration;
use mqtt_core::{Authentication, QoS, SlowConsumer};
use pyo3::prelude::*;

value_class! {
    /// Bounds of a whole broker.
    class BrokerLimits [];
    text "(*, max_connections=100000, max_sessions=200000, max_subscriptions=10000000, \
          max_subscriptions_per_client=1000, max_levels=128, max_retained=1000000, \
          max_retained_bytes=1073741824, max_queued_bytes=1073741824, max_event_bytes=16777216)";
    positional {}
    keyword [*] {
        max_connections: u64 = 100_000;
        max_sessions: u64 = 200_000;
        max_subscriptions: u64 = 10_000_000;
        max_subscriptions_per_client: u64 = 1000;
        max_levels: u64 = 128;
        max_retained: u64 = 1_000_000;
        max_retained_bytes: u64 = 1 << 30;
        max_queued_bytes: u64 = 1 << 30;
        max_event_bytes: u64 = 16 << 20;
    }
    methods {}
}

impl BrokerLimits {
    fn core(&self) -> mqtt_core::BrokerLimits {
        mqtt_core::BrokerLimits {
            max_connections: size(self.max_connections),
            max_sessions: size(self.max_sessions),
            max_subscriptions: size(self.max_subscriptions),
            max_subscriptions_per_client: size(self.max_subscriptions_per_client),
            max_levels: size(self.max_levels),
            max_retained: size(self.max_retained),
            max_retained_bytes: size(self.max_retained_bytes),
            max_queued_bytes: size(self.max_queued_bytes),
            max_event_bytes: size(self.max_event_bytes),
        }
    }
}

packets! { BrokerLimits ServerConfig }

value_class! {
    /// How a `Broker` behaves.
    class BrokerConfig [];
    text "(*, server=None, authentication=Authentication.ALLOW_ALL, sessions_of_users=True, \
          authorization=Authorization.ALLOW_ALL, max_qos=QoS.EXACTLY_ONCE, \
          retain_available=True, wildcards_available=True, shared_available=True, \
          subscription_ids_available=True, receive_maximum=100, topic_alias_maximum=10, \
          max_keep_alive=None, max_session_expiry=4294967295, \
          share_strategy=ShareStrategy.ROUND_ROBIN, slow_consumer=SlowConsumer.DROP, \
          max_publisher_wait=0.0, queue_qos_0=False, sys_interval=10.0, limits=None)";
    positional {}
    keyword [*] {
        server: Option<Py<ServerConfig>> = None;
        authentication: Authentication = Authentication::AllowAll;
        sessions_of_users: bool = true;
        authorization: Judge = Judge::Simple(Authorization::AllowAll);
        max_qos: QoS = QoS::ExactlyOnce;
        retain_available: bool = true;
        wildcards_available: bool = true;
        shared_available: bool = true;
        subscription_ids_available: bool = true;
        receive_maximum: u16 = 100;
        topic_alias_maximum: u16 = 10;
        max_keep_alive: Option<u16> = None;
        max_session_expiry: u32 = u32::MAX;
        share_strategy: Sharing = Sharing(ShareStrategy::RoundRobin);
        slow_consumer: SlowConsumer = SlowConsumer::Drop;
        max_publisher_wait: Duration = Duration::ZERO;
        queue_qos_0: bool = false;
        sys_interval: Option<Duration> = Some(Duration::from_secs(10));
        limits: Option<Py<BrokerLimits>> = None;
    }
    methods {}
}

impl BrokerConfig {
    pub(super) fn core(&self) -> mqtt_core::BrokerConfig {
        mqtt_core::BrokerConfig {
            server: self.server.as_ref().map_or_else(Default::default, |it| it.get().core()),
            authentication: self.authentication,
            sessions_of_users: self.sessions_of_users,
            authorization: self.authorization.core(),
            max_qos: self.max_qos,
            retain_available: self.retain_available,
            wildcards_available: self.wildcards_available,
            shared_available: self.shared_available,
            subscription_ids_available: self.subscription_ids_available,
            receive_maximum: self.receive_maximum,
            topic_alias_maximum: self.topic_alias_maximum,
            max_keep_alive: self.max_keep_alive,
            max_session_expiry: self.max_session_expiry,
            share_strategy: self.share_strategy.core(),
            slow_consumer: self.slow_consumer,
            max_publisher_wait: self.max_publisher_wait,
            queue_qos_0: self.queue_qos_0,
            sys_interval: self.sys_interval,
            limits: self.limits.as_ref().map_or_else(Default::default, |it| it.get().core()),
        }
    }
}
