//! Random programs, step by step against a sequential model of what the docs promise.
//!
//! One thread, everything polled by hand: so the model says exactly what each step must return and
//! whom it must wake. Futures are dropped unpolled, parked, and served but not polled; they change
//! their wakers. Where time plays a part, the mutex, the model is one of bounds. A failing program
//! is found again by its seed.

mod cond;
mod crowd;
mod gather;
mod mutex;
mod notify;
mod once;
mod rwlock;
mod semaphore;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::dice::Dice;

/// Steps of one program.
const STEPS: usize = 100;

/// Runs so many programs; each gets dice of its own.
#[track_caller]
fn programs(count: u64, program: impl Fn(&mut Dice)) {
    for seed in 1..=count {
        let mut dice = Dice::new(seed);
        let run = catch_unwind(AssertUnwindSafe(|| program(&mut dice)));
        assert!(run.is_ok(), "the program of seed {seed} differs from the model");
    }
}
