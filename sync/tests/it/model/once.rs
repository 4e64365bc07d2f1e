//! What happens once, exactly: by one at a time, until one succeeds.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use wakeful_sync::{Once, OnceCell, SetError};

use super::crowd::Crowd;
use super::{STEPS, programs};
use crate::dice::Dice;

/// What an initializer will do once it has been polled often enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    Succeed,
    Fail,
    Panic,
}

/// A cell; or the action that is done once, which cannot fail.
enum Subject {
    Cell(OnceCell<usize>),
    Once(Once),
}

type Attempt<'a> = Pin<Box<dyn Future<Output = Result<usize, ()>> + 'a>>;

/// Is pending so many times, then does what is planned.
async fn carry_out(plan: Plan, mut polls: usize, value: usize) -> Result<usize, ()> {
    poll_fn(|_| {
        let is_over = polls == 0;
        polls = polls.saturating_sub(1);
        if is_over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    match plan {
        Plan::Succeed => Ok(value),
        Plan::Fail => Err(()),
        Plan::Panic => std::panic::resume_unwind(Box::new("as planned")),
    }
}

struct World<'a> {
    subject: &'a Subject,
    crowd: Crowd<Attempt<'a>>,
    plans: BTreeMap<usize, (Plan, usize)>,
    line: VecDeque<usize>,
    /// Who has the right to try, or was handed it.
    trying: Option<usize>,
    value: Option<usize>,
}

impl World<'_> {
    fn start(&mut self, dice: &mut Dice) {
        let polls = dice.roll(3);
        let plan = match (self.subject, dice.roll(5)) {
            (Subject::Cell(_), 0..=1) => Plan::Fail,
            (_, 2..=3) => Plan::Panic,
            _ => Plan::Succeed,
        };
        let value = self.plans.len() + 1;
        let number = match self.subject {
            Subject::Cell(cell) => self.crowd.join(Box::pin(async move {
                cell.get_or_try_init(|| carry_out(plan, polls, value)).await.copied()
            })),
            Subject::Once(once) => self.crowd.join(Box::pin(async move {
                let action = async move || carry_out(plan, polls, value).await.map(drop);
                once.call_once(|| async move { action().await.expect("it does not fail") }).await;
                Ok(0)
            })),
        };
        assert_eq!(number, value);
        self.plans.insert(number, (plan, polls));
    }

    /// The right is free again: the next in line is to try.
    fn give_up(&mut self) {
        self.trying = self.line.pop_front();
        self.trying.into_iter().for_each(|next| self.crowd.serve(next));
    }

    fn finish(&mut self, value: usize) {
        self.trying = None;
        self.value = Some(value);
        self.line.drain(..).for_each(|number| self.crowd.serve(number));
    }

    /// The value as an attempt returns it.
    fn shown(&self, value: usize) -> usize {
        if let Subject::Cell(_) = self.subject { value } else { 0 }
    }

    fn poll(&mut self, number: usize, dice: &mut Dice) {
        if self.value.is_none() && self.trying.is_none() {
            self.trying = Some(number);
        }
        let tries = self.trying == Some(number);
        let (plan, polls) = self.plans[&number];
        let end = catch_unwind(AssertUnwindSafe(|| self.crowd.poll(number, dice)));
        match (tries, self.value) {
            (true, _) if polls > 0 => {
                assert_eq!(end.ok(), Some(Poll::Pending));
                self.plans.insert(number, (plan, polls - 1));
            }
            (true, _) => match plan {
                Plan::Succeed => {
                    assert_eq!(end.ok(), Some(Poll::Ready(Ok(self.shown(number)))));
                    self.finish(number);
                }
                Plan::Fail => {
                    assert_eq!(end.ok(), Some(Poll::Ready(Err(()))));
                    self.give_up();
                }
                Plan::Panic => {
                    assert!(end.is_err(), "it panics");
                    self.leave(number);
                }
            },
            (false, Some(value)) => {
                assert_eq!(end.ok(), Some(Poll::Ready(Ok(self.shown(value)))));
            }
            (false, None) => {
                let is_new = !self.line.contains(&number);
                assert_eq!(end.ok(), Some(Poll::Pending));
                if is_new {
                    self.line.push_back(number);
                }
            }
        }
    }

    fn leave(&mut self, number: usize) {
        self.crowd.leave(number);
        self.line.retain(|other| *other != number);
        if self.trying == Some(number) {
            self.give_up();
        }
    }

    fn set(&mut self) {
        let Subject::Cell(cell) = self.subject else { return };
        match cell.set(0) {
            Ok(()) => {
                assert!(self.trying.is_none() && self.value.is_none());
                self.finish(0);
            }
            Err(SetError::AlreadyInitialized(_)) => assert!(self.value.is_some()),
            Err(SetError::Initializing(_)) => assert!(self.trying.is_some()),
        }
    }

    fn step(&mut self, dice: &mut Dice) {
        match (dice.roll(60), self.crowd.some(dice)) {
            (0..=20, _) | (_, None) => self.start(dice),
            (21, _) => self.set(),
            (22..=34, Some(number)) => self.leave(number),
            (_, Some(number)) => self.poll(number, dice),
        }
    }

    fn check(&self) {
        self.crowd.check();
        assert!(self.trying.is_some() || self.line.is_empty(), "somebody waits for nobody");
        match self.subject {
            Subject::Cell(cell) => assert_eq!(cell.get(), self.value.as_ref()),
            Subject::Once(once) => assert_eq!(once.is_completed(), self.value.is_some()),
        }
    }
}

#[test]
fn random_programs_of_once_do_what_the_model_does() {
    programs(1_000, |dice| {
        let subject = match dice.roll(2) {
            0 => Subject::Cell(OnceCell::new()),
            _ => Subject::Once(Once::new()),
        };
        let mut world = World {
            subject: &subject,
            crowd: Crowd::new(),
            plans: BTreeMap::new(),
            line: VecDeque::new(),
            trying: None,
            value: None,
        };
        for _ in 0..STEPS / 2 {
            world.step(dice);
            world.check();
        }
        while let Some(number) = world.crowd.some(dice) {
            world.leave(number);
            world.check();
        }
    });
}
