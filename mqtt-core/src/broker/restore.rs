//! A broker that goes on where another one was.

use super::bodies::{BODY, apart, stored_body};
use super::clients::Client;
use super::durable::{RETAINED, SESSION, StoredRetained, owned};
use super::engine::{Broker, subscription_limits};
use super::route::{Subscribed, subscription_id};
use super::shares::Shares;
use super::{BrokerConfig, Identity};
use crate::store::{Restore, StoreError, StoreErrorKind};
use crate::{Granted, IndexLimits, Instant, ServerSession, SessionState, TopicFilter, TopicName};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hash::BuildHasher;
use core::time::Duration;

impl<S: BuildHasher + Clone> Broker<S> {
    /// The broker that a store gives back: its sessions, all without a connection, their subscriptions and messages,
    /// wills that are due or will be, and the retained messages. It counts its changes on.
    ///
    /// Sessions and subscriptions are all there, also beyond [limits](BrokerConfig::limits) that are lower now;
    /// retained messages are dropped beyond theirs.
    ///
    /// A session that had a connection when it was stored is taken to have lost that now; what is due is done.
    ///
    /// # Errors
    /// A [`StoreError`], and there is no broker.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// use mqtt_core::store::Restore;
    /// # use std::hash::RandomState;
    /// # let now = Instant::default();
    /// let mut config = BrokerConfig::default();
    /// config.server.session.persist.durability = Durability::Report;
    /// let mut broker: Broker<RandomState> = Broker::new(config.clone(), now);
    /// broker.publish(now, &Publish { topic: "t", payload: b"!", retain: true, ..Publish::default() })?;
    /// let mut restore = Restore::new();
    /// while let Some(op) = broker.poll_persist() {
    ///     restore.apply(&op)?;
    /// }
    ///
    /// // In the next process, an hour later:
    /// let unix_ms = 3_600_000;
    /// let broker = Broker::restore(config, now, unix_ms, RandomState::new(), &restore)?;
    /// assert_eq!(broker.stats().retained, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restore(
        config: BrokerConfig,
        now: Instant,
        unix_ms: u64,
        hasher: S,
        restore: &Restore,
    ) -> Result<Self, StoreError> {
        let mut config = config;
        let (epoch, after) = restore.last();
        config.server.session.persist.after = after;
        config.server.session.persist.epoch = config.server.session.persist.epoch.max(epoch);
        let mut broker = Self::build(config, now, hasher, true);
        broker.set_unix_time(now, unix_ms);
        // Clients rely on what was granted to them.
        broker.trie.set_limits(IndexLimits::DEFAULT);
        let clock = Clock { now, unix_ms };
        let mut bodies: BTreeMap<u64, &[u8]> = BTreeMap::new();
        let mut session: Option<(Identity<'_>, Restore)> = None;
        for (key, value) in restore.raw_rows()? {
            let wrong = || StoreError { kind: StoreErrorKind::Value { kind: key[0] }, offset: 0 };
            match key.split_first() {
                Some((&SESSION, rest)) => {
                    let (client_id, own) = split_key(rest).ok_or_else(wrong)?;
                    let same = session.as_ref().is_some_and(|(of, _)| of.client_id == client_id);
                    if !same {
                        if let Some((of, rows)) = session.take() {
                            broker.restore_session(of, &rows, clock)?;
                        }
                        session = Some((Identity { client_id, user_name: None }, Restore::new()));
                    }
                    let Some((of, rows)) = &mut session else { continue };
                    if let Some((user_name, value)) = owned(own, value) {
                        of.user_name = Some(user_name);
                        rows.put(own, value);
                        continue;
                    }
                    let Some((number, rest)) = apart(value) else {
                        rows.put(own, value);
                        continue;
                    };
                    let body = bodies.get(&number).ok_or_else(wrong)?;
                    rows.put(own, &[rest, body].concat());
                    if let Some(durable) = &mut broker.net.durable {
                        durable.bodies.note(key, number);
                    }
                }
                // They come before the rows that are for them.
                Some((&BODY, rest)) => {
                    let (number, body) = stored_body(rest, value).ok_or_else(wrong)?;
                    bodies.insert(number, body);
                }
                Some((&RETAINED, topic)) => {
                    broker.restore_retained(topic, value, clock).ok_or_else(wrong)?;
                }
                _ => {
                    let kind = key.first().copied().unwrap_or(0);
                    return Err(StoreError {
                        kind: StoreErrorKind::UnknownKey { kind },
                        offset: 0,
                    });
                }
            }
        }
        if let Some((of, rows)) = session.take() {
            broker.restore_session(of, &rows, clock)?;
        }
        if let Some(durable) = &mut broker.net.durable {
            let numbers = bodies.into_keys();
            numbers.for_each(|number| durable.bodies.note_body(&mut durable.journal, number));
        }
        let limits = subscription_limits(&broker.net.config.limits);
        broker.trie.set_limits(limits);
        broker.handle_timeout(now);
        Ok(broker)
    }

    fn restore_session(
        &mut self,
        of: Identity<'_>,
        rows: &Restore,
        clock: Clock,
    ) -> Result<(), StoreError> {
        let Some(state) = SessionState::restore(rows)? else { return Ok(()) };
        let expiry = state.session_expiry().min(self.net.config.max_session_expiry);
        // One of which that is not known had a connection.
        let left = state.left().unwrap_or(clock.unix_ms);
        let at = |seconds: u32| clock.at(left.saturating_add(u64::from(seconds) * 1000));
        let delay = state.will().map(|will| will.properties.will_delay_interval().unwrap_or(0));
        let will_due = delay.map(|delay| at(delay.min(expiry)));
        let ends = (expiry < u32::MAX).then(|| at(expiry));
        let subscriptions: Vec<(Box<str>, Granted)> = state
            .subscriptions()
            .map(|(subscription, id)| {
                let options = subscription.options;
                let granted = Granted { options, subscription_id: subscription_id(id) };
                (subscription.filter.into(), granted)
            })
            .collect();
        let (config, now) = (self.net.config.server(), clock.now);
        let offset = self.net.durable.as_ref().and_then(|durable| durable.offset);
        let session = Box::new(ServerSession::away(config, now, offset, state));
        let user_name = of.user_name.map(Box::from);
        let place = self.net.clients.insert(of.client_id, user_name, session, None);
        for (filter, granted) in subscriptions {
            self.restore_subscription(place, filter, granted);
        }
        if let Some(client) = self.net.clients.get_mut(place) {
            let Client { will_due: will, ends: end, filters, session, .. } = client;
            (*will, *end) = (will_due, ends);
            let shares = &self.shares;
            session
                .state_mut()
                .retain_tokens(|token, topic| is_share(token, topic, filters, shares));
        }
        self.net.settle(place);
        self.net.collect(place);
        self.net.arm_client(place);
        Ok(())
    }

    fn restore_subscription(&mut self, place: u32, text: Box<str>, granted: Granted) {
        let Ok(filter) = TopicFilter::new(&text) else { return };
        let share = if filter.is_shared() { self.shares.join(&text) } else { 0 };
        if self.trie.insert(filter, place, Subscribed { granted, share }).is_err() {
            if filter.is_shared() {
                self.shares.leave(&text);
            }
            return;
        }
        if let Some(client) = self.net.clients.get_mut(place) {
            if let Err(at) = client.filters.binary_search(&text) {
                client.filters.insert(at, text);
            }
        }
    }

    fn restore_retained(&mut self, topic: &[u8], value: &[u8], clock: Clock) -> Option<()> {
        let topic = core::str::from_utf8(topic).ok()?;
        let name = TopicName::new(topic).ok()?;
        let stored = StoredRetained::parse(value)?;
        if stored.publish.topic != name.as_str() {
            return None;
        }
        let is_over = stored.ends > 0 && stored.ends <= clock.unix_ms;
        if is_over {
            if let Some(durable) = &mut self.net.durable {
                durable.tell_retained(topic, None);
            }
            return Some(());
        }
        self.message.set(&stored.publish);
        let publisher = (!stored.publisher.is_empty()).then(|| Arc::from(stored.publisher));
        let mut kept = self.message.retained(clock.now, publisher);
        if stored.ends > 0 {
            kept.ends = Some(clock.at(stored.ends));
        }
        let is_kept = self.retained.insert(name, kept);
        if let Some(durable) = self.net.durable.as_mut().filter(|_| !is_kept) {
            durable.tell_retained(topic, None);
        }
        Some(())
    }
}

