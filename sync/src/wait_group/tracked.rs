//! A future that a group waits for.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::current;
use wakeful_diagnostics::names::{Op, Site, TaskId};
use wakeful_diagnostics::registry::Edge;

use super::token::Token;

/// A future that a [`WaitGroup`](super::WaitGroup) waits for; made by
/// [`WaitGroup::track`](super::WaitGroup::track).
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Tracked<F> {
    // Fields drop in order: the group goes on only when the future is gone.
    future: F,
    owed: Option<Owed>,
    site: Site,
}

/// The token, and who was last seen to work it off.
struct Owed {
    by: Option<TaskId>,
    _edge: Edge,
    token: Token,
}

impl<F> Tracked<F> {
    pub(super) const fn of(future: F, token: Token, site: Site) -> Self {
        Self { future, owed: Some(Owed { by: None, _edge: Edge::none(), token }), site }
    }
}

impl Owed {
    /// Notes in the registry which task has to bring this to its end.
    fn sign(&mut self, site: Site) {
        let by = current::task_id();
        if self.by != by {
            self.by = by;
            self._edge = Edge::hold(Op::Holds, self.token.group().resource(), site);
        }
    }
}

impl<F: Future> Future for Tracked<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: `future` is not moved out of `this`, here or elsewhere.
        let this = unsafe { self.get_unchecked_mut() };
        if let Some(owed) = &mut this.owed {
            owed.sign(this.site);
        }
        // SAFETY: `this` is pinned, and `future` with it: nothing moves it before it is dropped.
        let future = unsafe { Pin::new_unchecked(&mut this.future) };
        let output = ready!(future.poll(cx));
        this.owed = None;
        Poll::Ready(output)
    }
}

impl<F> fmt::Debug for Tracked<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracked").field("is_done", &self.owed.is_none()).finish_non_exhaustive()
    }
}
