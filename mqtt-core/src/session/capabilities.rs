//! What one side has said that it takes.

use crate::{Properties, QoS, ReasonCode, Subscribe, TopicFilter, Version};

/// What one side has said that it takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Capabilities {
    pub(super) receive_maximum: u16,
    pub(super) topic_alias_maximum: u16,
    pub(super) max_packet_size: u32,
    pub(super) max_qos: QoS,
    pub(super) retain: bool,
    pub(super) wildcards: bool,
    pub(super) subscription_ids: bool,
    pub(super) shared: bool,
}

impl Capabilities {
    /// All that the protocol allows.
    pub(super) const ALL: Self = Self {
        receive_maximum: u16::MAX,
        topic_alias_maximum: 0,
        max_packet_size: u32::MAX,
        max_qos: QoS::ExactlyOnce,
        retain: true,
        wildcards: true,
        subscription_ids: true,
        shared: true,
    };

    /// What CONNECT or CONNACK says.
    pub(super) fn of(properties: &Properties<'_>) -> Self {
        let yes = |value: Option<bool>| value.unwrap_or(true);
        Self {
            receive_maximum: properties.receive_maximum().unwrap_or(u16::MAX),
            topic_alias_maximum: properties.topic_alias_maximum().unwrap_or(0),
            max_packet_size: properties.maximum_packet_size().unwrap_or(u32::MAX),
            max_qos: properties.maximum_qos().unwrap_or(QoS::ExactlyOnce),
            retain: yes(properties.retain_available()),
            wildcards: yes(properties.wildcard_subscription_available()),
            subscription_ids: yes(properties.subscription_identifier_available()),
            shared: yes(properties.shared_subscription_available()),
        }
    }

    /// How many filters a SUBSCRIBE has, or the code with which it is refused.
    pub(super) fn judge(
        &self,
        subscribe: &Subscribe<'_>,
        version: Version,
    ) -> Result<u32, ReasonCode> {
        let mut filters = 0;
        for subscription in subscribe.filters.iter() {
            filters += 1;
            let is_shared = || {
                let filter = TopicFilter::for_version(subscription.filter, version);
                filter.is_ok_and(|filter| filter.is_shared())
            };
            if !self.shared && is_shared() {
                return Err(ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED);
            }
            if !self.wildcards && subscription.filter.contains(['+', '#']) {
                return Err(ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED);
            }
        }
        let has_id = subscribe.properties.subscription_identifiers().next().is_some();
        if has_id && !self.subscription_ids {
            return Err(ReasonCode::SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED);
        }
        Ok(filters)
    }
}
