//! A limit to how long a future may take.
//!
//! A future that is ready when it is first polled costs its limit no place among the timers, and no
//! look at the real clock: see [`Rough`]. One that is not costs one look, and a [`Sleep`].

use std::error::Error;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;
use wakeful_diagnostics::current;
use wakeful_diagnostics::names::Site;
use wakeful_sync::wait::budget;

use super::rough::Rough;
use super::sleep::Call;
use super::{Instant, Sleep};
use crate::driver::Clock;

/// Waits for `future`, but no longer than `duration`.
///
/// The time runs from this call, as that of [`sleep`](super::sleep), and not from the first poll; of
/// what passes until that has ended, up to 10 ms may not be counted. A future that is ready when it
/// is polled wins, even if its time is over by then. A duration too long for the clock is as good as
/// forever.
///
/// # Errors
///
/// [`Elapsed`] if the time is over; `future` is dropped with the [`Timeout`].
///
/// # Panics
///
/// The future panics when it is first polled outside a runtime, unless `future` is ready at once.
///
/// # Cancel safety
///
/// As that of `future`, which is dropped with it.
///
/// # In reports
///
/// What `future` waits for and `sleep`, with the line of this call.
#[track_caller]
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    Timeout { future: future.into_future(), limit: Limit::lasting(duration, Site::caller()) }
}

/// Waits for `future`, but no longer than until `deadline`.
///
/// # Errors
///
/// [`Elapsed`] if the time is over; `future` is dropped with the [`Timeout`].
///
/// # Panics
///
/// The future panics when it is first polled outside a runtime, unless `future` is ready at once.
///
/// # Cancel safety
///
/// As that of `future`, which is dropped with it.
///
/// # In reports
///
/// What `future` waits for and `sleep`, with the line of this call.
#[track_caller]
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    let sleep = Sleep::at(deadline, Site::caller(), &"wakeful::time::timeout_at");
    Timeout { future: future.into_future(), limit: Limit::Set(sleep) }
}

pin_project! {
    /// The future of [`timeout`] and [`timeout_at`]: 72 bytes and the future inside.
    #[derive(Debug)]
    #[must_use = "a future does nothing unless it is awaited"]
    pub struct Timeout<F> {
        #[pin]
        future: F,
        limit: Limit,
    }
}

#[derive(Debug)]
enum Limit {
    /// It runs, but nobody has needed it yet.
    Begun {
        at: Rough,
        lasting: Duration,
        site: Site,
    },
    Set(Sleep),
}

const CALL: Call = &"wakeful::time::timeout";

impl Limit {
    #[inline]
    fn lasting(duration: Duration, site: Site) -> Self {
        // A clock that stands still is asked at once.
        let rough = if Clock::any_is_frozen() { None } else { Rough::now() };
        match rough {
            Some(at) => Self::Begun { at, lasting: duration, site },
            None => Self::Set(Sleep::lasting(duration, site, CALL)),
        }
    }

    /// The sleep that ends with it.
    #[inline]
    fn sleep(&mut self) -> &mut Sleep {
        if let Self::Begun { at, lasting, site } = *self {
            // What has passed already is left out.
            let lasting = lasting.saturating_sub(at.age());
            *self = Self::Set(Sleep::lasting(lasting, site, CALL));
        }
        match self {
            Self::Set(sleep) => sleep,
            Self::Begun { .. } => unreachable!("it was set above"),
        }
    }
}

impl<F> Timeout<F> {
    /// The future that is waited for.
    pub const fn get_ref(&self) -> &F {
        &self.future
    }

    /// The future that is waited for.
    pub const fn get_mut(&mut self) -> &mut F {
        &mut self.future
    }

    /// The future that is waited for, without the limit.
    pub fn into_inner(self) -> F {
        self.future
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = current::limited(|| this.future.poll(cx)) {
            return Poll::Ready(Ok(output));
        }
        // A future that used up the budget must not keep its own limit from being looked at. The limit
        // is one of several ways on, not something that goes on beside the future.
        let limit = || budget::unlimited(|| Pin::new(this.limit.sleep()).poll(cx));
        current::select(limit).map(|()| Err(Elapsed(())))
    }
}

/// The time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed(());

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deadline has elapsed")
    }
}

impl Error for Elapsed {}

impl From<Elapsed> for io::Error {
    fn from(elapsed: Elapsed) -> Self {
        Self::new(io::ErrorKind::TimedOut, elapsed)
    }
}
