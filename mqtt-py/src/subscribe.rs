//! `Subscribe`, `Subscription`, `Unsubscribe`, and what answers them.

use crate::bytes::{Received, Text};
use crate::class::value_class;
use crate::field::{Field, List};
use crate::packet::PacketClass;
use crate::properties::{Properties, Section};
use mqtt_core::{
    Packet, PacketId, PacketType, QoS, ReasonCode, ReasonCodes, RetainHandling,
    SubscriptionOptions, Subscriptions, TopicFilters,
};
use pyo3::prelude::*;

value_class! {
    /// One filter of a SUBSCRIBE with its options.
    class Subscription ["filter", "qos"];
    text "(filter, qos=QoS.AT_MOST_ONCE, *, no_local=False, retain_as_published=False, \
          retain_handling=RetainHandling.SEND_ALWAYS)";
    positional {
        filter: Text;
        qos: QoS = QoS::AtMostOnce;
    }
    keyword [*] {
        no_local: bool = false;
        retain_as_published: bool = false;
        retain_handling: RetainHandling = RetainHandling::SendAlways;
    }
    methods {}
}

impl Subscription {
    fn received(received: &Received<'_, '_>, subscription: mqtt_core::Subscription<'_>) -> Self {
        let options = subscription.options;
        Self {
            filter: received.text(subscription.filter),
            qos: options.qos,
            no_local: options.no_local,
            retain_as_published: options.retain_as_published,
            retain_handling: options.retain_handling,
        }
    }

    pub(crate) fn core<'a>(&'a self, py: Python<'a>) -> PyResult<mqtt_core::Subscription<'a>> {
        Ok(mqtt_core::Subscription {
            filter: self.filter.as_str(py)?,
            options: SubscriptionOptions {
                qos: self.qos,
                no_local: self.no_local,
                retain_as_published: self.retain_as_published,
                retain_handling: self.retain_handling,
            },
        })
    }
}

impl Field for Py<Subscription> {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(object.cast::<Subscription>()?.clone().unbind())
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.bind(py).clone().into_any())
    }

    fn same(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
        self.bind(py).eq(other.bind(py))
    }
}

value_class! {
    /// A SUBSCRIBE packet: a client asks for messages.
    class Subscribe ["subscriptions", "packet_id"];
    text "(subscriptions, *, packet_id, subscription_identifier=None, user_properties=())";
    positional {
        subscriptions: List<Py<Subscription>>;
    }
    keyword [*] {
        packet_id: PacketId;
    }
    properties of Section::Packet(PacketType::Subscribe); {
        subscription_identifier = SubscriptionIdentifier;
        user_properties = UserProperty;
    }
    methods {}
}

impl Subscribe {
    /// The packet where it was received.
    pub(crate) fn received(
        py: Python<'_>,
        received: &Received<'_, '_>,
        subscribe: &mqtt_core::Subscribe<'_>,
    ) -> PyResult<Self> {
        let filters = subscribe.filters.iter();
        let items = filters.map(|filter| Py::new(py, Subscription::received(received, filter)));
        Ok(Self {
            subscriptions: List::new(items.collect::<PyResult<_>>()?),
            packet_id: subscribe.packet_id,
            properties: Properties::received(received, &subscribe.properties),
        })
    }
}

impl PacketClass for Subscribe {
    fn with_core<T>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(Packet<'_>) -> PyResult<T>,
    ) -> PyResult<T> {
        let filters = self.subscriptions.items().iter().map(|filter| filter.get().core(py));
        let filters: Vec<_> = filters.collect::<PyResult<_>>()?;
        body(Packet::Subscribe(mqtt_core::Subscribe {
            packet_id: self.packet_id,
            properties: self.properties.core(py, Self::SECTION)?,
            filters: Subscriptions::new(&filters),
        }))
    }
}

value_class! {
    /// An UNSUBSCRIBE packet: a client ends subscriptions.
    class Unsubscribe ["filters", "packet_id"];
    text "(filters, *, packet_id, user_properties=())";
    positional {
        filters: List<Text>;
    }
    keyword [*] {
        packet_id: PacketId;
    }
    properties of Section::Packet(PacketType::Unsubscribe); {
        user_properties = UserProperty;
    }
    methods {}
}

impl Unsubscribe {
    /// The packet where it was received.
    pub(crate) fn received(
        received: &Received<'_, '_>,
        unsubscribe: &mqtt_core::Unsubscribe<'_>,
    ) -> Self {
        let filters = unsubscribe.filters.iter();
        Self {
            filters: List::new(filters.map(|filter| received.text(filter)).collect()),
            packet_id: unsubscribe.packet_id,
            properties: Properties::received(received, &unsubscribe.properties),
        }
    }
}

impl PacketClass for Unsubscribe {
    fn with_core<T>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(Packet<'_>) -> PyResult<T>,
    ) -> PyResult<T> {
        let filters = self.filters.items().iter().map(|filter| filter.as_str(py));
        let filters: Vec<_> = filters.collect::<PyResult<_>>()?;
        body(Packet::Unsubscribe(mqtt_core::Unsubscribe {
            packet_id: self.packet_id,
            properties: self.properties.core(py, Self::SECTION)?,
            filters: TopicFilters::new(&filters),
        }))
    }
}

macro_rules! filter_ack {
    ($(#[$doc:meta])* $Class:ident, $text:tt, $($default:expr)?) => {
        value_class! {
            $(#[$doc])*
            class $Class ["reasons", "packet_id"];
            text $text;
            positional {
                reasons: List<ReasonCode> $(= $default)?;
            }
            keyword [*] {
                packet_id: PacketId;
            }
            properties of Section::Packet(PacketType::$Class); {
                reason_string = ReasonString;
                user_properties = UserProperty;
            }
            methods {}
        }

        impl $Class {
            /// The packet where it was received.
            pub(crate) fn received(
                received: &Received<'_, '_>,
                ack: &mqtt_core::$Class<'_>,
            ) -> Self {
                Self {
                    reasons: List::new(ack.reasons.iter().collect()),
                    packet_id: ack.packet_id,
                    properties: Properties::received(received, &ack.properties),
                }
            }
        }

        impl PacketClass for $Class {
            fn with_core<T>(
                &self,
                py: Python<'_>,
                body: impl FnOnce(Packet<'_>) -> PyResult<T>,
            ) -> PyResult<T> {
                body(Packet::$Class(mqtt_core::$Class {
                    packet_id: self.packet_id,
                    properties: self.properties.core(py, Self::SECTION)?,
                    reasons: ReasonCodes::new(self.reasons.items()),
                }))
            }
        }
    };
}

filter_ack! {
    /// A SUBACK packet: the server's answer to SUBSCRIBE.
    SubAck, "(reasons, *, packet_id, reason_string=None, user_properties=())",
}

filter_ack! {
    /// An UNSUBACK packet: the server's answer to UNSUBSCRIBE.
    UnsubAck, "(reasons=(), *, packet_id, reason_string=None, user_properties=())", List::new(Vec::new())
}
