//! Connections that do nothing: no more of them on this side than sockets.

use super::job::Job;
use mqtt_core::{Connect, Packet, Version};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Open files of a process that are no connections.
const OTHERS: u64 = 64;

/// How many connections a process can have. Each is an open file: has the system allow as many as it does at all, to
/// this process and to its children.
pub(super) fn possible() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        // If it is refused there are as many as before.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
    let files = getrlimit(Resource::Nofile).current;
    files.map_or(u64::MAX, |files| files.saturating_sub(OTHERS))
}

/// Connects one after the other: so none is turned away because too many wait.
pub(super) async fn connect(job: Job) -> io::Result<Vec<TcpStream>> {
    let mut connections = Vec::new();
    for number in 0..job.messages {
        let mut stream = TcpStream::connect(("127.0.0.1", job.port)).await?;
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
