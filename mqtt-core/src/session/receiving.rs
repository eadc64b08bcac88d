//! Packets of the peer that both roles take.

use super::config::AckMode;
use super::core::Core;
use super::error::{UsageError, Violation};
use super::event::Event;
use super::state::{AckToken, Arrival, Change, DueAck, Wait};
use crate::{PacketId, PacketType, PubAck, PubComp, PubRec, PubRel, Publish, QoS, ReasonCode};

/// Acknowledgements by type.
pub(super) const PUBACK: u8 = PacketType::PubAck as u8;
pub(super) const PUBREC: u8 = PacketType::PubRec as u8;
pub(super) const PUBREL: u8 = PacketType::PubRel as u8;
pub(super) const PUBCOMP: u8 = PacketType::PubComp as u8;

/// What came of a packet that is not for both roles.
pub(super) enum Step<'a> {
    /// Nothing to report.
    Quiet,
    /// This is to be reported.
    Event(Event<'a>),
    /// The connection is over.
    Violation(Violation),
}

/// What came of a packet that is: small, for the packet itself need not be moved.
pub(super) enum Taken {
    /// Nothing to report.
    Quiet,
    /// The message is to be reported.
    Message(Option<AckToken>),
    /// The message is to be reported, without the alias, whose topic is set by it or to be looked up.
    Aliased(Option<AckToken>, u16),
    /// That this message of the caller's is done is to be reported, with this code.
    Done(u64, ReasonCode),
    /// The connection is over.
    Violation(Violation),
}

impl Core {
    /// Takes a message.
    #[inline(always)]
    pub(super) fn take_publish(&mut self, publish: &Publish<'_>) -> Taken {
        let alias = match publish.properties.may_have_alias() {
            false => None,
            true => match self.take_alias(publish) {
                Ok(alias) => alias,
                Err(violation) => return Taken::Violation(violation),
            },
        };
        if self.is_limited && (publish.qos > self.own.max_qos || publish.retain && !self.own.retain)
        {
            let reason = match publish.qos > self.own.max_qos {
                true => ReasonCode::QOS_NOT_SUPPORTED,
                false => ReasonCode::RETAIN_NOT_SUPPORTED,
            };
            return Taken::Violation(Violation::NotSupported(reason));
        }
        let ack = match publish.packet_id {
            None => None,
            Some(id) => match self.take_id(id, publish.qos) {
                Taken::Message(ack) => ack,
                other => return other,
            },
        };
        match alias {
            Some(alias) => Taken::Aliased(ack, alias),
            None => Taken::Message(ack),
        }
    }

    /// Sets a topic alias, if there is one.
    fn take_alias(&mut self, publish: &Publish<'_>) -> Result<Option<u16>, Violation> {
        let Some(alias) = publish.properties.topic_alias() else { return Ok(None) };
        let max = self.own.topic_alias_maximum;
        if alias == 0 || alias > max {
            return Err(Violation::TopicAlias);
        }
        self.aliases.make().received.set(alias, publish.topic)?;
        Ok(Some(alias))
    }

    /// Takes the identifier of a message.
    fn take_id(&mut self, id: PacketId, qos: QoS) -> Taken {
        // Nearly always: nothing is before it, so nothing has to be kept.
        let at_once = self.settings.ack == AckMode::Auto && qos == QoS::AtLeastOnce;
        if at_once && self.state.incoming.takes_at_once(self.own.receive_maximum) {
            self.mark();
            self.acknowledge::<PUBACK>(id, ReasonCode::SUCCESS);
            return Taken::Message(None);
        }
        let (max, is_v5) = (self.own.receive_maximum, self.version.is_v5());
        match self.state.incoming.arrive(id, qos, max, is_v5) {
            Arrival::New(token) if self.settings.ack == AckMode::Auto => {
                self.state.incoming.ack(&token, ReasonCode::SUCCESS);
                self.send_acks();
                Taken::Message(None)
            }
            Arrival::New(token) => Taken::Message(Some(token)),
            Arrival::Again { is_acked: true } => {
                self.acknowledge::<PUBREC>(id, ReasonCode::SUCCESS);
                Taken::Quiet
            }
            // It may have been acknowledged between two connections.
            Arrival::Again { is_acked: false } => {
                self.send_acks();
                Taken::Quiet
            }
            Arrival::TooMany => Taken::Violation(Violation::ReceiveMaximum),
            Arrival::Repeated => Taken::Violation(Violation::Unexpected(PacketType::Publish)),
        }
    }

