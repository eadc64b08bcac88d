//! Connections that do nothing: no more of them on this side than sockets.

use super::job::IDLE;
use mqtt_core::{Connect, Packet, Version};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Connects one after the other: so none is turned away because too many wait.
pub(super) async fn connect(port: u16) -> io::Result<Vec<TcpStream>> {
    let mut connections = Vec::with_capacity(IDLE);
    for number in 0..IDLE {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let client_id = &format!("idle-{number:05}");
        let connect = Connect { client_id, keep_alive: 0, clean_start: true, ..Connect::default() };
        let mut bytes = Vec::new();
        Packet::from(connect).encode(Version::V5, &mut bytes).map_err(io::Error::other)?;
        stream.write_all(&bytes).await?;
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).await?;
        if answer[0] != 0x20 || answer[3] != 0 {
            return Err(io::Error::other("it is not let in"));
        }
        connections.push(stream);
    }
    Ok(connections)
}
