//! One channel: what its handles share.
//!
//! What a value may do is in [`State`]; this is the door around it, the handles' count, and what the
//! registry is told.

mod alone;
mod attempt;
mod outlook;
mod pass;
mod state;
#[expect(unsafe_code, reason = "values are taken back by whoever does not know their type")]
mod tie;

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::Ordering;

use wakeful_diagnostics::memory;
use wakeful_diagnostics::misuse::{self, Call};
use wakeful_diagnostics::names::Site;
use wakeful_diagnostics::registry::{Resource, ResourceRecord, Taken, TaskRecord};
use wakeful_sync::shim::{Arc, AtomicU32};
use wakeful_sync::wait::{Door, Inside, recall};

use outlook::{Opened, Outlook};
pub(crate) use state::{Ended, State};
use tie::{Kept, Tie};

use crate::source::{Bell, Source};

/// In place of a capacity: nobody sends, and it never ends.
const NEVER: usize = usize::MAX - 1;

/// The capacity of a channel without one.
pub(crate) const UNBOUNDED: usize = usize::MAX;

/// A channel, from the inside. What each operation looks at lies together; see [`State`].
#[repr(C)]
pub(crate) struct Chan<T> {
    resource: Resource,
    senders: AtomicU32,
    receivers: AtomicU32,
    door: Door<State<T>>,
    capacity: usize,
    outlook: Outlook,
}

/// Which side of a channel a handle is on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    Sender,
    Receiver,
}

impl<T> Chan<T> {
    /// A channel with one sender and one receiver.
    pub(crate) fn new(capacity: usize, resource: Resource) -> Self {
        let chan = Self {
            door: Door::new(State::new()),
            outlook: Outlook::of_empty(capacity),
            capacity,
            senders: AtomicU32::new(1),
            receivers: AtomicU32::new(1),
            resource,
        };
        // Loom's atomics are made on first use; without this that would be in two threads at once.
        chan.senders.load(Ordering::Relaxed);
        chan.receivers.load(Ordering::Relaxed);
        chan
    }

    /// A channel that no one can send to and that never ends.
    pub(crate) fn never(resource: Resource) -> Self {
        Self { capacity: NEVER, senders: AtomicU32::new(0), ..Self::new(0, resource) }
    }

    /// A channel whose values come from `source`. It has no sender, and no room.
    pub(crate) fn fed(source: Box<dyn Source<T>>, resource: Resource) -> Self
    where
        T: Send + 'static,
    {
        let chan = Self { senders: AtomicU32::new(0), ..Self::new(0, resource) };
        chan.open().state.source = Some(Box::new(source));
        chan
    }

    /// The line of source that made it.
    pub(crate) fn made_at(&self) -> Site {
        self.resource.origin().site
    }

    /// Takes back the values that were handed to receives of this task which it does not poll.
    fn recall(&self, from: &'static TaskRecord) -> (Taken, Box<dyn FnOnce()>) {
        let mut inside = self.open();
        let Opened { state, wakes } = &mut inside;
        // If the task is being woken it will see to its values itself.
        let taken = match recall::is_left_alone(from) {
            true => state.recall(from, wakes),
            false => Taken::default(),
        };
        let wakes = mem::take(wakes);
        drop(inside);
        (taken, Box::new(|| drop(wakes)))
    }

    /// Makes a way for values to be taken back, once.
    #[inline]
    fn tie(chan: &Arc<Self>, state: &mut State<T>) {
        if state.tie.is_none() {
            Self::make_tie(chan, state);
        }
    }

    #[cold]
    fn make_tie(chan: &Arc<Self>, state: &mut State<T>) {
        (state.by, state.tie) = (chan.resource.index(), Some(Tie::to(chan)));
    }

    /// Its source has rung: those who wait get what is due, and wait on if there is nothing.
    pub(crate) fn look(chan: &Arc<Self>) {
        let Opened { state, wakes } = &mut chan.open();
        if !state.receivers.is_empty() {
            state.let_in(None, wakes);
        }
        Self::rearm(chan, state);
    }

    /// Changes the source by `change`. Returns what nobody has received, to be dropped.
    pub(crate) fn renew<R>(chan: &Arc<Self>, change: impl FnOnce() -> R) -> (VecDeque<Kept<T>>, R) {
        let Opened { state, wakes } = &mut chan.open();
        let unread = state.drain();
        let result = change();
        if !state.receivers.is_empty() {
            state.let_in(None, wakes);
        }
        Self::rearm(chan, state);
        (unread, result)
    }

    fn rearm(chan: &Arc<Self>, state: &mut State<T>) {
        let is_awaited = !state.receivers.is_empty();
        match &mut state.source {
            Some(source) if is_awaited => source.arm(Bell::new(Arc::clone(chan))),
            Some(source) => source.disarm(),
            None => {}
        }
    }

