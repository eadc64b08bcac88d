//! Why a session does not take a command.

use crate::{
    MQC_CONNECTED, MQC_FENCED, MQC_NOT_ALLOWED, MQC_NOT_CONNECTED, MQC_NOT_SUPPORTED, MQC_OK,
    MQC_PACKET_TOO_LARGE, MQC_QUIESCING, MQC_REFUSED_OTHER, MQC_UNKNOWN_TOKEN, MQC_WOULD_BLOCK,
    mqc_status, status,
};
use mqtt_core::{UsageError, WouldBlock};

/// What there is no room for.
pub type mqc_would_block = u32;
/// The last command was not refused for lack of room.
pub const MQC_WOULD_BLOCK_NONE: mqc_would_block = 0;
/// The peer's Receive Maximum is used up, as many bytes are open as may, or messages wait already;
/// the message was not to wait.
pub const MQC_WOULD_BLOCK_RECEIVE_MAXIMUM: mqc_would_block = 1;
/// Every packet identifier is in use.
pub const MQC_WOULD_BLOCK_PACKET_IDS: mqc_would_block = 2;
/// The queue has as many messages as it may.
pub const MQC_WOULD_BLOCK_QUEUE_COUNT: mqc_would_block = 3;
/// The queue has as many bytes as it may.
pub const MQC_WOULD_BLOCK_QUEUE_BYTES: mqc_would_block = 4;
/// What was written before has not been sent yet.
pub const MQC_WOULD_BLOCK_OUTPUT: mqc_would_block = 5;
/// Events wait to be polled.
pub const MQC_WOULD_BLOCK_EVENTS: mqc_would_block = 6;
/// As many changes wait to be polled as may.
pub const MQC_WOULD_BLOCK_PERSIST: mqc_would_block = 7;
/// Something that this header does not name.
pub const MQC_WOULD_BLOCK_OTHER: mqc_would_block = 255;

/// Why a session has refused a command: more than the status says.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_refusal {
    /// The status of the last command that the session has refused; `MQC_OK` if it has refused
    /// none.
    pub status: mqc_status,
    /// With `MQC_WOULD_BLOCK`: what there is no room for.
    pub would_block: mqc_would_block,
    /// With `MQC_PACKET_TOO_LARGE`: the limit of the peer in bytes.
    pub max_packet_size: u32,
    /// With `MQC_NOT_SUPPORTED`: the code with which the peer would refuse it.
    pub reason_code: u8,
    /// Zero.
    pub reserved: [u8; 3],
}

impl mqc_refusal {
    pub(super) const NONE: Self = Self {
        status: MQC_OK,
        would_block: MQC_WOULD_BLOCK_NONE,
        max_packet_size: 0,
        reason_code: 0,
        reserved: [0; 3],
    };

    pub(crate) fn of(error: &UsageError) -> Self {
        let plain = |status| Self { status, ..Self::NONE };
        match error {
            UsageError::NotConnected => plain(MQC_NOT_CONNECTED),
            UsageError::Connected => plain(MQC_CONNECTED),
            UsageError::WouldBlock(what) => {
                Self { would_block: would_block(*what), ..plain(MQC_WOULD_BLOCK) }
            }
            UsageError::Encode(error) => plain(status::of_encode_error(error)),
            UsageError::PacketTooLarge { max } => {
                Self { max_packet_size: *max, ..plain(MQC_PACKET_TOO_LARGE) }
            }
            UsageError::NotSupported(reason) => {
                Self { reason_code: reason.0, ..plain(MQC_NOT_SUPPORTED) }
            }
            UsageError::NotAllowed => plain(MQC_NOT_ALLOWED),
            UsageError::UnknownToken => plain(MQC_UNKNOWN_TOKEN),
            UsageError::Quiescing => plain(MQC_QUIESCING),
            UsageError::Fenced => plain(MQC_FENCED),
            _ => plain(MQC_REFUSED_OTHER),
        }
    }
}

const fn would_block(what: WouldBlock) -> mqc_would_block {
    match what {
        WouldBlock::ReceiveMaximum => MQC_WOULD_BLOCK_RECEIVE_MAXIMUM,
        WouldBlock::PacketIds => MQC_WOULD_BLOCK_PACKET_IDS,
        WouldBlock::QueueCount => MQC_WOULD_BLOCK_QUEUE_COUNT,
        WouldBlock::QueueBytes => MQC_WOULD_BLOCK_QUEUE_BYTES,
        WouldBlock::Output => MQC_WOULD_BLOCK_OUTPUT,
        WouldBlock::Events => MQC_WOULD_BLOCK_EVENTS,
        WouldBlock::Persist => MQC_WOULD_BLOCK_PERSIST,
        _ => MQC_WOULD_BLOCK_OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::variants::assert_variants;
    use mqtt_core::{EncodeError, ReasonCode};
    use std::collections::HashSet;

    const SOURCE: &str = include_str!("../../../mqtt-core/src/session/error.rs");

    #[test]
    fn every_usage_error_has_a_status_of_its_own() {
        let encode = EncodeError::BufferTooSmall { needed: 1 };
        let all = [
            UsageError::NotConnected,
            UsageError::Connected,
            UsageError::WouldBlock(WouldBlock::Output),
            UsageError::Encode(encode),
            UsageError::PacketTooLarge { max: 7 },
            UsageError::NotSupported(ReasonCode::QOS_NOT_SUPPORTED),
            UsageError::NotAllowed,
            UsageError::UnknownToken,
            UsageError::Quiescing,
            UsageError::Fenced,
        ];
        assert_variants(SOURCE, "UsageError", &all);
        let statuses: HashSet<_> = all.iter().map(|error| mqc_refusal::of(error).status).collect();
        assert_eq!(statuses.len(), all.len());
        assert!(!statuses.contains(&MQC_REFUSED_OTHER));
        assert_eq!(mqc_refusal::of(&all[4]).max_packet_size, 7);
        assert_eq!(mqc_refusal::of(&all[5]).reason_code, 0x9B);
    }

    #[test]
    fn every_lack_of_room_has_a_number_of_its_own() {
        let all = [
            WouldBlock::ReceiveMaximum,
            WouldBlock::PacketIds,
            WouldBlock::QueueCount,
            WouldBlock::QueueBytes,
            WouldBlock::Output,
            WouldBlock::Events,
            WouldBlock::Persist,
        ];
        assert_variants(SOURCE, "WouldBlock", &all);
        let numbers: Vec<_> = all.iter().map(|what| would_block(*what)).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
    }
}
