//! What time it is, and what is due.

use super::core::{Core, Phase};
use super::error::{CloseReason, Timer};
use crate::{Disconnect, Instant, Packet, ReasonCode, Sender};
use core::time::Duration;

/// PINGREQ is due so much before the keep alive is over, at most; an eighth of it, if that is less.
const PING_MARGIN: Duration = Duration::from_secs(1);

/// A duration in milliseconds, of up to seven weeks.
pub(super) fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

impl Core {
    /// Notes what time it is. Time does not go back.
    #[inline]
    pub(super) fn tick(&mut self, now: Instant) {
        let before = self.now;
        self.now = before.max(now);
        if self.output.has_moved() {
            self.output.told_moved();
            self.last_moved = self.now;
            if self.ping_place.is_some_and(|place| self.output.is_past(place)) {
                // The server is asked since then.
                (self.ping_place, self.ping_sent) = (None, self.ping_sent.max(before));
            }
        }
    }

    /// Since when the peer has been silent; `None` if its packets wait here, by no fault of its own.
    fn silent_since(&self, last: Instant, has_unread: bool) -> Option<Instant> {
        match has_unread {
            false => Some(last),
            // They wait for the caller, or for its store: what is held back the peer cannot take.
            true if self.output.len() < self.settings.max_output => None,
            // They wait because it does not take what is sent to it.
            true if self.output.has_moved() => Some(self.now),
            true => Some(last.max(self.last_moved)),
        }
    }

    /// The deadline of this connection that comes first.
    pub(super) fn deadline(&self, has_unread: bool) -> Option<(Instant, Timer)> {
        // A little earlier, for nobody wakes up in time.
        let keep_alive = Duration::from_secs(self.keep_alive.into());
        let ping_at = self.last_sent.after(keep_alive - (keep_alive / 8).min(PING_MARGIN));
        let later = |at: Instant, millis: u32| at.after(Duration::from_millis(millis.into()));
        // The caller may take its time for its step, the peer may not.
        let waits = self.is_up() && self.awaits_step && !has_unread;
        let step = waits.then(|| (later(self.opened_at, self.connect_timeout), Timer::Connect));
        let silence = match (self.phase, self.role) {
            (Phase::Open, Sender::Server) if self.keep_alive > 0 => {
                let since = self.silent_since(self.last_received, has_unread);
                since.map(|since| (since.after(keep_alive * 3 / 2), Timer::KeepAlive))
            }
            (Phase::Open, Sender::Client) if self.keep_alive > 0 => {
                let sent = match self.ping_place {
                    // It has not left, as long as something moves.
                    Some(_) => self.ping_sent.max(self.last_moved),
                    None => self.ping_sent,
                };
                // A server that sends something else meanwhile is there.
                let last = self.awaits_ping.then_some(sent.max(self.last_received));
                let since = last.and_then(|last| self.silent_since(last, has_unread));
                match since.map(|since| later(since, self.ping_timeout)) {
                    Some(late) if late <= ping_at => Some((late, Timer::PingResponse)),
                    // However long PINGRESP takes, this side is not to be silent for longer.
                    _ => Some((ping_at, Timer::Ping)),
                }
            }
            _ => None,
        };
        step.into_iter().chain(silence).min_by_key(|(at, _)| *at)
    }

    /// Does what is due.
    pub(super) fn handle_timeout(&mut self, has_unread: bool) {
        while let Some((at, timer)) = self.deadline(has_unread) {
            if at > self.now {
                return;
            }
            match timer {
                Timer::Ping => {
                    self.answer(Packet::PingReq);
                    // Also if the server does not take even that.
                    self.last_sent = self.now;
                    if !self.awaits_ping {
                        (self.awaits_ping, self.ping_sent) = (true, self.now);
                        self.ping_place = Some(self.output.place());
                    }
                }
                Timer::KeepAlive => {
                    if self.version.is_v5() {
                        let reason = ReasonCode::KEEP_ALIVE_TIMEOUT;
                        self.answer(Disconnect { reason, ..Disconnect::default() });
                    }
                    self.close(Some(CloseReason::Timeout(timer)));
                }
                Timer::Connect | Timer::PingResponse => {
                    self.close(Some(CloseReason::Timeout(timer)));
                }
            }
        }
    }
}
