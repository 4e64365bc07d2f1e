//! Go's order, exactly: writers stop new readers, readers go in between two writers.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use wakeful_sync::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, Read, ReadOwned, RwLock, RwLockReadGuard,
    RwLockWriteGuard, Write, WriteOwned,
};

use super::crowd::{Crowd, Stage};
use super::{STEPS, programs};
use crate::dice::Dice;

enum Entry<'a> {
    Read(Read<'a, u32>),
    Write(Write<'a, u32>),
    ReadOwned(ReadOwned<u32>),
    WriteOwned(WriteOwned<u32>),
}

enum Guard<'a> {
    Read(RwLockReadGuard<'a, u32>),
    Write(RwLockWriteGuard<'a, u32>),
    ReadOwned(OwnedRwLockReadGuard<u32>),
    WriteOwned(OwnedRwLockWriteGuard<u32>),
}

impl Entry<'_> {
    fn writes(&self) -> bool {
        matches!(self, Self::Write(_) | Self::WriteOwned(_))
    }
}

impl<'a> Future for Entry<'a> {
    type Output = Guard<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Read(future) => Pin::new(future).poll(cx).map(Guard::Read),
            Self::Write(future) => Pin::new(future).poll(cx).map(Guard::Write),
            Self::ReadOwned(future) => Pin::new(future).poll(cx).map(Guard::ReadOwned),
            Self::WriteOwned(future) => Pin::new(future).poll(cx).map(Guard::WriteOwned),
        }
    }
}

struct World<'a> {
    lock: &'a Arc<RwLock<u32>>,
    guards: Vec<Guard<'a>>,
    crowd: Crowd<Entry<'a>>,
    /// Inside, or let in and not back yet.
    readers: usize,
    writer: bool,
    waiting_to_read: VecDeque<usize>,
    waiting_to_write: VecDeque<usize>,
    written: u32,
}

impl<'a> World<'a> {
    fn new(lock: &'a Arc<RwLock<u32>>) -> Self {
        Self {
            lock,
            guards: Vec::new(),
            crowd: Crowd::new(),
            readers: 0,
            writer: false,
            waiting_to_read: VecDeque::new(),
            waiting_to_write: VecDeque::new(),
            written: 0,
        }
    }

    /// Goes in, unless somebody is in the way or waits.
    fn enters(&mut self, writes: bool) -> bool {
        let nobody_waits = self.waiting_to_read.is_empty() && self.waiting_to_write.is_empty();
        let enters = nobody_waits && !self.writer && (self.readers == 0 || !writes);
        if enters {
            self.count_in(writes);
        }
        enters
    }

    fn count_in(&mut self, writes: bool) {
        match writes {
            true => self.writer = true,
            false => self.readers += 1,
        }
    }

    fn admit_readers(&mut self) {
        for number in std::mem::take(&mut self.waiting_to_read) {
            self.count_in(false);
            self.crowd.serve(number);
        }
    }

    /// Lets in who may go in. After a writer, readers come first.
    fn let_in(&mut self, after_writer: bool) {
        if self.writer {
            return;
        }
        let readers_first = after_writer && !self.waiting_to_read.is_empty();
        if self.waiting_to_write.is_empty() || (self.readers == 0 && readers_first) {
            self.admit_readers();
        } else if self.readers == 0 {
            self.count_in(true);
            if let Some(number) = self.waiting_to_write.pop_front() {
                self.crowd.serve(number);
            }
        }
    }

    fn start(&mut self, dice: &mut Dice) {
        let future = match dice.roll(5) {
            0 => Entry::Write(self.lock.write()),
            1 => Entry::WriteOwned(Arc::clone(self.lock).write_owned()),
            2 => Entry::ReadOwned(Arc::clone(self.lock).read_owned()),
            _ => Entry::Read(self.lock.read()),
        };
        self.crowd.join(future);
    }

    fn poll(&mut self, number: usize, dice: &mut Dice) {
        let writes = self.crowd.one(number).future.writes();
        let stage = self.crowd.stage(number);
        let enters = match stage {
            Stage::New => self.enters(writes),
            Stage::Parked => false,
            Stage::Served => true,
        };
        match self.crowd.poll(number, dice) {
            Poll::Ready(guard) => {
                assert!(enters, "future {number} ({stage:?}) went in too early");
                self.take(guard);
            }
            Poll::Pending => {
                assert!(!enters, "future {number} ({stage:?}) was to go in");
                if stage == Stage::New {
                    match writes {
                        true => self.waiting_to_write.push_back(number),
                        false => self.waiting_to_read.push_back(number),
                    }
                }
            }
        }
    }

