//! What goes in to the broker.

use super::{
    Hello, Message, Oracle, Pending, Phase, Request, Span, Subscribed, Unsubscribed, Will,
};
use crate::naive;
use core::mem;
use mqtt_core::{
    ConnId, Connect, DecodeOptions, Packet, PacketId, Properties, Property, Publish, QoS,
    RetainHandling, Sender, Status, Subscription, Version, decode,
};

/// The properties of a message that go on unchanged.
pub(crate) fn forwarded(properties: &Properties<'_>) -> Vec<String> {
    let is_forwarded = |property: &Property<'_>| {
        !matches!(
            property,
            Property::TopicAlias(_)
                | Property::SubscriptionIdentifier(_)
                | Property::MessageExpiryInterval(_)
                | Property::WillDelayInterval(_)
        )
    };
    properties.iter().filter(is_forwarded).map(|property| format!("{property:?}")).collect()
}

/// The packet identifier of a packet, or 0.
pub(super) fn id_of(packet: &Packet<'_>) -> u16 {
    let id = match packet {
        Packet::Publish(publish) => publish.packet_id,
        Packet::PubAck(it) => Some(it.packet_id),
        Packet::PubRec(it) => Some(it.packet_id),
        Packet::PubRel(it) => Some(it.packet_id),
        Packet::PubComp(it) => Some(it.packet_id),
        Packet::Subscribe(it) => Some(it.packet_id),
        Packet::SubAck(it) => Some(it.packet_id),
        Packet::Unsubscribe(it) => Some(it.packet_id),
        Packet::UnsubAck(it) => Some(it.packet_id),
        _ => None,
    };
    id.map_or(0, PacketId::get)
}

impl Hello {
    fn new(connect: &Connect<'_>, is_honest: bool) -> Self {
        let Connect { version, client_id, clean_start, keep_alive, ref properties, .. } = *connect;
        let expiry = match version {
            Version::V5 => properties.session_expiry_interval().unwrap_or(0),
            _ if clean_start => 0,
            _ => u32::MAX,
        };
        let will = connect.will.map(|will| Will {
            delay: will.properties.will_delay_interval().unwrap_or(0),
            message: Message {
                publisher: client_id.to_owned(),
                topic: will.topic.to_owned(),
                payload: will.payload.to_vec(),
                qos: will.qos,
                retain: will.retain,
                expiry: will.properties.message_expiry_interval(),
                properties: forwarded(&will.properties),
                span: Span::NEVER,
                came: [0; 2],
                is_sure: is_honest,
                is_again: false,
                is_denied: false,
            },
        });
        Self {
            version,
            client: client_id.to_owned(),
            clean: clean_start,
            keep_alive,
            expiry,
            receive_maximum: properties.receive_maximum().unwrap_or(u16::MAX),
            max_packet: properties.maximum_packet_size().unwrap_or(u32::MAX),
            alias_maximum: properties.topic_alias_maximum().unwrap_or(0),
            will,
        }
    }
}

impl Oracle {
    /// The broker has taken these bytes of a connection.
    pub(crate) fn given(&mut self, id: ConnId, bytes: &[u8]) {
        let conn = self.conn(id);
        if bytes.is_empty() {
            return;
        }
        (self.conns[conn].heard, self.conns[conn].is_unread) = (self.now, true);
        self.conns[conn].up.extend_from_slice(bytes);
        let options = DecodeOptions { sender: Some(Sender::Client), ..DecodeOptions::DEFAULT };
        loop {
            let it = &mut self.conns[conn];
            let version = it.connect.as_ref().map(|hello| hello.version);
            if it.is_broken || it.goodbye.is_some() {
                it.up.clear();
                return;
            }
            let up = mem::take(&mut it.up);
            match decode(&up, version, &options) {
                Ok(Status::Complete(decoded)) => {
                    it.up = up[decoded.consumed..].to_vec();
                    it.heard_packet = self.now;
                    let tick = self.next_tick();
                    self.packet(conn, tick, &up[..decoded.consumed], &decoded.packet);
                }
                Ok(Status::Incomplete { .. }) => {
                    it.up = up;
                    return;
                }
                Err(error) => {
                    assert!(!it.is_honest, "a client sends no packet: {error}");
                    self.trace.note(|| format!("{id:?} sends no packet: {error}"));
                    it.is_broken = true;
                }
            }
        }
    }

