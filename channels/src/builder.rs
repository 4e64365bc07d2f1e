//! Channels with a name.

use std::borrow::Cow;

use wakeful_diagnostics::names::{Kind, Site};
use wakeful_diagnostics::registry::{Origin, Resource};
use wakeful_sync::shim::Arc;

use crate::chan::{Chan, UNBOUNDED};
use crate::source::Source;
use crate::{Receiver, Sender, broadcast, oneshot, watch};

/// Makes channels that have a name in reports.
///
/// # Examples
///
/// ```
/// use wakeful_channels::Builder;
///
/// let (tx, rx) = Builder::new().name("pages").bounded::<String>(8);
/// # drop((tx, rx));
/// ```
///
/// # In reports
///
/// `channel 9 "pages" (0/8) created at src/main.rs:12`, where without a name it is `channel 9 (0/8)`.
#[derive(Debug, Clone, Default)]
#[must_use = "a builder makes nothing until it is told what to make"]
pub struct Builder {
    name: Option<Cow<'static, str>>,
}

impl Builder {
    /// Starts without a name.
    pub const fn new() -> Self {
        Self { name: None }
    }

    /// Sets the name. A name that is not a literal is copied into the registry at once; apart from
    /// that a channel costs the registry nothing until somebody waits on it.
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Makes a channel that holds at most `capacity` values; see [`channel`](crate::channel).
    #[track_caller]
    #[must_use]
    pub fn bounded<T>(self, capacity: usize) -> (Sender<T>, Receiver<T>) {
        let chan = Arc::new(Chan::new(capacity, self.resource(Kind::Channel)));
        (Sender::new(Arc::clone(&chan)), Receiver::new(chan))
    }

    /// Makes a channel that holds any number of values; see [`unbounded`](crate::unbounded).
    #[track_caller]
    #[must_use]
    pub fn unbounded<T>(self) -> (Sender<T>, Receiver<T>) {
        self.bounded(UNBOUNDED)
    }

    /// Makes a receiver that is never ready; see [`never`](crate::never).
    #[track_caller]
    #[must_use]
    pub fn never<T>(self) -> Receiver<T> {
        Receiver::new(Arc::new(Chan::never(self.resource(Kind::Channel))))
    }

    /// Makes a receiver of what comes from `source`.
    #[doc(hidden)]
    #[track_caller]
    #[must_use]
    pub fn fed<T: Send + 'static>(self, source: Box<dyn Source<T>>) -> Receiver<T> {
        Receiver::new(Arc::new(Chan::fed(source, self.resource(Kind::Channel))))
    }

    /// Makes a channel for one value; see [`oneshot`](crate::oneshot()).
    #[track_caller]
    pub fn oneshot<T>(self) -> (oneshot::Sender<T>, oneshot::Receiver<T>) {
        oneshot::make(self.resource(Kind::Oneshot))
    }

    /// Makes a channel that shows the latest value; see [`watch`](crate::watch()).
    #[track_caller]
    #[must_use]
    pub fn watch<T>(self, initial: T) -> (watch::Sender<T>, watch::Receiver<T>) {
        watch::make(initial, self.resource(Kind::Watch))
    }

    /// Makes a channel that shows each value to all; see [`broadcast`](crate::broadcast()).
    ///
    /// # Panics
    ///
    /// If `capacity` is 0.
    #[track_caller]
    #[must_use]
    pub fn broadcast<T>(self, capacity: usize) -> (broadcast::Sender<T>, broadcast::Receiver<T>) {
        assert!(
            capacity > 0,
            "broadcast: a capacity of 0 could keep no value for anybody; use at least 1"
        );
        broadcast::make(capacity, self.resource(Kind::Broadcast))
    }

    #[track_caller]
    fn resource(self, kind: Kind) -> Resource {
        let site = Site::caller();
        match self.name {
            None => Resource::new(kind, Origin { site, name: None }),
            Some(Cow::Borrowed(name)) => Resource::new(kind, Origin { site, name: Some(name) }),
            Some(Cow::Owned(name)) => {
                let resource = Resource::new(kind, Origin { site, name: None });
                resource.record().rename(name);
                resource
            }
        }
    }
}
