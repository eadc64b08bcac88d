//! What the program orders: messages, subscriptions, acknowledgements.

use super::{BATCH, Command, Done, Driver, MAX_HELD, NOBODY, Open, Outcome, Ways};
use crate::client::{Filter, Published, Status};
use crate::error::Error;
use crate::message::Message;
use crate::storage::{Effect, Keeper};
use core::task::{Context, Poll};
use mqtt_core::{
    Instant, PacketId, Properties, Property, Publish, QoS, ReasonCode, Subscribe, Subscription,
    SubscriptionOptions, Subscriptions, TopicFilters, Unsubscribe, UsageError, WhenFull,
};
use std::collections::BTreeMap;
use tokio::sync::oneshot;

impl Driver {
    /// Acknowledges what the program has dealt with.
    pub(super) fn take_acks(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        if !self.may_change() {
            return false;
        }
        let Poll::Ready(1..) = self.ways.acks.poll_recv_many(cx, &mut self.acks, BATCH) else {
            return false;
        };
        for (token, reason) in self.acks.drain(..) {
            // One that is unknown is of a connection before: the message comes again.
            let _ = self.session.ack(now, token, reason);
        }
        true
    }

    /// Carries out orders, as long as there is room.
    pub(super) fn take_commands(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let mut moved = false;
        // At the end nothing is carried out any more: whoever ordered it is told why.
        while self.end.is_none() && self.may_change() {
            // Also if the first of them has to wait: one of them may be the wish to leave.
            let is_read = self.held.is_empty() || self.is_blocked && self.held.len() < MAX_HELD;
            if is_read && self.quiescing.is_empty() {
                match self.ways.commands.poll_recv_many(cx, &mut self.commands, BATCH) {
                    Poll::Ready(1..) => self.held.extend(self.commands.drain(..)),
                    // The last handle is gone.
                    Poll::Ready(0) if !self.leaves() => {
                        let (done, _) = oneshot::channel();
                        self.held.push_back(Command::Quiesce { done, in_haste: false });
                    }
                    _ if self.held.is_empty() => break,
                    _ => {}
                }
            }
            if self.is_blocked {
                // Without a connection, who wants to leave does not wait for what was ordered before.
                if !self.session.is_connected() {
                    self.leave();
                }
                break;
            }
            let Some(command) = self.held.pop_front() else { break };
            if let Some(command) = self.carry_out(command, now) {
                self.held.push_front(command);
                self.is_blocked = true;
                break;
            }
            moved = true;
        }
        moved
    }

    /// True if one of the orders that wait is to leave.
    fn leaves(&self) -> bool {
        self.held.iter().any(is_quiesce)
    }

    /// Begins to leave: what was ordered behind that wish is not carried out any more.
    fn leave(&mut self) {
        let at = self.held.iter().position(is_quiesce).unwrap_or(self.held.len());
        for command in self.held.split_off(at) {
            self.turn_away(command, Error::Closed);
        }
    }

    /// Does not carry out an order, and says why. Whoever wishes to leave is told when it is over.
    pub(super) fn turn_away(&mut self, command: Command, why: Error) {
        match command {
            Command::Publish(_, Some(done), _) => drop(done.send(Err(why))),
            Command::Quiesce { done, in_haste } => {
                self.quiescing.push(done);
                self.is_in_haste |= in_haste;
            }
            other => answer(other, Err(why)),
        }
    }

    /// Carries out an order, or gives it back if there is no room now.
    pub(super) fn carry_out(&mut self, command: Command, now: Instant) -> Option<Command> {
        match command {
            Command::Publish(message, done, effect) => self.publish(message, done, effect, now),
            Command::Subscribe { filters, identifier, done } => {
                let list: Vec<_> = filters
                    .iter()
                    .map(|Filter { filter, options }| Subscription { filter, options: *options })
                    .collect();
                let property = identifier.map(Property::SubscriptionIdentifier);
                let subscribe = Subscribe {
                    properties: Properties::new(property.as_slice()),
                    filters: Subscriptions::new(&list),
                    ..Subscribe::new(PacketId::MIN)
                };
                let token = self.open.vacant_key() as u64;
                let result = self.session.subscribe(now, &subscribe, token);
                self.requested(Command::Subscribe { filters, identifier, done }, result, now)
            }
            Command::Unsubscribe { filters, done } => {
                let list: Vec<_> = filters.iter().map(String::as_str).collect();
                let unsubscribe = Unsubscribe {
                    filters: TopicFilters::new(&list),
                    ..Unsubscribe::new(PacketId::MIN)
                };
                let token = self.open.vacant_key() as u64;
                let result = self.session.unsubscribe(now, &unsubscribe, token);
                self.requested(Command::Unsubscribe { filters, done }, result, now)
            }
            Command::Stats(done) => {
                if let Some(stats) = self.session.stats() {
                    // Who asked may be gone, here and below.
                    let _ = done.send(stats);
                }
                None
            }
            quiesce @ Command::Quiesce { .. } => {
                self.held.push_front(quiesce);
                self.leave();
                None
            }
        }
    }

