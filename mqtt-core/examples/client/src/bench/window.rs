//! What one that publishes has on the way.

use super::meter::Meter;
use crate::client::{Client, Delivery};
use crate::error::Error;
use crate::message::Message;
use mqtt_core::QoS;
use std::collections::VecDeque;

/// Messages of QoS 1 and 2 that are on the way, and what has become of those that are not any more.
///
/// # Examples
/// ```no_run
/// use mqc_client::bench::{Meter, Window};
/// use mqc_client::{Client, Message};
/// use mqtt_core::QoS;
///
/// # async fn example(client: Client) {
/// let (mut window, meter) = (Window::default(), Meter::default());
/// for number in 0..1000 {
///     if window.len() >= 20 {
///         window.settle(&meter).await;
///     }
///     let message = Message::new("count", number.to_string()).qos(QoS::AtLeastOnce);
///     window.send(&client, message, &meter).await;
/// }
/// window.drain(&meter).await;
/// assert_eq!(window.sent + window.failed, 1000);
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Window {
    /// Messages; of QoS 1 and 2, those that were acknowledged.
    pub sent: u64,
    /// Messages that were refused, or whose end is not known.
    pub failed: u64,
    /// The first reason for that.
    pub error: Option<Error>,
    /// In their order.
    on_the_way: VecDeque<Delivery>,
}

impl Window {
    /// How many are on the way.
    #[must_use]
    pub fn len(&self) -> usize {
        self.on_the_way.len()
    }

    /// True if none is on the way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.on_the_way.is_empty()
    }

    /// Hands a message over. False if the client has ended.
    ///
    /// See [`Window`] for an example.
    pub async fn send(&mut self, client: &Client, message: Message, meter: &Meter) -> bool {
        let ordered = match message.qos {
            QoS::AtMostOnce => client.post(message).await.map(|()| {
                self.sent += 1;
                meter.add_sent();
            }),
            _ => client.send(message).await.map(|sent| self.on_the_way.push_back(sent)),
        };
        let ordered = ordered.map_err(|error| self.fail(error));
        ordered.is_ok()
    }

    /// Waits for the end of the oldest message. If this is dropped half way, that is waited for the next time.
    ///
    /// See [`Window`] for an example.
    pub async fn settle(&mut self, meter: &Meter) {
        let Some(delivery) = self.on_the_way.front_mut() else { return };
        let result = delivery.await;
        self.on_the_way.pop_front();
        match result {
            Ok(_) => {
                self.sent += 1;
                meter.add_sent();
            }
            Err(error) => self.fail(error),
        }
    }

    /// Waits for the end of all.
    ///
    /// See [`Window`] for an example.
    pub async fn drain(&mut self, meter: &Meter) {
        while !self.is_empty() {
            self.settle(meter).await;
        }
    }

    /// Waits no longer: the end of those that are on the way is not known.
    ///
    /// ```
    /// use mqc_client::bench::Window;
    /// let mut window = Window::default();
    /// window.give_up();
    /// assert_eq!(window.failed, 0);
    /// ```
    pub fn give_up(&mut self) {
        self.failed += self.on_the_way.len() as u64;
        self.on_the_way.clear();
    }

    fn fail(&mut self, error: Error) {
        self.failed += 1;
        self.error.get_or_insert(error);
    }
}
