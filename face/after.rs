//! Channels that receive the time, once or again and again.

use std::time::Duration;

use wakeful_channels::{Builder, Receiver};
use wakeful_runtime::time::Instant;

use super::clock::{Beat, Shared};

/// Receives one value, the moment it was due at, when `duration` has passed; then the channel ends.
///
/// It costs nothing while nobody waits for it, and is gone with its last receiver: it may be made
/// for each `select!` of a loop. While nobody waits it keeps no program from being found asleep. An
/// arm of its own needs no channel: there [`sleep`](super::super::time::sleep) does the same.
///
/// # Examples
///
/// ```
/// # wakeful::block_on(async {
/// use std::time::Duration;
/// use wakeful::time;
///
/// let (_tx, rx) = wakeful::channel::<u32>(1);
/// let late = time::after(Duration::from_millis(5));
/// let got = wakeful::select! {
///     value = rx.recv() => value,
///     _ = late.recv() => None,
/// };
/// assert_eq!(got, None);
/// assert!(late.recv().await.is_none());
/// # });
/// ```
///
/// # Panics
///
/// Not here, but in the poll of who waits for it outside a runtime.
///
/// # In reports
///
/// `channel receive`, on a channel called "after"
#[track_caller]
#[must_use = "the moment is told to the receiver"]
pub fn after(duration: Duration) -> Receiver<Instant> {
    Shared::new(moment_in(duration), Beat::End).channel("after")
}

/// Receives a value every `period`: the moment it was due at. A receiver that comes late gets the
/// first one it missed, and not the others; the beat is kept. With a period of zero it never
/// receives, as in Go.
///
/// It costs nothing while nobody waits for it, and is gone with its last receiver. To set the beat
/// anew, or to choose what happens to missed ones, use [`interval`](super::super::time::interval).
///
/// # Panics
///
/// Not here, but in the poll of who waits for it outside a runtime.
///
/// # In reports
///
/// `channel receive`, on a channel called "tick"
#[track_caller]
#[must_use = "the beats are told to the receiver"]
pub fn tick(period: Duration) -> Receiver<Instant> {
    if period.is_zero() {
        return Builder::new().name("tick").never();
    }
    Shared::new(moment_in(period), Beat::Every(period)).channel("tick")
}

/// So far from now; a moment beyond all time is in a century.
pub(super) fn moment_in(duration: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    let now = Instant::now();
    now.checked_add(duration).unwrap_or_else(|| now + CENTURY)
}
