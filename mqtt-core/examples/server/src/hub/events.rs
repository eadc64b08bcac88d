//! What the broker tells and asks.

use super::Hub;
use crate::gatekeeper::{Hello, Verdict};
use core::net::SocketAddr;
use core::task::{Context, Poll, Waker, ready};
use mqtt_core::{Admission, BrokerError, BrokerEvent, ConnAck, ConnId, ReasonCode};
use std::sync::Arc;
use tracing::{debug, error, info};

/// So many characters of a name are logged.
const MAX_SHOWN: usize = 256;

/// Who is at the other end of a connection.
pub(super) struct Peer {
    address: SocketAddr,
    /// Where it came in.
    pub(super) door: usize,
    /// What it has said, until it is let in.
    hello: Option<Arc<Hello>>,
    /// Its client identifier; empty until it is let in.
    client_id: Box<str>,
}

impl Peer {
    pub(super) fn new(address: SocketAddr, door: usize) -> Self {
        Self { address, door, hello: None, client_id: Box::default() }
    }
}

impl Hub {
    /// Takes up what the broker tells and asks, until there is nothing.
    pub(super) fn take_events(&mut self) {
        while let Some(event) = self.broker.poll_event() {
            match event {
                BrokerEvent::Authenticate { conn, connect } => {
                    let Some(link) = self.links.get_mut(&conn) else { continue };
                    let hello = link.peer.hello.insert(Arc::new(Hello::new(&connect)));
                    if let Some(verdict) = self.gatekeeper.judge(conn, &connect, hello) {
                        self.say(conn, verdict);
                    }
                }
                // There is no authentication that has more than one step.
                BrokerEvent::Auth { conn, .. } => {
                    self.say(conn, Verdict::Out(ReasonCode::BAD_AUTHENTICATION_METHOD));
                }
                BrokerEvent::Connected { conn, client_id, session_present } => {
                    let Some(link) = self.links.get_mut(&conn) else { continue };
                    link.peer.client_id = client_id.into();
                    let Some(hello) = link.peer.hello.take() else { continue };
                    info!(
                        conn = conn.as_u64(),
                        peer = %link.peer.address,
                        client_id = short(client_id),
                        user_name = hello.user_name.as_deref().map(short),
                        version = %hello.version,
                        keep_alive = hello.keep_alive,
                        session_present,
                        "connected"
                    );
                }
                BrokerEvent::Closed { conn, reason } => {
                    let Some(link) = self.links.get_mut(&conn) else { continue };
                    link.is_closed = true;
                    link.peer.hello = None;
                    link.waker.iter().for_each(Waker::wake_by_ref);
                    let (conn, peer) = (conn.as_u64(), link.peer.address);
                    match &*link.peer.client_id {
                        "" => debug!(conn, %peer, ?reason, "closed"),
                        client_id => {
                            info!(conn, %peer, client_id = short(client_id), ?reason, "closed");
                        }
                    }
                }
                BrokerEvent::Fenced { epoch } => {
                    error!(epoch, "another server has the store");
                    self.monitor.is_fenced = true;
                }
                other => debug!(?other, "not asked for"),
            }
        }
    }

    /// Pending until it is known whether somebody is let in.
    pub(crate) fn poll_verdict(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let (conn, verdict) = ready!(self.gatekeeper.poll_verdict(cx));
        self.say(conn, verdict);
        self.turn();
        self.wake_stalled();
        Poll::Ready(())
    }

    /// Says to a client whether it is let in.
    fn say(&mut self, conn: ConnId, verdict: Verdict) {
        let now = self.now();
        let said = match verdict {
            Verdict::In => self.broker.accept(conn, now, &Admission::default()),
            Verdict::Out(reason) => {
                self.tell_refused(conn, reason);
                self.broker.refuse(conn, now, &ConnAck { reason, ..ConnAck::default() })
            }
        };
        match said {
            // It may be gone by now.
            Ok(()) | Err(BrokerError::Unknown | BrokerError::NotAsked) => {}
            Err(why) => debug!(conn = conn.as_u64(), %why, "cannot be told"),
        }
    }

    fn tell_refused(&mut self, conn: ConnId, reason: ReasonCode) {
        let Some(link) = self.links.get_mut(&conn) else { return };
        let Some(hello) = link.peer.hello.take() else { return };
        info!(
            conn = conn.as_u64(),
            peer = %link.peer.address,
            client_id = short(&hello.client_id),
            user_name = hello.user_name.as_deref().map(short),
            version = %hello.version,
            reason = match reason {
                ReasonCode::BAD_USER_NAME_OR_PASSWORD => "unknown user, or another password",
                ReasonCode::NOT_AUTHORIZED => "no user name",
                ReasonCode::SERVER_BUSY => "too many passwords wait to be verified",
                ReasonCode::SERVER_UNAVAILABLE => "the password could not be verified",
                _ => "authentication method",
            },
            "refused"
        );
    }
}

/// The beginning of a name: a client may have one of 65,535 bytes, and all lines of the log wait in memory.
fn short(name: &str) -> &str {
    name.char_indices().nth(MAX_SHOWN).map_or(name, |(end, _)| &name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_shown_in_part() {
        assert_eq!(short("anna"), "anna");
        assert_eq!(short(&"é".repeat(65_535 / 2)), "é".repeat(MAX_SHOWN));
    }
}
