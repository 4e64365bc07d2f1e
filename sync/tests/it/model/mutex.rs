//! The mutex, within its bounds: barging is allowed, shutting out is not.
//!
//! What the model holds it to: one holder; the line in order; a free lock for which somebody waits
//! has woken the first in line, and that one gets it; whoever comes by may take it instead unless
//! the first has lost once after waiting for 1 ms, and must find it free unless somebody could have
//! waited so long. Time is known as an interval, so the bounds hold on a slow machine, too.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use wakeful_sync::{Lock, LockOwned, Mutex, MutexGuard, OwnedMutexGuard};

use super::crowd::{Crowd, Stage};
use super::{STEPS, programs};
use crate::dice::Dice;

/// After so long a waiter that loses the lock ends the barging.
const STARVES_AFTER: Duration = Duration::from_millis(1);

enum Entry<'a> {
    Lock(Lock<'a, u32>),
    LockOwned(LockOwned<u32>),
}

enum Guard<'a> {
    Guard(MutexGuard<'a, u32>),
    Owned(OwnedMutexGuard<u32>),
}

impl<'a> Future for Entry<'a> {
    type Output = Guard<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Lock(future) => Pin::new(future).poll(cx).map(Guard::Guard),
            Self::LockOwned(future) => Pin::new(future).poll(cx).map(Guard::Owned),
        }
    }
}

/// Something that the time of its happening leaves open, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    False,
    Open,
    True,
}

/// Before and after a call that took the time.
type Moment = (Instant, Instant);

/// Whether somebody who began to wait then had starved by now.
fn starved(since: Moment, now: Moment) -> Is {
    let longer = |from: Instant, to: Instant| to.duration_since(from) > STARVES_AFTER;
    match (longer(since.1, now.0), longer(since.0, now.1)) {
        (true, _) => Is::True,
        (_, true) => Is::Open,
        _ => Is::False,
    }
}

struct World<'a> {
    mutex: &'a Arc<Mutex<u32>>,
    guard: Option<Guard<'a>>,
    crowd: Crowd<Entry<'a>>,
    /// Who waits, in order; whoever has been woken stays until it has the lock or leaves.
    line: VecDeque<usize>,
    since: BTreeMap<usize, Moment>,
    /// Only the line gets the lock.
    starving: Is,
    /// The first in line has the lock already.
    handed: Is,
    locked: u32,
}

impl<'a> World<'a> {
    fn new(mutex: &'a Arc<Mutex<u32>>) -> Self {
        Self {
            mutex,
            guard: None,
            crowd: Crowd::new(),
            line: VecDeque::new(),
            since: BTreeMap::new(),
            starving: Is::False,
            handed: Is::False,
            locked: 0,
        }
    }

    fn is_first_woken(&self) -> bool {
        self.line.front().is_some_and(|first| self.crowd.stage(*first) == Stage::Served)
    }

    /// Whether one who comes by and is not in line gets the lock; `Open` if it may.
    fn can_barge(&self) -> Is {
        if self.guard.is_some() {
            return Is::False;
        }
        match (self.handed, self.starving) {
            _ if self.line.is_empty() => Is::True,
            (Is::True, _) | (_, Is::True) => Is::False,
            (Is::False, Is::False) => Is::True,
            _ => Is::Open,
        }
    }

    /// The lock has become free, or the first in line has gone: the next is woken.
    fn pass_on(&mut self, now: Moment) {
        if !self.line.iter().any(|number| self.crowd.stage(*number) == Stage::Parked) {
            self.starving = Is::False;
            return;
        }
        let first = self.line[0];
        if self.guard.is_some() || self.is_first_woken() {
            return;
        }
        self.crowd.serve(first);
        self.handed = self.starving;
        self.starving = match (self.starving, starved(self.since[&first], now)) {
            _ if self.line.len() == 1 => Is::False,
            (Is::False, _) | (_, Is::False) => Is::False,
            (Is::True, Is::True) => Is::True,
            _ => Is::Open,
        };
    }

    fn leaves_line(&mut self, number: usize) {
        self.line.retain(|other| *other != number);
        self.since.remove(&number);
    }

    fn take(&mut self, mut guard: Guard<'a>) {
        assert!(self.guard.is_none(), "two holders");
        let value = match &mut guard {
            Guard::Guard(guard) => &mut **guard,
            Guard::Owned(guard) => &mut **guard,
        };
        *value += 1;
        self.locked += 1;
        assert_eq!(*value, self.locked);
        self.guard = Some(guard);
    }

