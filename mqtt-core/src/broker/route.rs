//! The way of a message from its publisher to all who get it.

use super::engine::Broker;
use super::message::Message;
use super::net::{Delivery, Net, Notice};
use super::receivers::Receivers;
use crate::{
    Found, Granted, MatchScratch, Packet, PacketId, Publish, QoS, ShareGroup, ShareStrategy,
    TopicFilter, Version,
};
use alloc::vec::Vec;
use core::hash::BuildHasher;
use core::num::NonZeroU32;
use slab::Slab;

/// What the trie has of a subscription.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subscribed {
    pub(super) granted: Granted,
    /// The number of the shared subscription, or 0.
    pub(super) share: u32,
}

/// A subscription of the caller's, by its place: among the receivers in the trie it has this bit.
const INSIDE: u32 = 1 << 31;

/// What is kept from message to message, so that routing allocates nothing.
#[derive(Default)]
pub(super) struct Routing {
    scratch: MatchScratch,
    receivers: Receivers,
    picks: Vec<Pick>,
    inside: Slab<Inside>,
    last_inside: u32,
}

/// A receiver that is not merged with others: a member of a shared subscription that was picked, or the caller.
struct Pick {
    receiver: u32,
    granted: Granted,
    share: u32,
}

impl Pick {
    const fn new(receiver: u32, subscribed: &Subscribed) -> Self {
        Self { receiver, granted: subscribed.granted, share: subscribed.share }
    }
}

/// A subscription of the caller's.
pub(super) struct Inside {
    pub(super) token: u64,
    pub(super) filter: alloc::boxed::Box<str>,
    serial: u32,
}

impl Routing {
    /// Notes a subscription of the caller's; gives who receives its messages, and what tells it
    /// from another one of the same place.
    pub(super) fn add_inside(&mut self, token: u64, filter: &str) -> (u32, u32) {
        self.last_inside = self.last_inside.wrapping_add(1);
        let serial = self.last_inside;
        let inside = Inside { token, filter: filter.into(), serial };
        (self.inside.insert(inside) as u32 | INSIDE, serial)
    }

    pub(super) fn remove_inside(&mut self, receiver: u32, serial: u32) -> Option<Inside> {
        let place = (receiver & !INSIDE) as usize;
        self.inside.get(place).filter(|inside| inside.serial == serial)?;
        self.inside.try_remove(place)
    }
}

impl<S: BuildHasher + Clone> Broker<S> {
    /// Sends the message to all who have subscribed to its topic; gives how many they are.
    ///
    /// # Spec
    /// v3 \[MQTT-3.3.5-1\], \[MQTT-3.8.4-6\], \[MQTT-4.5.0-1\]; v5 \[MQTT-3.3.4-2\] to
    /// \[MQTT-3.3.4-4\], \[MQTT-3.8.4-8\], \[MQTT-4.5.0-1\], section 4.8.2.
    pub(super) fn route(&mut self, publisher: Option<u32>) -> usize {
        let Self { net, trie, routing, message, .. } = self;
        let Routing { scratch, receivers, picks, inside, .. } = routing;
        let (came, retained) = (message.qos, message.retain);
        let matches = trie.matches(message.name(), scratch);
        let (filters, mut count) = matches.count_filters();
        if count > 1 {
            message.set_many();
            net.note_body(message.shared());
        }
        if filters <= 1 {
            // Each is matched once: there is nothing to be merged.
            count = 0;
            matches.for_each(|found| match found {
                Found::Subscriber { key, value } if key & INSIDE == 0 => {
                    let options = &value.granted.options;
                    if !(options.no_local && publisher == Some(*key)) {
                        count += 1;
                        message.set_ids(value.granted.subscription_id);
                        let retain = retained && options.retain_as_published;
                        let qos = options.qos.min(came);
                        net.deliver(message, Delivery { client: *key, qos, retain, share: 0 });
                    }
                }
                other => picks.extend(pick_of(net, other)),
            });
        } else {
            receivers.start(publisher);
            matches.for_each(|found| match found {
                Found::Subscriber { key, value } if key & INSIDE == 0 => {
                    receivers.add(*key, &value.granted);
                }
                other => picks.extend(pick_of(net, other)),
            });
            for receiver in receivers.list() {
                message.set_ids(receivers.ids(receiver));
                let retain = retained && receiver.retain_as_published;
                let (client, qos) = (receiver.place, receiver.qos.min(came));
                net.deliver(message, Delivery { client, qos, retain, share: 0 });
            }
            count = receivers.list().len();
        }
        for pick in picks.iter() {
            send_picked(net, inside, message, pick);
        }
        count += picks.len();
        picks.clear();
        count
    }