    /// Packets that came before the client was accepted.
    pub(super) fn catch_up(&mut self, conn: usize) {
        for (tick, frame) in mem::take(&mut self.conns[conn].early) {
            let version = self.conns[conn].connect.as_ref().map(|hello| hello.version);
            let decoded = decode(&frame, version, &DecodeOptions::DEFAULT);
            let Ok(Status::Complete(decoded)) = decoded else { unreachable!("it was decoded") };
            self.packet(conn, tick, &frame, &decoded.packet);
        }
    }

    fn packet(&mut self, conn: usize, tick: u64, frame: &[u8], packet: &Packet<'_>) {
        let it = &mut self.conns[conn];
        if let Packet::Connect(connect) = packet {
            it.is_broken |= it.connect.is_some();
            it.connect.get_or_insert(Hello::new(connect, it.is_honest));
            return;
        }
        let Some(session) = it.session else {
            it.early.push((tick, frame.to_vec()));
            return;
        };
        let id = id_of(packet);
        let client = &self.sessions[session].client;
        let now = self.now;
        self.trace.note(|| format!("{client} -> @{tick} {now}ms {packet:?}"));
        match packet {
            Packet::Publish(publish) => self.publishes(conn, session, tick, id, publish),
            Packet::Subscribe(subscribe) => {
                let number = subscribe.properties.subscription_identifiers().next();
                let filters: Vec<_> = subscribe.filters.iter().collect();
                let made = filters
                    .iter()
                    .map(|filter| self.subscribes(conn, session, tick, filter, number))
                    .collect();
                self.conns[conn].subscribes.insert(id, made);
            }
            Packet::Unsubscribe(unsubscribe) => {
                let filters: Vec<_> = unsubscribe.filters.iter().collect();
                let found = filters
                    .iter()
                    .map(|filter| self.unsubscribes(conn, session, tick, filter))
                    .collect();
                let texts = filters.iter().map(|it| (*it).to_owned()).collect();
                let sent = Unsubscribed { tick, texts, found };
                self.conns[conn].unsubscribes.insert(id, sent);
            }
            Packet::PubAck(_) => self.completes(conn, session, tick, id, Phase::Sent),
            Packet::PubRec(pubrec) if pubrec.reason.is_success() => {
                let span = self.span_of(conn, tick);
                let flights = &mut self.sessions[session].flights;
                let flight = flights.iter_mut().find(|it| it.id == id);
                if let Some(flight) = flight.filter(|it| it.phase == Phase::Sent) {
                    (flight.phase, flight.is_read) = (Phase::Received, span.hi != u64::MAX);
                    self.pend(conn, span, Pending::Received { session, id });
                }
            }
            Packet::PubRec(_) => self.completes(conn, session, tick, id, Phase::Sent),
            Packet::PubComp(_) => self.completes(conn, session, tick, id, Phase::Received),
            Packet::PubRel(_) => {
                self.sessions[session].received.remove(&id);
            }
            Packet::Disconnect(disconnect) => {
                let expiry = disconnect.properties.session_expiry_interval();
                self.conns[conn].goodbye = Some((disconnect.reason, expiry));
            }
            _ => {}
        }
    }

    fn pend(&mut self, conn: usize, span: Span, pending: Pending) {
        let it = &mut self.conns[conn];
        let list = if span.hi == u64::MAX { &mut it.pending } else { &mut it.recent };
        list.push(pending);
    }

