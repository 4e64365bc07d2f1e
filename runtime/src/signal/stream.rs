//! A signal, each time it comes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use wakeful_diagnostics::names::Site;

use super::kind::SignalKind;
use super::slot::{Listener, Place};
use crate::signals;

/// Listens for a signal from now on.
///
/// # Examples
///
/// ```no_run
/// use wakeful_runtime::signal::unix::{SignalKind, signal};
///
/// # async fn reload() {}
/// # async fn main_task() -> std::io::Result<()> {
/// let mut hangups = signal(SignalKind::hangup())?;
/// loop {
///     hangups.recv().await;
///     reload().await;
/// }
/// # }
/// ```
///
/// # Errors
///
/// If the signal cannot be caught: there is no such signal, or it is SIGKILL, SIGSTOP, or one that
/// reports a fault of the program itself.
pub fn signal(kind: SignalKind) -> io::Result<Signal> {
    signals::listen_for(kind.as_raw_value()).map(Signal)
}

/// Hears of a signal from the call of [`signal`] on.
#[derive(Debug)]
pub struct Signal(Listener);

/// The future of [`Signal::recv`].
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Recv<'a> {
    signal: &'a mut Signal,
    place: Place,
}

impl Signal {
    /// Waits until the signal comes, or came since the last time. However often it came meanwhile,
    /// that is told once, as the operating system does.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # In reports
    ///
    /// `signal wait`, with the line of this call.
    #[track_caller]
    pub fn recv(&mut self) -> Recv<'_> {
        Recv { signal: self, place: Place::at(Site::caller()) }
    }
}

impl Future for Recv<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { signal, place } = &mut *self;
        signal.0.poll(place, cx)
    }
}

impl Drop for Recv<'_> {
    fn drop(&mut self) {
        self.signal.0.leave(&mut self.place);
    }
}