    /// Sends the message, which another member has left, to a member of a shared subscription.
    pub(super) fn route_to_share(&mut self, share: u32, leaving: u32) {
        let Self { net, trie, routing, message, shares, .. } = self;
        let filter = shares.filter(share).and_then(|filter| TopicFilter::new(filter).ok());
        let group = filter.and_then(|filter| trie.share_group(filter));
        if let Some(pick) = group.and_then(|group| pick(net, group, Some(leaving))) {
            send_picked(net, &routing.inside, message, &pick);
        }
    }

    /// True if a shared subscription has a member with a connection beside this one.
    pub(super) fn has_other_member(&self, share: u32, leaving: u32) -> bool {
        let filter = self.shares.filter(share).and_then(|filter| TopicFilter::new(filter).ok());
        let group = filter.and_then(|filter| self.trie.share_group(filter));
        group.is_some_and(|group| {
            group.members().any(|(key, _)| *key != leaving && is_there(&self.net, *key))
        })
    }
}

/// True if a receiver has a connection.
fn is_there<S: BuildHasher>(net: &Net<S>, receiver: u32) -> bool {
    receiver & INSIDE != 0
        || net.clients.get(receiver).is_some_and(|client| client.session.is_connected())
}

/// The receiver of a match that is not merged with others.
fn pick_of<S: BuildHasher>(net: &Net<S>, found: Found<'_, u32, Subscribed>) -> Option<Pick> {
    match found {
        Found::Subscriber { key, value } => Some(Pick::new(*key, value)),
        Found::Group(group) => pick(net, group, None),
    }
}

/// Picks a member of a shared subscription: one that has a connection, nothing that waits, and room for one that is
/// not acknowledged; else one that has a connection; else any, which will have one. Never the one that leaves.
fn pick<S: BuildHasher>(
    net: &Net<S>,
    group: ShareGroup<'_, u32, Subscribed>,
    leaving: Option<u32>,
) -> Option<Pick> {
    let strategy: ShareStrategy = net.config.share_strategy;
    let stays = |key: u32| leaving != Some(key);
    let is_idle = |key: u32| {
        let client = net.clients.get(key);
        client.is_none_or(|client| client.session.is_idle())
    };
    let picked = group
        .pick(strategy, |key, _| stays(*key) && is_there(net, *key) && is_idle(*key))
        .or_else(|| group.pick(strategy, |key, _| stays(*key) && is_there(net, *key)))
        .or_else(|| group.pick(strategy, |key, _| stays(*key)));
    picked.map(|(receiver, subscribed)| Pick::new(*receiver, subscribed))
}

/// Sends a message to the member that was picked.
#[inline(never)]
fn send_picked<S: BuildHasher>(
    net: &mut Net<S>,
    inside: &Slab<Inside>,
    message: &mut Message,
    pick: &Pick,
) {
    let Pick { receiver: client, granted, share } = *pick;
    message.set_ids(granted.subscription_id);
    let qos = granted.options.qos.min(message.qos);
    let retain = message.retain && granted.options.retain_as_published;
    let to = Delivery { client, qos, retain, share };
    if client & INSIDE == 0 {
        net.deliver(message, to);
    } else if let Some(inside) = inside.get((client & !INSIDE) as usize) {
        net.tell_message(message, to, inside.token);
    }
}

impl<S: BuildHasher> Net<S> {
    /// Tells the caller of a message.
    fn tell_message(&mut self, message: &Message, to: Delivery, token: u64) {
        let publish = message.publish(to.qos, to.retain, Version::V5);
        let packet_id = (to.qos > QoS::AtMostOnce).then_some(PacketId::MIN);
        let publish = Publish { packet_id, payload: message.payload(), ..publish };
        let mut packet = Vec::new();
        // It has come in a packet that was no smaller.
        if Packet::from(publish).encode(Version::V5, &mut packet).is_ok() {
            self.notice_bytes += packet.len();
            self.notices.push_back(Notice::Message { token, packet });
        }
    }
}

/// The identifier of a subscription as a number that is not 0.
pub(super) fn subscription_id(id: Option<u32>) -> Option<NonZeroU32> {
    id.and_then(NonZeroU32::new)
}
