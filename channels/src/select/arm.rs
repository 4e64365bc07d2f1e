//! What an arm of a select can be: a channel operation, which joins the claim, or any future.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use wakeful_sync::wait::{Claim, Seat};

/// How an operation is polled. What is always so costs nothing where it is known, so each has a
/// type: a receive on its own knows of no seats.
pub trait How: Copy {
    /// Whether it may well be ready. Else nobody has to look for what can be done at once.
    const IS_HOPEFUL: bool = true;

    /// The seat of the select in whose name this is done.
    fn own(self) -> Option<Seat>;

    /// Whether to park, and with which seat.
    #[expect(clippy::option_option, reason = "`None`: do not park; `Some(None)`: without a seat")]
    fn parks(self) -> Option<Option<Seat>>;
}

/// On its own: it parks if it has to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Alone;

/// As an arm of a select, to see whether it is ready; it does not park. If the select has a claim
/// already, this is the arm's seat.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look(Option<Seat>);

/// As an arm of a select that has looked already: it parks if it has to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Join(Seat);

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

impl How for Look {
    #[inline]
    fn own(self) -> Option<Seat> {
        self.0
    }

    #[inline]
    fn parks(self) -> Option<Option<Seat>> {
        None
    }
}

impl How for Join {
    const IS_HOPEFUL: bool = false;

    #[inline]
    fn own(self) -> Option<Seat> {
        Some(self.0)
    }

    #[inline]
    fn parks(self) -> Option<Option<Seat>> {
        Some(Some(self.0))
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
    fn poll_arm(&mut self, how: impl How, cx: &Context<'_>) -> Result<Self::Output, NotYet>;
}

impl<O: Operation + Unpin> Operation for &mut O {
    fn is_in_line(&self) -> bool {
        (**self).is_in_line()
    }

    fn may_be_ready(&self) -> bool {
        (**self).may_be_ready()
    }

    fn poll_arm(&mut self, how: impl How, cx: &Context<'_>) -> Result<Self::Output, NotYet> {
        (**self).poll_arm(how, cx)
    }
}

/// One round over a select's arms.
#[derive(Debug, Default)]
pub struct Pass {
    /// Taken when the first operation parks.
    pub(super) claim: Option<Claim>,
    /// Whether operations park in this round.
    pub(super) parks: bool,
    /// Whether an operation is polled only if it may be ready.
    pub(super) glances: bool,
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
    /// The seat of the arm that is being polled, if the select has a claim.
    #[inline]
    fn seat(&self) -> Option<Seat> {
        self.claim.as_ref().map(|claim| claim.seat(self.arm))
    }

    /// The same, for who joins the claim.
    #[inline]
    fn join(&mut self) -> Seat {
        self.claim.get_or_insert_with(Claim::take).seat(self.arm)
    }

    /// Notes which arms may be ready, and which are operations.
    #[inline]
    pub fn surveyed(&mut self, hopeful: u64, operations: u64) {
        self.hopeful = hopeful;
        self.operations = operations;
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
        match future.get_mut() {
            Some(operation) => step(operation, pass, cx),
            None => Poll::Pending,
        }
    }

    /// Whether the arm may be ready. An operation that stands in line is polled in any case: it has to
    /// join the claim.
    #[inline(always)]
    pub fn hint<F: Operation>(self, future: &Pin<&mut Option<F>>) -> bool {
        (**future).as_ref().is_some_and(is_hopeful)
    }

    /// Whether it is an operation.
    #[inline(always)]
    pub const fn is_operation(self) -> bool {
        true
    }
}

impl FutureArm {
    /// Polls the arm; one that was switched off is never ready.
    #[inline]
    pub fn poll<F: Future>(
        self,
        future: Pin<&mut Option<F>>,
        _: &mut Pass,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        future.as_pin_mut().map_or(Poll::Pending, |future| future.poll(cx))
    }

    /// Any future may be ready.
    #[inline(always)]
    pub const fn hint<F>(self, _: &Pin<&mut Option<F>>) -> bool {
        true
    }

    /// Whether it is an operation.
    #[inline(always)]
    pub const fn is_operation(self) -> bool {
        false
    }
}

#[inline]
fn is_hopeful<O: Operation>(operation: &O) -> bool {
    operation.may_be_ready() | operation.is_in_line()
}

fn step<O: Operation>(operation: &mut O, pass: &mut Pass, cx: &Context<'_>) -> Poll<O::Output> {
    if pass.glances && !is_hopeful(operation) {
        return Poll::Pending;
    }
    pass.operations |= 1 << pass.arm;
    // An operation that stood in line before it came here could be served behind the select's back, so
    // it joins the claim before anything else.
    let step = match pass.parks || operation.is_in_line() {
        true => operation.poll_arm(Join(pass.join()), cx),
        false => operation.poll_arm(Look(pass.seat()), cx),
    };
    match step {
        Ok(output) => Poll::Ready(output),
        Err(NotYet { events }) => {
            pass.events = pass.events.wrapping_add(events);
            Poll::Pending
        }
    }
}
