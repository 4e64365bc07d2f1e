//! Waits until a context is done.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::{Op, Site};
use wakeful_diagnostics::registry::Target;
use wakeful_sync::wait::{Parked, Turn, budget};

use super::ContextError;
use super::life::Life;
use crate::time::Sleep;

/// The future of [`Context::done`](super::Context::done).
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Done<'a> {
    life: Option<&'a Arc<Life>>,
    turn: Turn,
    /// Beside the place in line, from the first poll on, if there is a deadline.
    sleep: Option<Sleep>,
    /// Where it sleeps if the context never ends.
    forever: Option<Parked>,
}

impl<'a> Done<'a> {
    pub(super) const fn new(life: Option<&'a Arc<Life>>, site: Site) -> Self {
        Self { life, turn: Turn::at(Op::ContextDone, site), sleep: None, forever: None }
    }

    /// Why the context is done. Looks at the clock only if nobody does already.
    pub(super) fn err(&self) -> Option<ContextError> {
        let life = self.life?;
        let end = if self.sleep.is_some() { life.end() } else { life.look() };
        end.map(|end| end.error)
    }

    fn poll_life(&mut self, life: &Arc<Life>, cx: &mut Context<'_>) -> Poll<()> {
        if life.end().is_some() || life.poll_line(&mut self.turn, cx).is_ready() {
            self.sleep = None;
            return Poll::Ready(());
        }
        let Some(due) = life.due() else { return Poll::Pending };
        let site = self.turn.site();
        let sleep = self
            .sleep
            .get_or_insert_with(|| Sleep::at(due, site, &"wakeful::context::Context::done"));
        ready!(budget::unlimited(|| Pin::new(sleep).poll(cx)));
        self.sleep = None;
        life.expire();
        Poll::Ready(())
    }
}

impl Future for Done<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        ready!(budget::proceed(cx));
        let this = &mut *self;
        let Some(life) = this.life else {
            match &mut this.forever {
                Some(parked) => parked.refresh(&this.turn, Target::Nothing, cx),
                None => this.forever = Some(Parked::new(&this.turn, Target::Nothing, cx)),
            }
            return Poll::Pending;
        };
        ready!(this.poll_life(life, cx));
        budget::spend();
        Poll::Ready(())
    }
}

impl Drop for Done<'_> {
    fn drop(&mut self) {
        if let Some(life) = self.life {
            life.leave_line(&mut self.turn);
        }
    }
}

impl fmt::Debug for Done<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Done").field("turn", &self.turn).finish_non_exhaustive()
    }
}
