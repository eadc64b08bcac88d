//! One module per codec under test, each saying how it is driven, and the rows of the tables.
//!
//! All decoders read the same stream to its end, through whatever call is the peer's fastest, and
//! hand every value of every packet to the same visitor: ours by walking its lazy lists, the peers
//! by touching the fields of the values they own.

mod mqtt5_protocol;
mod mqtt_proto;
pub(crate) mod mqtt_protocol_core;
mod mqttbytes;
mod mqttrs;
mod ntex_mqtt;
mod ours;
mod rmqtt_codec;
pub(crate) mod rumqttc;

use crate::codec::job::{Buffered, Direction, decode_cell, encode_cell};
use crate::measure::Cell;
use crate::row::{OURS, Row};
use ::mqtt5_protocol::Packet as Mqtt5Packet;
use ::mqttbytes::{v4 as mqttbytes_v4, v5 as mqttbytes_v5};
use ::ntex_mqtt::{v3::codec as ntex_v3, v5::codec as ntex_v5};
use ::rmqtt_codec::{v3 as rmqtt_v3, v5 as rmqtt_v5};
use ::rumqttc::mqttbytes::v4 as rumqttc_v4;
use ::rumqttc::v5::mqttbytes::v5 as rumqttc_v5;
use mqtt_benches::corpus::{Case, Protocol};

/// Ours, encoding head and payload apart.
pub const OURS_VECTORED: Row = Row::new("mqtt-core", "`encode_head` + payload, vectored");
/// Ours, encoding what was decoded.
pub const OURS_FORWARD: Row = Row::new("mqtt-core", "decoded packets, sent on");
/// Ours, into a growing buffer.
pub const OURS_BUFFER: Row = Row::new("mqtt-core", "`encode` into `BytesMut`");
/// No codec at all.
pub const COPY: Row = Row::new("(memcpy)", "of the encoded bytes");
/// The fastest borrowed decoder among the peers.
pub const MQTTRS: Row = Row::new("mqttrs", "");
/// The codec of the most used client.
pub const RUMQTTC: Row = Row::new("rumqttc", "");
/// The fastest encoder among the peers.
pub const MQTTBYTES: Row = Row::new("mqttbytes", "");
/// The only peer that encodes for vectored writes.
pub const CORE_BUFFERS: Row = Row::new("mqtt-protocol-core", "`to_buffers`, vectored");

const CORE_PARSE: Row = Row::new("mqtt-protocol-core", "`parse` of each type");
const CORE_CONTINUOUS: Row = Row::new("mqtt-protocol-core", "`to_continuous_buffer`");
const PROTO_DECODE: Row = Row::new("mqtt-proto", "`Header::decode_buffer`");
const PROTO_ENCODE: Row = Row::new("mqtt-proto", "a `Vec` per packet");
const MQTT5: Row = Row::new("mqtt5-protocol", "");
const RMQTT: Row = Row::new("rmqtt-codec", "");
const NTEX: Row = Row::new("ntex-mqtt", "");
const NTEX_PAGES: Row = Row::new("ntex-mqtt", "pages, payload by reference");

/// Every cell of one column of a table.
pub fn cells(direction: Direction, protocol: Protocol, case: Case) -> Vec<Cell> {
    match direction {
        Direction::Decode => decoders(protocol, case),
        Direction::Encode => encoders(protocol, case),
    }
}

