//! Bounded waits, and ports.

use core::hash::BuildHasher;
use core::net::Ipv4Addr;
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::hash::RandomState;
use std::io;
use std::net::TcpListener;
use std::sync::LazyLock;
use std::thread;
use std::time::Instant;

/// Long enough for whatever ends at all, also on a slow and busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again and again until there is an answer; `None` if there is none within `limit`.
///
/// Asks at least once, and once more after `limit`.
///
/// ```
/// use std::time::Duration;
/// let mut tries = 0;
/// let answer = loopback::within(Duration::from_secs(10), || {
///     tries += 1;
///     (tries == 3).then_some("third")
/// });
/// assert_eq!(answer, Some("third"));
/// ```
pub fn within<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    let mut pause = Duration::from_millis(1);
    loop {
        let over = Instant::now() >= end;
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if over {
            return None;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Below what Linux gives to outgoing connections by default, so that none takes a port that a
/// stopped server wants back.
const PORTS: Range<u16> = 10_000..32_000;

/// A TCP port on 127.0.0.1 that nobody listens on. No port is given twice by one process, until all
/// have been; another process may take it before it is used.
///
/// # Errors
/// All ports are taken.
///
/// ```
/// let port = loopback::free_port()?;
/// assert!(std::net::TcpListener::bind(("127.0.0.1", port)).is_ok());
/// # std::io::Result::Ok(())
/// ```
pub fn free_port() -> io::Result<u16> {
    // Processes that run side by side begin in different places.
    static NEXT: LazyLock<AtomicU64> =
        LazyLock::new(|| AtomicU64::new(RandomState::new().hash_one(())));
    for _ in PORTS {
        let next = NEXT.fetch_add(1, Ordering::Relaxed) % u64::from(PORTS.end - PORTS.start);
        let port = PORTS.start + u16::try_from(next).unwrap_or(0);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::new(io::ErrorKind::AddrInUse, "no port is free"))
}

/// Repeats what listens on a [`free_port`] if somebody else has taken the port meanwhile.
pub(crate) fn unless_taken<T>(mut listen: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..5 {
        match listen() {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            result => return result,
        }
    }
    listen()
}
