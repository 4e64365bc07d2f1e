//! Go's order: writers stop new readers, readers go in between two writers.
//!
//! What the model holds it to: readers together or one writer; whom each step wakes; that who was
//! woken keeps nobody out who comes by, and goes in unless one of those is in the way; that the lock
//! is handed over instead as soon as somebody in front has waited for 1 ms. Only a reader who comes by
//! while others read, a writer sleeps and somebody woken is still to come may go in or not. Time is
//! known as an interval; a program in which that leaves open who is handed the lock ends there.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use wakeful_sync::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, Read, ReadOwned, RwLock, RwLockReadGuard,
    RwLockWriteGuard, Write, WriteOwned,
};

use super::crowd::{Crowd, Stage};
use super::{STEPS, programs};
use crate::dice::Dice;

/// After so long nobody passes the line.
const STARVES_AFTER: Duration = Duration::from_millis(1);

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

/// Before and after a call that took the time.
type Moment = (Instant, Instant);

struct World<'a> {
    lock: &'a Arc<RwLock<u32>>,
    guards: Vec<Guard<'a>>,
    crowd: Crowd<Entry<'a>>,
    /// Inside, or handed the lock and not back yet.
    readers: usize,
    writer: bool,
    /// Who sleeps, in the order of their coming.
    waiting_to_read: VecDeque<usize>,
    waiting_to_write: VecDeque<usize>,
    /// Who was served and is not back: whether they were handed the lock.
    served: BTreeMap<usize, bool>,
    /// When they came.
    since: BTreeMap<usize, Moment>,
    written: u32,
    /// It was too close to say whether somebody had waited for 1 ms: what follows is not known.
    is_unclear: bool,
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
            served: BTreeMap::new(),
            since: BTreeMap::new(),
            written: 0,
            is_unclear: false,
        }
    }

    fn nobody_is_inside(&self) -> bool {
        !self.writer && self.readers == 0
    }

    fn somebody_is_woken(&self) -> bool {
        self.served.values().any(|is_handed| !is_handed)
    }

    /// Whether one who comes by goes in; `None` if it may.
    fn enters(&self, writes: bool) -> Option<bool> {
        if writes || self.writer || self.nobody_is_inside() {
            return Some(self.nobody_is_inside());
        }
        match (self.waiting_to_write.is_empty(), self.somebody_is_woken()) {
            (true, _) => Some(true),
            (false, false) => Some(false),
            (false, true) => None,
        }
    }

    fn count_in(&mut self, writes: bool) {
        match writes {
            true => self.writer = true,
            false => self.readers += 1,
        }
    }

    fn count_out(&mut self, writes: bool) {
        match writes {
            true => self.writer = false,
            false => self.readers -= 1,
        }
    }

    fn waits(&mut self, number: usize, writes: bool) {
        let since = &self.since;
        let line = match writes {
            true => &mut self.waiting_to_write,
            false => &mut self.waiting_to_read,
        };
        let place = line.partition_point(|other| since[other].0 < since[&number].0);
        line.insert(place, number);
    }

    /// Whether somebody in front has waited for 1 ms.
    fn starves(&mut self, now: Moment) -> bool {
        let firsts = [self.waiting_to_read.front(), self.waiting_to_write.front()];
        let firsts = firsts.into_iter().flatten().map(|first| self.since[first]);
        let Some(oldest) = firsts.min() else { return false };
        let least = now.0.saturating_duration_since(oldest.1);
        let most = now.1.duration_since(oldest.0);
        self.is_unclear |= least <= STARVES_AFTER && most > STARVES_AFTER;
        least > STARVES_AFTER
    }

    /// Serves who may go in, unless somebody who was woken is still to come. After a writer, readers
    /// come first.
    fn let_in(&mut self, after_writer: bool, now: Moment) {
        let readers_first = after_writer && !self.waiting_to_read.is_empty();
        let writes = !self.waiting_to_write.is_empty() && !readers_first;
        let in_the_way = self.writer || (writes && self.readers > 0);
        if in_the_way || self.somebody_is_woken() {
            return;
        }
        let is_handed = self.starves(now);
        let next = match writes {
            true => self.waiting_to_write.pop_front().into_iter().collect(),
            false => std::mem::take(&mut self.waiting_to_read),
        };
        for number in next {
            self.crowd.serve(number);
            self.served.insert(number, is_handed);
            if is_handed {
                self.count_in(writes);
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
        let is_handed = self.served.get(&number).copied();
        let enters = match (stage, is_handed) {
            (Stage::New, _) => self.enters(writes),
            (Stage::Parked, _) => Some(false),
            (Stage::Served, Some(true)) => Some(true),
            // Who waits keeps out none of those who were woken.
            (Stage::Served, _) => Some(!self.writer && (!writes || self.readers == 0)),
        };
        let before = Instant::now();
        let end = self.crowd.poll(number, dice);
        let now = (before, Instant::now());
        let differs = enters.is_some_and(|enters| enters != end.is_ready());
        assert!(!differs, "future {number} ({stage:?}), not {enters:?}");
        self.served.remove(&number);
        match end {
            Poll::Ready(guard) => {
                if is_handed != Some(true) {
                    self.count_in(writes);
                }
                self.since.remove(&number);
                self.take(guard);
            }
            Poll::Pending if stage == Stage::Parked => {}
            Poll::Pending => {
                self.since.entry(number).or_insert(now);
                self.waits(number, writes);
            }
        }
        if stage == Stage::Served {
            self.let_in(false, now);
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
        let before = Instant::now();
        self.crowd.leave(number);
        let now = (before, Instant::now());
        self.waiting_to_read.retain(|other| *other != number);
        self.waiting_to_write.retain(|other| *other != number);
        self.since.remove(&number);
        if self.served.remove(&number) == Some(true) {
            self.count_out(writes);
        }
        // One who never came in to write has not been a writer between two readers.
        self.let_in(false, now);
    }

    fn release(&mut self, index: usize) {
        let guard = self.guards.swap_remove(index);
        let wrote = matches!(guard, Guard::Write(_) | Guard::WriteOwned(_));
        let before = Instant::now();
        drop(guard);
        let now = (before, Instant::now());
        self.count_out(wrote);
        self.let_in(wrote, now);
    }

    fn downgrade(&mut self, index: usize) {
        let before = Instant::now();
        let guard = match self.guards.swap_remove(index) {
            Guard::Write(guard) => Guard::Read(RwLockWriteGuard::downgrade(guard)),
            reads => return self.guards.push(reads),
        };
        let now = (before, Instant::now());
        self.count_out(true);
        self.count_in(false);
        self.let_in(true, now);
        self.take(guard);
    }

    /// Lets everybody who waits starve.
    fn starve(&self) {
        let began = Instant::now();
        while began.elapsed() <= STARVES_AFTER {
            thread::yield_now();
        }
    }

    /// One who comes by, and does not wait, has found it as the model says.
    fn tried(&mut self, writes: bool, guard: Option<Guard<'a>>) {
        let enters = self.enters(writes);
        assert!(enters.is_none_or(|enters| enters == guard.is_some()), "not {enters:?}");
        if let Some(guard) = guard {
            self.count_in(writes);
            self.take(guard);
        }
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
                let guard = self.lock.try_read().ok().map(Guard::Read);
                self.tried(false, guard);
            }
            14 => {
                let guard = Arc::clone(self.lock).try_write_owned().ok();
                self.tried(true, guard.map(Guard::WriteOwned));
            }
            15 if dice.roll(60) == 0 => self.starve(),
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
        let somebody_comes = self.somebody_is_woken() || !self.nobody_is_inside();
        assert!(!somebody_waits || somebody_comes, "nobody is in the way");
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
            if self.is_unclear {
                return;
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
            if world.is_unclear {
                return;
            }
            world.check();
        }
        world.finish(dice);
    });
}
