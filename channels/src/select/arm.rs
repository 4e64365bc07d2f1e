//! What an arm of a select can be: a channel operation, which joins the claim, or any future.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use wakeful_sync::wait::{Claim, Seat};

/// How an operation is polled. What is always so costs nothing where it is known, so each has a
/// type: a receive on its own knows of no seats.
pub(crate) trait How: Copy {
    /// The seat of the select in whose name this is done.
    fn own(self) -> Option<Seat>;

    /// Whether to park, and with which seat.
    #[expect(clippy::option_option, reason = "`None`: do not park; `Some(None)`: without a seat")]
    fn parks(self) -> Option<Option<Seat>>;
}

/// On its own: it parks if it has to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Alone;

/// As an arm of a select.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    /// To see whether it is ready; it does not park. If the select has a claim already, this is the
    /// arm's seat.
    Look(Option<Seat>),
    /// It parks if it has to.
    Park(Seat),
}

impl How for Alone {
    #[inline]
    fn own(self) -> Option<Seat> {
        None
    }

    #[inline]
    fn parks(self) -> Option<Option<Seat>> {
        Some(None)
    }
}

impl How for Manner {
    #[inline]
    fn own(self) -> Option<Seat> {
        match self {
            Self::Look(seat) => seat,
            Self::Park(seat) => Some(seat),
        }
    }

    #[inline]
    fn parks(self) -> Option<Option<Seat>> {
        match self {
            Self::Look(_) => None,
            Self::Park(seat) => Some(Some(seat)),
        }
    }
}

/// An operation that is not ready.
#[derive(Debug, Clone, Copy)]
pub struct NotYet {
    /// How often something has happened at its channel. As long as this stays the same, the
    /// operation is not ready.
    pub(crate) events: u64,
}

/// A channel operation: a future that can be an arm of a select's claim.
pub trait Operation: Future {
    /// Whether it has a place in line from an earlier poll.
    fn is_in_line(&self) -> bool;

    /// Whether it may be ready: a hint, which takes no lock. What it misses is found when the
    /// operation parks.
    fn may_be_ready(&self) -> bool;

    /// Polls it, without asking for the budget: the select did.
    ///
    /// # Errors
    ///
    /// [`NotYet`] if it is not ready.
    fn poll_arm(&mut self, manner: Manner, cx: &Context<'_>) -> Result<Self::Output, NotYet>;
}

impl<O: Operation + Unpin + ?Sized> Operation for &mut O {
    fn is_in_line(&self) -> bool {
        (**self).is_in_line()
    }

    fn may_be_ready(&self) -> bool {
        (**self).may_be_ready()
    }

    fn poll_arm(&mut self, manner: Manner, cx: &Context<'_>) -> Result<Self::Output, NotYet> {
        (**self).poll_arm(manner, cx)
    }
}

/// One round over a select's arms.
#[derive(Debug, Default)]
pub struct Pass {
    /// Taken when the first operation parks.
    pub(super) claim: Option<Claim>,
    /// Whether operations park in this round.
    pub(super) parks: bool,
    /// Whether arms are only asked for a hint, in this round.
    pub(super) surveys: bool,
    /// The arms that may be ready, one bit each.
    pub(super) hopeful: u64,
    /// The arm that is being polled.
    pub(super) arm: u32,
    /// The arms that turned out to be operations, one bit each.
    pub(super) operations: u64,
    /// The sum of what [`NotYet`] said in this round.
    pub(super) events: u64,
}

impl Pass {
    fn manner(&mut self, is_in_line: bool) -> Manner {
        self.operations |= 1 << self.arm;
        // An operation that stood in line before it came here could be served behind the select's
        // back, so it joins the claim before anything else.
        if self.parks || is_in_line {
            let claim = self.claim.get_or_insert_with(Claim::take);
            return Manner::Park(claim.seat(self.arm));
        }
        Manner::Look(self.claim.as_ref().map(|claim| claim.seat(self.arm)))
    }
}

/// Carries the type of an arm's future to [`ViaOperation`] or [`ViaFuture`].
///
/// The macro calls `kind` on a reference to this. The method that needs no further reference comes
/// first, and it is there only for operations; that is how it finds out, without specialization.
#[derive(Debug)]
pub struct Probe<F>(PhantomData<fn() -> F>);

/// The probe for an arm's future.
#[must_use]
pub const fn probe<F>(_: &Pin<&mut Option<F>>) -> Probe<F> {
    Probe(PhantomData)
}

/// Found first, for arms that are operations.
pub trait ViaOperation {
    /// How the arm is polled.
    fn kind(&self) -> OperationArm {
        OperationArm
    }
}

/// Found second, for all other arms.
pub trait ViaFuture {
    /// How the arm is polled.
    fn kind(&self) -> FutureArm {
        FutureArm
    }
}

impl<F: Operation + Unpin> ViaOperation for Probe<F> {}
impl<F: Future> ViaFuture for &Probe<F> {}

/// Polls an arm that takes part in the claim.
#[derive(Debug, Clone, Copy)]
pub struct OperationArm;

/// Polls an arm that is a future like any.
#[derive(Debug, Clone, Copy)]
pub struct FutureArm;

impl OperationArm {
    /// Polls the arm; one that was switched off is never ready.
    #[inline]
    pub fn poll<F: Operation + Unpin>(
        self,
        future: Pin<&mut Option<F>>,
        pass: &mut Pass,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        let Some(operation) = future.get_mut() else { return Poll::Pending };
        if pass.surveys {
            pass.operations |= 1 << pass.arm;
            if operation.may_be_ready() || operation.is_in_line() {
                pass.hopeful |= 1 << pass.arm;
            }
            return Poll::Pending;
        }
        step(operation, pass, cx)
    }
}

impl FutureArm {
    /// Polls the arm; one that was switched off is never ready.
    #[inline]
    pub fn poll<F: Future>(
        self,
        future: Pin<&mut Option<F>>,
        pass: &mut Pass,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        if pass.surveys {
            pass.hopeful |= 1 << pass.arm;
            return Poll::Pending;
        }
        future.as_pin_mut().map_or(Poll::Pending, |future| future.poll(cx))
    }
}

fn step<O: Operation>(operation: &mut O, pass: &mut Pass, cx: &Context<'_>) -> Poll<O::Output> {
    let manner = pass.manner(operation.is_in_line());
    match operation.poll_arm(manner, cx) {
        Ok(output) => Poll::Ready(output),
        Err(NotYet { events }) => {
            pass.events = pass.events.wrapping_add(events);
            Poll::Pending
        }
    }
}
