//! The futures of one program, and what the model says of each.

use std::collections::BTreeMap;
use std::task::Poll;

use crate::dice::Dice;
use crate::hand::Hand;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not polled yet.
    New,
    Parked,
    /// What it waited for is there; it has not been polled since.
    Served,
}

pub(super) struct One<F> {
    pub(super) future: F,
    pub(super) stage: Stage,
    hand: Hand,
    /// How often its present hand must have been woken.
    due: usize,
}

/// Futures by number. A number is not used twice.
pub(super) struct Crowd<F> {
    all: BTreeMap<usize, One<F>>,
    made: usize,
}

impl<F: Future + Unpin> Crowd<F> {
    pub(super) fn new() -> Self {
        Self { all: BTreeMap::new(), made: 0 }
    }

    pub(super) fn join(&mut self, future: F) -> usize {
        self.made += 1;
        let one = One { future, stage: Stage::New, hand: Hand::new(), due: 0 };
        self.all.insert(self.made, one);
        self.made
    }

    pub(super) fn some(&self, dice: &mut Dice) -> Option<usize> {
        let numbers: Vec<_> = self.all.keys().copied().collect();
        dice.pick(&numbers).map(|n| numbers[n])
    }

    pub(super) fn one(&mut self, number: usize) -> &mut One<F> {
        self.all.get_mut(&number).expect("it is there")
    }

    pub(super) fn stage(&self, number: usize) -> Stage {
        self.all[&number].stage
    }

    /// Polls, now and then by another hand than before. Who is ready is gone.
    pub(super) fn poll(&mut self, number: usize, dice: &mut Dice) -> Poll<F::Output> {
        let one = self.one(number);
        if dice.roll(4) == 0 {
            (one.hand, one.due) = (Hand::new(), 0);
        }
        let end = one.hand.poll(&mut one.future);
        match end {
            Poll::Ready(_) => drop(self.all.remove(&number)),
            Poll::Pending => one.stage = Stage::Parked,
        }
        end
    }

    /// Drops a future, whatever it was doing.
    pub(super) fn leave(&mut self, number: usize) {
        self.all.remove(&number);
    }

    /// The model says: this one is woken now, and ready when it is polled next.
    pub(super) fn serve(&mut self, number: usize) {
        let one = self.one(number);
        assert_eq!(one.stage, Stage::Parked, "the model serves who waits");
        one.stage = Stage::Served;
        one.due += 1;
    }

    /// How often its present hand was woken.
    pub(super) fn wakes(&self, number: usize) -> usize {
        self.all[&number].hand.wakes()
    }

    /// Everybody was woken as often as the model says.
    pub(super) fn check(&self) {
        self.check_but(|_| false);
    }

    /// As [`check`](Self::check), but for those of whom the model does not know exactly.
    pub(super) fn check_but(&self, is_open: impl Fn(usize) -> bool) {
        for (number, one) in self.all.iter().filter(|(number, _)| !is_open(**number)) {
            assert_eq!(one.hand.wakes(), one.due, "wakes of future {number}, {:?}", one.stage);
        }
    }
}
