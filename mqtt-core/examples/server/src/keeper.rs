//! The thread that stores what the broker tells.

use core::task::{Context, Poll, ready};
use core::time::Duration;
use mqc_store::{Batch, Error, Loaded, Store};
use mqtt_core::PersistOp;
use mqtt_core::store::Persist;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;
use tokio::sync::mpsc;
use tracing::{debug, error, info};

/// The name of the broker in its store.
const NAME: &str = "broker";
/// After this time it is tried again to store what could not be stored.
const AGAIN: Duration = Duration::from_secs(1);
/// A commit that takes longer is trouble, though it has not failed.
const SLOW: Duration = Duration::from_secs(10);

/// So many changes may wait for the store; then no more are taken from the broker, and it reads no more.
const MAX_WAITING: usize = 4096;
/// The same in bytes.
const MAX_BYTES: usize = 4 << 20;

/// The broker's side of the store: what collects, while a thread stores what was collected before.
pub(crate) struct Keeper {
    next: Batch,
    /// Bytes of its keys and values, also of keys that are deleted.
    bytes: usize,
    /// The other one, while nothing is being stored.
    free: Option<Batch>,
    work: Sender<Batch>,
    done: mpsc::UnboundedReceiver<Result<Batch, u64>>,
    trouble: Trouble,
    /// Another server has the store, or the thread has ended.
    is_over: bool,
}

/// How storing goes, as the thread that does it has told.
#[derive(Clone, Default)]
struct Trouble(Arc<Mutex<Progress>>);

#[derive(Default)]
struct Progress {
    /// Why changes cannot be stored, while they cannot.
    why: Option<String>,
    /// When the commit began that is under way.
    since: Option<Instant>,
}

impl Trouble {
    fn told(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, now: Instant) -> Option<String> {
        let progress = self.told();
        let took = progress.since.map(|since| now.saturating_duration_since(since));
        let slow = took.filter(|took| *took > SLOW);
        let slow = slow.map(|took| format!("a commit is under way for {} s", took.as_secs()));
        progress.why.clone().or(slow)
    }

    fn set(&self, why: Option<String>) {
        self.told().why = why;
    }

    fn begins(&self, now: Instant) {
        self.told().since = Some(now);
    }

    fn ends(&self) {
        self.told().since = None;
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
        self.bytes += match op.change {
            Persist::Put { key, value } => key.len() + value.len(),
            Persist::Delete { key } => key.len(),
            Persist::Clear | Persist::Mark => 0,
        };
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

    /// Why changes cannot be stored, while they cannot, or not in time.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.get(Instant::now())
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
            trouble.begins(Instant::now());
            let result = store.commit(NAME, &batch);
            trouble.ends();
            match result {
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
                Err(why) => debug!(%why, "cannot store again"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use core::future::poll_fn;

    fn keeper(directory: &tempfile::TempDir) -> Keeper {
        let url = format!("sqlite:{}", directory.path().join("broker.db").display());
        Keeper::open(&url).unwrap().0
    }

    fn op(seq: u64, change: Persist<'_>) -> PersistOp<'_> {
        PersistOp { seq, epoch: 1, change }
    }

    #[test]
    fn bytes_that_wait_are_bounded_whatever_they_are_of() {
        let directory = tempfile::tempdir().unwrap();
        let key = [b'k'; 1 << 16];
        let value = &[b'v'; 1 << 16];
        for (change, bytes) in
            [(Persist::Delete { key: &key }, 1 << 16), (Persist::Put { key: &key, value }, 2 << 16)]
        {
            let mut keeper = keeper(&directory);
            let count = (1..).take_while(|seq| {
                let has_room = keeper.has_room();
                keeper.push(&op(*seq, change));
                has_room
            });
            assert_eq!(count.count(), MAX_BYTES / bytes);
        }
    }

    #[test]
    fn what_comes_up_during_a_commit_shares_the_next_one() {
        let directory = tempfile::tempdir().unwrap();
        let mut keeper = keeper(&directory);
        // As from many publishers: each change is told at once.
        for seq in 1..=1000_u64 {
            keeper.push(&op(seq, Persist::Put { key: &seq.to_be_bytes(), value: b"x" }));
            keeper.hand_over();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut commits = Vec::new();
        while !keeper.is_idle() {
            commits.push(runtime.block_on(poll_fn(|cx| keeper.poll_stored(cx))));
        }
        assert_eq!(commits, [Ok(1), Ok(1000)]);
    }

    #[test]
    fn a_commit_that_takes_too_long_is_trouble() {
        let trouble = Trouble::default();
        let began = Instant::now();
        assert_eq!(trouble.get(began + 2 * SLOW), None);
        trouble.begins(began);
        assert_eq!(trouble.get(began + SLOW), None);
        let slow = Some("a commit is under way for 12 s".to_owned());
        assert_eq!(trouble.get(began + Duration::from_secs(12)), slow);
        trouble.set(Some("it is full".to_owned()));
        assert_eq!(trouble.get(began + 2 * SLOW), Some("it is full".to_owned()));
        trouble.set(None);
        trouble.ends();
        assert_eq!(trouble.get(began + 2 * SLOW), None);
    }
}
