//! A select without an arm: it waits forever, and the registry knows.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use wakeful_diagnostics::names::{Op, Site};
use wakeful_diagnostics::registry::Target;
use wakeful_sync::wait::{Parked, Turn};

/// A future that is never ready.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Forever {
    turn: Turn,
    parked: Option<Parked>,
}

/// What `select! {}` waits for.
#[track_caller]
pub const fn forever() -> Forever {
    Forever::at(Site::caller())
}

impl Forever {
    pub(super) const fn at(site: Site) -> Self {
        Self { turn: Turn::at(Op::SelectNone, site), parked: None }
    }
}

impl Future for Forever {
    type Output = Infallible;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Infallible> {
        let Self { turn, parked } = &mut *self;
        match parked {
            Some(parked) => parked.refresh(turn, Target::Nothing, cx),
            None => *parked = Some(Parked::new(turn, Target::Nothing, cx)),
        }
        Poll::Pending
    }
}