    fn take(&mut self, mut guard: Guard<'a>) {
        match &mut guard {
            Guard::Read(value) => assert_eq!(**value, self.written),
            Guard::ReadOwned(value) => assert_eq!(**value, self.written),
            Guard::Write(value) => **value += 1,
            Guard::WriteOwned(value) => **value += 1,
        }
        self.written += u32::from(matches!(guard, Guard::Write(_) | Guard::WriteOwned(_)));
        self.guards.push(guard);
    }

    fn leave(&mut self, number: usize) {
        let writes = self.crowd.one(number).future.writes();
        let stage = self.crowd.stage(number);
        self.crowd.leave(number);
        match (stage, writes) {
            (Stage::New, _) => return,
            (Stage::Parked, _) => {
                self.waiting_to_read.retain(|other| *other != number);
                self.waiting_to_write.retain(|other| *other != number);
            }
            (Stage::Served, true) => self.writer = false,
            (Stage::Served, false) => self.readers -= 1,
        }
        // One who never came in to write has not been a writer between two readers.
        self.let_in(false);
    }

    fn release(&mut self, index: usize) {
        let guard = self.guards.swap_remove(index);
        let wrote = matches!(guard, Guard::Write(_) | Guard::WriteOwned(_));
        drop(guard);
        match wrote {
            true => self.writer = false,
            false => self.readers -= 1,
        }
        self.let_in(wrote);
    }

    fn downgrade(&mut self, index: usize) {
        let guard = match self.guards.swap_remove(index) {
            Guard::Write(guard) => Guard::Read(RwLockWriteGuard::downgrade(guard)),
            reads => return self.guards.push(reads),
        };
        self.writer = false;
        self.count_in(false);
        self.admit_readers();
        self.take(guard);
    }

    fn step(&mut self, dice: &mut Dice) {
        match dice.roll(20) {
            0..=4 => self.start(dice),
            5..=10 => {
                if let Some(number) = self.crowd.some(dice) {
                    self.poll(number, dice);
                }
            }
            11..=12 => {
                if let Some(number) = self.crowd.some(dice) {
                    self.leave(number);
                }
            }
            13 => {
                let guard = self.lock.try_read().ok();
                assert_eq!(guard.is_some(), self.enters(false), "try_read");
                guard.into_iter().for_each(|guard| self.take(Guard::Read(guard)));
            }
            14 => {
                let guard = Arc::clone(self.lock).try_write_owned().ok();
                assert_eq!(guard.is_some(), self.enters(true), "try_write");
                guard.into_iter().for_each(|guard| self.take(Guard::WriteOwned(guard)));
            }
            15 => {
                if let Some(index) = dice.pick(&self.guards) {
                    self.downgrade(index);
                }
            }
            _ => {
                if let Some(index) = dice.pick(&self.guards) {
                    self.release(index);
                }
            }
        }
    }

    fn check(&self) {
        self.crowd.check();
        let somebody_waits = !self.waiting_to_read.is_empty() || !self.waiting_to_write.is_empty();
        assert!(!somebody_waits || self.writer || self.readers > 0, "nobody is in the way");
    }

    /// Ends everything, in any order.
    fn finish(&mut self, dice: &mut Dice) {
        loop {
            match (self.crowd.some(dice), dice.pick(&self.guards)) {
                (Some(number), _) if dice.roll(2) == 0 => self.leave(number),
                (_, Some(index)) => self.release(index),
                (Some(number), None) => self.leave(number),
                (None, None) => break,
            }
            self.check();
        }
        assert_eq!(*self.lock.try_write().expect("it is free"), self.written);
    }
}

#[test]
fn random_programs_of_a_rwlock_do_what_the_model_does() {
    programs(2_000, |dice| {
        let lock = Arc::new(RwLock::new(0));
        let mut world = World::new(&lock);
        for _ in 0..STEPS {
            world.step(dice);
            world.check();
        }
        world.finish(dice);
    });
}
