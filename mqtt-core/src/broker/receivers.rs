//! Who gets a message, each client once.

use crate::{Granted, QoS};
use alloc::vec::Vec;
use core::num::NonZeroU32;

/// Who gets a message: what [`Overlaps`](crate::Overlaps) is for any keys, for those that are places in a slab.
/// Nothing is hashed then, and a client that one subscription alone matches costs a look at its stamp.
#[derive(Debug, Default)]
pub(super) struct Receivers {
    list: Vec<Receiver>,
    /// By place: the message that was last sent there, and where it is in the list.
    stamps: Vec<Stamp>,
    message: u32,
    publisher: Option<u32>,
    /// Identifiers of subscriptions, in chains.
    ids: Vec<(NonZeroU32, Option<u32>)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Stamp {
    message: u32,
    at: u32,
}

/// How one of them gets it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Receiver {
    pub(super) place: u32,
    /// The highest QoS of its subscriptions.
    pub(super) qos: QoS,
    /// One of its subscriptions has Retain As Published.
    pub(super) retain_as_published: bool,
    /// The first and the last identifier in their chain.
    ids: Option<(u32, u32)>,
}

impl Receivers {
    /// Begins the next message, of this publisher.
    pub(super) fn start(&mut self, publisher: Option<u32>) {
        self.list.clear();
        self.ids.clear();
        self.publisher = publisher;
        self.message = self.message.wrapping_add(1);
        if self.message == 0 {
            self.stamps.fill(Stamp::default());
            self.message = 1;
        }
    }

    /// Adds a subscription that matches.
    ///
    /// # Spec
    /// v3 \[MQTT-3.3.5-1\]; v5 \[MQTT-3.3.4-2\] to \[MQTT-3.3.4-4\], \[MQTT-3.8.3-3\].
    #[inline]
    pub(super) fn add(&mut self, place: u32, granted: &Granted) {
        let options = &granted.options;
        if options.no_local && self.publisher == Some(place) {
            return;
        }
        if self.stamps.len() <= place as usize {
            self.stamps.resize(place as usize + 1, Stamp::default());
        }
        let stamp = &mut self.stamps[place as usize];
        if stamp.message != self.message {
            *stamp = Stamp { message: self.message, at: self.list.len() as u32 };
            let (qos, retain_as_published) = (options.qos, options.retain_as_published);
            self.list.push(Receiver { place, qos, retain_as_published, ids: None });
        } else if let Some(receiver) = self.list.get_mut(stamp.at as usize) {
            receiver.qos = receiver.qos.max(options.qos);
            receiver.retain_as_published |= options.retain_as_published;
        }
        if let Some(id) = granted.subscription_id {
            let at = stamp.at as usize;
            self.add_id(at, id);
        }
    }

    fn add_id(&mut self, at: usize, id: NonZeroU32) {
        let last = self.ids.len() as u32;
        self.ids.push((id, None));
        let Some(receiver) = self.list.get_mut(at) else { return };
        let first = match receiver.ids {
            None => last,
            Some((first, before)) => {
                if let Some((_, next)) = self.ids.get_mut(before as usize) {
                    *next = Some(last);
                }
                first
            }
        };
        receiver.ids = Some((first, last));
    }

    pub(super) fn list(&self) -> &[Receiver] {
        &self.list
    }

    /// The identifiers of all subscriptions of a receiver that have one, in the order of the matches.
    #[inline]
    pub(super) fn ids(&self, receiver: &Receiver) -> impl Iterator<Item = NonZeroU32> {
        let mut next = receiver.ids.map(|(first, _)| first);
        core::iter::from_fn(move || {
            let (id, following) = self.ids.get(next? as usize)?;
            next = *following;
            Some(*id)
        })
    }
}
