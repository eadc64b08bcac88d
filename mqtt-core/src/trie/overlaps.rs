//! Several subscriptions of one client that match the same message.

use super::ordered::Ordered;
use crate::{QoS, SubscriptionOptions};
use alloc::vec::Vec;
use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::num::NonZeroU32;

/// What a broker keeps of a subscription: the value of a
/// [`SubscriptionTrie`](crate::SubscriptionTrie) whose matches [`Overlaps`] merges.
///
/// # Examples
/// ```
/// use core::num::NonZeroU32;
/// use mqtt_core::{Granted, QoS, SubscriptionOptions};
/// let options = SubscriptionOptions { qos: QoS::AtLeastOnce, ..SubscriptionOptions::DEFAULT };
/// let granted = Granted { options, subscription_id: NonZeroU32::new(7) };
/// assert_eq!(Granted::default().subscription_id, None);
/// # let _ = granted;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Granted {
    /// The options, with the QoS that was granted.
    pub options: SubscriptionOptions,
    /// The Subscription Identifier of the SUBSCRIBE, 1 to 268,435,455.
    pub subscription_id: Option<NonZeroU32>,
}

/// Merges subscriptions of one client that match the same message, so that the client gets it once: at
/// the highest QoS, with the Subscription Identifiers of all.
///
/// Kept by the caller from message to message: it allocates nothing once it has grown to what messages
/// need, some 40 bytes and a key for each client, 8 for each identifier. It does not shrink; drop it for that.
///
/// Shared subscriptions take no part: each sends a message of its own, with the options of the member
/// that was picked.
///
/// # Spec
/// v3 \[MQTT-3.3.5-1\]; v5 \[MQTT-3.3.4-2\], \[MQTT-3.3.4-3\], \[MQTT-3.3.4-4\], \[MQTT-3.8.3-3\].
///
/// # Examples
/// ```
/// use core::num::NonZeroU32;
/// use mqtt_core::{
///     Found, Granted, MatchScratch, Overlaps, QoS, SubscriptionOptions, SubscriptionTrie,
///     TopicFilter, TopicName,
/// };
/// use std::hash::RandomState;
///
/// let mut trie: SubscriptionTrie<&str, Granted, RandomState> = SubscriptionTrie::default();
/// let filters = [("a/#", QoS::AtMostOnce, 7), ("a/+", QoS::ExactlyOnce, 8), ("a/b", QoS::AtLeastOnce, 9)];
/// for (filter, qos, id) in filters {
///     let options = SubscriptionOptions { qos, ..SubscriptionOptions::DEFAULT };
///     let granted = Granted { options, subscription_id: NonZeroU32::new(id) };
///     trie.insert(TopicFilter::new(filter)?, "anna", granted)?;
/// }
///
/// let (mut scratch, mut overlaps) = (MatchScratch::default(), Overlaps::<_, RandomState>::default());
/// overlaps.start(Some("ben")); // who published
/// for found in trie.matches(TopicName::new("a/b")?, &mut scratch) {
///     match found {
///         Found::Subscriber { key, value } => overlaps.add(key, value),
///         Found::Group(_) => unreachable!("there is none"),
///     }
/// }
/// let mut merged = overlaps.iter();
/// let delivery = merged.next().unwrap();
/// assert_eq!((*delivery.key, delivery.qos), ("anna", QoS::ExactlyOnce));
/// assert!(delivery.subscription_ids().map(NonZeroU32::get).eq([7, 9, 8]));
/// assert!(merged.next().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Overlaps<K, S> {
    hasher: S,
    publisher: Option<K>,
    clients: Ordered<K, Client>,
    ids: Vec<Id>,
}

/// A client that gets the message.
#[derive(Clone)]
struct Client {
    qos: QoS,
    retain_as_published: bool,
    /// The first and the last of its identifiers, places in a list.
    ids: Option<(u32, u32)>,
}

#[derive(Clone)]
struct Id {
    id: NonZeroU32,
    /// The place of the next one of the same client.
    next: Option<NonZeroU32>,
}

impl<K, S> Overlaps<K, S> {
    /// Nothing yet. Allocates nothing.
    ///
    /// ```
    /// use mqtt_core::Overlaps;
    /// use std::hash::RandomState;
    /// let overlaps: Overlaps<u32, _> = Overlaps::with_hasher(RandomState::new());
    /// assert_eq!(overlaps.len(), 0);
    /// ```
    #[must_use]
    pub const fn with_hasher(hasher: S) -> Self {
        Self { hasher, publisher: None, clients: Ordered::new(), ids: Vec::new() }
    }

