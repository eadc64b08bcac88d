//! A TCP proxy that does harm.

mod faults;

pub use faults::Faults;

use crate::wait::{PATIENCE, free_port, unless_taken};
use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use faults::{Direction, Kind, Lane, Plan, Step};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

/// How often a thread looks whether a peer has gone.
const GLANCE: Duration = Duration::from_millis(20);

/// What a [`FaultProxy`] has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections accepted and joined to the target.
    pub connections: u64,
    /// Connections that are open now, or half open.
    pub open: u64,
    /// Connections closed as they came: too many at once, or the target did not accept.
    pub turned_away: u64,
    /// Bytes forwarded from clients.
    pub bytes_up: u64,
    /// Bytes forwarded to clients.
    pub bytes_down: u64,
    /// Connections cut: by [`Faults::cut`], after a stall, or by [`FaultProxy::cut_all`]. Not those
    /// that a peer reset.
    pub cuts: u64,
    /// Connections that became half open.
    pub stalls: u64,
    /// Chunks held back.
    pub delays: u64,
    /// Rows of bytes forwarded one at a time.
    pub trickles: u64,
    /// Times in which new connections were refused.
    pub refusals: u64,
}

/// A TCP proxy on a free port of 127.0.0.1 that does to connections what its [`Faults`] say.
/// Dropping it cuts all connections and ends its threads.
///
/// It knows nothing of MQTT, and serves TLS and WebSocket as well.
///
/// ```
/// use loopback::{FaultProxy, Faults};
/// use std::io::{Read, Write};
/// use std::net::{TcpListener, TcpStream};
///
/// let target = TcpListener::bind("127.0.0.1:0")?;
/// let cut = Faults { cut: Some(3..=3), ..Faults::default() };
/// let proxy = FaultProxy::start(target.local_addr()?.port(), cut)?;
///
/// let mut client = TcpStream::connect(("127.0.0.1", proxy.port()))?;
/// let (mut server, _) = target.accept()?;
/// // Cut after three bytes of one direction or the other: so send in both.
/// let _ = client.write_all(b"12345");
/// let _ = server.write_all(b"12345");
/// let mut got = Vec::new();
/// let _ = client.read_to_end(&mut got);
/// assert_eq!(proxy.counts().cuts, 1);
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct FaultProxy {
    port: u16,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl FaultProxy {
    /// Starts a proxy to a port of 127.0.0.1. Nobody needs to listen there yet.
    ///
    /// # Errors
    /// No port is free.
    pub fn start(target_port: u16, faults: Faults) -> io::Result<FaultProxy> {
        let (port, listener) = unless_taken(|| {
            let port = free_port()?;
            Ok((port, bind(port)?))
        })?;
        let shared = Arc::new(Shared {
            faults,
            target: (Ipv4Addr::LOCALHOST, target_port).into(),
            state: Mutex::default(),
            change: Condvar::new(),
        });
        let ours = Arc::clone(&shared);
        let thread = thread::spawn(move || ours.serve(port, listener));
        Ok(FaultProxy { port, shared, thread: Some(thread) })
    }

    /// Where clients connect.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        let state = self.shared.state();
        Counts { open: state.links.len() as u64, ..state.counts }
    }

    /// Does no harm from now on: what stalls goes on, what is refused is accepted. Connections that
    /// were cut stay cut.
    pub fn heal(&self) {
        self.shared.state().healed = true;
        self.shared.change.notify_all();
    }

    /// Cuts all connections there are. New ones are accepted, after [`Faults::refuse`].
    pub fn cut_all(&self) {
        let mut state = self.shared.state();
        let links = state.links.clone();
        for link in links {
            state.cut(&link);
        }
        self.shared.change.notify_all();
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.state().stop();
        self.shared.change.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic there was printed there.
            let _ = thread.join();
        }
    }
}