    fn publishes(
        &mut self,
        conn: usize,
        session: usize,
        tick: u64,
        id: u16,
        publish: &Publish<'_>,
    ) {
        let Some(topic) = self.conns[conn].topic_of(0, publish) else {
            let it = &mut self.conns[conn];
            assert!(!it.is_honest, "an alias without a topic");
            it.is_broken = true;
            return;
        };
        let (span, now) = (self.span_of(conn, tick), self.now);
        let is_exact = span.hi != u64::MAX;
        let came = [now, if is_exact { now } else { u64::MAX }];
        let known = self.sessions[session].received.get(&id).copied();
        let known = known.filter(|_| publish.qos == QoS::ExactlyOnce);
        let content = (topic.as_str(), publish.payload);
        let message = match known.filter(|known| self.is_again(conn, session, *known, content)) {
            // It is not known whether the broker had read it before.
            Some(known) => {
                self.seen.insert("QoS 2 again");
                self.messages[known].is_again = true;
                if self.conns[conn].is_honest {
                    let is_new = self.may_be_refused(session, &self.messages[known]);
                    self.comes_again(known, span, came, is_new);
                }
                let message = &mut self.messages[known];
                if message.span.hi == u64::MAX {
                    (message.span.hi, message.came[1]) = (span.hi, came[1]);
                }
                known
            }
            None => {
                let publisher = self.sessions[session].client.clone();
                let verdicts = self.rules.verdicts;
                let is_denied = verdicts.is_some_and(|it| it.denies_publish(&publisher, &topic));
                self.came(Message {
                    publisher,
                    topic,
                    payload: publish.payload.to_vec(),
                    qos: publish.qos,
                    retain: publish.retain,
                    expiry: publish.properties.message_expiry_interval(),
                    properties: forwarded(&publish.properties),
                    span,
                    came,
                    is_sure: self.conns[conn].is_honest && !is_denied && known.is_none(),
                    is_again: false,
                    is_denied,
                })
            }
        };
        self.pend(conn, span, Pending::Message(message));
        if publish.qos == QoS::ExactlyOnce {
            self.sessions[session].received.insert(id, message);
        }
        if publish.qos > QoS::AtMostOnce {
            self.conns[conn].publishes.insert(id, message);
        }
    }

    /// True if a QoS 2 message with the packet identifier of one that came is that one, as far as the broker can know
    /// (MQTT-4.3.3-10).
    fn is_again(&self, conn: usize, session: usize, known: usize, content: (&str, &[u8])) -> bool {
        let message = &self.messages[known];
        let is_same = content == (&*message.topic, &*message.payload);
        let may_be_refused = self.may_be_refused(session, message);
        // Two clients with one name count each for itself, and it is not known whether the other's has been read.
        let is_before = |it: &Pending| matches!(it, Pending::Message(at) if *at == known);
        // A crash may have undone what was read.
        let is_safe = message.is_sure && message.span.hi != u64::MAX;
        let is_read = is_safe || self.is_in_order(conn, is_before);
        is_same || is_read && !may_be_refused
    }

    /// True if the PUBREC of a message may be one that makes its packet identifier free: what comes with that then is
    /// a new one (MQTT-4.3.3-9), also if its publisher has not got the PUBREC, and it is the same.
    fn may_be_refused(&self, session: usize, message: &Message) -> bool {
        let is_v5 = self.sessions[session].version == Version::V5;
        // One that finds no room goes on, and is not retained.
        let is_full = message.retain && !self.rules.retains_all();
        is_v5 && (message.is_denied || is_full)
    }

    fn completes(&mut self, conn: usize, session: usize, tick: u64, id: u16, phase: Phase) {
        let span = self.span_of(conn, tick);
        let flights = &mut self.sessions[session].flights;
        let at = flights.iter().position(|it| it.id == id && it.phase == phase);
        let Some(at) = at else { return };
        flights[at].phase = Phase::MaybeDone;
        self.pend(conn, span, Pending::Done { session, id });
    }

    /// True if what pends is of this connection, and so comes in order.
    fn is_in_order(&self, conn: usize, pending: impl Fn(&Pending) -> bool) -> bool {
        let it = &self.conns[conn];
        it.pending.iter().chain(&it.recent).any(pending)
    }

