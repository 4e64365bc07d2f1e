//! The branches of a task: futures of one `join!`, which run at the same time.
//!
//! A lock that one branch holds is no reason why another one waits. So the order of locks has to
//! know in which branch a lock was taken; while nobody asks for the order, branches are not noted.

use std::cell::RefCell;

use crate::order;
use crate::registry::{TaskRecord, WHOLE};

thread_local! {
    /// The branch that runs, the last, and those it is part of.
    static PATH: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Polls one of several futures that run at the same time. `of` is the same for all of them, and
/// for no other such group while it lives; `is_over` says whether this one has returned.
#[inline]
pub fn branch<R>(
    (of, number): (usize, usize),
    poll: impl FnOnce() -> R,
    is_over: impl FnOnce(&R) -> bool,
) -> R {
    match super::task() {
        Some(task) if order::is_on() => {
            let branch = Branch::enter(task, of, number);
            let polled = poll();
            branch.leave(is_over(&polled));
            polled
        }
        _ => poll(),
    }
}

/// The branch that runs, and those it is part of.
pub(crate) fn path() -> Vec<u64> {
    PATH.with_borrow(Clone::clone)
}

/// The branch that runs.
pub(crate) fn innermost() -> u64 {
    PATH.with_borrow(|path| path.last().copied().unwrap_or(WHOLE))
}

pub(super) fn take_path() -> Vec<u64> {
    PATH.take()
}

pub(super) fn put_path(path: Vec<u64>) {
    PATH.set(path);
}

struct Branch {
    task: &'static TaskRecord,
    id: u64,
    parent: u64,
}

impl Branch {
    fn enter(task: &'static TaskRecord, of: usize, number: usize) -> Self {
        let parent = innermost();
        let id = order::mix(order::mix(parent, of as u64), number as u64);
        if task.holds() {
            task.assign_holding(parent);
        }
        // A guard that was taken before may have been moved into any of the branches.
        order::suspended();
        PATH.with_borrow_mut(|path| path.push(id));
        Self { task, id, parent }
    }

    fn leave(self, is_over: bool) {
        let Self { task, id, parent } = self;
        if !is_over {
            order::suspended();
        }
        if task.holds() {
            task.assign_holding(if is_over { parent } else { id });
            if is_over {
                task.inherit_holding(id, parent);
            }
        }
    }
}

impl Drop for Branch {
    fn drop(&mut self) {
        PATH.with_borrow_mut(|path| path.pop());
    }
}
