//! How a broker is set up, and what the oracle knows of that.

use crate::asked::Verdicts;
use crate::seeds::Random;
use core::time::Duration;
use mqtt_core::{
    Authentication, Authorization, BrokerConfig, Durability, QoS, QueueLimits, ShareStrategy,
    SlowConsumer,
};

/// What the broker was set up with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) max_session_expiry: u32,
    /// Messages that may wait for one client.
    pub(crate) max_queue: usize,
    /// The same in bytes.
    pub(crate) max_queue_bytes: usize,
    /// Subscriptions of one session.
    pub(crate) max_subscriptions: usize,
    /// Retained messages, and their bytes.
    pub(crate) max_retained: usize,
    pub(crate) max_retained_bytes: usize,
    /// What is granted at most.
    pub(crate) max_qos: QoS,
    /// Publishers may wait for receivers.
    pub(crate) holds: bool,
    pub(crate) drops_slow: bool,
    /// What is promised waits until it is safe, and outlives a crash.
    pub(crate) gates: bool,
    /// Who may do what, if the broker asks.
    pub(crate) verdicts: Option<Verdicts>,
    /// Now and then somebody is refused.
    pub(crate) refuses: bool,
    /// Now and then another broker takes the store away.
    pub(crate) fences: bool,
}

impl Rules {
    /// True if the broker may wait for somebody before it reads on.
    pub(crate) fn waits(&self) -> bool {
        self.gates || self.holds || self.verdicts.is_some() || self.max_subscriptions < 1000
    }

    /// True if each message that is to be retained is.
    pub(crate) fn retains_all(&self) -> bool {
        self.max_retained >= 1000 && self.max_retained_bytes >= 1 << 20
    }

    /// True if a queue may be full.
    pub(crate) fn has_small_queues(&self) -> bool {
        self.max_queue < 1000 || self.max_queue_bytes < 1 << 20
    }
}

/// How a broker may be set up: by two sequences of numbers, so that what the first says does not depend on the second.
pub(crate) fn config(random: &mut Random, more: &mut Random) -> (BrokerConfig, Rules) {
    let mut pick = |bound: u32| random.below(bound) as usize;
    let mut more = |bound: u32| more.below(bound) as usize;
    let mut config = BrokerConfig { sys_interval: None, ..BrokerConfig::default() };
    let max_count = [1000, 1000, 6][pick(3)];
    config.server.session.queue = QueueLimits {
        max_count,
        max_bytes: [8 << 20, 8 << 20, 8 << 20, 2_000][pick(4)],
        max_open: [u16::MAX, 3][pick(2)],
        ..QueueLimits::default()
    };
    config.server.session.max_output = [256 << 10, 600][pick(2)];
    config.server.session.max_auto_aliases = [0, 2][pick(2)];
    config.receive_maximum = [100, 2][pick(2)];
    config.topic_alias_maximum = [10, 0, 1][pick(3)];
    config.max_session_expiry = [u32::MAX, 200][pick(2)];
    config.share_strategy =
        [ShareStrategy::RoundRobin, ShareStrategy::Sticky, ShareStrategy::Hash(7)][pick(3)];
    config.slow_consumer = [SlowConsumer::Drop, SlowConsumer::Disconnect][pick(2)];
    config.queue_qos_0 = pick(2) == 1;
    config.server.session.persist.durability = [Durability::Off, Durability::Gate][pick(2)];
    let limits = &mut config.limits;
    limits.max_subscriptions_per_client = [1000, 1000, 1000, 3][pick(4)];
    limits.max_retained = [1000, 1000, 1000, 3][pick(4)];
    limits.max_retained_bytes = [1 << 30, 1 << 30, 150][more(3)];
    config.max_qos =
        [QoS::ExactlyOnce, QoS::ExactlyOnce, QoS::AtLeastOnce, QoS::AtMostOnce][more(4)];
    config.max_publisher_wait = Duration::from_millis([0, 0, 100][more(3)]);
    let is_small = max_count < 1000 || config.server.session.queue.max_bytes < 1 << 20;
    let asks = pick(3) == 0;
    let verdicts = asks.then(|| Verdicts(pick(1 << 20) as u64));
    if asks {
        config.authentication = Authentication::Ask;
        config.authorization = Authorization::Ask;
    }
    let gates = config.server.session.persist.durability == Durability::Gate;
    let rules = Rules {
        verdicts,
        refuses: asks && more(2) == 0,
        fences: gates && more(2) == 0,
        max_session_expiry: config.max_session_expiry,
        max_queue: max_count,
        drops_slow: config.slow_consumer == SlowConsumer::Disconnect && is_small,
        max_queue_bytes: config.server.session.queue.max_bytes,
        max_subscriptions: config.limits.max_subscriptions_per_client,
        max_retained: config.limits.max_retained,
        max_retained_bytes: config.limits.max_retained_bytes,
        max_qos: config.max_qos,
        gates,
        holds: !config.max_publisher_wait.is_zero(),
    };
    (config, rules)
}
