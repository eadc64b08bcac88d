//! The thread of the broker: listeners, deadlines, the end.

use crate::connection;
use crate::hub::Hub;
use crate::keeper::Keeper;
use crate::listener::{Listen, PIPE, Wrapping};
use core::cell::RefCell;
use core::future::poll_fn;
use core::net::SocketAddr;
use core::time::Duration;
use mqtt_core::{Broker, BrokerConfig, Durability};
use socket2::SockRef;
use std::hash::RandomState;
use std::rc::Rc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use std::{io, thread};
use tokio::io::duplex;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

/// So long connections and the store may take to end.
const ENDING: Duration = Duration::from_secs(10);
/// So often the broker is told what time it is.
const CLOCK: Duration = Duration::from_secs(600);
/// So long nobody is accepted after that could not be done.
const PAUSE: Duration = Duration::from_millis(200);

/// So many connections wait to be accepted, if the system allows as many.
const BACKLOG: i32 = 4096;
/// So long a publisher waits for a receiver that has much to read.
const PUBLISHER_WAIT: Duration = Duration::from_millis(100);

/// So many threads encrypt and frame, at most.
const MAX_WORKERS: usize = 4;

/// What a server does.
///
/// # Examples
/// See [`Server`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens, and for what.
    pub listen: Vec<Listen>,
    /// How the broker behaves. Whether its state outlives the process is said by `store`.
    pub broker: BrokerConfig,
    /// Where state is kept that outlives the process: `sqlite:FILE`, `file:DIRECTORY`; nowhere by default.
    pub store: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        let listen = vec![Listen::new(SocketAddr::from(([127, 0, 0, 1], 1883)))];
        let broker = BrokerConfig { max_publisher_wait: PUBLISHER_WAIT, ..BrokerConfig::default() };
        Self { listen, broker, store: None }
    }
}

/// A server that runs, in threads of its own.
///
/// # Examples
/// ```
/// use mqc_server::{Listen, Server, Settings};
/// let listen = vec![Listen::new("127.0.0.1:0".parse()?)];
/// let server = Server::start(Settings { listen, ..Settings::default() })?;
/// assert_ne!(server.addresses()[0].port(), 0);
/// server.stop();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Server {
    addresses: Vec<SocketAddr>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Starts a server: it listens, and has what its store has, when this returns.
    ///
    /// # Errors
    /// It cannot listen there; the store cannot be opened, or what it has is no state of a broker.
    pub fn start(settings: Settings) -> io::Result<Self> {
        let Settings { listen, mut broker, store } = settings;
        let max = broker.server.session.limits.max_packet_size;
        let bind = |listen: &Listen| Listener::bind(listen, max);
        let listeners: Vec<_> = listen.iter().map(bind).collect::<io::Result<_>>()?;
        let addresses: io::Result<Vec<_>> =
            listeners.iter().map(|listener| listener.socket.local_addr()).collect();
        let addresses = addresses?;
        let needs_workers = listeners.iter().any(|listener| listener.wrapping.is_some());
        let workers = needs_workers.then(workers).transpose()?;
        let kept = store.map(|url| Keeper::open(&url).map_err(|why| named(&url, &why)));
        let kept = kept.transpose()?;
        let started = Instant::now();
        let now = mqtt_core::Instant::default();
        let hasher = RandomState::new();
        let (broker, keeper) = match kept {
            None => (Broker::with_hasher(broker, now, hasher), None),
            Some((keeper, loaded)) => {
                broker.server.session.persist = loaded.persist(Durability::Gate);
                let restored = Broker::restore(broker, now, unix_ms(), hasher, &loaded.restore());
                (restored.map_err(|why| io::Error::other(why.to_string()))?, Some(keeper))
            }
        };
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = thread::Builder::new().name("mqc-broker".to_owned()).spawn(move || {
            let hub = Rc::new(RefCell::new(Hub::new(broker, started, keeper)));
            let local = LocalSet::new();
            let handle = workers.as_ref().map(|workers| workers.handle().clone());
            local.block_on(&runtime, run(hub, listeners, handle, stopped));
            if let Some(workers) = workers {
                workers.shutdown_background();
            }
        })?;
        Ok(Self { addresses, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    ///
    /// See [`Server`] for an example.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Stops it: clients are told, and what is to be stored is stored. Blocks.
    ///
    /// See [`Server`] for an example.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // If it has panicked that was told.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// A socket that listens, and what stands between its connections and MQTT.
struct Listener {
    socket: std::net::TcpListener,
    wrapping: Option<Wrapping>,
}

impl Listener {
    fn bind(listen: &Listen, max_packet_size: u32) -> io::Result<Self> {
        let wrapping = Wrapping::new(listen, max_packet_size)?;
        let socket = std::net::TcpListener::bind(listen.address);
        let socket = socket.map_err(|why| named(&listen.address.to_string(), &why))?;
        // Many may come at once; those for which there is no room would try again after a second.
        SockRef::from(&socket).listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, wrapping })
    }
}

/// The threads that encrypt and frame.
fn workers() -> io::Result<Runtime> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MAX_WORKERS);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(threads).thread_name("mqc-transport").enable_all().build()
}

