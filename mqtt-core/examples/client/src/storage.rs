//! Where a session is kept, and the thread that stores it.

use crate::driver::Outcome;
use crate::error::Error;
use crate::message::Message;
use core::fmt;
use core::task::{Context, Poll, ready};
use mqc_store::rusqlite::{self, Transaction};
use mqc_store::{Batch, Store};
use mqtt_core::store::Persist;
use mqtt_core::{Durability, PersistConfig, PersistOp, SessionState};
use std::sync::Arc;
use std::thread;
use tokio::sync::mpsc;

/// What an application does in the transaction that stores what it belongs to.
///
/// # Examples
/// See [`Client::send_with`](crate::Client::send_with).
pub type Effect = Box<dyn FnOnce(&Transaction<'_>) -> rusqlite::Result<()> + Send>;

/// The same for messages that come.
type OnMessage = Arc<dyn Fn(&Transaction<'_>, &Message) -> rusqlite::Result<()> + Send + Sync>;

/// Where a session is kept, so that it outlives the process: nothing is acknowledged, and no message of QoS 1 or 2
/// goes out, before it is stored. A thread of its own stores; what comes up meanwhile is stored together. If it
/// cannot store, or another process has taken the session, the client ends with [`Error::Store`].
///
/// # Examples
/// What comes goes into a table of the application, each message of QoS 2 exactly once:
/// ```no_run
/// use mqc_client::{Client, Options, Storage};
/// use mqtt_core::QoS;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let storage = Storage::new("sqlite:client.db").on_message(|tables, message| {
///     let insert = "INSERT INTO readings VALUES (?1, ?2)";
///     tables.execute(insert, (&message.topic, &message.payload[..])).map(drop)
/// });
/// let address = "mqtt://localhost".parse()?;
/// let client_id = "collector".to_owned();
/// let options = Options { client_id, store: Some(storage), ..Options::new(address) };
/// let (client, _messages) = Client::connect(options).await?;
/// client.subscribe("sensors/#", QoS::ExactlyOnce).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Storage {
    url: String,
    on_message: Option<OnMessage>,
}

impl Storage {
    /// `memory:`, which ends with the process, `file:DIRECTORY` or `sqlite:FILE`; what is not there is made.
    ///
    /// See [`Storage`] for an example.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), on_message: None }
    }

    /// The same, and what is made of each message that comes: it is committed with the acknowledgement, so that a
    /// message of QoS 2 has its effect exactly once, one of QoS 1 at least once. It needs `sqlite:`; it is
    /// called in the thread that stores, and may block. Messages do not come in
    /// [`Messages`](crate::Messages) then, and [`Acks`](crate::Acks) say nothing. If it fails, nothing of its
    /// transaction is stored, and the client ends.
    ///
    /// See [`Storage`] for an example.
    #[must_use]
    pub fn on_message(
        self,
        effect: impl Fn(&Transaction<'_>, &Message) -> rusqlite::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self { on_message: Some(Arc::new(effect)), ..self }
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Storage({:?})", self.url)
    }
}

/// So many changes and effects may wait for the store, and what comes of one turn of the driver more.
const MAX_WAITING: usize = 4096;
/// The same in bytes.
const MAX_BYTES: usize = 4 << 20;

/// What is stored together.
#[derive(Default)]
struct Work {
    batch: Batch,
    effects: Vec<Effect>,
    /// About how many bytes that holds.
    bytes: usize,
}

/// Why nothing is stored any more.
pub(crate) struct StoreFailure {
    pub(crate) why: String,
    /// The epoch of the owner who has the session now.
    pub(crate) fenced: Option<u64>,
}

/// The driver's side of the store: what collects, while a thread stores what was collected before.
pub(crate) struct Keeper {
    url: String,
    on_message: Option<OnMessage>,
    takes_effects: bool,
    restored: (PersistConfig, Option<SessionState>),
    next: Work,
    /// The other one, while nothing is being stored.
    free: Option<Work>,
    /// `None`: nothing is stored any more, for that has failed, or this is the end.
    work: Option<mpsc::Sender<Work>>,
    done: mpsc::Receiver<(Work, Result<(), mqc_store::Error>)>,
    /// The last change that is safe.
    stored: u64,
}

impl Keeper {
    /// Takes a session over from whoever had it, and starts the thread that stores. It blocks.
    pub(crate) fn open(storage: &Storage, session: &str) -> Outcome<Self> {
        let Storage { url, on_message } = storage.clone();
        if session.is_empty() {
            let why = format!("a session that is stored in {url} needs a client identifier");
            return Err(Error::Store(why));
        }
        let fault = |error| Error::Store(told(&url, &error));
        let mut store = Store::open(&url).map_err(fault)?;
        let takes_effects = matches!(store, Store::Sqlite(_));
        if on_message.is_some() && !takes_effects {
            let why = format!("{url} takes no effects of messages: only sqlite: does");
            return Err(Error::Store(why));
        }
        let restore = |store: &mut Store| {
            let loaded = store.load(session).map_err(fault)?;
            let state = loaded.state().map_err(|error| {
                Error::Store(format!("the session cannot be restored from {url}: {error}"))
            })?;
            Outcome::Ok((loaded, state))
        };
        // Who cannot go on with the session leaves it to the owner that it has.
        restore(&mut store)?;
        store.claim(session).map_err(fault)?;
        let (loaded, state) = restore(&mut store)?;
        let (work, orders) = mpsc::channel(1);
        let (stored, done) = mpsc::channel(1);
        let name = session.to_owned();
        thread::Builder::new()
            .name("mqc-store".to_owned())
            .spawn(move || keep(store, &name, orders, &stored))
            .map_err(|error| Error::Store(format!("no thread for {url}: {error}")))?;
        Ok(Self {
            url,
            on_message,
            takes_effects,
            stored: loaded.seq,
            restored: (loaded.persist(Durability::Gate), state),
            next: Work::default(),
            free: Some(Work::default()),
            work: Some(work),
            done,
        })
    }

    /// How the session is to tell its changes, and what there was of it.
    pub(crate) fn take_restored(&mut self) -> (PersistConfig, Option<SessionState>) {
        (self.restored.0, self.restored.1.take())
    }

    pub(crate) fn on_message(&self) -> Option<OnMessage> {
        self.on_message.clone()
    }

    pub(crate) fn takes_effects(&self) -> bool {
        self.takes_effects
    }

    /// True if more may come.
    pub(crate) fn has_room(&self) -> bool {
        let Work { batch, effects, bytes } = &self.next;
        self.work.is_some() && batch.len().max(effects.len()) < MAX_WAITING && *bytes < MAX_BYTES
    }

    /// True if nothing waits, or nothing will ever be stored.
    pub(crate) fn is_idle(&self) -> bool {
        self.work.is_none() || self.free.is_some() && self.next.is_empty()
    }

    /// The number of the last change that is safe.
    pub(crate) fn stored(&self) -> u64 {
        self.stored
    }

    pub(crate) fn add(&mut self, effect: Effect, bytes: usize) {
        self.next.effects.push(effect);
        self.next.bytes += bytes;
    }

    pub(crate) fn push(&mut self, op: &PersistOp<'_>) {
        self.next.batch.push(op);
        if let Persist::Put { key, value } = op.change {
            self.next.bytes += key.len() + value.len();
        }
    }

    /// Has stored what there is, unless something is being stored.
    pub(crate) fn hand_over(&mut self) {
        let Some(work) = self.work.as_ref().filter(|_| !self.next.is_empty()) else { return };
        if let Some(free) = self.free.take() {
            // It has room: the other one has come back. If the thread is gone, `done` tells.
            let _ = work.try_send(core::mem::replace(&mut self.next, free));
        }
    }

    /// The number of the last change that is safe now.
    pub(crate) fn poll_stored(&mut self, cx: &mut Context<'_>) -> Poll<Result<u64, StoreFailure>> {
        if self.work.is_none() {
            return Poll::Pending;
        }
        let (why, fenced) = match ready!(self.done.poll_recv(cx)) {
            Some((mut work, Ok(()))) => {
                self.stored = self.stored.max(work.batch.last_seq());
                work.clear();
                self.free = Some(work);
                return Poll::Ready(Ok(self.stored));
            }
            Some((_, Err(error))) => {
                let fenced = match error {
                    mqc_store::Error::Fenced { epoch } => Some(epoch),
                    _ => None,
                };
                (told(&self.url, &error), fenced)
            }
            None => (format!("what stores in {} has panicked", self.url), None),
        };
        self.work = None;
        Poll::Ready(Err(StoreFailure { why, fenced }))
    }

    /// Stores no more. Ready when the thread has given the store back, so that it can be opened again.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.work = None;
        while ready!(self.done.poll_recv(cx)).is_some() {}
        Poll::Ready(())
    }
}

