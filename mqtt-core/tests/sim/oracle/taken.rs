//! What comes out of the broker.

use super::given::id_of;
use super::{Conn, Oracle, Phase, Subscribed};
use core::mem;
use mqtt_core::{
    ConnId, DecodeOptions, Packet, PacketId, Publish, QoS, ReasonCode, Sender, Status, Version,
    decode,
};
use std::collections::BTreeSet;

impl Conn {
    /// The topic of a message of one direction: 0 to the broker.
    pub(super) fn topic_of(&mut self, direction: usize, publish: &Publish<'_>) -> Option<String> {
        let aliases = &mut self.aliases[direction];
        match publish.properties.topic_alias() {
            None => Some(publish.topic.to_owned()),
            Some(alias) if publish.topic.is_empty() => aliases.get(&alias).cloned(),
            Some(alias) => {
                aliases.insert(alias, publish.topic.to_owned());
                Some(publish.topic.to_owned())
            }
        }
    }
}

impl Oracle {
    /// The transport of a connection has taken these bytes of the broker.
    pub(crate) fn taken(&mut self, id: ConnId, bytes: &[u8]) {
        let conn = self.conn(id);
        let it = &mut self.conns[conn];
        let Some(hello) = &it.connect else { return };
        let (version, max_packet) = (hello.version, hello.max_packet);
        it.down.extend_from_slice(bytes);
        let options = DecodeOptions { sender: Some(Sender::Server), ..DecodeOptions::DEFAULT };
        let mut down = mem::take(&mut it.down);
        let mut at = 0;
        loop {
            match decode(&down[at..], Some(version), &options) {
                Ok(Status::Complete(decoded)) => {
                    assert!(decoded.consumed as u64 <= u64::from(max_packet), "{decoded:?}");
                    at += decoded.consumed;
                    self.says(conn, &decoded.packet);
                }
                Ok(Status::Incomplete { .. }) => break,
                Err(error) => panic!("the broker sends no packet: {error}, {:x?}", &down[at..]),
            }
        }
        down.drain(..at);
        self.conns[conn].down = down;
    }

    fn says(&mut self, conn: usize, packet: &Packet<'_>) {
        let it = &mut self.conns[conn];
        let who = it.connect.as_ref().map(|hello| hello.client.clone()).unwrap_or_default();
        self.trace.note(|| match packet {
            Packet::Publish(it) => {
                let Publish { qos, dup, retain, topic, packet_id, ref properties, payload } = *it;
                let (id, qos) = (packet_id.map_or(0, PacketId::get), qos as u8);
                let payload = String::from_utf8_lossy(&payload[..payload.len().min(5)]);
                format!("{who} <- {payload} {topic} QoS {qos} #{id} DUP {dup} RETAIN {retain} {properties:?}")
            }
            other => format!("{who} <- {other:?}"),
        });
        assert_eq!(it.has_connack, !matches!(packet, Packet::ConnAck(_)), "{packet:?}");
        let id = id_of(packet);
        match packet {
            Packet::ConnAck(connack) => {
                it.has_connack = true;
                let is_accepted = it.session.is_some();
                // Before 5.0 also codes that are no success are below 0x80.
                let is_success = connack.reason == ReasonCode::SUCCESS;
                assert_eq!(is_success, is_accepted, "{who}: {connack:?}");
                let refusal = match it.connect.as_ref().map(|hello| hello.version) {
                    Some(Version::V5) => ReasonCode::NOT_AUTHORIZED,
                    _ => ReasonCode::V3_NOT_AUTHORIZED,
                };
                let is_refused = it.is_refused && connack.reason == refusal;
                assert!(is_accepted || is_refused || !it.is_honest, "{who}: {connack:?}");
                let is_present = is_accepted && it.session_present;
                assert_eq!(connack.session_present, is_present, "{who}: {connack:?}");
                let session = it.session.filter(|at| self.sessions[*at].conn == Some(conn));
                if let Some(session) = session {
                    self.promised_session(session);
                }
            }
            Packet::Publish(publish) if it.is_honest => self.sent(conn, publish),
            Packet::Publish(publish) => {
                if let Some(session) = it.session {
                    let copies = &mut self.sessions[session].copies;
                    *copies.entry(publish.payload.to_vec()).or_default() += 1;
                }
            }
            Packet::PubRel(_) if it.is_honest => {
                let session = it.session.expect("a session");
                self.releases(conn, session, id);
            }
            Packet::PubAck(puback) => self.acknowledged(conn, id, puback.reason, QoS::AtLeastOnce),
            Packet::PubRec(pubrec) => self.acknowledged(conn, id, pubrec.reason, QoS::ExactlyOnce),
            Packet::SubAck(suback) if it.is_honest => {
                let made = it.subscribes.remove(&id).expect("SUBSCRIBE was sent");
                let session = it.session.expect("a session");
                let codes: Vec<_> = suback.reasons.iter().collect();
                assert_eq!(codes.len(), made.len(), "{who}: {suback:?}");
                for (at, code) in made.iter().zip(codes) {
                    self.judge_suback(session, *at, code);
                }
                let made: Vec<_> = made.into_iter().flatten().collect();
                self.promised_subscriptions(session, &made);
            }
            Packet::UnsubAck(unsuback) if it.is_honest => {
                let found = it.unsubscribes.remove(&id).expect("UNSUBSCRIBE was sent");
                for (code, found) in unsuback.reasons.iter().zip(&found.found) {
                    let is_found = code == ReasonCode::SUCCESS;
                    assert!(found.is_none_or(|found| found == is_found), "{who}: {unsuback:?}");
                }
                let session = it.session.expect("a session");
                self.promised_ends(session, &found.texts, found.tick);
            }
            Packet::Disconnect(disconnect) if it.is_honest => {
                let is_fair = match disconnect.reason {
                    ReasonCode::SESSION_TAKEN_OVER => it.is_taken_over || self.is_fenced,
                    ReasonCode::KEEP_ALIVE_TIMEOUT => true,
                    ReasonCode::QUOTA_EXCEEDED => self.rules.drops_slow,
                    _ => false,
                };
                assert!(is_fair, "{who}: {disconnect:?}");
            }
            _ => {}
        }
    }