    pub(super) fn publish(
        &mut self,
        message: Message,
        done: Option<Done<Published>>,
        effect: Option<Effect>,
        now: Instant,
    ) -> Option<Command> {
        if effect.is_some() && !self.keeper.as_ref().is_some_and(Keeper::takes_effects) {
            let why = "a message cannot be stored with its effect: the session is in no sqlite:";
            let _ = done.map(|done| done.send(Err(Error::Store(why.to_owned()))));
            return None;
        }
        let list = if message.has_properties() { message.properties().list() } else { Vec::new() };
        let publish = Publish {
            topic: &message.topic,
            qos: message.qos,
            retain: message.retain,
            properties: Properties::new(&list),
            ..Publish::default()
        };
        let is_open = done.is_some() && message.qos != QoS::AtMostOnce;
        let token = if is_open { self.life | self.open.vacant_key() as u64 } else { NOBODY };
        let payload = &message.payload;
        let result = self.session.publish_bytes(now, &publish, payload, token, WhenFull::Queue);
        if let Err(UsageError::WouldBlock(_)) = result {
            return Some(Command::Publish(message, done, effect));
        }
        if let (Ok(_), Some(effect), Some(keeper)) = (&result, effect, &mut self.keeper) {
            keeper.add(effect, 0);
        }
        if let Some(done) = done {
            if result.is_ok() && is_open {
                self.open.insert(Open::Publish(done));
            } else {
                let published = Published { packet_id: None, reason: ReasonCode::SUCCESS };
                let _ = done.send(result.map(|_| published).map_err(Error::from));
            }
        }
        None
    }

    /// Keeps a request that has been sent; gives it back if it is to be sent later.
    pub(super) fn requested(
        &mut self,
        command: Command,
        result: Result<PacketId, UsageError>,
        now: Instant,
    ) -> Option<Command> {
        match result {
            Ok(_) => {
                self.open.insert(Open::Request(command));
                None
            }
            Err(UsageError::NotConnected | UsageError::WouldBlock(_)) => Some(command),
            Err(UsageError::PacketTooLarge { max }) => self.in_halves(command, max, now),
            Err(error) => {
                answer(command, Err(error.into()));
                None
            }
        }
    }

    /// What the broker takes no packet for. How many filters go into one packet is our own choice when all are
    /// subscribed to again.
    fn in_halves(&mut self, command: Command, max: u32, now: Instant) -> Option<Command> {
        match command {
            Command::Subscribe { mut filters, identifier, done: None } if filters.len() > 1 => {
                let filters_of_rest = filters.split_off(filters.len() / 2);
                let rest = Command::Subscribe { filters: filters_of_rest, identifier, done: None };
                self.held.push_front(rest);
                self.carry_out(Command::Subscribe { filters, identifier, done: None }, now)
            }
            command => {
                self.ways.tell_refused(&command, &[ReasonCode::PACKET_TOO_LARGE]);
                answer(command, Err(UsageError::PacketTooLarge { max }.into()));
                None
            }
        }
    }

    /// Orders all subscriptions that there were, before anything else.
    pub(super) fn subscribe_again(&mut self) {
        // Those of the last time, if they have not been answered.
        self.held.retain(|command| !matches!(command, Command::Subscribe { done: None, .. }));
        let mut by_identifier: BTreeMap<Option<u32>, Vec<Filter>> = BTreeMap::new();
        for (filter, (options, identifier)) in &self.subscribed {
            let filter = Filter { filter: filter.clone(), options: *options };
            by_identifier.entry(*identifier).or_default().push(filter);
        }
        for (identifier, filters) in by_identifier {
            for filters in filters.chunks(BATCH) {
                let filters = filters.to_vec();
                self.held.push_front(Command::Subscribe { filters, identifier, done: None });
            }
        }
    }
}

impl Ways {
    /// Tells of filters that were to be subscribed to again, which nobody waits for, and are refused.
    pub(super) fn tell_refused(&self, command: &Command, codes: &[ReasonCode]) {
        let Command::Subscribe { filters, done: None, .. } = command else { return };
        let pairs = filters.iter().zip(codes).filter(|(_, code)| !code.is_success());
        let mut refused: Vec<_> =
            pairs.map(|(filter, code)| (filter.filter.clone(), *code)).collect();
        self.status.send_if_modified(|status| match status {
            Status::Connected(connected) if !refused.is_empty() => {
                connected.refused.append(&mut refused);
                true
            }
            _ => false,
        });
    }
}

fn is_quiesce(command: &Command) -> bool {
    matches!(command, Command::Quiesce { .. })
}

/// Tells whoever waits for a request what has become of it.
pub(super) fn answer(command: Command, result: Outcome<Vec<ReasonCode>>) {
    if let Command::Subscribe { done: Some(done), .. }
    | Command::Unsubscribe { done: Some(done), .. } = command
    {
        let _ = done.send(result);
    }
}

/// Notes what is subscribed to by now.
pub(super) fn remember(
    subscribed: &mut BTreeMap<String, (SubscriptionOptions, Option<u32>)>,
    command: &Command,
    codes: &[ReasonCode],
) {
    match command {
        Command::Subscribe { filters, identifier, .. } => {
            for (Filter { filter, options }, code) in filters.iter().zip(codes) {
                match code.is_success() {
                    true => subscribed.insert(filter.clone(), (*options, *identifier)),
                    false => subscribed.remove(filter),
                };
            }
        }
        Command::Unsubscribe { filters, .. } => {
            for (place, filter) in filters.iter().enumerate() {
                // Before 5.0 there are no codes, and no broker refuses.
                if codes.get(place).is_none_or(|code| code.is_success()) {
                    subscribed.remove(filter);
                }
            }
        }
        _ => {}
    }
}
