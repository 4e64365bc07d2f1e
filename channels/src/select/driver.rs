//! Polls the arms of one `select!`; the first that is ready wins.
//!
//! Invariants:
//! * between two polls of the driver the claim is open, or there is none;
//! * no arm is polled while somebody else can win the claim;
//! * an arm that was ready is not polled again.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::current;
use wakeful_diagnostics::names::Site;
use wakeful_sync::wait::{MAX_ARMS, Resumed, budget};

use super::arm::Pass;
use super::dice;
use super::forever::Forever;

/// Rounds in one poll when others keep coming by; then the select yields with its claim open.
const ROUNDS: u32 = 2;

/// Rounds after which a `default` is taken although the channels never stood still.
const LOOKS: u32 = 32;

/// In place of an arm's number: asks all arms for a hint.
const ALL: u32 = MAX_ARMS;

/// What a select comes to.
#[derive(Debug)]
pub enum Choice<O> {
    /// An arm was ready.
    Won(O),
    /// No arm was ready, and the select does not wait.
    Default,
    /// No arm is left that could become ready.
    Disabled,
}

/// One select under way.
#[derive(Debug)]
pub struct Select {
    pass: Pass,
    /// The arms that can still win, one bit each.
    enabled: u64,
    is_biased: bool,
    has_default: bool,
    has_else: bool,
    site: Site,
    /// Where it sleeps when there is nothing to wait for.
    forever: Option<Box<Forever>>,
}

impl Select {
    /// A select over the arms whose bits are set in `enabled`.
    #[track_caller]
    #[must_use]
    pub fn new(enabled: u64, is_biased: bool, has_default: bool, has_else: bool) -> Self {
        let site = Site::caller();
        let pass = Pass::default();
        Self { pass, enabled, is_biased, has_default, has_else, site, forever: None }
    }

