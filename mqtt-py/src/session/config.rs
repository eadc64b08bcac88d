//! The settings of sessions.

use super::choice::size;
use crate::class::value_class;
use crate::field::Field;
use crate::options::{Limits, Strictness};
use core::time::Duration;
use mqtt_core::{AckMode, Durability, SessionConfig, SessionLost, Version};
use pyo3::prelude::*;

value_class! {
    /// Bounds of the messages that wait to be sent, and of those that are open.
    class QueueLimits [];
    text "(*, max_count=1000, max_bytes=1048576, max_open_bytes=4194304, max_open=65535)";
    positional {}
    keyword [*] {
        max_count: u64 = 1000;
        max_bytes: u64 = 1 << 20;
        max_open_bytes: u64 = 4 << 20;
        max_open: u16 = u16::MAX;
    }
    methods {}
}

value_class! {
    /// How a session tells a store its changes.
    class PersistConfig ["durability"];
    text "(durability=Durability.OFF, *, epoch=0, after=0, max_ops=1024, max_bytes=1048576)";
    positional {
        durability: Durability = Durability::Off;
    }
    keyword [*] {
        epoch: u64 = 0;
        after: u64 = 0;
        max_ops: u64 = 1024;
        max_bytes: u64 = 1 << 20;
    }
    methods {}
}

/// Settings that are objects of their own; `None` stands for their defaults.
macro_rules! nested {
    ($($Class:ident)*) => {
        $(impl Field for Py<$Class> {
            fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
                Ok(object.cast::<$Class>()?.clone().unbind())
            }

            fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                Ok(self.bind(py).clone().into_any())
            }

            fn same(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
                self.bind(py).eq(other.bind(py))
            }
        })*
    };
}

nested! { QueueLimits PersistConfig Limits Strictness }

impl QueueLimits {
    fn core(&self) -> mqtt_core::QueueLimits {
        mqtt_core::QueueLimits {
            max_count: size(self.max_count),
            max_bytes: size(self.max_bytes),
            max_open_bytes: size(self.max_open_bytes),
            max_open: self.max_open,
        }
    }
}

impl PersistConfig {
    fn core(&self) -> mqtt_core::PersistConfig {
        mqtt_core::PersistConfig {
            durability: self.durability,
            epoch: self.epoch,
            after: self.after,
            max_ops: size(self.max_ops),
            max_bytes: size(self.max_bytes),
        }
    }
}

/// The part of a configuration that both roles have.
macro_rules! session_config {
    ($config:expr) => {{
        let config = $config;
        let default = SessionConfig::default();
        SessionConfig {
            limits: config.limits.as_ref().map_or(default.limits, |it| it.get().core()),
            strictness: config.strictness.as_ref().map_or(default.strictness, |it| it.get().core()),
            ack: config.ack,
            queue: config.queue.as_ref().map_or(default.queue, |it| it.get().core()),
            max_output: size(config.max_output),
            max_auto_aliases: config.max_auto_aliases,
            stats: config.stats,
            persist: config.persist.as_ref().map_or(default.persist, |it| it.get().core()),
        }
    }};
}

value_class! {
    /// How a `ClientSession` behaves.
    class ClientConfig [];
    text "(*, version=Version.V5, connect_timeout=30.0, ping_timeout=10.0, \
          session_lost=SessionLost.DROP, limits=None, strictness=None, ack=AckMode.AUTO, \
          queue=None, max_output=262144, max_auto_aliases=0, stats=True, persist=None)";
    positional {}
    keyword [*] {
        version: Version = Version::V5;
        connect_timeout: Duration = Duration::from_secs(30);
        ping_timeout: Duration = Duration::from_secs(10);
        session_lost: SessionLost = SessionLost::Drop;
        limits: Option<Py<Limits>> = None;
        strictness: Option<Py<Strictness>> = None;
        ack: AckMode = AckMode::Auto;
        queue: Option<Py<QueueLimits>> = None;
        max_output: u64 = 256 * 1024;
        max_auto_aliases: u16 = 0;
        stats: bool = true;
        persist: Option<Py<PersistConfig>> = None;
    }
    methods {}
}

impl ClientConfig {
    pub(super) fn core(&self) -> mqtt_core::ClientConfig {
        mqtt_core::ClientConfig {
            version: self.version,
            session: session_config!(self),
            connect_timeout: self.connect_timeout,
            ping_timeout: self.ping_timeout,
            session_lost: self.session_lost,
        }
    }
}

value_class! {
    /// How a `ServerSession` behaves.
    class ServerConfig [];
    text "(*, connect_timeout=30.0, max_connect_size=131072, limits=None, strictness=None, \
          ack=AckMode.AUTO, queue=None, max_output=262144, max_auto_aliases=0, stats=False, \
          persist=None)";
    positional {}
    keyword [*] {
        connect_timeout: Duration = Duration::from_secs(30);
        max_connect_size: u32 = 128 * 1024;
        limits: Option<Py<Limits>> = None;
        strictness: Option<Py<Strictness>> = None;
        ack: AckMode = AckMode::Auto;
        queue: Option<Py<QueueLimits>> = None;
        max_output: u64 = 256 * 1024;
        max_auto_aliases: u16 = 0;
        stats: bool = false;
        persist: Option<Py<PersistConfig>> = None;
    }
    methods {}
}

impl ServerConfig {
    pub(crate) fn core(&self) -> mqtt_core::ServerConfig {
        mqtt_core::ServerConfig {
            session: session_config!(self),
            connect_timeout: self.connect_timeout,
            max_connect_size: self.max_connect_size,
        }
    }
}
