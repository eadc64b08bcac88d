//! Packets of the peer that both roles take.

use super::config::AckMode;
use super::core::Core;
use super::error::{UsageError, Violation};
use super::event::Event;
use super::incoming::{AckToken, Arrival, DueAck};
use super::outgoing::Wait;
use crate::{
    Ack, Packet, PacketType, PubAck, PubComp, PubRec, PubRel, Publish, QoS, ReasonCode, Sender,
};

/// What came of a packet.
pub(super) enum Step<'a> {
    /// Nothing to report.
    Quiet,
    /// This is to be reported.
    Event(Event<'a>),
    /// This is to be reported, with the topic of the alias.
    Aliased(Publish<'a>, Option<AckToken>, u16),
    /// The connection is over.
    Violation(Violation),
    /// Not for both roles.
    Other(Packet<'a>),
}

impl Core {
    /// Takes a packet of an open connection.
    #[inline]
    pub(super) fn take<'a>(&mut self, packet: Packet<'a>) -> Step<'a> {
        match packet {
            Packet::Publish(publish) => self.take_publish(publish),
            Packet::PubAck(ack) => self.take_puback(ack),
            Packet::PubRec(ack) => self.take_pubrec(ack),
            Packet::PubRel(ack) => self.take_pubrel(ack),
            Packet::PubComp(ack) => self.take_pubcomp(ack),
            other => Step::Other(other),
        }
    }

    #[inline]
    fn take_publish<'a>(&mut self, publish: Publish<'a>) -> Step<'a> {
        let mut alias = None;
        if !publish.properties.is_empty() {
            if let Some(number) = publish.properties.topic_alias() {
                let max = self.own.topic_alias_maximum;
                if let Err(violation) = self.received_aliases.set(number, publish.topic, max) {
                    return Step::Violation(violation);
                }
                alias = Some(number).filter(|_| publish.topic.is_empty());
            }
        }
        if self.role == Sender::Server && (publish.qos > self.own.max_qos || publish.retain) {
            if publish.qos > self.own.max_qos {
                let reason = ReasonCode::QOS_NOT_SUPPORTED;
                return Step::Violation(Violation::NotSupported(reason));
            }
            if !self.own.retain {
                let reason = ReasonCode::RETAIN_NOT_SUPPORTED;
                return Step::Violation(Violation::NotSupported(reason));
            }
        }
        let mut ack = None;
        if let Some(id) = publish.packet_id {
            match self.incoming.arrive(id, publish.qos, self.own.receive_maximum) {
                Arrival::New(token) if self.config.ack == AckMode::Auto => {
                    self.incoming.ack(&token, ReasonCode::SUCCESS);
                    self.send_acks();
                }
                Arrival::New(token) => ack = Some(token),
                Arrival::Again { is_acked: true } => {
                    self.answer(PubRec::new(id));
                    return Step::Quiet;
                }
                // It may have been acknowledged between two connections.
                Arrival::Again { is_acked: false } => {
                    self.send_acks();
                    return Step::Quiet;
                }
                Arrival::TooMany => return Step::Violation(Violation::ReceiveMaximum),
            }
        }
        match alias {
            Some(alias) => Step::Aliased(publish, ack, alias),
            None => Step::Event(Event::Message { publish, ack }),
        }
    }

    /// Takes the caller's acknowledgement.
    pub(super) fn ack(&mut self, token: &AckToken, reason: ReasonCode) -> Result<(), UsageError> {
        let packet = match self.incoming.qos(token).ok_or(UsageError::UnknownToken)? {
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
        self.incoming.ack(token, reason);
        // Without a connection it waits for the message to come again.
        if self.is_open() {
            self.send_acks();
        }
        Ok(())
    }

    /// Writes the acknowledgements whose turn it is.
    pub(super) fn send_acks(&mut self) {
        while let Some(due) = self.incoming.due() {
            let DueAck { id, qos, reason } = due;
            match qos {
                QoS::ExactlyOnce => self.answer(PubRec { reason, ..PubRec::new(id) }),
                _ => self.answer(PubAck { reason, ..PubAck::new(id) }),
            }
        }
    }

    #[inline]
    fn take_puback<'a>(&mut self, ack: PubAck<'a>) -> Step<'a> {
        match self.outgoing.wait(ack.packet_id) {
            Wait::PubAck => self.published(ack),
            // It may be late, from before a session was lost.
            Wait::Free => Step::Quiet,
            _ => Step::Violation(Violation::Unexpected(PacketType::PubAck)),
        }
    }

    /// A message is done.
    fn published<'a, const TYPE: u8>(&mut self, ack: Ack<'a, TYPE>) -> Step<'a> {
        let Ack { packet_id, reason, properties } = ack;
        let token = self.outgoing.close(packet_id);
        self.pump();
        Step::Event(Event::Published { token, packet_id, reason, properties })
    }

    fn take_pubrec<'a>(&mut self, ack: PubRec<'a>) -> Step<'a> {
        let id = ack.packet_id;
        match self.outgoing.wait(id) {
            Wait::PubRec if ack.reason.is_success() => {
                self.outgoing.received(id, ack.reason);
                self.answer(PubRel::new(id));
                Step::Quiet
            }
            Wait::PubRec => self.published(ack),
            Wait::PubComp if ack.reason.is_success() => {
                self.answer(PubRel::new(id));
                Step::Quiet
            }
            Wait::Free if !ack.reason.is_success() => Step::Quiet,
            // So that the peer comes to an end with it.
            Wait::Free => {
                let reason = self.not_found();
                self.answer(PubRel { reason, ..PubRel::new(id) });
                Step::Quiet
            }
            _ => Step::Violation(Violation::Unexpected(PacketType::PubRec)),
        }
    }

    fn take_pubrel<'a>(&mut self, ack: PubRel<'a>) -> Step<'a> {
        let is_known = self.incoming.release(ack.packet_id);
        let reason = if is_known { ReasonCode::SUCCESS } else { self.not_found() };
        self.answer(PubComp { reason, ..PubComp::new(ack.packet_id) });
        Step::Quiet
    }

    fn take_pubcomp<'a>(&mut self, ack: PubComp<'a>) -> Step<'a> {
        match self.outgoing.wait(ack.packet_id) {
            // PUBREC has said what became of it. That the identifier is not known any more only says that
            // an answer was lost.
            Wait::PubComp => {
                let reason = self.outgoing.reason(ack.packet_id);
                self.published(PubComp { reason, ..ack })
            }
            Wait::Free => Step::Quiet,
            _ => Step::Violation(Violation::Unexpected(PacketType::PubComp)),
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
