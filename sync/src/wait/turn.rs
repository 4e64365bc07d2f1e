//! A future's place in a line, and the reason it will give for sleeping.

use std::task::{Context, Waker};

use wakeful_diagnostics::names::{Op, Site};
use wakeful_diagnostics::order;
use wakeful_diagnostics::registry::Resource;

use super::Sleeper;

/// What a future will wait for, from which line of source, and its place once it waits.
#[derive(Debug)]
pub struct Turn {
    site: Site,
    op: Op,
    /// It is one of several locks that are taken in an order of the house's.
    is_sorted: bool,
    place: u32,
    /// Wakers the line gave back. Dropping one may run any code, so it is not done at the line,
    /// whose door is locked: here they wait for [`Turn::settle`], or for the turn's own end.
    spent: Option<Box<Spent>>,
}

/// Wakers are rarely given back: a word is all a future pays for it.
#[derive(Debug)]
struct Spent {
    _waker: Waker,
    _more: Option<Box<Self>>,
}

/// No place in any line.
const NOWHERE: u32 = u32::MAX;

impl Turn {
    /// A turn that has not joined a line yet.
    #[track_caller]
    #[must_use]
    pub const fn new(op: Op) -> Self {
        Self::at(op, Site::caller())
    }

    /// A turn on behalf of the code at `site`.
    #[must_use]
    pub const fn at(op: Op, site: Site) -> Self {
        Self { site, op, is_sorted: false, place: NOWHERE, spent: None }
    }

    /// The same turn, as one of several that are taken in an order of the house's.
    #[must_use]
    pub(crate) const fn sorted(mut self) -> Self {
        self.is_sorted = true;
        self
    }

    /// Says that this lock is going to be waited for, if anybody asks for the order of locks.
    #[inline]
    pub(crate) fn announce(&self, lock: &Resource, cx: &Context<'_>) {
        if let Some(news) = order::news(lock, self.op, self.is_sorted) {
            self.show(news, lock, cx);
        }
    }

    #[cold]
    #[inline(never)]
    fn show(&self, news: order::News, lock: &Resource, cx: &Context<'_>) {
        if !self.is_in_line() {
            let Self { op, site, is_sorted, .. } = *self;
            let waker = cx.waker();
            order::judge(news, lock, &order::Wish { op, site, is_sorted, waker });
        }
    }

    /// The turn whose place [`suspend`](Self::suspend) returned.
    #[must_use]
    pub const fn resume(op: Op, site: Site, place: Option<u32>) -> Self {
        let place = match place {
            Some(place) => place,
            None => NOWHERE,
        };
        Self { site, op, is_sorted: false, place, spent: None }
    }

    /// Gives up the turn but not its place, for a handle that waits on and off.
    #[must_use = "a place that is forgotten stays in its line"]
    pub fn suspend(self) -> Option<u32> {
        self.place()
    }

    /// What the wait is for.
    #[must_use]
    pub const fn op(&self) -> Op {
        self.op
    }

    /// Where in source the wait began.
    #[must_use]
    pub const fn site(&self) -> Site {
        self.site
    }

    /// Whether it has a place in a line.
    #[must_use]
    pub const fn is_in_line(&self) -> bool {
        self.place != NOWHERE
    }

    /// Drops the wakers that are no longer needed; called at the start of a poll, before the door.
    #[inline]
    pub fn settle(&mut self) {
        if self.spent.is_some() {
            self.spent = None;
        }
    }

    #[inline]
    pub(super) fn place(&self) -> Option<u32> {
        self.is_in_line().then_some(self.place)
    }

    #[inline]
    pub(super) fn take_place(&mut self) -> Option<u32> {
        let place = self.place();
        self.place = NOWHERE;
        place
    }

    #[inline]
    pub(super) fn set_place(&mut self, place: u32) {
        self.place = place;
    }

    /// Keeps a sleeper that is no longer needed until it may be dropped.
    pub(super) fn keep(&mut self, sleeper: Sleeper) {
        if let Sleeper::Foreign(waker) = sleeper {
            self.spent = Some(Box::new(Spent { _waker: waker, _more: self.spent.take() }));
        }
    }
}