    /// Polls the select. `arm` polls the arm with that number.
    pub fn poll<O>(
        &mut self,
        cx: &mut Context<'_>,
        mut arm: impl FnMut(u32, &mut Pass, &mut Context<'_>) -> Poll<O>,
    ) -> Poll<Choice<O>> {
        ready!(budget::proceed(cx));
        if self.enabled == 0 {
            return self.poll_without_arms(cx);
        }
        current::select(|| {
            if self.has_default {
                // The budget was asked for above; an arm that it made wait would look not ready.
                let choice = budget::unlimited(|| self.look(cx, &mut arm));
                budget::spend();
                return Poll::Ready(choice);
            }
            self.wait(cx, &mut arm)
        })
    }

    /// Looks at each arm; parks nothing.
    fn look<O>(
        &mut self,
        cx: &mut Context<'_>,
        arm: &mut impl FnMut(u32, &mut Pass, &mut Context<'_>) -> Poll<O>,
    ) -> Choice<O> {
        // One arm after the other may each be not ready although there was always one that was. So
        // look until nothing happened from one look to the next: then there was a moment, between
        // the two, at which none was ready.
        let mut before = None;
        for _ in 0..LOOKS {
            if let Some(output) = self.round(self.enabled, cx, arm) {
                return Choice::Won(output);
            }
            let is_alone = self.enabled.is_power_of_two() || self.pass.operations == 0;
            if is_alone || before == Some(self.pass.events) {
                break;
            }
            before = Some(self.pass.events);
        }
        self.pass.claim = None;
        Choice::Default
    }

    fn wait<O>(
        &mut self,
        cx: &mut Context<'_>,
        arm: &mut impl FnMut(u32, &mut Pass, &mut Context<'_>) -> Poll<O>,
    ) -> Poll<Choice<O>> {
        let mut arms = self.enabled;
        let is_first = self.pass.claim.is_none();
        if let Some(claim) = &self.pass.claim {
            if let Resumed::Won(won) = claim.resume() {
                let Some(output) = self.round(1 << won, cx, arm) else {
                    unreachable!("who won the claim has served the arm")
                };
                return self.spend(output);
            }
        } else {
            self.pass.parks = false;
            if let Some(output) = self.first_look(cx, arm) {
                return self.spend(output);
            }
            arms = self.enabled & self.pass.operations;
            if arms == 0 {
                return Poll::Pending;
            }
        }
        self.pass.parks = true;
        for round in 0..ROUNDS {
            let found = match is_first && round == 0 {
                true => self.park(arms, cx, arm),
                false => self.round(arms, cx, arm),
            };
            if let Some(output) = found {
                return self.spend(output);
            }
            arms = self.enabled;
            if self.pass.claim.as_ref().is_none_or(|claim| claim.open()) {
                return Poll::Pending;
            }
        }
        // Two selects that look at the same moments see each other only as busy. Each is open
        // until its next poll, so whichever comes first finds the other.
        while self.pass.claim.as_ref().is_some_and(|claim| !claim.open()) {}
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Polls the arms that are ready, as far as can be seen; parks nothing.
    ///
    /// One is chosen among all, and if most are ready that is all there is to do: no other's memory is
    /// touched. Else all are asked whether a look is worth its while, and one of those is chosen that
    /// say yes: so each of the ready ones has the same chance still.
    fn first_look<O>(
        &mut self,
        cx: &mut Context<'_>,
        arm: &mut impl FnMut(u32, &mut Pass, &mut Context<'_>) -> Poll<O>,
    ) -> Option<O> {
        let first = self.choose(self.enabled);
        self.pass.glances = true;
        let output = self.turn_to(first, cx, arm);
        self.pass.glances = false;
        if output.is_some() {
            return output;
        }
        let _ = arm(ALL, &mut self.pass, cx);
        self.round(self.pass.hopeful & self.enabled & !(1 << first), cx, arm)
    }

    /// As [`round`](Self::round), where none seems to be ready: beginning with any of them is fair enough,
    /// and the others come as they lie.
    fn park<O>(
        &mut self,
        arms: u64,
        cx: &mut Context<'_>,
        arm: &mut impl FnMut(u32, &mut Pass, &mut Context<'_>) -> Poll<O>,
    ) -> Option<O> {
        let first = self.choose(arms);
        let mut left = arms.rotate_right(first);
        while left != 0 {
            let next = (left.trailing_zeros() + first) % u64::BITS;
            left &= left - 1;
            if let Some(output) = self.turn_to(next, cx, arm) {
                return Some(output);
            }
        }
        None
    }

    /// Polls each of `arms` once, in a fair order, until one is ready.
    fn round<O>(
        &mut self,
        arms: u64,
        cx: &mut Context<'_>,
        arm: &mut impl FnMut(u32, &mut Pass, &mut Context<'_>) -> Poll<O>,
    ) -> Option<O> {
        self.pass.events = 0;
        let mut left = arms;
        while left != 0 {
            let next = self.choose(left);
            left &= !(1 << next);
            if let Some(output) = self.turn_to(next, cx, arm) {
                return Some(output);
            }
        }
        None
    }

    #[inline]
    fn choose(&self, arms: u64) -> u32 {
        if self.is_biased { arms.trailing_zeros() } else { dice::pick(arms) }
    }

    /// Polls one arm.
    #[inline]
    fn turn_to<O>(
        &mut self,
        number: u32,
        cx: &mut Context<'_>,
        arm: &mut impl FnMut(u32, &mut Pass, &mut Context<'_>) -> Poll<O>,
    ) -> Option<O> {
        self.pass.arm = number;
        let Poll::Ready(output) = arm(number, &mut self.pass, cx) else { return None };
        self.enabled &= !(1 << number);
        // From here on no other place of this select can be served.
        self.pass.claim = None;
        Some(output)
    }

    /// An operation counts against the budget here; any other future counts for itself.
    fn spend<O>(&self, output: O) -> Poll<Choice<O>> {
        if self.pass.operations & (1 << self.pass.arm) != 0 {
            budget::spend();
        }
        Poll::Ready(Choice::Won(output))
    }

    #[cold]
    fn poll_without_arms<O>(&mut self, cx: &mut Context<'_>) -> Poll<Choice<O>> {
        if self.has_else {
            return Poll::Ready(Choice::Disabled);
        }
        if self.has_default {
            budget::spend();
            return Poll::Ready(Choice::Default);
        }
        let site = self.site;
        let forever = self.forever.get_or_insert_with(|| Box::new(Forever::at(site)));
        Pin::new(&mut **forever).poll(cx).map(|never| match never {})
    }
}