impl Work {
    fn is_empty(&self) -> bool {
        self.batch.is_empty() && self.effects.is_empty()
    }

    fn clear(&mut self) {
        self.batch.clear();
        self.effects.clear();
        self.bytes = 0;
    }

    /// One transaction.
    fn commit(&mut self, store: &mut Store, session: &str) -> Result<(), mqc_store::Error> {
        let Store::Sqlite(store) = store else { return store.commit(session, &self.batch) };
        let transaction = store.begin()?;
        for effect in self.effects.drain(..) {
            transaction.with(|tables| effect(tables))?;
        }
        transaction.put(session, &self.batch)?;
        transaction.commit()
    }
}

/// The thread that stores, until there is nothing more to come or something cannot be stored. `stored` outlives the
/// store: its end says that the store is closed.
fn keep(
    mut store: Store,
    session: &str,
    mut orders: mpsc::Receiver<Work>,
    stored: &mpsc::Sender<(Work, Result<(), mqc_store::Error>)>,
) {
    while let Some(mut work) = orders.blocking_recv() {
        let result = work.commit(&mut store, session);
        let has_failed = result.is_err();
        if stored.blocking_send((work, result)).is_err() || has_failed {
            return;
        }
    }
}

/// What went wrong with which file.
fn told(url: &str, error: &mqc_store::Error) -> String {
    use mqc_store::Error;
    match error {
        Error::Fenced { .. } | Error::OutOfOrder { .. } | Error::LastEpoch | Error::Name => {
            format!("the session cannot be stored in {url}: {error}")
        }
        Error::Address(_) => error.to_string(),
        _ => format!("the session cannot be stored: {error}"),
    }
}
