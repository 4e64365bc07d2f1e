//! The rows' vocabulary, on tokio with kanal's channels.

pub use super::super::tokio::rt::*;

/// Sends; as many as one likes.
pub struct Sender<T>(kanal::AsyncSender<T>);

/// Receives; as many as one likes.
pub struct Receiver<T>(kanal::AsyncReceiver<T>);

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
    pub fn send(&self, value: T) -> impl Future<Output = Result<(), kanal::SendError>> {
        self.0.send(value)
    }
}

impl<T> Receiver<T> {
    pub async fn recv(&self) -> Option<T> {
        self.0.recv().await.ok()
    }
}

pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = kanal::bounded_async(capacity);
    (Sender(sender), Receiver(receiver))
}

pub use channel as shared_channel;

/// Not run: its receives lose values when they are dropped, so the row never ends.
pub async fn select<T>(_: &mut [Receiver<T>]) -> Option<T> {
    None
}
