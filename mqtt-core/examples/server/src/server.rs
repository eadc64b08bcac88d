//! The thread of the broker: listeners, deadlines, the end.

use crate::connection;
use crate::gatekeeper::{self, Gatekeeper};
use crate::hub::Hub;
use crate::keeper::Keeper;
use crate::listener::{Listen, PIPE, Wrapping};
use crate::metrics::{Door, Monitor};
use crate::users::Users;
use core::cell::RefCell;
use core::future::{poll_fn, ready};
use core::net::SocketAddr;
use core::time::Duration;
use mqc_http::Page;
use mqtt_core::{Authentication, Authorization, Broker, BrokerConfig, Durability};
use socket2::SockRef;
use std::hash::RandomState;
use std::rc::Rc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use std::{io, thread};
use tokio::io::duplex;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, LocalSet, spawn_local, yield_now};
use tokio::time::{sleep, timeout};
use tracing::{debug, error, info, warn};

/// So long connections and the store may take to end.
const ENDING: Duration = Duration::from_secs(10);
/// So often the broker is told what time it is.
const CLOCK: Duration = Duration::from_secs(600);
/// So long nobody is accepted after that could not be done.
const PAUSE: Duration = Duration::from_millis(200);

/// So many connections wait to be accepted, if the system allows as many.
const BACKLOG: i32 = 4096;
/// So many bytes of a connection may wait in the kernel behind what is on its way. Left alone, Linux fills megabytes, and
/// calls a socket writable again when a third of them is free: to a slow reader nothing would go for seconds, and its
/// publishers would take it for one that does not read.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 1 << 20;
/// Topic aliases for a client that takes them: those that do not cost nothing.
const ALIASES: u16 = 16;
/// So long a publisher waits for a receiver that has much to read.
const PUBLISHER_WAIT: Duration = Duration::from_millis(500);

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
    /// How the broker behaves. Whether its state outlives the process is said by `store`, and who may connect by
    /// `users`.
    pub broker: BrokerConfig,
    /// Where state is kept that outlives the process: `sqlite:FILE`, `file:DIRECTORY`; nowhere by default.
    pub store: Option<String>,
    /// Who may connect. Default everybody.
    pub users: Option<Users>,
    /// Whether clients without a user name may connect though there are `users`. Default no.
    pub allow_anonymous: bool,
    /// Where `/metrics` and `/health` are served over HTTP. Default nowhere.
    pub metrics: Option<SocketAddr>,
}

