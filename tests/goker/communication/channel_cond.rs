//! A channel's reader waits for a condition that the channel's writer would make true.

use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use wakeful::channels::{Receiver, Sender};
use wakeful::sync::{Cond, Mutex};
use wakeful::{channel, select, spawn};

use crate::kernel::Form::Plain;
use crate::kernel::{Kernel, STUCK};
use crate::pace::{gap, long_gap};

pub(crate) const KERNELS: [Kernel; 1] =
    [Kernel::new("moby_27782", Plain, STUCK, |fixed| Box::pin(moby_27782(fixed)))];

/// Kinds of events of a file.
enum Event {
    Write,
    #[expect(dead_code, reason = "it would be the one to wait for, and never comes")]
    Remove,
}

/// Watches a file: a pump sends its events.
struct Watcher {
    events: Receiver<Event>,
    watched: Arc<Watched>,
    /// Its drop closes the watcher.
    _open: Sender<()>,
}

#[derive(Default)]
struct Watched {
    is_removed: Mutex<bool>,
    changed: Cond,
}

impl Watcher {
    fn new() -> Self {
        let (event, events) = channel(0);
        let (open, closed) = channel(0);
        let watched = Arc::<Watched>::default();
        spawn(pump(event, closed, Arc::clone(&watched)));
        Self { events, watched, _open: open }
    }

    async fn remove(&self, fixed: bool) {
        let mut is_removed = self.watched.is_removed.lock().await;
        while !*is_removed && !fixed {
            is_removed = self.watched.changed.wait(is_removed).await;
        }
    }
}

async fn pump(event: Sender<Event>, closed: Receiver<()>, watched: Arc<Watched>) {
    while !closed.is_closed() {
        long_gap().await;
        let next = Event::Write;
        if matches!(next, Event::Remove) {
            *watched.is_removed.lock().await = true;
            watched.changed.notify_all();
        }
        select! {
            _ = event.send(next) => {}
            _ = closed.recv() => return,
        }
    }
}

/// A reader of a log is told to close, and waits for an event instead of reading it.
async fn moby_27782(fixed: bool) {
    type Readers = Arc<StdMutex<Option<Sender<()>>>>;

    async fn read_log(readers: Readers, fixed: bool) {
        let (close, closed) = channel(0);
        *readers.lock().unwrap_or_else(PoisonError::into_inner) = Some(close);
        let watcher = Watcher::new();
        select! {
            _ = watcher.events.recv() => {}
            _ = closed.recv() => watcher.remove(fixed).await,
        }
    }

    spawn(async move {
        let readers = Readers::default();
        spawn(read_log(Arc::clone(&readers), fixed));
        gap().await;
        // To reset the container is to close its readers.
        drop(readers.lock().unwrap_or_else(PoisonError::into_inner).take());
    });
}