    /// The broker releases a message of QoS 2.
    fn releases(&mut self, conn: usize, session: usize, id: u16) {
        let it = &self.sessions[session];
        let Some(at) = it.flights.iter().position(|flight| flight.id == id) else { return };
        let flight = &it.flights[at];
        if flight.phase != Phase::Sent {
            return;
        }
        // One that a later connection does not take is as good as sent again (MQTT-3.1.2-25).
        let is_too_large = !self.has_room(session, &self.messages[flight.message]);
        let is_given_up = flight.conn != conn && is_too_large;
        assert!(is_given_up, "{}: PUBREL {id} before its PUBREC", it.client);
        let flight = &mut self.sessions[session].flights[at];
        (flight.phase, flight.is_read) = (Phase::Received, true);
    }

    /// The broker says what becomes of a filter.
    fn judge_suback(&mut self, session: usize, made: Option<usize>, code: ReasonCode) {
        let it = &self.sessions[session];
        let refusal = |reason| match it.version {
            Version::V5 => reason,
            _ => ReasonCode::V3_FAILURE,
        };
        let Some(at) = made else {
            assert_eq!(code, refusal(ReasonCode::NOT_AUTHORIZED), "{}", it.client);
            return;
        };
        let is_refused = code == refusal(ReasonCode::QUOTA_EXCEEDED);
        let granted = match it.subscriptions[at].qos {
            QoS::AtMostOnce => ReasonCode::GRANTED_QOS_0,
            QoS::AtLeastOnce => ReasonCode::GRANTED_QOS_1,
            QoS::ExactlyOnce => ReasonCode::GRANTED_QOS_2,
        };
        assert!(is_refused || code == granted, "{}: {code:?}", it.client);
        self.judge_quota(session, at, is_refused);
    }

    /// A subscription was refused because there are too many, or was not.
    fn judge_quota(&mut self, session: usize, at: usize, is_refused: bool) {
        let max = self.rules.max_subscriptions;
        let it = &mut self.sessions[session];
        let count = |is_there: &dyn Fn(&Subscribed) -> bool| {
            let all = it.subscriptions.iter().enumerate();
            let others = all.filter(|(other, it)| *other != at && is_there(it));
            let texts: BTreeSet<_> = others.map(|(_, it)| &it.text).collect();
            texts.into_iter().filter(|text| **text != it.subscriptions[at].text).count()
        };
        if is_refused {
            let asked = it.subscriptions[at].begins.lo;
            let most = count(&|it| it.ends.hi >= asked && !it.text.is_empty());
            let client = &it.client;
            assert!(most >= max, "{client} may have one more than {most} subscriptions");
            self.seen.insert("too many subscriptions");
            // It is as if it had never been.
            let it = &mut it.subscriptions[at];
            (it.text, it.filter) = Default::default();
        } else if it.subscriptions[at].ends.lo == u64::MAX {
            let least = count(&|it| {
                it.begins.hi != u64::MAX && it.ends.lo == u64::MAX && !it.text.is_empty()
            });
            assert!(least < max, "{}: {least} subscriptions and one more", it.client);
        }
    }

    /// The broker says what becomes of a message that came.
    fn acknowledged(&mut self, conn: usize, id: u16, reason: ReasonCode, qos: QoS) {
        let it = &mut self.conns[conn];
        if !it.is_honest {
            return;
        }
        let message = it.publishes.get(&id).copied();
        let message = message.expect("PUBLISH was sent");
        let session = it.session.expect("a session");
        let is_v5 = self.sessions[session].version == Version::V5;
        if self.messages[message].is_denied {
            let code = if is_v5 { ReasonCode::NOT_AUTHORIZED } else { ReasonCode::SUCCESS };
            assert_eq!(reason, code, "{:?}", self.messages[message]);
            if is_v5 {
                self.sessions[session].received.remove(&id);
            }
            return;
        }
        if reason == ReasonCode::QUOTA_EXCEEDED {
            let is_fair = self.messages[message].retain && !self.rules.retains_all();
            assert!(is_fair, "{:?}", self.messages[message]);
            self.seen.insert("not retained");
            self.sessions[session].received.remove(&id);
        } else {
            assert!(reason.is_success(), "{reason:?}");
        }
        assert_eq!(self.messages[message].qos, qos);
        let (now, it) = (self.now, &mut self.messages[message]);
        (it.span.hi, it.came[1]) = (it.span.hi.min(self.tick), it.came[1].min(now));
        if reason == ReasonCode::NO_MATCHING_SUBSCRIBERS {
            for session in 0..self.sessions.len() {
                let [sure, _] = self.matching(session, message);
                let client = &self.sessions[session].client;
                assert!(sure.is_empty(), "{client} subscribes to {:?}", self.messages[message]);
            }
        }
    }
}
