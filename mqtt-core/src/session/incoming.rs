//! Messages of the peer that are not yet acknowledged.

use crate::{PacketId, QoS, ReasonCode};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// The right to acknowledge one message, once.
///
/// # Examples
/// See [`ClientSession::ack`](crate::ClientSession::ack).
#[derive(Debug, PartialEq, Eq, Hash)]
#[must_use = "the peer waits for the acknowledgement"]
pub struct AckToken {
    /// Counts the messages of all connections of the session, from a number that other sessions hardly have.
    number: u64,
}

/// Messages of the peer that are not yet acknowledged, and QoS 2 messages that are not yet released.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    /// In the order of arrival, from the oldest that is not acknowledged on.
    waiting: VecDeque<Waiting>,
    /// Counts messages.
    next: u64,
    /// QoS 2 messages of connections before that the caller has and had not acknowledged: they come
    /// again, and are not handed out again.
    held: Vec<Waiting>,
    /// QoS 2 messages that were received on this connection and not yet released.
    received: IdSet,
    /// Those of connections before.
    old: IdSet,
    /// QoS 1 and 2 messages of this connection that this side has not yet done with.
    open: u32,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    id: PacketId,
    qos: QoS,
    /// Said by the caller; waits for those before it.
    reason: Option<ReasonCode>,
}

/// An acknowledgement that is to be sent.
pub(super) struct DueAck {
    pub(super) id: PacketId,
    pub(super) qos: QoS,
    pub(super) reason: ReasonCode,
}

/// What a message of QoS 1 or 2 is.
pub(super) enum Arrival {
    New(AckToken),
    /// A QoS 2 message that has come before, and was acknowledged or not.
    Again {
        is_acked: bool,
    },
    /// Beyond the Receive Maximum.
    TooMany,
}

impl Incoming {
    /// Begins to count, if it has not begun: at a number made of `name`, so that tokens of one session
    /// are unknown in others.
    pub(super) fn begin(&mut self, name: &str, salt: u64) {
        if self.next == 0 {
            // FNV-1a, and the end of SplitMix64, which spreads each bit over all.
            let mut hash = 0xCBF2_9CE4_8422_2325 ^ salt;
            for byte in name.bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
            }
            hash = (hash ^ hash >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            hash = (hash ^ hash >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
            self.next = (hash ^ hash >> 31) | 1;
        }
    }

    /// Notes a message.
    pub(super) fn arrive(&mut self, id: PacketId, qos: QoS, receive_maximum: u16) -> Arrival {
        let has_room = self.open < u32::from(receive_maximum);
        if qos == QoS::ExactlyOnce {
            if self.received.contains(id) {
                let waits = |waiting: &Waiting| waiting.id == id && waiting.qos == qos;
                return Arrival::Again { is_acked: !self.waiting.iter().any(waits) };
            }
            if !has_room {
                return Arrival::TooMany;
            }
            if self.old.remove(id) {
                self.received.insert(id);
                self.open += 1;
                return Arrival::Again { is_acked: true };
            }
            if let Some(at) = self.held.iter().position(|held| held.id == id) {
                self.received.insert(id);
                self.open += 1;
                self.waiting.push_back(self.held.swap_remove(at));
                return Arrival::Again { is_acked: false };
            }
            self.received.insert(id);
        } else if !has_room {
            return Arrival::TooMany;
        }
        self.open += 1;
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        self.waiting.push_back(Waiting { number, id, qos, reason: None });
        Arrival::New(AckToken { number })
    }

    /// The message of a token, unless it is acknowledged or gone.
    fn waiting_mut(&mut self, token: &AckToken) -> Option<&mut Waiting> {
        let is = |waiting: &Waiting| waiting.number == token.number && waiting.reason.is_none();
        // Nearly always they count up from the first.
        let first = self.waiting.front().map_or(0, |waiting| waiting.number);
        let guess = token.number.wrapping_sub(first) as usize;
        let at = match self.waiting.get(guess) {
            Some(waiting) if is(waiting) => Some(guess),
            _ => self.waiting.iter().position(is),
        };
        match at {
            Some(at) => self.waiting.get_mut(at),
            None => self.held.iter_mut().find(|held| is(held)),
        }
    }

    /// Notes the caller's acknowledgement. False if its message is gone.
    pub(super) fn ack(&mut self, token: &AckToken, reason: ReasonCode) -> bool {
        let waiting = self.waiting_mut(token);
        waiting.map(|waiting| waiting.reason = Some(reason)).is_some()
    }

    /// The QoS of the message that a token is for.
    pub(super) fn qos(&mut self, token: &AckToken) -> Option<QoS> {
        self.waiting_mut(token).map(|waiting| waiting.qos)
    }

    /// The next acknowledgement whose turn it is.
    pub(super) fn due(&mut self) -> Option<DueAck> {
        let reason = self.waiting.front()?.reason?;
        let Waiting { id, qos, .. } = self.waiting.pop_front()?;
        if qos == QoS::AtLeastOnce {
            self.open = self.open.saturating_sub(1);
        } else if !reason.is_success() {
            self.open = self.open.saturating_sub(1);
            self.received.remove(id);
        }
        Some(DueAck { id, qos, reason })
    }

    /// Notes PUBREL. False if no message waited for it.
    pub(super) fn release(&mut self, id: PacketId) -> bool {
        let was = self.received.remove(id) || self.old.remove(id);
        if was {
            // Also for one of a connection before, which was not counted: the peer may count so.
            self.open = self.open.saturating_sub(1);
        }
        was
    }

    /// Ends the connection. What was received at QoS 2 is not handed out again when it comes again, and
    /// its tokens are good until then; those of QoS 1 are of no use any more.
    pub(super) fn disconnect(&mut self) {
        for waiting in self.waiting.drain(..) {
            if waiting.qos == QoS::ExactlyOnce {
                self.received.remove(waiting.id);
                self.held.push(waiting);
            }
        }
        self.received.iter().for_each(|id| self.old.insert(id));
        self.received.clear();
        self.open = 0;
    }

    /// Ends the session.
    pub(super) fn clear(&mut self) {
        self.disconnect();
        self.old = IdSet::default();
        self.held = Vec::new();
    }

    pub(super) fn shrink(&mut self) {
        self.waiting.shrink_to_fit();
        self.held.shrink_to_fit();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let ids = self.received.heap_bytes() + self.old.heap_bytes();
        (self.waiting.capacity() + self.held.capacity()) * size_of::<Waiting>() + ids
    }
}

/// A set of packet identifiers: a bit each, in pages of 1,024 that are there only as long as they are
/// needed, but for one.
#[derive(Debug, Default)]
struct IdSet {
    pages: Vec<Option<Box<Page>>>,
    /// Kept for the next page: identifiers that count up do not allocate.
    spare: Option<Box<Page>>,
    len: usize,
}

#[derive(Debug, Default)]
struct Page {
    bits: [u64; 16],
    len: u16,
}

impl IdSet {
    const fn split(id: PacketId) -> (usize, usize, u64) {
        let id = id.get() as usize;
        (id >> 10, id >> 6 & 15, 1 << (id & 63))
    }

