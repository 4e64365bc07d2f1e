//! Permits, exactly: first come, first served, and the sum is always right.

use std::collections::VecDeque;
use std::task::Poll;

use wakeful_sync::{Acquire, Semaphore, SemaphorePermit, TryAcquireError};

use super::crowd::{Crowd, Stage};
use super::{STEPS, programs};
use crate::dice::Dice;

struct World<'a> {
    semaphore: &'a Semaphore,
    permits: Vec<SemaphorePermit<'a>>,
    crowd: Crowd<Acquire<'a>>,
    /// How many permits each future wants; at its number.
    wishes: Vec<usize>,
    line: VecDeque<usize>,
    available: usize,
    /// Made less destroyed.
    total: usize,
    is_closed: bool,
}

impl<'a> World<'a> {
    fn new(semaphore: &'a Semaphore) -> Self {
        let total = semaphore.available_permits();
        Self {
            semaphore,
            permits: Vec::new(),
            crowd: Crowd::new(),
            wishes: vec![0],
            line: VecDeque::new(),
            available: total,
            total,
            is_closed: false,
        }
    }

    /// Takes permits, unless there are too few or somebody waits.
    fn takes(&mut self, count: usize) -> Result<(), TryAcquireError> {
        if self.is_closed {
            return Err(TryAcquireError::Closed);
        }
        if !self.line.is_empty() || self.available < count {
            return Err(TryAcquireError::NoPermits);
        }
        self.available -= count;
        Ok(())
    }

    fn serve(&mut self) {
        while let Some(number) = self.line.front().copied() {
            let count = self.wishes[number];
            if self.available < count {
                return;
            }
            self.available -= count;
            self.line.pop_front();
            self.crowd.serve(number);
        }
    }

    fn start(&mut self, dice: &mut Dice) {
        let count = dice.roll(5);
        self.crowd.join(self.semaphore.acquire_many(count as u32));
        self.wishes.push(count);
    }

    fn poll(&mut self, number: usize, dice: &mut Dice) {
        let (stage, count) = (self.crowd.stage(number), self.wishes[number]);
        let expected = match stage {
            Stage::New => match self.takes(count) {
                Ok(()) => Poll::Ready(true),
                Err(TryAcquireError::Closed) => Poll::Ready(false),
                Err(_) => Poll::Pending,
            },
            Stage::Parked => Poll::Pending,
            Stage::Served => Poll::Ready(count != REFUSED),
        };
        let end = self.crowd.poll(number, dice);
        let seen = end.map(|permit| {
            let is_granted = permit.is_ok();
            self.permits.extend(permit);
            is_granted
        });
        assert_eq!(seen, expected, "future {number}, {stage:?}");
        if seen.is_pending() && stage == Stage::New {
            self.line.push_back(number);
        }
    }

    fn leave(&mut self, number: usize) {
        let (stage, count) = (self.crowd.stage(number), self.wishes[number]);
        self.crowd.leave(number);
        match stage {
            Stage::New => return,
            Stage::Parked => self.line.retain(|other| *other != number),
            Stage::Served if count != REFUSED => self.available += count,
            Stage::Served => {}
        }
        self.serve();
    }

    fn close(&mut self) {
        self.semaphore.close();
        self.is_closed = true;
        for number in std::mem::take(&mut self.line) {
            self.wishes[number] = REFUSED;
            self.crowd.serve(number);
        }
    }

    /// Does something to permits that are held.
    fn handle(&mut self, index: usize, dice: &mut Dice) {
        let mut permit = self.permits.swap_remove(index);
        let count = permit.num_permits();
        match dice.roll(6) {
            0 => {
                permit.forget();
                self.total -= count;
            }
            1 => {
                let wanted = dice.roll(5);
                let part = permit.split(wanted);
                assert_eq!(part.is_some(), wanted <= count);
                self.permits.extend(part);
                self.permits.push(permit);
            }
            2 => {
                let other = dice.pick(&self.permits).map(|n| self.permits.swap_remove(n));
                other.into_iter().for_each(|other| permit.merge(other));
                self.permits.push(permit);
            }
            _ => self.give(permit),
        }
    }

    fn give(&mut self, permit: SemaphorePermit<'_>) {
        self.available += permit.num_permits();
        drop(permit);
        self.serve();
    }

    fn step(&mut self, dice: &mut Dice) {
        match dice.roll(40) {
            0..=9 => self.start(dice),
            10..=21 => {
                if let Some(number) = self.crowd.some(dice) {
                    self.poll(number, dice);
                }
            }
            22..=25 => {
                if let Some(number) = self.crowd.some(dice) {
                    self.leave(number);
                }
            }
            26..=28 => {
                let count = dice.roll(4);
                let permit = self.semaphore.try_acquire_many(count as u32);
                assert_eq!(permit.as_ref().map(|_| ()).map_err(|e| *e), self.takes(count));
                self.permits.extend(permit);
            }
            29..=30 => {
                let count = dice.roll(3);
                self.semaphore.add_permits(count);
                self.available += count;
                self.total += count;
                self.serve();
            }
            31 => {
                let count = dice.roll(3);
                let gone = count.min(self.available);
                assert_eq!(self.semaphore.forget_permits(count), gone);
                self.available -= gone;
                self.total -= gone;
            }
            32 if dice.roll(20) == 0 => self.close(),
            _ => {
                if let Some(index) = dice.pick(&self.permits) {
                    self.handle(index, dice);
                }
            }
        }
    }

    fn check(&self) {
        self.crowd.check();
        assert_eq!(self.semaphore.available_permits(), self.available);
        assert_eq!(self.semaphore.is_closed(), self.is_closed);
        let first = self.line.front().map(|number| self.wishes[*number]);
        assert!(
            first.is_none_or(|count| count > self.available),
            "the first in line can have them"
        );
    }

    /// Ends everything, in any order: all permits come back.
    fn finish(&mut self, dice: &mut Dice) {
        loop {
            match (self.crowd.some(dice), dice.pick(&self.permits)) {
                (Some(number), _) if dice.roll(2) == 0 => self.leave(number),
                (_, Some(index)) => {
                    let permit = self.permits.swap_remove(index);
                    self.give(permit);
                }
                (Some(number), None) => self.leave(number),
                (None, None) => break,
            }
            self.check();
        }
        assert_eq!(self.semaphore.available_permits(), self.total);
    }
}

/// The wish of one who was served by the end of the semaphore.
const REFUSED: usize = usize::MAX;

#[test]
fn random_programs_of_a_semaphore_do_what_the_model_does() {
    programs(2_000, |dice| {
        let semaphore = Semaphore::new(dice.roll(5));
        let mut world = World::new(&semaphore);
        for _ in 0..STEPS {
            world.step(dice);
            world.check();
        }
        world.finish(dice);
    });
}
