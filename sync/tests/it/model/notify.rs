//! Notifications, exactly: one that nobody waited for is stored, one that was meant for somebody
//! who left goes on.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;

use wakeful_sync::{Notified, Notify};

use super::crowd::{Crowd, Stage};
use super::{STEPS, programs};
use crate::dice::Dice;

/// What the model says of a future beside its stage.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    /// Rounds of `notify_waiters` when it was made.
    born: usize,
    /// It was served by `notify_one`: the notification goes on if it leaves.
    owes: bool,
    /// It joined the line by `enable`, and has no waker yet.
    is_enabled: bool,
    /// It was notified, and has been told so by `enable`.
    is_done: bool,
    /// It was notified while it had no waker.
    is_silent: bool,
}

struct World<'a> {
    notify: &'a Notify,
    crowd: Crowd<Notified<'a>>,
    marks: BTreeMap<usize, Mark>,
    line: VecDeque<usize>,
    rounds: usize,
    is_stored: bool,
}

impl<'a> World<'a> {
    fn new(notify: &'a Notify) -> Self {
        Self {
            notify,
            crowd: Crowd::new(),
            marks: BTreeMap::new(),
            line: VecDeque::new(),
            rounds: 0,
            is_stored: false,
        }
    }

    fn mark(&mut self, number: usize) -> &mut Mark {
        self.marks.get_mut(&number).expect("it is there")
    }

    fn serve(&mut self, number: usize, owes: bool) {
        let mark = self.mark(number);
        mark.owes = owes;
        match mark.is_enabled {
            true => mark.is_silent = true,
            false => self.crowd.serve(number),
        }
    }

    fn notify_one(&mut self) {
        match self.line.pop_front() {
            Some(number) => self.serve(number, true),
            None => self.is_stored = true,
        }
    }

    /// Whether there is a notification for this future; joins the line if there is none.
    fn looks(&mut self, number: usize) -> bool {
        let mark = self.marks[&number];
        let is_notified = match self.crowd.stage(number) {
            _ if mark.is_done || mark.is_silent => true,
            Stage::New if mark.is_enabled => false,
            Stage::New => mark.born != self.rounds || std::mem::take(&mut self.is_stored),
            Stage::Parked => false,
            Stage::Served => true,
        };
        let joins = self.crowd.stage(number) == Stage::New && !mark.is_enabled;
        if joins && !is_notified {
            self.line.push_back(number);
        }
        is_notified
    }

    fn enable(&mut self, number: usize) {
        let is_new = self.crowd.stage(number) == Stage::New;
        let is_notified = self.looks(number);
        let future = &mut self.crowd.one(number).future;
        assert_eq!(Pin::new(future).enable(), is_notified, "enable of future {number}");
        let mark = self.mark(number);
        mark.is_enabled |= is_new && !is_notified;
        mark.is_done |= is_notified;
        mark.owes &= !is_notified;
    }

    fn poll(&mut self, number: usize, dice: &mut Dice) {
        let is_notified = self.looks(number);
        let end = self.crowd.poll(number, dice);
        assert_eq!(end.is_ready(), is_notified, "future {number}, {:?}", self.marks[&number]);
        match is_notified {
            true => drop(self.marks.remove(&number)),
            false => self.mark(number).is_enabled = false,
        }
    }

    fn leave(&mut self, number: usize) {
        self.crowd.leave(number);
        self.line.retain(|other| *other != number);
        if self.marks.remove(&number).is_some_and(|mark| mark.owes) {
            self.notify_one();
        }
    }

    fn step(&mut self, dice: &mut Dice) {
        let some = self.crowd.some(dice);
        match (dice.roll(20), some) {
            (0..=4, _) | (_, None) => {
                let number = self.crowd.join(self.notify.notified());
                self.marks.insert(number, Mark { born: self.rounds, ..Mark::default() });
            }
            (5..=11, Some(number)) => self.poll(number, dice),
            (12..=13, Some(number)) => self.enable(number),
            (14..=15, Some(number)) => self.leave(number),
            (16, _) => {
                self.notify.notify_waiters();
                self.rounds += 1;
                for number in std::mem::take(&mut self.line) {
                    self.serve(number, false);
                }
            }
            _ => {
                self.notify.notify_one();
                self.notify_one();
            }
        }
    }

    fn check(&self) {
        self.crowd.check();
        assert!(!self.is_stored || self.line.is_empty(), "stored although somebody waits");
    }

    fn finish(&mut self, dice: &mut Dice) {
        while let Some(number) = self.crowd.some(dice) {
            self.leave(number);
            self.check();
        }
        let last = self.crowd.join(self.notify.notified());
        assert_eq!(self.crowd.poll(last, dice).is_ready(), self.is_stored);
    }
}

#[test]
fn random_programs_of_a_notify_do_what_the_model_does() {
    programs(1_000, |dice| {
        let notify = Notify::new();
        let mut world = World::new(&notify);
        for _ in 0..STEPS {
            world.step(dice);
            world.check();
        }
        world.finish(dice);
    });
}
