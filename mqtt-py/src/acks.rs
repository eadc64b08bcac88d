//! `PubAck`, `PubRec`, `PubRel` and `PubComp`: one shape, four packets.

use crate::bytes::Received;
use crate::class::value_class;
use crate::packet::PacketClass;
use crate::properties::{Properties, Section};
use mqtt_core::{Packet, PacketId, PacketType, ReasonCode};
use pyo3::prelude::*;

macro_rules! ack {
    ($(#[$doc:meta])* $Class:ident) => {
        value_class! {
            $(#[$doc])*
            class $Class ["packet_id", "reason"];
            text "(packet_id, reason=ReasonCode.SUCCESS, *, reason_string=None, user_properties=())";
            positional {
                packet_id: PacketId;
                reason: ReasonCode = ReasonCode::SUCCESS;
            }
            keyword [*] {}
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
                    packet_id: ack.packet_id,
                    reason: ack.reason,
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
                let properties = self.properties.core(py, Self::SECTION)?;
                let ack = mqtt_core::$Class::new(self.packet_id);
                let reason = self.reason;
                body(Packet::$Class(mqtt_core::$Class { reason, properties, ..ack }))
            }
        }
    };
}

ack! {
    /// A PUBACK packet: the answer to a PUBLISH of QoS 1.
    PubAck
}

ack! {
    /// A PUBREC packet: the first answer to a PUBLISH of QoS 2, for received.
    PubRec
}

ack! {
    /// A PUBREL packet: the answer to PUBREC, which releases the identifier.
    PubRel
}

ack! {
    /// A PUBCOMP packet: the answer to PUBREL, which completes the exchange.
    PubComp
}
