//! `PingReq`, `PingResp`, `Disconnect` and `Auth`.

use crate::bytes::Received;
use crate::class::value_class;
use crate::packet::PacketClass;
use crate::properties::{Properties, Section};
use mqtt_core::{Packet, PacketType, ReasonCode};
use pyo3::prelude::*;

macro_rules! ping {
    ($(#[$doc:meta])* $Class:ident) => {
        value_class! {
            $(#[$doc])*
            class $Class [];
            text "()";
            positional {}
            keyword [] {}
            methods {}
        }

        impl PacketClass for $Class {
            fn with_core<T>(
                &self,
                _: Python<'_>,
                body: impl FnOnce(Packet<'_>) -> PyResult<T>,
            ) -> PyResult<T> {
                body(Packet::$Class)
            }
        }
    };
}

ping! {
    /// A PINGREQ packet: a client shows that it is alive.
    PingReq
}

ping! {
    /// A PINGRESP packet: the server's answer to PINGREQ.
    PingResp
}

value_class! {
    /// A DISCONNECT packet: the last one of a connection.
    class Disconnect ["reason"];
    text "(reason=ReasonCode.SUCCESS, *, session_expiry_interval=None, reason_string=None, \
          server_reference=None, user_properties=())";
    positional {
        reason: ReasonCode = ReasonCode::SUCCESS;
    }
    keyword [*] {}
    properties of Section::Packet(PacketType::Disconnect); {
        session_expiry_interval = SessionExpiryInterval;
        reason_string = ReasonString;
        server_reference = ServerReference;
        user_properties = UserProperty;
    }
    methods {}
}

value_class! {
    /// An AUTH packet: one step of enhanced authentication (5.0).
    class Auth ["reason"];
    text "(reason=ReasonCode.SUCCESS, *, authentication_method=None, authentication_data=None, \
          reason_string=None, user_properties=())";
    positional {
        reason: ReasonCode = ReasonCode::SUCCESS;
    }
    keyword [*] {}
    properties of Section::Packet(PacketType::Auth); {
        authentication_method = AuthenticationMethod;
        authentication_data = AuthenticationData;
        reason_string = ReasonString;
        user_properties = UserProperty;
    }
    methods {}
}

macro_rules! reason_only {
    ($($Class:ident),*) => {
        $(impl $Class {
            /// The packet where it was received.
            pub(crate) fn received(
                received: &Received<'_, '_>,
                packet: &mqtt_core::$Class<'_>,
            ) -> Self {
                let properties = Properties::received(received, &packet.properties);
                Self { reason: packet.reason, properties }
            }
        }

        impl PacketClass for $Class {
            fn with_core<T>(
                &self,
                py: Python<'_>,
                body: impl FnOnce(Packet<'_>) -> PyResult<T>,
            ) -> PyResult<T> {
                let properties = self.properties.core(py, Self::SECTION)?;
                body(Packet::$Class(mqtt_core::$Class { reason: self.reason, properties }))
            }
        })*
    };
}

reason_only!(Disconnect, Auth);