/// A client's connection and its other half.
#[derive(Debug)]
struct Link {
    client: TcpStream,
    server: TcpStream,
    cut: AtomicBool,
    stalls: [AtomicBool; 2],
}

impl Link {
    /// True if it was not cut before.
    fn cut(&self) -> bool {
        let first = !self.cut.swap(true, Ordering::SeqCst);
        // Errors: it is closed already.
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
        first
    }

    fn is_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst)
    }

    fn stall(&self, direction: Direction) -> &AtomicBool {
        &self.stalls[direction as usize]
    }

    fn client_has_gone(&self) -> bool {
        let gone = PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR;
        ready(&self.client, gone, Duration::ZERO)
    }
}

#[derive(Debug, Default)]
struct State {
    counts: Counts,
    links: Vec<Arc<Link>>,
    healed: bool,
    stopped: bool,
    refuse_until: Option<Instant>,
}

impl State {
    fn cut(&mut self, link: &Link) {
        self.counts.cuts += u64::from(link.cut());
    }

    fn stop(&mut self) {
        self.stopped = true;
        for link in &self.links {
            link.cut();
        }
    }
}

#[derive(Debug)]
struct Shared {
    faults: Faults,
    target: SocketAddr,
    state: Mutex<State>,
    change: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, count: impl FnOnce(&mut Counts)) {
        count(&mut self.state().counts);
    }

    /// Waits, less if everything is healed or stopped.
    fn pause(&self, time: Duration) {
        let idle = |state: &mut State| !state.healed && !state.stopped;
        drop(self.change.wait_timeout_while(self.state(), time, idle));
    }

    fn serve(&self, port: u16, listener: TcpListener) {
        let mut listener = Some(listener);
        thread::scope(|scope| {
            let mut number = 0;
            loop {
                let state = self.state();
                let (stopped, healed, until) = (state.stopped, state.healed, state.refuse_until);
                drop(state);
                if stopped {
                    break;
                }
                let left = until.map(|until| until.saturating_duration_since(Instant::now()));
                if let Some(left) = left.filter(|left| !healed && !left.is_zero()) {
                    if listener.take().is_some() {
                        self.count(|counts| counts.refusals += 1);
                    }
                    self.pause(left.min(GLANCE));
                } else if let Some(open) = &listener {
                    if ready(open, PollFlags::IN, GLANCE) {
                        if let Ok((client, _)) = open.accept() {
                            let plan = self.faults.plan(number);
                            number += 1;
                            scope.spawn(|| self.carry(client, plan));
                        }
                    }
                } else {
                    listener = bind(port).ok();
                    if listener.is_none() {
                        thread::sleep(GLANCE);
                    }
                }
            }
        });
    }

    /// One connection, from begin to end.
    fn carry(&self, client: TcpStream, plan: Plan) {
        let Some(link) = self.link(client) else { return };
        let Plan { up, down, refuse } = plan;
        thread::scope(|scope| {
            scope.spawn(|| self.pump(&link, Direction::Up, up));
            self.pump(&link, Direction::Down, down);
        });
        let mut state = self.state();
        state.links.retain(|other| !Arc::ptr_eq(other, &link));
        if let Some(time) = refuse {
            state.refuse_until = Some(Instant::now() + time);
        }
    }

    /// Joins a client to the target, unless there are too many or the target is not there.
    fn link(&self, client: TcpStream) -> Option<Arc<Link>> {
        let room = self.state().links.len() < self.faults.max_connections;
        let server = room.then(|| TcpStream::connect_timeout(&self.target, PATIENCE));
        let Some(Ok(server)) = server else {
            // Before the client is closed, so that who sees it closed sees it counted.
            self.count(|counts| counts.turned_away += 1);
            return None;
        };
        for socket in [&client, &server] {
            // An error means that it is closed.
            let _ = socket.set_nodelay(true);
        }
        let (cut, stalls) = Default::default();
        let link = Arc::new(Link { client, server, cut, stalls });
        let mut state = self.state();
        state.counts.connections += 1;
        if state.stopped {
            link.cut();
        }
        state.links.push(Arc::clone(&link));
        Some(link)
    }

    /// Forwards one direction until its end.
    fn pump(&self, link: &Link, direction: Direction, mut lane: Lane) {
        let (mut from, mut to) = match direction {
            Direction::Up => (&link.client, &link.server),
            Direction::Down => (&link.server, &link.client),
        };
        let mut buffer = vec![0; 16 * 1024];
        let mut passed = 0;
        loop {
            let count = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => {
                    link.cut();
                    break;
                }
            };
            let delay = lane.delay(&self.faults);
            if let Some(delay) = delay.filter(|_| !self.state().healed) {
                self.count(|counts| counts.delays += 1);
                self.pause(delay);
            }
            if !self.forward(link, direction, &mut lane, &mut to, &buffer[..count], &mut passed) {
                link.cut();
                return;
            }
        }
        // An error means that it is closed both ways.
        let _ = to.shutdown(Shutdown::Write);
    }

    /// Forwards a chunk; false if the connection has ended.
    fn forward(
        &self,
        link: &Link,
        direction: Direction,
        lane: &mut Lane,
        to: &mut &TcpStream,
        mut chunk: &[u8],
        passed: &mut u64,
    ) -> bool {
        while !chunk.is_empty() {
            if link.stall(direction).load(Ordering::SeqCst) && !self.sit_out(link, direction) {
                return false;
            }
            let step = if self.state().healed {
                Step::Forward(chunk.len())
            } else {
                lane.step(&self.faults, *passed, chunk.len())
            };
            let count = match step {
                Step::Forward(count) => count,
                Step::Trickle { first } => {
                    self.count(|counts| counts.trickles += u64::from(first));
                    self.pause(Duration::from_millis(1));
                    1
                }
                Step::End(Kind::Cut) => {
                    self.state().cut(link);
                    return false;
                }
                Step::End(Kind::Stall { both }) => {
                    self.count(|counts| counts.stalls += 1);
                    for each in [Direction::Up, Direction::Down] {
                        link.stall(each).store(both || each == direction, Ordering::SeqCst);
                    }
                    continue;
                }
            };
            let (now, later) = chunk.split_at(count);
            if !self.may_pass(direction, now.len() as u64) || to.write_all(now).is_err() {
                return false;
            }
            chunk = later;
            *passed += now.len() as u64;
        }
        true
    }

    /// Counts bytes; ends everything, and says false, if they would be too many.
    fn may_pass(&self, direction: Direction, bytes: u64) -> bool {
        let mut state = self.state();
        let counts = &mut state.counts;
        if counts.bytes_up + counts.bytes_down + bytes > self.faults.max_bytes {
            state.stop();
            return false;
        }
        match direction {
            Direction::Up => counts.bytes_up += bytes,
            Direction::Down => counts.bytes_down += bytes,
        }
        true
    }

    /// Waits while a direction stalls; false if the connection has ended.
    fn sit_out(&self, link: &Link, direction: Direction) -> bool {
        let end = Instant::now() + self.faults.stall_for;
        loop {
            if self.state().healed {
                link.stall(direction).store(false, Ordering::SeqCst);
                return true;
            }
            if link.is_cut() {
                return false;
            }
            if link.client_has_gone() || Instant::now() >= end {
                self.state().cut(link);
                return false;
            }
            self.pause(GLANCE);
        }
    }
}

fn bind(port: u16) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    // The client may have gone between poll and accept.
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Whether one of these comes true within `limit`.
fn ready(socket: &impl AsFd, flags: PollFlags, limit: Duration) -> bool {
    let limit = Timespec { tv_sec: 0, tv_nsec: limit.subsec_nanos().into() };
    let mut sockets = [PollFd::new(socket, flags)];
    poll(&mut sockets, Some(&limit)).is_ok_and(|count| count > 0)
}