/// The same error, and what it is about.
fn named(what: &str, why: &io::Error) -> io::Error {
    io::Error::new(why.kind(), format!("{what}: {why}"))
}

pub(crate) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Runs the broker until the server is to stop.
async fn run(
    hub: Rc<RefCell<Hub>>,
    listeners: Vec<Listener>,
    workers: Option<Handle>,
    mut stopped: oneshot::Receiver<()>,
) {
    hub.borrow_mut().set_clock();
    let accepting: Vec<_> = listeners
        .into_iter()
        .map(|listener| spawn_local(accept(hub.clone(), listener, workers.clone())))
        .collect();
    let clock = spawn_local(tell_time(hub.clone()));
    let storing = spawn_local(store(hub.clone()));
    let tending = spawn_local(tend(hub.clone()));
    // An error says that the one who was to say stop is gone.
    let _ = (&mut stopped).await;
    accepting.iter().for_each(tokio::task::JoinHandle::abort);
    clock.abort();
    hub.borrow_mut().stop();
    let ending = async {
        while !hub.borrow().is_done() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    if timeout(ENDING, ending).await.is_err() {
        warn!("some connections or changes did not come to their end in time");
    }
    storing.abort();
    tending.abort();
}

/// Accepts connections, for ever.
async fn accept(hub: Rc<RefCell<Hub>>, listener: Listener, workers: Option<Handle>) {
    let socket = match TcpListener::from_std(listener.socket) {
        Ok(socket) => socket,
        Err(why) => return warn!(%why, "cannot listen"),
    };
    if let Ok(address) = socket.local_addr() {
        info!(%address, "listening");
    }
    let carrying = listener.wrapping.zip(workers);
    loop {
        let result = match socket.accept().await {
            Ok((stream, peer)) => admit(&hub, stream, peer, carrying.as_ref()),
            Err(why) => Err(why),
        };
        if let Err(why) = result {
            // Such as too many open files: that may pass.
            warn!(%why, "cannot accept");
            sleep(PAUSE).await;
        }
    }
}

fn admit(
    hub: &Rc<RefCell<Hub>>,
    stream: TcpStream,
    peer: SocketAddr,
    carrying: Option<&(Wrapping, Handle)>,
) -> io::Result<()> {
    // Packets are put together before they are written. If it fails, it is only slow.
    let _ = stream.set_nodelay(true);
    let opened = hub.borrow_mut().open();
    let conn = match opened {
        Ok(conn) => conn,
        Err(why) => {
            warn!(%peer, %why, "refused");
            return Ok(());
        }
    };
    debug!(conn = conn.as_u64(), %peer, "opened");
    match carrying {
        None => drop(spawn_local(connection::serve(hub.clone(), conn, stream))),
        Some((wrapping, workers)) => {
            let (near, far) = duplex(PIPE);
            spawn_local(connection::serve(hub.clone(), conn, near));
            // If that fails the other end is gone, and so is the connection.
            workers.spawn(wrapping.clone().carry(stream.into_std()?, far));
        }
    }
    Ok(())
}

/// Does what is due, for ever.
async fn tend(hub: Rc<RefCell<Hub>>) {
    let changed = hub.borrow().changed();
    loop {
        let wait = hub.borrow_mut().tend();
        match wait {
            Some(wait) => drop(timeout(wait, changed.notified()).await),
            None => changed.notified().await,
        }
    }
}

/// Tells the broker what is stored, for ever.
async fn store(hub: Rc<RefCell<Hub>>) {
    loop {
        poll_fn(|cx| hub.borrow_mut().poll_stored(cx)).await;
    }
}

async fn tell_time(hub: Rc<RefCell<Hub>>) {
    loop {
        sleep(CLOCK).await;
        hub.borrow_mut().set_clock();
    }
}