    fn subscribes(
        &mut self,
        conn: usize,
        session: usize,
        tick: u64,
        subscription: &Subscription<'_>,
        id: Option<u32>,
    ) -> Option<usize> {
        let span = self.span_of(conn, tick);
        let text = subscription.filter;
        let client = &self.sessions[session].client;
        if self.rules.verdicts.is_some_and(|it| it.denies_subscribe(client, text)) {
            return None;
        }
        let version = self.sessions[session].version;
        let shared = (version == Version::V5).then(|| naive::shared(text)).flatten();
        let options = subscription.options;
        // Whether it was there before, as far as that is known.
        let mut existed = Some(false);
        for at in 0..self.sessions[session].subscriptions.len() {
            let old = &self.sessions[session].subscriptions[at];
            if old.text != text {
                continue;
            }
            let is_begun = old.begins.hi != u64::MAX
                || self.is_in_order(
                    conn,
                    |it| matches!(it, Pending::Begin { subscription, .. } if *subscription == at),
                );
            let is_ended = old.ends.hi != u64::MAX
                || self.is_in_order(
                    conn,
                    |it| matches!(it, Pending::End { subscription, .. } if *subscription == at),
                );
            let is_open = old.ends.lo == u64::MAX;
            existed = match (is_begun, is_open) {
                (true, true) => Some(true),
                (false, true) => None,
                (_, false) if !is_ended => None,
                _ => existed,
            };
            let it = &mut self.sessions[session];
            if is_open {
                it.subscriptions[at].ends = span;
                self.pend(conn, span, Pending::End { session, subscription: at });
            }
            let it = &mut self.sessions[session];
            let requests = it.requests.iter_mut().filter(|it| it.subscription == at);
            requests.for_each(|request| request.is_certain = false);
        }
        let wants = match options.retain_handling {
            _ if shared.is_some() => Some(false),
            _ if version != Version::V5 => Some(true),
            RetainHandling::SendAlways => Some(true),
            RetainHandling::SendIfNew => existed.map(|existed| !existed),
            RetainHandling::DoNotSend => Some(false),
        };
        let it = &mut self.sessions[session];
        let at = it.subscriptions.len();
        // What a subscription that is replaced is still to get comes for the new one.
        let goes_on =
            it.requests.iter().any(|request| it.subscriptions[request.subscription].text == text);
        it.subscriptions.push(Subscribed {
            text: text.to_owned(),
            filter: shared.map_or(text, |(_, filter)| filter).to_owned(),
            is_shared: shared.is_some(),
            qos: options.qos.min(self.rules.max_qos),
            no_local: options.no_local,
            retain_as_published: options.retain_as_published,
            id,
            begins: span,
            ends: Span::NEVER,
        });
        if wants != Some(false) || goes_on {
            let is_certain = wants == Some(true) && self.conns[conn].is_honest;
            it.requests.push(Request { subscription: at, is_certain });
            it.load += self.retained.len();
            it.load_bytes += self.retained.len() * 3_000;
        }
        self.pend(conn, span, Pending::Begin { session, subscription: at });
        Some(at)
    }

    /// Gives whether it was there, as far as that is known.
    fn unsubscribes(&mut self, conn: usize, session: usize, tick: u64, text: &str) -> Option<bool> {
        let span = self.span_of(conn, tick);
        let mut found = Some(false);
        for at in 0..self.sessions[session].subscriptions.len() {
            let it = &mut self.sessions[session];
            let old = &mut it.subscriptions[at];
            if old.text != text {
                continue;
            }
            if old.ends.lo == u64::MAX {
                old.ends = span;
                found = if old.begins.hi == u64::MAX { None } else { Some(true) };
                for request in it.requests.iter_mut().filter(|it| it.subscription == at) {
                    request.is_certain = false;
                }
                self.losses.insert(text.to_owned(), tick);
                self.pend(conn, span, Pending::End { session, subscription: at });
            } else if old.ends.hi == u64::MAX {
                found = None;
            }
        }
        found
    }
}