    fn poll(&mut self, number: usize, dice: &mut Dice) {
        let stage = self.crowd.stage(number);
        let expected = match stage {
            Stage::New => self.can_barge(),
            Stage::Parked => Is::False,
            Stage::Served if self.guard.is_some() => Is::False,
            Stage::Served => Is::True,
        };
        let before = Instant::now();
        let end = self.crowd.poll(number, dice);
        let now = (before, Instant::now());
        let allowed = if end.is_ready() { Is::True } else { Is::False };
        assert!(
            expected == allowed || expected == Is::Open,
            "future {number} ({stage:?}) {allowed:?}, starving {:?}, handed {:?}",
            self.starving,
            self.handed
        );
        match (end, stage) {
            (Poll::Ready(guard), _) => {
                self.leaves_line(number);
                if stage == Stage::Served {
                    self.handed = Is::False;
                }
                if self.line.is_empty() {
                    self.starving = Is::False;
                }
                self.take(guard);
            }
            (Poll::Pending, Stage::New) => {
                self.line.push_back(number);
                self.since.insert(number, now);
            }
            (Poll::Pending, Stage::Served) => {
                self.starving = match (self.starving, starved(self.since[&number], now)) {
                    (Is::True, _) | (_, Is::True) => Is::True,
                    (Is::False, Is::False) => Is::False,
                    _ => Is::Open,
                };
            }
            (Poll::Pending, Stage::Parked) => {}
        }
    }

    fn leave(&mut self, number: usize) {
        let was_served = self.crowd.stage(number) == Stage::Served;
        let before = Instant::now();
        self.crowd.leave(number);
        let now = (before, Instant::now());
        self.leaves_line(number);
        if was_served {
            self.handed = Is::False;
        }
        self.pass_on(now);
    }

    fn release(&mut self) {
        let before = Instant::now();
        self.guard = None;
        let now = (before, Instant::now());
        self.pass_on(now);
    }

    fn try_lock(&mut self) {
        let expected = self.can_barge();
        let guard = self.mutex.try_lock().ok();
        let allowed = if guard.is_some() { Is::True } else { Is::False };
        assert!(expected == allowed || expected == Is::Open, "try_lock: {allowed:?}");
        guard.into_iter().for_each(|guard| self.take(Guard::Guard(guard)));
    }

    /// Lets everybody who waits starve.
    fn starve(&self) {
        let began = Instant::now();
        while began.elapsed() <= STARVES_AFTER {
            thread::yield_now();
        }
    }

    fn step(&mut self, dice: &mut Dice) {
        let some = self.crowd.some(dice);
        match (dice.roll(20), some) {
            (0..=1, _) => drop(self.crowd.join(Entry::Lock(self.mutex.lock()))),
            (2..=3, _) => {
                let future = Arc::clone(self.mutex).lock_owned();
                self.crowd.join(Entry::LockOwned(future));
            }
            (4..=10, Some(number)) => self.poll(number, dice),
            (11..=12, Some(number)) => self.leave(number),
            (13..=14, _) => self.try_lock(),
            (15, _) if dice.roll(60) == 0 => self.starve(),
            (16..=19, _) if self.guard.is_some() => self.release(),
            _ => {}
        }
    }

    fn check(&self) {
        self.crowd.check();
        let is_free = self.guard.is_none() && !self.line.is_empty();
        assert!(!is_free || self.is_first_woken(), "the lock is free, and nobody knows");
    }

    /// Ends everything, in any order: the lock is free.
    fn finish(&mut self, dice: &mut Dice) {
        loop {
            match self.crowd.some(dice) {
                Some(number) if dice.roll(2) == 0 => self.leave(number),
                _ if self.guard.is_some() => self.release(),
                Some(number) => self.leave(number),
                None => break,
            }
            self.check();
        }
        assert_eq!(*self.mutex.try_lock().expect("it is free"), self.locked);
    }
}

#[test]
fn random_programs_of_a_mutex_stay_within_the_model() {
    programs(1_500, |dice| {
        let mutex = Arc::new(Mutex::new(0));
        let mut world = World::new(&mutex);
        for _ in 0..STEPS {
            world.step(dice);
            world.check();
        }
        world.finish(dice);
    });
}