    /// How many clients get the message.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.clients.len()
    }

    /// True if no client gets it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The clients that get the message, in the order in which they were added first.
    ///
    /// See [`Overlaps`] for an example.
    pub fn iter(&self) -> impl Iterator<Item = MergedDelivery<'_, K>> {
        self.clients.iter().map(|(key, client)| MergedDelivery {
            key,
            qos: client.qos,
            retain_as_published: client.retain_as_published,
            next_id: client.ids.map(|(first, _)| first),
            ids: &self.ids,
        })
    }
}

impl<K: Clone + Hash + Eq, S: BuildHasher> Overlaps<K, S> {
    /// Forgets the last message, and begins the next, of this publisher. Subscriptions with No Local do
    /// not send it back to the publisher. O(clients of the last message).
    ///
    /// ```
    /// # use mqtt_core::{Granted, Overlaps, SubscriptionOptions};
    /// # let mut overlaps: Overlaps<u32, std::hash::RandomState> = Overlaps::default();
    /// let options = SubscriptionOptions { no_local: true, ..SubscriptionOptions::DEFAULT };
    /// overlaps.start(Some(1));
    /// for client in [1, 2] {
    ///     overlaps.add(&client, &Granted { options, subscription_id: None });
    /// }
    /// assert!(overlaps.iter().map(|delivery| *delivery.key).eq([2]));
    /// ```
    pub fn start(&mut self, publisher: Option<K>) {
        self.publisher = publisher;
        self.clients.clear(|key| self.hasher.hash_one(key));
        self.ids.clear();
    }

    /// Adds a subscription that matches. O(1).
    ///
    /// See [`Overlaps`] for an example.
    pub fn add(&mut self, key: &K, granted: &Granted) {
        let options = &granted.options;
        if options.no_local && self.publisher.as_ref() == Some(key) {
            return;
        }
        let hash = self.hasher.hash_one(key);
        let client = match self.clients.get_mut(hash, |other| other == key) {
            Some(client) => client,
            None => {
                let client = Client { qos: QoS::AtMostOnce, retain_as_published: false, ids: None };
                self.clients.push(key.clone(), client, |key| self.hasher.hash_one(key))
            }
        };
        client.qos = client.qos.max(options.qos);
        client.retain_as_published |= options.retain_as_published;
        if let Some(id) = granted.subscription_id {
            let place = self.ids.len() as u32;
            self.ids.push(Id { id, next: None });
            let first = match client.ids {
                None => place,
                Some((first, last)) => {
                    self.ids[last as usize].next = NonZeroU32::new(place);
                    first
                }
            };
            client.ids = Some((first, place));
        }
    }
}

impl<K, S: Default> Default for Overlaps<K, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K: fmt::Debug, S> fmt::Debug for Overlaps<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// How one client gets a message: see [`Overlaps::iter`].
///
/// # Examples
/// See [`Overlaps`].
#[derive(Clone, Copy)]
pub struct MergedDelivery<'a, K> {
    /// The client.
    pub key: &'a K,
    /// The highest QoS of its subscriptions; the message goes out with this or its own, the lower.
    pub qos: QoS,
    /// One of its subscriptions has Retain As Published.
    pub retain_as_published: bool,
    next_id: Option<u32>,
    ids: &'a [Id],
}

impl<'a, K> MergedDelivery<'a, K> {
    /// The Subscription Identifiers of all its subscriptions that have one, in the order of the matches.
    /// One that several subscriptions share comes several times, as the standard allows.
    ///
    /// See [`Overlaps`] for an example.
    pub fn subscription_ids(&self) -> impl Iterator<Item = NonZeroU32> + use<'a, K> {
        let (ids, mut next) = (self.ids, self.next_id);
        core::iter::from_fn(move || {
            let entry = ids.get(next? as usize)?;
            next = entry.next.map(NonZeroU32::get);
            Some(entry.id)
        })
    }
}

impl<K: fmt::Debug> fmt::Debug for MergedDelivery<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:?} for ", self.key, self.qos)?;
        f.debug_list().entries(self.subscription_ids()).finish()
    }
}
