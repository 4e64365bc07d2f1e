//! Channels to which nobody sends: their values come from a clock, for instance.
//!
//! Not part of the interface: it joins the house's timers with channels, for the face.

use std::fmt;

use wakeful_sync::shim::Arc;

use crate::chan::Chan;
use crate::receiver::Receiver;

/// Where the values of a channel come from. It is asked under the channel's lock, so it must be
/// quick, and must not use the channel.
///
/// Whether a value is due is decided when somebody looks for it; so what nobody looks for costs
/// nothing. While receivers wait it is armed: it rings when they should look again.
pub trait Source<T>: Send {
    /// Whether there is a value now.
    fn is_due(&mut self) -> bool;

    /// Takes the value that is due.
    fn take(&mut self) -> T;

    /// Whether a value that was taken still counts, now that its receiver gave it up.
    fn still_counts(&self, value: &T) -> bool;

    /// Whether there will be no more.
    fn is_over(&self) -> bool;

    /// Somebody waits: `bell` is to be rung when the next value is due. Called again when it may be
    /// due at another time.
    fn arm(&mut self, bell: Bell<T>);

    /// Nobody waits.
    fn disarm(&mut self);
}

/// Makes those who wait at a channel look at its source. While it is kept, so is the channel.
pub struct Bell<T>(Arc<Chan<T>>);

impl<T> Bell<T> {
    pub(crate) const fn new(chan: Arc<Chan<T>>) -> Self {
        Self(chan)
    }

    /// Rings; not to be called under the channel's lock.
    pub fn ring(&self) {
        Chan::look(&self.0);
    }
}

/// Changes the source of a channel by `change`, under the channel's lock. Tells whether there was a
/// value that nobody had received; it is taken out.
pub fn renew<T, R>(receiver: &Receiver<T>, change: impl FnOnce() -> R) -> (bool, R) {
    let (unread, result) = Chan::renew(receiver.chan(), change);
    (!unread.is_empty(), result)
}

impl<T> fmt::Debug for Bell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bell").finish_non_exhaustive()
    }
}
