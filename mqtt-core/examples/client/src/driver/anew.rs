//! Before 5.0: how a session begins anew that the broker is to keep.

use super::line::{farewell, late};
use super::{LAST_BYTES, Outcome};
use crate::error::Error;
use crate::transport::Stream;
use bytes::{Buf as _, Bytes};
use core::time::Duration;
use mqtt_core::{
    ClientConfig, ClientSession, Connect, Disconnect, Event, Instant, UsageError, Version,
};
use std::io;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time;

/// What is said on a connection of its own: with Clean Session 1 a broker ends the session that it has under the
/// client identifier, and keeps none. The one that the next connection begins is a new one.
pub(super) struct Clearing {
    session: ClientSession,
    version: Version,
}

impl Clearing {
    /// `connect` says who it is.
    pub(super) fn new(connect: &Connect<'_>) -> Result<Self, UsageError> {
        let version = connect.version;
        let mut session = ClientSession::new(ClientConfig { version, ..ClientConfig::default() });
        let connect = Connect { clean_start: true, will: None, ..*connect };
        session.connect(Instant::default(), &connect)?;
        Ok(Self { session, version })
    }

    /// Says it, waits so long for the answer, and ends the connection. The outer error is that of the transport.
    pub(super) async fn run(
        mut self,
        mut stream: Box<dyn Stream>,
        wait: Duration,
    ) -> io::Result<Outcome<()>> {
        if let Err(error) = time::timeout(wait, self.answer(&mut stream)).await.map_err(late)?? {
            return Ok(Err(error));
        }
        let left = self.session.disconnect(Instant::default(), &Disconnect::default());
        let mut out = self.session.transmit();
        let last: Bytes = out.copy_to_bytes(out.remaining());
        farewell(stream, last, true, LAST_BYTES).await;
        Ok(left.map_err(Error::from))
    }

    /// What the broker says to CONNECT.
    async fn answer(&mut self, stream: &mut Box<dyn Stream>) -> io::Result<Outcome<()>> {
        let Self { session, version } = self;
        stream.write_all_buf(&mut session.transmit()).await?;
        stream.flush().await?;
        let mut buffer = [0; 4096];
        loop {
            match session.poll_event() {
                Some(Event::Connected { .. }) => return Ok(Ok(())),
                Some(Event::Closed(reason)) => {
                    return Ok(Err(Error::of(&reason, *version).unwrap_or(Error::Closed)));
                }
                Some(_) => {}
                None => match stream.read(&mut buffer).await? {
                    0 => session.handle_eof(Instant::default()),
                    len => drop(session.handle_input(Instant::default(), &buffer[..len])),
                },
            }
        }
    }
}