    fn contains(&self, id: PacketId) -> bool {
        let (page, word, bit) = Self::split(id);
        let page = self.pages.get(page).and_then(Option::as_ref);
        page.is_some_and(|page| page.bits[word] & bit != 0)
    }

    fn insert(&mut self, id: PacketId) {
        let (at, word, bit) = Self::split(id);
        if self.pages.len() <= at {
            self.pages.resize_with(at + 1, || None);
        }
        let page = self.pages[at].get_or_insert_with(|| self.spare.take().unwrap_or_default());
        if page.bits[word] & bit == 0 {
            page.bits[word] |= bit;
            page.len += 1;
            self.len += 1;
        }
    }

    fn remove(&mut self, id: PacketId) -> bool {
        let (at, word, bit) = Self::split(id);
        let Some(entry) = self.pages.get_mut(at) else { return false };
        let Some(page) = entry.as_mut().filter(|page| page.bits[word] & bit != 0) else {
            return false;
        };
        page.bits[word] &= !bit;
        page.len -= 1;
        self.len -= 1;
        if page.len == 0 {
            self.spare = entry.take();
        }
        true
    }

    fn iter(&self) -> impl Iterator<Item = PacketId> {
        let pages = self.pages.iter().enumerate();
        let words = pages.flat_map(|(at, page)| {
            let words = page.iter().flat_map(|page| page.bits.iter().enumerate());
            words.map(move |(word, bits)| (at << 10 | word << 6, *bits))
        });
        words.flat_map(|(base, bits)| {
            let ids = (0..64).filter(move |bit| bits >> bit & 1 != 0).map(move |bit| base | bit);
            ids.filter_map(|id| PacketId::new(id as u16))
        })
    }

    fn clear(&mut self) {
        let page = self.pages.iter_mut().find_map(Option::take);
        self.spare = self.spare.take().or(page).map(|mut page| {
            *page = Page::default();
            page
        });
        self.pages.clear();
        self.len = 0;
    }

    fn heap_bytes(&self) -> usize {
        let pages = self.pages.iter().flatten().count() + usize::from(self.spare.is_some());
        self.pages.capacity() * size_of::<Option<Box<Page>>>() + pages * size_of::<Page>()
    }
}