fn decoders(protocol: Protocol, case: Case) -> Vec<Cell> {
    match protocol {
        Protocol::V311 => vec![
            decode_cell::<ours::V311>(OURS, protocol, case),
            decode_cell::<mqttrs::Decoder>(MQTTRS, protocol, case),
            decode_cell::<mqtt_protocol_core::V311>(CORE_PARSE, protocol, case),
            decode_cell::<mqtt_proto::V3>(PROTO_DECODE, protocol, case),
            decode_cell::<mqtt5_protocol::Decoder<4>>(MQTT5, protocol, case),
            decode_cell::<rmqtt_codec::V3>(RMQTT, protocol, case),
            decode_cell::<mqttbytes::V4>(MQTTBYTES, protocol, case),
            decode_cell::<rumqttc::V4>(RUMQTTC, protocol, case),
            decode_cell::<ntex_mqtt::V3>(NTEX, protocol, case),
        ],
        Protocol::V5 => vec![
            decode_cell::<ours::V5>(OURS, protocol, case),
            decode_cell::<mqtt_protocol_core::V5>(CORE_PARSE, protocol, case),
            decode_cell::<mqtt_proto::V5>(PROTO_DECODE, protocol, case),
            decode_cell::<mqtt5_protocol::Decoder<5>>(MQTT5, protocol, case),
            decode_cell::<rmqtt_codec::V5>(RMQTT, protocol, case),
            decode_cell::<mqttbytes::V5>(MQTTBYTES, protocol, case),
            decode_cell::<rumqttc::V5>(RUMQTTC, protocol, case),
            decode_cell::<ntex_mqtt::V5>(NTEX, protocol, case),
        ],
    }
}

fn encoders(protocol: Protocol, case: Case) -> Vec<Cell> {
    type Rmqtt3 = rmqtt_codec::Encoder<rmqtt_v3::Codec, rmqtt_v3::Packet>;
    type Rmqtt5 = rmqtt_codec::Encoder<rmqtt_v5::Codec, rmqtt_v5::Packet>;
    type Ntex3 = ntex_mqtt::Encoder<ntex_v3::Codec, ntex_v3::Encoded>;
    type Ntex5 = ntex_mqtt::Encoder<ntex_v5::Codec, ntex_v5::Encoded>;

    let mut cells = vec![
        encode_cell::<ours::Slice<false>>(OURS, protocol, case),
        encode_cell::<ours::Slice<true>>(OURS_FORWARD, protocol, case),
        encode_cell::<ours::Buffer>(OURS_BUFFER, protocol, case),
        encode_cell::<ours::Vectored>(OURS_VECTORED, protocol, case),
        encode_cell::<mqtt_protocol_core::Buffers>(CORE_BUFFERS, protocol, case),
        encode_cell::<mqtt_protocol_core::Continuous>(CORE_CONTINUOUS, protocol, case),
        encode_cell::<Buffered<Mqtt5Packet>>(MQTT5, protocol, case),
    ];
    cells.extend(match protocol {
        Protocol::V311 => vec![
            encode_cell::<mqttrs::Encoder>(MQTTRS, protocol, case),
            encode_cell::<Buffered<mqttbytes_v4::Packet>>(MQTTBYTES, protocol, case),
            encode_cell::<Buffered<rumqttc_v4::Packet>>(RUMQTTC, protocol, case),
            encode_cell::<mqtt_proto::EncoderV3>(PROTO_ENCODE, protocol, case),
            encode_cell::<Rmqtt3>(RMQTT, protocol, case),
            encode_cell::<Ntex3>(NTEX_PAGES, protocol, case),
        ],
        Protocol::V5 => vec![
            encode_cell::<Buffered<mqttbytes_v5::Packet>>(MQTTBYTES, protocol, case),
            encode_cell::<Buffered<rumqttc_v5::Packet>>(RUMQTTC, protocol, case),
            encode_cell::<mqtt_proto::EncoderV5>(PROTO_ENCODE, protocol, case),
            encode_cell::<Rmqtt5>(RMQTT, protocol, case),
            encode_cell::<Ntex5>(NTEX_PAGES, protocol, case),
        ],
    });
    if case == Case::C {
        cells.push(encode_cell::<ours::Copy>(COPY, protocol, case));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Making a cell compares what its codec reads or writes with the corpus.
    #[test]
    fn every_codec_reads_and_writes_every_value_of_the_corpus() {
        for direction in Direction::ALL {
            for protocol in Protocol::ALL {
                for case in Case::ALL {
                    let cells = cells(direction, protocol, case);
                    let rows: HashSet<_> =
                        cells.iter().map(|cell| (cell.row.peer, cell.row.how)).collect();
                    assert_eq!(rows.len(), cells.len(), "two cells of one name");
                    assert!(rows.contains(&(OURS.peer, OURS.how)));
                }
            }
        }
    }
}
