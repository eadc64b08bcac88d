//! The other codecs.

mod mqtt_proto_v3;
mod mqtt_proto_v5;
mod mqttbytes_v4;
mod mqttbytes_v5;
mod mqttrs;
mod rmqtt_v3;
mod rmqtt_v5;

use crate::meaning::{Meaning, Outcome};
use mqtt_core::Version;

/// Another codec.
pub struct Peer {
    /// Its name in `DISAGREEMENTS.tsv`.
    pub name: &'static str,
    /// The versions it says it reads.
    pub versions: &'static [Version],
    /// Reads one packet.
    pub read: fn(&[u8]) -> Outcome,
    /// Takes out of our meaning what the peer's types cannot tell apart, so that what is left has
    /// to be equal.
    pub fold: fn(&mut Meaning),
}

/// All of them.
pub const PEERS: &[Peer] = &[
    mqtt_proto_v3::PEER,
    mqtt_proto_v5::PEER,
    mqttbytes_v4::PEER,
    mqttbytes_v5::PEER,
    mqttrs::PEER,
    rmqtt_v3::PEER,
    rmqtt_v5::PEER,
];

/// The options byte of a subscription.
fn options_byte(qos: u8, no_local: bool, retain_as_published: bool, retain_handling: u8) -> u8 {
    qos | u8::from(no_local) << 2 | u8::from(retain_as_published) << 3 | retain_handling << 4
}