/// True if a token is the number of a shared subscription of a session, and such a message is for that. It may have
/// been the number of another one in the broker before, or the session has left that.
fn is_share<S: BuildHasher + Clone>(
    token: u64,
    topic: &str,
    filters: &[Box<str>],
    shares: &Shares<S>,
) -> bool {
    let Ok(name) = TopicName::new(topic) else { return false };
    let is_it = |filter: TopicFilter<'_>| {
        filter.is_shared()
            && shares.number(filter.as_str()).map(u64::from) == Some(token)
            && filter.matches(name)
    };
    filters.iter().any(|filter| TopicFilter::new(filter).is_ok_and(is_it))
}

/// Both times at the moment of the beginning.
#[derive(Clone, Copy)]
struct Clock {
    now: Instant,
    unix_ms: u64,
}

impl Clock {
    /// The moment at which it is such a time; now, if that is past.
    fn at(self, unix_ms: u64) -> Instant {
        self.now.after(Duration::from_millis(unix_ms.saturating_sub(self.unix_ms)))
    }
}

/// The client identifier, and the key of its session.
fn split_key(rest: &[u8]) -> Option<(&str, &[u8])> {
    let (len, rest) = rest.split_first_chunk()?;
    let (client_id, own) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
    Some((core::str::from_utf8(client_id).ok()?, own))
}
