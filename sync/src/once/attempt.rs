//! An attempt at what happens once: waits, tries, or finds it done.
//!
//! Invariants:
//! * in `Stage::Trying` this attempt has the right, and its future is never moved;
//! * it leaves that stage by `fill`, or by dropping the future first and giving the right up then.

use std::convert::Infallible;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::registry::Edge;

use super::cell::OnceCell;
use super::right::{Right, Verdict};
use crate::wait::{Turn, budget};

/// The future of [`OnceCell::get_or_init`].
#[must_use = "futures do nothing unless you `.await` them"]
pub struct GetOrInit<'a, T, F, Fut>(Attempt<'a, T, F, Fut>);

/// The future of [`OnceCell::get_or_try_init`].
#[must_use = "futures do nothing unless you `.await` them"]
pub struct GetOrTryInit<'a, T, F, Fut>(Attempt<'a, T, F, Fut>);

/// The future of [`Once::call_once`](super::Once::call_once).
#[must_use = "futures do nothing unless you `.await` them"]
pub struct CallOnce<'a, F, Fut>(Attempt<'a, (), F, Fut>);

struct Attempt<'a, T, F, Fut> {
    cell: &'a OnceCell<T>,
    turn: Turn,
    stage: Stage<F, Fut>,
}

enum Stage<F, Fut> {
    /// Before the right; the initializer is taken where it is called.
    Waiting(Option<F>),
    Trying {
        future: Fut,
        _edge: Edge,
    },
    Over,
}

/// Gives the right up, even if dropping what came before panics.
struct GiveUp<'a>(&'a Right);

impl Drop for GiveUp<'_> {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

impl<'a, T, F, Fut> Attempt<'a, T, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future,
{
    fn poll<E>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        outcome: impl FnOnce(Fut::Output) -> Result<T, E>,
    ) -> Poll<Result<&'a T, E>> {
        // SAFETY: the future in `stage` is pinned below and dropped in place, never moved.
        let Self { cell, turn, stage } = unsafe { self.get_unchecked_mut() };
        let cell = *cell;
        if let Stage::Waiting(init) = stage {
            ready!(budget::proceed(cx));
            match ready!(cell.right().poll_claim(turn, cx)) {
                Verdict::Done => {
                    *stage = Stage::Over;
                    budget::spend();
                    return Poll::Ready(Ok(cell.filled()));
                }
                Verdict::Try => {
                    let right = GiveUp(cell.right());
                    let init = init.take().unwrap_or_else(|| unreachable!("called once"));
                    *stage = Stage::Trying { future: init(), _edge: cell.right().sign(turn) };
                    mem::forget(right);
                }
            }
        }
        let Stage::Trying { future, .. } = stage else {
            panic!("OnceCell: polled after it has returned; await the future once");
        };
        // SAFETY: nothing moves the future before it is dropped in place.
        let future = unsafe { Pin::new_unchecked(future) };
        let output = outcome(ready!(future.poll(cx)));
        let right = GiveUp(cell.right());
        *stage = Stage::Over;
        Poll::Ready(match output {
            Ok(value) => {
                mem::forget(right);
                Ok(cell.fill(value))
            }
            Err(error) => Err(error),
        })
    }
}

impl<T, F, Fut> Drop for Attempt<'_, T, F, Fut> {
    fn drop(&mut self) {
        self.cell.right().abandon(&mut self.turn);
        if let Stage::Trying { .. } = self.stage {
            let _right = GiveUp(self.cell.right());
            self.stage = Stage::Over;
        }
    }
}

impl<'a, T, F, Fut> GetOrInit<'a, T, F, Fut> {
    pub(super) const fn of(cell: &'a OnceCell<T>, turn: Turn, init: F) -> Self {
        Self(Attempt { cell, turn, stage: Stage::Waiting(Some(init)) })
    }
}

impl<'a, T, F, Fut> GetOrTryInit<'a, T, F, Fut> {
    pub(super) const fn of(cell: &'a OnceCell<T>, turn: Turn, init: F) -> Self {
        Self(Attempt { cell, turn, stage: Stage::Waiting(Some(init)) })
    }
}

impl<'a, F, Fut> CallOnce<'a, F, Fut> {
    pub(super) const fn of(cell: &'a OnceCell<()>, turn: Turn, action: F) -> Self {
        Self(Attempt { cell, turn, stage: Stage::Waiting(Some(action)) })
    }
}

impl<'a, T, F, Fut> Future for GetOrInit<'a, T, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = T>,
{
    type Output = &'a T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<&'a T> {
        // SAFETY: the attempt is pinned with its wrapper.
        let attempt = unsafe { self.map_unchecked_mut(|this| &mut this.0) };
        attempt.poll(cx, Ok::<T, Infallible>).map(|Ok(value)| value)
    }
}

impl<'a, T, E, F, Fut> Future for GetOrTryInit<'a, T, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    type Output = Result<&'a T, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the attempt is pinned with its wrapper.
        let attempt = unsafe { self.map_unchecked_mut(|this| &mut this.0) };
        attempt.poll(cx, |output| output)
    }
}

impl<F, Fut> Future for CallOnce<'_, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = ()>,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: the attempt is pinned with its wrapper.
        let attempt = unsafe { self.map_unchecked_mut(|this| &mut this.0) };
        attempt.poll(cx, Ok::<(), Infallible>).map(|Ok(&())| ())
    }
}

impl<F, Fut> fmt::Debug for CallOnce<'_, F, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOnce").field("turn", &self.0.turn).finish_non_exhaustive()
    }
}

impl<T, F, Fut> fmt::Debug for GetOrInit<'_, T, F, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetOrInit").field("turn", &self.0.turn).finish_non_exhaustive()
    }
}

impl<T, F, Fut> fmt::Debug for GetOrTryInit<'_, T, F, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetOrTryInit").field("turn", &self.0.turn).finish_non_exhaustive()
    }
}