impl Default for Settings {
    fn default() -> Self {
        let listen = vec![Listen::new(SocketAddr::from(([127, 0, 0, 1], 1883)))];
        let mut broker =
            BrokerConfig { max_publisher_wait: PUBLISHER_WAIT, ..BrokerConfig::default() };
        broker.server.session.max_auto_aliases = ALIASES;
        Self { listen, broker, store: None, users: None, allow_anonymous: false, metrics: None }
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
    metrics: Option<SocketAddr>,
    orders: Option<mpsc::UnboundedSender<Order>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Starts a server: it listens, and has what its store has, when this returns.
    ///
    /// # Errors
    /// It cannot listen there; the store cannot be opened, or what it has is no state of a broker.
    pub fn start(settings: Settings) -> io::Result<Self> {
        let Settings { listen, mut broker, store, users, allow_anonymous, metrics } = settings;
        // Also when everybody is let in: so it is known who comes.
        broker.authentication = Authentication::Ask;
        broker.sessions_of_users &= users.is_some();
        let max = broker.server.session.limits.max_packet_size;
        let max_event_bytes = broker.limits.max_event_bytes;
        let open = |listen: &Listen| Listener::bind(listen, max);
        let listeners: Vec<_> = listen.iter().map(open).collect::<io::Result<_>>()?;
        let addresses: io::Result<Vec<_>> =
            listeners.iter().map(|listener| listener.socket.local_addr()).collect();
        let addresses = addresses?;
        let doors = addresses.iter().zip(&listen);
        let doors = doors.map(|(address, listen)| Door::new(address, listen.transport())).collect();
        let asking = metrics.map(bind).transpose()?;
        let metrics = asking.as_ref().map(std::net::TcpListener::local_addr).transpose()?;
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
        let (orders, received) = mpsc::unbounded_channel();
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        // What blocks is the verification of passwords.
        runtime.max_blocking_threads(gatekeeper::verifying());
        let runtime = runtime.enable_all().build()?;
        let thread = thread::Builder::new().name("mqc-broker".to_owned()).spawn(move || {
            let gatekeeper = Gatekeeper::new(users, allow_anonymous, max_event_bytes);
            let monitor = Monitor { doors, ..Monitor::default() };
            let hub = Hub::new(broker, started, keeper, gatekeeper, monitor);
            let hub = Rc::new(RefCell::new(hub));
            let local = LocalSet::new();
            let handle = workers.as_ref().map(|workers| workers.handle().clone());
            local.block_on(&runtime, run(hub, listeners, asking, handle, received));
            if let Some(workers) = workers {
                workers.shutdown_background();
            }
            // Nobody waits for a password that is still being verified.
            drop(local);
            runtime.shutdown_background();
        })?;
        Ok(Self { addresses, metrics, orders: Some(orders), thread: Some(thread) })
    }

    /// Waits until it has ended without being [stopped](Self::stop), which it does by a fault of its own only.
    ///
    /// ```no_run
    /// # async fn example(server: &mqc_server::Server) {
    /// server.ended().await;
    /// # }
    /// ```
    pub async fn ended(&self) {
        if let Some(orders) = &self.orders {
            orders.closed().await;
        }
    }

    /// Where it listens.
    ///
    /// See [`Server`] for an example.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Where it serves `/metrics` and `/health`, if anywhere.
    ///
    /// ```
    /// use mqc_server::{Listen, Server, Settings};
    /// let any = "127.0.0.1:0".parse()?;
    /// let settings = Settings { listen: vec![Listen::new(any)], metrics: Some(any), ..Settings::default() };
    /// let server = Server::start(settings)?;
    /// assert!(server.metrics().is_some_and(|address| address.port() != 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// Says who may connect, and who may publish and subscribe to what, from now on: both at once, and `None` as it
    /// was. Connections and subscriptions stay; a server that began without users stays without.
    ///
    /// ```
    /// use mqc_server::{Listen, Server, Settings, Users};
    /// use mqtt_core::{Acl, Authorization};
    /// let listen = vec![Listen::new("127.0.0.1:0".parse()?)];
    /// let users = Some(Users::default());
    /// let server = Server::start(Settings { listen, users, ..Settings::default() })?;
    /// let acl = Acl::parse("allow subscribe #")?;
    /// server.set_access(None, Some(Authorization::Acl(acl)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_access(&self, users: Option<Users>, authorization: Option<Authorization>) {
        if let Some(orders) = &self.orders {
            // If the thread is gone it has panicked, and that was told.
            let _ = orders.send(Order { users, authorization });
        }
    }

