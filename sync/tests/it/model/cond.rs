//! Calls, exactly: none is lost, none reaches one who came later. The mutex beside them is held to
//! what its users see: one holder, and a free lock wakes who waits for it.

use std::collections::VecDeque;
use std::task::Poll;

use wakeful_sync::{Cond, CondWait, Mutex, MutexGuard};

use super::crowd::{Crowd, Stage};
use super::{STEPS, programs};
use crate::dice::Dice;

struct World<'a> {
    cond: &'a Cond,
    mutex: &'a Mutex<u32>,
    guard: Option<MutexGuard<'a, u32>>,
    crowd: Crowd<CondWait<'a, u32>>,
    /// A wait that was not polled yet: it has the mutex.
    holder: Option<usize>,
    /// Who waits for a call.
    line: VecDeque<usize>,
    /// Who was called by `notify_one` and has not returned.
    owing: Vec<usize>,
    /// Who was called and found the mutex locked, in the order of their coming; each with the wakes
    /// it had then.
    locking: VecDeque<(usize, usize)>,
    locked: u32,
}

impl<'a> World<'a> {
    fn new(cond: &'a Cond, mutex: &'a Mutex<u32>) -> Self {
        Self {
            cond,
            mutex,
            guard: None,
            crowd: Crowd::new(),
            holder: None,
            line: VecDeque::new(),
            owing: Vec::new(),
            locking: VecDeque::new(),
            locked: 0,
        }
    }

    fn is_free(&self) -> bool {
        self.guard.is_none() && self.holder.is_none()
    }

    fn notify_one(&mut self) {
        if let Some(number) = self.line.pop_front() {
            self.crowd.serve(number);
            self.owing.push(number);
        }
    }

    fn take(&mut self, mut guard: MutexGuard<'a, u32>) {
        assert!(self.is_free(), "two holders");
        assert_eq!(*guard, self.locked);
        *guard += 1;
        self.locked += 1;
        self.guard = Some(guard);
    }

    fn poll(&mut self, number: usize, dice: &mut Dice) {
        let stage = self.crowd.stage(number);
        let place = self.locking.iter().position(|(other, _)| *other == number);
        let may_end = self.is_free() && (stage == Stage::Served || place == Some(0));
        let must_end = may_end && (place.is_some() || self.locking.is_empty());
        match self.crowd.poll(number, dice) {
            Poll::Ready(guard) => {
                assert!(may_end, "future {number} ({stage:?}) has the lock");
                self.locking.retain(|(other, _)| *other != number);
                self.owing.retain(|other| *other != number);
                self.take(guard);
            }
            Poll::Pending => {
                assert!(!must_end, "future {number} ({stage:?}) has not got the lock");
                match (stage, place) {
                    (Stage::New, _) => {
                        assert_eq!(self.holder.take(), Some(number));
                        self.line.push_back(number);
                    }
                    (Stage::Served, _) => {
                        let wakes = self.crowd.wakes(number);
                        self.locking.push_back((number, wakes));
                    }
                    (_, Some(place)) => self.locking[place].1 = self.crowd.wakes(number),
                    (Stage::Parked, None) => {}
                }
            }
        }
    }

    fn leave(&mut self, number: usize) {
        self.crowd.leave(number);
        if self.holder == Some(number) {
            self.holder = None;
        }
        self.line.retain(|other| *other != number);
        self.locking.retain(|(other, _)| *other != number);
        if let Some(index) = self.owing.iter().position(|other| *other == number) {
            self.owing.swap_remove(index);
            self.notify_one();
        }
    }

    fn step(&mut self, dice: &mut Dice) {
        match (dice.roll(24), self.crowd.some(dice)) {
            (0..=5, _) => match self.guard.take() {
                Some(guard) => self.holder = Some(self.crowd.join(self.cond.wait(guard))),
                None => {
                    let guard = self.mutex.try_lock().ok();
                    assert!(self.is_free() || guard.is_none(), "two holders");
                    let nobody_waits = self.is_free() && self.locking.is_empty();
                    assert!(!nobody_waits || guard.is_some(), "it was free");
                    guard.into_iter().for_each(|guard| self.take(guard));
                }
            },
            (6..=15, Some(number)) => self.poll(number, dice),
            (16..=17, Some(number)) => self.leave(number),
            (18..=19, _) => {
                self.cond.notify_one();
                self.notify_one();
            }
            (20, _) => {
                self.cond.notify_all();
                for number in std::mem::take(&mut self.line) {
                    self.crowd.serve(number);
                }
            }
            _ => self.guard = None,
        }
    }

    fn check(&self) {
        self.crowd.check_but(|number| self.locking.iter().any(|(other, _)| *other == number));
        if let (true, Some((first, wakes))) = (self.is_free(), self.locking.front()) {
            assert!(self.crowd.wakes(*first) > *wakes, "the lock is free, and nobody knows");
        }
    }

    fn finish(&mut self, dice: &mut Dice) {
        self.guard = None;
        while let Some(number) = self.crowd.some(dice) {
            self.leave(number);
            self.check();
        }
        assert_eq!(*self.mutex.try_lock().expect("it is free"), self.locked);
    }
}

#[test]
fn random_programs_of_a_cond_do_what_the_model_does() {
    programs(2_000, |dice| {
        let (cond, mutex) = (Cond::new(), Mutex::new(0));
        let mut world = World::new(&cond, &mutex);
        for _ in 0..STEPS {
            world.step(dice);
            world.check();
        }
        world.finish(dice);
    });
}
