//! Channels: many senders, many receivers, first come first served.
//!
//! | | values | senders | receivers |
//! |---|---|---|---|
//! | [`channel()`], [`unbounded`] | each to one receiver | many | many |
//! | [`oneshot()`] | one | one | one |
//! | [`watch()`] | the latest, to all receivers | many | many |
//! | [`broadcast()`] | each to all receivers | many | many |
//!
//! All of them end the same way: when a side is gone, or says [`close`](Sender::close), waiting
//! ends for the other. Nothing here needs a runtime: every wait is a future.
//!
//! A task that waits on a channel appears in reports with the operation (`[channel receive]`), the
//! line that waits, and the channel with its number, its name and where it was created.

#![deny(unsafe_code)]

pub mod broadcast;
mod builder;
mod chan;
mod error;
mod join;
mod join_macro;
pub mod oneshot;
mod receiver;
mod select;
mod select_macro;
mod sender;
#[doc(hidden)]
pub mod source;
pub mod watch;

pub use builder::Builder;
pub use error::{RecvError, SendError, TryRecvError, TrySendError};
pub use receiver::{Receiver, Recv};
pub use sender::{Send, Sender};

/// Makes a channel that holds at most `capacity` values.
///
/// With a capacity of 0 nothing is ever held: a send waits for a receive and hands its value over,
/// as with Go's `make(chan T)`. Memory for values is taken as they come, so a large capacity costs
/// nothing by itself. To give the channel a name in reports, use [`Builder`].
///
/// An empty channel takes 264 bytes of the heap.
///
/// # Examples
///
/// ```
/// # futures_executor::block_on(async {
/// let (tx, rx) = wakeful_channels::channel(2);
/// tx.send("one").await.unwrap();
/// tx.send("two").await.unwrap();
/// drop(tx);
/// assert_eq!(rx.recv().await, Some("one"));
/// assert_eq!(rx.recv().await, Some("two"));
/// assert_eq!(rx.recv().await, None);
/// # });
/// ```
///
/// # In reports
///
/// `channel 9 (1/2) created at src/main.rs:12`.
#[track_caller]
#[must_use]
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    Builder::new().bounded(capacity)
}

/// Makes a channel that holds any number of values: a send never waits.
///
/// Nothing slows its senders down. If they outrun the receivers for long, memory grows; prefer
/// [`channel`] where that can happen.
///
/// # Examples
///
/// ```
/// let (tx, rx) = wakeful_channels::unbounded();
/// for n in 0..1000 {
///     tx.try_send(n).unwrap();
/// }
/// assert_eq!(rx.len(), 1000);
/// assert_eq!(rx.try_recv(), Ok(0));
/// ```
#[track_caller]
#[must_use]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    Builder::new().unbounded()
}

/// Makes a receiver that is never ready, as a nil channel in Go.
///
/// It stands in for a channel where a `select!` arm is to be switched off. It cannot be closed:
/// [`Receiver::close`] returns `false`.
///
/// # Examples
///
/// ```
/// use wakeful_channels::{never, select};
/// # futures_executor::block_on(async {
/// let rx = never::<u8>();
/// let got = select! {
///     value = rx.recv() => value,
///     default => Some(7),
/// };
/// assert_eq!(got, Some(7));
/// # });
/// ```
///
/// # In reports
///
/// A task that receives from it is `[channel receive (never)]`.
#[track_caller]
#[must_use]
pub fn never<T>() -> Receiver<T> {
    Builder::new().never()
}

/// Makes a channel for one value; see [`mod@oneshot`].
///
/// # Examples
///
/// ```
/// # futures_executor::block_on(async {
/// let (tx, rx) = wakeful_channels::oneshot();
/// tx.send("done").unwrap();
/// assert_eq!(rx.await, Ok("done"));
/// # });
/// ```
#[track_caller]
pub fn oneshot<T>() -> (oneshot::Sender<T>, oneshot::Receiver<T>) {
    Builder::new().oneshot()
}

/// Makes a channel that shows the latest value to all its receivers; see [`mod@watch`].
///
/// # Examples
///
/// ```
/// # futures_executor::block_on(async {
/// let (tx, mut rx) = wakeful_channels::watch("starting");
/// tx.send("ready").unwrap();
/// rx.changed().await.unwrap();
/// assert_eq!(*rx.borrow(), "ready");
/// # });
/// ```
#[track_caller]
#[must_use]
pub fn watch<T>(initial: T) -> (watch::Sender<T>, watch::Receiver<T>) {
    Builder::new().watch(initial)
}

/// Makes a channel that shows each value to all its receivers, and keeps `capacity` values for
/// those that are behind; see [`mod@broadcast`].
///
/// # Examples
///
/// ```
/// # futures_executor::block_on(async {
/// let (tx, mut first) = wakeful_channels::broadcast(16);
/// let mut second = tx.subscribe();
/// tx.send("news").unwrap();
/// assert_eq!(first.recv().await, Ok("news"));
/// assert_eq!(second.recv().await, Ok("news"));
/// # });
/// ```
///
/// # Panics
///
/// If `capacity` is 0.
#[track_caller]
#[must_use]
pub fn broadcast<T>(capacity: usize) -> (broadcast::Sender<T>, broadcast::Receiver<T>) {
    Builder::new().broadcast(capacity)
}

/// What the macros expand to. Not part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use std::future::{IntoFuture, poll_fn};
    pub use std::option::Option;
    pub use std::pin::pin;
    pub use std::result::Result;
    pub use std::task::Poll;

    pub use crate::join::{Rota, joined, poll_join, poll_try_join};
    pub use crate::select::{Choice, Select, ViaFuture, ViaOperation, forever, probe};
}
