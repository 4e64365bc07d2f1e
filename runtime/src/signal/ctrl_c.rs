//! Ctrl-C, once.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::Site;

use super::kind::SignalKind;
use super::slot::{Listener, Place};
use crate::signals;

/// Waits for the next SIGINT: Ctrl-C, as a terminal sends it.
///
/// It hears of the signal from this call on, polled or not. From the first call on Ctrl-C no longer
/// ends the process by itself.
///
/// # Errors
///
/// If the signal cannot be caught.
///
/// # Cancel safety
///
/// Dropping the future ends the wait; a Ctrl-C until the next call is then heard by nobody.
///
/// # In reports
///
/// `signal wait`, with the line of this call.
#[track_caller]
pub fn ctrl_c() -> CtrlC {
    let site = Site::caller();
    CtrlC(
        signals::listen_for(SignalKind::interrupt().as_raw_value())
            .map(|listener| Waiting { listener, place: Place::at(site) }),
    )
}

/// The future of [`ctrl_c`].
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` them"]
pub struct CtrlC(io::Result<Waiting>);

#[derive(Debug)]
struct Waiting {
    listener: Listener,
    place: Place,
}

impl Future for CtrlC {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Ok(Waiting { listener, place }) => {
                ready!(listener.poll(place, cx));
                Poll::Ready(Ok(()))
            }
            Err(error) => Poll::Ready(Err(io::Error::new(error.kind(), error.to_string()))),
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.listener.leave(&mut self.place);
    }
}
