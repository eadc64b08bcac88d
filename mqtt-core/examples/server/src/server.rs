//! The thread of the broker: listeners, deadlines, the end.

use crate::connection;
use crate::hub::Hub;
use crate::keeper::Keeper;
use core::cell::RefCell;
use core::future::poll_fn;
use core::net::SocketAddr;
use core::time::Duration;
use mqtt_core::{Broker, BrokerConfig, Durability};
use std::hash::RandomState;
use std::rc::Rc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use std::{io, thread};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

/// So long connections and the store may take to end.
const ENDING: Duration = Duration::from_secs(10);
/// So often the broker is told what time it is.
const CLOCK: Duration = Duration::from_secs(600);
/// So long nobody is accepted after that could not be done.
const PAUSE: Duration = Duration::from_millis(200);

/// What a server does.
///
/// # Examples
/// See [`Server`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens; port 0 is any that is free.
    pub listen: Vec<SocketAddr>,
    /// How the broker behaves. Whether its state outlives the process is said by `store`.
    pub broker: BrokerConfig,
    /// Where state is kept that outlives the process: `sqlite:FILE`, `file:DIRECTORY`; nowhere by default.
    pub store: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        let listen = vec![SocketAddr::from(([127, 0, 0, 1], 1883))];
        Self { listen, broker: BrokerConfig::default(), store: None }
    }
}

/// A server that runs, in threads of its own.
///
/// # Examples
/// ```
/// use mqc_server::{Server, Settings};
/// let server = Server::start(Settings { listen: vec!["127.0.0.1:0".parse()?], ..Settings::default() })?;
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
        let listeners: Vec<_> = listen.into_iter().map(bind).collect::<io::Result<_>>()?;
        let addresses: io::Result<Vec<_>> =
            listeners.iter().map(std::net::TcpListener::local_addr).collect();
        let addresses = addresses?;
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
            local.block_on(&runtime, run(hub, listeners, stopped));
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

/// Takes an address.
fn bind(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address);
    let listener = listener.map_err(|why| named(&address.to_string(), &why))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
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
    listeners: Vec<std::net::TcpListener>,
    mut stopped: oneshot::Receiver<()>,
) {
    hub.borrow_mut().set_clock();
    let accepting: Vec<_> =
        listeners.into_iter().map(|listener| spawn_local(accept(hub.clone(), listener))).collect();
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
async fn accept(hub: Rc<RefCell<Hub>>, listener: std::net::TcpListener) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(why) => return warn!(%why, "cannot listen"),
    };
    if let Ok(address) = listener.local_addr() {
        info!(%address, "listening");
    }
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => admit(&hub, stream, peer),
            Err(why) => {
                // Such as too many open files: that may pass.
                warn!(%why, "cannot accept");
                sleep(PAUSE).await;
            }
        }
    }
}

fn admit(hub: &Rc<RefCell<Hub>>, stream: TcpStream, peer: SocketAddr) {
    // Packets are put together before they are written. If it fails, it is only slow.
    let _ = stream.set_nodelay(true);
    let opened = hub.borrow_mut().open();
    match opened {
        Ok(conn) => {
            tracing::debug!(conn = conn.as_u64(), %peer, "opened");
            spawn_local(connection::serve(hub.clone(), conn, stream));
        }
        Err(why) => warn!(%peer, %why, "refused"),
    }
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