    /// Takes the caller's acknowledgement.
    pub(super) fn ack(&mut self, token: &AckToken, reason: ReasonCode) -> Result<(), UsageError> {
        let packet = match self.state.incoming.qos(token).ok_or(UsageError::UnknownToken)? {
            QoS::ExactlyOnce => PacketType::PubRec,
            _ => PacketType::PubAck,
        };
        // Before 5.0 there is no code on the wire.
        let is_legal = match self.version.is_v5() {
            true => {
                reason.is_legal(packet, self.version)
                    && reason.may_be_sent_by(self.role, packet, self.version)
            }
            false => reason == ReasonCode::SUCCESS,
        };
        if !is_legal {
            return Err(UsageError::NotAllowed);
        }
        self.state.incoming.ack(token, reason);
        // Without a connection it waits for the message to come again.
        if self.is_open() {
            self.send_acks();
        }
        Ok(())
    }

    /// Writes the acknowledgements whose turn it is.
    pub(super) fn send_acks(&mut self) {
        while let Some(due) = self.state.incoming.due() {
            let DueAck { id, qos, reason } = due;
            if qos == QoS::ExactlyOnce && reason.is_success() {
                self.state.change(Change::Accept(id));
            }
            if self.settings.ack == AckMode::Auto {
                self.mark();
            }
            match qos {
                QoS::ExactlyOnce => self.acknowledge::<PUBREC>(id, reason),
                _ => self.acknowledge::<PUBACK>(id, reason),
            }
        }
    }

    #[inline(always)]
    pub(super) fn take_puback(&mut self, ack: &PubAck<'_>) -> Taken {
        match self.state.outgoing.wait(ack.packet_id) {
            Wait::PubAck => self.done(ack.packet_id, ack.reason),
            // It may be late, from before a session was lost.
            Wait::Free => Taken::Quiet,
            _ => Taken::Violation(Violation::Unexpected(PacketType::PubAck)),
        }
    }

    /// A message is done.
    #[inline(always)]
    fn done(&mut self, id: PacketId, reason: ReasonCode) -> Taken {
        let token = self.state.outgoing.token(id);
        if !reason.is_success() {
            self.refused(id);
        }
        self.state.change(Change::Close(id));
        self.pump();
        Taken::Done(token, reason)
    }

    #[inline(always)]
    pub(super) fn take_pubrec(&mut self, ack: &PubRec<'_>) -> Taken {
        let (id, reason) = (ack.packet_id, ack.reason);
        match self.state.outgoing.wait(id) {
            Wait::PubRec if reason.is_success() => {
                self.state.change(Change::Received(id, reason));
                self.acknowledge::<PUBREL>(id, ReasonCode::SUCCESS);
            }
            Wait::PubRec => return self.done(id, reason),
            Wait::PubComp if reason.is_success() => {
                self.acknowledge::<PUBREL>(id, ReasonCode::SUCCESS);
            }
            Wait::Free if !reason.is_success() => {}
            // So that the peer comes to an end with it.
            Wait::Free => {
                let reason = self.not_found();
                self.acknowledge::<PUBREL>(id, reason);
            }
            _ => return Taken::Violation(Violation::Unexpected(PacketType::PubRec)),
        }
        Taken::Quiet
    }

    #[inline(always)]
    pub(super) fn take_pubrel(&mut self, ack: &PubRel<'_>) {
        let is_known = self.state.incoming.is_accepted(ack.packet_id);
        if is_known {
            self.state.change(Change::Release(ack.packet_id));
        }
        let reason = if is_known { ReasonCode::SUCCESS } else { self.not_found() };
        self.acknowledge::<PUBCOMP>(ack.packet_id, reason);
    }

    #[inline(always)]
    pub(super) fn take_pubcomp(&mut self, ack: &PubComp<'_>) -> Taken {
        match self.state.outgoing.wait(ack.packet_id) {
            // PUBREC has said what became of it. That the identifier is not known any more only says that
            // an answer was lost.
            Wait::PubComp => match self.state.outgoing.reason(ack.packet_id) {
                reason if reason.is_success() => self.done(ack.packet_id, reason),
                reason => {
                    self.released(ack.packet_id, reason);
                    Taken::Quiet
                }
            },
            Wait::Free => Taken::Quiet,
            _ => Taken::Violation(Violation::Unexpected(PacketType::PubComp)),
        }
    }

    /// How to say that an identifier is not known.
    const fn not_found(&self) -> ReasonCode {
        match self.version.is_v5() {
            true => ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
            false => ReasonCode::SUCCESS,
        }
    }
}
