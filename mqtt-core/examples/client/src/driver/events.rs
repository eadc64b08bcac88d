//! What the session tells, and who is told.

use super::orders::{answer, remember};
use super::{Driver, LIFE, NOBODY, Open, Outcome};
use crate::client::Published;
use crate::error::Error;
use crate::inbox::Room;
use crate::message::{Message, Received};
use crate::options::Overflow;
use crate::storage::Keeper;
use bytes::Buf as _;
use core::task::Context;
use mqtt_core::{CloseReason, Event, Instant};
use slab::Slab;

impl Driver {
    /// Hands out what has happened, as long as there is room for messages.
    pub(super) fn take_events(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        if !self.may_change() {
            return false;
        }
        let on_message = self.keeper.as_ref().and_then(Keeper::on_message);
        let mut room = self.ways.inbox.poll_room(cx);
        // Those of QoS 1 and 2 are not dropped: as many again may wait.
        let least = match self.options.overflow {
            Overflow::Wait => Room::NONE,
            Overflow::Drop => self.ways.inbox.max().behind(),
        };
        let is_leaving = !self.quiescing.is_empty();
        let mut dropped = 0;
        let mut moved = false;
        let over = loop {
            // Who leaves does not wait for messages to be taken.
            if room.is_some_and(|room| !room.is_left(least)) && !is_leaving {
                break None;
            }
            let Some(event) = self.session.poll_event() else { break None };
            moved = true;
            match event {
                Event::Message { publish, .. } if on_message.is_some() => {
                    let message = Message::received(&publish);
                    if let (Some(keeper), Some(on_message)) = (&mut self.keeper, &on_message) {
                        let (size, on_message) = (message.size(), on_message.clone());
                        keeper.add(Box::new(move |tables| on_message(tables, &message)), size);
                    }
                }
                Event::Message { publish, ack, .. } => match (&mut room, ack) {
                    // Nobody takes them: of QoS 1 and 2 they stay with the broker.
                    (None, _) => {}
                    (Some(room), ack)
                        if !room.is_left(Room::NONE) && (is_leaving || ack.is_none()) =>
                    {
                        dropped += u64::from(ack.is_none());
                    }
                    (Some(room), ack) => {
                        let (message, dup) = (Message::received(&publish), publish.dup);
                        room.take(&message);
                        let packet_id = publish.packet_id;
                        self.arrived.push(Received { message, dup, packet_id, ack });
                    }
                },
                Event::Published { token, packet_id, reason, .. } => {
                    let published = Published { packet_id: Some(packet_id), reason };
                    let is_done = reason.is_success();
                    let result = if is_done { Ok(published) } else { Err(Error::Reason(reason)) };
                    finish(&mut self.open, self.life, token, result);
                }
                Event::Dropped { token, why } => {
                    finish(&mut self.open, self.life, token, Err(Error::Dropped(why)));
                }
                Event::Subscribed { token, reasons, .. }
                | Event::Unsubscribed { token, reasons, .. } => {
                    let codes: Vec<_> = reasons.iter().collect();
                    if let Some(Open::Request(command)) = self.open.try_remove(token as usize) {
                        remember(&mut self.subscribed, &command, &codes);
                        self.ways.tell_refused(&command, &codes);
                        answer(command, Ok(codes));
                    }
                }
                Event::Writable => self.is_blocked = false,
                Event::Auth(auth) => {
                    let challenge = auth.properties.authentication_data().unwrap_or_default();
                    // The session lets none come that we have not begun.
                    let Some(exchange) = &mut self.exchange else { continue };
                    let answered = exchange.answer(challenge).and_then(|answer| {
                        self.authenticate(now, &answer).map_err(|error| error.to_string())
                    });
                    if let Err(why) = answered {
                        break Some(Some(Error::Authentication(why)));
                    }
                }
                Event::Connected { connack, session } => {
                    let data = connack.properties.authentication_data().unwrap_or_default();
                    let finished = self.exchange.as_mut().map(|exchange| exchange.finish(data));
                    if let Some(Err(why)) = finished {
                        // What is on its way out is not for somebody else.
                        let mut out = self.session.transmit();
                        out.advance(out.remaining());
                        break Some(Some(Error::Authentication(why)));
                    }
                    if let Some(id) = connack.properties.assigned_client_identifier() {
                        id.clone_into(&mut self.options.client_id);
                    }
                    self.connected(now, session);
                }
                Event::Closed(reason) => {
                    // A failure of the socket says more than that it has ended, and less than the broker.
                    let failure = self
                        .failure
                        .take()
                        .filter(|_| matches!(reason, CloseReason::Eof | CloseReason::Local));
                    let failure = failure.map(|error| Error::io(&self.options.address, error));
                    break Some(failure.or(Error::of(&reason, self.options.version)));
                }
                // The rest is for servers.
                _ => {}
            }
        };
        if !self.arrived.is_empty() || dropped > 0 {
            self.ways.inbox.push(&mut self.arrived, dropped);
        }
        if let Some(error) = over {
            // Of our own wish: the broker knows that this is the end, and closes.
            self.hang_up(now, error.is_none());
            match error {
                None => self.end = Some(None),
                Some(error) => self.lost(now, error),
            }
        }
        moved
    }
}

/// Tells whoever waits for a message what has become of it.
pub(super) fn finish(open: &mut Slab<Open>, life: u64, token: u64, result: Outcome<Published>) {
    // `NOBODY` has no place, and of messages of a life before nobody is left who waits.
    let key = token.checked_sub(life).filter(|key| *key < LIFE);
    let open = usize::try_from(key.unwrap_or(NOBODY)).ok().and_then(|key| open.try_remove(key));
    if let Some(Open::Publish(done)) = open {
        let _ = done.send(result);
    }
}
