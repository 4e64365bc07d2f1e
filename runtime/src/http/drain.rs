//! Tells the connections of a server to end, and the server which of them have.
//!
//! Invariants:
//! * a connection is entered before its task is spawned, and leaves when its task ends;
//! * one that is polled for the first time after the server began to drain is told at once; all
//!   others are woken and told.
//!
//! A connection is woken as a task, without an edge in the registry: being told to end is not what
//! it waits for.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use wakeful_sync::wait::{Sleeper, Wakes};

/// What a server and its connections share.
#[derive(Debug, Default)]
pub(super) struct Drain {
    draining: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// By the number of the connection.
    sleepers: Vec<Option<Sleeper>>,
    ended: Vec<usize>,
}

impl Drain {
    /// Tells all connections to end.
    pub(super) fn begin(&self) {
        let mut wakes = Wakes::default();
        let mut state = self.lock();
        self.draining.store(true, Ordering::Release);
        state.sleepers.drain(..).flatten().for_each(|sleeper| wakes.push(sleeper));
        drop(state);
        drop(wakes);
    }

    /// The numbers of connections that ended since this was asked last.
    pub(super) fn ended(&self) -> Vec<usize> {
        std::mem::take(&mut self.lock().ended)
    }

    /// Enters a connection to be told; `true` if it is told here and now.
    fn enter(&self, number: usize, cx: &Context<'_>) -> bool {
        let mut state = self.lock();
        if self.draining.load(Ordering::Acquire) {
            return true;
        }
        if state.sleepers.len() <= number {
            state.sleepers.resize_with(number + 1, || None);
        }
        state.sleepers[number] = Some(Sleeper::of(cx));
        false
    }

    fn leave(&self, number: usize) {
        let mut state = self.lock();
        let sleeper = state.sleepers.get_mut(number).and_then(Option::take);
        state.ended.push(number);
        drop(state);
        drop(sleeper);
    }

    /// Nothing panics under the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that can be told to end after what it is doing.
pub(super) trait Graceful: Future {
    /// Tells it.
    fn end(self: Pin<&mut Self>);
}

/// A connection's membership.
#[derive(Debug)]
struct Member {
    drain: Arc<Drain>,
    number: usize,
}

impl Drop for Member {
    fn drop(&mut self) {
        self.drain.leave(self.number);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    NotEntered,
    No,
    Yes,
}

pin_project! {
    /// A connection that ends when its server drains.
    pub(super) struct Drained<C> {
        #[pin]
        connection: C,
        member: Member,
        told: Told,
    }
}

impl<C> Drained<C> {
    pub(super) fn new(connection: C, drain: &Arc<Drain>, number: usize) -> Self {
        let member = Member { drain: Arc::clone(drain), number };
        Self { connection, member, told: Told::NotEntered }
    }
}

impl<C: Graceful> Future for Drained<C> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let Member { drain, number } = this.member;
        let tell = match this.told {
            Told::NotEntered => {
                *this.told = Told::No;
                drain.enter(*number, cx)
            }
            Told::No => drain.draining.load(Ordering::Acquire),
            Told::Yes => false,
        };
        if tell {
            *this.told = Told::Yes;
            this.connection.as_mut().end();
        }
        // How a connection ended is between it and its peer.
        this.connection.poll(cx).map(drop)
    }
}