    #[track_caller]
    pub(crate) fn close(&self, side: Side) -> bool {
        if self.capacity == NEVER {
            return false;
        }
        let (how, call) = match side {
            Side::Sender => (Ended::BySender, Call::CloseSender),
            Side::Receiver => (Ended::ByReceiver, Call::CloseReceiver),
        };
        let Opened { state, wakes } = &mut self.open();
        let closes = state.close(how, wakes);
        if closes {
            misuse::closed(&self.resource, Site::caller());
        } else {
            self.misused(state, call, Site::caller());
        }
        closes
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.door.enter().state.is_closed()
    }

    pub(crate) fn len(&self) -> usize {
        let Inside { state, .. } = &mut self.door.enter();
        state.len() + usize::from(state.has_due())
    }

    pub(crate) fn is_full(&self) -> bool {
        self.capacity().is_some_and(|capacity| self.len() >= capacity)
    }

    pub(crate) fn is_drained(&self) -> bool {
        let Inside { state, .. } = &mut self.door.enter();
        state.is_closed() && state.len() == 0
    }

    pub(crate) fn capacity(&self) -> Option<usize> {
        match self.capacity {
            UNBOUNDED => None,
            NEVER => Some(0),
            capacity => Some(capacity),
        }
    }

    /// Counts one more handle.
    pub(crate) fn enter(&self, side: Side) {
        let before = self.count(side).fetch_add(1, Ordering::Relaxed);
        // As in an `Arc`: handles can be forgotten, and then counted beyond what memory could hold.
        assert!(
            before < u32::MAX / 2,
            "clone: there are 2^31 handles of this channel's side; somebody forgets them"
        );
        self.recount();
    }

    /// Counts one handle less; the last one of a side closes the channel.
    pub(crate) fn leave(&self, side: Side) {
        if self.count(side).fetch_sub(1, Ordering::AcqRel) > 1 {
            return self.recount();
        }
        let (unread, tie) = {
            let Opened { state, wakes } = &mut self.open();
            state.close(Ended::Left, wakes);
            match side {
                Side::Sender => (None, None),
                // Nobody can read it any more, and to drop it under the lock could do anything.
                Side::Receiver => (Some((state.drain(), state.source.take())), state.tie.clone()),
            }
        };
        if let Some(tie) = tie {
            tie.cut();
        }
        drop(unread);
        self.recount();
    }

    fn count(&self, side: Side) -> &AtomicU32 {
        match side {
            Side::Sender => &self.senders,
            Side::Receiver => &self.receivers,
        }
    }

    /// Tells the registry what a wait begins on.
    fn tell(&self, state: &State<T>) {
        let registered = self.resource.registered();
        let record = registered.unwrap_or_else(|| self.resource.record());
        // It fits: a buffer is at most half of all addresses.
        record.level.store(state.len() as i64, Ordering::Relaxed);
        if registered.is_none() {
            let capacity = self.capacity().map_or(u64::MAX, |capacity| capacity as u64);
            record.capacity.store(capacity, Ordering::Relaxed);
            record.set_handle(self.points_to());
            self.tell_counts(record);
        }
    }

    /// What the pointer in each handle says.
    #[inline]
    pub(crate) fn points_to(&self) -> usize {
        memory::points_to(self)
    }

    /// Tells the registry, if it knows the channel at all, how many handles there are. Under the
    /// door, so that of two counts the later one stays.
    #[inline]
    fn recount(&self) {
        if let Some(record) = self.resource.registered() {
            let _inside = self.door.enter();
            self.tell_counts(record);
        }
    }

    fn tell_counts(&self, record: &ResourceRecord) {
        record.givers.store(self.senders.load(Ordering::Relaxed), Ordering::Relaxed);
        record.takers.store(self.receivers.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Counts a call at which Go would panic; that the other side is simply gone is none. It is
    /// told if the caller's own side has closed the channel.
    #[cold]
    fn misused(&self, state: &State<T>, call: Call, at: Site) {
        let own = match call {
            Call::CloseReceiver => Ended::ByReceiver,
            Call::Send | Call::TrySend | Call::CloseSender => Ended::BySender,
        };
        let Some(ended @ (Ended::BySender | Ended::ByReceiver)) = state.ended() else { return };
        self.resource.record().misuses.fetch_add(1, Ordering::Relaxed);
        wakeful_diagnostics::count_misuse();
        if ended == own {
            misuse::note(call, &self.resource, at);
        }
    }
}

#[cfg(all(test, not(loom), target_arch = "x86_64"))]
mod tests {
    use super::*;

    /// Stated in the docs of `channel`; the heap's share is two counts more.
    #[test]
    fn an_empty_channel_takes_264_bytes() {
        assert_eq!(size_of::<Chan<u64>>() + 2 * size_of::<usize>(), 264);
    }
}
