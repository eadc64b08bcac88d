//! The thread that stores what the broker tells.

use core::task::{Context, Poll, ready};
use core::time::Duration;
use mqc_store::{Batch, Error, Loaded, Store};
use mqtt_core::PersistOp;
use mqtt_core::store::Persist;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use tokio::sync::mpsc;
use tracing::{error, info};

/// The name of the broker in its store.
const NAME: &str = "broker";
/// After this time it is tried again to store what could not be stored.
const AGAIN: Duration = Duration::from_secs(1);

/// So many changes may wait for the store; then no more are taken from the broker, and it reads no more.
const MAX_WAITING: usize = 4096;
/// The same in bytes.
const MAX_BYTES: usize = 4 << 20;

/// The broker's side of the store: what collects, while a thread stores what was collected before.
pub(crate) struct Keeper {
    next: Batch,
    /// Bytes of its keys and values.
    bytes: usize,
    /// The other one, while nothing is being stored.
    free: Option<Batch>,
    work: Sender<Batch>,
    done: mpsc::UnboundedReceiver<Result<Batch, u64>>,
    trouble: Trouble,
    /// Another server has the store, or the thread has ended.
    is_over: bool,
}

/// Why changes cannot be stored, while they cannot.
#[derive(Clone, Default)]
struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, why: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }
}

impl Keeper {
    /// Takes a store over from whoever had it; gives what is in it. Blocks.
    pub(crate) fn open(url: &str) -> io::Result<(Self, Loaded)> {
        let fault = |why: Error| io::Error::other(why.to_string());
        let mut store = Store::open(url).map_err(fault)?;
        store.claim(NAME).map_err(fault)?;
        let loaded = store.load(NAME).map_err(fault)?;
        let (work, orders) = channel();
        let (stored, done) = mpsc::unbounded_channel();
        let trouble = Trouble::default();
        let told = trouble.clone();
        thread::Builder::new()
            .name("mqc-store".to_owned())
            .spawn(move || keep(store, &orders, &stored, &told))?;
        let (next, free) = (Batch::new(), Some(Batch::new()));
        let keeper = Self { next, bytes: 0, free, work, done, trouble, is_over: false };
        Ok((keeper, loaded))
    }

    /// True if more may come.
    pub(crate) fn has_room(&self) -> bool {
        self.next.len() < MAX_WAITING && self.bytes < MAX_BYTES
    }

    pub(crate) fn push(&mut self, op: &PersistOp<'_>) {
        self.next.push(op);
        if let Persist::Put { key, value } = op.change {
            self.bytes += key.len() + value.len();
        }
    }

    /// Has stored what there is, unless something is being stored.
    pub(crate) fn hand_over(&mut self) {
        if self.next.is_empty() {
            return;
        }
        if let Some(free) = self.free.take() {
            // If the thread is gone nothing more is stored, and nothing more is acknowledged.
            let _ = self.work.send(core::mem::replace(&mut self.next, free));
            self.bytes = 0;
        }
    }

    /// The number of the last change that is safe now; or the epoch of another server that has the store.
    pub(crate) fn poll_stored(&mut self, cx: &mut Context<'_>) -> Poll<Result<u64, u64>> {
        match ready!(self.done.poll_recv(cx)) {
            Some(Ok(mut batch)) => {
                let seq = batch.last_seq();
                batch.clear();
                self.free = Some(batch);
                self.hand_over();
                Poll::Ready(Ok(seq))
            }
            Some(Err(epoch)) => {
                self.is_over = true;
                Poll::Ready(Err(epoch))
            }
            None => {
                if !self.is_over {
                    self.is_over = true;
                    self.trouble.set(Some("the thread that stores has ended".to_owned()));
                }
                Poll::Pending
            }
        }
    }

    /// Why changes cannot be stored, while they cannot.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.get()
    }

    /// True if nothing waits to be stored, or nothing is stored any more.
    pub(crate) fn is_idle(&self) -> bool {
        self.is_over || self.next.is_empty() && self.free.is_some()
    }
}

/// Stores batch after batch, until there will be no more or another server has the store. What cannot be stored is
/// tried again: the disk may be full for a while.
fn keep(
    mut store: Store,
    orders: &Receiver<Batch>,
    stored: &mpsc::UnboundedSender<Result<Batch, u64>>,
    trouble: &Trouble,
) {
    while let Ok(batch) = orders.recv() {
        let mut has_failed = false;
        loop {
            match store.commit(NAME, &batch) {
                Ok(()) => break,
                Err(Error::Fenced { epoch }) => {
                    let _ = stored.send(Err(epoch));
                    return;
                }
                Err(why) if !has_failed => {
                    error!(%why, "cannot store: nothing that was not stored is acknowledged");
                    has_failed = true;
                    trouble.set(Some(why.to_string()));
                }
                Err(_) => {}
            }
            // Nobody sends before this is done, so this waits, or tells that the broker is gone.
            if let Err(RecvTimeoutError::Disconnected) = orders.recv_timeout(AGAIN) {
                return;
            }
        }
        if has_failed {
            trouble.set(None);
            info!("what could not be stored is stored now");
        }
        if stored.send(Ok(batch)).is_err() {
            return;
        }
    }
}
