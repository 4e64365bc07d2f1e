//! A future's place in a line, and the reason it will give for sleeping.

use wakeful_diagnostics::names::{Op, Site};

/// What a future will wait for, from which line of source, and its place once it waits.
#[derive(Debug)]
pub struct Turn {
    site: Site,
    op: Op,
    pub(super) place: Option<u32>,
}

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
        Self { site, op, place: None }
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
        self.place.is_some()
    }
}
