//! The rows' vocabulary, on tokio with flume's channels.

pub use super::super::tokio::rt::*;

/// Sends; as many as one likes.
pub struct Sender<T>(flume::Sender<T>);

/// Receives; as many as one likes.
pub struct Receiver<T>(flume::Receiver<T>);

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Sender<T> {
    pub fn send(&self, value: T) -> impl Future<Output = Result<(), flume::SendError<T>>> {
        self.0.send_async(value)
    }
}

impl<T> Receiver<T> {
    pub async fn recv(&self) -> Option<T> {
        self.0.recv_async().await.ok()
    }
}

pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = flume::bounded(capacity);
    (Sender(sender), Receiver(receiver))
}

pub use channel as shared_channel;

/// Receives from whichever of two or eight has something.
pub async fn select<T>(from: &mut [Receiver<T>]) -> Option<T> {
    match from {
        [a, b] => tokio::select! {
            value = a.recv() => value,
            value = b.recv() => value,
        },
        [a, b, c, d, e, f, g, h] => tokio::select! {
            value = a.recv() => value,
            value = b.recv() => value,
            value = c.recv() => value,
            value = d.recv() => value,
            value = e.recv() => value,
            value = f.recv() => value,
            value = g.recv() => value,
            value = h.recv() => value,
        },
        _ => unreachable!("two or eight"),
    }
}