    /// Stops it: clients are told, and what is to be stored is stored. Blocks.
    ///
    /// See [`Server`] for an example.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        drop(self.orders.take());
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

/// What the broker's thread is told. The end of orders is that to stop.
struct Order {
    users: Option<Users>,
    authorization: Option<Authorization>,
}

/// A socket that listens, and what stands between its connections and MQTT.
struct Listener {
    socket: std::net::TcpListener,
    wrapping: Option<Wrapping>,
}

impl Listener {
    fn bind(listen: &Listen, max_packet_size: u32) -> io::Result<Self> {
        let wrapping = Wrapping::new(listen, max_packet_size)?;
        let socket = bind(listen.address)?;
        // Many may come at once; those for which there is no room would try again after a second.
        SockRef::from(&socket).listen(BACKLOG)?;
        Ok(Self { socket, wrapping })
    }
}

fn bind(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = std::net::TcpListener::bind(address);
    let socket = socket.map_err(|why| named(&address.to_string(), &why))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
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

/// Runs the broker until the server is to stop, or a task has panicked: then what it had to do is not done, and nobody
/// knows what the broker is worth.
async fn run(
    hub: Rc<RefCell<Hub>>,
    listeners: Vec<Listener>,
    asking: Option<std::net::TcpListener>,
    workers: Option<Handle>,
    orders: mpsc::UnboundedReceiver<Order>,
) {
    let alarm = hub.borrow().alarm();
    tokio::select! {
        () = serve(hub, listeners, asking, workers, orders) => {}
        () = alarm.rung() => error!("a task has panicked: the server ends"),
    }
}

/// Serves until the server is to stop.
async fn serve(
    hub: Rc<RefCell<Hub>>,
    listeners: Vec<Listener>,
    asking: Option<std::net::TcpListener>,
    workers: Option<Handle>,
    mut orders: mpsc::UnboundedReceiver<Order>,
) {
    hub.borrow_mut().set_clock();
    let accepting: Vec<_> = listeners
        .into_iter()
        .enumerate()
        .map(|(door, listener)| spawn(&hub, accept(hub.clone(), listener, door, workers.clone())))
        .collect();
    let clock = spawn(&hub, tell_time(hub.clone()));
    let mut rest = vec![
        spawn(&hub, store(hub.clone())),
        spawn(&hub, judge(hub.clone())),
        spawn(&hub, tend(hub.clone())),
    ];
    rest.extend(asking.map(|socket| spawn(&hub, answer(hub.clone(), socket))));
    while let Some(order) = orders.recv().await {
        hub.borrow_mut().set_access(order.users, order.authorization);
    }
    accepting.iter().for_each(JoinHandle::abort);
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
    rest.iter().for_each(JoinHandle::abort);
}

/// Starts a task of this thread.
fn spawn(hub: &Rc<RefCell<Hub>>, task: impl Future<Output = ()> + 'static) -> JoinHandle<()> {
    let alarm = hub.borrow().alarm();
    spawn_local(async move {
        task.await;
        drop(alarm);
    })
}

/// Accepts connections, for ever.
async fn accept(hub: Rc<RefCell<Hub>>, listener: Listener, door: usize, workers: Option<Handle>) {
    let socket = match TcpListener::from_std(listener.socket) {
        Ok(socket) => socket,
        Err(why) => return warn!(%why, "cannot listen"),
    };
    if let Ok(address) = socket.local_addr() {
        info!(%address, "listening");
    }
    let carrying = listener.wrapping.zip(workers);
    loop {
        // One at a time: who is connected has a turn between two that come, however many come.
        yield_now().await;
        let result = match socket.accept().await {
            Ok((stream, peer)) => admit(&hub, stream, peer, door, carrying.as_ref()),
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
    door: usize,
    carrying: Option<&(Wrapping, Handle)>,
) -> io::Result<()> {
    // Packets are put together before they are written. If it fails, it is only slow.
    let _ = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    let _ = SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT);
    let (opened, socket, alarm) = {
        let mut hub = hub.borrow_mut();
        (hub.open(peer, door), hub.socket(), hub.alarm())
    };
    let conn = match opened {
        Ok(conn) => conn,
        Err(why) => {
            warn!(%peer, %why, "refused");
            return Ok(());
        }
    };
    debug!(conn = conn.as_u64(), %peer, "opened");
    match carrying {
        None => {
            let held = (socket, alarm);
            spawn_local(connection::serve(hub.clone(), conn, stream, held));
        }
        Some((wrapping, workers)) => {
            let (near, far) = duplex(PIPE);
            let (serves, serving) = oneshot::channel();
            let held = (serves, alarm);
            spawn_local(connection::serve(hub.clone(), conn, near, held));
            // If that fails the other end is gone, and so is the connection.
            let carrying = wrapping.clone().carry(stream.into_std()?, far, serving);
            workers.spawn(async move {
                carrying.await;
                drop(socket);
            });
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

/// Lets in, or not, those of whom that took longer to know; for ever.
async fn judge(hub: Rc<RefCell<Hub>>) {
    loop {
        poll_fn(|cx| hub.borrow_mut().poll_verdict(cx)).await;
    }
}

/// Answers who asks how it goes, for ever.
async fn answer(hub: Rc<RefCell<Hub>>, socket: std::net::TcpListener) {
    let socket = match TcpListener::from_std(socket) {
        Ok(socket) => socket,
        Err(why) => return warn!(%why, "cannot serve metrics"),
    };
    if let Ok(address) = socket.local_addr() {
        info!(%address, "metrics and health");
    }
    let page = |page| match page {
        Page::Metrics => Ok(hub.borrow().metrics()),
        Page::Health => match hub.borrow().health() {
            Ok(()) => Ok("ok\n".to_owned()),
            Err(why) => Err(format!("{why}\n")),
        },
    };
    mqc_http::serve(socket, |asked| ready(page(asked))).await;
}

async fn tell_time(hub: Rc<RefCell<Hub>>) {
    loop {
        sleep(CLOCK).await;
        hub.borrow_mut().set_clock();
    }
}
