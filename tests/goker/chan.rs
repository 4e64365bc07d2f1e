//! A channel as in Go: one value that both sends and receives.
//!
//! With ends of its own a task that leaves closes the channel by that, and who waits at the other
//! end goes on. Kernels in which nobody goes on keep both ends wherever Go keeps the channel.

use wakeful::channel;
use wakeful::channels::{Receiver, Recv, Send, Sender, TryRecvError, TrySendError};

pub(crate) struct Chan<T> {
    tx: Sender<T>,
    rx: Receiver<T>,
}

impl<T> Chan<T> {
    #[track_caller]
    pub(crate) fn new(capacity: usize) -> Self {
        let (tx, rx) = channel(capacity);
        Self { tx, rx }
    }

    #[track_caller]
    pub(crate) fn send(&self, value: T) -> Send<'_, T> {
        self.tx.send(value)
    }

    pub(crate) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.tx.try_send(value)
    }

    #[track_caller]
    pub(crate) fn recv(&self) -> Recv<'_, T> {
        self.rx.recv()
    }

    pub(crate) fn try_recv(&self) -> Result<T, TryRecvError> {
        self.rx.try_recv()
    }

    pub(crate) fn close(&self) -> bool {
        self.tx.close()
    }
}

impl<T> Clone for Chan<T> {
    fn clone(&self) -> Self {
        Self { tx: self.tx.clone(), rx: self.rx.clone() }
    }
}
