//! Messages that have come and are not confirmed.

use core::future::pending;
use mqc_client::{Message, Messages, Received};
use mqtt_core::{AckToken, QoS};
use std::collections::VecDeque;

/// A message that is not confirmed.
pub(crate) struct Item {
    pub(crate) message: Message,
    pub(crate) ack: Option<AckToken>,
    /// It may be in RabbitMQ already.
    pub(crate) is_sent: bool,
}

/// So many messages of QoS 0 may wait. More are dropped, and counted.
const MAX_QOS_0: usize = 1000;

/// Messages that wait to be published, in their order. There are never many, however long RabbitMQ is away
/// and however often the MQTT broker sends again what it has sent before.
pub(crate) struct Waiting {
    queue: VecDeque<Item>,
    /// How many in it are of QoS 1 and 2, and how many may be.
    firm: usize,
    max: usize,
    /// The MQTT broker was told to keep to that number.
    is_agreed: bool,
    /// Of QoS 0, for want of room.
    pub(crate) dropped: u64,
}

fn is_firm(message: &Message) -> bool {
    message.qos != QoS::AtMostOnce
}

impl Waiting {
    /// At most `max` of QoS 1 and 2 wait; if the MQTT broker was told to keep to a number, that one.
    pub(crate) fn new(max: u16, agreed: Option<u16>) -> Self {
        let (max, is_agreed) = (usize::from(agreed.unwrap_or(max)), agreed.is_some());
        Self { queue: VecDeque::new(), firm: 0, max, is_agreed, dropped: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(crate) fn pop(&mut self) -> Option<Item> {
        let item = self.queue.pop_front()?;
        self.firm -= usize::from(is_firm(&item.message));
        Some(item)
    }

    /// Takes back one that was popped, before all others.
    pub(crate) fn take_back(&mut self, item: Item) {
        self.firm += usize::from(is_firm(&item.message));
        self.queue.push_front(item);
    }

    fn push(&mut self, Received { message, ack, .. }: Received) {
        if is_firm(&message) {
            self.firm += 1;
        } else if self.queue.len() - self.firm >= MAX_QOS_0 {
            self.dropped += 1;
            return;
        }
        self.queue.push_back(Item { message, ack, is_sent: false });
        // The MQTT broker has no more than `max` under way. Those before are of a connection that is over,
        // are not acknowledged, and come again, or have come again already.
        while self.is_agreed && self.firm > self.max {
            // One of QoS 2 does not come again to this program.
            let may_go = |item: &Item| item.message.qos == QoS::AtLeastOnce;
            let Some(oldest) = self.queue.iter().position(may_go) else { break };
            self.queue.remove(oldest);
            self.firm -= 1;
        }
    }

    /// Takes the next message that comes. This is to go on also while RabbitMQ is away, so that the driver
    /// can always read, also the answers to its pings. If nothing is agreed and there is no room, the MQTT
    /// broker has to wait.
    pub(crate) async fn fill(&mut self, messages: &mut Messages) {
        let has_room = self.is_agreed || self.firm < self.max;
        match if has_room { messages.next().await } else { pending().await } {
            Some(received) => self.push(received),
            // The client has ended; it says why elsewhere.
            None => pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(waiting: &mut Waiting, number: usize, qos: QoS) {
        let message = Message::new("a", number.to_string()).qos(qos);
        waiting.push(Received { message, dup: false, packet_id: None, ack: None });
    }

    fn payloads(mut waiting: Waiting) -> Vec<String> {
        core::iter::from_fn(|| waiting.pop())
            .map(|item| item.message.text().unwrap_or_default().to_owned())
            .collect()
    }

    #[test]
    fn the_oldest_go_if_there_are_more_than_there_can_be() {
        let mut waiting = Waiting::new(9, Some(3));
        push(&mut waiting, 0, QoS::AtMostOnce);
        for number in 1..=3 {
            push(&mut waiting, number, QoS::AtLeastOnce);
        }
        // They are published, and taken back as RabbitMQ has gone; meanwhile they have come again.
        let open: Vec<_> = core::iter::from_fn(|| waiting.pop()).collect();
        push(&mut waiting, 1, QoS::AtLeastOnce);
        open.into_iter().rev().for_each(|item| waiting.take_back(item));
        push(&mut waiting, 2, QoS::ExactlyOnce);
        assert_eq!(payloads(waiting), ["0", "3", "1", "2"]);
    }

    #[test]
    fn where_nothing_is_agreed_none_of_them_goes() {
        let mut waiting = Waiting::new(1, None);
        push(&mut waiting, 1, QoS::AtLeastOnce);
        push(&mut waiting, 2, QoS::AtLeastOnce);
        assert_eq!(payloads(waiting), ["1", "2"]);
    }

    #[test]
    fn of_qos_0_the_newest_go() {
        let mut waiting = Waiting::new(1, None);
        for number in 0..MAX_QOS_0 + 5 {
            push(&mut waiting, number, QoS::AtMostOnce);
        }
        assert_eq!(waiting.dropped, 5);
        assert_eq!(payloads(waiting).last().map(String::as_str), Some("999"));
    }
}
