//! How a channel looks from outside its door: what a select reads before it locks anything.
//!
//! It is a hint. It is written under the lock by whoever changes the state, and read without; a
//! select that reads "not ready" parks there, which is done under the lock and finds what the hint
//! has missed. So an arm that is not ready costs a select one load, and takes the channel's cache
//! line from nobody who is about to use it.
//!
//! It is not of the shim: nothing rests on it, so there is nothing to model.

use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use wakeful_sync::shim::MutexGuard;
use wakeful_sync::wait::{Inside, Wakes};

use super::{Chan, State};

const RECV: u8 = 1;
const SEND: u8 = 2;

/// What can probably be done at once.
#[derive(Debug)]
pub(super) struct Outlook(AtomicU8);

impl Outlook {
    pub(super) const fn of_empty(capacity: usize) -> Self {
        Self(AtomicU8::new(if capacity > 0 { SEND } else { 0 }))
    }

    /// After a value went into the buffer, where nobody waits.
    #[inline]
    pub(super) fn one_more<T>(&self, state: &State<T>, capacity: usize) {
        self.set(true, state.len() < capacity);
    }

    /// After a value went out of the buffer, where nobody waits.
    #[inline]
    pub(super) fn one_less<T>(&self, state: &State<T>, capacity: usize) {
        // The buffer may have held more than its capacity.
        self.set(state.len() > 0 || state.is_closed(), state.len() < capacity || state.is_closed());
    }

    /// After a value went out, and that of a sender who waited came in.
    #[inline]
    pub(super) fn one_for_one<T>(&self, state: &State<T>, capacity: usize) {
        self.set(state.len() > 0 || !state.senders.is_empty(), state.len() < capacity);
    }

    /// After a receiver found [nothing](State::has_nothing), and there is no source.
    #[inline]
    pub(super) fn no_value<T>(&self, state: &State<T>, capacity: usize) {
        self.set(false, capacity > 0 || !state.receivers.is_empty());
    }

    /// After a sender found [no room](State::has_no_room).
    #[inline]
    pub(super) fn no_room<T>(&self, state: &State<T>) {
        self.set(state.len() > 0 || !state.senders.is_empty(), false);
    }

    #[inline]
    fn renew<T>(&self, state: &State<T>, capacity: usize) {
        let has_nothing = state.has_nothing() && state.source.is_none();
        self.set(!has_nothing, !state.has_no_room(capacity));
    }

    #[inline]
    fn set(&self, can_recv: bool, can_send: bool) {
        self.0.store((RECV * u8::from(can_recv)) | (SEND * u8::from(can_send)), Relaxed);
    }

    #[inline]
    pub(super) fn can_recv(&self) -> bool {
        self.0.load(Relaxed) & RECV != 0
    }

    #[inline]
    pub(super) fn can_send(&self) -> bool {
        self.0.load(Relaxed) & SEND != 0
    }
}

/// The state under its lock. What is seen from outside is renewed before the lock is released.
pub(super) struct Locked<'a, T> {
    chan: &'a Chan<T>,
    state: MutexGuard<'a, State<T>>,
}

/// A channel's inside.
///
/// Fields drop in order: the lock is released first, and only then are the sleepers woken.
pub(super) struct Opened<'a, T> {
    pub(super) state: Locked<'a, T>,
    pub(super) wakes: Wakes,
}

impl<T> Chan<T> {
    /// Takes the lock.
    #[inline]
    pub(super) fn open(&self) -> Opened<'_, T> {
        self.locked(self.lock()).opened()
    }

    /// Takes the lock, for what wakes nobody and says itself how things look then.
    #[inline]
    pub(super) fn lock(&self) -> MutexGuard<'_, State<T>> {
        let Inside { state, wakes } = self.door.enter();
        // It is empty: there is nothing to go through.
        mem::forget(wakes);
        state
    }

    #[inline]
    pub(super) fn locked<'a>(&'a self, state: MutexGuard<'a, State<T>>) -> Locked<'a, T> {
        Locked { chan: self, state }
    }
}

impl<'a, T> Locked<'a, T> {
    #[inline]
    pub(super) fn opened(self) -> Opened<'a, T> {
        Opened { state: self, wakes: Wakes::default() }
    }
}

impl<'a, T> Opened<'a, T> {
    /// The lock, where nobody was served: the empty list need not be gone through.
    #[inline]
    pub(super) fn without_wakes(self) -> Locked<'a, T> {
        mem::forget(self.wakes);
        self.state
    }
}

impl<T> Deref for Locked<'_, T> {
    type Target = State<T>;

    #[inline]
    fn deref(&self) -> &State<T> {
        &self.state
    }
}

impl<T> DerefMut for Locked<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut State<T> {
        &mut self.state
    }
}

impl<T> Drop for Locked<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.chan.outlook.renew(&self.state, self.chan.capacity);
    }
}
