//! Who gets messages of a load, and what of them is as it was sent.

use crate::content::{Content, SIZE};
use crate::lane::Lane;
use mqc_client::bench::{Arrival, Meter, Tally};
use mqc_client::{Message, Messages};
use mqtt_core::QoS;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// One that gets each message: a client, or a group of them.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) filters: Vec<String>,
    pub(crate) members: usize,
    /// What the broker grants: no message comes with more.
    pub(crate) granted: QoS,
    seen: Mutex<Seen>,
}

/// What has come to a place.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) tally: Tally,
    /// Messages whose payloads are not as they were sent.
    pub(crate) changed: u64,
    /// Messages on another topic than that of their publisher.
    pub(crate) misplaced: u64,
    /// Messages with another QoS than that of the run, or of the subscription if that is less.
    pub(crate) other_qos: u64,
    /// How many came to each member.
    pub(crate) shares: Vec<u64>,
}

/// What all clients of a run have in common.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) content: Content,
    /// Of messages, and asked for by subscriptions.
    pub(crate) qos: QoS,
    /// Of each publisher.
    pub(crate) topics: Vec<String>,
    /// Of each publisher.
    pub(crate) lanes: Vec<Lane>,
    pub(crate) meter: Meter,
    pub(crate) start: Instant,
}

impl Place {
    pub(crate) fn new(
        number: usize,
        name: &'static str,
        filters: Vec<String>,
        members: usize,
        publishers: usize,
    ) -> Self {
        let seen = Mutex::new(Seen {
            tally: Tally::new(number, SIZE, publishers),
            changed: 0,
            misplaced: 0,
            other_qos: 0,
            shares: vec![0; members],
        });
        Self { name, filters, members, granted: QoS::ExactlyOnce, seen }
    }

    pub(crate) const fn is_shared(&self) -> bool {
        self.members > 1
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what comes to a member, until that has ended.
    pub(crate) async fn receive(
        self: Arc<Self>,
        member: usize,
        mut messages: Messages,
        run: Arc<Run>,
    ) {
        while let Some(received) = messages.next().await {
            self.note(member, &received.message, &run);
        }
    }

    fn note(&self, member: usize, message: &Message, run: &Run) {
        let now = run.start.elapsed();
        let stamp = run.content.read(&message.payload);
        let mut seen = self.seen();
        let Some(stamp) = stamp else {
            seen.changed += 1;
            return;
        };
        seen.misplaced += u64::from(run.topics.get(stamp.publisher) != Some(&message.topic));
        seen.other_qos += u64::from(message.qos != run.qos.min(self.granted));
        seen.shares[member] += 1;
        let arrival = seen.tally.note(&message.payload, now);
        let place = seen.tally.subscriber;
        drop(seen);
        if arrival.is_some_and(|arrival| arrival != Arrival::Again) {
            run.meter.add_received();
            run.lanes[stamp.publisher].leave(place, stamp.sequence);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mqc_client::bench::Stamp;

    #[test]
    fn topic_and_qos_are_those_it_was_sent_with_and_granted() {
        let run = Run {
            content: Content { run: 7 },
            qos: QoS::ExactlyOnce,
            topics: ["a", "b"].map(str::to_owned).to_vec(),
            lanes: (0..2).map(|_| Lane::new(1, 50)).collect(),
            meter: Meter::default(),
            start: Instant::now(),
        };
        let mut place = Place::new(0, "`#`", vec!["#".to_owned()], 1, 2);
        let note = |place: &Place, sequence, topic: &str, qos| {
            let payload = run.content.payload(Stamp { publisher: 1, sequence, sent: 0 });
            place.note(0, &Message::new(topic, payload).qos(qos), &run);
            let seen = place.seen();
            (seen.tally.received, seen.misplaced, seen.other_qos)
        };
        assert_eq!(note(&place, 0, "b", QoS::ExactlyOnce), (1, 0, 0));
        assert_eq!(note(&place, 1, "a", QoS::ExactlyOnce), (2, 1, 0), "that of another publisher");
        assert_eq!(note(&place, 2, "b", QoS::AtMostOnce), (3, 1, 1));
        place.granted = QoS::AtMostOnce;
        assert_eq!(note(&place, 3, "b", QoS::AtMostOnce), (4, 1, 1), "no more is granted");
        assert_eq!(note(&place, 4, "b", QoS::ExactlyOnce), (5, 1, 2));
    }
}
